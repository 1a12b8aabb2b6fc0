//! What counts as what: mistakes that a reading by criminologists found, one small case each.

use super::*;

const ARREST: &str = "person date booking type severity statute warrant";

/// [`STUDY`] with something more or something else.
fn changed(from: &str, to: &str) -> String {
    let study = STUDY.replacen(from, to, 1);
    assert_ne!(study, STUDY, "the study has what the test replaces");
    study
}

fn with_rule(rule: &str) -> String {
    let offences = "offences = [{ group = \"drug\", statutes = [\"HS 11350\"] }]";
    let violence = "offences = [{ group = \"violence\", statutes = [\"PC 245\"] }]";
    changed(
        offences,
        &format!("exclusion = [{{ name = \"rule\", effect = \"flag\", {rule} }}]\n{violence}"),
    )
}

/// Index arrests of so many persons.
fn indexed(persons: u32) -> Made {
    let row = |person| format!("{person} +0 b{person} BOOK M PC_602 0");
    written("police", "arrest", ARREST, &(0..persons).map(row).collect::<Vec<_>>())
}

fn cases(names: &'static str, rows: &[&str]) -> Made {
    written("court", "case", names, rows)
}

const COUNTS: &str = "person filed court count statute severity_filed disposition disposition_date severity_convicted";

#[test]
fn a_strike_is_one_count_that_is_of_the_group_and_convicted_as_grave() {
    let study = with_rule("offence_groups = [\"violence\"], convicted = \"F\", within_days = 2922");
    let rows = [
        // Dismissed where it is violent, convicted where it is not.
        "0 500 c0 1 PC_245 F ND 510 .",
        "0 500 c0 2 HS_11351 F GP 510 F",
        "1 500 c1 1 PC_245 F GP 510 F",
        "2 500 c2 1 PC_245 F GP 510 M",
    ];
    let tables = study_of(&study, vec![indexed(3), cases(COUNTS, &rows)], &[0, 1, 2]);
    assert_eq!(shown(table(&tables, "person"), &["elig_rule"]), ["0", "1", "0"]);
}

#[test]
fn a_case_with_one_count_disposed_of_is_open_by_the_other() {
    let study = with_rule("offence_groups = [\"violence\"], open_at_index = true");
    let rows = [
        "0 900 c0 1 PC_602 M GP 910 M",
        "0 900 c0 2 PC_245 F . . .",
        // Here the count of the group is the one that was disposed of.
        "1 900 c1 1 PC_245 F ND 910 .",
        "1 900 c1 2 PC_602 M . . .",
    ];
    let tables = study_of(&study, vec![indexed(2), cases(COUNTS, &rows)], &[0, 1]);
    assert_eq!(shown(table(&tables, "person"), &["elig_rule"]), ["1", "0"]);
}

#[test]
fn a_source_is_not_covered_by_the_first_day_of_another() {
    let study =
        changed("  { source = \"police\", from = \"1970-01-01\", to = \"1974-02-05\" },\n", "");
    let study = study.replacen(
        "record = [",
        "record = [{ kind = \"arrest\", source = \"transit\", table = \"arrest\" },",
        1,
    );
    let police =
        ["0 400 b0 BOOK M PC_602 0", "0 +0 b1 BOOK M PC_602 0", "1 1490 b2 BOOK M PC_602 0"];
    let transit = |first: &str| {
        let rows =
            [format!("1 {first} t0 BOOK M PC_602 0"), "1 1490 t1 BOOK M PC_602 0".to_owned()];
        let made = vec![
            written("police", "arrest", ARREST, &police),
            written("transit", "arrest", ARREST, &rows),
        ];
        let tables = study_of(&study, made, &[0, 1]);
        shown(table(&tables, "person_window"), &["window", "n_misd_arr"])[0].clone()
    };
    assert_eq!(transit("900"), "PRE365 .b");
    assert_eq!(transit("500"), "PRE365 0");
}

