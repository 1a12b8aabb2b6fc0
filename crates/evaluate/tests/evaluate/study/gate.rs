//! No cell of a report, nor what two of them differ by, tells of too few persons.

use tallystick_dataset::Table;
use tallystick_evaluate::report::{Origin, Sheet, page};
use tallystick_evaluate::study::Evaluation;
use tallystick_evaluate::study::robust::Way;

use super::invented::{Invented, integers, table, texts};
use super::levels::{self, Cells, usual};
use super::{PLAN, evaluated, evaluated_from, plan, release, sheet};

const SMALLEST: u64 = 11;

fn number(text: &str) -> Option<u64> {
    text.replace(',', "").parse().ok()
}

/// Counts in "12.3% (45 of 678)" with their rest.
fn share(cell: &str) -> Option<[u64; 2]> {
    let (count, of) = cell.split_once('(')?.1.strip_suffix(')')?.split_once(" of ")?;
    let (count, of) = (number(count)?, number(of)?);
    Some([count, of - count])
}

fn is_small(count: u64) -> bool {
    count > 0 && count < SMALLEST
}

fn process(sheets: &[Sheet]) -> impl Iterator<Item = &Sheet> {
    sheets.iter().filter(|sheet| sheet.name.starts_with("process_"))
}

#[test]
fn no_share_and_no_count_of_the_process_is_small() {
    // Small studies of many forms: most cells are small.
    for seed in 0..12 {
        let social = [0.02, 0.08, 0.5][(seed % 3) as usize];
        let small = Invented { seed, clients: 60, pool: 120, social, ..Invented::default() };
        let (_, _, sheets) = evaluated(&small, PLAN);
        for sheet in process(&sheets) {
            for cell in sheet.rows.iter().flat_map(|row| &row[1..]) {
                let counts = share(cell).map_or_else(Vec::new, Vec::from);
                let whole = number(cell).filter(|_| !cell.contains('.'));
                assert!(!counts.into_iter().chain(whole).any(is_small), "{}: {cell}", sheet.name);
            }
        }
    }
}

#[test]
fn a_hidden_pathway_does_not_follow_from_the_total() {
    for seed in 0..12 {
        let few = Invented { seed, clients: 150, social: 0.04, ..Invented::default() };
        let (_, _, sheets) = evaluated(&few, PLAN);
        for sheet in process(&sheets) {
            let pathways: Vec<&String> = sheet
                .rows
                .iter()
                .filter(|row| row[0].contains("PREBOOK") || row[0].contains("SOCIAL"))
                .map(|row| &row[1])
                .collect();
            if let [prebook, social] = pathways.as_slice() {
                let hidden = [prebook, social].map(|cell| cell.as_str() == "hidden");
                assert_eq!(hidden[0], hidden[1], "{}: {prebook} {social}", sheet.name);
            }
        }
    }
}

#[test]
fn how_few_found_no_match_does_not_follow() {
    let mut seen = 0;
    for seed in 0..30 {
        let invented = Invented { seed, clients: 150, pool: 400, ..Invented::default() };
        let (evaluation, page, sheets) = evaluated(&invented, PLAN);
        let Ok(matched) = &evaluation.matched else { continue };
        let unmatched = matched.matching.unmatched() as u64;
        let flow = sheet(&sheets, "flow");
        let row = |start: &str| flow.rows.iter().find(|row| row[0].starts_with(start)).unwrap();
        if is_small(unmatched) {
            seen += 1;
            assert_eq!(row("Without a match")[1], "hidden");
            assert!(row("Matched")[1].starts_with("more than"), "{}", row("Matched")[1]);
            // One to one: the comparison's persons are as many.
            assert_eq!(row("Matched")[2], "hidden");
            assert_eq!(row("Matched and observed")[2], "hidden");
            let at_day_0 = format!(">{}</text>", matched.matching.matched().count());
            let found = page.find(&at_day_0).map(|at| &page[at - 200..at + 100]);
            assert_eq!(found, None, "nor at risk on the index day");
            let versions = sheet(&sheets, "versions");
            for way in ["Everybody, not matched", "Weighted to the programme", "Overlap weights"] {
                let row = versions.rows.iter().find(|row| row[0] == way).unwrap();
                assert!(row[1] == "hidden" && ["hidden", "\u{2013}"].contains(&row[2].as_str()));
                let digits = sheet(&sheets, "estimates");
                assert!(digits.rows.iter().all(|row| row[3] != way));
            }
            let all = sheet(&sheets, "unadjusted");
            assert!(all.rows.iter().all(|row| row[4] == "hidden"), "means tell of them together");
            let outcomes = sheet(&sheets, "outcomes");
            assert!(outcomes.rows.iter().all(|row| row[2] == "hidden"), "shares tell the number");
        }
    }
    assert!(seen > 0, "some study had few without a match");
}

