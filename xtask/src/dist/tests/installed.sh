# The first boot: the package comes, and its units hold while they are pulled about.
export DEBIAN_FRONTEND=noninteractive
fail() { echo "FAILED: $*"; journalctl --no-pager --unit taffraild | tail -n 20; exit 1; }
user="setpriv --reuid 64018 --regid 64018 --clear-groups --inh-caps=-all --"
mkdir -p /tmp/home/shop
chown -R 64018:64018 /tmp/home
call() {
    printf '{"session_id":"s","cwd":"/tmp/home/shop","hook_event_name":"PreToolUse","permission_mode":"default","tool_name":"Bash","tool_input":{"command":"rm -rf ~"},"tool_use_id":"t"}' |
        $user env -i HOME=/tmp/home PATH=/usr/bin:/bin taffrail hook claude-code PreToolUse
}
denied() { call | grep -q '"permissionDecision":"deny"'; }
within() {
    seconds=$1
    shift
    for _ in $(seq $((5 * seconds))); do "$@" > /dev/null 2>&1 && return; sleep 0.2; done
    fail "$*: not within $seconds s"
}

dpkg --install /opt/pkg/*.deb
systemctl is-active --quiet taffraild.socket || fail "the socket is not open"
within 30 systemctl is-active --quiet taffraild.service
test -z "$(call)" || fail "detect stopped a call"
taffrail status | grep -q 'Calls     .*1 would have been stopped' || fail "no record of the call: $(taffrail status)"
echo "== installed"

echo 'mode = "enforce"' > /etc/taffrail/managed.d/10-acme.toml
within 20 denied
echo "== enforcing"

# A file that cannot be read keeps no other agent without its hooks, and the package from nothing.
cp /etc/cursor/hooks.json /tmp/hooks.json
echo '{ "version": 1, ' > /etc/cursor/hooks.json
dpkg --remove taffrail > /tmp/removed 2>&1
grep -q '/etc/cursor/hooks.json' /tmp/removed || fail "nobody was told: $(cat /tmp/removed)"
test ! -e /etc/claude-code || fail "a hook that is gone is still named"
rm /etc/cursor/hooks.json
# Masked is the administrator's word.
systemctl mask --quiet taffraild.service
dpkg --install /opt/pkg/*.deb > /tmp/masked 2>&1 || fail "a masked unit leaves the package half installed: $(cat /tmp/masked)"
test -e /etc/claude-code/managed-settings.d/50-taffrail.json || fail "no hooks beside a masked unit"
systemctl unmask --quiet taffraild.service
systemctl enable --quiet taffraild.service taffraild.socket
systemctl start taffraild.socket taffraild.service
within 20 denied
taffrail verify > /dev/null || fail "the records of before are not whole: $(taffrail verify)"
echo "== removed and back"

# Calls go on while it is restarted, killed and stopped; none of them is let run.
calls() { for _ in $(seq 40); do denied || echo "let run"; sleep 0.05; done; }
calls > /tmp/calls &
calls=$!
systemctl restart taffraild.service
sleep 0.5
systemctl kill --signal KILL taffraild.service
sleep 0.5
systemctl stop taffraild.service
wait $calls
test ! -s /tmp/calls || fail "$(wc -l < /tmp/calls) calls were let run"
# A stopped daemon is started by the next call: the socket is the service manager's.
systemctl stop taffraild.service
denied || fail "a call did not start the daemon"
systemctl is-active --quiet taffraild.service || fail "the daemon is not back"
taffrail status --json | grep -q '"unrecorded": 0' || fail "calls without a record: $(taffrail status --json)"
taffrail verify > /dev/null || fail "the journal is not whole: $(taffrail verify)"
echo "== pulled about"
