//! Persons with dense numbers, and what is known of their linkage.

use tallystick_linkage::cluster::ReviewKind;
use tallystick_linkage::train::probability;
use tallystick_wire::Digest;

use super::Run;
use super::labels::Labels;
use crate::release::contract::{LEFT_OUT, Linked, LinkedSource};

/// What a caller shows when a run is done.
#[derive(Clone, Debug)]
pub struct LinkSummary {
    /// Sources.
    pub sources: usize,
    /// Records of all sources.
    pub records: u64,
    /// Persons at the main threshold, without planted ones.
    pub persons: u64,
    /// Persons found in more than one source.
    pub persons_in_several_sources: u64,
    /// Expected precision of accepted pairs.
    pub expected_precision: f64,
    /// Expected recall.
    pub expected_recall: f64,
    /// Sentences a reader must not miss.
    pub warnings: Vec<String>,
    /// Names the result: the same for the same submissions and settings, wherever they are linked.
    pub result: Digest,
}

/// Clusters with dense numbers.
#[derive(Debug, PartialEq)]
struct Dense {
    /// By record.
    numbers: Vec<u32>,
    /// By cluster label; [`LEFT_OUT`] for a label without records.
    by_label: Vec<u32>,
    count: u32,
}

/// Numbers the clusters in the order of their least records, but for records that are left out.
fn dense(labels: &[u32], is_left_out: &dyn Fn(usize) -> bool) -> Dense {
    let mut by_label = vec![LEFT_OUT; labels.len()];
    let mut count = 0;
    let mut numbers = Vec::with_capacity(labels.len());
    for (record, label) in labels.iter().enumerate() {
        if is_left_out(record) {
            numbers.push(LEFT_OUT);
            continue;
        }
        let number = &mut by_label[*label as usize];
        if *number == LEFT_OUT {
            *number = count;
            count += 1;
        }
        numbers.push(*number);
    }
    Dense { numbers, by_label, count }
}

/// What the release tables need to know. Records that were taken out are left out; planted records, those with a label, are left out; where
/// one was linked to others, these stay a person without it.
pub(crate) fn linked(run: &Run, planted: Option<&Labels>) -> Linked {
    let clusters = &run.resolution.clusters;
    let is_retracted =
        |record: usize| run.retracted.binary_search_by_key(&record, |it| *it as usize).is_ok();
    let is_left_out = |record: usize| {
        planted.is_some_and(|labels| labels[record].is_some()) || is_retracted(record)
    };
    let Dense { numbers: main, by_label, count: person_count } =
        dense(&clusters.main, &is_left_out);
    let strict = dense(&clusters.strict, &is_left_out).numbers;
    let loose = dense(&clusters.loose, &is_left_out).numbers;
    let imputed: Vec<Vec<u32>> =
        run.imputed.iter().map(|labels| dense(labels, &is_left_out).numbers).collect();
    let mut link_permille_min = vec![1_000u16; person_count as usize];
    for edge in &run.resolution.edges {
        let person = main[edge.first as usize];
        if person != LEFT_OUT && person == main[edge.second as usize] {
            let permille = permille(probability(edge.weight_mbit));
            let lowest = &mut link_permille_min[person as usize];
            *lowest = (*lowest).min(permille);
        }
    }
    let mut flagged = vec![false; person_count as usize];
    for flag in &clusters.flags {
        if matches!(flag.kind, ReviewKind::Large | ReviewKind::Conflict | ReviewKind::Cut) {
            let person = by_label[flag.cluster as usize];
            if person != LEFT_OUT {
                flagged[person as usize] = true;
            }
        }
    }
    let sources = run.sources.iter().zip(run.space.offsets.windows(2)).map(|(source, ends)| {
        let range = ends[0] as usize..ends[1] as usize;
        LinkedSource {
            source: source.header.source,
            source_type: source.header.source_type,
            handles: source.handles.clone(),
            row_counts: source.row_counts.clone(),
            person: main[range.clone()].to_vec(),
            strict: strict[range.clone()].to_vec(),
            loose: loose[range.clone()].to_vec(),
            imputed: imputed.iter().map(|persons| persons[range.clone()].to_vec()).collect(),
        }
    });
    Linked { sources: sources.collect(), person_count, link_permille_min, flagged }
}

fn permille(probability: f64) -> u16 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000")]
    let permille = (probability * 1_000.0).round().clamp(0.0, 1_000.0) as u16;
    permille
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn persons_are_numbered_by_their_first_record() {
        let dense = dense(&[0, 1, 0, 3, 1], &|_| false);
        assert_eq!((dense.numbers, dense.count), (vec![0, 1, 0, 2, 1], 3));
    }

    #[test]
    fn records_left_out_have_no_person_and_the_rest_of_their_cluster_keeps_one() {
        let dense = dense(&[0, 1, 0, 3, 1], &|record| record == 0 || record == 3);
        assert_eq!(dense.numbers, [LEFT_OUT, 0, 1, LEFT_OUT, 0]);
        assert_eq!(dense.by_label[..4], [1, 0, LEFT_OUT, LEFT_OUT]);
        assert_eq!(dense.count, 2);
    }
}
