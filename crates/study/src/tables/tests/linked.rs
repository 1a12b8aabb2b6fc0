//! What belongs to what, and what rows say of a person: mistakes that were found, one small case each.

use super::*;

const ARREST: &str = "person date booking incident type severity";
const ACTION: &str = "person date action arrest_date incident court";

fn actions(arrests: &[&str], actions: &[&str]) -> StudyTables {
    let made = vec![
        written("police", "arrest", ARREST, arrests),
        written("da", "action", ACTION, actions),
    ];
    study_of(STUDY, made, &[0])
}

#[test]
fn an_action_of_another_incident_is_not_joined_to_the_arrest_of_its_day() {
    let arrests = ["0 +0 b0 i0 CITE M", "0 +9 b1 i1 BOOK F", "0 +20 b2 . BOOK F"];
    let rows = [
        "0 +10 DISCHARGED +9 elsewhere .",
        "0 +11 DISCHARGED +9 . .",
        // The arrest has no incident that could differ.
        "0 +21 DISCHARGED +20 i2 .",
    ];
    let tables = actions(&arrests, &rows);
    let columns = ["rel_day", "arrest_id"];
    assert_eq!(shown(table(&tables, "da_action"), &columns), ["10 ", "11 2", "21 3"]);
}

#[test]
fn of_several_arrests_of_an_incident_the_one_of_the_named_day_is_meant() {
    let arrests = ["0 +0 b0 i0 CITE M", "0 +9 b1 i1 BOOK F", "0 +15 b2 i1 BOOK F"];
    let tables = actions(&arrests, &["0 +16 FILED +15 i1 c1", "0 +17 FILED +14 i1 c2"]);
    assert_eq!(shown(table(&tables, "da_action"), &["rel_day", "arrest_id"]), ["16 3", "17 2"]);
}

#[test]
fn the_crosswalk_has_nothing_of_days_outside_of_the_events() {
    // More than 730 days before the index day, and of no arrest that is in the table.
    let rows = ["0 -900 FILED -905 far c1", "0 +10 FILED +9 near c2"];
    let tables = actions(&["0 +0 b0 i0 CITE M"], &rows);
    let xref = table(&tables, "xref_incident_arrest_case");
    let incidents = shown(xref, &["arrest_id", "basis"]);
    assert_eq!(incidents, ["1 arrest", " da_action"]);
}

#[test]
fn rows_of_part_2_stand_after_the_others_of_their_month() {
    let visits = ["0 +12 HOUSING 0", "0 +13 SUD 1", "0 +14 CASE_MGMT 0", "0 +13 MH 1"];
    let made = vec![
        written("police", "arrest", "person date type", &["0 +0 BOOK"]),
        written("provider", "visit", "person date category part2", &visits),
    ];
    let tables = study_of(STUDY, made, &[0]);
    assert_eq!(
        shown(table(&tables, "service"), &["rel_day", "rel_month", "category"]),
        ["12 0 HOUSING", "14 0 CASE MGMT", ".c 0 .c", ".c 0 .c"]
    );
}

/// The provider's table of encounters is bound as referrals, too.
fn bound_twice() -> String {
    let one = "{ kind = \"referral\", source = \"provider\", table = \"client\" }";
    let other = "{ kind = \"referral\", source = \"provider\", table = \"visit\", \
                 columns = { date = \"referral_date\", recorded = \"date\" } }";
    assert!(STUDY.contains(one));
    STUDY.replacen(one, other, 1)
}

#[test]
fn a_table_that_is_bound_twice_speaks_once_of_a_person_and_on_the_day_of_its_rows() {
    let names = "person date referral_date sex age_band";
    let visits = [
        // Referred on the index day, seen years later: the age is of the day on which it was told.
        format!("0 +400 {INDEX} F 35-44"),
        format!("0 +410 {INDEX} F 35-44"),
    ];
    let visits = written_with_days("provider", "visit", names, &visits);
    let rows = ["0 -3 BOOK M 25-34", "0 -4 BOOK M 25-34", "0 -5 BOOK M 25-34"];
    let made = vec![written("police", "arrest", "person date type sex age_band", &rows), visits];
    let tables = study_of(&bound_twice(), made, &[0]);
    assert_eq!(shown(table(&tables, "person"), &["arm", "sex", "age_band"]), ["LEAD M 25-34"]);
}

#[test]
fn what_a_referral_says_is_what_was_recorded_first() {
    let names = "person date referral_date housing";
    // Of the alphabet the first would be HOUSED.
    let visits = [format!("0 +90 {INDEX} HOUSED"), format!("0 +1 {INDEX} UNSHELTERED")];
    let visits = written_with_days("provider", "visit", names, &visits);
    let made = vec![visits, written("police", "arrest", "person date", &["0 -3"])];
    let tables = study_of(&bound_twice(), made, &[0]);
    assert_eq!(shown(table(&tables, "person"), &["housing_at_intake"]), ["UNSHELTERED"]);
}

/// As [`written`], with a column `referral_date` of days.
fn written_with_days(
    source: &'static str,
    table: &'static str,
    names: &'static str,
    rows: &[String],
) -> Made {
    let mut made = written(source, table, names, rows);
    let column = made.columns.iter_mut().find(|(name, _)| *name == "referral_date").unwrap();
    column.1 = days(&vec![INDEX; rows.len()]);
    made
}

#[test]
fn types_that_the_study_does_not_list_are_told() {
    let rows = ["0 +0 BOOK", "0 +9 SUMMONS", "0 +19 OTHER", "0 +29 ."];
    let made = vec![written("police", "arrest", "person date type", &rows)];
    let tables = study_of(STUDY, made, &[0]);
    assert_eq!(tables.rows.types_unknown, 1);
    let note =
        "1 rows of arrests have a type that the study does not list; they count as new offenses.";
    assert!(tables.notes.iter().any(|it| it == note));
}

#[test]
fn a_source_with_a_hyphen_has_columns_that_every_reader_takes() {
    let study = STUDY.replace("\"police\"", "\"city-police\"");
    let mut made = vec![written("police", "arrest", "person date", &["0 +0"])];
    made[0].source = "city-police";
    let tables = study_of(&study, made, &[0]);
    assert_eq!(shown(table(&tables, "person"), &["followup_days_city_police"]), ["496"]);
}

#[test]
fn windows_and_rules_whose_columns_would_clash_are_refused() {
    let refused = |from: &str, to: &str| {
        let study = STUDY.replacen(from, to, 1);
        assert_ne!(study, STUDY, "the study has what the test replaces");
        Study::parse(&study).unwrap_err().to_string()
    };
    let window = "{ name = \"POST182\", from = 1, to = 182 }";
    assert_eq!(
        refused(window, "{ name = \"LATE\", from = 183, to = 365 }"),
        "study, window POST365: ends on the day of another; full_fu_ would be there twice"
    );
    for name in ["Rule", "a-b"] {
        let rule = format!("exclusion = [{{ name = \"{name}\", effect = \"flag\" }}]\noffences");
        assert_eq!(
            refused("offences", &rule),
            format!(
                "study, exclusion {name}: is part of a column's name: small letters, digits and _"
            )
        );
    }
}
