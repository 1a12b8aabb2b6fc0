//! One quasi-identifier with its hierarchy, for rows and for persons.
//!
//! Takes a column and its levels, gives codes a level. Refuses levels that do not take a value, that are not
//! nested, and that are all finer than the profile permits.

use tallystick_dataset::Table;

use crate::people::{People, Sets, sets};
use crate::policy::{Level, Place, Policy, Quasi, Summary};
use crate::profile::{AGE_TOP, granularity};
use crate::refusal::Reason;
use crate::value::{Coded, Ends, RARE, SUPPRESSED, Value, code, coded, lift, numbered};

/// One level: the category of each category of the base.
pub(crate) struct Step {
    pub(crate) map: Vec<u32>,
    pub(crate) values: Vec<Value>,
}

/// The same of persons: categories are sets where the column stands in another table.
pub(crate) struct PersonStep {
    pub(crate) map: Vec<u32>,
    pub(crate) size: usize,
}

/// A quasi-identifier.
pub(crate) struct Axis {
    pub(crate) place: Place,
    /// Place of the table, and of the column in it.
    pub(crate) table: usize,
    pub(crate) column: usize,
    /// By row of the table: category of the base, after its ends and rare categories are put together.
    pub(crate) rows: Vec<u32>,
    pub(crate) steps: Vec<Step>,
    /// By person.
    pub(crate) persons: Vec<u32>,
    pub(crate) person_steps: Vec<PersonStep>,
    /// Rare categories that were merged.
    pub(crate) merged: usize,
    pub(crate) ends: Ends,
    /// Whether the base differs from the column.
    pub(crate) is_prepared: bool,
    /// The finest level that the profile permits.
    pub(crate) floor: usize,
}

/// Where a column stands, and who its rows are about.
pub(crate) struct At<'a> {
    pub(crate) table: usize,
    pub(crate) column: usize,
    /// Person of each row; none in the person table itself.
    pub(crate) persons: Option<&'a [u32]>,
}

impl Axis {
    /// Of a column that is there.
    pub(crate) fn new(
        tables: &[Table],
        at: &At<'_>,
        people: &People,
        quasi: &Quasi,
        policy: &Policy,
    ) -> Result<Self, Reason> {
        let place = Place { table: quasi.table.clone(), column: quasi.column.clone() };
        let table = &tables[at.table];
        let raw = coded(&table.columns[at.column].values);
        let ends = ends(quasi, policy);
        let clamped: Vec<Value> = raw.values.iter().map(|value| ends.clamp(value)).collect();
        let rare = rare(&raw, at.persons, quasi, policy);
        let merged = rare.iter().filter(|is_rare| **is_rare).count();
        let named = |(value, is_rare): (&Value, &bool)| {
            if *is_rare { Value::Text(RARE.to_owned()) } else { value.clone() }
        };
        let (base_of, base) = numbered(clamped.iter().zip(&rare).map(named).collect());
        let rows: Vec<u32> = raw.codes.iter().map(|raw| base_of[*raw as usize]).collect();
        let steps = steps(&place, quasi, &Prepared { clamped, base_of, base: &base }, ends)?;
        nested(&place, &steps)?;
        let is_prepared = base != raw.values;
        let (persons, person_steps) = match at.persons {
            None => {
                let same =
                    |step: &Step| PersonStep { map: step.map.clone(), size: step.values.len() };
                (rows.clone(), steps.iter().map(same).collect())
            }
            Some(of_rows) => {
                let taken = rows_taken(table, of_rows, quasi, people.count);
                let pairs = (0..rows.len())
                    .filter(|row| taken[*row] && base[rows[*row] as usize] != SUPPRESSED)
                    .map(|row| (of_rows[row], rows[row]));
                let made = sets(people.count, pairs.collect());
                let person_steps = steps.iter().map(|step| set_step(step, &made)).collect();
                (made.of_person, person_steps)
            }
        };
        let floor = floor(quasi, &steps, policy).ok_or_else(|| too_fine(&place, quasi, policy))?;
        let (table, column) = (at.table, at.column);
        Ok(Self {
            place,
            table,
            column,
            rows,
            steps,
            persons,
            person_steps,
            merged,
            ends,
            is_prepared,
            floor,
        })
    }

    /// The coarsest level.
    pub(crate) fn top(&self) -> usize {
        self.steps.len() - 1
    }
}

/// Where numbers are cut off; ages at 90, if the profile demands it.
fn ends(quasi: &Quasi, policy: &Policy) -> Ends {
    let is_age = quasi.age && policy.profile.demands_age_top();
    let top =
        quasi.top.filter(|top| !is_age || *top < AGE_TOP).or_else(|| is_age.then_some(AGE_TOP));
    Ends { bottom: quasi.bottom, top }
}

fn too_fine(place: &Place, quasi: &Quasi, policy: &Policy) -> Reason {
    let (place, profile) = (place.clone(), policy.profile.as_str());
    if quasi.area && !policy.profile.permits_areas() {
        return Reason::AreaTooFine { place, profile };
    }
    Reason::DatesTooFine { place, profile }
}

