//! The sections of the report's page.

use tallystick_chart::{Markup, numbers, table, words as word_column};

use super::checklist::checklist;
use super::figures;
use super::gate::{Gate, HIDDEN};
use super::html::Numbers;
use super::methods::methods;
use super::sheet::Sheet;
use super::told::{left_out, left_out_columns};
use super::words::{NONE, confidence, label, reason};
use super::{Origin, Verified};
use crate::linkage::{ASSUMPTIONS, LinkQuality};
use crate::study::Evaluation;
use crate::study::linkage::RatesOf;
use crate::study::process::Plot;

/// Sections in the order of the page: identifier and heading.
pub(super) const SECTIONS: [(&str, &str); 11] = [
    ("summary", "Summary"),
    ("flow", "Flow of persons"),
    ("balance", "Matching and balance"),
    ("outcomes", "Outcomes"),
    ("time", "Time to the first arrest"),
    ("linkage", "Linkage error"),
    ("robust", "Other methods, hidden bias"),
    ("process", "The programme\u{2019}s process"),
    ("methods", "Methods"),
    ("checklist", "Reporting checklist"),
    ("repeat", "Repeating it"),
];

type Out<'a> = &'a mut Markup;

pub(super) fn section(
    out: &mut Markup,
    id: &str,
    (it, origin): (&Evaluation, &Origin),
    sheets: &[Sheet],
    numbers: &mut Numbers,
) {
    match id {
        "summary" => summary(out, it, origin),
        "flow" => match figures::flow(it) {
            Some(figure) => numbers.figure(out, &figure),
            None => numbers.named(out, sheets, "flow"),
        },
        "balance" => balance(out, it, sheets, numbers),
        "outcomes" => {
            numbers.named(out, sheets, "outcomes");
            numbers.figure(out, &figures::forest(it));
            numbers.named(out, sheets, "ratios");
            numbers.named(out, sheets, "changes");
            numbers.named(out, sheets, "unadjusted");
            numbers.named(out, sheets, "costs");
        }
        "time" => {
            numbers.figure(out, &figures::first_arrest(it));
            numbers.named(out, sheets, "first_arrest");
            if let Some(figure) = figures::course(it) {
                numbers.figure(out, &figure);
                figures::course_before(it).iter().for_each(|text| paragraph(out, text));
            }
        }
        "linkage" => linkage(out, it, sheets, numbers),
        "robust" => robust(out, it, sheets, numbers),
        "process" => process(out, it, sheets, numbers),
        "methods" => methods(it).iter().for_each(|text| out.leaf("p", &[], text)),
        "checklist" => checklist_table(out, it, origin),
        _ => repeat(out, it),
    }
}

fn paragraph(out: Out<'_>, text: &str) {
    out.leaf("p", &[], text);
}

/// The main result in a sentence, or why there is none.
#[must_use]
pub fn lead(it: &Evaluation) -> String {
    let error = match &it.matched {
        Err(error) => {
            return format!(
                "There is no matched comparison, and so no estimate of the effect: {}. What to do: {}.",
                reason(error),
                error.help()
            );
        }
        Ok(_) => match it.main_primary() {
            Some(one) if !Gate::of(it).shows(one) => {
                let smallest = it.plan.smallest_cell;
                return format!(
                    "The main outcome rests on fewer than {smallest} persons and is {HIDDEN}."
                );
            }
            Some(one) => match (&one.rate_ratio, &one.means) {
                (Ok(ratio), Ok(means)) => {
                    let [programme, comparison] = [means.programme, means.comparison]
                        .map(|mean| numbers::decimals(mean * 100.0, 1));
                    let tells = if ratio.upper < 1.0 {
                        "the programme\u{2019}s persons had fewer than those matched to them"
                    } else if ratio.lower > 1.0 {
                        "the programme\u{2019}s persons had more than those matched to them"
                    } else {
                        "the data cannot tell the arms apart"
                    };
                    return format!(
                        "{}, {}: {programme} for every 100 matched persons of the programme, {comparison} for every 100 of the comparison. \
                         The rate ratio is {}, its {} interval {} to {}: {tells}.",
                        label(it, &one.count),
                        it.window(&one.window),
                        numbers::decimals(ratio.estimate, 2),
                        confidence(it),
                        numbers::decimals(ratio.lower, 2),
                        numbers::decimals(ratio.upper, 2),
                    );
                }
                (Err(error), _) | (_, Err(error)) => Some(error),
            },
            None => None,
        },
    };
    let why = error.map_or_else(String::new, |error| {
        format!(": {}. What to do: {}", reason(error), error.help())
    });
    format!("There is no estimate of the main outcome{why}.")
}

