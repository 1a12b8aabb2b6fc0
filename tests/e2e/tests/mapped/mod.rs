//! A mapping with everything, from the export to the release tables: golden, and nothing is lost.

mod aliases;

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use tallystick_e2e::{Program, Project, program};
use tallystick_wire::Submission;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/mapping").join(name)
}

/// Runs a program that succeeds; gives what it prints.
fn run(project: &Project, which: Program, arguments: &[&str]) -> anyhow::Result<String> {
    let mut command = Command::new(program(which)?);
    let output = command.current_dir(project.dir()).args(arguments).output()?;
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    anyhow::ensure!(output.status.success(), "{errors}");
    Ok(String::from_utf8(output.stdout)?)
}

/// Encodes one fixture.
fn encode(project: &Project, name: &str, mapping: &str, more: &[&str]) -> anyhow::Result<String> {
    let source = if name == "arrests" { "police" } else { "court" };
    let key = project.agency_keys(source)?;
    let (export, mapping) = (fixture(&format!("{name}.csv")), fixture(mapping));
    let (output, handles) = (format!("{source}.tally"), format!("{source}.handles.csv"));
    let texts = [&key, &mapping, &export].map(|path| path.to_string_lossy().into_owned());
    let mut arguments = vec!["encode", "--key", &texts[0], "--mapping", &texts[1], &texts[2]];
    arguments.extend(["-o", &output, "--handles", &handles]);
    arguments.extend(more);
    run(project, Program::Agency, &arguments)
}

#[test]
fn every_shape_comes_out_as_agreed() -> anyhow::Result<()> {
    let project = Project::new()?;
    let aliases = fixture("aliases.csv").to_string_lossy().into_owned();
    let report = encode(&project, "arrests", "mapping.toml", &["--aliases", &aliases])?;
    encode(&project, "court", "court.toml", &[])?;
    let (counts, _) = report.split_once("\nsubmission ").expect("the report names its file");
    insta::assert_snapshot!("report", counts);

    let submission = Submission::open(fs::File::open(project.dir().join("police.tally"))?)?;
    submission.verify(&|_| ())?;
    let header = submission.header();
    assert_eq!(header.version(), 2);
    assert_eq!(header.rows_read, header.rows_accepted + header.rows_rejected);
    assert_eq!(header.records + header.rows_collapsed, header.rows_accepted + header.aliases);
    let handles = fs::read_to_string(project.dir().join("police.handles.csv"))?;
    let lines = u64::try_from(handles.lines().count() - 1)?;
    assert_eq!(lines, header.rows_accepted + header.aliases, "each alias is looked up by its row");

    let keys = project.unit_keys().to_string_lossy().into_owned();
    let link = ["link", "--keys", &keys, "--out", "linked", "--clusters", "clusters.csv"];
    run(&project, Program::Unit, &[&link[..], &["police.tally", "court.tally"]].concat())?;
    let table = |name: &str| fs::read_to_string(project.dir().join("linked").join(name));
    for name in ["arrest", "charge", "note", "case"] {
        insta::assert_snapshot!(name, table(&format!("{name}.csv"))?.replace('\r', ""));
    }
    Ok(())
}

/// Encodes a fixture with odd options; gives what it says of them.
fn refused(name: &str, mapping: &str, more: &[&str]) -> anyhow::Result<String> {
    let project = Project::new()?;
    let key = project.agency_keys(if name == "arrests" { "police" } else { "court" })?;
    let mut command = Command::new(program(Program::Agency)?);
    command.current_dir(project.dir()).args(["encode", "-o", "refused.tally"]).args(more);
    command.arg("--key").arg(key).arg("--mapping").arg(fixture(mapping));
    let output = command.arg(fixture(&format!("{name}.csv"))).output()?;
    anyhow::ensure!(!output.status.success() && !project.dir().join("refused.tally").exists());
    Ok(String::from_utf8(output.stderr)?)
}

#[test]
fn a_second_file_and_its_mapping_come_together() -> anyhow::Result<()> {
    let errors = refused("court", "court.toml", &["--aliases", "none.csv"])?;
    assert!(errors.starts_with("error[mapping-aliases-missing]"), "{errors}");
    // Without the file its names would be missing, and nobody would know.
    let errors = refused("arrests", "mapping.toml", &[])?;
    assert!(errors.starts_with("error[aliases-missing]"), "{errors}");
    Ok(())
}
