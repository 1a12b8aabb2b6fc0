//! Takes the report, gives what it says in plain sentences.

use tallystick_chart::numbers::{
    NOT_AVAILABLE, count, counted, decimal, interval, list, percent, percent_of, rounded,
};

use super::model::{Estimate, LinkageReport};

/// One number a reader looks for first.
pub(super) struct Tile {
    /// What it is.
    pub(super) name: &'static str,
    /// The number.
    pub(super) value: String,
    /// What to know about it.
    pub(super) note: String,
}

/// Rows read at all sources.
fn rows_read(report: &LinkageReport) -> u64 {
    report.sources.iter().map(|source| source.rows_read).sum()
}

fn records(report: &LinkageReport) -> u64 {
    report.sources.iter().map(|source| source.records).sum()
}

/// Persons at the main threshold.
fn persons(report: &LinkageReport) -> u64 {
    if report.clusters.is_empty() {
        report.overlaps.iter().map(|overlap| overlap.persons).sum()
    } else {
        report.clusters.iter().map(|size| size.main).sum()
    }
}

/// Persons found in more than one source.
fn persons_shared(report: &LinkageReport) -> u64 {
    let shared = report.overlaps.iter().filter(|overlap| overlap.sources.len() > 1);
    shared.map(|overlap| overlap.persons).sum()
}

/// The sentence above everything.
pub(super) fn lead(report: &LinkageReport) -> String {
    let sources = counted(report.sources.len() as u64, "source", "sources");
    let rejected: u64 = report.sources.iter().map(|source| source.rows_rejected).sum();
    let (records, persons) = (records(report), persons(report));
    if records == 0 {
        return format!(
            "{sources} took part and no record was accepted, so there is nobody to link. The \
             section on sources says what arrived."
        );
    }
    let shared = persons_shared(report);
    let found = if report.sources.len() > 1 {
        format!(
            " Of these, {} ({}) {} found in more than one source.",
            count(shared),
            percent_of(shared, persons),
            if shared == 1 { "is" } else { "are" }
        )
    } else {
        String::new()
    };
    format!(
        "{} held {}; {} rejected at the agencies. The others describe {}, which \
         were linked into {}.{found}",
        sources,
        counted(rows_read(report), "row", "rows"),
        if rejected == 1 { "1 was".to_owned() } else { format!("{} were", count(rejected)) },
        counted(records, "record", "records"),
        counted(persons, "person", "persons"),
    )
}

/// The first numbers.
pub(super) fn tiles(report: &LinkageReport) -> Vec<Tile> {
    let quality = &report.quality;
    let (read, persons) = (rows_read(report), persons(report));
    let rejected: u64 = report.sources.iter().map(|source| source.rows_rejected).sum();
    let linked = quality.accepted_pairs > 0;
    let share = |estimate: Estimate| {
        if linked { percent(estimate.value) } else { NOT_AVAILABLE.to_owned() }
    };
    let ends = |estimate: Estimate| {
        if linked {
            format!("95% interval {}", interval(estimate.low, estimate.high))
        } else {
            "no pair was accepted".to_owned()
        }
    };
    let rejected_note = if read == 0 {
        "no row arrived".to_owned()
    } else {
        format!("{} rejected ({})", count(rejected), percent_of(rejected, read))
    };
    let shared = persons_shared(report);
    let shared_note = if report.sources.len() < 2 {
        "one source, so none in several".to_owned()
    } else {
        format!("{} in several sources", count(shared))
    };
    vec![
        Tile { name: "Rows read", value: count(read), note: rejected_note },
        Tile {
            name: "Records",
            value: count(records(report)),
            note: "one for each identity in a source".to_owned(),
        },
        Tile { name: "Persons", value: count(persons), note: shared_note },
        Tile {
            name: "Accepted pairs",
            value: count(quality.accepted_pairs),
            note: format!("of {} compared", count(quality.compared_pairs)),
        },
        Tile {
            name: "Expected precision",
            value: share(quality.expected_precision),
            note: ends(quality.expected_precision),
        },
        Tile {
            name: "Expected recall",
            value: share(quality.expected_recall),
            note: ends(quality.expected_recall),
        },
    ]
}

