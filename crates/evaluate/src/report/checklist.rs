//! The reporting checklist, as far as the data answer it.

use super::Origin;
use super::figures::balance_rows;
use super::gate::Gate;
use super::tables::flow;
use super::words::{clusters, label, reason};
use crate::study::Evaluation;

const AUTHORS: &str = "for the authors";

/// Items: number, what it asks, the answer or where it stands.
pub(super) fn checklist(it: &Evaluation, origin: &Origin) -> Vec<[String; 3]> {
    let row = |item: &str, asks: &str, answer: &str| [item, asks, answer].map(ToOwned::to_owned);
    let mut rows = vec![
        row(
            "STROBE 1, RECORD 1.1-1.3",
            "Design, type of data, area, period and linkage in the title and abstract",
            AUTHORS,
        ),
        row("STROBE 2-3", "Background, objectives and hypotheses", AUTHORS),
    ];
    rows.extend(design(it, &row));
    rows.extend(statistics(it, &row));
    rows.extend(results(it, &row));
    rows.extend([
        row("STROBE 18-21", "Key results, limits, interpretation, generality", AUTHORS),
        row(
            "RECORD 19.1",
            "Limits of data not made for research",
            "Linkage error, Other methods and hidden bias; coverage of the sources in the codebook; the rest for the authors",
        ),
        row("STROBE 22", "Funding", AUTHORS),
    ]);
    rows.push(row(
        "RECORD 22.1",
        "Access to protocol, data, code",
        &format!(
            "study.toml in the bundle; plan SHA-256 {}; program tallystick-evaluate {}; code in R under Repeating it",
            origin.plan, origin.version
        ),
    ));
    rows
}

type Make<'a> = &'a dyn Fn(&str, &str, &str) -> [String; 3];

fn design(it: &Evaluation, row: Make<'_>) -> Vec<[String; 3]> {
    let outcomes: Vec<String> =
        it.plan.outcomes.counts.iter().map(|name| label(it, name)).collect();
    vec![
        row(
            "STROBE 4, TREND 8",
            "Design; how persons came into the arms",
            "Methods; arms in study.toml of the bundle",
        ),
        row(
            "STROBE 5",
            "Setting, places, dates",
            "study.toml and codebook of the bundle; quarters in P1",
        ),
        row(
            "STROBE 6a, RECORD 6.1",
            "Eligibility, codes and algorithms",
            "study.toml of the bundle; rules that would have excluded in P3",
        ),
        row("STROBE 6b", "Matching criteria and number matched", "Methods; Flow of persons"),
        row("RECORD 6.2", "Validation of codes and algorithms", AUTHORS),
        row(
            "RECORD 6.3",
            "Flow of the linkage with numbers",
            "linkage_report.html of the bundle; Flow of persons",
        ),
        row(
            "STROBE 7, RECORD 7.1",
            "Outcomes, exposures, confounders and their codes",
            &format!(
                "{}; covariates in Matching and balance; codebook of the bundle",
                outcomes.join(", ")
            ),
        ),
        row(
            "STROBE 8",
            "Sources of data and how each is measured",
            "codebook of the bundle, column source and derivation",
        ),
    ]
}

fn statistics(it: &Evaluation, row: Make<'_>) -> Vec<[String; 3]> {
    vec![
        row(
            "STROBE 9, TREND 10",
            "Efforts to address bias",
            "matching; weights; strict and loose linkage; E-value, gamma, tipping point",
        ),
        row(
            "STROBE 10",
            "Study size",
            "Flow of persons; whoever met the study\u{2019}s rules in its period",
        ),
        row("STROBE 11", "Quantitative variables, groupings", "Methods; groupings in the codebook"),
        row("STROBE 12a-b", "Statistical methods", "Methods"),
        row(
            "STROBE 12c",
            "How missing data were addressed",
            "Methods: indicators of missing covariates; sets not observed are left out and counted",
        ),
        row(
            "STROBE 12d",
            "How matching was addressed in the analysis",
            &format!("Methods: errors clustered by {}", clusters(it)),
        ),
        row("STROBE 12e", "Sensitivity analyses", "Linkage error; Other methods, hidden bias"),
        row(
            "RECORD 12.1-12.2",
            "Access to the population; cleaning",
            "manifest and linkage_report.html of the bundle",
        ),
        row(
            "RECORD 12.3",
            "Level, methods and quality of the linkage",
            "linkage_report.html and table linkage_summary of the bundle; Linkage error",
        ),
    ]
}

fn results(it: &Evaluation, row: Make<'_>) -> Vec<[String; 3]> {
    let flow = flow(it);
    let steps = flow.rows.iter().map(|row| format!("{}: {} / {}", row[0], row[1], row[2]));
    let steps = steps.collect::<Vec<_>>().join("; ");
    let balance = match &it.matched {
        Err(error) => format!("no match: {}", reason(error)),
        Ok(_) => {
            let rows = balance_rows(it);
            let largest = rows.iter().filter_map(|row| row.after.map(f64::abs)).reduce(f64::max);
            largest.map_or_else(
                || "Matching and balance; no covariate can be shown".to_owned(),
                |largest| {
                    let largest = tallystick_chart::numbers::decimals(largest, 3);
                    format!(
                        "Matching and balance; largest standardised difference after matching, of those shown, {largest}"
                    )
                },
            )
        }
    };
    let events = it.main_primary().filter(|one| Gate::of(it).shows(one)).map_or_else(
        || "Outcomes; the main outcome has no estimate that can be shown".to_owned(),
        |_| "Outcomes".to_owned(),
    );
    vec![
        row(
            "STROBE 13, RECORD 13.1, TREND 12",
            "Numbers at each stage, selection by linkage",
            &format!("programme / comparison. {steps}"),
        ),
        row("STROBE 14a, TREND 14-15", "Characteristics; arms alike at the start", &balance),
        row("STROBE 14b", "Missing data by variable", "codebook of the bundle, share missing"),
        row("STROBE 14c", "Follow-up time", "windows of equal length; Time to the first arrest"),
        row("STROBE 15, TREND 16", "Outcome events by arm", &events),
        row(
            "STROBE 16a, TREND 17",
            "Estimates unadjusted and adjusted, with intervals",
            "Outcomes",
        ),
        row("STROBE 16c", "Absolute beside relative measures", "Outcomes: differences of means"),
        row(
            "STROBE 17",
            "Other analyses",
            "Linkage error; Other methods, hidden bias; The programme\u{2019}s process",
        ),
    ]
}
