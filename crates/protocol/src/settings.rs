//! What changed in an agent's settings, as it is recorded.

use crate::call::Agent;
use crate::code::Code;
use crate::text::SealedText;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// For whom a settings file counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// One person, in every project.
    User,
    /// Whoever works in that folder.
    Project,
    /// Everybody on the machine; an administrator's.
    Managed,
}

/// What a settings file is to its agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FileKind {
    /// Hooks, permissions and everything else in one.
    Settings,
    /// What the agent notes for itself: servers, approvals, trust.
    State,
    Hooks,
    McpServers,
    Permissions,
    /// Text that the model is given in each session: rules, memory.
    Instructions,
    /// Text that the model is given when it asks for it: skills, commands, sub-agents.
    Skill,
    Plugins,
    /// A kind of a newer version.
    #[serde(other)]
    Newer,
}

/// What a change means, the most serious first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Meaning {
    OwnHookRemoved,
    OwnHookChanged,
    /// A switch that keeps hooks from running was set.
    HooksOff,
    /// The file cannot be read any more; what was in it before may not count.
    FileUnreadable,
    AutoApproveOn,
    PermissionWidened,
    HookRemoved,
    HookChanged,
    HookAdded,
    McpServerAdded,
    McpServerChanged,
    PluginAdded,
    PluginChanged,
    SkillAdded,
    SkillChanged,
    InstructionsAdded,
    InstructionsChanged,
    SettingChanged,
    InstructionsRemoved,
    SkillRemoved,
    PluginRemoved,
    McpServerRemoved,
    PermissionNarrowed,
    AutoApproveOff,
    HooksOn,
    OwnHookAdded,
    FileAdded,
    FileRemoved,
    /// Comments, order or white space alone.
    FormChanged,
    /// A meaning of a newer version.
    #[serde(other)]
    Newer,
}

/// One thing that is different. Values of variables and headers are never among them, only their names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingChange {
    pub meaning: Meaning,
    /// The event of a hook, the name of a server, the text of a permission, the key of a setting.
    pub name: SealedText,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<SealedText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<SealedText>,
}

/// Whose doing a change was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Writer {
    /// The newest call that was let go on, named this file and came shortly before.
    Call {
        /// The id of its record.
        id: Uuid,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<Code>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        session: Option<String>,
    },
    /// A person, another program, or a call whose effects did not tell.
    Unknown,
}

/// A change of one settings file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsChanged {
    /// The agents that read the file.
    pub agents: Vec<Agent>,
    pub kind: FileKind,
    pub scope: Scope,
    pub file: SealedText,
    /// Whose file it is; of managed files nobody's in particular.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<u32>,
    /// All that it means, each once, the most serious first; never empty.
    pub meanings: Vec<Meaning>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<SettingChange>,
    /// So many further changes are not listed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: u64,
    /// Why the file cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
    pub by: Writer,
    /// It came about while nobody watched the file, such as while Taffrail was not running: when is not known.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unwatched: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_false(truth: &bool) -> bool {
    !*truth
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_a_newer_version_are_read_and_do_not_void_the_record() {
        let text = r#"{"agents":["cursor"],"kind":"weather","scope":"user","file":"/x","meanings":["hook-added","rain"],
            "by":"unknown","later":1}"#;
        let read: SettingsChanged = serde_json::from_str(text).unwrap();
        assert_eq!((read.kind, read.meanings), (FileKind::Newer, vec![Meaning::HookAdded, Meaning::Newer]));
    }
}
