//! The methods of the evaluation, in sentences for a paper.

use tallystick_chart::numbers;

use super::told::{left_out, left_out_columns};
use super::words::{clusters, confidence, label};
use crate::study::Evaluation;

/// The methods.
pub(super) fn methods(it: &Evaluation) -> Vec<String> {
    let mut text = vec![persons(it), score(it)];
    text.extend(without_score(it));
    text.extend([matching(it), outcomes(it)]);
    text.extend(times(it));
    text.extend(multiplicity(it));
    text.push(linkage(it));
    text.push(robust(it));
    text.push(format!(
        "Disclosure control: the smallest cell is {} persons, that of the release or a larger one of the plan. An estimate is shown where in \
         both arms those with and those without an event are nobody or at least so many; of counts that add up, others are hidden with a \
         small one until none can be found out (docs/evaluation.md).",
        it.plan.smallest_cell
    ));
    text
}

fn named(it: &Evaluation, columns: &[String]) -> String {
    let names: Vec<String> = columns.iter().map(|name| label(it, name)).collect();
    numbers::list(&names)
}

fn persons(it: &Evaluation) -> String {
    let plan = &it.plan;
    format!(
        "Persons of arm {} were compared with persons of arm {}. The index day, the windows and what is counted are those of the study\u{2019}s \
         definition (study.toml in the bundle); the index event is no outcome.",
        plan.programme, plan.comparison
    )
}

fn score(it: &Evaluation) -> String {
    let covariates = [&it.plan.score.categories[..], &it.plan.score.numbers[..]].concat();
    format!(
        "The propensity score is a logistic regression of being in the programme on {}. Missing numbers are filled with the mean and have an \
         indicator beside them, missing categories are a category (Rosenbaum and Rubin 1984, doi:10.1080/01621459.1984.10478078).",
        named(it, &covariates)
    )
}

/// Who was left out before the score. Columns are named and levels are not: of how few they are, not even which is told.
fn without_score(it: &Evaluation) -> Option<String> {
    let columns = left_out_columns(it)?;
    Some(format!(
        "Before the score was fitted, persons of a level that nobody of the other arm has were left out, again until no level was of one arm \
         alone; that a value is missing counts as a level. These levels are of {}. No finite coefficient fits such a level (Albert and \
         Anderson 1984, doi:10.1093/biomet/71.1.1), and nobody could be compared with its persons. They count as without a match; estimates \
         of everybody hold them, those by weights of the score do not.",
        named(it, &columns)
    ))
}

fn matching(it: &Evaluation) -> String {
    let plan = &it.plan.matching;
    let caliper = if plan.caliper_sd > 0.0 {
        format!(
            "within {} standard deviations of the score\u{2019}s logit (Austin 2011, doi:10.1002/pst.433)",
            numbers::plain(plan.caliper_sd)
        )
    } else {
        "without a caliper".to_owned()
    };
    let exact = if it.plan.score.exact.is_empty() {
        String::new()
    } else {
        format!(" Persons of a set agree exactly in {}.", named(it, &it.plan.score.exact))
    };
    let support = if plan.common_support {
        " Persons outside of the range of scores that both arms have were left out first."
    } else {
        ""
    };
    let replace = if plan.replace { "with" } else { "without" };
    let many = if plan.ratio == 1 {
        "one person".to_owned()
    } else {
        format!("up to {} persons", plan.ratio)
    };
    format!(
        "Each person of the programme was matched with {many} of the comparison by nearest neighbour, {replace} replacement, the highest \
         scores first, {caliper}.{exact}{support} The effect is that on the programme\u{2019}s persons who found a match; for others it is \
         not estimated."
    )
}

fn outcomes(it: &Evaluation) -> String {
    let before = it.plan.outcomes.before.as_ref().map_or_else(String::new, |before| {
        format!(
            " Differences in differences compare each person\u{2019}s change from {}; they hold if both arms would have changed alike.",
            it.window(before)
        )
    });
    let clusters = clusters(it);
    format!(
        "Rates are compared by Poisson regression with days at risk (days of the window not in custody) as exposure; where no jail sends its \
         stays, and of days in custody themselves, the window counts as equally long for all. Any event is compared by logistic regression, means by linear regression. Standard \
         errors are robust and clustered by {clusters} (Liang and Zeger 1986, doi:10.1093/biomet/73.1.13; Abadie and Spiess 2022, \
         doi:10.1080/01621459.2020.1840383); intervals are {} ones. Sets in which somebody was not observed for the whole window are left \
         out.{before}",
        confidence(it)
    )
}

fn times(it: &Evaluation) -> Option<String> {
    it.first_arrest.as_ref()?.as_ref().ok()?;
    Some(format!(
        "Time to the first new arrest, up to {} days or the end of the source\u{2019}s coverage, is shown by Kaplan-Meier curves and compared \
         by Cox regression with errors clustered by {} (Lin and Wei 1989, doi:10.1080/01621459.1989.10478874); that hazards are proportional \
         is tested by scaled residuals (Grambsch and Therneau 1994, doi:10.1093/biomet/81.3.515).",
        it.plan.first_arrest_days,
        clusters(it)
    ))
}

fn multiplicity(it: &Evaluation) -> Option<String> {
    (it.plan.outcomes.counts.len() > 1).then(|| {
        format!(
            "The main outcome is {}. p values of the rate ratios of all outcomes in the main window are adjusted together by Holm (1979).",
            label(it, &it.plan.outcomes.main)
        )
    })
}

fn linkage(it: &Evaluation) -> String {
    let pooled = if it.linkage.pooled.is_some() {
        " Estimates over the imputed linkages were pooled by Rubin\u{2019}s rules (1987)."
    } else {
        " The release has no imputed linkages, so that nothing was pooled over them."
    };
    format!(
        "Every estimate is repeated with the events of the strict and of the loose linkage of the same persons, where the release has them. \
         The corrected estimate divides out the shares of events missed and of events of others by arm; the tipping point is the ratio of the \
         arms\u{2019} linkage at which the effect would be gone.{pooled}"
    )
}

fn robust(it: &Evaluation) -> String {
    let bootstrap = if it.robust.bootstrap.is_some() {
        format!(
            " The interval by resampling draws whole sets {} times from seed {} and takes percentiles.",
            it.plan.resamples, it.plan.seed
        )
    } else {
        String::new()
    };
    let whom = if left_out(it).is_some() { "all persons who have a score" } else { "all persons" };
    format!(
        "The main ratio was also made by negative binomial regression, with the covariates in the model, and on {whom} by weights of the \
         score: e / (1 - e) for the effect on the programme\u{2019}s persons, 1 - e and e for those who might have been in either arm (Li, \
         Morgan and Zaslavsky 2018, doi:10.1080/01621459.2016.1260466).{bootstrap}"
    )
}
