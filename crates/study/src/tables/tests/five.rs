//! A study of five people, worked out by hand.
//!
//! Person 0 is a client referred on day 1000 instead of being booked (incident `i0`); person 1 has an eligible
//! arrest on day 1000; person 2 only a warrant; person 3 was referred outside of the period; person 4 is as
//! person 1, but the sources end 100 days after the index day.

use tallystick_dataset::Missing;

use super::*;

/// Index day of person 4: 100 days before the end.
const LATE: i32 = 1_396;

fn made() -> Vec<Made> {
    vec![
        Made {
            source: "police",
            table: "arrest",
            persons: vec![0, 0, 0, 0, 1, 1, 1, 1, 2, 4],
            columns: vec![
                (
                    "date",
                    days(&[
                        INDEX,
                        INDEX - 10,
                        INDEX + 40,
                        INDEX + 40,
                        INDEX,
                        INDEX + 5,
                        INDEX + 182,
                        INDEX + 183,
                        INDEX + 1,
                        LATE,
                    ]),
                ),
                ("incident", text(&["i0", "i1", "i2", "i3", "i4", "i4", "i5", "i6", "i7", "i8"])),
                ("booking", text(&["b0", "b1", "b2", "", "b4", "b5", "b6", "b7", "b8", "b9"])),
                (
                    "type",
                    text(&[
                        "LEAD_DIVERT",
                        "BOOK",
                        "BOOK",
                        "CITE",
                        "CITE",
                        "BOOK",
                        "BOOK",
                        "BOOK",
                        "WARRANT",
                        "CITE",
                    ]),
                ),
                ("severity", text(&["M", "F", "M", "F", "M", "F", "F", "M", "M", "M"])),
                (
                    "statute",
                    text(&[
                        "HS 11350(a)",
                        "PC 459",
                        "PC 602",
                        "PC 459",
                        "HS 11350",
                        "PC 211",
                        "PC 211",
                        "PC 602",
                        "PC 602",
                        "HS 11350",
                    ]),
                ),
                ("district", text(&["2", "2", "3", "3", "6", "6", "6", "6", "1", "6"])),
                ("sex", text(&["F", "F", "M", "F", "M", "M", "M", "M", "F", ""])),
            ],
            ..Made::default()
        },
        Made {
            source: "da",
            table: "action",
            persons: vec![0, 1, 1],
            columns: vec![
                ("date", days(&[INDEX + 42, INDEX + 3, INDEX + 200])),
                ("action", text(&["FILED", "FILED", "MTR"])),
                ("arrest_date", days(&[INDEX + 40, INDEX, INDEX + 182])),
                ("incident", text(&["i2", "i4", "i5"])),
                ("court", text(&["c0", "c1", ""])),
            ],
            ..Made::default()
        },
        Made {
            source: "court",
            table: "case",
            // Two extracts of one count; the index case of person 1; a case by the day of its arrest.
            persons: vec![0, 0, 1, 1],
            columns: vec![
                ("filed", days(&[INDEX + 42, INDEX + 42, INDEX + 3, INDEX + 190])),
                ("court", text(&["c0", "c0", "c1", "c2"])),
                ("count", Values::Integer(vec![1, 1, 1, 1])),
                ("severity_filed", text(&["F", "F", "M", "F"])),
                ("disposition", text(&["", "GP", "GP", "ND"])),
                ("disposition_date", days(&[0, INDEX + 100, INDEX + 50, INDEX + 250])),
                ("severity_convicted", text(&["", "M", "M", ""])),
                ("extract_date", days(&[INDEX + 60, INDEX + 300, INDEX + 300, INDEX + 300])),
                ("arrest_date", days(&[INDEX + 40, INDEX + 40, INDEX, INDEX + 183])),
                ("sentence_days", Values::Integer(vec![INTEGER_MISSING, 30, 5, INTEGER_MISSING])),
            ],
            ..Made::default()
        },
        Made {
            source: "jail",
            table: "jail",
            persons: vec![0, 0, 1, 1],
            columns: vec![
                ("booked", days(&[INDEX + 40, INDEX + 45, INDEX + 5, INDEX + 182])),
                ("released", days(&[INDEX + 50, INDEX + 60, INDEX + 8, 0])),
                ("booking", text(&["b2", "b20", "b5", "b6"])),
                ("court", text(&["c0", "", "", ""])),
            ],
            ..Made::default()
        },
        Made {
            source: "provider",
            table: "client",
            persons: vec![0, 0, 3],
            columns: vec![
                ("date", days(&[INDEX, INDEX, 10])),
                ("pathway", text(&["PREBOOK", "PREBOOK", "SOCIAL"])),
                ("incident", text(&["i0", "", ""])),
                ("intake_date", days(&[INDEX + 12, INDEX + 12, 0])),
                ("exit_date", days(&[0, INDEX + 80, 0])),
            ],
            ..Made::default()
        },
        Made {
            source: "provider",
            table: "visit",
            persons: vec![0, 0, 0],
            columns: vec![
                ("date", days(&[INDEX + 12, INDEX + 30, INDEX + 30])),
                ("category", text(&["INTAKE", "SUD", "HOUSING"])),
                ("part2", Values::Flag(vec![0, 1, FLAG_MISSING])),
            ],
            ..Made::default()
        },
    ]
}

