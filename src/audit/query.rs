//! Finds entries by any field, newest first, a page at a time.

use rusqlite::{Connection, OptionalExtension as _, StatementStatus, ToSql};

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

/// Entries among which is searched at a time.
const PIECE_ENTRIES: u64 = 20_000;
/// Steps of the database's machine that a search takes before it says how far it came; some tenths of a second of a search by what
/// many entries have in common.
const STEPS_MAX: u64 = 400_000;

/// Some entries, newest first, and how far was looked for them.
#[derive(Clone, Debug)]
pub struct Found {
    /// The entries.
    pub entries: Vec<Entry>,
    /// What to put into [`Filter::below`] to go on; `None` at the end.
    pub next_below: Option<u64>,
    /// Whether the search stopped before it had filled its page or come to the end.
    pub is_cut: bool,
}

/// At most `entries_max` entries that fit.
///
/// # Errors
/// As SQLite says.
pub fn query(connection: &Connection, filter: &Filter, entries_max: u32) -> rusqlite::Result<Page> {
    let mut steps = 0;
    // One more than asked for tells whether there is a next page.
    let wanted = u64::from(entries_max) + 1;
    let mut entries = select(connection, filter, 1, wanted, &mut steps)?;
    let more = entries.len() > entries_max as usize;
    entries.truncate(entries_max as usize);
    let next_below = if more { entries.last().map(|entry| entry.seq) } else { None };
    Ok(Page { entries, next_below })
}

/// The same within a limited time, however long the log is: where few of many entries fit, what was found so far is given, and
/// from where to go on.
///
/// # Errors
/// As SQLite says.
pub fn search(
    connection: &Connection,
    filter: &Filter,
    entries_max: u32,
) -> rusqlite::Result<Found> {
    let last = super::head(connection)?.map_or(0, |head| head.seq);
    let most = entries_max as usize;
    // Time never goes back in the log: a span of time is a span of numbers.
    let first_at = |at: Option<Timestamp>, none| match at {
        Some(at) => first_at(connection, at).map(|seq| seq.unwrap_or(last + 1)),
        None => Ok(none),
    };
    let first = first_at(filter.from, 1)?;
    let mut below = filter.below.unwrap_or(u64::MAX).min(first_at(filter.until, last + 1)?);
    let (mut entries, mut steps) = (Vec::new(), 0);
    while below > first && entries.len() <= most && steps < STEPS_MAX {
        let from = below.saturating_sub(PIECE_ENTRIES).max(first);
        let piece = Filter { below: Some(below), from: None, until: None, ..filter.clone() };
        let wanted = (most + 1 - entries.len()) as u64;
        entries.extend(select(connection, &piece, from, wanted, &mut steps)?);
        below = from;
    }
    if entries.len() > most {
        entries.truncate(most);
        let next_below = entries.last().map(|entry| entry.seq);
        return Ok(Found { entries, next_below, is_cut: false });
    }
    let is_cut = below > first;
    Ok(Found { entries, next_below: is_cut.then_some(below), is_cut })
}

/// Number of the first entry that is not before a time; `None` if all are.
///
/// # Errors
/// As SQLite says.
pub fn first_at(connection: &Connection, at: Timestamp) -> rusqlite::Result<Option<u64>> {
    let sql = "SELECT seq FROM audit_entry WHERE at >= ?1 ORDER BY at, seq LIMIT 1";
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_row([at.to_string()], |row| row.get(0)).optional()
}

/// Entries from number `from` on that fit, at most `most`; `steps` grows by what it took to find them.
fn select(
    connection: &Connection,
    filter: &Filter,
    from: u64,
    most: u64,
    steps: &mut u64,
) -> rusqlite::Result<Vec<Entry>> {
    let mut sql = String::from("SELECT seq, body, hash FROM audit_entry WHERE 1");
    let mut values: Vec<Box<dyn ToSql>> = Vec::new();
    if filter.outcome.is_some_and(|outcome| outcome != Outcome::Ok) {
        // So that the database sees that the index of what was refused or broke is enough.
        sql.push_str(" AND outcome <> 'ok'");
    }
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
    fit("seq >=", Box::new(from));
    fit("seq > 0 ORDER BY seq DESC LIMIT", Box::new(most));
    let mut statement = connection.prepare_cached(&sql)?;
    let entries = {
        let parameters = rusqlite::params_from_iter(values);
        let rows = statement.query_map(parameters, |row| {
            Ok(Entry { seq: row.get(0)?, body: row.get(1)?, hash: row.get(2)? })
        })?;
        rows.collect::<rusqlite::Result<Vec<_>>>()?
    };
    let taken = statement.reset_status(StatementStatus::VmStep);
    *steps += u64::try_from(taken).unwrap_or(0);
    Ok(entries)
}
