//! Numbers of the report by hand.

use tallystick_dataset::{Missing, Table};
use tallystick_evaluate::study::cell::Cell;
use tallystick_evaluate::study::process::{Indicator, Source, indicators};
use tallystick_evaluate::study::{Evaluation, People, scripts};

use super::invented::{Invented, flags, integers, table, texts};
use super::{PLAN, evaluated, plan, release};

fn owned(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

fn some(cells: &[i64]) -> Vec<Option<i64>> {
    cells.iter().map(|cell| Some(*cell)).collect()
}

/// Twelve clients and eight of the pool; the smallest cell is 3.
fn small() -> Vec<Table> {
    let ids: Vec<String> = (0..20).map(|place| format!("{place:02}")).collect();
    let arm: Vec<&str> = (0..20).map(|place| if place < 12 { "CLIENTS" } else { "POOL" }).collect();
    let quarter: Vec<&str> =
        (0..20).map(|place| if place % 2 == 0 { "2018Q1" } else { "2018Q2" }).collect();
    let windows: Vec<String> = ids.iter().flat_map(|id| [id.clone(), id.clone()]).collect();
    let names: Vec<&str> = ids.iter().flat_map(|_| ["PRE365", "POST365"]).collect();
    let nothing = some(&[0; 40]);
    let clients = &ids[..12];
    vec![
        table(
            "person",
            vec![
                texts("study_id", &ids),
                texts("arm", &owned(&arm)),
                texts("sex", &owned(&["F"; 20])),
                texts("index_district", &owned(&["NORTH"; 20])),
                texts("index_quarter", &owned(&quarter)),
                integers("prior_fel_arr_365", &some(&[0; 20])),
                flags("elig_strike", &[1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0]),
            ],
        ),
        table(
            "person_window",
            vec![
                texts("study_id", &windows),
                texts("window", &owned(&names)),
                integers("n_fel_arr", &nothing),
                integers("n_misd_arr", &nothing),
                integers("days_at_risk", &nothing),
            ],
        ),
        table(
            "referral",
            vec![
                texts("study_id", clients),
                integers("rel_day", &some(&[0; 12])),
                texts(
                    "pathway",
                    &owned(&[
                        "PREBOOK", "PREBOOK", "PREBOOK", "PREBOOK", "PREBOOK", "PREBOOK",
                        "PREBOOK", "PREBOOK", "SOCIAL", "SOCIAL", "SOCIAL", "SOCIAL",
                    ]),
                ),
                // Officer 1 refers nine, officers 2, 3 and 4 one each.
                integers("officer_pid", &some(&[1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 3, 4])),
                integers("handoff_rel_hr", &some(&[1, 2, 3, 4, 5, 6, 7, 30, 40, 50, 60, 70])),
            ],
        ),
        table(
            "intake",
            vec![
                texts("study_id", clients),
                integers("rel_day", &some(&[0; 12])),
                integers("screening_rel_day", &some(&[1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4])),
                integers("intake_rel_day", &some(&[3, 3, 3, 7, 7, 7, 14, 14, 14, 40, 40, 40])),
                flags("within_30d", &[1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0]),
            ],
        ),
        table(
            "case",
            vec![
                texts("study_id", &owned(&["00", "01", "02", "03", "12", "13", "14"])),
                integers("rel_day", &some(&[-5, -5, -5, 10, -5, -5, -5])),
                integers(
                    "disp_rel_day",
                    &[Some(10), Some(20), Some(200), None, Some(5), Some(6), Some(7)],
                ),
                flags("index_event", &[0, 0, 0, 1, 0, 0, 0]),
            ],
        ),
    ]
}

fn told() -> Vec<Indicator> {
    let tables = small();
    let plan = plan(&format!("smallest_cell = 3\n{PLAN}"));
    let people = People::read(&plan, &tables[0], &tables[1]).unwrap();
    let (told, untold) = indicators(&Source { plan: &plan, people: &people, tables: &tables });
    let untold: Vec<&str> = untold.iter().map(|it| it.id).collect();
    assert_eq!(untold, ["P8", "P9", "P10"], "no such tables");
    told
}

fn row(told: &[Indicator], title: &str, label: &str) -> Vec<String> {
    let indicator = told.iter().find(|it| it.title.starts_with(title)).unwrap();
    let row = indicator.rows.iter().find(|row| row.label == label).unwrap();
    row.cells.iter().map(|cell| cell.text()).collect()
}

#[test]
fn process_indicators_are_those_counted_by_hand() {
    let told = told();
    let of = |title: &str, label: &str| row(&told, title, label);
    // Every second of 12 clients and of 8 others.
    assert_eq!(of("Eligible contacts and referrals by quarter", "2018Q1"), ["60.0% (6 of 10)"]);
    assert_eq!(of("Referrals by pathway", "SOCIAL"), ["4", "4"]);
    // Three of 12 and four of 8.
    assert_eq!(of("Rules of eligibility", ""), ["25.0% (3 of 12)", "50.0% (4 of 8)"]);
    // Of 12 hours the middle two are 6 and 7, the quarters between 3, 4 and 40, 50; seven are below 24.
    assert_eq!(
        of("Hours from referral", "All referrals"),
        ["100.0% (12 of 12)", "3.5", "6.5", "45.0", "58.3% (7 of 12)"]
    );
    assert_eq!(
        of("Days from referral to screening", "All referrals"),
        ["100.0% (12 of 12)", "1.5", "2.5", "3.5"]
    );
    assert_eq!(of("Referrals by the days", "0 to 3 days"), ["3"]);
    assert_eq!(of("Referrals by the days", "31 to 45 days"), ["3"]);
    let intake = of("Days from referral to a complete intake", "All referrals");
    assert_eq!(intake[4], "75.0% (9 of 12)");
    // One client was charged: hidden, and so is the other group, from which and the total it would follow.
    assert_eq!(of("Charges filed", "Intake within 30 days"), ["hidden"]);
    // Three of 12 clients with an open case, two of them disposed: two are too few.
    let open = of("Cases that were open", "Programme");
    assert_eq!(open, ["25.0% (3 of 12)", "3", "hidden"]);
}

/// A month of fewer clients by two than the month before tells of two: its counts are hidden, its mean of many is not.
#[test]
fn months_do_not_tell_how_few_left() {
    let mut tables = small();
    let ids: Vec<String> =
        (0..3).flat_map(|_| (0..12).map(|place| format!("{place:02}"))).collect();
    let mut rows: Vec<(String, i64)> =
        ids.into_iter().enumerate().map(|(row, id)| (id, row as i64 / 12)).collect();
    rows.sort();
    // Two are no longer enrolled in month 2, and seven in month 3.
    let left = |month: i64| [0, 2, 7].into_iter().nth(usize::try_from(month).unwrap()).unwrap();
    let enrolled: Vec<u8> = rows
        .iter()
        .map(|(id, month)| u8::from(id.parse::<i64>().unwrap() >= left(*month)))
        .collect();
    tables.push(table(
        "person_month",
        vec![
            texts("study_id", &rows.iter().map(|row| row.0.clone()).collect::<Vec<_>>()),
            integers("month", &rows.iter().map(|row| Some(row.1)).collect::<Vec<_>>()),
            integers("contacts", &vec![Some(2); rows.len()]),
            flags("enrolled", &enrolled),
        ],
    ));
    let plan = plan(&format!("smallest_cell = 3\n{PLAN}"));
    let people = People::read(&plan, &tables[0], &tables[1]).unwrap();
    let (told, _) = indicators(&Source { plan: &plan, people: &people, tables: &tables });
    let month = |number: u32| row(&told, "Contacts per", &format!("Month {number}"));
    assert_eq!(month(1), ["12", "2.0", "2.0", "2.0", "2.0", "0.0% (0 of 12)"]);
    assert_eq!(month(2), ["hidden", "2.0", "2.0", "2.0", "2.0", "hidden"]);
    assert_eq!(month(3), ["5", "2.0", "2.0", "2.0", "2.0", "0.0% (0 of 5)"]);
    let first = row(&told, "Month of the first contact", "All clients");
    assert_eq!(first[0], "100.0% (12 of 12)");
}

/// Nine of twelve in time, three late: how many in time are known are a part of all referrals.
#[test]
fn shares_of_those_known_do_not_tell_of_the_few_who_are_not() {
    let told = |known: usize| {
        let mut tables = small();
        let intake = tables.iter_mut().find(|table| table.name == "intake").unwrap();
        let within = intake.columns.iter_mut().find(|it| it.name == "within_30d").unwrap();
        (known..12).for_each(|row| within.values.set_missing(row, Missing::NotInCoverage));
        let plan = plan(&format!("smallest_cell = 3\n{PLAN}"));
        let people = People::read(&plan, &tables[0], &tables[1]).unwrap();
        let (told, _) = indicators(&Source { plan: &plan, people: &people, tables: &tables });
        row(&told, "Days from referral to a complete intake", "All referrals")
    };
    assert_eq!(told(12)[4], "75.0% (9 of 12)");
    assert_eq!(told(9)[4], "100.0% (9 of 9)", "three are not known");
    assert_eq!(told(10)[4], "hidden", "two are not known, and one was late");
    assert_eq!(told(12)[0], "100.0% (12 of 12)");
}

/// Nine, one, one, one: mean difference by hand.
#[test]
fn referrals_are_concentrated_as_by_hand() {
    let told = told();
    let spread = told.iter().find(|it| it.title.starts_with("How referrals are spread")).unwrap();
    let cells: Vec<Cell> = spread.rows.iter().map(|row| row.cells[0]).collect();
    assert_eq!(cells[0], Cell::persons(4));
    assert_eq!(cells[1], Cell::share(4, 4));
    assert_eq!(cells[2], Cell::Hidden, "one officer is the tenth, and officers are persons too");
    // 2 (1*1 + 2*1 + 3*1 + 4*9) / (4 * 12) - 5/4 = 0.5
    assert_eq!(cells[3], Cell::Number { value: 50.0, persons: 4 });
}

/// Rates by hand: all events of an arm over all its days at risk. Days in custody have no days at risk: theirs are means.
#[test]
fn days_in_custody_are_compared_by_the_window_and_events_by_days_at_risk() {
    let text = PLAN.replace("\"n_misd_arr\"]", "\"n_misd_arr\", \"jail_days\"]");
    let invented = Invented { jail: true, ..Invented::default() };
    let (evaluation, _, _) = evaluated(&invented, &text);
    let people = People::read(&evaluation.plan, &invented.tables()[0], &invented.tables()[1]);
    let people = people.unwrap();
    let matched = evaluation.matched.as_ref().unwrap();
    let weight = |row: usize| matched.matching.weights[row];
    let sum = |arm: bool, of: &dyn Fn(usize) -> f64| -> f64 {
        let rows = (0..people.len()).filter(|row| people.programme[*row] == arm);
        rows.map(|row| weight(row) * of(row)).sum()
    };
    let ratio = |of: &dyn Fn(usize) -> f64, days: &dyn Fn(usize) -> f64| {
        sum(true, of) / sum(true, days) / (sum(false, of) / sum(false, days))
    };
    let count = |window: usize, place: usize| {
        let window = people.windows[window].clone();
        move |row: usize| window.counts[place][row].unwrap()
    };
    let days = |row: usize| people.windows[0].days_at_risk.as_ref().unwrap()[row].unwrap();
    let found = |count: &str| evaluation.main().find(|it| it.count == count).unwrap();
    let close =
        |found: f64, wanted: f64| assert!((found - wanted).abs() < 1e-9, "{found} {wanted}");
    let estimate = |count: &str| found(count).rate_ratio.as_ref().unwrap().estimate;
    close(estimate("n_fel_arr"), ratio(&count(0, 0), &days));
    let by_window = ratio(&count(0, 2), &|_| 1.0);
    close(estimate("jail_days"), by_window);
    assert!((by_window - ratio(&count(0, 2), &days)).abs() > 0.01, "the two are apart");
    let change = found("jail_days").changed.as_ref().unwrap().ratio.as_ref().unwrap().estimate;
    close(change, by_window / ratio(&count(1, 2), &|_| 1.0));
    assert!(scripts::r(&evaluation).contains("window$days_at_risk"));
    let (jail, _, _) =
        evaluated(&invented, &text.replace("main = \"n_fel_arr\"", "main = \"jail_days\""));
    assert!(!scripts::r(&jail).contains("days_at_risk"));
    assert!(!scripts::stata(&jail).contains("days_at_risk"));
}

/// With a ratio of one to one, equal weights and no exposure the ratio is that of the means.
#[test]
fn the_main_ratio_is_that_of_the_means() {
    let (evaluation, _, _) = evaluated(&Invented::default(), PLAN);
    let main = evaluation.main_primary().unwrap();
    let means = main.means.as_ref().unwrap();
    let ratio = main.rate_ratio.as_ref().unwrap();
    assert!((ratio.estimate - means.programme / means.comparison).abs() < 1e-9);
    let difference = main.difference.as_ref().unwrap();
    assert!((difference.estimate - (means.programme - means.comparison)).abs() < 1e-12);
    let matched = evaluation
        .robust
        .versions
        .iter()
        .find(|it| it.way == tallystick_evaluate::study::robust::Way::Matched);
    assert_eq!(matched.unwrap().ratio, main.rate_ratio);
}

/// 2 felonies at 100 and 1 misdemeanour at 10 a person of one arm; a year is twelve months.
#[test]
fn costs_are_counts_times_prices() {
    let text = format!(
        "{PLAN}[costs]\ncurrency = \"USD\"\nwindow_days = 365\nunit = {{ n_fel_arr = 120.0, n_misd_arr = 12.0 }}\n"
    );
    let tables = Invented::default().tables();
    let evaluation = Evaluation::make(plan(&text), &tables, release()).unwrap();
    let spending = evaluation.spending.as_ref().unwrap();
    let means = spending.means.as_ref().unwrap();
    let mean = |count: &str| {
        let it = evaluation.main().find(|it| it.count == count).unwrap();
        it.means.as_ref().unwrap().programme
    };
    let months = 365.0 / (365.25 / 12.0);
    let by_hand = (mean("n_fel_arr") * 120.0 + mean("n_misd_arr") * 12.0) / months;
    assert!((means.programme - by_hand).abs() < 1e-9);
}
