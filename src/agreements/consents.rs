//! Consents of a provider's clients: a snapshot for each project, and whom a run leaves out because of it.
//!
//! A client is named by the handle of the submission, a keyed hash that only the provider can undo. What a provider's DSA
//! says decides what silence means: where rows are disclosed by consent, whoever is not in the snapshot is left out; where
//! they are disclosed for research or audit, whoever is not named as revoked or over stays in (42 CFR 2.31, 2.52, 2.53).

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension as _, params};
use sha2::{Digest as _, Sha256};
use tallystick_wire::Handle;

use super::agreement::Terms;
use super::stored::{Wanted, in_order};
use super::taken_back::stored;
use super::terms::{Basis, Day};
use super::{Action, AgreementError, Clause, permit};
use crate::accounts::Uploader;
use crate::audit::{Event, EventKind};
use crate::clock::Timestamp;
use crate::ids::{AgencyId, ProjectId, unhex};
use crate::runs;
use crate::store::Act;
use crate::unit::Unit;

/// First line of a snapshot as CSV.
const COLUMNS: [&str; 4] = ["handle", "basis", "valid_until", "revoked"];

/// One client's consent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Consent {
    /// By what the rows are disclosed.
    pub basis: Basis,
    /// The last day; `None` where it has no end.
    pub valid_until: Option<Day>,
    /// Whether it was taken back.
    pub is_revoked: bool,
}

impl Consent {
    /// Whether it holds on a day.
    #[must_use]
    pub fn holds(&self, today: Day) -> bool {
        !self.is_revoked && self.valid_until.is_none_or(|last| today <= last)
    }
}

/// All consents of a provider for a project, each client once.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Snapshot(pub(super) BTreeMap<[u8; 16], Consent>);

/// Why a snapshot is not one.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SnapshotError {
    /// The first line is not the columns' names.
    #[error("line 1: the columns are handle,basis,valid_until,revoked")]
    Columns,
    /// A line is not of its form.
    #[error("line {line}: {column} is not of its form")]
    Cell {
        /// Line from 1.
        line: u64,
        /// Column.
        column: &'static str,
    },
    /// A client stands there twice.
    #[error("line {line}: the handle stands in an earlier line")]
    Twice {
        /// Line from 1.
        line: u64,
    },
}

impl Snapshot {
    /// Reads CSV with the columns `handle,basis,valid_until,revoked`: 32 lower-case hex digits; consent, research or
    /// audit; YYYY-MM-DD or nothing; true or false.
    ///
    /// # Errors
    /// [`SnapshotError`], with the line.
    pub fn of_csv(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let mut reader = csv::ReaderBuilder::new().from_reader(bytes);
        let header = reader.headers().map_err(|_| SnapshotError::Columns)?;
        if !header.iter().eq(COLUMNS) {
            return Err(SnapshotError::Columns);
        }
        let mut snapshot = Self::default();
        for (line, record) in (2..).zip(reader.records()) {
            let record = record.map_err(|_| SnapshotError::Cell { line, column: "the line" })?;
            let cell = |index: usize| record.get(index).unwrap_or_default();
            let text = |index: usize| Some(cell(index)).filter(|text| !text.is_empty());
            let revoked = match cell(3) {
                "true" => true,
                "false" => false,
                _ => return Err(SnapshotError::Cell { line, column: "revoked" }),
            };
            snapshot.put(line, cell(0), cell(1), text(2), revoked)?;
        }
        Ok(snapshot)
    }

    /// Adds a client; `line` says where it stands.
    ///
    /// # Errors
    /// [`SnapshotError`].
    pub fn put(
        &mut self,
        line: u64,
        handle: &str,
        basis: &str,
        valid_until: Option<&str>,
        is_revoked: bool,
    ) -> Result<(), SnapshotError> {
        let wrong = |column| SnapshotError::Cell { line, column };
        let handle = unhex(handle).ok_or_else(|| wrong("handle"))?;
        let day = |text| Day::parse(text).ok_or_else(|| wrong("valid_until"));
        let consent = Consent {
            basis: Basis::parse(basis).ok_or_else(|| wrong("basis"))?,
            valid_until: valid_until.map(day).transpose()?,
            is_revoked,
        };
        if self.0.insert(handle, consent).is_some() {
            return Err(SnapshotError::Twice { line });
        }
        Ok(())
    }

