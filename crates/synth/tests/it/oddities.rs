//! Each oddity of real exports is found in the files, by a reader who knows the truth.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use tallystick_synth::{Config, MemoryOutputs, Population, Source};

use crate::table::{Table, outputs, truth};

static CONFIG: LazyLock<Config> = LazyLock::new(|| Config {
    persons: 8000,
    seed: 17,
    sources: Source::ALL.to_vec(),
    tidy: true,
    ..Config::default()
});
static FILES: LazyLock<MemoryOutputs> = LazyLock::new(|| outputs(&CONFIG));
static TRUTH: LazyLock<BTreeMap<(String, String), u64>> = LazyLock::new(|| truth(&FILES));

fn export(source: Source) -> Table {
    Table::export(&FILES, source)
}

fn person(source: Source, row: &str) -> u64 {
    TRUTH[&(source.label().to_owned(), row.to_owned())]
}

fn bytes(source: Source) -> &'static [u8] {
    &FILES.files[&format!("{}.csv", source.label())]
}

/// Values of a column which belong to so many persons or more, and the values of one person.
fn shared(table: &Table, source: Source, id: &str, column: &str) -> usize {
    let mut persons: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
    for (row, value) in table.column(id).zip(table.column(column)) {
        if !value.is_empty() {
            persons.entry(value).or_default().insert(person(source, row));
        }
    }
    persons.values().filter(|persons| persons.len() > 1).count()
}

fn count(table: &Table, column: &str, wanted: impl Fn(&str) -> bool) -> usize {
    table.column(column).filter(|cell| wanted(cell)).count()
}

#[test]
fn aliases_have_rows_of_their_own() {
    let jail = export(Source::Jail);
    let aliases = count(&jail, "NameType", |kind| kind == "A");
    assert!(aliases * 100 > jail.rows.len() && aliases * 10 < jail.rows.len());
}

#[test]
fn names_are_swapped_now_and_then() {
    let people = Table::plain(&FILES.files["truth_persons.csv"]);
    let named: BTreeMap<u64, (&str, &str)> = people
        .column("person_id")
        .zip(people.column("first").zip(people.column("last")))
        .map(|(id, names)| (id.parse().unwrap(), names))
        .collect();
    let court = export(Source::Jail);
    let names = court.column("First").zip(court.column("Last"));
    let swapped = court.column("LineNo").zip(names).filter(|(row, (first, last))| {
        let (true_first, true_last) = named[&person(Source::Jail, row)];
        (*first, *last) == (true_last, true_first)
    });
    assert!(swapped.count() > 50);
}

#[test]
fn surnames_are_double_hyphenated_apostrophed_and_short_of_a_part() {
    let jail = export(Source::Jail);
    assert!(count(&jail, "Last", |last| last.contains('-')) > 50);
    assert!(count(&jail, "Last", |last| last.contains(' ') && last.len() > 9) > 100);
    assert!(count(&jail, "Last", |last| last.contains('\'')) > 10);
    let mut forms: BTreeMap<u64, BTreeSet<&str>> = BTreeMap::new();
    for (row, last) in jail.column("LineNo").zip(jail.column("Last")) {
        forms.entry(person(Source::Jail, row)).or_default().insert(last);
    }
    let short = forms.values().filter(|forms| {
        forms
            .iter()
            .any(|full| full.split_once(' ').is_some_and(|(first, _)| forms.contains(first)))
    });
    assert!(short.count() > 30);
}

#[test]
fn names_of_other_alphabets_are_spelt_in_several_ways() {
    let mut firsts: BTreeMap<u64, BTreeSet<String>> = BTreeMap::new();
    for source in Source::ALL {
        let tidy = Table::plain(&FILES.files[&format!("tidy/{}.csv", source.label())]);
        for (id, first) in tidy.column("entity_id").zip(tidy.column("first_name")) {
            firsts.entry(id.parse().unwrap()).or_default().insert(first.to_owned());
        }
    }
    let variants = [
        ("MOHAMMED", "MUHAMMAD"),
        ("DMITRIY", "DMITRY"),
        ("SERGEY", "SERGEI"),
        ("AHMED", "AHMAD"),
        ("ALEKSANDR", "ALEXANDER"),
        ("TARIQ", "TAREK"),
    ];
    let both = firsts
        .values()
        .filter(|names| variants.iter().any(|(a, b)| names.contains(*a) && names.contains(*b)));
    assert!(both.count() >= 2);
}

#[test]
fn dates_of_birth_are_missing_on_january_first_and_in_a_spreadsheets_numbers() {
    let police = export(Source::Police);
    let rows = police.rows.len();
    assert!(count(&police, "DOB", |dob| dob.starts_with("01/01/")) * 1000 > rows * 15);
    assert!(count(&police, "DOB", str::is_empty) * 1000 > rows * 8);
    let prosecutor = export(Source::Prosecutor);
    let serial = count(&prosecutor, "dob", |dob| dob.len() == 5 && !dob.contains('/'));
    let slashed = count(&prosecutor, "dob", |dob| dob.contains('/'));
    assert!(serial > slashed && slashed > 1000);
    assert!(count(&prosecutor, "dob", |dob| dob.starts_with("1/")) > 10, "no leading zeros");
}

