//! What the daemon knows of a call's surroundings: the account, the agent's process, the workspace.
//!
//! Looked up once and kept for a while, because a process's ancestors and a session's workspace do not change from call
//! to call, and reading `/proc` anew would cost more than the verdict. Each hook is a process of its own, so what is kept
//! belongs to the agent above it, which is held by a descriptor that says whether it is the same one still.

use platform::account;
use platform::looks::{Limits, Looks, Mounts, Rights};
use platform::peer::{self, Glance, Handle, Peer, Process};
use platform::workspace::workspace_of;
use protocol::facts::Base;
use protocol::frame::Hello;
use protocol::record::{AgentFacts, Ancestor, Audit, Instance, Origin, Trigger, TriggerKind};
use protocol::{AbsPath, Agent, Text, ToolCall};
use std::collections::HashMap;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long what was looked up is taken for unchanged.
const FRESH: Duration = Duration::from_secs(2);
/// The same for an agent's process. It may start another program in its own place, or go to another folder: rarely, and
/// not by a tool call.
const AGENT_FRESH: Duration = Duration::from_secs(30);
/// Agents' processes that are kept: each holds a descriptor.
const AGENTS: usize = 64;
/// Entries of another kind that are kept.
const KEPT: usize = 1024;

/// The facts of processes and workspaces, kept from call to call.
#[derive(Debug)]
pub(crate) struct Surroundings {
    keys: engine::seal::Keys,
    own_files: Vec<AbsPath>,
    mounts: Mounts,
    agents: Cache<u32, Arc<AgentProcess>>,
    workspaces: Cache<(u32, AbsPath, Vec<AbsPath>), Arc<Vec<AbsPath>>>,
    accounts: Cache<(u32, Option<Vec<u8>>), Account>,
}

/// Who calls: the account's home folder, and its name where the local file has it.
#[derive(Clone, Debug)]
struct Account {
    home: Option<AbsPath>,
    name: Option<String>,
}

/// The agent's process and those above it.
#[derive(Debug, Default)]
struct AgentProcess {
    held: Option<Handle>,
    /// Its own working folder, which tool calls cannot change.
    folder: Option<AbsPath>,
    line: Vec<Process>,
    ancestry: Vec<Ancestor>,
}

/// Who calls, as far as a hook's first frame tells.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) peer: Peer,
    pub(crate) hello: Hello,
    agent: Arc<AgentProcess>,
    account: Account,
    /// Whose rights what the call names is looked up with. `None`: the peer is gone, and with it its groups; nothing is
    /// looked at in its name then.
    pub(crate) rights: Option<Rights>,
}

/// What is known before anything is judged.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) base: Base,
    pub(crate) witness: engine::Witness,
    pub(crate) instance: Option<Instance>,
}

impl Surroundings {
    /// `own_files`: where this installation keeps its things. `keys`: for what a process's path may hold.
    pub(crate) fn new(own_files: Vec<AbsPath>, keys: engine::seal::Keys) -> Self {
        Self {
            keys,
            own_files,
            mounts: Mounts::read(),
            agents: Cache::new(AGENTS, AGENT_FRESH),
            workspaces: Cache::new(KEPT, FRESH),
            accounts: Cache::new(KEPT, FRESH),
        }
    }

    pub(crate) fn mounts(&self) -> &Mounts {
        &self.mounts
    }

    /// Looks up who calls, while the hook still reads its payload: none of this is waited for once the call is whole.
    pub(crate) fn meet(&self, peer: Peer, hello: Hello) -> Caller {
        let agent = self.agent(peer.pid);
        let home = variable(&hello, "HOME");
        let account = self.accounts.get_or((peer.uid, home.map(<[u8]>::to_vec)), || Account {
            home: account::home(peer.uid, home.map(path)).map(|home| absolute(&home)),
            name: account::by_uid(peer.uid).map(|account| account.name),
        });
        let rights = Rights::of(&peer).ok();
        Caller { peer, hello, agent, account, rights }
    }

