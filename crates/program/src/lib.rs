//! What the command lines of the programs have alike: their version, completions and pages for
//! `man`, the options and commands of sealed key files, and whom they trust over TLS.

mod pages;
mod sealing;
mod trust;

pub use pages::{PagesCommand, PagesError};
pub use sealing::{KeepCommand, NewArgs, OpenArgs};
pub use trust::{TrustError, trusted};

/// What `--version` prints after the name: the version, and the commit it was built from.
pub const VERSION: &str =
    concat!(env!("CARGO_PKG_VERSION"), " (", env!("TALLYSTICK_COMMIT_SHOWN"), ")");
