//! Ids of persons from run to run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use tallystick::agreements::consents::{self, Snapshot};
use tallystick::ids::{PersonId, RunId};
use tallystick::link::Policy;
use tallystick::release::contract::LEFT_OUT;
use tallystick::runs::RunState;
use tallystick::{intake, persons, runs};
use tallystick_e2e::{Project, Synthetic, rewrite_rows};
use tallystick_synth::{Config as People, Source};
use tallystick_wire::{Handle, Profile};

use super::{NEVER, Office};

/// Id of the person and members of its cluster, by source and handle.
type Persons = BTreeMap<(String, String), (PersonId, BTreeSet<(String, String)>)>;

fn persons_of(office: &Office, run: RunId) -> anyhow::Result<Persons> {
    let ids = persons::ids_of(&office.unit, run)?;
    let mut members: BTreeMap<u32, BTreeSet<(String, String)>> = BTreeMap::new();
    for source in runs::open_result(&office.unit, run)?.sources {
        for (handle, person) in source.handles.iter().zip(&source.person) {
            let record = (source.source.to_string(), handle.to_string());
            members.entry(*person).or_default().insert(record);
        }
    }
    assert_eq!(members.len(), ids.len());
    let mut persons = Persons::new();
    for (id, members) in ids.into_iter().zip(members.into_values()) {
        for record in &members {
            persons.insert(record.clone(), (id, members.clone()));
        }
    }
    Ok(persons)
}

/// Whoever has the same records in two runs has the same id in both.
fn assert_same_ids(before: &Persons, after: &Persons) {
    let mut same = 0;
    for (record, (id, members)) in before {
        if let Some((later, now)) = after.get(record).filter(|(_, now)| now == members) {
            assert_eq!(later, id, "{} records", now.len());
            same += 1;
        }
    }
    assert!(same * 2 > before.len(), "{same} of {}", before.len());
}

#[test]
fn ids_of_persons_stay_from_run_to_run() -> anyhow::Result<()> {
    let sources = vec![Source::Police, Source::Court];
    let config = People { persons: 150, sources, ..People::default() };
    let (synthetic, project) = (Synthetic::new(&config)?, Project::new()?);
    let encoded = synthetic.encode(&project, Profile::Standard, &[], "run")?;
    let mut office = Office::new(&project, &encoded)?;
    let run = |office: &Office| {
        let id = office.queue(&Policy::default())?;
        runs::work(&office.unit, NEVER)?;
        let step = office.unit.store.read(|connection| persons::step(connection, id))?;
        anyhow::Ok((persons_of(office, id)?, step.context("a finished run has persons")?))
    };
    let (first, step) = run(&office)?;
    assert_eq!((step.before, step.created), (None, step.persons));
    let (again, step) = run(&office)?;
    assert_eq!(again, first);
    assert_eq!((step.kept, step.reasons), (step.persons, Vec::new()));

    let shorter = project.dir().join("shorter.csv");
    rewrite_rows(&synthetic.export(Source::Police), &shorter, b',', |_, rows| {
        rows.truncate(rows.len() - 40);
    })?;
    let mapping = synthetic.mapping(Source::Police)?;
    let shorter = project.encode(&shorter, &mapping, Profile::Standard, "shorter")?;
    let old = office.submissions["police"];
    office.upload(&shorter)?;
    let (second, step) = run(&office)?;
    assert_same_ids(&first, &second);
    assert!(step.gone > 0 && step.created == 0, "{step:?}");
    let [reason] = &step.reasons[..] else { anyhow::bail!("{step:?}") };
    assert_eq!(
        (&*reason.code, reason.source.as_deref()),
        ("submission-superseded", Some("police"))
    );
    assert_eq!(reason.submission, Some(old.to_string()));

    let police = encoded.iter().find(|one| one.source == "police").context("they uploaded")?;
    office.upload(police)?;
    let gone = step.gone;
    let (third, step) = run(&office)?;
    assert_same_ids(&first, &third);
    assert_eq!((step.returned, step.created), (gone, 0), "{step:?}");
    let feed = |from, most| {
        let project = office.project;
        office.unit.store.read(|connection| persons::changes(connection, project, from, most))
    };
    let (all, page) = (feed(0, 1_000)?, feed(0, 2)?);
    assert_eq!(page, all[..2]);
    assert_eq!(feed(page[1].number + 1, 1_000)?, all[2..]);
    Ok(())
}

