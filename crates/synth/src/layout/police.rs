//! Police arrests and citations: a row per charge and incident, the name in one column.

use super::{
    Encoding, Entry, Layout, Life, Scene, date, digits, flag, join, phone_text, race_letter,
    sex_letter, ssn_dashed,
};
use crate::clerk::Practice;
use crate::config::Source;
use crate::date::DateFormat;
use crate::history::ArrestKind;

pub(super) static LAYOUT: Layout = Layout {
    source: Source::Police,
    columns: &[
        "ROW_ID",
        "INCIDENT_NO",
        "ARREST_NO",
        "SUSPECT",
        "DOB",
        "SEX",
        "RACE",
        "SSN",
        "SFNO",
        "CII",
        "PHONE",
        "ADDRESS",
        "CITY",
        "ZIP",
        "ARREST_DATE",
        "ARR_TYPE",
        "CHARGE",
        "CHARGE_DESC",
        "F_M",
        "CNT",
        "WARRANT",
        "DISTRICT",
        "OFFICER",
    ],
    id_column: 0,
    id_prefix: "P",
    delimiter: b',',
    encoding: Encoding::Utf8,
    crlf: true,
    mapping: include_str!("../../../../config/mappings/synth-police.toml"),
    practice: Practice {
        initial_only: false,
        suffix: true,
        ssn: true,
        phone: true,
        address: true,
        city: true,
        race: true,
        marks: false,
        unidentified: true,
    },
    reuse: 300,
    rows,
    cells,
};

fn rows(life: &Life<'_>) -> Vec<Entry> {
    let mut rows = Vec::new();
    for (item, arrest) in life.history.arrests.iter().enumerate().filter(|(_, a)| a.local) {
        for part in 0..arrest.charges.len() {
            rows.push(Entry::new(arrest.day, item, part));
        }
        if arrest.second_incident {
            rows.push(Entry { again: 1, ..Entry::new(arrest.day, item, 0) });
        }
    }
    rows
}

fn cells(scene: &Scene<'_>) -> Vec<String> {
    let (snapshot, arrest) = (scene.snapshot, &scene.life.history.arrests[scene.entry.item]);
    let charge = &arrest.charges[scene.entry.part];
    let printed = matches!(arrest.kind, ArrestKind::Booked | ArrestKind::Warrant);
    let kind = match arrest.kind {
        ArrestKind::Booked => "BOOK",
        ArrestKind::Cited => "CITE",
        ArrestKind::Diverted => "LEAD_DIVERT",
        ArrestKind::Warrant => "WARRANT",
    };
    let ssn = match snapshot.ssn {
        Some(ssn) => ssn_dashed(ssn),
        None if scene.style(12) == 0 => "999-99-9999".to_owned(),
        None => String::new(),
    };
    vec![
        String::new(),
        scene.incident(),
        format!("{:08}", scene.event_number(&scene.numbers.bookings)),
        format!(
            "{}, {}",
            join(&[&snapshot.last, snapshot.suffix]),
            join(&[&snapshot.first, &snapshot.middle])
        ),
        date(snapshot.dob, DateFormat::Us),
        sex_letter(snapshot.sex, "U"),
        race_letter(snapshot.race).to_owned(),
        ssn,
        if printed { format!("{}", 100_000 + snapshot.local) } else { String::new() },
        if printed { format!("A{:08}", 1_000_000 + snapshot.cii) } else { String::new() },
        phone_text(snapshot.phone, scene.style(4)),
        snapshot.address_line(),
        snapshot.city.to_owned(),
        digits(snapshot.zip, 5),
        arrest.day.format(DateFormat::Us),
        kind.to_owned(),
        charge.statute().to_owned(),
        charge.description().to_owned(),
        charge.severity().to_owned(),
        charge.counts.to_string(),
        flag(arrest.kind == ArrestKind::Warrant).to_owned(),
        arrest.district.to_string(),
        arrest.officer.to_string(),
    ]
}
