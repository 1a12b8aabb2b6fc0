//! Probation: a row per grant and per violation; the date of birth and the address in parts.

use super::{Encoding, Entry, Layout, Life, Scene, digits, phone_text, race_word, sex_letter};
use crate::clerk::Practice;
use crate::config::Source;
use crate::date::DateFormat;
use crate::number::mix;

pub(super) static LAYOUT: Layout = Layout {
    source: Source::Probation,
    columns: &[
        "ENTRY",
        "PROBATIONER",
        "LAST_NAME",
        "FIRST_NAME",
        "MI",
        "SUFFIX",
        "BIRTH_YEAR",
        "BIRTH_MONTH",
        "BIRTH_DAY",
        "GENDER",
        "ETHNIC",
        "STREET_NO",
        "STREET",
        "APT",
        "CITY",
        "ZIP",
        "TEL",
        "EVENT",
        "EVENT_DATE",
        "TERM_MONTHS",
        "GRADE",
    ],
    id_column: 0,
    id_prefix: "PB-",
    delimiter: b'\t',
    encoding: Encoding::Utf8,
    crlf: false,
    mapping: include_str!("../../../../config/mappings/synth-probation.toml"),
    practice: Practice {
        initial_only: true,
        suffix: true,
        ssn: false,
        phone: true,
        address: true,
        city: true,
        race: true,
        marks: false,
        unidentified: false,
    },
    reuse: 300,
    rows,
    cells,
};

fn rows(life: &Life<'_>) -> Vec<Entry> {
    let mut rows = Vec::new();
    for (item, arrest) in life.history.arrests.iter().enumerate() {
        let Some(case) = arrest.case.as_ref().filter(|case| case.probation_months > 0) else {
            continue;
        };
        rows.push(Entry::new(case.disposed, item, 0));
        if mix(life.person.id ^ (item as u64) << 41).is_multiple_of(4) {
            rows.push(Entry::new(case.disposed.plus(90), item, 1));
        }
    }
    rows
}

fn cells(scene: &Scene<'_>) -> Vec<String> {
    let (snapshot, arrest) = (scene.snapshot, &scene.life.history.arrests[scene.entry.item]);
    let case = arrest.case.as_ref().expect("rows are made of grants only");
    let violation = scene.entry.part == 1;
    let day = if violation { case.disposed.plus(90) } else { case.disposed };
    let part = |value: fn((i32, u32, u32)) -> String| {
        snapshot.dob.map_or_else(String::new, |dob| value(dob.civil()))
    };
    vec![
        String::new(),
        (500_000 + snapshot.local).to_string(),
        snapshot.last.clone(),
        snapshot.first.clone(),
        snapshot.middle.clone(),
        snapshot.suffix.to_owned(),
        part(|(year, _, _)| year.to_string()),
        part(|(_, month, _)| month.to_string()),
        part(|(_, _, day)| day.to_string()),
        sex_letter(snapshot.sex, "X"),
        race_word(snapshot.race).to_owned(),
        digits(snapshot.house, 1),
        snapshot.street.clone(),
        if snapshot.unit > 0 { snapshot.unit.to_string() } else { String::new() },
        snapshot.city.to_owned(),
        digits(snapshot.zip, 5),
        phone_text(snapshot.phone, 2),
        if violation { "VIOLATION" } else { "GRANT" }.to_owned(),
        day.format(DateFormat::Us),
        case.probation_months.to_string(),
        if case.convicted_felony == Some(true) { "F" } else { "M" }.to_owned(),
    ]
}
