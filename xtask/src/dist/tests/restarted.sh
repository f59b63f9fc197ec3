# The second boot: everything is as it was, and goes.
export DEBIAN_FRONTEND=noninteractive
fail() { echo "FAILED: $*"; journalctl --no-pager --unit taffraild | tail -n 20; exit 1; }
mkdir -p /tmp/home/shop
chown -R 64018:64018 /tmp/home
# The machine's units, as a boot starts them.
systemctl start sockets.target
systemctl is-active --quiet taffraild.socket || fail "the socket is not opened at boot"
printf '{"session_id":"s","cwd":"/tmp/home/shop","hook_event_name":"PreToolUse","permission_mode":"default","tool_name":"Bash","tool_input":{"command":"rm -rf ~"},"tool_use_id":"t"}' |
    setpriv --reuid 64018 --regid 64018 --clear-groups --inh-caps=-all -- \
    env -i HOME=/tmp/home PATH=/usr/bin:/bin taffrail hook claude-code PreToolUse |
    grep -q '"permissionDecision":"deny"' || fail "the first call after a restart was let run"
taffrail verify > /dev/null || fail "the journal is not whole: $(taffrail verify)"
echo "== restarted"

dpkg --purge taffrail
test -z "$(systemctl list-unit-files --no-legend 'taffrail*')" || fail "units are left: $(systemctl list-unit-files 'taffrail*')"
test ! -e /var/lib/taffrail -a ! -e /var/lib/taffrail.removed || fail "state is left"
echo "== gone"
