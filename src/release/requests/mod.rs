//! What evaluators ask to be changed about a release.
//!
//! Takes one of five kinds and a short text, gives a list that the release desk answers, refuses longer texts and accounts
//! without a licence for the release. The log has kind, length and SHA-256 of a text, never the text: somebody may write of a
//! person in spite of the warning. Texts are erased when the licence's retention ends.

mod error;

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::desk::{self, DeskError};
use crate::accounts::{Evaluator, ReleaseReader};
use crate::agreements::{self, Terms};
use crate::audit::{Actor, Event, EventKind};
use crate::clock::Timestamp;
use crate::ids::{AccountId, ChangeRequestId, ProjectId, ReleaseId};
use crate::store::{Store, StoreError};
pub use error::ChangeError;

/// Characters of a text.
pub const TEXT_CHARACTERS_MAX: usize = 500;
/// Requests of one release that nobody has answered yet.
pub const OPEN_MAX: u64 = 20;

macro_rules! codes {
    ($($(#[$doc:meta])* $type:ident { $($(#[$each:meta])* $name:ident = $text:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum $type { $($(#[$each])* $name,)* }

        impl $type {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The stable code.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The one with this code.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == text)
            }
        }
    )*};
}

codes! {
    /// What is asked for.
    Kind {
        /// A variable that the question needs is not there.
        MissingVariable = "missing-variable",
        /// A window or period is not the one that is needed.
        WrongWindow = "wrong-window",
        /// What does a figure mean?
        Question = "question",
        /// Something looks wrong.
        ErrorFound = "error-found",
        /// The time of the download is over.
        Renewal = "renewal",
    }

    /// How a request stands.
    State {
        /// Nobody has answered.
        Open = "open",
        /// It will be done.
        Accepted = "accepted",
        /// It will not be done.
        Declined = "declined",
        /// It is done.
        Done = "done",
    }
}

/// A request.
#[derive(Clone, Debug)]
pub struct ChangeRequest {
    /// Its id.
    pub id: ChangeRequestId,
    /// Its number among all.
    pub number: u64,
    /// About which release.
    pub release: ReleaseId,
    /// Number of that release.
    pub release_number: u64,
    /// Of which project.
    pub project: ProjectId,
    /// What is asked for.
    pub kind: Kind,
    /// In the evaluator's words; `None` once it was erased.
    pub text: Option<String>,
    /// Who asked.
    pub asked: desk::Decision,
    /// How it stands.
    pub state: State,
    /// What was answered; `None` without an answer or once it was erased.
    pub answer: Option<String>,
    /// Who answered last.
    pub answered: Option<desk::Decision>,
}

/// A text of at most so many characters. Only line breaks are taken of what controls a terminal or a page.
fn text(typed: &str) -> Result<String, ChangeError> {
    let text = typed.replace("\r\n", "\n");
    let text = text.trim();
    let is_plain = text.chars().all(|letter| letter == '\n' || !letter.is_control());
    let fits = (1..=TEXT_CHARACTERS_MAX).contains(&text.chars().count());
    if is_plain && fits { Ok(text.to_owned()) } else { Err(ChangeError::Text) }
}

/// The entry of a text: how long it is. A digest of so short a text would confirm a guess of it for ever.
fn told(event: Event, text: &str) -> Event {
    let characters = u64::try_from(text.chars().count()).expect("addresses have at most 64 bits");
    event.count("characters", characters)
}

const fn counted(kind: Kind) -> &'static str {
    match kind {
        Kind::MissingVariable => "kind_missing_variable",
        Kind::WrongWindow => "kind_wrong_window",
        Kind::Question => "kind_question",
        Kind::ErrorFound => "kind_error_found",
        Kind::Renewal => "kind_renewal",
    }
}

