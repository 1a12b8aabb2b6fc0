//! Tables of indicators, and the arithmetic of their cells.

use std::collections::{BTreeMap, BTreeSet};

use crate::study::cell::{Cell, gate_rows};

/// One table of an indicator.
#[derive(Clone, Debug, PartialEq)]
pub struct Indicator {
    /// `P1` to `P11`.
    pub id: &'static str,
    /// What it is.
    pub title: &'static str,
    /// How to read it.
    pub note: &'static str,
    /// What the rows are, then what each cell is.
    pub columns: Vec<&'static str>,
    /// Rows.
    pub rows: Vec<Row>,
    /// How it is drawn, if it is.
    pub plot: Option<Plot>,
}

/// How an indicator is drawn.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Plot {
    /// Each row's share and its rest, by these names.
    Shares([&'static str; 2]),
    /// The column `Mean` along months, which are the rows.
    Months,
    /// The share reached by the day at which each row ends.
    Reached,
}

/// A row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What it is about.
    pub label: String,
    /// Rows of one name are the parts of a whole which is known, so that a hidden one must not follow from the others;
    /// none for rows on their own, such as that of the whole.
    pub part_of: Option<&'static str>,
    /// The day at which it ends, of rows that are spans of days.
    pub until: Option<u32>,
    /// Cells.
    pub cells: Vec<Cell>,
}

impl Row {
    pub(super) fn new(label: impl Into<String>, cells: Vec<Cell>) -> Self {
        Self { label: label.into(), part_of: None, until: None, cells }
    }

    pub(super) fn part(whole: &'static str, label: impl Into<String>, cells: Vec<Cell>) -> Self {
        Self { label: label.into(), part_of: Some(whole), until: None, cells }
    }
}

impl Indicator {
    /// The table as it may leave.
    pub(super) fn gated(mut self, smallest: u64) -> Self {
        let width = self.columns.len() - 1;
        let mut wholes: Vec<&str> = self.rows.iter().filter_map(|row| row.part_of).collect();
        wholes.dedup();
        // A row rests on the persons of its first cell: where that is hidden, so is the row. What was hidden before, for the
        // sake of other rows, is not for the sake of few.
        let mut is_out = vec![false; self.rows.len()];
        let was: Vec<Option<Cell>> =
            self.rows.iter().map(|row| row.cells.first().copied()).collect();
        for column in 0..width {
            let mut is_whole_shown = true;
            for whole in &wholes {
                let places: Vec<usize> = (0..self.rows.len())
                    .filter(|place| self.rows[*place].part_of == Some(*whole))
                    .collect();
                let mut cells: Vec<Cell> =
                    places.iter().map(|place| self.rows[*place].cells[column]).collect();
                let out: Vec<bool> = places.iter().map(|place| is_out[*place]).collect();
                is_whole_shown &= gate_rows(&mut cells, &out, smallest);
                for (place, cell) in places.into_iter().zip(cells) {
                    self.rows[place].cells[column] = cell;
                }
            }
            let alone = self.rows.iter_mut().zip(&is_out).filter(|(row, _)| row.part_of.is_none());
            for (row, is_out) in alone {
                let cell = row.cells[column].gated(smallest);
                row.cells[column] = if is_whole_shown && !is_out { cell } else { Cell::Hidden };
            }
            if column == 0 {
                let is_hidden = |row: &Row| row.cells.first() == Some(&Cell::Hidden);
                let now = self.rows.iter().map(is_hidden).zip(was.iter());
                is_out = now.map(|(is, was)| is && *was != Some(Cell::Hidden)).collect();
            }
        }
        self
    }
}

/// Numbers of persons, by group.
#[derive(Clone, Default)]
pub(super) struct Groups<K: Ord>(BTreeMap<K, Vec<(usize, f64)>>);

impl<K: Ord + Clone> Groups<K> {
    /// Adds a person's number to a group.
    pub(super) fn add(&mut self, group: K, person: usize, number: f64) {
        self.0.entry(group).or_default().push((person, number));
    }

    /// Groups with what was added to them.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &[(usize, f64)])> {
        self.0.iter().map(|(group, numbers)| (group, numbers.as_slice()))
    }

    /// Everything of all groups.
    pub(super) fn all(&self) -> Vec<(usize, f64)> {
        self.0.values().flatten().copied().collect()
    }
}

/// How many different persons there are.
pub(super) fn persons(numbers: &[(usize, f64)]) -> u64 {
    let persons: BTreeSet<usize> = numbers.iter().map(|(person, _)| *person).collect();
    persons.len() as u64
}

/// Median and quartiles: the number with half of all on each side, the mean of two in the middle (type 2 of Hyndman,
/// Fan (1996), doi:10.2307/2684934).
pub(super) fn quantile(numbers: &[(usize, f64)], share: f64) -> Option<f64> {
    let mut sorted: Vec<f64> = numbers.iter().map(|(_, number)| *number).collect();
    sorted.sort_by(f64::total_cmp);
    let place = share * sorted.len() as f64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "within the length"
    )]
    let whole = place as usize;
    let last = sorted.len().checked_sub(1)?;
    if (place - place.floor()).abs() > 1e-9 {
        return Some(sorted[whole.min(last)]);
    }
    let (below, above) = (whole.saturating_sub(1), whole.min(last));
    Some(f64::midpoint(sorted[below], sorted[above]))
}

/// Persons, median and quartiles as cells.
pub(super) fn spread(numbers: &[(usize, f64)]) -> Vec<Cell> {
    let persons = persons(numbers);
    let at = |share| Cell::number(quantile(numbers, share), persons);
    vec![Cell::persons(persons), at(0.25), at(0.5), at(0.75)]
}

