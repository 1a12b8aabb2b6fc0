//! How alike the two arms are.

use tallystick_chart::{Balance as Chart, BalanceRow, Figure, Head, Reference, Stroke};

use crate::covariate::Part;
use crate::propensity::Balance;
use crate::report::gate::Gate;
use crate::report::told::matched;
use crate::report::words::label;
use crate::study::Evaluation;
use crate::study::cell::{Cell, gate_parts};

/// A standardised difference that is still small: Austin (2009), doi:10.1002/sim.3697.
const SMALL: f64 = 0.1;

/// Balance of one column.
pub(in crate::report) struct BalanceOf {
    pub(in crate::report) name: String,
    pub(in crate::report) before: Option<f64>,
    pub(in crate::report) after: Option<f64>,
    pub(in crate::report) variance_ratio: Option<f64>,
    pub(in crate::report) ks: f64,
}

/// Columns of the score that can be told. Their differences before and after matching tell the shares of both arms, and with
/// the arms' sizes the counts. Levels of persons who have no score have no row: which they are is not told.
pub(in crate::report) fn balance_rows(it: &Evaluation) -> Vec<BalanceOf> {
    let (Ok(matched), Some(after)) = (&it.matched, matched(it)) else { return Vec::new() };
    let gate = Gate::of(it);
    // Means of an arm of few tell of them.
    if [it.persons, after].as_flattened().iter().any(|persons| *persons < gate.smallest()) {
        return Vec::new();
    }
    // Columns that are missing for the same persons have one indicator in the score, and one row here.
    let mut missing: Vec<[u64; 2]> = Vec::new();
    let mut is_again = |before: &Balance| {
        let means = [before.programme_mean, before.comparison_mean].map(f64::to_bits);
        let is_missing = before.term.part == Part::Missing;
        let is_again = is_missing && missing.contains(&means);
        missing.extend(is_missing.then_some(means));
        is_again
    };
    let stages = matched.before.chunk_by(is_same).zip(matched.after.chunk_by(is_same));
    let told = stages.flat_map(|(of_before, of_after)| {
        let hidden = [(of_before, it.persons), (of_after, after)]
            .map(|(of, persons)| hidden_parts(of, persons, gate));
        let pairs = of_before.iter().zip(of_after).enumerate();
        let told: Vec<_> = pairs
            .filter(|(place, _)| !hidden.iter().any(|hidden| hidden[*place]))
            .map(|(_, pair)| pair)
            .collect();
        told
    });
    let left_out = &matched.common.left_out;
    told.filter(|(before, _)| left_out.iter().all(|level| level.term != before.term))
        .filter(|(before, _)| !is_again(before))
        .map(|(before, after)| BalanceOf {
            name: name(it, &before.term.covariate, before.term.part),
            before: before.standardised_difference,
            after: after.standardised_difference,
            variance_ratio: after.variance_ratio,
            ks: after.kolmogorov_smirnov,
        })
        .collect()
}

/// Whether two columns are of one covariate.
fn is_same(one: &Balance, other: &Balance) -> bool {
    one.term.covariate == other.term.covariate
}

/// Which columns of one covariate cannot be told: in either arm its levels, with those of whom it is missing, are parts of all
/// persons.
fn hidden_parts(columns: &[Balance], persons: [u64; 2], gate: Gate) -> Vec<bool> {
    let mut hidden = vec![false; columns.len()];
    for (arm, persons) in persons.into_iter().enumerate() {
        let mean = |it: &Balance| if arm == 1 { it.programme_mean } else { it.comparison_mean };
        let missing = columns.iter().find(|it| it.term.part == Part::Missing);
        let known = persons - missing.map_or(0, |it| nearest(mean(it), persons));
        let mut parts: Vec<u64> = columns
            .iter()
            .map(|it| match it.term.part {
                // Of numbers that are not all 0 or 1 only whose they are is a count.
                Part::Value if !it.is_binary => known,
                Part::Value => nearest(mean(it), known),
                _ => nearest(mean(it), persons),
            })
            .collect();
        // What the columns leave out, such as the zeros of a flag.
        parts.push(persons.saturating_sub(parts.iter().sum()));
        let mut cells: Vec<Cell> = parts.into_iter().map(Cell::persons).collect();
        let shows = gate_parts(&mut cells, gate.smallest());
        for ((hidden, cell), column) in hidden.iter_mut().zip(cells).zip(columns) {
            let is_number = column.term.part == Part::Value && !column.is_binary;
            // Hidden for the sake of few who are missing, numbers of many are no count.
            *hidden |= if is_number { !gate.fits(known) } else { !shows || cell == Cell::Hidden };
        }
    }
    hidden
}

