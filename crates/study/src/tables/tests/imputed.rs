//! The same members under an imputed linkage.

use proptest::prelude::*;

use super::*;

const COUNTS: [&str; 4] = ["window", "n_fel_arr", "n_misd_arr", "jail_days"];

fn imputing(draws: usize) -> String {
    format!("imputed_linkages = {draws}\n{STUDY}")
}

/// Person 0 has the index event of one drawn person, who has one of person 2's arrests too, and not 0's stay;
/// person 1 is as the main linkage has it.
#[test]
fn a_draw_counts_the_events_of_the_drawn_person_that_holds_the_index_event() {
    let arrests = [
        "0 7 +0 b0 CITE M",
        "0 7 +10 b1 BOOK F",
        "0 3 +20 b2 BOOK F",
        "1 1 +0 b3 CITE M",
        "1 1 +5 b4 CITE M",
        "2 7 +30 b5 BOOK M",
        "2 2 +31 b6 BOOK M",
    ];
    let made = vec![
        written("police", "arrest", "person imputed date booking type severity", &arrests),
        written("jail", "jail", "person imputed booked released", &["0 3 +20 +24"]),
    ];
    // Person 2's arrests are not in the period of the pool: it has no index event.
    let tables = study_of(&imputing(1), made, &[0, 1, 2]);
    let main = shown(table(&tables, "person_window"), &COUNTS);
    let drawn = shown(table(&tables, "person_window_imputed_1"), &COUNTS);
    let members = table(&tables, "person").rows;
    assert_eq!(main[1], "POST182 2 0 4");
    assert_eq!(drawn[1], "POST182 1 1 0");
    assert_eq!(drawn[4], main[4]);
    assert_eq!(table(&tables, "person_window_imputed_1").rows, 3 * members);
    assert!(tables.tables.iter().all(|it| it.name != "person_window_imputed_2"));
}

#[test]
fn members_of_one_drawn_person_have_the_events_of_both() {
    let arrests = ["0 5 +0 b0 CITE M", "1 5 +0 b1 CITE M", "0 5 +9 b2 BOOK F", "1 5 +10 b3 BOOK F"];
    let names = "person imputed date booking type severity";
    let tables =
        study_of(&imputing(1), vec![written("police", "arrest", names, &arrests)], &[0, 1]);
    let counts = |name| {
        let shown = shown(table(&tables, name), &["n_fel_arr"]);
        [shown[1].clone(), shown[4].clone()]
    };
    assert_eq!(counts("person_window"), ["1", "1"]);
    assert_eq!(counts("person_window_imputed_1"), ["2", "2"]);
}

#[test]
fn only_what_the_study_wants_and_the_run_drew() {
    let arrests = || {
        let names = "person imputed date booking type severity";
        vec![written("police", "arrest", names, &["0 0 +0 b0 CITE M"])]
    };
    let tables = study_of(STUDY, arrests(), &[0]);
    assert!(tables.tables.iter().all(|it| !it.name.contains("imputed")));
    let study = Study::parse(&imputing(2)).unwrap();
    let made = arrests();
    let tables = vec![made[0].input()];
    let ids = [1];
    let inputs = Inputs {
        person_count: 1,
        tables,
        study_ids: &ids,
        links: Vec::new(),
        link_permille_min: &[1000],
        flagged: &[false],
        strict_counts: &[1],
        loose: &[0],
    };
    let refused = build(&study, &inputs).unwrap_err();
    assert_eq!(refused.code(), "study-setting");
    assert!(refused.to_string().starts_with("study, imputed_linkages: "));
    assert_eq!(Study::parse(&imputing(101)).unwrap_err().code(), "study-setting");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// A draw that only splits persons is what the strict linkage makes of the same parts.
    #[test]
    fn a_draw_that_only_splits_is_as_the_strict_linkage(
        rows in prop::collection::vec((0..4u32, 0..3u32, 1..400i32, 0..6i32), 0..30),
    ) {
        let first = (0..4u32).map(|person| format!("{person} {0} {0} +0 x{person} CITE M", person * 10));
        let later = rows.iter().enumerate().map(|(number, (person, part, day, kind))| {
            let severity = ["F", "M"][(kind % 2).unsigned_abs() as usize];
            format!("{person} {0} {0} +{day} b{number} BOOK {severity}", person * 10 + part)
        });
        let arrests: Vec<String> = first.chain(later).collect();
        let names = "person strict imputed date booking type severity";
        let tables = study_of(&imputing(1), vec![written("police", "arrest", names, &arrests)], &[0, 1, 2, 3]);
        let strict = table(&tables, "person_window_strict");
        let columns: Vec<&str> = strict.columns.iter().map(|column| column.name.as_str()).collect();
        prop_assert_eq!(
            shown(table(&tables, "person_window_imputed_1"), &columns),
            shown(strict, &columns)
        );
    }
}
