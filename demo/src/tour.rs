//! The demo: synthetic exports, keys, encoding at three agencies, their uploads to the real service, linking there, and a
//! look at the result.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use anyhow::{Context as _, bail};
use clap::Args;
use tallystick::keys as unit_keys;
use tallystick_agency::encode::{EncodeReport, EncodeRequest, encode};
use tallystick_agency::export::{Input, ReadLimits};
use tallystick_agency::keys::{self as agency_keys, KeyFile};
use tallystick_encoder::mapping::Mapping;
use tallystick_synth::Source;
use tallystick_wire::Profile;

use crate::release::Bundle;
use crate::score;
use crate::service::Service;
use crate::unit::{Linkage, UnitAtWork};

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
    /// Leave the service running until Ctrl-C, and print its address and log-ins.
    #[arg(long)]
    serve: bool,
    /// Port of the service on this machine; 0 for a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
}

pub(crate) const SOURCES: [Source; 3] = [Source::Police, Source::Court, Source::Provider];

/// Runs the main job from messy exports to linked tables.
pub(crate) fn run(args: &TourArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let started = Instant::now();
    let dir = &args.out;
    prepare(dir)?;
    writeln!(out, "tallystick demo: {} synthetic persons, seed {}\n", args.persons, args.seed)?;
    let submissions = at_the_agencies(args, out)?;

    let service = Service::start(&dir.join("unit"), &dir.join("unit.keys"), args.port)?;
    writeln!(
        out,
        "4  the linkage unit's service runs at {}, its store in {}",
        service.url,
        dir.join("unit").display()
    )?;
    let mut unit = UnitAtWork::set_up(&service, &key_path(dir, SOURCES[0]))?;
    writeln!(
        out,
        "     {} accounts with a second factor each, {} agreements in force",
        unit.people(),
        unit.agreements
    )?;
    writeln!(out, "5  each agency uploads over HTTPS, and keeps a receipt signed by the unit")?;
    for (source, submission) in SOURCES.into_iter().zip(&submissions) {
        let receipt = unit.upload(source, submission, dir)?;
        writeln!(
            out,
            "     {:9} {:>4} MB -> {receipt}",
            source.label(),
            fs::metadata(submission)?.len() / 1_000_000
        )?;
    }
    let linkage = unit.link(dir)?;
    tell(&linkage, dir, out)?;
    let bundle = unit.release(&linkage.run, dir)?;
    tell_release(&bundle, &unit.public_key(), out)?;
    let entries = unit.verify_log(dir)?;
    writeln!(
        out,
        "8  the compliance officer's copy of the log: {entries} entries, chain and signatures are whole"
    )?;
    compare(&linkage, dir, out)?;
    look_at(dir, out)?;
    writeln!(out, "\n{:.1} seconds in all", started.elapsed().as_secs_f64())?;
    if !args.serve {
        return service.stop();
    }
    unit.print_log_ins(out)?;
    service.wait()
}

/// Exports, keys, and a submission of each agency.
fn at_the_agencies(args: &TourArgs, out: &mut impl Write) -> anyhow::Result<Vec<PathBuf>> {
    let dir = &args.out;
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
    Ok(submissions)
}

fn tell(linkage: &Linkage, dir: &Path, out: &mut impl Write) -> anyhow::Result<()> {
    writeln!(
        out,
        "6  an operator starts a run: {} identities are linked without a name being seen: {} persons, {} of them in \
         more than one source",
        linkage.records, linkage.persons, linkage.persons_in_several_sources
    )?;
    for warning in &linkage.warnings {
        writeln!(out, "     note: {warning}")?;
    }
    let tables = dir.join("linked").display().to_string();
    Ok(writeln!(
        out,
        "     the release desk, with a key of its own, makes tables of it -> {tables}"
    )?)
}

fn tell_release(bundle: &Bundle, key: &str, out: &mut impl Write) -> anyhow::Result<()> {
    writeln!(
        out,
        "7  a study's tables are checked, approved by a second person and downloaded by the evaluator: {} persons, k = {}",
        bundle.persons, bundle.k
    )?;
    let arms: Vec<String> =
        bundle.arms.iter().map(|(arm, count)| format!("{arm} {count}")).collect();
    writeln!(out, "     {}; {} tables, {} rows", arms.join(", "), bundle.tables, bundle.rows)?;
    Ok(writeln!(
        out,
        "     whole and signed; try: tallystick verify-bundle {} --key {key}",
        bundle.path.display()
    )?)
}

/// What the unit expects without labels, beside what the demo knows.
fn compare(linkage: &Linkage, dir: &Path, out: &mut impl Write) -> anyhow::Result<()> {
    let args = score::ScoreArgs::new(
        SOURCES.map(|source| (source.label(), handles_path(dir, source))).to_vec(),
        dir.join("clusters.csv"),
        dir.join("exports/truth.csv"),
    );
    let truth = serde_json::to_value(score::run(&args)?)?;
    let number =
        |path: &str| truth.pointer(path).and_then(serde_json::Value::as_f64).unwrap_or(0.0);
    let (precision, recall) = (number("/pairs/all/precision"), number("/pairs/all/recall"));
    let (expected_precision, expected_recall) =
        (linkage.expected_precision, linkage.expected_recall);
    writeln!(out, "\n                       expected without labels   true")?;
    writeln!(
        out,
        "   pair precision      {expected_precision:.3}                     {precision:.3}"
    )?;
    writeln!(out, "   pair recall         {expected_recall:.3}                     {recall:.3}")?;
    writeln!(out, "   B-cubed F1                                    {:.3}", number("/b_cubed/f1"))?;
    Ok(())
}

fn look_at(dir: &Path, out: &mut impl Write) -> anyhow::Result<()> {
    writeln!(out, "\nLook at:")?;
    for (file, what) in [
        ("linkage_report.html", "how good the linkage is, with pictures (open in a browser)"),
        ("release_report.html", "the release's linkage report, item by item after GUILD"),
        ("codebook.html", "every table and column of the bundle"),
        ("bundle.zip", "what the evaluator gets: CSV, Parquet, codebook, Stata and R scripts"),
        ("linked/persons.csv", "one row per person: study id, sources, quality of the links"),
        (
            "linked/arrest.csv",
            "one row per event: days since the person's first event, no dates, no names",
        ),
        ("linked/codebook.json", "every table and column"),
        ("police.tally.receipt.json", "what an agency keeps"),
        ("audit.jsonl", "the log; try: tallystick audit verify (docs/audit.md)"),
    ] {
        let path = dir.join(file);
        if path.exists() {
            writeln!(out, "   {:42} {what}", path.display())?;
        }
    }
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
