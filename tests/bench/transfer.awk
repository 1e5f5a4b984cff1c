# transfer.awk - imports and exports beside \copy: their table, and what they are to reach; used with verdict.awk
#
# transfer_read(FILE) takes the lines "KIND SECONDS PEAK ROWS" of lib/transfer.sh, and "grown_worker 0 KIB 0" of lib/wide.sh.

function transfer_names() {
    order = "copy_in whole steps job copy_out csv ndjson json copy_table"
    called["copy_in"] = "\\copy from the file"
    called["whole"] = "keelctl import, all or nothing"
    called["steps"] = "keelctl import, best effort"
    called["job"] = "the runner's job, all or nothing"
    called["copy_out"] = "\\copy of the rows to a file"
    called["csv"] = "keelctl export, CSV"
    called["ndjson"] = "keelctl export, NDJSON"
    called["json"] = "keelctl export, JSON"
    called["copy_table"] = "\\copy of the table to a file"
}

function transfer_read(file,    line, part) {
    transfer_names()
    while ((getline line < file) > 0) {
        split(line, part, " ")
        spent[part[1], ++turns[part[1]]] = part[2]
        if (part[3] > most[part[1]])
            most[part[1]] = part[3]
        rows_of[part[1]] = part[4]
    }
    close(file)
}

function transfer_table(    i, count, kind) {
    count = split(order, kinds, " ")
    printf "%-34s %9s %9s %12s %10s\n", "", "rows", "seconds", "rows/s", "peak KiB"
    for (i = 1; i <= count; i++) {
        kind = kinds[i]
        if (kind in turns)
            printf "%-34s %9d %9.2f %12d %10s\n", called[kind], rows_of[kind], middle(kind), rows_of[kind] / middle(kind),
                most[kind] ? most[kind] : "-"
    }
}

function transfer_judge() {
    against("whole", "copy_in", 0.5)
    against("steps", "copy_in", 0.5)
    against("job", "copy_in", 0.5)
    against("csv", "copy_out", 0.7)
    against("ndjson", "copy_out", 0.7)
    growth("whole", "small")
    growth("job", "small_job")
    growth("csv", "small_out")
    growth("json", "small_out")
    grown("runner", "importing a file of 64 MB")
    grown("worker", "taking it in and giving it out again")
}

function against(kind, reference, wanted) {
    if (kind in turns)
        judge(called[kind] ": rows/s against \\copy", quotient(reference, kind), ">=", wanted)
}

function growth(kind, small) {
    if (kind in turns && small in turns)
        judge(called[kind] ": MiB from 3 rows to all", (most[kind] - most[small]) / 1024, "<", 32)
}

function grown(who, how) {
    if (("grown_" who) in turns)
        judge(who ": MiB grown by " how, most["grown_" who] / 1024, "<", 32)
}

# Median of the quotients round by round: both met the same machine.
function quotient(above, below,    i) {
    turns["quotient"] = turns[below]
    for (i = 1; i <= turns[below]; i++)
        spent["quotient", i] = spent[above, i] / spent[below, i]
    return middle("quotient")
}

function middle(kind,    i, j, held, sorted) {
    for (i = 1; i <= turns[kind]; i++) {
        held = spent[kind, i]
        for (j = i - 1; j >= 1 && sorted[j] > held; j--)
            sorted[j + 1] = sorted[j]
        sorted[j + 1] = held
    }
    i = turns[kind]
    return i % 2 ? sorted[(i + 1) / 2] : (sorted[i / 2] + sorted[i / 2 + 1]) / 2
}