    /// The surroundings of one call.
    pub(crate) fn of(&self, caller: &Caller, call: &ToolCall) -> Known {
        let Caller { peer, hello, agent, account: Account { home, name: user }, rights } = caller;
        let started_in = agent.folder.as_ref();
        let variable = |name| variable(hello, name);
        let cwd = call.cwd.as_ref().map(Text::bytes).filter(|cwd| cwd.first() == Some(&b'/')).map(AbsPath::normal);
        let cwd = cwd.or_else(|| started_in.cloned()).unwrap_or_else(|| AbsPath::normal(b"/"));
        let is_claude = call.agent == Agent::ClaudeCode;
        let said = call.folders.iter().map(Text::bytes).filter(|folder| folder.first() == Some(&b'/'));
        // Cursor sets this one too, and a hook of a project may change it there.
        let project = variable("CLAUDE_PROJECT_DIR").filter(|_| is_claude);
        let mut given: Vec<AbsPath> = said.chain(project).map(AbsPath::normal).collect();
        // An editor's folders are those it names; what else runs in the terminal was started in its own, and is there
        // still wherever its last command went.
        let top = match started_in.filter(|_| call.folders.is_empty()) {
            Some(folder) => folder.clone(),
            None if given.is_empty() => cwd.clone(),
            None => given.remove(0),
        };
        let workspace = self.workspaces.get_or((peer.uid, top.clone(), given.clone()), || {
            Arc::new(rights.as_ref().map_or_else(Vec::new, |rights| {
                let looks = Looks::new(rights, &self.mounts, Limits::default());
                workspace_of(&looks, &top, home.as_ref(), &given)
            }))
        });
        let base = Base {
            cwd,
            home: home.clone(),
            workspace: workspace.as_ref().clone(),
            user: user.clone(),
            temporary: variable("TMPDIR").map(AbsPath::normal).into_iter().collect(),
            own_files: self.own_files.clone(),
            case_sensitive: cfg!(target_os = "linux"),
        };
        // Another agent that Claude Code started has inherited it.
        let attended = match variable("CLAUDE_CODE_SESSION_ATTENDED").filter(|_| is_claude) {
            Some(b"1") => Some(true),
            Some(b"0") => Some(false),
            _ => None,
        };
        let instance = agent.line.first().map(|process| Instance { pid: process.pid, started: process.started });
        let witness = engine::Witness {
            agent: Audit::Present(agent.facts(call, instance)),
            trigger: Audit::Present(Trigger {
                uid: peer.uid,
                user: user.clone(),
                kind: trigger(call, attended, variable("CI").is_some()),
                asserted: true,
            }),
            trace: variable("TRACEPARENT").and_then(trace_id),
            attended,
            origin: Origin::Hook,
            before: None,
        };
        Known { base, witness, instance }
    }

    /// What started the hook: the hook's parent, past a shell that only passes it on.
    fn agent(&self, hook: u32) -> Arc<AgentProcess> {
        let known = |pid| self.agents.get(&pid).filter(|agent| agent.is_the_same());
        if let Some(agent) = peer::parent(hook).and_then(known) {
            return agent;
        }
        let Some(hook) = peer::glance(hook) else { return Arc::default() };
        let mut below = hook.clone();
        for _ in 0..peer::MAX_ANCESTRY {
            let parent = Some(below.parent).filter(|parent| *parent > 1).and_then(peer::glance);
            // A number that was given out again after the parent died belongs to a younger process.
            let Some(parent) = parent.filter(|parent| parent.started <= below.started) else { break };
            if !is_shell(&parent.name) {
                let agent = known(parent.pid).unwrap_or_else(|| {
                    let agent = Arc::new(AgentProcess::above(&below, &self.keys));
                    self.agents.keep(parent.pid, Arc::clone(&agent));
                    agent
                });
                return agent;
            }
            below = parent;
        }
        // Shells alone, as when a person tries the hook by hand: the nearest then.
        Arc::new(AgentProcess::above(&hook, &self.keys))
    }
}

impl AgentProcess {
    fn above(child: &Glance, keys: &engine::seal::Keys) -> Self {
        // Held before it is looked at: what is read then belongs to the process that is held.
        let held = Handle::open(child.parent);
        let line = peer::ancestors(child);
        let masked = |file: &PathBuf| engine::seal::masked(file.as_os_str().as_bytes(), keys);
        let ancestry = line
            .iter()
            .map(|process| Ancestor {
                pid: process.pid,
                name: process.name.clone(),
                executable: process.executable.as_ref().map(masked),
            })
            .collect();
        let folder = line.first().and_then(|process| peer::working_folder(process.pid));
        Self { held, folder: folder.as_deref().map(absolute), line, ancestry }
    }

