//! Takes main clusters and edges, gives the clusters a person should look at.

use super::components::Components;
use super::{ClusterConfig, Edge, SoleMask, SoleSources};

/// Why a cluster is flagged.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum ReviewKind {
    /// It has very many records; the count is how many.
    Large,
    /// It holds compared pairs that speak strongly against it; the count is how many.
    Conflict,
    /// A one-to-one rule kept it apart from clusters with pairs at or above the main stop; the count
    /// is how many such pairs.
    Contested,
    /// Its component was too large and was split across pairs at or above the main stop; the count is
    /// how many such pairs.
    Cut,
}

/// A main cluster to look at.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ReviewFlag {
    /// The cluster's least record.
    pub cluster: u32,
    /// Why.
    pub kind: ReviewKind,
    /// Records or pairs, see [`ReviewKind`].
    pub count: u64,
}

/// Flags, sorted by cluster and kind, one for each.
pub(super) fn flags(
    main: &[u32],
    edges: &[Edge],
    components: &Components,
    sole: &SoleSources<'_>,
    config: &ClusterConfig,
) -> Vec<ReviewFlag> {
    let mut found: Vec<(u32, ReviewKind)> = Vec::new();
    let held = held_sources(main, sole);
    for edge in edges {
        let (x, y) = (main[edge.first as usize], main[edge.second as usize]);
        if x == y {
            if edge.weight_mbit < config.conflict_mbit {
                found.push((x, ReviewKind::Conflict));
            }
        } else if edge.weight_mbit >= config.main_stop_mbit {
            let kind = if !held.is_empty() && held[x as usize] & held[y as usize] != 0 {
                ReviewKind::Contested
            } else if components.is_cut(edge) {
                ReviewKind::Cut
            } else {
                continue;
            };
            found.extend([(x, kind), (y, kind)]);
        }
    }
    found.sort_unstable();
    let mut flags: Vec<ReviewFlag> = found
        .chunk_by(|a, b| a == b)
        .map(|same| ReviewFlag { cluster: same[0].0, kind: same[0].1, count: same.len() as u64 })
        .collect();

    let mut record_count = vec![0_u64; main.len()];
    for &cluster in main {
        record_count[cluster as usize] += 1;
    }
    let limit = u64::from(config.review_cluster_records_min);
    let heads = (0_u32..).zip(record_count);
    flags.extend(heads.filter(|&(_, count)| count > limit).map(|(cluster, count)| ReviewFlag {
        cluster,
        kind: ReviewKind::Large,
        count,
    }));
    flags.sort_unstable();
    flags
}

/// Which duplicate-free sources each cluster holds, by its least record; empty without such sources.
fn held_sources(main: &[u32], sole: &SoleSources<'_>) -> Vec<SoleMask> {
    if sole.is_empty() {
        return Vec::new();
    }
    let mut held = vec![0; main.len()];
    for (record, &cluster) in (0_u32..).zip(main) {
        held[cluster as usize] |= sole.of(record);
    }
    held
}
