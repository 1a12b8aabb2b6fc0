//! The course of the programme: P8 contacts, P9 services, P10 exit and return, P11 open cases.

use std::collections::{BTreeMap, BTreeSet};

use super::Source;
use super::table::{Groups, Indicator, Plot, Row, persons, spread};
use crate::covariate::indicator;
use crate::study::StudyError;
use crate::study::cell::{Cell, Kind};
use crate::study::nested::{self, Nested};
use crate::study::people::{Numbers, Texts, column, numbers};

/// Months after the index day whose contacts are told.
const MONTHS: f64 = 12.0;
/// Days after the index day in which the outcome of an open case is looked for.
const OUTCOME_DAYS: f64 = 182.0;

/// Contacts in months in which a client is enrolled.
pub(super) fn contacts(source: &Source<'_>) -> Result<Vec<Indicator>, StudyError> {
    let table = source.table("person_month")?;
    let cells = |name: &str| Numbers::of(column(table, name)?, &table.name);
    let (contacts, enrolled, month) = (cells("contacts")?, cells("enrolled")?, cells("month")?);
    let mut by_month: Groups<i64> = Groups::default();
    let mut first: BTreeMap<usize, f64> = BTreeMap::new();
    for (row, client) in source.each_client(table)?.enumerate() {
        let Some(client) = client? else { continue };
        let (Some(contacts), Some(month)) = (contacts.at(row), month.at(row)) else { continue };
        if (0.0..MONTHS).contains(&month) && enrolled.at(row) == Some(1.0) {
            #[expect(clippy::cast_possible_truncation, reason = "months are small whole numbers")]
            by_month.add(month as i64, client, contacts);
        }
        if month >= 0.0 && contacts > 0.0 {
            first.entry(client).or_insert(month);
        }
    }
    Ok(vec![by_months(source, &by_month), first_contact(source, first)])
}

/// Contacts by month. Clients of a month are mostly those of the month before and some who came or went.
fn by_months(source: &Source<'_>, months: &Groups<i64>) -> Indicator {
    let smallest = u64::from(source.plan.smallest_cell);
    let mut enrolled = Nested::new(smallest);
    enrolled.tells([source.clients_count()]);
    let mut row = |label: String, numbers: &[(usize, f64)]| {
        let mean = numbers.iter().map(|(_, contacts)| contacts).sum::<f64>() / numbers.len() as f64;
        let mut cells = spread(numbers);
        let persons = persons(numbers);
        cells.push(Cell::number((!numbers.is_empty()).then_some(mean), persons));
        let kind = |contacts: f64| if contacts < 0.5 { Kind::Has } else { Kind::HasNot };
        cells.push(Cell::share_of(numbers.iter().map(|(client, it)| (*client, kind(*it)))));
        if nested::fits(smallest, persons) && !enrolled.tells([persons]) {
            // Numbers of many persons are no count of them.
            let is_count = |cell: &&mut Cell| !matches!(cell, Cell::Number { .. });
            cells.iter_mut().filter(is_count).for_each(|cell| *cell = Cell::Hidden);
        }
        Row::new(label, cells)
    };
    let rows = months.iter().map(|(month, numbers)| row(format!("Month {}", month + 1), numbers));
    Indicator {
        id: "P8",
        title: "Contacts per active month",
        note: "Encounters of clients in the months of the first year in which they are enrolled; a month has the study\u{2019}s number of days.",
        rows: rows.collect(),
        columns: vec![
            "Since the index day",
            "Clients enrolled",
            "Lower quartile",
            "Median",
            "Upper quartile",
            "Mean",
            "Without contact",
        ],
        plot: Some(Plot::Months),
    }
}

/// The month of each client's first contact, for those who had one.
fn first_contact(source: &Source<'_>, first: BTreeMap<usize, f64>) -> Indicator {
    let first: Vec<(usize, f64)> =
        first.into_iter().map(|(client, month)| (client, month + 1.0)).collect();
    let mut cells = spread(&first);
    cells[0] = Cell::share(first.len() as u64, source.clients_count());
    Indicator {
        id: "P8",
        title: "Month of the first contact",
        note: "Counted from the index day; month 1 is the first.",
        columns: vec!["Clients", "With a contact", "Lower quartile", "Median", "Upper quartile"],
        rows: vec![Row::new("All clients", cells)],
        plot: None,
    }
}

/// Encounters by category, and how many led to a connection.
pub(super) fn services(source: &Source<'_>) -> Result<Vec<Indicator>, StudyError> {
    let table = source.table("service")?;
    let categories = Texts::of(table, "category")?;
    let connected = numbers(column(table, "connected")?, &table.name)?;
    let mut groups: BTreeMap<&str, Vec<(usize, Kind)>> = BTreeMap::new();
    for (row, client) in source.clients(table)?.into_iter().enumerate() {
        let Some(client) = client else { continue };
        let category = categories.text(row).unwrap_or("not told (42 CFR Part 2) or not known");
        groups.entry(category).or_default().push((client, Kind::of(connected[row])));
    }
    let rows = groups.iter().map(|(category, encounters)| {
        let persons: BTreeSet<usize> = encounters.iter().map(|(client, _)| *client).collect();
        let persons = persons.len() as u64;
        let cells = vec![
            Cell::share(persons, source.clients_count()),
            Cell::Count { count: encounters.len() as u64, persons },
            Cell::share_of(encounters.iter().copied()),
        ];
        Row::new(*category, cells)
    });
    Ok(vec![Indicator {
        id: "P9",
        title: "Encounters by kind of service",
        note: "Connected are encounters of which it is recorded that the client was connected to the service.",
        columns: vec!["Service", "Clients", "Encounters", "Connected"],
        rows: rows.collect(),
        plot: None,
    }])
}

