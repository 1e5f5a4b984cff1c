# judge_lists.awk - what `make bench-lists` is to reach; used with report.awk, first and last being sizes

function print_more() {
}

function judge_all() {
    flat("page_1", "rate", ">=", 0.7)
    flat("category", "rate", ">=", 0.7)
    flat("cursor", "rate", ">=", 0.7)
    judge("list at " last ": requests/s against count(*) of all rows", median_quotient("rate", "page_1@" last " 16", "counted@" last " 16"), ">=", 100)
    flat("get", "rate", ">=", 0.9)
    judge("create: requests/s with totals kept against without", median_quotient("rate", "create@" first " 16", "create@bare 16"), ">=", 0.75)
    judge("bulk: rows/s of 1000 at once against one by one", 1000 * median_quotient("rate", "bulk@" first " 1", "create@" first " 1"), ">=", 10)
}

function flat(kind, column, sign, wanted) {
    judge(kind ": requests/s at " last " items against " first, median_quotient(column, kind "@" last " 16", kind "@" first " 16"), sign, wanted)
}
