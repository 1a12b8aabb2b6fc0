//! Clustering worked out by hand, and what it refuses.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use super::*;

#[test]
fn one_chance_edge_does_not_join_two_full_clusters() {
    // Two triangles and one edge of 5 bits between them: the mean is (5 - 8 * 1.443) / 9 < 0.
    let knot = |a, b, c| [edge(a, b, 9_000), edge(a, c, 9_000), edge(b, c, 9_000)];
    let mut edges = [knot(0, 1, 2), knot(3, 4, 5)].concat();
    edges.push(edge(2, 3, 5_000));
    edges.sort_unstable();
    let clusters = run(&[0; 6], &edges, &[], &ClusterConfig::default());
    assert_eq!(clusters.main, [0, 0, 0, 3, 3, 3]);
    assert_eq!(clusters.loose, [0, 0, 0, 0, 0, 0], "-0.73 bits are above the loose stop");
    assert_eq!(clusters.counts.component_count, 1);
    assert_eq!(clusters.counts.main_count, 2);
}

#[test]
fn a_mean_at_the_stop_joins() {
    let config = ClusterConfig::default();
    let at = |weight| run(&[0, 1], &[edge(0, 1, weight)], &[], &config);
    assert_eq!(at(0).main, [0, 0]);
    assert_eq!(at(-1).main, [0, 1]);
    assert_eq!(at(6_629).strict, [0, 0]);
    assert_eq!(at(6_628).strict, [0, 1]);
    assert_eq!(at(-1_000).loose, [0, 0]);
    assert_eq!(at(-1_001).loose, [0, 1]);
}

#[test]
fn one_to_one_takes_the_best_and_flags_the_contest() {
    // Record 2 of source 1 fits both records of source 0, the second better.
    let edges = [edge(0, 2, 8_000), edge(1, 2, 9_000)];
    let clusters = run(&[0, 0, 1], &edges, &[(0, 1)], &ClusterConfig::default());
    assert_eq!(clusters.main, [0, 1, 1]);
    let flag = |cluster| ReviewFlag { cluster, kind: ReviewKind::Contested, count: 1 };
    assert_eq!(clusters.flags, [flag(0), flag(1)]);
    let free = run(&[0, 0, 1], &edges, &[], &ClusterConfig::default());
    assert_eq!(free.main, [0, 0, 0]);
    assert_eq!(free.flags, []);
}

#[test]
fn large_and_conflicting_clusters_are_flagged() {
    let mut edges: Vec<Edge> =
        (0..21).flat_map(|i| (i + 1..21).map(move |j| edge(i, j, 9_000))).collect();
    edges[4].weight_mbit = -8_657;
    edges[5].weight_mbit = -8_656;
    let clusters = run(&[0; 21], &edges, &[], &ClusterConfig::default());
    let flag = |kind, count| ReviewFlag { cluster: 0, kind, count };
    assert_eq!(clusters.flags, [flag(ReviewKind::Large, 21), flag(ReviewKind::Conflict, 1)]);
}

#[test]
fn a_split_goes_through_the_weakest_edges_and_is_flagged() {
    let edges = [edge(0, 1, 9_000), edge(1, 2, 1_000), edge(2, 3, 9_000), edge(3, 4, 2_000)];
    let config = ClusterConfig { component_records_max: 3, ..ClusterConfig::default() };
    let clusters = run(&[0; 5], &edges, &[], &config);
    assert_eq!(clusters.loose, [0, 0, 2, 2, 2]);
    assert_eq!(clusters.main, [0, 0, 2, 2, 2]);
    let flag = |cluster| ReviewFlag { cluster, kind: ReviewKind::Cut, count: 1 };
    assert_eq!(clusters.flags, [flag(0), flag(2)]);
    assert_eq!(clusters.counts.component_split_count, 1);
    assert_eq!(clusters.counts.component_records_largest, 5);
    assert_eq!(clusters.counts.edge_cut_count, 1);
}

#[test]
fn no_records_give_no_clusters() {
    let clusters = run(&[], &[], &[(0, 1)], &ClusterConfig::default());
    assert_eq!(clusters, Clusters::default());
}

#[test]
fn progress_adds_up_and_cancelling_stops() {
    let (source_of, edges) = knots(5_000);
    let config = ClusterConfig::default();
    let done = AtomicU64::new(0);
    let count = |records| {
        done.fetch_add(records, Relaxed);
    };
    cluster(&source_of, &edges, &[], &config, &|| false, &count).unwrap();
    assert_eq!(done.into_inner(), source_of.len() as u64);

    let asked = AtomicBool::new(false);
    let second_time = || asked.swap(true, Relaxed);
    let stopped = cluster(&source_of, &edges, &[], &config, &second_time, &|_| ());
    assert_eq!(stopped, Err(ClusterError::Cancelled));
}

#[test]
fn edges_out_of_order_are_refused_with_their_place() {
    let config = ClusterConfig::default();
    let bad = |edges: &[Edge]| cluster(&[0; 3], edges, &[], &config, &|| false, &|_| ());
    let refused = |edge_index| Err(ClusterError::Edge { edge_index });
    assert_eq!(bad(&[edge(1, 1, 0)]), refused(0));
    assert_eq!(bad(&[edge(2, 1, 0)]), refused(0));
    assert_eq!(bad(&[edge(0, 1, 0), edge(0, 3, 0)]), refused(1));
    assert_eq!(bad(&[edge(0, 1, 0), edge(0, 1, 5)]), refused(1));
    assert_eq!(bad(&[edge(0, 2, 0), edge(0, 1, 0)]), refused(1));
}

#[test]
fn settings_out_of_order_or_range_are_refused() {
    let base = ClusterConfig::default();
    assert_eq!(base.check(), Ok(()));
    let low = ClusterConfig { loose_stop_mbit: base.absent_mbit, ..base.clone() };
    assert_eq!(low.check(), Err(ClusterError::Stops));
    let strict = ClusterConfig { strict_stop_mbit: -1, ..base.clone() };
    assert_eq!(strict.check(), Err(ClusterError::Stops));
    let clip = ClusterConfig { clip_mbit: -1, ..base.clone() };
    assert_eq!(clip.check(), Err(ClusterError::Setting { name: "clip_mbit" }));
    let tiny = ClusterConfig { component_records_max: 1, ..base };
    assert_eq!(tiny.check(), Err(ClusterError::Setting { name: "component_records_max" }));
}

#[test]
fn too_many_sources_without_duplicates_are_refused() {
    let rules: Vec<(u16, u16)> = (0..129).map(|source| (source, source)).collect();
    let try_rules = |rules: &[(u16, u16)]| {
        cluster(&[0], &[], rules, &ClusterConfig::default(), &|| false, &|_| ()).map(|_| ())
    };
    assert_eq!(try_rules(&rules[..128]), Ok(()));
    assert_eq!(try_rules(&rules), Err(ClusterError::TooManySoleSources));
}
