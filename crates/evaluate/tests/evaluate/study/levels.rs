//! Levels that one arm alone has: their persons have no score, and the others are compared as if they were not there.

use tallystick_dataset::{Missing, Table};
use tallystick_evaluate::covariate::Part;
use tallystick_evaluate::study::robust::Way;

use super::invented::{Invented, integers, texts};
use super::{PLAN, evaluated_from, sheet};

/// A plan with further columns in the score.
pub(super) const WITH_RACE: &str = r#"["sex", "index_district", "race", "housing"]
numbers = ["prior_fel_arr_365", "age"]"#;

pub(super) fn text() -> String {
    let old = "[\"sex\", \"index_district\"]\nnumbers = [\"prior_fel_arr_365\"]";
    assert!(PLAN.contains(old));
    PLAN.replace(old, WITH_RACE)
}

/// Race, housing and age of a person; missing where there is none.
pub(super) type Cells = (Option<&'static str>, Option<&'static str>, Option<i64>);

/// What a person has who has nothing else.
pub(super) fn usual(place: usize) -> Cells {
    let race = ["A", "B"][place % 2];
    let housing = (!place.is_multiple_of(5)).then_some(["OWN", "NONE"][place / 2 % 2]);
    (Some(race), housing, (!place.is_multiple_of(7)).then_some(20 + place as i64 * 13 % 40))
}

/// Tables with these columns, by whether a person is a client and by its number in its arm.
pub(super) fn tables(invented: &Invented, of: impl Fn(bool, usize) -> Cells) -> Vec<Table> {
    let mut tables = invented.tables();
    let mut seen = [0; 2];
    let cells: Vec<Cells> = arms(&tables[0])
        .into_iter()
        .map(|arm| {
            let is_client = arm == "CLIENTS";
            let place = seen[usize::from(is_client)];
            seen[usize::from(is_client)] += 1;
            of(is_client, place)
        })
        .collect();
    let words = |name: &str, of: &dyn Fn(&Cells) -> Option<&'static str>| {
        let words: Vec<String> = cells.iter().map(|it| of(it).unwrap_or("").to_owned()).collect();
        let mut column = texts(name, &words);
        for (row, it) in cells.iter().enumerate() {
            if of(it).is_none() {
                column.values.set_missing(row, Missing::NotInCoverage);
            }
        }
        column
    };
    let columns = [
        words("race", &|it| it.0),
        words("housing", &|it| it.1),
        integers("age", &cells.iter().map(|it| it.2).collect::<Vec<_>>()),
    ];
    tables[0].columns.extend(columns);
    tables
}

fn arms(person: &Table) -> Vec<String> {
    let arm = &person.column("arm").unwrap().values;
    let text = |row| {
        let mut cell = Vec::new();
        arm.write_cell(row, &mut cell);
        String::from_utf8(cell).unwrap()
    };
    (0..person.rows).map(text).collect()
}

/// Clients of a rare race; of the pool some whose race is missing, as it is of no client.
fn rare(is_client: bool, place: usize) -> Cells {
    let (race, housing, age) = usual(place);
    match (is_client, place) {
        (true, 20..23) => (Some("RARE"), housing, age),
        (false, 100..130) => (None, housing, age),
        _ => (race, housing, age),
    }
}

/// Of the pool some whose age is missing, as it is of no client.
fn ageless(is_client: bool, place: usize) -> Cells {
    let (race, housing, age) = usual(place);
    match (is_client, place) {
        (false, 0..25) => (race, housing, None),
        _ => (race, housing, age.or(Some(30))),
    }
}

/// Of the pool only those in a shelter lack an age, of clients only those of the rare race are in a shelter: without the first
/// the second are of a level of their own, and without these the others of the rare race.
fn chain(is_client: bool, place: usize) -> Cells {
    let (race, housing, age) = usual(place);
    let age = age.or(Some(30));
    match (is_client, place) {
        (false, 0..12) => (race, Some("SHELTER"), None),
        (true, 50..64) => (Some("RARE"), Some("SHELTER"), age),
        (false, 12..20) => (Some("RARE"), housing, age),
        _ => (race, housing, age),
    }
}

