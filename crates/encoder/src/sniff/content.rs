//! Takes a column meant for evaluators, gives the type of its cells, its name in the release, and which
//! date is the event's.

use std::collections::BTreeSet;

use super::concept::Concept::{self, *};
use super::evidence::Evidence;
use super::judge::Verdict;
use super::role::{Content, Role};
use super::shape::{Kind, Shape};
use crate::mapping::SourceType;

/// Most letters of a name in the release.
const RELEASE_NAME_MAX: usize = 32;
/// Fewest cells from which the number of distinct ones says anything.
const CELLS_MIN: u32 = 20;
/// Words of things that are coded by numbers.
const CODED: [Concept; 6] = [Code, District, Facility, Agency, Court, Location];
/// Most bytes of a code.
const CODE_BYTES_MAX: usize = 120;

/// A role with the type of its cells in place of [`Content::Any`].
pub(super) fn resolve(role: Role, of: &Evidence) -> Role {
    match role {
        Role::Content(Content::Any) => Role::Content(type_of(of).unwrap_or(Content::Code)),
        other => other,
    }
}

/// Gives content its type; leaves out what is text, or holds several values in one cell.
pub(super) fn typed(verdict: Verdict, of: &Evidence) -> Verdict {
    let Role::Content(hint) = verdict.role else { return verdict };
    if of.shape.cells == 0 {
        let kind = if hint == Content::Any { Content::Code } else { hint };
        return Verdict { role: Role::Content(kind), ..verdict };
    }
    let left_out = |why: &str| {
        let reason = format!("{}; {why}", verdict.reason);
        Verdict { role: Role::Ignore, reason, ..verdict.clone() }
    };
    let shape = &of.shape;
    if shape.permille(&[Kind::Control]) >= 10 {
        return left_out("cells hold several lines");
    }
    let found = match (hint, type_of(of)) {
        (Content::Date | Content::EventDate, Some(Content::Date)) => Some(Content::Date),
        (Content::Date | Content::EventDate, _) if of.dates.permille() >= 500 => {
            Some(Content::Date)
        }
        (Content::Date | Content::EventDate, _) => return left_out("its cells are no dates"),
        // A name that says code is right even where all codes are numbers.
        (Content::Code, Some(Content::Integer | Content::Flag)) => Some(Content::Code),
        (Content::Any, Some(Content::Integer)) if of.words.any(&CODED) => Some(Content::Code),
        (_, found) => found,
    };
    let Some(kind) = found else { return left_out("its cells are free text") };
    if hardly_repeats(shape) && matches!(kind, Content::Code | Content::Integer) {
        let long = shape.permille(&[Kind::NineDigits, Kind::TenDigits]) >= 500;
        let numbered = shape.permille(&[Kind::Numbered]) >= 700;
        if long || (kind == Content::Code && numbered) {
            let reason =
                format!("{}; its values hardly repeat, as numbers of events", verdict.reason);
            return Verdict { role: Role::EventNumber, reason, ..verdict };
        }
        if kind == Content::Code {
            return left_out("its values hardly repeat, as in free text");
        }
    }
    let shown = match kind {
        Content::Date => format!("{} % are {} dates", of.dates.permille() / 10, of.dates.shown()),
        Content::Integer => "whole numbers".to_owned(),
        Content::Flag => "yes or no".to_owned(),
        _ => format!("{} different codes in {} cells", shape.distinct, shape.cells),
    };
    let reason = format!("{}; {shown}", verdict.reason);
    Verdict { role: Role::Content(kind), reason, ..verdict }
}

fn hardly_repeats(shape: &Shape) -> bool {
    shape.cells >= CELLS_MIN && shape.is_mostly_distinct()
}

/// What the cells are; `None` for text.
fn type_of(of: &Evidence) -> Option<Content> {
    let shape = &of.shape;
    let dates = of.dates.permille();
    let compact = of.dates.bare && of.dates.formats == ["%Y%m%d"] && dates >= 980;
    if (dates >= 900 && !of.dates.bare) || compact || (dates >= 900 && of.named_a_date()) {
        return Some(Content::Date);
    }
    let flags = shape.permille(&[Kind::Flag]) >= 990 && shape.distinct <= 3;
    let numbers = shape.permille(&[Kind::Integer]) >= 990;
    if flags && (!numbers || shape.distinct == 2 || of.words.asks || of.words.has(Flag)) {
        // One letter X may be a code of its own beside others, but not alone.
        return Some(Content::Flag);
    }
    if numbers {
        return Some(Content::Integer);
    }
    let text = shape.permille(&[Kind::Text]) >= 100 || shape.len_max > CODE_BYTES_MAX;
    (!text).then_some(Content::Code)
}