fn tables() -> StudyTables {
    tables_of(STUDY, &made())
}

#[test]
fn arms_are_taken_in_order_and_the_rest_is_left_out() {
    let tables = tables();
    let person = table(&tables, "person");
    let columns = ["arm", "pathway", "index_quarter", "index_district", "index_offense_grp", "sex"];
    assert_eq!(
        shown(person, &columns),
        ["POOL  1972Q3 6 drug M", "LEAD PREBOOK 1972Q3 2 drug F", "POOL  1973Q4 6 drug ",]
    );
    assert_eq!(tables.persons, [1, 0, 4]);
}

#[test]
fn the_flow_says_where_everybody_went() {
    let flow: Vec<String> = tables()
        .flow
        .iter()
        .map(|step| {
            format!("{} {}: {}", step.arm.as_deref().unwrap_or("-"), step.label, step.persons)
        })
        .collect();
    assert_eq!(
        flow,
        [
            "- linked persons: 5",
            "LEAD with a referral: 2",
            "LEAD within the period: 1",
            "LEAD by a pathway of the arm: 1",
            "POOL not in an arm above: 4",
            "POOL with an arrest: 3",
            "POOL within the period: 3",
            "POOL arrest eligible: type, offence, district: 2",
            "POOL never referred: 2",
            "LEAD in the study: 1",
            "POOL in the study: 2",
            "LEAD observed for all of POST182: 1",
            "POOL observed for all of POST182: 1",
            "LEAD observed for all of POST365: 1",
            "POOL observed for all of POST365: 1",
        ]
    );
}

#[test]
fn invariant_4_the_index_incident_never_counts_as_outcome() {
    let tables = tables();
    let windows = table(&tables, "person_window");
    let columns = ["window", "n_fel_arr", "n_misd_arr", "n_fel_case", "n_misd_case", "n_conv"];
    // Person 1: booked again on day 5 for the incident of the index day, and its case c1 was filed on
    // day 3: neither counts. The arrest of day 182 is in both windows, that of day 183 in one.
    assert_eq!(
        shown(windows, &columns)[..6],
        [
            "PRE365 0 0 0 0 0",
            "POST182 1 0 0 0 0",
            "POST365 1 1 1 0 0",
            // Person 0: two rows of day 40, the one without a booking number joins the other.
            "PRE365 1 0 0 0 0",
            "POST182 1 0 1 0 1",
            "POST365 1 0 1 0 1",
        ]
    );
    let arrest = table(&tables, "arrest");
    assert_eq!(
        shown(arrest, &["rel_day", "index_event", "outcome", "severity_arrest", "n_charges"]),
        [
            "0 1 0 M 1",
            "5 1 0 F 1",
            "182 0 1 F 1",
            "183 0 1 M 1",
            "-10 0 1 F 1",
            "0 1 0 M 1",
            "40 0 1 F 2",
            "0 1 0 M 1",
        ]
    );
}

