use super::*;
use serde_json::{Value, json};

/// Every answer to the given lines.
fn answers(input: &str) -> Vec<Value> {
    let mut output = Vec::new();
    lines(input.as_bytes(), &mut output).unwrap();
    String::from_utf8(output).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

const SECRET: &str = "password = \"kT7#vQ2!mZx9\"";

#[test]
fn spans_are_bytes_of_the_decoded_text() {
    let line = json!({ "id": "a", "text": format!("é\n{SECRET}"), "origin": "file" });
    let found = &answers(&line.to_string())[0];
    let finding = json!({ "kind": "secret", "type": "password", "start": 15, "end": 27, "severity": "high" });
    assert_eq!(*found, json!({ "id": "a", "findings": [finding] }));
}

#[test]
fn a_line_that_cannot_be_answered_says_why_and_the_others_are_answered() {
    let input = "nonsense\n\n{\"id\":1}\n{\"id\":[2],\"text\":7}\n{\"id\":{\"a\":3},\"text\":\"x\",\"origin\":{}}\n{\"text\":\"\"}";
    let told = answers(input);
    assert!(told[0]["id"].is_null() && told[0]["error"].as_str().unwrap().starts_with("not a line of JSON"));
    assert_eq!(told[1], json!({ "id": 1, "error": "no \"text\"" }));
    assert_eq!(told[2], json!({ "id": [2], "error": "\"text\" is no string" }));
    assert_eq!(told[3], json!({ "id": { "a": 3 }, "findings": [] }));
    assert_eq!(told[4], json!({ "id": null, "findings": [] }));
}

#[test]
fn half_of_a_surrogate_pair_is_three_bytes_of_a_text() {
    let line = format!("{{\"id\":1,\"text\":\"\\ud800 {}\"}}", SECRET.replace('"', "\\\""));
    assert_eq!(answers(&line)[0]["findings"][0]["start"], 16);
}

#[test]
fn an_origin_tells_the_direction_and_an_unknown_one_is_from_outside() {
    for (origin, expected) in [
        ("tool-output", Direction::Incoming),
        ("something new", Direction::Incoming),
        ("prompt", Direction::Prompt),
        ("outgoing", Direction::Outgoing),
        ("write", Direction::Local),
    ] {
        assert_eq!(direction(origin), expected, "{origin}");
    }
}

mod trees {
    use super::*;
    use crate::cli::scan::files::Looked;
    use std::path::Path;

    fn tree() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in [".git", "sub"] {
            std::fs::create_dir(at(name)).unwrap();
        }
        for (name, text) in [
            (".git/config", SECRET.as_bytes().to_vec()),
            (".gitignore", b"ignored.txt\n".to_vec()),
            (".env", SECRET.as_bytes().to_vec()),
            ("ignored.txt", SECRET.as_bytes().to_vec()),
            ("sub/program", [b"\x7fELF\0", SECRET.as_bytes()].concat()),
            ("sub/z.txt", format!("one\n  {SECRET}\n").into_bytes()),
        ] {
            std::fs::write(at(name), text).unwrap();
        }
        std::os::unix::fs::symlink(at(".env"), at("sub/link")).unwrap();
        folder
    }

    fn looked_at(path: &Path, no_ignore: bool) -> Vec<String> {
        let mut told = Vec::new();
        files::each(&[path.to_owned()], no_ignore, &mut |looked| {
            told.push(match looked {
                Looked::Text { path: file, .. } => file.strip_prefix(path).unwrap().display().to_string(),
                Looked::Binary => "binary".to_owned(),
                Looked::Failed { what } => what,
            });
        });
        told
    }

    #[test]
    fn a_folder_is_walked_with_its_hidden_files_and_without_what_it_ignores() {
        let folder = tree();
        assert_eq!(looked_at(folder.path(), false), [".env", ".gitignore", "binary", "sub/z.txt"]);
        assert_eq!(looked_at(folder.path(), true), [".env", ".gitignore", "ignored.txt", "binary", "sub/z.txt"]);
    }

    #[test]
    fn a_report_says_where_and_never_what() {
        let folder = tree();
        let mut report = Report::new(Keys { device: [7; 32], tenant: None }, true);
        files::each(&[folder.path().join("sub/z.txt")], false, &mut |looked| report.take(looked));
        let document: Value = serde_json::from_str(&report.end().unwrap()[0]).unwrap();
        let row = &document["findings"][0];
        assert_eq!((&row["line"], &row["column"]), (&json!(2), &json!(15)));
        assert_eq!(row["preview"].as_str().unwrap().split('·').next().unwrap(), "password = \"‹password");
        assert!(!document.to_string().contains("kT7#vQ2"));
        assert!(!report.is_clean());
    }
}
