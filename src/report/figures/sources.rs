//! Figures about what the agencies sent.

use std::collections::BTreeSet;

use super::{Content, Figure, Table, figures, words};
use crate::report::model::{LinkageReport, SourceReport};
use tallystick_chart::numbers::{count, percent, percent_of};
use tallystick_chart::{Key, Label, Mark, Panel, RowChart, Scale, Shape, Tone};

/// Rows of each source: records, repeats, rejections.
pub(super) fn rows(report: &LinkageReport) -> Figure {
    let has_aliases = report.sources.iter().any(|source| source.aliases > 0);
    let mut columns = vec![
        words("Source"),
        words("Kind"),
        figures("Rows read"),
        figures("Rows accepted"),
        figures("Joined to a record already there"),
        figures("Records"),
        figures("Rows rejected"),
        figures("Rejected"),
    ];
    if has_aliases {
        columns.insert(4, figures("Aliases"));
    }
    let row = |source: &SourceReport| {
        let mut cells = vec![
            source.source.clone(),
            source.source_type.clone(),
            count(source.rows_read),
            count(source.rows_accepted),
            count(source.rows_collapsed),
            count(source.records),
            count(source.rows_rejected),
            percent_of(source.rows_rejected, source.rows_read),
        ];
        if has_aliases {
            cells.insert(4, count(source.aliases));
        }
        cells
    };
    Figure {
        id: "figure-rows".into(),
        title: "Rows and records by source".into(),
        caption:
            "Several rows of one source that carry the same identity become one record at the \
                  agency, before anything is sent. A large part of rejected rows wants a look at \
                  the agency\u{2019}s own report, which says why."
                .to_owned(),
        description: rows_description(report),
        table: Table { columns, rows: report.sources.iter().map(row).collect() },
        content: if report.sources.is_empty() {
            Content::Empty("No source took part.".into())
        } else {
            Content::Drawing(Box::new(rows_chart(&report.sources)))
        },
    }
}

fn rows_description(report: &LinkageReport) -> String {
    let sources = report.sources.iter().map(|source| {
        format!(
            "{}: {} rows read, {} records, {} rows rejected.",
            source.source,
            count(source.rows_read),
            count(source.records),
            count(source.rows_rejected)
        )
    });
    sources.collect::<Vec<_>>().join(" ")
}

fn rows_chart(sources: &[SourceReport]) -> RowChart {
    let bars = |source: &SourceReport| {
        let ends = [source.records, source.rows_collapsed, source.rows_rejected];
        let mut from = 0.0;
        let mut marks = Vec::new();
        for (part, tone) in ends.into_iter().zip([Tone::First, Tone::Quiet, Tone::Second]) {
            if part > 0 {
                let to = from + part as f64;
                marks.push(Mark::Bar { from, to, tone, lane: 0 });
                from = to;
            }
        }
        (marks, vec![count(source.rows_read)])
    };
    let total = |source: &SourceReport| {
        source.rows_read.max(source.records + source.rows_collapsed + source.rows_rejected)
    };
    RowChart {
        labels: sources
            .iter()
            .map(|source| Label { group: None, name: source.source.clone() })
            .collect(),
        panels: vec![Panel {
            axis: "Rows read".to_owned(),
            scale: Scale::counts(sources.iter().map(total)),
            rows: sources.iter().map(bars).collect(),
            references: Vec::new(),
        }],
        keys: vec![
            Key { shape: Shape::Bar, tone: Tone::First, text: "Became a record".into() },
            Key {
                shape: Shape::Bar,
                tone: Tone::Quiet,
                text: "Joined to a record already there".into(),
            },
            Key { shape: Shape::Bar, tone: Tone::Second, text: "Rejected".into() },
        ],
        lanes: 1,
    }
}

/// Share of records with a value, by field and source.
pub(super) fn completeness(report: &LinkageReport) -> Figure {
    let fields = fields(&report.sources);
    let share = |source: &SourceReport, field: &str| {
        let found = source.completeness.iter().find(|(name, _)| name == field);
        found.map(|(_, percent)| *percent).filter(|percent| percent.is_finite())
    };
    let shares: Vec<Vec<Option<f64>>> = fields
        .iter()
        .map(|field| report.sources.iter().map(|source| share(source, field)).collect())
        .collect();
    let rows = fields.iter().zip(&shares).map(|(field, shares)| {
        let cells = shares.iter().map(|share| match share {
            Some(value) => percent(value / 100.0),
            None => "\u{2013}".to_owned(),
        });
        std::iter::once((*field).to_owned()).chain(cells).collect()
    });
    let mut columns = vec![words("Field")];
    columns.extend(report.sources.iter().map(|source| figures(&source.source)));
    Figure {
        id: "figure-completeness".into(),
        title: "Completeness by field and source".into(),
        caption: "Share of a source\u{2019}s records that hold a value; a dash marks a field that \
                  the source does not have. Where two sources have few fields in common, persons \
                  are harder to find again, and missed links are not spread evenly over groups."
            .to_owned(),
        description: String::new(),
        table: Table { columns, rows: rows.collect() },
        content: if fields.is_empty() {
            Content::Empty("No source reported which fields it holds.".into())
        } else {
            Content::Heat(shares)
        },
    }
}

/// Fields of all sources, in the order in which they are first met.
fn fields(sources: &[SourceReport]) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    let fields = sources.iter().flat_map(|source| &source.completeness);
    fields.map(|(field, _)| field.as_str()).filter(|field| seen.insert(*field)).collect()
}
