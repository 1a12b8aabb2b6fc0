//! Takes an account, gives everything that it touched as the log tells it, for whoever looks into an incident.
//!
//! An account with a longer trace than [`ENTRIES_MAX`] is summed up over its last entries, and the trace says so; the list of its
//! entries goes all the way back.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _};

use super::answers::Logged;

/// Last entries of an account that are summed up.
pub const ENTRIES_MAX: u32 = 10_000;

/// Work on one kind of thing.
#[derive(Clone, Debug)]
pub struct Touched {
    /// Entries.
    pub entries: u64,
    /// Things, each once.
    pub objects: u64,
    /// When first.
    pub first: String,
    /// When last.
    pub last: String,
}

/// A session, or what was done without one.
#[derive(Clone, Debug)]
pub struct Sat {
    /// Addresses from which something was asked in it.
    pub addresses: Vec<String>,
    /// Entries.
    pub entries: u64,
    /// When first.
    pub first: String,
    /// When last.
    pub last: String,
}

/// What an account touched.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// Entries that were summed up.
    pub entries: u64,
    /// Whether there are older ones.
    pub is_cut: bool,
    /// By kind of thing and kind of entry.
    pub touched: BTreeMap<(String, String), Touched>,
    /// By session; empty where a program's token or nobody was named. In the order in which they began.
    pub sessions: Vec<(String, Sat)>,
    /// Downloads, the latest first.
    pub downloads: Vec<Logged>,
    /// What was refused or broke, the latest first.
    pub refusals: Vec<Logged>,
}

/// The trace of an account.
///
/// # Errors
/// As SQLite says.
pub fn trace(connection: &Connection, account: &str) -> rusqlite::Result<Trace> {
    let sql = "SELECT body FROM audit_entry WHERE actor = ?1 ORDER BY seq DESC LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(rusqlite::params![account, ENTRIES_MAX + 1])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.extend(serde_json::from_str::<Logged>(row.get_ref(0)?.as_str()?));
    }
    let mut trace = Trace { is_cut: all.len() > ENTRIES_MAX as usize, ..Trace::default() };
    all.truncate(ENTRIES_MAX as usize);
    trace.entries = all.len() as u64;
    let mut objects: BTreeMap<(String, String), std::collections::BTreeSet<String>> =
        BTreeMap::new();
    let mut sessions: BTreeMap<String, Sat> = BTreeMap::new();
    // From the oldest on, so that what comes later only moves the end.
    for it in all.iter().rev() {
        let what = it.object_kind.clone().unwrap_or_default();
        let touched = trace.touched.entry((what.clone(), it.kind.clone()));
        let touched = touched.or_insert_with(|| Touched {
            entries: 0,
            objects: 0,
            first: it.at.clone(),
            last: String::new(),
        });
        touched.entries += 1;
        touched.last.clone_from(&it.at);
        if let Some(object) = &it.object
            && objects.entry((what, it.kind.clone())).or_default().insert(object.clone())
        {
            touched.objects += 1;
        }
        let sat = sessions.entry(it.session.clone().unwrap_or_default());
        let sat = sat.or_insert_with(|| Sat {
            addresses: Vec::new(),
            entries: 0,
            first: it.at.clone(),
            last: String::new(),
        });
        sat.entries += 1;
        sat.last.clone_from(&it.at);
        sat.addresses
            .extend(it.source_address.clone().filter(|address| !sat.addresses.contains(address)));
    }
    trace.sessions = sessions.into_iter().collect();
    trace.sessions.sort_by(|(_, one), (_, other)| other.first.cmp(&one.first));
    trace.downloads = all.iter().filter(|it| it.kind == "release-downloaded").cloned().collect();
    trace.refusals = all.into_iter().filter(|it| it.outcome != "ok").collect();
    Ok(trace)
}

/// Id and name of an account, by either.
///
/// # Errors
/// As SQLite says.
pub fn account(connection: &Connection, text: &str) -> rusqlite::Result<Option<(String, String)>> {
    let sql = "SELECT id, name FROM account WHERE id = ?1 OR name = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_row([text], |row| Ok((row.get(0)?, row.get(1)?))).optional()
}
