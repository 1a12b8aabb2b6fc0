//! What a finished review set says of its run, in words and numbers for people.

use super::shown::{counted, grouped};
use crate::clerical::{Estimates, Share, StratumEstimate};

/// A share with its interval, as text and as places on a line of 100 units.
pub(super) struct Interval {
    pub(super) value: String,
    pub(super) range: String,
    pub(super) at: String,
    pub(super) from: String,
    pub(super) width: String,
}

/// A stratum as a line of the table.
pub(super) struct StratumView {
    pub(super) sources: String,
    pub(super) decision: &'static str,
    pub(super) weight: String,
    pub(super) pairs: String,
    pub(super) drawn: String,
    pub(super) same: u64,
    pub(super) different: u64,
    pub(super) cannot_tell: u64,
    pub(super) expected: String,
    pub(super) expected_at: String,
    pub(super) share: Option<Interval>,
}

/// All figures of a set.
pub(super) struct Figures {
    pub(super) pairs: String,
    pub(super) closed: String,
    pub(super) adjudicated: u64,
    pub(super) by_agency: u64,
    pub(super) cannot_tell: u64,
    pub(super) precision: Option<Interval>,
    /// If all pairs that cannot be told were of two persons, or of one; where there are any.
    pub(super) bounds: Option<[String; 2]>,
    pub(super) precision_expected: String,
    pub(super) recall: Option<Interval>,
    pub(super) agreed: Option<String>,
    pub(super) judged_twice: String,
    pub(super) kappa: Option<[String; 2]>,
    pub(super) never_compared: String,
    pub(super) light: String,
    pub(super) light_matches: String,
    pub(super) blocking_completeness: String,
    pub(super) untold: Option<String>,
    pub(super) strata: Vec<StratumView>,
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn place(share: f64) -> String {
    format!("{:.1}", 100.0 * share.clamp(0.0, 1.0))
}

impl From<Share> for Interval {
    fn from(share: Share) -> Self {
        Self {
            value: percent(share.value),
            range: format!("{} to {}", percent(share.low), percent(share.high)),
            at: place(share.value),
            from: place(share.low),
            width: place(share.high - share.low),
        }
    }
}

impl From<StratumEstimate> for StratumView {
    fn from(it: StratumEstimate) -> Self {
        let sources = match (&it.sources[..], it.is_across) {
            ([first, second], _) => format!("{first} and {second}"),
            ([one], _) => format!("within {one}"),
            (_, true) => "two sources".to_owned(),
            (_, false) => "within a source".to_owned(),
        };
        let weight = match (it.from_bits, it.to_bits) {
            (Some(from), Some(to)) => format!("{from} to {to} bits"),
            (Some(from), None) => format!("{from} bits and more"),
            (None, Some(to)) => format!("less than {to} bits"),
            (None, None) => "any".to_owned(),
        };
        Self {
            sources,
            decision: if it.is_linked { "linked" } else { "not linked" },
            weight: weight.replace('-', "\u{2212}"),
            pairs: grouped(it.pairs),
            drawn: grouped(it.drawn),
            same: it.same,
            different: it.different,
            cannot_tell: it.cannot_tell,
            expected: percent(it.expected),
            expected_at: place(it.expected),
            share: it.share.map(Into::into),
        }
    }
}

impl From<Estimates> for Figures {
    fn from(it: Estimates) -> Self {
        let bounds = it.precision_if_different.zip(it.precision_if_same);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a number of pairs"
        )]
        let light_matches = it.light_matches.round().max(0.0) as u64;
        let kappa = |share: Share| {
            let number = |it: f64| format!("{it:.2}").replace('-', "\u{2212}");
            [number(share.value), format!("{} to {}", number(share.low), number(share.high))]
        };
        Self {
            pairs: grouped(it.pairs),
            closed: grouped(it.closed),
            adjudicated: it.adjudicated,
            by_agency: it.by_agency,
            cannot_tell: it.cannot_tell,
            precision: it.precision.map(Into::into),
            bounds: bounds.filter(|_| it.cannot_tell > 0).map(|(a, b)| [percent(a), percent(b)]),
            precision_expected: percent(it.precision_expected),
            recall: it.recall_of_stored.map(Into::into),
            agreed: it.agreed.map(percent),
            judged_twice: counted(it.judged_twice, "pair", "pairs"),
            kappa: it.kappa.map(kappa),
            never_compared: counted(it.never_compared, "linked pair was", "linked pairs were"),
            light: counted(it.light, "pair was", "pairs were"),
            light_matches: grouped(light_matches),
            blocking_completeness: percent(it.blocking_completeness),
            untold: Some(it.untold_share).filter(|share| *share > 0.0).map(percent),
            strata: it.strata.into_iter().map(Into::into).collect(),
        }
    }
}
