//! Planted persons measure the linkage and are in no table.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use tallystick_e2e::{Encoded, Linked, Project, Synthetic};
use tallystick_kernels::Kernel;
use tallystick_synth::{Config, Source};
use tallystick_wire::Profile;

/// One person in so many is taken for a planted one.
const PLANTED_EACH: u64 = 20;

fn rows(path: &Path) -> anyhow::Result<Vec<csv::StringRecord>> {
    Ok(csv::Reader::from_path(path)?.records().collect::<Result<Vec<_>, _>>()?)
}

/// Writes `source,handle,person` for every twentieth person of the truth; gives the handles.
fn plant(
    synthetic: &Synthetic,
    encoded: &[Encoded],
    path: &Path,
) -> anyhow::Result<BTreeSet<(String, String)>> {
    let mut person_of = HashMap::new();
    for row in rows(&synthetic.truth())? {
        person_of.insert((row[0].to_owned(), row[1].to_owned()), row[2].to_owned());
    }
    let persons: BTreeSet<&String> = person_of.values().collect();
    let chosen: BTreeSet<&String> =
        (0u64..).zip(persons).filter(|(n, _)| n % PLANTED_EACH == 0).map(|(_, p)| p).collect();
    let mut writer = csv::Writer::from_path(path)?;
    writer.write_record(["source", "handle", "person"])?;
    let mut handles = BTreeSet::new();
    for one in encoded {
        for row in rows(&one.handles)? {
            let person = person_of.get(&(one.source.clone(), row[1].to_owned()));
            let Some(person) = person.filter(|person| chosen.contains(person)) else { continue };
            if handles.insert((one.source.clone(), row[0].to_owned())) {
                writer.write_record([&one.source, &row[0], person])?;
            }
        }
    }
    writer.flush()?;
    Ok(handles)
}

fn report(linked: &Linked) -> anyhow::Result<serde_json::Value> {
    Ok(serde_json::from_slice(&fs::read(linked.dir.join("linkage_report.json"))?)?)
}

/// Rows of all event tables, and of the person table.
fn table_rows(linked: &Linked) -> anyhow::Result<(u64, u64)> {
    let (mut events, mut persons) = (0, 0);
    for entry in fs::read_dir(&linked.dir)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "csv") {
            let count = rows(&path)?.len() as u64;
            if path.ends_with("persons.csv") { persons += count } else { events += count }
        }
    }
    Ok((events, persons))
}

#[test]
fn planted_persons_are_counted_and_are_in_no_table() -> anyhow::Result<()> {
    let sources = vec![Source::Police, Source::Court, Source::Provider];
    let synthetic = Synthetic::new(&Config { persons: 600, sources, ..Config::default() })?;
    let project = Project::new()?;
    let encoded = synthetic.encode(&project, Profile::Standard, &[], "planted")?;
    let submissions: Vec<PathBuf> = encoded.iter().map(|one| one.submission.clone()).collect();
    let labels = project.dir().join("planted.csv");
    let planted = plant(&synthetic, &encoded, &labels)?;
    let kernel = Kernel::detect();
    let without = project.link(&submissions, &[], kernel, "without")?;
    let with = project.link_known(&submissions, &[], [None, Some(&labels)], kernel, "with")?;

    let found = report(&with)?;
    let canaries = &found["quality"]["canaries"];
    assert_eq!(canaries["records"].as_u64(), Some(planted.len() as u64));
    let ((events, persons), (events_before, persons_before)) =
        (table_rows(&with)?, table_rows(&without)?);
    let content_rows = canaries["content_rows"].as_u64();
    assert!(content_rows > Some(0), "planted persons have content");
    assert_eq!(content_rows, Some(events_before - events), "no row is lost but these");

    let flow = found["flow"].as_array().map_or(&[][..], Vec::as_slice);
    let last = flow.last().map(|step| (&step["step"], step["count"].as_u64(), &step["left_out"]));
    let left_out = serde_json::json!([["planted by agencies", persons_before - persons]]);
    assert_eq!(last, Some((&"persons in the tables".into(), Some(persons), &left_out)));
    assert_eq!(with.summary.persons, persons);
    assert!(persons < persons_before);

    // A person's records in the tables are those of its cluster that were not planted.
    let kept = rows(&with.clusters)?
        .iter()
        .filter(|row| !planted.contains(&(row[0].to_owned(), row[1].to_owned())))
        .count() as u64;
    let table = csv::Reader::from_path(with.dir.join("persons.csv"))?.headers()?.clone();
    let place = table.iter().position(|name| name == "records_count").unwrap_or_default();
    let released: u64 = rows(&with.dir.join("persons.csv"))?
        .iter()
        .map(|row| row[place].parse::<u64>())
        .sum::<Result<_, _>>()?;
    assert_eq!(released, kept);
    assert_eq!(fs::read(&with.clusters)?, fs::read(&without.clusters)?, "the linkage is the same");
    Ok(())
}

