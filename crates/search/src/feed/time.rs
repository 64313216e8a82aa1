//! Dates as numbers, and the time of day in the name of an index.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds from the start of 1970 to `date`, in the form that [`normal`](crate::date::normal) gives
/// it; what it does not say is the first. None if it is no date.
pub fn seconds(date: &str) -> Option<i64> {
    let (day, time) = date.split_once('T').unwrap_or((date, "00:00:00"));
    let part = |text: &str, at: usize| text.split(['-', ':']).nth(at).map(str::parse::<i64>);
    let of_day = |at| part(day, at).unwrap_or(Ok(1)).ok();
    let of_time = |at| part(time, at).unwrap_or(Ok(0)).ok();
    if crate::date::normal(date).as_deref() != Some(date) {
        return None;
    }
    Some(((days_before(of_day(0)?, of_day(1)?, of_day(2)?) * 24 + of_time(0)?) * 60 + of_time(1)?) * 60 + of_time(2)?)
}

/// `date` in full, as Solr wants it: `2025-03-01T00:00:00Z` of `2025-03`. None if it is no date.
pub fn in_full(date: &str) -> Option<String> {
    let (day, time) = date.split_once('T').unwrap_or((date, "00:00:00"));
    let is_normal = crate::date::normal(date).as_deref() == Some(date);
    let day = match day.len() {
        4 => format!("{day}-01-01"),
        7 => format!("{day}-01"),
        _ => day.to_owned(),
    };
    is_normal.then(|| format!("{day}T{time}Z"))
}

/// Now, in UTC: `20250303-081500`.
pub fn stamp() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64);
    let (year, month, day) = day_of(now.div_euclid(86_400));
    let second = now.rem_euclid(86_400);
    format!("{year:04}{month:02}{day:02}-{:02}{:02}{:02}", second / 3600, second / 60 % 60, second % 60)
}

/// Days from 1970-01-01 to this day of the Gregorian calendar, after Howard Hinnant's
/// `days_from_civil`: years begin in March, so that the leap day is the last.
fn days_before(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The way back, `civil_from_days`.
fn day_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_numbers() {
        for (date, expected) in [
            ("1970", Some(0)),
            ("1970-01-02T00:00:01", Some(86_401)),
            ("2025-03", Some(1_740_787_200)),
            ("2025-03-03T08:15:00", Some(1_740_989_700)),
            ("2000-02-29", Some(951_782_400)),
            ("1969-12-31T23:59:59", Some(-1)),
            ("yesterday", None),
            ("2025/3/3", None),
        ] {
            assert_eq!(seconds(date), expected, "{date}");
        }
        assert_eq!(in_full("2025-03").as_deref(), Some("2025-03-01T00:00:00Z"));
        assert_eq!(in_full("2025-03-03T08:15:00").as_deref(), Some("2025-03-03T08:15:00Z"));
        assert_eq!(in_full("yesterday"), None);
    }

    #[test]
    fn days_go_there_and_back() {
        for days in (-800_000..800_000).step_by(97) {
            let (year, month, day) = day_of(days);
            assert_eq!(days_before(year, month, day), days);
        }
        assert_eq!(day_of(20_000), (2024, 10, 4));
    }
}
