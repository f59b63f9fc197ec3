//! `taffrail explain COMMAND`: what would be said of a command, here and now. Nothing runs and nothing is recorded.

use super::{print, settings};
use crate::batch::shell_call;
use crate::boot::Installation;
use crate::facts::absolute;
use agents::words::{Subject, explain_command};
use anyhow::Context;
use engine::parts::Levels;
use engine::seal::Keys;
use engine::{Engine, World};
use platform::looks::{Limits, Looks, Mounts, Rights};
use platform::names::User;
use platform::workspace::workspace_of;
use policy::{Memory, MemoryKey};
use protocol::call::Dialect;
use protocol::facts::Base;
use protocol::{Facts, Text};
use std::process::ExitCode;
use uuid::Uuid;

pub(super) fn run(command: &str) -> anyhow::Result<ExitCode> {
    let installation = Installation::find(platform::names::SYSTEM.installed())?;
    let settings = settings(&installation)?;
    let user = User::of_process();
    let home = platform::account::home(user.uid, user.home.clone());
    let folder = std::env::current_dir().context("find the working folder")?;
    let (rights, mounts) = (Rights::Own, Mounts::read());
    let looks = Looks::new(&rights, &mounts, Limits::default());
    let (cwd, home) = (absolute(&folder), home.as_deref().map(absolute));
    let base = Base {
        workspace: workspace_of(&looks, &cwd, home.as_ref(), &[]),
        cwd,
        home,
        user: None,
        temporary: std::env::var_os("TMPDIR").map(|path| absolute(path.as_ref())).into_iter().collect(),
        own_files: Vec::new(),
        case_sensitive: cfg!(target_os = "linux"),
    };
    let call = shell_call(protocol::Agent::ClaudeCode, command, Dialect::Posix);
    let memory = Memory::default();
    let key = MemoryKey { uid: user.uid, session: None, instance: None };
    let world = World {
        facts: Facts { base: &base, look: &looks },
        policy: &settings.policy,
        mode: settings.mode,
        memory: Some(&memory),
        key: &key,
        levels: &Levels::default(),
        keys: &Keys { device: platform::keys::random()?.0, tenant: None },
        unheard: None,
        id: Uuid::nil(),
        at: String::new(),
        at_us: 0,
        salts: &mut || [0; 16],
    };
    let assessed = Engine::default().assess(&call, Some(true), &world);
    let decision = assessed.decision;
    let rules: Vec<_> =
        decision.matches.iter().filter_map(|found| engine::rule_words(&settings.policy, &found.rule)).collect();
    let home = base.home.as_ref().map(|home| home.text().lossy());
    let subject = Subject {
        agent: call.agent,
        phase: call.phase,
        label: "Command",
        input: command,
        effects: &assessed.effects,
        home: home.as_deref(),
    };
    print(&explain_command(&subject, &decision, &rules));
    Ok(ExitCode::SUCCESS)
}
