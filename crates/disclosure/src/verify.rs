//! Looks at finished tables as whoever gets them could.
//!
//! Takes tables that are ready to leave, gives their classes. Knows nothing of hierarchies and levels: what the
//! search believed is not asked.

use std::cmp::Ordering;

use tallystick_dataset::Table;

use crate::classes::Sensitive;
use crate::people::{People, sets};
use crate::policy::{Policy, Summary};
use crate::value::{Coded, SUPPRESSED, code, coded};

/// A class of persons with equal quasi-identifiers.
#[derive(Clone, Eq, PartialEq)]
pub struct Class {
    /// The quasi-identifiers in the order of the policy, as they stand in CSV; sets joined by `|`.
    pub labels: Vec<String>,
    /// Persons.
    pub persons: u64,
    /// By sensitive column, in the order of the policy: distinct values that are not missing.
    pub distinct: Vec<u32>,
}

impl std::fmt::Debug for Class {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { labels, persons, distinct } = self;
        let columns = labels.len();
        write!(out, "Class {{ columns: {columns}, persons: {persons}, distinct: {distinct:?} }}")
    }
}

/// The classes of finished tables, in the order of their values.
pub(crate) struct Verified {
    pub(crate) classes: Vec<Class>,
    /// By person: its class.
    pub(crate) of_person: Vec<u32>,
}

/// Groups persons by what stands in the tables.
pub(crate) fn classes(
    tables: &[Table],
    people: &People,
    persons: &[Option<Vec<u32>>],
    policy: &Policy,
    sensitive: &[Sensitive],
) -> Verified {
    let columns: Vec<Shown> =
        policy.quasi.iter().map(|quasi| shown(tables, people, persons, quasi)).collect();
    let compare = |a: u32, b: u32| {
        let ordering =
            |column: &Shown| column.of_person[a as usize].cmp(&column.of_person[b as usize]);
        columns.iter().map(ordering).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    };
    let mut order: Vec<u32> = (0..code(people.count)).collect();
    order.sort_unstable_by(|a, b| compare(*a, *b));
    let mut of_person = vec![0; people.count];
    let mut classes = Vec::new();
    for same in order.chunk_by(|a, b| compare(*a, *b).is_eq()) {
        let number = code(classes.len());
        same.iter().for_each(|person| of_person[*person as usize] = number);
        let distinct = |sensitive: &Sensitive| {
            let mut values: Vec<u32> = same
                .iter()
                .map(|person| sensitive.codes[*person as usize])
                .filter(|value| sensitive.counts[*value as usize])
                .collect();
            values.sort_unstable();
            values.dedup();
            code(values.len())
        };
        classes.push(Class {
            labels: columns.iter().map(|column| column.label(same[0] as usize)).collect(),
            persons: same.len() as u64,
            distinct: sensitive.iter().map(distinct).collect(),
        });
    }
    Verified { classes, of_person }
}

/// A quasi-identifier as it stands: by person a number, and its text.
struct Shown {
    of_person: Vec<u32>,
    texts: Vec<String>,
}

impl Shown {
    fn label(&self, person: usize) -> String {
        self.texts[self.of_person[person] as usize].clone()
    }
}

fn shown(
    tables: &[Table],
    people: &People,
    persons: &[Option<Vec<u32>>],
    quasi: &crate::policy::Quasi,
) -> Shown {
    let place = tables.iter().position(|table| table.name == quasi.table).expect("checked before");
    let table = &tables[place];
    let column = |name: &str| &table.column(name).expect("checked before").values;
    let Coded { codes, values } = coded(column(&quasi.column));
    let Some(of_rows) = &persons[place] else {
        let texts = values.iter().map(crate::value::Value::text).collect();
        return Shown { of_person: codes, texts };
    };
    let order = match (quasi.summary, &quasi.order) {
        (Some(Summary::First), Some(order)) => coded(column(order)).codes,
        _ => vec![0; codes.len()],
    };
    let mut first = vec![u32::MAX; people.count];
    for (person, place) in of_rows.iter().zip(&order) {
        first[*person as usize] = first[*person as usize].min(*place);
    }
    let rows = (0..codes.len()).filter(|row| {
        first[of_rows[*row] as usize] == order[*row] && values[codes[*row] as usize] != SUPPRESSED
    });
    let made = sets(people.count, rows.map(|row| (of_rows[row], codes[row])).collect());
    let text = |set: &Vec<u32>| {
        let parts: Vec<String> = set.iter().map(|code| values[*code as usize].text()).collect();
        parts.join("|")
    };
    Shown { texts: made.sets.iter().map(text).collect(), of_person: made.of_person }
}
