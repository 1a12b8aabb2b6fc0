//! Why a study's tables cannot be made.

/// A study that cannot be. Says where, never a value of the data.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum StudyError {
    /// Not TOML of this form.
    #[error("study, line {line}: {what}")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// What the parser says, without the text.
        what: String,
    },
    /// A setting that cannot be.
    #[error("study, {place}: {rule}")]
    Setting {
        /// Which setting.
        place: String,
        /// Which rule it breaks.
        rule: &'static str,
    },
    /// A table that no source sent.
    #[error("study, record {number}: source {source_label} has no table {table}")]
    TableUnknown {
        /// Number of the record in the definition, from 1.
        number: usize,
        /// Source it names.
        source_label: String,
        /// Table it names.
        table: String,
    },
    /// A column that the table does not have.
    #[error(
        "study, record {number}, {field}: table {table} of {source_label} has no column {column}"
    )]
    ColumnUnknown {
        /// Number of the record in the definition, from 1.
        number: usize,
        /// Field of the record's kind.
        field: &'static str,
        /// Source.
        source_label: String,
        /// Table.
        table: String,
        /// Column it names.
        column: String,
    },
    /// A column of another type than the field.
    #[error("study, record {number}, {field}: column {column} is not of type {wanted}")]
    ColumnType {
        /// Number of the record in the definition, from 1.
        number: usize,
        /// Field of the record's kind.
        field: &'static str,
        /// Column.
        column: String,
        /// Type of the field.
        wanted: &'static str,
    },
}

impl StudyError {
    /// Stable code for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Syntax { .. } => "study-syntax",
            Self::Setting { .. } => "study-setting",
            Self::TableUnknown { .. } => "study-table-unknown",
            Self::ColumnUnknown { .. } => "study-column-unknown",
            Self::ColumnType { .. } => "study-column-type",
        }
    }

    /// What to do about it.
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Syntax { .. } => "docs/study.md lists every key with its type",
            Self::Setting { .. } => "docs/study.md says what each setting may be",
            Self::TableUnknown { .. } => {
                "name the source as its submission does, and the table as its mapping does"
            }
            Self::ColumnUnknown { .. } | Self::ColumnType { .. } => {
                "name the column as the agency's mapping does, or leave the field out if it is optional"
            }
        }
    }
}
