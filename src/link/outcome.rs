//! Persons with dense numbers, and what is known of their linkage.

use tallystick_linkage::cluster::ReviewKind;
use tallystick_linkage::train::probability;
use tallystick_wire::Rejection;

use super::Run;
use crate::release::contract::{Linked, LinkedSource};

/// What a caller shows when a run is done.
#[derive(Clone, Debug)]
pub struct LinkSummary {
    /// Sources.
    pub sources: usize,
    /// Records of all sources.
    pub records: u64,
    /// Persons at the main threshold.
    pub persons: u64,
    /// Persons found in more than one source.
    pub persons_in_several_sources: u64,
    /// Expected precision of accepted pairs.
    pub expected_precision: f64,
    /// Expected recall.
    pub expected_recall: f64,
    /// Sentences a reader must not miss.
    pub warnings: Vec<String>,
}

/// Numbers the clusters in the order of their least records.
fn dense(labels: &[u32]) -> (Vec<u32>, u32) {
    let mut number_of = vec![u32::MAX; labels.len()];
    let mut count = 0;
    let mut out = Vec::with_capacity(labels.len());
    for label in labels {
        let number = &mut number_of[*label as usize];
        if *number == u32::MAX {
            *number = count;
            count += 1;
        }
        out.push(*number);
    }
    (out, count)
}

/// What the release tables need to know.
pub(super) fn linked(run: &Run) -> Result<Linked, Rejection> {
    let clusters = &run.resolution.clusters;
    let (main, person_count) = dense(&clusters.main);
    let (strict, _) = dense(&clusters.strict);
    let (loose, _) = dense(&clusters.loose);
    let mut link_permille_min = vec![1_000u16; person_count as usize];
    for edge in &run.resolution.edges {
        let person = main[edge.first as usize];
        if person == main[edge.second as usize] {
            let permille = permille(probability(edge.weight_mbit));
            let lowest = &mut link_permille_min[person as usize];
            *lowest = (*lowest).min(permille);
        }
    }
    let mut flagged = vec![false; person_count as usize];
    for flag in &clusters.flags {
        if matches!(flag.kind, ReviewKind::Large | ReviewKind::Conflict | ReviewKind::Cut) {
            flagged[main[flag.cluster as usize] as usize] = true;
        }
    }
    let sources = run
        .submissions
        .iter()
        .zip(run.space.offsets.windows(2))
        .map(|(submission, ends)| {
            let range = ends[0] as usize..ends[1] as usize;
            Ok(LinkedSource {
                source: submission.header().source,
                source_type: submission.header().source_type,
                handles: submission.handles()?,
                row_counts: submission.row_counts()?,
                person: main[range.clone()].to_vec(),
                strict: strict[range.clone()].to_vec(),
                loose: loose[range].to_vec(),
            })
        })
        .collect::<Result<Vec<_>, Rejection>>()?;
    Ok(Linked { sources, person_count, link_permille_min, flagged })
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
        assert_eq!(dense(&[0, 1, 0, 3, 1]), (vec![0, 1, 0, 2, 1], 3));
    }
}
