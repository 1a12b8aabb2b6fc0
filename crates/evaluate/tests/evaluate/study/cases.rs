//! Studies that have no answer, or less of one: the report says so in words and tells what it can.

use tallystick_evaluate::report::{Origin, page};
use tallystick_evaluate::study::robust::Way;
use tallystick_evaluate::study::{Evaluation, People};

use super::invented::Invented;
use super::{PLAN, evaluated, plan, release, sheet};

#[test]
fn an_effect_is_found_and_told() {
    let (evaluation, page, sheets) = evaluated(&Invented::default(), PLAN);
    let main = evaluation.main_primary().unwrap();
    let ratio = main.rate_ratio.as_ref().unwrap();
    assert!(ratio.lower < 0.6 && ratio.upper > 0.6 && ratio.upper < 1.0, "{ratio:?}");
    assert!(page.contains("had fewer than those matched to them"));
    let forest = sheet(&sheets, "ratios");
    assert_eq!(forest.rows.len(), 2);
    assert!(evaluation.first_arrest.unwrap().unwrap().hazard_ratio.is_ok());
    // Counts that vary as Poisson's have no negative binomial.
    let others = evaluation.robust.versions.iter().filter(|it| it.way != Way::NegativeBinomial);
    assert_eq!(others.filter(|it| it.ratio.is_ok()).count(), 5);
}

#[test]
fn no_effect_is_no_finding() {
    let (evaluation, page, _) = evaluated(&Invented { effect: 1.0, ..Invented::default() }, PLAN);
    let ratio = evaluation.main_primary().unwrap().rate_ratio.clone().unwrap();
    assert!(ratio.lower < 1.0 && ratio.upper > 1.0, "{ratio:?}");
    assert!(page.contains("the data cannot tell the arms apart"));
    assert_eq!(evaluation.robust.gamma, Some(Ok(None)));
}

#[test]
fn arms_that_a_covariate_tells_apart_are_not_matched() {
    let (evaluation, page, sheets) =
        evaluated(&Invented { shift: 100, ..Invented::default() }, PLAN);
    assert_eq!(evaluation.matched.unwrap_err().code(), "evaluate-separated");
    assert!(page.contains("There is no matched comparison, and so no estimate of the effect"));
    assert!(page.contains("tells the two arms apart without any error"));
    // What needs no match is told all the same.
    assert!(sheet(&sheets, "unadjusted").rows[0][6].starts_with(|c: char| c.is_ascii_digit()));
    assert!(sheets.iter().any(|sheet| sheet.name.ends_with("_p6")));
    assert!(sheets.iter().all(|sheet| sheet.name != "ratios"));
}

#[test]
fn strata_without_a_partner_are_no_match() {
    let mut tables = Invented::default().tables();
    let arm = tables[0].column("arm").unwrap().values.clone();
    let person = &mut tables[0].columns;
    person.iter_mut().find(|column| column.name == "pathway").unwrap().values = arm;
    let text = PLAN.replace("[score]", "[score]\nexact = [\"pathway\"]");
    let evaluation = Evaluation::make(plan(&text), &tables, release()).unwrap();
    assert_eq!(evaluation.matched.as_ref().unwrap_err().code(), "evaluate-no-matches");
    assert!(page(&evaluation, &Origin::default()).contains("near enough to anybody"));
}

