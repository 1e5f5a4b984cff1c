# cpu.awk - CPU time so far of whole process trees: awk -v tick_ns=N -f cpu.awk NAME=PID... PID...
#
# Run in /proc. Each NAME=PID is the root of a tree, the bare PIDs are all processes there are. Prints "NAME NANOSECONDS" per
# tree: what living processes used (schedstat, exact to the nanosecond) and what their ended children had used (stat, in ticks).

BEGIN {
    for (i = 1; i < ARGC; i++) {
        if (split(ARGV[i], part, "=") == 2) {
            name[part[2]] = part[1]
            total[part[1]] = 0
        } else {
            read_stat(ARGV[i])
        }
    }
    for (pid in parent)
        add_to_tree(pid)
    for (tree in total)
        printf "%s %.0f\n", tree, total[tree]
}

# The second field is a name that may hold spaces and parentheses, so fields are counted after the last one.
function read_stat(pid,    line, field, path) {
    path = pid "/stat"
    if ((getline line < path) <= 0)
        return
    close(path)
    sub(/^.*\) /, "", line)
    split(line, field, " ")
    parent[pid] = field[2]
    used[pid] = (field[12] + field[13]) * tick_ns
    ended[pid] = (field[14] + field[15]) * tick_ns
}

function add_to_tree(pid,    root, line, field, path) {
    root = pid
    while (!(root in name) && (root in parent) && parent[root] > 1)
        root = parent[root]
    if (!(root in name))
        return
    path = pid "/schedstat"
    if ((getline line < path) > 0) {
        split(line, field, " ")
        used[pid] = field[1]
    }
    close(path)
    total[name[root]] += used[pid] + ended[pid]
}
