//! What means missing in single columns: a source's 9/9/9999, 999-99-9999 and the like.

use std::collections::BTreeMap;

use super::MappingError;
use super::content::missing_words;

/// Words that mean missing, by column.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Sentinels(BTreeMap<String, Vec<String>>);

/// The same by the place of the column.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct BoundSentinels(BTreeMap<usize, Vec<String>>);

impl Sentinels {
    /// Adds words to a column; `key` names them in an error.
    pub(super) fn add(
        &mut self,
        key: &str,
        column: &str,
        words: &[String],
    ) -> Result<(), MappingError> {
        if !words.is_empty() {
            let words = missing_words(key, words)?;
            self.0.entry(column.to_owned()).or_default().extend(words);
        }
        Ok(())
    }

    pub(super) fn bind(
        &self,
        find: &dyn Fn(&str, &str) -> Result<usize, MappingError>,
    ) -> Result<BoundSentinels, MappingError> {
        let bound = self
            .0
            .iter()
            .map(|(column, words)| Ok((find("fields.missing", column)?, words.clone())));
        bound.collect::<Result<_, MappingError>>().map(BoundSentinels)
    }
}

impl BoundSentinels {
    /// Words that mean missing in a column, in upper case.
    pub(crate) fn of(&self, column: usize) -> &[String] {
        self.0.get(&column).map_or(&[], Vec::as_slice)
    }
}
