//! Keeps heavy work from piling up: what waits here waits without a thread.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::problem::Problem;
use crate::config::Config;

/// A turn. It goes into the work itself, which goes on when its caller hangs up.
pub(crate) type Turn = OwnedSemaphorePermit;

/// How much of each kind of heavy work may go on at once.
#[derive(Debug)]
pub(crate) struct Gates {
    passwords: Arc<Semaphore>,
    takes: Arc<Semaphore>,
    estimates: Arc<Semaphore>,
    consents: Arc<Semaphore>,
    evaluations: Arc<Semaphore>,
    audits: Arc<Semaphore>,
    watchers: Arc<Semaphore>,
}

impl Gates {
    pub(crate) fn new(config: &Config) -> Self {
        let permits =
            |count: std::num::NonZeroU16| Arc::new(Semaphore::new(usize::from(count.get())));
        Self {
            passwords: permits(config.accounts.password_hashes_max),
            takes: permits(config.intake.takes_max),
            estimates: Arc::new(Semaphore::new(1)),
            consents: Arc::new(Semaphore::new(1)),
            evaluations: Arc::new(Semaphore::new(1)),
            audits: Arc::new(Semaphore::new(1)),
            watchers: permits(config.runs.watchers_max),
        }
    }

    /// A turn to hash a password, which takes 19 MiB for a moment.
    pub(crate) async fn password(&self) -> Result<Turn, Problem> {
        turn(&self.passwords).await
    }

    /// A turn to read a whole submission.
    pub(crate) async fn take(&self) -> Result<Turn, Problem> {
        turn(&self.takes).await
    }

    /// A turn to count the pairs of a run.
    pub(crate) async fn estimate(&self) -> Result<Turn, Problem> {
        turn(&self.estimates).await
    }

    /// A turn to send consents, which are read whole.
    pub(crate) async fn consents(&self) -> Result<Turn, Problem> {
        turn(&self.consents).await
    }

    /// A turn to evaluate a release, whose tables are read whole.
    pub(crate) async fn evaluation(&self) -> Result<Turn, Problem> {
        turn(&self.evaluations).await
    }

    /// A turn to read the whole log.
    pub(crate) async fn audit(&self) -> Result<Turn, Problem> {
        turn(&self.audits).await
    }

    /// A place to watch a run from. Nobody waits for one: it might be held for long.
    pub(crate) fn watcher(&self) -> Result<OwnedSemaphorePermit, Problem> {
        Arc::clone(&self.watchers).try_acquire_owned().map_err(|_| {
            let help = "ask for the run itself now and then; runs.watchers_max is the limit";
            let status = actix_web::http::StatusCode::TOO_MANY_REQUESTS;
            Problem::new(status, "watchers-too-many", "too many watch runs", help)
        })
    }
}

async fn turn(gate: &Arc<Semaphore>) -> Result<Turn, Problem> {
    Arc::clone(gate).acquire_owned().await.map_err(|_| Problem::internal("service-stopping"))
}
