# verdict.awk - what was reached beside what is wanted: a line for people, and a piece of JSON in `targets`

function judge(what, reached, sign, wanted,    good) {
    good = sign == "<=" ? reached <= wanted : sign == "<" ? reached < wanted : reached >= wanted
    missed += !good
    printf "%-60s %8.2f   %2s %-6s %s\n", what, reached, sign, wanted, (good ? "ok" : "missed")
    gsub(/\\/, "\\\\", what)
    targets = targets sprintf("%s\n    {\"target\": \"%s\", \"reached\": %.3f, \"wanted\": \"%s %s\", \"ok\": %s}",
        targets ? "," : "", what, reached, sign, wanted, good ? "true" : "false")
}
