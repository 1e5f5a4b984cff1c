# judge.awk - what `make bench` is to reach; used with report.awk and transfer.awk

function print_more() {
    transfer_read(transfers)
    print ""
    transfer_table()
}

function judge_all(    i, part) {
    judge("get: CPU against null + pgbench", median_quotient("cpu", "get 16", "null_get 16", "sql_get " workers), "<=", 1.35)
    judge("get_auth: statements more than get", median("get_auth 16", "statements") - median("get 16", "statements"), "<=", 1)
    judge("list: CPU against null + pgbench", median_quotient("cpu", "list 16", "null_list 16", "sql_list " workers), "<=", 1.5)
    for (i = 1; i <= row_count; i++) {
        split(rows[i], part, " ")
        if (part[2] != 64)
            continue
        judge(part[1] ": throughput at 64 clients against 16", median_quotient("rate", rows[i], part[1] " 16"), ">=", 0.9)
        judge(part[1] ": p99 against p50 at 64 clients", median(rows[i], "spread"), "<", 10)
    }
    if (cgi_ms)
        judge("as plain CGI: ms of CPU per request", cgi_ms, "<=", 15)
    split(jobs, part, " ")
    judge("jobs: no-op jobs a second through one runner", part[1], ">=", 3000)
    judge("jobs: ms from the order to the beginning, p50", part[2], "<", 10)
    judge("jobs: own memory of the runner in KiB grown from 5,000 to 30,000", part[4], "<=", 256)
    transfer_judge()
    if (!memory_known)
        return
    judge("worker: PSS in MiB after 10,000 requests", pss_early, "<", 8)
    judge("worker: PSS in MiB after 100,000 requests", pss_late, "<", 8)
    # Its own pages are exact. PSS also counts a part of each shared page, which changes as other programs come and go.
    judge("worker: own memory in KiB grown from 10,000 to 100,000", own_growth, "<=", 64)
    judge("worker: PSS in KiB grown from 10,000 to 100,000", pss_growth, "<=", 256)
}
