//! Zip archives that have one form only.
//!
//! Takes members in their order, gives an archive whose every byte follows from them, and reads it
//! back. Refuses, on reading, whatever differs from that form: other times, attributes, order of
//! headers, bytes before, between or behind. Members are deflated or stored; there are no directories,
//! comments or passwords. After APPNOTE.TXT 6.3.10 of PKWARE.

pub(crate) mod form;
pub(crate) mod read;
#[cfg(test)]
mod tests;
pub(crate) mod write;