type Left = (&'static str, Part, [u64; 2]);

#[test]
fn estimates_are_those_without_the_persons_who_have_no_score() {
    type Case = (fn(bool, usize) -> Cells, Vec<Left>);
    // Of levels by their place: A, B, RARE; NONE, OWN, SHELTER.
    let cases: [Case; 3] = [
        (rare, vec![("race", Part::Level(2), [0, 3]), ("race", Part::Missing, [30, 0])]),
        (ageless, vec![("age", Part::Missing, [25, 0])]),
        (
            chain,
            vec![
                ("age", Part::Missing, [12, 0]),
                ("housing", Part::Level(2), [0, 14]),
                ("race", Part::Level(2), [8, 0]),
            ],
        ),
    ];
    for (of, wanted) in cases {
        let all = tables(&Invented { imputed: 2, ..Invented::default() }, of);
        let (found, ..) = evaluated_from(&all, &text());
        let matched = found.matched.as_ref().unwrap();
        let left = matched.common.left_out.iter();
        let left: Vec<(&str, Part, [u64; 2])> =
            left.map(|it| (it.term.covariate.as_str(), it.term.part, it.persons)).collect();
        assert_eq!(left, wanted);
        // Whoever has no score is in the study and in no set.
        let left_out = matched.common.left_out();
        let is_in = |row: &usize| matched.common.rows.contains(row);
        let without: Vec<usize> = (0..all[0].rows).filter(|row| !is_in(row)).collect();
        assert_eq!(without.len() as u64, left_out.iter().sum::<u64>());
        assert_eq!(matched.scores.logits.len(), matched.common.rows.len());
        assert!(without.iter().all(|row| matched.matching.weights[*row] <= 0.0));
        assert_eq!(matched.matching.sets.len() as u64, found.persons[1], "unmatched are counted");
        assert!(
            matched.matching.matched().all(|(row, others)| others.iter().chain([row]).all(is_in))
        );
        let of_histogram = [&matched.overlap.comparison, &matched.overlap.programme];
        for (bins, persons) in of_histogram.into_iter().zip(found.persons) {
            let sum = bins.iter().sum::<f64>();
            assert!((sum - persons as f64).abs() < 0.5, "the histogram is of everybody");
        }

        // The same persons in an arm that the plan does not name.
        let mut others = all.clone();
        let mut arm = arms(&all[0]);
        without.iter().for_each(|row| arm[*row] = "OTHERS".to_owned());
        let column = others[0].columns.iter_mut().find(|it| it.name == "arm").unwrap();
        column.values = texts("arm", &arm).values;
        let (alone, ..) = evaluated_from(&others, &text());
        assert_eq!(alone.matched.as_ref().unwrap().common.left_out, []);
        assert_eq!(alone.matched.as_ref().unwrap().scores.fit, matched.scores.fit);
        assert_eq!(alone.estimates, found.estimates);
        assert_eq!(alone.adjusted, found.adjusted);
        let weighted = |way: &Way| *way != Way::Unadjusted;
        let versions = alone.robust.versions.iter().zip(&found.robust.versions);
        for (one, other) in versions.filter(|(one, _)| weighted(&one.way)) {
            assert_eq!(one, other);
        }
        assert_eq!(alone.robust.bootstrap, found.robust.bootstrap);
        assert_eq!(alone.robust.gamma, found.robust.gamma);
        assert_eq!(alone.linkage.imputed, found.linkage.imputed);
        let first = [&alone, &found].map(|it| it.first_arrest.clone().unwrap().unwrap());
        assert_eq!(first[0].hazard_ratio, first[1].hazard_ratio);
        assert_ne!(alone.unadjusted, found.unadjusted, "these are of everybody");
    }
}

#[test]
fn the_report_says_who_was_left_out_and_of_which_columns() {
    let invented = Invented::default();
    // Enough of each level, so that their numbers are told.
    let many = |is_client: bool, place: usize| match (is_client, place) {
        (true, 20..40) => (Some("RARE"), usual(place).1, usual(place).2),
        (false, 100..130) => (None, usual(place).1, usual(place).2),
        _ => usual(place),
    };
    let (_, page, sheets) = evaluated_from(&tables(&invented, many), &text());
    let row = |name: &str| {
        let rows = &sheet(&sheets, "flow").rows;
        rows.iter().find(|row| row[0].starts_with(name)).map(|row| row[1..].to_vec())
    };
    assert_eq!(row("Without a score: of a level"), Some(vec!["20".to_owned(), "30".to_owned()]));
    assert!(row("Without a score, or with one").is_some() && row("With a score").is_none());
    assert!(page.contains("of these without a score"), "in the diagram too");
    assert!(page.contains("These levels are of race."), "in the methods");
    assert!(page.contains("(columns: race). Persons of the programme are among them"));
    assert!(page.contains("Weights are of those who have a score."));
    assert!(!page.contains("RARE"), "the column is told, the level is not");
    let balance = &sheet(&sheets, "balance").rows;
    assert!(
        balance.iter().any(|row| row[0] == "race: A")
            && balance.iter().all(|row| row[0] != "Missing: race")
    );

    let (_, page, sheets) = evaluated_from(&tables(&invented, rare), &text());
    let rows = &sheet(&sheets, "flow").rows;
    let few = rows.iter().find(|row| row[0].starts_with("Without a score: of")).unwrap();
    assert_eq!(few[1..], ["hidden", "hidden"]);
    assert!(!page.contains("of these without a score"));
    assert!(page.contains("(columns: race). Persons of the programme are among them"));
    assert!(!page.contains("RARE"), "of three persons not even their level");

    let (_, page, _) = evaluated_from(&tables(&invented, ageless), &text());
    assert!(page.contains("(columns: age). They are of the comparison only"));

    let (_, page, sheets) = evaluated_from(&tables(&invented, |_, place| usual(place)), &text());
    assert!(sheet(&sheets, "flow").rows.iter().any(|row| row[0].starts_with("With a score")));
    assert!(!page.contains("nobody of the other arm has") && !page.contains("ithout a score"));
}

#[test]
fn a_covariate_that_tells_all_apart_is_still_refused_by_its_name() {
    let client = |is_client: bool, place: usize| {
        (Some(if is_client { "YES" } else { "NO" }), usual(place).1, usual(place).2)
    };
    // All clients lack an age, and some of the pool do: their ages tell these apart, and no level is the pool's alone.
    let of_pool = |is_client: bool, place: usize| {
        (usual(place).0, usual(place).1, usual(place).2.filter(|_| !is_client))
    };
    let never = |is_client: bool, place: usize| {
        (usual(place).0, usual(place).1, (!is_client).then_some(30 + place as i64 % 9))
    };
    type Case<'a> = (&'a dyn Fn(bool, usize) -> Cells, &'a str);
    let cases: [Case<'_>; 3] = [
        (&client, "covariate race tells the two arms apart without any error"),
        (&of_pool, "covariate age tells the two arms apart without error for some of them"),
        (&never, "covariate age tells the two arms apart without any error"),
    ];
    for (of, said) in cases {
        let (evaluation, page, _) = evaluated_from(&tables(&Invented::default(), of), &text());
        assert_eq!(evaluation.matched.unwrap_err().code(), "evaluate-separated");
        assert!(page.contains(said), "{said}");
        assert!(
            page.contains("There is no matched comparison") && !page.contains("without a score")
        );
    }
}

/// Housing is the same for all who have a score, and age is known of none of them.
#[test]
fn what_is_the_same_for_all_who_have_a_score_is_not_in_it() {
    let of = |is_client: bool, place: usize| match (is_client, place) {
        (true, 0..15) => (Some("RARE"), Some("NONE"), Some(40)),
        _ => (usual(place).0, Some("OWN"), None),
    };
    let (evaluation, page, sheets) = evaluated_from(&tables(&Invented::default(), of), &text());
    let matched = evaluation.matched.as_ref().unwrap();
    assert_eq!(matched.constant, ["housing", "age"]);
    assert!(
        page.contains("The same for everybody who has a score, and so not in it: housing and age.")
    );
    let balance = &sheet(&sheets, "balance").rows;
    assert!(!balance.iter().any(|row| row[0] == "age"), "nobody who is matched has one");
    assert!(evaluation.main_primary().unwrap().rate_ratio.is_ok());
}
