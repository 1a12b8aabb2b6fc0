//! Laws of clustering, against a dense oracle that is naive on purpose.

mod examples;

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

fn run(
    source_of: &[u16],
    edges: &[Edge],
    rules: &[(u16, u16)],
    config: &ClusterConfig,
) -> Clusters {
    cluster(source_of, edges, rules, config, &|| false, &|_| ()).unwrap()
}

fn edge(first: u32, second: u32, weight_mbit: i32) -> Edge {
    Edge { first, second, weight_mbit }
}

/// Some compared pairs among a few records, and rules.
#[derive(Clone, Debug)]
struct Case {
    source_of: Vec<u16>,
    edges: Vec<Edge>,
    rules: Vec<(u16, u16)>,
}

/// Weights are few, so that ties are common, or many, so that they are rare.
fn case(
    record_max: usize,
    weight: impl Strategy<Value = i32> + Clone,
) -> impl Strategy<Value = Case> {
    (1..=record_max).prop_flat_map(move |record_count| {
        let pair_count = record_count * (record_count - 1) / 2;
        let compared = prop::option::weighted(0.6, weight.clone());
        (
            prop::collection::vec(0_u16..4, record_count),
            prop::collection::vec(compared, pair_count),
            prop::collection::vec((0_u16..4, 0_u16..4), 0..2),
        )
            .prop_map(move |(source_of, weights, rules)| {
                let records = 0..u32::try_from(record_count).unwrap();
                let pairs = records.clone().flat_map(|i| (i + 1..records.end).map(move |j| (i, j)));
                let edges = pairs
                    .zip(weights)
                    .filter_map(|((i, j), weight)| weight.map(|weight| edge(i, j, weight)))
                    .collect();
                Case { source_of, edges, rules }
            })
    })
}

fn few_weights() -> impl Strategy<Value = i32> + Clone {
    prop::sample::select(vec![-20_000, -5_000, -1_443, -500, 0, 1_000, 7_000, 9_000, 20_000])
}

fn many_weights() -> impl Strategy<Value = i32> + Clone {
    -9_000..30_000_i32
}

struct Oracle {
    clusters: Clusters,
    /// Whether two pairs of clusters were ever equally good.
    tied: bool,
}

/// Looks at every pair of records between every two clusters before every join.
fn oracle(case: &Case, config: &ClusterConfig) -> Oracle {
    let weights: BTreeMap<(u32, u32), i32> =
        case.edges.iter().map(|e| ((e.first, e.second), e.weight_mbit)).collect();
    let weight = |i: u32, j: u32| {
        let clip = |w: &i32| (*w).clamp(-config.clip_mbit, config.clip_mbit);
        i64::from(weights.get(&(i.min(j), i.max(j))).map_or(config.absent_mbit, clip))
    };
    let sole: BTreeSet<u16> = case.rules.iter().flat_map(|&(s, t)| [s, t]).collect();
    let held = |cluster: &[u32]| -> Vec<u16> {
        cluster.iter().map(|&r| case.source_of[r as usize]).filter(|s| sole.contains(s)).collect()
    };

    let record_count = u32::try_from(case.source_of.len()).unwrap();
    let mut clusters: Vec<Vec<u32>> = (0..record_count).map(|record| vec![record]).collect();
    let mut tied = false;
    let mut cuts = Vec::new();
    let mut height_before = None;
    for stop in [config.strict_stop_mbit, config.main_stop_mbit, config.loose_stop_mbit] {
        loop {
            let mut best: Option<(i64, i64, usize, usize)> = None;
            for x in 0..clusters.len() {
                for y in x + 1..clusters.len() {
                    let (a, b) = (&clusters[x], &clusters[y]);
                    if held(a).iter().any(|source| held(b).contains(source)) {
                        continue;
                    }
                    let sum: i64 =
                        a.iter().flat_map(|&i| b.iter().map(move |&j| weight(i, j))).sum();
                    let count = i64::try_from(a.len() * b.len()).unwrap();
                    if sum < i64::from(stop) * count {
                        continue;
                    }
                    // Clusters stay sorted by their least records, so the first of equals is right.
                    match best.map(|(s, c, _, _)| (sum * c).cmp(&(s * count))) {
                        Some(Ordering::Less) => {}
                        Some(Ordering::Equal) => tied = true,
                        Some(Ordering::Greater) | None => best = Some((sum, count, x, y)),
                    }
                }
            }
            let Some((sum, count, x, y)) = best else { break };
            let falls = height_before.is_none_or(|(s, c)| sum * c <= s * count);
            assert!(falls, "means of successive joins must not rise");
            height_before = Some((sum, count));
            let gone = clusters.remove(y);
            clusters[x].extend(gone);
            clusters[x].sort_unstable();
        }
        let mut labels = vec![0; case.source_of.len()];
        for cluster in &clusters {
            for &record in cluster {
                labels[record as usize] = cluster[0];
            }
        }
        cuts.push(labels);
    }
    let [strict, main, loose] = cuts.try_into().unwrap();
    Oracle { clusters: Clusters { strict, main, loose, ..Clusters::default() }, tied }
}

