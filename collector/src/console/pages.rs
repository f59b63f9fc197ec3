//! The pages.

mod call;
mod devices;
mod frame;
mod list;
mod overview;

pub(crate) use call::call;
pub(crate) use devices::{approve, devices, revoke};
pub(crate) use frame::{Part, forbidden, foreign, frame, missing, respond, step};
pub(crate) use list::live;
pub(crate) use overview::overview;

use super::html::Html;
use crate::store::calls::Fate;
use uuid::Uuid;

/// A record's place, as it stands in an address.
pub(super) fn place((chain, branch, seq): &(String, String, String)) -> Option<(Uuid, u32, u64)> {
    Some((chain.parse().ok()?, branch.parse().ok()?, seq.parse().ok().filter(|seq| *seq <= i64::MAX.unsigned_abs())?))
}

/// In words, with a shape of its own: colour alone says nothing.
pub(super) fn fate(html: &mut Html, fate: Fate) {
    let (class, shape, word) = match fate {
        Fate::Stopped => ("block", "■", "stopped"),
        Fate::Asked => ("ask", "◆", "asked"),
        Fate::WouldStop => ("block would", "□", "would be stopped"),
        Fate::WouldAsk => ("ask would", "◇", "would be asked"),
        Fate::Masked => ("flag", "◐", "masked"),
        Fate::Noted => ("flag", "▲", "noted"),
        Fate::Ran => ("allow", "·", "ran"),
    };
    html.raw("<span class=\"fate ").raw(class).raw("\"><span aria-hidden=\"true\">").raw(shape);
    html.raw("</span> ").raw(word).raw("</span>");
}

/// A moment; the script says how long ago it was.
pub(super) fn time(html: &mut Html, at: &str) {
    let parsed: Option<jiff::Timestamp> = at.parse().ok();
    let shown = parsed.map_or_else(|| "?".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string());
    html.raw("<time").attribute("datetime", at).raw(">").text(&shown).raw("</time>");
}

/// `one thing`, `2 things`.
pub(super) fn count(html: &mut Html, number: u64, one: &'static str, many: &'static str) {
    html.number(number).raw(" ").raw(if number == 1 { one } else { many });
}
