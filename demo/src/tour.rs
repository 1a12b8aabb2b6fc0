//! The demo: synthetic exports, keys, encoding at three agencies, linking, and a look at the result.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use anyhow::{Context as _, bail};
use clap::Args;
use tallystick::config::Config;
use tallystick::keys as unit_keys;
use tallystick::link::{LinkRequest, Observer, link};
use tallystick_agency::encode::{EncodeReport, EncodeRequest, encode};
use tallystick_agency::export::{Input, ReadLimits};
use tallystick_agency::keys::{self as agency_keys, KeyFile};
use tallystick_encoder::mapping::Mapping;
use tallystick_kernels::Kernel;
use tallystick_synth::Source;
use tallystick_wire::Profile;

use crate::score;

/// Marks a directory as the demo's own, so that only such a one is ever replaced.
const MARK: &str = "made-by-tallystick-demo";

/// The synthetic exports end in this year; later births are implausible.
const STUDY_YEAR_MAX: u16 = 2020;

/// What the demo runs on.
#[derive(Args, Debug)]
pub(crate) struct TourArgs {
    /// Persons of the synthetic city.
    #[arg(long, default_value_t = 20_000)]
    persons: u64,
    /// Seed of everything random but the keys.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where everything goes; replaced if an earlier demo made it.
    #[arg(long, default_value = "target/demo", value_name = "DIR")]
    out: PathBuf,
}

/// No bar: the demo prints a line per step.
struct Quiet;

