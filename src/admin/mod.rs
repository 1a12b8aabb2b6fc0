//! Takes a command of the operator, gives the service's answer to it, refuses addresses without TLS and secrets that others may read.
//!
//! What there is to ask stands in one table, [`COMMANDS`]; a new address of the service is a line of it.

mod client;
mod commands;
mod error;
mod secret;

pub use client::{Answer, Client, Connection};
pub use commands::{COMMANDS, Command, Parameter, Place, Request, Shape};
pub use error::AdminError;
pub use secret::Secret;
