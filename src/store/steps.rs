//! Counts what statements do, for tests that compare the work of two requests where no clock is to be trusted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::Connection;

use super::{Store, StoreError, lock};

/// Instructions of SQLite's virtual machine, over all connections of a store.
pub(super) type Steps = Arc<AtomicU64>;

/// Counts on this connection. Instructions after a statement's last loop or jump may be counted with the next statement.
pub(super) fn count_on(connection: &Connection, steps: &Steps) -> Result<(), StoreError> {
    let steps = Arc::clone(steps);
    let count = move || {
        steps.fetch_add(1, Ordering::Relaxed);
        false
    };
    Ok(connection.progress_handler(1, Some(count))?)
}

impl Store {
    /// Counts instructions of SQLite's virtual machine from now on: the same statements over the same rows give the same number on
    /// any machine. For tests: a service at work counts nothing, and pays nothing.
    ///
    /// # Errors
    /// As SQLite says.
    pub fn count_steps(&self) -> Result<Arc<AtomicU64>, StoreError> {
        let steps = Arc::clone(self.steps.get_or_init(Steps::default));
        // Connections that read are opened again, and count then.
        lock(&self.readers).clear();
        count_on(&self.writer(), &steps)?;
        Ok(steps)
    }
}