impl Observer for Quiet {
    fn stage(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
    fn is_cancelled(&self) -> bool {
        false
    }
}

const SOURCES: [Source; 3] = [Source::Police, Source::Court, Source::Provider];

/// Runs the main job from messy exports to linked tables.
pub(crate) fn run(args: &TourArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let started = Instant::now();
    let dir = &args.out;
    prepare(dir)?;
    writeln!(out, "tallystick demo: {} synthetic persons, seed {}\n", args.persons, args.seed)?;

    let exports = dir.join("exports");
    let config = tallystick_synth::Config {
        persons: args.persons,
        seed: args.seed,
        sources: SOURCES.to_vec(),
        ..tallystick_synth::Config::default()
    };
    fs::create_dir_all(&exports)?;
    tallystick_synth::write_exports(&config, &exports)?;
    writeln!(out, "1  three agencies' exports, messy as real ones      {}", exports.display())?;

    let unit = dir.join("unit.keys");
    let recipient = unit_keys::make(&unit, None).map_err(anyhow::Error::new)?.recipient();
    make_agency_keys(dir, &recipient)?;
    writeln!(out, "2  keys: one encoding key at the agencies, none of it at the linkage unit")?;

    writeln!(out, "3  each agency encodes its own export; what leaves is the .tally file alone")?;
    let mut submissions = Vec::new();
    for source in SOURCES {
        let (report, submission) = encode_one(dir, source)?;
        writeln!(
            out,
            "     {:9} {:>7} rows -> {:>6} identities, {:>4} rejected -> {}",
            report.source,
            report.rows_read,
            report.records,
            report.rows_rejected(),
            submission.display()
        )?;
        submissions.push(submission);
    }

    let linked = dir.join("linked");
    let clusters = dir.join("clusters.csv");
    let request = LinkRequest {
        submissions: &submissions,
        keys: &unit_keys::UnitKeys::read(&unit)?,
        config: &Config::load(None)?,
        one_to_one: &[],
        out: &linked,
        clusters: Some(&clusters),
        truth: None,
        canaries: None,
        kernel: Kernel::detect(),
    };
    let summary = link(&request, &Quiet)?;
    writeln!(
        out,
        "4  the linkage unit links {} identities without seeing a name: {} persons, {} of them in \
         more than one source",
        summary.records, summary.persons, summary.persons_in_several_sources
    )?;
    for warning in &summary.warnings {
        writeln!(out, "     note: {warning}")?;
    }

    let args = score::ScoreArgs::new(
        SOURCES.map(|source| (source.label(), handles_path(dir, source))).to_vec(),
        clusters,
        exports.join("truth.csv"),
    );
    let truth = serde_json::to_value(score::run(&args)?)?;
    let number =
        |path: &str| truth.pointer(path).and_then(serde_json::Value::as_f64).unwrap_or(0.0);
    writeln!(out, "\n                       expected without labels   true")?;
    let (precision, recall) = (number("/pairs/all/precision"), number("/pairs/all/recall"));
    writeln!(
        out,
        "   pair precision      {:.3}                     {precision:.3}",
        summary.expected_precision
    )?;
    writeln!(
        out,
        "   pair recall         {:.3}                     {recall:.3}",
        summary.expected_recall
    )?;
    writeln!(out, "   B-cubed F1                                    {:.3}", number("/b_cubed/f1"))?;

    writeln!(out, "\nLook at:")?;
    for (file, what) in [
        ("linkage_report.html", "how good the linkage is, with pictures (open in a browser)"),
        ("persons.csv", "one row per person: study id, sources, quality of the links"),
        (
            "arrest.csv",
            "one row per event: days since the person's first event, no dates, no names",
        ),
        ("codebook.json", "every table and column"),
    ] {
        let path = linked.join(file);
        if path.exists() {
            writeln!(out, "   {:42} {what}", path.display())?;
        }
    }
    writeln!(out, "\n{:.1} seconds in all", started.elapsed().as_secs_f64())?;
    Ok(())
}

/// An empty directory; one that an earlier demo made is replaced, any other is left alone.
fn prepare(dir: &Path) -> anyhow::Result<()> {
    if dir.exists() {
        let is_empty = fs::read_dir(dir)?.next().is_none();
        if !is_empty && !dir.join(MARK).exists() {
            bail!("{} was not made by the demo; give another --out", dir.display());
        }
        fs::remove_dir_all(dir)?;
    }
    fs::create_dir_all(dir)?;
    fs::write(dir.join(MARK), b"")?;
    Ok(())
}

fn key_path(dir: &Path, source: Source) -> PathBuf {
    dir.join(format!("{}.keys", source.label()))
}

fn handles_path(dir: &Path, source: Source) -> PathBuf {
    dir.join(format!("{}.handles.csv", source.label()))
}

/// The first agency makes the project's keys and invites the others.
fn make_agency_keys(dir: &Path, recipient: &str) -> anyhow::Result<()> {
    let first = key_path(dir, SOURCES[0]);
    agency_keys::make(&first, Some(recipient), None)?;
    for source in &SOURCES[1..] {
        let path = key_path(dir, *source);
        let invited = agency_keys::join(&path, None)?.to_string();
        let invitation = dir.join(format!("{}.invitation.age", source.label()));
        let unsealed = agency_keys::Passphrases::Absent;
        let keys = agency_keys::invite(&first, &invited, &invitation, &unsealed)?;
        let digits = keys.fingerprint().to_string();
        agency_keys::accept(&path, &invitation, None, Some(&digits), &unsealed)?;
    }
    Ok(())
}

fn encode_one(dir: &Path, source: Source) -> anyhow::Result<(EncodeReport, PathBuf)> {
    let export = dir.join("exports").join(format!("{}.csv", source.label()));
    let mapping = dir.join("exports").join(format!("{}.mapping.toml", source.label()));
    let mapping = Mapping::parse(&fs::read_to_string(&mapping)?)?;
    let output = dir.join(format!("{}.tally", source.label()));
    let handles = handles_path(dir, source);
    let request = EncodeRequest {
        export: &Input::file(export),
        mapping: &mapping,
        aliases: None,
        keys: &KeyFile::read(&key_path(dir, source))?,
        profile: Profile::Standard,
        output: &output,
        handles: Some((&handles, None)),
        canaries: None,
        limits: ReadLimits::default(),
        year_max: STUDY_YEAR_MAX,
    };
    let report = encode(&request, &mut |_, _| {}, &AtomicBool::new(false))
        .with_context(|| format!("encoding the {} export", source.label()))?;
    Ok((report, output))
}
