//! Rules between the settings of a study.

use std::collections::BTreeSet;

use super::{Arm, IndexEvent, Kind, PERSON, RecordDefinition, Study};
use crate::StudyError;

/// Longest name, so that columns made of it stay within Stata's 32 characters.
const NAME_BYTES_MAX: usize = 20;
/// Furthest day from the index day, about 30 years.
const DAYS_MAX: i32 = 10_957;
/// Most imputed linkages, as of a run.
const IMPUTED_MAX: usize = 100;
/// Most months before or after.
const MONTHS_MAX: i32 = 360;

pub(super) fn setting(place: impl Into<String>, rule: &'static str) -> StudyError {
    StudyError::Setting { place: place.into(), rule }
}

/// Checks all settings.
pub(super) fn check(study: &Study) -> Result<(), StudyError> {
    name("name", &study.name, &mut BTreeSet::new())?;
    records(&study.records)?;
    if let Some(field) =
        study.codes.keys().find(|it| !PERSON.iter().any(|known| known.name == **it))
    {
        return Err(setting(format!("codes, {field}"), "is no trait of persons"));
    }
    for (number, coverage) in study.coverage.iter().enumerate() {
        if coverage.from > coverage.to {
            return Err(setting(format!("coverage {}", number + 1), "ends before it begins"));
        }
    }
    arms(study)?;
    exclusions(study)?;
    windows(study)?;
    if study.imputed_linkages > IMPUTED_MAX {
        return Err(setting("imputed_linkages", "is above 100"));
    }
    if study.leave_out.iter().any(|table| table == "person") {
        return Err(setting("leave_out", "the table of persons is what all others join to"));
    }
    Ok(())
}

fn records(records: &[RecordDefinition]) -> Result<(), StudyError> {
    for (number, record) in records.iter().enumerate() {
        let place = |field: &str| format!("record {}, {field}", number + 1);
        for field in record.columns.keys().chain(record.codes.keys()) {
            if record.kind.field(field).is_none() {
                return Err(setting(place(field), "is no field of this kind of record"));
            }
        }
        for field in record.kind.fields().iter().filter(|field| field.required) {
            if record.column(field.name).is_empty() {
                return Err(setting(place(field.name), "is required"));
            }
        }
    }
    let has = |kind| records.iter().any(|record| record.kind == kind);
    if has(Kind::Arrest) { Ok(()) } else { Err(setting("record", "there is none of kind arrest")) }
}

fn arms(study: &Study) -> Result<(), StudyError> {
    let mut names = BTreeSet::new();
    if study.arms.is_empty() {
        return Err(setting("arm", "there is none"));
    }
    for Arm { name: arm, index, from, to, .. } in &study.arms {
        name("arm", arm, &mut names)?;
        if from > to {
            return Err(setting(format!("arm {arm}"), "its period ends before it begins"));
        }
        let referrals = study.records.iter().any(|record| record.kind == Kind::Referral);
        if *index == IndexEvent::Referral && !referrals {
            return Err(setting(format!("arm {arm}"), "there is no record of kind referral"));
        }
    }
    Ok(())
}

fn exclusions(study: &Study) -> Result<(), StudyError> {
    let mut names = BTreeSet::new();
    for rule in &study.exclusions {
        name("exclusion", &rule.name, &mut names)?;
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !rule.name.chars().all(is_plain) {
            return Err(setting(
                format!("exclusion {}", rule.name),
                "is part of a column's name: small letters, digits and _",
            ));
        }
        let unknown = |arm: &String| !study.arms.iter().any(|known| known.name == *arm);
        if rule.arms.iter().any(unknown) {
            return Err(setting(
                format!("exclusion {}", rule.name),
                "names an arm that is not one",
            ));
        }
        if rule.within_days.is_some_and(|days| !(1..=DAYS_MAX).contains(&days)) {
            return Err(setting(format!("exclusion {}", rule.name), "within_days is out of range"));
        }
    }
    Ok(())
}

fn windows(study: &Study) -> Result<(), StudyError> {
    let mut names = BTreeSet::new();
    for window in &study.windows {
        name("window", &window.name, &mut names)?;
        let place = || format!("window {}", window.name);
        if window.from > window.to || window.from < -DAYS_MAX || window.to > DAYS_MAX {
            return Err(setting(place(), "its days are out of order or range"));
        }
        if window.from <= 0 && window.to >= 0 {
            return Err(setting(place(), "holds day 0, and the index event is no outcome"));
        }
    }
    let mut ends = BTreeSet::new();
    if let Some(window) = study.windows.iter().find(|it| it.from > 0 && !ends.insert(it.to)) {
        let rule = "ends on the day of another; full_fu_ would be there twice";
        return Err(setting(format!("window {}", window.name), rule));
    }
    if study.prior_days.iter().any(|days| !(1..=DAYS_MAX).contains(days))
        || study.prior_days.windows(2).any(|pair| pair[0] >= pair[1])
    {
        return Err(setting("prior_days", "are not in ascending order, or out of range"));
    }
    let months = &study.months;
    if months.from > months.to
        || months.from < -MONTHS_MAX
        || months.to > MONTHS_MAX
        || !(1..=366).contains(&months.days)
    {
        return Err(setting("months", "are out of order or range"));
    }
    let span = &study.events;
    if span.from > span.to || span.from < -DAYS_MAX || span.to > DAYS_MAX {
        return Err(setting("events", "its days are out of order or range"));
    }
    Ok(())
}

fn name(place: &str, name: &str, seen: &mut BTreeSet<String>) -> Result<(), StudyError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.chars().all(allowed) {
        return Err(setting(place, "a name has 1 to 20 letters, digits, _ or -"));
    }
    if !seen.insert(name.to_owned()) {
        return Err(setting(format!("{place} {name}"), "is there twice"));
    }
    Ok(())
}
