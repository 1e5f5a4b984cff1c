# cpu.awk - CPU time so far of whole process trees: awk -v tick_ns=N -v roots="NAME=PID..." -f cpu.awk
#
# Reads lines "PID/stat:..." and "PID/schedstat:..." of all processes that there are. Each NAME=PID is the root of a tree. Prints
# "NAME NANOSECONDS" per tree: what living processes used (schedstat, exact to the nanosecond) and what their ended children
# had used (stat, in ticks).

BEGIN {
    count = split(roots, root_list, " ")
    for (i = 1; i <= count; i++) {
        split(root_list[i], part, "=")
        name[part[2]] = part[1]
        total[part[1]] = 0
    }
}

# The second field is a name that may hold spaces and parentheses, so fields are counted after the last one.
/^[0-9]+\/stat:/ {
    pid = $0 + 0
    sub(/^.*\) /, "")
    parent[pid] = $2
    used[pid] = ($12 + $13) * tick_ns
    ended[pid] = ($14 + $15) * tick_ns
    next
}

/^[0-9]+\/schedstat:/ {
    pid = $0 + 0
    sub(/^[^:]*:/, "")
    exact[pid] = $1
}

END {
    for (pid in parent)
        add_to_tree(pid)
    for (tree in total)
        printf "%s %.0f\n", tree, total[tree]
}

function add_to_tree(pid,    root) {
    root = pid
    while (!(root in name) && (root in parent) && parent[root] > 1)
        root = parent[root]
    if (root in name)
        total[name[root]] += (pid in exact ? exact[pid] : used[pid]) + ended[pid]
}
