//! What a change of an agent's settings means, in a few words.

use protocol::settings::Meaning;

/// As it stands in a line of the log.
pub fn settings_change(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::OwnHookRemoved => "our hook removed",
        Meaning::OwnHookChanged => "our hook changed",
        Meaning::OwnHookAdded => "our hook added",
        Meaning::HooksOff => "hooks switched off",
        Meaning::HooksOn => "hooks switched on again",
        Meaning::FileUnreadable => "cannot be read any more",
        Meaning::AutoApproveOn => "auto-approve turned on",
        Meaning::AutoApproveOff => "auto-approve turned off",
        Meaning::PermissionWidened => "permission widened",
        Meaning::PermissionNarrowed => "permission narrowed",
        Meaning::HookAdded => "hook added",
        Meaning::HookChanged => "hook changed",
        Meaning::HookRemoved => "hook removed",
        Meaning::McpServerAdded => "MCP server added",
        Meaning::McpServerChanged => "MCP server changed",
        Meaning::McpServerRemoved => "MCP server removed",
        Meaning::PluginAdded => "plugin added",
        Meaning::PluginChanged => "plugin changed",
        Meaning::PluginRemoved => "plugin removed",
        Meaning::SkillAdded => "skill added",
        Meaning::SkillChanged => "skill changed",
        Meaning::SkillRemoved => "skill removed",
        Meaning::InstructionsAdded => "instruction file added",
        Meaning::InstructionsChanged => "instruction file changed",
        Meaning::InstructionsRemoved => "instruction file removed",
        Meaning::SettingChanged => "setting changed",
        Meaning::FileAdded => "file added",
        Meaning::FileRemoved => "file removed",
        Meaning::FormChanged => "only comments, order or spaces changed",
        _ => "changed",
    }
}
