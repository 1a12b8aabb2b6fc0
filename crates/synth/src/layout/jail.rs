//! Jail: a row per charge booked and one per alias; byte order mark, dates with times.

use super::{Encoding, Entry, Layout, Life, Scene, date, digits, flag, race_word, sex_letter};
use crate::clerk::Practice;
use crate::config::Source;
use crate::date::DateFormat;
use crate::history::ArrestKind;
use crate::number::mix;

pub(super) static LAYOUT: Layout = Layout {
    source: Source::Jail,
    columns: &[
        "LineNo",
        "BookingNo",
        "NameType",
        "Last",
        "First",
        "Mid",
        "Suffix",
        "DOB",
        "Race",
        "Sex",
        "SSN",
        "Jacket",
        "CII",
        "Address",
        "City",
        "State",
        "Zip",
        "BookDate",
        "RelDate",
        "RelReason",
        "CourtNo",
        "ChargeCode",
        "Sev",
        "Warrant",
    ],
    id_column: 0,
    id_prefix: "J",
    delimiter: b',',
    encoding: Encoding::Utf8Mark,
    crlf: false,
    mapping: include_str!("../../../../config/mappings/synth-jail.toml"),
    practice: Practice {
        initial_only: false,
        suffix: true,
        ssn: true,
        phone: false,
        address: true,
        city: true,
        race: true,
        marks: false,
        unidentified: true,
    },
    reuse: 400,
    rows,
    cells,
};

fn rows(life: &Life<'_>) -> Vec<Entry> {
    let mut rows = Vec::new();
    for (item, arrest) in life.history.arrests.iter().enumerate() {
        if arrest.custody_days.is_none() {
            continue;
        }
        for part in 0..arrest.charges.len() {
            rows.push(Entry::new(arrest.day, item, part));
        }
        if mix(life.person.id ^ (item as u64) << 40).is_multiple_of(20) {
            rows.push(Entry { alias: true, ..Entry::new(arrest.day, item, 0) });
        }
    }
    rows
}

fn cells(scene: &Scene<'_>) -> Vec<String> {
    let (snapshot, arrest) = (scene.snapshot, &scene.life.history.arrests[scene.entry.item]);
    let charge = &arrest.charges[scene.entry.part];
    let days = arrest.custody_days.expect("rows are made of bookings only");
    let clock = scene.style(1440);
    let time = format!(" {:02}:{:02}", clock / 60, clock % 60);
    let reason = match (days, arrest.case.is_some()) {
        (0..=2, _) => "OWN RECOGNIZANCE",
        (_, true) => "SENTENCE SERVED",
        _ => "CHARGES DROPPED",
    };
    vec![
        String::new(),
        format!("{:08}", scene.event_number(&scene.numbers.bookings)),
        if scene.entry.alias { "A" } else { "P" }.to_owned(),
        snapshot.last.clone(),
        snapshot.first.clone(),
        snapshot.middle.clone(),
        snapshot.suffix.to_owned(),
        date(snapshot.dob, DateFormat::Us),
        race_word(snapshot.race).to_owned(),
        sex_letter(snapshot.sex, "U"),
        snapshot.ssn.map_or_else(String::new, |ssn| format!("{ssn:09}")),
        format!("{:07}", snapshot.local),
        format!("A{:08}", 1_000_000 + snapshot.cii),
        snapshot.address_line(),
        snapshot.city.to_owned(),
        if snapshot.city.is_empty() { "" } else { "CA" }.to_owned(),
        digits(snapshot.zip, 5),
        arrest.day.format(DateFormat::Us) + &time,
        arrest.day.plus(days).format(DateFormat::Us) + &time,
        reason.to_owned(),
        if arrest.case.is_some() { scene.case_number() } else { String::new() },
        charge.statute().to_owned(),
        charge.severity().to_owned(),
        flag(arrest.kind == ArrestKind::Warrant).to_owned(),
    ]
}
