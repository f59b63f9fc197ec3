//! Libraries that scripts use, as data: `sdks.toml`.

use protocol::effect::ResourceKind;
use serde::Deserialize;

/// One library and what its calls do.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sdk {
    /// Texts by which a script shows that it uses the library.
    pub marks: Vec<String>,
    pub provider: String,
    pub kind: ResourceKind,
    /// Beginnings of calls, in lower case and without underscores.
    #[serde(default)]
    pub destroy: Vec<String>,
    #[serde(default)]
    pub grant: Vec<String>,
    /// Calls that take a statement in SQL.
    #[serde(default)]
    pub statements: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    sdk: Vec<Sdk>,
}

/// # Errors
/// Text that is not TOML of the table's form.
pub(super) fn parse(text: &str) -> Result<Vec<Sdk>, String> {
    toml::from_str::<Table>(text).map(|table| table.sdk).map_err(|error| error.to_string())
}
