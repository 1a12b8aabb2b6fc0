//! The linkage report of a bundle: item by item after GUILD (Gilbert et al. 2018, DOI 10.1093/pubmed/fdx037), with the items of
//! RECORD that they answer (Benchimol et al. 2015, DOI 10.1371/journal.pmed.1001885).

use serde_json::Value;
use tallystick_chart::Markup;
use tallystick_chart::theme::style_sheet;
use tallystick_dataset::Table;
use tallystick_disclosure::Report;
use tallystick_study::tables::FlowStep;

use super::bundle::Of;
use super::hidden;
use super::make::Facts;
use super::parts::{diagram, facts, section, table};

/// What the papers of a bundle are written from.
pub(super) struct Paper<'a> {
    pub(super) of: &'a Of<'a>,
    pub(super) tables: &'a [Table],
    pub(super) report: &'a Report,
    pub(super) facts: &'a Facts,
}

const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
/// Boxes of the flow: no wider than their drawing.
const STEPS_STYLE: &str = "svg.steps{max-width:520px;margin:.75rem 0 2rem}";

impl Paper<'_> {
    /// A count, or that it is too small to be shown.
    pub(super) fn persons(&self, count: u64) -> String {
        let least = u64::from(self.report.k_demanded);
        if (1..least).contains(&count) { format!("fewer than {least}") } else { grouped(count) }
    }

    /// The steps of the flow of persons with their counts, as far as these may stand beside each other.
    pub(super) fn flow(&self) -> impl Iterator<Item = (&FlowStep, String)> {
        let shown = hidden::shown(&self.facts.flow, u64::from(self.report.k_demanded));
        let text = |count: Option<u64>| count.map_or_else(|| "not shown".to_owned(), grouped);
        self.facts.flow.iter().zip(shown.into_iter().map(text))
    }

    /// A value of the run's report, by its path.
    pub(super) fn of_run(&self, path: &str) -> Option<&Value> {
        self.facts.linkage.pointer(path)
    }

    /// An estimate of the run's report: value and interval.
    pub(super) fn estimate(&self, name: &str) -> String {
        let part = |key: &str| {
            self.of_run(&format!("/quality/{name}/{key}"))
                .and_then(Value::as_f64)
                .unwrap_or(f64::NAN)
        };
        format!("{:.3} (95 % {:.3} to {:.3})", part("value"), part("low"), part("high"))
    }
}

/// Digits in groups of three.
pub(super) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The page.
pub(super) fn page(paper: &Paper<'_>) -> String {
    let mut out = Markup::default();
    out.raw("<!DOCTYPE html>\n");
    out.element("html", &[("lang", "en")], |out| {
        out.element("head", &[], |out| {
            out.empty("meta", &[("charset", "utf-8")]);
            out.empty("meta", &[("http-equiv", "Content-Security-Policy"), ("content", POLICY)]);
            out.empty(
                "meta",
                &[("name", "viewport"), ("content", "width=device-width, initial-scale=1")],
            );
            out.leaf("title", &[], &format!("Linkage report: {}", paper.of.plan.study.name));
            out.element("style", &[], |out| {
                out.raw(&style_sheet());
                out.raw(STEPS_STYLE);
            });
        });
        out.element("body", &[], |out| {
            out.element("header", &[("class", "page")], |out| {
                out.leaf("p", &[("class", "eyebrow")], "Linkage report after GUILD and RECORD");
                out.leaf("h1", &[], &paper.of.plan.study.title);
                let line =
                    format!("Release {}, profile {}", paper.of.release.id, paper.report.profile);
                out.leaf("p", &[("class", "sources")], &line);
            });
            out.element("div", &[("class", "layout")], |out| {
                contents(out);
                out.element("main", &[], |out| body(out, paper));
            });
        });
    });
    out.line();
    out.finish()
}

/// Sections in the order of the page: identifier and heading.
const SECTIONS: [(&str, &str); 8] = [
    ("headline", "Headline numbers"),
    ("flow", "Flow of persons (RECORD 6.3, 13.1)"),
    ("provision", "1. Data provision"),
    ("linkage", "2. Linkage"),
    ("groups", "2d. Linkage error by group (RECORD 12.3)"),
    ("disclosure", "2f. Disclosure control"),
    ("analysis", "3. Analysis"),
    ("writing", "4. Report writing"),
];

fn contents(out: &mut Markup) {
    out.element("nav", &[("aria-label", "Contents")], |out| {
        out.element("ol", &[], |out| {
            for (id, heading) in SECTIONS {
                out.element("li", &[], |out| {
                    out.leaf("a", &[("href", &format!("#{id}"))], heading);
                });
            }
        });
    });
    out.line();
}

