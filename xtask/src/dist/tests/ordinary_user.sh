# What an ordinary user gets who tries to weaken the guard of a machine in enforce mode. Prints one line for each attempt.
export DEBIAN_FRONTEND=noninteractive HOME=/root
fail() { echo "FAILED: $*"; exit 1; }
as="setpriv --reuid 64018 --regid 64018 --clear-groups --inh-caps=-all --"
mkdir -p /tmp/home/shop /tmp/own
chown -R 64018:64018 /tmp/home /tmp/own
dpkg --install /tmp/pkg/*.deb > /dev/null 2>&1
echo 'mode = "enforce"' > /etc/taffrail/managed.d/10-acme.toml
start=$(sed -n 's/^ExecStart=//p' /usr/lib/systemd/system/taffraild.service)
env -i PATH=/usr/bin:/bin $start 2> /tmp/log &
daemon=$!
for _ in $(seq 150); do test -S /run/taffrail/hook.sock && break; sleep 0.2; done
test -S /run/taffrail/hook.sock || fail "the daemon did not start: $(cat /tmp/log)"
$as unshare --user --map-root-user true || fail "this machine lets no user make a user namespace"
export daemon

# `try NAME SHELL`: what the user's shell says, without the numbers and names of this run.
try() {
    name=$1
    said=$(cd /tmp/home && timeout 20 $as env -i HOME=/tmp/home PATH=/usr/bin:/bin daemon=$daemon sh -c "$2" 2>&1) || true
    printf '%s | %s\n' "$name" "$(printf '%s' "$said" | tail -n 1 | sed -e 's/^sh: \(line \)\{0,1\}[0-9]*: //' -e "s/$daemon/PID/g")"
}
payload='{"session_id":"s","cwd":"/tmp/home/shop","hook_event_name":"PreToolUse","permission_mode":"default","tool_name":"Bash","tool_input":{"command":"rm -rf ~"},"tool_use_id":"t"}'
printf '%s' "$payload" > /tmp/own/call
# `call NAME SHELL`: is a dangerous call still stopped, where the hook is started in this way?
call() {
    name=$1
    said=$(cd /tmp/home && timeout 20 $as env -i HOME=/tmp/home PATH=/usr/bin:/bin sh -c "$2" < /tmp/own/call 2>/dev/null) || true
    case $said in
        *'"permissionDecision":"deny"'*) echo "$name | stopped" ;;
        *'"permissionDecision":"ask"'*) echo "$name | asked" ;;
        *) echo "$name | let run: $said" ;;
    esac
}

echo "== attempts"
try "end the daemon" 'kill -TERM $daemon'
try "kill the daemon" 'kill -KILL $daemon'
try "hold the daemon" 'kill -STOP $daemon'
try "trace the daemon" 'python3 -c "import ctypes,os; c=ctypes.CDLL(None,use_errno=True); r=c.ptrace(16,$daemon,0,0); print(os.strerror(ctypes.get_errno()) if r else 1)"'
try "read its memory" 'cat /proc/$daemon/mem'
try "read its environment" 'cat /proc/$daemon/environ'
try "list the journal" 'ls /var/lib/taffrail/journal'
try "read the keys" 'cat /var/lib/taffrail/keys/device'
try "set the mode" 'echo "mode = \"detect\"" > /etc/taffrail/config.toml'
try "add a managed file" 'echo "mode = \"detect\"" > /etc/taffrail/managed.d/99-mine.toml'
try "take a managed file away" 'rm -f /etc/taffrail/managed.d/10-acme.toml'
try "move the folder of settings" 'mv /etc/taffrail /etc/taffrail.old'
try "tell it to stand down" 'touch /etc/taffrail/stand-down'
try "change the managed hooks" 'echo {} > /etc/claude-code/managed-settings.d/50-taffrail.json'
try "take the managed hooks away" 'rm -f /etc/claude-code/managed-settings.d/50-taffrail.json'
try "take hooks out with our own command" 'taffrail uninstall --scope managed --yes'
try "change the snapshot" 'echo x > /var/lib/taffrail/snapshot.bin'
try "change the prepared answers" 'echo x > /var/lib/taffrail/fallback.bin'
try "take the socket away" 'rm -f /run/taffrail/hook.sock'
try "put another socket in its place" 'mv /run/taffrail /run/taffrail.old'
try "change the program" 'echo > /usr/bin/taffrail'
try "start a daemon of one's own" 'taffraild run'
other="setpriv --reuid 64019 --regid 64019 --clear-groups --inh-caps=-all --"
code=$($other env -i HOME=/tmp/home PATH=/usr/bin:/bin taffrail hook claude-code PreToolUse < /tmp/own/call | grep -o '([0-9A-Z]\{4\})' | head -n 1 | tr -d '()')
test -n "$code" || fail "another user was not stopped"
try "see another user's stop" "taffrail explain $code" | sed -e "s/$code/CODE/"

echo "== calls"
call "as it is" 'taffrail hook claude-code PreToolUse'
# One that lets everything run, where a user's own daemon would listen.
mkdir -p /tmp/own/run/taffrail /tmp/own/state/taffrail
cat > /tmp/own/allow.py <<'PY'
import os, socket, struct, threading
def serve(path):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    while True:
        stream, _ = listener.accept()
        stream.recv(65536)
        stream.sendall(bytes([1, 18]) + struct.pack(">I", 0) + b"\0\1\0")
        stream.close()
for path in ("/tmp/own/run/taffrail/hook.sock", "/tmp/own/state/taffrail/hook.sock"):
    threading.Thread(target=serve, args=(path,)).start()
PY
chown -R 64018:64018 /tmp/own
$as env -i PATH=/usr/bin:/bin python3 /tmp/own/allow.py &
allow=$!
for _ in $(seq 50); do test -S /tmp/own/state/taffrail/hook.sock && break; sleep 0.1; done
call "beside a daemon that allows, by run-time folder" 'XDG_RUNTIME_DIR=/tmp/own/run taffrail hook claude-code PreToolUse'
call "beside a daemon that allows, by state folder" 'XDG_STATE_HOME=/tmp/own/state taffrail hook claude-code PreToolUse'
call "with settings of one's own" 'mkdir -p .config/taffrail; echo "mode = \"detect\"" > .config/taffrail/config.toml; XDG_CONFIG_HOME=/tmp/home/.config taffrail hook claude-code PreToolUse'
call "with another home" 'HOME=/tmp/own taffrail hook claude-code PreToolUse'
call "with a library put before it" 'LD_PRELOAD=/tmp/own/none.so LD_LIBRARY_PATH=/tmp/own taffrail hook claude-code PreToolUse'
call "with no descriptor to spare" 'ulimit -n 3; taffrail hook claude-code PreToolUse'
call "with inherited descriptors alone" 'exec 3</dev/null 4</dev/null 5</dev/null; ulimit -n 6; exec taffrail hook claude-code PreToolUse'
call "with no memory to spare" 'ulimit -v 4096; taffrail hook claude-code PreToolUse'
call "with nothing on standard error" 'taffrail hook claude-code PreToolUse 2>&-'
call "as a child of a process that is gone" 'setsid -w taffrail hook claude-code PreToolUse'
call "in another user namespace" 'unshare --user --map-root-user taffrail hook claude-code PreToolUse'
kill -STOP $daemon
# Judged by the engine alone, in either place: what is ordinary is let run.
said=$(cd /tmp/home && sed 's/rm -rf ~/git status/' /tmp/own/call | timeout 20 $as unshare --user --map-root-user env -i HOME=/tmp/home PATH=/usr/bin:/bin taffrail hook claude-code PreToolUse)
test -z "$said" || fail "an ordinary call in a user namespace is not let run while the daemon is away: $said"
call "while the daemon is held by root, in another user namespace" 'unshare --user --map-root-user taffrail hook claude-code PreToolUse'
call "while the daemon is held by root" 'taffrail hook claude-code PreToolUse'
kill -CONT $daemon
kill $allow

echo "== drop folder"
drop=/var/lib/taffrail/dropped/64018
test -d $drop || fail "$drop is not there"
$as sh -c "ln -s /etc/shadow $drop/link; mkfifo $drop/pipe; mkdir $drop/folder; python3 -c \"
import os
for i in range(100000): os.close(os.open('$drop/f%d' % i, os.O_CREAT | os.O_WRONLY, 0o600))
\""
call "with 100,000 files in the drop folder" 'taffrail hook claude-code PreToolUse'
sleep 1
call "and a second later" 'taffrail hook claude-code PreToolUse'
kill -0 $daemon || fail "the daemon is gone: $(tail -n 5 /tmp/log)"
test "$(awk '/VmRSS/ { print $2 < 131072 }' /proc/$daemon/status)" = 1 || fail "the daemon holds $(grep VmRSS /proc/$daemon/status)"
echo "== end"
kill $daemon
wait $daemon || true
dpkg --purge taffrail > /dev/null 2>&1
rm -f /etc/taffrail/managed.d/10-acme.toml
