//! git: what is lost, what is sent, what runs.

use super::raw;
use crate::value::{Flow, Value};
use crate::walker::{Call, Walker};
use protocol::effect::{Action, HistoryKind, PersistKind, WriteMode};
use protocol::{Field, RawText, Why};

/// Keys of the configuration whose value git runs.
const CODE_KEYS: &[&str] = &[
    "core.sshcommand",
    "core.editor",
    "core.pager",
    "core.fsmonitor",
    "core.hookspath",
    "core.askpass",
    "core.gitproxy",
    "core.alternaterefscommand",
    "sequence.editor",
    "credential.helper",
    "diff.external",
    "gpg.program",
    "gpg.ssh.program",
    "interactive.difffilter",
    "uploadpack.packobjectshook",
    "sendemail.smtpserver",
    "web.browser",
    "browser.",
    "difftool.",
    "mergetool.",
    "pager.",
    "filter.",
    "merge.",
    "diff.",
    "init.templatedir",
];

/// The options before the subcommand.
pub(super) fn git(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let cwd = walker.shell.cwd.clone();
    for folder in call.arguments.values(&["-C"]) {
        walker.shell.cwd = crate::paths::absolute(&walker.shell.cwd, folder);
    }
    let mut alias: Option<(Vec<u8>, Value)> = None;
    for setting in call.arguments.values(&["-c", "--config-env"]) {
        let Some(text) = setting.written() else {
            walker.unknown(Why::Variable, Some(b"git -c"));
            continue;
        };
        let cut = text.iter().position(|b| *b == b'=').unwrap_or(text.len());
        let (key, value) = text.split_at(cut);
        let value = crate::knowledge::grammar::like(setting, value.get(1..).unwrap_or_default());
        let key = key.to_ascii_lowercase();
        if let Some(name) = key.strip_prefix(b"alias.") {
            alias = Some((name.to_vec(), value));
        } else {
            setting_code(walker, &key, &value, false);
        }
    }
    let name = call.operands().first().and_then(Value::known).unwrap_or_default();
    // One that a `git config` of this call has made.
    if alias.is_none()
        && !walker.shell.variables.is_empty()
        && !call.program.sub_names.contains_key(String::from_utf8_lossy(name).as_ref())
        && let Some(value) = walker.shell.get(&alias_key(name))
    {
        alias = Some((name.to_vec(), value));
    }
    let flow = match alias {
        Some((known, value)) if known == name => {
            let rest = call.operands().get(1..).unwrap_or_default();
            run_alias(walker, &value, rest, &call.stdin)
        }
        _ => walker.subcommand(call),
    };
    walker.shell.cwd = cwd;
    flow
}

/// Where an alias is kept among the variables of the shell: no variable has such a name.
fn alias_key(name: &[u8]) -> Vec<u8> {
    [b"git alias ", name].concat()
}

/// `!command` is read by a shell, anything else are words of git.
fn run_alias(walker: &mut Walker<'_>, value: &Value, rest: &[Value], stdin: &Flow) -> Flow {
    let Value::Known(text) = value else {
        walker.unknown(Why::Variable, Some(b"git alias"));
        return Flow::Output;
    };
    let mut script = match text.strip_prefix(b"!") {
        Some(command) => command.to_vec(),
        None => [b"git ".as_slice(), text].concat(),
    };
    for word in rest {
        script.push(b' ');
        super::wrappers::quote(word, &mut script);
    }
    walker.carried("git", |walker| walker.new_shell_text(&script, stdin, Vec::new()))
}

