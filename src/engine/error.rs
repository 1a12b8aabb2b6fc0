//! What stops the run of an engine.

use std::path::PathBuf;

use tallystick_engine::EngineError;

/// Why an engine did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum EngineRunError {
    /// The export, or what the engine wrote, cannot be taken.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The engine's program cannot be started.
    #[error("{}: cannot be started: {source}", program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The engine's program ended otherwise than in order.
    #[error("the engine ended in {script} with {}", ending(*.status))]
    Ended {
        /// The script that it ran.
        script: &'static str,
        /// Its status; none where a signal ended it.
        status: Option<i32>,
        /// Where its messages are.
        log: PathBuf,
    },
    /// The work was cancelled.
    #[error("cancelled; tables that were written to their end are kept")]
    Cancelled,
}

fn ending(status: Option<i32>) -> String {
    status.map_or_else(|| "a signal".to_owned(), |status| format!("status {status}"))
}

impl EngineRunError {
    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Engine(error) => error.code(),
            Self::Start { .. } => "engine-start",
            Self::Ended { .. } => "engine-ended",
            Self::Cancelled => "cancelled",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Engine(error) => error.help().to_owned(),
            Self::Start { .. } => {
                "give the path of the program: --spark-submit or --sql-runner; see docs/scale.md"
                    .to_owned()
            }
            Self::Ended { log, .. } => {
                format!("read {}, then run the same command again with --resume", log.display())
            }
            Self::Cancelled => "run the same command again with --resume to go on".to_owned(),
        }
    }
}