#[test]
fn retracted_rows_are_in_no_later_run() -> anyhow::Result<()> {
    let sources = vec![Source::Police, Source::Court];
    let config = People { persons: 100, sources, ..People::default() };
    let (synthetic, project) = (Synthetic::new(&config)?, Project::new()?);
    let encoded = synthetic.encode(&project, Profile::Standard, &[], "run")?;
    let office = Office::new(&project, &encoded)?;
    let finish = || {
        let id = office.queue(&Policy::default())?;
        runs::work(&office.unit, NEVER)?;
        anyhow::Ok(id)
    };
    let before = finish()?;
    let first = runs::open_result(&office.unit, before)?;
    let handles: Vec<_> = first.sources[1].handles.iter().step_by(9).copied().collect();
    let police = &office.uploaders["police"];
    let running = office.queue(&Policy::default())?;
    let is_asked = AtomicBool::new(false);
    runs::work(&office.unit, &|halt| {
        if halt.passes == 2 && !is_asked.swap(true, Ordering::Relaxed) {
            let made = persons::retract(&office.unit, police, office.project, &handles);
            assert_eq!(made.expect("they uploaded").rows, handles.len() as u64);
        }
        false
    })?;
    assert_eq!(office.state(running)?, (RunState::Failed, Some("rows-retracted".to_owned())));
    let outdated = office.run(before)?.outdated.map(|(_, code)| code);
    assert_eq!(outdated.as_deref(), Some("rows-retracted"));

    let after = finish()?;
    assert_eq!(office.run(after)?.outdated, None);
    let second = runs::open_result(&office.unit, after)?;
    for (old, new) in first.sources.iter().zip(&second.sources) {
        assert_eq!(old.handles, new.handles);
        for (handle, person) in new.handles.iter().zip(&new.person) {
            let is_out = new.source.as_str() == "police" && handles.contains(handle);
            assert_eq!(*person == LEFT_OUT, is_out);
        }
    }
    let ids = persons::ids_of(&office.unit, after)?;
    assert_eq!(ids.len(), second.person_count as usize);
    let earlier: BTreeSet<_> = persons::ids_of(&office.unit, before)?.into_iter().collect();
    let kept = ids.iter().filter(|id| earlier.contains(id)).count();
    assert!(kept * 10 > ids.len() * 9, "{kept} of {} ids stay", ids.len());
    let again = persons::retract(&office.unit, police, office.project, &handles)?;
    assert_eq!(again.rows, 0);
    assert_eq!(office.run(after)?.outdated, None, "it did without them already");
    intake::withdraw(&office.unit, police, office.submissions["police"])?;
    let because = |run| anyhow::Ok(office.run(run)?.outdated.map(|(_, code)| code));
    assert_eq!(because(after)?.as_deref(), Some("submission-withdrawn"));
    assert_eq!(because(before)?.as_deref(), Some("rows-retracted"), "the first reason stays");
    Ok(())
}

/// Consents of a provider as it sends them: each of these handles, with its last day and whether it is taken back.
fn consents<'h>(
    handles: impl IntoIterator<Item = (&'h Handle, &'static str, bool)>,
) -> anyhow::Result<Snapshot> {
    let row = |(handle, until, revoked)| format!("{handle},consent,{until},{revoked}\n");
    let rows = handles.into_iter().map(row);
    let csv = format!("handle,basis,valid_until,revoked\n{}", rows.collect::<String>());
    Ok(Snapshot::of_csv(csv.as_bytes())?)
}

/// A unit with the police and a provider, who discloses for research; its clients, and every third of them.
fn clinic() -> anyhow::Result<(Office, Vec<Handle>, Vec<Handle>)> {
    let config = People {
        persons: 80,
        sources: vec![Source::Police, Source::Provider],
        ..People::default()
    };
    let (synthetic, project) = (Synthetic::new(&config)?, Project::new()?);
    let encoded = synthetic.encode(&project, Profile::Standard, &[], "run")?;
    let office = Office::new(&project, &encoded)?;
    let before = office.queue(&Policy::default())?;
    runs::work(&office.unit, NEVER)?;
    let first = runs::open_result(&office.unit, before)?;
    let clients = first.sources.iter().find(|it| it.source.as_str() == "provider");
    let clients = clients.context("the provider is linked")?.handles.clone();
    let some = clients.iter().step_by(3).copied().collect();
    Ok((office, clients, some))
}

impl Office {
    fn replace(&self, snapshot: &Snapshot) -> anyhow::Result<()> {
        consents::replace(&self.unit, &self.uploaders["provider"], self.project, snapshot)?;
        Ok(())
    }

