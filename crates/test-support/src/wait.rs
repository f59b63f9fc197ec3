//! Waiting for a condition, with a deadline.

use anyhow::{Result, bail};
use std::time::{Duration, Instant};

/// Asks `condition` every few milliseconds until it gives a value.
///
/// # Errors
///
/// When `deadline` passes first; `what` says what was waited for. An error of `condition` ends the wait at once.
pub fn until<T>(what: &str, deadline: Duration, mut condition: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let start = Instant::now();
    loop {
        if let Some(value) = condition()? {
            return Ok(value);
        }
        if start.elapsed() >= deadline {
            bail!("waited {} ms for {what}", deadline.as_millis());
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_that_never_holds_is_named_when_the_deadline_passes() {
        let error = until("the moon", Duration::from_millis(5), || Ok(None::<()>)).unwrap_err();
        assert_eq!(error.to_string(), "waited 5 ms for the moon");
    }

    #[test]
    fn a_condition_is_asked_until_it_holds() {
        let mut asked = 0;
        let value = until("three", Duration::from_secs(5), || {
            asked += 1;
            Ok((asked == 3).then_some(asked))
        });
        assert_eq!(value.unwrap(), 3);
    }
}
