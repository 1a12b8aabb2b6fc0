//! Synthetic persons, encoded by the agency's own code and linked by SQL in DuckDB, as the linkage itself does.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use serde_json::Value;
use tallystick::clock::SystemClock;
use tallystick::keys::ServiceKeys;
use tallystick::store::{Store, StoreError};
use tallystick_e2e::{Program, Project, Synthetic, files_in, program};
use tallystick_keyfile::Passphrases;
use tallystick_linkage::block::BlockLimits;
use tallystick_synth::{Config, Source};
use tallystick_wire::{Profile, Submission};

use super::accuracy::febrl;
use super::duckdb;
use super::local::{Project as Linkage, assert_same};

const SOURCES: [Source; 3] = [Source::Court, Source::Jail, Source::Police];

fn limits(project: &Project) -> BlockLimits {
    let blocking = &project.config().blocking;
    BlockLimits {
        records_max: blocking.block_records_max,
        wide_records_max: blocking.wide_block_records_max,
    }
}

fn linked_alike(profile: Profile, persons: u64) -> anyhow::Result<()> {
    let config = Config { persons, seed: 8, sources: SOURCES.to_vec(), ..Config::default() };
    let (project, synthetic) = (Project::new()?, Synthetic::new(&config)?);
    let submissions = SOURCES.map(|source| {
        let (export, mapping) = (synthetic.export(source), synthetic.mapping(source)?);
        let encoded = project.encode(&export, &mapping, profile, "engine")?;
        anyhow::Ok(Submission::open(File::open(encoded.submission)?)?)
    });
    let linkage = Linkage {
        submissions: submissions.into_iter().collect::<anyhow::Result<_>>()?,
        without_duplicates: vec![false; SOURCES.len()],
        one_to_one: Vec::new(),
        limits: limits(&project),
        left_out: Vec::new(),
    };
    let folder = project.dir().join("engine");
    let plan = linkage.export(&folder);
    linkage.run(&folder, &plan);
    let (local, collected) = assert_same(&linkage, &folder);
    ensure!(local.resolution.clusters.counts.main_count > persons / 2);
    let verified = collected.verified;
    ensure!(verified.pairs > 1_000 && verified.boundary_pairs > 100, "{verified:?}");
    Ok(())
}

#[test]
fn salted_filters_are_linked_alike() -> anyhow::Result<()> {
    linked_alike(Profile::Standard, 1_500)
}

#[test]
fn unsalted_filters_are_linked_alike() -> anyhow::Result<()> {
    linked_alike(Profile::Trusted, 800)
}

/// Files of a result by name.
type Files = BTreeMap<String, Vec<u8>>;

/// Three submissions, and a file that names every fortieth record of each to be left out.
struct Exported {
    project: Project,
    submissions: Vec<PathBuf>,
}

impl Exported {
    fn new() -> anyhow::Result<Self> {
        let config =
            Config { persons: 500, seed: 9, sources: SOURCES.to_vec(), ..Config::default() };
        let (project, synthetic) = (Project::new()?, Synthetic::new(&config)?);
        let encoded = synthetic.encode(&project, Profile::Standard, &[], "engine")?;
        let submissions: Vec<PathBuf> = encoded.into_iter().map(|it| it.submission).collect();
        let mut left_out = "source,handle\n".to_owned();
        let mut truth = "source,handle,person\n".to_owned();
        for path in &submissions {
            let submission = Submission::open(File::open(path)?)?;
            let source = submission.header().source;
            for (record, handle) in submission.handles()?.into_iter().enumerate() {
                if record % 40 == 7 {
                    left_out.push_str(&format!("{source},{handle}\n"));
                }
                // Any labels do: the report must come to the same by them.
                truth.push_str(&format!("{source},{handle},{}\n", record % 300));
            }
        }
        fs::write(project.dir().join("left_out.csv"), left_out)?;
        fs::write(project.dir().join("truth.csv"), truth)?;
        Ok(Self { project, submissions })
    }

    /// Runs a command of the unit's program in the project's directory: what it printed, or its error.
    fn run(&self, command: &str, more: &[&Path]) -> anyhow::Result<Result<String, String>> {
        let words = command.split(' ').flat_map(|word| match word {
            "SUBMISSIONS" => self.submissions.iter().map(|it| it.clone().into()).collect(),
            word => vec![std::ffi::OsString::from(word)],
        });
        let mut program = Command::new(program(Program::Unit)?);
        let output = program.current_dir(self.project.dir()).args(words).args(more).output()?;
        let said = if output.status.success() { output.stdout } else { output.stderr };
        let said = String::from_utf8(said)?;
        Ok(if output.status.success() { Ok(said) } else { Err(said) })
    }

    fn done(&self, command: &str, more: &[&Path]) -> anyhow::Result<String> {
        self.run(command, more)?.map_err(anyhow::Error::msg).context(command.to_owned())
    }

