//! Ratios: by outcome, by linkage, in other ways, and where they tip.

use tallystick_chart::{Along, Figure, Head, Line, LinePoint, Lines, Moment, Scale, Tone, numbers};

use super::{ratios, row};
use crate::report::gate::Gate;
use crate::report::words::{confidence, label, linkage_word, way_word};
use crate::study::Evaluation;
use crate::study::linkage::at_recall;
use crate::study::robust::Way;

/// Rate ratios of all outcomes of the main linkage.
pub(in crate::report) fn forest(it: &Evaluation) -> Figure {
    let head = Head::new(
        "forest",
        "Rate ratios by outcome and window",
        format!(
            "Matched persons, main linkage, with {} intervals. Left of 1: fewer events in the programme.",
            confidence(it)
        ),
    );
    let gate = Gate::of(it);
    let told = it.main().filter(|one| gate.shows(one));
    let rows = told.filter_map(|one| {
        let ratio = one.rate_ratio.as_ref().ok()?;
        Some(row(Some(it.window(&one.window)), label(it, &one.count), ratio, Tone::of(0)))
    });
    ratios(["Window", "Outcome"], rows.collect()).figure(head)
}

/// The main rate ratio under each linkage, pooled, and corrected.
pub(in crate::report) fn linkages(it: &Evaluation) -> Figure {
    let head = Head::new(
        "linkages",
        "The main rate ratio under each linkage",
        "The same matched persons, with the events of sure links only (strict), of the main linkage, and of doubtful links too (loose). If \
         they tell different stories, the linkage decides the result.",
    );
    let gate = Gate::of(it);
    let mut found: Vec<_> = it.primary().filter(|one| gate.shows(one)).collect();
    found.sort_by_key(|one| one.linkage);
    let mut rows: Vec<_> = found
        .into_iter()
        .filter_map(|one| {
            let ratio = one.rate_ratio.as_ref().ok()?;
            Some(row(None, linkage_word(one.linkage), ratio, Tone::of(0)))
        })
        .collect();
    if gate.shows_main(it) {
        if let Some(Ok(pooled)) = &it.linkage.pooled {
            rows.push(row(None, "Pooled over imputed", &pooled.estimate, Tone::of(2)));
        }
        if let Some(Ok(corrected)) = &it.linkage.corrected {
            rows.push(row(None, "Corrected", corrected, Tone::of(1)));
        }
    }
    ratios(["", "Linkage"], rows).figure(head)
}

/// The main rate ratio in other ways.
pub(in crate::report) fn versions(it: &Evaluation) -> Figure {
    let head = Head::new(
        "versions",
        "The main rate ratio made in other ways",
        "The grey row is everybody without matching; the others should agree with the main one.",
    );
    let gate = Gate::of(it);
    let told = it.robust.versions.iter().filter(|version| gate.shows_way(it, version));
    let rows = told.filter_map(|version| {
        let tone = match version.way {
            Way::Unadjusted => Tone::Quiet,
            Way::Matched => Tone::of(1),
            _ => Tone::of(0),
        };
        Some(row(None, way_word(version.way), version.ratio.as_ref().ok()?, tone))
    });
    ratios(["", "Way"], rows.collect()).figure(head)
}

/// The main rate ratio by how well the programme's events are found relative to the comparison's.
pub(in crate::report) fn tipping(it: &Evaluation) -> Figure {
    let head = Head::new(
        "tipping-figure",
        "How different would the arms\u{2019} linkage have to be?",
        "Across: how many of the programme\u{2019}s events the linkage finds for every 100 it finds of as many of the comparison. At 100 both are \
         found alike and the ratio is the observed one. Up: the rate ratio that perfect links would then give. Where the band meets 1 the \
         finding is gone; where the line does, so is the effect.",
    );
    let main = it.main_primary().filter(|one| Gate::of(it).shows(one));
    let Some(ratio) = main.and_then(|one| one.rate_ratio.as_ref().ok()) else {
        return head.empty("There is no main estimate.");
    };
    let recalls = recalls(ratio.estimate);
    let points: Vec<LinePoint> = recalls
        .filter_map(|recall| {
            let found = at_recall(*ratio, recall, it.plan.confidence).ok()?;
            let at = recall * 100.0;
            Some(LinePoint { at, value: found.estimate, low: found.lower, high: found.upper })
        })
        .collect();
    let mut moments = vec![Moment { at: ratio.estimate * 100.0, name: "effect gone".to_owned() }];
    if let Some(Ok(point)) = &it.linkage.point {
        let at = point.recall_ratio_interval.map(|recall| recall * 100.0);
        moments.extend(at.map(|at| Moment { at, name: "finding gone".to_owned() }));
    }
    moments.push(Moment { at: 100.0, name: "found alike".to_owned() });
    moments.sort_by(|a, b| a.at.total_cmp(&b.at));
    let ends = points.iter().flat_map(|point| [point.low, point.high]);
    Lines {
        scale: Scale::ratios(ends.collect::<Vec<f64>>().into_iter()),
        lines: vec![Line { name: "Rate ratio".to_owned(), is_stepped: false, points }],
        along: Along::Numbers(
            "Programme\u{2019}s events found for every 100 of the comparison\u{2019}s".into(),
        ),
        value: "Rate ratio with perfect links".into(),
        number: |value| numbers::decimals(value, 2),
        band: format!("{} interval", confidence(it)).into(),
        moments,
        at_risk: None,
    }
    .figure(head)
}

/// From well below to well above both 1 and the ratio at which the effect is gone, in twentieths.
fn recalls(ratio: f64) -> impl Iterator<Item = f64> {
    let low = (ratio.min(1.0) * 0.8).max(0.2);
    let high = (ratio.max(1.0) * 1.2).min(5.0);
    (4..=100_u32).map(|step| f64::from(step) / 20.0).filter(move |at| (low..=high).contains(at))
}
