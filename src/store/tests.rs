//! Changes and their entries: both or neither.

use std::path::Path;
use std::sync::Arc;

use super::{MIGRATIONS, Store, StoreError};
use crate::audit::{Actor, AuditKey, Event, EventKind};
use crate::clock::{SetClock, Timestamp};

fn open(directory: &Path) -> Result<Store, StoreError> {
    let key = Arc::new(AuditKey::from_seed(&[7; 32]).unwrap());
    let clock = Arc::new(SetClock::new(Timestamp(1_530_707_400_250)));
    Store::open(directory, key, clock, 100)
}

fn event() -> Event {
    Event::new(EventKind::UnitStarted, Actor::Unit)
}

fn entries(store: &Store) -> u64 {
    let sql = "SELECT count(*) FROM audit_entry";
    store.read(|c| Ok::<_, StoreError>(c.query_row(sql, [], |row| row.get(0))?)).unwrap()
}

#[test]
fn a_change_without_an_entry_is_undone() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    let change = |act: &mut super::Act<'_>, log: bool| {
        act.sql().execute_batch("CREATE TABLE IF NOT EXISTS t (x)")?;
        act.sql().execute("INSERT INTO t VALUES (1)", [])?;
        if log {
            act.record(&event())?;
        }
        Ok::<_, StoreError>(())
    };
    let error = store.act(|act| change(act, false)).unwrap_err();
    assert_eq!(error.code(), "store-unlogged");
    store.act(|act| change(act, true)).unwrap();
    let sql = "SELECT count(*) FROM t";
    let count: u64 =
        store.read(|c| Ok::<_, StoreError>(c.query_row(sql, [], |row| row.get(0))?)).unwrap();
    assert_eq!((count, entries(&store)), (1, 1));
}

#[test]
fn an_entry_of_a_change_that_fails_is_undone() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    let failed: Result<(), StoreError> = store.act(|act| {
        act.record(&event())?;
        Err(StoreError::Full)
    });
    assert!(failed.is_err());
    assert_eq!(entries(&store), 0);
}

#[test]
fn entries_cannot_be_changed_or_deleted() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    store.record(&event()).unwrap();
    for sql in [
        "UPDATE audit_entry SET hash = zeroblob(32)",
        "DELETE FROM audit_entry",
        "DELETE FROM audit_checkpoint",
    ] {
        store.checkpoint().unwrap();
        let result = store.keep(|transaction, _| {
            transaction.execute(sql, [])?;
            Ok::<_, StoreError>(())
        });
        assert!(result.is_err(), "{sql}");
    }
    assert_eq!(entries(&store), 1);
}

#[test]
fn one_process_owns_a_directory() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    assert_eq!(open(directory.path()).unwrap_err().code(), "store-in-use");
    store.record(&event()).unwrap();
    drop(store);
    assert_eq!(entries(&open(directory.path()).unwrap()), 1);
}

#[test]
fn a_later_schema_and_a_damaged_file_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    drop(open(directory.path()).unwrap());
    let path = directory.path().join("unit.db");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", MIGRATIONS.len() + 1).unwrap();
    drop(connection);
    assert_eq!(open(directory.path()).unwrap_err().code(), "store-newer");
    let length = usize::try_from(std::fs::metadata(&path).unwrap().len()).unwrap();
    std::fs::write(&path, vec![0xA5; length]).unwrap();
    assert_eq!(open(directory.path()).unwrap_err().code(), "store-damaged");
}

#[test]
fn every_earlier_schema_is_brought_up_to_date() {
    for version in 0..=MIGRATIONS.len() {
        let directory = tempfile::tempdir().unwrap();
        let connection = rusqlite::Connection::open(directory.path().join("unit.db")).unwrap();
        for sql in &MIGRATIONS[..version] {
            connection.execute_batch(sql).unwrap();
        }
        connection.pragma_update(None, "user_version", version).unwrap();
        drop(connection);
        let store = open(directory.path()).unwrap();
        store.record(&event()).unwrap();
        assert_eq!(entries(&store), 1, "from version {version}");
    }
}

#[test]
fn marks_of_runs_outlive_the_columns_they_stood_in() {
    let directory = tempfile::tempdir().unwrap();
    let connection = rusqlite::Connection::open(directory.path().join("unit.db")).unwrap();
    for sql in &MIGRATIONS[..7] {
        connection.execute_batch(sql).unwrap();
    }
    connection.pragma_update(None, "user_version", 7).unwrap();
    connection
        .execute_batch(
            "PRAGMA foreign_keys = OFF;
             INSERT INTO project VALUES ('prj', 'study', '0123456789abcdef0123456789abcdef', 1);
             INSERT INTO account (id, name, created_at) VALUES ('acc', 'somebody', 1);
             INSERT INTO run (id, number, project, account, state, queued_at, ended_at, config_hash, failure, \
                              outdated_at, outdated_because)
             VALUES ('run_1', 1, 'prj', 'acc', 'failed', 1, 2, zeroblob(32), 'x', NULL, NULL),
                    ('run_2', 2, 'prj', 'acc', 'failed', 1, 2, zeroblob(32), 'x', 3, 'rows-retracted');",
        )
        .unwrap();
    drop(connection);
    let store = open(directory.path()).unwrap();
    let marks = "SELECT outdated_at, outdated_because FROM run ORDER BY number";
    let marks: Vec<(Option<i64>, Option<String>)> = store
        .read(|connection| {
            let mut statement = connection.prepare(marks)?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok::<_, StoreError>(rows.collect::<Result<_, _>>()?)
        })
        .unwrap();
    assert_eq!(marks, [(None, None), (Some(3), Some("rows-retracted".to_owned()))]);
    let set = |because: &str| {
        store.keep(|transaction, _| {
            let sql = "UPDATE run SET outdated_at = 4, outdated_because = ?1 WHERE number = 1";
            Ok::<_, StoreError>(transaction.execute(sql, [because])?)
        })
    };
    assert!(set("consents-changed").is_ok() && set("something-else").is_err());
}

#[cfg(unix)]
#[test]
fn the_directory_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data");
    drop(open(&path).unwrap());
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
}
