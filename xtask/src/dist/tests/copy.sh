# Runs a script on a copy of this machine. `$1` is the script; the files after it are laid into the copy's /tmp/pkg. Prints
# the files that the script left changed. Comes after lay.sh.
script=$1
shift
lay
cp -- "$@" /mnt/pkg
cd /mnt/machine
mount -t proc none proc
mount -t tmpfs -o mode=1777 none tmp
mount -t tmpfs -o mode=755 none run
mount --rbind /dev dev
mkdir tmp/pkg
mount --bind /mnt/pkg tmp/pkg
printf '%s' "$script" > tmp/script
# Not chroot: who is in one can make no user namespace.
mkdir tmp/machine
pivot_root . tmp/machine
cd /
/bin/sh -eu /tmp/script
echo "== left"
cd /tmp/machine/mnt/changed
# A folder counts by what is in it; one that is empty, where the machine itself has none.
find . \( -type f -o -type l -o -type d -empty \) -printf '%y/%P\n' | sort | while IFS= read -r path; do
    case $path in
        d*) test -d "/tmp/machine${path#d}" || echo "${path#d}" ;;
        *) echo "${path#?}" ;;
    esac
done
