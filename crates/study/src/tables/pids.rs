//! Numbers that stand for incidents, cases, bookings and officers in one release.

use std::collections::HashMap;

use tallystick_dataset::Column;

use super::build::{Identifier, integers, known};
use crate::content::Number;

/// Numbers given in the order of the tables' rows, so that they say nothing of the sources' numbers.
#[derive(Debug, Default)]
pub(super) struct Pids {
    numbers: HashMap<Number, i64>,
}

impl Pids {
    /// The number of something; `None` for nothing.
    pub(super) fn number(&mut self, of: Number) -> Option<i64> {
        let next = i64::try_from(self.numbers.len() + 1).expect("rows are counted by 63 bits");
        of.is_some().then(|| *self.numbers.entry(of).or_insert(next))
    }

    /// A column of numbers.
    pub(super) fn column(
        &mut self,
        name: &str,
        cells: impl Iterator<Item = Number>,
        label: &str,
    ) -> Column {
        let cells = cells.map(|number| known(self.number(number))).collect();
        let derivation = "number of this release, given in the order of its rows";
        integers(name, cells, label, derivation, Identifier)
    }
}
