//! A release of the demo: prepared, checked, approved by somebody else, downloaded and verified offline.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use tallystick_dataset::Ticker;
use tallystick_dataset::bundle::verify;
use tallystick_evaluate::report::{self, Verified};

use crate::client::{Client, text};
use crate::unit::UnitAtWork;

/// What the release is for.
pub(crate) const STUDY: &str = include_str!("../study.toml");
/// How it is evaluated.
const PLAN: &str = include_str!("../evaluation.toml");
/// How long it is before the demo looks again whether a step is done.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// What a release came to.
pub(crate) struct Bundle {
    pub(crate) path: PathBuf,
    pub(crate) persons: u64,
    pub(crate) k: u64,
    /// Members of each arm.
    pub(crate) arms: Vec<(String, u64)>,
    pub(crate) tables: usize,
    pub(crate) rows: u64,
    /// The study's main result in a sentence.
    pub(crate) result: String,
}

impl UnitAtWork<'_> {
    /// Takes the result of a run to the evaluator's disk.
    pub(crate) fn release(&mut self, run: &str, dir: &Path) -> anyhow::Result<Bundle> {
        let preparer = self.signed_in("the.preparer")?;
        let made = preparer.post("/releases", &json!({ "run": run, "study": STUDY }))?;
        let address = format!("/releases/{}", text(&made, "release")?);
        let checked = until(&preparer, &address, "queued")?;
        ensure!(
            checked["state"] == "checked",
            "the check refuses: {}",
            checked["report"]["refusals"]
        );

        let approver = self.signed_in("the.approver")?;
        approver.post(&format!("{address}/decision"), &json!({ "decision": "approve" }))?;
        let released = until(&approver, &address, "approved")?;
        ensure!(released["state"] == "released", "no bundle was made: {}", released["failure"]);

        let evaluator = self.signed_in("the.evaluator")?;
        let path = dir.join("bundle.zip");
        let bytes = evaluator.get_bytes(&format!("{address}/bundle?terms=accepted"))?;
        fs::write(&path, bytes)?;
        let key = self.public_key();
        let key = tallystick::ids::unhex(&key).context("a key in hex")?;
        let verified = verify(&path, &key, &mut Ticker::new(&|_| {}, &|| false))?;
        fs::write(dir.join("release_report.html"), verified.bundle.member("linkage_report.html")?)?;
        fs::write(dir.join("codebook.html"), verified.bundle.member("codebook.html")?)?;
        let verified_by = Verified::WithKey(self.public_key());
        let (evaluation, origin) =
            tallystick_evaluate::bundle::evaluate(&verified.bundle, PLAN, verified_by)?;
        fs::write(dir.join("evaluation.html"), report::page(&evaluation, &origin))?;
        let report = &released["report"];
        let count = |value: &Value| value.as_u64().context("a count");
        let flow = report["flow"].as_array().context("a flow")?;
        let arms = flow.iter().filter(|step| step["label"] == "in the study");
        let arms = arms.map(|step| Ok((text(step, "arm")?.to_owned(), count(&step["persons"])?)));
        Ok(Bundle {
            path,
            persons: count(&report["disclosure"]["persons"])?,
            k: count(&report["disclosure"]["k_achieved"])?,
            arms: arms.collect::<anyhow::Result<_>>()?,
            tables: verified.bundle.tables().count(),
            rows: verified.rows,
            result: report::lead(&evaluation),
        })
    }
}

/// The release when it is in another state than this.
pub(crate) fn until(client: &Client, address: &str, state: &str) -> anyhow::Result<Value> {
    loop {
        let release = client.get(address)?;
        if release["state"] != state {
            return Ok(release);
        }
        std::thread::sleep(LOOK_AGAIN);
    }
}
