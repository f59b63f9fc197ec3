//! `taffrail policy` as the author of a policy uses it.

use anyhow::{Result, ensure};
use test_support::{Answer, Home};

const GOOD: &str = r#"[bundle]
name = "acme-engineering"
serial = 42

[[rule]]
id = "acme.prod-database"
effect = "resource"
match = { kind = "database", action = ["change", "destroy"], environment = "production" }
verdict = "block"
severity = "high"
say = "Production databases are changed through migrations."
instead = "Write a migration and open a pull request."

[[rule.example]]
command = "psql -h prod-db.acme.internal -c 'DROP TABLE users'"
verdict = "block"

[[rule.example]]
command = "psql -h localhost -c 'DROP TABLE users'"
verdict = "allow"
"#;

fn run(home: &Home, words: &[&str], text: impl AsRef<[u8]>) -> Result<Answer> {
    let file = home.write("acme.toml", text)?;
    home.taffrail(words.iter().map(std::ffi::OsString::from).chain([file.into_os_string()]))
}

fn says(answer: &Answer, exit: i32, out: &str) -> Result<()> {
    ensure!(answer.exit == Some(exit) && answer.text().contains(out), "{answer:?}\n{}", answer.errors());
    Ok(())
}

#[test]
fn a_policy_that_is_whole_is_counted_and_its_examples_hold() -> Result<()> {
    let home = Home::new()?;
    says(&run(&home, &["policy", "check"], GOOD)?, 0, "acme-engineering 42: 1 rule and 2 examples, nothing wrong.")?;
    says(&run(&home, &["policy", "test"], GOOD)?, 0, "2 examples, all hold.")
}

#[test]
fn a_mistake_is_told_with_its_line_and_what_was_meant() -> Result<()> {
    let home = Home::new()?;
    for command in ["check", "test"] {
        let answer = run(&home, &["policy", command], GOOD.replace("severity =", "severty ="))?;
        says(&answer, 1, "The policy in force stays.")?;
        let told = answer.errors();
        ensure!(told.starts_with("acme.toml line 10: \"severty\""), "{told}");
        ensure!(told.contains("Did you mean \"severity\"?"), "{told}");
    }
    says(&run(&home, &["policy", "check"], [0xff, 0xfe, 0x00])?, 1, "nothing of this file")?;
    says(&run(&home, &["policy", "check"], "x = ".repeat(1 << 20))?, 1, "nothing of this file")?;
    ensure!(home.taffrail(["policy", "check", "/no/such/file"])?.exit == Some(1));
    Ok(())
}

#[test]
fn an_example_that_does_not_hold_is_named_with_what_is_said_instead() -> Result<()> {
    let home = Home::new()?;
    let answer = run(&home, &["policy", "test"], GOOD.replace("-h localhost", "-h prod-db.acme.internal"))?;
    says(&answer, 1, "1 of 2 examples do not hold.")?;
    says(&answer, 1, "line 18: acme.prod-database wants allow, is block (by ")
}

#[test]
fn the_rules_in_force_are_those_of_all_layers() -> Result<()> {
    let home = Home::new()?;
    std::fs::create_dir_all(home.config_file().with_file_name(""))?;
    std::fs::write(home.config_file().with_file_name("policy.toml"), GOOD)?;
    says(&home.taffrail(["policy", "show", "--effective"])?, 0, "acme.prod-database")?;
    let told = home.taffrail(["policy", "show", "--effective", "--json"])?.json()?;
    let rules = told["rules"].as_array().map_or(&[][..], Vec::as_slice);
    let own: Vec<_> = rules.iter().filter(|rule| rule["layer"] == "user").collect();
    ensure!(own.len() == 1 && own[0]["verdict"] == "block" && own[0]["line"] == 5, "{own:?}");
    ensure!(rules.len() > 100 && told["policy"] == "acme-engineering 42", "{}", told["policy"]);
    says(&home.taffrail(["policy", "check"])?, 0, "nothing wrong")
}
