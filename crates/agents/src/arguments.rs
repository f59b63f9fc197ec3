//! The arguments of tools, in the shapes that agents share.

use crate::fields::Gaps;
use crate::payload::{Picked, flag, items, pick, text, word};
use protocol::call::Dialect;
use protocol::{RawText, ToolInput, Why};
use serde_json::value::RawValue;

/// The arguments as they were sent.
pub(crate) fn whole(input: Option<&RawValue>) -> RawText {
    RawText::from(input.map_or("{}", RawValue::get))
}

pub(crate) fn unknown(input: RawText) -> ToolInput {
    ToolInput::Unknown { input }
}

/// A tool's arguments, read field by field. Each reader gives `None` when something that the tool cannot do without is
/// missing or has the wrong type.
pub(crate) struct Args<'a, 'g> {
    pub(crate) input: Option<&'a RawValue>,
    pub(crate) gaps: &'g mut Gaps,
}

impl<'a> Args<'a, '_> {
    pub(crate) fn pick<const N: usize>(&mut self, names: &[&'static str; N]) -> Option<[Option<&'a RawValue>; N]> {
        let picked: Picked<'a, N> = pick(self.input?.get(), names).ok()?;
        for name in picked.doubled(names) {
            self.gaps.note(&format!("tool_input.{name}"), Why::Payload);
        }
        Some(picked.values)
    }

    /// An argument that may be absent; one of a wrong type is a gap.
    pub(crate) fn maybe<T>(
        &mut self,
        name: &str,
        value: Option<&'a RawValue>,
        read: impl Fn(&'a RawValue) -> Option<T>,
    ) -> Option<T> {
        let read = read(value?);
        if read.is_none() {
            self.gaps.note(&format!("tool_input.{name}"), Why::Payload);
        }
        read
    }

    pub(crate) fn one(&mut self, name: &'static str, make: impl Fn(RawText) -> ToolInput) -> Option<ToolInput> {
        let [value] = self.pick(&[name])?;
        Some(make(text(value?)?))
    }

    pub(crate) fn two(
        &mut self,
        names: [&'static str; 2],
        make: impl Fn(RawText, RawText) -> ToolInput,
    ) -> Option<ToolInput> {
        let [first, second] = self.pick(&names)?;
        Some(make(text(first?)?, text(second?)?))
    }

    /// The first of these that is there.
    pub(crate) fn first<const N: usize>(
        &mut self,
        names: [&'static str; N],
        make: impl Fn(RawText) -> ToolInput,
    ) -> Option<ToolInput> {
        let values = self.pick(&names)?;
        Some(make(text(values.into_iter().flatten().next()?)?))
    }

    /// A command, and whether it runs in the background.
    pub(crate) fn shell(&mut self, names: [&'static str; 2], dialect: Dialect) -> Option<ToolInput> {
        let [command, background] = self.pick(&names)?;
        let background = self.maybe(names[1], background, flag).unwrap_or(false);
        Some(ToolInput::Shell { command: text(command?)?, dialect, background })
    }

    /// A pattern, and where it is looked for.
    pub(crate) fn search(&mut self, names: [&'static str; 2]) -> Option<ToolInput> {
        let [pattern, path] = self.pick(&names)?;
        let path = self.maybe(names[1], path, text);
        Some(ToolInput::Search { path, pattern: text(pattern?)? })
    }

    /// A list of replacements.
    pub(crate) fn edits(&mut self, field: &str, list: &RawValue) -> Option<Vec<(RawText, RawText)>> {
        const MOST: usize = 10_000;
        let (items, more) = items(list, MOST)?;
        if more {
            self.gaps.note(field, Why::TooBig);
        }
        let pairs = items.into_iter().map(|item| {
            let [old, new] = pick(item.get(), &["old_string", "new_string"]).ok()?.values;
            Some((text(old?)?, text(new?)?))
        });
        pairs.collect()
    }

    /// What an MCP server offers for reading, by its address.
    pub(crate) fn mcp_resource(&mut self) -> Option<ToolInput> {
        let [server] = self.pick(&["server"])?;
        let server = word(server?)?.into_owned();
        Some(ToolInput::Mcp { server, tool: "resources/read".to_owned(), arguments: whole(self.input) })
    }
}
