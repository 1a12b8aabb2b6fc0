//! Cells of tables that leave: each knows how many persons it rests on, and says nothing where they are too few.
//!
//! Takes cells, gives those that may be shown; refuses nothing. The rule is that of tables of counts in releases
//! (`tallystick_disclosure::cells`): a count of persons from 1 to one less than the smallest cell is hidden, zeros stand, and
//! of parts that add up so many others are hidden that none can be found out from the rest and the total. A share is a table of
//! the counts that can be worked out of it and of what stands beside it: those who have it, those who do not, those of whom it
//! is not known. Shares of events rest on the persons whose they are. Numbers such as medians rest on as many persons. Not
//! promised, as there: protection against a second table about the same persons; nor of how many had several events, which
//! counts of events and of persons tell.

use std::collections::BTreeSet;

use tallystick_disclosure::{Cell as Shown, CellRule, protect_counts, protect_table};

use super::nested;

/// Kinds of persons or events that a share tells apart, at most.
pub const KINDS: usize = 5;

/// What a person or an event is to a share.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Kind {
    /// Has it.
    Has,
    /// Has it not.
    HasNot,
    /// Has it not, in another way that can be told from the cells beside.
    HasNotOtherwise,
    /// It is not known, so that the share leaves it out.
    Unknown,
    /// The same, in another way that can be told from the cells beside.
    UnknownOtherwise,
}

impl Kind {
    /// Of a flag that may be missing.
    #[must_use]
    pub fn of(flag: Option<f64>) -> Self {
        match flag {
            Some(flag) if flag > 0.5 => Self::Has,
            Some(_) => Self::HasNot,
            None => Self::Unknown,
        }
    }
}

/// A cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell {
    /// Persons, or events of so many persons.
    Count {
        /// How many.
        count: u64,
        /// Persons it rests on.
        persons: u64,
    },
    /// A share of persons or events.
    Share {
        /// How many have it.
        count: u64,
        /// Of how many.
        of: u64,
        /// Persons of each [`Kind`].
        persons: [u64; KINDS],
    },
    /// A number such as a median, in its unit.
    Number {
        /// The number.
        value: f64,
        /// Persons it rests on.
        persons: u64,
    },
    /// There is nothing to count.
    Nothing,
    /// Too few persons, or so that too few others cannot be found out.
    Hidden,
}

/// The rule for a smallest cell.
const fn rule(smallest: u64) -> CellRule {
    CellRule { threshold: smallest, width_min: smallest - 1 }
}

impl Cell {
    /// Persons as such.
    #[must_use]
    pub const fn persons(count: u64) -> Self {
        Self::Count { count, persons: count }
    }

    /// A share of persons, all of whom are known.
    #[must_use]
    pub const fn share(count: u64, of: u64) -> Self {
        Self::Share { count, of, persons: [count, of.saturating_sub(count), 0, 0, 0] }
    }

    /// A share of events, or of persons some of whom are not known, each with whose it is.
    pub fn share_of(events: impl Iterator<Item = (usize, Kind)>) -> Self {
        let mut counts = [0_u64; KINDS];
        let mut persons: [BTreeSet<usize>; KINDS] = Default::default();
        for (person, kind) in events {
            counts[kind as usize] += 1;
            persons[kind as usize].insert(person);
        }
        let of = counts[Kind::Has as usize..Kind::Unknown as usize].iter().sum();
        Self::Share { count: counts[0], of, persons: persons.map(|it| it.len() as u64) }
    }

    /// The number, if a person rests on it.
    #[must_use]
    pub fn number(value: Option<f64>, persons: u64) -> Self {
        value.map_or(Self::Nothing, |value| Self::Number { value, persons })
    }

    /// Counts of persons that can be worked out of it.
    const fn sizes(self) -> [u64; KINDS] {
        match self {
            Self::Count { persons, .. } => [persons, 0, 0, 0, 0],
            Self::Share { persons, .. } => persons,
            Self::Number { .. } | Self::Nothing | Self::Hidden => [0; KINDS],
        }
    }

