//! The steps into the programme: P4 warm handoff, P5 screening, P6 intake, P7 charges on the diverted incident.

use std::collections::{BTreeMap, BTreeSet};

use tallystick_dataset::Table;

use super::Source;
use super::table::{Indicator, Plot, Row, spread};
use crate::covariate::indicator;
use crate::study::StudyError;
use crate::study::cell::{Cell, Kind};
use crate::study::people::{Texts, column, numbers};

/// Last days of the spans in which intakes are counted.
const INTAKE_DAYS: [i32; 8] = [3, 7, 14, 21, 30, 45, 60, 90];
/// Days in which the law wants the intake to be complete: Cal. Penal Code 1001.87.
const IN_TIME_DAYS: i32 = 30;

/// Hours from referral to handoff.
pub(super) fn handoff(source: &Source<'_>) -> Result<Vec<Indicator>, StudyError> {
    let table = source.table("referral")?;
    let hours = numbers(column(table, "handoff_rel_hr")?, &table.name)?;
    let pathways = Texts::of(table, "pathway")?;
    let mut referred: BTreeMap<&str, Vec<(usize, Option<f64>)>> = BTreeMap::new();
    for (row, client) in source.clients(table)?.into_iter().enumerate() {
        let Some(client) = client else { continue };
        let pathway = pathways.text(row).unwrap_or("not known");
        referred.entry(pathway).or_default().push((client, hours[row]));
    }
    let cells = |referrals: &[(usize, Option<f64>)]| {
        let mut cells = reached(referrals);
        let same_day = referrals
            .iter()
            .map(|(client, hours)| (*client, Kind::of(hours.map(|hours| indicator(hours < 24.0)))));
        cells.push(Cell::share_of(same_day));
        cells
    };
    let all: Vec<_> = referred.values().flatten().copied().collect();
    let mut rows = vec![Row::new("All referrals", cells(&all))];
    let parts = referred.iter();
    rows.extend(parts.map(|(pathway, found)| Row::part("pathway", *pathway, cells(found))));
    Ok(vec![Indicator {
        id: "P4",
        title: "Hours from referral to warm handoff",
        note: "A warm handoff is the case manager's meeting with the person on the officer's call. Referrals without an hour of \
               handoff are those of which none is recorded.",
        columns: vec![
            "Pathway",
            "With a handoff",
            "Lower quartile",
            "Median",
            "Upper quartile",
            "Within 24 hours",
        ],
        rows,
        plot: None,
    }])
}

/// Days from referral to screening.
pub(super) fn screening(source: &Source<'_>) -> Result<Vec<Indicator>, StudyError> {
    let table = source.table("intake")?;
    let cells = reached(&days_between(source, table, "screening_rel_day")?);
    Ok(vec![Indicator {
        id: "P5",
        title: "Days from referral to screening",
        note: "Of all referrals of clients.",
        columns: vec!["Referrals", "Screened", "Lower quartile", "Median", "Upper quartile"],
        rows: vec![Row::new("All referrals", cells)],
        plot: None,
    }])
}

/// Referrals with whose they are: how many reached a step, and the quartiles of how long it took.
fn reached(referrals: &[(usize, Option<f64>)]) -> Vec<Cell> {
    let numbers: Vec<(usize, f64)> =
        referrals.iter().filter_map(|(client, number)| Some((*client, (*number)?))).collect();
    let kind = |number: &Option<f64>| if number.is_some() { Kind::Has } else { Kind::HasNot };
    let kinds = referrals.iter().map(|(client, number)| (*client, kind(number)));
    let mut cells = vec![Cell::share_of(kinds)];
    cells.extend(spread(&numbers).into_iter().skip(1));
    cells
}

/// Clients of a table's rows, with the days from the referral to a later day.
fn days_between(
    source: &Source<'_>,
    table: &Table,
    later: &str,
) -> Result<Vec<(usize, Option<f64>)>, StudyError> {
    let from = numbers(column(table, "rel_day")?, &table.name)?;
    let to = numbers(column(table, later)?, &table.name)?;
    let clients = source.clients(table)?.into_iter().enumerate();
    let days = |row: usize| Some(to[row]? - from[row]?);
    Ok(clients.filter_map(|(row, client)| Some((client?, days(row)))).collect())
}

