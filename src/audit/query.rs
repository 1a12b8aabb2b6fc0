//! Finds entries by any field, newest first, a page at a time.

use rusqlite::{Connection, ToSql};

use super::entry::Entry;
use super::event::{EventKind, Outcome};
use crate::clock::Timestamp;

/// Which entries are wanted; every field that is set must fit.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
    /// What happened.
    pub kind: Option<EventKind>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// Equal texts, by column: actor, role, agency, session, `source_address`, `object_kind`, object,
    /// `object_sha256`, purpose, project, reason.
    pub equal: Vec<(Column, String)>,
    /// Entries below this number only: the next page.
    pub below: Option<u64>,
}

macro_rules! columns {
    ($($name:ident = $text:literal,)*) => {
        /// A column that can be searched for an equal text.
        #[allow(missing_docs, reason = "the names of the fields of an entry")]
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum Column { $($name,)* }

        impl Column {
            /// All columns.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its name in an entry, and in SQL.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The column with this name.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|column| column.as_str() == text)
            }
        }
    };
}

columns! {
    Actor = "actor",
    Role = "role",
    Agency = "agency",
    Session = "session",
    SourceAddress = "source_address",
    ObjectKind = "object_kind",
    Object = "object",
    ObjectSha256 = "object_sha256",
    Purpose = "purpose",
    Project = "project",
    Reason = "reason",
}

/// Some entries, newest first.
#[derive(Clone, Debug)]
pub struct Page {
    /// The entries.
    pub entries: Vec<Entry>,
    /// What to put into [`Filter::below`] for the next page; `None` at the end.
    pub next_below: Option<u64>,
}

/// At most `entries_max` entries that fit.
///
/// # Errors
/// As SQLite says.
pub fn query(connection: &Connection, filter: &Filter, entries_max: u32) -> rusqlite::Result<Page> {
    let mut sql = String::from("SELECT seq, body, hash FROM audit_entry WHERE 1");
    let mut values: Vec<Box<dyn ToSql>> = Vec::new();
    let mut fit = |clause: &str, value: Box<dyn ToSql>| {
        values.push(value);
        sql.push_str(&format!(" AND {clause} ?{}", values.len()));
    };
    if let Some(from) = filter.from {
        fit("at >=", Box::new(from.to_string()));
    }
    if let Some(until) = filter.until {
        fit("at <", Box::new(until.to_string()));
    }
    if let Some(kind) = filter.kind {
        fit("kind =", Box::new(kind.as_str()));
    }
    if let Some(outcome) = filter.outcome {
        fit("outcome =", Box::new(outcome.as_str()));
    }
    for (column, text) in &filter.equal {
        fit(&format!("{} =", column.as_str()), Box::new(text.clone()));
    }
    if let Some(below) = filter.below {
        fit("seq <", Box::new(below));
    }
    // One more than asked for tells whether there is a next page.
    fit("seq > 0 ORDER BY seq DESC LIMIT", Box::new(u64::from(entries_max) + 1));
    let mut statement = connection.prepare_cached(&sql)?;
    let parameters = rusqlite::params_from_iter(values);
    let rows = statement.query_map(parameters, |row| {
        Ok(Entry { seq: row.get(0)?, body: row.get(1)?, hash: row.get(2)? })
    })?;
    let mut entries = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    let more = entries.len() > entries_max as usize;
    entries.truncate(entries_max as usize);
    let next_below = if more { entries.last().map(|entry| entry.seq) } else { None };
    Ok(Page { entries, next_below })
}
