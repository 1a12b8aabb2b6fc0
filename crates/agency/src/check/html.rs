//! Takes a report, gives one page that needs nothing else: no script, no address, no value of the data.

use std::fmt::Write as _;

use super::draw::{Bar, bars, forecast_bar, months};
use super::report::{CheckReport, Lines, permille};
use super::warnings::percent;
use crate::encode::report::thousands;

/// The whole page.
pub fn page(report: &CheckReport) -> String {
    let mut out = String::new();
    let source = escape(&report.source);
    put(
        &mut out,
        format_args!(
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>Linkability of {source}</title><style>{}</style></head><body><main>\n\
         <h1>Linkability of {source}</h1>\n<p class=\"mute\">Made on this machine; nothing of it was sent \
         anywhere. The page holds counts, shares and lines of the export, no value of anybody.</p>\n",
            include_str!("check.css")
        ),
    );
    files(&mut out, report);
    tiles(&mut out, report);
    warnings(&mut out, report);
    forecast(&mut out, report);
    completeness(&mut out, report);
    groups(&mut out, report);
    never(&mut out, report);
    placeholders(&mut out, report);
    births(&mut out, report);
    repeats(&mut out, report);
    changes(&mut out, report);
    out.push_str("</main></body></html>\n");
    out
}

/// The files of an export of several, with the numbers by which lines name them.
fn files(out: &mut String, report: &CheckReport) {
    for (number, file) in (1..).zip(&report.files) {
        let (name, rows) = (escape(&file.name), thousands(file.rows));
        put(out, format_args!("<p>File {number}: {name}, {rows} rows.</p>\n"));
    }
}

fn put(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    out.write_fmt(arguments).expect("a text takes everything");
}

/// Text that stands for itself in markup.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn tiles(out: &mut String, report: &CheckReport) {
    let never = report.rows_never();
    let (recall, range) = match &report.forecast {
        Some(one) => (
            percent(one.recall.into()),
            format!("{} to {}", percent(one.low.into()), percent(one.high.into())),
        ),
        None => ("–".to_owned(), "too few identities to say".to_owned()),
    };
    out.push_str("<div class=\"tiles\">");
    for (value, name) in [
        (recall, format!("expected recall, {range}")),
        (thousands(report.rows_read), "rows".to_owned()),
        (thousands(report.identities), "different identities".to_owned()),
        (
            percent(permille(never, report.rows_read)),
            format!("of rows can never link: {}", thousands(never)),
        ),
    ] {
        put(out, format_args!("<div class=\"tile\"><b>{value}</b><span>{name}</span></div>"));
    }
    out.push_str("</div>\n");
}

fn warnings(out: &mut String, report: &CheckReport) {
    if report.warnings.is_empty() {
        out.push_str("<p>Nothing to look at before encoding.</p>\n");
        return;
    }
    out.push_str("<div class=\"warnings\"><b>Before encoding, look at</b><ul>");
    for warning in &report.warnings {
        put(
            out,
            format_args!(
                "<li>{} <code class=\"mute\">{}</code></li>",
                escape(&warning.text),
                escape(&warning.code)
            ),
        );
    }
    out.push_str("</ul></div>\n");
}

fn forecast(out: &mut String, report: &CheckReport) {
    let Some(forecast) = &report.forecast else { return };
    out.push_str("<h2>How many links to expect</h2>\n");
    put(
        out,
        format_args!(
            "<p>Of all pairs of records of one person here and in a source like this one, {} should be found; \
         {} if that source makes twice as many errors, {} if half as many. Simulated with {} identities \
         of {} persons; errors were learned from {} pairs of records of one person.</p>\n",
            percent(forecast.recall.into()),
            percent(forecast.low.into()),
            percent(forecast.high.into()),
            thousands(forecast.identities.into()),
            thousands(forecast.persons.into()),
            thousands(forecast.learned_pairs.into())
        ),
    );
    out.push_str(&forecast_bar(forecast));
    out.push_str(
        "<h2>What each field adds</h2>\n<p>Expected recall lost if the field were left out.</p>\n",
    );
    let rows: Vec<Bar> = forecast
        .without
        .iter()
        .map(|without| {
            let loses = u64::from(forecast.recall.saturating_sub(without.recall));
            Bar {
                name: without.field.clone(),
                parts: vec![(loses, "first")],
                value: percent(loses),
            }
        })
        .collect();
    let most = rows.iter().map(|row| row.parts[0].0).max().unwrap_or(1).max(10);
    out.push_str(&bars("Recall lost without each field", &rows, most));
    table(
        out,
        &["two records of one person differ in", "a little", "wholly", "pairs seen"],
        1,
        forecast.differences.iter().map(|one| {
            vec![
                one.field.clone(),
                percent(one.little.into()),
                percent(one.wholly.into()),
                thousands(one.pairs.into()),
            ]
        }),
    );
}

