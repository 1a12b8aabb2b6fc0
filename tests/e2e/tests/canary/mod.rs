//! Nothing that `encode` and `link` write or print holds a name, an address, a number or a part of one.

pub(super) mod people;
pub(super) mod search;
mod service;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use assert_cmd::Command;
use tallystick_agency::keys::KeyFile;
use tallystick_e2e::{Program, Project, Synthetic, files_in, program};
use tallystick_synth::{Config, Source};
use tallystick_wire::{SectionKind, Submission};

use people::{Exports, letters, plant};
use search::{Search, forms, shortest};

const SOURCES: [Source; 3] = [Source::Police, Source::Court, Source::Provider];

/// Names in the rows and in a second file; the column of the former holds charges of others.
const ALIASES: &str = r#"
[[alias]]
name = { column = "CHARGE_DESC", format = "LAST, FIRST MIDDLE" }
[aliases]
id = "SFNO"
name = { column = "NAME", format = "LAST, FIRST MIDDLE" }
"#;

/// One run of both programs on exports with canaries.
struct Run {
    project: Project,
    exports: Exports,
    /// Everything written and printed, by name.
    outputs: BTreeMap<String, Vec<u8>>,
}

fn synthetic() -> anyhow::Result<Synthetic> {
    Synthetic::new(&Config { persons: 300, sources: SOURCES.to_vec(), ..Config::default() })
}

/// Runs a program; keeps what it prints under a name.
fn run(
    command: &mut Command,
    name: &str,
    outputs: &mut BTreeMap<String, Vec<u8>>,
) -> anyhow::Result<bool> {
    let output = command.output()?;
    outputs.insert(format!("{name} stdout"), output.stdout);
    outputs.insert(format!("{name} stderr"), output.stderr);
    Ok(output.status.success())
}

fn encode_command(project: &Project, label: &str, mapping: &Path) -> anyhow::Result<Command> {
    let mut command = Command::new(program(Program::Agency)?);
    command.current_dir(project.dir().join("work")).arg("encode");
    command.arg("--key").arg(project.agency_keys(label)?).arg("--mapping").arg(mapping);
    let aliases = project.dir().join("exports").join(format!("{label}.aliases.csv"));
    if aliases.exists() {
        command.arg("--aliases").arg(aliases);
    }
    command.arg("--handles").arg(format!("{label}.handles.csv"));
    command.arg("-o").arg(format!("{label}.tally"));
    command.arg(project.dir().join("exports").join(format!("{label}.csv")));
    Ok(command)
}

/// What else the agency's program writes: a sealed handles file, labels of planted persons, an
/// invitation and rows looked up.
fn seal_and_plant(
    project: &Project,
    mapping: &Path,
    outputs: &mut BTreeMap<String, Vec<u8>>,
) -> anyhow::Result<()> {
    let agency = || -> anyhow::Result<Command> {
        let mut command = Command::new(program(Program::Agency)?);
        command.current_dir(project.dir().join("work"));
        Ok(command)
    };
    let key = project.agency_keys("police")?;
    let mut command = agency()?;
    command.args(["encode", "--handles", "police.handles.csv.age", "--canaries", "20"]);
    command.args(["--canary-labels", "police.planted.csv", "-o", "../again.tally"]);
    command.arg("--key").arg(&key).arg("--mapping").arg(mapping);
    command.arg("--aliases").arg(project.dir().join("exports/police.aliases.csv"));
    command.arg(project.dir().join("exports/police.csv"));
    anyhow::ensure!(run(&mut command, "planting", outputs)?, "the police plants");
    let court = KeyFile::read(&project.agency_keys("court")?)?.recipient();
    let court = court.context("the court has a key pair")?.to_string();
    let mut command = agency()?;
    command.args(["keys", "invite"]).arg(&key);
    command.args(["--for", &court, "-o", "invitation.age"]);
    anyhow::ensure!(run(&mut command, "invite", outputs)?, "the court is invited");
    let mut command = agency()?;
    command.args(["lookup", "--handles", "police.handles.csv.age", "--source", "police"]);
    command.args(["clusters.csv", "-o", "rows.csv", "--key"]).arg(&key);
    anyhow::ensure!(run(&mut command, "lookup", outputs)?, "handles are looked up");
    Ok(())
}

