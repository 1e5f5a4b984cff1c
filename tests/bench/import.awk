# import.awk - the table of imports and what they are to reach; reads lines "KIND SECONDS PEAK"

BEGIN {
    what["copy"] = "\\copy"
    what["whole"] = "keelctl import, all or nothing"
    what["steps"] = "keelctl import, best effort"
    what["job"] = "the runner's job, all or nothing"
}

{
    if (!($1 in count) && $1 in what)
        kinds[++kind_count] = $1
    seconds[$1, ++count[$1]] = $2
    if ($3 > peak[$1])
        peak[$1] = $3
}

END {
    printf "%-34s %9s %12s %10s\n", "", "seconds", "rows/s", "peak KiB"
    for (i = 1; i <= kind_count; i++)
        printf "%-34s %9.2f %12d %10s\n", what[kinds[i]], median(kinds[i]), rows / median(kinds[i]), peak[kinds[i]] ? peak[kinds[i]] : "-"
    print ""
    judge("import: rows/s against \\copy, all or nothing", median("copy") / median("whole"), ">=", 0.5)
    judge("import: rows/s against \\copy, best effort", median("copy") / median("steps"), ">=", 0.5)
    judge("import: rows/s against \\copy, as a job", median("copy") / median("job"), ">=", 0.5)
    judge("keelctl: MiB grown from 3 rows to " rows, (peak["whole"] - peak["small"]) / 1024, "<", 32)
    judge("runner: MiB grown from 3 rows to " rows, (peak["job"] - peak["small_job"]) / 1024, "<", 32)
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

function judge(target, reached, sign, wanted,    good) {
    good = sign == "<" ? reached < wanted : reached >= wanted
    missed += !good
    printf "%-58s %8.2f   %2s %-6s %s\n", target, reached, sign, wanted, (good ? "ok" : "missed")
    gsub(/\\/, "\\\\", target)
    targets = targets sprintf("%s\n    {\"target\": \"%s\", \"reached\": %.3f, \"wanted\": \"%s %s\", \"ok\": %s}",
        targets ? "," : "", target, reached, sign, wanted, good ? "true" : "false")
}
