//! Where in the store a batch belongs.

use crate::store::{Branch, Control, Error, Records, Row};
use chain::Digest;
use uuid::Uuid;

/// Where a batch belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Its rows from `from` on go onto this branch; those before are there. A branch with another parent than itself is a
    /// new history where it is not there yet.
    Next {
        branch: u32,
        parent: u32,
        from: usize,
        forked: bool,
    },
    /// All of it is there.
    Known {
        forked: bool,
    },
    /// It follows nothing that is there.
    Gap {
        seq: u64,
        hash: Digest,
    },
    OtherDevice,
}

pub(super) fn place(
    control: &impl Control,
    records: &impl Records,
    chain: Uuid,
    device: Uuid,
    rows: &[Row],
) -> Result<Place, Error> {
    let branches = control.chain(chain)?;
    let Some(first) = rows.first() else { return Ok(Place::Known { forked: false }) };
    if branches.iter().any(|branch| branch.device != device) {
        return Ok(Place::OtherDevice);
    }
    let forked = branches.len() > 1;
    // Nearly always.
    if let Some(next) = head(&branches, first.seq - 1, &first.previous) {
        return Ok(Place::Next { branch: next.number, parent: next.parent, from: 0, forked });
    }
    let Some(main) = branches.first() else {
        let starts = first.seq == 1;
        return Ok(if starts {
            Place::Next { branch: 0, parent: 0, from: 0, forked: false }
        } else {
            Place::Gap { seq: 0, hash: Digest::ZERO }
        });
    };
    // The row before what is not there yet.
    let mut before = None;
    let mut from = 0;
    for row in rows {
        let Some(branch) = records.find(chain, row.seq, &row.hash)? else { break };
        before = Some((branch, row.seq, row.hash));
        from += 1;
    }
    if from == rows.len() {
        return Ok(Place::Known { forked });
    }
    if before.is_none() && first.seq > 1 {
        let (seq, hash) = (first.seq - 1, first.previous);
        before = records.find(chain, seq, &hash)?.map(|branch| (branch, seq, hash));
        if before.is_none() {
            // The furthest that lies before it: from there on it is asked for again.
            let known = branches.iter().filter(|branch| branch.seq < first.seq).max_by_key(|branch| branch.seq);
            let known = known.unwrap_or(main);
            return Ok(Place::Gap { seq: known.seq, hash: known.hash });
        }
    }
    if let Some((_, seq, hash)) = before
        && let Some(next) = head(&branches, seq, &hash)
    {
        return Ok(Place::Next { branch: next.number, parent: next.parent, from, forked });
    }
    let number = branches.iter().map(|branch| branch.number).max().map_or(0, |last| last + 1);
    Ok(Place::Next { branch: number, parent: before.map_or(main.number, |(branch, ..)| branch), from, forked: true })
}

/// The branch that ends with this row.
fn head<'a>(branches: &'a [Branch], seq: u64, hash: &Digest) -> Option<&'a Branch> {
    branches.iter().find(|branch| branch.seq == seq && branch.hash == *hash)
}
