//! Habits that are cheaper to test than to remember.

use super::{none, read, tracked};

#[test]
fn the_lock_file_stays_small() {
    let packages = read("Cargo.lock").matches("[[package]]").count();
    assert!(packages < 450, "Cargo.lock has {packages} packages");
}

#[test]
fn no_file_is_over_a_megabyte() {
    let large: Vec<_> = tracked().iter().filter(|f| f.bytes.len() > 1_000_000).map(|f| f.path.clone()).collect();
    none("files over 1 MB", &large);
}

#[test]
fn no_source_file_is_too_long_to_be_read_at_once() {
    let long: Vec<_> =
        tracked().iter().filter(|f| f.is("rs") && f.text().lines().count() > 700).map(|f| f.path.clone()).collect();
    none("Rust files over 700 lines: split by what changes together", &long);
}

#[test]
fn a_program_starts_in_a_short_file() {
    let long: Vec<_> = tracked()
        .iter()
        .filter(|f| f.path.ends_with("/src/main.rs") && f.text().lines().count() >= 80)
        .map(|f| f.path.clone())
        .collect();
    none("main.rs of 80 lines and more", &long);
}

/// Masked text is made in one function: anything else could wrap raw text and call it masked.
#[test]
fn only_seal_makes_sealed_text() {
    let call = concat!("SealedText::", "from_masked");
    let may = |path: &str| path.starts_with("crates/protocol/") || path.starts_with("crates/engine/src/seal");
    let mut places = Vec::new();
    let mut by_seal = 0;
    for file in tracked() {
        for (number, _) in file.shipped().iter().filter(|(_, line)| line.contains(call)) {
            if !may(&file.path) {
                places.push(format!("{}:{number}", file.path));
            } else if file.path.starts_with("crates/engine/") {
                by_seal += 1;
            }
        }
    }
    none("sealed text made outside of seal", &places);
    // The test would pass for nothing if the function had another name.
    assert!(by_seal > 0 || !super::top().join("crates/engine/src/seal.rs").exists(), "seal makes no sealed text");
}

/// Verdicts come from what the caller passes, so that they can be replayed.
#[test]
fn the_judging_crates_see_no_file_system_network_process_environment_or_clock() {
    let crates = ["protocol", "agents", "guardrails", "policy", "engine"];
    let never = ["std::fs", "std::net", "std::process", "std::env", "std::os::unix::net", "SystemTime", "Instant::now"];
    let mut places = Vec::new();
    for file in tracked() {
        if crates.iter().any(|name| file.path.starts_with(&format!("crates/{name}/src/"))) {
            for (number, line) in file.shipped() {
                // What stands in a string is data: a table of words that code is made of.
                let line: String = line.split('"').step_by(2).collect();
                if let Some(found) = never.iter().find(|word| line.contains(**word)) {
                    places.push(format!("{}:{number}: {found}", file.path));
                }
            }
        }
    }
    none("the world seen from a judging crate", &places);
}

#[test]
fn nothing_is_left_for_later_in_the_code() {
    let words = [concat!("todo", "!("), concat!("unimplemented", "!("), concat!("FIX", "ME"), concat!("XX", "X:")];
    let mut places = Vec::new();
    for file in tracked().iter().filter(|f| f.is("rs")) {
        for (number, line) in file.text().lines().enumerate() {
            if words.iter().any(|word| line.contains(word)) {
                places.push(format!("{}:{}", file.path, number + 1));
            }
        }
    }
    none("unfinished code", &places);
}

#[test]
fn no_test_is_left_out() {
    let mut places = Vec::new();
    for file in tracked().iter().filter(|f| f.is("rs")) {
        for (number, line) in file.text().lines().enumerate() {
            if line.trim_start().starts_with(concat!("#[", "ignore")) {
                places.push(format!("{}:{}", file.path, number + 1));
            }
        }
    }
    none("tests that nobody runs; what takes long is a soak, what helps people a program", &places);
}

#[test]
fn a_lint_is_switched_off_only_with_a_reason_and_where_it_would_speak() {
    let mut places = Vec::new();
    for file in tracked().iter().filter(|f| f.is("rs")) {
        for (number, line) in file.text().lines().enumerate() {
            let line = line.trim_start();
            if line.starts_with(concat!("#[", "allow(")) || line.starts_with(concat!("#![", "allow(")) {
                places.push(format!("{}:{}", file.path, number + 1));
            }
        }
    }
    none("lints switched off by allow; write #[expect(…, reason = …)]", &places);
}

/// Packages come through the ordinary clients and their configuration; a host in a file would go round a mirror.
#[test]
fn no_file_names_a_package_registrys_host() {
    let hosts = [
        concat!("registry.npmjs", ".org"),
        concat!("index.crates", ".io"),
        concat!("static.crates", ".io"),
        concat!("files.pythonhosted", ".org"),
        concat!("deb.debian", ".org"),
        concat!("proxy.golang", ".org"),
    ];
    let mut places = Vec::new();
    for file in tracked().iter().filter(|f| f.path != "Cargo.lock") {
        let text = file.text();
        places.extend(hosts.iter().filter(|host| text.contains(**host)).map(|host| format!("{}: {host}", file.path)));
    }
    none("hosts of registries", &places);
}

/// The source stands on its own: nothing of it is read from beside it, and no machine is named.
#[test]
fn no_file_names_a_place_outside_of_the_source() {
    let places_of_ours =
        ["main", "shared", "h", ".library"].map(|folder| format!("/{}/{folder}/", concat!("wo", "rk")));
    let mut places = Vec::new();
    for file in tracked() {
        let text = file.text();
        places
            .extend(places_of_ours.iter().filter(|p| text.contains(p.as_str())).map(|p| format!("{}: {p}", file.path)));
    }
    none("places outside of the source", &places);
}
