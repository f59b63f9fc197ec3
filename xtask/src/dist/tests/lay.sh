# Lays a copy of this machine into /mnt/machine: an overlay whose upper layer, /mnt/changed, is memory. Needs a mount
# namespace of its own.
set -eu
lay() {
    mount --make-rprivate /
    mount -t tmpfs -o mode=755 none /mnt
    mkdir /mnt/changed /mnt/work /mnt/machine /mnt/pkg
    mount -t overlay none -o lowerdir=/,upperdir=/mnt/changed,workdir=/mnt/work /mnt/machine
}
