//! Why a release may not leave.
//!
//! Places and counts only; never a value of the data.

use std::fmt;

use crate::policy::Place;

/// Everything that stands against a release.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refusal {
    /// At least one, in the order they were found.
    pub reasons: Vec<Reason>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the release is refused")?;
        self.reasons.iter().try_for_each(|reason| write!(out, "; {}: {reason}", reason.code()))
    }
}

impl std::error::Error for Refusal {}

/// One reason.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// Something of the policy cannot be meant.
    #[error("the policy says what cannot be: {what}")]
    PolicyInvalid {
        /// What.
        what: &'static str,
    },
    /// The same, of one column.
    #[error("{table}.{column}: {what}", table = .place.table, column = .place.column)]
    ColumnInvalid {
        /// Where.
        place: Place,
        /// What.
        what: &'static str,
    },
    /// A declared table is not there.
    #[error("table {table} is declared and not there")]
    TableMissing {
        /// Its name.
        table: String,
    },
    /// A table is there that nobody declared.
    #[error("table {table} is not declared")]
    TableUndeclared {
        /// Its name.
        table: String,
    },
    /// A declared column is not there.
    #[error("{table}.{column} is declared and not there", table = .place.table, column = .place.column)]
    ColumnMissing {
        /// Where.
        place: Place,
    },
    /// Columns of a table differ in length, or a name stands twice.
    #[error("table {table} is not whole")]
    TableBroken {
        /// Its name.
        table: String,
    },
    /// A column names persons or events and is not allowed to.
    #[error("{table}.{column} is an identifier that the policy does not allow", table = .place.table, column = .place.column)]
    IdentifierUndeclared {
        /// Where.
        place: Place,
    },
    /// A column is known to others and the policy does not protect it.
    #[error("{table}.{column} is a quasi-identifier that the policy does not name", table = .place.table, column = .place.column)]
    QuasiUndeclared {
        /// Where.
        place: Place,
    },
    /// A column holds what people wrote.
    #[error("{table}.{column} may be free text: {values} distinct texts", table = .place.table, column = .place.column)]
    FreeText {
        /// Where.
        place: Place,
        /// Distinct texts.
        values: usize,
    },
    /// A column of numbers has another one in every row, as numbers of persons and cases do.
    #[error("{table}.{column} has another number in each of {rows} rows", table = .place.table, column = .place.column)]
    NumbersUnique {
        /// Where.
        place: Place,
        /// Rows.
        rows: usize,
    },
    /// A column of days is not declared.
    #[error("{table}.{column} has days and is not declared", table = .place.table, column = .place.column)]
    DaysUndeclared {
        /// Where.
        place: Place,
    },
    /// Dates are finer than the profile permits.
    #[error("{table}.{column} has finer dates than {profile} permits", table = .place.table, column = .place.column)]
    DatesTooFine {
        /// Where.
        place: Place,
        /// Profile.
        profile: &'static str,
    },
    /// Areas smaller than a state.
    #[error("{table}.{column} has areas smaller than {profile} permits", table = .place.table, column = .place.column)]
    AreaTooFine {
        /// Where.
        place: Place,
        /// Profile.
        profile: &'static str,
    },
    /// Ages over 89 that are not one category.
    #[error("{table}.{column} tells ages over 89 apart, which {profile} does not permit", table = .place.table, column = .place.column)]
    AgesTooFine {
        /// Where.
        place: Place,
        /// Profile.
        profile: &'static str,
    },
    /// By its name a column has areas or ages, and it is not declared so.
    #[error("{table}.{column} is named like {like} and not declared so", table = .place.table, column = .place.column)]
    NameUndeclared {
        /// Where.
        place: Place,
        /// What it is named like.
        like: &'static str,
    },
    /// Ids of persons are missing, repeated or unknown.
    #[error("{table}.{column}: {rows} rows name no person of the release", table = .place.table, column = .place.column)]
    PersonUnknown {
        /// Where.
        place: Place,
        /// Rows.
        rows: usize,
    },
    /// Values that a level does not know.
    #[error("{table}.{column}: level {level} does not take {values} of its values", table = .place.table, column = .place.column)]
    LevelUnfit {
        /// Where.
        place: Place,
        /// Level, from 0.
        level: usize,
        /// Distinct values.
        values: usize,
    },
    /// A level does not follow from the one before.
    #[error("{table}.{column}: level {level} tears apart what the level before puts together", table = .place.table, column = .place.column)]
    LevelsNotNested {
        /// Where.
        place: Place,
        /// Level, from 0.
        level: usize,
    },
    /// More combinations of levels than are searched.
    #[error("the hierarchies have {nodes} combinations; {max} are searched")]
    LatticeTooLarge {
        /// Combinations.
        nodes: u128,
        /// Most.
        max: usize,
    },
    /// Fewer persons than one class needs.
    #[error("{persons} persons are fewer than k = {k}")]
    TooFewPersons {
        /// Persons.
        persons: u64,
        /// Demanded.
        k: u32,
    },
    /// No combination of levels is enough.
    #[error("at the coarsest levels {suppressed} persons would be taken out; {max} may be")]
    TooManySuppressed {
        /// Persons.
        suppressed: u64,
        /// Most.
        max: u64,
    },
    /// The finished tables do not hold k.
    #[error("the finished tables hold k = {found}; {demanded} is demanded")]
    KNotMet {
        /// Found.
        found: u64,
        /// Demanded.
        demanded: u32,
    },
    /// The finished tables do not hold l.
    #[error("the finished tables hold l = {found} for {column}; {demanded} is demanded")]
    LNotMet {
        /// Sensitive column.
        column: String,
        /// Found.
        found: u32,
        /// Demanded.
        demanded: u32,
    },
    /// Persons who differ from an earlier release are too few.
    #[error(
        "{persons} persons stand out against an earlier release; the smallest group has {smallest}"
    )]
    Differencing {
        /// Persons in groups below k.
        persons: u64,
        /// The smallest group.
        smallest: u64,
    },
}