#[test]
fn day_and_month_are_swapped_now_and_then() {
    let mut dates: BTreeMap<u64, BTreeSet<(String, String, String)>> = BTreeMap::new();
    let police = export(Source::Police);
    for (row, dob) in police.column("ROW_ID").zip(police.column("DOB")) {
        let mut parts = dob.split('/').map(str::to_owned);
        if let (Some(m), Some(d), Some(y)) = (parts.next(), parts.next(), parts.next()) {
            dates.entry(person(Source::Police, row)).or_default().insert((m, d, y));
        }
    }
    let swapped = dates.values().filter(|dates| {
        dates.iter().any(|(m, d, y)| m != d && dates.contains(&(d.clone(), m.clone(), y.clone())))
    });
    assert!(swapped.count() > 10);
}

#[test]
fn there_are_twins_and_juniors() {
    let population = Population::new(&CONFIG).unwrap();
    let (mut twins, mut juniors) = (0, 0);
    for biographies in (0..125).map(|block| population.biographies(block)) {
        for biography in &biographies {
            let person = &biography.person;
            if let Some(twin) = person.twin_of {
                let other = biographies.iter().find(|other| other.person.id == twin).unwrap();
                assert_eq!(other.person.born, person.born);
                assert_eq!(other.person.last, person.last);
                twins += 1;
            }
            if person.suffix == "JR" {
                let head = biographies.iter().find(|b| b.person.id == person.household).unwrap();
                assert_eq!((head.person.first, head.person.last), (person.first, person.last));
                assert!(head.person.born < person.born);
                juniors += 1;
            }
        }
    }
    assert!(twins > 30 && juniors > 30, "{twins} twins, {juniors} juniors");
    let police = export(Source::Police);
    assert!(count(&police, "SUSPECT", |name| name.contains(" JR, ")) > 20);
}

#[test]
fn fingerprint_numbers_are_wrong_or_merged_and_missing_after_citations() {
    let jail = export(Source::Jail);
    assert!(shared(&jail, Source::Jail, "LineNo", "CII") > 5, "merged files");
    let mut of_person: BTreeMap<u64, BTreeSet<&str>> = BTreeMap::new();
    for (row, cii) in jail.column("LineNo").zip(jail.column("CII")) {
        of_person.entry(person(Source::Jail, row)).or_default().insert(cii);
    }
    assert!(of_person.values().filter(|numbers| numbers.len() > 1).count() > 10, "wrong numbers");
    let police = export(Source::Police);
    let kinds = police.column("ARR_TYPE").zip(police.column("CII"));
    for (kind, cii) in kinds.filter(|(kind, _)| *kind == "CITE") {
        assert!(cii.is_empty(), "{kind}");
    }
}

#[test]
fn a_social_security_number_can_be_shared_and_a_local_number_doubled() {
    let jail = export(Source::Jail);
    assert!(shared(&jail, Source::Jail, "LineNo", "SSN") > 3);
    let mut jackets: BTreeMap<u64, BTreeSet<&str>> = BTreeMap::new();
    for (row, jacket) in jail.column("LineNo").zip(jail.column("Jacket")) {
        jackets.entry(person(Source::Jail, row)).or_default().insert(jacket);
    }
    assert!(jackets.values().filter(|jackets| jackets.len() == 2).count() > 50);
    assert!(jackets.values().all(|jackets| jackets.len() <= 2));
}

#[test]
fn placeholders_stand_for_names() {
    let police = export(Source::Police);
    assert!(count(&police, "SUSPECT", |name| name == "DOE, JOHN") > 5);
    assert!(count(&police, "SUSPECT", |name| name.contains("FNU")) > 5);
    assert!(count(&police, "SUSPECT", |name| name.starts_with("LNU")) > 3);
    assert!(count(&police, "SSN", |ssn| ssn == "999-99-9999") > 50);
}

#[test]
fn leading_zeros_are_lost() {
    let court = export(Source::Court);
    let short = count(&court, "SSN4", |four| !four.is_empty() && four.len() < 4);
    let long = count(&court, "SSN4", |four| four.len() == 4);
    assert!(short * 12 > long && short * 7 < long, "{short} of {long}");
    let prosecutor = export(Source::Prosecutor);
    assert!(count(&prosecutor, "cii", |cii| cii.len() == 7) > 100);
}

