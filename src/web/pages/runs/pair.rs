//! Levels of one pair, chosen by whoever reads, and how their weights add up. Levels only: there is no pair and no value.

use tallystick_chart::{Figure, Head, Reference, Stroke, Waterfall, WaterfallStep, numbers};

use super::super::fields::Fields;
use super::find::Choice;
use crate::report::model::LinkageReport;

/// A comparison with the levels to choose from.
pub(super) struct LevelChoice {
    /// Name of the field of the form.
    pub(super) field: String,
    pub(super) comparison: String,
    pub(super) levels: Vec<Choice>,
}

/// What was chosen, and what comes of it.
pub(super) struct Pair {
    pub(super) choices: Vec<LevelChoice>,
    pub(super) figure: Figure,
    pub(super) verdict: String,
}

/// Log2 of the odds that two records met by chance are one person, as training found them.
fn prior_bits(report: &LinkageReport) -> f64 {
    let expected: f64 = report.training.iter().map(|training| training.expected_matches).sum();
    let possible = report.quality.possible_pairs as f64;
    if expected > 0.0 && expected < possible {
        libm::log2(expected / (possible - expected))
    } else {
        0.0
    }
}

/// The pair whose levels were chosen; without a choice, one that agrees on everything.
pub(super) fn pair(report: &LinkageReport, fields: &Fields) -> Option<Pair> {
    if report.comparisons.is_empty() {
        return None;
    }
    let mut choices = Vec::new();
    let mut steps = Vec::new();
    for comparison in &report.comparisons {
        let field = format!("level.{}", comparison.comparison);
        let asked = fields.given(&field);
        let last = comparison.levels.last()?;
        let chosen = match asked {
            Some("missing") => None,
            Some(name) => {
                Some(comparison.levels.iter().find(|level| level.level == name).unwrap_or(last))
            }
            None => Some(last),
        };
        let is_chosen = |name: &str| chosen.map_or("missing", |level| level.level.as_str()) == name;
        let level = |name: &str, label: String| Choice {
            value: name.to_owned(),
            label,
            is_chosen: is_chosen(name),
        };
        let mut levels: Vec<Choice> = comparison
            .levels
            .iter()
            .rev()
            .map(|one| {
                let weight = numbers::bits(one.weight_bits);
                level(&one.level, format!("{} ({weight})", one.level))
            })
            .collect();
        levels.push(level("missing", "missing on a side (0.0)".to_owned()));
        steps.push(WaterfallStep {
            name: comparison.comparison.clone(),
            level: chosen.map_or_else(|| "missing".to_owned(), |level| level.level.clone()),
            weight_bits: chosen.map_or(0.0, |level| level.weight_bits),
        });
        choices.push(LevelChoice { field, comparison: comparison.comparison.clone(), levels });
    }
    let start = WaterfallStep {
        name: "Before comparing".to_owned(),
        level: String::new(),
        weight_bits: prior_bits(report),
    };
    let thresholds = report.thresholds;
    let references = [
        ("loose", thresholds.loose_bits, Stroke::Dotted),
        ("main", thresholds.main_bits, Stroke::Solid),
        ("strict", thresholds.strict_bits, Stroke::Dashed),
    ];
    let references = references.map(|(name, at, stroke)| Reference {
        at,
        name: format!("{name} {}", numbers::bits(at)),
        stroke,
    });
    let waterfall = Waterfall { start, steps, thresholds: references.into() };
    let verdict = verdict(report, waterfall.sum());
    let head = Head::new(
        "figure-pair",
        "How the weights of such a pair add up",
        "Each bar begins where the one above ends. Before anything is compared, two records are very unlikely to be one \
         person; every level that agrees makes it likelier. The run also weighs households, twins and namesakes, so \
         that a pair that shares only what relatives share is worth less than this sum.",
    );
    Some(Pair { choices, figure: waterfall.figure(head), verdict })
}

fn verdict(report: &LinkageReport, sum: f64) -> String {
    let thresholds = report.thresholds;
    let place = if sum >= thresholds.strict_bits {
        "reaches the strict threshold: one person in strict, main and loose persons"
    } else if sum >= thresholds.main_bits {
        "reaches the main threshold, not the strict one: one person in main and loose persons"
    } else if sum >= thresholds.loose_bits {
        "reaches the loose threshold only: one person in loose persons, two in the others"
    } else {
        "stays below all thresholds: two persons"
    };
    let probability = numbers::percent(numbers::probability_of_bits(sum));
    format!("The sum of {} bits (probability {probability}) {place}.", numbers::bits(sum))
}
