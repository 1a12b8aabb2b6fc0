//! The same members under the strict and the loose linkage.

use proptest::prelude::*;

use super::*;

/// Person 0 has an index arrest and a later felony, which strict gives to another; person 1 is in the study
/// too, and loose joins it with person 2, who is not.
fn three_people() -> StudyTables {
    let arrests = [
        "0 0 +0 b0 CITE M",
        "0 0 +10 b1 BOOK F",
        "0 3 +20 b2 BOOK F",
        "1 1 +0 b3 CITE M",
        "2 2 9 b4 BOOK M",
        "2 2 +30 b5 WARRANT F",
    ];
    let stays = ["0 3 +20 +24 b2", "0 0 +22 +30 .", "2 2 +40 +50 ."];
    let cases = ["0 0 +15 c0 F", "2 2 +45 c1 M"];
    let made = vec![
        written("police", "arrest", "person strict date booking type severity", &arrests),
        written("jail", "jail", "person strict booked released booking", &stays),
        written("court", "case", "person strict filed court severity_filed", &cases),
    ];
    // Nobody was arrested in the period but persons 0 and 1: person 2's is for a warrant.
    study_of(STUDY, made, &[7, 5, 5])
}

const COUNTS: [&str; 7] = [
    "window",
    "n_fel_arr",
    "n_warrant_arr",
    "n_fel_case",
    "n_misd_case",
    "jail_days",
    "days_at_risk",
];

#[test]
fn strict_counts_the_events_of_the_person_that_holds_the_index_event() {
    let tables = three_people();
    let main = shown(table(&tables, "person_window"), &COUNTS);
    let strict = shown(table(&tables, "person_window_strict"), &COUNTS);
    assert_eq!(main[1], "POST182 2 0 1 0 10 172");
    assert_eq!(strict[1], "POST182 1 0 1 0 8 174");
    // Person 1 is one person in strict.
    assert_eq!(strict[3..], main[3..]);
}

#[test]
fn loose_counts_the_events_of_all_whom_it_joins() {
    let tables = three_people();
    let main = shown(table(&tables, "person_window"), &COUNTS);
    let loose = shown(table(&tables, "person_window_loose"), &COUNTS);
    assert_eq!(main[4], "POST182 0 0 0 0 0 182");
    assert_eq!(loose[4], "POST182 0 1 0 1 10 172");
    assert_eq!(loose[..3], main[..3]);
}

#[test]
fn link_variants_tell_what_was_split_and_joined() {
    let tables = three_people();
    let links = table(&tables, "link_variants");
    let columns = ["n_strict", "strict_share", "loose_group_pid", "n_loose", "n_loose_persons"];
    // Four of person 0's six rows are of the strict person with the index arrest.
    assert_eq!(shown(links, &columns), ["2 0.666 1 1 1", "1 1.000 2 1 2"]);
    let ids = |name| shown(table(&tables, name), &["study_id"]);
    assert_eq!(ids("person_window_strict"), ids("person_window"));
    assert_eq!(ids("person_window_loose"), ids("person_window"));
    assert_eq!(ids("link_variants"), ids("person"));
}

#[test]
fn of_several_strict_persons_the_one_with_most_rows_of_the_index_event_counts_then_the_least() {
    let of = |rows: &[&str]| {
        let names = "person strict date booking type severity";
        let tables = study_of(STUDY, vec![written("police", "arrest", names, rows)], &[0]);
        shown(table(&tables, "person_window_strict"), &["n_fel_arr", "n_misd_arr"])[1].clone()
    };
    let later = ["0 4 +10 b1 BOOK F", "0 9 +20 b2 BOOK M"];
    let one = "0 9 +0 b0 CITE M";
    let other = "0 4 +0 b0 BOOK F";
    assert_eq!(of(&[one, other, later[0], later[1]]), "1 0");
    assert_eq!(of(&[one, "0 9 +0 b0 CITE F", other, later[0], later[1]]), "0 1");
}

#[test]
fn what_belongs_to_the_index_event_is_decided_by_the_main_linkage() {
    // Booked on day 5 for the incident of the index day; loose joins another's arrest of that incident.
    let arrests =
        ["0 +0 b0 i0 CITE M", "0 +5 b1 i0 BOOK F", "1 +6 b2 i0 BOOK F", "1 +7 b3 i1 BOOK F"];
    let names = "person date booking incident type severity";
    let tables = study_of(STUDY, vec![written("police", "arrest", names, &arrests)], &[0, 0]);
    let counts = |name| shown(table(&tables, name), &["window", "n_fel_arr"])[1].clone();
    assert_eq!(counts("person_window"), "POST182 0");
    assert_eq!(counts("person_window_loose"), "POST182 1");
}

/// A row: main person, which of its strict persons, days from the index day, kind, days in jail.
type Row = (u32, u32, i32, usize, i32);

