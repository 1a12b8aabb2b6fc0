//! The demo: synthetic exports, keys, encoding at three agencies, their uploads to the real service, linking there, and a
//! look at the result.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
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

use crate::clock::DemoClock;
use crate::interrupt::Interrupt;
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
    /// Where everything goes; replaced if an earlier demo made it [default: target/demo, with --serve a directory that is removed at the end].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Leave a populated service running until Ctrl-C, with a table of log-ins.
    #[arg(long)]
    serve: bool,
    /// Port of the service on this machine; 0 for a free one [default: a free one, with --serve 8443 if it is free].
    #[arg(long)]
    port: Option<u16>,
}

/// Port that `--serve` takes if nobody else has it.
const SERVE_PORT: u16 = 8443;

impl TourArgs {
    fn port(&self) -> u16 {
        let is_free = |port: u16| std::net::TcpListener::bind(("127.0.0.1", port)).is_ok();
        self.port.unwrap_or_else(|| if self.serve && is_free(SERVE_PORT) { SERVE_PORT } else { 0 })
    }
}

pub(crate) const SOURCES: [Source; 3] = [Source::Police, Source::Court, Source::Provider];

/// Days that lie behind the service at each step when it is left running: the log then has weeks to look at.
const DAYS_AGO: [i64; 3] = [17, 9, 3];

/// Runs the main job from messy exports to linked tables.
pub(crate) fn run(args: &TourArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let scratch = match &args.out {
        None if args.serve => Some(tempfile::Builder::new().prefix("tallystick-demo-").tempdir()?),
        _ => None,
    };
    let dir = match (&args.out, &scratch) {
        (Some(dir), _) => dir.clone(),
        (None, Some(scratch)) => scratch.path().join("demo"),
        (None, None) => PathBuf::from("target/demo"),
    };
    let interrupt = args
        .serve
        .then(|| Interrupt::catch(scratch.as_ref().map(|scratch| scratch.path().to_owned())));
    through(args, &dir, interrupt.transpose()?, out)?;
    if let Some(scratch) = scratch {
        scratch.close()?;
        // Nobody may be reading any more.
        let _ = writeln!(out, "\nthe service ended, and everything of it was removed");
    }
    Ok(())
}

fn through(
    args: &TourArgs,
    dir: &Path,
    interrupt: Option<Interrupt>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let started = Instant::now();
    prepare(dir)?;
    writeln!(out, "tallystick demo: {} synthetic persons, seed {}\n", args.persons, args.seed)?;
    let submissions = at_the_agencies(args, dir, out)?;

    let clock = Arc::new(DemoClock::default());
    let days_ago = |step: usize| clock.set_behind(if args.serve { DAYS_AGO[step] } else { 0 });
    days_ago(0);
    let keys = dir.join("unit.keys");
    let service = Service::start(&dir.join("unit"), &keys, args.port(), Arc::clone(&clock))?;
    let place = dir.join("unit");
    writeln!(
        out,
        "4  the linkage unit's service runs at {}, its store in {}",
        service.url,
        place.display()
    )?;
    let mut unit = UnitAtWork::set_up(&service, &key_path(dir, SOURCES[0]))?;
    writeln!(
        out,
        "     {} accounts with a second factor each, {} agreements in force",
        unit.people(),
        unit.agreements
    )?;
    days_ago(1);
    upload_all(&mut unit, &submissions, dir, out)?;
    let linkage = unit.link(dir)?;
    tell(&linkage, dir, out)?;
    days_ago(2);
    let bundle = unit.release(&linkage.run, dir)?;
    tell_release(&bundle, &unit.public_key(), out)?;
    clock.set_behind(0);
    let entries = unit.verify_log(dir)?;
    writeln!(
        out,
        "8  the compliance officer's copy of the log: {entries} entries, chain and signatures are whole"
    )?;
    if args.serve {
        let scenery = unit.populate(&linkage.run)?;
        writeln!(
            out,
            "9  more to look at: a release that waits, two that were refused, {} refusals in the log, {} weeks of it signed off",
            scenery.refusals, scenery.weeks_signed_off
        )?;
    }
    compare(&linkage, dir, out)?;
    look_at(dir, out)?;
    writeln!(out, "\n{:.1} seconds in all", started.elapsed().as_secs_f64())?;
    let Some(interrupt) = interrupt else { return service.stop() };
    let log_ins = unit.log_ins()?;
    log_ins.introduce(dir, out)?;
    service.wait(log_ins, &interrupt)
}

fn upload_all(
    unit: &mut UnitAtWork<'_>,
    submissions: &[PathBuf],
    dir: &Path,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    writeln!(out, "5  each agency uploads over HTTPS, and keeps a receipt signed by the unit")?;
    for (source, submission) in SOURCES.into_iter().zip(submissions) {
        let receipt = unit.upload(source, submission, dir)?;
        let megabytes = fs::metadata(submission)?.len() / 1_000_000;
        writeln!(out, "     {:9} {megabytes:>4} MB -> {receipt}", source.label())?;
    }
    Ok(())
}

/// Exports, keys, and a submission of each agency.
fn at_the_agencies(
    args: &TourArgs,
    dir: &Path,
    out: &mut impl Write,
) -> anyhow::Result<Vec<PathBuf>> {
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
    writeln!(
        out,
        "     whole and signed; try: tallystick verify-bundle {} --key {key}",
        bundle.path.display()
    )?;
    writeln!(out, "     evaluated, as tallystick-evaluate does: {}", bundle.result)?;
    let kept_away = (1_000 - tallystick_synth::EFFECT.felony_arrest) / 10;
    Ok(writeln!(
        out,
        "     the city was made so that {kept_away} % of clients' felony arrests for new offences do not happen; warrants are served all the same"
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
        ("evaluation.html", "the study's report: matching, outcomes, linkage error, process"),
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
