//! Policies of `docs/policies` on the real Claude Code, as they stand there.

use super::session;
use anyhow::{Result, ensure};
use serde_json::{Value, json};
use test_support::{Agent, AgentRun, Daemon, Home};

/// Runs the agent, its own permissions switched off, in enforce mode under this policy.
fn run(policy: &str, scenario: &Value) -> Result<AgentRun> {
    let home = Home::new()?;
    home.configure("mode = \"enforce\"\n")?;
    let text = std::fs::read_to_string(test_support::workspace().join("docs/policies").join(policy))?;
    home.write(home.config_file().with_file_name("policy.toml"), text)?;
    let _daemon = Daemon::start(&home)?;
    Agent::claude_code_with(&home, scenario)
        .settings(session::hooks(&home)?)
        .argument("--client-arg=--dangerously-skip-permissions")
        .argument("--env=IS_SANDBOX=1")
        .run()
}

#[test]
fn customer_data_never_reaches_the_model_and_made_up_data_does() -> Result<()> {
    let shell = |command: &str| json!({"text": "Looking.", "tools": [{"tool": "shell", "command": command}]});
    let scenario = json!({
        "prompt": "What do the orders look like?",
        "files": {
            "customer-data/2026/orders.csv": "id,name\n1,Real Person\n",
            "fixtures/customers.csv": "id,name\n1,Made Up\n",
        },
        "turns": [
            shell("head -n 5 customer-data/2026/orders.csv"),
            shell("cd customer-data && cat */*.csv"),
            shell("head -n 5 fixtures/customers.csv"),
            {"text": "All done."},
        ],
    });
    let run = run("no-customer-data.toml", &scenario)?;
    let results = run.tool_results();
    let [first, second, made_up] = results.as_slice() else { anyhow::bail!("{results:?}") };
    for stopped in [first, second] {
        ensure!(stopped.contains("what an agent reads goes to its model, and customer data must not."), "{stopped}");
        ensure!(stopped.contains("head -n 5 fixtures/customers.csv"), "{stopped}");
    }
    ensure!(made_up.contains("Made Up"), "{made_up}");
    ensure!(!run.0.to_string().contains("Real Person"), "{}", run.0);
    Ok(())
}

#[test]
fn a_server_that_is_not_on_the_list_is_not_called_and_other_work_goes_on() -> Result<()> {
    let path = "${WORK}/marker.txt";
    let scenario = json!({
        "prompt": "Leave a marker.",
        "turns": [
            {"text": "With the server.", "tools": [
                {"tool": "mcp", "server": "marker", "name": "write_marker", "input": {"path": path, "text": "by the server"}},
            ]},
            {"text": "By hand.", "tools": [{"tool": "shell", "command": "echo 'by hand' > note.txt"}]},
            {"text": "All done."},
        ],
        "probes": {
            "marker_missing": {"path_absent": path},
            "note_missing": {"path_absent": "${WORK}/note.txt"},
        },
    });
    let run = run("mcp-servers.toml", &scenario)?;
    let results = run.tool_results();
    let [server, _] = results.as_slice() else { anyhow::bail!("{results:?}") };
    ensure!(server.contains("only the company's own list of MCP servers may be used."), "{server}");
    ensure!(run.probe("marker_missing")? && !run.probe("note_missing")?, "{}", run.0);
    Ok(())
}
