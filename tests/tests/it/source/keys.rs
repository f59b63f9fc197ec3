//! `docs/configuration.md`: every key, made from the one table that the programs read.

use config::{Binding, KEYS, Loader, Sources};
use std::fmt::Write as _;

const HEAD: &str = "# Configuration

Made from `crates/config/src/keys.rs` by `tests/tests/it/source/keys.rs`; `TAFFRAIL_WRITE=1` writes it anew.

| layer, the weaker first | file | belongs to |
|---|---|---|
| user | `~/.config/taffrail/config.toml`, for a user's own daemon | you |
| machine | `/etc/taffrail/config.toml` | root |
| managed | `/etc/taffrail/managed.d/*.toml`, in the order of their names | root |

A change is in force within seconds, without a restart. A value that does not fit keeps its last one, and the keys beside
it are used; `taffrail status` says what is not in use and why, `taffrail status --json` where each value comes from and
what is overruled. A file that others than its owner may write to is not used.

```toml
mode = \"enforce\"
mode_max = \"enforce\"

[content]
input = \"redacted\"
```

| key | in a property list | value | default | of several layers | |
|---|---|---|---|---|---|
";

#[test]
fn the_page_of_keys_says_what_the_programs_read() {
    let nothing = tempfile::tempdir().unwrap();
    let none = |name: &str| nothing.path().join(name);
    let sources =
        Sources { machine: none("config.toml"), managed: none("managed.d"), preferences: None, owner: 0, user: None };
    let loaded = Loader::new(sources, None).load();
    let mut page = HEAD.to_owned();
    for key in KEYS {
        let binding = match key.binding {
            Binding::Exact => "the strongest",
            Binding::Ceiling => "the least",
            Binding::Union => "all",
        };
        let (name, camel, default) = (key.name, key.camel(), &loaded.origin(key.name).value);
        writeln!(page, "| `{name}` | `{camel}` | {} | `{default}` | {binding} | {} |", key.kind, key.says).unwrap();
    }
    let path = test_support::workspace().join("docs/configuration.md");
    if std::env::var_os("TAFFRAIL_WRITE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(stored == page, "docs/configuration.md is stale (TAFFRAIL_WRITE=1 writes it); now it is:\n{page}");
}
