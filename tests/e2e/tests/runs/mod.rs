//! Runs of the service: what they come to is what offline linking comes to, wherever they are broken off, and one that fails
//! leaves the others as they are.

mod persons;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use age::secrecy::ExposeSecret as _;
use anyhow::Context as _;
use tallystick::accounts::{
    self, Credentials, NewAccount, Operator, Password, Principal, Role, Roles, Uploader,
};
use tallystick::agreements::Basis;
use tallystick::clock::{Clock as _, SetClock, Timestamp};
use tallystick::config::Config;
use tallystick::ids::{ProjectId, RunId, SubmissionId, hex};
use tallystick::intake::{self, Outcome, Received};
use tallystick::keys::{self, ServiceKeys};
use tallystick::link::{Policy, Rule};
use tallystick::runs::{self, Halt, RunState, Wanted};
use tallystick::unit::Unit;
use tallystick_agency::keys::KeyFile;
use tallystick_e2e::{Encoded, Project, Synthetic};
use tallystick_kernels::Kernel;
use tallystick_keyfile::Passphrases;
use tallystick_synth::{Config as People, Source};
use tallystick_wire::{Profile, SourceLabel};

use super::agreed;

const PASSWORD: &str = "marble orchard tin whistle";

/// Nobody breaks a run off.
pub(super) const NEVER: &(dyn Fn(Halt) -> bool + Sync) = &|_| false;

/// A unit with a project, an operator, and submissions of several agencies.
pub(super) struct Office {
    pub(super) directory: tempfile::TempDir,
    pub(super) clock: Arc<SetClock>,
    pub(super) unit: Unit,
    pub(super) operator: Operator,
    pub(super) uploaders: BTreeMap<String, Uploader>,
    pub(super) submissions: BTreeMap<String, SubmissionId>,
    pub(super) project: ProjectId,
}

pub(super) fn open(directory: &tempfile::TempDir, clock: &Arc<SetClock>) -> anyhow::Result<Unit> {
    let keys = ServiceKeys::open(&directory.path().join("unit.keys"), &Passphrases::Absent)?;
    let data = directory.path().join("data");
    Ok(Unit::open(&data, keys, Config::load(None)?, Arc::clone(clock) as _)?)
}

pub(super) fn principal(
    unit: &Unit,
    clock: &SetClock,
    new: NewAccount,
) -> anyhow::Result<Principal> {
    let Unit { store, config, accounts_key, .. } = unit;
    let name = new.name.clone();
    let account = accounts::create(store, None, &new)?;
    let link = accounts::invite(store, None, &config.accounts, account)?;
    let password = || Password::new(PASSWORD.to_owned());
    let uri = accounts::prepare(store, accounts_key, &link, &password())?.to_string();
    accounts::confirm(store, accounts_key, &link, &code(&uri, clock.now())?)?;
    clock.advance_seconds(60);
    let credentials =
        Credentials { name, password: password(), code: code(&uri, clock.now())?.into() };
    let opened = accounts::sign_in(store, accounts_key, &config.accounts, &credentials, None)?;
    let csrf = Some(opened.csrf.as_str());
    Ok(accounts::of_session(store, &config.accounts, &opened.secret, csrf, None)?)
}

fn code(uri: &str, now: Timestamp) -> anyhow::Result<String> {
    let secret = uri.split("secret=").nth(1).and_then(|rest| rest.split('&').next());
    let totp = totp_rs::Builder::new()
        .with_algorithm(totp_rs::Algorithm::SHA1)
        .with_secret(totp_rs::Secret::try_from_base32(secret.context("a secret")?)?)
        .build()?;
    Ok(totp.generate(u64::try_from(now.0 / 1_000)?).to_string())
}

/// Puts the release key to which the project's agencies seal content into the unit's key file.
fn open_for(project: &Project, key_file: &Path) -> anyhow::Result<()> {
    let secret = project.release_key().to_string();
    let text = fs::read_to_string(key_file)?;
    let lines = text.lines().map(|line| {
        if line.starts_with("release_key") {
            format!("release_key = \"{}\"", secret.expose_secret())
        } else {
            line.to_owned()
        }
    });
    Ok(fs::write(key_file, lines.collect::<Vec<_>>().join("\n"))?)
}