/// Persons that a mean of ones and zeros stands for.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a share of a count of persons, which is far below 2^53"
)]
fn nearest(mean: f64, persons: u64) -> u64 {
    ((mean * persons as f64 + 0.5) as u64).min(persons)
}

fn name(it: &Evaluation, covariate: &str, part: Part) -> String {
    let words = it.levels.iter().find(|(name, _)| name == covariate);
    let name = label(it, covariate);
    match part {
        Part::Intercept | Part::Value => name,
        Part::Missing => format!("Missing: {name}"),
        Part::Level(level) => {
            let word = words.and_then(|(_, levels)| levels.get(level as usize));
            format!("{name}: {}", word.map_or("", String::as_str))
        }
    }
}

/// The Love plot.
pub(in crate::report) fn love(it: &Evaluation) -> Figure {
    let head = Head::new(
        "love",
        "Balance before and after matching",
        "How far apart the arms\u{2019} means are, in standard deviations of the programme\u{2019}s persons. Up to 0.1 is usually called small. \
         Levels of too few persons are not shown.",
    );
    if it.matched.is_err() {
        return head.empty("There is no matched sample.");
    }
    let or_not = |value: Option<f64>| value.unwrap_or(f64::NAN);
    let rows = balance_rows(it).into_iter().map(|row| BalanceRow {
        name: row.name,
        before: or_not(row.before),
        after: or_not(row.after),
    });
    let limit = Reference { at: SMALL, name: "0.1".to_owned(), stroke: Stroke::Dashed };
    Chart {
        head: "Covariate".into(),
        axis: "Standardised difference, size".into(),
        sides: ["Before matching".into(), "After matching".into()],
        limit: Some(limit),
        rows: rows.collect(),
    }
    .figure(head)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::covariate::Term;

    fn column(part: Part, [comparison_mean, programme_mean]: [f64; 2], is_binary: bool) -> Balance {
        Balance {
            term: Term { covariate: "race".to_owned(), part },
            programme_mean,
            comparison_mean,
            is_binary,
            standardised_difference: None,
            variance_ratio: None,
            kolmogorov_smirnov: 0.0,
        }
    }

    #[test]
    fn a_mean_of_ones_and_zeros_is_a_count() {
        assert_eq!([nearest(0.07, 100), nearest(1.0, 7), nearest(0.0, 7)], [7, 7, 0]);
    }

    /// Of 200 in the programme five are of one level: with the others' they would be known.
    #[test]
    fn a_hidden_level_does_not_follow_from_the_others() {
        let level = |level, means| column(Part::Level(level), means, true);
        let gate = Gate::new(11);
        let levels = [level(0, [0.6, 0.8]), level(1, [0.1, 0.025]), level(2, [0.3, 0.175])];
        assert_eq!(hidden_parts(&levels, [400, 200], gate), [false, true, true]);
        let levels = [level(0, [0.6, 0.8]), level(1, [0.4, 0.2])];
        assert_eq!(hidden_parts(&levels, [400, 200], gate), [false, false]);
        // Among those matched, 30 in each arm, they are few.
        assert_eq!(hidden_parts(&levels, [30, 30], gate), [true, true]);
    }

    #[test]
    fn flags_are_counts_and_numbers_are_not() {
        let flag = [column(Part::Value, [0.5, 0.02], true)];
        assert_eq!(hidden_parts(&flag, [400, 200], Gate::new(11)), [true]);
        let number = [column(Part::Value, [0.5, 0.02], false)];
        assert_eq!(hidden_parts(&number, [400, 200], Gate::new(11)), [false]);
        let missing = column(Part::Missing, [0.5, 0.02], true);
        let number = [column(Part::Value, [3.0, 2.0], false), missing];
        assert_eq!(hidden_parts(&number, [400, 200], Gate::new(11)), [false, true]);
    }
}
