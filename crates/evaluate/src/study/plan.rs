//! The plan of an evaluation: who is compared, what is adjusted for, what is counted.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::StudyError;

/// Most bytes of a plan.
pub const PLAN_BYTES_MAX: usize = 1 << 16;

/// A plan whose every setting was checked.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Arm of the programme, as the study names it.
    pub programme: String,
    /// Arm of the comparison.
    pub comparison: String,
    /// What covariates make the propensity score.
    pub score: Score,
    /// How pairs are made.
    #[serde(default)]
    pub matching: Matching,
    /// What is counted.
    pub outcomes: Outcomes,
    /// What is known of linkage errors.
    pub linkage: Option<Linkage>,
    /// What events cost.
    pub costs: Option<Costs>,
    /// Days after the index day in which the first arrest is looked for.
    #[serde(default = "first_arrest_days")]
    pub first_arrest_days: u32,
    /// Persons of the smallest cell that is shown.
    #[serde(default = "smallest_cell")]
    pub smallest_cell: u32,
    /// Seed of resampling.
    #[serde(default = "seed")]
    pub seed: u64,
    /// Resamples of bootstrap intervals.
    #[serde(default = "resamples")]
    pub resamples: u32,
    /// Confidence of intervals.
    #[serde(default = "confidence")]
    pub confidence: f64,
}

/// Covariates of the propensity score: columns of table `person`.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Score {
    /// Columns taken as levels.
    #[serde(default)]
    pub categories: Vec<String>,
    /// Columns taken as numbers.
    #[serde(default)]
    pub numbers: Vec<String>,
    /// Columns in which pairs must agree.
    #[serde(default)]
    pub exact: Vec<String>,
}

/// How pairs are made.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct Matching {
    /// Comparison persons for each person of the programme.
    pub ratio: u32,
    /// Widest distance in standard deviations of the score's logit; none if 0.
    pub caliper_sd: f64,
    /// Whether a comparison person can be taken several times.
    pub replace: bool,
    /// Whether persons outside of the range of scores that both arms have are left out.
    pub common_support: bool,
}

impl Default for Matching {
    fn default() -> Self {
        // A caliper of 0.2 standard deviations of the logit: Austin (2011), doi:10.1002/pst.433.
        Self { ratio: 1, caliper_sd: 0.2, replace: false, common_support: false }
    }
}

/// What is counted, in which windows of the study.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Outcomes {
    /// Columns of `person_window`.
    #[serde(default = "counts")]
    pub counts: Vec<String>,
    /// Windows after the index day; the first is the main one.
    pub windows: Vec<String>,
    /// Window before it, for differences in differences.
    pub before: Option<String>,
    /// The main outcome; one of the counts.
    #[serde(default = "main_count")]
    pub main: String,
}

/// Shares of linkage errors by arm.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Linkage {
    /// Of the programme.
    pub programme: ErrorShares,
    /// Of the comparison.
    pub comparison: ErrorShares,
}

/// Shares of linkage errors of an arm.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct ErrorShares {
    /// Of the arm's own events, those that were not linked to their persons: 0 to below 1.
    pub missed: f64,
    /// Of the events linked to the arm's persons, those of others: 0 to below 1.
    #[serde(rename = "false")]
    pub wrong: f64,
    /// Standard error of `missed`; 0 if it is taken as known.
    #[serde(default)]
    pub missed_error: f64,
    /// Standard error of `false`; 0 if it is taken as known.
    #[serde(default, rename = "false_error")]
    pub wrong_error: f64,
}

/// What events cost.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Costs {
    /// The currency and its year, as the report shows them.
    pub currency: String,
    /// Days of the main window.
    pub window_days: u32,
    /// Cost of one event, by name of the count.
    pub unit: BTreeMap<String, f64>,
}

const fn smallest_cell() -> u32 {
    11
}

const fn first_arrest_days() -> u32 {
    365
}

const fn seed() -> u64 {
    1
}

const fn resamples() -> u32 {
    1_000
}

const fn confidence() -> f64 {
    0.95
}

fn counts() -> Vec<String> {
    ["n_fel_arr", "n_misd_arr", "n_fel_case", "n_misd_case", "n_conv", "jail_days"]
        .map(ToOwned::to_owned)
        .into()
}

fn main_count() -> String {
    "n_fel_arr".to_owned()
}

