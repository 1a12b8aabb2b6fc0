//! Whole studies of synthetic people, whose true effect is known: exported, encoded, linked, made into a study's tables and
//! evaluated, each by the code that agencies, unit and evaluators run.
//!
//! Takes a seed and the quality of identifiers, gives the main rate ratio as it is with perfect links, as it is linked, and
//! corrected by rates of linkage error that a review of some persons found.

mod events;
mod persons;
mod review;
mod tally;

use std::io::{Cursor, Read};

use anyhow::Context as _;
use tallystick::release::contract::Linked;
use tallystick::release::{ReleaseLimits, study};
use tallystick_dataset::{Table, Ticker};
use tallystick_evaluate::study::{Evaluation, Plan, Release};
use tallystick_kernels::Kernel;
use tallystick_study::Study;
use tallystick_synth::{Config, EFFECT, Profile as Errors, Source};
use tallystick_wire::Profile;

use crate::{Encoded, Project, Synthetic};
use persons::Records;
pub use review::{ArmRates, REVIEWED_EVENTS};
pub use tally::{Tally, tally};

/// Persons of a population, of whom 8 % are clients and 64 % comparison persons: about 250 and 2,000.
pub const PERSONS: u64 = 3_125;
/// Clients and comparison persons in permille.
const ARMS_PERMILLE: [u32; 2] = [80, 640];
const STUDY: &str = include_str!("study.toml");
const PLAN: &str = include_str!("plan.toml");

/// Fields that are left out where agencies send names, dates of birth and sex alone.
pub const WITHOUT_NUMBERS: &[&str] = &["ssn", "phone", "address", "city", "zip", "local_id"];

/// One study to make.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Of the population; studies of different seeds have nothing in common.
    pub seed: u64,
    /// Quality of the identifiers.
    pub errors: Errors,
    /// Clients have half, comparison persons five quarters of the errors.
    pub differential: bool,
    /// People in the population; [`PERSONS`] for a study of the usual size.
    pub persons: u64,
    /// Fields that agencies do not send.
    pub without: &'static [&'static str],
}

/// A rate ratio with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    /// The ratio.
    pub estimate: f64,
    /// Lower end of the 95 % interval.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}

/// What one study found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Replication {
    /// Seed of the population.
    pub seed: u64,
    /// With the true persons.
    pub perfect: Ratio,
    /// As linked.
    pub linked: Ratio,
    /// As linked, corrected by the rates that a review found.
    pub corrected: Ratio,
    /// These rates, of clients and of comparison persons.
    pub rates: [ArmRates; 2],
}

/// The rate ratio of felony arrests that the generator gives clients.
#[must_use]
pub fn true_ratio() -> f64 {
    f64::from(EFFECT.felony_arrest) / 1_000.0
}

/// Makes one study.
///
/// # Errors
/// If any step refuses, which no seed should bring about.
pub fn replicate(setting: &Setting) -> anyhow::Result<Replication> {
    let synthetic = Synthetic::new(&Config {
        persons: setting.persons,
        seed: setting.seed,
        profile: setting.errors,
        differential: setting.differential,
        sources: vec![Source::Police, Source::Provider],
        arms_permille: ARMS_PERMILLE,
        eligible_at_index_only: true,
        ..Config::default()
    })?;
    let project = Project::new()?;
    let encoded = synthetic.encode(&project, Profile::Standard, setting.without, "study")?;
    let submissions: Vec<_> = encoded.iter().map(|one| one.submission.clone()).collect();
    let clusters = project.link(&submissions, &[], Kernel::detect(), "study")?.clusters;
    let records = Records::read(&synthetic, &encoded, &clusters)?;
    let [found, truth] = [records.found(), records.truth()];
    let tables = |linked: &Linked| tables(&project, &encoded, linked);
    let found_tables = tables(&found)?;
    let events = events::Events::read(&synthetic, &records)?;
    let rates = review::rates(&events, &review::members(&found_tables)?, setting.seed)?;
    let [linked, corrected] = ratios(&found_tables, Some(rates))?;
    let [perfect, _] = ratios(&tables(&truth)?, None)?;
    Ok(Replication { seed: setting.seed, perfect, linked, corrected, rates })
}

/// The study's tables under a linkage; a person's id is its number.
fn tables(project: &Project, encoded: &[Encoded], linked: &Linked) -> anyhow::Result<Vec<Table>> {
    let mut contents: Vec<(usize, Box<dyn Read>)> = Vec::new();
    for one in encoded {
        let bytes = project.content(&one.submission)?;
        let place = linked.sources.iter().position(|it| it.source.as_str() == one.source);
        contents.push((place.context("a source of the linkage")?, Box::new(Cursor::new(bytes))));
    }
    let mut ticker = Ticker::new(&|_| {}, &|| false);
    let opened = study::open(linked, contents, &ReleaseLimits::default(), &mut ticker)?;
    let ids: Vec<u64> = (0..u64::from(linked.person_count)).collect();
    Ok(study::tables(&Study::parse(STUDY)?, linked, &opened, &ids)?.tables)
}

/// The main rate ratio, and the same corrected by rates of linkage error; without rates it is the same twice.
fn ratios(tables: &[Table], rates: Option<[ArmRates; 2]>) -> anyhow::Result<[Ratio; 2]> {
    let mut plan = Plan::parse(PLAN)?;
    plan.linkage = rates.map(review::shares);
    let evaluation = Evaluation::make(plan, tables, Release::default())?;
    let main = evaluation.main_primary().context("the main outcome was estimated")?;
    let main = main.rate_ratio.as_ref().map_err(|error| anyhow::anyhow!("{error}"))?;
    let corrected = match evaluation.linkage.corrected.as_ref().filter(|_| rates.is_some()) {
        Some(corrected) => corrected.as_ref().map_err(|error| anyhow::anyhow!("{error}"))?,
        None => main,
    };
    let ratio = |it: &tallystick_evaluate::regression::Estimate| Ratio {
        estimate: it.estimate,
        lower: it.lower,
        upper: it.upper,
    };
    Ok([ratio(main), ratio(corrected)])
}
