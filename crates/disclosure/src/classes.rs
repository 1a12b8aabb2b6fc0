//! Classes of persons with equal quasi-identifiers, for any combination of levels.
//!
//! Takes persons by category, gives how many stand in classes that are too small or too alike.

use std::ops::{Add, Mul};

use crate::axis::Axis;
use crate::value::{Coded, Value, code};

/// A sensitive column of the person table.
pub(crate) struct Sensitive {
    pub(crate) column: String,
    pub(crate) codes: Vec<u32>,
    /// By category: whether it counts as a value. Missing does not: it hides nothing behind another value.
    pub(crate) counts: Vec<bool>,
}

impl Sensitive {
    pub(crate) fn new(column: &str, coded: Coded) -> Self {
        let counts = coded.values.iter().map(|value| !matches!(value, Value::Missing(_))).collect();
        Self { column: column.to_owned(), codes: coded.codes, counts }
    }
}

/// What a class needs.
#[derive(Clone, Copy)]
pub(crate) struct Demand {
    pub(crate) k: u64,
    pub(crate) l: u32,
}

/// Persons with the same categories of everything, put together once.
pub(crate) struct Tuples<'a> {
    axes: &'a [Axis],
    sensitive: &'a [Sensitive],
    /// By quasi-identifier, then by tuple: the category. Side by side, since every test walks along them.
    pub(crate) categories: Vec<Vec<u32>>,
    /// By sensitive column, then by tuple: the value.
    values: Vec<Vec<u32>>,
    /// By tuple: persons.
    pub(crate) persons: Vec<u64>,
    /// By person: the tuple.
    pub(crate) of_person: Vec<u32>,
}

/// The classes of one combination.
pub(crate) struct Classes {
    /// By tuple: its class, numbered in the order of their categories.
    pub(crate) of_tuple: Vec<u32>,
    /// By class: persons.
    pub(crate) persons: Vec<u64>,
    /// By class: whether it holds what is demanded.
    pub(crate) holds: Vec<bool>,
}

impl Classes {
    /// Persons in classes that do not hold.
    pub(crate) fn failing(&self) -> u64 {
        self.persons.iter().zip(&self.holds).filter(|(_, holds)| !**holds).map(|(n, _)| *n).sum()
    }
}

trait Key: Copy + Ord + From<u32> + Add<Output = Self> + Mul<Output = Self> {}
impl Key for u64 {}
impl Key for u128 {}

impl<'a> Tuples<'a> {
    /// Puts persons together; `None` if categories are too many to be numbered in 128 bits.
    pub(crate) fn new(axes: &'a [Axis], sensitive: &'a [Sensitive], count: usize) -> Option<Self> {
        let sizes = axes.iter().map(|axis| axis.person_steps[0].map.len());
        let radices: Vec<usize> = sizes.chain(sensitive.iter().map(|s| s.counts.len())).collect();
        product(&radices)?;
        let key = |person: usize| {
            let codes = axes.iter().map(|axis| axis.persons[person]);
            let codes = codes.chain(sensitive.iter().map(|s| s.codes[person]));
            codes
                .zip(&radices)
                .fold(0_u128, |key, (code, radix)| key * *radix as u128 + u128::from(code))
        };
        let mut keyed: Vec<(u128, u32)> = (0..count).map(key).zip(0..).collect();
        keyed.sort_unstable();
        let (mut persons, mut of_person) = (Vec::new(), vec![0; count]);
        let mut samples = Vec::new();
        for same in keyed.chunk_by(|a, b| a.0 == b.0) {
            let number = code(samples.len());
            samples.push(same[0].1);
            persons.push(same.len() as u64);
            same.iter().for_each(|(_, person)| of_person[*person as usize] = number);
        }
        let gather =
            |codes: &Vec<u32>| samples.iter().map(|person| codes[*person as usize]).collect();
        let categories = axes.iter().map(|axis| gather(&axis.persons)).collect();
        let values = sensitive.iter().map(|sensitive| gather(&sensitive.codes)).collect();
        Some(Self { axes, sensitive, categories, values, persons, of_person })
    }

    /// The classes of a combination of levels.
    pub(crate) fn classes(&self, node: &[u8], demand: Demand) -> Classes {
        let radices: Vec<usize> = self
            .axes
            .iter()
            .zip(node)
            .map(|(axis, level)| axis.person_steps[usize::from(*level)].size)
            .collect();
        let fits = product(&radices).is_some_and(|product| u64::try_from(product).is_ok());
        if fits {
            self.grouped(&self.keys::<u64>(node, &radices), demand)
        } else {
            self.grouped(&self.keys::<u128>(node, &radices), demand)
        }
    }

    /// Each tuple's class as one number, with the tuple's own; sorted.
    fn keys<K: Key>(&self, node: &[u8], radices: &[usize]) -> Vec<(K, u32)> {
        let mut keys: Vec<(K, u32)> =
            (0..code(self.persons.len())).map(|tuple| (K::from(0), tuple)).collect();
        for (place, radix) in radices.iter().enumerate() {
            let radix = K::from(code(*radix));
            let map = &self.axes[place].person_steps[usize::from(node[place])].map;
            for ((key, _), category) in keys.iter_mut().zip(&self.categories[place]) {
                *key = *key * radix + K::from(map[*category as usize]);
            }
        }
        keys.sort_unstable();
        keys
    }

