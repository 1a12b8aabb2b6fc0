//! Takes a table of offence codes (TOML), gives group and severity of a code on a day, refuses
//! entries of one code whose times overlap.
//!
//! A table says what the law calls an offence on its day, not what became of a case: severity at
//! arrest, filing and conviction may each differ from it, and stand in columns of their own.

mod spelling;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::mapping::{CivilDate, Gives};
pub use spelling::Statute;

/// Most bytes of a table of codes.
pub const CODES_BYTES_MAX: usize = 1 << 20;
/// Longest name of a group or severity, in bytes.
const TEXT_BYTES_MAX: usize = 64;

/// Tables that every mapping can use, by name.
const KNOWN: [(&str, &str); 1] =
    [("ca-offences", include_str!("../../../../config/codes/ca-offences.toml"))];

/// The text of a table that every mapping can use.
pub fn known(name: &str) -> Option<&'static str> {
    KNOWN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// What a table says of a code for some time.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Entry {
    /// First day, if any.
    from: Option<CivilDate>,
    /// The day after the last, if any.
    to: Option<CivilDate>,
    group: String,
    severity: String,
}

impl Entry {
    fn holds_on(&self, day: CivilDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day < to)
    }

    fn overlaps(&self, other: &Self) -> bool {
        let begins_before_end = |one: &Self, other: &Self| match (one.from, other.to) {
            (Some(from), Some(to)) => from < to,
            _ => true,
        };
        begins_before_end(self, other) && begins_before_end(other, self)
    }

    fn gives(&self, gives: Gives) -> &str {
        match gives {
            Gives::Group => &self.group,
            Gives::Severity => &self.severity,
        }
    }
}

/// A table of offence codes.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CodeTable {
    entries: BTreeMap<Statute, Vec<Entry>>,
}

/// A table that cannot be used. Says where, never what stands there.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("line {line}: {rule}")]
pub struct CodesError {
    /// Line, from 1; 1 for what concerns the whole file.
    pub line: usize,
    /// What is wrong.
    pub rule: &'static str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTable {
    offence: Vec<Spanned<RawEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEntry {
    statute: String,
    group: String,
    severity: String,
    valid_from: Option<String>,
    valid_to: Option<String>,
    /// Where the law says so; for readers.
    #[expect(dead_code, reason = "for those who read the file")]
    law: Option<String>,
}

impl CodeTable {
    /// Parses a table.
    ///
    /// # Errors
    /// [`CodesError`], with the line of the entry.
    pub fn parse(text: &str) -> Result<Self, CodesError> {
        if text.len() > CODES_BYTES_MAX {
            return Err(CodesError { line: 1, rule: "longer than 1 MiB" });
        }
        let line_at = |at: usize| {
            let before = &text.as_bytes()[..at.min(text.len())];
            1 + before.iter().filter(|byte| **byte == b'\n').count()
        };
        let raw: RawTable = toml::from_str(text).map_err(|error| CodesError {
            line: error.span().map_or(1, |span| line_at(span.start)),
            rule: "not TOML, or not a list of [[offence]] with statute, group and severity",
        })?;
        let mut table = Self::default();
        for entry in raw.offence {
            let line = line_at(entry.span().start);
            table.add(entry.into_inner()).map_err(|rule| CodesError { line, rule })?;
        }
        Ok(table)
    }

    fn add(&mut self, raw: RawEntry) -> Result<(), &'static str> {
        let statute = Statute::parse(&raw.statute)
            .ok_or("statute takes a law and a section, such as \"HS 11350(A)\"")?;
        let day = |text: Option<String>| -> Result<Option<CivilDate>, &'static str> {
            let rule = "valid_from and valid_to take a day, such as \"2014-11-05\"";
            text.map(|text| iso_day(&text).ok_or(rule)).transpose()
        };
        let plain = |text: &str| {
            (1..=TEXT_BYTES_MAX).contains(&text.len()) && !text.chars().any(char::is_control)
        };
        if !plain(&raw.group) || !plain(&raw.severity) {
            return Err("group and severity take 1 to 64 bytes of text");
        }
        let entry = Entry {
            from: day(raw.valid_from)?,
            to: day(raw.valid_to)?,
            group: raw.group,
            severity: raw.severity,
        };
        if entry.from.zip(entry.to).is_some_and(|(from, to)| from >= to) {
            return Err("valid_to is the first day after the entry's time, so it is later");
        }
        let entries = self.entries.entry(statute).or_default();
        if entries.iter().any(|other| other.overlaps(&entry)) {
            return Err("another entry of this statute holds in part of this time");
        }
        entries.push(entry);
        Ok(())
    }

    /// Group or severity of a code on a day. Without a day only what holds at all times is given.
    /// A code with more subdivisions than the table has is looked up with fewer.
    pub fn look_up(&self, code: &str, day: Option<CivilDate>, gives: Gives) -> Option<&str> {
        let mut statute = Statute::parse(code)?;
        loop {
            if let Some(entries) = self.entries.get(&statute) {
                let holds = |entry: &&Entry| match day {
                    Some(day) => entry.holds_on(day),
                    None => entry.from.is_none() && entry.to.is_none(),
                };
                return entries.iter().find(holds).map(|entry| entry.gives(gives));
            }
            statute = statute.wider()?;
        }
    }
}

/// A day written `2014-11-05`.
fn iso_day(text: &str) -> Option<CivilDate> {
    crate::mapping::DateFormats::new(&["%Y-%m-%d".to_owned()], None).ok()?.parse(text)
}
