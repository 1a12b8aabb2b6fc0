//! Quality without labels: expected precision and recall from posteriors, and what blocking lost by
//! capture-recapture over passes. Right as far as the model is; say so wherever these are shown.

use std::collections::HashMap;

use crate::block::CandidatePair;
use crate::cluster::Edge;
use crate::train::probability;

/// A share with an approximate 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// Estimate.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Share {
    /// A share with a standard error, cut to 0 and 1.
    fn with_error(value: f64, error: f64) -> Self {
        let cut = |x: f64| x.clamp(0.0, 1.0);
        Self { value: cut(value), low: cut(value - 1.96 * error), high: cut(value + 1.96 * error) }
    }

    /// The share of a product of two independent shares.
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        Self {
            value: self.value * other.value,
            low: self.low * other.low,
            high: self.high * other.high,
        }
    }
}

/// Expected quality of one set of clusters.
#[derive(Clone, Copy, Debug)]
pub struct Expected {
    /// Pairs of records within clusters.
    pub accepted_pairs: u64,
    /// Expected share of true ones among them.
    pub precision: Share,
    /// Expected share of the true pairs that met in a block and are in one cluster.
    pub recall_met: Share,
}

/// Expected precision and recall of clusters given as the smallest record of each record's cluster.
///
/// A compared pair of a cluster counts its own posterior or that of the best path over one third
/// record of the cluster, whichever is higher; but no more than the three records together allow
/// (`Neighbours::believed`), so that a pair that speaks against itself is not believed for a path's
/// sake. A pair that never met counts the mean of its cluster. `unlikely` is the number of true pairs
/// to expect besides the edges, all of them outside clusters.
pub fn expected(edges: &[Edge], labels: &[u32], unlikely: f64) -> Expected {
    let mut sizes = vec![0u64; labels.len()];
    labels.iter().for_each(|label| sizes[*label as usize] += 1);
    let accepted_pairs: u64 = sizes.iter().map(|size| size * size.saturating_sub(1) / 2).sum();
    let neighbours = Neighbours::within(edges, labels);
    let (mut sum, mut variance, mut met_sum, mut all_sum) = (0.0, 0.0, 0.0, unlikely);
    let mut compared = 0u64;
    let mut per_cluster: HashMap<u32, (f64, u64)> = HashMap::new();
    for edge in edges {
        let p = probability(edge.weight_mbit);
        if labels[edge.first as usize] != labels[edge.second as usize] {
            all_sum += p;
            continue;
        }
        let p = neighbours.believed(edge);
        all_sum += p;
        met_sum += p;
        sum += p;
        variance += p * (1.0 - p);
        compared += 1;
        let cluster = per_cluster.entry(labels[edge.first as usize]).or_default();
        *cluster = (cluster.0 + p, cluster.1 + 1);
    }
    // Pairs of a cluster that never met: the cluster's mean stands for them.
    for (label, size) in (0u32..).zip(sizes).filter(|(_, size)| *size > 2) {
        let (total, count) = per_cluster.get(&label).copied().unwrap_or((0.0, 0));
        let missing = (size * (size - 1) / 2).saturating_sub(count) as f64;
        let mean = if count > 0 { total / count as f64 } else { 0.5 };
        sum += mean * missing;
        variance += mean * (1.0 - mean) * missing;
    }
    debug_assert!(compared <= accepted_pairs);
    let n = (accepted_pairs as f64).max(1.0);
    let precision = if accepted_pairs == 0 { 1.0 } else { sum / n };
    let recall = if all_sum > 0.0 { met_sum / all_sum } else { 1.0 };
    let recall_error = (recall * (1.0 - recall) / all_sum.max(1.0)).sqrt();
    Expected {
        accepted_pairs,
        precision: Share::with_error(precision, variance.sqrt() / n),
        recall_met: Share::with_error(recall, recall_error),
    }
}

/// Likely edges inside clusters by record.
struct Neighbours {
    starts: Vec<u32>,
    links: Vec<(u32, f32)>,
}

/// Neighbours looked at per record when searching a path; clusters are small.
const NEIGHBOURS_MAX: usize = 64;

impl Neighbours {
    fn within(edges: &[Edge], labels: &[u32]) -> Self {
        let inside = || {
            edges.iter().filter(|edge| {
                edge.weight_mbit > 0 && labels[edge.first as usize] == labels[edge.second as usize]
            })
        };
        let mut starts = vec![0u32; labels.len() + 1];
        for edge in inside() {
            starts[edge.first as usize + 1] += 1;
            starts[edge.second as usize + 1] += 1;
        }
        for record in 0..labels.len() {
            starts[record + 1] += starts[record];
        }
        let mut at = starts.clone();
        let mut links = vec![(0, 0.0); starts[labels.len()] as usize];
        for edge in inside() {
            #[expect(clippy::cast_possible_truncation, reason = "a probability needs no more")]
            let p = probability(edge.weight_mbit) as f32;
            for (from, to) in [(edge.first, edge.second), (edge.second, edge.first)] {
                links[at[from as usize] as usize] = (to, p);
                at[from as usize] += 1;
            }
        }
        Self { starts, links }
    }

    fn of(&self, record: u32) -> &[(u32, f32)] {
        let range =
            self.starts[record as usize] as usize..self.starts[record as usize + 1] as usize;
        &self.links[range]
    }

