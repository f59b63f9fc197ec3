//! The part of the tests that needs no second user, as an ordinary user: no `XDG_*`, a long `TMPDIR`, no account made.

use super::{Row, Run, Table};
use crate::run::{self, complain};
use anyhow::{Context, Result, bail};
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use test_support::cache;

/// An id that no account has.
const USER: u32 = 64_017;

/// Modules that are left out: they need root, the tool chain, or the source's history.
const LEFT_OUT: [&str; 2] = ["second_user", "source"];
const PACKAGES_LEFT_OUT: [&str; 1] = ["xtask"];

/// A compiled test program.
#[derive(Debug, PartialEq)]
struct Binary {
    package: String,
    program: PathBuf,
    /// Where cargo would start it.
    folder: PathBuf,
}

pub(super) fn part(run: &Run, table: &mut Table) -> Result<()> {
    complain("\n== tests as an ordinary user");
    let begin = Instant::now();
    let base = tempfile_in_var()?;
    let done = run_all(run, &base, table, begin);
    if done.is_ok() {
        fs::remove_dir_all(&base).with_context(|| format!("remove {}", base.display()))?;
    } else {
        complain(&format!("kept: {}", base.display()));
    }
    done
}

fn run_all(run: &Run, base: &Path, table: &mut Table, begin: Instant) -> Result<()> {
    let account = Account::new(run, base)?;
    let binaries = binaries(run)?;
    if binaries.is_empty() {
        bail!("cargo has built no test programs");
    }
    let mut text = String::new();
    let mut failed = Vec::new();
    let mut last = None;
    for binary in &binaries {
        let seen = run::teed(&mut account.command(binary), run.deadline)?;
        text.push_str(&seen.text);
        if !seen.status.success() {
            failed.push(binary.program.display().to_string());
        }
        last = Some(seen.status);
    }
    let status = last.context("no test program was run")?;
    let mut row = Row::of("ordinary user", begin.elapsed(), Some(&run::Seen { status, text }));
    if !failed.is_empty() {
        row.mark_failed();
    }
    table.push(row);
    let used = fs::read_to_string(base.join("parts")).unwrap_or_default();
    let mut all = fs::File::options().create(true).append(true).open(&run.parts)?;
    std::io::Write::write_all(&mut all, used.as_bytes())?;
    if !failed.is_empty() {
        bail!("as an ordinary user these failed: {}", failed.join(", "));
    }
    Ok(())
}

fn tempfile_in_var() -> Result<PathBuf> {
    let base = PathBuf::from(format!("/var/tmp/taffrail-user-{}", std::process::id()));
    fs::create_dir(&base).with_context(|| format!("make {}", base.display()))?;
    fs::set_permissions(&base, fs::Permissions::from_mode(0o700))?;
    Ok(base)
}

/// Asks cargo for the test programs that the step before has built.
fn binaries(run: &Run) -> Result<Vec<Binary>> {
    let line = "test --workspace --no-run --locked --profile ci --message-format json --quiet";
    let output = run.cargo.command(line.split(' ')).output().context("ask cargo for the test programs")?;
    if !output.status.success() {
        bail!("list the test programs: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(of_messages(&String::from_utf8_lossy(&output.stdout)))
}

fn of_messages(messages: &str) -> Vec<Binary> {
    let of = |line: &str| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        let program = message["executable"].as_str()?;
        let manifest = Path::new(message["manifest_path"].as_str()?);
        let package = message["package_id"]
            .as_str()?
            .rsplit(['/', '#'])
            .find(|part| !part.starts_with(|c: char| c.is_ascii_digit()))?;
        let package = package.split('@').next()?.to_owned();
        let wanted = message["profile"]["test"] == true && !PACKAGES_LEFT_OUT.contains(&package.as_str());
        wanted.then(|| Binary {
            package,
            program: program.into(),
            folder: manifest.parent().unwrap_or(Path::new("/")).into(),
        })
    };
    messages.lines().filter_map(of).collect()
}

/// An ordinary user with folders of its own.
struct Account<'a> {
    run: &'a Run,
    base: PathBuf,
    temporary: PathBuf,
    /// Root's own folders keep others out: what is needed is shown in a mount namespace then.
    script: Option<String>,
}

impl<'a> Account<'a> {
    fn new(run: &'a Run, base: &Path) -> Result<Self> {
        let stem = base.join("t");
        let room = 90usize.saturating_sub(stem.as_os_str().len());
        let temporary = PathBuf::from(format!("{}{}", stem.display(), "m".repeat(room)));
        for folder in [&base.join("home"), &base.join("cache"), &temporary] {
            fs::create_dir(folder)?;
        }
        let mut script = None;
        if rustix::process::geteuid().is_root() {
            for folder in [base, &base.join("home"), &base.join("cache"), &temporary] {
                chown(folder, Some(USER), Some(USER))?;
            }
            let needed = [run.cargo.top.to_owned(), run.cargo.target.clone(), run.cache.join("agents")];
            let needed: Vec<PathBuf> = needed.into_iter().filter(|path| path.exists()).collect();
            let closed = closed(&needed)?;
            script = (!closed.is_empty()).then(|| namespace(&needed, &closed));
        }
        Ok(Self { run, base: base.to_owned(), temporary, script })
    }

