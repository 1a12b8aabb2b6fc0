//! What can be wrong with a mapping, said without any value of the export.

use thiserror::Error;

/// A mapping that cannot be used, or that does not fit the header of an export.
///
/// Names keys and columns of the mapping, never the line of the file: a key file or an export given
/// by mistake must not end up in a log.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum MappingError {
    /// The file is longer than a mapping can be.
    #[error("the mapping is longer than {bytes_max} bytes")]
    TooLarge {
        /// Most bytes a mapping may have.
        bytes_max: usize,
    },
    /// Not TOML, or not the shape of a mapping.
    #[error("line {line}, column {column}: {message}")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What was expected; never what stands there.
        message: String,
    },
    /// A key that mappings do not have.
    #[error("line {line}, column {column}: there is no key {key}")]
    UnknownKey {
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// The key, or `(not shown)` when it does not look like one.
        key: String,
        /// The key that may have been meant.
        suggestion: Option<String>,
    },
    /// A value outside what the key takes.
    #[error("{key}: {rule}")]
    Value {
        /// Key, with its tables.
        key: String,
        /// What the key takes.
        rule: &'static str,
    },
    /// Neither a first nor a last name is mapped.
    #[error("{table}: neither a first nor a last name is mapped")]
    NoName {
        /// The table of the mapping.
        table: &'static str,
    },
    /// `name` stands beside a part of a name.
    #[error("{table}.name: cannot stand beside {other}")]
    NameExclusive {
        /// The table of the mapping.
        table: &'static str,
        /// The key it stands beside.
        other: &'static str,
    },
    /// A column that identifies people is mapped as content as well.
    #[error("content.columns.{name}: its column is mapped as {field}, which is never content")]
    IdentifierAsContent {
        /// Name of the content column.
        name: String,
        /// Field that the column is mapped to.
        field: &'static str,
    },
    /// `event_date` does not name a date column.
    #[error("content.event_date: does not name a content column of type date")]
    EventDate,
    /// A date format that cannot be read.
    #[error("{key}: {rule}")]
    DateFormat {
        /// Key, with its tables.
        key: String,
        /// What a format takes.
        rule: &'static str,
    },
    /// `%y` without the year that decides the century.
    #[error("{key}: a format has %y but pivot_year is not given")]
    PivotYear {
        /// Key, with its tables.
        key: String,
    },
    /// More attributes than a record has room for.
    #[error("fields: more than {attributes_max} attributes are mapped")]
    AttributeLimit {
        /// Most attributes.
        attributes_max: usize,
    },
    /// A table of codes that the content names is neither given nor known.
    #[error("content: there is no table of codes {name}")]
    CodesMissing {
        /// Name of the table.
        name: String,
    },
    /// A table of codes that cannot be used.
    #[error("table of codes {name}, line {line}: {rule}")]
    Codes {
        /// Name of the table.
        name: String,
        /// Line, from 1.
        line: usize,
        /// What a table takes.
        rule: &'static str,
    },
    /// A mapped column is not in the header.
    #[error("{key}: the export has no column {column:?}")]
    ColumnMissing {
        /// Key, with its tables.
        key: String,
        /// Column as the mapping names it.
        column: String,
        /// The column of the header that may have been meant.
        suggestion: Option<String>,
    },
    /// A mapped column stands in the header more than once.
    #[error("{key}: the export has more than one column {column:?}")]
    ColumnAmbiguous {
        /// Key, with its tables.
        key: String,
        /// Column as the mapping names it.
        column: String,
    },
}

impl MappingError {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "mapping-too-large",
            Self::Syntax { .. } => "mapping-syntax",
            Self::UnknownKey { .. } => "mapping-unknown-key",
            Self::Value { .. } => "mapping-value",
            Self::NoName { .. } => "mapping-no-name",
            Self::NameExclusive { .. } => "mapping-name-exclusive",
            Self::IdentifierAsContent { .. } => "mapping-identifier-as-content",
            Self::EventDate => "mapping-event-date",
            Self::DateFormat { .. } => "mapping-date-format",
            Self::PivotYear { .. } => "mapping-pivot-year",
            Self::AttributeLimit { .. } => "mapping-attribute-limit",
            Self::CodesMissing { .. } => "mapping-codes-missing",
            Self::Codes { .. } => "mapping-codes",
            Self::ColumnMissing { .. } => "mapping-column-missing",
            Self::ColumnAmbiguous { .. } => "mapping-column-ambiguous",
        }
    }

    /// What to do about it, in one sentence.
    pub fn help(&self) -> String {
        match self {
            Self::TooLarge { .. } => "give the mapping file, not the export".into(),
            Self::Syntax { .. } => "correct the line; the mapping is TOML".into(),
            Self::UnknownKey { key, .. } if key == "attribute" => {
                "write the key in quotes: \"attribute.county\" = \"COUNTY\"".into()
            }
            Self::UnknownKey { suggestion: Some(known), .. } => format!("did you mean {known}?"),
            Self::UnknownKey { .. } => "remove the key; unknown keys are not ignored".into(),
            Self::Value { .. } => "change the value".into(),
            Self::NoName { .. } => "map name, or first and last".into(),
            Self::NameExclusive { .. } => "map either the whole name or its parts, not both".into(),
            Self::IdentifierAsContent { .. } => {
                "remove it from content; evaluators never receive identifiers".into()
            }
            Self::EventDate => "name a column of [content.columns] with type = \"date\"".into(),
            Self::DateFormat { .. } => {
                "use %Y or %y, %m or %b, %d once each, for instance \"%m/%d/%Y\", or \"excel\""
                    .into()
            }
            Self::PivotYear { .. } => {
                "add pivot_year, the last year that a two-digit year can mean".into()
            }
            Self::AttributeLimit { .. } => "keep the attributes that change least".into(),
            Self::CodesMissing { name } => {
                format!("put {name}.toml beside the mapping, or name ca-offences")
            }
            Self::Codes { .. } => {
                "correct the entry; times of one statute go from valid_from to the day before valid_to"
                    .into()
            }
            Self::ColumnMissing { suggestion: Some(known), .. } => {
                format!("did you mean the column {known:?}?")
            }
            Self::ColumnMissing { .. } => {
                "check that the first row of the export holds column names".into()
            }
            Self::ColumnAmbiguous { .. } => "rename one of the columns in the export".into(),
        }
    }
}

/// Least similarity (Jaro-Winkler) of a name offered as the one that was meant.
const SUGGESTION_SIMILARITY_MIN: f64 = 0.8;

/// The candidate nearest to `name`, if one is near; the first of equals.
pub(super) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let name = name.to_lowercase();
    let mut best = None;
    let mut best_similarity = SUGGESTION_SIMILARITY_MIN;
    for candidate in candidates {
        let similarity = strsim::jaro_winkler(&name, &candidate.to_lowercase());
        if similarity > best_similarity {
            best = Some(candidate);
            best_similarity = similarity;
        }
    }
    best
}