    /// Is the process that was looked at the one that has its number now?
    fn is_the_same(&self) -> bool {
        self.held.as_ref().is_some_and(Handle::is_running)
    }

    fn facts(&self, call: &ToolCall, instance: Option<Instance>) -> AgentFacts {
        AgentFacts {
            product: call.agent,
            version: self.line.first().and_then(|process| version(call.agent, process)),
            instance,
            subagent: call.subagent.clone(),
            ancestry: self.ancestry.clone(),
        }
    }
}

/// A variable of the hook's environment, as it says.
fn variable<'h>(hello: &'h Hello, name: &str) -> Option<&'h [u8]> {
    hello.environment.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_slice())
}

/// `bash -c 'hook'`, as agents start hooks that are configured as shell text.
fn is_shell(name: &str) -> bool {
    matches!(name, "sh" | "bash" | "dash" | "zsh" | "fish" | "ksh" | "csh" | "tcsh" | "nu")
}

/// The agent's version, where its own program shows it: Claude Code's installer keeps each version in a file or folder
/// named by it.
fn version(agent: Agent, process: &Process) -> Option<String> {
    let Agent::ClaudeCode = agent else { return None };
    let file = process.executable.as_ref()?;
    file.iter().rev().find_map(|part| {
        let part = part.to_str()?;
        let numbers = part.split('.').filter(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit())).count();
        (numbers == 3 && part.split('.').count() == 3).then(|| part.to_owned())
    })
}

fn trigger(call: &ToolCall, attended: Option<bool>, ci: bool) -> TriggerKind {
    match (&call.subagent, ci, attended) {
        (Some(_), ..) => TriggerKind::Agent,
        (None, true, _) => TriggerKind::Ci,
        (None, false, Some(true)) => TriggerKind::Human,
        (None, false, _) => TriggerKind::Unknown,
    }
}

/// The trace id of a W3C `traceparent`: `00-<32 hex>-<16 hex>-<2 hex>`.
fn trace_id(value: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(value).ok()?;
    let id = text.split('-').nth(1)?;
    (id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit())).then(|| id.to_owned())
}

fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(std::ffi::OsString::from_vec(bytes.to_vec()))
}

/// A path of the system as an absolute, normal one.
pub(crate) fn absolute(path: &Path) -> AbsPath {
    AbsPath::normal(path.as_os_str().as_bytes())
}

/// A small cache whose entries are fresh for a while.
#[derive(Debug)]
struct Cache<K, V> {
    kept: usize,
    fresh: Duration,
    entries: Mutex<HashMap<K, (Instant, V)>>,
}

impl<K: std::hash::Hash + Eq, V: Clone> Cache<K, V> {
    fn new(kept: usize, fresh: Duration) -> Self {
        Self { kept, fresh, entries: Mutex::new(HashMap::new()) }
    }

    fn get(&self, key: &K) -> Option<V> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.get(key).filter(|(since, _)| since.elapsed() < self.fresh).map(|(_, value)| value.clone())
    }

    fn keep(&self, key: K, value: V) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= self.kept {
            entries.retain(|_, (since, _)| since.elapsed() < self.fresh);
            if entries.len() >= self.kept {
                entries.clear();
            }
        }
        entries.insert(key, (Instant::now(), value));
    }

    /// Looked up without the lock: a slow file system must hold up one call, not all.
    fn get_or(&self, key: K, look: impl FnOnce() -> V) -> V {
        self.get(&key).unwrap_or_else(|| {
            let value = look();
            self.keep(key, value.clone());
            value
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_well_formed_traceparent_gives_a_trace_id() {
        let id = "4bf92f3577b34da6a3ce929d0e0e4736";
        assert_eq!(trace_id(format!("00-{id}-00f067aa0ba902b7-01").as_bytes()).as_deref(), Some(id));
        assert_eq!(trace_id(b"00-../../etc/passwd-00f067aa0ba902b7-01"), None);
        assert_eq!(trace_id(b""), None);
    }
}
