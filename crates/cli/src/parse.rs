//! Values of arguments: text in, a value or what was expected out.

use std::time::Duration;

pub fn label(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("expected names of topics, separated by commas".to_owned()),
        label => Ok(label.to_owned()),
    }
}

pub fn hypothesis(text: &str) -> Result<String, String> {
    if text.contains("{}") {
        Ok(text.to_owned())
    } else {
        Err("expected a sentence with {} where the label goes".to_owned())
    }
}

pub fn score(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(score) if (0.0..=1.0).contains(&score) => Ok(score),
        _ => Err("expected a number from 0 to 1".to_owned()),
    }
}

pub fn percent(text: &str) -> Result<f64, String> {
    match text.trim_end_matches('%').trim_end().parse() {
        Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(percent),
        _ => Err("expected a number from 0 to 100".to_owned()),
    }
}

/// `1000`, `64KiB`, `64 MiB`, `2G`.
pub fn bytes(text: &str) -> Result<usize, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let factor: usize = match text[digits..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" | "kib" => 1 << 10,
        "m" | "mb" | "mib" => 1 << 20,
        "g" | "gb" | "gib" => 1 << 30,
        _ => 0,
    };
    let bytes = text[..digits].parse::<usize>().ok().and_then(|n| n.checked_mul(factor)).filter(|&bytes| bytes > 0);
    bytes.ok_or_else(|| "expected a number of bytes, e.g. 1000000 or 64MiB".to_owned())
}

pub fn count(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "expected a whole number, 0 or more".to_owned())
}

pub fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(n) if n >= 1 => Ok(n),
        _ => Err("expected a whole number, 1 or more".to_owned()),
    }
}

/// `500ms`, `60s`, `60`, `2m`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let milliseconds = match text[digits..].trim() {
        "ms" => 1,
        "" | "s" => 1000,
        "m" | "min" => 60_000,
        _ => 0,
    };
    let duration = text[..digits].parse::<u64>().ok().and_then(|n| n.checked_mul(milliseconds)).filter(|&n| n > 0);
    duration.map(Duration::from_millis).ok_or_else(|| "expected a time, e.g. 60s or 2m".to_owned())
}

/// A number of things to do at a time.
pub fn few(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(n) if (1..=64).contains(&n) => Ok(n),
        _ => Err("expected a whole number from 1 to 64".to_owned()),
    }
}

/// The path whose name is these bytes: on Unix any, elsewhere text.
#[cfg(unix)]
pub fn path(name: &[u8]) -> std::path::PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    std::ffi::OsStr::from_bytes(name).into()
}

/// The path whose name is these bytes: on Unix any, elsewhere text.
#[cfg(not(unix))]
pub fn path(name: &[u8]) -> std::path::PathBuf {
    String::from_utf8_lossy(name).into_owned().into()
}
