//! Takes word of what changed, gives it to the thread that works and to those that watch.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::watch;

use super::work::{Halt, work};
use crate::ids::RunId;
use crate::release::desk;
use crate::unit::Unit;

/// What goes on in this process; what is so stands in the records.
#[derive(Debug)]
pub struct Board {
    state: Mutex<State>,
    wake: Condvar,
    changes: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    /// The run that is worked on, and whether it is to end.
    current: Option<(RunId, Arc<AtomicBool>)>,
    is_woken: bool,
    is_stopping: bool,
}

impl Default for Board {
    fn default() -> Self {
        let changes = watch::Sender::new(0);
        Self { state: Mutex::default(), wake: Condvar::new(), changes }
    }
}

impl Board {
    /// There is a new run, or one that ended, or something to forget.
    pub(crate) fn tell(&self) {
        self.lock().is_woken = true;
        self.wake.notify_all();
        self.changed();
    }

    /// A run is further than it was.
    pub(super) fn changed(&self) {
        self.changes.send_modify(|number| *number = number.wrapping_add(1));
    }

    /// What changes whenever any run does.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Whether the service ends: nobody is to wait any longer.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.lock().is_stopping
    }

    /// This run is worked on; gives the word by which it is told to end.
    pub(super) fn begin(&self, run: RunId) -> Arc<AtomicBool> {
        let end = Arc::new(AtomicBool::new(false));
        self.lock().current = Some((run, Arc::clone(&end)));
        end
    }

    /// Nothing is worked on.
    pub(super) fn leave(&self) {
        self.lock().current = None;
        self.changed();
    }

    /// Tells a run to end, if it is worked on.
    pub(crate) fn end(&self, run: RunId) {
        if let Some((_, end)) = self.lock().current.as_ref().filter(|(current, _)| *current == run)
        {
            end.store(true, Ordering::Relaxed);
        }
        self.tell();
    }

    /// The service ends: a run is broken off and goes on when the service starts again, and watchers go.
    pub fn stop(&self) {
        let mut state = self.lock();
        state.is_stopping = true;
        drop(state);
        self.tell();
    }

    /// Until there is word, or a time has passed.
    fn wait(&self, most: Option<Duration>) {
        let mut state = self.lock();
        while !state.is_woken && !state.is_stopping {
            state = match most {
                None => self.wake.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(most) => {
                    let waited = self.wake.wait_timeout(state, most);
                    let (state, result) = waited.unwrap_or_else(PoisonError::into_inner);
                    if result.timed_out() {
                        return;
                    }
                    state
                }
            };
        }
        state.is_woken = false;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The thread that works on runs; it ends when this is dropped.
#[derive(Debug)]
pub struct Worker {
    unit: Arc<Unit>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Begins to work, with the run that was broken off, if there is one.
    ///
    /// # Errors
    /// That of the system.
    pub fn start(unit: &Arc<Unit>) -> std::io::Result<Self> {
        let working = Arc::clone(unit);
        let thread =
            std::thread::Builder::new().name("runs".to_owned()).spawn(move || work_on(&working))?;
        Ok(Self { unit: Arc::clone(unit), thread: Some(thread) })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.unit.runs.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Run after run, and release after release where no run waits. Where the records fail nothing can be entered, not even that: then it is tried again later.
fn work_on(unit: &Unit) {
    let board = &unit.runs;
    let retry = Duration::from_secs(unit.config.runs.retry_seconds);
    while !board.is_stopping() {
        match work(unit, &|_: Halt| board.is_stopping()) {
            Ok(Some(_)) => continue,
            Ok(None) => {}
            Err(error) => {
                tracing::error!(code = error.code(), reason = %error, "a run could not be entered");
                board.wait(Some(retry));
                continue;
            }
        }
        match desk::work(unit, &|| board.is_stopping()) {
            Ok(Some(_)) => board.changed(),
            Ok(None) => board.wait(None),
            Err(error) => {
                tracing::error!(code = error.code(), reason = %error, "a release could not be entered");
                board.wait(Some(retry));
            }
        }
    }
}
