//! Backups that the service itself makes, one at a time, into its own directory for them.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::backup::{Asker, backup};
use super::{MANIFEST, OperateError};
use crate::link::Observer;
use crate::unit::Unit;

/// How the last one ended, and whether one is being made.
#[derive(Debug, Default)]
pub struct Backups(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    running: Option<String>,
    failed: Option<&'static str>,
}

/// What there is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Overview {
    /// Names of directories with a manifest, newest first.
    pub backups: Vec<String>,
    /// The one being made.
    pub running: Option<String>,
    /// Code of the error of the last one, if it failed.
    pub failed: Option<&'static str>,
}

struct Quiet;

impl Observer for Quiet {
    fn stage(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
    fn is_cancelled(&self) -> bool {
        false
    }
}

impl Backups {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Begins a backup on a thread of its own; gives its name: the time, as far as a file's name can say it.
///
/// # Errors
/// [`OperateError`].
pub fn begin_backup(unit: &Arc<Unit>, by: Asker) -> Result<String, OperateError> {
    let name = unit.store.now().to_string().replace(':', "-");
    let to = directory(unit)?.join(&name);
    let mut state = unit.backups.state();
    if state.running.is_some() {
        return Err(OperateError::Running);
    }
    let worker = Arc::clone(unit);
    let spawned = std::thread::Builder::new().name("backup".to_owned()).spawn(move || {
        let made = backup(&worker.store, by, &to, &Quiet);
        let failed = made.as_ref().err().map(OperateError::code);
        match &made {
            Ok(made) => tracing::info!(backup = made.backup, bytes = made.bytes, "backup made"),
            Err(error) => tracing::error!(code = error.code(), reason = %error, "backup failed"),
        }
        *worker.backups.state() = State { running: None, failed };
    });
    spawned.map_err(|source| OperateError::Io { path: PathBuf::from(&name), source })?;
    *state = State { running: Some(name.clone()), failed: None };
    Ok(name)
}

/// Lists what the directory holds.
///
/// # Errors
/// [`OperateError`].
pub fn list_backups(unit: &Unit) -> Result<Overview, OperateError> {
    let path = directory(unit)?;
    let state = unit.backups.state();
    let (running, failed) = (state.running.clone(), state.failed);
    drop(state);
    let mut backups = Vec::new();
    match std::fs::read_dir(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(source) => return Err(OperateError::Io { path, source }),
        Ok(entries) => {
            for entry in entries.flatten().filter(|entry| entry.path().join(MANIFEST).is_file()) {
                backups.extend(entry.file_name().into_string());
            }
        }
    }
    backups.sort_unstable_by(|a, b| b.cmp(a));
    Ok(Overview { backups, running, failed })
}

fn directory(unit: &Unit) -> Result<PathBuf, OperateError> {
    let directory = &unit.config.store.backup_directory;
    if directory.as_os_str().is_empty() {
        return Err(OperateError::NoDirectory);
    }
    Ok(directory.clone())
}