fn refines(fine: &[u32], coarse: &[u32]) -> bool {
    fine.iter().enumerate().all(|(r, &head)| coarse[r] == coarse[head as usize])
}

fn labels_are_least_records(labels: &[u32]) -> bool {
    labels.iter().enumerate().all(|(r, &head)| head as usize <= r && labels[head as usize] == head)
}

fn rules_hold(case: &Case, labels: &[u32]) -> bool {
    let sole: BTreeSet<u16> = case.rules.iter().flat_map(|&(s, t)| [s, t]).collect();
    let mut seen = BTreeSet::new();
    case.source_of
        .iter()
        .zip(labels)
        .filter(|(source, _)| sole.contains(source))
        .all(|(source, label)| seen.insert((source, label)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn sparse_clusters_are_the_dense_ones(
        case in prop_oneof![case(12, few_weights()), case(12, many_weights())],
    ) {
        let config = ClusterConfig::default();
        let clusters = run(&case.source_of, &case.edges, &case.rules, &config);
        let expected = oracle(&case, &config).clusters;
        prop_assert_eq!(&clusters.strict, &expected.strict);
        prop_assert_eq!(&clusters.main, &expected.main);
        prop_assert_eq!(&clusters.loose, &expected.loose);
    }

    #[test]
    fn dense_graphs_with_other_stops_agree_too(case in case(16, 2_000..9_000_i32)) {
        let config = ClusterConfig {
            absent_mbit: 3_000,
            loose_stop_mbit: 3_500,
            main_stop_mbit: 4_500,
            strict_stop_mbit: 6_000,
            ..ClusterConfig::default()
        };
        let clusters = run(&case.source_of, &case.edges, &case.rules, &config);
        let expected = oracle(&case, &config).clusters;
        prop_assert_eq!(&clusters.strict, &expected.strict);
        prop_assert_eq!(&clusters.main, &expected.main);
        prop_assert_eq!(&clusters.loose, &expected.loose);
    }

    #[test]
    fn strict_refines_main_refines_loose(
        case in case(40, few_weights()),
        component_records_max in 2_u32..50,
    ) {
        let config = ClusterConfig { component_records_max, ..ClusterConfig::default() };
        let clusters = run(&case.source_of, &case.edges, &case.rules, &config);
        prop_assert!(refines(&clusters.strict, &clusters.main));
        prop_assert!(refines(&clusters.main, &clusters.loose));
        for labels in [&clusters.strict, &clusters.main, &clusters.loose] {
            prop_assert!(labels_are_least_records(labels));
            prop_assert!(rules_hold(&case, labels));
        }
    }

    #[test]
    fn split_components_respect_the_limit(
        case in case(40, few_weights()),
        component_records_max in 2_u32..20,
    ) {
        let config = ClusterConfig { component_records_max, ..ClusterConfig::default() };
        let loose = config.loose_stop_mbit;
        let components =
            Components::find(case.source_of.len(), &case.edges, loose, component_records_max);
        let mut seen: Vec<u32> = Vec::new();
        for component in 0..components.count() {
            let members = components.members_of(component);
            prop_assert!(members.len() <= component_records_max as usize);
            prop_assert!(members.is_sorted());
            seen.extend(members);
        }
        seen.sort_unstable();
        prop_assert!(seen.into_iter().eq(0..u32::try_from(case.source_of.len()).unwrap()));
        let cut = components.counts.edge_cut_count;
        prop_assert!(components.counts.component_split_count > 0 || cut == 0);
    }

    #[test]
    fn names_of_records_do_not_matter(
        (case, order) in case(12, many_weights()).prop_flat_map(|case| {
            let order: Vec<u32> = (0..u32::try_from(case.source_of.len()).unwrap()).collect();
            (Just(case), Just(order).prop_shuffle())
        }),
    ) {
        let config = ClusterConfig { clip_mbit: 1_000_000, ..ClusterConfig::default() };
        prop_assume!(!oracle(&case, &config).tied);
        let mut renamed = case.clone();
        for (old, &new) in order.iter().enumerate() {
            renamed.source_of[new as usize] = case.source_of[old];
        }
        for edge in &mut renamed.edges {
            let (a, b) = (order[edge.first as usize], order[edge.second as usize]);
            (edge.first, edge.second) = (a.min(b), a.max(b));
        }
        renamed.edges.sort_unstable();
        let before = run(&case.source_of, &case.edges, &case.rules, &config).main;
        let after = run(&renamed.source_of, &renamed.edges, &renamed.rules, &config).main;
        for i in 0..order.len() {
            for j in 0..i {
                let together = after[order[i] as usize] == after[order[j] as usize];
                prop_assert_eq!(before[i] == before[j], together);
            }
        }
    }

    #[test]
    fn edges_shuffled_and_sorted_again_give_the_same(
        (case, shuffled) in case(20, few_weights())
            .prop_flat_map(|case| (Just(case.clone()), Just(case.edges).prop_shuffle())),
    ) {
        let config = ClusterConfig::default();
        let mut sorted = shuffled;
        sorted.sort_unstable();
        prop_assert_eq!(
            run(&case.source_of, &sorted, &case.rules, &config),
            run(&case.source_of, &case.edges, &case.rules, &config)
        );
    }
}

/// Many small knots of records, chained by weak edges; made by a fixed recurrence.
fn knots(knot_count: u32) -> (Vec<u16>, Vec<Edge>) {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut draw = |below: u32| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        u32::try_from(state % u64::from(below)).unwrap()
    };
    let (mut source_of, mut pairs) = (Vec::new(), BTreeMap::new());
    for _ in 0..knot_count {
        let start = u32::try_from(source_of.len()).unwrap();
        let end = start + 1 + draw(6);
        for record in start..end {
            source_of.push(u16::try_from(draw(3)).unwrap());
            for other in start..record {
                pairs.insert((other, record), i32::try_from(draw(24_000)).unwrap() - 6_000);
            }
        }
        if start > 0 {
            pairs.insert((draw(start), start), i32::try_from(draw(6_000)).unwrap() - 3_000);
        }
    }
    let edges = pairs.into_iter().map(|((i, j), weight)| edge(i, j, weight)).collect();
    (source_of, edges)
}

#[test]
fn thread_count_does_not_matter() {
    let (source_of, edges) = knots(20_000);
    let config = ClusterConfig { component_records_max: 500, ..ClusterConfig::default() };
    let mut results = [1, 2, 8].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| run(&source_of, &edges, &[(0, 1)], &config))
    });
    assert!(results[0].counts.main_count > 1_000);
    assert!(results[0].counts.main_count < results[0].counts.strict_count);
    assert!(!results[0].flags.is_empty());
    let first = std::mem::take(&mut results[0]);
    assert_eq!(first, results[1]);
    assert_eq!(first, results[2]);
}
