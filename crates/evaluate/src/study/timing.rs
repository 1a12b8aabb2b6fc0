//! How soon the first arrest after the index day came, and the outcome by month.
//!
//! Takes events of the release and the matched sample; gives curves, the hazard ratio with its test, and the event study. What
//! has no answer stands there as its reason. Days in custody are not taken off here, unlike in rates: an arrest then could
//! not happen, so that hazards of those much in custody look lower than they are.

use std::fmt;

use tallystick_dataset::Table;

use super::StudyError;
use super::frame::Frame;
use super::matched::Matched;
use super::people::{Numbers, People, column, numbers};
use super::plan::Plan;
use crate::covariate::{Design, indicator};
use crate::error::Error;
use crate::outcome::{EventStudy, PersonMonths, event_study};
use crate::regression::Estimate;
use crate::survival::{
    CoxRows, Curve, FollowUp, Ties, TimeScale, cox, kaplan_meier, proportional_hazards,
};

/// Columns of table `person` with days of follow-up begin so.
pub(super) const FOLLOW_UP: &str = "followup_days_";

/// Time to the first arrest. `Debug` says of how many persons.
#[derive(Clone)]
pub struct FirstArrest {
    /// Persons of the comparison and of the programme.
    pub persons: [u64; 2],
    /// Those of them with an arrest in time.
    pub with_event: [u64; 2],
    /// Those who were followed to the end without one.
    pub to_end: [u64; 2],
    /// Curves of the comparison and of the programme.
    pub curves: [Result<Curve, Error>; 2],
    /// Days of follow-up of each arm with whether they ended with an arrest.
    pub times: [Vec<(f64, bool)>; 2],
    /// Ratio of hazards with robust errors.
    pub hazard_ratio: Result<Estimate, Error>,
    /// p value of the test that the ratio is the same at all times.
    pub proportional: Option<f64>,
}

impl fmt::Debug for FirstArrest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let persons = self.times.each_ref().map(Vec::len);
        out.debug_struct("FirstArrest").field("persons", &persons).finish_non_exhaustive()
    }
}

impl FirstArrest {
    /// Makes it from table `arrest` and the days of follow-up of the source that sent arrests.
    pub(super) fn make(
        plan: &Plan,
        people: &People,
        matched: &Matched,
        (person, arrest): (&Table, &Table),
        sources: &[String],
    ) -> Result<Self, StudyError> {
        let first = first_arrests(people, person, arrest)?;
        let follow_up = follow_up(people, person, sources)?;
        let horizon = f64::from(plan.first_arrest_days);
        let ends: Vec<Option<(f64, bool)>> = first
            .iter()
            .zip(&follow_up)
            .map(|(first, follow_up)| {
                let last = follow_up.map(|days| days.min(horizon)).filter(|days| *days > 0.0)?;
                Some(match first {
                    Some(day) if *day <= last => (*day, true),
                    _ => (last, false),
                })
            })
            .collect();
        let frame = Frame::matched(people, matched, |row| ends[row].is_some());
        let end = |place: usize| ends[frame.rows[place]].unwrap_or((0.0, false));
        let of_arm = |arm: bool| {
            let rows = (0..frame.rows.len()).filter(|place| frame.programme[*place] == arm);
            rows.collect::<Vec<usize>>()
        };
        let arms = [of_arm(false), of_arm(true)];
        let curve = |arm: &Vec<usize>| {
            let times: Vec<f64> = arm.iter().map(|place| end(*place).0).collect();
            let events: Vec<bool> = arm.iter().map(|place| end(*place).1).collect();
            let weights: Vec<f64> = arm.iter().map(|place| frame.weights[*place]).collect();
            let follow_up = FollowUp { times: &times, events: &events, weights: Some(&weights) };
            kaplan_meier(&follow_up, plan.confidence)
        };
        let (hazard_ratio, proportional) = hazards(plan, &frame, end);
        Ok(Self {
            persons: frame.count(|_| true),
            with_event: frame.count(|place| end(place).1),
            to_end: frame.count(|place| !end(place).1 && end(place).0 >= horizon),
            curves: [curve(&arms[0]), curve(&arms[1])],
            times: arms.map(|arm| arm.into_iter().map(end).collect()),
            hazard_ratio,
            proportional,
        })
    }
}

fn hazards(
    plan: &Plan,
    frame: &Frame,
    end: impl Fn(usize) -> (f64, bool),
) -> (Result<Estimate, Error>, Option<f64>) {
    let places = || 0..frame.rows.len();
    let times: Vec<f64> = places().map(|place| end(place).0).collect();
    let events: Vec<bool> = places().map(|place| end(place).1).collect();
    let programme: Vec<f64> = frame.programme.iter().map(|yes| indicator(*yes)).collect();
    let fit = crate::propensity::both_arms(&frame.programme, Some(&frame.weights)).and_then(|()| {
        let design = Design::empty(programme.len()).number("programme", &programme)?;
        let weights = Some(frame.weights.as_slice());
        let follow_up = FollowUp { times: &times, events: &events, weights };
        cox(&CoxRows { follow_up, design: &design, strata: None, ties: Ties::Efron })
    });
    match fit {
        Err(error) => (Err(error), None),
        Ok(fit) => {
            let ratio = fit.clustered(&frame.clusters).and_then(|covariance| {
                fit.estimate(0, &covariance, plan.confidence)?.exponentiated()
            });
            let test = proportional_hazards(&fit, TimeScale::KaplanMeier);
            (ratio, test.ok().map(|test| test.global.p_value))
        }
    }
}

