//! What may leave, as a study declares it.
//!
//! Takes what people write (TOML, by serde), gives a policy. Refuses unknown keys; what does not go together
//! is refused by [`crate::check`], with its place.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::profile::Profile;

/// Persons of a class of equal quasi-identifiers, at least (CMS: no cell below 11).
pub const K_DEFAULT: u32 = 11;
/// Distinct sensitive values of a class, at least.
pub const L_DEFAULT: u32 = 2;
/// Persons, in thousandths, whose quasi-identifiers may be taken out.
pub const SUPPRESSED_PERMILLE_DEFAULT: u32 = 50;
/// Categories with fewer persons are merged.
pub const RARE_PERSONS_DEFAULT: u32 = 11;
/// Distinct texts of a column that is not free text.
pub const TEXT_VALUES_DEFAULT: u32 = 200;
/// Bytes of one such text.
pub const TEXT_BYTES_MAX: usize = 64;
/// Cohorts below are reported.
pub const COHORT_PERSONS_DEFAULT: u32 = 100;
/// Quasi-identifiers of one policy.
pub const QUASI_MAX: usize = 16;
/// Levels of one quasi-identifier.
pub const LEVELS_MAX: usize = 12;
/// Nodes of the lattice that is searched.
pub const LATTICE_NODES_MAX: usize = 16_384;

/// What may leave.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// The standard.
    pub profile: Profile,
    /// Id of the expert's report; demanded by `expert`.
    #[serde(default)]
    pub expert_report: Option<String>,
    /// Persons of a class, at least.
    #[serde(default = "k_default")]
    pub k: u32,
    /// Distinct values of each sensitive column in a class, at least.
    #[serde(default = "l_default")]
    pub l: u32,
    /// Persons, in thousandths, whose quasi-identifiers may be taken out.
    #[serde(default = "suppressed_default")]
    pub suppressed_permille_max: u32,
    /// Categories of quasi-identifiers that fewer persons have are merged; 0 merges none.
    #[serde(default = "rare_default")]
    pub rare_persons: u32,
    /// Cohorts (persons of one sensitive value) below this are reported.
    #[serde(default = "cohort_default")]
    pub cohort_persons_min: u32,
    /// Distinct texts of a column, at most, unless it is declared under `codes`.
    #[serde(default = "text_values_default")]
    pub text_values_max: u32,
    /// The table with one row a person.
    pub person_table: String,
    /// Every table that may leave.
    #[serde(rename = "table")]
    pub tables: Vec<TableRule>,
    /// Quasi-identifiers with their hierarchies.
    #[serde(default)]
    pub quasi: Vec<Quasi>,
    /// Columns of the person table that l counts.
    #[serde(default)]
    pub sensitive: Vec<String>,
    /// Columns of days.
    #[serde(default)]
    pub days: Vec<DayRule>,
    /// Columns of ages beside those under `quasi`: top-coded where the profile demands it.
    #[serde(default)]
    pub ages: Vec<Place>,
    /// Columns of areas smaller than a state, beside those under `quasi`.
    #[serde(default)]
    pub areas: Vec<Place>,
    /// Columns of codes with more values than free text may have.
    #[serde(default)]
    pub codes: Vec<CodeRule>,
    /// What makes up a person's sequence of events.
    #[serde(default)]
    pub events: Vec<EventRule>,
}

/// A column.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Its table.
    pub table: String,
    /// Its name.
    pub column: String,
}

/// A table that may leave.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TableRule {
    /// Its name.
    pub name: String,
    /// The column with the person's id; none if no row is about a person.
    #[serde(default)]
    pub person: Option<String>,
    /// Further columns of class identifier that may stay: random ids of events, for instance.
    #[serde(default)]
    pub ids: Vec<String>,
}

/// A quasi-identifier.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Quasi {
    /// Its table.
    pub table: String,
    /// Its column.
    pub column: String,
    /// How a person's rows are put together, where the table is not that of persons.
    #[serde(default)]
    pub summary: Option<Summary>,
    /// Column that orders a person's rows, for `summary = "first"`.
    #[serde(default)]
    pub order: Option<String>,
    /// Whether it is an area smaller than a state.
    #[serde(default)]
    pub area: bool,
    /// Whether it is an age in years.
    #[serde(default)]
    pub age: bool,
    /// Numbers of this and more are this number.
    #[serde(default)]
    pub top: Option<i64>,
    /// Numbers of this and less are this number.
    #[serde(default)]
    pub bottom: Option<i64>,
    /// Steps from fine to coarse; each must follow from the one before.
    pub levels: Vec<Level>,
}

