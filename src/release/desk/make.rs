//! Makes a release's tables of a run's result and the content of its submissions.

use std::collections::BTreeSet;
use std::io::Read;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use tallystick_dataset::{Table, Ticker};
use tallystick_disclosure::{Checked, Policy};
use tallystick_study::content::RowCounts;
use tallystick_study::tables::FlowStep;
use tallystick_wire::Submission;

use super::linkage::{self, PersonLink};
use super::{DeskError, Plan};
use crate::agreements::{self, Action};
use crate::ids::{AgencyId, PersonId, ProjectId};
use crate::intake::StoredSubmission;
use crate::link::open_content;
use crate::persons;
use crate::release::study::{self, Opened};
use crate::release::{ReleaseError, ReleaseLimits};
use crate::runs::{self, Run};
use crate::store::StoreError;
use crate::unit::Unit;

/// Asks whether to go on.
pub(super) struct Halting<'a>(pub(super) &'a dyn Fn() -> bool);

/// What tables are made of.
pub(super) struct Making<'a> {
    pub(super) unit: &'a Unit,
    pub(super) run: &'a Run,
    pub(super) plan: &'a Plan,
    /// Persons of the smallest cell that the licences permit.
    pub(super) minimum_cell: Option<u64>,
}

/// Tables that nobody has checked yet.
pub(super) struct Made {
    pub(super) tables: Vec<Table>,
    pub(super) facts: Facts,
}

impl Making<'_> {
    /// The study's policy, and no smaller cell than the licences permit.
    pub(super) fn policy(&self) -> Policy {
        let mut policy = self.plan.policy.clone();
        let cell = self.minimum_cell.and_then(|cell| u32::try_from(cell).ok()).unwrap_or(0);
        policy.k = policy.k.max(cell);
        policy
    }

    /// Makes the tables.
    pub(super) fn tables(&self, halting: &Halting<'_>) -> Result<Made, DeskError> {
        let linked = runs::open_result(self.unit, self.run.id)?;
        let ids = persons::ids_of(self.unit, self.run.id)?;
        if ids.len() != linked.person_count as usize {
            return Err(StoreError::Corrupt { table: "run_persons", column: "ids" }.into());
        }
        let submissions = self.submissions()?;
        let opened = self.open(&linked, &submissions, halting)?;
        let (opened, left_out) = self.permitted(opened)?;
        let study_ids = study_ids(self.unit, self.run.project, &ids)?;
        let made = study::tables(&self.plan.study, &linked, &opened, &study_ids)?;
        drop(opened);
        if (halting.0)() {
            return Err(DeskError::Stopping);
        }
        let mut notes = made.notes;
        if left_out > 0 {
            notes.push(format!(
                "{left_out} content columns are not among those that the agreements of their sources permit; they are not used."
            ));
        }
        let has_provider = submissions.iter().any(|submission| {
            submission.header().source_type == tallystick_wire::SourceType::Provider
        });
        let links = linkage::links(&linked, &made.persons);
        let sources = linked.sources.iter().map(|source| source.source.to_string()).collect();
        let report = runs::open_report(self.unit, self.run.id)?;
        let corrupt = || StoreError::Corrupt { table: "run", column: "report" };
        let linkage = serde_json::from_str(&report).map_err(|_| corrupt())?;
        let facts = Facts {
            flow: made.flow,
            rows: made.rows,
            notes,
            has_provider,
            links,
            sources,
            linkage,
        };
        Ok(Made { tables: made.tables, facts })
    }

    fn submissions(&self) -> Result<Vec<Submission<StoredSubmission>>, DeskError> {
        let ids = self.run.sources.iter().map(|source| source.submission);
        Ok(runs::open_submissions(self.unit, ids)?)
    }

    fn open(
        &self,
        linked: &crate::release::contract::Linked,
        submissions: &[Submission<StoredSubmission>],
        halting: &Halting<'_>,
    ) -> Result<Opened, DeskError> {
        let mut contents: Vec<(usize, Box<dyn Read + '_>)> = Vec::new();
        for (source, submission) in submissions.iter().enumerate() {
            if let Some(opened) = open_content(&self.unit.release_keys, submission)? {
                contents.push((source, opened));
            }
        }
        let rows_max = self.unit.config.limits.content_rows_max;
        let limits = ReleaseLimits { rows_max, ..ReleaseLimits::default() };
        let mut ticker = Ticker::new(&|_| {}, halting.0);
        match study::open(linked, contents, &limits, &mut ticker) {
            Err(ReleaseError::Cancelled) => Err(DeskError::Stopping),
            other => Ok(other?),
        }
    }

    /// Leaves out columns that the agreements of a source do not permit; gives their number.
    fn permitted(&self, mut opened: Opened) -> Result<(Opened, usize), DeskError> {
        let mut left_out = 0;
        for (place, source) in self.run.sources.iter().enumerate() {
            let submission = source.submission;
            let allowed = self.unit.store.read(|connection| {
                let sql = "SELECT agency FROM submission WHERE id = ?1";
                let agency: AgencyId =
                    connection.prepare_cached(sql)?.query_row([submission], |row| row.get(0))?;
                let action = Action::Upload { agency, project: self.run.project };
                let now = self.unit.store.now();
                let permit = agreements::permit(connection, now, &action)?;
                Ok::<_, DeskError>(permit.map_err(DeskError::NotPermitted)?.content)
            })?;
            if let agreements::Content::Only(names) = allowed {
                left_out += opened.keep_columns(place, &names);
            }
        }
        Ok((opened, left_out))
    }

    /// Checks tables. An arm of a few persons is no cohort, however alike they are made.
    pub(super) fn check(&self, tables: Vec<Table>) -> Result<Checked, DeskError> {
        let policy = self.policy();
        let checked = tallystick_disclosure::check(tables, &policy).map_err(DeskError::Refused)?;
        let mut cohorts = checked.report().sensitive.iter().flat_map(|column| &column.cohorts);
        let is_small = cohorts.any(|persons| (1..u64::from(policy.k)).contains(persons));
        if is_small { Err(DeskError::CohortSmall { k: policy.k }) } else { Ok(checked) }
    }

    /// Makes and checks the tables.
    pub(super) fn checked(&self, halting: &Halting<'_>) -> Result<(Checked, Facts), DeskError> {
        let Made { tables, facts } = self.tables(halting)?;
        Ok((self.check(tables)?, facts))
    }
}

