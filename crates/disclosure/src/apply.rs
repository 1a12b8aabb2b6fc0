//! Writes the plan into the tables.
//!
//! Takes tables and a plan, gives the tables that leave. Columns that are quasi-identifiers are made anew with the
//! texts in use only, so that none of a person taken out stays behind in a dictionary.

use tallystick_dataset::column::ValueLabel;
use tallystick_dataset::{DisclosureClass, Missing, Table, Values};

use crate::anonymise::Plan;
use crate::axis::Axis;
use crate::policy::{DayRule, Level, Policy};
use crate::value::{RARE, SUPPRESSED, Value, to_values};

/// By quasi-identifier: cells taken out.
pub(crate) fn apply(
    tables: &mut [Table],
    axes: &[Axis],
    persons: &[Option<Vec<u32>>],
    policy: &Policy,
    plan: &Plan,
) -> Vec<u64> {
    let mut cells = Vec::new();
    for ((axis, quasi), level) in axes.iter().zip(&policy.quasi).zip(&plan.node) {
        let step = &axis.steps[usize::from(*level)];
        let codes: Vec<u32> = axis.rows.iter().map(|base| step.map[*base as usize]).collect();
        let column = &mut tables[axis.table].columns[axis.column];
        let person_of = &persons[axis.table];
        let is_out = |row: usize| {
            let person = person_of.as_ref().map_or(row, |persons| persons[row] as usize);
            plan.is_suppressed[person]
        };
        let rule = &quasi.levels[usize::from(*level)];
        let keeps_cells = *rule == Level::AsIs && !axis.is_prepared;
        // Missing cells of texts that only persons taken out had must not keep their texts.
        let mut kept = step.values.clone();
        let is_text = matches!(column.values, Values::Text(..));
        if is_text || !keeps_cells {
            forget_unused(&mut kept, &codes, &is_out);
            column.values = to_values(&codes, &kept, is_text);
        }
        let rows = codes.len();
        for row in (0..rows).filter(|row| is_out(*row)) {
            column.values.set_missing(row, Missing::Suppressed);
        }
        cells.push((0..rows).filter(|row| is_out(*row)).count() as u64);
        if !keeps_cells {
            column.derivation = format!(
                "{}; for disclosure control: {}, level {} of {}{}",
                column.derivation,
                rule.describe(),
                usize::from(*level) + 1,
                axis.steps.len(),
                axis.ends.describe()
            );
        }
        if *rule != Level::AsIs {
            column.codes.clear();
        }
        if kept.contains(&Value::Text(RARE.to_owned())) {
            let label = format!("categories of fewer than {} persons", policy.rare_persons);
            column.codes.push(ValueLabel { value: RARE.to_owned(), label });
        }
        // What it was is what it stays, even if nothing of it is left.
        column.class = DisclosureClass::Quasi;
    }
    cells
}

/// Categories that nobody has any more are merged into missing.
fn forget_unused(values: &mut [Value], codes: &[u32], is_out: &dyn Fn(usize) -> bool) {
    let mut used = vec![false; values.len()];
    for (row, code) in codes.iter().enumerate() {
        used[*code as usize] |= !is_out(row);
    }
    for (value, used) in values.iter_mut().zip(used) {
        if !used {
            *value = SUPPRESSED;
        }
    }
}

/// Cuts days to the beginning of their periods.
pub(crate) fn coarsen_days(tables: &mut [Table], rules: &[DayRule]) {
    for rule in rules.iter().filter(|rule| rule.period_days > 1) {
        let table = tables.iter_mut().find(|table| table.name == rule.table);
        let column = table
            .and_then(|table| table.columns.iter_mut().find(|column| column.name == rule.column));
        let Some(column) = column else { continue };
        let present: Vec<bool> =
            (0..column.values.len()).map(|row| !column.values.is_missing(row)).collect();
        if let Values::Day(days) = &mut column.values {
            let period = i32::try_from(rule.period_days).unwrap_or(i32::MAX);
            for (day, _) in days.iter_mut().zip(present).filter(|(_, present)| *present) {
                *day = day.div_euclid(period).saturating_mul(period);
            }
            let note = format!("; beginning of its period of {period} days");
            column.derivation.push_str(&note);
        }
    }
}

/// Puts ages over 89 together in further columns.
pub(crate) fn top_code_ages(tables: &mut [Table], policy: &Policy) {
    use crate::profile::AGE_TOP;
    if !policy.profile.demands_age_top() {
        return;
    }
    for place in &policy.ages {
        let table = tables.iter_mut().find(|table| table.name == place.table);
        let column = table
            .and_then(|table| table.columns.iter_mut().find(|column| column.name == place.column));
        let Some(column) = column else { continue };
        let present: Vec<bool> =
            (0..column.values.len()).map(|row| !column.values.is_missing(row)).collect();
        if let Values::Integer(ages) = &mut column.values {
            let old =
                ages.iter_mut().zip(present).filter(|(age, present)| *present && **age > AGE_TOP);
            old.for_each(|(age, _)| *age = AGE_TOP);
            column.derivation.push_str("; 90 is 90 or older");
        }
    }
}
