//! That what the tests lean on is real.

mod real_agents {
    use test_support::{Agent, Home};

    /// Without this the others could pass because nothing was ever going to happen.
    #[test]
    fn an_agent_without_our_hook_does_what_its_model_says() {
        let home = Home::new().unwrap();
        let run = Agent::claude_code(&home, "bash-rm").run().unwrap();
        assert!(run.probe("victim_gone").unwrap(), "{}", run.0);
        assert!(run.version().starts_with("2."), "{}", run.version());
    }

    #[test]
    fn a_program_that_does_nothing_is_not_taken_for_an_agent() {
        let home = Home::new().unwrap();
        let prefix = home.root().join("agents");
        let modules = prefix.join("claude-code/node_modules");
        let package = modules.join("@anthropic-ai/claude-code");
        std::fs::create_dir_all(modules.join(".bin")).unwrap();
        std::fs::create_dir_all(&package).unwrap();
        std::fs::write(package.join("package.json"), r#"{"version": "2.1.330"}"#).unwrap();
        std::os::unix::fs::symlink("/bin/true", modules.join(".bin/claude")).unwrap();
        let error = Agent::claude_code(&home, "bash-rm").installed_in(prefix).run().unwrap_err();
        assert!(error.to_string().contains("asked its model nothing"), "{error:#}");
    }

    #[test]
    fn a_missing_agent_is_a_failure_that_names_the_step_which_installs_it() {
        let home = Home::new().unwrap();
        let error = Agent::claude_code(&home, "bash-rm").installed_in("/nowhere").run().unwrap_err();
        assert!(error.to_string().contains("real-clients install claude-code /nowhere"), "{error:#}");
    }
}