/// The first day after the index day with an arrest that counts as an outcome.
fn first_arrests(
    people: &People,
    person: &Table,
    arrest: &Table,
) -> Result<Vec<Option<f64>>, StudyError> {
    let days = numbers(column(arrest, "rel_day")?, &arrest.name)?;
    let outcome = numbers(column(arrest, "outcome")?, &arrest.name)?;
    let mut first: Vec<Option<f64>> = vec![None; people.len()];
    for (row, owner) in people.owners(person, arrest)?.into_iter().enumerate() {
        let (Some(owner), Some(day)) = (owner, days[row]) else { continue };
        if day > 0.0 && outcome[row] == Some(1.0) {
            first[owner] = Some(first[owner].map_or(day, |first: f64| first.min(day)));
        }
    }
    Ok(first)
}

/// Days after the index day that the sources of arrests cover, the least over them; over all sources where it is not known
/// which have arrests.
fn follow_up(
    people: &People,
    person: &Table,
    sources: &[String],
) -> Result<Vec<Option<f64>>, StudyError> {
    let is_of = |name: &str| {
        let source = name.strip_prefix(FOLLOW_UP);
        source.is_some_and(|source| sources.is_empty() || sources.iter().any(|it| it == source))
    };
    let mut all: Option<Vec<Option<f64>>> = None;
    for column in person.columns.iter().filter(|column| is_of(&column.name)) {
        let days = numbers(column, &person.name)?;
        let days = people.rows.iter().map(|row| days[*row]);
        let least = |(one, other): (Option<f64>, Option<f64>)| Some(one?.min(other?));
        all = Some(match all {
            None => days.collect(),
            Some(all) => all.into_iter().zip(days).map(least).collect(),
        });
    }
    all.ok_or_else(|| StudyError::ColumnUnfit {
        table: person.name.clone(),
        column: format!("{FOLLOW_UP}\u{2026}"),
        wanted: "of a source of arrests",
    })
}

/// The main outcome by quarter of a year around the index day.
#[derive(Clone, Debug)]
pub struct Course {
    /// Months in a step.
    pub step: u32,
    /// The estimates by step.
    pub study: Result<EventStudy, Error>,
    /// By step, persons of each arm with an event and all persons.
    pub persons: Vec<(i32, [u64; 2], [u64; 2])>,
}

/// Months in one step of the course.
const STEP: i32 = 3;
/// Months of the course before and after the index month.
const MONTHS: (i32, i32) = (-12, 11);

impl Course {
    /// Makes it from table `person_month`: means a month, in steps of three, against the step before the index day.
    pub(super) fn make(
        plan: &Plan,
        people: &People,
        matched: &Matched,
        (person, months): (&Table, &Table),
    ) -> Result<Self, StudyError> {
        let cells = |name: &str| Numbers::of(column(months, name)?, &months.name);
        let (month, count) = (cells("month")?, cells(&plan.outcomes.main)?);
        let clusters = matched.clusters();
        let mut rows = Rows::default();
        let mut tally: std::collections::BTreeMap<i32, Tally> = std::collections::BTreeMap::new();
        for (row, owner) in people.each_owner(person, months)?.enumerate() {
            let Some(owner) = owner? else { continue };
            let weight = matched.matching.weights[owner];
            let (Some(month), Some(count)) = (month.at(row), count.at(row)) else { continue };
            #[expect(clippy::cast_possible_truncation, reason = "months are small whole numbers")]
            let month = month as i32;
            if weight <= 0.0 || !(MONTHS.0..=MONTHS.1).contains(&month) {
                continue;
            }
            let step = month.div_euclid(STEP);
            rows.add((clusters[owner], people.programme[owner], step, count, weight));
            let tally = tally.entry(step).or_default();
            let arm = usize::from(people.programme[owner]);
            tally.all[arm].add(owner);
            if count > 0.0 {
                tally.with_event[arm].add(owner);
            }
        }
        let study = event_study(&rows.months(), -1, plan.confidence);
        let counts = |arms: [Distinct; 2]| arms.map(|arm| arm.count);
        let persons = tally.into_iter();
        let persons = persons.map(|(step, it)| (step, counts(it.with_event), counts(it.all)));
        Ok(Self { step: STEP.unsigned_abs(), study, persons: persons.collect() })
    }
}

/// Persons of one step.
#[derive(Default)]
struct Tally {
    all: [Distinct; 2],
    with_event: [Distinct; 2],
}

/// How many different persons came; all rows of a person come one after the other.
#[derive(Default)]
struct Distinct {
    count: u64,
    last: Option<usize>,
}

impl Distinct {
    fn add(&mut self, person: usize) {
        self.count += u64::from(self.last.replace(person) != Some(person));
    }
}

/// Columns of person-months.
#[derive(Default)]
struct Rows {
    clusters: Vec<u32>,
    programme: Vec<bool>,
    steps: Vec<i32>,
    counts: Vec<f64>,
    weights: Vec<f64>,
}

impl Rows {
    fn add(&mut self, (cluster, programme, step, count, weight): (u32, bool, i32, f64, f64)) {
        self.clusters.push(cluster);
        self.programme.push(programme);
        self.steps.push(step);
        self.counts.push(count);
        self.weights.push(weight);
    }

    fn months(&self) -> PersonMonths<'_> {
        PersonMonths {
            clusters: &self.clusters,
            programme: &self.programme,
            months: &self.steps,
            outcome: &self.counts,
            weights: Some(&self.weights),
        }
    }
}
