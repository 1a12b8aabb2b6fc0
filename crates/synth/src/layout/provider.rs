//! Service provider: a row per encounter with the client's identifiers, course and consent.

use super::{Encoding, Entry, Layout, Life, Scene, date, digits, phone_text, race_word, title};
use crate::clerk::Practice;
use crate::config::Source;
use crate::date::DateFormat;
use crate::names::Sex;
use crate::number::mix;
use crate::person::Housing;

/// Encounters after which the client's sheet is filled in anew.
const SHEET_ENCOUNTERS: usize = 8;

pub(super) static LAYOUT: Layout = Layout {
    source: Source::Provider,
    columns: &[
        "EncounterID",
        "PersonalID",
        "FirstName",
        "MiddleName",
        "LastName",
        "NameSuffix",
        "NameDataQuality",
        "DOB",
        "DOBDataQuality",
        "Gender",
        "RaceEthnicity",
        "Phone",
        "SSN4",
        "Address",
        "City",
        "ZIP",
        "HousingStatus",
        "ReferralSource",
        "ReferralDate",
        "Pathway",
        "ReferralIncident",
        "ReferringOfficer",
        "HandoffHours",
        "ScreeningDate",
        "IntakeDate",
        "ExitDate",
        "ExitReason",
        "EncounterDate",
        "ServiceCategory",
        "ConsentDate",
        "ConsentScope",
        "ConsentExpires",
        "ConsentRevoked",
        "Part2Program",
        "Note",
    ],
    id_column: 0,
    id_prefix: "E",
    delimiter: b',',
    encoding: Encoding::Utf8,
    crlf: false,
    mapping: include_str!("../../../../config/mappings/synth-provider.toml"),
    practice: Practice {
        initial_only: false,
        suffix: true,
        ssn: true,
        phone: true,
        address: true,
        city: true,
        race: true,
        marks: true,
        unidentified: false,
    },
    reuse: 0,
    rows,
    cells,
};

fn rows(life: &Life<'_>) -> Vec<Entry> {
    let Some(client) = &life.services.client else { return Vec::new() };
    // Clients stand together, in no order of persons.
    let place = i64::from((mix(life.person.id ^ 0x50) >> 40) as u32) * 100_000;
    client
        .encounters
        .iter()
        .enumerate()
        .map(|(item, (day, _))| {
            let entry = Entry::new(*day, item, 0);
            Entry { order: entry.order + place, encounter: item / SHEET_ENCOUNTERS, ..entry }
        })
        .collect()
}

fn cells(scene: &Scene<'_>) -> Vec<String> {
    let snapshot = scene.snapshot;
    let client = scene.life.services.client.as_ref().expect("rows are made of clients only");
    let (day, service) = client.encounters[scene.entry.item];
    let referral = client.course.referral;
    let diverted = referral.and_then(|referral| referral.arrest);
    let incident = diverted.map_or_else(String::new, |arrest| scene.incident_of(arrest, false));
    let hours = referral.and_then(|referral| referral.handoff_hours);
    let gender = match snapshot.sex {
        Some(Sex::Female) => "Female",
        Some(Sex::Male) => "Male",
        None => "Client doesn't know",
    };
    let housing = match scene.life.person.housing {
        Housing::Housed => "HOUSED",
        Housing::Shelter => "SHELTER",
        Housing::Street => "UNSHELTERED",
    };
    let note = match (service, scene.style(6)) {
        ("INTAKE", 0) => "Walk-in;\nsheet filled in by desk, \"copy on file\"",
        ("INTAKE", 1) => "Warm handoff, in person",
        _ => "",
    };
    vec![
        String::new(),
        (10_000 + snapshot.local).to_string(),
        title(&snapshot.first),
        title(&snapshot.middle),
        title(&snapshot.last),
        title(snapshot.suffix),
        if scene.style(10) > 0 { "1" } else { "2" }.to_owned(),
        date(snapshot.dob, DateFormat::Iso),
        if snapshot.dob.is_some() { "1" } else { "99" }.to_owned(),
        gender.to_owned(),
        race_word(snapshot.race).to_owned(),
        phone_text(snapshot.phone, scene.style(4)),
        digits(snapshot.ssn_last_four(), 4),
        title(&snapshot.address_line()),
        title(snapshot.city),
        digits(snapshot.zip, 5),
        housing.to_owned(),
        if client.lead { "LEAD" } else { "SELF" }.to_owned(),
        date(referral.map(|referral| referral.day), DateFormat::Iso),
        referral.map_or("", |referral| referral.pathway.label()).to_owned(),
        incident,
        digits(referral.map(|referral| referral.officer), 4),
        hours.map_or_else(String::new, |hours| hours.to_string()),
        date(client.course.screening, DateFormat::Iso),
        client.intake.format(DateFormat::Iso),
        date(client.course.exit.map(|(day, _)| day), DateFormat::Iso),
        client.course.exit.map_or("", |(_, reason)| reason).to_owned(),
        day.format(DateFormat::Iso),
        service.to_owned(),
        client.intake.format(DateFormat::Iso),
        if client.consent_research { "CARE+EVALUATION" } else { "CARE" }.to_owned(),
        client.consent_until.format(DateFormat::Iso),
        date(client.revoked, DateFormat::Iso),
        if service == "SUD" { "1" } else { "0" }.to_owned(),
        note.to_owned(),
    ]
}
