//! Mapping, normalisation and keyed encoding. Raw values live and die here.

pub mod mapping;
pub mod nicknames;
pub mod normalise;
pub mod phonetic;
