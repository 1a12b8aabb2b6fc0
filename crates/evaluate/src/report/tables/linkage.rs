//! Tables of linkage error and of the main ratio in other ways.

use tallystick_chart::numbers;

use crate::report::gate::{Gate, HIDDEN};
use crate::report::sheet::Sheet;
use crate::report::told::left_out;
use crate::report::words::{NONE, confidence, estimate, interval, linkage_word, reason, way_word};
use crate::study::Evaluation;
use crate::study::linkage::{GRID, RatesOf};

/// The main ratio under each linkage, pooled and corrected.
pub(super) fn linkages(it: &Evaluation) -> Sheet {
    let gate = Gate::of(it);
    let mut rows: Vec<Vec<String>> = Vec::new();
    for one in it.primary() {
        let text = if gate.shows(one) { estimate(&one.rate_ratio, 2) } else { HIDDEN.to_owned() };
        rows.push(vec![format!("{} linkage", linkage_word(one.linkage)), text]);
    }
    let shows = gate.shows_main(it);
    let told = |text: String| if shows { text } else { HIDDEN.to_owned() };
    if let Some(pooled) = &it.linkage.pooled {
        let name = format!("Pooled over {} imputed linkages", it.linkage.imputed.len());
        let pooled = pooled.as_ref().map_err(Clone::clone);
        rows.push(vec![
            name,
            told(estimate(&pooled.as_ref().map(|it| it.estimate).map_err(Clone::clone), 2)),
        ]);
        if let Ok(pooled) = pooled {
            let share = numbers::percent(pooled.linkage_share);
            rows.push(vec![
                "Share of variance from not knowing the linkage".to_owned(),
                told(share),
            ]);
        }
    }
    if let Some(corrected) = &it.linkage.corrected {
        rows.push(vec!["Corrected for linkage error".to_owned(), told(estimate(corrected, 2))]);
    }
    if rows.is_empty() {
        rows.push(vec!["Main linkage".to_owned(), "none".to_owned()]);
    }
    let columns = ["Linkage", &format!("Estimate ({} interval)", confidence(it))];
    Sheet::new("linkage", "The main estimate and the linkage", &columns)
        .noted("The same matched persons throughout; only what is linked to them changes.")
        .filled(rows)
}

/// The ratio under shares of events missed.
pub(super) fn tipping(it: &Evaluation) -> Sheet {
    let percent = |share: f64| format!("{} %", numbers::plain(share * 100.0));
    let heads: Vec<String> = std::iter::once("Programme \u{2193}, comparison \u{2192}".to_owned())
        .chain(GRID.iter().map(|share| percent(*share)))
        .collect();
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    let shows = Gate::of(it).shows_main(it);
    let cell = |programme: f64, comparison: f64| {
        let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
        let found = it.linkage.grid.iter().find(|cell| {
            near(cell.missed_programme, programme) && near(cell.missed_comparison, comparison)
        });
        found.map_or_else(String::new, |cell| {
            let mark = if cell.stands { "" } else { " *" };
            format!("{}{mark}", numbers::decimals(cell.ratio, 2))
        })
    };
    let rows = GRID.iter().filter(|_| shows && !it.linkage.grid.is_empty()).map(|programme| {
        let cells = GRID.iter().map(|comparison| cell(*programme, *comparison));
        std::iter::once(percent(*programme)).chain(cells).collect::<Vec<String>>()
    });
    let wrong = match it.linkage.rates {
        Some(rates) if rates.of == RatesOf::Plan => {
            " Shares of events of others are those of the plan."
        }
        _ => "",
    };
    let title = "The rate ratio by the share of events that each arm\u{2019}s linkage missed";
    Sheet::new("tipping", title, &heads)
        .noted(format!(
            "* the interval holds 1 or lies on its other side: the finding would be gone.{wrong}"
        ))
        .filled(rows)
}

/// The main ratio in other ways, and hidden bias.
pub(super) fn versions(it: &Evaluation) -> Sheet {
    let gate = Gate::of(it);
    let shows = gate.shows_main(it);
    let or_hidden = |shows: bool, text: String| if shows { text } else { HIDDEN.to_owned() };
    let told = |text: String| or_hidden(shows, text);
    let robust = &it.robust;
    let mut rows: Vec<Vec<String>> = Vec::new();
    for version in &robust.versions {
        let shows = gate.shows_way(it, version);
        let ratio = or_hidden(shows, estimate(&version.ratio, 2));
        let effective = version
            .effective
            .map_or_else(|| NONE.to_owned(), |persons| or_hidden(shows, numbers::rounded(persons)));
        rows.push(vec![way_word(version.way).to_owned(), ratio, effective]);
    }
    let mut row = |name: &str, text: String| {
        rows.push(vec![name.to_owned(), told(text), NONE.to_owned()]);
    };
    if let Some(found) = &robust.bootstrap {
        let main = it.main_primary().and_then(|it| it.rate_ratio.as_ref().ok());
        let text = match (found, main) {
            (Ok(found), Some(main)) => interval(main.estimate, found.lower, found.upper, 2),
            (Err(error), _) => format!("none: {}", reason(error)),
            (Ok(_), None) => NONE.to_owned(),
        };
        row("Matched, interval by resampling sets", text);
    }
    if let Some(found) = &robust.e_value {
        let text = match found {
            Ok(value) => format!(
                "{}; of the interval {}",
                numbers::decimals(value.estimate, 2),
                numbers::decimals(value.interval, 2)
            ),
            Err(error) => format!("none: {}", reason(error)),
        };
        row("E-value", text);
    }
    if let Some(found) = &robust.gamma {
        let text = match found {
            Ok(Some(gamma)) => numbers::decimals(*gamma, 2),
            Ok(None) => "none: the test of pairs finds no difference".to_owned(),
            Err(error) => format!("none: {}", reason(error)),
        };
        row("Rosenbaum\u{2019}s gamma", text);
    }
    let columns = [
        "Way",
        &format!("Rate ratio ({} interval)", confidence(it)),
        "Comparison persons\u{2019} worth",
    ];
    let mut note = "Worth: as how many persons of equal weight the weighted comparison tells. If the ways disagree, the result rests on the \
                    choice of method."
        .to_owned();
    if left_out(it).is_some() {
        note += " Weights are of those who have a score.";
    }
    Sheet::new("versions", "The main estimate made in other ways, and hidden bias", &columns)
        .noted(note)
        .filled(rows)
}