fn completeness(out: &mut String, report: &CheckReport) {
    out.push_str("<h2>Completeness</h2>\n<p>Blue: usable. Orange: something that cannot be read. Grey: missing.</p>\n");
    for (title, fields) in [("Fields that identify", &report.fields), ("Content", &report.content)]
    {
        if fields.is_empty() {
            continue;
        }
        let rows: Vec<Bar> = fields
            .iter()
            .map(|field| {
                let cells = field.cells;
                let share = |count| permille(count, cells.total());
                let parts = vec![
                    (share(cells.present), "first"),
                    (share(cells.unreadable), "second"),
                    (share(cells.missing), "quiet"),
                ];
                Bar { name: field.field.clone(), parts, value: percent(share(cells.present)) }
            })
            .collect();
        put(out, format_args!("<p><b>{title}</b></p>\n"));
        out.push_str(&bars(title, &rows, 1_000));
    }
}

fn groups(out: &mut String, report: &CheckReport) {
    if report.groups.is_empty() {
        return;
    }
    out.push_str("<h2>By group</h2>\n<p>Usable cells in percent. A group whose records are less complete is \
        linked less often, and whatever is counted afterwards is too low for it. Orange cells lie well below all rows.</p>\n\
        <div class=\"scroll\"><table class=\"heat\"><thead><tr><th>group</th><th class=\"n\">rows</th><th class=\"n\">never link</th>");
    for field in &report.fields {
        put(out, format_args!("<th class=\"n\">{}</th>", escape(&field.field)));
    }
    out.push_str("</tr></thead><tbody>");
    for group in report.groups.iter().filter(|group| group.by != "month") {
        put(
            out,
            format_args!(
                "<tr><td>{} {}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>",
                escape(&group.by),
                escape(&group.group),
                thousands(group.rows),
                percent(permille(group.never, group.rows))
            ),
        );
        for (here, field) in group.present_permille.iter().zip(&report.fields) {
            let all = field.cells.permille();
            let shade = match here {
                _ if here + 150 <= all => 0,
                _ if here + 50 <= all => 1,
                0..500 => 2,
                500..900 => 3,
                _ => 4,
            };
            put(out, format_args!("<td class=\"n h{shade}\">{}.{}</td>", here / 10, here % 10));
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div>\n");
    out.push_str(&months(report));
}

fn never(out: &mut String, report: &CheckReport) {
    if report.never.is_empty() {
        return;
    }
    out.push_str(
        "<h2>Rows that can never link</h2>\n<p>Whatever the other source holds. All lines are in \
        <code>never-link.csv</code> beside this page.</p>\n",
    );
    table(
        out,
        &["reason", "code", "rows", "lines"],
        2,
        report.never.iter().map(|never| {
            vec![
                never.reason.clone(),
                never.code.clone(),
                thousands(never.rows.count),
                lines(&never.rows),
            ]
        }),
    );
}

fn placeholders(out: &mut String, report: &CheckReport) {
    out.push_str("<h2>Placeholders and hot values</h2>\n");
    if report.placeholders.is_empty() && report.hot.is_empty() {
        out.push_str("<p>None found.</p>\n");
    }
    if !report.placeholders.is_empty() {
        table(
            out,
            &[
                "field",
                "word of our list",
                "rows",
                "would be used",
                "proposed for missing",
                "lines",
            ],
            2,
            report.placeholders.iter().map(|found| {
                vec![
                    found.field.clone(),
                    found.word.clone(),
                    thousands(found.rows.count),
                    thousands(found.used),
                    found.drop.clone().unwrap_or_default(),
                    lines(&found.rows),
                ]
            }),
        );
    }
    if !report.hot.is_empty() {
        out.push_str("<p>Single values shared by far more people than chance gives. Look up the lines: a shelter's \
            address is somebody's, a made-up number is nobody's and belongs into <code>missing</code> of the mapping.</p>\n");
        table(
            out,
            &["field", "value", "people", "lines"],
            2,
            report.hot.iter().map(|hot| {
                vec![
                    hot.field.clone(),
                    "one value".to_owned(),
                    thousands(hot.people.count),
                    lines(&hot.people),
                ]
            }),
        );
    }
}

fn births(out: &mut String, report: &CheckReport) {
    if report.heaping.is_empty() {
        return;
    }
    out.push_str("<h2>Heaping of births</h2>\n<p>Blue: found. Grey: to be expected.</p>\n");
    let hundredths = |value: u64| format!("{}.{:02} %", value / 100, value % 100);
    let mut rows = Vec::new();
    for heap in &report.heaping {
        let tone = if heap.heaped { "second" } else { "first" };
        for (name, share, tone) in
            [(heap.what.as_str(), heap.share, tone), ("", heap.expected, "quiet")]
        {
            let parts = vec![(share, tone)];
            rows.push(Bar { name: name.to_owned(), parts, value: hundredths(share) });
        }
    }
    let most = rows.iter().map(|row| row.parts[0].0).max().unwrap_or(1).max(1);
    out.push_str(&bars("Births on days that clerks like", &rows, most));
}

fn repeats(out: &mut String, report: &CheckReport) {
    if !report.repeats.is_empty() {
        out.push_str("<h2>Suspected twins and duplicates</h2>\n");
        table(
            out,
            &["what", "groups", "first lines"],
            1,
            report.repeats.iter().map(|repeat| {
                vec![repeat.meaning.clone(), thousands(repeat.groups.count), lines(&repeat.groups)]
            }),
        );
    }
}

fn changes(out: &mut String, report: &CheckReport) {
    if !report.changes.is_empty() {
        out.push_str("<h2>Changed since the earlier report</h2>\n");
        table(
            out,
            &["figure", "before", "now", ""],
            1,
            report.changes.iter().map(|change| {
                let shown = |value| match change.unit.as_str() {
                    "permille" => percent(value),
                    _ => thousands(value),
                };
                let mark = if change.notable { "ask why" } else { "" };
                vec![
                    change.figure.clone(),
                    shown(change.before),
                    shown(change.now),
                    mark.to_owned(),
                ]
            }),
        );
    }
}

/// A table; of its columns those from `first_number` on hold numbers, but for those of lines and words.
fn table(
    out: &mut String,
    head: &[&str],
    first_number: usize,
    rows: impl Iterator<Item = Vec<String>>,
) {
    let class = |column: usize| {
        let is_text = head[column].contains("lines") || head[column].contains("proposed");
        if column >= first_number && !is_text { " class=\"n\"" } else { "" }
    };
    out.push_str("<div class=\"scroll\"><table><thead><tr>");
    for (column, name) in head.iter().enumerate() {
        put(out, format_args!("<th{}>{name}</th>", class(column)));
    }
    out.push_str("</tr></thead><tbody>");
    for row in rows {
        out.push_str("<tr>");
        for (column, cell) in row.iter().enumerate() {
            put(out, format_args!("<td{}>{}</td>", class(column), escape(cell)));
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div>\n");
}

fn lines(lines: &Lines) -> String {
    let listed: Vec<String> = lines.lines.iter().map(ToString::to_string).collect();
    let more = if lines.count > listed.len() as u64 { ", …" } else { "" };
    format!("{}{more}", listed.join(", "))
}
