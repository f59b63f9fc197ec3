//! The sections of `docs/budgets.md`, each written by its bench.

use crate::source;
use anyhow::{Context, Result};

pub(super) fn write(name: &str, body: &str) -> Result<()> {
    let path = test_support::workspace().join("docs/budgets.md");
    let text = std::fs::read_to_string(&path).context("read docs/budgets.md")?;
    let head = format!("Commit {}, {}, {}.", source::commit()?, source::today()?, source::machine()?);
    let text = replace(&text, name, &format!("{head}\n\n{}", body.trim()))?;
    std::fs::write(&path, text).context("write docs/budgets.md")
}

/// Puts `body` between the marks of a section.
fn replace(text: &str, name: &str, body: &str) -> Result<String> {
    let (open, close) = (format!("<!-- bench:{name} -->"), format!("<!-- /bench:{name} -->"));
    let (before, rest) = text.split_once(&open).with_context(|| format!("docs/budgets.md has no {open}"))?;
    let (_, after) = rest.split_once(&close).with_context(|| format!("docs/budgets.md has no {close}"))?;
    Ok(format!("{before}{open}\n{body}\n{close}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_replaced_and_the_rest_stays() {
        let text = "a\n<!-- bench:hook -->\nold\n<!-- /bench:hook -->\nb\n<!-- bench:x -->\n<!-- /bench:x -->\n";
        let new = replace(text, "hook", "new").unwrap();
        assert_eq!(new, text.replace("old", "new"));
        assert!(replace(text, "y", "new").is_err());
    }
}
