//! Documents that promise what is there.

use super::{none, quoted, read, table, top, tracked};

#[test]
fn the_readme_shows_how_to_start_it_and_how_to_test_it_and_ci_does_the_same() {
    let readme = read("README.md");
    for command in ["cargo xtask up", "cargo xtask test", "cargo xtask down"] {
        assert!(
            readme.lines().any(|line| line.trim() == command),
            "README.md does not show {command:?} on its own line"
        );
    }
    assert!(read(".ci/run").contains("cargo xtask test"));
}

#[test]
fn a_link_to_a_file_leads_to_one() {
    let mut broken = Vec::new();
    for file in tracked().iter().filter(|f| f.is("md")) {
        let folder = top().join(&file.path).parent().unwrap().to_owned();
        for target in file.text().split("](").skip(1).filter_map(|rest| rest.split(')').next().map(str::to_owned)) {
            let path = target.split('#').next().unwrap_or_default();
            if !path.is_empty() && !path.contains("://") && !path.starts_with("mailto:") && !folder.join(path).exists()
            {
                broken.push(format!("{}: {target}", file.path));
            }
        }
    }
    none("links that lead nowhere", &broken);
}

#[test]
fn every_folder_of_the_workspace_stands_in_the_code_map() {
    let map = table(&read("ARCHITECTURE.md"), "## Code map");
    let named: Vec<String> = map.iter().flat_map(|row| quoted(row.first().map_or("", String::as_str))).collect();
    let manifest: toml::Value = toml::from_str(&read("Cargo.toml")).unwrap();
    for member in manifest["workspace"]["members"].as_array().unwrap() {
        let member = member.as_str().unwrap();
        assert!(named.iter().any(|n| n.trim_end_matches('/') == member), "ARCHITECTURE.md's code map has no {member}");
    }
    for name in named {
        assert!(top().join(&name).exists(), "ARCHITECTURE.md's code map has {name}, which is not there");
    }
}

/// A known gap has a test that asserts today's wrong answer, so that the row goes when the gap does.
#[test]
fn a_known_bypass_names_the_test_that_fails_when_it_closes() {
    let sources: String = tracked().iter().filter(|f| f.is("rs")).map(super::Tracked::text).collect();
    for row in table(&read("docs/known-bypasses.md"), "## Known") {
        let test = row.last().map(|cell| quoted(cell)).unwrap_or_default();
        assert!(!test.is_empty(), "a row without a test: {row:?}");
        for name in test {
            assert!(
                sources.contains(&format!("fn {name}(")),
                "docs/known-bypasses.md names {name}, which is not there"
            );
        }
    }
}

/// A promise without a test is a hope.
#[test]
fn a_promise_about_what_breaks_names_tests_that_are_there() {
    let sources: String = tracked().iter().filter(|f| f.is("rs")).map(super::Tracked::text).collect();
    let rows = table(&read("docs/testing.md"), "## What the device promises when things break");
    assert!(rows.len() > 10, "docs/testing.md has {} promises", rows.len());
    for row in rows {
        let named = row.last().map(|cell| quoted(cell)).unwrap_or_default();
        assert!(!named.is_empty(), "a promise without a test: {row:?}");
        for name in named {
            let is_soak = top().join(format!("docs/soak/{name}.json")).exists();
            assert!(is_soak || sources.contains(&format!("fn {name}(")), "{name} is not there, and {row:?} names it");
        }
    }
}

#[test]
fn every_bench_has_its_section_for_figures() {
    let budgets = read("docs/budgets.md");
    for bench in ["hook", "agent", "steps", "judge"] {
        for mark in [format!("<!-- bench:{bench} -->"), format!("<!-- /bench:{bench} -->")] {
            assert_eq!(budgets.matches(&mark).count(), 1, "{mark}");
        }
    }
}

#[test]
fn the_roadmap_stays_short() {
    let lines = read("docs/ROADMAP.md").lines().count();
    assert!(lines <= 40, "docs/ROADMAP.md has {lines} lines");
}

/// `changelog.d/2-guarded-call.md`: one sentence for the person who reads what changed.
#[test]
fn a_changelog_fragment_is_named_by_its_issue_and_says_something() {
    for file in tracked().iter().filter(|f| f.path.starts_with("changelog.d/") && !f.path.ends_with("README.md")) {
        let name = file.path.trim_start_matches("changelog.d/");
        let issue = name.split('-').next().unwrap_or_default();
        assert!(issue.parse::<u32>().is_ok() && file.is("md"), "changelog.d/{name} is not ISSUE-WORDS.md");
        assert!(file.text().trim().len() > 20, "changelog.d/{name} says nothing");
    }
}