/// Days from referral to a complete intake, and whether it was in time, by traits of the client.
pub(super) fn intake(source: &Source<'_>) -> Result<Vec<Indicator>, StudyError> {
    let table = source.table("intake")?;
    let days = days_between(source, table, "intake_rel_day")?;
    let within = numbers(column(table, "within_30d")?, &table.name)?;
    let rows = source.clients(table)?.into_iter().zip(within);
    let within: Vec<Option<f64>> =
        rows.filter(|(client, _)| client.is_some()).map(|it| it.1).collect();
    let referrals: Vec<Intake> =
        days.iter().zip(within).map(|((client, days), within)| (*client, *days, within)).collect();
    let person = source.table("person")?;
    let mut rows = vec![Row::new("All referrals", cells(&referrals))];
    for (name, words) in [
        ("pathway", "Pathway"),
        ("index_district", "District"),
        ("race_eth", "Race"),
        ("housing_at_intake", "Housing"),
    ] {
        let Ok(texts) = Texts::of(person, name) else { continue };
        let word = |client: usize| texts.text(source.people.rows[client]).unwrap_or("not known");
        let mut levels: Vec<&str> = days.iter().map(|(client, _)| word(*client)).collect();
        levels.sort_unstable();
        levels.dedup();
        // One level is everybody.
        for level in levels.iter().copied().filter(|_| levels.len() > 1) {
            let of_level: Vec<Intake> =
                referrals.iter().filter(|(client, ..)| word(*client) == level).copied().collect();
            rows.push(Row::part(words, format!("{words}: {level}"), cells(&of_level)));
        }
    }
    Ok(vec![
        by_day(&days, u64::from(source.plan.smallest_cell)),
        Indicator {
            id: "P6",
            title: "Days from referral to a complete intake",
            note: "The law allows 30 days (Cal. Penal Code 1001.87). In time are referrals of which it is known; one whose 30 days \
               are not yet over at the end of the data counts neither way.",
            columns: vec![
                "Referrals",
                "Intake complete",
                "Lower quartile",
                "Median",
                "Upper quartile",
                "Within 30 days",
            ],
            rows,
            plot: None,
        },
    ])
}

/// Referrals by the span of days in which the intake was complete; spans are parts of all. How many were in time is told
/// beside, so that spans until then and those after are two wholes, if enough are in both.
fn by_day(days: &[(usize, Option<f64>)], smallest: u64) -> Indicator {
    let persons = |is_in: &dyn Fn(Option<f64>) -> bool| {
        let found = days.iter().filter(|(_, days)| is_in(*days));
        let (count, who): (Vec<()>, BTreeSet<usize>) =
            found.map(|(client, _)| ((), *client)).unzip();
        Cell::Count { count: count.len() as u64, persons: who.len() as u64 }
    };
    let is_between = |from: i32, to: f64| {
        move |days: Option<f64>| days.is_some_and(|days| days > f64::from(from) && days <= to)
    };
    let is_in_time = is_between(-1, f64::from(IN_TIME_DAYS));
    let both = [persons(&is_in_time), persons(&|days| !is_in_time(days))];
    let are_two = both.iter().all(|cell| cell.gated(smallest) != Cell::Hidden);
    let whole = |to: i32| if are_two && to <= IN_TIME_DAYS { "in time" } else { "referrals" };
    let mut rows = Vec::new();
    let mut from = -1;
    for to in INTAKE_DAYS {
        let cell = persons(&is_between(from, f64::from(to)));
        let row = Row::part(whole(to), format!("{} to {to} days", from + 1), vec![cell]);
        rows.push(Row { until: u32::try_from(to).ok(), ..row });
        from = to;
    }
    let part = |label: String, cell| Row::part("referrals", label, vec![cell]);
    let later = persons(&is_between(from, f64::INFINITY));
    rows.push(part(format!("More than {from} days"), later));
    rows.push(part("No intake recorded".to_owned(), persons(&|days| days.is_none())));
    let before = persons(&|days| days.is_some_and(|days| days < 0.0));
    let is_any = !matches!(before, Cell::Count { count: 0, .. });
    rows.extend(is_any.then(|| part("Before the referral".to_owned(), before)));
    rows.push(Row::new("All referrals", vec![persons(&|_| true)]));
    Indicator {
        id: "P6",
        title: "Referrals by the days until the intake was complete",
        note: "Of all referrals of clients in the programme arm, also of those whose days are not yet over at the end of the data.",
        columns: vec!["Intake complete after", "Referrals"],
        rows,
        plot: Some(Plot::Reached),
    }
}

