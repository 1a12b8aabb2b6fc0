//! Every estimate as a table for programs.

use tallystick_chart::numbers;

use crate::error::Error;
use crate::regression::Estimate;
use crate::report::gate::Gate;
use crate::report::sheet::Sheet;
use crate::report::words::{linkage_word, way_word};
use crate::study::Evaluation;

/// Digits of ratios behind the point, as on the page: more would let the counts be computed that they are made of.
const RATIO: usize = 2;
/// The same of differences of means and of p values.
const DIFFERENCE: usize = 3;

/// One row an estimate; those that are hidden, or that do not exist, have no row.
pub(super) fn estimates(it: &Evaluation) -> Sheet {
    let gate = Gate::of(it);
    let mut rows = Vec::new();
    for one in it.estimates.iter().filter(|one| gate.shows(one)) {
        let about = [one.count.as_str(), &one.window, linkage_word(one.linkage)];
        let mut add = |measure, found: &Result<Estimate, Error>, digits| {
            rows.extend(row(about, measure, found, digits));
        };
        add("difference", &one.difference, DIFFERENCE);
        add("rate ratio", &one.rate_ratio, RATIO);
        add("odds ratio", &one.odds_ratio, RATIO);
        if let Some(changed) = gate.changed(one) {
            add("difference in differences", &changed.difference, DIFFERENCE);
            add("ratio of changes", &changed.ratio, RATIO);
        }
    }
    let window = it.plan.outcomes.windows.first().map_or("", String::as_str);
    let about = [it.plan.outcomes.main.as_str(), window, "Main"];
    for version in it.robust.versions.iter().filter(|version| gate.shows_way(it, version)) {
        rows.extend(row(about, way_word(version.way), &version.ratio, RATIO));
    }
    if gate.shows_main(it) {
        let corrected = it.linkage.corrected.as_ref();
        rows.extend(corrected.and_then(|found| row(about, "rate ratio, corrected", found, RATIO)));
        if let Some(Ok(pooled)) = &it.linkage.pooled {
            rows.extend(row(about, "rate ratio, pooled", &Ok(pooled.estimate), RATIO));
        }
    }
    let columns = ["count", "window", "linkage", "measure", "estimate", "lower", "upper", "p"];
    Sheet::new("estimates", "Every estimate, for programs", &columns)
        .noted(
            "Rounded as on the page, since more digits would let the counts be computed: ratios to 2 digits, differences and p to 3.",
        )
        .filled(rows)
}

fn row(
    about: [&str; 3],
    measure: &str,
    found: &Result<Estimate, Error>,
    digits: usize,
) -> Option<Vec<String>> {
    let it = found.as_ref().ok()?;
    // Programs read a hyphen for a minus.
    let number = |value, digits| numbers::decimals(value, digits).replace('\u{2212}', "-");
    let words = about.into_iter().chain([measure]).map(ToOwned::to_owned);
    let ends = [it.estimate, it.lower, it.upper].map(|value| number(value, digits));
    Some(words.chain(ends).chain([number(it.p_value, DIFFERENCE)]).collect())
}
