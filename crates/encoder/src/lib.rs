//! Mapping, normalisation and keyed encoding of identifiers. Raw values live and die on this side.
//!
//! Takes the cells of an export row and the agency's keys, gives tokens, filters and handles that
//! may leave, refuses rows that hold nothing to link by. Pure: no file, no network, no clock.

pub mod blocking;
pub mod codes;
pub mod digests;
pub mod encode;
pub mod filter_key;
pub mod filters;
pub mod keyed;
pub mod keys;
mod level_sample;
pub mod mapping;
pub mod nicknames;
pub mod normalise;
pub mod number;
pub mod phonetic;
pub mod sniff;
pub mod tokens;
