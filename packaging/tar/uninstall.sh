#!/bin/sh
# Takes Taffrail out again. Records and keys stay, unless --purge is said.
set -eu
if [ "$(id -u)" != 0 ]; then
    echo "Run this as root: it was installed for all users of this machine." >&2
    exit 1
fi
case "${1-}" in
    "") how=remove ;;
    --purge) how=purge ;;
    *)
        echo "usage: $0 [--purge]" >&2
        exit 2
        ;;
esac
/usr/share/taffrail/prerm remove
rm -f /usr/bin/taffrail /usr/bin/taffraild \
    /usr/lib/systemd/system/taffraild.service /usr/lib/systemd/system/taffraild.socket
/usr/share/taffrail/postrm "$how"
rm -rf /usr/share/taffrail
rmdir --ignore-fail-on-non-empty /etc/taffrail/managed.d /etc/taffrail 2>/dev/null || true
