//! Takes changes together with the log entries that tell of them, gives durable records, refuses a change without an entry.
//!
//! One SQLite file in the unit's data directory, in write-ahead mode, every commit synced. One process owns the directory;
//! within it one connection writes and some read.

mod error;
mod lock;
pub mod offline;
pub mod segment;
mod steps;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use rusqlite_migration::{M, Migrations};

use crate::audit::{self, AuditKey, Checkpoint, Entry, Event};
use crate::clock::{Clock, Timestamp};
use crate::ids::SegmentId;
pub use error::StoreError;
use lock::DirectoryLock;
use steps::Steps;

/// Name of the file with all records.
pub(crate) const DATABASE: &str = "unit.db";
/// Name of the file whose lock says that a process owns the directory.
const LOCK: &str = "unit.lock";
/// Name of the directory with sealed files.
pub(crate) const SEGMENTS: &str = "segments";
/// Reading connections that are kept open.
const READERS_MAX: usize = 8;
/// Milliseconds that a connection waits for another's lock, which only checkpoints of SQLite's own take.
const BUSY_MS: u64 = 5_000;

/// Schema versions in order; a version that was released is never edited.
const MIGRATIONS: &[&str] = &[
    include_str!("schema/001_audit.sql"),
    include_str!("schema/002_accounts.sql"),
    include_str!("schema/003_intake.sql"),
    include_str!("schema/004_agreements.sql"),
    include_str!("schema/005_runs.sql"),
    include_str!("schema/006_persons.sql"),
    include_str!("schema/008_repeats.sql"),
    include_str!("schema/009_marks.sql"),
    include_str!("schema/010_releases.sql"),
    include_str!("schema/011_clerical.sql"),
    include_str!("schema/012_requests.sql"),
    include_str!("schema/013_verified.sql"),
];

/// The unit's records.
#[derive(Debug)]
pub struct Store {
    directory: PathBuf,
    /// Closed before the writer: who closes last empties the write-ahead file, and must be able to.
    readers: Mutex<Vec<Connection>>,
    writer: Mutex<Connection>,
    clock: Arc<dyn Clock>,
    key: Arc<AuditKey>,
    checkpoint_entries: u64,
    /// Times that an action was refused because its entry could not be written.
    log_failures: AtomicU64,
    /// Counted in tests only.
    steps: OnceLock<Steps>,
    _lock: DirectoryLock,
}

/// A change in the making: its transaction, and the entries that tell of it.
#[derive(Debug)]
pub struct Act<'s> {
    transaction: Transaction<'s>,
    now: Timestamp,
    key: &'s AuditKey,
    checkpoint_entries: u64,
    log_failures: &'s AtomicU64,
    entries: u64,
}

impl Act<'_> {
    /// The transaction.
    #[must_use]
    pub const fn sql(&self) -> &Transaction<'_> {
        &self.transaction
    }

    /// When the change happens.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Writes an entry into the log.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn record(&mut self, event: &Event) -> Result<Entry, StoreError> {
        let entry = audit::append(&self.transaction, self.now, event).inspect_err(|_| {
            self.log_failures.fetch_add(1, Ordering::Relaxed);
        })?;
        self.entries += 1;
        if entry.seq.is_multiple_of(self.checkpoint_entries) {
            audit::checkpoint(&self.transaction, self.now, self.key)?;
        }
        Ok(entry)
    }
}

