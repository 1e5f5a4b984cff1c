# export.awk - the table of exports and what they are to reach; reads lines "KIND SECONDS PEAK"

{
    if (!($1 in count))
        kinds[++kind_count] = $1
    seconds[$1, ++count[$1]] = $2
    if ($3 > peak[$1])
        peak[$1] = $3
}

END {
    printf "%-8s %9s %12s %10s\n", "kind", "seconds", "rows/s", "peak KiB"
    for (i = 2; i <= kind_count; i++)
        printf "%-8s %9.2f %12d %10s\n", kinds[i], median(kinds[i]), rows / median(kinds[i]), peak[kinds[i]] ? peak[kinds[i]] : "-"
    print ""
    judge("csv: rows/s against \\copy of the same rows", median("copy") / median("csv"), ">=", 0.7)
    judge("ndjson: rows/s against \\copy of the same rows", median("copy") / median("ndjson"), ">=", 0.7)
    judge("csv: MiB grown from 3 rows to " rows, (peak["csv"] - peak["small"]) / 1024, "<", 32)
    judge("json: MiB grown from 3 rows to " rows, (peak["json"] - peak["small"]) / 1024, "<", 32)
    printf "{\n  \"rows\": %d, \"rounds\": %d,\n  \"targets\": [%s\n  ]\n}\n", rows, rounds, targets >json
    exit strict && missed
}

function median(kind,    i, j, swap, sorted, number) {
    number = count[kind]
    for (i = 1; i <= number; i++)
        sorted[i] = seconds[kind, i]
    for (i = 1; i < number; i++)
        for (j = i + 1; j <= number; j++)
            if (sorted[j] < sorted[i]) {
                swap = sorted[i]
                sorted[i] = sorted[j]
                sorted[j] = swap
            }
    return number % 2 ? sorted[(number + 1) / 2] : (sorted[number / 2] + sorted[number / 2 + 1]) / 2
}

function judge(what, reached, sign, wanted,    good) {
    good = sign == "<" ? reached < wanted : reached >= wanted
    missed += !good
    printf "%-58s %8.2f   %2s %-6s %s\n", what, reached, sign, wanted, (good ? "ok" : "missed")
    gsub(/\\/, "\\\\", what)
    targets = targets sprintf("%s\n    {\"target\": \"%s\", \"reached\": %.3f, \"wanted\": \"%s %s\", \"ok\": %s}",
        targets ? "," : "", what, reached, sign, wanted, good ? "true" : "false")
}
