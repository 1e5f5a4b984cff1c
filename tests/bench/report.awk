# report.awk - medians of all runs as one table, the targets with what was reached, and the same as JSON
#
# awk -v rounds=N -v seconds=N -v workers=N -v cores=N -v json=FILE -v strict=0|1 [-v cgi_ms=N] -f report.awk -f verdict.awk -f JUDGE RUNS [MEMORY]
# JUDGE is a file with judge_all(), which says what is to be reached, and print_more(), for what else there is to show. RUNS has the lines of lib/load.sh, MEMORY the one of lib/memory.sh. Exit status 1: a target was missed, and strict is set.

FILENAME == ARGV[1] {
    row = $1 " " $2
    if (!(row in runs))
        rows[++row_count] = row
    i = ++runs[row]
    value[row, "rate", i] = $3 / $4 * 1e6
    value[row, "p50", i] = $5 / 1e3
    value[row, "p99", i] = $6 / 1e3
    value[row, "spread", i] = $5 ? $6 / $5 : 0
    value[row, "nginx", i] = has($1, "nginx") * $7 / $3 / 1e3
    value[row, "worker", i] = has($1, "worker") * $8 / $3 / 1e3
    value[row, "postgres", i] = has($1, "postgres") * $9 / $3 / 1e3
    value[row, "client", i] = $10 / $3 / 1e3
    value[row, "statements", i] = $11
    value[row, "cpu", i] = value[row, "nginx", i] + value[row, "worker", i] + value[row, "postgres", i] + value[row, "client", i]
    next
}

{
    memory_known = 1
    pss_early = $1 / 1024
    pss_late = $3 / 1024
    pss_growth = $3 - $1
    own_growth = $4 - $2
}

END {
    column_count = split("rate p50 p99 statements nginx worker postgres client cpu", columns, " ")
    print_table()
    print_more()
    printf "\n%-60s %8s   %s\n", "target", "reached", "wanted"
    judge_all()
    write_json()
    exit (strict && missed > 0)
}

# What a part does for another kind is its own idle work and no cost of this one.
function has(kind, part) {
    if (kind ~ /^null_/)
        return part != "postgres"
    return kind !~ /^sql_/ || part == "postgres"
}

function median(row, column,    count, i, j, held, sorted) {
    count = runs[row]
    for (i = 1; i <= count; i++) {
        held = value[row, column, i]
        for (j = i - 1; j >= 1 && sorted[j] > held; j--)
            sorted[j + 1] = sorted[j]
        sorted[j + 1] = held
    }
    if (count % 2)
        return sorted[(count + 1) / 2]
    return (sorted[count / 2] + sorted[count / 2 + 1]) / 2
}

# Median of the quotients round by round: both runs of one round met the same machine.
function median_quotient(column, above, below, below_too,    i, base) {
    runs["quotient"] = runs[above]
    for (i = 1; i <= runs[above]; i++) {
        base = value[below, column, i] + (below_too ? value[below_too, column, i] : 0)
        value["quotient", column, i] = base ? value[above, column, i] / base : 0
    }
    return median("quotient", column)
}

function print_table(    i, part) {
    printf "%d cores shared by wrk, nginx, %d workers and PostgreSQL; medians of %d rounds of %d s%s\n\n", cores, workers, rounds, seconds,
        write_rounds && write_rounds < rounds ? sprintf(", of %d where rows are written", write_rounds) : ""
    printf "%-17s %7s %10s %8s %8s %11s   %s\n", "", "", "", "", "", "statements", "CPU microseconds per request"
    printf "%-17s %7s %10s %8s %8s %11s   %7s %7s %10s %7s %7s\n", "", "clients", "requests/s", "p50 ms", "p99 ms", "per request", "nginx", "worker", "PostgreSQL", "client", "all"
    for (i = 1; i <= row_count; i++) {
        split(rows[i], part, " ")
        printf "%-17s %7d %10.0f %8s %8s %11d   %7s %7s %10s %7s %7.1f\n", part[1], part[2], median(rows[i], "rate"),
            figure(rows[i], "p50", 2), figure(rows[i], "p99", 2), median(rows[i], "statements"),
            figure(rows[i], "nginx", 1), figure(rows[i], "worker", 1),
            figure(rows[i], "postgres", 1), figure(rows[i], "client", 1), median(rows[i], "cpu")
    }
}

function figure(row, column, digits,    number) {
    number = median(row, column)
    return number ? sprintf("%.*f", digits, number) : "-"
}

function write_json(    i, j, part) {
    printf "{\n  \"cores\": %d, \"workers\": %d, \"rounds\": %d, \"seconds\": %d,\n  \"rows\": [", cores, workers, rounds, seconds >json
    for (i = 1; i <= row_count; i++) {
        split(rows[i], part, " ")
        printf "%s\n    {\"kind\": \"%s\", \"clients\": %d", (i > 1 ? "," : ""), part[1], part[2] >json
        for (j = 1; j <= column_count; j++)
            printf ", \"%s\": %.3f", columns[j], median(rows[i], columns[j]) >json
        printf "}" >json
    }
    printf "\n  ],\n  \"targets\": [%s\n  ]\n}\n", targets >json
}
