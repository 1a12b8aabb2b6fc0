//! Takes a data directory that no process has, gives its records for reading, refuses one in use. Writes nothing into it.

use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::lock::DirectoryLock;
use super::{BUSY_MS, DATABASE, LOCK, MIGRATIONS, StoreError};

/// A data directory, held so that no service starts on it meanwhile.
#[derive(Debug)]
pub struct Offline {
    connection: Connection,
    _lock: Option<DirectoryLock>,
}

impl Offline {
    /// Opens the records for reading. Nothing of them is checked yet.
    ///
    /// # Errors
    /// [`StoreError`]: in use, missing, of another version, or no database at all.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        let lock = claim(directory)?;
        let path = directory.join(DATABASE);
        let io = |source| StoreError::Io { path: path.clone(), source };
        std::fs::metadata(&path).map_err(io)?;
        // Without anything in a write-ahead file no other file is needed, and none is made: a copy on a medium that
        // cannot be written opens too.
        let ahead = directory.join(format!("{DATABASE}-wal"));
        let is_alone = std::fs::metadata(ahead).map_or(true, |found| found.len() == 0);
        let mut uri = String::from("file:");
        for byte in path.as_os_str().as_encoded_bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                    uri.push(char::from(*byte));
                }
                _ => {
                    let _ = write!(uri, "%{byte:02X}");
                }
            }
        }
        if is_alone {
            uri.push_str("?immutable=1");
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
        let connection = Connection::open_with_flags(uri, flags)?;
        connection.busy_timeout(std::time::Duration::from_millis(BUSY_MS))?;
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.pragma_update(None, "cell_size_check", true)?;
        let version: usize =
            connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if version > MIGRATIONS.len() {
            return Err(StoreError::Newer { path });
        }
        if version < MIGRATIONS.len() {
            return Err(StoreError::Older { path });
        }
        Ok(Self { connection, _lock: lock })
    }

    /// The records.
    #[must_use]
    pub const fn connection(&self) -> &Connection {
        &self.connection
    }
}

/// Holds a directory's lock. A directory that no service has had yet, such as a backup, has none.
fn claim(directory: &Path) -> Result<Option<DirectoryLock>, StoreError> {
    let io = |source| StoreError::Io { path: directory.to_owned(), source };
    let lock = match File::open(directory.join(LOCK)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(io)?,
    };
    DirectoryLock::claim(lock, directory).map(Some)
}

/// Tables, indexes and triggers as this version makes them: what stands in a sound file, in order.
///
/// # Errors
/// [`StoreError`].
pub fn schema_made() -> Result<Vec<String>, StoreError> {
    let connection = Connection::open_in_memory()?;
    for sql in MIGRATIONS {
        connection.execute_batch(sql)?;
    }
    schema_of(&connection)
}

/// Tables, indexes and triggers of a file, in order.
///
/// # Errors
/// [`StoreError`].
pub fn schema_of(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let sql =
        "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema ORDER BY 1";
    let mut statement = connection.prepare(sql)?;
    let texts = statement.query_map([], |row| row.get(0))?;
    Ok(texts.collect::<Result<_, _>>()?)
}