    fn grouped<K: Key>(&self, keys: &[(K, u32)], demand: Demand) -> Classes {
        let mut classes =
            Classes { of_tuple: vec![0; keys.len()], persons: Vec::new(), holds: Vec::new() };
        // The last class in which each sensitive value was met.
        let mut met: Vec<Vec<u32>> =
            self.sensitive.iter().map(|s| vec![u32::MAX; s.counts.len()]).collect();
        for class in keys.chunk_by(|a, b| a.0 == b.0) {
            let number = code(classes.persons.len());
            let mut persons = 0;
            let mut distinct = vec![0_u32; self.sensitive.len()];
            for (_, tuple) in class {
                let tuple = *tuple as usize;
                classes.of_tuple[tuple] = number;
                persons += self.persons[tuple];
                for (place, sensitive) in self.sensitive.iter().enumerate() {
                    let value = self.values[place][tuple] as usize;
                    if met[place][value] != number {
                        met[place][value] = number;
                        distinct[place] += u32::from(sensitive.counts[value]);
                    }
                }
            }
            classes.persons.push(persons);
            classes.holds.push(persons >= demand.k && distinct.iter().all(|d| *d >= demand.l));
        }
        classes
    }
}

fn product(radices: &[usize]) -> Option<u128> {
    radices.iter().try_fold(1_u128, |product, radix| product.checked_mul((*radix).max(1) as u128))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;
    use crate::axis::PersonStep;
    use crate::policy::Place;

    const LEVELS: usize = 4;

    /// Eight categories, halved at each level.
    fn axis(persons: &[u32]) -> Axis {
        let step = |level: usize| PersonStep {
            map: (0..8).map(|category: u32| category >> level).collect(),
            size: 8 >> level,
        };
        Axis {
            place: Place { table: "person".to_owned(), column: "invented".to_owned() },
            table: 0,
            column: 0,
            rows: Vec::new(),
            steps: Vec::new(),
            persons: persons.to_vec(),
            person_steps: (0..LEVELS).map(step).collect(),
            merged: 0,
            ends: crate::value::Ends::default(),
            is_prepared: false,
            floor: 0,
        }
    }

    /// Persons in classes that do not hold, by a map.
    fn slow(axes: &[Axis], sensitive: &Sensitive, node: &[u8], demand: Demand) -> u64 {
        let mut classes: BTreeMap<Vec<u32>, Vec<u32>> = BTreeMap::new();
        for (person, value) in sensitive.codes.iter().enumerate() {
            let key = axes.iter().zip(node).map(|(axis, level)| axis.persons[person] >> level);
            classes.entry(key.collect()).or_default().push(*value);
        }
        let holds = |values: &&Vec<u32>| {
            let counted = values.iter().filter(|value| sensitive.counts[**value as usize]);
            let distinct = counted.collect::<BTreeSet<_>>().len();
            values.len() as u64 >= demand.k && distinct >= demand.l as usize
        };
        classes.values().filter(|values| !holds(values)).map(|values| values.len() as u64).sum()
    }

    proptest! {
        #[test]
        fn classes_are_those_of_a_slow_count_and_coarser_never_fails_more(
            persons in prop::collection::vec((0_u32..8, 0_u32..8, 0_u32..8, 0_u32..3), 1..120),
            k in 1_u64..9, l in 1_u32..4,
        ) {
            let column = |of: fn(&(u32, u32, u32, u32)) -> u32| -> Vec<u32> {
                persons.iter().map(of).collect()
            };
            let axes = [axis(&column(|p| p.0)), axis(&column(|p| p.1)), axis(&column(|p| p.2))];
            // The last value is a missing one.
            let sensitive = Sensitive {
                column: "arm".to_owned(),
                codes: column(|p| p.3),
                counts: vec![true, true, false],
            };
            let sensitive = [sensitive];
            let demand = Demand { k, l };
            let tuples = Tuples::new(&axes, &sensitive, persons.len()).expect("few categories");
            let failing = |node: &[u8]| tuples.classes(node, demand).failing();
            for number in 0..LEVELS.pow(3) {
                let level = |place: u32| u8::try_from(number / LEVELS.pow(place) % LEVELS).unwrap_or(0);
                let node = [level(0), level(1), level(2)];
                prop_assert_eq!(failing(&node), slow(&axes, &sensitive[0], &node, demand));
                let radices: Vec<usize> = node.iter().map(|level| 8_usize >> level).collect();
                let wide = tuples.grouped(&tuples.keys::<u128>(&node, &radices), demand);
                prop_assert_eq!(failing(&node), wide.failing());
                for place in (0..3).filter(|place| usize::from(node[*place]) + 1 < LEVELS) {
                    let mut coarser = node;
                    coarser[place] += 1;
                    prop_assert!(failing(&coarser) <= failing(&node));
                }
            }
            prop_assert_eq!(code(persons.len()) as usize, tuples.of_person.len());
        }
    }
}
