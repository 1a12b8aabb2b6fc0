//! The programme's columns of the provider: they agree with the truth, with the police, and with each
//! other.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use tallystick_synth::{Config, Source};

use crate::table::{Table, outputs, truth};

/// Days from the referral to the intake that the programme aims at.
const INTAKE_DAYS: i64 = 30;
/// Columns that say one thing of a client.
const COURSE: [&str; 9] = [
    "ReferralDate",
    "Pathway",
    "ReferralIncident",
    "ReferringOfficer",
    "HandoffHours",
    "ScreeningDate",
    "IntakeDate",
    "ExitDate",
    "ExitReason",
];

/// Cells of a row of the provider, by column, with the client's last encounter.
struct Client {
    cells: BTreeMap<&'static str, String>,
    last: NaiveDate,
}

impl Client {
    fn cell(&self, column: &str) -> &str {
        &self.cells[column]
    }

    fn day(&self, column: &str) -> Option<NaiveDate> {
        let cell = self.cell(column);
        (!cell.is_empty()).then(|| cell.parse().unwrap())
    }
}

/// The clients by person; every row of a client says the same.
fn clients(provider: &Table, truth: &BTreeMap<(String, String), u64>) -> BTreeMap<u64, Client> {
    let mut clients: BTreeMap<u64, Client> = BTreeMap::new();
    for row in &provider.rows {
        let cell = |column: &str| row[provider.at(column)].clone();
        let person = truth[&("provider".to_owned(), cell("EncounterID"))];
        let cells = COURSE.iter().map(|column| (*column, cell(column))).collect();
        let day: NaiveDate = cell("EncounterDate").parse().unwrap();
        let client = clients.entry(person).or_insert(Client { cells, last: day });
        assert!(COURSE.iter().all(|column| client.cells[column] == cell(column)));
        assert_eq!(client.cell("Pathway").is_empty(), cell("ReferralSource") != "LEAD");
        client.last = client.last.max(day);
    }
    clients
}

#[test]
fn courses_agree_with_truth_and_police() {
    let config = Config { persons: 6000, seed: 11, ..Config::default() };
    let outputs = outputs(&config);
    let truth = truth(&outputs);
    let clients = clients(&Table::export(&outputs, Source::Provider), &truth);
    let people = Table::plain(&outputs.files["truth_persons.csv"]);
    let police = Table::export(&outputs, Source::Police);
    let mut diverted: BTreeMap<u64, BTreeSet<[&str; 2]>> = BTreeMap::new();
    for row in &police.rows {
        let cell = |column: &str| row[police.at(column)].as_str();
        if cell("ARR_TYPE") == "LEAD_DIVERT" {
            let person = truth[&("police".to_owned(), cell("ROW_ID").to_owned())];
            let arrest = [cell("INCIDENT_NO"), cell("OFFICER")];
            diverted.entry(person).or_default().insert(arrest);
        }
    }
    let officers: BTreeSet<&str> = police.column("OFFICER").collect();
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for row in &people.rows {
        let cell = |column: &str| row[people.at(column)].as_str();
        let person = cell("person_id").parse().unwrap();
        let Some(client) = clients.get(&person) else {
            assert_ne!(cell("arm"), "LEAD", "every client of the programme is with the provider");
            continue;
        };
        assert_eq!(client.cell("Pathway"), cell("pathway"));
        *counts.entry(cell("pathway")).or_default() += 1;
        if cell("arm") != "LEAD" {
            assert!(COURSE[..5].iter().all(|column| client.cell(column).is_empty()));
            continue;
        }
        assert_eq!(client.cell("ReferralDate"), cell("index_date"));
        let arrest = [client.cell("ReferralIncident"), client.cell("ReferringOfficer")];
        assert!(officers.contains(arrest[1]) || cell("pathway") == "SOCIAL");
        match cell("pathway") {
            "PREBOOK" => assert!(diverted[&person].contains(&arrest)),
            _ => assert!(arrest[0].is_empty() && !diverted.contains_key(&person)),
        }
    }
    assert!(counts.len() == 3 && counts.values().all(|count| *count > 80), "{counts:?}");
}

#[test]
fn a_course_goes_from_referral_over_screening_and_intake_to_the_exit() {
    let config = Config { persons: 6000, seed: 11, ..Config::default() };
    let outputs = outputs(&config);
    let clients = clients(&Table::export(&outputs, Source::Provider), &truth(&outputs));
    let (mut within, mut referred, mut unknown) = (0, 0, 0);
    let mut reasons: BTreeMap<&str, u32> = BTreeMap::new();
    for client in clients.values() {
        let intake = client.day("IntakeDate").unwrap();
        assert!(client.day("ScreeningDate").is_none_or(|screened| screened <= intake));
        assert!(client.day("ExitDate").is_none_or(|exit| exit > client.last));
        assert_eq!(client.cell("ExitDate").is_empty(), client.cell("ExitReason").is_empty());
        *reasons.entry(client.cell("ExitReason")).or_default() += 1;
        let Some(referral) = client.day("ReferralDate") else { continue };
        assert!(client.day("ScreeningDate").is_none_or(|screened| screened >= referral));
        let days = (intake - referral).num_days();
        referred += 1;
        within += u32::from(days <= INTAKE_DAYS);
        match client.cell("HandoffHours") {
            "" => unknown += 1,
            hours => assert!((0..24 * (days + 1)).contains(&hours.parse().unwrap())),
        }
    }
    assert!(within * 100 > referred * 85 && within < referred, "{within} of {referred}");
    assert!(unknown * 20 > referred && unknown * 4 < referred, "{unknown} of {referred}");
    let known = ["", "COMPLETED", "LOST_CONTACT", "MOVED", "WITHDREW"];
    assert!(reasons.keys().eq(&known) && reasons.values().all(|count| *count > 50), "{reasons:?}");
}