/// What precision and recall mean in this run.
pub(super) fn meaning(report: &LinkageReport) -> Vec<String> {
    let quality = &report.quality;
    if quality.accepted_pairs == 0 {
        return vec![
            "No pair of records was accepted as one person. Each record stands for itself, and \
             there is no quality to estimate."
                .to_owned(),
        ];
    }
    let (right, found) = (quality.expected_precision, quality.expected_recall);
    let mut sentences = Vec::new();
    if right.value.is_finite() {
        sentences.push(format!(
            "Precision {}: of 1,000 linked pairs, about {} are expected to join two different persons.",
            percent(right.value),
            rounded((1.0 - right.value) * 1_000.0)
        ));
    }
    if found.value.is_finite() {
        sentences.push(format!(
            "Recall {}: of 1,000 pairs that belong together, about {} are expected to be missed, \
             some because they never met in a block.",
            percent(found.value),
            rounded((1.0 - found.value) * 1_000.0)
        ));
    }
    if let Some(canaries) = &quality.canaries {
        sentences.push(format!(
            "{} with known pairs: {} of {} found, {} linked wrongly.",
            counted(canaries.persons, "planted synthetic person", "planted synthetic persons"),
            percent(canaries.recall.value),
            counted(canaries.pairs, "pair", "pairs"),
            counted(canaries.wrong_pairs, "pair", "pairs")
        ));
        sentences.push(format!(
            "Planted persons are in no table: {} and {} were left out.",
            counted(canaries.records, "record", "records"),
            counted(canaries.content_rows, "content row", "content rows")
        ));
    }
    if let Some(truth) = &quality.truth {
        sentences.push(format!(
            "Truth was given for this run: precision {}, recall {}. These were counted, not estimated.",
            percent(truth.precision),
            percent(truth.recall)
        ));
    }
    sentences
}

/// What they do not promise.
pub(super) const NOT_PROMISED: [&str; 4] = [
    "Nobody looked at names. The estimates come from the model that made the links, and are right as \
     far as it is.",
    "The intervals cover chance, not a wrong model: twins, shared addresses or fields that depend \
     on each other can make the true figures lower.",
    "They are averages. Quality can differ between groups, sources and years, and an evaluation has \
     to compare it between its groups before it compares outcomes.",
    "They count pairs of records, not outcomes of persons. Do not correct an effect with them; \
     repeat the analysis with strict and loose persons instead.",
];

/// How much work blocking saved, and at what loss.
pub(super) fn blocking(report: &LinkageReport) -> String {
    let quality = &report.quality;
    if quality.possible_pairs == 0 {
        return "There are no two records that could be a pair.".to_owned();
    }
    format!(
        "Of {} possible pairs, {} were compared (reduction ratio {}); {} were accepted. Blocking is estimated to have \
         brought {} of the true pairs together (95% interval {}).",
        count(quality.possible_pairs),
        count(quality.compared_pairs),
        decimal(quality.reduction_ratio),
        count(quality.accepted_pairs),
        percent(quality.blocking_completeness.value),
        interval(quality.blocking_completeness.low, quality.blocking_completeness.high)
    )
}

/// Where clusters were cut.
pub(super) fn thresholds(report: &LinkageReport) -> String {
    use tallystick_chart::numbers::{bits, probability_of_bits};
    let cut = |weight: f64| {
        format!("{} bits (probability {})", bits(weight), percent(probability_of_bits(weight)))
    };
    let thresholds = report.thresholds;
    format!(
        "Records are joined while the mean weight of the pairs between them is at or above {}. Strict \
         persons ask for {}, loose ones for {}.",
        cut(thresholds.main_bits),
        cut(thresholds.strict_bits),
        cut(thresholds.loose_bits)
    )
}

/// The sources by name.
pub(super) fn source_names(report: &LinkageReport) -> String {
    let names: Vec<String> = report.sources.iter().map(|source| source.source.clone()).collect();
    if names.is_empty() { "No source".to_owned() } else { list(&names) }
}

/// Words of the report and what they mean.
pub(super) const GLOSSARY: [(&str, &str); 9] = [
    ("Row", "One line of an agency\u{2019}s export."),
    (
        "Record",
        "One identity in one source: all rows that carry the same identifying values. The linkage \
         unit sees it as keyed codes, never as a name.",
    ),
    (
        "Person",
        "All records that were linked with each other, at the main, strict or loose threshold.",
    ),
    (
        "Blocking pass",
        "A rule that brings records together for comparison, such as the same year of birth and \
         sound of the name. Pairs that meet in no pass are never compared.",
    ),
    (
        "Match weight",
        "How much the compared values speak for one person, as log2 of the odds, in bits. 0 is even \
         odds, +10 about 1,000 to 1.",
    ),
    (
        "m and u",
        "How often a level of agreement is seen among true pairs (m) and among random pairs (u).",
    ),
    ("Precision", "Share of linked pairs that are right. What is missing to 100% are false links."),
    ("Recall", "Share of true pairs that were linked. What is missing to 100% are missed links."),
    ("95% interval", "Where the estimate would lie in 95 of 100 runs if the model were right."),
];
