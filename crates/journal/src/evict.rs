//! Making room: which rows lose what, and the records that say so.
//!
//! When the database is nearly full, the users are brought down to one level, largest first, so that one user's flood does
//! not push out another's records. What a user loses goes in this order:
//!
//! 1. content of routine records,
//! 2. content of the others,
//! 3. envelopes of routine records,
//! 4. envelopes of the others but the first of each session,
//! 5. those too.
//!
//! Within a step, sessions that hold more than an eighth of what the user holds there are brought down to that first; what
//! is still needed goes by age. The journal's own records (chain, checkpoints, gaps) are never touched, and of an evicted
//! row the stub stays: `seq`, digest, hash and the searched columns. Each batch is one transaction with the record that
//! names its rows: there is no moment at which a row is gone and nothing says so.
//!
//! Not yet: content that expires by age, what was shipped before what was not (there is no shipper), and folding stubs
//! once they alone fill the journal, at some seven million records per GiB; appends are then refused as full.

use crate::error::Error;
use crate::own::{self, Clock};
use crate::read::{Reader, Sized};
use crate::schema::PAGE;
use crate::seal::{Part, Squeezer};
use crate::writer::{Work, Writer, part_id, sequence};
use protocol::record::{Detail, Kind};
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

/// Rows of one transaction: short enough not to be felt by a caller that waits for it.
const BATCH: usize = 64;

/// Rows of one plan. What is still needed then is found by the next.
const PLAN: usize = 1 << 16;

/// A session may hold this share of its user's bytes before it counts as a flood.
const SHARE: u64 = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Step {
    RoutineContent,
    KeptContent,
    RoutineEnvelope,
    KeptEnvelope,
    FirstEnvelope,
}

const STEPS: [Step; 5] =
    [Step::RoutineContent, Step::KeptContent, Step::RoutineEnvelope, Step::KeptEnvelope, Step::FirstEnvelope];

impl Step {
    fn part(self) -> Part {
        match self {
            Self::RoutineContent | Self::KeptContent => Part::Content,
            _ => Part::Envelope,
        }
    }

    /// The steps that a row takes part in, in order, with the bytes that each sets free.
    fn of(row: &Sized, first: bool) -> [(Self, u64); 2] {
        let (content, envelope) = match (row.kept, first) {
            (false, _) => (Self::RoutineContent, Self::RoutineEnvelope),
            (true, false) => (Self::KeptContent, Self::KeptEnvelope),
            (true, true) => (Self::KeptContent, Self::FirstEnvelope),
        };
        [(content, row.content), (envelope, row.envelope)]
    }
}

/// Rows that lose the same part.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Batch {
    part: Part,
    /// Ascending.
    rows: Vec<i64>,
}

/// Whose bytes they are. Sessions share 4,096 buckets, so that a flood of sessions costs no memory.
type User = Option<i64>;
type Bucket = u16;

fn bucket(row: &Sized) -> Bucket {
    u16::try_from(row.session.unwrap_or_default() & 0xfff).unwrap_or_default()
}

/// Tells the first kept record of each session. Past 65,536 sessions none is first any more.
#[derive(Default)]
struct Firsts(HashSet<i64>);

impl Firsts {
    fn is_first(&mut self, row: &Sized) -> bool {
        row.kept && self.0.len() < 1 << 16 && self.0.insert(row.session.unwrap_or_default())
    }
}

/// What one user may lose in one step.
struct Quota {
    floods: HashMap<Bucket, u64>,
    by_age: u64,
}

impl Quota {
    fn take(&mut self, row: &Sized, bytes: u64) -> bool {
        let flood = self.floods.get_mut(&bucket(row)).filter(|left| **left > 0);
        let left = match flood {
            Some(left) => left,
            None if self.by_age > 0 => &mut self.by_age,
            None => return false,
        };
        *left = left.saturating_sub(bytes);
        true
    }
}

/// Chooses rows whose parts make up `need` bytes, or all there are. Reads the whole table, twice.
pub(crate) fn plan(reader: &Reader, need: u64) -> Result<Vec<Batch>, Error> {
    let mut held: HashMap<User, HashMap<Step, HashMap<Bucket, u64>>> = HashMap::new();
    let mut firsts = Firsts::default();
    reader.sizes(&mut |row| {
        for (step, bytes) in Step::of(row, firsts.is_first(row)) {
            if bytes > 0 {
                let of_user = held.entry(row.uid).or_default().entry(step).or_default();
                *of_user.entry(bucket(row)).or_default() += bytes;
            }
        }
        true
    })?;
    let sums: Vec<(User, u64)> =
        held.iter().map(|(user, steps)| (*user, steps.values().flat_map(HashMap::values).sum())).collect();
    let floor = level(sums.iter().map(|(_, sum)| *sum), need);
    let mut quotas: HashMap<(Step, User), Quota> = HashMap::new();
    for (user, sum) in sums {
        let mut wanted = sum.saturating_sub(floor);
        for step in STEPS {
            let Some(buckets) = held.get(&user).and_then(|steps| steps.get(&step)) else { continue };
            let there: u64 = buckets.values().sum();
            if wanted > 0 {
                quotas.insert((step, user), quota(buckets, there, wanted.min(there)));
            }
            wanted = wanted.saturating_sub(there);
        }
    }
    let mut chosen: HashMap<Step, Vec<i64>> = HashMap::new();
    let mut count = 0;
    let mut firsts = Firsts::default();
    reader.sizes(&mut |row| {
        for (step, bytes) in Step::of(row, firsts.is_first(row)) {
            if bytes > 0 && quotas.get_mut(&(step, row.uid)).is_some_and(|quota| quota.take(row, bytes)) {
                chosen.entry(step).or_default().push(row.seq);
                count += 1;
            }
        }
        count < PLAN
    })?;
    let mut batches = Vec::new();
    for step in STEPS {
        for rows in chosen.get(&step).map(Vec::as_slice).unwrap_or_default().chunks(BATCH) {
            batches.push(Batch { part: step.part(), rows: rows.to_vec() });
        }
    }
    Ok(batches)
}