fn summary(out: Out<'_>, it: &Evaluation, origin: &Origin) {
    out.leaf("p", &[("class", "lead")], &lead(it));
    tiles(out, it);
    match &origin.verified {
        Verified::WithKey(key) => {
            let text = format!("The bundle is as it was signed, by the key {key}.");
            out.leaf("p", &[("class", "calm")], &text);
        }
        Verified::AtUnit => {
            out.leaf("p", &[("class", "calm")], "Read from the release as the linkage unit keeps it.");
        }
        Verified::Not => out.element("div", &[("class", "warnings"), ("role", "note")], |out| {
            out.leaf("h3", &[], "The bundle was not verified");
            paragraph(
                out,
                "Give the linkage unit\u{2019}s public key with --key, so that the report rests on what was released.",
            );
        }),
    }
    paragraph(
        out,
        "A matched comparison is no experiment: whatever made people be referred and is not among the covariates may have made the \
         difference. The sections on linkage error and on hidden bias say how strong it would have to be.",
    );
    if let Some(text) = not_compared(it) {
        paragraph(out, &text);
    }
}

/// Of whom the comparison says nothing, since the other arm has nobody like them.
fn not_compared(it: &Evaluation) -> Option<String> {
    let columns = left_out_columns(it)?;
    let names: Vec<String> = columns.iter().map(|name| label(it, name)).collect();
    let whom = if left_out(it)?[1] > 0 {
        "Persons of the programme are among them: the effect is that on the others, and of persons of these levels nothing is said."
    } else {
        "They are of the comparison only, so that no person of the programme is left out by this."
    };
    Some(format!(
        "Persons of a level that nobody of the other arm has, or of whom a value is missing as it is of nobody there, could not be compared \
         and were left out before matching (columns: {}). {whom}",
        numbers::list(&names)
    ))
}

fn tiles(out: Out<'_>, it: &Evaluation) {
    let shows = Gate::of(it).shows_main(it);
    let told = |text: Option<String>| {
        if shows { text.unwrap_or_else(|| NONE.to_owned()) } else { NONE.to_owned() }
    };
    let main = it.main_primary().and_then(|one| one.rate_ratio.as_ref().ok());
    let fixed = |value: f64| numbers::decimals(value, 2);
    let value = it.robust.e_value.as_ref().and_then(|it| it.as_ref().ok());
    let point = it.linkage.point.as_ref().and_then(|it| it.as_ref().ok());
    let interval =
        main.map_or_else(String::new, |it| format!("{} to {}", fixed(it.lower), fixed(it.upper)));
    let all = [
        ("Rate ratio", told(main.map(|it| fixed(it.estimate))), told(Some(interval))),
        (
            "E-value",
            told(value.map(|it| fixed(it.estimate))),
            "how strong a hidden cause must be to explain it away".to_owned(),
        ),
        (
            "Tipping point",
            told(point.map(|it| numbers::percent(it.missed_alone))),
            "of one arm\u{2019}s events missed, of the other\u{2019}s none, would remove it"
                .to_owned(),
        ),
    ];
    out.element("dl", &[("class", "tiles")], |out| {
        for (name, value, note) in &all {
            out.element("div", &[("class", "tile")], |out| {
                out.leaf("dt", &[], name);
                out.leaf("dd", &[("class", "value")], value);
                out.leaf("dd", &[("class", "note")], note);
            });
        }
    });
}

fn balance(out: Out<'_>, it: &Evaluation, sheets: &[Sheet], numbers: &mut Numbers) {
    let matched = match &it.matched {
        Ok(matched) => matched,
        Err(error) => {
            let reason = reason(error);
            let text = format!("Nobody could be matched: {reason}. What to do: {}.", error.help());
            paragraph(out, &text);
            return;
        }
    };
    if !matched.constant.is_empty() {
        let names: Vec<String> = matched.constant.iter().map(|name| label(it, name)).collect();
        let names = numbers::list(&names);
        paragraph(
            out,
            &match left_out(it) {
                None => format!("The same for everybody, and so not in the score: {names}."),
                Some(_) => {
                    format!("The same for everybody who has a score, and so not in it: {names}.")
                }
            },
        );
    }
    numbers.figure(out, &figures::overlap(it));
    numbers.figure(out, &figures::love(it));
    numbers.named(out, sheets, "balance");
}

fn linkage(out: Out<'_>, it: &Evaluation, sheets: &[Sheet], numbers: &mut Numbers) {
    paragraph(
        out,
        "An arrest that is not linked to its person is not counted, and one that is linked to the wrong person is counted there. If that \
         happens alike in both arms it hardly moves a ratio of rates; if one arm links better than the other it can make an effect or hide \
         one.",
    );
    numbers.figure(out, &figures::linkages(it));
    numbers.named(out, sheets, "linkage");
    rates(out, it);
    numbers.named(out, sheets, "variants");
    numbers.figure(out, &figures::tipping(it));
    numbers.named(out, sheets, "tipping");
}

