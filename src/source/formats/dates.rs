//! Dates as agencies, feeds and letters write them → ISO 8601.

/// `text` in ISO 8601, with the zone that it names; none if it is no date.
pub fn iso(text: &str) -> Option<String> {
    let text = text.trim();
    basic(text).or_else(|| rfc_822(text)).or_else(|| {
        let is_iso = text.len() >= 10
            && text.as_bytes().get(4) == Some(&b'-')
            && text.as_bytes()[..4].iter().all(u8::is_ascii_digit);
        is_iso.then(|| text.to_owned())
    })
}

/// `20231008T023403Z`, `20040304T160200+0100`, `20231008`.
fn basic(text: &str) -> Option<String> {
    let date = text.get(..8).filter(|date| date.bytes().all(|b| b.is_ascii_digit()))?;
    let day = format!("{}-{}-{}", &date[..4], &date[4..6], &date[6..8]);
    let rest = &text[8..];
    if rest.is_empty() {
        return Some(day);
    }
    let time = rest.strip_prefix('T')?.get(..6).filter(|time| time.bytes().all(|b| b.is_ascii_digit()))?;
    let zone = zone(&rest[7..])?;
    Some(format!("{day}T{}:{}:{}{zone}", &time[..2], &time[2..4], &time[4..6]))
}

/// `Sun, 08 Oct 2023 04:34:03 +0200`, with or without the day and the seconds.
fn rfc_822(text: &str) -> Option<String> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let text = text.split_once(',').map_or(text, |(_, rest)| rest);
    let mut words = text.split_whitespace();
    let day: u32 = words.next()?.parse().ok().filter(|day| (1..=31).contains(day))?;
    let month = words.next()?.to_ascii_lowercase();
    let month = MONTHS.iter().position(|name| month.starts_with(name))? + 1;
    let year: u32 = words.next()?.parse().ok()?;
    // Two digits were enough once.
    let year = if year < 50 {
        year + 2000
    } else if year < 100 {
        year + 1900
    } else {
        year
    };
    let time = words.next().unwrap_or("00:00:00");
    let mut parts = time.split(':');
    let mut part = |most: u32| parts.next().map_or(Some(0), |part| part.parse::<u32>().ok().filter(|n| *n <= most));
    let (hour, minute, second) = (part(23)?, part(59)?, part(60)?);
    let zone = zone(words.next().unwrap_or_default())?;
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{zone}"))
}

/// `+0200`, `Z`, `GMT`, `EST` as in ISO 8601; nothing for nothing.
fn zone(text: &str) -> Option<String> {
    let text = text.trim();
    let fixed = match text {
        "" => "",
        "Z" | "z" | "GMT" | "UT" | "UTC" | "+0000" | "-0000" | "+00:00" => "Z",
        "EST" => "-05:00",
        "EDT" => "-04:00",
        "CST" => "-06:00",
        "CDT" => "-05:00",
        "MST" => "-07:00",
        "MDT" => "-06:00",
        "PST" => "-08:00",
        "PDT" => "-07:00",
        "CET" => "+01:00",
        "CEST" | "EET" => "+02:00",
        "BST" => "+01:00",
        _ => {
            let digits = text.strip_prefix(['+', '-'])?.replace(':', "");
            let is_offset = digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit());
            return is_offset.then(|| format!("{}{}:{}", &text[..1], &digits[..2], &digits[2..]));
        }
    };
    Some(fixed.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_become_iso_8601() {
        for (text, expected) in [
            ("Sun, 08 Oct 2023 04:34:03 +0200", Some("2023-10-08T04:34:03+02:00")),
            ("Mon, 02 Jul 2012 09:00:00 GMT", Some("2012-07-02T09:00:00Z")),
            ("Tue, 5 Dec 06 18:30 EST", Some("2006-12-05T18:30:00-05:00")),
            ("20231008T023403Z", Some("2023-10-08T02:34:03Z")),
            ("20040304T160200+0100", Some("2004-03-04T16:02:00+01:00")),
            ("20231008", Some("2023-10-08")),
            ("2022-11-15T23:52:00+01:00", Some("2022-11-15T23:52:00+01:00")),
            ("yesterday", None),
            ("Sun, 99 Oct 2023", None),
        ] {
            assert_eq!(iso(text).as_deref(), expected, "{text}");
        }
    }
}
