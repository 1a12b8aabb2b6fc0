//! Texts of coded fields, each held once for all tables.

use std::collections::BTreeSet;

/// No text.
pub const NO_WORD: u32 = u32::MAX;

/// Texts in ascending order; a text's number is its place.
#[derive(Clone, Debug, Default)]
pub struct Words(Vec<String>);

impl Words {
    /// The text of a number.
    pub fn text(&self, word: u32) -> Option<&str> {
        self.0.get(word as usize).map(String::as_str)
    }

    /// The number of a text.
    pub fn number(&self, text: &str) -> Option<u32> {
        let place = self.0.binary_search_by(|word| word.as_str().cmp(text)).ok()?;
        u32::try_from(place).ok()
    }

    /// All texts.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// Gathers the texts of all tables before they get their numbers.
#[derive(Debug, Default)]
pub(super) struct WordsBuilder(BTreeSet<String>);

impl WordsBuilder {
    pub(super) fn add(&mut self, text: &str) {
        if !self.0.contains(text) {
            self.0.insert(text.to_owned());
        }
    }

    pub(super) fn finish(self) -> Numbered {
        Numbered { words: Words(self.0.into_iter().collect()) }
    }
}

/// Words that have their numbers.
pub(super) struct Numbered {
    pub(super) words: Words,
}