/// Which categories of texts fewer persons have than the policy wants. Dates and numbers have levels instead.
fn rare(raw: &Coded, persons: Option<&[u32]>, quasi: &Quasi, policy: &Policy) -> Vec<bool> {
    let none = vec![false; raw.values.len()];
    let is_date = |level: &Level| matches!(level, Level::HalfYear | Level::Year);
    if policy.rare_persons == 0 || quasi.levels.iter().any(is_date) {
        return none;
    }
    let mut pairs: Vec<(u32, u32)> = match persons {
        None => Vec::new(),
        Some(persons) => raw.codes.iter().copied().zip(persons.iter().copied()).collect(),
    };
    pairs.sort_unstable();
    pairs.dedup();
    let mut counts = vec![0_u32; raw.values.len()];
    match persons {
        None => raw.codes.iter().for_each(|code| counts[*code as usize] += 1),
        Some(_) => pairs.iter().for_each(|(code, _)| counts[*code as usize] += 1),
    }
    let is_rare = |(value, count): (&Value, u32)| {
        matches!(value, Value::Text(text) if granularity(text).is_none())
            && count < policy.rare_persons
    };
    raw.values.iter().zip(counts).map(is_rare).collect()
}

/// Categories on their way into the base.
struct Prepared<'a> {
    clamped: Vec<Value>,
    base_of: Vec<u32>,
    base: &'a [Value],
}

/// Each level of each category of the base. Rare categories go where all of them would go, or stay merged.
fn steps(
    place: &Place,
    quasi: &Quasi,
    prepared: &Prepared<'_>,
    ends: Ends,
) -> Result<Vec<Step>, Reason> {
    let rare = Value::Text(RARE.to_owned());
    let mut steps = Vec::new();
    for (number, level) in quasi.levels.iter().enumerate() {
        let lifted: Vec<Option<Value>> =
            prepared.clamped.iter().map(|value| lift(level, value, ends)).collect();
        let unfit = lifted.iter().filter(|value| value.is_none()).count();
        if unfit > 0 {
            return Err(Reason::LevelUnfit { place: place.clone(), level: number, values: unfit });
        }
        let mut names: Vec<Option<Value>> = vec![None; prepared.base.len()];
        for (value, base) in lifted.into_iter().flatten().zip(&prepared.base_of) {
            let base = *base as usize;
            let is_torn = names[base].as_ref().is_some_and(|name| *name != value);
            let stays_merged = prepared.base[base] == rare && (is_torn || *level == Level::AsIs);
            names[base] = Some(if stays_merged { rare.clone() } else { value });
        }
        let (map, values) = numbered(names.into_iter().flatten().collect());
        steps.push(Step { map, values });
    }
    Ok(steps)
}

/// Each level is a function of the one before.
fn nested(place: &Place, steps: &[Step]) -> Result<(), Reason> {
    for (level, pair) in (1..).zip(steps.windows(2)) {
        let mut coarse_of = vec![None; pair[0].values.len()];
        for (fine, coarse) in pair[0].map.iter().zip(&pair[1].map) {
            let known = coarse_of[*fine as usize].get_or_insert(*coarse);
            if known != coarse {
                return Err(Reason::LevelsNotNested { place: place.clone(), level });
            }
        }
    }
    Ok(())
}

/// Which rows count: all, or those that come first of each person's.
fn rows_taken(table: &Table, persons: &[u32], quasi: &Quasi, count: usize) -> Vec<bool> {
    let order = quasi.order.as_ref().and_then(|name| table.column(name));
    match (quasi.summary, order) {
        (Some(Summary::First), Some(order)) => {
            let order = coded(&order.values).codes;
            let mut first = vec![u32::MAX; count];
            for (person, place) in persons.iter().zip(&order) {
                let first = &mut first[*person as usize];
                *first = (*first).min(*place);
            }
            persons
                .iter()
                .zip(&order)
                .map(|(person, place)| first[*person as usize] == *place)
                .collect()
        }
        _ => vec![true; persons.len()],
    }
}

/// A level of sets: the set of the levels, without what is suppressed.
fn set_step(step: &Step, made: &Sets) -> PersonStep {
    let lift = |set: &Vec<u32>| -> Vec<u32> {
        let mut lifted: Vec<u32> = set
            .iter()
            .map(|code| step.map[*code as usize])
            .filter(|code| step.values[*code as usize] != SUPPRESSED)
            .collect();
        lifted.sort_unstable();
        lifted.dedup();
        lifted
    };
    let lifted: Vec<Vec<u32>> = made.sets.iter().map(lift).collect();
    let mut distinct = lifted.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let place = |set: &Vec<u32>| code(distinct.binary_search(set).expect("it is one of them"));
    PersonStep { map: lifted.iter().map(place).collect(), size: distinct.len() }
}

/// The finest level that the profile permits.
fn floor(quasi: &Quasi, steps: &[Step], policy: &Policy) -> Option<usize> {
    let permits = |step: &Step| {
        let is_free = |value: &Value| match value {
            Value::Missing(_) => true,
            _ if quasi.area && !policy.profile.permits_areas() => false,
            value => {
                granularity(&value.text()).is_none_or(|date| date >= policy.profile.calendar_min())
            }
        };
        step.values.iter().all(is_free)
    };
    steps.iter().position(permits)
}