fn quota(buckets: &HashMap<Bucket, u64>, sum: u64, wanted: u64) -> Quota {
    let cap = level(buckets.values().copied(), wanted).max(sum / SHARE);
    let floods: HashMap<_, _> =
        buckets.iter().filter(|(_, held)| **held > cap).map(|(bucket, held)| (*bucket, held - cap)).collect();
    let by_age = wanted.saturating_sub(floods.values().sum());
    Quota { floods, by_age }
}

/// The level to which the largest have to be brought down so that together they give `need`.
fn level(held: impl Iterator<Item = u64>, need: u64) -> u64 {
    let mut held: Vec<u64> = held.collect();
    held.sort_unstable_by(|a, b| b.cmp(a));
    let mut sum = 0u64;
    for (count, (bytes, next)) in (1..).zip(held.iter().zip(held.iter().skip(1).chain([&0]))) {
        sum = sum.saturating_add(*bytes);
        // Down to `next`, the first `count` of them give this much.
        if sum.saturating_sub(next.saturating_mul(count)) >= need {
            return sum.saturating_sub(need) / count;
        }
    }
    0
}

/// Takes a batch away and writes the record that says so, in one transaction. Rows that have nothing left to take are
/// passed over.
pub(crate) fn apply(writer: &mut Writer, batch: &Batch, clock: &Clock, squeezer: &Squeezer) -> Result<u64, Error> {
    let reason = "the journal had no room left";
    writer.transact(|writer, head| {
        let column = match batch.part {
            Part::Envelope => "UPDATE records SET envelope = 0 WHERE seq = ?1 AND envelope > 0",
            Part::Content => "UPDATE records SET content = 0 WHERE seq = ?1 AND content > 0",
        };
        let mut gone = Vec::with_capacity(batch.rows.len());
        for &row in &batch.rows {
            let seq = sequence(row);
            if writer.db().prepare_cached(column)?.execute([row])? == 1 {
                let part = [part_id(seq, batch.part)];
                writer.db().prepare_cached("DELETE FROM parts WHERE id = ?1")?.execute(part)?;
                gone.push(seq);
            }
        }
        let (Some(&first), Some(&last)) = (gone.first(), gone.last()) else { return Ok(0) };
        let count = gone.len() as u64;
        let rows = if last - first + 1 == count { String::new() } else { ranges(&gone) };
        let reason = reason.to_owned();
        let detail = match batch.part {
            Part::Envelope => Detail::Evicted { first, last, count, reason, rows },
            Part::Content => Detail::ContentRemoved { first, last, count, reason, rows },
        };
        let work = Work::new(own::draft(clock(), Kind::Gap, detail)?);
        writer.insert(head, &work, squeezer)?;
        // The pages that the rows were on.
        writer.log(count * u64::from(PAGE));
        Ok(count)
    })
}

/// `3-7,9`.
fn ranges(rows: &[u64]) -> String {
    let mut out = String::new();
    for run in rows.chunk_by(|a, b| a + 1 == *b) {
        let comma = if out.is_empty() { "" } else { "," };
        // Writing to a string cannot fail.
        let written = match run {
            [one] => write!(out, "{comma}{one}"),
            [first, .., last] => write!(out, "{comma}{first}-{last}"),
            [] => Ok(()),
        };
        debug_assert!(written.is_ok());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_are_brought_down_to_one_level() {
        assert_eq!(level([100, 10, 50].into_iter(), 0), 100);
        assert_eq!(level([100, 10, 50].into_iter(), 30), 70);
        assert_eq!(level([100, 10, 50].into_iter(), 50), 50);
        assert_eq!(level([100, 10, 50].into_iter(), 70), 40);
        assert_eq!(level([100, 10, 50].into_iter(), 160), 0);
        assert_eq!(level([100, 10, 50].into_iter(), 1000), 0);
        assert_eq!(level([].into_iter(), 5), 0);
        // It never gives less than was needed.
        for need in 0..=160u64 {
            let floor = level([100, 10, 50].into_iter(), need);
            let given: u64 = [100u64, 10, 50].iter().map(|held| held.saturating_sub(floor)).sum();
            assert!(given >= need && given <= need + 2, "{need}: {given}");
        }
    }

    #[test]
    fn a_session_that_floods_gives_first_and_then_it_goes_by_age() {
        let buckets: HashMap<Bucket, u64> = (0..20).map(|bucket| (bucket, 10)).chain([(99, 800)]).collect();
        let small = quota(&buckets, 1000, 300);
        assert_eq!((small.floods.get(&99), small.by_age), (Some(&300), 0));
        let large = quota(&buckets, 1000, 800);
        assert_eq!((large.floods.get(&99), large.by_age), (Some(&675), 125));
        assert_eq!(large.floods.len(), 1);
    }

    #[test]
    fn rows_are_named_as_ranges() {
        assert_eq!(ranges(&[3, 4, 5, 6, 7, 9, 11, 12]), "3-7,9,11-12");
        assert_eq!(ranges(&[]), "");
    }
}
