//! How the programme was taken up: P1 eligible contacts, P2 referrals and officers, P3 eligibility.

use std::collections::{BTreeMap, BTreeSet};

use tallystick_dataset::{Column, Values};

use super::Source;
use super::table::{Indicator, Plot, Row, gini, top_tenth};
use crate::study::StudyError;
use crate::study::cell::{Cell, Kind};
use crate::study::people::{Texts, column, numbers};

/// What a person's cell is called where it is missing.
const UNKNOWN: &str = "not known";

/// Index events by quarter: those of the programme and those of the comparison are the eligible contacts of the study, and
/// the programme's share is that of eligible contacts that were referred.
pub(super) fn by_quarter(source: &Source<'_>) -> Result<Vec<Indicator>, StudyError> {
    contacts(source, "index_quarter", "Eligible contacts and referrals by quarter", "Quarter")
}

/// The same by district.
pub(super) fn by_district(source: &Source<'_>) -> Result<Vec<Indicator>, StudyError> {
    contacts(source, "index_district", "Eligible contacts and referrals by district", "District")
}

fn contacts(
    source: &Source<'_>,
    name: &str,
    title: &'static str,
    what: &'static str,
) -> Result<Vec<Indicator>, StudyError> {
    let texts = Texts::of(source.table("person")?, name)?;
    let mut groups: BTreeMap<&str, [u64; 2]> = BTreeMap::new();
    for (row, is_client) in source.people.rows.iter().zip(&source.people.programme) {
        let group = groups.entry(texts.text(*row).unwrap_or(UNKNOWN)).or_default();
        group[usize::from(*is_client)] += 1;
    }
    if groups.keys().all(|group| *group == UNKNOWN) {
        return Err(StudyError::ColumnUnfit {
            table: "person".to_owned(),
            column: name.to_owned(),
            wanted: "with a cell that is not missing",
        });
    }
    let rows = groups.iter().map(|(group, [comparison, clients])| {
        let of = comparison + clients;
        Row::part(what, *group, vec![Cell::share(*clients, of)])
    });
    Ok(vec![Indicator {
        id: "P1",
        title,
        note: "Persons with an eligible contact are those of both arms. How many contacts became a referral says how far \
               officers took the programme up; it depends on the study\u{2019}s rule for the comparison arm.",
        columns: vec![what, "Referred, of persons with an eligible contact"],
        rows: rows.collect(),
        plot: Some(Plot::Shares(["Referred", "Not referred"])),
    }])
}

/// Referrals of all clients by pathway, and how they are spread over officers.
pub(super) fn referrals(source: &Source<'_>) -> Result<Vec<Indicator>, StudyError> {
    let table = source.table("referral")?;
    let clients = source.clients(table)?;
    let pathways = Texts::of(table, "pathway")?;
    // Many forms of referral do not say who referred.
    let officers = codes(column(table, "officer_pid")?);
    let mut by_pathway: BTreeMap<&str, (u64, BTreeSet<usize>)> = BTreeMap::new();
    let mut by_officer = Officers::new();
    for (row, client) in clients.iter().enumerate() {
        let Some(client) = client else { continue };
        let pathway = by_pathway.entry(pathways.text(row).unwrap_or(UNKNOWN)).or_default();
        pathway.0 += 1;
        pathway.1.insert(*client);
        if let Some(officer) = &officers[row] {
            let officer = by_officer.entry(officer.clone()).or_default();
            officer.0 += 1;
            officer.1.insert(*client);
        }
    }
    let row = |pathway: &str, count: u64, persons: usize| {
        let persons = persons as u64;
        Row::part("pathway", pathway, vec![Cell::Count { count, persons }, Cell::persons(persons)])
    };
    let mut rows: Vec<Row> = by_pathway
        .iter()
        .map(|(pathway, (count, persons))| row(pathway, *count, persons.len()))
        .collect();
    let none = source.clients_without(clients.iter().copied());
    rows.extend((none > 0).then(|| row("No referral recorded", 0, none)));
    let mut told = vec![Indicator {
        id: "P2",
        title: "Referrals by pathway",
        note: "A person can be referred several times, and by several pathways.",
        columns: vec!["Pathway", "Referrals", "Persons"],
        rows,
        plot: None,
    }];
    if !by_officer.is_empty() {
        told.push(concentration(source, &by_officer)?);
    }
    Ok(told)
}