    /// The files of a result, its clusters among them; in its report the engine's own fields stand apart.
    fn files(&self, name: &str) -> anyhow::Result<(Files, Option<Value>)> {
        let mut files = files_in(&self.project.dir().join(name))?;
        let clusters = self.project.dir().join(format!("{name}.csv"));
        files.insert("clusters.csv".into(), fs::read(clusters)?);
        let mut report: Value = serde_json::from_slice(&files["linkage_report.json"])?;
        let run = report["run"].as_object_mut().context("a report says what ran")?;
        let engine = run.remove("engine");
        files.insert("linkage_report.json".into(), serde_json::to_vec(&report)?);
        let html = String::from_utf8(files["linkage_report.html"].clone())?;
        if let Some((before, rest)) = html.split_once("<dt>Pairs found by</dt>") {
            let (_, after) = rest.split_once("</dd>").context("a list of facts")?;
            let (before, after) = (before.trim_end(), after.trim_start());
            files.insert("linkage_report.html".into(), format!("{before}{after}").into_bytes());
        }
        Ok((files, engine))
    }

    /// Says that two results are the same, and that the second names the engine.
    fn check_files(&self, local: &str, collected: &str) -> anyhow::Result<()> {
        let ((local, none), (collected, engine)) = (self.files(local)?, self.files(collected)?);
        ensure!(none.is_none());
        let engine = engine.context("the report names the engine")?;
        ensure!(engine["name"] == "DuckDB", "{engine}");
        ensure!(engine["version"].as_str().is_some_and(|it| it.starts_with('v')), "{engine}");
        ensure!(engine["verified_pairs"].as_u64() > Some(1_000), "{engine}");
        let names = |files: &Files| files.keys().cloned().collect::<Vec<_>>();
        ensure!(names(&local) == names(&collected));
        for (file, bytes) in &local {
            ensure!(collected[file] == *bytes, "{file} differs");
        }
        Ok(())
    }
}

/// A program that runs scripts in DuckDB.
fn runner(dir: &Path) -> anyhow::Result<PathBuf> {
    let [python, script] = duckdb::runner();
    let path = dir.join("runner");
    fs::write(
        &path,
        format!("#!/bin/sh\nexec '{}' '{}' \"$@\"\n", python.display(), script.display()),
    )?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700))?;
    Ok(path)
}

/// Exports with the log of a service.
const LOGGED: &str = "--log data --keys service.keys --submissions SUBMISSIONS";

#[test]
fn an_export_is_entered_into_the_log_of_a_service_before_anything_is_written_and_how_it_ended()
-> anyhow::Result<()> {
    let exported = Exported::new()?;
    let dir = exported.project.dir();
    let at = |name: &str| dir.join(name);
    tallystick::keys::make(&at("service.keys"), None)?;
    let none = exported.run(&format!("engine export --unsealed --out export {LOGGED}"), &[])?;
    ensure!(none.is_err_and(|said| said.starts_with("error[store-io]")));
    ensure!(!at("export").exists() && !at("data").exists());
    let open = || {
        let keys = ServiceKeys::open(&at("service.keys"), &Passphrases::Absent)?;
        anyhow::Ok(Store::open(&at("data"), keys.audit, Arc::new(SystemClock), 100)?)
    };
    let entries = || {
        let bodies = open()?.read(|connection| {
            let sql = "SELECT body FROM audit_entry WHERE kind LIKE 'filters-%' ORDER BY seq";
            let mut statement = connection.prepare(sql)?;
            let bodies = statement.query_map([], |row| row.get::<_, String>(0))?;
            Ok::<_, StoreError>(bodies.collect::<Result<Vec<_>, _>>()?)
        })?;
        let entries = bodies.iter().map(|it| Ok(serde_json::from_str(it)?));
        entries.collect::<anyhow::Result<Vec<Value>>>()
    };
    drop(open()?);
    exported.done(&format!("engine export --unsealed --out export {LOGGED}"), &[])?;
    let found = entries()?;
    ensure!(found.len() == 2, "{found:?}");
    ensure!(found[0]["kind"] == "filters-export-begun", "{found:?}");
    ensure!(found[0]["counts"]["sources"] == SOURCES.len(), "{found:?}");
    ensure!(found[1]["kind"] == "filters-exported" && found[1]["outcome"] == "ok", "{found:?}");
    ensure!(found[1]["counts"]["begun_in_entry"] == found[0]["seq"], "{found:?}");
    let plan: Value = serde_json::from_slice(&fs::read(at("export/engine.json"))?)?;
    ensure!(
        plan["audit"] == format!("entry {} of the log of the service", found[0]["seq"]),
        "{plan}"
    );
    // Its place cannot be made: a link that leads nowhere is in the way.
    std::os::unix::fs::symlink("nowhere", at("link"))?;
    let failed =
        exported.run(&format!("engine export --unsealed --out link/export {LOGGED}"), &[])?;
    ensure!(failed.is_err_and(|said| said.starts_with("error[io]")));
    let found = entries()?;
    ensure!(found.len() == 4, "{found:?}");
    ensure!(found[2]["kind"] == "filters-export-begun" && found[2]["outcome"] == "ok", "{found:?}");
    ensure!(found[3]["kind"] == "filters-exported" && found[3]["outcome"] == "error", "{found:?}");
    ensure!(found[3]["reason"] == "io", "{found:?}");
    ensure!(found[3]["counts"]["begun_in_entry"] == found[2]["seq"], "{found:?}");
    // What is refused before anything is to leave is in no log.
    let refused = exported.run(&format!("engine export --out none {LOGGED}"), &[])?;
    ensure!(refused.is_err_and(|said| said.starts_with("error[engine-export-sealed]")));
    ensure!(entries()?.len() == 4);
    Ok(())
}

