# shellcheck shell=bash
# transfer.sh - imports and exports beside psql's \copy of the same rows into and out of the same table
#
# Each measurement appends a line to $work/transfers: kind, seconds, the most memory of one of its processes in KiB (0: not of
# Keel), rows.

transfer_columns='name, description, price, quantity, category_id'
# The columns that an export has, of the rows that it has.
transfer_exported='id, name, description, price, quantity, category_id, is_active, version, created_at, updated_at'
transfer_selected="SELECT $transfer_exported FROM items WHERE is_active ORDER BY id"

# transfer_write_file ROWS FILE: rows as a shop's are: some words, a price, four of five in a category.
transfer_write_file() {
    awk -v rows="$1" 'BEGIN {
        srand(1)
        print "name,description,price,quantity,category_id"
        for (i = 1; i <= rows; i++)
            printf "\"Kettle %d, enamelled\",\"It holds %d cups and whistles in %d ways, says number %d.\",%d.%02d,%d,%s\n",
                i, rand() * 20, rand() * 1000, i, rand() * 500, rand() * 100, rand() * 500, rand() < 0.8 ? 1 + int(rand() * 3) : ""
    }' >"$2"
    chmod 0644 "$2"
}

# What was imported goes.
transfer_empty() {
    instance_sql owner <<<$'TRUNCATE items;\nVACUUM row_totals;' >/dev/null
}

transfer_copy() {
    PGSERVICEFILE=$work/services PGSERVICE=app "$postgres_tools/psql" --no-psqlrc --quiet --command "$1" >/dev/null
}

transfer_copy_in() {
    transfer_copy "\\copy items ($transfer_columns) FROM '$1' WITH (FORMAT csv, HEADER)"
}

# transfer_run COMMAND...: the most memory that one of its processes held, in KiB, goes to $work/peak.
transfer_run() {
    /usr/bin/time --format=%M --output="$work/peak" "$@" >>"$work/instance.log" 2>&1 || die "$* failed: $(tail -n 1 "$work/instance.log")"
}

transfer_import() {
    KEEL_CONFIG=$var/keel.env transfer_run "$programs/keelctl" import items "$1" --quiet "${@:2}"
}

# transfer_import_job FILE: the same import as a job of a runner.
transfer_import_job() {
    instance_sql app <<SQL >/dev/null
WITH i AS (
    INSERT INTO imports (resource, file, is_upload, format, mode, on_conflict, dry_run, bytes_total)
    VALUES ('items', '$1', false, 'csv', 'all_or_nothing', 'error', false, $(stat -c %s "$1")) RETURNING id
), j AS (
    INSERT INTO jobs (kind, args) SELECT 'import', jsonb_build_object('import', id) FROM i RETURNING id, (args->>'import')::bigint AS import
) SELECT * FROM j;
UPDATE imports SET job_id = (SELECT max(id) FROM jobs WHERE kind = 'import') WHERE id = (SELECT max(id) FROM imports);
SQL
    KEEL_CONFIG=$var/keel.env transfer_run "$programs/keelctl" jobs run --once --processes 1
    [[ $(instance_sql app <<<'SELECT status FROM imports ORDER BY id DESC LIMIT 1') == succeeded ]] || die "The job did not import the file."
}

# transfer_export FORMAT [WORDS...]
transfer_export() {
    KEEL_CONFIG=$var/keel.env transfer_run "$programs/keelctl" export items --quiet --format "$1" "${@:2}" "$work/exported.$1"
}

# transfer_measure KIND ROWS COMMAND...
transfer_measure() {
    local kind=$1 rows=$2 begun ended most=0
    shift 2
    rm -f "$work/peak"
    begun=$EPOCHREALTIME
    "$@"
    ended=$EPOCHREALTIME
    [[ ! -f $work/peak ]] || most=$(<"$work/peak")
    awk -v kind="$kind" -v begun="$begun" -v ended="$ended" -v peak="$most" -v rows="$rows" \
        'BEGIN {printf "%s %.4f %d %d\n", kind, ended - begun, peak, rows}' >>"$work/transfers"
}

# transfer_measure_in KIND ROWS COMMAND...: into the empty table, which must have so many rows afterwards.
transfer_measure_in() {
    transfer_empty
    transfer_measure "$@"
    [[ $(instance_sql app <<<'SELECT count(*) FROM items') == "$2" ]] || die "After $1 there are not $2 items."
}

# transfer_imports ROWS FILE: one round.
transfer_imports() {
    transfer_measure_in copy_in "$1" transfer_copy_in "$2"
    transfer_measure_in whole "$1" transfer_import "$2"
    transfer_measure_in steps "$1" transfer_import "$2" --mode best_effort
    transfer_measure_in job "$1" transfer_import_job "$2"
}

# transfer_multiply TIMES: makes so many of each row that was imported. Whoever reads new rows first has work with them that nobody has
# again, so that is done, too.
transfer_multiply() {
    instance_sql owner <<SQL >/dev/null
INSERT INTO items ($transfer_columns) SELECT $transfer_columns FROM items, generate_series(2, $1);
VACUUM (ANALYZE) items;
SQL
}

# transfer_exports ROWS: one round of what is in the table.
transfer_exports() {
    transfer_measure copy_out "$1" transfer_copy "\\copy ($transfer_selected) TO '$work/copied.csv' WITH (FORMAT csv, HEADER)"
    transfer_measure csv "$1" transfer_export csv
    transfer_measure ndjson "$1" transfer_export ndjson
    [[ $(wc -l <"$work/exported.ndjson") == "$1" ]] || die "The export does not have $1 rows."
}
