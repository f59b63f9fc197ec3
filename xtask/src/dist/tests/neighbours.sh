# The administrator's own files come first, and stay when the package goes.
export DEBIAN_FRONTEND=noninteractive HOME=/root
fail() { echo "FAILED: $*"; exit 1; }
mkdir -p /etc/claude-code /etc/cursor /etc/taffrail/managed.d
printf '{"model": "opus"}\n' > /etc/claude-code/managed-settings.json
printf '{\n  // ours\n  "version": 1,\n  "hooks": { "stop": [{ "command": "/opt/acme/notify" }] }\n}\n' > /etc/cursor/hooks.json
echo 'mode = "enforce"' > /etc/taffrail/managed.d/10-acme.toml
sums() { sha256sum /etc/claude-code/managed-settings.json /etc/cursor/hooks.json /etc/taffrail/managed.d/10-acme.toml; }
before=$(sums)
dpkg --install /tmp/pkg/*.deb
grep -q /usr/bin/taffrail /etc/cursor/hooks.json || fail "Cursor has no hook"
grep -q /opt/acme/notify /etc/cursor/hooks.json || fail "the company's own hook is gone"
dpkg --purge taffrail
test "$(sums)" = "$before" || fail "a file is not as it was: $before, now $(sums)"

# Somebody wiped the state first: the hooks go all the same, if not to the byte.
dpkg --install /tmp/pkg/*.deb
rm -rf /var/lib/taffrail
dpkg --purge taffrail
test ! -e /etc/claude-code/managed-settings.d/50-taffrail.json || fail "a hook that is gone is named"
! grep -q taffrail /etc/cursor/hooks.json || fail "Cursor still names our hook: $(cat /etc/cursor/hooks.json)"
grep -q /opt/acme/notify /etc/cursor/hooks.json || fail "the company's own hook is gone"