/// By officer, the referrals and whom they are of.
type Officers = BTreeMap<String, (u64, BTreeSet<usize>)>;

/// Cells of any type as they are written.
fn codes(column: &Column) -> Vec<Option<String>> {
    let cell = |row: usize| {
        let mut text = Vec::new();
        column.values.write_cell(row, &mut text);
        (!column.values.is_missing(row)).then(|| String::from_utf8_lossy(&text).into_owned())
    };
    (0..column.values.len()).map(cell).collect()
}

/// Officers who could have referred are those of index arrests; those without one referral count with 0.
fn concentration(source: &Source<'_>, by_officer: &Officers) -> Result<Indicator, StudyError> {
    let mut counts: BTreeMap<&str, u64> =
        by_officer.iter().map(|(officer, (count, _))| (officer.as_str(), *count)).collect();
    let officers;
    if let Ok(arrest) = source.table("arrest") {
        officers = codes(column(arrest, "officer_pid")?);
        let is_index = numbers(column(arrest, "index_event")?, &arrest.name)?;
        let owners = source.people.owners(source.table("person")?, arrest)?;
        for row in
            (0..arrest.rows).filter(|row| owners[*row].is_some() && is_index[*row] == Some(1.0))
        {
            if let Some(officer) = &officers[row] {
                counts.entry(officer).or_insert(0);
            }
        }
    }
    let counts: Vec<u64> = counts.into_values().collect();
    let all = counts.len() as u64;
    let active = counts.iter().filter(|count| **count > 0).count() as u64;
    let rows = vec![
        Row::new("Officers with an eligible contact", vec![Cell::persons(all)]),
        Row::new("Officers with at least one referral", vec![Cell::share(active, all)]),
        Row::new("Referrals by the tenth of officers who refer most", vec![top_tenth(&counts)]),
        Row::new(
            "Gini coefficient of referrals over officers, in hundredths",
            vec![Cell::number(gini(&counts).map(|gini| gini * 100.0), active)],
        ),
    ];
    Ok(Indicator {
        id: "P2",
        title: "How referrals are spread over officers",
        note: "0 is: every officer refers as often; near 100: one officer makes all referrals. Officers are pseudonyms of this \
               release, and persons too: what rests on too few of them is hidden.",
        columns: vec!["Measure", "Value"],
        rows,
        plot: None,
    })
}

/// How many persons of each arm each rule of eligibility holds for.
pub(super) fn eligibility(source: &Source<'_>) -> Result<Vec<Indicator>, StudyError> {
    let person = source.table("person")?;
    let rules = person.columns.iter().filter(|column| {
        column.name.starts_with(super::ELIGIBILITY) && matches!(column.values, Values::Flag(_))
    });
    let mut rows = Vec::new();
    for rule in rules {
        let flags = numbers(rule, &person.name)?;
        let share = |programme: bool| {
            let of_arm = source.people.rows.iter().zip(&source.people.programme);
            let of_arm = of_arm.filter(|(_, is_client)| **is_client == programme);
            Cell::share_of(of_arm.map(|(row, _)| (*row, Kind::of(flags[*row]))))
        };
        rows.push(Row::new(rule.label.as_str(), vec![share(true), share(false)]));
    }
    if rows.is_empty() {
        return Err(StudyError::ColumnUnfit {
            table: "person".to_owned(),
            column: format!("{}\u{2026}", super::ELIGIBILITY),
            wanted: "of a rule that flags",
        });
    }
    Ok(vec![Indicator {
        id: "P3",
        title: "Rules of eligibility that would have excluded",
        note: "Persons for whom a rule of the protocol held on the index day. In the programme arm each is a departure from the \
               protocol, or a record that the referring officer could not see.",
        columns: vec!["Rule", "Programme", "Comparison"],
        rows,
        plot: None,
    }])
}
