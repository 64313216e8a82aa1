//! Opens the file of an index, and checks that it is one.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::index::error::IndexError;

/// Bytes 68 to 71 of the file say whose it is: `dtln`.
const APPLICATION: i32 = i32::from_be_bytes(*b"dtln");
/// Changes whenever the tables do, or what a record becomes in them.
const SCHEMA: i64 = 2;
/// How long to wait for another program's transaction.
const PATIENCE: Duration = Duration::from_secs(20);

/// Whether the file `path` says that it is an index.
pub fn is_index(path: &Path) -> bool {
    let mut head = [0; 72];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok() && head.starts_with(b"SQLite format 3\0") && head[68..] == APPLICATION.to_be_bytes()
}

/// Opens the index `path` for reading.
pub(crate) fn reader(path: &Path) -> Result<Connection, IndexError> {
    match path.metadata() {
        Err(source) => return Err(IndexError::Open { path: path.to_owned(), source }),
        Ok(found) if found.is_dir() => return Err(not_an_index(path, "a directory")),
        Ok(_) => {}
    }
    // Where a run was killed in the middle of a transaction the first one to open it puts it back;
    // so it is opened for writing if it may be, and then only read.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(IndexError::of(path, "read"))?;
    let readable = || -> rusqlite::Result<()> {
        connection.busy_timeout(PATIENCE)?;
        connection.pragma_update(None, "query_only", true)?;
        connection.pragma_update(None, "mmap_size", 1_i64 << 40)?;
        connection.pragma_update(None, "cache_size", -65_536)?;
        Ok(())
    };
    readable().map_err(IndexError::of(path, "read"))?;
    check(path, &connection)?;
    Ok(connection)
}

/// Opens the index `path` for writing, a new one if there is none.
pub(crate) fn writer(path: &Path) -> Result<Connection, IndexError> {
    if path.is_dir() {
        return Err(not_an_index(path, "a directory"));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let failed = IndexError::of(path, "written");
    let mut connection = Connection::open_with_flags(path, flags).map_err(&failed)?;
    let prepare = |connection: &mut Connection| -> rusqlite::Result<()> {
        connection.busy_timeout(PATIENCE)?;
        connection.pragma_update(None, "cache_size", -131_072)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        // This program sees to it, and looking each row up would take as long as writing it.
        connection.pragma_update(None, "foreign_keys", false)?;
        let n_tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        if n_tables == 0 {
            let new = connection.transaction()?;
            new.pragma_update(None, "application_id", APPLICATION)?;
            new.pragma_update(None, "user_version", SCHEMA)?;
            new.execute_batch(include_str!("../schema.sql"))?;
            // A segment as large as a transaction, instead of many small ones to be merged later.
            new.execute("INSERT INTO words (words, rank) VALUES ('hashsize', 67108864)", [])?;
            new.commit()?;
        }
        Ok(())
    };
    prepare(&mut connection).map_err(failed)?;
    check(path, &connection)?;
    Ok(connection)
}

fn not_an_index(path: &Path, found: &str) -> IndexError {
    IndexError::NotAnIndex { path: path.to_owned(), found: found.to_owned() }
}

fn check(path: &Path, connection: &Connection) -> Result<(), IndexError> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let read = || -> rusqlite::Result<[i64; 2]> { Ok([number("application_id")?, number("user_version")?]) };
    match read() {
        Err(error) => Err(IndexError::of(path, "read")(error)),
        Ok([application, _]) if application != i64::from(APPLICATION) => {
            // As a first run leaves it that was killed before anything was in it.
            let is_empty: bool = connection
                .query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| row.get(0))
                .map_err(IndexError::of(path, "read"))?;
            Err(not_an_index(path, if is_empty { "an empty file" } else { "another program's database" }))
        }
        Ok([_, found]) if found != SCHEMA => {
            Err(IndexError::OtherSchema { path: path.to_owned(), found, wanted: SCHEMA })
        }
        Ok(_) => Ok(()),
    }
}