/// A referral: whose it is, days until the intake was complete, whether that was in time.
type Intake = (usize, Option<f64>, Option<f64>);

/// Of referrals those with a complete intake, its days, and those in time. Of whom it is known that they were in time or not,
/// and whose intake is complete, tell together how many were late, never came, or are not known.
fn cells(referrals: &[Intake]) -> Vec<Cell> {
    let days: Vec<(usize, Option<f64>)> =
        referrals.iter().map(|(client, days, _)| (*client, *days)).collect();
    let mut cells = reached(&days);
    let kind = |days: Option<f64>, within: Option<f64>| match (Kind::of(within), days) {
        (Kind::HasNot, None) => Kind::HasNotOtherwise,
        (Kind::Unknown, None) => Kind::UnknownOtherwise,
        (kind, _) => kind,
    };
    cells.push(Cell::share_of(
        referrals.iter().map(|(client, days, within)| (*client, kind(*days, *within))),
    ));
    cells
}

/// Cases of the index event, by whether intake was complete in time: with intake in time no charge should be filed.
pub(super) fn charges(source: &Source<'_>) -> Result<Vec<Indicator>, StudyError> {
    let case = source.table("case")?;
    let is_index = numbers(column(case, "index_event")?, &case.name)?;
    let mut is_charged = vec![false; source.people.len()];
    for (row, client) in source.clients(case)?.into_iter().enumerate() {
        if let Some(client) = client.filter(|_| is_index[row] == Some(1.0)) {
            is_charged[client] = true;
        }
    }
    let table = source.table("intake")?;
    let (from, within) = (
        numbers(column(table, "rel_day")?, &table.name)?,
        numbers(column(table, "within_30d")?, &table.name)?,
    );
    let mut groups: BTreeMap<&str, [u64; 2]> = BTreeMap::new();
    let mut is_left = source.people.programme.clone();
    for (row, client) in source.clients(table)?.into_iter().enumerate() {
        // The index referral is that of day 0.
        let Some(client) = client.filter(|_| from[row] == Some(0.0)) else { continue };
        let group = match within[row] {
            Some(flag) if flag > 0.5 => "Intake within 30 days",
            Some(_) => "Intake later, or never",
            None => "Not known",
        };
        let group = groups.entry(group).or_default();
        group[0] += 1;
        group[1] += u64::from(is_charged[client]);
        is_left[client] = false;
    }
    // So that the groups are all clients, whose number is known.
    for client in (0..is_left.len()).filter(|client| is_left[*client]) {
        let group = groups.entry("No referral on the index day").or_default();
        group[0] += 1;
        group[1] += u64::from(is_charged[client]);
    }
    let rows = groups.iter().map(|(group, [of, charged])| {
        Row::part("clients", *group, vec![Cell::share(*charged, *of)])
    });
    Ok(vec![Indicator {
        id: "P7",
        title: "Charges filed on the diverted incident",
        note: "Where intake was complete within 30 days no charge should be filed on the incident (Cal. Penal Code 1001.87); where \
               it was not, filing is lawful.",
        columns: vec!["Intake", "With a case on the index event, of clients"],
        rows: rows.collect(),
        plot: None,
    }])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many came within 30 days is told beside: five later ones are hidden with others that came later.
    #[test]
    fn spans_until_the_limit_do_not_stand_in_for_those_after_it() {
        let spans =
            [(40, Some(2.0)), (12, Some(25.0)), (5, Some(40.0)), (30, Some(50.0)), (40, None)];
        let days: Vec<(usize, Option<f64>)> = spans
            .into_iter()
            .flat_map(|(persons, day)| (0..persons).map(move |_| day))
            .enumerate()
            .collect();
        let gated = by_day(&days, 11).gated(11);
        let cell = |label: &str| {
            gated.rows.iter().find(|row| row.label == label).map(|row| row.cells[0].text())
        };
        let told = ["0 to 3 days", "22 to 30 days", "No intake recorded", "All referrals"];
        assert_eq!(told.map(|label| cell(label).unwrap()), ["40", "12", "40", "127"]);
        let hidden = ["31 to 45 days", "46 to 60 days"];
        assert!(hidden.iter().all(|label| cell(label).unwrap() == "hidden"));
        assert_eq!(cell("Before the referral"), None, "nobody");
    }
}
