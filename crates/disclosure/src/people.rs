//! Who the rows of a table are about.
//!
//! Takes tables with ids of persons, gives the person of each row. Refuses rows about nobody.

use tallystick_dataset::{Table, Texts, Values};

use crate::policy::Place;
use crate::refusal::Reason;
use crate::value::code;

/// The persons of a release; a person's number is the row in the person table.
pub(crate) struct People {
    pub(crate) count: usize,
    /// Persons in the order of their ids.
    pub(crate) by_id: Vec<u32>,
    ids: Texts,
    cells: Vec<u32>,
}

impl People {
    /// Of the person table, by its column of ids.
    pub(crate) fn new(table: &Table, column: &str) -> Result<Self, Reason> {
        let place = Place { table: table.name.clone(), column: column.to_owned() };
        let (cells, ids) = texts(table, &place)?;
        let mut by_id: Vec<u32> = (0..code(table.rows)).collect();
        by_id.sort_unstable_by_key(|row| cells[*row as usize]);
        let missing = (0..table.rows).filter(|row| cells[*row] as usize >= ids.len()).count();
        let repeated =
            by_id.windows(2).filter(|pair| cells[pair[0] as usize] == cells[pair[1] as usize]);
        let rows = missing + repeated.count();
        if rows > 0 {
            return Err(Reason::PersonUnknown { place, rows });
        }
        Ok(Self { count: table.rows, by_id, ids: ids.clone(), cells: cells.to_vec() })
    }

    /// The id of a person.
    pub(crate) fn id(&self, person: usize) -> &[u8] {
        self.ids.bytes(self.cells[person])
    }

    /// The person of each row of a table.
    pub(crate) fn of_rows(&self, table: &Table, column: &str) -> Result<Vec<u32>, Reason> {
        let place = Place { table: table.name.clone(), column: column.to_owned() };
        let (cells, ids) = texts(table, &place)?;
        // Both lists of ids ascend, so that one walk along them is enough.
        let mut persons = vec![u32::MAX; ids.len()];
        let mut next = 0;
        for (number, person) in persons.iter_mut().enumerate() {
            let id = ids.bytes(code(number));
            while next < self.count && self.id(self.by_id[next] as usize) < id {
                next += 1;
            }
            if next < self.count && self.id(self.by_id[next] as usize) == id {
                *person = self.by_id[next];
            }
        }
        let person = |cell: &u32| persons.get(*cell as usize).copied().unwrap_or(u32::MAX);
        let rows: Vec<u32> = cells.iter().map(person).collect();
        match rows.iter().filter(|person| **person == u32::MAX).count() {
            0 => Ok(rows),
            unknown => Err(Reason::PersonUnknown { place, rows: unknown }),
        }
    }
}

fn texts<'a>(table: &'a Table, place: &Place) -> Result<(&'a [u32], &'a Texts), Reason> {
    match table.column(&place.column).map(|column| &column.values) {
        Some(Values::Text(cells, texts)) => Ok((cells, texts)),
        Some(_) => {
            Err(Reason::ColumnInvalid { place: place.clone(), what: "ids of persons are texts" })
        }
        None => Err(Reason::ColumnMissing { place: place.clone() }),
    }
}

/// For each person the sorted set of some codes of the rows; sets are numbered in their order.
pub(crate) struct Sets {
    /// By person: number of the set.
    pub(crate) of_person: Vec<u32>,
    /// By number: the codes.
    pub(crate) sets: Vec<Vec<u32>>,
}

/// Puts rows `(person, code)` together.
pub(crate) fn sets(persons: usize, mut rows: Vec<(u32, u32)>) -> Sets {
    rows.sort_unstable();
    rows.dedup();
    let codes: Vec<u32> = rows.iter().map(|(_, code)| *code).collect();
    let mut starts = vec![0_usize; persons + 1];
    rows.iter().for_each(|(person, _)| starts[*person as usize + 1] += 1);
    (0..persons).for_each(|person| starts[person + 1] += starts[person]);
    let set = |person: u32| {
        let person = person as usize;
        &codes[starts[person]..starts[person + 1]]
    };
    let mut order: Vec<u32> = (0..code(persons)).collect();
    order.sort_unstable_by(|a, b| set(*a).cmp(set(*b)));
    let (mut of_person, mut sets) = (vec![0; persons], Vec::<Vec<u32>>::new());
    for person in order {
        if sets.last().is_none_or(|last| last != set(person)) {
            sets.push(set(person).to_vec());
        }
        of_person[person as usize] = code(sets.len() - 1);
    }
    Sets { of_person, sets }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_forget_order_and_number() {
        let made = sets(4, vec![(0, 2), (2, 1), (0, 1), (2, 2), (2, 1), (1, 5)]);
        assert_eq!(made.sets, [vec![], vec![1, 2], vec![5]]);
        assert_eq!(made.of_person, [1, 2, 1, 0]);
    }
}
