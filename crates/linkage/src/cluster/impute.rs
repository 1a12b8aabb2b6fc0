//! Takes scored pairs and the persons found, gives other persons that the same pairs allow, one draw after the other.
//!
//! **What is drawn.** Each compared pair's weight gets noise, then the pairs are clustered as they were. The noise is
//! logistic, so that a pair that stands alone is linked as often as its weight says: at log2 odds `w` in `1/(1 + 2^-w)` of
//! all draws. Clusters of more than two are draws by perturbation and optimisation (Papandreou and Yuille 2011,
//! doi:10.1109/ICCV.2011.6126242), which takes the noise of pairs as independent: the mean of many pairs wavers less
//! than one. An analysis that is repeated on each draw and pooled by Rubin's rules has the doubt about the
//! linkage in its error.
//!
//! **What is not.** Pairs that never met in a block, those that were not kept as too unlikely, and the model's own
//! parameters stay as they are. Pairs surer than [`CERTAIN_MBIT`] either way keep their weight: of ten thousand
//! of them noise would turn less than one.
//!
//! The noise of a pair follows from the numbers of its records and of the draw alone (`SplitMix64`; Steele, Lea and Flood
//! 2014, doi:10.1145/2660193.2660195), so the same pairs give the same draws, whatever the number of threads.

use super::components::sets;
use super::{ClusterConfig, ClusterError, Edge, cluster};

/// Weights beyond plus and minus this are not drawn: odds of ten thousand to one.
pub const CERTAIN_MBIT: i32 = 13_288;
/// 2^64 divided by the golden ratio: the step of `SplitMix64`.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// The records whose persons are in doubt, with the pairs among them.
///
/// Records that no doubtful pair reaches, over however many pairs, are the same persons in all draws.
#[derive(Debug)]
pub struct Doubt {
    /// Ascending.
    records: Vec<u32>,
    source_of: Vec<u16>,
    /// Of places in `records`, ascending, with the records' own numbers kept for the noise.
    edges: Vec<Edge>,
    /// Stops at the main stop, where a draw ends.
    config: ClusterConfig,
}

impl Doubt {
    /// Looks for it. `edges` and the rest are as [`cluster`] takes them.
    pub fn find(source_of: &[u16], edges: &[Edge], config: &ClusterConfig) -> Self {
        let sets = sets(source_of.len(), edges, -CERTAIN_MBIT);
        let mut is_doubtful = vec![false; source_of.len()];
        for edge in edges.iter().filter(|edge| is_drawn(edge.weight_mbit)) {
            is_doubtful[sets[edge.first as usize] as usize] = true;
        }
        let numbers = 0..u32::try_from(source_of.len()).expect("records are 32 bits");
        let records: Vec<u32> =
            numbers.filter(|record| is_doubtful[sets[*record as usize] as usize]).collect();
        let place = |record: u32| {
            let place = records.binary_search(&record).expect("a set is doubtful as a whole");
            u32::try_from(place).expect("records are 32 bits")
        };
        let is_within = |edge: &&Edge| {
            let set = sets[edge.first as usize];
            is_doubtful[set as usize] && set == sets[edge.second as usize]
        };
        let among = edges.iter().filter(is_within).map(|edge| Edge {
            first: place(edge.first),
            second: place(edge.second),
            weight_mbit: edge.weight_mbit,
        });
        let config = ClusterConfig {
            strict_stop_mbit: config.main_stop_mbit,
            loose_stop_mbit: config.main_stop_mbit,
            ..config.clone()
        };
        let source_of = records.iter().map(|record| source_of[*record as usize]).collect();
        Self { source_of, edges: among.collect(), config, records }
    }

    /// Number of the records.
    pub fn record_count(&self) -> usize {
        self.records.len()
    }

    /// The persons of a draw, as [`super::Clusters::main`] has them; `main` are those that were found.
    ///
    /// # Errors
    /// See [`ClusterError`].
    pub fn draw(
        &self,
        number: u32,
        main: &[u32],
        one_to_one: &[(u16, u16)],
        cancel: &(dyn Fn() -> bool + Sync),
    ) -> Result<Vec<u32>, ClusterError> {
        let edges: Vec<Edge> = self.edges.iter().map(|edge| self.drawn(number, *edge)).collect();
        let clusters = cluster(&self.source_of, &edges, one_to_one, &self.config, cancel, &|_| {})?;
        let mut persons = main.to_vec();
        for (record, label) in self.records.iter().zip(&clusters.main) {
            persons[*record as usize] = self.records[*label as usize];
        }
        Ok(persons)
    }

    fn drawn(&self, number: u32, edge: Edge) -> Edge {
        if !is_drawn(edge.weight_mbit) {
            return edge;
        }
        let [first, second] = [edge.first, edge.second].map(|place| self.records[place as usize]);
        let pair = u64::from(first) << 32 | u64::from(second);
        Edge { weight_mbit: edge.weight_mbit + noise_mbit(mix(pair) ^ u64::from(number)), ..edge }
    }
}