    /// The cell as it may leave where nothing else tells of it.
    #[must_use]
    pub fn gated(self, smallest: u64) -> Self {
        let fits = |count: &u64| nested::fits(smallest, *count);
        match self {
            Self::Number { persons, .. } if !fits(&persons) => Self::Hidden,
            cell if cell.sizes().iter().all(fits) => cell,
            _ => Self::Hidden,
        }
    }

    /// As it is read.
    #[must_use]
    pub fn text(self) -> String {
        match self {
            Self::Count { count, .. } => tallystick_chart::numbers::count(count),
            Self::Share { of: 0, .. } | Self::Nothing => "\u{2013}".to_owned(),
            Self::Share { count, of, .. } => {
                let share = tallystick_chart::numbers::percent_of(count, of);
                let [count, of] = [count, of].map(tallystick_chart::numbers::count);
                format!("{share} ({count} of {of})")
            }
            Self::Number { value, .. } => tallystick_chart::numbers::decimals(value, 1),
            Self::Hidden => "hidden".to_owned(),
        }
    }
}

/// Hides what is small in cells that are parts of a whole which is known, and whatever would give it away. Says whether
/// the whole may be shown too.
pub(crate) fn gate_parts(cells: &mut [Cell], smallest: u64) -> bool {
    gate_rows(cells, &vec![false; cells.len()], smallest)
}

/// The same where some cells are hidden already for the sake of their rows. What those are together is no secret where it is
/// enough; none of them is hidden alone, so that it would be known.
pub(super) fn gate_rows(cells: &mut [Cell], is_out: &[bool], smallest: u64) -> bool {
    let is_number = |cell: &Cell| matches!(cell, Cell::Number { .. } | Cell::Nothing);
    let mut is_out = is_out.to_vec();
    if is_out.iter().filter(|is_out| **is_out).count() == 1 && !cells.iter().all(is_number) {
        let size = |place: usize| cells[place].sizes().iter().sum::<u64>();
        let others = (0..cells.len()).filter(|place| !is_out[*place] && size(*place) > 0);
        match others.min_by_key(|place| size(*place)) {
            Some(place) => is_out[place] = true,
            None => {
                cells.fill(Cell::Hidden);
                return false;
            }
        }
    }
    let stay: Vec<usize> = (0..cells.len()).filter(|place| !is_out[*place]).collect();
    let mut together = [0; KINDS];
    for place in (0..cells.len()).filter(|place| is_out[*place]) {
        let sizes = together.iter_mut().zip(cells[place].sizes());
        sizes.for_each(|(sum, size)| *sum += size);
    }
    let mut rows: Vec<[u64; KINDS]> = stay.iter().map(|place| cells[*place].sizes()).collect();
    rows.extend(is_out.contains(&true).then_some(together));
    let (hidden, is_whole_shown) = hidden_rows(&rows, smallest);
    for (place, is_hidden) in stay.into_iter().zip(hidden) {
        cells[place] = if is_hidden { Cell::Hidden } else { cells[place].gated(smallest) };
    }
    let out = cells.iter_mut().zip(is_out).filter(|(_, is_out)| *is_out);
    out.for_each(|(cell, _)| *cell = Cell::Hidden);
    is_whole_shown
}