impl Plan {
    /// Reads a plan.
    ///
    /// # Errors
    /// [`StudyError::Syntax`] with the line, [`StudyError::Setting`] with the setting.
    pub fn parse(text: &str) -> Result<Self, StudyError> {
        if text.len() > PLAN_BYTES_MAX {
            return Err(setting("plan", "at most 64 KiB"));
        }
        let plan: Self = toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            let line = text.get(..start).unwrap_or("").matches('\n').count() + 1;
            StudyError::Syntax { line, what: without_text(error.message()) }
        })?;
        plan.check()?;
        Ok(plan)
    }

    /// Place of the main outcome among the counts.
    #[must_use]
    pub fn main_place(&self) -> usize {
        self.outcomes.counts.iter().position(|it| *it == self.outcomes.main).unwrap_or(0)
    }

    fn check(&self) -> Result<(), StudyError> {
        let (score, outcomes) = (&self.score, &self.outcomes);
        let has_covariates = !(score.categories.is_empty() && score.numbers.is_empty());
        let windows: Vec<&String> = outcomes.windows.iter().chain(&outcomes.before).collect();
        let all = [
            (self.programme != self.comparison, "comparison", "another arm than the programme's"),
            (has_covariates, "score", "at least one covariate"),
            (
                is_distinct(score.categories.iter().chain(&score.numbers)),
                "score",
                "no column twice",
            ),
            (is_distinct(score.exact.iter()), "score.exact", "no column twice"),
            (!score.has_ids(), "score", "no column of ids"),
            ((1..=10).contains(&self.matching.ratio), "matching.ratio", "1 to 10"),
            ((0.0..=10.0).contains(&self.matching.caliper_sd), "matching.caliper_sd", "0 to 10"),
            (!outcomes.windows.is_empty(), "outcomes.windows", "at least one window"),
            (is_distinct(windows.into_iter()), "outcomes.windows", "no window twice"),
            (is_distinct(outcomes.counts.iter()), "outcomes.counts", "no count twice"),
            (outcomes.counts.contains(&outcomes.main), "outcomes.main", "one of the counts"),
            ((3..=1_000).contains(&self.smallest_cell), "smallest_cell", "3 to 1000"),
            ((200..=100_000).contains(&self.resamples), "resamples", "200 to 100000"),
            ((0.5..1.0).contains(&self.confidence), "confidence", "from 0.5 to below 1"),
            ((1..=3_660).contains(&self.first_arrest_days), "first_arrest_days", "1 to 3660"),
            (self.linkage.is_none_or(|it| it.is_possible()), "linkage", "shares from 0 to below 1"),
        ];
        if let Some((_, place, rule)) = all.into_iter().find(|(holds, ..)| !holds) {
            return Err(setting(place, rule));
        }
        self.names()?;
        self.costs.as_ref().map_or(Ok(()), |costs| costs.check(outcomes))
    }

    /// Names go into code for R and Stata, and stand as columns and arms do in releases.
    fn names(&self) -> Result<(), StudyError> {
        let (score, outcomes) = (&self.score, &self.outcomes);
        let columns = score.categories.iter().chain(&score.numbers).chain(&score.exact);
        let columns = columns.chain(&outcomes.counts);
        let arms = [&self.programme, &self.comparison];
        let values = arms.into_iter().chain(&outcomes.windows).chain(&outcomes.before);
        let is_name = |name: &String| {
            let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            !name.is_empty() && name.len() <= 32 && name.chars().all(fits)
        };
        let is_value = |value: &String| {
            let fits = |c: char| c.is_ascii_alphanumeric() || " _-.".contains(c);
            !value.is_empty() && value.len() <= 64 && value.chars().all(fits)
        };
        if !columns.into_iter().all(is_name) {
            return Err(setting("score, outcomes", "names of columns as the codebook has them"));
        }
        if !values.into_iter().all(is_value) {
            return Err(setting("arms, windows", "letters, digits, blanks, _ - and ."));
        }
        Ok(())
    }
}

impl Score {
    fn has_ids(&self) -> bool {
        let mut all = self.categories.iter().chain(&self.numbers).chain(&self.exact);
        all.any(|name| name == "study_id" || name.ends_with("_pid"))
    }
}

/// What the parser says without what it quotes of the text: names of this form, which stand after "expected" or are missing,
/// stay.
fn without_text(message: &str) -> String {
    if message.starts_with("missing field") {
        return message.to_owned();
    }
    let (head, tail) = message.split_at(message.rfind(", expected").unwrap_or(message.len()));
    let is_quote = |c: char| "\"'`".contains(c);
    match (head.find(is_quote), head.rfind(is_quote)) {
        (Some(first), Some(last)) => {
            format!("{}{}{tail}", head[..first].trim_end(), &head[last + 1..])
        }
        _ => message.to_owned(),
    }
}

