# machine.sh - a machine with systemd as its first process, over a copy-on-write view of this one's files
# shellcheck shell=bash
#
# It has its own processes, mounts and network (a loopback), and sees this machine's packages; what it writes is gone with
# it. Needs root, overlayfs and the package systemd. Everything ends with machine_end.

# Claim: one can be started here; machine_why says why not.
machine_is_possible() {
    machine_why=''
    ((EUID == 0)) || machine_why="only root can start a machine"
    [ -x /lib/systemd/systemd ] || machine_why="systemd is not installed"
    command -v ip >/dev/null || machine_why="iproute2 is not installed"
    [ -n "$machine_why" ] || unshare --mount --pid --fork --cgroup --net --uts --ipc -- mount -t cgroup2 cgroup2 /mnt 2>/dev/null ||
        machine_why="the kernel lets no machine be started"
    [ -z "$machine_why" ]
}

# machine_start FOLDER: boots to basic.target; FOLDER is empty, and seen inside as /shared.
machine_start() {
    machine_folder=$1
    setsid unshare --mount --pid --fork --kill-child --cgroup --net --uts --ipc --propagation private -- \
        bash "${BASH_SOURCE[0]}" boot "$machine_folder" </dev/null >"$machine_folder/console" 2>&1 &
    machine_keeper=$!
    machine_pid=''
    for _ in {1..200}; do
        machine_pid=$(pgrep -P "$machine_keeper") && machine_run systemctl is-active basic.target >/dev/null 2>&1 && return 0
        sleep 0.1
    done
    return 1
}

# machine_run COMMAND...: inside, as root.
machine_run() {
    nsenter --target "$machine_pid" --mount --pid --net --uts --ipc --cgroup -- \
        env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 "$@"
}

# The first process takes all others along.
machine_end() {
    [ -z "${machine_keeper:-}" ] || kill -KILL "$machine_pid" "$machine_keeper" 2>/dev/null
    wait "$machine_keeper" 2>/dev/null
    machine_keeper=''
}

# Inside the new namespaces: builds the root and becomes systemd.
machine_boot() {
    local shared=$1 stage name
    set -e
    stage=$(mktemp -d)
    mount -t tmpfs -o size=3g tmpfs "$stage"
    mkdir "$stage/upper" "$stage/work" "$stage/root"
    mount -t overlay overlay -o "lowerdir=/,upperdir=$stage/upper,workdir=$stage/work" "$stage/root"
    cd "$stage/root"
    mkdir -p shared old
    mount --bind "$shared" shared
    mount -t proc proc proc
    mount -t sysfs -o ro sysfs sys
    mount -t cgroup2 cgroup2 sys/fs/cgroup
    for name in run tmp dev; do
        mount -t tmpfs -o mode=0755 tmpfs "$name"
    done
    chmod 1777 tmp
    for name in null zero full random urandom tty; do
        touch "dev/$name"
        mount --bind "/dev/$name" "dev/$name"
    done
    mkdir dev/pts dev/shm
    mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts dev/pts
    mount -t tmpfs tmpfs dev/shm
    ln -s pts/ptmx dev/ptmx
    ln -s /proc/self/fd dev/fd
    ip link set lo up
    # What this machine starts at boot is not wanted there, and nothing waits for a network.
    rm -rf etc/systemd/system/*.wants var/log/journal
    ln -sf /dev/null etc/systemd/system/systemd-networkd-wait-online.service
    ln -sf /dev/null etc/systemd/system/systemd-firstboot.service
    : >etc/machine-id
    # A policy that keeps packages' services from starting is this machine's.
    rm -f usr/sbin/policy-rc.d
    pivot_root . old
    umount -l /old
    exec env -i container=keel-test PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        /lib/systemd/systemd --system --unit=basic.target --log-target=console --show-status=0
}

[ "${1:-}" != boot ] || [ "${BASH_SOURCE[0]}" != "$0" ] || machine_boot "$2"