/// Which rows of counts are hidden, and whether all totals are shown.
fn hidden_rows(rows: &[[u64; KINDS]], smallest: u64) -> (Vec<bool>, bool) {
    let used: Vec<usize> =
        (0..KINDS).filter(|kind| rows.iter().any(|row| row[*kind] > 0)).collect();
    let is_hidden = |cell: &Shown| *cell == Shown::Hidden;
    // A table that is too large to be protected is not shown.
    let none = (vec![true; rows.len()], false);
    match used.as_slice() {
        [] => (vec![false; rows.len()], true),
        [kind] => {
            let counts: Vec<u64> = rows.iter().map(|row| row[*kind]).collect();
            protect_counts(&counts, rule(smallest)).map_or(none, |found| {
                (found.cells.iter().map(is_hidden).collect(), !is_hidden(&found.total))
            })
        }
        kinds => {
            let counts = rows.iter().flat_map(|row| kinds.iter().map(|kind| row[*kind]));
            let counts: Vec<u64> = counts.collect();
            let found = protect_table(rows.len(), kinds.len(), &counts, rule(smallest));
            found.map_or(none, |found| {
                let of_row = found.cells.chunks(kinds.len()).zip(&found.row_totals);
                let hidden =
                    of_row.map(|(row, total)| row.iter().any(is_hidden) || is_hidden(total));
                let totals = found.column_totals.iter().chain([&found.total]);
                (hidden.collect(), !totals.into_iter().any(is_hidden))
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_cells_do_not_leave() {
        assert_eq!(Cell::persons(10).gated(11), Cell::Hidden);
        assert_eq!(Cell::persons(0).gated(11), Cell::persons(0));
        assert_eq!(Cell::persons(11).gated(11), Cell::persons(11));
        assert_eq!(Cell::Count { count: 40, persons: 3 }.gated(11), Cell::Hidden);
        assert_eq!(Cell::share(95, 100).gated(11), Cell::Hidden, "by its rest");
        assert_eq!(Cell::share(100, 100).gated(11).text(), "100.0% (100 of 100)");
        assert_eq!(Cell::Number { value: 3.0, persons: 10 }.gated(11).text(), "hidden");
    }

    #[test]
    fn a_hidden_count_does_not_follow_from_the_total() {
        let hidden = Cell::Hidden;
        let mut cells = [200, 5, 40, 30].map(Cell::persons);
        assert!(gate_parts(&mut cells, 11));
        assert_eq!(cells, [Cell::persons(200), hidden, Cell::persons(40), hidden]);
        let mut cells = [200, 0, 40].map(Cell::persons);
        assert!(gate_parts(&mut cells, 11));
        assert_eq!(cells, [200, 0, 40].map(Cell::persons));
        let mut cells = [5, 0].map(Cell::persons);
        assert!(!gate_parts(&mut cells, 11), "the whole is as small");
    }

    #[test]
    fn a_hidden_share_does_not_follow_from_the_others() {
        let share = Cell::share;
        let mut cells = [share(3, 100), share(40, 100), share(50, 90)];
        assert!(gate_parts(&mut cells, 11));
        assert_eq!(cells.iter().filter(|cell| **cell == Cell::Hidden).count(), 2);
        assert_eq!(cells[0], Cell::Hidden);
        let mut cells = [share(30, 100), share(40, 100)];
        assert!(gate_parts(&mut cells, 11));
        assert_eq!(cells, [share(30, 100), share(40, 100)]);
    }

    /// Forty encounters of three persons are three persons', and so are forty of those who have it not.
    #[test]
    fn shares_of_events_rest_on_persons() {
        let events = |with: usize, without: usize, unknown: usize| {
            let of = |kind, persons: usize| (0..40).map(move |event| (event % persons, kind));
            let all = of(Kind::Has, with).chain(of(Kind::HasNot, without));
            Cell::share_of(all.chain((0..unknown).map(|person| (person, Kind::Unknown))))
        };
        assert_eq!(events(20, 20, 0).gated(11).text(), "50.0% (40 of 80)");
        assert_eq!(events(3, 20, 0).gated(11), Cell::Hidden);
        assert_eq!(events(20, 3, 0).gated(11), Cell::Hidden);
        assert_eq!(events(20, 20, 11).gated(11).text(), "50.0% (40 of 80)");
        assert_eq!(events(20, 20, 4).gated(11), Cell::Hidden, "the few who are left out follow");
    }

    #[test]
    fn a_row_that_is_out_does_not_follow_from_the_total() {
        let hidden = Cell::Hidden;
        let mut cells = [40, 60, 30].map(Cell::persons);
        assert!(gate_rows(&mut cells, &[true, false, false], 11));
        assert_eq!(cells, [hidden, Cell::persons(60), hidden]);
        // Two that are out are three persons together: another one hides them.
        let mut cells = [1, 2, 60, 30].map(Cell::persons);
        assert!(gate_rows(&mut cells, &[true, true, false, false], 11));
        assert_eq!(cells, [hidden, hidden, Cell::persons(60), hidden]);
        let mut cells = [40, 0].map(Cell::persons);
        assert!(!gate_rows(&mut cells, &[true, false], 11));
        let mut cells = [Cell::Number { value: 2.0, persons: 40 }; 2];
        assert!(gate_rows(&mut cells, &[true, false], 11));
        assert_eq!(cells[1].text(), "2.0", "numbers do not add up");
    }
}