impl Store {
    /// Opens the records in `directory`, which is made if missing, and brings them to the present schema.
    /// A signed checkpoint is made every `checkpoint_entries` entries.
    ///
    /// # Errors
    /// [`StoreError`]: the directory is in use or cannot be written, the file is damaged or of a later version.
    pub fn open(
        directory: &Path,
        key: Arc<AuditKey>,
        clock: Arc<dyn Clock>,
        checkpoint_entries: u64,
    ) -> Result<Self, StoreError> {
        let io = |source| StoreError::Io { path: directory.to_owned(), source };
        make_private(directory).map_err(io)?;
        make_private(&directory.join(SEGMENTS)).map_err(io)?;
        let lock = File::create(directory.join(LOCK)).map_err(io)?;
        let lock = DirectoryLock::claim(lock, directory)?;
        let path = directory.join(DATABASE);
        let mut writer = Connection::open(&path)?;
        prepare(&writer)?;
        // A table that takes another's place is not what its rows' references mean until it has its name; each step is
        // checked when it is done.
        writer.pragma_update(None, "foreign_keys", false)?;
        migrate(&mut writer, &path)?;
        writer.pragma_update(None, "foreign_keys", true)?;
        check(&writer, &path)?;
        Ok(Self {
            directory: directory.to_owned(),
            writer: Mutex::new(writer),
            readers: Mutex::new(Vec::new()),
            clock,
            key,
            checkpoint_entries: checkpoint_entries.max(1),
            log_failures: AtomicU64::new(0),
            steps: OnceLock::new(),
            _lock: lock,
        })
    }

    /// Where everything lies.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Where sealed files lie.
    #[must_use]
    pub fn segments(&self) -> PathBuf {
        self.directory.join(SEGMENTS)
    }

    /// Where one sealed file lies.
    #[must_use]
    pub fn segment_path(&self, id: SegmentId) -> PathBuf {
        self.segments().join(id.to_string())
    }

    /// Makes the names of new sealed files durable.
    ///
    /// # Errors
    /// That of the system.
    pub fn sync_segments(&self) -> std::io::Result<()> {
        File::open(self.segments())?.sync_all()
    }

    /// Now, by the unit's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The key that signs checkpoints and receipts.
    #[must_use]
    pub fn key(&self) -> &AuditKey {
        &self.key
    }

    /// Times that something was not done because the log could not be written.
    #[must_use]
    pub fn log_failures(&self) -> u64 {
        self.log_failures.load(Ordering::Relaxed)
    }

    /// Does a change and logs it, both or neither; durable when this returns.
    ///
    /// # Errors
    /// Those of `change`; and [`StoreError::Unlogged`] if it recorded nothing.
    pub fn act<T, E: From<StoreError>>(
        &self,
        change: impl FnOnce(&mut Act<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut writer = self.writer();
        let mut act = Act {
            transaction: begin(&mut writer)?,
            now: self.clock.now(),
            key: &self.key,
            checkpoint_entries: self.checkpoint_entries,
            log_failures: &self.log_failures,
            entries: 0,
        };
        let result = change(&mut act)?;
        if act.entries == 0 {
            return Err(StoreError::Unlogged.into());
        }
        act.transaction.commit().map_err(|error| self.not_logged(error.into()))?;
        Ok(result)
    }

    /// Logs something that changes no record, such as a refusal or a look.
    ///
    /// # Errors
    /// [`StoreError`]; what was to be done must then not be done.
    pub fn record(&self, event: &Event) -> Result<Entry, StoreError> {
        self.act(|act| act.record(event))
    }

    /// Keeps state that says nothing of anybody's doing: the last use of a session, the offset of an upload.
    ///
    /// # Errors
    /// Those of `change`.
    pub fn keep<T, E: From<StoreError>>(
        &self,
        change: impl FnOnce(&Transaction<'_>, Timestamp) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut writer = self.writer();
        let transaction = begin(&mut writer)?;
        let result = change(&transaction, self.clock.now())?;
        transaction.commit().map_err(StoreError::from)?;
        Ok(result)
    }

    /// Reads a consistent state.
    ///
    /// # Errors
    /// Those of `look`.
    pub fn read<T, E: From<StoreError>>(
        &self,
        look: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let kept = lock(&self.readers).pop();
        let mut reader = match kept {
            Some(reader) => reader,
            None => self.open_reader()?,
        };
        let transaction = reader.transaction().map_err(StoreError::from)?;
        let result = look(&transaction);
        transaction.finish().map_err(StoreError::from)?;
        let mut readers = lock(&self.readers);
        if readers.len() < READERS_MAX {
            readers.push(reader);
        }
        result
    }

    /// Signs the head of the log as it is now.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn checkpoint(&self) -> Result<Option<Checkpoint>, StoreError> {
        self.keep(|transaction, now| Ok(audit::checkpoint(transaction, now, &self.key)?))
    }

    /// Empties the write-ahead file, in which what was erased still stands. False if a reader held it up: then again later.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn empty_write_ahead(&self) -> Result<bool, StoreError> {
        let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
        Ok(self.writer().query_row(sql, [], |row| row.get::<_, u64>(0))? == 0)
    }