/// Enters a request about a release that the account was a recipient of.
///
/// # Errors
/// [`ChangeError`].
pub fn ask(
    store: &Store,
    by: &Evaluator,
    release: ReleaseId,
    kind: &str,
    typed: &str,
) -> Result<ChangeRequestId, ChangeError> {
    let kind = Kind::parse(kind).ok_or(ChangeError::Kind)?;
    let text = text(typed)?;
    let id = ChangeRequestId::random()?;
    let account = by.principal().account();
    store.act(|act| {
        let found = desk::find(act.sql(), release)?;
        if !by.projects().contains(&found.project) || found.bundle.is_none() {
            return Err(ChangeError::Unknown);
        }
        if !desk::recipients(act.sql(), release)?.contains(&account) {
            return Err(DeskError::NotRecipient.into());
        }
        let sql = "SELECT count(*) FROM change_request WHERE release = ?1 AND state = 'open'";
        let open: u64 = act.sql().query_row(sql, [release], |row| row.get(0))?;
        if open >= OPEN_MAX {
            return Err(ChangeError::TooMany);
        }
        let kept_until = retention(act.sql(), found.project, account)?;
        let sql = "INSERT INTO change_request (id, number, release, kind, text, asked_by, asked_at, kept_until) \
                   SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7 FROM change_request";
        let values = params![id, release, kind.as_str(), text, account, act.now(), kept_until];
        act.sql().execute(sql, values)?;
        let event = Event::new(EventKind::ReleaseChangeAsked, by.actor())
            .object("release", release)
            .project(found.project)
            .count(counted(kind), 1)
            .from_address(by.principal().address());
        act.record(&told(event, &text))?;
        Ok(id)
    })
}

/// Last day on which a licence of the project lets an account hold its releases. Ended licences count: what they gave is held
/// under them.
fn retention(
    connection: &Connection,
    project: ProjectId,
    account: AccountId,
) -> Result<i64, ChangeError> {
    let wanted = agreements::Wanted { project: Some(project), ..agreements::Wanted::default() };
    let all = agreements::in_order(connection, &wanted, u32::MAX)?;
    let days = all.iter().filter_map(|agreement| match &agreement.terms {
        Terms::Dul(dul) if dul.recipients.contains(&account) => Some(dul.retention_until.days()),
        _ => None,
    });
    days.max().ok_or(ChangeError::Desk(DeskError::NotRecipient))
}

/// Enters an answer of the release desk. What was accepted can be done or declined later; else it is closed.
///
/// # Errors
/// [`ChangeError`].
pub fn answer(
    store: &Store,
    by: &ReleaseReader,
    id: ChangeRequestId,
    state: &str,
    typed: &str,
) -> Result<(), ChangeError> {
    let state = State::parse(state).filter(|it| *it != State::Open).ok_or(ChangeError::Kind)?;
    let text = text(typed)?;
    store.act(|act| {
        let found = find(act.sql(), act.now(), by, id)?;
        if by.projects().is_some() {
            return Err(ChangeError::Unknown);
        }
        let is_open = match found.state {
            State::Open => true,
            State::Accepted => state != State::Accepted,
            State::Declined | State::Done => false,
        };
        if !is_open {
            return Err(ChangeError::Closed(found.state.as_str()));
        }
        let sql = "UPDATE change_request SET state = ?2, answer = ?3, answered_by = ?4, answered_at = ?5 WHERE id = ?1";
        let account = by.principal().account();
        act.sql().execute(sql, params![id, state.as_str(), text, account, act.now()])?;
        let reason = match state {
            State::Accepted => "accepted",
            State::Declined => "declined",
            State::Open | State::Done => "done",
        };
        let event = Event::new(EventKind::ReleaseChangeAnswered, by.actor())
            .because(reason)
            .object("release", found.release)
            .project(found.project)
            .from_address(by.principal().address());
        act.record(&told(event, &text))?;
        Ok(())
    })
}

// A text whose time is over is not shown, whether it was erased yet or not.
const COLUMNS: &str = "change_request.id, change_request.number, release, release.number AS release_number, project, kind, \
    CASE WHEN kept_until >= ?1 THEN text END AS text, asked_by, asked_at, change_request.state, \
    CASE WHEN kept_until >= ?1 THEN answer END AS answer, answered_by, answered_at \
    FROM change_request JOIN release ON release.id = change_request.release";