impl Reason {
    /// The table or column that it is about, if it is about one. A name, never a value.
    pub fn place(&self) -> Option<String> {
        match self {
            Self::TableMissing { table, .. }
            | Self::TableUndeclared { table, .. }
            | Self::TableBroken { table, .. } => Some(table.clone()),
            Self::ColumnInvalid { place, .. }
            | Self::ColumnMissing { place, .. }
            | Self::IdentifierUndeclared { place, .. }
            | Self::QuasiUndeclared { place, .. }
            | Self::FreeText { place, .. }
            | Self::NumbersUnique { place, .. }
            | Self::DaysUndeclared { place, .. }
            | Self::DatesTooFine { place, .. }
            | Self::AreaTooFine { place, .. }
            | Self::AgesTooFine { place, .. }
            | Self::NameUndeclared { place, .. }
            | Self::PersonUnknown { place, .. }
            | Self::LevelUnfit { place, .. }
            | Self::LevelsNotNested { place, .. } => {
                Some(format!("{}.{}", place.table, place.column))
            }
            Self::LNotMet { column, .. } => Some(column.clone()),
            _ => None,
        }
    }

    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::PolicyInvalid { .. } => "policy-invalid",
            Self::ColumnInvalid { .. } => "policy-column-invalid",
            Self::TableMissing { .. } => "table-missing",
            Self::TableUndeclared { .. } => "table-undeclared",
            Self::ColumnMissing { .. } => "column-missing",
            Self::TableBroken { .. } => "table-broken",
            Self::IdentifierUndeclared { .. } => "identifier-undeclared",
            Self::QuasiUndeclared { .. } => "quasi-undeclared",
            Self::FreeText { .. } => "free-text",
            Self::NumbersUnique { .. } => "numbers-unique",
            Self::DaysUndeclared { .. } => "days-undeclared",
            Self::DatesTooFine { .. } => "dates-too-fine",
            Self::AreaTooFine { .. } => "area-too-fine",
            Self::AgesTooFine { .. } => "ages-too-fine",
            Self::NameUndeclared { .. } => "name-undeclared",
            Self::PersonUnknown { .. } => "person-unknown",
            Self::LevelUnfit { .. } => "level-unfit",
            Self::LevelsNotNested { .. } => "levels-not-nested",
            Self::LatticeTooLarge { .. } => "lattice-too-large",
            Self::TooFewPersons { .. } => "too-few-persons",
            Self::TooManySuppressed { .. } => "too-many-suppressed",
            Self::KNotMet { .. } => "k-not-met",
            Self::LNotMet { .. } => "l-not-met",
            Self::Differencing { .. } => "differencing",
        }
    }

    /// What to do about it.
    pub const fn help(&self) -> &'static str {
        match self {
            Self::PolicyInvalid { .. } | Self::ColumnInvalid { .. } => "correct the policy",
            Self::TableMissing { .. } | Self::ColumnMissing { .. } => {
                "take it out of the policy, or let the study make it"
            }
            Self::TableUndeclared { .. } => "declare it under [[table]], or leave it out",
            Self::TableBroken { .. } => "a fault of the program that made the tables",
            Self::IdentifierUndeclared { .. } => {
                "leave the column out; random ids go under `ids` of its table"
            }
            Self::QuasiUndeclared { .. } => "declare it under [[quasi]], or leave it out",
            Self::FreeText { .. } => {
                "leave the column out; a column of codes goes under [[codes]] with their number"
            }
            Self::NumbersUnique { .. } => {
                "leave the column out; a measure goes under [[codes]] with the number of its values"
            }
            Self::DaysUndeclared { .. } => "declare it under [[days]], or leave it out",
            Self::DatesTooFine { .. } => "coarsen the column, or choose another profile",
            Self::AgesTooFine { .. } => "put 90 and older together",
            Self::AreaTooFine { .. } => "let its levels end with `suppressed`, or leave it out",
            Self::NameUndeclared { .. } => {
                "declare it (`area`, `age`, [[areas]], [[ages]]; years of birth with `bottom`), or rename it if it is none"
            }
            Self::PersonUnknown { .. } => "each row names one person of the person table",
            Self::LevelUnfit { .. } => "name each value in a group, or add the group of `*`",
            Self::LevelsNotNested { .. } => {
                "each level puts whole categories of the one before together"
            }
            Self::LatticeTooLarge { .. } => "take out levels that nobody would choose",
            Self::TooFewPersons { .. } => "a cohort this small does not leave as rows",
            Self::TooManySuppressed { .. } | Self::KNotMet { .. } | Self::LNotMet { .. } => {
                "add coarser levels, or drop a quasi-identifier"
            }
            Self::Differencing { .. } => {
                "wait for more persons, or retract the earlier release first"
            }
        }
    }
}
