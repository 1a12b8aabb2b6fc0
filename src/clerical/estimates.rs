//! Takes the verdicts on the pairs of a set, gives what they say of the run.
//!
//! Precision is of accepted pairs that were compared, recall of pairs that the run stored: what it could not draw stands beside, with what
//! the model thinks of it. A pair that cannot be told counts for nothing in a share; how far it could move the share is said, too.

use serde::{Deserialize, Serialize};

use super::arithmetic::{self, Agreement, Found, Share};
use super::pool::{Among, Pool, Stratum};
use super::verdict::{Closed, Verdict};
use crate::audit::Event;

/// What a finished set says of its run.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Estimates {
    /// Pairs of the set.
    pub pairs: u64,
    /// Of these: with a verdict.
    pub closed: u64,
    /// Of these: on which two differed, and a third decided.
    pub adjudicated: u64,
    /// Of these: looked up by the agency whose records they are.
    pub by_agency: u64,
    /// Of these: that cannot be told.
    pub cannot_tell: u64,
    /// Share of accepted pairs that are of one person.
    pub precision: Option<Share>,
    /// The same if all that cannot be told were of two persons.
    pub precision_if_different: Option<f64>,
    /// The same if all were of one.
    pub precision_if_same: Option<f64>,
    /// What the model expects of accepted pairs.
    pub precision_expected: f64,
    /// Share of the true pairs among all stored pairs that were accepted.
    pub recall_of_stored: Option<Share>,
    /// Share of pairs that stand in strata of which no pair could be told: their share may be anything, and the intervals say so.
    pub untold_share: f64,
    /// Accepted pairs that were never compared: one person through others. Nothing is said of them.
    pub never_compared: u64,
    /// Compared pairs that are too unlike to be stored. Nothing is said of them.
    pub light: u64,
    /// How many of them the model expects to be of one person.
    pub light_matches: f64,
    /// Share of true pairs that met in a block at all, by the model.
    pub blocking_completeness: f64,
    /// Pairs that two reviewers judged.
    pub judged_twice: u64,
    /// Share on which the two agreed.
    pub agreed: Option<f64>,
    /// Cohen's kappa of the two.
    pub kappa: Option<Share>,
    /// By stratum.
    pub strata: Vec<StratumEstimate>,
}

/// What the set says of a stratum.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StratumEstimate {
    /// Names of its sources; none where all are put together.
    pub sources: Vec<String>,
    /// Whether its pairs are of two sources.
    pub is_across: bool,
    /// Whether the linkage accepted them.
    pub is_linked: bool,
    /// Their weight in bits from the main threshold, from; none for no end.
    pub from_bits: Option<i32>,
    /// To.
    pub to_bits: Option<i32>,
    /// All its pairs.
    pub pairs: u64,
    /// Those that were drawn.
    pub drawn: u64,
    /// Those of one person.
    pub same: u64,
    /// Those of two.
    pub different: u64,
    /// Those that cannot be told.
    pub cannot_tell: u64,
    /// The share of one person that the model expects.
    pub expected: f64,
    /// The share by review; none where no pair could be told.
    pub share: Option<Share>,
}

/// A pair as it was judged.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Outcome {
    /// What it came to, and how.
    pub(super) closed: Option<(Verdict, Closed)>,
    /// The first two judgements, as they stood when the second came.
    pub(super) blind: Option<[Verdict; 2]>,
}

/// What stratum has how many pairs.
#[derive(Clone, Copy, Debug, Default)]
struct Counted {
    drawn: u64,
    same: u64,
    different: u64,
    cannot_tell: u64,
}

impl Counted {
    /// `cannot_tell` pairs count as told so many times as of one person, or of two.
    const fn found(&self, stratum: &Stratum, as_same: u64, as_different: u64) -> Found {
        Found {
            pairs: stratum.pairs,
            same: self.same + as_same * self.cannot_tell,
            different: self.different + as_different * self.cannot_tell,
        }
    }
}