/// What is known besides the tables.
pub(super) struct Facts {
    pub(super) flow: Vec<FlowStep>,
    pub(super) rows: RowCounts,
    pub(super) notes: Vec<String>,
    /// Whether a provider's records are among them.
    pub(super) has_provider: bool,
    /// What is known of each person's linkage, in the order of the person table.
    pub(super) links: Vec<PersonLink>,
    /// Names of the sources.
    pub(super) sources: Vec<String>,
    /// The report of the run, for programs.
    pub(super) linkage: serde_json::Value,
}

/// A key of one project, derived from the unit's: another project has another, and neither is known from the other.
pub(super) fn project_key(unit: &Unit, project: ProjectId, purpose: &[u8]) -> [u8; 32] {
    let key = &*unit.release_keys.study_id_key;
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(b"tallystick release v1\0");
    mac.update(purpose);
    mac.update(&[0]);
    mac.update(&project.to_bytes());
    mac.finalize().into_bytes().into()
}

/// `HMAC-SHA-256[key of the project](person)`, first 8 bytes, of each person's random id.
///
/// A person keeps the id from release to release of one project. Ids of two projects cannot be joined without the unit's key.
fn study_ids(unit: &Unit, project: ProjectId, persons: &[PersonId]) -> Result<Vec<u64>, DeskError> {
    let key = project_key(unit, project, b"study id");
    let keyed = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes keys of any length");
    let id = |person: &PersonId| {
        let mut mac = keyed.clone();
        mac.update(&person.to_bytes());
        let digest = mac.finalize().into_bytes();
        u64::from_be_bytes(std::array::from_fn(|place| digest[place]))
    };
    let ids: Vec<u64> = persons.iter().map(id).collect();
    let distinct: BTreeSet<u64> = ids.iter().copied().collect();
    if distinct.len() == ids.len() { Ok(ids) } else { Err(ReleaseError::IdCollision.into()) }
}

/// SHA-256 over all tables: names, sizes, columns with their words, cells as they stand in CSV, each with its length before it.
pub(super) fn hash(tables: &[Table]) -> [u8; 32] {
    fn put(hash: &mut Sha256, bytes: &[u8]) {
        let length = u64::try_from(bytes.len()).expect("addresses have at most 64 bits");
        hash.update(length.to_le_bytes());
        hash.update(bytes);
    }
    let mut hash = Sha256::new();
    let mut cell = Vec::new();
    for table in tables {
        put(&mut hash, table.name.as_bytes());
        put(&mut hash, table.rows.to_string().as_bytes());
        for column in &table.columns {
            for words in [&column.name, &column.label, &column.derivation] {
                put(&mut hash, words.as_bytes());
            }
        }
        for row in 0..table.rows {
            for column in &table.columns {
                cell.clear();
                // A text is never taken for a reason why there is none.
                cell.push(u8::from(column.values.is_missing(row)));
                column.values.write_cell(row, &mut cell);
                put(&mut hash, &cell);
            }
        }
    }
    hash.finalize().into()
}
