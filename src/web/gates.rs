//! Keeps heavy work from piling up: what waits here waits without a thread.

use tokio::sync::{Semaphore, SemaphorePermit};

use super::problem::Problem;
use crate::config::Config;

/// How much of each kind of heavy work may go on at once.
#[derive(Debug)]
pub(crate) struct Gates {
    passwords: Semaphore,
    takes: Semaphore,
}

impl Gates {
    pub(crate) fn new(config: &Config) -> Self {
        let permits = |count: std::num::NonZeroU16| Semaphore::new(usize::from(count.get()));
        Self {
            passwords: permits(config.accounts.password_hashes_max),
            takes: permits(config.intake.takes_max),
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
}

async fn turn(gate: &Semaphore) -> Result<SemaphorePermit<'_>, Problem> {
    gate.acquire().await.map_err(|_| Problem::internal("service-stopping"))
}