#[test]
fn export_run_and_collect_come_to_the_files_of_link() -> anyhow::Result<()> {
    let exported = Exported::new()?;
    let runner = runner(exported.project.dir())?;
    let sealed = exported.run("engine export --submissions SUBMISSIONS --out export", &[])?;
    let sealed = sealed.err().context("nothing is exported unless that is said")?;
    ensure!(sealed.starts_with("error[engine-export-sealed]"), "{sealed}");
    ensure!(!exported.project.dir().join("export").exists());
    let out = "--out export --left-out left_out.csv";
    exported.done(&format!("engine export --unsealed {out} --submissions SUBMISSIONS"), &[])?;
    exported.done("engine run export --sql-runner", &[&runner])?;
    // Taken up again, nothing of the first script is written again.
    let pairs = exported.project.dir().join("export/out/pairs/part-0.parquet");
    let written = pairs.metadata()?.modified()?;
    exported.done("engine run export --resume --sql-runner", &[&runner])?;
    ensure!(pairs.metadata()?.modified()? == written);
    for (name, truth) in [("plain", None), ("known", Some(Path::new("truth.csv")))] {
        let more = if truth.is_some() { " --truth" } else { "" };
        let more: (&str, Vec<&Path>) = (more, truth.into_iter().collect());
        let to = |folder: &str| {
            format!(
                "--keys unit.keys --out {folder} --clusters {folder}.csv --left-out left_out.csv{}",
                more.0
            )
        };
        let [local, collected] = ["local", "collected"].map(|it| format!("{name}_{it}"));
        exported.done(&format!("link SUBMISSIONS {}", to(&local)), &more.1)?;
        let command = "engine collect export --submissions SUBMISSIONS";
        exported.done(&format!("{command} {}", to(&collected)), &more.1)?;
        exported.check_files(&local, &collected)?;
    }
    // Nobody is left out when it is collected: that is another linkage.
    let other = "engine collect export --keys unit.keys --out other --submissions SUBMISSIONS";
    let other = exported.run(other, &[])?.err().context("another linkage is refused")?;
    ensure!(other.starts_with("error[engine-plan-differs]"), "{other}");
    Ok(())
}

/// By the program, as an operator does it; what SQL found, pairs that connect and persons are looked at besides the files.
fn febrl4_linked_alike(is_one_to_one: bool) -> anyhow::Result<()> {
    let project = Project::new()?;
    let encoded = [febrl(&project, "4a", &[])?, febrl(&project, "4b", &[])?];
    let submissions: Vec<PathBuf> = encoded.into_iter().map(|it| it.submission).collect();
    let exported = Exported { project, submissions };
    let runner = runner(exported.project.dir())?;
    let rule = if is_one_to_one { " --one-to-one set4a:set4b" } else { "" };
    exported.done(
        &format!("engine export --unsealed --out export{rule} --submissions SUBMISSIONS"),
        &[],
    )?;
    exported.done("engine run export --sql-runner", &[&runner])?;
    let to =
        |folder: &str| format!("--keys unit.keys --out {folder} --clusters {folder}.csv{rule}");
    exported.done(&format!("link SUBMISSIONS {}", to("local")), &[])?;
    let command = "engine collect export --submissions SUBMISSIONS";
    exported.done(&format!("{command} {}", to("collected")), &[])?;
    exported.check_files("local", "collected")?;

    let submissions =
        exported.submissions.iter().map(|path| Ok(Submission::open(File::open(path)?)?));
    let linkage = Linkage {
        submissions: submissions.collect::<anyhow::Result<_>>()?,
        without_duplicates: vec![is_one_to_one; 2],
        one_to_one: if is_one_to_one { vec![(0, 1)] } else { Vec::new() },
        limits: limits(&exported.project),
        left_out: Vec::new(),
    };
    let (local, _) = assert_same(&linkage, &exported.project.dir().join("export"));
    // 5,000 persons, each once in both.
    let persons = local.resolution.clusters.counts.main_count;
    ensure!((4_900..5_100).contains(&persons), "{persons}");
    Ok(())
}

#[test]
fn febrl4_is_linked_alike_one_to_one() -> anyhow::Result<()> {
    febrl4_linked_alike(true)
}

#[test]
fn febrl4_is_linked_alike_without_a_rule() -> anyhow::Result<()> {
    febrl4_linked_alike(false)
}
