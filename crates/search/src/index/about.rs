//! What an index says of itself: the table `about`.

use std::collections::BTreeMap;

use rusqlite::Connection;

/// What an index is made of, as its rows.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct About(BTreeMap<String, String>);

impl About {
    pub(crate) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let mut rows = connection.prepare("SELECT what, value FROM about")?;
        let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Self(rows.collect::<rusqlite::Result<_>>()?))
    }

    pub(crate) fn write(&self, connection: &Connection) -> rusqlite::Result<()> {
        let mut put = connection.prepare_cached("INSERT OR REPLACE INTO about (what, value) VALUES (?1, ?2)")?;
        for (what, value) in &self.0 {
            put.execute([what, value])?;
        }
        Ok(())
    }

    /// The value of `what`; none if it is not said.
    pub fn get(&self, what: &str) -> Option<&str> {
        self.0.get(what).map(String::as_str)
    }

    pub(crate) fn set(&mut self, what: &str, value: impl ToString) {
        self.0.insert(what.to_owned(), value.to_string());
    }

    /// Whether the run that wrote it last came to its end.
    pub fn is_complete(&self) -> bool {
        self.get("complete") == Some("yes")
    }

    /// A number in it; 0 before a first run is at its end.
    pub fn count(&self, what: &str) -> u64 {
        self.get(what).and_then(|value| value.parse().ok()).unwrap_or(0)
    }
}
