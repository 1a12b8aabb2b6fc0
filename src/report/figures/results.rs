//! Figures about what came out: flow, quality, review.

use super::{Content, Figure, Table, figures, words};
use crate::report::model::{Estimate, FlowStep, LinkageReport};
use tallystick_chart::numbers::{count, interval, percent};
use tallystick_chart::{FlowBox, FlowChart, Label, Mark, Panel, RowChart, Scale, Shape, Tone};

/// From rows to persons.
pub(super) fn flow(report: &LinkageReport) -> Figure {
    let joined = |texts: &mut dyn Iterator<Item = String>| texts.collect::<Vec<_>>().join(", ");
    let row = |step: &FlowStep| {
        let left_out = step.left_out.iter();
        let by_source = step.by_source.iter();
        vec![
            step.step.clone(),
            count(step.count),
            joined(&mut left_out.map(|(reason, number)| format!("{} {reason}", count(*number)))),
            joined(&mut by_source.map(|(source, number)| format!("{source} {}", count(*number)))),
        ]
    };
    let steps = report.flow.iter().map(|step| FlowBox {
        name: step.step.clone(),
        count: step.count,
        by_source: step.by_source.clone(),
        left_out: step.left_out.clone(),
    });
    let sentences = report.flow.iter().map(|step| format!("{}: {}.", step.step, count(step.count)));
    Figure {
        id: "figure-flow".into(),
        title: "From rows received to persons".into(),
        caption:
            "What was counted at each step, what left on the way, and by source where that makes \
                  sense; the flow diagram that RECORD asks for in item 6.3. Units change along the \
                  way: rows, records, pairs, persons."
                .to_owned(),
        description: sentences.collect::<Vec<_>>().join(" "),
        table: Table {
            columns: vec![
                words("Step"),
                figures("Count"),
                words("Left out before it"),
                words("By source"),
            ],
            rows: report.flow.iter().map(row).collect(),
        },
        content: if report.flow.is_empty() {
            Content::Empty("No counts were recorded.".into())
        } else {
            Content::Drawing(Box::new(FlowChart { steps: steps.collect() }))
        },
    }
}

/// Estimates with their intervals.
pub(super) fn quality(report: &LinkageReport) -> Figure {
    let rows = quality_rows(report);
    let cells = rows.iter().map(|(group, name, estimate)| {
        vec![
            (*group).to_owned(),
            (*name).to_owned(),
            percent(estimate.value),
            if estimate.low < estimate.high {
                interval(estimate.low, estimate.high)
            } else {
                String::new()
            },
        ]
    });
    let cells: Vec<Vec<String>> = cells.collect();
    let sentences = cells.iter().map(|row| match row[3].as_str() {
        "" => format!("{}, {}: {}.", row[0], row[1], row[2]),
        interval => format!("{}, {}: {}, interval {interval}.", row[0], row[1], row[2]),
    });
    Figure {
        id: "figure-quality".into(),
        title: "Estimated quality".into(),
        caption:
            "Dots are estimates, whiskers 95% intervals. Precision: of the pairs linked, the share \
                  that is right. Recall: of the pairs that belong together, the share that was \
                  linked. Note where the axis begins."
                .to_owned(),
        description: sentences.collect::<Vec<_>>().join(" "),
        table: Table {
            columns: vec![
                words("Measure"),
                words("Of"),
                figures("Estimate"),
                figures("95% interval"),
            ],
            rows: cells,
        },
        content: if report.quality.accepted_pairs == 0 {
            Content::Empty("No pair was accepted, so there is no quality to estimate.".into())
        } else {
            Content::Drawing(Box::new(quality_chart(&rows)))
        },
    }
}