/// `outcomes` are in the order of the set's pairs.
pub(super) fn of(set: &Pool, outcomes: &[Outcome]) -> Estimates {
    let mut counted = vec![Counted::default(); set.strata.len()];
    let mut table = Agreement::default();
    for (pair, outcome) in set.pairs.iter().zip(outcomes) {
        let counted = &mut counted[usize::from(pair.stratum)];
        counted.drawn += 1;
        match outcome.closed {
            None => {}
            Some((Verdict::Same, _)) => counted.same += 1,
            Some((Verdict::Different, _)) => counted.different += 1,
            Some((Verdict::CannotTell, _)) => counted.cannot_tell += 1,
        }
        if let Some([first, second]) = outcome.blind {
            table[first as usize][second as usize] += 1;
        }
    }
    let strata: Vec<(&Stratum, &Counted)> = set.strata.iter().zip(&counted).collect();
    let found = |is_linked: bool, as_same, as_different| -> Vec<Found> {
        let these = strata.iter().filter(|(stratum, _)| stratum.key.is_linked == is_linked);
        these.map(|(stratum, counted)| counted.found(stratum, as_same, as_different)).collect()
    };
    let (linked, others) = (found(true, 0, 0), found(false, 0, 0));
    let all = || linked.iter().chain(&others);
    let untold: u64 = all().filter(|found| found.told() == 0).map(|found| found.pairs).sum();
    let pairs: u64 = all().map(|found| found.pairs).sum();
    let is_told = all().any(|found| found.told() > 0);
    let count = |is: &dyn Fn(&Outcome) -> bool| outcomes.iter().filter(|it| is(it)).count() as u64;
    let by = |by: Closed| count(&|it| it.closed.is_some_and(|(_, closed)| closed == by));
    let value = |found: Vec<Found>| arithmetic::weighted(&found).map(|share| share.value);
    Estimates {
        pairs: set.pairs.len() as u64,
        closed: count(&|it| it.closed.is_some()),
        adjudicated: by(Closed::Adjudication),
        by_agency: by(Closed::Agency),
        cannot_tell: counted.iter().map(|it| it.cannot_tell).sum(),
        precision: arithmetic::weighted(&linked).filter(|_| is_told),
        precision_if_different: value(found(true, 0, 1)).filter(|_| is_told),
        precision_if_same: value(found(true, 1, 0)).filter(|_| is_told),
        precision_expected: set.facts.expected_precision,
        recall_of_stored: arithmetic::part(&linked, &others).filter(|_| is_told),
        untold_share: untold as f64 / (pairs as f64).max(1.0),
        never_compared: set.facts.never_compared,
        light: set.facts.light,
        light_matches: set.facts.light_matches,
        blocking_completeness: set.facts.blocking_completeness,
        judged_twice: table.iter().flatten().sum(),
        agreed: arithmetic::agreed(&table),
        kappa: arithmetic::kappa(&table),
        strata: strata.into_iter().map(|(it, counted)| stratum(set, it, counted)).collect(),
    }
}

fn stratum(set: &Pool, stratum: &Stratum, counted: &Counted) -> StratumEstimate {
    let name = |source: u16| set.sources[usize::from(source)].0.to_string();
    let (sources, is_across) = match stratum.key.among {
        Among::Sources(first, second) if first == second => (vec![name(first)], false),
        Among::Sources(first, second) => (vec![name(first), name(second)], true),
        Among::Across => (Vec::new(), true),
        Among::Within => (Vec::new(), false),
    };
    let (from_bits, to_bits) = stratum.key.band.bits();
    let found = counted.found(stratum, 0, 0);
    StratumEstimate {
        sources,
        is_across,
        is_linked: stratum.key.is_linked,
        from_bits,
        to_bits,
        pairs: stratum.pairs,
        drawn: counted.drawn,
        same: counted.same,
        different: counted.different,
        cannot_tell: counted.cannot_tell,
        expected: stratum.expected / (stratum.pairs as f64).max(1.0),
        share: (found.told() > 0).then(|| found.share()),
    }
}

