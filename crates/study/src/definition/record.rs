//! Which table of a source holds which kind of record, and which column which field.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A kind of record.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Arrests and citations: rows of charges.
    Arrest,
    /// What the prosecutor did with an arrest.
    DaAction,
    /// Court cases: rows of counts and extracts.
    Case,
    /// Jail bookings: rows of charges and aliases.
    Jail,
    /// Clients of the programme: referral, screening, intake and exit; rows may repeat them.
    Referral,
    /// Encounters.
    Service,
}

/// Type of a field.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FieldType {
    /// A day.
    Day,
    /// A code.
    Code,
    /// A pseudonym of a number that several sources share.
    Number,
    /// A whole number.
    Integer,
    /// Yes or no.
    Flag,
}

impl FieldType {
    /// In words, for errors.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "date",
            Self::Code => "code",
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Flag => "flag",
        }
    }
}

/// A field of a kind of record.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Name.
    pub name: &'static str,
    /// Type.
    pub field_type: FieldType,
    /// A record without it says nothing.
    pub required: bool,
}

const fn need(name: &'static str, field_type: FieldType) -> Field {
    Field { name, field_type, required: true }
}

const fn may(name: &'static str, field_type: FieldType) -> Field {
    Field { name, field_type, required: false }
}

use FieldType::{Code, Flag, Integer, Number};

const ARREST: &[Field] = &[
    need("date", FieldType::Day),
    may("incident", Number),
    may("booking", Number),
    may("type", Code),
    may("warrant", Flag),
    may("statute", Code),
    may("severity", Code),
    may("district", Code),
    may("agency", Code),
    may("officer", Number),
    may("dv", Flag),
];
const DA_ACTION: &[Field] = &[
    need("date", FieldType::Day),
    need("action", Code),
    may("arrest_date", FieldType::Day),
    may("incident", Number),
    may("court", Number),
    may("severity", Code),
    may("agency", Code),
    may("dv", Flag),
];
const CASE: &[Field] = &[
    need("filed", FieldType::Day),
    may("court", Number),
    may("arrest_date", FieldType::Day),
    may("count", Integer),
    may("statute", Code),
    may("severity_filed", Code),
    may("disposition", Code),
    may("disposition_date", FieldType::Day),
    may("severity_convicted", Code),
    may("sentence_days", Integer),
    may("probation_months", Integer),
    may("department", Code),
    may("sealed", Flag),
    may("extract_date", FieldType::Day),
];
const JAIL: &[Field] = &[
    need("booked", FieldType::Day),
    may("released", FieldType::Day),
    may("release_reason", Code),
    may("booking", Number),
    may("court", Number),
];
const REFERRAL: &[Field] = &[
    need("date", FieldType::Day),
    may("recorded", FieldType::Day),
    may("pathway", Code),
    may("incident", Number),
    may("officer", Number),
    may("district", Code),
    may("handoff_hours", Integer),
    may("screening_date", FieldType::Day),
    may("intake_date", FieldType::Day),
    may("exit_date", FieldType::Day),
    may("exit_reason", Code),
    may("housing", Code),
];
const SERVICE: &[Field] = &[
    need("date", FieldType::Day),
    may("category", Code),
    may("mode", Code),
    may("connected", Flag),
    may("part2", Flag),
];
/// Traits of persons, which any record may have.
pub const PERSON: &[Field] = &[may("sex", Code), may("race", Code), may("age_band", Code)];

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::Arrest, Self::DaAction, Self::Case, Self::Jail, Self::Referral, Self::Service];

    /// As the definition names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Arrest => "arrest",
            Self::DaAction => "da_action",
            Self::Case => "case",
            Self::Jail => "jail",
            Self::Referral => "referral",
            Self::Service => "service",
        }
    }

    /// Its fields, without those of persons.
    pub const fn fields(self) -> &'static [Field] {
        match self {
            Self::Arrest => ARREST,
            Self::DaAction => DA_ACTION,
            Self::Case => CASE,
            Self::Jail => JAIL,
            Self::Referral => REFERRAL,
            Self::Service => SERVICE,
        }
    }

    /// The field with a name.
    pub fn field(self, name: &str) -> Option<&'static Field> {
        self.fields().iter().chain(PERSON).find(|field| field.name == name)
    }
}

/// Where records of a kind stand.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordDefinition {
    /// Kind of record.
    pub kind: Kind,
    /// Name of the source, as its submission has it.
    pub source: String,
    /// Name of the content table.
    pub table: String,
    /// Content column of each field, where it has another name. An empty name: not there.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
    /// What the source's codes of a field stand for. Case and outer spaces do not matter.
    #[serde(default)]
    pub codes: BTreeMap<String, BTreeMap<String, String>>,
}

impl RecordDefinition {
    /// The column that holds a field: what the definition says, or the field's own name.
    pub fn column(&self, field: &'static str) -> &str {
        self.columns.get(field).map_or(field, String::as_str)
    }
}