impl Run {
    fn new() -> anyhow::Result<Self> {
        let (synthetic, project) = (synthetic()?, Project::new()?);
        let work = project.dir().join("work");
        fs::create_dir(&work)?;
        let from = project.dir().join("exports");
        fs::create_dir(&from)?;
        let exports = plant(&synthetic, &from)?;
        // Rows that are refused hold canaries too.
        let mut police = fs::OpenOptions::new().append(true).open(from.join("police.csv"))?;
        for person in &exports.people {
            writeln!(police, "{}", person.canaries().join(","))?;
            writeln!(police, "{}", person.canaries()[0])?;
        }
        let mut outputs = BTreeMap::new();
        for source in SOURCES {
            let label = source.label();
            let mapping = from.join(format!("{label}.toml"));
            let mut text = synthetic.mapping(source)?;
            if source == Source::Police {
                let rows: Vec<String> =
                    exports.people.iter().map(people::Person::alias_row).collect();
                let rows = format!("SFNO,NAME\n{}\n", rows.join("\n"));
                fs::write(from.join("police.aliases.csv"), rows)?;
                text.push_str(ALIASES);
            }
            fs::write(&mapping, text)?;
            let mut command = encode_command(&project, label, &mapping)?;
            anyhow::ensure!(run(&mut command, label, &mut outputs)?, "{label} is encoded");
        }
        let mut command = Command::new(program(Program::Unit)?);
        command.current_dir(&work).args(["link", "--out", "linked", "--clusters", "clusters.csv"]);
        command.arg("--keys").arg(project.unit_keys());
        command.args(SOURCES.map(|source| format!("{}.tally", source.label())));
        anyhow::ensure!(run(&mut command, "link", &mut outputs)?, "the submissions are linked");
        seal_and_plant(&project, &from.join("police.toml"), &mut outputs)?;
        outputs.extend(files_in(&work)?);
        Ok(Self { project, exports, outputs })
    }

    fn canaries(&self) -> Vec<String> {
        self.exports.people.iter().flat_map(people::Person::canaries).collect()
    }

    /// Takes the sealed content out of each submission: it is noise, in which short texts stand by
    /// chance, and it is searched opened.
    fn open_content(&mut self) -> anyhow::Result<()> {
        for source in SOURCES {
            let name = format!("{}.tally", source.label());
            let path: PathBuf = self.project.dir().join("work").join(&name);
            let submission = Submission::open(fs::File::open(path)?)?;
            let sealed = submission.content().context("the export has content")?;
            let decryptor = age::Decryptor::new_buffered(std::io::BufReader::new(sealed))?;
            let identity: &dyn age::Identity = self.project.release_key();
            let mut opened = Vec::new();
            decryptor.decrypt(std::iter::once(identity))?.read_to_end(&mut opened)?;
            let (_, section) =
                submission.layout().section(SectionKind::Content).context("content section")?;
            let (start, length) =
                (usize::try_from(section.offset)?, usize::try_from(section.bytes)?);
            let bytes = self.outputs.get_mut(&name).context("the submission is kept")?;
            bytes[start..start + length].fill(0);
            self.outputs.insert(format!("{name} content, opened"), opened);
        }
        Ok(())
    }
}

#[test]
fn no_canary_leaves_the_agency_or_comes_out_of_the_linkage() -> anyhow::Result<()> {
    let mut run = Run::new()?;
    run.open_content()?;
    let search = Search::new(&run.canaries());
    for (name, bytes) in &run.outputs {
        assert_eq!(search.find(bytes), [], "in {name}");
    }
    the_canaries_were_linked(&run)?;
    nothing_else_was_written(&run)?;
    every_form_of_a_planted_canary_is_found(&run, &search);
    Ok(())
}

/// The search would be idle if the canaries had been refused on the way.
fn the_canaries_were_linked(run: &Run) -> anyhow::Result<()> {
    let text = |name: &str| String::from_utf8_lossy(&run.outputs[name]).into_owned();
    assert!(text("police stdout").contains("row-ragged: 12 "), "{}", text("police stdout"));
    let none = "not in export  0 rows of 0 persons";
    assert!(text("police stdout").contains(none), "{}", text("police stdout"));
    let cells = |name: &str| -> Vec<Vec<String>> {
        let lines = text(name);
        lines.lines().skip(1).map(|l| l.split(',').map(str::to_owned).collect()).collect()
    };
    let clusters = cells("clusters.csv");
    let mut persons_of: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for ((source, person), rows) in &run.exports.rows {
        let handles = cells(&format!("{source}.handles.csv"));
        for row in rows {
            let handle = handles.iter().find(|cells| cells[1] == *row);
            let handle = &handle.context("every row of a canary is accepted")?[0];
            let cluster = clusters.iter().find(|c| c[0] == *source && c[1] == *handle);
            let cluster = cluster.context("every handle has a cluster")?;
            persons_of.entry(person).or_default().insert(&cluster[2]);
        }
    }
    assert_eq!(persons_of.len(), run.exports.people.len());
    assert!(persons_of.values().all(|persons| persons.len() == 1), "each canary is one person");
    Ok(())
}