/// Tables of an index arrest for each person, and of rows each of which has numbers of its own.
fn random(persons: u32, rows: &[Row], merge_all: bool) -> Vec<Made> {
    let who =
        |person: u32, part: u32| format!("{person} {}", person * 10 + part * u32::from(!merge_all));
    let mut arrests: Vec<String> =
        (0..persons).map(|person| format!("{} +0 x{person} CITE M 0", who(person, 0))).collect();
    let (mut cases, mut stays) = (Vec::new(), Vec::new());
    for (number, (person, part, day, kind, length)) in rows.iter().enumerate() {
        let who = who(*person, *part);
        let severity = ["F", "M"][kind % 2];
        match kind % 4 {
            0 => arrests.push(format!("{who} {day:+} b{number} BOOK {severity} {}", kind / 4)),
            1 => arrests.push(format!("{who} {day:+} b{number} CITE {severity} 0")),
            2 => cases.push(format!("{who} {day:+} c{number} F GP {:+}", day + length)),
            _ => stays.push(format!("{who} {day:+} {:+} s{number}", day + length)),
        }
    }
    vec![
        written("police", "arrest", "person strict date booking type severity warrant", &arrests),
        written(
            "court",
            "case",
            "person strict filed court severity_filed disposition disposition_date",
            &cases,
        ),
        written("jail", "jail", "person strict booked released booking", &stays),
    ]
}

fn numbers(table: &Table, name: &str) -> Vec<i64> {
    match &table.column(name).unwrap().values {
        Values::Integer(cells) => cells.clone(),
        _ => unreachable!("counts are whole numbers"),
    }
}

const NEVER_LESS: [&str; 9] = [
    "n_fel_arr",
    "n_misd_arr",
    "n_nonwarrant_arr",
    "n_warrant_arr",
    "n_fel_case",
    "n_misd_case",
    "n_conv",
    "jail_days",
    "custody_days",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Where no two persons share the number of a booking or case, so that no two events become one,
    /// whoever has more events has no fewer of any kind: strict <= main <= loose, and the days at risk
    /// the other way round. What is missing is missing in all three.
    #[test]
    fn invariant_6_strict_counts_no_more_than_main_and_main_no_more_than_loose(
        rows in prop::collection::vec((0..6u32, 0..3u32, -400..400i32, 0..8usize, 0..90i32), 0..40),
        loose in prop::collection::vec(0..4u32, 6),
    ) {
        let tables = study_of(STUDY, random(6, &rows, false), &loose);
        let [strict, main, more] = ["person_window_strict", "person_window", "person_window_loose"]
            .map(|name| table(&tables, name));
        for name in NEVER_LESS {
            let [strict, main, more] = [strict, main, more].map(|it| numbers(it, name));
            let ascend = |place: usize| strict[place] <= main[place] && main[place] <= more[place];
            prop_assert!((0..main.len()).all(ascend), "{}", name);
        }
        let [strict, main, more] = [strict, main, more].map(|it| numbers(it, "days_at_risk"));
        prop_assert!((0..main.len()).all(|at| strict[at] >= main[at] && main[at] >= more[at]));
    }

    /// Linkages that agree have the same outcomes, cell by cell.
    #[test]
    fn invariant_6_where_the_linkages_agree_the_three_tables_are_one(
        rows in prop::collection::vec((0..4u32, 0..3u32, -400..400i32, 0..8usize, 0..90i32), 0..30),
    ) {
        let tables = study_of(STUDY, random(4, &rows, true), &[3, 1, 2, 0]);
        let main = table(&tables, "person_window");
        let names: Vec<&str> = main.columns.iter().map(|column| column.name.as_str()).collect();
        for name in ["person_window_strict", "person_window_loose"] {
            prop_assert_eq!(shown(table(&tables, name), &names), shown(main, &names));
        }
    }

    /// As if the other linkage had been the main one: the loose table is the main table of the joined
    /// persons, where only one of them is in the study.
    #[test]
    fn invariant_6_loose_is_what_main_would_be_with_the_persons_joined(
        rows in prop::collection::vec((0..2u32, 0..1u32, 1..400i32, 0..8usize, 0..90i32), 0..30),
    ) {
        let mut joined = random(1, &rows, true);
        let mut apart = random(1, &rows, true);
        for made in &mut apart {
            made.strict = made.persons.clone();
        }
        for made in &mut joined {
            made.strict = vec![0; made.persons.len()];
            made.persons = vec![0; made.persons.len()];
        }
        // Person 1 was referred before the period, so that it is in no arm.
        apart.push(written("provider", "client", "person date", &["1 10"]));
        let (apart, joined) =
            (study_of(STUDY, apart, &[0, 0]), study_of(STUDY, joined, &[0]));
        let loose = table(&apart, "person_window_loose");
        let names: Vec<&str> = loose.columns.iter().map(|column| column.name.as_str()).collect();
        prop_assert_eq!(shown(loose, &names), shown(table(&joined, "person_window"), &names));
    }
}
