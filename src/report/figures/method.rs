//! Figures about how pairs were found and weighed.

use super::{Content, Figure, Table, figures, words};
use crate::report::model::{ComparisonReport, LevelReport, LinkageReport, PassReport};
use tallystick_chart::numbers::{bits, count, fine_percent, percent, percent_of, probability};
use tallystick_chart::{Key, Label, Mark, Panel, RowChart, Scale, Shape, Tone};

/// Levels with their comparison.
fn each_level(report: &LinkageReport) -> Vec<(&ComparisonReport, &LevelReport)> {
    let comparisons = report.comparisons.iter();
    comparisons.flat_map(|one| one.levels.iter().map(move |level| (one, level))).collect()
}

fn level_labels(levels: &[(&ComparisonReport, &LevelReport)]) -> Vec<Label> {
    let label = |(comparison, level): &(&ComparisonReport, &LevelReport)| Label {
        group: Some(comparison.comparison.clone()),
        name: level.level.clone(),
    };
    levels.iter().map(label).collect()
}

/// Weight, m and u of each level.
pub(super) fn levels(report: &LinkageReport) -> Figure {
    let levels = each_level(report);
    let rows = levels.iter().map(|(comparison, level)| {
        vec![
            comparison.comparison.clone(),
            level.level.clone(),
            probability(level.m),
            probability(level.u),
            bits(level.weight_bits),
        ]
    });
    let columns = vec![
        words("Comparison"),
        words("Level"),
        figures("m"),
        figures("u"),
        figures("Weight (bits)"),
    ];
    let top = levels.iter().max_by(|a, b| a.1.weight_bits.total_cmp(&b.1.weight_bits));
    let description = top.map_or_else(String::new, |(comparison, level)| {
        format!(
            "{} levels of {} comparisons. The level that speaks most for a match is {} of {}, with \
             {} bits.",
            count(levels.len() as u64),
            count(report.comparisons.len() as u64),
            level.level,
            comparison.comparison,
            bits(level.weight_bits)
        )
    });
    Figure {
        id: "figure-levels".into(),
        title: "What each level of agreement says".into(),
        caption: "m is the share of matches that show a level, u the share of random pairs that \
                  do. A level\u{2019}s weight is the logarithm of m over u: blue bars speak for a match, \
                  orange bars against it, and one more bit doubles the odds. Weights of all \
                  comparisons are added up. On the right, m and u stand on a logarithmic scale: \
                  the farther apart, the more a level says."
            .to_owned(),
        description,
        table: Table { columns, rows: rows.collect() },
        content: if levels.is_empty() {
            Content::Empty("No field is shared by two sources, so nothing was compared.".into())
        } else {
            Content::Drawing(Box::new(levels_chart(&levels)))
        },
    }
}

fn levels_chart(levels: &[(&ComparisonReport, &LevelReport)]) -> RowChart {
    let weight = |(_, level): &(&ComparisonReport, &LevelReport)| {
        let tone = if level.weight_bits < 0.0 { Tone::Second } else { Tone::First };
        let bar = Mark::Bar { from: 0.0, to: level.weight_bits, tone, lane: 0 };
        (vec![bar], vec![bits(level.weight_bits)])
    };
    let shares = |(_, level): &(&ComparisonReport, &LevelReport)| {
        let marks = vec![
            Mark::Whisker { from: level.u, to: level.m },
            Mark::Point { at: level.u, shape: Shape::Square, tone: Tone::Quiet },
            Mark::Point { at: level.m, shape: Shape::Dot, tone: Tone::First },
        ];
        (marks, vec![format!("{} / {}", fine_percent(level.m), fine_percent(level.u))])
    };
    let all = levels.iter().flat_map(|(_, level)| [level.m, level.u]);
    RowChart {
        labels: level_labels(levels),
        panels: vec![
            Panel {
                axis: "Weight in bits".to_owned(),
                scale: Scale::bits(levels.iter().map(|(_, level)| level.weight_bits)),
                rows: levels.iter().map(weight).collect(),
                references: Vec::new(),
            },
            Panel {
                axis: "m and u (logarithmic scale)".to_owned(),
                scale: Scale::log_shares(all),
                rows: levels.iter().map(shares).collect(),
                references: Vec::new(),
            },
        ],
        keys: vec![
            Key { shape: Shape::Bar, tone: Tone::First, text: "Speaks for a match".into() },
            Key { shape: Shape::Bar, tone: Tone::Second, text: "Speaks against it".into() },
            Key { shape: Shape::Dot, tone: Tone::First, text: "m, among matches".into() },
            Key { shape: Shape::Square, tone: Tone::Quiet, text: "u, among random pairs".into() },
        ],
        lanes: 1,
    }
}

/// Levels among accepted pairs, beside what the model expects.
pub(super) fn agreement(report: &LinkageReport) -> Figure {
    let levels = each_level(report);
    let rows = levels.iter().map(|(comparison, level)| {
        vec![
            comparison.comparison.clone(),
            level.level.clone(),
            percent(level.accepted_share),
            percent(level.m),
        ]
    });
    let columns = vec![
        words("Comparison"),
        words("Level"),
        figures("Accepted pairs"),
        figures("Expected among matches (m)"),
    ];
    let apart = levels
        .iter()
        .filter(|(_, level)| (level.accepted_share - level.m).is_finite())
        .max_by(|a, b| {
            let gap = |level: &LevelReport| (level.accepted_share - level.m).abs();
            gap(a.1).total_cmp(&gap(b.1))
        });
    let description = apart.map_or_else(String::new, |(comparison, level)| {
        format!(
            "Accepted pairs and model differ most for {} of {}: {} of accepted pairs, {} expected.",
            level.level,
            comparison.comparison,
            percent(level.accepted_share),
            percent(level.m)
        )
    });
    let drawn = report.quality.accepted_pairs > 0 && apart.is_some();
    Figure {
        id: "figure-agreement".into(),
        title: "Levels of agreement among accepted pairs".into(),
        caption: "Bars: share of accepted pairs across sources that show a level, among pairs where \
                  both sides hold a value. Strokes: the share m that the model expects among matches. \
                  The levels of one comparison add up to 100%. A bar far from its stroke says that the \
                  accepted pairs are not those the model had in mind."
            .to_owned(),
        description,
        table: Table { columns, rows: rows.collect() },
        content: if drawn {
            Content::Drawing(Box::new(agreement_chart(&levels)))
        } else {
            Content::Empty("No pair was accepted.".into())
        },
    }
}

