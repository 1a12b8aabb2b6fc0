//! What releases of projects have to do with each other, and tools of others.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use tallystick::accounts;
use tallystick_dataset::bundle::{Bundle, verify};
use tallystick_dataset::{Ticker, Values};
use tallystick_synth::Profile as Errors;

use super::{Bureau, STUDY};

fn study_ids(path: &Path) -> anyhow::Result<BTreeSet<String>> {
    let person = Bundle::open(path)?.read_table("person")?;
    let column = person.column("study_id").expect("it has ids");
    let Values::Text(_, texts) = &column.values else { anyhow::bail!("ids are texts") };
    Ok((0..).take(texts.len()).map(|number| texts.text(number).to_owned()).collect())
}

#[test]
fn invariant_7_study_ids_of_two_projects_cannot_be_joined() -> anyhow::Result<()> {
    let bureau = Bureau::new(3_000, Errors::Clean)?;
    let unit = &bureau.office.unit;
    let first = study_ids(&bureau.download(bureau.released(STUDY)?.id)?)?;
    // The same persons in another project of the same unit.
    let other = accounts::record_project(&unit.store, None, "other", &"ab".repeat(16))?;
    let move_to = |project: tallystick::ids::ProjectId| {
        unit.store.keep(|transaction, _| {
            for sql in [
                "UPDATE run SET project = ?1",
                "UPDATE run_persons SET project = ?1",
                "UPDATE submission SET project = ?1",
                "UPDATE agreement_project SET project = ?1",
            ] {
                transaction.execute(sql, [project])?;
            }
            anyhow::Ok(())
        })
    };
    move_to(other)?;
    let second = bureau.released(STUDY)?;
    assert_eq!(second.project, other);
    // The evaluator is of the first project only, and learns nothing of the other's.
    let refused = bureau.download(second.id);
    assert!(refused.is_err_and(|error| error.to_string().contains("there is no such release")));
    unit.store.keep(|transaction, _| {
        let sql = "UPDATE release SET project = ?1";
        transaction.execute(sql, [bureau.office.project])?;
        anyhow::Ok(())
    })?;
    move_to(bureau.office.project)?;
    let second = study_ids(&bureau.download(second.id)?)?;
    assert_eq!(first.len(), second.len());
    assert_eq!(first.intersection(&second).count(), 0, "no id is in both");
    Ok(())
}

#[test]
fn tools_of_others_read_a_release_of_the_service_and_a_changed_byte_is_found() -> anyhow::Result<()>
{
    let bureau = Bureau::new(3_000, Errors::VeryDirty)?;
    let path = bureau.download(bureau.released(STUDY)?.id)?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/dataset/tests/tools");
    let python = folder.join(".venv/bin/python");
    anyhow::ensure!(python.exists(), "install the tools first: scripts/test --tools");
    let key = bureau.office.unit.store.key().public().to_string();
    let checked =
        Command::new(python).arg(folder.join("check.py")).arg(&path).arg(&key).output()?;
    let said = String::from_utf8_lossy(&checked.stdout);
    assert_eq!(said, "all agree\n", "{}", String::from_utf8_lossy(&checked.stderr));

    let mut bytes = std::fs::read(&path)?;
    let key = bureau.public_key()?;
    for place in (0..bytes.len()).step_by(bytes.len() / 40) {
        bytes[place] ^= 1;
        std::fs::write(&path, &bytes)?;
        let mut ticker = Ticker::new(&|_| {}, &|| false);
        assert!(verify(&path, &key, &mut ticker).is_err(), "byte {place}");
        bytes[place] ^= 1;
    }
    Ok(())
}