impl Office {
    pub(super) fn new(project: &Project, encoded: &[Encoded]) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        let key_file = directory.path().join("unit.keys");
        keys::make(&key_file, None)?;
        open_for(project, &key_file)?;
        let clock = Arc::new(SetClock::new(Timestamp(1_530_707_400_000)));
        let unit = open(&directory, &clock)?;
        let new = |name: &str, role, agency| {
            let (name, roles) = (name.to_owned(), Roles::new([role])?);
            anyhow::Ok(NewAccount {
                name,
                roles,
                agency,
                projects: Vec::new(),
                trained_until: None,
            })
        };
        let operator = principal(&unit, &clock, new("the.operator", Role::Operator, None)?)?;
        let number = KeyFile::read(&project.agency_keys(&encoded[0].source)?)?.keys.project;
        let number = hex(&number.0);
        let id = accounts::record_project(&unit.store, None, "study", &number)?;
        let mut office = Self {
            operator: Operator::of(&operator)?,
            directory,
            clock,
            unit,
            uploaders: BTreeMap::new(),
            submissions: BTreeMap::new(),
            project: id,
        };
        let mut agencies = Vec::new();
        for one in encoded {
            let name = &one.source;
            let agency = accounts::record_agency(&office.unit.store, None, name, name)?;
            agreed::to_upload(&office.unit.store, agency, id, Basis::Research);
            agencies.push(agency);
            let account = new(&format!("the.{name}"), Role::Uploader, Some(agency))?;
            let uploader = Uploader::of(&principal(&office.unit, &office.clock, account)?)?;
            office.uploaders.insert(name.clone(), uploader);
            office.upload(one)?;
        }
        agreed::to_link(&office.unit.store, agencies, id);
        Ok(office)
    }

    fn upload(&mut self, encoded: &Encoded) -> anyhow::Result<()> {
        let bytes = fs::read(&encoded.submission)?;
        let uploader = &self.uploaders[&encoded.source];
        let upload = intake::begin(&self.unit, uploader, bytes.len() as u64)?;
        let mut received = Received::begin(&self.unit, uploader, upload.id, 0)?;
        received.write(&bytes)?;
        received.keep()?;
        let Outcome::Accepted(id) = intake::take(&self.unit, upload.id)? else {
            anyhow::bail!("the submission is refused");
        };
        self.submissions.insert(encoded.source.clone(), id);
        Ok(())
    }

    /// Ends the process, as far as the records know, and starts another.
    pub(super) fn reopened(self) -> anyhow::Result<Self> {
        let Self { directory, clock, unit, .. } = self;
        drop(unit);
        let unit = open(&directory, &clock)?;
        intake::sweep(&unit)?;
        Ok(Self { directory, clock, unit, ..self })
    }

    pub(super) fn queue(&self, policy: &Policy) -> anyhow::Result<RunId> {
        let policy = policy.clone();
        let wanted = Wanted { project: self.project, submissions: None, policy };
        Ok(runs::queue(&self.unit, &self.operator, &wanted)?)
    }

    pub(super) fn run(&self, id: RunId) -> anyhow::Result<runs::Run> {
        Ok(self.unit.store.read(|connection| runs::find(connection, id))?)
    }

    fn state(&self, id: RunId) -> anyhow::Result<(RunState, Option<String>)> {
        let run = self.run(id)?;
        Ok((run.state, run.failure))
    }

    fn files(&self) -> anyhow::Result<usize> {
        Ok(fs::read_dir(self.unit.store.segments())?.count())
    }
}

pub(super) struct City {
    pub(super) project: Project,
    pub(super) encoded: Vec<Encoded>,
}

pub(super) fn city(sources: &[Source], persons: u64) -> anyhow::Result<City> {
    let config = People { persons, sources: sources.to_vec(), ..People::default() };
    let (synthetic, project) = (Synthetic::new(&config)?, Project::new()?);
    let encoded = synthetic.encode(&project, Profile::Standard, &[], "run")?;
    Ok(City { project, encoded })
}

const THREE: [Source; 3] = [Source::Police, Source::Court, Source::Provider];

fn submissions(encoded: &[Encoded]) -> Vec<PathBuf> {
    encoded.iter().map(|one| one.submission.clone()).collect()
}

fn one_to_one() -> anyhow::Result<Policy> {
    let label = |name| SourceLabel::parse(name).context("a label");
    Ok(Policy::new([(label("police")?, label("court")?, Rule::OneToOne)])?)
}