fn agreement_chart(levels: &[(&ComparisonReport, &LevelReport)]) -> RowChart {
    let row = |(_, level): &(&ComparisonReport, &LevelReport)| {
        let bar = Mark::Bar { from: 0.0, to: level.accepted_share, tone: Tone::First, lane: 0 };
        let stroke = Mark::Point { at: level.m, shape: Shape::Stroke, tone: Tone::Second };
        (vec![bar, stroke], vec![percent(level.accepted_share)])
    };
    RowChart {
        labels: level_labels(levels),
        panels: vec![Panel {
            axis: "Share of accepted pairs".to_owned(),
            scale: Scale::Shares { min: 0.0 },
            rows: levels.iter().map(row).collect(),
            references: Vec::new(),
        }],
        keys: vec![
            Key { shape: Shape::Bar, tone: Tone::First, text: "Accepted pairs".into() },
            Key {
                shape: Shape::Stroke,
                tone: Tone::Second,
                text: "Expected among matches (m)".into(),
            },
        ],
        lanes: 1,
    }
}

/// What each blocking pass cost and found.
pub(super) fn passes(report: &LinkageReport) -> Figure {
    let row = |pass: &PassReport| {
        vec![
            pass.pass.clone(),
            count(pass.sources.len() as u64),
            count(pass.blocks),
            count(pass.largest_block),
            count(pass.pairs_compared),
            count(pass.pairs_kept),
            count(pass.accepted),
            count(pass.accepted_only_here),
            percent_of(pass.accepted, report.quality.accepted_pairs),
            count(pass.blocks_over_limit),
            count(pass.rows_over_limit),
        ]
    };
    let columns = vec![
        words("Pass"),
        figures("Sources"),
        figures("Blocks"),
        figures("Largest block"),
        figures("Pairs compared"),
        figures("Pairs kept"),
        figures("Accepted pairs"),
        figures("Found only here"),
        figures("Of all accepted"),
        figures("Blocks over the limit"),
        figures("Rows in them"),
    ];
    let sentences = report.passes.iter().map(|pass| {
        format!(
            "{}: {} pairs compared, {} accepted, {} found only here.",
            pass.pass,
            count(pass.pairs_compared),
            count(pass.accepted),
            count(pass.accepted_only_here)
        )
    });
    Figure {
        id: "figure-passes".into(),
        title: "Blocking passes".into(),
        caption: "Only records that agree on a pass\u{2019}s key are compared. Green shows accepted pairs \
                  that no other pass found: a pass without green could be left out, and a pass with \
                  much of it is one to keep. One pair may be compared in several passes."
            .to_owned(),
        description: sentences.collect::<Vec<_>>().join(" "),
        table: Table { columns, rows: report.passes.iter().map(row).collect() },
        content: if report.passes.is_empty() {
            Content::Empty("No blocking pass could be used.".into())
        } else {
            Content::Drawing(Box::new(passes_chart(&report.passes)))
        },
    }
}

fn passes_chart(passes: &[PassReport]) -> RowChart {
    let compared = |pass: &PassReport| {
        let to = pass.pairs_compared as f64;
        (
            vec![Mark::Bar { from: 0.0, to, tone: Tone::Quiet, lane: 0 }],
            vec![count(pass.pairs_compared)],
        )
    };
    let accepted = |pass: &PassReport| {
        let (alone, all) = (pass.accepted_only_here as f64, pass.accepted as f64);
        let mut marks = vec![Mark::Bar { from: 0.0, to: alone, tone: Tone::Third, lane: 0 }];
        if all > alone {
            marks.push(Mark::Bar { from: alone, to: all, tone: Tone::First, lane: 0 });
        }
        (marks, vec![count(pass.accepted)])
    };
    let label = |pass: &PassReport| Label { group: None, name: pass.pass.clone() };
    RowChart {
        labels: passes.iter().map(label).collect(),
        panels: vec![
            Panel {
                axis: "Pairs compared (logarithmic scale)".to_owned(),
                scale: Scale::log_counts(passes.iter().map(|pass| pass.pairs_compared)),
                rows: passes.iter().map(compared).collect(),
                references: Vec::new(),
            },
            Panel {
                axis: "Accepted pairs".to_owned(),
                scale: Scale::counts(passes.iter().map(|pass| pass.accepted)),
                rows: passes.iter().map(accepted).collect(),
                references: Vec::new(),
            },
        ],
        keys: vec![
            Key { shape: Shape::Bar, tone: Tone::Quiet, text: "Compared".into() },
            Key { shape: Shape::Bar, tone: Tone::Third, text: "Accepted, found only here".into() },
            Key {
                shape: Shape::Bar,
                tone: Tone::First,
                text: "Accepted, found elsewhere too".into(),
            },
        ],
        lanes: 1,
    }
}
