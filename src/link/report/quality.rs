//! Fills the parts of the report that say how far the linkage is to be trusted.

use tallystick_linkage::quality::estimate::{self, Expected, Share};
use tallystick_linkage::train::{KindModel, Training};

use super::Run;
use crate::report::model::{Estimate, QualityReport, TrainingReport};

pub(super) fn training(run: &Run) -> Vec<TrainingReport> {
    let expected = |within: bool| {
        let groups = run.resolution.groups.iter().zip(&run.resolution.model.shares);
        groups
            .filter(|(group, _)| group.is_within() == within)
            .map(|(group, shares)| shares.matches * group.pairs_total as f64)
            .sum::<f64>()
    };
    let one = |pairs: &str, model: &KindModel, within| TrainingReport {
        pairs: pairs.to_owned(),
        outcome: outcome(model.training).to_owned(),
        rounds: model.rounds,
        expected_matches: expected(within),
    };
    let model = &run.resolution.model;
    vec![one("across sources", &model.across, false), one("within a source", &model.within, true)]
}

pub(super) fn quality(run: &Run) -> QualityReport {
    let edges = &run.resolution.edges;
    let clusters = &run.resolution.clusters;
    let [once, twice, more] = run.resolution.unlikely;
    let expected = |labels| estimate::expected(edges, labels, once + twice + more);
    let main = expected(&clusters.main);
    let precision = |expected: Expected| estimate(expected.precision);
    let completeness = estimate::blocking_completeness(&run.pairs, edges, run.resolution.unlikely);
    let possible_pairs = run.resolution.groups.iter().map(|group| group.pairs_total).sum();
    QualityReport {
        expected_precision: precision(main),
        expected_precision_strict: precision(expected(&clusters.strict)),
        expected_precision_loose: precision(expected(&clusters.loose)),
        expected_recall_met: estimate(main.recall_met),
        blocking_completeness: estimate(completeness),
        expected_recall: estimate(main.recall_met.times(completeness)),
        canaries: None,
        truth: None,
        accepted_pairs: main.accepted_pairs,
        possible_pairs,
        compared_pairs: run.compared_pairs,
        reduction_ratio: tallystick_linkage::quality::truth::reduction_ratio(
            run.compared_pairs.min(possible_pairs),
            possible_pairs,
        ),
    }
}

const fn outcome(training: Training) -> &'static str {
    match training {
        Training::Converged => "converged",
        Training::RoundsExhausted => "rounds exhausted",
        Training::NoPairs => "no pairs",
        Training::Borrowed => "borrowed from pairs across sources",
        Training::Collapsed => "collapsed",
    }
}

fn estimate(share: Share) -> Estimate {
    Estimate { value: share.value, low: share.low, high: share.high }
}
