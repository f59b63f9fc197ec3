#!/bin/sh
# Installs Taffrail for all users of this machine, or a newer version over an older one. As root, from the unpacked folder.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if [ "$(id -u)" != 0 ]; then
    echo "Run this as root: it installs for all users of this machine." >&2
    exit 1
fi
before=
if [ -e /usr/bin/taffraild ]; then
    before=an-older-one
fi
# Beside and then over: a hook that is started meanwhile finds the old program or the new one, whole.
put() {
    install -D -m "$1" -o root -g root "$here/$2" "/$2.new"
    mv -f "/$2.new" "/$2"
}
put 755 usr/bin/taffraild
put 755 usr/bin/taffrail
put 644 usr/lib/systemd/system/taffraild.service
put 644 usr/lib/systemd/system/taffraild.socket
for script in postinst prerm postrm uninstall.sh; do
    put 755 "usr/share/taffrail/$script"
done
install -d -m 755 -o root -g root /etc/taffrail /etc/taffrail/managed.d
/usr/share/taffrail/postinst configure $before
echo "Remove it with: /usr/share/taffrail/uninstall.sh [--purge]"
