# From nothing to watching, to enforcing, and to nothing again.
case $(ls /tmp/pkg) in
    *.deb)
        come() { dpkg --install /tmp/pkg/*.deb; }
        go() { dpkg --remove taffrail; }
        purge() { dpkg --purge taffrail; }
        ;;
    *.tar.gz)
        come() { tar -xzf /tmp/pkg/*.tar.gz -C /tmp && /tmp/taffrail-*/install.sh; }
        go() { /usr/share/taffrail/uninstall.sh; }
        # Its own script went with it.
        purge() { /tmp/taffrail-*/install.sh && /usr/share/taffrail/uninstall.sh --purge; }
        ;;
esac
export DEBIAN_FRONTEND=noninteractive HOME=/root
fail() { echo "FAILED: $*"; exit 1; }
user="setpriv --reuid 64018 --regid 64018 --clear-groups --inh-caps=-all --"
mkdir -p /tmp/home/shop
chown -R 64018:64018 /tmp/home
# One call of an agent of an ordinary user.
call() {
    printf '{"session_id":"s","cwd":"/tmp/home/shop","hook_event_name":"PreToolUse","permission_mode":"default","tool_name":"Bash","tool_input":{"command":"%s"},"tool_use_id":"t"}' "$1" |
        $user env -i HOME=/tmp/home PATH=/usr/bin:/bin taffrail hook claude-code PreToolUse
}
# Is an ordinary call let run without a word?
quiet() { said=$(call "$1") && test -z "$said"; }

come
hooks=/etc/claude-code/managed-settings.d/50-taffrail.json
grep -q '"/usr/bin/taffrail"' $hooks || fail "$hooks does not name our hook"
grep -q 'onFailure' $hooks && fail "$hooks locks people out where the hook fails"
test "$(stat -c '%a %u' $hooks)" = "644 0" || fail "$hooks is not everybody's to read"
test "$(stat -c '%a %u' /var/lib/taffrail)" = "755 0" || fail "/var/lib/taffrail is not root's, or closed"
# Without a daemon a call is judged all the same, or let run: agents work at every moment.
quiet 'git status' || fail "a call before the daemon is there is not let run"
echo "== installed"

start=$(sed -n 's/^ExecStart=//p' /usr/lib/systemd/system/taffraild.service)
env -i PATH=/usr/bin:/bin $start 2> /tmp/log &
daemon=$!
# `wait_for SECONDS COMMAND`
wait_for() {
    seconds=$1
    shift
    for _ in $(seq $((5 * seconds))); do "$@" > /tmp/said 2>&1 && return; sleep 0.2; done
    cat /tmp/log /tmp/said
    fail "$*: not within $seconds s"
}
status() { $user env -i HOME=/tmp/home PATH=/usr/bin:/bin taffrail status --json; }
says() { status | tr -d ' \n' | grep -q -e "$1"; }
wait_for 30 says '"mode":"detect"'
test -z "$(call 'rm -rf ~')" || fail "detect stopped a call"
says '"would_have_stopped":1' || fail "detect did not note what it would have stopped"
echo "== watching"

echo 'mode = "enforce"' > /etc/taffrail/managed.d/10-acme.toml
# Well before the slow look at what no watch told of.
wait_for 25 says '"mode":"enforce"'
says '"key":"mode","value":"\\"enforce\\"","layer":"managed","file":"/etc/taffrail/managed.d/10-acme.toml"' ||
    fail "status does not name the file that set the mode"
call 'rm -rf ~' | grep -q '"permissionDecision":"deny"' || fail "enforce did not stop a call"
quiet 'git status' || fail "an ordinary call was stopped"
echo "== enforcing"

come
call 'rm -rf ~' | grep -q '"permissionDecision":"deny"' || fail "no guard after the package was installed again"
echo "== installed again"

rm /etc/taffrail/managed.d/10-acme.toml
go
test ! -e /etc/claude-code/managed-settings.d/50-taffrail.json || fail "a hook that is not there any more is named"
test ! -e /var/lib/taffrail || fail "a hook of somebody's own would still look for the system's daemon"
test ! -e /usr/bin/taffrail || fail "a program was left"
test -d /var/lib/taffrail.removed/journal || fail "the records are gone, and nobody purged them"
kill $daemon
wait $daemon || true
echo "== removed"

purge
test ! -e /var/lib/taffrail || fail "state was left"
test ! -e /var/lib/taffrail.removed || fail "state was left"
echo "== purged"
