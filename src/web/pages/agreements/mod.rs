//! Pages of agreements: what is in force, what ends, what each says; recorded and ended by compliance officers, read by operators.

mod describe;
pub(super) mod end;
pub(super) mod list;
pub(super) mod new;

pub(super) use describe::title;

use crate::agreements::Kind;

/// A kind as people call it.
const fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Mou => "Memorandum of understanding",
        Kind::Dsa => "Data sharing agreement",
        Kind::Dul => "Data use licence",
        Kind::Irb => "Review board decision",
    }
}

/// What a kind is for.
const fn kind_help(kind: Kind) -> &'static str {
    match kind {
        Kind::Mou => "Which agencies work together. Everything needs one.",
        Kind::Dsa => {
            "What one agency sends, for which projects and purposes, and how long it may be held."
        }
        Kind::Dul => {
            "Who may have a project's releases, for which purposes, and the smallest group that may be shown."
        }
        Kind::Irb => {
            "What a review board decided on a project's protocol. Runs and releases need it."
        }
    }
}