fn rates(out: Out<'_>, it: &Evaluation) {
    let Some(rates) = it.linkage.rates else {
        paragraph(
            out,
            "Neither the plan nor the release gives rates of linkage error by arm, so that no corrected estimate is made.",
        );
        return;
    };
    let arm = |name: &str, quality: LinkQuality| {
        format!(
            "{name}: {} missed, {} of others",
            numbers::percent(quality.missed.value),
            numbers::percent(quality.wrong.value)
        )
    };
    let rule = match rates.of {
        RatesOf::Plan => "The rates are those of the plan.",
        RatesOf::Release => {
            "The rates are those of the release\u{2019}s table linkage_summary. They are shares of persons who may lack a record and who may \
             hold one of somebody else, at most, and stand in here for shares of events: take the corrected estimate as a direction, not \
             as a figure to quote, and give better rates in the plan if there are any."
        }
    };
    paragraph(
        out,
        &format!(
            "The corrected estimate takes these rates of linkage error. {}; {}. {rule}",
            arm("Programme", rates.programme),
            arm("Comparison", rates.comparison)
        ),
    );
    paragraph(out, "It assumes:");
    out.element("ul", &[], |out| {
        ASSUMPTIONS.iter().for_each(|assumption| out.leaf("li", &[], assumption));
    });
}

fn robust(out: Out<'_>, it: &Evaluation, sheets: &[Sheet], numbers: &mut Numbers) {
    numbers.figure(out, &figures::versions(it));
    numbers.named(out, sheets, "versions");
    paragraph(
        out,
        "The E-value is how strongly, as a ratio of risks, a cause that is not among the covariates would have to go with both being in the \
         programme and the outcome to explain the estimate away (VanderWeele and Ding 2017, doi:10.7326/M16-2607). Rosenbaum\u{2019}s gamma is \
         how many times as likely, by odds, a hidden cause could make one of two matched persons to be in the programme before the signed \
         rank test of pairs would no longer find the difference (Rosenbaum 2002). Values near 1 mean that little would do.",
    );
}

fn process(out: Out<'_>, it: &Evaluation, sheets: &[Sheet], numbers: &mut Numbers) {
    paragraph(
        out,
        "Indicators P1 to P11 of the programme\u{2019}s steps. A release has no calendar months: what goes by time goes by the quarter of the \
         index day, or by months since it. Cells of too few persons read \u{201c}hidden\u{201d}, and others with them from which they would \
         follow.",
    );
    let tables = sheets.iter().filter(|sheet| sheet.name.starts_with("process_"));
    let told = it.told.iter().enumerate().filter(|(_, indicator)| !indicator.rows.is_empty());
    for ((place, indicator), sheet) in told.zip(tables) {
        if let Some(figure) = figures::process(place, indicator) {
            numbers.figure(out, &figure);
        }
        // The table of shares stands under their figure.
        if !matches!(indicator.plot, Some(Plot::Shares(_))) {
            numbers.sheet(out, sheet);
        }
    }
    if it.untold.is_empty() {
        return;
    }
    out.leaf("h3", &[("class", "table")], "What the release does not tell");
    out.element("ul", &[], |out| {
        for untold in &it.untold {
            out.leaf("li", &[], &format!("{} {}: {}.", untold.id, untold.title, untold.reason));
        }
    });
}

fn checklist_table(out: Out<'_>, it: &Evaluation, origin: &Origin) {
    paragraph(
        out,
        "Items of STROBE (doi:10.1371/journal.pmed.0040296), its extension RECORD for routinely collected records \
         (doi:10.1371/journal.pmed.1001885) and TREND for non-randomised evaluations (doi:10.2105/AJPH.94.3.361) that the data answer. The \
         others are for the authors.",
    );
    let columns = ["Item", "What it asks", "Answer"].map(word_column).into();
    let rows = checklist(it, origin).into_iter().map(Vec::from).collect();
    table(out, "Checklist", &tallystick_chart::Table { columns, rows });
}

fn repeat(out: Out<'_>, it: &Evaluation) {
    paragraph(
        out,
        "The code below makes the main rate ratio from the unpacked bundle in R (packages MatchIt and sandwich). The program \
         tallystick-evaluate writes it beside its report as reproduce.R, with code for Stata (reproduce.do: package psmatch2, not run, \
         whose matching differs, so that its estimate is near and not equal) and each table as CSV and LaTeX.",
    );
    out.element("details", &[], |out| {
        out.leaf("summary", &[], "The R code");
        out.element("pre", &[("class", "scroll"), ("tabindex", "0")], |out| {
            out.element("code", &[], |out| {
                // A text has no line breaks of its own.
                for line in crate::study::scripts::r(it).lines() {
                    out.text(line);
                    out.line();
                }
            });
        });
    });
}
