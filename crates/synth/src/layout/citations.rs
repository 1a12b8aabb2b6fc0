//! Transit citations: infractions; a spreadsheet's "Unicode text", which is UTF-16 with tabs.

use super::{Encoding, Entry, Layout, Life, Scene, date, digits, sex_letter};
use crate::clerk::Practice;
use crate::config::Source;
use crate::date::DateFormat;
use crate::service::INFRACTIONS;

pub(super) static LAYOUT: Layout = Layout {
    source: Source::Citations,
    columns: &[
        "CITATION NO",
        "SURNAME",
        "GIVEN NAME",
        "INITIAL",
        "BORN",
        "SEX",
        "ADDRESS",
        "CITY",
        "ZIP",
        "ISSUED",
        "VIOLATION",
        "FINE",
        "STATION",
    ],
    id_column: 0,
    id_prefix: "T",
    delimiter: b'\t',
    encoding: Encoding::Utf16,
    crlf: true,
    mapping: include_str!("../../../../config/mappings/synth-citations.toml"),
    practice: Practice {
        initial_only: true,
        suffix: false,
        ssn: false,
        phone: false,
        address: true,
        city: true,
        race: false,
        marks: false,
        unidentified: false,
    },
    reuse: 0,
    rows,
    cells,
};

/// Stations, by the remainder of a style number.
const STATIONS: [&str; 5] =
    ["CIVIC CENTER", "16TH ST MISSION", "POWELL", "24TH ST MISSION", "GLEN PARK"];

fn rows(life: &Life<'_>) -> Vec<Entry> {
    let citations = life.services.citations.iter().enumerate();
    citations.map(|(item, (day, _))| Entry::new(*day, item, 0)).collect()
}

fn cells(scene: &Scene<'_>) -> Vec<String> {
    let snapshot = scene.snapshot;
    let (day, infraction) = scene.life.services.citations[scene.entry.item];
    vec![
        String::new(),
        snapshot.last.clone(),
        snapshot.first.clone(),
        snapshot.middle.clone(),
        date(snapshot.dob, DateFormat::DayMonthName),
        sex_letter(snapshot.sex, ""),
        snapshot.address_line(),
        snapshot.city.to_owned(),
        digits(snapshot.zip, 5),
        day.format(DateFormat::Compact),
        INFRACTIONS[infraction].to_owned(),
        (75 + 50 * scene.style(3)).to_string(),
        STATIONS[(infraction + scene.entry.item) % STATIONS.len()].to_owned(),
    ]
}