    /// SHA-256 over its clients in order of their handles, whatever order they came in: handle, code of the basis with a zero
    /// byte, last day as 8 bytes little-endian (-1 for none), and 0 or 1.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        let mut hasher = Sha256::new_with_prefix(b"tallystick/consents/v1\n");
        for (handle, consent) in &self.0 {
            hasher.update(handle);
            hasher.update(consent.basis.as_str());
            hasher.update([0]);
            hasher.update(consent.valid_until.map_or(-1, Day::days).to_le_bytes());
            hasher.update([u8::from(consent.is_revoked)]);
        }
        hasher.finalize().into()
    }

    /// Clients.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Clients by basis, and those revoked or over on a day.
    #[must_use]
    pub fn counts(&self, today: Day) -> Vec<(&'static str, u64)> {
        let count = |fits: &dyn Fn(&Consent) -> bool| {
            self.0.values().filter(|consent| fits(consent)).count() as u64
        };
        vec![
            ("consents", self.0.len() as u64),
            ("basis_consent", count(&|it| it.basis == Basis::Consent)),
            ("basis_research", count(&|it| it.basis == Basis::Research)),
            ("basis_audit", count(&|it| it.basis == Basis::Audit)),
            ("revoked", count(&|it| it.is_revoked)),
            ("expired", count(&|it| !it.is_revoked && !it.holds(today))),
        ]
    }
}

/// Why runs of before are out of date, and runs in work fail.
const CODE: &str = "consents-changed";

/// Enters a provider's snapshot; it takes the place of the one before. Where it takes consents back, runs of before are out of
/// date. Gives its counts.
///
/// # Errors
/// [`AgreementError`]: the agency is no provider, no agreement covers it, the project is not there.
pub fn replace(
    unit: &Unit,
    by: &Uploader,
    project: ProjectId,
    snapshot: &Snapshot,
) -> Result<Vec<(&'static str, u64)>, AgreementError> {
    let event = || Event::new(EventKind::ConsentRecorded, by.actor()).object("consents", project);
    let event = || event().from_address(by.principal().address());
    let result = unit.store.act(|act| {
        let sql = "SELECT source_type = 'provider' FROM agency WHERE id = ?1";
        let is_provider: Option<bool> =
            act.sql().query_row(sql, [by.agency()], |row| row.get(0)).optional()?;
        if is_provider != Some(true) {
            return Err(AgreementError::NotProvider);
        }
        let action = Action::Upload { agency: by.agency(), project };
        let permit = permit(act.sql(), act.now(), &action)?;
        let permit = permit.map_err(AgreementError::NotPermitted)?;
        let today = Day::of(act.now());
        let only_named = by_consent(act.sql(), project, act.now())?.remove(&by.agency());
        let earlier = stored(act.sql(), project, by.agency())?;
        let taken_back = snapshot.takes_back(&earlier, only_named.unwrap_or(true), today);
        write(act, by, project, snapshot)?;
        let taken_out = match taken_back {
            0 => runs::TakenOut::default(),
            _ => runs::rows_taken_out(act, project, by.agency(), CODE)?,
        };
        let counts = snapshot.counts(today);
        let event = event().project(project).under(permit.agreements);
        let event = event
            .digest("snapshot", snapshot.sha256())
            .count("taken_back", taken_back)
            .count("runs_outdated", taken_out.outdated)
            .count("runs_failed", taken_out.failed.len() as u64);
        act.record(&counts.iter().fold(event, |event, (name, count)| event.count(name, *count)))?;
        Ok((counts, taken_out))
    });
    if let Err(error @ (AgreementError::NotProvider | AgreementError::NotPermitted(_))) = &result {
        unit.store.record(&event().project(project).denied(error.code()))?;
    }
    let (counts, taken_out) = result?;
    taken_out.settle(unit);
    Ok(counts)
}

fn write(
    act: &Act<'_>,
    by: &Uploader,
    project: ProjectId,
    snapshot: &Snapshot,
) -> Result<(), AgreementError> {
    let agency = by.agency();
    let sql = "DELETE FROM consent WHERE project = ?1 AND agency = ?2";
    act.sql().execute(sql, params![project, agency])?;
    let sql = "INSERT OR REPLACE INTO consent_snapshot (project, agency, sha256, recorded_at, recorded_by) \
               VALUES (?1, ?2, ?3, ?4, ?5)";
    let account = by.principal().account();
    act.sql().execute(sql, params![project, agency, snapshot.sha256(), act.now(), account])?;
    let sql = "INSERT INTO consent (project, agency, handle, basis, valid_until, is_revoked) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let mut insert = act.sql().prepare_cached(sql)?;
    for (handle, consent) in &snapshot.0 {
        let until = consent.valid_until.map(Day::days);
        let values =
            params![project, agency, handle, consent.basis.as_str(), until, consent.is_revoked];
        insert.execute(values)?;
    }
    Ok(())
}

/// What decides over one provider's clients.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Rule {
    /// Only these stay in.
    Only(BTreeSet<[u8; 16]>),
    /// All but these stay in.
    AllBut(BTreeSet<[u8; 16]>),
}

/// Whom a run of a project leaves out.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Excluded(BTreeMap<AgencyId, Rule>);

impl Excluded {
    /// The clause by which a record is left out; `None` if it stays in. Records of agencies that are no providers stay in.
    #[must_use]
    pub fn clause(&self, agency: AgencyId, handle: Handle) -> Option<Clause> {
        let is_out = match self.0.get(&agency)? {
            Rule::Only(named) => !named.contains(&handle.0),
            Rule::AllBut(named) => named.contains(&handle.0),
        };
        is_out.then_some(Clause::ConsentRevoked)
    }

