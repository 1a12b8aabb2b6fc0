//! What the release desk makes of a run, with its own key, and what the demo alone may know: which handle is which person.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;
use tallystick::ids::SubmissionId;
use tallystick::intake;
use tallystick::keys::UnitKeys;
use tallystick::link::{Desk, Observer, write_clusters};
use tallystick::release::contract::Linked;
use tallystick::unit::Unit;
use tallystick_wire::Submission;

use crate::client::text;

/// No bar: the demo prints a line per step.
struct Quiet;

impl Observer for Quiet {
    fn stage(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
    fn is_cancelled(&self) -> bool {
        false
    }
}

/// Tables of the run in `dir/linked`, and persons by handle in `dir/clusters.csv`.
pub(crate) fn write(unit: &Unit, linked: &Linked, run: &Value, dir: &Path) -> anyhow::Result<()> {
    write_clusters(linked, &dir.join("clusters.csv"))?;
    let sources = run["sources"].as_array().context("a run has sources")?;
    let submissions = sources.iter().map(|source| {
        let id = SubmissionId::parse(text(source, "submission")?).context("an id")?;
        Ok(Submission::open(intake::open_stored(unit, id)?)?)
    });
    let submissions = submissions.collect::<anyhow::Result<Vec<_>>>()?;
    let keys = UnitKeys::read(&dir.join("unit.keys"))?;
    let tables = dir.join("linked");
    fs::create_dir(&tables)?;
    let desk = Desk { keys: &keys, config: &unit.config };
    desk.write_tables(&submissions, linked, &tables, &Quiet)?;
    Ok(())
}
