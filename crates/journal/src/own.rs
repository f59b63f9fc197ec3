//! The records that the journal writes of itself.

use crate::draft::Draft;
use crate::error::Error;
use protocol::record::{Detail, Envelope, Kind};
use std::sync::Arc;
use uuid::Uuid;

/// Microseconds since 1970, UTC. Given by the caller, so that tests can set it.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// A record of the journal's own at `now` (microseconds since 1970).
pub(crate) fn draft(now: i64, kind: Kind, detail: Detail) -> Result<Draft, Error> {
    let mut random = [0; 10];
    getrandom::fill(&mut random).map_err(Error::Random)?;
    let millis = u64::try_from(now / 1000).unwrap_or_default();
    let id = uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
    let envelope = Envelope::of_daemon(id, time(now), kind, detail);
    Draft::new(&envelope, None).map_err(|source| Error::Envelope { seq: 0, source })
}

/// A new random chain id.
pub(crate) fn chain_id() -> Result<Uuid, Error> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(Error::Random)?;
    Ok(uuid::Builder::from_random_bytes(random).into_uuid())
}

/// RFC 3339, UTC, microseconds.
fn time(now: i64) -> String {
    let stamp = jiff::Timestamp::from_microsecond(now).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    stamp.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::Index;

    #[test]
    fn the_time_is_written_with_six_digits_and_read_back_to_the_millisecond() {
        assert_eq!(time(1_795_500_902_381_000), "2026-11-24T06:15:02.381000Z");
        assert_eq!(time(0), "1970-01-01T00:00:00.000000Z");
        assert_eq!(time(i64::MAX), "1970-01-01T00:00:00.000000Z");
        let draft = draft(1_795_500_902_381_999, Kind::Gap, Detail::Lost { count: 1, reason: "full".into() }).unwrap();
        assert_eq!(draft.index.at_ms(), 1_795_500_902_381);
        let envelope: Envelope = serde_json::from_slice(&draft.envelope).unwrap();
        assert_eq!(Index::of(&envelope), draft.index);
        assert_eq!(envelope.id.get_version_num(), 7);
    }
}