/// A setting whose value is a command or a folder of hooks.
fn setting_code(walker: &mut Walker<'_>, key: &[u8], value: &Value, kept: bool) {
    let key = String::from_utf8_lossy(key);
    if !CODE_KEYS.iter().any(|known| if known.ends_with('.') { key.starts_with(known) } else { *known == key }) {
        return;
    }
    let runs = !known_harmless(&key, value);
    if !runs {
        return;
    }
    if kept {
        walker.push(Action::Persist { kind: PersistKind::GitHook, target: None });
    }
    if key == "core.hookspath" || key == "init.templatedir" {
        let found = walker.found(value, crate::paths::Follow::Links);
        walker.push(Action::Persist { kind: PersistKind::GitHook, target: Some(found.target) });
        return;
    }
    if let (Value::Known(text), true) = (value, kept) {
        let text = text.strip_prefix(b"!").unwrap_or(text).to_vec();
        walker.later("git-hook", |walker| {
            walker.new_shell_text(&text, &Flow::Output, Vec::new());
        });
    } else if let Value::Known(text) = value {
        let text = text.strip_prefix(b"!").unwrap_or(text).to_vec();
        walker.carried("git", |walker| walker.maybe(|walker| walker.new_shell_text(&text, &Flow::Output, Vec::new())));
    } else {
        walker.unknown(Why::Variable, Some(b"git -c"));
    }
}

/// Values that everybody has.
fn known_harmless(key: &str, value: &Value) -> bool {
    let Some(text) = value.known() else { return false };
    let ordinary: &[&[u8]] = &[
        b"",
        b"cat",
        b"less",
        b"more",
        b"true",
        b"false",
        b":",
        b"vim",
        b"vi",
        b"nano",
        b"emacs",
        b"code --wait",
        b"nvim",
        b"store",
        b"cache",
        b"osxkeychain",
        b"manager",
        b"manager-core",
        b"libsecret",
        b"delta",
        b"less -FRX",
        b"less -R",
        b"gpg",
        b"gpg2",
        b"/dev/null",
        b".githooks",
        b".husky",
        b".husky/_",
        b"hooks",
        b"gh auth git-credential",
        b"!gh auth git-credential",
    ];
    ordinary.contains(&text)
        || (key.starts_with("merge.") || key.starts_with("diff."))
            && !(key.ends_with(".driver")
                || key.ends_with(".command")
                || key.ends_with(".textconv")
                || key == "diff.external")
        || key.starts_with("pager.") && matches!(text, b"true" | b"false")
        || key.starts_with("filter.") && (text.starts_with(b"git-lfs ") || text == b"true")
        || (key.starts_with("difftool.") || key.starts_with("mergetool.")) && key.rsplit('.').next() != Some("cmd")
}

fn history(
    walker: &mut Walker<'_>,
    kind: HistoryKind,
    branch: Field<RawText>,
    remote: Field<RawText>,
    loses: Field<bool>,
) {
    walker.push(Action::ChangeHistory { kind, branch, remote, loses });
}

fn unstated() -> Field<RawText> {
    Field::Unknown(Why::Unstated)
}

