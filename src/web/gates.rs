//! Keeps heavy work from piling up: what waits here waits without a thread.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use super::problem::Problem;
use crate::config::Config;

/// How much of each kind of heavy work may go on at once.
#[derive(Debug)]
pub(crate) struct Gates {
    passwords: Semaphore,
    takes: Semaphore,
    estimates: Semaphore,
    watchers: Arc<Semaphore>,
}

impl Gates {
    pub(crate) fn new(config: &Config) -> Self {
        let permits = |count: std::num::NonZeroU16| Semaphore::new(usize::from(count.get()));
        Self {
            passwords: permits(config.accounts.password_hashes_max),
            takes: permits(config.intake.takes_max),
            estimates: Semaphore::new(1),
            watchers: Arc::new(permits(config.runs.watchers_max)),
        }
    }

    /// A turn to hash a password, which takes 19 MiB for a moment.
    pub(crate) async fn password(&self) -> Result<SemaphorePermit<'_>, Problem> {
        turn(&self.passwords).await
    }

    /// A turn to read a whole submission.
    pub(crate) async fn take(&self) -> Result<SemaphorePermit<'_>, Problem> {
        turn(&self.takes).await
    }

    /// A turn to count the pairs of a run.
    pub(crate) async fn estimate(&self) -> Result<SemaphorePermit<'_>, Problem> {
        turn(&self.estimates).await
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

async fn turn(gate: &Semaphore) -> Result<SemaphorePermit<'_>, Problem> {
    gate.acquire().await.map_err(|_| Problem::internal("service-stopping"))
}
