//! A whole evaluation: everything that its report says.
//!
//! Takes a plan and the tables of a release, gives flow, matched sample, estimates under the three linkages, what linkage
//! errors and hidden bias would have to be, and the process indicators. Whatever has no answer stands there as its reason.

use std::collections::BTreeMap;
use std::fmt;

use tallystick_dataset::Table;

use super::estimates::{Asked, OutcomeEstimates, estimates};
use super::linkage::LinkageError;
use super::matched::Matched;
use super::people::{Linkage, People};
use super::process::{Indicator, Source, Untold, indicators};
use super::robust::Robust;
use super::spending::Spending;
use super::timing::{Course, FirstArrest};
use super::{Plan, Release, StudyError};
use crate::bias::holm;
use crate::error::Error;
use crate::regression::Estimate;

/// Tables with windows under an imputed linkage begin so.
pub const IMPUTED: &str = "person_window_imputed_";

/// Everything that is told, before the gate. `Debug` says how much, and no count of persons but all.
#[derive(Clone)]
pub struct Evaluation {
    /// The plan; its smallest cell is at least the release's.
    pub plan: Plan,
    /// Persons of the comparison and of the programme.
    pub persons: [u64; 2],
    /// What the release says of itself.
    pub release: Release,
    /// Labels of the columns that the plan names, by the release's codebook.
    pub labels: BTreeMap<String, String>,
    /// Covariates by name with the words of their levels.
    pub levels: Vec<(String, Vec<String>)>,
    /// The matched sample, or why there is none.
    pub matched: Result<Matched, Error>,
    /// Of everybody as they are, by the main linkage; also of those who have no score.
    pub unadjusted: Vec<OutcomeEstimates>,
    /// Of the matched sample under each linkage that the release has, the main one first.
    pub estimates: Vec<OutcomeEstimates>,
    /// p values of the rate ratios of the main linkage's main window, adjusted for their number; by count.
    pub adjusted: Vec<(String, f64)>,
    /// What linkage errors do.
    pub linkage: LinkageError,
    /// The main ratio in other ways, and hidden bias.
    pub robust: Robust,
    /// Time to the first arrest, or which table or column is not there; none without a matched sample.
    pub first_arrest: Option<Result<FirstArrest, StudyError>>,
    /// The main outcome by quarter of a year.
    pub course: Option<Result<Course, StudyError>>,
    /// What the arms cost, if the plan has costs.
    pub spending: Option<Spending>,
    /// Process indicators.
    pub told: Vec<Indicator>,
    /// Those that the release does not tell.
    pub untold: Vec<Untold>,
}

impl fmt::Debug for Evaluation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Evaluation")
            .field("persons", &self.persons.iter().sum::<u64>())
            .field("estimates", &self.estimates.len())
            .field("indicators", &self.told.len())
            .finish_non_exhaustive()
    }
}

/// Tables of a release by name.
#[derive(Clone, Copy)]
struct Tables<'t>(&'t [Table]);

impl<'t> Tables<'t> {
    fn get(self, name: &str) -> Result<&'t Table, StudyError> {
        let found = self.0.iter().find(|table| table.name == name);
        found.ok_or_else(|| StudyError::TableMissing { table: name.to_owned() })
    }
}

impl Evaluation {
    /// Makes it. The smallest cell is the release's own; the plan may ask for a larger one.
    ///
    /// # Errors
    /// [`StudyError`]: a plan that does not fit the tables.
    pub fn make(mut plan: Plan, tables: &[Table], release: Release) -> Result<Self, StudyError> {
        plan.smallest_cell = plan.smallest_cell.max(release.smallest_cell);
        let all = Tables(tables);
        let person = all.get("person")?;
        let people = People::read(&plan, person, all.get(Linkage::Main.table())?)?;
        let made = Matched::make(&plan, &people);
        let matched = made.as_ref().ok();
        // Two halves of about the same length; neither knows of the other.
        let (main, others) = std::thread::scope(|scope| {
            let others = scope.spawn(|| Others::make(&plan, &people, matched, all));
            let main = MainHalf::make(&plan, &people, matched, tables);
            (main, others.join())
        });
        let others = others.expect("estimates refuse and do not panic")?;
        let MainHalf { mut estimates, main, robust, told, untold } = main;
        estimates.extend(others.variants);
        let programme = people.programme.iter().filter(|is_client| **is_client).count() as u64;
        let timing = |name: &str| Some((person, all.get(name).ok()?));
        let course = matched.zip(timing("person_month"));
        Ok(Self {
            persons: [people.len() as u64 - programme, programme],
            unadjusted: others.unadjusted,
            adjusted: adjusted(&plan, &estimates),
            linkage: LinkageError::make(
                &plan,
                all.get("linkage_summary").ok(),
                main,
                others.imputed,
            ),
            robust,
            first_arrest: matched.map(|matched| {
                let tables = (person, all.get("arrest")?);
                FirstArrest::make(&plan, &people, matched, tables, &release.arrest_sources)
            }),
            course: course.map(|(matched, tables)| Course::make(&plan, &people, matched, tables)),
            spending: matched
                .zip(plan.costs.as_ref())
                .map(|(matched, table)| Spending::make(&plan, table, &people, matched)),
            levels: names(&people),
            labels: labels(person, all.get(Linkage::Main.table())?),
            release,
            matched: made,
            estimates,
            told,
            untold,
            plan,
        })
    }