#[test]
fn invariant_3_what_is_not_covered_is_missing_and_never_0() {
    let tables = tables();
    let windows = table(&tables, "person_window");
    let columns = ["window", "n_fel_arr", "n_fel_case", "jail_days", "days_at_risk", "observed"];
    assert_eq!(
        shown(windows, &columns)[6..],
        ["PRE365 0 0 0 365 1", "POST182 .b .b .b .b 0", "POST365 .b .b .b .b 0"]
    );
    let person = table(&tables, "person");
    let columns = ["followup_days_police", "followup_days_da", "full_fu_182", "full_fu_365"];
    assert_eq!(shown(person, &columns), ["496 826 1 1", "496 826 1 1", "100 430 0 0"]);
    // A kind of record that nobody sends is not collected.
    let without =
        STUDY.replace("  { kind = \"jail\", source = \"jail\", table = \"jail\" },\n", "");
    let tables = tables_of(&without, &made());
    let windows = table(&tables, "person_window");
    assert_eq!(shown(windows, &["jail_days", "days_at_risk", "observed"])[0], ".a .a 1");
}

#[test]
fn custody_is_taken_off_the_days_at_risk_and_open_stays_last_to_the_end() {
    let tables = tables();
    let windows = table(&tables, "person_window");
    // Person 0: day 40 to 60 in two stays that overlap. Person 1: days 5 to 8 belong to the index
    // incident, from day 182 on there is no release.
    assert_eq!(
        shown(windows, &["window", "jail_days", "custody_days", "days_at_risk"])[..6],
        [
            "PRE365 0 0 365",
            "POST182 1 4 178",
            "POST365 184 187 178",
            "PRE365 0 0 365",
            "POST182 20 20 162",
            "POST365 20 20 345",
        ]
    );
}

#[test]
fn a_later_extract_fills_what_an_earlier_one_left_open() {
    let tables = tables();
    let case = table(&tables, "case");
    let columns = ["rel_day", "severity_filed", "n_counts", "disp_rel_day", "disp_cd", "convicted"];
    assert_eq!(shown(case, &columns), ["3 M 1 50 GP 1", "190 F 1 250 ND 0", "42 F 1 100 GP 1"]);
    // A felony that ended as a misdemeanour keeps both.
    let columns = ["severity_filed", "severity_convicted", "sentence_days", "index_event"];
    assert_eq!(shown(case, &columns), ["M M 5 1", "F   0", "F M 30 0"]);
}

#[test]
fn invariant_2_events_sum_to_the_windows_counts() {
    let tables = tables();
    let (arrest, case) = (table(&tables, "arrest"), table(&tables, "case"));
    let windows = table(&tables, "person_window");
    let spans = [("PRE365", -365..=-1), ("POST182", 1..=182), ("POST365", 1..=365)];
    let number = |text: &str| text.parse::<i32>().unwrap();
    for row in shown(windows, &["study_id", "window", "n_fel_arr", "n_misd_arr", "n_fel_case"]) {
        let cells: Vec<&str> = row.split(' ').collect();
        if cells[2] == ".b" {
            continue;
        }
        let span = &spans.iter().find(|(name, _)| *name == cells[1]).unwrap().1;
        let arrests = shown(arrest, &["study_id", "rel_day", "severity_arrest", "outcome"]);
        let of = |severity: &str| {
            let is_counted = |row: &&String| {
                let row: Vec<&str> = row.split(' ').collect();
                row[0] == cells[0] && span.contains(&number(row[1])) && row[2..] == [severity, "1"]
            };
            arrests.iter().filter(is_counted).count()
        };
        let cases = shown(case, &["study_id", "rel_day", "severity_filed", "index_event"]);
        let felonies = cases.iter().filter(|row| {
            let row: Vec<&str> = row.split(' ').collect();
            row[0] == cells[0] && span.contains(&number(row[1])) && row[2..] == ["F", "0"]
        });
        let found = [of("F"), of("M"), felonies.count()];
        assert_eq!(found.map(|count| count.to_string()), cells[2..5], "{}", cells[1]);
    }
}

