//! The tables of events, one an agent: which of them call us, and what an answer can do there.

use crate::Event;
use protocol::verdict::Ability;

/// A call can be stopped, and a person asked.
pub(crate) const DECIDES: Ability = Ability { stop: true, ask: true, mask: false };
pub(crate) const STOPS: Ability = Ability { stop: true, ask: false, mask: false };
pub(crate) const NOTHING: Ability = Ability { stop: false, ask: false, mask: false };

/// One row an event: name, phase, how it is registered, seconds, matcher, ability, and why.
macro_rules! events {
    ($($name:literal $phase:ident $register:ident $timeout:literal $matcher:literal $ability:ident $why:literal;)+) => {
        &[$($crate::Event {
            name: $name,
            phase: protocol::Phase::$phase,
            register: $crate::Register::$register,
            timeout: $timeout,
            matcher: $matcher,
            ability: $ability,
            why: $why,
        }),+]
    };
}
pub(crate) use events;

pub(crate) fn named(events: &'static [Event], name: &str) -> Option<&'static Event> {
    events.iter().find(|event| event.name == name)
}
