//! Court: a row per charge and extract; Windows-1252, semicolons, leading zeros lost.

use super::{Encoding, Entry, Layout, Life, Scene, date, digits, race_word, sex_letter};
use crate::clerk::Practice;
use crate::config::Source;
use crate::date::{DateFormat, Day};
use crate::history::Case;

/// First extract: everything filed up to this day, with the dispositions of that day (2020-06-30).
const FIRST_EXTRACT: Day = Day(18_443);
/// The second extract begins again half a year before (2020-01-01).
const SECOND_START: Day = Day(18_262);
/// Day of the second extract (2021-03-31).
const SECOND_EXTRACT: Day = Day(18_717);

pub(super) static LAYOUT: Layout = Layout {
    source: Source::Court,
    columns: &[
        "Case Number",
        "Last Name",
        "First Name",
        "Middle",
        "Sfx",
        "Date of Birth",
        "Sex",
        "Race",
        "SSN4",
        "Street Address",
        "City",
        "Zip",
        "Filed",
        "Arrest Date",
        "Count No",
        "Charge",
        "Severity Filed",
        "Counts",
        "Disp",
        "Disp Date",
        "Severity Convicted",
        "Sentence Days",
        "Probation Months",
        "Dept",
        "Sealed",
        "Extract Date",
        "Record Key",
    ],
    id_column: 26,
    id_prefix: "",
    delimiter: b';',
    encoding: Encoding::Windows1252,
    crlf: true,
    mapping: include_str!("../../../../config/mappings/synth-court.toml"),
    practice: Practice {
        initial_only: false,
        suffix: true,
        ssn: true,
        phone: false,
        address: true,
        city: true,
        race: true,
        marks: true,
        unidentified: false,
    },
    reuse: 150,
    rows,
    cells,
};

fn rows(life: &Life<'_>) -> Vec<Entry> {
    let mut rows = Vec::new();
    for (item, arrest) in life.history.arrests.iter().enumerate() {
        let Some(case) = &arrest.case else { continue };
        for (again, held) in
            [case.filed <= FIRST_EXTRACT, case.filed >= SECOND_START].into_iter().enumerate()
        {
            if !held {
                continue;
            }
            for part in 0..arrest.charges.len() {
                let entry = Entry::new(case.filed, item, part);
                let order = entry.order + 1_000_000 * i64::from(again > 0);
                rows.push(Entry { order, again, ..entry });
            }
        }
    }
    rows
}

fn cells(scene: &Scene<'_>) -> Vec<String> {
    let (snapshot, arrest) = (scene.snapshot, &scene.life.history.arrests[scene.entry.item]);
    let case: &Case = arrest.case.as_ref().expect("rows are made of cases only");
    let charge = &arrest.charges[scene.entry.part];
    let extract = if scene.entry.again == 0 { FIRST_EXTRACT } else { SECOND_EXTRACT };
    let disposed = case.disposed <= extract;
    let shown = |text: String| if disposed { text } else { String::new() };
    let convicted = match case.convicted_felony {
        Some(felony) if disposed => {
            if felony && charge.felony {
                "F"
            } else {
                "M"
            }
        }
        _ => "",
    };
    let number = scene.case_number();
    vec![
        // Typed in by hand in some years, without the prefix.
        if scene.style(5) == 0 { number.replace("CRI-", "") } else { number },
        snapshot.last.clone(),
        snapshot.first.clone(),
        snapshot.middle.clone(),
        snapshot.suffix.to_owned(),
        date(snapshot.dob, DateFormat::DayMonthName),
        sex_letter(snapshot.sex, "UNK"),
        race_word(snapshot.race).to_owned(),
        // The file went through a spreadsheet: 0042 has become 42.
        snapshot.ssn_last_four().map_or_else(String::new, |four| four.to_string()),
        snapshot.address_line(),
        snapshot.city.to_owned(),
        digits(snapshot.zip, 5),
        case.filed.format(DateFormat::DayMonthName),
        arrest.day.format(DateFormat::DayMonthName),
        (scene.entry.part + 1).to_string(),
        charge.statute().to_owned(),
        if case.felony && charge.felony { "F" } else { "M" }.to_owned(),
        charge.counts.to_string(),
        shown(case.disposition.to_owned()),
        shown(case.disposed.format(DateFormat::DayMonthName)),
        convicted.to_owned(),
        shown(case.sentence_days.to_string()),
        shown(case.probation_months.to_string()),
        case.department.to_string(),
        if case.sealed { "Y" } else { "" }.to_owned(),
        extract.format(DateFormat::DayMonthName),
        String::new(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extract_days_are_those_of_the_comments() {
        assert_eq!(FIRST_EXTRACT.iso(), "2020-06-30");
        assert_eq!(SECOND_START.iso(), "2020-01-01");
        assert_eq!(SECOND_EXTRACT.iso(), "2021-03-31");
    }
}