const fn is_drawn(weight_mbit: i32) -> bool {
    weight_mbit.abs() <= CERTAIN_MBIT
}

/// Logistic noise: below `w` with odds of 2^w to one, in thousandths of a bit.
fn noise_mbit(seed: u64) -> i32 {
    /// Parts of the unit interval: as many as a float's 53 digits tell apart.
    const PARTS: f64 = (1u64 << 53) as f64;
    let part = mix(seed) >> 11;
    #[expect(clippy::cast_precision_loss, reason = "53 bits")]
    let share = (part as f64 + 0.5) / PARTS;
    let mbit = libm::round(1_000.0 * libm::log2(share / (1.0 - share)));
    #[expect(clippy::cast_possible_truncation, reason = "at most 54 bits")]
    let mbit = mbit as i32;
    mbit
}

/// One step of `SplitMix64`.
const fn mix(seed: u64) -> u64 {
    let mut bits = seed.wrapping_add(STEP);
    bits = (bits ^ bits >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ bits >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ bits >> 31
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn draw(source_of: &[u16], edges: &[Edge], rules: &[(u16, u16)], number: u32) -> Vec<u32> {
        let config = ClusterConfig::default();
        let main = cluster(source_of, edges, rules, &config, &|| false, &|_| {}).unwrap().main;
        let doubt = Doubt::find(source_of, edges, &config);
        doubt.draw(number, &main, rules, &|| false).unwrap()
    }

    fn pairs(count: u32, weight_mbit: i32) -> Vec<Edge> {
        (0..count).map(|pair| Edge { first: 2 * pair, second: 2 * pair + 1, weight_mbit }).collect()
    }

    /// The first numbers of the generator from the seed 1234567, as its authors' program prints them.
    #[test]
    fn the_generator_is_the_published_one() {
        assert_eq!(mix(1_234_567), 6_457_827_717_110_365_317);
        assert_eq!(mix(1_234_567u64.wrapping_add(STEP)), 3_203_168_211_198_807_973);
    }

    /// Four standard errors of a share of 20,000.
    #[test]
    fn a_pair_alone_is_linked_as_often_as_its_weight_says() {
        const PAIRS: u32 = 20_000;
        for (weight_mbit, share) in [(0, 0.5), (2_000, 0.8), (-1_000, 1.0 / 3.0), (6_644, 0.990_1)]
        {
            let edges = pairs(PAIRS, weight_mbit);
            let persons = draw(&vec![0; 2 * PAIRS as usize], &edges, &[], 3);
            let linked = edges.iter().filter(|it| persons[it.second as usize] == it.first).count();
            let found = linked as f64 / f64::from(PAIRS);
            let error = (share * (1.0 - share) / f64::from(PAIRS)).sqrt();
            assert!((found - share).abs() < 4.0 * error, "{weight_mbit}: {found}");
        }
    }

    #[test]
    fn draws_differ_and_each_is_the_same_again() {
        let edges = pairs(200, 0);
        let of = |number| draw(&[0; 400], &edges, &[], number);
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
    }

    #[test]
    fn what_nobody_doubts_is_the_same_in_every_draw() {
        let mut edges = pairs(3, CERTAIN_MBIT + 1);
        edges.push(Edge { first: 6, second: 7, weight_mbit: -CERTAIN_MBIT - 1 });
        let doubt = Doubt::find(&[0; 8], &edges, &ClusterConfig::default());
        assert_eq!(doubt.record_count(), 0);
        assert_eq!(draw(&[0; 8], &edges, &[], 1), [0, 0, 2, 2, 4, 4, 6, 7]);
    }

    proptest! {
        /// As if all records had been clustered by the drawn weights; persons of one set do not depend on others; rules hold.
        #[test]
        fn a_draw_is_the_clustering_of_all_records_by_the_drawn_weights(
            weights in prop::collection::btree_map((0..12u32, 0..12u32), -20_000..20_000i32, 0..40),
            number in 1..9u32,
            is_sole in any::<bool>(),
        ) {
            let ascending = weights.iter().filter(|((first, second), _)| first < second);
            let edges: Vec<Edge> = ascending
                .map(|(&(first, second), &weight_mbit)| Edge { first, second, weight_mbit })
                .collect();
            let source_of: Vec<u16> = (0..12).map(|record| record / 4).collect();
            let rules: &[(u16, u16)] = if is_sole { &[(0, 1)] } else { &[] };
            let whole = Doubt {
                records: (0..12).collect(),
                source_of: source_of.clone(),
                edges: edges.clone(),
                config: ClusterConfig::default(),
            };
            let all: Vec<Edge> = edges.iter().map(|edge| whole.drawn(number, *edge)).collect();
            let config = ClusterConfig::default();
            let expected = cluster(&source_of, &all, rules, &config, &|| false, &|_| {}).unwrap();
            prop_assert_eq!(draw(&source_of, &edges, rules, number), expected.main);
        }
    }
}