fn quality_rows(report: &LinkageReport) -> Vec<(&'static str, &'static str, Estimate)> {
    let quality = &report.quality;
    let mut rows = vec![
        ("Precision", "strict persons", quality.expected_precision_strict),
        ("Precision", "main persons", quality.expected_precision),
        ("Precision", "loose persons", quality.expected_precision_loose),
        ("Recall", "pairs that met in a block", quality.expected_recall_met),
        ("Recall", "pairs that met at all (blocking)", quality.blocking_completeness),
        ("Recall", "all true pairs", quality.expected_recall),
    ];
    if let Some(canaries) = &quality.canaries {
        rows.push(("Planted", "recall of planted pairs", canaries.recall));
    }
    if let Some(truth) = &quality.truth {
        let exact = |value| Estimate { value, low: value, high: value };
        rows.extend([
            ("Truth", "pair precision", exact(truth.precision)),
            ("Truth", "pair recall", exact(truth.recall)),
            ("Truth", "pair F1", exact(truth.f1)),
            ("Truth", "B-cubed precision", exact(truth.b_cubed_precision)),
            ("Truth", "B-cubed recall", exact(truth.b_cubed_recall)),
            ("Truth", "B-cubed F1", exact(truth.b_cubed_f1)),
            ("Truth", "pairs that met in a block", exact(truth.pairs_completeness)),
        ]);
    }
    rows
}

fn quality_chart(rows: &[(&'static str, &'static str, Estimate)]) -> RowChart {
    let marks = |(group, _, estimate): &(&str, &str, Estimate)| {
        let (shape, tone) = match *group {
            "Precision" => (Shape::Dot, Tone::First),
            "Recall" => (Shape::Dot, Tone::Second),
            _ => (Shape::Square, Tone::Third),
        };
        let mut marks = Vec::new();
        if estimate.low < estimate.high {
            marks.push(Mark::Whisker { from: estimate.low, to: estimate.high });
        }
        marks.push(Mark::Point { at: estimate.value, shape, tone });
        let value = if estimate.low < estimate.high {
            format!("{} ({})", percent(estimate.value), interval(estimate.low, estimate.high))
        } else {
            percent(estimate.value)
        };
        (marks, vec![value])
    };
    let label = |(group, name, _): &(&str, &str, Estimate)| Label {
        group: Some((*group).to_owned()),
        name: (*name).to_owned(),
    };
    let scale = Scale::shares_from(rows.iter().flat_map(|(_, _, e)| [e.value, e.low]));
    RowChart {
        labels: rows.iter().map(label).collect(),
        panels: vec![Panel {
            axis: format!("Share (the axis begins at {:.0}%)", scale.origin() * 100.0),
            scale,
            rows: rows.iter().map(marks).collect(),
            references: Vec::new(),
        }],
        keys: Vec::new(),
        lanes: 1,
    }
}

/// Clusters that want review.
pub(super) fn review(report: &LinkageReport) -> Figure {
    let counts = [
        ("Many records", "more records than a person plausibly has", report.review.large),
        ("Conflict", "holds a pair that speaks against one person", report.review.conflict),
        ("Split", "component too large to solve whole, taken apart", report.review.split),
    ];
    let cells = counts.iter().map(|(name, meaning, number)| {
        vec![(*name).to_owned(), (*meaning).to_owned(), count(*number)]
    });
    let bars = counts.iter().map(|(_, _, number)| {
        let bar = Mark::Bar { from: 0.0, to: *number as f64, tone: Tone::Second, lane: 0 };
        (vec![bar], vec![count(*number)])
    });
    let chart = RowChart {
        labels: counts
            .iter()
            .map(|(name, _, _)| Label { group: None, name: (*name).to_owned() })
            .collect(),
        panels: vec![Panel {
            axis: "Clusters".to_owned(),
            scale: Scale::counts(counts.iter().map(|(_, _, number)| *number)),
            rows: bars.collect(),
            references: Vec::new(),
        }],
        keys: Vec::new(),
        lanes: 1,
    };
    let sentences = counts.iter().map(|(name, _, number)| format!("{name}: {}.", count(*number)));
    Figure {
        id: "figure-review".into(),
        title: "Clusters that want review".into(),
        caption:
            "Clusters to be looked at where the names are, at the agencies. A cluster may count \
                  under several reasons."
                .to_owned(),
        description: sentences.collect::<Vec<_>>().join(" "),
        table: Table {
            columns: vec![words("Reason"), words("Meaning"), figures("Clusters")],
            rows: cells.collect(),
        },
        content: if counts.iter().all(|(_, _, number)| *number == 0) {
            Content::Empty("No cluster wants review.".into())
        } else {
            Content::Drawing(Box::new(chart))
        },
    }
}