/// A request by its id: one's own, or any for the release desk.
///
/// # Errors
/// [`ChangeError::Unknown`].
pub fn find(
    connection: &Connection,
    now: Timestamp,
    by: &ReleaseReader,
    id: ChangeRequestId,
) -> Result<ChangeRequest, ChangeError> {
    let sql = format!("SELECT {COLUMNS} WHERE change_request.id = ?2");
    let mut statement = connection.prepare_cached(&sql)?;
    let found = statement.query_row(params![now.days(), id], read).optional()?;
    let is_own =
        |it: &ChangeRequest| by.projects().is_none_or(|_| it.asked.by == by.principal().account());
    found.filter(is_own).ok_or(ChangeError::Unknown)
}

/// Requests, newest first, those with a number below `below`: of one release if it is named, one's own for evaluators.
///
/// # Errors
/// As the records fail.
pub fn list(
    connection: &Connection,
    now: Timestamp,
    by: &ReleaseReader,
    (release, state): (Option<ReleaseId>, Option<State>),
    below: Option<u64>,
    most: u32,
) -> Result<Vec<ChangeRequest>, ChangeError> {
    let sql = format!(
        "SELECT {COLUMNS} WHERE (?2 IS NULL OR release = ?2) AND (?3 IS NULL OR change_request.state = ?3) \
         AND (?4 IS NULL OR asked_by = ?4) AND change_request.number < ?5 ORDER BY change_request.number DESC LIMIT ?6"
    );
    let own = by.projects().map(|_| by.principal().account());
    let below = below.map_or(i64::MAX, |number| i64::try_from(number).unwrap_or(i64::MAX));
    let mut statement = connection.prepare_cached(&sql)?;
    let values = params![now.days(), release, state.map(State::as_str), own, below, most];
    let found = statement.query_map(values, read)?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Erases texts whose time is over; gives their number.
///
/// # Errors
/// As the records fail.
pub fn erase_texts(store: &Store) -> Result<u64, StoreError> {
    let sql = "SELECT 1 FROM change_request WHERE kept_until < ?1 AND text IS NOT NULL";
    let today = store.now().days();
    let has_some = store
        .read(|connection| Ok::<_, StoreError>(connection.prepare_cached(sql)?.exists([today])?))?;
    if !has_some {
        return Ok(0);
    }
    store.act(|act| {
        let sql = "UPDATE change_request SET text = NULL, answer = NULL WHERE kept_until < ?1 AND text IS NOT NULL";
        let erased = act.sql().execute(sql, [act.now().days()])?;
        let erased = u64::try_from(erased).expect("addresses have at most 64 bits");
        let event = Event::new(EventKind::ReleaseChangeAnswered, Actor::Unit)
            .because("texts-erased")
            .count("texts", erased);
        act.record(&event)?;
        Ok::<_, StoreError>(erased)
    })
}

fn read(row: &Row<'_>) -> rusqlite::Result<ChangeRequest> {
    let code = |name: &str| row.get::<_, String>(name);
    let answered: Option<AccountId> = row.get("answered_by")?;
    let answered_at: Option<Timestamp> = row.get("answered_at")?;
    Ok(ChangeRequest {
        id: row.get("id")?,
        number: row.get("number")?,
        release: row.get("release")?,
        release_number: row.get("release_number")?,
        project: row.get("project")?,
        kind: Kind::parse(&code("kind")?).ok_or(rusqlite::Error::InvalidQuery)?,
        text: row.get("text")?,
        asked: desk::Decision { by: row.get("asked_by")?, at: row.get("asked_at")? },
        state: State::parse(&code("state")?).ok_or(rusqlite::Error::InvalidQuery)?,
        answer: row.get("answer")?,
        answered: answered.zip(answered_at).map(|(by, at)| desk::Decision { by, at }),
    })
}