/// How unevenly events are spread over those who make them: 0 where all make as many, near 1 where one makes all. The
/// mean difference of two over twice the mean, as Gini (1912) has it.
pub(super) fn gini(counts: &[u64]) -> Option<f64> {
    let mut sorted = counts.to_vec();
    sorted.sort_unstable();
    let total: u64 = sorted.iter().sum();
    if total == 0 {
        return None;
    }
    let n = sorted.len() as f64;
    let ranked: f64 =
        (1u32..).zip(&sorted).map(|(rank, count)| f64::from(rank) * *count as f64).sum();
    Some(2.0 * ranked / (n * total as f64) - (n + 1.0) / n)
}

/// Of all events the share of the tenth who make most of them; of fewer than ten the one who makes most. It rests on those who
/// make them: the tenth, and the others who make any.
pub(super) fn top_tenth(counts: &[u64]) -> Cell {
    let mut sorted = counts.to_vec();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    let (top, rest) = sorted.split_at(sorted.len().div_ceil(10));
    let [count, others] = [top, rest].map(|counts| counts.iter().sum::<u64>());
    let [who, with] =
        [top, rest].map(|counts| counts.iter().filter(|count| **count > 0).count() as u64);
    Cell::Share { count, of: count + others, persons: [who, with, 0, 0, 0] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(values: &[f64]) -> Vec<(usize, f64)> {
        values.iter().copied().enumerate().collect()
    }

    /// Clients in time by pathway: 3 of 20 are too few, and would follow from the other pathway and from all.
    #[test]
    fn what_is_hidden_does_not_follow_from_the_whole() {
        let share = |count, of| vec![Cell::share(count, of)];
        let indicator = Indicator {
            id: "P6",
            title: "",
            note: "",
            columns: vec!["", "In time"],
            rows: vec![
                Row::new("All", share(83, 120)),
                Row::part("pathway", "A", share(80, 100)),
                Row::part("pathway", "B", share(3, 20)),
                Row::part("district", "C", share(40, 60)),
                Row::part("district", "D", share(43, 60)),
            ],
            plot: None,
        };
        let gated = indicator.gated(11);
        let hidden: Vec<bool> = gated.rows.iter().map(|row| row.cells[0] == Cell::Hidden).collect();
        assert_eq!(hidden, [false, true, true, false, false]);
    }

    /// Three of 20 had a handoff; how many of them within a day says as much, and so do the others' and all.
    #[test]
    fn a_row_whose_first_cell_is_hidden_is_hidden_whole() {
        let row = |a: [u64; 2], b: [u64; 2]| {
            let median = Cell::Number { value: 5.0, persons: a[0] };
            vec![Cell::share(a[0], a[1]), median, Cell::share(b[0], b[1])]
        };
        let indicator = Indicator {
            id: "P4",
            title: "",
            note: "",
            columns: vec!["", "With a handoff", "Median", "Within 24 hours"],
            rows: vec![
                Row::new("All", row([103, 140], [53, 103])),
                Row::part("pathway", "A", row([50, 70], [20, 50])),
                Row::part("pathway", "B", row([50, 50], [30, 50])),
                Row::part("pathway", "C", row([3, 20], [3, 3])),
            ],
            plot: None,
        };
        let gated = indicator.gated(11);
        let shown = |place: usize| gated.rows[place].cells.iter().map(|cell| *cell != Cell::Hidden);
        assert!(shown(0).all(|shown| shown), "the whole is told");
        assert!(!shown(3).any(|shown| shown));
        let hidden = (1..4).filter(|place| !shown(*place).any(|shown| shown)).count();
        assert_eq!(hidden, 2, "another row hides it, in all its cells");
    }

    #[test]
    fn quantiles_are_those_of_r_type_2() {
        // quantile(c(1, 2, 3, 4), c(.25, .5, .75), type = 2): 1.5 2.5 3.5
        let four = numbers(&[4.0, 1.0, 3.0, 2.0]);
        assert_eq!(
            [0.25, 0.5, 0.75].map(|share| quantile(&four, share)),
            [1.5, 2.5, 3.5].map(Some)
        );
        // quantile(c(1, 2, 3, 4, 10), ...): 2 3 4
        let five = numbers(&[4.0, 1.0, 3.0, 2.0, 10.0]);
        assert_eq!(
            [0.25, 0.5, 0.75].map(|share| quantile(&five, share)),
            [2.0, 3.0, 4.0].map(Some)
        );
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn concentration_is_none_where_all_do_as_much() {
        assert_eq!(gini(&[3, 3, 3]), Some(0.0));
        // DescTools::Gini(c(0, 0, 0, 12), unbiased = FALSE): 0.75
        assert_eq!(gini(&[0, 12, 0, 0]), Some(0.75));
        assert_eq!(gini(&[0, 0]), None);
        let share = |count, of, persons: [u64; 2]| Cell::Share {
            count,
            of,
            persons: [persons[0], persons[1], 0, 0, 0],
        };
        assert_eq!(top_tenth(&[1, 1, 8]), share(8, 10, [1, 2]));
        assert_eq!(top_tenth(&[1; 20]), share(2, 20, [2, 18]));
        assert_eq!(top_tenth(&[1; 20]).gated(11), Cell::Hidden, "two officers are too few");
        assert_eq!(persons(&[(1, 0.0), (1, 2.0), (4, 0.0)]), 2);
    }
}