#[test]
fn a_run_is_what_offline_linking_is() -> anyhow::Result<()> {
    let cases = [
        (&THREE[..], Policy::default(), &[][..]),
        (&THREE[..2], one_to_one()?, &[("police", "court")][..]),
    ];
    for (sources, policy, pairs) in cases {
        let City { project, encoded } = city(sources, 200)?;
        let offline = project.link(&submissions(&encoded), pairs, Kernel::detect(), "offline")?;
        let office = Office::new(&project, &encoded)?;
        let id = office.queue(&policy)?;
        assert_eq!(runs::work(&office.unit, NEVER)?, Some(id));
        let run = office.run(id)?;
        assert_eq!((run.state, run.failure), (RunState::Finished, None));
        assert_eq!(run.digest, Some(offline.summary.result.0));
        let report = runs::open_report(&office.unit, id)?;
        assert_eq!(report, fs::read_to_string(offline.dir.join("linkage_report.json"))?);
        let page = runs::open_page(&office.unit, id)?;
        assert_eq!(page, fs::read_to_string(offline.dir.join("linkage_report.html"))?);
        let mut clusters = "source,handle,person,strict,loose\n".to_owned();
        for source in runs::open_result(&office.unit, id)?.sources {
            let rows = source.handles.iter().zip(&source.person).zip(&source.strict);
            for (((handle, person), strict), loose) in rows.zip(&source.loose) {
                clusters
                    .push_str(&format!("{},{handle},{person},{strict},{loose}\n", source.source));
            }
        }
        assert_eq!(clusters, fs::read_to_string(&offline.clusters)?);
        let summary: serde_json::Value = serde_json::from_str(&run.summary.context("a summary")?)?;
        assert_eq!(summary["counts"]["persons"], offline.summary.persons);
        let links = &summary["links"];
        let steps = ["exact_id", "deterministic", "probabilistic", "indirect", "manual"];
        let steps: Option<u64> = steps.iter().map(|step| links[step].as_u64()).sum();
        assert_eq!(steps, summary["counts"]["pairs_accepted"].as_u64());
    }
    Ok(())
}

#[test]
fn a_run_that_is_broken_off_after_any_pass_comes_to_the_same() -> anyhow::Result<()> {
    for (sources, policy) in [(&THREE[..], Policy::default()), (&THREE[..2], one_to_one()?)] {
        let City { project, encoded } = city(sources, 60)?;
        let mut office = Office::new(&project, &encoded)?;
        let unbroken = office.queue(&policy)?;
        runs::work(&office.unit, NEVER)?;
        let expected = office.run(unbroken)?.digest;
        let files = office.files()?;
        let mut passes = 0;
        loop {
            let id = office.queue(&policy)?;
            let ended = runs::work(&office.unit, &|halt| halt.passes >= passes)?;
            if ended.is_some() {
                break;
            }
            assert_eq!(office.state(id)?.0, RunState::Running, "after {passes}");
            assert_eq!(office.files()?, files + 5 * passes + passes, "after {passes}");
            office = office.reopened()?;
            assert_eq!(runs::work(&office.unit, NEVER)?, Some(id), "after {passes}");
            assert_eq!(office.run(id)?.digest, expected, "after {passes}");
            passes += 1;
        }
        assert!(passes > 10, "{passes} passes");
    }
    Ok(())
}

/// Broken off again and again, a run goes on each time where it was.
#[test]
fn a_run_goes_on_after_its_last_finished_pass() -> anyhow::Result<()> {
    let City { project, encoded } = city(&THREE[..2], 60)?;
    let mut office = Office::new(&project, &encoded)?;
    let unbroken = office.queue(&Policy::default())?;
    runs::work(&office.unit, NEVER)?;
    let id = office.queue(&Policy::default())?;
    let mut passes = 1;
    while runs::work(&office.unit, &|halt| halt.passes >= passes)?.is_none() {
        office = office.reopened()?;
        passes += 1;
    }
    assert!(passes > 10, "{passes} passes");
    assert_eq!(office.run(id)?.digest, office.run(unbroken)?.digest);
    let sql = "SELECT count(*) FROM audit_entry WHERE kind = 'run-started' AND reason = 'resumed'";
    let resumed: usize = office.unit.store.read(|connection| {
        anyhow::Ok(connection.query_row(sql, [], |row| row.get::<_, u32>(0))? as usize)
    })?;
    assert_eq!(resumed, passes - 1);
    Ok(())
}