#[test]
fn agencies_plant_the_same_persons_without_talking() -> anyhow::Result<()> {
    const PLANTED: u32 = 100;
    let sources = vec![Source::Police, Source::Provider];
    let synthetic =
        Synthetic::new(&Config { persons: 600, sources: sources.clone(), ..Config::default() })?;
    let project = Project::new()?;
    let plain = synthetic.encode(&project, Profile::Standard, &[], "plain")?;
    let mut submissions = Vec::new();
    let labels = project.dir().join("labels.csv");
    let mut writer = csv::Writer::from_path(&labels)?;
    writer.write_record(["source", "handle", "person"])?;
    let mut persons: Vec<BTreeSet<String>> = Vec::new();
    let mut records = 0;
    for (source, before) in sources.iter().zip(&plain) {
        let (export, mapping) = (synthetic.export(*source), synthetic.mapping(*source)?);
        let profile = Profile::Standard;
        let one = project.encode_planting(&export, &mapping, profile, "planting", PLANTED)?;
        assert_eq!(one.report.rows_read, before.report.rows_read, "planted rows are not read");
        assert_eq!(one.report.rows_accepted, before.report.rows_accepted);
        assert!(
            (2 * u64::from(PLANTED)..=3 * u64::from(PLANTED)).contains(&one.report.rows_planted)
        );
        let own = rows(&one.submission.with_extension("planted.csv"))?;
        assert_eq!(own.len() as u64, one.report.records - before.report.records);
        persons.push(own.iter().map(|row| row[2].to_owned()).collect());
        records += own.len() as u64;
        own.iter().try_for_each(|row| writer.write_record(row))?;
        submissions.push(one.submission);
    }
    writer.flush()?;
    assert_eq!(persons[0].len(), PLANTED as usize);
    assert_eq!(persons[0], persons[1], "the same persons at both agencies");

    let kernel = Kernel::detect();
    let linked =
        project.link_known(&submissions, &[], [None, Some(&labels)], kernel, "planting")?;
    let found = report(&linked)?;
    let canaries = &found["quality"]["canaries"];
    assert_eq!(canaries["persons"].as_u64(), Some(u64::from(PLANTED)));
    assert_eq!(canaries["records"].as_u64(), Some(records));
    assert_eq!(canaries["content_rows"].as_u64(), Some(0), "planted persons have no content");
    let recall = canaries["recall"]["value"].as_f64().unwrap_or(0.0);
    assert!(recall > 0.8, "recall of planted pairs {recall}");
    let before: Vec<PathBuf> = plain.iter().map(|one| one.submission.clone()).collect();
    let without = project.link(&before, &[], kernel, "without planting")?;
    let ((events, _), (events_before, _)) = (table_rows(&linked)?, table_rows(&without)?);
    assert_eq!(events, events_before, "tables hold no event of a planted person");
    let kept = rows(&linked.dir.join("persons.csv"))?.len() as u64;
    assert_eq!(linked.summary.persons, kept);
    Ok(())
}
