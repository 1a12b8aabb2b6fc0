//! Words of the report: names of counts, windows, linkages and ways, estimates and why there is none.

use tallystick_chart::numbers;

use crate::error::{Error, Separation};
use crate::regression::Estimate;
use crate::study::Evaluation;
use crate::study::people::Linkage;
use crate::study::robust::Way;

/// What a column of the release is called; its own name where the codebook has none.
pub(super) fn label(it: &Evaluation, column: &str) -> String {
    it.labels
        .get(column)
        .filter(|label| !label.is_empty())
        .map_or(column, String::as_str)
        .to_owned()
}

/// A linkage in a word.
pub(super) const fn linkage_word(linkage: Linkage) -> &'static str {
    match linkage {
        Linkage::Strict => "Strict",
        Linkage::Main => "Main",
        Linkage::Loose => "Loose",
    }
}

/// A way to make the main ratio.
pub(super) const fn way_word(way: Way) -> &'static str {
    match way {
        Way::Unadjusted => "Everybody, not matched",
        Way::Matched => "Matched (main)",
        Way::NegativeBinomial => "Matched, negative binomial",
        Way::Adjusted => "Matched and adjusted",
        Way::WeightedProgramme => "Weighted to the programme",
        Way::WeightedOverlap => "Overlap weights",
    }
}

/// An estimate with its interval, or why there is none.
pub(super) fn estimate(found: &Result<Estimate, Error>, digits: usize) -> String {
    match found {
        Ok(it) => interval(it.estimate, it.lower, it.upper, digits),
        Err(error) => format!("none: {}", reason(error)),
    }
}

/// A number with its interval.
pub(super) fn interval(value: f64, lower: f64, upper: f64, digits: usize) -> String {
    let [value, lower, upper] = [value, lower, upper].map(|it| numbers::decimals(it, digits));
    format!("{value} ({lower} to {upper})")
}

/// A p value as journals write it.
pub(super) fn p_value(found: &Result<Estimate, Error>) -> String {
    found.as_ref().map_or_else(|_| NONE.to_owned(), |it| p_text(it.p_value))
}

/// Where there is no number.
pub(super) const NONE: &str = "\u{2013}";

/// The same of a number; see [`p_equals`] for sentences.
pub(super) fn p_text(p: f64) -> String {
    if p < 0.001 { "< 0.001".to_owned() } else { numbers::decimals(p, 3) }
}

/// A p value in a sentence: "p = 0.012", or "p < 0.001".
pub(super) fn p_equals(p: f64) -> String {
    let text = p_text(p);
    if text.starts_with('<') { format!("p {text}") } else { format!("p = {text}") }
}

/// Why there is no estimate, for people who do not know the methods' words.
pub(super) fn reason(error: &Error) -> String {
    match error {
        Error::ArmEmpty { arm } => format!("nobody is left in the {} arm", arm.name()),
        Error::OutcomeConstant { .. } => "the outcome is the same for everybody".to_owned(),
        // How many there are may be too few to tell.
        Error::TooFew { what, needed, .. } => {
            format!("there are too few {what}: {needed} are needed")
        }
        Error::NoEvents => "no event was seen".to_owned(),
        Error::Degenerate { .. } => "the outcome does not vary".to_owned(),
        Error::Separated { term, .. } if term.covariate == "programme" => {
            "one arm has no event, or nothing but events".to_owned()
        }
        Error::Separated { term, kind } => {
            let how = match kind {
                Separation::Complete => "without any error",
                Separation::Quasi => "without error for some of them",
            };
            format!("covariate {} tells the two arms apart {how}", term.covariate)
        }
        Error::Collinear { term } => {
            format!("covariate {} says nothing that the others do not", term.covariate)
        }
        Error::NoOverlap => "no score of one arm occurs in the other".to_owned(),
        Error::NoMatches => "nobody of the comparison is near enough to anybody".to_owned(),
        Error::NotOverdispersed => "counts vary no more than a Poisson model has them".to_owned(),
        error => error.to_string(),
    }
}

/// Whose errors go together: with replacement sets share persons, so that each is on their own.
pub(super) const fn clusters(it: &Evaluation) -> &'static str {
    if it.plan.matching.replace { "person" } else { "matched set" }
}

/// How sure intervals are, such as "95 %".
pub(super) fn confidence(it: &Evaluation) -> String {
    format!("{} %", numbers::plain(it.plan.confidence * 100.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p_values_are_written_as_journals_do() {
        assert_eq!([p_equals(0.0001), p_equals(0.0123)], ["p < 0.001", "p = 0.012"]);
    }

    #[test]
    fn how_few_there_are_is_not_said() {
        let error = Error::TooFew { what: "pairs that differ", needed: 1, found: 7 };
        assert!(!reason(&error).contains('7'));
    }
}