impl Evidence {
    /// Whether the name says date.
    pub(super) fn named_a_date(&self) -> bool {
        let role = self.guess.as_ref().map(|guess| &guess.role);
        matches!(role, Some(Role::Dob | Role::Content(Content::Date | Content::EventDate)))
    }
}

/// Names of a release: letters, digits and underscores, each once.
#[derive(Default)]
pub(super) struct ReleaseNames(BTreeSet<String>);

impl ReleaseNames {
    /// A name like that of the column, not given before.
    pub(super) fn give(&mut self, column: &str) -> String {
        let mut base = String::new();
        let mut small_before = false;
        for c in column.chars() {
            if c.is_ascii_alphanumeric() {
                if c.is_ascii_uppercase() && small_before {
                    base.push('_');
                }
                small_before = c.is_ascii_lowercase() || c.is_ascii_digit();
                base.push(c.to_ascii_lowercase());
            } else {
                small_before = false;
                if !base.is_empty() && !base.ends_with('_') {
                    base.push('_');
                }
            }
        }
        base.truncate(RELEASE_NAME_MAX - 3);
        let base = base.trim_matches('_');
        let base = if base.is_empty() { "column" } else { base };
        let mut name = base.to_owned();
        let mut number = 2;
        while !self.0.insert(name.clone()) {
            name = format!("{base}_{number}");
            number += 1;
        }
        name
    }

    /// Keeps a name of a known layout from being given to another column.
    pub(super) fn take(&mut self, name: &str) {
        self.0.insert(name.to_owned());
    }
}

/// Words of the date that makes a row, in order, by kind of agency.
fn event_words(kind: SourceType) -> &'static [Concept] {
    match kind {
        SourceType::Police => &[Arrest, Incident, Citation, Event, Booking, Report],
        SourceType::Jail => &[Booking, Custody, Arrest, Event, Release],
        SourceType::Court => &[Filing, Case, Event, Hearing, Disposition, Arrest],
        SourceType::Prosecutor => &[Filing, Event, Referral, Arrest, Case, Disposition],
        SourceType::Provider => &[Service, Event, Intake, Referral],
        SourceType::Other => {
            &[Event, Score, Supervision, Intake, Sentence, Arrest, Booking, Filing]
        }
    }
}

/// The date of the event among columns of dates; the candidates, if none stands out.
pub(super) fn event_date(
    kind: SourceType,
    dates: &[usize],
    evidence: &[Evidence],
) -> Result<Option<usize>, Vec<usize>> {
    if dates.len() < 2 {
        return Ok(dates.first().copied());
    }
    let with = |word: Concept| {
        // The shortest name is the plainest: "Arrest Date" before "Arrest Report Date".
        dates
            .iter()
            .filter(|column| evidence[**column].words.has(word))
            .min_by_key(|column| evidence[**column].words.concepts.len())
    };
    if let Some(column) = event_words(kind).iter().find_map(|word| with(*word)) {
        return Ok(Some(*column));
    }
    let plain: Vec<usize> =
        dates.iter().copied().filter(|column| evidence[*column].words.only(&[Date])).collect();
    match plain[..] {
        [only] => Ok(Some(only)),
        _ => Err(dates.to_vec()),
    }
}

/// Name of the table of a kind of agency's events.
pub(super) fn table(kind: SourceType) -> &'static str {
    match kind {
        SourceType::Police => "arrest",
        SourceType::Court => "case",
        SourceType::Prosecutor => "da_action",
        SourceType::Jail => "jail",
        SourceType::Provider => "service",
        SourceType::Other => "event",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn release_names_are_plain_and_differ() {
        let mut names = ReleaseNames::default();
        assert_eq!(names.give("Arrest Date"), "arrest_date");
        assert_eq!(names.give("ArrestDate"), "arrest_date_2");
        assert_eq!(names.give("ARREST-DATE?"), "arrest_date_3");
        assert_eq!(names.give("Plea(s)"), "plea_s");
        assert_eq!(names.give("§"), "column");
        assert!(names.give(&"x".repeat(200)).len() <= 32);
    }
}