#[test]
fn files_differ_in_delimiter_encoding_and_line_ends() {
    let first_line = |source: Source| bytes(source).split(|byte| *byte == b'\n').next().unwrap();
    assert!(bytes(Source::Jail).starts_with(&[0xEF, 0xBB, 0xBF]));
    assert!(bytes(Source::Citations).starts_with(&[0xFF, 0xFE]));
    assert!(first_line(Source::Court).contains(&b';'));
    assert!(first_line(Source::Prosecutor).contains(&b'|'));
    assert!(first_line(Source::Probation).contains(&b'\t'));
    assert!(first_line(Source::Police).ends_with(b"\r"));
    assert!(!first_line(Source::Provider).ends_with(b"\r"));
    assert!(std::str::from_utf8(bytes(Source::Court)).is_err(), "Windows-1252, not UTF-8");
    let court = export(Source::Court);
    assert!(count(&court, "Last Name", |last| last == "GARCÍA") > 5);
    assert!(count(&export(Source::Provider), "LastName", |last| last == "García") > 3);
}

#[test]
fn fields_hold_line_breaks_and_quotes() {
    let prosecutor = export(Source::Prosecutor);
    assert!(count(&prosecutor, "list_of_booked_charges", |list| list.contains('\n')) > 1000);
    assert!(count(&export(Source::Police), "CHARGE_DESC", |text| text.contains('"')) > 100);
    assert!(count(&export(Source::Provider), "Note", |note| note.contains(";\n")) > 100);
}

#[test]
fn arrests_and_incidents_are_many_to_many() {
    let police = export(Source::Police);
    let mut incidents: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (arrest, incident) in police.column("ARREST_NO").zip(police.column("INCIDENT_NO")) {
        incidents.entry(arrest).or_default().insert(incident);
    }
    assert!(incidents.values().filter(|numbers| numbers.len() > 1).count() > 200);
    assert!(shared(&police, Source::Police, "ROW_ID", "INCIDENT_NO") > 20, "co-arrests");
}

#[test]
fn prosecutors_move_to_revoke_and_warrants_alone_lead_to_arrests() {
    let prosecutor = export(Source::Prosecutor);
    let mtr = prosecutor
        .column("da_action_taken")
        .zip(prosecutor.column("court_number"))
        .filter(|(action, _)| *action == "MTR");
    let numbers: Vec<_> = mtr.map(|(_, number)| number).collect();
    assert!(numbers.len() > 200 && numbers.iter().all(|number| number.is_empty()));
    let police = export(Source::Police);
    assert!(count(&police, "WARRANT", |warrant| warrant == "Y") > 200);
    assert!(count(&police, "ARR_TYPE", |kind| kind == "LEAD_DIVERT") > 200);
}

#[test]
fn extracts_overlap_and_the_later_one_has_late_dispositions() {
    let court = export(Source::Court);
    let (number, count_no) = (court.at("Case Number"), court.at("Count No"));
    let (extract, disposition) = (court.at("Extract Date"), court.at("Disp"));
    let mut seen: BTreeMap<(&str, &str), Vec<(&str, &str)>> = BTreeMap::new();
    for row in &court.rows {
        let key = (row[number].as_str(), row[count_no].as_str());
        seen.entry(key).or_default().push((&row[extract], &row[disposition]));
    }
    let twice: Vec<_> = seen.values().filter(|rows| rows.len() == 2).collect();
    assert!(twice.len() > 200);
    assert!(twice.iter().all(|rows| rows[0].0 == "30-Jun-2020" && rows[1].0 == "31-Mar-2021"));
    let late = twice.iter().filter(|rows| rows[0].1.is_empty() && !rows[1].1.is_empty());
    assert!(late.count() > 50);
    assert!(count(&court, "Disp", str::is_empty) > 20, "some are still open");
}

#[test]
fn cases_are_sealed_and_consents_revoked() {
    let court = export(Source::Court);
    let sealed = count(&court, "Sealed", |sealed| sealed == "Y");
    assert!(sealed * 100 > court.rows.len() && sealed * 25 < court.rows.len());
    let provider = export(Source::Provider);
    let revoked = count(&provider, "ConsentRevoked", |day| !day.is_empty());
    assert!(revoked * 50 > provider.rows.len() && revoked * 10 < provider.rows.len());
    assert!(count(&provider, "ConsentScope", |scope| scope == "CARE") > 100);
}

#[test]
fn people_without_homes_have_no_address_or_the_shelters() {
    let police = export(Source::Police);
    assert!(count(&police, "ADDRESS", |address| matches!(address, "TRANSIENT" | "HOMELESS")) > 500);
    let mut persons: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
    for (row, address) in police.column("ROW_ID").zip(police.column("ADDRESS")) {
        persons.entry(address).or_default().insert(person(Source::Police, row));
    }
    let crowded = persons.iter().filter(|(address, persons)| {
        address.starts_with(|c: char| c.is_ascii_digit()) && persons.len() > 50
    });
    assert_eq!(crowded.count(), 5, "the shelters");
}