pub(super) fn push(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.has(&["-n", "--dry-run"]) {
        return Flow::Output;
    }
    // A test's own remote, which this very call has made.
    if walker.in_scratch() && call.operands().first().is_none_or(|remote| remote.is("origin")) {
        return Flow::Output;
    }
    // A repository among temporary files is nobody else's.
    if let Some(remote) = call.operands().first()
        && remote.written().is_none_or(|text| matches!(text.first(), Some(b'/' | b'.')))
        && walker.found(remote, crate::paths::Follow::Links).target.class.contains(protocol::PathClass::TEMPORARY)
    {
        return Flow::Output;
    }
    if let Some(Value::Known(command)) = call.arguments.value(&["--receive-pack", "--exec"]) {
        walker.carried("git", |walker| walker.new_shell_text(command, &Flow::Output, Vec::new()));
    }
    let remote =
        call.arguments.value(&["--repo"]).or_else(|| call.operands().first()).map_or_else(unstated, Value::field);
    if !walker.staged.is_empty() {
        let what = std::mem::take(&mut walker.staged).into_iter().map(protocol::effect::Outgoing::File).collect();
        walker.push(Action::Send { host: remote.clone(), url: unstated(), method: Field::Known(raw("push")), what });
    }
    // Spelt out: `--force` is not the beginning of an option that means something milder.
    let lease = call
        .arguments
        .options
        .iter()
        .any(|(name, _)| name.starts_with(b"--force-with-l") || name.starts_with(b"--force-if-i"));
    let forced = lease
        || call
            .arguments
            .options
            .iter()
            .any(|(name, _)| name == b"-f" || (name.len() >= 4 && b"--force".starts_with(name.as_slice())));
    if call.has(&["--mirror", "--prune"]) {
        history(walker, HistoryKind::ForcePush, Field::pattern(raw("*")), remote.clone(), Field::Known(true));
        history(walker, HistoryKind::ForcePush, everything(), remote.clone(), Field::Known(true));
        return Flow::Output;
    }
    let all = call.has(&["--all", "--branches"]);
    if let Some(url) = walker.new_remote(call.operands().first()) {
        super::requests::gives_away(walker, &url, all);
    }
    let deletes = call.has(&["-d", "--delete"]);
    let specs = call.operands().get(1..).unwrap_or_default();
    let kind = |forced| if forced { HistoryKind::ForcePush } else { HistoryKind::Push };
    let lost = |forced| if forced { Field::Unknown(Why::NoFacts) } else { Field::Known(false) };
    if specs.is_empty() {
        let branch = if all { Field::pattern(raw("*")) } else { unstated() };
        if all && forced {
            history(walker, HistoryKind::ForcePush, everything(), remote.clone(), lost(forced));
        }
        history(walker, kind(forced), branch, remote, lost(forced));
        return Flow::Output;
    }
    for spec in specs {
        if spec.known().is_none() && (deletes || forced) && in_a_loop_over_refs(walker) {
            let kind = if deletes { HistoryKind::DeleteBranch } else { HistoryKind::ForcePush };
            history(walker, kind, everything(), remote.clone(), Field::Unknown(Why::NoFacts));
        }
        let Some(text) = spec.written() else {
            // One of a list of all: each of them.
            let each = match spec.field() {
                Field::Pattern(pattern) => matches!(protocol::Text::bytes(&pattern.glob), b"**" | b":**" | b"+**"),
                _ => false,
            };
            let removes = deletes || matches!(spec, Value::Pattern { glob, .. } if glob.first() == Some(&b':'));
            let kind = if removes { HistoryKind::DeleteBranch } else { kind(forced) };
            if each && (removes || forced) {
                history(walker, kind, everything(), remote.clone(), Field::Unknown(Why::NoFacts));
            }
            history(walker, kind, spec.field(), remote.clone(), lost(forced || removes));
            continue;
        };
        if matches!(spec, Value::Pattern { .. })
            && matches!(text, b":*" | b"+*" | b":refs/heads/*" | b"+refs/heads/*:refs/heads/*" | b":refs/tags/*")
        {
            let kind = if text.first() == Some(&b':') { HistoryKind::DeleteBranch } else { HistoryKind::ForcePush };
            history(walker, kind, everything(), remote.clone(), Field::Unknown(Why::NoFacts));
        }
        let plus = text.first() == Some(&b'+');
        let text = text.strip_prefix(b"+").unwrap_or(text);
        let cut = text.iter().position(|b| *b == b':');
        let name = match cut {
            Some(cut) => text.get(cut + 1..).unwrap_or_default(),
            None => text,
        };
        let tag = name.starts_with(b"refs/tags/");
        // `refs/heads/*:refs/heads/*`: all that is here over all that is there.
        if text == b"refs/heads/*" || text == b"refs/heads/*:refs/heads/*" {
            if forced || plus || call.has(&["--prune"]) {
                history(walker, HistoryKind::ForcePush, everything(), remote.clone(), Field::Unknown(Why::NoFacts));
            }
        } else if deletes && matches!(text, b"refs/tags/**" | b"refs/heads/**") {
            history(walker, HistoryKind::DeleteTag, everything(), remote.clone(), Field::Unknown(Why::NoFacts));
        }
        let short = name.strip_prefix(b"refs/heads/").or_else(|| name.strip_prefix(b"refs/tags/")).unwrap_or(name);
        let branch = match spec {
            // What is checked out. A forced push of it is an own branch's, after a rebase.
            Value::Known(_) if cut.is_none() && !forced && matches!(short, b"HEAD" | b"@") => unstated(),
            Value::Known(_) => Field::Known(RawText::new(short)),
            _ => Field::pattern(RawText::new(short)),
        };
        if deletes || (cut == Some(0) && !name.is_empty()) {
            let kind = if tag || is_version(name) { HistoryKind::DeleteTag } else { HistoryKind::DeleteBranch };
            history(walker, kind, branch, remote.clone(), Field::Unknown(Why::NoFacts));
        } else {
            if call.has(&["--no-verify"]) {
                skips_checks(walker, branch.clone());
            }
            history(walker, kind(forced || plus), branch, remote.clone(), lost(forced || plus));
        }
    }
    Flow::Output
}

