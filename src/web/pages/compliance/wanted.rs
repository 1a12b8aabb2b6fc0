//! Which entries a reader wants: the fields of the filter, read with a word for each that is not of its form.

use super::super::fields::Fields;
use super::kept;
use crate::agreements::Day;
use crate::audit::{Column, EventKind, Filter, Outcome, trace};
use crate::clock::Timestamp;
use crate::store::StoreError;

const DAY_MS: i64 = 86_400_000;
/// Characters of a value that is searched for; longer than any that an entry has.
const VALUE_MAX: usize = 256;

/// Fields of the filter that are equal texts, and what people call them.
pub(super) const TEXTS: [(Column, &str); 11] = [
    (Column::Actor, "Who (log-in name or id)"),
    (Column::Role, "In which role"),
    (Column::Agency, "Agency"),
    (Column::Session, "Session"),
    (Column::SourceAddress, "From address"),
    (Column::ObjectKind, "Kind of object"),
    (Column::Object, "Object"),
    (Column::ObjectSha256, "SHA-256 of the object"),
    (Column::Purpose, "Purpose"),
    (Column::Project, "Project"),
    (Column::Reason, "Reason of a refusal"),
];

/// The filter, and what is wrong with it.
#[derive(Default)]
pub(super) struct Wanted {
    pub(super) filter: Filter,
    /// Name of a field, and what is wrong with it.
    pub(super) wrong: Vec<(&'static str, &'static str)>,
    /// Whether anything but the page was asked for.
    pub(super) is_narrowed: bool,
}

impl Wanted {
    /// Reads the filter. Names of accounts become ids.
    pub(super) fn read(
        fields: &Fields,
        connection: &rusqlite::Connection,
    ) -> Result<Self, StoreError> {
        let mut it = Self::default();
        if let Some(text) = fields.given("kind") {
            it.filter.kind = EventKind::parse(text);
            it.expect("kind", it.filter.kind.is_some(), "There is no such kind of entry.");
        }
        if let Some(text) = fields.given("outcome") {
            it.filter.outcome = Outcome::parse(text);
            it.expect("outcome", it.filter.outcome.is_some(), "There is no such outcome.");
        }
        if let Some(text) = fields.given("from") {
            it.filter.from = moment(text, false);
            it.expect(
                "from",
                it.filter.from.is_some(),
                "Write a day as 2018-07-04, or a time as 2018-07-04T12:30:00Z.",
            );
        }
        if let Some(text) = fields.given("until") {
            it.filter.until = moment(text, true);
            it.expect(
                "until",
                it.filter.until.is_some(),
                "Write a day as 2018-07-04, or a time as 2018-07-04T12:30:00Z.",
            );
        }
        let ordered = it.filter.from.zip(it.filter.until).is_none_or(|(from, until)| from < until);
        it.expect("until", ordered, "This lies before the beginning.");
        if let Some(text) = fields.given("below") {
            it.filter.below =
                text.parse().ok().map(|below: u64| below.min(i64::MAX.unsigned_abs()));
        }
        for (column, _) in TEXTS {
            let Some(text) = fields.given(column.as_str()) else { continue };
            it.is_narrowed = true;
            if text.len() > VALUE_MAX {
                it.wrong.push((column.as_str(), "No entry has so long a value."));
                continue;
            }
            let mut text = text.to_owned();
            if column == Column::Actor
                && let Some((id, _)) = trace::account(connection, &text)?
            {
                text = id;
            }
            it.filter.equal.push((column, text));
        }
        let asked = ["kind", "outcome", "from", "until"];
        it.is_narrowed |= asked.iter().any(|name| fields.given(name).is_some());
        Ok(it)
    }

    fn expect(&mut self, field: &'static str, is_right: bool, wrong: &'static str) {
        if !is_right {
            self.wrong.push((field, wrong));
        }
    }

    /// What is wrong with a field; empty where nothing is.
    pub(super) fn wrong_with(&self, field: &str) -> &'static str {
        self.wrong.iter().find(|(name, _)| *name == field).map_or("", |(_, wrong)| wrong)
    }
}

/// A day, or a time. The end of a day is the beginning of the next.
fn moment(text: &str, is_end: bool) -> Option<Timestamp> {
    if let Some(day) = Day::parse(text) {
        let days = day.days() + i64::from(is_end);
        return Some(Timestamp(days * DAY_MS));
    }
    Timestamp::parse(text)
}

/// The filter as it stands in links.
pub(super) fn link(fields: &Fields) -> String {
    let names = ["kind", "outcome", "from", "until"];
    let names = names.into_iter().chain(TEXTS.iter().map(|(column, _)| column.as_str()));
    let pairs: Vec<(&str, &str)> = names.map(|name| (name, fields.text(name))).collect();
    kept(&pairs)
}