impl Estimates {
    /// Puts the figures into an entry of the log, shares in thousandths.
    pub(super) fn count_in(&self, event: Event) -> Event {
        let mut event = event
            .count("pairs", self.pairs)
            .count("pairs_closed", self.closed)
            .count("pairs_adjudicated", self.adjudicated)
            .count("pairs_by_agency", self.by_agency)
            .count("pairs_cannot_tell", self.cannot_tell)
            .count("pairs_judged_twice", self.judged_twice)
            .count("expected_precision_permille", permille(self.precision_expected));
        if let Some(share) = self.precision {
            event = event
                .count("precision_permille", permille(share.value))
                .count("precision_low_permille", permille(share.low))
                .count("precision_high_permille", permille(share.high));
        }
        if let Some(share) = self.recall_of_stored {
            event = event
                .count("recall_of_stored_permille", permille(share.value))
                .count("recall_of_stored_low_permille", permille(share.low))
                .count("recall_of_stored_high_permille", permille(share.high));
        }
        if let Some(agreed) = self.agreed {
            event = event.count("agreed_permille", permille(agreed));
        }
        match self.kappa {
            // Less than chance; the log has no numbers below 0.
            Some(kappa) => event.count("kappa_permille", permille(kappa.value)),
            None => event,
        }
    }
}

/// A share in thousandths: the log holds whole numbers.
fn permille(share: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000")]
    let permille = (share * 1_000.0).round().clamp(0.0, 1_000.0) as u64;
    permille
}

#[cfg(test)]
mod tests {
    use super::super::pool::tests::pool;
    use super::*;

    fn outcome(verdict: Verdict) -> Outcome {
        Outcome { closed: Some((verdict, Closed::Agreement)), blind: Some([verdict; 2]) }
    }

    /// Of the police's and the court's 30 accepted pairs 12 were drawn, of ten others eight.
    #[test]
    fn verdicts_count_by_their_strata() {
        let set = pool();
        let verdict = |at: usize| match at {
            0 | 12..16 => Verdict::Different,
            1 => Verdict::CannotTell,
            _ => Verdict::Same,
        };
        let mut outcomes: Vec<Outcome> = (0..20).map(|at| outcome(verdict(at))).collect();
        outcomes[2].blind = Some([Verdict::Same, Verdict::Different]);
        outcomes[2].closed = Some((Verdict::Same, Closed::Adjudication));
        outcomes[19] = Outcome::default();
        let found = of(&set, &outcomes);
        let near = |found: Option<f64>, expected: f64| {
            assert!((found.unwrap() - expected).abs() < 1e-9, "{found:?} {expected}");
        };
        near(found.precision.map(|share| share.value), 10.0 / 11.0);
        near(found.precision_if_different, 10.0 / 12.0);
        near(found.precision_if_same, 11.0 / 12.0);
        let (linked, others) = (30.0 * 10.0 / 11.0, 10.0 * 3.0 / 7.0);
        near(found.recall_of_stored.map(|share| share.value), linked / (linked + others));
        near(found.agreed, 18.0 / 19.0);
        assert_eq!((found.pairs, found.closed, found.adjudicated), (20, 19, 1));
        assert_eq!((found.judged_twice, found.cannot_tell), (19, 1));
        assert_eq!(found.strata[1].sources, Vec::<String>::new());
        assert_eq!((found.strata[1].drawn, found.strata[1].same), (8, 3));
        let nothing = of(&set, &[Outcome::default(); 20]);
        assert_eq!(
            (nothing.precision, nothing.recall_of_stored, nothing.kappa),
            (None, None, None)
        );
        assert!((nothing.untold_share - 1.0).abs() < 1e-9);
    }
}
