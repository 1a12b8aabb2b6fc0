//! Takes a report, gives what somebody should look at before the export is encoded.

use super::report::{ChangeReport, CheckReport, GroupReport, Warning, permille};

/// Thousandths of rows that can never link from which there is a warning.
const NEVER_MIN: u64 = 20;
/// Thousandths of unreadable cells of a field from which there is a warning.
const UNREADABLE_MIN: u64 = 20;
/// Thousandths by which a group's usable cells lie below those of all rows.
const GROUP_BELOW: u64 = 150;
/// Rows from which a group's share is believed.
const GROUP_ROWS: u64 = 50;
/// Fields of which a group's completeness is held against that of all.
const GROUP_FIELDS: [&str; 7] = ["first", "last", "dob", "ssn", "phone", "address", "zip"];
/// Expected recall in thousandths below which there is a warning.
const RECALL_LOW: u32 = 900;
/// Pairs of one person from which the forecast rests on this export more than on chance and priors.
const LEARNED_PAIRS_MIN: u32 = 500;

pub(super) fn warnings(report: &CheckReport) -> Vec<Warning> {
    let mut out = Vec::new();
    let never = permille(report.rows_never(), report.rows_read);
    if never >= NEVER_MIN {
        out.push(warning("never-link", format!("{} of rows can never link", percent(never))));
    }
    for field in &report.fields {
        let unreadable = permille(field.cells.unreadable, field.cells.total());
        if unreadable >= UNREADABLE_MIN {
            let text = format!(
                "{}: {} of cells hold something that cannot be read; is the mapping's format right?",
                field.field,
                percent(unreadable)
            );
            out.push(warning("field-unreadable", text));
        }
        if field.cells.present == 0 {
            out.push(warning("field-empty", format!("{}: no usable cell", field.field)));
        }
    }
    let used: u64 = report.placeholders.iter().map(|found| found.used).sum();
    if used > 0 {
        let text = format!("placeholders that would be used as if they were values: {used} cells");
        out.push(warning("placeholders-used", text));
    }
    if !report.hot.is_empty() {
        let text = format!(
            "{} values are shared by far more people than chance gives; look at their lines",
            report.hot.len()
        );
        out.push(warning("hot-values", text));
    }
    for heap in report.heaping.iter().filter(|heap| heap.heaped) {
        let text = format!(
            "births on {}: {}.{:02} % where {}.{:02} % is expected",
            heap.what,
            heap.share / 100,
            heap.share % 100,
            heap.expected / 100,
            heap.expected % 100
        );
        out.push(warning("birth-heaping", text));
    }
    out.extend(of_groups(report));
    if let Some(forecast) = report.forecast.as_ref().filter(|one| one.recall < RECALL_LOW) {
        let text = format!("expected recall is {} only", percent(forecast.recall.into()));
        out.push(warning("recall-low", text));
    }
    if let Some(few) = report.forecast.as_ref().filter(|one| one.learned_pairs < LEARNED_PAIRS_MIN)
    {
        let text = format!(
            "the forecast rests on {} pairs of records of one person; it may be off by some 0.08",
            few.learned_pairs
        );
        out.push(warning("forecast-few-pairs", text));
    }
    out
}

/// Groups whose records are less complete: links of theirs are missed more often, which biases
/// whatever is counted afterwards.
fn of_groups(report: &CheckReport) -> Vec<Warning> {
    let mut out = Vec::new();
    let believed = |group: &&GroupReport| {
        group.rows >= GROUP_ROWS && group.by != "month" && group.group != "missing"
    };
    for group in report.groups.iter().filter(believed) {
        for (field, here) in report.fields.iter().zip(&group.present_permille) {
            let all = field.cells.permille();
            if GROUP_FIELDS.contains(&field.field.as_str()) && here + GROUP_BELOW <= all {
                let text = format!(
                    "{} {}: {} is usable in {} of rows, of all rows in {}; links of this group will be missed more often",
                    group.by,
                    group.group,
                    field.field,
                    percent(*here),
                    percent(all)
                );
                out.push(warning("group-less-complete", text));
            }
        }
    }
    out
}

pub(super) fn of_changes(changes: &[ChangeReport]) -> Vec<Warning> {
    let notable = changes.iter().filter(|change| change.notable);
    notable
        .map(|change| {
            let text = match change.unit.as_str() {
                "permille" => {
                    let [before, now] = [change.before, change.now].map(percent);
                    format!("{} went from {before} to {now}", change.figure)
                }
                _ => format!("{} went from {} to {}", change.figure, change.before, change.now),
            };
            warning("changed", text)
        })
        .collect()
}

fn warning(code: &str, text: String) -> Warning {
    Warning { code: code.to_owned(), text }
}

/// Thousandths as a percentage.
pub(super) fn percent(permille: u64) -> String {
    format!("{}.{} %", permille / 10, permille % 10)
}
