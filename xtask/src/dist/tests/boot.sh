# Boots a copy of this machine twice, with systemd as its first process, and runs a script each time. `$1` and `$2` are the
# scripts; the files after them are laid into the copy's /opt/pkg. Comes after lay.sh.
printf '%s' "$1" > /tmp/first.$$
printf '%s' "$2" > /tmp/second.$$
shift 2
lay
mv /tmp/first.$$ /mnt/first
mv /tmp/second.$$ /mnt/second
mkdir -p /mnt/machine/opt/pkg
cp -- "$@" /mnt/machine/opt/pkg
unified=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
group=$unified/taffrail-test-$$

# `boot SCRIPT`, in namespaces of its own.
boot() {
    mkdir "$group"
    : > /mnt/said
    sh -c 'echo $$ > "$1/cgroup.procs"; exec unshare --mount --pid --cgroup --ipc --uts --net --fork --kill-child /bin/sh -euc "$2" sh "$3"' \
        sh "$group" "$start" "$1" || true
    cat /mnt/said
    find "$group" -depth -type d -exec rmdir {} + || true
}

start='
cd /mnt/machine
mount -t proc none proc
mount -t sysfs none sys
mount -t cgroup2 none sys/fs/cgroup
mount -t tmpfs -o mode=755 none dev
for device in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
    IFS=: read -r name major minor <<DEVICE
$device
DEVICE
    mknod -m 666 dev/$name c $major $minor
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=666 none dev/pts
ln -s pts/ptmx dev/ptmx
mount -t tmpfs -o mode=1777 none dev/shm
ln -s /proc/self/fd dev/fd
mount -t tmpfs -o mode=1777 none tmp
mount -t tmpfs -o mode=755 none run
mkdir -p run/systemd/system
cp "$1" run/probe
cat > run/systemd/system/probe.service <<UNIT
[Service]
Type=oneshot
Environment=HOME=/root
StandardOutput=append:/mnt/mnt/said
StandardError=append:/mnt/mnt/said
ExecStart=/bin/sh -eu /run/probe
ExecStopPost=/bin/systemctl exit 0
UNIT
pivot_root . mnt
cd /
export container=lxc
exec /lib/systemd/systemd --system --unit=probe.service --log-target=null --show-status=false
'

boot /mnt/first
boot /mnt/second