#[test]
fn a_person_of_the_pool_can_be_in_several_sets() {
    let text = PLAN.replace("[score]", "[matching]\nreplace = true\n[score]");
    let few = Invented { clients: 200, pool: 150, unseen: 40, ..Invented::default() };
    let (evaluation, page, _) = evaluated(&few, &text);
    let matched = evaluation.matched.as_ref().unwrap();
    let sets: Vec<_> = matched.matching.matched().collect();
    let mut pool: Vec<usize> = sets.iter().flat_map(|(_, chosen)| chosen).copied().collect();
    let chosen = pool.len();
    pool.sort_unstable();
    pool.dedup();
    assert!(chosen == sets.len() && pool.len() < chosen, "some are in several");
    // Persons are clusters, and whoever is in a set that was observed stays.
    let clusters = matched.clusters();
    assert!(clusters.iter().enumerate().all(|(row, cluster)| row == *cluster as usize));
    let unseen = |row: usize| row.is_multiple_of(40);
    let stays = sets.iter().filter(|(row, chosen)| !unseen(*row) && !unseen(chosen[0]));
    let stays: Vec<_> = stays.collect();
    let main = evaluation.main_primary().unwrap();
    let mut of_pool: Vec<usize> = stays.iter().map(|(_, chosen)| chosen[0]).collect();
    of_pool.sort_unstable();
    of_pool.dedup();
    assert_eq!(main.persons, [of_pool.len() as u64, stays.len() as u64]);
    assert!(main.unobserved > 0 && main.rate_ratio.is_ok());
    assert!(evaluation.robust.bootstrap.is_none() && evaluation.robust.gamma.is_none());
    assert!(page.contains("clustered by person") && !page.contains("clustered by matched set"));
}

#[test]
fn sets_of_three_have_two_of_the_comparison() {
    let text = PLAN.replace("[score]", "[matching]\nratio = 2\n[score]");
    let (evaluation, page, _) = evaluated(&Invented::default(), &text);
    let matched = evaluation.matched.as_ref().unwrap();
    let twos = matched.matching.matched().filter(|(_, chosen)| chosen.len() == 2).count();
    assert!(twos > 100, "{twos}");
    let main = evaluation.main_primary().unwrap();
    assert!(main.persons[0] > main.persons[1] && main.rate_ratio.is_ok());
    assert!(evaluation.robust.bootstrap.is_some() && evaluation.robust.gamma.is_none());
    assert!(page.contains("up to 2 persons"));
}

#[test]
fn those_outside_of_the_common_range_are_not_matched() {
    let text =
        PLAN.replace("[score]", "[matching]\ncommon_support = true\ncaliper_sd = 0\n[score]");
    let apart = Invented { shift: 2, ..Invented::default() };
    let (evaluation, _, _) = evaluated(&apart, &text);
    let matched = evaluation.matched.as_ref().unwrap();
    assert!(matched.outside[1] > 0, "{:?}", matched.outside);
    assert!(matched.matching.unmatched() as u64 >= matched.outside[1]);
    let (free, _, _) = evaluated(&apart, &text.replace("common_support = true", ""));
    assert_eq!(
        free.matched.unwrap().matching.unmatched(),
        0,
        "without a caliper all find somebody"
    );
}

#[test]
fn the_three_linkages_have_three_ratios() {
    let (_, _, sheets) = evaluated(&Invented::default(), PLAN);
    let variants = &sheet(&sheets, "variants").rows[0];
    assert_ne!(variants[2], variants[3]);
    assert_ne!(variants[3], variants[4]);
    assert_ne!(variants[2], variants[4]);
    let rows = &sheet(&sheets, "linkage").rows;
    let of = |name: &str| rows.iter().find(|row| row[0] == name).unwrap()[1].clone();
    let linkages = ["Strict linkage", "Main linkage", "Loose linkage"].map(of);
    assert_eq!(variants[2..5], linkages);
    assert!(rows.iter().all(|row| !row[0].contains("shares with any event")));
}

#[test]
fn an_empty_arm_is_a_statement_and_not_a_failure() {
    let (evaluation, page, sheets) = evaluated(&Invented { pool: 0, ..Invented::default() }, PLAN);
    assert_eq!(evaluation.matched.unwrap_err().code(), "evaluate-arm-empty");
    assert!(page.contains("nobody is left in the comparison arm"));
    assert!(sheets.iter().any(|sheet| sheet.name.ends_with("_p2")), "the process is told");
    let (_, page, _) = evaluated(&Invented { clients: 0, ..Invented::default() }, PLAN);
    assert!(page.contains("nobody is left in the programme arm"));
}

#[test]
fn an_outcome_that_never_happened_has_counts_and_no_ratio() {
    let (evaluation, page, sheets) =
        evaluated(&Invented { rate: 0.0, ..Invented::default() }, PLAN);
    let main = evaluation.main_primary().unwrap();
    assert_eq!(main.with_event, [0, 0]);
    assert!(page.contains(
        "There is no estimate of the main outcome: the outcome is the same for everybody"
    ));
    let row = &sheet(&sheets, "ratios").rows[0];
    assert_eq!(row[2], "none: the outcome is the same for everybody");
    assert_eq!(sheet(&sheets, "outcomes").rows[0][4], "0.000");
}