#[test]
fn a_conviction_is_of_the_day_of_the_count_that_was_convicted() {
    let rows = ["0 +10 c0 1 PC_459 F GP +50 F", "0 +10 c0 2 PC_602 M ND +300 ."];
    let tables = study_of(STUDY, vec![indexed(1), cases(COUNTS, &rows)], &[0]);
    let windows = shown(table(&tables, "person_window"), &["window", "n_conv"]);
    assert_eq!(windows, ["PRE365 0", "POST182 1", "POST365 1"]);
    assert_eq!(shown(table(&tables, "case"), &["disp_rel_day"]), ["300"]);
}

const EXTRACTS: &str = "person filed court count extract_date severity_filed disposition disposition_date severity_convicted department";

fn after_extracts(rows: &[&str]) -> String {
    let tables = study_of(STUDY, vec![indexed(1), cases(EXTRACTS, rows)], &[0]);
    let columns = ["severity_filed", "disp_cd", "disp_rel_day", "convicted", "severity_convicted"];
    shown(table(&tables, "case"), &columns)[0].clone()
}

#[test]
fn a_later_extract_that_says_less_takes_nothing_away() {
    let first = "0 +10 c0 1 +20 F GP +50 M 12";
    assert_eq!(after_extracts(&[first, "0 +10 c0 1 +90 F GP . . 12"]), "F GP 50 1 M");
    // A severity of conviction alone is heard, too.
    let open = "0 +10 c0 1 +20 F GP +50 . 12";
    assert_eq!(after_extracts(&[open, "0 +10 c0 1 +90 F . . M 12"]), "F GP 50 1 M");
    // What is no conviction any more has no severity of one.
    assert_eq!(after_extracts(&[first, "0 +10 c0 1 +90 F ND +80 . 12"]), "F ND 80 0 ");
}

#[test]
fn what_reads_as_no_severity_makes_no_conviction() {
    for text in ["NONE", "N/A", "NOT_CONVICTED", "D"] {
        let row = format!("0 +10 c0 1 +20 F ND +50 {text} 12");
        assert_eq!(after_extracts(&[&row]), "F ND 50 0 ", "{text}");
    }
    // A verdict of guilty convicts without.
    assert_eq!(after_extracts(&["0 +10 c0 1 +20 F GP +50 NONE 12"]), "F GP 50 1 ");
}

#[test]
fn as_filed_is_what_was_filed_first() {
    // Reduced to a misdemeanour between the extracts.
    let rows = ["0 +10 c0 1 +20 F . . . 12", "0 +10 c0 1 +90 M GP +50 M 12"];
    assert_eq!(after_extracts(&rows), "F GP 50 1 M");
}

#[test]
fn the_department_is_the_last_that_is_told() {
    let rows = ["0 +10 c0 1 +20 F . . . 12", "0 +10 c0 1 +90 F . . . ."];
    let tables = study_of(STUDY, vec![indexed(1), cases(EXTRACTS, &rows)], &[0]);
    assert_eq!(shown(table(&tables, "case"), &["dept_pid"]), ["1"]);
}

#[test]
fn the_case_that_a_motion_to_revoke_names_did_not_arise_from_the_index_event() {
    let action = ["0 +2 MTR +0 old", "0 +3 FILED +0 new"];
    let case = ["0 -300 old 1 F", "0 +3 new 1 F"];
    let made = vec![
        indexed(1),
        written("da", "action", "person date action arrest_date court", &action),
        cases("person filed court count severity_filed", &case),
        // The hold in the row of the booking names the old case as well.
        written("jail", "jail", "person booked released booking court", &["0 +0 +2 b0 old"]),
    ];
    let tables = study_of(STUDY, made, &[0]);
    assert_eq!(shown(table(&tables, "case"), &["rel_day", "index_event"]), ["-300 0", "3 1"]);
    assert_eq!(shown(table(&tables, "person"), &["prior_fel_case_365"]), ["1"]);
}