/// Does the script at hand go through what the remote has, one by one?
fn in_a_loop_over_refs(walker: &Walker<'_>) -> bool {
    let Some(script) = walker.scripts.last() else { return false };
    let has = |words: &[&str]| words.iter().any(|word| memchr::memmem::find(script, word.as_bytes()).is_some());
    has(&["ls-remote", "for-each-ref", "branch -r", "branch', '-r", "tag -l"])
        && has(&["for ", "for(", "forEach", ".each", ".map("])
}

fn everything() -> Field<RawText> {
    Field::Known(raw(crate::walker::EVERYTHING))
}

/// A push past the hooks that look at it: what a policy minds depends on the branch.
fn skips_checks(walker: &mut Walker<'_>, branch: Field<RawText>) {
    walker.push(Action::Resource {
        kind: protocol::effect::ResourceKind::Cloud,
        action: protocol::effect::ResourceAction::Change,
        provider: Field::Known(raw("git")),
        name: branch,
        scope: Field::Known(raw("checks")),
        host: unstated(),
        context: unstated(),
    });
}

/// `v1.2.0`, `1.2`: the name of a release, which is a tag wherever nothing else is said.
fn is_version(name: &[u8]) -> bool {
    let digits = name.strip_prefix(b"v").unwrap_or(name);
    let numbers = digits.split(|b| *b == b'-').next().unwrap_or_default();
    (digits.len() < name.len() || numbers.contains(&b'.'))
        && numbers.split(|b| *b == b'.').all(|part| !part.is_empty() && part.iter().all(u8::is_ascii_digit))
}

pub(super) fn reset(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if walker.in_scratch() {
        return Flow::Output;
    }
    let hard = call.has(&["--hard", "--merge"]);
    let kind = if hard { HistoryKind::Reset } else { HistoryKind::Commit };
    if hard {
        history(walker, kind, unstated(), unstated(), Field::Unknown(Why::NoFacts));
    }
    Flow::Output
}