#[test]
fn months_have_contacts_and_enrolment() {
    let tables = tables();
    let months = table(&tables, "person_month");
    // Months -2 to 3 of person 0, the second by study id; exit on day 80 is in month 2.
    assert_eq!(
        shown(months, &["month", "n_fel_arr", "contacts", "enrolled", "in_custody_days"])[6..12],
        ["-2 0 0 0 0", "-1 1 0 0 0", "0 0 1 1 0", "1 1 2 1 20", "2 0 0 1 0", "3 0 0 0 0"]
    );
}

#[test]
fn part_2_records_keep_the_month_only() {
    let tables = tables();
    let service = table(&tables, "service");
    // Where nothing says that a record is not under Part 2, it is.
    assert_eq!(
        shown(service, &["rel_day", "rel_month", "category", "part2"]),
        ["12 0 INTAKE 0", ".c 1 .c 1", ".c 1 .c 1"]
    );
    assert_eq!(service.column("category").unwrap().values.missing(1), Some(Missing::Suppressed));
}

#[test]
fn incidents_arrests_and_cases_are_joined_with_what_says_so() {
    let tables = tables();
    let arrest = shown(table(&tables, "arrest"), &["arrest_id", "rel_day"]);
    assert_eq!(arrest[2], "3 182");
    let xref = table(&tables, "xref_incident_arrest_case");
    // Person 1: incident 1 is of arrests 1 and 2; case by the prosecutor's row. Arrest 4 by its day.
    let rows = shown(xref, &["arrest_id", "case_pid", "basis"]);
    assert_eq!(rows[..4], ["1 1 da_action", "2  arrest", "3  arrest", "4 3 arrest_day"]);
}

#[test]
fn invariant_5_the_order_of_rows_does_not_matter() {
    let mut turned = made();
    for it in &mut turned {
        let order: Vec<u32> = (0..u32::try_from(it.persons.len()).unwrap()).rev().collect();
        it.persons.reverse();
        it.columns.iter_mut().for_each(|(_, values)| values.reorder(&order));
    }
    turned.reverse();
    let (one, other) = (tables(), tables_of(STUDY, &turned));
    for (a, b) in one.tables.iter().zip(&other.tables) {
        let names: Vec<&str> = a.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(shown(a, &names), shown(b, &names), "{}", a.name);
    }
}

#[test]
fn columns_that_are_not_there_are_named() {
    let found = |from: &str, to: &str| {
        let study = Study::parse(&STUDY.replacen(from, to, 1)).unwrap();
        let inputs = Inputs {
            person_count: 5,
            tables: Vec::new(),
            study_ids: &[],
            links: Vec::new(),
            link_permille_min: &[],
            flagged: &[],
            strict_counts: &[],
            loose: &[],
        };
        build(&study, &inputs).unwrap_err().to_string()
    };
    assert_eq!(found("x", "x"), "study, record 1: source police has no table arrest");
    let study = STUDY.replacen(
        "table = \"arrest\" }",
        "table = \"arrest\", columns = { officer = \"badge\" } }",
        1,
    );
    let made = made();
    let tables: Vec<RecordTable<'_>> = made.iter().map(Made::input).collect();
    let inputs = Inputs {
        person_count: 5,
        tables,
        study_ids: &[1, 2, 3, 4, 5],
        links: Vec::new(),
        link_permille_min: &[1000; 5],
        flagged: &[false; 5],
        strict_counts: &[1; 5],
        loose: &[0, 1, 2, 3, 4],
    };
    let error = build(&Study::parse(&study).unwrap(), &inputs).unwrap_err();
    assert_eq!(
        error.to_string(),
        "study, record 1, officer: table arrest of police has no column badge"
    );
}
