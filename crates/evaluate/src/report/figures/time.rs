//! The first arrest by day, and the main outcome by quarter of a year.

use tallystick_chart::{
    Along, AtRisk, Figure, Head, IntervalRow, Intervals, Line, LinePoint, Lines, Reference, Scale,
    Shape, Stroke, Tone, numbers,
};

use crate::report::gate::{Gate, HIDDEN};
use crate::report::told::Told;
use crate::report::words::{confidence, label, p_equals, reason};
use crate::study::Evaluation;
use crate::study::timing::{Course, FirstArrest};
use crate::survival::Curve;

/// Steps of a curve at most, about: more tell nothing that can be seen.
const STEPS: u64 = 30;
/// Days between numbers at risk.
const AT_RISK_DAYS: u32 = 90;

/// Kaplan-Meier curves of both arms, with a step only where enough further persons had their arrest.
pub(in crate::report) fn first_arrest(it: &Evaluation) -> Figure {
    let gate = Gate::of(it);
    let head = Head::new(
        "first-arrest-figure",
        "Persons without a new arrest",
        format!(
            "Share of matched persons without a new arrest, by days since the index day, with {} intervals. A step is drawn once at least {} \
             further persons of the arm had their first arrest, so that no step tells of few; numbers at risk are those after the last step.",
            confidence(it),
            it.plan.smallest_cell
        ),
    );
    let found = match &it.first_arrest {
        None => return head.empty("There is no matched sample."),
        Some(Err(error)) => return head.empty(format!("There is no curve: {error}.")),
        Some(Ok(found)) => found,
    };
    if !gate.splits(found.persons, found.with_event) {
        return head.empty("Too few persons had, or did not have, an arrest.");
    }
    let told = Told::of(it);
    let mut lines = Vec::new();
    for (arm, name) in [(1, "Programme"), (0, "Comparison")] {
        let is_end_told = told.first_arrest.events || !told.first_arrest.persons;
        match &found.curves[arm] {
            Ok(curve) => lines.push(line(it, name, curve, &found.times[arm], is_end_told)),
            Err(error) => return head.empty(format!("There is no curve: {}.", reason(error))),
        }
    }
    let ends =
        lines.iter().flat_map(|line| &line.points).flat_map(|point| [point.low, point.value]);
    let scale = Scale::shares_from(ends.filter(|end| end.is_finite()));
    let at_risk = at_risk(it, found, &told, [&lines[1], &lines[0]]);
    Lines {
        scale,
        lines,
        along: Along::Numbers("Days since the index day".into()),
        value: "Without a new arrest".into(),
        number: numbers::percent,
        band: format!("{} interval", confidence(it)).into(),
        moments: Vec::new(),
        at_risk: Some(at_risk),
    }
    .figure(head)
}

/// A curve at the start, at days by which enough further persons had the event, and at its end. Where it is not told beside
/// other counts how many had the event in all, enough of them come after the last step.
fn line(
    it: &Evaluation,
    name: &str,
    curve: &Curve,
    times: &[(f64, bool)],
    is_end_told: bool,
) -> Line {
    let smallest = u64::from(it.plan.smallest_cell);
    let step = smallest.max(times.iter().filter(|(_, event)| *event).count() as u64 / STEPS);
    let mut days: Vec<f64> =
        times.iter().filter(|(_, event)| *event).map(|(day, _)| *day).collect();
    days.sort_by(f64::total_cmp);
    let start = LinePoint { at: 0.0, value: 1.0, low: f64::NAN, high: f64::NAN };
    let mut points = vec![start];
    let (mut told, mut seen) = (0_u64, 0_usize);
    for point in &curve.points {
        while days.get(seen).is_some_and(|day| *day <= point.time) {
            seen += 1;
        }
        let left = days.len() as u64 - seen as u64;
        if seen as u64 - told >= step && (left >= smallest || (left == 0 && is_end_told)) {
            told = seen as u64;
            let (low, high) = point.interval.unwrap_or((f64::NAN, f64::NAN));
            points.push(LinePoint { at: point.time, value: point.survival, low, high });
        }
    }
    if let Some(last) = points.last().copied() {
        let at = curve.end.min(f64::from(it.plan.first_arrest_days));
        points.extend((at > last.at).then_some(LinePoint { at, ..last }));
    }
    Line { name: name.to_owned(), is_stepped: true, points }
}

