//! Every table of a study against an independent, slow computation over the exports.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use tallystick::release::ReleaseLimits;
use tallystick::release::contract::Linked;
use tallystick::release::study::{open, tables};
use tallystick::runs;
use tallystick_dataset::{Ticker, csv_file};
use tallystick_study::Study;
use tallystick_study::tables::StudyTables;
use tallystick_synth::Profile as Errors;
use tallystick_wire::Handle;

use super::{Bureau, STUDY};

/// Writes what the oracle reads: exports, who is who, the study, the tables.
fn write(bureau: &Bureau, dir: &Path) -> anyhow::Result<()> {
    for source in super::FIVE {
        let name = format!("{}.csv", source.label());
        fs::create_dir_all(dir.join("exports"))?;
        fs::copy(bureau.synthetic.export(source), dir.join("exports").join(name))?;
    }
    fs::copy(bureau.synthetic.truth(), dir.join("truth.csv"))?;
    fs::write(dir.join("study.toml"), STUDY)?;
    let linked = runs::open_result(&bureau.office.unit, bureau.run)?;
    let ids: Vec<u64> = (0..u64::from(linked.person_count)).map(|it| it * 7_919 + 1).collect();
    persons(bureau, &linked, &ids, &dir.join("persons.csv"))?;

    let made = tables_of(bureau, &linked, &ids)?;
    let mut ticker = Ticker::new(&|_| {}, &|| false);
    let out = dir.join("tables");
    fs::create_dir_all(&out)?;
    for table in &made.tables {
        csv_file::write(&out, table, &mut ticker)?;
    }
    Ok(())
}

/// The study's tables of a linkage of the bureau's submissions, as they are before the check.
pub(super) fn tables_of(
    bureau: &Bureau,
    linked: &Linked,
    ids: &[u64],
) -> anyhow::Result<StudyTables> {
    let mut encoded: Vec<_> = bureau.encoded.iter().collect();
    encoded.sort_by_key(|one| one.source.clone());
    let mut contents: Vec<(usize, Box<dyn std::io::Read>)> = Vec::new();
    for (place, one) in encoded.into_iter().enumerate() {
        let bytes = bureau.project.content(&one.submission)?;
        contents.push((place, Box::new(std::io::Cursor::new(bytes))));
    }
    let mut ticker = Ticker::new(&|_| {}, &|| false);
    let opened = open(linked, contents, &ReleaseLimits::default(), &mut ticker)?;
    Ok(tables(&Study::parse(STUDY)?, linked, &opened, ids)?)
}

/// `source,record_id,study_id` of every row of the exports that was linked.
fn persons(bureau: &Bureau, linked: &Linked, ids: &[u64], path: &Path) -> anyhow::Result<()> {
    let mut out = "source,record_id,study_id\n".to_owned();
    for one in &bureau.encoded {
        let source = linked.sources.iter().find(|it| it.source.as_str() == one.source);
        let source = source.context("a source of the run")?;
        let mut reader = csv::Reader::from_path(&one.handles)?;
        let header = reader.headers()?.clone();
        let place = |name: &str| header.iter().position(|it| it == name).context("a column");
        let (handle, row) = (place("handle")?, place("row_id")?);
        for record in reader.records() {
            let record = record?;
            let bytes = tallystick::ids::unhex(&record[handle]).context("a handle")?;
            let record_place = source.handles.binary_search(&Handle(bytes)).ok();
            let person = source.person[record_place.context("a record of the run")?];
            out.push_str(&format!(
                "{},{},{:016x}\n",
                one.source, &record[row], ids[person as usize]
            ));
        }
    }
    Ok(fs::write(path, out)?)
}

#[test]
fn the_tables_equal_an_independent_slow_computation() -> anyhow::Result<()> {
    for errors in [Errors::Clean, Errors::VeryDirty] {
        let bureau = Bureau::new(2_000, errors)?;
        let dir = tempfile::tempdir()?;
        write(&bureau, dir.path())?;
        let oracle = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracle");
        let python = oracle.join(".venv/bin/python");
        anyhow::ensure!(python.exists(), "install the tools first: scripts/test --tools");
        let of = |name: &str| dir.path().join(name);
        let output = Command::new(python)
            .arg(oracle.join("study.py"))
            .args(["--exports".as_ref(), of("exports").as_os_str()])
            .args(["--persons".as_ref(), of("persons.csv").as_os_str()])
            .args(["--study".as_ref(), of("study.toml").as_os_str()])
            .args(["--tables".as_ref(), of("tables").as_os_str()])
            .output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
        for table in
            ["person", "person_window", "person_month", "arrest", "case", "jail", "referral"]
        {
            assert!(said.contains(table), "{table} was compared: {said}");
        }
    }
    Ok(())
}
