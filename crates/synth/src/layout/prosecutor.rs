//! Prosecutor: a row per arrest presented; all booked charges in one field with line breaks,
//! dates of birth as a spreadsheet left them.

use super::{Encoding, Entry, Layout, Life, Scene, date, join, race_letter, sex_letter};
use crate::clerk::Practice;
use crate::config::Source;
use crate::date::DateFormat;
use crate::history::Action;

pub(super) static LAYOUT: Layout = Layout {
    source: Source::Prosecutor,
    columns: &[
        "da_no",
        "court_number",
        "incident_number",
        "arrest_date",
        "arresting_agency",
        "defendant",
        "dob",
        "sex",
        "race",
        "cii",
        "list_of_booked_charges",
        "booked_case_type",
        "charge_count",
        "da_action_taken",
        "action_date",
        "dv_case",
    ],
    id_column: 0,
    id_prefix: "DA",
    delimiter: b'|',
    encoding: Encoding::Utf8,
    crlf: false,
    mapping: include_str!("../../../../config/mappings/synth-prosecutor.toml"),
    practice: Practice {
        initial_only: false,
        suffix: true,
        ssn: false,
        phone: false,
        address: false,
        city: false,
        race: true,
        marks: false,
        unidentified: true,
    },
    reuse: 150,
    rows,
    cells,
};

fn rows(life: &Life<'_>) -> Vec<Entry> {
    let arrests = life.history.arrests.iter().enumerate();
    let presented = arrests.filter(|(_, arrest)| arrest.action != Action::NotPresented);
    presented.map(|(item, arrest)| Entry::new(arrest.action_day, item, 0)).collect()
}

fn cells(scene: &Scene<'_>) -> Vec<String> {
    let (snapshot, arrest) = (scene.snapshot, &scene.life.history.arrests[scene.entry.item]);
    let action = match arrest.action {
        Action::Filed => "FILE NEW CHARGES",
        Action::Discharged => "DISCHARGE",
        Action::Mtr => "MTR",
        Action::FurtherInvestigation => "FURTHER INVESTIGATION",
        Action::Referred => "REFER TO OTHER AGENCY",
        Action::NotPresented => unreachable!("rows are made of presented arrests only"),
    };
    let charges: Vec<String> = arrest
        .charges
        .iter()
        .map(|charge| format!("{}/{}", charge.statute(), charge.severity()))
        .collect();
    // Some years were opened and saved in a spreadsheet, which left serial days.
    let format = if scene.style(3) == 0 { DateFormat::UsShort } else { DateFormat::Excel };
    let filed = arrest.case.is_some();
    vec![
        String::new(),
        if filed { scene.case_number().replace("CRI-", "") } else { String::new() },
        scene.incident(),
        arrest.day.format(DateFormat::Iso),
        if arrest.local { "SFPD" } else { "OTHER" }.to_owned(),
        join(&[&snapshot.first, &snapshot.middle, &snapshot.last, snapshot.suffix]),
        date(snapshot.dob, format),
        sex_letter(snapshot.sex, "UNKNOWN"),
        race_letter(snapshot.race).to_owned(),
        // Leading zeros and the letter are gone.
        if arrest.custody_days.is_some() {
            (1_000_000 + snapshot.cii).to_string()
        } else {
            String::new()
        },
        charges.join("\n"),
        if arrest.felony() { "F" } else { "M" }.to_owned(),
        arrest.charges.len().to_string(),
        action.to_owned(),
        arrest.action_day.format(DateFormat::Iso),
        if charges.iter().any(|charge| charge.starts_with("PC 242")) { "true" } else { "false" }
            .to_owned(),
    ]
}
