//! Looks at tables for what a policy does not allow.
//!
//! Takes tables and a policy, gives everything that stands against them. What nobody declared is refused.

use std::collections::BTreeSet;

use tallystick_dataset::{Column, DisclosureClass, Table, Values};

use crate::policy::{DayOrigin, Place, Policy, TEXT_BYTES_MAX, TableRule};
use crate::profile::{AGE_TOP, Granularity, granularity};
use crate::refusal::Reason;
use crate::value::{Value, coded};

/// Parts of names that areas have.
pub(crate) const AREA_NAMES: [&str; 14] = [
    "district",
    "zip",
    "zip3",
    "zip5",
    "city",
    "county",
    "precinct",
    "tract",
    "beat",
    "address",
    "neighborhood",
    "neighbourhood",
    "latitude",
    "longitude",
];
/// Parts of names that ages have.
const AGE_NAMES: [&str; 2] = ["age", "ages"];

/// Parts of names that days and years of birth have.
const BIRTH_NAMES: [&str; 4] = ["birth", "born", "dob", "yob"];

/// Whether tables and columns are those that are declared.
pub(crate) fn tables(tables: &[Table], policy: &Policy) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let mut names = BTreeSet::new();
    for table in tables {
        let name = || table.name.clone();
        if policy.table(&table.name).is_none() {
            reasons.push(Reason::TableUndeclared { table: name() });
        }
        let columns: BTreeSet<&str> =
            table.columns.iter().map(|column| column.name.as_str()).collect();
        let is_even = table.columns.iter().all(|column| column.values.len() == table.rows);
        if !is_even || columns.len() < table.columns.len() || !names.insert(&table.name) {
            reasons.push(Reason::TableBroken { table: name() });
        }
    }
    for rule in &policy.tables {
        if !names.contains(&rule.name) {
            reasons.push(Reason::TableMissing { table: rule.name.clone() });
        }
    }
    for place in declared(policy) {
        let table = tables.iter().find(|table| table.name == place.table);
        if table.is_none_or(|table| table.column(&place.column).is_none()) {
            reasons.push(Reason::ColumnMissing { place });
        }
    }
    reasons
}

/// Every column that a policy names.
fn declared(policy: &Policy) -> BTreeSet<Place> {
    let place =
        |table: &String, column: &String| Place { table: table.clone(), column: column.clone() };
    let mut places = BTreeSet::new();
    for rule in &policy.tables {
        places.extend(rule.person.iter().chain(&rule.ids).map(|column| place(&rule.name, column)));
    }
    for quasi in &policy.quasi {
        places.insert(place(&quasi.table, &quasi.column));
        places.extend(quasi.order.iter().map(|order| place(&quasi.table, order)));
    }
    places.extend(policy.sensitive.iter().map(|column| place(&policy.person_table, column)));
    places.extend(policy.days.iter().map(|rule| place(&rule.table, &rule.column)));
    places.extend(policy.ages.iter().chain(&policy.areas).cloned());
    places.extend(policy.codes.iter().map(|rule| place(&rule.table, &rule.column)));
    for rule in &policy.events {
        places.insert(place(&rule.table, &rule.day));
        places.extend(rule.kind.iter().map(|kind| place(&rule.table, kind)));
    }
    places
}

/// What stands against single columns, before anything is changed.
pub(crate) fn columns(tables: &[Table], policy: &Policy) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for table in tables {
        let Some(rule) = policy.table(&table.name) else { continue };
        for column in &table.columns {
            let looked_at = Looked { policy, rule, column };
            if looked_at.is_id() {
                // Only what was made as an id is looked at no further: a policy cannot call a trait one.
                let is_made_so = column.class == DisclosureClass::Identifier;
                let place = looked_at.place();
                let what = "it is listed as an id and is none";
                reasons.extend((!is_made_so).then_some(Reason::ColumnInvalid { place, what }));
                continue;
            }
            reasons.extend(looked_at.class());
            reasons.extend(looked_at.days());
            reasons.extend(looked_at.name());
            if policy.quasi_at(&table.name, &column.name).is_none() {
                reasons.extend(looked_at.values());
            }
        }
    }
    reasons
}

/// What stands against quasi-identifiers when they are finished.
pub(crate) fn finished(tables: &[Table], policy: &Policy) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for table in tables {
        let Some(rule) = policy.table(&table.name) else { continue };
        for column in &table.columns {
            if policy.quasi_at(&table.name, &column.name).is_some() {
                reasons.extend(Looked { policy, rule, column }.values());
            }
        }
    }
    reasons
}

struct Looked<'a> {
    policy: &'a Policy,
    rule: &'a TableRule,
    column: &'a Column,
}

