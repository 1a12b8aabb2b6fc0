//! Releases of the service: prepared, checked, approved by somebody else, downloaded, out of date; and what the check refuses.

mod canary;
mod desk;
mod linked;
mod oracle;
mod refused;
mod retracted;

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::Context as _;
use tallystick::accounts::{
    Approver, Compliance, Evaluator, NewAccount, Preparer, Principal, Role, Roles,
};
use tallystick::agreements::{self, Day, Dul, Interval, MinimumCell, NewAgreement, Purpose, Terms};
use tallystick::ids::{ReleaseId, RunId};
use tallystick::link::Policy;
use tallystick::release::desk::{self as release, Approval, DeskError, Release, ReleaseState};
use tallystick::runs;
use tallystick_e2e::Synthetic;
use tallystick_synth::{Config as People, Profile as Errors, Source};
use tallystick_wire::Profile;

use super::runs::{NEVER, Office, principal};
use tallystick_e2e::Project;

/// The study that is shipped; it is made for these exports.
const STUDY: &str = include_str!("../../../../config/studies/lead-sf.toml");

const FIVE: [Source; 5] =
    [Source::Police, Source::Court, Source::Prosecutor, Source::Jail, Source::Provider];

/// A unit with a run of all five sources, and everybody whom a release needs.
struct Bureau {
    office: Office,
    project: Project,
    synthetic: Synthetic,
    encoded: Vec<tallystick_e2e::Encoded>,
    run: RunId,
    preparer: Preparer,
    approver: Approver,
    evaluator: Evaluator,
    compliance: Compliance,
}

fn somebody(office: &Office, name: &str, roles: &[Role]) -> anyhow::Result<Principal> {
    let projects = if roles.contains(&Role::Evaluator) { vec![office.project] } else { Vec::new() };
    let new = NewAccount {
        name: name.to_owned(),
        roles: Roles::new(roles.iter().copied())?,
        agency: None,
        projects,
        trained_until: Some(30_000),
    };
    principal(&office.unit, &office.clock, new)
}

impl Bureau {
    fn new(persons: u64, errors: Errors) -> anyhow::Result<Self> {
        let config =
            People { persons, sources: FIVE.to_vec(), profile: errors, ..People::default() };
        let (synthetic, project) = (Synthetic::new(&config)?, Project::new()?);
        let encoded = synthetic.encode(&project, Profile::Standard, &[], "release")?;
        Self::of(synthetic, project, encoded)
    }

    fn of(
        synthetic: Synthetic,
        project: Project,
        encoded: Vec<tallystick_e2e::Encoded>,
    ) -> anyhow::Result<Self> {
        let office = Office::new(&project, &encoded)?;
        let run = office.queue(&Policy::default())?;
        assert_eq!(runs::work(&office.unit, NEVER)?, Some(run));
        let evaluator = somebody(&office, "the.evaluator", &[Role::Evaluator])?;
        let bureau = Self {
            preparer: Preparer::of(&somebody(&office, "the.preparer", &[Role::Preparer])?)?,
            approver: Approver::of(&somebody(&office, "the.approver", &[Role::Approver])?)?,
            compliance: Compliance::of(&somebody(&office, "compliance", &[Role::Compliance])?)?,
            evaluator: Evaluator::of(&evaluator)?,
            office,
            project,
            synthetic,
            encoded,
            run,
        };
        bureau.license(&evaluator)?;
        Ok(bureau)
    }

    fn somebody(&self, name: &str, roles: &[Role]) -> anyhow::Result<Principal> {
        somebody(&self.office, name, roles)
    }

    /// A licence for an evaluator.
    fn license(&self, evaluator: &Principal) -> anyhow::Result<()> {
        let store = &self.office.unit.store;
        let dul = Dul {
            project: self.office.project,
            recipients: BTreeSet::from([evaluator.account()]),
            purposes: BTreeSet::from([Purpose::Evaluation]),
            minimum_cell: MinimumCell::new(11)?,
            retention_until: Day::LAST,
        };
        let interval = Interval::new(Day::of(store.now()), Day::LAST)?;
        let new = NewAgreement { document: [9; 32], interval, terms: Terms::Dul(dul) };
        agreements::record(store, None, &new)?;
        Ok(())
    }

    fn wanted(&self, study: &str) -> release::Wanted {
        release::Wanted { run: self.run, study: study.to_owned(), replaces: None }
    }

    /// Prepares a release and has it checked.
    fn checked(&self, study: &str) -> anyhow::Result<Release> {
        let unit = &self.office.unit;
        let id = release::queue(unit, &self.preparer, &self.wanted(study))?;
        assert_eq!(release::work(unit, &|| false)?, Some(id));
        self.find(id)
    }

    /// The same, approved and bundled.
    fn released(&self, study: &str) -> anyhow::Result<Release> {
        let checked = self.checked(study)?;
        assert_eq!(checked.state, ReleaseState::Checked, "{:?}", checked.report);
        let approve = Approval::Approve { valid_days: None };
        release::decide(&self.office.unit, &self.approver, checked.id, approve)?;
        assert_eq!(release::work(&self.office.unit, &|| false)?, Some(checked.id));
        let released = self.find(checked.id)?;
        assert_eq!(released.state, ReleaseState::Released, "{:?}", released.report);
        Ok(released)
    }

    fn find(&self, id: ReleaseId) -> anyhow::Result<Release> {
        Ok(self.office.unit.store.read(|connection| release::find(connection, id))?)
    }

    /// Downloads a bundle into the project's directory.
    fn download(&self, id: ReleaseId) -> anyhow::Result<PathBuf> {
        use tallystick_wire::ReadAt as _;
        let found = release::download(&self.office.unit, &self.evaluator, id, true)?;
        let mut bytes = vec![0; usize::try_from(found.bundle.bytes)?];
        found.reader.read_exact_at(&mut bytes, 0)?;
        let path = self.project.dir().join(format!("{id}.zip"));
        std::fs::write(&path, bytes)?;
        Ok(path)
    }

    fn public_key(&self) -> anyhow::Result<[u8; 32]> {
        let text = self.office.unit.store.key().public().to_string();
        tallystick::ids::unhex(&text).context("a key in hex")
    }

    /// Entries of the log of a kind: outcome and reason.
    fn logged(&self, kind: &str) -> anyhow::Result<Vec<(String, Option<String>)>> {
        let sql = "SELECT outcome, reason FROM audit_entry WHERE kind = ?1 ORDER BY seq";
        self.office.unit.store.read(|connection| {
            let mut statement = connection.prepare(sql)?;
            let rows = statement.query_map([kind], |row| Ok((row.get(0)?, row.get(1)?)))?;
            anyhow::Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

fn code<T>(result: Result<T, DeskError>) -> &'static str {
    result.err().map_or("", |error| error.code())
}