#[test]
fn a_run_that_breaks_or_is_ended_leaves_the_others_as_they_are() -> anyhow::Result<()> {
    let City { project, encoded } = city(&THREE[..2], 60)?;
    let office = Office::new(&project, &encoded)?;
    let files = office.files()?;
    let [first, second, third] =
        [(); 3].map(|()| office.queue(&Policy::default()).expect("there is room"));
    runs::cancel(&office.unit, &office.operator, second)?;
    let broken = runs::work(&office.unit, &|halt| {
        assert!(halt.passes < 2, "a fault of the program");
        false
    });
    assert_eq!(broken?, Some(first));
    assert_eq!(office.state(first)?, (RunState::Failed, Some("run-panicked".to_owned())));
    assert_eq!(office.state(second)?, (RunState::Cancelled, None));
    let is_asked = AtomicBool::new(false);
    let cancelled = runs::work(&office.unit, &|halt| {
        if halt.passes == 3 && !is_asked.swap(true, Ordering::Relaxed) {
            runs::cancel(&office.unit, &office.operator, third).expect("it runs");
        }
        false
    });
    assert_eq!(cancelled?, Some(third));
    assert_eq!(office.state(third)?, (RunState::Cancelled, None));
    assert_eq!(office.files()?, files, "nothing of them stays");
    let last = office.queue(&Policy::default())?;
    assert_eq!(runs::work(&office.unit, NEVER)?, Some(last));
    assert_eq!(office.state(last)?, (RunState::Finished, None));
    assert_eq!(runs::work(&office.unit, NEVER)?, None);
    let again = runs::cancel(&office.unit, &office.operator, last);
    assert_eq!(again.map_err(|error| error.code()), Err("run-ended"));
    Ok(())
}

#[test]
fn a_run_whose_files_cannot_be_written_fails_and_the_next_does_not() -> anyhow::Result<()> {
    let City { project, encoded } = city(&THREE[..2], 60)?;
    let office = Office::new(&project, &encoded)?;
    let files = office.files()?;
    let (broken, next) = (office.queue(&Policy::default())?, office.queue(&Policy::default())?);
    let segments = office.unit.store.segments();
    let away = segments.with_extension("away");
    let is_away = AtomicBool::new(false);
    let worked = runs::work(&office.unit, &|halt| {
        if halt.passes == 2 && !is_away.swap(true, Ordering::Relaxed) {
            fs::rename(&segments, &away).expect("the directory can be moved");
        }
        false
    })?;
    assert_eq!(worked, Some(broken));
    assert_eq!(office.state(broken)?, (RunState::Failed, Some("store-io".to_owned())));
    fs::rename(&away, &segments)?;
    intake::sweep(&office.unit)?;
    assert_eq!(office.files()?, files, "nothing of it stays");
    assert_eq!(runs::work(&office.unit, NEVER)?, Some(next));
    assert_eq!(office.state(next)?, (RunState::Finished, None));
    Ok(())
}

#[test]
fn what_is_withdrawn_is_in_no_run() -> anyhow::Result<()> {
    let City { project, encoded } = city(&THREE, 60)?;
    let office = Office::new(&project, &encoded)?;
    let [running, waiting] =
        [(); 2].map(|()| office.queue(&Policy::default()).expect("there is room"));
    let is_asked = AtomicBool::new(false);
    runs::work(&office.unit, &|halt| {
        if halt.passes == 2 && !is_asked.swap(true, Ordering::Relaxed) {
            let by = &office.uploaders["provider"];
            intake::withdraw(&office.unit, by, office.submissions["provider"]).expect("it stands");
        }
        false
    })?;
    let failed = (RunState::Failed, Some("submission-withdrawn".to_owned()));
    assert_eq!(office.state(running)?, failed);
    assert_eq!(office.state(waiting)?, failed);
    assert_eq!(office.files()?, 4, "encodings and content of the two that stand");
    let id = office.queue(&Policy::default())?;
    assert_eq!(office.run(id)?.sources.len(), 2);
    assert_eq!(runs::work(&office.unit, NEVER)?, Some(id));
    assert_eq!(office.state(id)?, (RunState::Finished, None));
    Ok(())
}