/// What a person's rows of another table say together.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Summary {
    /// All values, whatever their order and number.
    Set,
    /// The value of the first row. Later rows stay unprotected, which is a finding.
    First,
}

/// One step of a hierarchy.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// The value itself.
    AsIs,
    /// Bands of so many whole numbers, from 0 on.
    Bands(u32),
    /// Bands that begin at these numbers; what is below the first is one more.
    Cuts(Vec<i64>),
    /// Names of groups with their values; the value `*` stands for all that no group names.
    Groups(BTreeMap<String, Vec<String>>),
    /// Halves of years, from quarters or months.
    HalfYear,
    /// Years, from whatever begins with one.
    Year,
    /// Nothing.
    Suppressed,
}

impl Level {
    /// In a few words, for reports.
    pub fn describe(&self) -> String {
        match self {
            Self::AsIs => "as is".to_owned(),
            Self::Bands(width) => format!("bands of {width}"),
            Self::Cuts(cuts) => format!("{} bands", cuts.len() + 1),
            Self::Groups(groups) => format!("{} groups", groups.len()),
            Self::HalfYear => "half-years".to_owned(),
            Self::Year => "years".to_owned(),
            Self::Suppressed => "suppressed".to_owned(),
        }
    }
}

/// A column of days.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DayRule {
    /// Its table.
    pub table: String,
    /// Its column.
    pub column: String,
    /// What its days count from.
    pub from: DayOrigin,
    /// Days are cut to the beginning of periods of so many days, counted from day 0.
    #[serde(default = "one")]
    pub period_days: u32,
}

/// What days count from.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DayOrigin {
    /// An event of the person.
    Person,
    /// A day of the calendar.
    Calendar,
}

/// A column of codes.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CodeRule {
    /// Its table.
    pub table: String,
    /// Its column.
    pub column: String,
    /// Distinct codes, at most.
    pub values_max: u32,
}

/// What an event is to somebody who knows of it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EventRule {
    /// Its table.
    pub table: String,
    /// Column of its day.
    pub day: String,
    /// Column of its type, if there is one.
    #[serde(default)]
    pub kind: Option<String>,
}

const fn k_default() -> u32 {
    K_DEFAULT
}
const fn l_default() -> u32 {
    L_DEFAULT
}
const fn suppressed_default() -> u32 {
    SUPPRESSED_PERMILLE_DEFAULT
}
const fn rare_default() -> u32 {
    RARE_PERSONS_DEFAULT
}
const fn cohort_default() -> u32 {
    COHORT_PERSONS_DEFAULT
}
const fn text_values_default() -> u32 {
    TEXT_VALUES_DEFAULT
}
const fn one() -> u32 {
    1
}

impl Policy {
    /// The rule of a table.
    pub fn table(&self, name: &str) -> Option<&TableRule> {
        self.tables.iter().find(|rule| rule.name == name)
    }

    /// The quasi-identifier that a column is declared as.
    pub fn quasi_at(&self, table: &str, column: &str) -> Option<&Quasi> {
        self.quasi.iter().find(|quasi| quasi.table == table && quasi.column == column)
    }

    /// Persons of so many whose quasi-identifiers may be taken out.
    pub fn suppressed_max(&self, persons: u64) -> u64 {
        persons * u64::from(self.suppressed_permille_max) / 1000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_read_and_unknown_keys_are_refused() {
        let text = r#"
            profile = "expert"
            person_table = "person"
            [[table]]
            name = "person"
            person = "study_id"
            [[quasi]]
            table = "person"
            column = "age"
            age = true
            levels = ["as-is", { bands = 5 }, { cuts = [18, 40] }, "suppressed"]
            [[quasi]]
            table = "person"
            column = "race"
            levels = [{ groups = { A = ["x"], REST = ["*"] } }]
        "#;
        let policy: Policy = toml::from_str(text).unwrap();
        assert_eq!((policy.k, policy.l), (K_DEFAULT, L_DEFAULT));
        assert_eq!(policy.quasi[0].levels[1], Level::Bands(5));
        for (known, unknown) in
            [("person_table", "persons_table"), ("age = true", "aged = true"), ("bands", "band")]
        {
            assert!(toml::from_str::<Policy>(&text.replace(known, unknown)).is_err(), "{unknown}");
        }
    }
}
