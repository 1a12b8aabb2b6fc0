//! What generalisation and suppression cost.
//!
//! Takes categories and the levels chosen, gives whole numbers: logarithms are rounded to thousandths of a bit
//! for each category, and only then added up.
//!
//! * Non-uniform entropy (de Waal, Willenborg 1999; El Emam and others 2009): a cell of category `v` that is
//!   released as `g` costs `log2(persons of g / persons of v)` bits; suppressed, `log2(all / persons of v)`.
//! * Discernibility (Bayardo, Agrawal 2005): each person costs the size of the class; suppressed, all persons.
//! * Precision (Sweeney 2002): 1 less the mean of `level / coarsest level` over cells; suppressed cells count 1.

use crate::axis::Axis;

/// Cost of each category of one quasi-identifier, in thousandths of a bit.
pub(crate) struct Costs {
    /// By level, then by category of persons.
    pub(crate) levels: Vec<Vec<u64>>,
    /// By category: suppressed.
    pub(crate) suppressed: Vec<u64>,
}

/// The costs of a quasi-identifier.
pub(crate) fn costs(axis: &Axis) -> Costs {
    let mut persons = vec![0_u64; axis.person_steps[0].map.len()];
    axis.persons.iter().for_each(|category| persons[*category as usize] += 1);
    let all = axis.persons.len() as u64;
    let of_step = |map: &[u32], size: usize| {
        let mut together = vec![0_u64; size];
        map.iter().zip(&persons).for_each(|(to, count)| together[*to as usize] += count);
        map.iter().zip(&persons).map(|(to, own)| mbit(together[*to as usize], *own)).collect()
    };
    Costs {
        levels: axis.person_steps.iter().map(|step| of_step(&step.map, step.size)).collect(),
        suppressed: persons.iter().map(|own| mbit(all, *own)).collect(),
    }
}

/// `log2(together / own)` in thousandths of a bit; 0 where nobody is.
fn mbit(together: u64, own: u64) -> u64 {
    if own == 0 || together <= own {
        return 0;
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of persons are below 2^52")]
    let bits = libm::log2(together as f64) - libm::log2(own as f64);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 64,000")]
    let rounded = libm::round(bits * 1000.0) as u64;
    rounded
}

/// Thousandths of a whole, rounded down; 0 of nothing.
pub(crate) fn permille(part: u64, whole: u64) -> u64 {
    if whole == 0 {
        return 0;
    }
    u64::try_from(u128::from(part) * 1000 / u128::from(whole)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_category_that_becomes_a_quarter_of_its_group_costs_two_bits() {
        assert_eq!((mbit(40, 10), mbit(10, 10), mbit(3, 1), mbit(7, 0)), (2_000, 0, 1_585, 0));
        assert_eq!((permille(1, 3), permille(1, 0)), (333, 0));
    }
}
