//! Values of PowerShell, as far as they are known.

use super::ast::Block;
use crate::value::{Flow, Value};
use protocol::Why;
use protocol::effect::Outgoing;
use protocol::{Field, RawText};

/// Bytes of one text that is made here: what is longer is not known.
const MAX_TEXT: usize = 64 * 1024;
/// Items of a list that are kept.
pub(super) const MAX_ITEMS: usize = 4096;

#[derive(Clone, Debug, Default)]
pub(super) enum Datum {
    #[default]
    Null,
    Text(Value),
    List(Vec<Datum>),
    Table(Vec<(Vec<u8>, Datum)>),
    Code(Block),
    /// What a command gives that is no text: what files hold, a download, names of files.
    Flow(Flow),
    /// An object by its type in lower case, and the texts that it was made with.
    Object(Vec<u8>, Vec<Datum>),
}

impl Datum {
    pub(super) fn unknown() -> Self {
        Self::Text(Value::Unknown(Why::Variable))
    }

    /// About what a copy of it costs: pieces of 64 bytes, in all that it holds.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Null => 0,
            Self::Text(Value::Known(text) | Value::Pattern { glob: text, .. }) | Self::Flow(Flow::Text(text)) => {
                1 + text.len() / 64
            }
            Self::List(list) | Self::Object(_, list) => 1 + list.iter().map(Self::weight).sum::<usize>(),
            Self::Table(pairs) => 1 + pairs.iter().map(|(_, value)| value.weight()).sum::<usize>(),
            Self::Text(Value::Unknown(_)) | Self::Code(_) | Self::Flow(_) => 1,
        }
    }

    pub(super) fn text(text: &[u8]) -> Self {
        if text.len() > MAX_TEXT { Self::Text(Value::Unknown(Why::TooBig)) } else { Self::Text(Value::text(text)) }
    }

    pub(super) fn number(number: i64) -> Self {
        Self::Text(Value::Known(number.to_string().into_bytes()))
    }

    pub(super) fn of_flow(flow: &Flow) -> Self {
        match flow {
            Flow::Inherit => Self::Null,
            Flow::Text(text) => Self::text(text),
            other => Self::Flow(other.clone()),
        }
    }

    pub(super) fn is_null(&self) -> bool {
        match self {
            Self::Null => true,
            Self::List(list) => list.is_empty(),
            _ => false,
        }
    }

    /// Items one after the other.
    pub(super) fn items(self) -> Vec<Self> {
        match self {
            Self::Null => Vec::new(),
            Self::List(list) => list,
            one => vec![one],
        }
    }

    /// One value of several.
    pub(super) fn of_items(mut items: Vec<Self>) -> Self {
        items.truncate(MAX_ITEMS);
        match items.len() {
            0 => Self::Null,
            1 => items.pop().unwrap_or_default(),
            _ => Self::List(items),
        }
    }

    /// As one text: a list with blanks between its items.
    pub(super) fn value(&self) -> Value {
        match self {
            Self::Null => Value::Known(Vec::new()),
            Self::Text(value) => value.clone(),
            Self::List(list) => joined(list, b" "),
            Self::Flow(Flow::Paths { names, .. }) if names.len() == 1 => {
                names.first().cloned().unwrap_or(Value::Unknown(Why::Substitution))
            }
            Self::Flow(flow) => flow.word(),
            Self::Code(_) | Self::Table(_) | Self::Object(..) => Value::Unknown(Why::Variable),
        }
    }

    /// The exact text.
    pub(super) fn known(&self) -> Option<Vec<u8>> {
        self.value().known().map(<[u8]>::to_vec)
    }

    pub(super) fn as_number(&self) -> Option<i64> {
        let text = self.known()?;
        let text = std::str::from_utf8(&text).ok()?.trim();
        match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            Some(hex) => i64::from_str_radix(hex, 16).ok(),
            None => text.parse().ok(),
        }
    }

    /// As words of a command: a list is several.
    pub(super) fn words(&self, out: &mut Vec<Value>) {
        match self {
            Self::List(list) => {
                for item in list.iter().take(512) {
                    item.words(out);
                }
            }
            Self::Flow(Flow::Paths { names, .. }) => out.extend(names.iter().cloned()),
            other => out.push(other.value()),
        }
    }

    pub(super) fn all_words(&self) -> Vec<Value> {
        let mut out = Vec::new();
        self.words(&mut out);
        out
    }

    /// As what flows into a program.
    pub(super) fn flow(&self) -> Flow {
        match self {
            Self::Null => Flow::Inherit,
            Self::Flow(flow) => flow.clone(),
            Self::Text(Value::Known(text)) => Flow::Text(text.clone()),
            Self::Text(_) | Self::Code(_) => Flow::Output,
            Self::List(list) => {
                let mut flow = Flow::Inherit;
                for (at, item) in list.iter().enumerate() {
                    if at > 0 && matches!(flow, Flow::Text(_)) {
                        flow = flow.join(Flow::Text(b"\n".to_vec()));
                    }
                    flow = flow.join(item.flow());
                }
                flow
            }
            Self::Table(pairs) => pairs
                .iter()
                .map(|(_, value)| value.flow())
                .find(|flow| !matches!(flow, Flow::Text(_) | Flow::Inherit))
                .unwrap_or(Flow::Output),
            Self::Object(_, made_of) => made_of
                .iter()
                .map(Self::flow)
                .find(|flow| matches!(flow, Flow::Download(_) | Flow::Decoded | Flow::Files(_) | Flow::Secret(_)))
                .unwrap_or(Flow::Output),
        }
    }

    /// As something that leaves.
    pub(super) fn outgoing(&self, out: &mut Vec<Outgoing<RawText>>) {
        match self {
            Self::List(list) => {
                for item in list.iter().take(64) {
                    item.outgoing(out);
                }
            }
            Self::Table(pairs) => {
                for (_, item) in pairs.iter().take(64) {
                    item.outgoing(out);
                }
            }
            Self::Object(_, made_of) => {
                for item in made_of.iter().take(8) {
                    item.outgoing(out);
                }
            }
            Self::Text(Value::Unknown(_)) => out.push(Outgoing::Output),
            Self::Text(Value::Pattern { glob, .. }) => {
                out.push(Outgoing::Text(RawText::new(glob.clone())));
                out.push(Outgoing::Output);
            }
            other => out.extend(other.flow().outgoing()),
        }
    }

    /// A field of a table.
    pub(super) fn field(&self, name: &[u8]) -> Option<&Self> {
        match self {
            Self::Table(pairs) => pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value),
            _ => None,
        }
    }

    pub(super) fn as_field(&self) -> Field<RawText> {
        self.value().field()
    }
}

/// Texts with something between them.
pub(super) fn joined(list: &[Datum], between: &[u8]) -> Value {
    let mut out = Value::Known(Vec::new());
    for (at, item) in list.iter().enumerate() {
        if at > 0 {
            out.append(&Value::text(between));
        }
        out.append(&item.value());
        if out.written().is_some_and(|text| text.len() > MAX_TEXT) {
            return Value::Unknown(Why::TooBig);
        }
    }
    out
}