/// No scratch file is left in a directory that programs write to.
fn nothing_else_was_written(run: &Run) -> anyhow::Result<()> {
    let mut found: Vec<String> = fs::read_dir(run.project.dir().join("work"))?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<anyhow::Result<_>>()?;
    found.sort_unstable();
    let expected = [
        "clusters.csv",
        "court.handles.csv",
        "court.tally",
        "invitation.age",
        "linked",
        "police.handles.csv",
        "police.handles.csv.age",
        "police.planted.csv",
        "police.tally",
        "provider.handles.csv",
        "provider.tally",
        "rows.csv",
    ];
    assert_eq!(found, expected);
    let mut tables: Vec<&String> =
        run.outputs.keys().filter(|name| name.starts_with("linked/")).collect();
    tables.sort_unstable();
    let expected = [
        "linked/arrest.csv",
        "linked/arrest.parquet",
        "linked/case.csv",
        "linked/case.parquet",
        "linked/codebook.json",
        "linked/linkage_report.html",
        "linked/linkage_report.json",
        "linked/persons.csv",
        "linked/persons.parquet",
        "linked/service.csv",
        "linked/service.parquet",
    ];
    assert_eq!(tables, expected.each_ref());
    Ok(())
}

/// The positive control: each form of a whole canary and of a part, in each output.
fn every_form_of_a_planted_canary_is_found(run: &Run, search: &Search) {
    let canaries = run.canaries();
    for (number, (name, bytes)) in run.outputs.iter().enumerate() {
        let canary = &canaries[number % canaries.len()];
        let whole = canary.as_bytes();
        let part = &whole[..shortest(canary)];
        for text in [whole, part] {
            for (form, planted) in forms(text) {
                let mut copy = bytes.clone();
                let at = copy.len() / 2;
                copy.splice(at..at, planted);
                let found = search.find(&copy);
                assert!(!found.is_empty(), "{form} of canary {number} planted in {name}");
            }
        }
    }
}

#[test]
fn a_refused_export_prints_and_leaves_nothing_of_it() -> anyhow::Result<()> {
    let (synthetic, project) = (synthetic()?, Project::new()?);
    let from = project.dir().join("exports");
    let work = project.dir().join("work");
    fs::create_dir(&from)?;
    fs::create_dir(&work)?;
    let exports = plant(&synthetic, &from)?;
    let canaries: Vec<String> = exports.people.iter().flat_map(people::Person::canaries).collect();
    let mapping = synthetic.mapping(Source::Police)?;
    let name_as_content =
        mapping.replace("district = { column = \"DISTRICT\"", "district = { column = \"SUSPECT\"");
    assert_ne!(name_as_content, mapping);
    // A mapping is written by hand; what stands in it by mistake is not repeated either.
    let canary = letters("in a mapping", 12);
    let unknown_key = mapping.replace("sex = \"SEX\"", &format!("sex = [\"{canary}\"]"));
    let search = Search::new(&[canaries, vec![canary]].concat());
    for (number, mapping) in [name_as_content, unknown_key].iter().enumerate() {
        let path = from.join(format!("{number}.toml"));
        fs::write(&path, mapping)?;
        let mut outputs = BTreeMap::new();
        let mut command = encode_command(&project, "police", &path)?;
        assert!(!run(&mut command, "police", &mut outputs)?, "case {number} is refused");
        outputs.extend(files_in(&work)?);
        let names: Vec<&str> = outputs.keys().map(String::as_str).collect();
        assert_eq!(names, ["police stderr", "police stdout"], "case {number} leaves no file");
        for (name, bytes) in &outputs {
            assert_eq!(search.find(bytes), [], "in {name} of case {number}");
        }
    }
    Ok(())
}
