//! What aliases bring: the jail's rows of other names taken away, then given as a second file and as
//! a column. The same rows are scored each time.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tallystick_e2e::{Encoded, Project, Scores, Synthetic, score};
use tallystick_kernels::Kernel;
use tallystick_synth::{Config, Source};
use tallystick_wire::Profile;

const SOURCES: [Source; 4] = [Source::Police, Source::Court, Source::Jail, Source::Prosecutor];

/// People of the synthetic population.
const PERSONS: u64 = 1_500;

const FILE: &str = "\n[aliases]\nid = \"Jacket\"\nlast = \"Last\"\nfirst = \"First\"\n";
const COLUMN: &str = "\n[[alias]]\nname = { column = \"AKA\", format = \"LAST, FIRST MIDDLE\" }\n\
                      split = \";\"\n";

/// The jail's export without its rows of aliases, those as a file, and as a column of the others.
struct Jail {
    bare: PathBuf,
    file: PathBuf,
    column: PathBuf,
}

impl Jail {
    fn new(synthetic: &Synthetic, dir: &Path) -> anyhow::Result<Self> {
        let mut reader = csv::Reader::from_path(synthetic.export(Source::Jail))?;
        let header = reader.headers()?.clone();
        let place = |name: &str| header.iter().position(|cell| cell == name).context("a column");
        let [kind, jacket, last, first] =
            [place("NameType")?, place("Jacket")?, place("Last")?, place("First")?];
        let jail = Self {
            bare: dir.join("jail.csv"),
            file: dir.join("aka.csv"),
            column: dir.join("jail_aka.csv"),
        };
        let rows = reader.records().collect::<Result<Vec<_>, _>>()?;
        let mut names: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        let mut file = csv::Writer::from_path(&jail.file)?;
        file.write_record(["Jacket", "Last", "First"])?;
        for row in rows.iter().filter(|row| &row[kind] == "A") {
            file.write_record([&row[jacket], &row[last], &row[first]])?;
            names
                .entry(&row[jacket])
                .or_default()
                .insert(format!("{}, {}", &row[last], &row[first]));
        }
        file.flush()?;
        let mut bare = csv::Writer::from_path(&jail.bare)?;
        let mut column = csv::Writer::from_path(&jail.column)?;
        bare.write_record(&header)?;
        column.write_record(header.iter().chain(["AKA"]))?;
        for row in rows.iter().filter(|row| &row[kind] != "A") {
            bare.write_record(row)?;
            let aka = names
                .get(&row[jacket])
                .map(|names| names.iter().map(String::as_str).collect::<Vec<_>>().join(";"));
            column.write_record(row.iter().chain([aka.unwrap_or_default().as_str()]))?;
        }
        bare.flush()?;
        column.flush()?;
        Ok(jail)
    }
}

/// Leaves one line for each row in a handles file, that of its own name.
fn own_names_only(encoded: &Encoded) -> anyhow::Result<()> {
    let text = fs::read_to_string(&encoded.handles)?;
    let mut seen = BTreeSet::new();
    let kept: Vec<&str> =
        text.lines().filter(|line| seen.insert(line.split_once(',').map(|(_, row)| row))).collect();
    fs::write(&encoded.handles, kept.join("\n") + "\n")?;
    Ok(())
}

fn linked(
    project: &Project,
    synthetic: &Synthetic,
    jail: Encoded,
    run: &str,
) -> anyhow::Result<Scores> {
    let mut encoded = vec![jail];
    for source in SOURCES.into_iter().filter(|source| *source != Source::Jail) {
        let mapping = synthetic.mapping(source)?;
        let export = synthetic.export(source);
        encoded.push(project.encode(&export, &mapping, Profile::Standard, run)?);
    }
    let submissions: Vec<PathBuf> = encoded.iter().map(|one| one.submission.clone()).collect();
    let result = project.link(&submissions, &[], Kernel::detect(), run)?;
    own_names_only(&encoded[0])?;
    score(&encoded, &result.clusters, &synthetic.truth())
}

#[test]
fn aliases_find_people_and_cost_no_precision() -> anyhow::Result<()> {
    let synthetic = Synthetic::new(&Config {
        persons: PERSONS,
        sources: SOURCES.to_vec(),
        ..Config::default()
    })?;
    let project = Project::new()?;
    let jail = Jail::new(&synthetic, project.dir())?;
    let mapping = synthetic.mapping(Source::Jail)?;
    let standard = Profile::Standard;
    let bare = project.encode(&jail.bare, &mapping, standard, "bare")?;
    let file = project.encode_aliased(
        [&jail.bare, &jail.file],
        &format!("{mapping}{FILE}"),
        standard,
        "file",
    )?;
    let column = project.encode(&jail.column, &format!("{mapping}{COLUMN}"), standard, "column")?;
    let rows = project.encode(&synthetic.export(Source::Jail), &mapping, standard, "rows")?;
    // Without the number of the person a row stands for itself and its aliases.
    let unnumbered = mapping.replace("local_id = \"Jacket\"\n", "");
    let bare_unnumbered = project.encode(&jail.bare, &unnumbered, standard, "bare_unnumbered")?;
    let unnumbered =
        project.encode(&jail.column, &format!("{unnumbered}{COLUMN}"), standard, "unnumbered")?;
    assert!(file.report.aliases.aliases > 0 && column.report.aliases.aliases > 0);

    let mut scores = BTreeMap::new();
    for (run, encoded) in [
        ("bare", bare),
        ("file", file),
        ("column", column),
        ("rows", rows),
        ("bare_unnumbered", bare_unnumbered),
        ("unnumbered", unnumbered),
    ] {
        let found = linked(&project, &synthetic, encoded, run)?;
        let (precision, recall) = (found.rows.all.precision(), found.rows.all.recall());
        let across = found.rows.across;
        println!(
            "{run}: precision {precision:.5}, recall {recall:.5}; between sources {:.5}, {:.5}",
            across.precision(),
            across.recall()
        );
        scores.insert(run, (precision, recall));
    }
    for (with, without) in [("file", "bare"), ("column", "bare"), ("unnumbered", "bare_unnumbered")]
    {
        let (with, without) = (scores[with], scores[without]);
        assert!(with.0 >= without.0 - 0.001, "precision {} from {}", with.0, without.0);
        assert!(with.1 >= without.1, "recall {} from {}", with.1, without.1);
    }
    Ok(())
}