/// How clients left, after how many days, and whether they were referred again.
pub(super) fn exits(source: &Source<'_>) -> Result<Vec<Indicator>, StudyError> {
    let table = source.table("intake")?;
    let reasons = Texts::of(table, "exit_reason")?;
    let from = numbers(column(table, "intake_rel_day")?, &table.name)?;
    let to = numbers(column(table, "exit_rel_day")?, &table.name)?;
    let mut groups: Groups<String> = Groups::default();
    let mut referrals: BTreeMap<usize, u64> = BTreeMap::new();
    for (row, client) in source.clients(table)?.into_iter().enumerate() {
        let Some(client) = client else { continue };
        *referrals.entry(client).or_default() += 1;
        if let (Some(from), Some(to)) = (from[row], to[row]) {
            groups.add(reasons.text(row).unwrap_or("not known").to_owned(), client, to - from);
        }
    }
    let mut rows: Vec<Row> = groups
        .iter()
        .map(|(reason, numbers)| Row::part("clients", reason.clone(), spread(numbers)))
        .collect();
    // So that the reasons are those of all clients, whose number is known.
    let left = groups.all().into_iter().map(|(client, _)| Some(client));
    let stayed = source.clients_without(left) as u64;
    let cells = [Cell::persons(stayed), Cell::Nothing, Cell::Nothing, Cell::Nothing];
    rows.push(Row::part("clients", "No exit recorded", cells.to_vec()));
    let clients = source.people.programme.iter().enumerate().filter(|(_, is_client)| **is_client);
    let again = Cell::share_of(clients.map(|(client, _)| {
        let more = referrals.get(&client).map(|count| indicator(*count > 1));
        (client, Kind::of(more))
    }));
    Ok(vec![
        Indicator {
            id: "P10",
            title: "Days from intake to exit, by reason",
            note: "Clients who have not left, or of whom no exit is recorded, have no days.",
            columns: vec!["Reason", "Clients", "Lower quartile", "Median", "Upper quartile"],
            rows,
            plot: None,
        },
        Indicator {
            id: "P10",
            title: "Referred again",
            note: "Clients with more than one referral.",
            columns: vec!["Clients", "Share"],
            rows: vec![Row::new("All clients", vec![again])],
            plot: None,
        },
    ])
}

/// Cases that were open on the index day, and whether they ended within half a year.
pub(super) fn open_cases(source: &Source<'_>) -> Result<Vec<Indicator>, StudyError> {
    let table = source.table("case")?;
    let filed = numbers(column(table, "rel_day")?, &table.name)?;
    let disposed = numbers(column(table, "disp_rel_day")?, &table.name)?;
    let owners = source.people.owners(source.table("person")?, table)?;
    let mut cases: [Vec<(usize, Kind)>; 2] = Default::default();
    for (row, owner) in owners.into_iter().enumerate() {
        let (Some(owner), Some(filed)) = (owner, filed[row]) else { continue };
        if filed >= 0.0 || disposed[row].is_some_and(|day| day < 0.0) {
            continue;
        }
        let is_in_time = disposed[row].is_some_and(|day| day <= OUTCOME_DAYS);
        let kind = if is_in_time { Kind::Has } else { Kind::HasNot };
        cases[usize::from(source.people.programme[owner])].push((owner, kind));
    }
    let clients = source.clients_count();
    let row = |label, arm: usize| {
        let all = if arm == 1 { clients } else { source.people.len() as u64 - clients };
        let open: BTreeSet<usize> = cases[arm].iter().map(|(owner, _)| *owner).collect();
        let open = open.len() as u64;
        let cells = vec![
            Cell::share(open, all),
            Cell::Count { count: cases[arm].len() as u64, persons: open },
            Cell::share_of(cases[arm].iter().copied()),
        ];
        Row::new(label, cells)
    };
    Ok(vec![Indicator {
        id: "P11",
        title: "Cases that were open on the index day",
        note: "Filed before the index day, within the days of the release's event tables, and not disposed before it. Disposed are \
               those with a disposition at most 182 days after it; a person who was not followed for so long counts as not disposed, so \
               that arms with unlike follow-up cannot be compared by this.",
        columns: vec![
            "Arm",
            "Persons with an open case",
            "Open cases",
            "Disposed within half a year",
        ],
        rows: vec![row("Programme", 1), row("Comparison", 0)],
        plot: None,
    }])
}
