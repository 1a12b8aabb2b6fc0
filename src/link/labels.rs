//! Reads labels of records (`source,handle,person`): truth where it is known, or planted persons; and which records are left out
//! (`source,handle`).

use std::collections::HashMap;
use std::path::Path;

use tallystick_linkage::quality::truth;
use tallystick_wire::{Handle, ReadAt, SourceLabel, Submission};

use super::Run;
use super::error::LinkError;
use crate::release::contract::Linked;
use crate::report::model::{CanaryReport, Estimate, TruthReport};

/// Labels of all records in record order; `None` where a record has none.
pub(super) type Labels = Vec<Option<u32>>;

/// Reads a file of labels. Rows of unknown records are refused: they would be silently lost.
pub(super) fn read(path: &Path, linked: &Linked) -> Result<Labels, LinkError> {
    let invalid = |line, what| LinkError::Labels { path: path.to_owned(), line, what };
    let file = std::fs::File::open(path).map_err(|source| LinkError::io(path, source))?;
    let mut reader = csv::Reader::from_reader(file);
    let header = reader.headers().map_err(|_| invalid(1, "not CSV"))?.clone();
    let place = |name: &str| header.iter().position(|column| column == name);
    let (Some(source), Some(handle), Some(person)) =
        (place("source"), place("handle"), place("person"))
    else {
        return Err(invalid(1, "the header needs source, handle and person"));
    };
    let mut numbers: HashMap<String, u32> = HashMap::new();
    let mut labels: Vec<Vec<Option<u32>>> =
        linked.sources.iter().map(|source| vec![None; source.handles.len()]).collect();
    let mut row = csv::StringRecord::new();
    while reader.read_record(&mut row).map_err(|error| invalid(line_of(&error), "not CSV"))? {
        let line = row.position().map_or(0, csv::Position::line);
        let label = SourceLabel::parse(row.get(source).unwrap_or_default());
        let source = linked
            .sources
            .iter()
            .position(|other| Some(other.source) == label)
            .ok_or_else(|| invalid(line, "a source that no submission has"))?;
        let record = Handle::from_hex(row.get(handle).unwrap_or_default())
            .and_then(|handle| linked.sources[source].handles.binary_search(&handle).ok())
            .ok_or_else(|| invalid(line, "a handle that the submission does not have"))?;
        let next = u32::try_from(numbers.len()).map_err(|_| invalid(line, "too many persons"))?;
        let person = *numbers.entry(row.get(person).unwrap_or_default().to_owned()).or_insert(next);
        labels[source][record] = Some(person);
    }
    Ok(labels.into_iter().flatten().collect())
}

/// Reads which records are left out (`source,handle`), if any are. One that no submission has is refused, as
/// it would be thought to be left out by its other name.
pub(super) fn left_out<R: ReadAt>(
    path: Option<&Path>,
    submissions: &[Submission<R>],
) -> Result<Vec<(SourceLabel, Handle)>, LinkError> {
    let Some(path) = path else { return Ok(Vec::new()) };
    let invalid = |line, what| LinkError::LeftOut { path: path.to_owned(), line, what };
    let file = std::fs::File::open(path).map_err(|source| LinkError::io(path, source))?;
    let mut reader = csv::Reader::from_reader(file);
    let header = reader.headers().map_err(|_| invalid(1, "not CSV"))?.clone();
    let place = |name: &str| header.iter().position(|column| column == name);
    let (Some(source), Some(handle)) = (place("source"), place("handle")) else {
        return Err(invalid(1, "the header needs source and handle"));
    };
    let handles = submissions.iter().map(Submission::handles);
    let handles = handles.collect::<Result<Vec<_>, _>>().map_err(LinkError::Together)?;
    let mut records = Vec::new();
    let mut row = csv::StringRecord::new();
    while reader.read_record(&mut row).map_err(|error| invalid(line_of(&error), "not CSV"))? {
        let line = row.position().map_or(0, csv::Position::line);
        let label = SourceLabel::parse(row.get(source).unwrap_or_default());
        let of_source = submissions.iter().zip(&handles);
        let (label, known) = of_source
            .map(|(submission, handles)| (submission.header().source, handles))
            .find(|(source, _)| Some(*source) == label)
            .ok_or_else(|| invalid(line, "a source that no submission has"))?;
        let handle = Handle::from_hex(row.get(handle).unwrap_or_default())
            .filter(|handle| known.binary_search(handle).is_ok())
            .ok_or_else(|| invalid(line, "a handle that the submission does not have"))?;
        records.push((label, handle));
    }
    Ok(records)
}

/// Where a file is not CSV; 0 where that is not known.
fn line_of(error: &csv::Error) -> u64 {
    error.position().map_or(0, csv::Position::line)
}

/// Quality against truth.
pub(super) fn truth(run: &Run, labels: &Labels) -> TruthReport {
    let score = truth::score(&run.resolution.clusters.main, labels, &run.space.sources());
    let met = run.pairs.iter().filter(|pair| {
        let (a, b) = pair.records();
        labels[a as usize].is_some() && labels[a as usize] == labels[b as usize]
    });
    TruthReport {
        precision: score.all.precision(),
        recall: score.all.recall(),
        f1: score.all.f1(),
        b_cubed_precision: score.b_cubed.precision,
        b_cubed_recall: score.b_cubed.recall,
        b_cubed_f1: score.b_cubed.f1,
        pairs_completeness: truth::pairs_completeness(met.count() as u64, score.all.true_pairs),
    }
}

/// How planted persons were linked, and what of them is in no table.
pub(super) fn canaries(run: &Run, labels: &Labels, content_rows: u64) -> CanaryReport {
    let main = &run.resolution.clusters.main;
    let score = truth::score(main, labels, &run.space.sources());
    let mut persons: Vec<u32> = labels.iter().flatten().copied().collect();
    persons.sort_unstable();
    persons.dedup();
    let mut planted: HashMap<u32, u64> = HashMap::new();
    let mut others: HashMap<u32, u64> = HashMap::new();
    for (cluster, label) in main.iter().zip(labels) {
        let counts = if label.is_some() { &mut planted } else { &mut others };
        *counts.entry(*cluster).or_default() += 1;
    }
    let strangers: u64 = planted
        .iter()
        .map(|(cluster, count)| count * others.get(cluster).copied().unwrap_or(0))
        .sum();
    CanaryReport {
        persons: persons.len() as u64,
        records: labels.iter().flatten().count() as u64,
        content_rows,
        pairs: score.all.true_pairs,
        recall: wilson(score.all.true_positives, score.all.true_pairs),
        wrong_pairs: strangers + (score.all.predicted_pairs - score.all.true_positives),
    }
}

/// Wilson's score interval (1927, doi:10.2307/2276774) at 95 %.
fn wilson(hits: u64, trials: u64) -> Estimate {
    if trials == 0 {
        return Estimate { value: 1.0, low: 0.0, high: 1.0 };
    }
    let (n, p, z) = (trials as f64, hits as f64 / trials as f64, 1.96f64);
    let centre = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt() / (1.0 + z * z / n);
    Estimate { value: p, low: (centre - half).max(0.0), high: (centre + half).min(1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_never_leaves_zero_to_one() {
        let all = wilson(10, 10);
        assert!(all.high <= 1.0 && all.low > 0.65 && all.low < 0.75, "{all:?}");
        assert!(wilson(0, 0).low < 0.5);
    }
}