    /// Agencies some of whose records may be left out.
    pub fn agencies(&self) -> impl Iterator<Item = AgencyId> {
        self.0.keys().copied()
    }
}

/// Whom a run of this project leaves out now: by the providers' agreements in force and their snapshots.
///
/// # Errors
/// As the records fail.
pub fn excluded(
    connection: &Connection,
    project: ProjectId,
    now: Timestamp,
) -> Result<Excluded, AgreementError> {
    let mut excluded = Excluded::default();
    for (agency, by_consent) in by_consent(connection, project, now)? {
        let (holding, others) = sorted(connection, project, agency, Day::of(now))?;
        let rule = if by_consent { Rule::Only(holding) } else { Rule::AllBut(others) };
        excluded.0.insert(agency, rule);
    }
    Ok(excluded)
}

/// Providers of a project under agreements in force, and whether they disclose by consent alone.
fn by_consent(
    connection: &Connection,
    project: ProjectId,
    now: Timestamp,
) -> Result<BTreeMap<AgencyId, bool>, AgreementError> {
    let wanted = Wanted { project: Some(project), ..Wanted::default() };
    let mut by_consent = BTreeMap::new();
    for agreement in in_order(connection, &wanted, u32::MAX)? {
        let is_in_force = agreement.lapse(now).is_none();
        if let Terms::Dsa(dsa) = agreement.terms
            && let Some(basis) = dsa.basis.filter(|_| is_in_force)
        {
            *by_consent.entry(dsa.agency).or_insert(true) &= basis == Basis::Consent;
        }
    }
    Ok(by_consent)
}

type Handles = BTreeSet<[u8; 16]>;

/// Handles whose consent holds on a day, and those whose does not.
fn sorted(
    connection: &Connection,
    project: ProjectId,
    agency: AgencyId,
    today: Day,
) -> Result<(Handles, Handles), AgreementError> {
    let sql = "SELECT handle, is_revoked = 0 AND coalesce(valid_until >= ?3, 1) FROM consent \
               WHERE project = ?1 AND agency = ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![project, agency, today.days()])?;
    let (mut holding, mut others) = (Handles::new(), Handles::new());
    while let Some(row) = rows.next()? {
        let which = if row.get(1)? { &mut holding } else { &mut others };
        which.insert(row.get(0)?);
    }
    Ok((holding, others))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HANDLE: &str = "000102030405060708090a0b0c0d0e0f";

    fn error(csv: &str) -> SnapshotError {
        Snapshot::of_csv(csv.as_bytes()).unwrap_err()
    }

    #[test]
    fn a_snapshot_is_read_and_its_order_is_nothing() {
        let header = "handle,basis,valid_until,revoked\n";
        let other = HANDLE.replace("0f", "ff");
        let (one, two) =
            (format!("{HANDLE},consent,2019-01-01,false\n"), format!("{other},audit,,true\n"));
        let first = Snapshot::of_csv(format!("{header}{one}{two}").as_bytes()).unwrap();
        let second = Snapshot::of_csv(format!("{header}{two}{one}").as_bytes()).unwrap();
        assert_eq!((first.len(), first.sha256()), (2, second.sha256()));
        let counts = |day: &str| -> Vec<u64> {
            let counts = first.counts(Day::parse(day).unwrap());
            counts.into_iter().map(|(_, count)| count).collect()
        };
        assert_eq!(counts("2019-01-01"), [2, 1, 0, 1, 1, 0]);
        assert_eq!(counts("2019-01-02"), [2, 1, 0, 1, 1, 1]);
        let changed = one.replace("false", "true");
        let changed = Snapshot::of_csv(format!("{header}{changed}{two}").as_bytes()).unwrap();
        assert_ne!(changed.sha256(), first.sha256());
        assert!(Snapshot::of_csv(header.as_bytes()).unwrap().is_empty());
    }

    #[test]
    fn what_is_wrong_is_named_by_its_line_without_a_value() {
        let line = |line: &str| error(&format!("handle,basis,valid_until,revoked\n{line}\n"));
        let cell = |column| SnapshotError::Cell { line: 2, column };
        assert_eq!(error("handle,basis\n"), SnapshotError::Columns);
        assert_eq!(line("CANARYBIRD,consent,,false"), cell("handle"));
        assert_eq!(line(&format!("{HANDLE},hunch,,false")), cell("basis"));
        assert_eq!(line(&format!("{HANDLE},consent,01/02/2019,false")), cell("valid_until"));
        assert_eq!(line(&format!("{HANDLE},consent,,perhaps")), cell("revoked"));
        assert_eq!(line(&format!("{HANDLE},consent")), cell("the line"));
        let twice = format!("{HANDLE},consent,,false\n{HANDLE},consent,,true");
        assert_eq!(line(&twice), SnapshotError::Twice { line: 3 });
        assert!(!line("CANARYBIRD,consent,,false").to_string().contains("CANARY"));
    }
}