/// `checkout` and `restore`: a switch of branches loses nothing, files over what was changed do.
pub(super) fn checkout(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let restore = walker_is(call, "restore");
    if restore && call.has(&["-S", "--staged"]) && !call.has(&["-W", "--worktree"]) {
        return Flow::Output;
    }
    let cut = call.words.iter().position(|word| word.is("--"));
    let files: Vec<Value> = match cut {
        Some(cut) => call.words.get(cut + 1..).unwrap_or_default().to_vec(),
        None if restore => call.operands().to_vec(),
        None => call
            .operands()
            .iter()
            .enumerate()
            .filter(|(at, word)| {
                let written = word.written().unwrap_or_default();
                matches!(written, b"." | b"./" | b":/" | b"*") || (*at > 0 && !call.has(&["-b", "-B", "--orphan"]))
            })
            .map(|(_, word)| word.clone())
            .collect(),
    };
    let forced = call.has(&["-f", "--force", "--discard-changes"]);
    let all = files.iter().any(|word| matches!(word.written(), Some(b"." | b"./" | b":/" | b"*" | b":/*" | b"..")));
    if forced && !restore || !files.is_empty() {
        let branch = if all || forced && !restore && files.is_empty() { everything() } else { unstated() };
        history(walker, HistoryKind::Discard, branch, unstated(), Field::Unknown(Why::NoFacts));
    }
    if !all {
        for file in &files {
            walker.write(file, WriteMode::Replace, &Flow::Output);
        }
    }
    if call.has(&["-B", "-C"]) {
        let branch = call.arguments.value(&["-B", "-C"]).map_or_else(unstated, Value::field);
        history(walker, HistoryKind::Reset, branch, unstated(), Field::Unknown(Why::NoFacts));
    }
    Flow::Output
}

fn walker_is(call: &Call<'_>, name: &str) -> bool {
    // The entry is shared by `checkout`, `switch` and `restore`: the outer one knows their places.
    call.entries
        .first()
        .and_then(|git| git.sub_names.get(name).and_then(|at| git.subs.get(*at)))
        .is_some_and(|entry| std::ptr::eq(entry, call.program))
}

pub(super) fn clean(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.has(&["-n", "--dry-run", "-i", "--interactive"]) || !call.has(&["-f", "--force"]) {
        return Flow::Output;
    }
    history(walker, HistoryKind::Clean, unstated(), unstated(), Field::Unknown(Why::NoFacts));
    let recursive = call.has(&["-d"]);
    let operands: Vec<Value> =
        if call.operands().is_empty() { vec![Value::text(b".")] } else { call.operands().to_vec() };
    for operand in &operands {
        walker.delete(operand, recursive, true, true);
    }
    Flow::Output
}

pub(super) fn branch(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let forced = call.has(&["-D"]) || (call.has(&["-d", "--delete"]) && call.has(&["-f", "--force"]));
    if forced || call.has(&["-d", "--delete"]) {
        let remote = if call.has(&["-r", "--remotes"]) { Field::Unknown(Why::Unstated) } else { Field::Known(raw("")) };
        for name in call.operands() {
            // `-d` refuses what is not merged.
            let loses = if forced { Field::Unknown(Why::NoFacts) } else { Field::Known(false) };
            history(walker, HistoryKind::DeleteBranch, name.field(), remote.clone(), loses);
        }
    } else if call.has(&["-f", "--force", "-M"]) {
        let branch = call.operands().first().map_or_else(unstated, Value::field);
        history(walker, HistoryKind::Reset, branch, unstated(), Field::Unknown(Why::NoFacts));
    } else if call.operands().is_empty()
        && !call.has(crate::walker::NARROWS)
        && call.has(&["-r", "--remotes", "-a", "--all"])
    {
        return Flow::Names;
    }
    Flow::Output
}

pub(super) fn tag(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.has(&["-d", "--delete"]) {
        for name in call.operands() {
            history(walker, HistoryKind::DeleteTag, name.field(), Field::Known(raw("")), Field::Unknown(Why::NoFacts));
        }
    } else if call.has(&["-f", "--force"]) {
        let name = call.operands().first().map_or_else(unstated, Value::field);
        history(walker, HistoryKind::Rewrite, name, unstated(), Field::Unknown(Why::NoFacts));
    } else if call.operands().is_empty() && !call.has(crate::walker::NARROWS) {
        return Flow::Names;
    }
    Flow::Output
}

pub(super) fn rebase(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    for command in call.arguments.values(&["-x", "--exec"]) {
        match command {
            Value::Known(text) => {
                walker.carried("git", |walker| walker.new_shell_text(text, &Flow::Output, Vec::new()));
            }
            _ => walker.unknown(Why::Variable, Some(b"git rebase --exec")),
        }
    }
    if call.has(&["--abort", "--continue", "--skip", "--quit", "--edit-todo", "--show-current-patch"]) {
        return Flow::Output;
    }
    history(walker, HistoryKind::Rewrite, unstated(), unstated(), Field::Known(false));
    Flow::Output
}

