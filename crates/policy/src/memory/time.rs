//! The times of records as numbers.

/// Microseconds since 1970 of `2026-11-22T09:15:02.381000Z`; the fraction may have any length or be absent.
pub(super) fn micros(text: &str) -> Option<i64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let mut date = date.splitn(3, '-').map(|part| number(part, 9999));
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
    let mut time = time.splitn(3, ':').map(|part| number(part, 60));
    let (hour, minute, second) = (time.next()??, time.next()??, time.next()??);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 {
        return None;
    }
    let mut part = 0;
    let mut scale = 100_000;
    for digit in fraction.bytes().take(6) {
        part += i64::from(char::from(digit).to_digit(10)?) * scale;
        scale /= 10;
    }
    // Days since 1970, in years that begin in March, so that the leap day is the last.
    let years = if month <= 2 { year - 1 } else { year };
    let era = years.div_euclid(400);
    let year_of_era = years.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468;
    Some(((days * 24 + hour) * 60 + minute) * 60_000_000 + second * 1_000_000 + part)
}

fn number(text: &str, most: i64) -> Option<i64> {
    let digits = !text.is_empty() && text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|value| digits && *value <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_records_are_read() {
        assert_eq!(micros("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(micros("2026-11-22T09:15:02.381000Z"), Some(1_795_338_902_381_000));
        assert_eq!(micros("2024-02-29T23:59:59.5Z"), Some(1_709_251_199_500_000));
        for bad in [
            "",
            "2026-11-22",
            "2026-11-22T09:15:02+01:00",
            "2026-13-01T00:00:00Z",
            "-1-1-1T1:1:1Z",
            "²-01-01T00:00:00Z",
        ] {
            assert_eq!(micros(bad), None, "{bad}");
        }
    }
}
