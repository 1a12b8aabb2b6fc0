//! What the command lines of the programs have alike: the options and commands of sealed key files.

mod sealing;

pub use sealing::{KeepCommand, NewArgs, OpenArgs};