    fn command(&self, binary: &Binary) -> Command {
        let user = USER.to_string();
        let mut command = match &self.script {
            Some(script) => {
                let mut command = Command::new("unshare");
                command.args(["--mount", "--", "/bin/sh", "-c", script, "sh"]);
                command.arg("setpriv");
                command
            }
            None if rustix::process::geteuid().is_root() => Command::new("setpriv"),
            None => Command::new("env"),
        };
        if rustix::process::geteuid().is_root() {
            command.args(["--reuid", &user, "--regid", &user, "--clear-groups", "--inh-caps=-all", "--", "env"]);
        }
        command.arg(format!("--chdir={}", binary.folder.display())).arg(&binary.program);
        for module in LEFT_OUT {
            command.args(["--skip", &format!("{module}::")]);
        }
        command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin");
        command.env("HOME", self.base.join("home")).env("TMPDIR", &self.temporary);
        command.env(cache::CACHE, self.base.join("cache"));
        // insta would ask cargo, which this user need not have.
        command.env("INSTA_WORKSPACE_ROOT", self.run.cargo.top).env("INSTA_UPDATE", "no");
        self.run.variables(&mut command, &self.base.join("parts"));
        command
    }
}

/// The topmost folders above these paths that others cannot pass.
fn closed(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut closed: Vec<PathBuf> = Vec::new();
    for path in paths {
        let mut above: Vec<&Path> = path.ancestors().collect();
        above.reverse();
        for folder in above {
            if fs::metadata(folder)?.mode() & 0o001 == 0 {
                if folder == path {
                    bail!("{} is closed to other users: chmod o+rx", path.display());
                }
                if !closed.iter().any(|known| known == folder) {
                    closed.push(folder.to_owned());
                }
                break;
            }
        }
    }
    Ok(closed)
}

/// A shell script that, in a mount namespace of its own, lays empty folders over the closed ones, shows the needed
/// paths in them, and runs its arguments. Nothing outside the namespace changes.
fn namespace(needed: &[PathBuf], closed: &[PathBuf]) -> String {
    let quote = |path: &Path| format!("'{}'", path.display().to_string().replace('\'', r"'\''"));
    let mut script = String::from("set -e\nmount --make-rprivate /\nmount -t tmpfs -o mode=755 none /mnt\n");
    for (number, path) in needed.iter().enumerate() {
        writeln!(script, "mkdir /mnt/{number}; mount --rbind {} /mnt/{number}", quote(path)).ok();
    }
    for path in closed {
        writeln!(script, "mount -t tmpfs -o mode=755 none {}", quote(path)).ok();
    }
    for (number, path) in needed.iter().enumerate().filter(|(_, path)| closed.iter().any(|top| path.starts_with(top))) {
        let path = quote(path);
        writeln!(script, "mkdir -p {path}; mount --rbind /mnt/{number} {path}").ok();
    }
    script + "exec \"$@\"\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_programs_are_taken_from_cargos_messages_with_the_folder_they_start_in() {
        let messages = r#"{"reason":"compiler-artifact","package_id":"path+file:///src/crates/chain#taffrail-chain@0.1.0","manifest_path":"/src/crates/chain/Cargo.toml","profile":{"test":true},"executable":"/t/ci/deps/chain-1"}
{"reason":"compiler-artifact","package_id":"path+file:///src/xtask#0.1.0","manifest_path":"/src/xtask/Cargo.toml","profile":{"test":true},"executable":"/t/ci/deps/xtask-1"}
{"reason":"compiler-artifact","package_id":"path+file:///src/daemon#taffraild@0.1.0","manifest_path":"/src/daemon/Cargo.toml","profile":{"test":false},"executable":"/t/ci/taffraild"}
{"reason":"build-finished","success":true}"#;
        let expected = Binary {
            package: "taffrail-chain".into(),
            program: "/t/ci/deps/chain-1".into(),
            folder: "/src/crates/chain".into(),
        };
        assert_eq!(of_messages(messages), [expected]);
    }

    #[test]
    fn a_folder_that_others_cannot_pass_is_found_once_and_at_its_top() {
        let top = tempfile::tempdir().unwrap();
        fs::set_permissions(top.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let shut = top.path().join("shut");
        for folder in ["a", "b"] {
            fs::create_dir_all(shut.join(folder)).unwrap();
        }
        fs::set_permissions(&shut, fs::Permissions::from_mode(0o700)).unwrap();
        assert_eq!(closed(&[shut.join("a"), shut.join("b")]).unwrap(), std::slice::from_ref(&shut));
        assert!(closed(&[shut]).unwrap_err().to_string().contains("chmod o+rx"));
        assert!(closed(&["/usr/bin".into()]).unwrap().is_empty());
    }

    #[test]
    fn the_namespace_shows_what_is_needed_and_only_where_it_was_closed() {
        let script = namespace(&["/root/it's".into(), "/srv/b".into()], &["/root".into()]);
        assert!(script.contains("mount --rbind '/root/it'\\''s' /mnt/0"), "{script}");
        assert!(script.contains("mkdir -p '/root/it'\\''s'; mount --rbind /mnt/0"), "{script}");
        assert!(!script.contains("mkdir -p '/srv/b'"), "{script}");
    }
}