    /// Probability that the two records of an edge are one person, given a third record c that is
    /// likely the same as both.
    ///
    /// Of three records a, b, c only five divisions into persons are possible. With pair odds x = ab,
    /// y = ac, z = bc their weights are xyz (all one), x, y, z (two of them) and 1 (none), so a and b
    /// are one with (xyz + x) / (xyz + x + y + z + 1). That takes the three odds for independent
    /// evidence; where all three speak for a match they are not, so there the path yz or the pair's
    /// own x alone is the lower bound that counts. That bound was chosen on synthetic sets.
    fn believed(&self, edge: &Edge) -> f64 {
        let own = probability(edge.weight_mbit);
        let Some((y, z)) = self.best_path(edge.first, edge.second) else { return own };
        let [x, y, z] = [own, y, z].map(|p| p / (1.0 - p).max(1e-9));
        let all = x * y * z;
        let three = (all + x) / (all + x + y + z + 1.0);
        let path = y / (1.0 + y) * (z / (1.0 + z));
        own.max(path).min(three)
    }

    /// The two likely edges over a third record with the highest product. Both lists are ascending.
    fn best_path(&self, a: u32, b: u32) -> Option<(f64, f64)> {
        let (x, y) = (self.of(a), self.of(b));
        let (mut i, mut j, mut best, mut found) = (0, 0, 0.0f32, None);
        let limit = NEIGHBOURS_MAX;
        while i < x.len().min(limit) && j < y.len().min(limit) {
            match x[i].0.cmp(&y[j].0) {
                core::cmp::Ordering::Less => i += 1,
                core::cmp::Ordering::Greater => j += 1,
                core::cmp::Ordering::Equal => {
                    if x[i].1 * y[j].1 > best {
                        best = x[i].1 * y[j].1;
                        found = Some((f64::from(x[i].1), f64::from(y[j].1)));
                    }
                    i += 1;
                    j += 1;
                }
            }
        }
        found
    }
}

/// Share of true pairs that met in at least one pass, by the number of passes in which the likely
/// pairs met (Chao 1987, doi:10.2307/2531532). Passes are not independent, so this is closer to an
/// upper bound of completeness. `unlikely` are the true pairs to expect besides these: that met in
/// one pass, in two, in more.
pub fn blocking_completeness(pairs: &[CandidatePair], edges: &[Edge], unlikely: [f64; 3]) -> Share {
    let [mut once, mut twice, more] = unlikely;
    let mut met = once + twice + more;
    for (pair, edge) in pairs.iter().zip(edges) {
        let p = probability(edge.weight_mbit);
        met += p;
        match pair.passes().count_ones() {
            1 => once += p,
            2 => twice += p,
            _ => {}
        }
    }
    if met < 1.0 {
        return Share { value: 1.0, low: 0.0, high: 1.0 };
    }
    let missed = (once * (once - 1.0).max(0.0)) / (2.0 * (twice + 1.0));
    let ratio = once / f64::max(twice, 1.0);
    let variance = twice.max(1.0) * (ratio * ratio * (0.25 * ratio * ratio + ratio + 0.5));
    let share = met / (met + missed);
    // Delta method: the share falls by met / (met + missed)^2 for each further missed pair.
    Share::with_error(share, variance.sqrt() * met / ((met + missed) * (met + missed)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::Pattern;

    fn edge(first: u32, second: u32, weight_mbit: i32) -> Edge {
        Edge { first, second, weight_mbit }
    }

    #[test]
    fn precision_is_the_mean_posterior() {
        let edges = [edge(0, 1, 60_000), edge(2, 3, 0)];
        let found = expected(&edges, &[0, 0, 2, 2], 0.0);
        assert_eq!(found.accepted_pairs, 2);
        assert!((found.precision.value - 0.75).abs() < 1e-9);
        assert!((found.recall_met.value - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_weak_pair_between_strong_ones_is_believed_through_them() {
        let edges = [edge(0, 1, 10_000), edge(0, 2, 10_000), edge(1, 2, -3_000)];
        assert!(expected(&edges, &[0, 0, 0], 0.0).precision.value > 0.99);
    }

    #[test]
    fn a_pair_against_itself_is_not_believed_for_a_paths_sake() {
        let edges = [edge(0, 1, 5_000), edge(0, 2, 5_000), edge(1, 2, -5_000)];
        let neighbours = Neighbours::within(&edges, &[0, 0, 0]);
        let believed = neighbours.believed(&edges[2]);
        assert!((0.2..0.5).contains(&believed), "{believed}");
        assert!(neighbours.believed(&edges[0]) >= 0.5, "a pair for itself stands on its own odds");
    }

    #[test]
    fn rejected_likely_pairs_lower_recall() {
        let edges = [edge(0, 1, 60_000), edge(2, 3, 60_000)];
        let found = expected(&edges, &[0, 0, 2, 3], 0.0);
        assert!((found.recall_met.value - 0.5).abs() < 1e-9);
    }

    #[test]
    fn pairs_met_often_leave_little_to_miss() {
        let pair = |first, passes: &[u8]| {
            let pairs: Vec<_> = passes
                .iter()
                .map(|pass| CandidatePair::new(first, first + 1, Pattern(1), *pass))
                .collect();
            pairs.into_iter().map(|pair| vec![pair]).reduce(crate::block::merge).unwrap()[0]
        };
        let edges: Vec<Edge> = (0..100).map(|n| edge(2 * n, 2 * n + 1, 60_000)).collect();
        let often: Vec<_> = (0..100).map(|n| pair(2 * n, &[0, 1, 2, 3])).collect();
        let once: Vec<_> =
            (0..100).map(|n| pair(2 * n, if n < 50 { &[0u8][..] } else { &[0, 1] })).collect();
        assert!(blocking_completeness(&often, &edges, [0.0; 3]).value > 0.999);
        let share = blocking_completeness(&once, &edges, [0.0; 3]);
        assert!(share.value < 0.85 && share.low < share.value, "{share:?}");
    }
}
