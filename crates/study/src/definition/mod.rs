//! The definition of a study, parsed once.
//!
//! Takes TOML, gives a [`Study`] whose every setting was checked, refuses unknown keys, days out of order and
//! names that repeat.

mod check;
mod cohort;
pub(crate) mod day;
mod offence;
mod record;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Deserialize;

pub use cohort::{Arm, Exclusion, ExclusionEffect, IndexEvent};
pub use day::Day;
pub use offence::{Offence, OffenceTable};
pub use record::{Field, FieldType, Kind, PERSON, RecordDefinition};

use crate::StudyError;

/// Most bytes of a definition.
pub const STUDY_BYTES_MAX: usize = 1 << 20;

/// A study: where its records come from, whom it is about, and what it counts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Study {
    /// Name, as in file names.
    pub name: String,
    /// Title, for reports.
    pub title: String,
    /// Which tables of the sources hold which kind of record.
    #[serde(rename = "record")]
    pub records: Vec<RecordDefinition>,
    /// What codes of persons' traits stand for, in records that say nothing else.
    #[serde(default)]
    pub codes: BTreeMap<String, BTreeMap<String, String>>,
    /// Days that a source covers; a source may have several stretches.
    #[serde(default)]
    pub coverage: Vec<Coverage>,
    /// Arms, in the order in which they take persons.
    #[serde(rename = "arm")]
    pub arms: Vec<Arm>,
    /// Rules by which persons are left out or flagged.
    #[serde(default, rename = "exclusion")]
    pub exclusions: Vec<Exclusion>,
    /// Windows around the index day.
    #[serde(rename = "window")]
    pub windows: Vec<Window>,
    /// Spans before the index day in which histories are counted, in days.
    #[serde(default = "prior_days")]
    pub prior_days: Vec<i32>,
    /// Months around the index day.
    #[serde(default)]
    pub months: Months,
    /// Days around the index day whose events are in the event tables.
    #[serde(default)]
    pub events: Span,
    /// Offence groups by statute.
    #[serde(default)]
    pub offences: OffenceTable,
    /// Service records under 42 CFR Part 2 keep the month only.
    #[serde(default = "yes")]
    pub part2_coarse: bool,
    /// Imputed linkages under which outcomes are wanted too; no more than the run drew.
    #[serde(default)]
    pub imputed_linkages: usize,
    /// Tables that are not wanted, such as those that a standard does not permit.
    #[serde(default)]
    pub leave_out: Vec<String>,
    /// What may leave, for the disclosure check; nothing here depends on it.
    #[serde(default)]
    pub disclosure: toml::Table,
}

/// Days that a source covers.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// Name of the source.
    pub source: String,
    /// First day.
    pub from: Day,
    /// Last day.
    pub to: Day,
}

/// A window of days relative to the index day, both ends included.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Name, such as `POST365`.
    pub name: String,
    /// First day.
    pub from: i32,
    /// Last day.
    pub to: i32,
}

/// Months of equal length around the index day: month `m` has the days `m * days` to `m * days + days - 1`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Months {
    /// First month.
    pub from: i32,
    /// Last month.
    pub to: i32,
    /// Days of a month.
    pub days: i32,
}

impl Default for Months {
    fn default() -> Self {
        Self { from: -24, to: 24, days: 30 }
    }
}

/// Days relative to the index day, both ends included.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// First day.
    pub from: i32,
    /// Last day.
    pub to: i32,
}

impl Default for Span {
    fn default() -> Self {
        Self { from: -730, to: 730 }
    }
}

fn prior_days() -> Vec<i32> {
    vec![182, 365, 730]
}

const fn yes() -> bool {
    true
}

impl Study {
    /// Parses and checks a definition.
    ///
    /// # Errors
    /// [`StudyError::Syntax`] and [`StudyError::Setting`].
    pub fn parse(text: &str) -> Result<Self, StudyError> {
        if text.len() > STUDY_BYTES_MAX {
            return Err(check::setting("the file", "has more than 1 MiB"));
        }
        let study: Self = toml::from_str(text).map_err(|error| {
            let before = error.span().map_or(0, |span| span.start).min(text.len());
            StudyError::Syntax {
                line: 1 + text.as_bytes()[..before].iter().filter(|byte| **byte == b'\n').count(),
                what: error.message().to_owned(),
            }
        })?;
        check::check(&study)?;
        Ok(study)
    }

    /// The arm whose members the programme has, if any.
    pub fn programme(&self) -> Option<&Arm> {
        self.arms.iter().find(|arm| arm.index == IndexEvent::Referral)
    }
}
