//! What a retraction changes in the tables of the next release.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use tallystick::ids::RunId;
use tallystick::link::Policy;
use tallystick::{persons, runs};
use tallystick_synth::Profile as Errors;

use super::oracle::tables_of;
use super::{Bureau, NEVER};

/// Rows of all tables by person, without numbers of rows, which say nothing of a person.
fn rows(bureau: &Bureau, run: RunId) -> anyhow::Result<BTreeMap<String, BTreeSet<String>>> {
    let unit = &bureau.office.unit;
    let linked = runs::open_result(unit, run)?;
    let ids = persons::ids_of(unit, run)?;
    let ids: Vec<u64> = ids
        .iter()
        .map(|id| u64::from_be_bytes(std::array::from_fn(|place| id.to_bytes()[place])))
        .collect();
    let mut rows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for table in tables_of(bureau, &linked, &ids)?.tables {
        for row in 0..table.rows {
            let (mut person, mut text) = (String::new(), table.name.clone());
            for column in &table.columns {
                let mut cell = Vec::new();
                column.values.write_cell(row, &mut cell);
                let cell = String::from_utf8(cell)?;
                if column.name == "study_id" {
                    person = cell;
                } else if !column.name.ends_with("_id") && !column.name.ends_with("_pid") {
                    text.push('|');
                    text.push_str(&cell);
                }
            }
            rows.entry(person).or_default().insert(text);
        }
    }
    Ok(rows)
}

#[test]
fn invariant_11_a_retraction_changes_exactly_the_rows_of_whom_it_is_about() -> anyhow::Result<()> {
    let bureau = Bureau::new(2_000, Errors::Clean)?;
    let unit = &bureau.office.unit;
    let before = rows(&bureau, bureau.run)?;
    // The police take out a person of the study who is known to others, too.
    let linked = runs::open_result(unit, bureau.run)?;
    let ids = persons::ids_of(unit, bureau.run)?;
    let police = linked.sources.iter().find(|it| it.source.as_str() == "police");
    let police = police.context("the police are a source")?;
    let study_id = |person: u32| {
        let bytes = ids[person as usize].to_bytes();
        format!("{:016x}", u64::from_be_bytes(std::array::from_fn(|place| bytes[place])))
    };
    let is_elsewhere = |person: u32| {
        let others = linked.sources.iter().filter(|it| it.source.as_str() != "police");
        others.into_iter().any(|it| it.person.contains(&person))
    };
    let place = (0..police.handles.len())
        .find(|place| {
            let person = police.person[*place];
            before.contains_key(&study_id(person))
                && police.person.iter().filter(|it| **it == person).count() == 1
                && is_elsewhere(person)
        })
        .context("somebody is")?;
    let concerned = study_id(police.person[place]);
    let uploader = &bureau.office.uploaders["police"];
    persons::retract(unit, uploader, bureau.office.project, &[police.handles[place]])?;

    let run = bureau.office.queue(&Policy::default())?;
    assert_eq!(runs::work(unit, NEVER)?, Some(run));
    let after = rows(&bureau, run)?;
    let everybody: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let changed: Vec<&&String> =
        everybody.iter().filter(|person| before.get(**person) != after.get(**person)).collect();
    assert_eq!(changed, [&&concerned]);
    Ok(())
}