    /// The estimates of the matched sample by the main linkage.
    pub fn main(&self) -> impl Iterator<Item = &OutcomeEstimates> {
        self.estimates.iter().filter(|it| it.linkage == Linkage::Main)
    }

    /// The main estimate.
    #[must_use]
    pub fn main_primary(&self) -> Option<&OutcomeEstimates> {
        self.primary().find(|it| it.linkage == Linkage::Main)
    }

    /// A window by its days, where the release says them.
    #[must_use]
    pub fn window(&self, name: &str) -> String {
        match self.release.windows.get(name) {
            Some((from, to)) if *from >= 0 => format!("days {from} to {to}"),
            Some((from, to)) => format!("days {} to {} before", -from, -to),
            None => name.to_owned(),
        }
    }

    /// The same for columns of tables.
    #[must_use]
    pub fn days(&self, name: &str) -> String {
        match self.release.windows.get(name) {
            Some((from, to)) => format!("{from}\u{2013}{to}"),
            None => name.to_owned(),
        }
    }

    /// The main outcome in the main window under each linkage.
    pub fn primary(&self) -> impl Iterator<Item = &OutcomeEstimates> {
        self.estimates.iter().filter(|it| is_primary(&self.plan, it))
    }
}

fn labels(person: &Table, windows: &Table) -> BTreeMap<String, String> {
    let columns = person.columns.iter().chain(&windows.columns);
    columns.map(|column| (column.name.clone(), column.label.clone())).collect()
}

fn names(people: &People) -> Vec<(String, Vec<String>)> {
    let names = people.covariates.iter().map(|covariate| covariate.name.clone());
    names.zip(people.levels.clone()).collect()
}

/// What is made of the main linkage.
struct MainHalf {
    estimates: Vec<OutcomeEstimates>,
    main: Option<Estimate>,
    robust: Robust,
    told: Vec<Indicator>,
    untold: Vec<Untold>,
}

impl MainHalf {
    fn make(plan: &Plan, people: &People, matched: Option<&Matched>, tables: &[Table]) -> Self {
        let estimates = matched
            .map_or_else(Vec::new, |matched| estimates(plan, people, Some(matched), Linkage::Main));
        let main = main_of(plan, &estimates);
        let robust = Robust::make(&main_asked(plan, people, matched), main);
        let (told, untold) = indicators(&Source { plan, people, tables });
        Self { estimates, main, robust, told, untold }
    }
}

/// What is made of everybody, and of the other linkages.
struct Others {
    unadjusted: Vec<OutcomeEstimates>,
    variants: Vec<OutcomeEstimates>,
    imputed: Vec<Result<Estimate, Error>>,
}

impl Others {
    fn make(
        plan: &Plan,
        people: &People,
        matched: Option<&Matched>,
        all: Tables<'_>,
    ) -> Result<Self, StudyError> {
        let unadjusted = estimates(plan, people, None, Linkage::Main);
        let mut variants = Vec::new();
        for linkage in [Linkage::Strict, Linkage::Loose] {
            // A release may leave the variants out.
            let (Some(matched), Ok(windows)) = (matched, all.get(linkage.table())) else {
                continue;
            };
            let people = People::read(plan, all.get("person")?, windows)?;
            variants.extend(estimates(plan, &people, Some(matched), linkage));
        }
        let imputed = imputed(plan, matched, all)?;
        Ok(Self { unadjusted, variants, imputed })
    }
}

/// The main rate ratio under each imputed linkage of the release, with the same matched persons.
fn imputed(
    plan: &Plan,
    matched: Option<&Matched>,
    all: Tables<'_>,
) -> Result<Vec<Result<Estimate, Error>>, StudyError> {
    let Some(matched) = matched else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for windows in all.0.iter().filter(|table| table.name.starts_with(IMPUTED)) {
        let people = People::read(plan, all.get("person")?, windows)?;
        let asked = main_asked(plan, &people, Some(matched));
        found.push(asked.rate_ratio(&asked.frame(), crate::outcome::CountModel::Poisson));
    }
    Ok(found)
}

fn main_asked<'a>(plan: &'a Plan, people: &'a People, matched: Option<&'a Matched>) -> Asked<'a> {
    let (linkage, window) = (Linkage::Main, &people.windows[0]);
    Asked { plan, people, matched, linkage, window, before: None, place: plan.main_place() }
}

fn is_primary(plan: &Plan, it: &OutcomeEstimates) -> bool {
    it.count == plan.outcomes.main && Some(&it.window) == plan.outcomes.windows.first()
}

fn main_of(plan: &Plan, all: &[OutcomeEstimates]) -> Option<Estimate> {
    let found = all.iter().find(|it| it.linkage == Linkage::Main && is_primary(plan, it))?;
    found.rate_ratio.as_ref().ok().copied()
}

/// Holm's p values of all counts in the main window: they are one family.
fn adjusted(plan: &Plan, all: &[OutcomeEstimates]) -> Vec<(String, f64)> {
    let family = all.iter().filter(|it| {
        it.linkage == Linkage::Main && Some(&it.window) == plan.outcomes.windows.first()
    });
    let found: Vec<(String, f64)> = family
        .filter_map(|it| Some((it.count.clone(), it.rate_ratio.as_ref().ok()?.p_value)))
        .collect();
    let values: Vec<f64> = found.iter().map(|(_, p)| *p).collect();
    let adjusted = holm(&values).unwrap_or_default();
    found.into_iter().map(|(name, _)| name).zip(adjusted).collect()
}