/// Persons of the comparison and of the programme still looked at after the last step of their curves, every quarter of a
/// year, each time by enough fewer than before. Those at the very day would tell with the curve of the few who had an event
/// since the step.
fn at_risk(it: &Evaluation, found: &FirstArrest, told: &Told, lines: [&Line; 2]) -> AtRisk {
    let days = (0..=it.plan.first_arrest_days / AT_RISK_DAYS).map(|quarter| quarter * AT_RISK_DAYS);
    let at: Vec<f64> = days.map(f64::from).collect();
    let mut shown = told.persons.clone();
    if told.first_arrest.events {
        shown.add([0, 1].map(|arm: usize| found.persons[arm] - found.with_event[arm]));
    }
    let after = |arm: usize, day: f64| {
        let steps =
            lines[arm].points.iter().filter(|point| point.at <= day && point.low.is_finite());
        let step = steps.map(|point| point.at).fold(0.0, f64::max);
        found.times[arm].iter().filter(|(end, _)| *end > step).count() as u64
    };
    let mut text = |day: &f64| {
        let now = [0, 1].map(|arm: usize| after(arm, *day));
        let tells = told.first_arrest.persons && shown.tells(now);
        now.map(|now| if tells { numbers::count(now) } else { HIDDEN.to_owned() })
    };
    let cells: Vec<[String; 2]> = at.iter().map(&mut text).collect();
    let row = |arm: usize| cells.iter().map(|cell| cell[arm].clone()).collect();
    AtRisk { rows: vec![row(1), row(0)], at }
}

/// The arms' difference by quarter of a year, against the last one before the index day.
pub(in crate::report) fn course(it: &Evaluation) -> Option<Figure> {
    let head = Head::new(
        "course",
        "The main outcome by quarter of a year",
        format!(
            "{}: mean a month of the programme less that of the comparison, matched persons, against the difference in the quarter before the \
             index day, with {} intervals. If the quarters before are far from 0 the arms were on different paths already. Months in which a \
             person was not observed are left out, and their sets are not.",
            label(it, &it.plan.outcomes.main),
            confidence(it)
        ),
    );
    let course = match it.course.as_ref()? {
        Err(error) => return Some(head.empty(format!("There is no course: {error}."))),
        Ok(course) => course,
    };
    let study = match &course.study {
        Err(error) => return Some(head.empty(format!("There is no course: {}.", reason(error)))),
        Ok(study) => study,
    };
    if !shows_step(it, course, -1) {
        return Some(head.empty("Too few persons had an event in the quarter before."));
    }
    let step = i32::try_from(course.step).unwrap_or(1);
    let rows: Vec<IntervalRow> = study
        .effects
        .iter()
        .filter(|effect| shows_step(it, course, effect.month))
        .map(|effect| {
            let first = effect.month * step;
            let (group, name) = if effect.month < 0 {
                ("Before", format!("months {} to {} before", -first, -first - step + 1))
            } else {
                ("After", format!("months {} to {}", first + 1, first + step))
            };
            let it = effect.effect;
            IntervalRow {
                group: Some(group.to_owned()),
                name,
                value: it.estimate,
                low: it.lower,
                high: it.upper,
                shape: Shape::Dot,
                tone: Tone::of(usize::from(effect.month >= 0)),
            }
        })
        .collect();
    let ends = rows.iter().flat_map(|row| [row.low, row.high]).collect::<Vec<f64>>();
    let figure = Intervals {
        heads: ["Relative to the index day".into(), "Quarter".into()],
        axis: "Difference in events a person-month".into(),
        scale: Scale::numbers(ends.into_iter()),
        number: |value| numbers::decimals(value, 3),
        reference: Some(Reference {
            at: 0.0,
            name: "as in the quarter before".to_owned(),
            stroke: Stroke::Solid,
        }),
        rows,
    };
    Some(figure.figure(head))
}

/// Whether enough persons had an event in a quarter, and enough had none.
fn shows_step(it: &Evaluation, course: &Course, step: i32) -> bool {
    let found = course.persons.iter().find(|(at, ..)| *at == step);
    found.is_some_and(|(_, with_event, all)| Gate::of(it).splits(*all, *with_event))
}

/// The joint test of the quarters before, where all of them are shown.
pub(in crate::report) fn course_before(it: &Evaluation) -> Option<String> {
    let course = it.course.as_ref()?.as_ref().ok()?;
    let study = course.study.as_ref().ok()?;
    let mut before = study.effects.iter().map(|effect| effect.month).filter(|step| *step < 0);
    let shows = shows_step(it, course, -1) && before.all(|step| shows_step(it, course, step));
    let p = study.before_p_value.filter(|_| shows)?;
    Some(format!("All quarters before together against no difference: {}.", p_equals(p)))
}