    /// Copies all records as they are at one moment into the file at `path`, which is there; others may write meanwhile.
    /// Gives the copy.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) fn copy_records(&self, path: &Path) -> Result<Connection, StoreError> {
        let from = self.open_reader()?;
        let mut to = Connection::open(path)?;
        to.pragma_update(None, "synchronous", "FULL")?;
        if Backup::new(&from, &mut to)?.step(-1)? != StepResult::Done {
            return Err(StoreError::Busy);
        }
        // One file, that can be read where nothing can be written.
        to.pragma_update(None, "journal_mode", "DELETE")?;
        check(&to, path)?;
        Ok(to)
    }

    fn open_reader(&self) -> Result<Connection, StoreError> {
        let reader = open_to_read(&self.directory)?;
        if let Some(steps) = self.steps.get() {
            steps::count_on(&reader, steps)?;
        }
        Ok(reader)
    }

    fn writer(&self) -> MutexGuard<'_, Connection> {
        lock(&self.writer)
    }

    fn not_logged(&self, error: StoreError) -> StoreError {
        self.log_failures.fetch_add(1, Ordering::Relaxed);
        error
    }
}

/// Opens records to read only, without owning the directory: a service may be running on it.
///
/// # Errors
/// [`StoreError`].
pub fn open_to_read(directory: &Path) -> Result<Connection, StoreError> {
    let path = directory.join(DATABASE);
    if let Err(source) = std::fs::metadata(&path) {
        return Err(StoreError::Io { path, source });
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let reader = Connection::open_with_flags(path, flags)?;
    reader.busy_timeout(std::time::Duration::from_millis(BUSY_MS))?;
    reader.pragma_update(None, "trusted_schema", false)?;
    Ok(reader)
}

/// A transaction that was broken off by a panic was rolled back when it was dropped: the connection is as good as before.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn begin(writer: &mut Connection) -> Result<Transaction<'_>, StoreError> {
    Ok(writer.transaction_with_behavior(TransactionBehavior::Immediate)?)
}

/// Durable on commit, strict about references, and what is deleted is overwritten.
fn prepare(connection: &Connection) -> Result<(), StoreError> {
    connection.busy_timeout(std::time::Duration::from_millis(BUSY_MS))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    Ok(())
}

fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let migrations =
        Migrations::from_iter(MIGRATIONS.iter().map(|sql| M::up(sql).foreign_key_check()));
    migrations.to_latest(connection).map_err(|error| match error {
        rusqlite_migration::Error::MigrationDefinition(
            rusqlite_migration::MigrationDefinitionError::DatabaseTooFarAhead,
        ) => StoreError::Newer { path: path.to_owned() },
        rusqlite_migration::Error::RusqliteError { err, .. } => err.into(),
        _ => StoreError::Corrupt { table: "schema", column: "version" },
    })
}

/// Refuses a file with damaged pages before anything is built on it.
fn check(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let said: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if said == "ok" { Ok(()) } else { Err(StoreError::Damaged { path: path.to_owned() }) }
}

/// A directory that only its owner may enter.
pub(crate) fn make_private(directory: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(directory)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// A new file that only its owner may read.
pub(crate) fn new_private_file(path: &Path) -> std::io::Result<File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests;