fn body(out: &mut Markup, paper: &Paper<'_>) {
    section(out, SECTIONS[0], |out| headline(out, paper));
    section(out, SECTIONS[1], |out| flow(out, paper));
    section(out, SECTIONS[2], |out| provision(out, paper));
    section(out, SECTIONS[3], |out| linkage(out, paper));
    section(out, SECTIONS[4], |out| groups(out, paper));
    section(out, SECTIONS[5], |out| disclosure(out, paper));
    section(out, SECTIONS[6], analysis);
    section(out, SECTIONS[7], writing);
}

fn headline(out: &mut Markup, paper: &Paper<'_>) {
    facts(
        out,
        &[
            ("Persons in the study", paper.persons(paper.report.persons)),
            ("Expected precision of links", paper.estimate("expected_precision")),
            ("Expected recall of links", paper.estimate("expected_recall")),
            ("Strict linkage, expected precision", paper.estimate("expected_precision_strict")),
            ("Loose linkage, expected precision", paper.estimate("expected_precision_loose")),
            (
                "Smallest group alike in what others may know",
                format!("k = {}", paper.report.k_achieved),
            ),
        ],
    );
}

fn flow(out: &mut Markup, paper: &Paper<'_>) {
    let run = paper.of_run("/flow").and_then(Value::as_array).cloned().unwrap_or_default();
    let rows: Vec<Vec<String>> = run
        .iter()
        .map(|step| {
            let count = step.get("count").and_then(Value::as_u64).unwrap_or(0);
            let name = step.get("step").and_then(Value::as_str).unwrap_or("").to_owned();
            vec![name, paper.persons(count)]
        })
        .collect();
    table(out, "From rows received to linked persons", &["Step", "Count"], &rows);
    for (place, arm) in paper.of.plan.study.arms.iter().enumerate() {
        let of_all = paper.flow().take(usize::from(place == 0));
        let steps = paper.flow().filter(|(step, _)| step.arm.as_deref() == Some(arm.name.as_str()));
        let boxes: Vec<String> =
            of_all.chain(steps).map(|(step, count)| format!("{}: {count}", step.label)).collect();
        diagram(out, &arm.name, &boxes);
    }
    let rows: Vec<Vec<String>> = paper
        .flow()
        .map(|(step, count)| {
            let arm = step.arm.as_deref().unwrap_or("all");
            vec![format!("{arm}: {}", step.label), count]
        })
        .collect();
    table(out, "From linked persons to arms with follow-up", &["Step", "Persons"], &rows);
}

fn provision(out: &mut Markup, paper: &Paper<'_>) {
    out.leaf(
        "p",
        &[],
        "1a population, geography, period; 1c extraction, cleaning, de-duplication; 1d completeness of \
         identifiers; 1e exclusions (RECORD 6.1, 12.1, 12.2).",
    );
    let sources = paper.of_run("/sources").and_then(Value::as_array).cloned().unwrap_or_default();
    let number =
        |source: &Value, key: &str| grouped(source.get(key).and_then(Value::as_u64).unwrap_or(0));
    let rows: Vec<Vec<String>> = sources
        .iter()
        .map(|source| {
            let name = source.get("source").and_then(Value::as_str).unwrap_or("");
            let mut row = vec![name.to_owned()];
            let keys = ["rows_read", "rows_accepted", "rows_rejected", "rows_collapsed", "records"];
            row.extend(keys.map(|key| number(source, key)));
            row
        })
        .collect();
    let head = ["Source", "Rows read", "Accepted", "Rejected", "Collapsed", "Identities"];
    table(out, "Rows of each source", &head, &rows);
    let coverage = paper.of.plan.study.coverage.iter();
    let rows: Vec<Vec<String>> =
        coverage.map(|it| vec![it.source.clone(), format!("{} to {}", it.from, it.to)]).collect();
    table(out, "Days that each source covers (1a)", &["Source", "Days"], &rows);
    let complete = sources.iter().flat_map(|source| {
        let name = source.get("source").and_then(Value::as_str).unwrap_or("").to_owned();
        let fields =
            source.get("completeness").and_then(Value::as_array).cloned().unwrap_or_default();
        fields.into_iter().map(move |field| {
            let of = |place: usize| field.get(place).cloned().unwrap_or(Value::Null);
            let share = of(1).as_f64().unwrap_or(f64::NAN);
            vec![format!("{name}: {}", of(0).as_str().unwrap_or("")), format!("{share:.0} %")]
        })
    });
    let rows: Vec<Vec<String>> = complete.collect();
    table(out, "Identities that have each identifier (1d)", &["Identifier", "Share"], &rows);
    facts(
        out,
        &[
            ("Event rows read", grouped(paper.facts.rows.read)),
            (
                "Rows without the day or code that they need",
                paper.persons(paper.facts.rows.incomplete),
            ),
            ("Rows of sealed cases", "left out, not counted here".to_owned()),
        ],
    );
    for note in &paper.facts.notes {
        out.leaf("p", &[], note);
    }
}