#[test]
fn an_arm_without_an_event_has_no_finite_ratio() {
    let none = Invented { effect: 0.0, ..Invented::default() };
    let (evaluation, page, sheets) = evaluated(&none, PLAN);
    assert_eq!(evaluation.main_primary().unwrap().with_event[1], 0);
    assert!(page.contains("one arm has no event"));
    let difference = &sheet(&sheets, "outcomes").rows[0][6];
    assert!(difference.starts_with('\u{2212}'), "the difference exists: {difference}");
}

#[test]
fn one_district_is_left_out_of_the_score_and_named() {
    let one = Invented { one_district: true, ..Invented::default() };
    let (evaluation, page, _) = evaluated(&one, PLAN);
    assert_eq!(evaluation.matched.unwrap().constant, ["index_district"]);
    assert!(page.contains("The same for everybody, and so not in the score: index_district"));
}

#[test]
fn windows_that_nobody_was_followed_through_are_not_counted_as_nothing() {
    let short = Invented { follow_up: 20, ..Invented::default() };
    let (evaluation, page, _) = evaluated(&short, PLAN);
    let main = evaluation.main_primary().unwrap();
    assert_eq!(main.persons, [0, 0]);
    assert!(main.unobserved > 0);
    assert!(page.contains("There is no estimate of the main outcome: nobody is left in the"));
    // Twenty days of follow-up have a curve, if a short one.
    let first = evaluation.first_arrest.unwrap().unwrap();
    assert!(first.to_end == [0, 0] && first.persons[0] > 0);
}

#[test]
fn imputed_linkages_are_pooled() {
    let (evaluation, page, sheets) =
        evaluated(&Invented { imputed: 5, ..Invented::default() }, PLAN);
    let pooled = evaluation.linkage.pooled.unwrap().unwrap();
    assert_eq!(evaluation.linkage.imputed.len(), 5);
    let mean = evaluation
        .linkage
        .imputed
        .iter()
        .map(|it| libm::log(it.as_ref().unwrap().estimate))
        .sum::<f64>()
        / 5.0;
    assert!((libm::log(pooled.estimate.estimate) - mean).abs() < 1e-12);
    assert!(page.contains("Pooled over imputed"));
    assert!(
        sheet(&sheets, "linkage").rows.iter().any(|row| row[0] == "Pooled over 5 imputed linkages")
    );
}

/// Clients miss 5 % of what is theirs, the pool 10 %; 1 % is of others in both: by hand (1/.95) / (1/.90).
#[test]
fn rates_of_the_release_correct_the_ratio() {
    let (evaluation, _, _) = evaluated(&Invented::default(), PLAN);
    let ratio = evaluation.main_primary().unwrap().rate_ratio.clone().unwrap().estimate;
    let corrected = evaluation.linkage.corrected.unwrap().unwrap().estimate;
    assert!((corrected / ratio - 0.90 / 0.95).abs() < 1e-9);
}

#[test]
fn the_same_tables_give_the_same_page() {
    let (_, one, _) = evaluated(&Invented::default(), PLAN);
    let (_, other, _) = evaluated(&Invented::default(), PLAN);
    assert!(one == other);
}

/// What is written of rows of persons by `Debug`, as in a panic, is how many there are.
#[test]
fn debug_says_sizes_and_no_rows() {
    let (evaluation, _, _) = evaluated(&Invented::default(), PLAN);
    let tables = Invented::default().tables();
    let people = People::read(&evaluation.plan, &tables[0], &tables[1]).unwrap();
    let first = evaluation.first_arrest.as_ref().unwrap().as_ref().unwrap();
    let matched = evaluation.matched.as_ref().unwrap();
    let all = [
        format!("{evaluation:?}"),
        format!("{people:?}"),
        format!("{first:?}"),
        format!("{matched:?}"),
    ];
    assert!(all.iter().all(|text| text.len() < 300), "{all:?}");
}
