//! How each agency writes its export: columns, separators, encodings, and which event makes a row.

mod citations;
mod court;
mod jail;
mod police;
mod pretrial;
mod probation;
mod prosecutor;
mod provider;

use crate::clerk::Practice;
use crate::config::Source;
use crate::date::{DateFormat, Day};
use crate::history::History;
use crate::names::{Group, Sex};
use crate::number::{Permutation, mix};
use crate::person::Person;
use crate::service::Services;
use crate::snapshot::Snapshot;

/// Bytes of a file's text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Encoding {
    Utf8,
    /// With a byte order mark.
    Utf8Mark,
    Windows1252,
    /// Little endian, with a byte order mark.
    Utf16,
}

/// One agency's way of writing.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(crate) source: Source,
    /// Header line.
    pub(crate) columns: &'static [&'static str],
    /// Position of the row's own number, which the writer fills in.
    pub(crate) id_column: usize,
    /// Letters before that number.
    pub(crate) id_prefix: &'static str,
    pub(crate) delimiter: u8,
    pub(crate) encoding: Encoding,
    /// Lines end in carriage return and line feed.
    pub(crate) crlf: bool,
    /// The mapping file for this export.
    pub(crate) mapping: &'static str,
    pub(crate) practice: Practice,
    /// Chance in permille that an event is entered under identifiers the agency already holds.
    pub(crate) reuse: u32,
    /// A person's rows, without their cells; those of one encounter stand together.
    pub(crate) rows: fn(&Life<'_>) -> Vec<Entry>,
    /// The cells of one row; the row's number is left empty.
    pub(crate) cells: fn(&Scene<'_>) -> Vec<String>,
}

/// The layout of a source.
pub(crate) fn layout(source: Source) -> &'static Layout {
    match source {
        Source::Police => &police::LAYOUT,
        Source::Court => &court::LAYOUT,
        Source::Prosecutor => &prosecutor::LAYOUT,
        Source::Jail => &jail::LAYOUT,
        Source::Provider => &provider::LAYOUT,
        Source::Probation => &probation::LAYOUT,
        Source::Pretrial => &pretrial::LAYOUT,
        Source::Citations => &citations::LAYOUT,
    }
}

/// A person with everything that happened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Life<'a> {
    pub(crate) person: &'a Person,
    pub(crate) history: &'a History,
    pub(crate) services: &'a Services,
}

/// Which event a row is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Entry {
    /// Rows of one chunk are sorted by this.
    pub(crate) order: i64,
    /// Rows with the same number share their identifiers.
    pub(crate) encounter: usize,
    /// Identifiers of the alias instead.
    pub(crate) alias: bool,
    /// Number of the arrest, encounter or citation.
    pub(crate) item: usize,
    /// Number of the charge or further part.
    pub(crate) part: usize,
    /// Number of the extract or incident.
    pub(crate) again: usize,
}

impl Entry {
    fn new(day: Day, item: usize, part: usize) -> Self {
        let order = i64::from(day.0);
        Self { order, encounter: item, alias: false, item, part, again: 0 }
    }
}

/// Everything a row is written from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) numbers: &'a Numbers,
    pub(crate) life: Life<'a>,
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) entry: Entry,
}

/// Numbers of events: unique, and unrelated to the person's number.
#[derive(Debug)]
pub(crate) struct Numbers {
    pub(crate) incidents: Permutation,
    pub(crate) cases: Permutation,
    pub(crate) bookings: Permutation,
}

impl Scene<'_> {
    /// A number that stays the same for the person's encounter, for variety in style.
    fn style(&self, choices: u64) -> u64 {
        mix(self.life.person.id << 8 ^ self.entry.encounter as u64) % choices
    }

    /// Incident number: two digits of the year, then seven or more.
    fn incident(&self) -> String {
        self.incident_of(self.entry.item, self.entry.again > 0)
    }

    /// Incident number of one of the person's arrests, or of the further incident cleared by it.
    fn incident_of(&self, item: usize, further: bool) -> String {
        let arrest = &self.life.history.arrests[item];
        let (person, sequence) = arrest.incident;
        let offset = if further { 31 } else { 0 };
        let place = (sequence + offset) % crate::history::EVENTS_MAX;
        let number = self.numbers.incidents.map(person * crate::history::EVENTS_MAX + place);
        format!("{:02}{number:07}", arrest.day.civil().0 % 100)
    }

    fn event_number(&self, numbers: &Permutation) -> u64 {
        let sequence = self.life.history.arrests[self.entry.item].sequence;
        numbers.map(self.life.person.id * crate::history::EVENTS_MAX + sequence)
    }

    fn case_number(&self) -> String {
        let arrest = &self.life.history.arrests[self.entry.item];
        let year = arrest.action_day.civil().0 % 100;
        format!("CRI-{year:02}{:06}", self.event_number(&self.numbers.cases))
    }
}

fn date(day: Option<Day>, format: DateFormat) -> String {
    day.map_or_else(String::new, |day| day.format(format))
}

fn digits(number: Option<u32>, width: usize) -> String {
    number.map_or_else(String::new, |number| format!("{number:0width$}"))
}

fn sex_letter(sex: Option<Sex>, missing: &str) -> String {
    match sex {
        Some(Sex::Female) => "F".to_owned(),
        Some(Sex::Male) => "M".to_owned(),
        None => missing.to_owned(),
    }
}

fn race_letter(race: Option<Group>) -> &'static str {
    match race {
        Some(Group::White | Group::Russian) => "W",
        Some(Group::Black) => "B",
        Some(Group::Hispanic) => "H",
        Some(Group::Chinese) => "C",
        Some(Group::Vietnamese) => "V",
        Some(Group::Filipino) => "F",
        Some(Group::Korean) => "K",
        Some(Group::Indian | Group::Arabic) => "O",
        None => "U",
    }
}

fn race_word(race: Option<Group>) -> &'static str {
    match race {
        Some(Group::White | Group::Russian) => "White",
        Some(Group::Black) => "Black",
        Some(Group::Hispanic) => "Hispanic",
        Some(Group::Chinese | Group::Vietnamese | Group::Filipino | Group::Korean) => "Asian",
        Some(Group::Indian | Group::Arabic) => "Other",
        None => "Unknown",
    }
}

fn flag(set: bool) -> &'static str {
    if set { "Y" } else { "N" }
}

/// Nine digits as `850-12-3456`.
fn ssn_dashed(ssn: u32) -> String {
    format!("{:03}-{:02}-{:04}", ssn / 1_000_000, ssn / 10_000 % 100, ssn % 10_000)
}

/// Ten digits in one of four styles.
fn phone_text(phone: Option<u64>, style: u64) -> String {
    let Some(phone) = phone else { return String::new() };
    let (area, exchange, line) = (phone / 10_000_000, phone / 10_000 % 1000, phone % 10_000);
    match style % 4 {
        0 => format!("({area:03}) {exchange:03}-{line:04}"),
        1 => format!("{area:03}-{exchange:03}-{line:04}"),
        2 => format!("{phone:010}"),
        _ => format!("+1 {area:03}.{exchange:03}.{line:04}"),
    }
}

/// Words with a capital first letter, as systems with mixed case keep names.
fn title(text: &str) -> String {
    let mut start = true;
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if start {
            out.push(letter);
        } else {
            out.extend(letter.to_lowercase());
        }
        start = !letter.is_alphabetic();
    }
    out
}

/// The parts that are there, with one space between.
fn join(parts: &[&str]) -> String {
    let present: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    present.join(" ")
}
