//! The figure of pairs by match weight.

use super::{Content, Figure, Table, figures, words};
use crate::report::model::{LinkageReport, Thresholds, WeightBin};
use tallystick_chart::numbers::{bits, count, percent, probability_of_bits, rounded};
use tallystick_chart::{Bin, Histogram, Key, Ruler, Scale, Shape, Stroke, Threshold, Tone};

/// Pairs by match weight.
pub(super) fn weights(report: &LinkageReport) -> Figure {
    let row = |bin: &WeightBin| {
        vec![
            format!("{} to {}", bits(f64::from(bin.from_bits)), bits(f64::from(bin.to_bits))),
            format!(
                "{} to {}",
                percent(probability_of_bits(f64::from(bin.from_bits))),
                percent(probability_of_bits(f64::from(bin.to_bits)))
            ),
            count(bin.pairs),
            rounded(bin.expected_matches),
        ]
    };
    let bins = without_empty_ends(&report.weights);
    let pairs: u64 = bins.iter().map(|bin| bin.pairs).sum();
    let matches: f64 = bins.iter().map(|bin| bin.expected_matches).sum();
    let Some((first, last)) = bins.first().zip(bins.last()) else {
        return Figure {
            content: Content::Empty(
                "No pair of records was kept, so there is no weight to show.".into(),
            ),
            ..weights_figure(String::new(), Vec::new())
        };
    };
    let description = format!(
        "{} pairs with weights from {} to {} bits; {} of them are expected to be matches. Clusters \
         were cut at {} bits; strict {}, loose {}.",
        count(pairs),
        bits(f64::from(first.from_bits)),
        bits(f64::from(last.to_bits)),
        rounded(matches),
        bits(report.thresholds.main_bits),
        bits(report.thresholds.strict_bits),
        bits(report.thresholds.loose_bits)
    );
    let histogram = histogram(bins, report.thresholds);
    Figure {
        content: Content::Drawing(Box::new(histogram)),
        ..weights_figure(description, bins.iter().map(row).collect())
    }
}

fn histogram(bins: &[WeightBin], thresholds: Thresholds) -> Histogram {
    let bin = |bin: &WeightBin| Bin {
        from: f64::from(bin.from_bits),
        to: f64::from(bin.to_bits),
        count: bin.pairs,
        part: Some(bin.expected_matches),
    };
    let threshold = |(name, at, stroke): (&str, f64, Stroke)| {
        let probability = percent(probability_of_bits(at));
        Threshold {
            at,
            wide: format!("{name}: {} bits, probability {probability}", bits(at)),
            narrow: format!("{name}: {} bits, {probability}", bits(at)),
            stroke,
        }
    };
    let thresholds = [
        ("loose", thresholds.loose_bits, Stroke::Dotted),
        ("main", thresholds.main_bits, Stroke::Solid),
        ("strict", thresholds.strict_bits, Stroke::Dashed),
    ];
    Histogram {
        bins: bins.iter().map(bin).collect(),
        thresholds: thresholds.into_iter().map(threshold).collect(),
        keys: vec![
            Key { shape: Shape::Bar, tone: Tone::Quiet, text: "Pairs compared and kept".into() },
            Key {
                shape: Shape::Bar,
                tone: Tone::Second,
                text: "Expected matches among them".into(),
            },
        ],
        counted: "Pairs (logarithmic scale)".into(),
        scale: Scale::log_counts(bins.iter().map(|bin| bin.pairs)),
        ruler: Ruler::Bits,
    }
}

/// The bins from the first to the last that holds a pair.
fn without_empty_ends(bins: &[WeightBin]) -> &[WeightBin] {
    let first = bins.iter().position(|bin| bin.pairs > 0);
    let last = bins.iter().rposition(|bin| bin.pairs > 0);
    first.zip(last).map_or(&[], |(first, last)| &bins[first..=last])
}

fn weights_figure(description: String, rows: Vec<Vec<String>>) -> Figure {
    Figure {
        id: "figure-weights".into(),
        title: "Candidate pairs by match weight".into(),
        caption: "A good linkage has two hills with a valley between them, and the main threshold \
                  in the valley. Orange that reaches far to the left of the threshold is missed; \
                  grey above orange at its right is wrongly linked. The scale is logarithmic, so \
                  that rare pairs can be seen: each line is ten times the line below."
            .to_owned(),
        description,
        table: Table {
            columns: vec![
                words("Match weight (bits)"),
                words("Probability"),
                figures("Pairs"),
                figures("Expected matches"),
            ],
            rows,
        },
        content: Content::Empty("".into()),
    }
}
