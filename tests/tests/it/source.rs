//! What holds of the source as a whole.

mod documents;
mod hygiene;
mod keys;
mod layers;
mod licences;
mod packaging;

use std::path::PathBuf;
use std::process::Command;

/// A file that git tracks, or would if it were added.
struct Tracked {
    /// From the top of the workspace.
    path: String,
    bytes: Vec<u8>,
}

impl Tracked {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    fn is(&self, extension: &str) -> bool {
        self.path.rsplit_once('.').is_some_and(|(_, found)| found == extension)
    }

    /// The lines of a Rust file that are shipped: without its tests.
    fn shipped(&self) -> Vec<(usize, String)> {
        let test = |part: &str| part == "tests" || part == "tests.rs" || part == "benches" || part == "fuzz";
        if !self.is("rs") || self.path.split('/').any(test) {
            return Vec::new();
        }
        let text = self.text();
        text.lines()
            .enumerate()
            .take_while(|(_, line)| !line.starts_with("#[cfg(test)]"))
            .map(|(number, line)| (number + 1, line.split("//").next().unwrap_or_default().to_owned()))
            .collect()
    }
}

fn top() -> PathBuf {
    test_support::workspace().to_owned()
}

fn read(path: &str) -> String {
    let found = std::fs::read_to_string(top().join(path));
    found.unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every file of the source, by name.
fn tracked() -> Vec<Tracked> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(top())
        .output()
        .unwrap();
    assert!(output.status.success(), "git ls-files: {}", String::from_utf8_lossy(&output.stderr));
    let names = String::from_utf8(output.stdout).unwrap();
    let files: Vec<Tracked> = names
        .split_terminator('\0')
        .filter(|path| top().join(path).is_file())
        .map(|path| Tracked { path: path.to_owned(), bytes: std::fs::read(top().join(path)).unwrap() })
        .collect();
    assert!(files.len() > 50, "only {} files are tracked", files.len());
    files
}

/// Fails with all places at once.
fn none(what: &str, places: &[String]) {
    assert!(places.is_empty(), "{what}:\n  {}", places.join("\n  "));
}

/// The rows of the first table below a heading: cells without their backquotes' meaning changed.
fn table(text: &str, heading: &str) -> Vec<Vec<String>> {
    let (_, below) = text.split_once(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("no heading {heading:?}"));
    below
        .lines()
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'))
        .skip(2)
        .map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect())
        .collect()
}

/// The words in backquotes.
fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}
