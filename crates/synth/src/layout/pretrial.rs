//! Pretrial release: a row per assessment; names in natural order and mixed case.

use super::{Encoding, Entry, Layout, Life, Scene, date, digits, join, phone_text, title};
use crate::clerk::Practice;
use crate::config::Source;
use crate::date::DateFormat;
use crate::names::Sex;

pub(super) static LAYOUT: Layout = Layout {
    source: Source::Pretrial,
    columns: &[
        "Assessment No",
        "Full Name",
        "Birth Date",
        "Gender",
        "Cell",
        "Last Known Address",
        "ZIP Code",
        "Assessed",
        "Charge Level",
        "Score",
        "Released",
    ],
    id_column: 0,
    id_prefix: "",
    delimiter: b';',
    encoding: Encoding::Utf8,
    crlf: true,
    mapping: include_str!("../../../../config/mappings/synth-pretrial.toml"),
    practice: Practice {
        initial_only: false,
        suffix: true,
        ssn: false,
        phone: true,
        address: true,
        city: false,
        race: false,
        marks: false,
        unidentified: false,
    },
    reuse: 0,
    rows,
    cells,
};

fn rows(life: &Life<'_>) -> Vec<Entry> {
    let arrests = life.history.arrests.iter().enumerate();
    let held = arrests.filter(|(_, arrest)| arrest.custody_days.is_some_and(|days| days > 0));
    held.map(|(item, arrest)| Entry::new(arrest.day.plus(1), item, 0)).collect()
}

fn cells(scene: &Scene<'_>) -> Vec<String> {
    let (snapshot, arrest) = (scene.snapshot, &scene.life.history.arrests[scene.entry.item]);
    let name = join(&[&snapshot.first, &snapshot.middle, &snapshot.last, snapshot.suffix]);
    let gender = match snapshot.sex {
        Some(Sex::Female) => "Female",
        Some(Sex::Male) => "Male",
        None => "Unknown",
    };
    vec![
        String::new(),
        title(&name),
        date(snapshot.dob, DateFormat::Compact),
        gender.to_owned(),
        phone_text(snapshot.phone, 1),
        title(&snapshot.address_line()),
        digits(snapshot.zip, 5),
        arrest.day.plus(1).format(DateFormat::Compact),
        if arrest.felony() { "Felony" } else { "Misdemeanor" }.to_owned(),
        (1 + scene.style(6)).to_string(),
        if arrest.custody_days.is_some_and(|days| days <= 2) { "1" } else { "0" }.to_owned(),
    ]
}
