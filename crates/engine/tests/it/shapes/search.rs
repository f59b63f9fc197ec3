//! A seeded search for texts that take long: pieces of syntax and of real commands, repeated and nested at random.

use super::kind::Kind;
use super::named::named;
use std::collections::BTreeMap;
use std::time::Duration;

/// Texts that are kept to be changed further, for each kind.
const KEPT: usize = 24;

/// A text of any length: `open` over and over, `middle`, `close` as often.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) kind: Kind,
    head: String,
    open: String,
    middle: String,
    close: String,
}

impl Found {
    pub(crate) fn text(&self, size: usize) -> String {
        let fixed = self.head.len() + self.middle.len() + 40;
        let times = size.saturating_sub(fixed) / (self.open.len() + self.close.len()).max(1);
        let mut out = String::with_capacity(size);
        out.push_str(&self.head);
        for time in 0..times {
            if self.open.contains('#') {
                // Numbers make it longer than it was counted for.
                let piece = self.open.replace('#', &time.to_string());
                if out.len() + piece.len() + self.middle.len() + (time + 1) * self.close.len() > size - 40 {
                    break;
                }
                out.push_str(&piece);
            } else {
                out.push_str(&self.open);
            }
        }
        out.push_str(&self.middle);
        out.push_str(&self.close.repeat(times));
        out
    }

    pub(crate) fn name(&self) -> String {
        format!("{:?} {:?} ({:?} … {:?} … {:?})", self.kind, self.head, self.open, self.middle, self.close)
    }
}

/// The search: what it makes depends on its seed and on what it was told of costs.
#[derive(Debug)]
pub(crate) struct Search {
    state: u64,
    pieces: BTreeMap<Kind, Vec<&'static str>>,
    slow: BTreeMap<Kind, Vec<(Duration, Found)>>,
}

impl Search {
    pub(crate) fn new(seed: u64) -> Self {
        let mut pieces: BTreeMap<Kind, Vec<&'static str>> = BTreeMap::new();
        for shape in named() {
            let of_kind = pieces.entry(shape.kind).or_default();
            of_kind.extend([shape.open, shape.middle, shape.close].iter().filter(|piece| !piece.is_empty()));
        }
        Self { state: seed.wrapping_mul(2).wrapping_add(1), pieces, slow: BTreeMap::new() }
    }

    /// A number below this one.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        // SplitMix64.
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let limit = u64::try_from(limit.max(1)).unwrap_or(1);
        usize::try_from((mixed ^ (mixed >> 31)) % limit).unwrap_or_default()
    }

    /// A piece of syntax of the language, as a rule.
    pub(crate) fn piece(&mut self, kind: Kind) -> &'static str {
        // Now and then a piece of another language: one carries the other.
        let kind = if self.below(8) == 0 { Kind::ALL[self.below(Kind::ALL.len())] } else { kind };
        let at = self.below(self.pieces.get(&kind).map_or(1, Vec::len));
        self.pieces.get(&kind).and_then(|pieces| pieces.get(at)).copied().unwrap_or("a")
    }

    fn some(&mut self, kind: Kind, most: usize) -> String {
        (0..self.below(most + 1)).map(|_| self.piece(kind)).collect()
    }

    /// The next text to try.
    pub(crate) fn next(&mut self) -> Found {
        // Shells have the most to get wrong.
        let kind = if self.below(2) == 0 { Kind::ALL[self.below(3)] } else { Kind::ALL[self.below(Kind::ALL.len())] };
        let kept = self.slow.get(&kind).map_or(0, Vec::len);
        if kept > 0 && self.below(3) > 0 {
            let at = self.below(kept);
            let mut found = self.slow.get(&kind).and_then(|slow| slow.get(at)).map(|(_, found)| found.clone());
            if let Some(found) = &mut found {
                let new = self.some(kind, 2);
                match self.below(6) {
                    0 => found.head = new,
                    1 => found.middle = new,
                    2 => found.close = new,
                    3 => found.open.push_str(&new),
                    4 => found.open.insert_str(0, &new),
                    _ => {
                        let cut = self.below(found.open.len());
                        if found.open.is_char_boundary(cut) && cut > 0 {
                            found.open.truncate(cut);
                        }
                    }
                }
                if !found.open.is_empty() {
                    return found.clone();
                }
            }
        }
        let open = format!("{}{}", self.piece(kind), self.some(kind, 3));
        let close = if self.below(3) == 0 { self.some(kind, 2) } else { String::new() };
        Found { kind, head: self.some(kind, 2), open, middle: self.some(kind, 2), close }
    }

    /// Keeps the slow ones.
    pub(crate) fn learn(&mut self, found: &Found, cost: Duration) {
        let slow = self.slow.entry(found.kind).or_default();
        slow.push((cost, found.clone()));
        slow.sort_by_key(|(cost, _)| std::cmp::Reverse(*cost));
        slow.truncate(KEPT);
    }
}