pub(super) fn commit(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let kind = if call.has(&["--amend"]) { HistoryKind::Rewrite } else { HistoryKind::Commit };
    history(walker, kind, unstated(), unstated(), Field::Known(false));
    for file in call.arguments.values(&["-F", "--file"]) {
        walker.read(file, false);
        let target = walker.found(file, crate::paths::Follow::Links).target;
        walker.stage(target);
    }
    // A message that was made of a file holds that file.
    if call.arguments.values(&["-m", "--message", "--trailer"]).any(|message| message.known().is_none()) {
        for one in super::net::from_substitution(walker) {
            if let protocol::effect::Outgoing::File(target) = one {
                walker.stage(target);
            }
        }
    }
    Flow::Output
}

/// `git config key value`: kept, so what it says runs later.
pub(super) fn config(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let mut operands = call.operands();
    if operands
        .first()
        .is_some_and(|word| word.is("set") || word.is("get") || word.is("list") || word.is("unset") || word.is("edit"))
    {
        if !operands.first().is_some_and(|word| word.is("set")) {
            return Flow::Output;
        }
        operands = operands.get(1..).unwrap_or_default();
    }
    if call.has(&["--get", "--get-all", "--list", "-l", "--get-regexp", "--unset", "--unset-all", "--get-urlmatch"]) {
        return Flow::Output;
    }
    let [key, value, ..] = operands else { return Flow::Output };
    let Some(key) = key.written().map(<[u8]>::to_ascii_lowercase) else {
        walker.unknown(Why::Variable, Some(b"git config"));
        return Flow::Output;
    };
    if let Some(file) = call.arguments.value(&["-f", "--file"]) {
        walker.write(file, WriteMode::Edit, &Flow::Output);
    }
    if let Some(name) = key.strip_prefix(b"alias.") {
        walker.shell.set(&alias_key(name), value.clone());
        if let Value::Known(text) = value
            && let Some(command) = text.strip_prefix(b"!")
        {
            let command = command.to_vec();
            walker.carried("git", |walker| {
                walker.maybe(|walker| walker.new_shell_text(&command, &Flow::Output, Vec::new()))
            });
        }
        return Flow::Output;
    }
    setting_code(walker, &key, value, true);
    Flow::Output
}

/// Only what nothing points at is lost, and only when it is to go at once.
pub(super) fn gc(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if call.arguments.value(&["--prune"]).is_some_and(|when| when.is("now") || when.is("all")) {
        history(walker, HistoryKind::Expire, unstated(), unstated(), Field::Known(true));
    }
    Flow::Output
}

pub(super) fn update_ref(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let name = match call.operands().first() {
        Some(Value::Known(name)) => Field::Known(RawText::new(name.strip_prefix(b"refs/heads/").unwrap_or(name))),
        other => other.map_or_else(unstated, Value::field),
    };
    let kind = if call.has(&["-d", "--delete"]) { HistoryKind::DeleteBranch } else { HistoryKind::Rewrite };
    history(walker, kind, name, unstated(), Field::Unknown(Why::NoFacts));
    Flow::Output
}

/// `git remote add name address`: where a later push of the same call goes.
pub(super) fn remote_add(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if let [name, url, ..] = call.operands() {
        walker.adds_remote(name, url);
    }
    walker.plain(call)
}

pub(super) fn clone(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if let [from, to, ..] = call.operands() {
        walker.cloned(from, to);
    }
    walker.plain(call)
}

/// `git init [folder]`: a repository that nobody else has, when it lies among temporary files.
pub(super) fn init(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let folder = call.operands().first().cloned().unwrap_or_else(|| Value::text(b"."));
    walker.begun(&folder);
    walker.plain(call)
}
