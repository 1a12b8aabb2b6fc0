//! The flow of persons, from the release to those whose outcome was observed.

use tallystick_chart::numbers;

use crate::report::gate::{Gate, HIDDEN};
use crate::report::sheet::Sheet;
use crate::report::told::{Told, left_out, matched};
use crate::report::words::NONE;
use crate::study::Evaluation;

/// Persons of the comparison and of the programme at a step, if they are told.
#[derive(Clone, Debug)]
pub(in crate::report) struct Step {
    pub(in crate::report) name: String,
    pub(in crate::report) counts: [u64; 2],
    pub(in crate::report) is_told: bool,
}

/// The steps: all, matched, and observed in each window. A step of which an arm cannot be told is told of neither: in pairs
/// one to one the arms are as many.
pub(in crate::report) fn steps(it: &Evaluation) -> Vec<Step> {
    let told = Told::of(it);
    let step = |name: &str, counts, is_told| Step { name: name.to_owned(), counts, is_told };
    let mut all = vec![step("In the study", it.persons, told.all)];
    let Some(matched) = matched(it) else { return all };
    all.push(step("Matched", matched, told.matched));
    let main = told.main(it).filter(|(one, _)| one.count == it.plan.outcomes.main);
    all.extend(main.map(|(one, of)| {
        let name = format!("Matched and observed, {}", it.window(&one.window));
        step(&name, one.persons, of.persons)
    }));
    all
}

/// Persons at each step.
pub(in crate::report) fn flow(it: &Evaluation) -> Sheet {
    let gate = Gate::of(it);
    let row = |name: &str, cells: [String; 2]| {
        let [programme, comparison] = cells;
        vec![name.to_owned(), programme, comparison]
    };
    let count = |is_told: bool, count: u64| {
        if is_told { numbers::count(count) } else { HIDDEN.to_owned() }
    };
    let told = Told::of(it);
    let mut rows = Vec::new();
    let mut last: Option<[u64; 2]> = None;
    for step in steps(it) {
        // Of a step that is not told no more is said than that few went since the last one that is.
        let cell = |arm: usize| match last {
            _ if step.is_told => numbers::count(step.counts[arm]),
            Some(last) => gate.rest(last[arm], step.counts[arm]),
            None => HIDDEN.to_owned(),
        };
        let cells = [cell(1), cell(0)];
        if let ("Matched", Ok(sample)) = (step.name.as_str(), &it.matched) {
            let mut name = "With a score that the other arm does not reach";
            if let Some(left_out) = left_out(it) {
                let cells = [1, 0].map(|arm: usize| count(told.left_out, left_out[arm]));
                rows.push(row(
                    "Without a score: of a level that the other arm does not have",
                    cells,
                ));
                name = "Without a score, or with one that the other arm does not reach";
            }
            let outside = [1, 0].map(|arm: usize| count(told.outside, sample.outside[arm]));
            rows.push(row(name, outside));
            let unmatched = count(step.is_told, it.persons[1] - step.counts[1]);
            rows.push(row("Without a match", [unmatched, NONE.to_owned()]));
        }
        rows.push(row(&step.name, cells));
        if step.is_told {
            last = Some(step.counts);
        }
    }
    let mut note = "The flow from records to the persons of the study is in linkage_report.html of the bundle. Sets of which somebody was not \
                    observed for the whole window are left out together."
        .to_owned();
    if left_out(it).is_some() {
        note += " Whoever has no score has no match either, and is among those without one. That a category or a number is missing counts \
                 as a level.";
    }
    Sheet::new("flow", "Persons at each step", &["Step", "Programme", "Comparison"])
        .noted(note)
        .filled(rows)
}