fn is_distinct<'a>(names: impl Iterator<Item = &'a String>) -> bool {
    let mut names: Vec<&String> = names.collect();
    names.sort();
    names.windows(2).all(|pair| pair[0] != pair[1])
}

impl Costs {
    fn check(&self, outcomes: &Outcomes) -> Result<(), StudyError> {
        let is_price = |cost: &f64| cost.is_finite() && *cost >= 0.0;
        let all = [
            (!self.unit.is_empty(), "costs.unit", "at least one count"),
            (self.unit.values().all(is_price), "costs.unit", "not negative"),
            (
                self.unit.keys().all(|name| outcomes.counts.contains(name)),
                "costs.unit",
                "counts of outcomes.counts",
            ),
            ((1..=3_660).contains(&self.window_days), "costs.window_days", "1 to 3660"),
            ((1..=32).contains(&self.currency.len()), "costs.currency", "1 to 32 letters"),
        ];
        match all.into_iter().find(|(holds, ..)| !holds) {
            Some((_, place, rule)) => Err(setting(place, rule)),
            None => Ok(()),
        }
    }
}

impl Linkage {
    fn is_possible(&self) -> bool {
        let arms = [self.programme, self.comparison];
        let all = arms.map(|arm| [arm.missed, arm.wrong, arm.missed_error, arm.wrong_error]);
        all.as_flattened().iter().all(|share| (0.0..1.0).contains(share))
    }
}

const fn setting(place: &'static str, rule: &'static str) -> StudyError {
    StudyError::Setting { place, rule }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "programme = \"LEAD\"\ncomparison = \"POOL\"\n[score]\ncategories = [\"sex\"]\n\
                        [outcomes]\nwindows = [\"POST365\"]\n";

    #[test]
    fn a_short_plan_has_defaults() {
        let plan = Plan::parse(GOOD).unwrap();
        assert_eq!(plan.matching, Matching::default());
        assert_eq!((plan.smallest_cell, plan.outcomes.main.as_str()), (11, "n_fel_arr"));
        assert_eq!(plan.outcomes.counts.len(), 6);
    }

    #[test]
    fn a_plan_that_cannot_be_is_refused_by_its_place() {
        let refused = |from: &str, to: &str| Plan::parse(&GOOD.replace(from, to)).unwrap_err();
        let place = |error| match error {
            StudyError::Setting { place, .. } => place,
            error => panic!("{error}"),
        };
        assert_eq!(place(refused("POOL", "LEAD")), "comparison");
        assert_eq!(place(refused("[\"sex\"]", "[]")), "score");
        assert_eq!(place(refused("[\"sex\"]", "[\"sex\", \"sex\"]")), "score");
        assert_eq!(place(refused("[\"POST365\"]", "[]")), "outcomes.windows");
        assert_eq!(place(refused("[score]", "smallest_cell = 1\n[score]")), "smallest_cell");
        let linkage = "[linkage]\nprogramme = { missed = 1.0, false = 0 }\ncomparison = { missed = 0, false = 0 }\n";
        assert_eq!(place(Plan::parse(&format!("{GOOD}{linkage}")).unwrap_err()), "linkage");
        let error = refused("[outcomes]", "[outcomes]\nsecret = 5");
        assert!(matches!(&error, StudyError::Syntax { line: 6, .. }), "{error}");
        assert_eq!(place(refused("[\"sex\"]", "[\"study_id\"]")), "score");
    }

    #[test]
    fn what_is_wrong_is_said_without_the_text() {
        let wrong = [
            "smallest_cell = \"Ann, expected Lee\"",
            "smallest_cell = -77123",
            "smallest_cell = 77123.5",
            "programme_of_ann = 1",
            "smallest_cell = 2077-12-31",
            "matching = \"Ann `Lee\"",
            "smallest_cell = 1 Ann",
            "smallest_cell = 1\nsmallest_cell = 77123",
            "confidence = 'Ann \" Lee'",
        ];
        for text in wrong {
            let error = Plan::parse(&format!("{text}\n{GOOD}")).unwrap_err();
            let said = format!("{error} {error:?}");
            assert!(matches!(error, StudyError::Syntax { .. }), "{said}");
            assert!(
                !["Ann", "Lee", "ann", "77", "12-31"].iter().any(|it| said.contains(it)),
                "{said}"
            );
        }
        assert_eq!(
            without_text("unknown field `secret`, expected `one` or `two`"),
            "unknown field, expected `one` or `two`"
        );
        assert_eq!(without_text("missing field `windows`"), "missing field `windows`");
    }
}