    fn finish(&self) -> anyhow::Result<RunId> {
        let id = self.queue(&Policy::default())?;
        runs::work(&self.unit, NEVER)?;
        Ok(id)
    }

    /// Asserts that a run did without just these clients.
    fn assert_left_out(&self, run: RunId, out: &[Handle]) -> anyhow::Result<()> {
        for source in &runs::open_result(&self.unit, run)?.sources {
            for (handle, person) in source.handles.iter().zip(&source.person) {
                let is_out = source.source.as_str() == "provider" && out.contains(handle);
                assert_eq!(*person == LEFT_OUT, is_out);
            }
        }
        Ok(())
    }
}

#[test]
fn clients_whose_consent_is_over_are_in_no_run_that_begins_or_goes_on() -> anyhow::Result<()> {
    let (mut office, clients, lapsing) = clinic()?;
    let until = |it: &Handle| if lapsing.contains(it) { "2018-07-10" } else { "" };
    office.replace(&consents(clients.iter().map(|it| (it, until(it), false)))?)?;
    let before = office.finish()?;
    office.assert_left_out(before, &[])?;

    // It is broken off after two passes, and goes on when the last day is over.
    let running = office.queue(&Policy::default())?;
    runs::work(&office.unit, &|halt| halt.passes == 2)?;
    office.clock.advance_seconds(30 * 86_400);
    office = office.reopened()?;
    runs::work(&office.unit, NEVER)?;
    let afresh = office.finish()?;
    office.assert_left_out(running, &lapsing)?;
    let run = office.run(running)?;
    assert_eq!(run.digest, office.run(afresh)?.digest, "what had been found is forgotten");
    assert_ne!(run.digest, office.run(before)?.digest);
    let summary: serde_json::Value = serde_json::from_str(&run.summary.context("a summary")?)?;
    assert_eq!(summary["counts"]["records_without_consent"], lapsing.len());
    // The provider says again what is so anyway.
    office.replace(&consents(clients.iter().map(|it| (it, until(it), false)))?)?;
    assert_eq!(office.run(before)?.outdated, None, "nobody took anything back");
    Ok(())
}

#[test]
fn runs_are_out_of_date_when_a_consent_is_taken_back() -> anyhow::Result<()> {
    let (mut office, clients, revoked) = clinic()?;
    office.replace(&consents(clients.iter().map(|it| (it, "", false)))?)?;
    let before = office.finish()?;
    assert_eq!(office.run(before)?.outdated, None);
    let taken_back = consents(clients.iter().map(|it| (it, "", revoked.contains(it))))?;
    let running = office.queue(&Policy::default())?;
    let is_asked = AtomicBool::new(false);
    runs::work(&office.unit, &|halt| {
        if halt.passes == 2 && !is_asked.swap(true, Ordering::Relaxed) {
            office.replace(&taken_back).expect("it may send them");
        }
        false
    })?;
    let changed = || Some("consents-changed".to_owned());
    assert_eq!(office.state(running)?, (RunState::Failed, changed()));
    assert_eq!(office.run(before)?.outdated.map(|(_, code)| code), changed());
    let after = office.finish()?;
    office.assert_left_out(after, &revoked)?;
    office.replace(&taken_back)?;
    assert_eq!(office.run(after)?.outdated, None, "it did without them already");

    // One that was broken off, by whatever, does not go on with them either.
    office.replace(&consents(clients.iter().map(|it| (it, "", false)))?)?;
    assert_eq!(office.run(after)?.outdated, None, "nobody is taken out");
    let broken = office.queue(&Policy::default())?;
    runs::work(&office.unit, &|halt| halt.passes == 2)?;
    office = office.reopened()?;
    let files = office.files()?;
    office.replace(&taken_back)?;
    assert_eq!(office.state(broken)?, (RunState::Failed, changed()));
    assert!(office.files()? < files, "what its passes found is gone");
    let sql =
        "SELECT body FROM audit_entry WHERE kind = 'consent-recorded' ORDER BY seq DESC LIMIT 1";
    let body: String = office.unit.store.read(|connection| {
        anyhow::Ok(connection.query_row(sql, [], |row| row.get::<_, String>(0))?)
    })?;
    let counts = &serde_json::from_str::<serde_json::Value>(&body)?["counts"];
    assert_eq!((&counts["taken_back"], &counts["runs_failed"]), (&revoked.len().into(), &1.into()));
    assert_eq!(
        counts["runs_outdated"], 1,
        "the one that did without them has been, and is not now"
    );
    Ok(())
}