#[test]
fn counts_of_matched_and_of_all_never_differ_by_few() {
    let mut seen = 0;
    for seed in 0..20 {
        let invented = Invented { seed, clients: 300, pool: 900, ..Invented::default() };
        let (_, _, sheets) = evaluated(&invented, PLAN);
        let count = |row: &[String], column: usize| number(row[column].split(' ').next().unwrap());
        let (matched, all) = (sheet(&sheets, "outcomes"), sheet(&sheets, "unadjusted"));
        for (one, other) in matched.rows.iter().zip(&all.rows) {
            for column in [2, 3] {
                if let (Some(one), Some(other)) = (count(one, column), count(other, column)) {
                    assert!(!is_small(one.abs_diff(other)), "{one} {other}");
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 10, "{seen} pairs");
}

/// The flow is told of both arms or of neither, and no two of its counts differ by few, nor do those of persons with an
/// arrest from what stands above.
#[test]
fn no_two_counts_of_the_flow_differ_by_few() {
    let (mut told, mut hidden) = (0, 0);
    for seed in 0..24 {
        let unseen = [0, 15, 40, 90][(seed % 4) as usize];
        let some = Invented { seed, clients: 160, pool: 500, unseen, ..Invented::default() };
        let (evaluation, _, sheets) = evaluated(&some, PLAN);
        let flow = sheet(&sheets, "flow");
        for row in flow.rows.iter().filter(|row| row[0] != "Without a match") {
            let both = [number(&row[1]), number(&row[2])].map(|count| count.is_some());
            assert_eq!(both[0], both[1], "{row:?}");
            told += u64::from(both[0]);
            hidden += u64::from(!both[0]);
        }
        for column in [1, 2] {
            let all = evaluation.persons[if column == 1 { 1 } else { 0 }];
            let counts = flow.rows.iter().filter_map(|row| {
                let count = number(&row[column])?;
                let left = row[0].starts_with("With a score") || row[0].starts_with("Without");
                Some(if left { all - count } else { count })
            });
            let counts: Vec<u64> = counts.collect();
            let pairs = counts.iter().flat_map(|one| counts.iter().map(|it| it.abs_diff(*one)));
            assert!(!pairs.into_iter().any(is_small), "{counts:?}");
        }
    }
    assert!(told > 40 && hidden > 10, "{told} {hidden}");
}

/// Two levels of clients and one of the pool that the other arm does not have, of so many persons each; some are of both levels.
fn one_armed(clients: [usize; 2], pool: usize) -> impl Fn(bool, usize) -> Cells {
    let [first, second] = clients;
    move |is_client, place| {
        let (race, housing, age) = usual(place);
        let is_second = (first.saturating_sub(2)..first + second).contains(&place);
        match is_client {
            true if place < first => {
                (Some("RARE"), Some(if is_second { "CAMP" } else { "OWN" }), age)
            }
            true => (race, if is_second { Some("CAMP") } else { housing }, age),
            false => (race, housing, if place < pool { None } else { age.or(Some(30)) }),
        }
    }
}

/// Of levels of one arm no number of persons tells of few: neither the sum of several, nor with the flow's other counts, nor what
/// is made of those who have a score beside that of everybody and of the matched.
#[test]
fn those_without_a_score_are_told_where_each_level_and_all_beside_are_enough() {
    let (mut told, mut hidden) = (0, 0);
    for step in 0..60_usize {
        let counts = [step * 3 % 26, step * 5 % 29, step * 7 % 31];
        let unseen = [0, 40, 7, 15][step % 4];
        let seed = step as u64;
        // Where clients have more earlier arrests, more of them find nobody.
        let shift = [0, 1, 2][step % 3];
        let some = Invented { seed, clients: 160, pool: 500, unseen, shift, ..Invented::default() };
        let tables = levels::tables(&some, one_armed([counts[0], counts[1]], counts[2]));
        let (evaluation, page, sheets) = evaluated_from(&tables, &levels::text());
        let matched = evaluation.matched.as_ref().unwrap();
        let left_out = matched.common.left_out();
        let flow = sheet(&sheets, "flow");
        let row = flow.rows.iter().find(|row| row[0].starts_with("Without a score: of"));
        assert_eq!(row.is_some(), left_out != [0, 0]);
        let Some(row) = row else { continue };
        let is_told = row[1] != "hidden";
        let parts = matched.common.left_out.iter().flat_map(|it| it.persons);
        let versions = matched_and_all(&evaluation);
        if is_told {
            told += 1;
            assert_eq!([number(&row[2]), number(&row[1])], left_out.map(Some));
            assert!(!parts.into_iter().chain(left_out).any(is_small), "{left_out:?}");
        } else {
            hidden += 1;
            assert_eq!(row[1..], ["hidden", "hidden"]);
            assert!(!page.contains("of these without a score"));
        }
        let in_common = [0, 1].map(|arm: usize| evaluation.persons[arm] - left_out[arm]);
        for column in [1, 2] {
            let arm = usize::from(column == 1);
            let all = evaluation.persons[arm];
            let counts = flow.rows.iter().filter_map(|row| {
                let count = number(&row[column])?;
                let left = row[0].starts_with("With a score") || row[0].starts_with("Without");
                Some(if left { all - count } else { count })
            });
            let counts: Vec<u64> = counts.chain(is_told.then_some(in_common[arm])).collect();
            let pairs = counts.iter().flat_map(|one| counts.iter().map(|it| it.abs_diff(*one)));
            assert!(!pairs.into_iter().any(is_small), "{counts:?}");
        }
        let is_few = versions.iter().any(|[weighted, other]| is_small(weighted.abs_diff(*other)));
        let rows = sheet(&sheets, "versions").rows.iter();
        let mut weighted =
            rows.filter(|row| row[0].starts_with("Weighted") || row[0].starts_with("Overlap"));
        assert!(!is_few || weighted.all(|row| row[1] == "hidden" && row[2] == "hidden"));
        assert!(
            !page.contains("RARE") && !page.contains("CAMP"),
            "columns are told, levels are not"
        );
    }
    assert!(told > 10 && hidden > 10, "{told} {hidden}");
}

/// Persons of the estimates by weights of the score, each beside those of everybody and of the matched.
fn matched_and_all(evaluation: &Evaluation) -> Vec<[u64; 2]> {
    let of = |way: Way| {
        let mut versions = evaluation.robust.versions.iter();
        versions.find(|it| it.way == way).unwrap().persons
    };
    let others = [of(Way::Unadjusted), of(Way::Matched)];
    let weighted = of(Way::WeightedProgramme);
    assert_eq!(weighted, of(Way::WeightedOverlap));
    others.iter().flat_map(|other| [0, 1].map(|arm: usize| [weighted[arm], other[arm]])).collect()
}

#[test]
fn changes_rest_on_enough_events_before_too() {
    let rare = Invented { before: 0.03, ..Invented::default() };
    let (evaluation, _, sheets) = evaluated(&rare, PLAN);
    let changed = evaluation.main_primary().unwrap().changed.clone().unwrap();
    assert!(is_small(changed.with_event_before[1]) && changed.difference.is_ok());
    assert!(sheet(&sheets, "changes").rows[0][2..].iter().all(|cell| cell == "hidden"));
    assert!(sheet(&sheets, "ratios").rows[0][2].starts_with("0."), "the window after is told");
    let digits = sheet(&sheets, "estimates");
    let is_change = |row: &[String]| row[3].contains("change") || row[3].contains("differences");
    let is_main = |row: &[String]| row[0] == "n_fel_arr" && row[2] == "Main";
    assert!(digits.rows.iter().all(|row| !is_main(row) || !is_change(row)));
    assert!(digits.rows.iter().any(|row| row[0] == "n_misd_arr" && is_change(row)));
}

#[test]
fn costs_do_not_tell_of_a_count_that_is_hidden() {
    let text = format!(
        "{PLAN}[costs]\ncurrency = \"USD\"\nwindow_days = 365\nunit = {{ n_fel_arr = 120.0, n_misd_arr = 12.0 }}\n"
    );
    let (evaluation, _, sheets) = evaluated(&Invented { rate: 0.02, ..Invented::default() }, &text);
    let spending = evaluation.spending.unwrap();
    assert!(!is_small(spending.with_cost[1]) && spending.difference.is_ok());
    assert!(sheet(&sheets, "costs").rows[0][1..].iter().all(|cell| cell == "hidden"));
    let (_, _, sheets) = evaluated(&Invented::default(), &text);
    assert!(sheet(&sheets, "costs").rows[0][1..].iter().all(|cell| cell != "hidden"));
}

#[test]
fn the_table_for_programs_has_the_digits_of_the_page() {
    let (_, _, sheets) = evaluated(&Invented::default(), PLAN);
    let digits = sheet(&sheets, "estimates");
    assert!(digits.rows.len() > 10);
    for cell in digits.rows.iter().flat_map(|row| &row[4..]) {
        let behind = cell.split_once('.').map_or("", |(_, behind)| behind);
        assert!(cell.parse::<f64>().is_ok() && behind.len() <= 3, "{cell}");
    }
}

/// Felony arrests of person-months; in the first quarter of the year before one of so many persons has any.
fn months(persons: usize, one_of: usize) -> Table {
    let rows = (0..persons).flat_map(|person| (-12..12).map(move |month| (person, month)));
    let rows: Vec<(usize, i64)> = rows.collect();
    let ids: Vec<String> = rows.iter().map(|(person, _)| format!("{person:08}")).collect();
    let count = |(person, month): &(usize, i64)| match month {
        -12..=-10 => i64::from(*month == -12 && person.is_multiple_of(one_of)),
        _ => i64::from((*person as i64 * 7 + month).rem_euclid(5) == 0),
    };
    let columns = vec![
        texts("study_id", &ids),
        integers("month", &rows.iter().map(|row| Some(row.1)).collect::<Vec<_>>()),
        integers("n_fel_arr", &rows.iter().map(|row| Some(count(row))).collect::<Vec<_>>()),
    ];
    table("person_month", columns)
}

#[test]
fn the_test_of_quarters_before_is_told_where_all_of_them_are() {
    for (one_of, is_told) in [(3, true), (100, false)] {
        let mut tables = Invented::default().tables();
        tables.push(months(tables[0].rows, one_of));
        let evaluation = Evaluation::make(plan(PLAN), &tables, release()).unwrap();
        let course = evaluation.course.as_ref().unwrap().as_ref().unwrap();
        assert!(course.study.as_ref().unwrap().before_p_value.is_some());
        let page = page(&evaluation, &Origin::default());
        assert_eq!(page.contains("All quarters before together against no difference: p"), is_told);
        assert!(!page.contains("= &lt;") && !page.contains("= <"));
    }
}

#[test]
fn arms_of_few_have_no_balance() {
    let few = Invented { clients: 9, pool: 200, one_district: true, ..Invented::default() };
    let (evaluation, page, sheets) = evaluated(&few, PLAN);
    assert!(evaluation.matched.is_ok());
    assert!(sheets.iter().all(|sheet| sheet.name != "balance"));
    assert!(
        page.contains("An arm has too few persons.") && page.contains("no covariate can be shown")
    );
    assert_eq!(
        sheet(&sheets, "flow").rows[0][1..],
        ["hidden", "hidden"],
        "of both arms or of neither"
    );
}

#[test]
fn an_outcome_of_few_is_hidden_with_everything_that_is_made_of_it() {
    let rare = Invented { rate: 0.02, ..Invented::default() };
    let (evaluation, page, sheets) = evaluated(&rare, PLAN);
    assert!(is_small(evaluation.main_primary().unwrap().with_event[1]));
    assert!(page.contains("and is hidden"));
    assert!(sheet(&sheets, "outcomes").rows[0][2..].iter().all(|cell| cell == "hidden"));
    assert!(sheet(&sheets, "ratios").rows[0][2..].iter().all(|cell| cell == "hidden"));
    assert!(sheet(&sheets, "versions").rows.iter().all(|row| row[1] == "hidden"));
    // Loose links add events enough to be told; what is made of the main linkage is not.
    let linkages = sheet(&sheets, "linkage").rows.iter().filter(|row| row[0] != "Loose linkage");
    assert!(linkages.clone().count() == 3 && linkages.clone().all(|row| row[1] == "hidden"));
    assert!(sheets.iter().all(|sheet| sheet.name != "tipping"));
    let digits = sheet(&sheets, "estimates");
    assert!(digits.rows.iter().all(|row| row[0] != "n_fel_arr" || row[2] == "Loose"), "nor there");
    let ratio = evaluation.main_primary().unwrap().rate_ratio.clone().unwrap().estimate;
    assert!(!page.contains(&format!("{ratio:.2} (")), "no figure shows it either");
}

#[test]
fn the_release_has_the_last_word_on_the_smallest_cell() {
    let (evaluation, _, _) = evaluated(&Invented::default(), &format!("smallest_cell = 3\n{PLAN}"));
    assert_eq!(evaluation.plan.smallest_cell, 11);
    let (evaluation, _, _) =
        evaluated(&Invented::default(), &format!("smallest_cell = 20\n{PLAN}"));
    assert_eq!(evaluation.plan.smallest_cell, 20);
}
