//! Columns from the values of rows.

use tallystick_dataset::column::{DisclosureClass, INTEGER_MISSING, integer_missing, text_missing};
use tallystick_dataset::{Column, Dictionary, Missing, Texts, Values};

use super::Made;
use super::cohort::Member;
use crate::Inputs;
use crate::content::{NO_WORD, Words};

pub(super) use DisclosureClass::{Identifier, Other, Quasi, Sensitive};

/// A whole number or why there is none.
pub(super) type Whole = Result<i64, Missing>;

/// The number that a column of whole numbers holds.
pub(super) fn whole(value: Whole) -> i64 {
    match value {
        Ok(number) => number,
        Err(kind) => integer_missing(kind),
    }
}

/// A number that may be unknown.
pub(super) fn known(value: Option<i64>) -> i64 {
    value.unwrap_or(INTEGER_MISSING)
}

/// A column of whole numbers.
pub(super) fn integers(
    name: impl Into<String>,
    cells: Vec<i64>,
    label: impl Into<String>,
    derivation: impl Into<String>,
    class: DisclosureClass,
) -> Column {
    Column::new(name, Values::Integer(cells), label, derivation, class)
}

/// A column of flags; `None` is missing.
pub(super) fn flags(
    name: impl Into<String>,
    cells: impl Iterator<Item = Option<bool>>,
    label: impl Into<String>,
    derivation: impl Into<String>,
    class: DisclosureClass,
) -> Column {
    let cell = |flag: Option<bool>| flag.map_or(2, u8::from);
    let column =
        Column::new(name, Values::Flag(cells.map(cell).collect()), label, derivation, class);
    column.with_codes(&[("0", "no"), ("1", "yes")])
}

/// A column of texts, of which there are few.
pub(super) fn texts<'a>(
    name: impl Into<String>,
    cells: impl Iterator<Item = Result<&'a str, Missing>>,
    label: impl Into<String>,
    derivation: impl Into<String>,
    class: DisclosureClass,
) -> Column {
    let mut dictionary = Dictionary::new();
    let numbered: Vec<Result<u32, Missing>> = cells
        .map(|cell| cell.map(|text| dictionary.number(text).expect("texts are few and short")))
        .collect();
    let (texts, places) = dictionary.into_sorted();
    let place = |cell: Result<u32, Missing>| match cell {
        Ok(number) => places[number as usize],
        Err(kind) => text_missing(kind),
    };
    let values = Values::Text(numbered.into_iter().map(place).collect(), texts);
    Column::new(name, values, label, derivation, class)
}

/// The text of a word; missing if there is none.
pub(super) fn word(words: &Words, word: u32) -> Result<&str, Missing> {
    if word == NO_WORD {
        return Err(Missing::Unspecified);
    }
    words.text(word).ok_or(Missing::Unspecified)
}

/// The id column that joins all tables; `members` has the place of each row's member.
pub(super) fn study_id(made: &Made<'_>, members: impl Iterator<Item = u32>) -> Column {
    Column::new(
        "study_id",
        Values::Text(members.collect(), made.ids.clone()),
        "Person",
        "random-looking id of this project only",
        Identifier,
    )
}

/// Texts of the members' ids, which all tables share.
pub(super) fn ids(inputs: &Inputs<'_>, members: &[Member]) -> Texts {
    let ids = members.iter().map(|member| inputs.study_ids[member.person as usize]);
    Texts::new(ids.map(|id| format!("{id:016x}")))
}

/// Places of all members.
pub(super) fn places(made: &Made<'_>) -> std::ops::Range<u32> {
    0..u32::try_from(made.members.len()).expect("persons are numbered by 32 bits")
}
