//! The recall that an agency expects before anything leaves, against the recall measured with truth
//! afterwards.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use anyhow::Context as _;
use tallystick_agency::check::{CheckReport, CheckRequest, check, html};
use tallystick_agency::export::{Input, ReadLimits};
use tallystick_e2e::{Project, Synthetic, mapping_without, score};
use tallystick_encoder::mapping::Mapping;
use tallystick_kernels::Kernel;
use tallystick_synth::{Config, Profile as Errors, Source};
use tallystick_wire::Profile;

const SOURCES: [Source; 3] = [Source::Police, Source::Court, Source::Provider];
/// Most by which a forecast may miss the measured recall.
const OFF_MAX: f64 = 0.05;
/// The same where the export shows too few pairs of records of one person to learn errors from, as
/// the report then warns.
const OFF_FEW_MAX: f64 = 0.08;
/// Pairs from which there are enough.
const LEARNED_PAIRS_MIN: u32 = 500;
/// Births after this year are implausible, as in the encoding.
const YEAR_MAX: u16 = 2020;

fn checked(synthetic: &Synthetic, source: Source, without: &[&str]) -> anyhow::Result<CheckReport> {
    let mapping = Mapping::parse(&mapping_without(&synthetic.mapping(source)?, without)?)?;
    let request = CheckRequest {
        export: &Input::file(synthetic.export(source)),
        mapping: &mapping,
        never: None,
        earlier: None,
        limits: ReadLimits::default(),
        year_max: YEAR_MAX,
    };
    Ok(check(&request, &mut |_, _| {}, &AtomicBool::new(false))?)
}

#[expect(clippy::print_stdout, reason = "figures for the documentation; captured otherwise")]
fn compare(errors: Errors, persons: u64, seed: u64, without: &[&str]) -> anyhow::Result<()> {
    let config =
        Config { persons, seed, profile: errors, sources: SOURCES.to_vec(), ..Config::default() };
    let (synthetic, project) = (Synthetic::new(&config)?, Project::new()?);
    let encoded = synthetic.encode(&project, Profile::Standard, without, "forecast")?;
    let submissions: Vec<PathBuf> = encoded.iter().map(|one| one.submission.clone()).collect();
    let linked = project.link(&submissions, &[], Kernel::detect(), "forecast")?;
    let scores = score(&encoded, &linked.clusters, &synthetic.truth())?;
    let measured = scores.identities.across.recall();
    for source in SOURCES {
        let forecast = checked(&synthetic, source, without)?.forecast.context("large enough")?;
        let [expected, low, high] = [forecast.recall, forecast.low, forecast.high]
            .map(|permille| f64::from(permille) / 1_000.0);
        let line = format!(
            "{} persons {persons} seed {seed} without {without:?}, {}: expected {expected:.3} ({low:.3} to {high:.3}), \
             measured over identities {measured:.3}, over rows {:.3}",
            errors.label(),
            source.label(),
            scores.rows.across.recall()
        );
        println!("{line}");
        let enough = forecast.learned_pairs >= LEARNED_PAIRS_MIN;
        let off_max = if enough { OFF_MAX } else { OFF_FEW_MAX };
        assert!((expected - measured).abs() <= off_max, "{line}");
    }
    Ok(())
}

#[test]
fn the_report_is_golden_and_holds_no_name() -> anyhow::Result<()> {
    let config = Config { persons: 400, seed: 4, sources: SOURCES.to_vec(), ..Config::default() };
    let synthetic = Synthetic::new(&config)?;
    let report = checked(&synthetic, Source::Police, &[])?;
    let text = report.to_string();
    let shown = [text.clone(), serde_json::to_string(&report)?, html::page(&report)].concat();
    let mut reader = csv::Reader::from_path(synthetic.export(Source::Police))?;
    let header = reader.headers()?.clone();
    let wanted = ["SUSPECT", "DOB", "SSN", "PHONE", "ADDRESS"];
    let ours = ["HOMELESS", "TRANSIENT", "UNKNOWN"];
    let mut cells = 0;
    for row in reader.records() {
        let row = row?;
        for (_, cell) in header.iter().zip(&row).filter(|(name, _)| wanted.contains(name)) {
            let known =
                cell.split([',', ' ']).filter(|word| word.len() >= 5 && !ours.contains(word));
            for word in known {
                cells += 1;
                assert!(!shown.contains(word), "a word of a cell stands in the report");
            }
        }
    }
    assert!(cells > 1_000, "cells were looked for");
    insta::assert_snapshot!(text);
    Ok(())
}

#[test]
fn clean() -> anyhow::Result<()> {
    (1..=3).try_for_each(|seed| compare(Errors::Clean, 2_000, seed, &[]))
}

#[test]
fn dirty() -> anyhow::Result<()> {
    (1..=3).try_for_each(|seed| compare(Errors::Dirty, 2_000, seed, &[]))
}

#[test]
fn very_dirty() -> anyhow::Result<()> {
    (1..=3).try_for_each(|seed| compare(Errors::VeryDirty, 2_000, seed, &[]))
}

#[test]
fn larger_than_the_sample() -> anyhow::Result<()> {
    compare(Errors::VeryDirty, 5_000, 4, &[])
}
