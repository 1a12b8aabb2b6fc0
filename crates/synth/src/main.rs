//! `tallystick-synth`: writes a synthetic population's exports and their truth into a folder.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Parser, ValueEnum};
use tallystick_synth::{Config, Profile, Source, write_exports};

/// The version, and the commit it was built from.
const VERSION: &str =
    concat!(env!("CARGO_PKG_VERSION"), " (", env!("TALLYSTICK_COMMIT_SHOWN"), ")");

/// Writes exports of a synthetic city's agencies, with the truth about them.
#[derive(Debug, Parser)]
#[command(name = "tallystick-synth", version = VERSION)]
struct Arguments {
    /// People in the population.
    #[arg(long)]
    persons: u64,
    /// Same seed and settings, same bytes.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder for the files; made if missing, files in it replaced.
    #[arg(long)]
    out: PathBuf,
    /// How many errors the identifiers have.
    #[arg(long, value_enum, default_value_t = ErrorsArgument::Dirty)]
    errors: ErrorsArgument,
    /// Programme clients have half, comparison people five quarters of the errors.
    #[arg(long)]
    differential: bool,
    /// Exports to write: police, court, prosecutor, jail, provider, probation, pretrial, citations.
    #[arg(long, value_delimiter = ',', value_parser = source,
          default_value = "police,court,prosecutor,jail,provider")]
    sources: Vec<Source>,
    /// Share of missing dates of birth in thousandths, instead of the profile's.
    #[arg(long)]
    dob_missing_permille: Option<u32>,
    /// Rows every person has at least in each source the person is in.
    #[arg(long, default_value_t = 0)]
    rows_per_person_min: u32,
    /// Clients of the programme in thousandths of the population.
    #[arg(long, default_value_t = Config::default().arms_permille[0])]
    lead_permille: u32,
    /// Comparison persons in thousandths of the population.
    #[arg(long, default_value_t = Config::default().arms_permille[1])]
    comparison_permille: u32,
    /// Nobody is arrested for what the programme takes but at the index arrest.
    #[arg(long)]
    eligible_at_index_only: bool,
    /// Also write tidy/: one row per person and distinct identifiers, in one layout.
    #[arg(long)]
    tidy: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ErrorsArgument {
    Clean,
    Dirty,
    VeryDirty,
}

fn source(label: &str) -> Result<Source, String> {
    Source::from_label(label).ok_or_else(|| "no such source".to_owned())
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let config = Config {
        persons: arguments.persons,
        seed: arguments.seed,
        profile: match arguments.errors {
            ErrorsArgument::Clean => Profile::Clean,
            ErrorsArgument::Dirty => Profile::Dirty,
            ErrorsArgument::VeryDirty => Profile::VeryDirty,
        },
        differential: arguments.differential,
        sources: arguments.sources,
        dob_missing_permille: arguments.dob_missing_permille,
        rows_per_person_min: arguments.rows_per_person_min,
        arms_permille: [arguments.lead_permille, arguments.comparison_permille],
        eligible_at_index_only: arguments.eligible_at_index_only,
        tidy: arguments.tidy,
    };
    let summary = write_exports(&config, &arguments.out).context("no complete set of exports")?;
    let mut out = std::io::stdout().lock();
    for source in &config.sources {
        let place = *source as usize;
        let (rows, persons) = (summary.rows[place], summary.persons[place]);
        writeln!(out, "{:<12}{rows:>12} rows of {persons:>10} persons", source.label())?;
    }
    Ok(())
}
