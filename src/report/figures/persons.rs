//! Figures about persons: in how many sources, in which, with how many records.

use super::{Content, Figure, Table, figures, words};
use crate::report::model::{ClusterSize, LinkageReport, SourceOverlap};
use tallystick_chart::numbers::{count, counted, list, percent_of};
use tallystick_chart::{
    Key, Label, Mark, OverlapChart, OverlapRow, Panel, RowChart, Scale, Shape, Tone,
};

/// Combinations of sources shown one by one; rarer ones are summed up.
const COMBINATIONS_MAX: usize = 24;
/// Cluster sizes that share a row: the last size of each.
const SIZE_ENDS: [u64; 15] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 50, 100, 1_000, u64::MAX];

/// Persons by the number of sources they are in.
pub(super) fn source_counts(report: &LinkageReport) -> Figure {
    let most = report.overlaps.iter().map(|overlap| overlap.sources.len()).max().unwrap_or(0);
    let persons = |sources: usize| -> u64 {
        let of_size = report.overlaps.iter().filter(|overlap| overlap.sources.len() == sources);
        of_size.map(|overlap| overlap.persons).sum()
    };
    let counts: Vec<(u64, u64)> =
        (1..=most).map(|sources| (sources as u64, persons(sources))).collect();
    let total: u64 = counts.iter().map(|(_, persons)| persons).sum();
    let rows = counts.iter().map(|(sources, persons)| {
        vec![counted(*sources, "source", "sources"), count(*persons), percent_of(*persons, total)]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let sentences =
        rows.iter().map(|row| format!("In {}: {} persons, {}.", row[0], row[1], row[2]));
    let description = sentences.collect::<Vec<_>>().join(" ");
    let bars = counts.iter().map(|(_, persons)| {
        let bar = Mark::Bar { from: 0.0, to: *persons as f64, tone: Tone::First, lane: 0 };
        (vec![bar], vec![format!("{} ({})", count(*persons), percent_of(*persons, total))])
    });
    let chart = RowChart {
        labels: rows.iter().map(|row| Label { group: None, name: row[0].clone() }).collect(),
        panels: vec![Panel {
            axis: "Persons".to_owned(),
            scale: Scale::counts(counts.iter().map(|(_, persons)| *persons)),
            rows: bars.collect(),
            references: Vec::new(),
        }],
        keys: Vec::new(),
        lanes: 1,
    };
    Figure {
        id: "figure-source-counts".into(),
        title: "Persons by number of sources".into(),
        caption:
            "How many sources hold records of a person. The share found in several sources is a \
                  finding about people, not a measure of how well they were linked."
                .to_owned(),
        description,
        table: Table {
            columns: vec![words("Found in"), figures("Persons"), figures("Share")],
            rows,
        },
        content: if total == 0 {
            Content::Empty("There are no persons to count.".into())
        } else {
            Content::Drawing(Box::new(chart))
        },
    }
}

/// Persons by combination of sources.
pub(super) fn overlaps(report: &LinkageReport) -> Figure {
    let names: Vec<String> = report.sources.iter().map(|source| source.source.clone()).collect();
    let mut sorted: Vec<&SourceOverlap> =
        report.overlaps.iter().filter(|overlap| overlap.persons > 0).collect();
    sorted.sort_by(|a, b| {
        b.persons
            .cmp(&a.persons)
            .then_with(|| a.sources.len().cmp(&b.sources.len()))
            .then_with(|| a.sources.cmp(&b.sources))
    });
    let total: u64 = sorted.iter().map(|overlap| overlap.persons).sum();
    let shown = if sorted.len() > COMBINATIONS_MAX { COMBINATIONS_MAX - 1 } else { sorted.len() };
    let value = |persons: u64| format!("{} ({})", count(persons), percent_of(persons, total));
    let mut rows: Vec<OverlapRow> = sorted[..shown]
        .iter()
        .map(|overlap| OverlapRow {
            belongs: Some(names.iter().map(|name| overlap.sources.contains(name)).collect()),
            name: list(&overlap.sources),
            persons: overlap.persons,
            value: value(overlap.persons),
        })
        .collect();
    if let [_, ..] = &sorted[shown..] {
        let persons = sorted[shown..].iter().map(|overlap| overlap.persons).sum();
        rows.push(OverlapRow {
            belongs: None,
            name: format!("{} others", count((sorted.len() - shown) as u64)),
            persons,
            value: value(persons),
        });
    }
    let cells = rows
        .iter()
        .map(|row| vec![row.name.clone(), count(row.persons), percent_of(row.persons, total)]);
    let table = Table {
        columns: vec![words("Found in exactly"), figures("Persons"), figures("Share")],
        rows: cells.collect(),
    };
    let sentences =
        rows.iter().take(5).map(|row| format!("{}: {} persons.", row.name, count(row.persons)));
    Figure {
        id: "figure-overlaps".into(),
        title: "Persons by combination of sources".into(),
        caption:
            "Each line is one combination: filled dots mark the sources that hold the person, and \
                  no other source does. The bar counts persons."
                .to_owned(),
        description: sentences.collect::<Vec<_>>().join(" "),
        table,
        content: if rows.is_empty() {
            Content::Empty("There are no persons to count.".into())
        } else {
            Content::Drawing(Box::new(OverlapChart { sources: names, rows }))
        },
    }
}

/// Clusters by size, for the three variants.
pub(super) fn clusters(report: &LinkageReport) -> Figure {
    let rows = cluster_rows(&report.clusters);
    let cells = rows
        .iter()
        .map(|(name, sums)| vec![name.clone(), count(sums[0]), count(sums[1]), count(sums[2])]);
    let table = Table {
        columns: vec![
            words("Records of a person"),
            figures("Main"),
            figures("Strict"),
            figures("Loose"),
        ],
        rows: cells.collect(),
    };
    let tones = [Tone::First, Tone::Second, Tone::Third];
    let bars = rows.iter().map(|(_, sums)| {
        let bar = |(lane, tone): (u32, Tone), persons: u64| Mark::Bar {
            from: 0.0,
            to: persons as f64,
            tone,
            lane,
        };
        let marks = (0..).zip(tones).zip(sums).map(|(place, persons)| bar(place, *persons));
        (marks.collect(), sums.iter().map(|persons| count(*persons)).collect())
    });
    let sentences = rows.iter().map(|(name, sums)| {
        format!("{name} records: {} main, {} strict, {} loose.", sums[0], sums[1], sums[2])
    });
    let chart = RowChart {
        labels: rows.iter().map(|(name, _)| Label { group: None, name: name.clone() }).collect(),
        panels: vec![Panel {
            axis: "Persons (logarithmic scale), by number of their records".to_owned(),
            scale: Scale::log_counts(rows.iter().flat_map(|(_, sums)| *sums)),
            rows: bars.collect(),
            references: Vec::new(),
        }],
        keys: vec![
            Key { shape: Shape::Bar, tone: Tone::First, text: "Main".into() },
            Key { shape: Shape::Bar, tone: Tone::Second, text: "Strict".into() },
            Key { shape: Shape::Bar, tone: Tone::Third, text: "Loose".into() },
        ],
        lanes: 3,
    };
    Figure {
        id: "figure-clusters".into(),
        title: "Persons by number of records".into(),
        caption: "The same records linked at three thresholds. Strict persons are parts of main ones, \
                  main ones parts of loose ones: running an analysis on all three shows how much it \
                  depends on the threshold. Persons with very many records are the first place to \
                  look for wrong links."
            .to_owned(),
        description: sentences.collect::<Vec<_>>().join(" "),
        table,
        content: if rows.is_empty() {
            Content::Empty("There are no clusters: no source holds a record.".into())
        } else {
            Content::Drawing(Box::new(chart))
        },
    }
}

/// Sizes with their counts; large sizes share rows.
fn cluster_rows(clusters: &[ClusterSize]) -> Vec<(String, [u64; 3])> {
    let largest = clusters.iter().map(|size| size.records).max().unwrap_or(0);
    let mut rows = Vec::new();
    let mut from = 1;
    for end in SIZE_ENDS {
        if from > largest {
            break;
        }
        let mut sums = [0; 3];
        for size in clusters.iter().filter(|size| (from..=end).contains(&size.records)) {
            for (sum, part) in sums.iter_mut().zip([size.main, size.strict, size.loose]) {
                *sum += part;
            }
        }
        let name = if from == end {
            count(from)
        } else if end == u64::MAX {
            format!("{} or more", count(from))
        } else {
            format!("{} to {}", count(from), count(end))
        };
        rows.push((name, sums));
        from = end.saturating_add(1);
    }
    rows
}