impl Looked<'_> {
    fn place(&self) -> Place {
        Place { table: self.rule.name.clone(), column: self.column.name.clone() }
    }

    fn is_at(&self, table: &str, column: &str) -> bool {
        self.rule.name == table && self.column.name == column
    }

    /// Ids that the policy allows are looked at no further.
    fn is_id(&self) -> bool {
        self.rule.person.as_ref() == Some(&self.column.name)
            || self.rule.ids.contains(&self.column.name)
    }

    fn class(&self) -> Option<Reason> {
        let is_quasi = self.policy.quasi_at(&self.rule.name, &self.column.name).is_some();
        match self.column.class {
            DisclosureClass::Identifier => {
                Some(Reason::IdentifierUndeclared { place: self.place() })
            }
            DisclosureClass::Quasi if !is_quasi => {
                Some(Reason::QuasiUndeclared { place: self.place() })
            }
            _ => None,
        }
    }

    fn days(&self) -> Option<Reason> {
        let rule = self.policy.days.iter().find(|rule| self.is_at(&rule.table, &rule.column));
        let profile = self.policy.profile;
        match (&self.column.values, rule) {
            (Values::Day(_), None) => Some(Reason::DaysUndeclared { place: self.place() }),
            (Values::Day(_), Some(rule)) => {
                let is_permitted = match rule.from {
                    DayOrigin::Person => rule.period_days >= profile.relative_days_min(),
                    DayOrigin::Calendar => profile.calendar_min() == Granularity::Day,
                };
                let place = self.place();
                (!is_permitted).then_some(Reason::DatesTooFine { place, profile: profile.as_str() })
            }
            (_, Some(_)) => {
                Some(Reason::ColumnInvalid { place: self.place(), what: "it has no days" })
            }
            _ => None,
        }
    }

    /// Whether it is named like an area or an age without being declared one.
    fn name(&self) -> Option<Reason> {
        let profile = self.policy.profile;
        let quasi = self.policy.quasi_at(&self.rule.name, &self.column.name);
        let is_among = |places: &[Place]| places.iter().any(|p| self.is_at(&p.table, &p.column));
        let has = |names: &[&str]| self.column.name.split('_').any(|part| names.contains(&part));
        let place = self.place();
        if !profile.permits_areas() {
            if is_among(&self.policy.areas) {
                return Some(Reason::AreaTooFine { place, profile: profile.as_str() });
            }
            if has(&AREA_NAMES) && !quasi.is_some_and(|quasi| quasi.area) {
                return Some(Reason::NameUndeclared { place, like: "an area" });
            }
        }
        let is_age = quasi.is_some_and(|quasi| quasi.age) || is_among(&self.policy.ages);
        let is_number = matches!(self.column.values, Values::Integer(_));
        if is_among(&self.policy.ages) && !is_number {
            return Some(Reason::ColumnInvalid { place, what: "ages are whole numbers" });
        }
        // A year of birth before a certain one says "over 89"; with `bottom` such years are one.
        let is_cut = quasi.is_some_and(|quasi| quasi.bottom.is_some());
        if profile.demands_age_top() && has(&BIRTH_NAMES) && !is_cut {
            return Some(Reason::NameUndeclared { place, like: "a date of birth" });
        }
        let is_hidden = profile.demands_age_top() && is_number && has(&AGE_NAMES) && !is_age;
        is_hidden.then_some(Reason::NameUndeclared { place, like: "an age" })
    }

    /// Free text, dates in texts and numbers, and bands of ages over 89.
    fn values(&self) -> Vec<Reason> {
        let coded = coded(&self.column.values);
        let profile = self.policy.profile;
        let mut reasons = Vec::new();
        let mut texts: Vec<&str> = Vec::new();
        let (mut numbers, mut day_numbers) = (0, 0);
        for value in &coded.values {
            match value {
                Value::Text(text) => texts.push(text),
                Value::Number(number) => {
                    numbers += 1;
                    let is_day = granularity(&number.to_string()) == Some(Granularity::Day);
                    day_numbers += usize::from(is_day);
                }
                Value::Missing(_) => {}
            }
        }
        // Thousandths are numbers, written out.
        let is_number = matches!(self.column.values, Values::Permille(_));
        if !is_number && self.is_free(&texts) {
            reasons.push(Reason::FreeText { place: self.place(), values: texts.len() });
        }
        let rows = (0..self.column.values.len()).filter(|row| !self.column.values.is_missing(*row));
        let rows = rows.count();
        let is_whole = matches!(self.column.values, Values::Integer(_));
        if is_whole && numbers > self.values_max() && numbers == rows {
            reasons.push(Reason::NumbersUnique { place: self.place(), rows });
        }
        let is_fine =
            |text: &&str| granularity(text).is_some_and(|date| date < profile.calendar_min());
        let are_days =
            numbers > 0 && day_numbers == numbers && profile.calendar_min() > Granularity::Day;
        if texts.iter().any(is_fine) || are_days {
            reasons.push(Reason::DatesTooFine { place: self.place(), profile: profile.as_str() });
        }
        let is_age = self.column.name.split('_').any(|part| AGE_NAMES.contains(&part));
        if profile.demands_age_top() && is_age && texts.iter().any(|text| has_old_age(text)) {
            reasons.push(Reason::AgesTooFine { place: self.place(), profile: profile.as_str() });
        }
        reasons
    }

    /// Distinct values that are not suspicious.
    fn values_max(&self) -> usize {
        let rule = self.policy.codes.iter().find(|rule| self.is_at(&rule.table, &rule.column));
        rule.map_or(self.policy.text_values_max, |rule| rule.values_max) as usize
    }

    /// More distinct texts than codes have, or longer ones; unless each is a value that has words of its own.
    fn is_free(&self, texts: &[&str]) -> bool {
        let known: BTreeSet<&str> =
            self.column.codes.iter().map(|code| code.value.as_str()).collect();
        if !known.is_empty() && texts.iter().all(|text| known.contains(text)) {
            return false;
        }
        texts.len() > self.values_max() || texts.iter().any(|text| text.len() > TEXT_BYTES_MAX)
    }
}

/// Whether a band names an age over 90: `90+` does not, `90-94` does.
fn has_old_age(text: &str) -> bool {
    let numbers =
        text.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse::<i64>().ok());
    numbers.into_iter().any(|number| number > AGE_TOP)
}
