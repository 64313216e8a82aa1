//! Dates as records write them, in a form that sorts as text.
//!
//! `2025-03-03T08:15:00Z`, `2025-03-03`, `2025-03`, `2025`, `20250303`, with slashes, with or
//! without a time and a zone. The day is the one that is written, whatever the zone: that is the day
//! on the page. Everything else is no date.

/// `date` as `2025-03-03T08:15:00`, or shorter where it says less; none if it is no date.
pub fn normal(date: &str) -> Option<String> {
    let date = date.trim();
    let (day, time) = match date.find(['T', 't', ' ']) {
        Some(at) => (&date[..at], Some(&date[at + 1..])),
        None => (date, None),
    };
    let day = normal_day(day)?;
    // What stands behind a day is its time, if it can be read as one.
    match time.and_then(normal_time) {
        Some(time) if day.len() == "2025-03-03".len() => Some(format!("{day}T{time}")),
        _ => Some(day),
    }
}

/// Of an ISO date, with its parts joined by dashes or slashes or by nothing.
fn normal_day(day: &str) -> Option<String> {
    let is_plain = day.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> =
        if is_plain { vec![&day[..4], &day[4..6], &day[6..]] } else { day.split(['-', '/']).collect() };
    let number = |part: &str, lengths: std::ops::RangeInclusive<usize>, most: u32| {
        let is_number = lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse().ok().filter(|number: &u32| is_number && (1..=most).contains(number))
    };
    let year = number(parts.first()?, 4..=4, 9999)?;
    let month = parts.get(1).map(|part| number(part, 1..=2, 12));
    let month = match month {
        None => return Some(format!("{year:04}")),
        Some(month) => month?,
    };
    match parts.get(2..) {
        None | Some([]) => Some(format!("{year:04}-{month:02}")),
        Some([day]) => number(day, 1..=2, days_in(year, month)).map(|day| format!("{year:04}-{month:02}-{day:02}")),
        Some(_) => None,
    }
}

fn days_in(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// `08:15:00` of `08:15`, `08:15:00.123Z` and the like.
fn normal_time(time: &str) -> Option<String> {
    let part = |at: usize, most: u32| {
        let part = time.get(at..at + 2)?;
        let is_number = part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<u32>().ok().filter(|&number| is_number && number <= most)
    };
    let (hour, minute) = (part(0, 23)?, part(3, 59)?);
    let is_colon = |at: usize| time.as_bytes().get(at) == Some(&b':');
    if !is_colon(2) {
        return None;
    }
    // 60 is a leap second.
    let second = if is_colon(5) { part(6, 60)? } else { 0 };
    Some(format!("{hour:02}:{minute:02}:{second:02}"))
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn dates_as_feeds_write_them() {
        for (date, expected) in [
            ("2025-03-03T08:15:00Z", Some("2025-03-03T08:15:00")),
            ("2025-03-03 08:15:30.5+02:00", Some("2025-03-03T08:15:30")),
            ("2025-03-03T08:15", Some("2025-03-03T08:15:00")),
            ("2025-03-03", Some("2025-03-03")),
            ("2025/3/3", Some("2025-03-03")),
            ("20250303", Some("2025-03-03")),
            ("2025-03", Some("2025-03")),
            (" 2025 ", Some("2025")),
            ("2024-02-29", Some("2024-02-29")),
            ("2023-02-29", None),
            ("2025-13-01", None),
            ("2025-00-01", None),
            ("2025-03-03-04", None),
            ("1741000000", None),
            ("3 March 2025", None),
            ("yesterday", None),
            ("2025-03-03T25:00", Some("2025-03-03")),
            ("", None),
            ("２０２５", None),
        ] {
            assert_eq!(normal(date).as_deref(), expected, "{date:?}");
        }
    }
}