fn linkage(out: &mut Markup, paper: &Paper<'_>) {
    let text = |path: &str| match paper.of_run(path) {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => "not recorded".to_owned(),
    };
    let passes = paper.of_run("/passes").and_then(Value::as_array).cloned().unwrap_or_default();
    let passes: Vec<&str> =
        passes.iter().filter_map(|pass| pass.get("pass").and_then(Value::as_str)).collect();
    facts(
        out,
        &[
            ("2a identifiers and their preparation", format!("schema {}, hash {}", text("/run/schema"), text("/run/config_hash"))),
            ("2b method", "probabilistic (Fellegi and Sunter), keyed encodings, average-linkage clusters at three heights".to_owned()),
            ("2b blocking", passes.join(", ")),
            ("2b settings", text("/run/settings_hash")),
            ("2c pairs possible, compared, accepted", format!(
                "{}, {}, {}",
                text("/quality/possible_pairs"), text("/quality/compared_pairs"), text("/quality/accepted_pairs")
            )),
            ("2d blocking completeness", paper.estimate("blocking_completeness")),
            ("2d recall among pairs that met", paper.estimate("expected_recall_met")),
            ("2e passed to the analyst", "link_quality: by person and source; linkage_summary: by group; person_window_strict, person_window_loose, person_window_imputed_... and link_variants: the same members under the other linkages".to_owned()),
        ],
    );
    out.leaf(
        "p",
        &[],
        "Estimates are model-based: right as far as the model is. They were measured against truth on synthetic and public data only.",
    );
}

fn groups(out: &mut Markup, paper: &Paper<'_>) {
    let Some(summary) = paper.tables.iter().find(|table| table.name == "linkage_summary") else {
        return;
    };
    let shown = [
        "group_by",
        "group_value",
        "persons",
        "false_link",
        "false_link_low",
        "false_link_high",
        "missed_link",
        "missed_link_low",
        "missed_link_high",
    ];
    let mut rows = Vec::new();
    for row in 0..summary.rows {
        let cell = |name: &str| {
            let mut cell = Vec::new();
            if let Some(column) = summary.column(name) {
                column.values.write_cell(row, &mut cell);
            }
            String::from_utf8_lossy(&cell).into_owned()
        };
        let cells = shown.map(cell);
        rows.push(vec![
            format!("{}: {}", cells[0], cells[1]),
            cells[2].clone(),
            format!("{} ({} to {})", cells[3], cells[4], cells[5]),
            format!("{} ({} to {})", cells[6], cells[7], cells[8]),
        ]);
    }
    table(out, "Linkage error by group", &["Group", "Persons", "False link", "Missed link"], &rows);
    out.leaf(
        "p",
        &[],
        "False link: share of persons that hold a record of somebody else, at most. Missed link: share whom the loose \
         linkage joins with another. .c is suppressed, .a not estimated.",
    );
}

fn disclosure(out: &mut Markup, paper: &Paper<'_>) {
    let report = paper.report;
    facts(
        out,
        &[
            ("Standard", report.label.to_owned()),
            (
                "Persons alike in groups of",
                format!("{} and more, demanded {}", report.k_achieved, report.k_demanded),
            ),
            ("Groups", grouped(report.classes)),
            (
                "Persons whose quasi-identifiers were taken out",
                paper.persons(report.persons_suppressed),
            ),
        ],
    );
    let rows: Vec<Vec<String>> = report
        .columns
        .iter()
        .map(|column| {
            vec![
                format!("{}.{}", column.table, column.column),
                column.generalised_to.clone(),
                column.categories_before.to_string(),
                column.categories_after.to_string(),
            ]
        })
        .collect();
    table(out, "What was generalised", &["Column", "To", "Categories before", "After"], &rows);
}

fn analysis(out: &mut Markup) {
    out.leaf(
        "p",
        &[],
        "Not observed is missing (.b), never 0. Repeat an analysis on person_window_strict and person_window_loose, which have \
         the same members, and without persons whose linkage they show to differ (link_variants). person_window_imputed_1 and those \
         after it are draws of the linkage by its own probabilities: repeat the analysis on each and pool by Rubin's rules, and \
         the doubt about the linkage is in the error; what blocking missed is not. With equal error in \
         both arms an effect on a binary outcome is attenuated in proportion to the false and missed match rates (Tahamont et \
         al. 2020, DOI 10.1007/s10940-020-09461-x).",
    );
    out.leaf(
        "p",
        &[],
        "Direction of bias. If clients link better than the comparison pool, their events are over-counted, against the \
         programme. If the pool is drawn from the police file itself, its arrests link by construction, in favour of the \
         programme. Compare the two arms in the table by group.",
    );
}

fn writing(out: &mut Markup) {
    out.leaf(
        "p",
        &[],
        "methods.txt has text for the methods section; study.toml defines every count; name the linkage in title or abstract \
         (RECORD 1.3); code lists are the offence groups of study.toml (7.1); limits of records not made for research (19.1).",
    );
}
