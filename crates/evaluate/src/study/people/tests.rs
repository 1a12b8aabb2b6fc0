use tallystick_dataset::DisclosureClass;

use super::*;

fn texts(name: &str, cells: &[&str]) -> Column {
    let mut dictionary = tallystick_dataset::Dictionary::new();
    let numbers: Vec<u32> = cells.iter().map(|cell| dictionary.number(cell).unwrap()).collect();
    let (texts, places) = dictionary.into_sorted();
    let numbers = numbers.iter().map(|number| places[*number as usize]).collect();
    Column::new(name, Values::Text(numbers, texts), "", "", DisclosureClass::Other)
}

fn integers(name: &str, cells: &[i64]) -> Column {
    Column::new(name, Values::Integer(cells.to_vec()), "", "", DisclosureClass::Other)
}

fn table(name: &str, columns: Vec<Column>) -> Table {
    let rows = columns[0].values.len();
    Table { name: name.to_owned(), label: String::new(), key: Vec::new(), rows, columns }
}

fn plan() -> Plan {
    Plan::parse(
        "programme = \"LEAD\"\ncomparison = \"POOL\"\n[score]\ncategories = [\"sex\"]\nnumbers = [\"prior\"]\n\
         exact = [\"sex\"]\n[outcomes]\nwindows = [\"POST\"]\nbefore = \"PRE\"\ncounts = [\"n_fel_arr\"]\n",
    )
    .unwrap()
}

fn person() -> Table {
    table(
        "person",
        vec![
            texts("study_id", &["a", "b", "c", "d"]),
            texts("arm", &["POOL", "LEAD", "OTHER", "POOL"]),
            texts("sex", &["M", "F", "F", "F"]),
            integers("prior", &[3, 0, 9, 1]),
        ],
    )
}

fn windows() -> Table {
    let mut counts = integers("n_fel_arr", &[1, 2, 3, 4, 5, 6, 7, 8]);
    counts.values.set_missing(7, tallystick_dataset::Missing::NotInCoverage);
    table(
        "person_window",
        vec![
            texts("study_id", &["a", "a", "b", "b", "c", "c", "d", "d"]),
            texts("window", &["PRE", "POST", "PRE", "POST", "PRE", "POST", "PRE", "POST"]),
            counts,
            integers("days_at_risk", &[365, 360, 365, 365, 365, 365, 365, 100]),
        ],
    )
}

#[test]
fn persons_of_the_two_arms_have_their_own_cells() {
    let people = People::read(&plan(), &person(), &windows()).unwrap();
    assert_eq!(people.rows, [0, 1, 3]);
    assert_eq!(people.programme, [false, true, false]);
    assert_eq!(people.levels, [vec!["F".to_owned(), "M".to_owned()], vec![]]);
    assert_eq!(people.strata, [1, 0, 0]);
    let post = &people.windows[0];
    assert_eq!((post.name.as_str(), &post.counts[0]), ("POST", &vec![Some(2.0), Some(4.0), None]));
    assert_eq!(post.days_at_risk, Some(vec![Some(360.0), Some(365.0), Some(100.0)]));
    assert_eq!(people.windows[1].counts[0], [Some(1.0), Some(3.0), Some(7.0)]);
}

#[test]
fn what_the_bundle_does_not_have_is_named() {
    let mut plan = plan();
    plan.programme = "NOBODY".to_owned();
    let people = People::read(&plan, &person(), &windows()).unwrap();
    assert_eq!(people.programme, [false, false], "an empty arm is told in the report");
    plan.comparison = "NEITHER".to_owned();
    let error = People::read(&plan, &person(), &windows()).unwrap_err();
    assert_eq!(error.code(), "evaluate-arms-unknown");
    (plan.programme, plan.comparison) = ("LEAD".to_owned(), "POOL".to_owned());
    plan.outcomes.windows = vec!["LATER".to_owned()];
    let error = People::read(&plan, &person(), &windows()).unwrap_err();
    assert_eq!(error.code(), "evaluate-window-unknown");
    plan.outcomes.windows = vec!["POST".to_owned()];
    plan.score.numbers = vec!["sex".to_owned()];
    let error = People::read(&plan, &person(), &windows()).unwrap_err();
    assert_eq!(error.to_string(), "table person has no column sex of numbers");
}

/// A model with a column for each person would need their number squared of memory.
#[test]
fn a_category_of_ids_or_of_too_many_levels_is_refused() {
    let refused = |class, levels: usize| {
        let rows = 0..LEVELS_MAX + 10;
        let ids: Vec<String> = rows.clone().map(|row| format!("{row:04}")).collect();
        let words: Vec<String> = rows.map(|row| format!("w{}", row % levels)).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let mut sex = texts("sex", &words);
        sex.class = class;
        let columns = vec![
            texts("study_id", &ids.iter().map(String::as_str).collect::<Vec<_>>()),
            texts("arm", &vec!["LEAD"; ids.len()]),
            sex,
            integers("prior", &vec![0; ids.len()]),
        ];
        let windows = table(
            "person_window",
            vec![
                texts("study_id", &["0000", "0000"]),
                texts("window", &["PRE", "POST"]),
                integers("n_fel_arr", &[0, 0]),
                integers("days_at_risk", &[0, 0]),
            ],
        );
        People::read(&plan(), &table("person", columns), &windows).map(|_| ()).unwrap_err()
    };
    let other = DisclosureClass::Other;
    let said = refused(other, LEVELS_MAX + 1).to_string();
    assert_eq!(said, "table person has no column sex of at most 200 levels");
    let said = refused(DisclosureClass::Identifier, 2).to_string();
    assert_eq!(said, "table person has no column sex that is no identifier");
}

#[test]
fn rows_of_nobody_are_found() {
    let mut person = person();
    person.columns[0] = texts("study_id", &["a", "b", "c", "e"]);
    let error = People::read(&plan(), &person, &windows()).unwrap_err();
    assert_eq!(error, StudyError::PersonUnknown { table: "person_window".to_owned(), row: 6 });
}
