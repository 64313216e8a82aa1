//! What files are called: in records, in ids and in messages.

use std::path::Path;

/// What a file is called.
#[derive(Clone, Debug)]
pub struct FileName {
    /// As the user would name it: in records.
    pub source: String,
    /// What ids of its articles are derived from: its path below the directory that was named, or
    /// the name itself.
    pub id: String,
    /// In messages: on one line, whatever is in it.
    pub shown: String,
}

/// A path without loss: as it is if it is UTF-8, otherwise with `\xNN` for each other byte and `\\`
/// for a backslash.
pub fn lossless(path: &Path) -> String {
    if let Some(path) = path.to_str() {
        return path.to_owned();
    }
    let mut escaped = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        escaped.push_str(&chunk.valid().replace('\\', "\\\\"));
        for byte in chunk.invalid() {
            escaped.push_str(&format!("\\x{byte:02x}"));
        }
    }
    escaped
}

/// A name as a message shows it: on one line, whatever is in it.
pub fn shown(name: &str) -> String {
    name.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect()
}