#[test]
fn a_booking_for_warrants_alone_is_no_index_event_where_types_are_listed() {
    let pool = "never_referred = true";
    let rows = ["0 +0 b0 BOOK F PC_211 1", "1 +0 b1 BOOK F PC_211 0"];
    let members = |types: &str| {
        let study = changed(pool, &format!("{pool}, types = [{types}]"));
        study_of(&study, vec![written("police", "arrest", ARREST, &rows)], &[0, 1]).persons
    };
    assert_eq!(members("\"BOOK\", \"CITE\""), [1]);
    assert_eq!(members("\"BOOK\", \"WARRANT\""), [0, 1]);
}

#[test]
fn what_a_warrant_is_for_does_not_make_a_new_offence_graver() {
    let rows = ["0 +0 b0 BOOK M PC_602 0", "0 +0 b0 BOOK F PC_211 1"];
    let tables = study_of(STUDY, vec![written("police", "arrest", ARREST, &rows)], &[0]);
    let columns = ["severity_arrest", "top_offense_code", "n_charges", "warrant_only"];
    assert_eq!(shown(table(&tables, "arrest"), &columns), ["M PC 602 2 0"]);
    assert_eq!(shown(table(&tables, "person"), &["index_severity"]), ["M"]);
}

#[test]
fn of_eligible_arrests_of_one_day_the_gravest_is_the_index_arrest_whatever_their_numbers() {
    let names = "person date booking type severity statute district";
    for (light, grave) in
        [("0000000000000001", "0000000000000002"), ("0000000000000002", "0000000000000001")]
    {
        let rows =
            [format!("0 +0 {light} CITE M PC_602 2"), format!("0 +0 {grave} BOOK F HS_11350 6")];
        let tables = study_of(STUDY, vec![written("police", "arrest", names, &rows)], &[0]);
        let columns = ["index_severity", "index_district", "index_offense_grp"];
        assert_eq!(shown(table(&tables, "person"), &columns), ["F 6 drug"]);
    }
}

#[test]
fn arrests_of_two_sources_on_one_day_are_two_without_a_column_of_agencies() {
    let study = STUDY.replacen(
        "record = [",
        "record = [{ kind = \"arrest\", source = \"transit\", table = \"arrest\" },",
        1,
    );
    let names = "person date type severity";
    let made = vec![
        written("police", "arrest", names, &["0 +0 BOOK M", "0 +9 BOOK M", "0 +9 BOOK M"]),
        written("transit", "arrest", names, &["0 +9 CITE M"]),
    ];
    let tables = study_of(&study, made, &[0]);
    assert_eq!(shown(table(&tables, "arrest"), &["rel_day"]), ["0", "9", "9"]);
}

#[test]
fn a_case_that_names_a_later_arrest_of_the_index_incident_arose_from_it() {
    let names = "person date booking incident type severity";
    let arrests =
        ["0 +0 b0 i0 CITE M", "0 +5 b1 i0 BOOK F", "0 +9 b2 i0 BOOK F", "0 +9 b3 i1 BOOK F"];
    let case = ["0 +7 c0 +5 F", "0 +12 c1 +9 F"];
    let made = vec![
        written("police", "arrest", names, &arrests),
        cases("person filed court arrest_date severity_filed", &case),
    ];
    let tables = study_of(STUDY, made, &[0]);
    // On day 9 there was another arrest, so that the case may be of that.
    assert_eq!(shown(table(&tables, "case"), &["rel_day", "index_event"]), ["7 1", "12 0"]);
}

#[test]
fn a_stay_that_ends_before_it_begins_has_no_length() {
    let stays = ["0 +10 +14 b1", "0 +20 +18 b2"];
    let made = vec![indexed(1), written("jail", "jail", "person booked released booking", &stays)];
    let tables = study_of(STUDY, made, &[0]);
    assert_eq!(shown(table(&tables, "jail"), &["in_rel_day", "days"]), ["10 4", "20 "]);
    assert_eq!(shown(table(&tables, "person_window"), &["custody_days"])[1], "4");
}
