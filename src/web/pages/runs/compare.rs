//! Two runs side by side: what went in, how it was linked, and what came of it; what differs is said in words.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use tallystick_chart::{Head, IntervalRow, Intervals, Scale, Shape, Tone, numbers};

use super::super::super::extract::block;
use super::super::frame::Frame;
use super::super::page;
use super::super::refusal::Refusal;
use super::super::visit::Visit;
use super::charts::{Summary, written};
use super::find::Choice;
use super::{asked, run_id};
use crate::accounts::Operator;
use crate::ids::{RunId, hex};
use crate::report::model::LinkageReport;
use crate::runs::{self, Run, RunError, RunState, Search};
use crate::unit::Unit;

/// Runs to choose from.
const CHOICES: u32 = 100;

/// A line of a table: what it is, in both runs, and how they differ.
struct Line {
    name: String,
    one: String,
    other: String,
    /// Empty where they are the same.
    change: String,
}

impl Line {
    fn new(name: impl Into<String>, one: String, other: String) -> Self {
        let change = if one == other { String::new() } else { "changed".to_owned() };
        Self { name: name.into(), one, other, change }
    }

    fn counts(name: impl Into<String>, one: Option<u64>, other: Option<u64>) -> Self {
        let text =
            |count: Option<u64>| count.map_or_else(|| "not in it".to_owned(), numbers::count);
        let change = match (one, other) {
            (Some(one), Some(other)) if one < other => {
                format!("{} more", numbers::count(other - one))
            }
            (Some(one), Some(other)) if one > other => {
                format!("{} fewer", numbers::count(one - other))
            }
            (None, Some(_)) => "added".to_owned(),
            (Some(_), None) => "left out".to_owned(),
            _ => String::new(),
        };
        Self { name: name.into(), one: text(one), other: text(other), change }
    }

    fn reals(name: impl Into<String>, values: [f64; 2], number: fn(f64) -> String) -> Self {
        let [one, other] = values.map(number);
        let change = match (one == other, values[1] > values[0]) {
            (true, _) => "",
            (false, true) => "higher",
            (false, false) => "lower",
        };
        Self { name: name.into(), one, other, change: change.to_owned() }
    }
}

/// A table.
struct Part {
    id: &'static str,
    heading: &'static str,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "runs/compare.html")]
struct ComparePage {
    frame: Frame,
    ones: Vec<Choice>,
    others: Vec<Choice>,
    /// Numbers of both runs, if two were chosen.
    names: Option<[(String, u64); 2]>,
    /// What differs, in words.
    sentences: Vec<String>,
    parts: Vec<Part>,
    figure: String,
}

type Pairing = [(Run, Option<LinkageReport>); 2];

fn read(unit: &Unit, ids: Option<[RunId; 2]>) -> Result<(Vec<Run>, Option<Pairing>), RunError> {
    let search = Search { state: Some(RunState::Finished), ..Search::default() };
    let choices = unit.store.read(|connection| runs::search(connection, &search, CHOICES))?;
    let Some([one, other]) = ids else { return Ok((choices, None)) };
    let open = |id| {
        let run = unit.store.read(|connection| runs::find(connection, id))?;
        let report = match runs::open_report(unit, id) {
            Ok(text) => crate::report::read(&text).ok(),
            Err(RunError::Unknown) => None,
            Err(error) => return Err(error),
        };
        Ok::<_, RunError>((run, report))
    };
    Ok((choices, Some([open(one)?, open(other)?])))
}

/// The page.
pub(in super::super) async fn compare(
    request: HttpRequest,
    unit: Data<Unit>,
    visit: Visit<Operator>,
) -> Result<HttpResponse, Refusal> {
    let fields = asked(&request)?;
    let ids = match (fields.given("one"), fields.given("other")) {
        (Some(one), Some(other)) => Some([run_id(one)?, run_id(other)?]),
        _ => None,
    };
    let (choices, pairing) = block(move || read(&unit, ids)).await?;
    let choose = |chosen: &str| {
        let choice = |run: &Run| Choice {
            value: run.id.to_string(),
            label: format!("Run {} of {}", run.number, super::Moment::from(run.queued_at).day),
            is_chosen: run.id.to_string() == chosen,
        };
        choices.iter().map(choice).collect()
    };
    let parts = pairing.as_ref().map_or_else(Vec::new, parts);
    page(&ComparePage {
        frame: Frame::of(&visit.reader),
        ones: choose(fields.text("one")),
        others: choose(fields.text("other")),
        names: pairing
            .as_ref()
            .map(|pair| pair.each_ref().map(|(run, _)| (run.id.to_string(), run.number))),
        sentences: sentences(&parts),
        figure: pairing.as_ref().map_or_else(String::new, quality),
        parts,
    })
}

/// One sentence for each part: what changed in it.
fn sentences(parts: &[Part]) -> Vec<String> {
    parts
        .iter()
        .map(|part| {
            let changed: Vec<String> = part
                .lines
                .iter()
                .filter(|line| !line.change.is_empty())
                .map(|line| format!("{} ({})", line.name, line.change))
                .collect();
            if changed.is_empty() {
                format!("{}: nothing changed.", part.heading)
            } else {
                format!("{}: {}.", part.heading, changed.join(", "))
            }
        })
        .collect()
}

fn parts(pair: &Pairing) -> Vec<Part> {
    let [one, other] = pair;
    let summaries = [Summary::of(&one.0), Summary::of(&other.0)];
    vec![
        Part { id: "settings", heading: "Settings", lines: settings(&one.0, &other.0, &summaries) },
        Part { id: "sources", heading: "Sources", lines: sources(&one.0, &other.0) },
        Part { id: "counts", heading: "Counts", lines: counts(&summaries) },
        Part { id: "quality", heading: "Quality", lines: qualities(&summaries) },
        Part { id: "weights", heading: "Weights of levels", lines: weights(&one.1, &other.1) },
    ]
}

fn settings(one: &Run, other: &Run, summaries: &[Option<Summary>; 2]) -> Vec<Line> {
    let short =
        |hash: Option<[u8; 32]>| hash.map_or_else(String::new, |hash| hex(&hash)[..16].to_owned());
    let text = |place: &str| {
        summaries.each_ref().map(|it| it.as_ref().map_or_else(String::new, |it| it.text(place)))
    };
    let rules = |run: &Run| {
        let rules = run.policy.rules().map(|(a, b, rule)| format!("{a}/{b} {}", rule.as_str()));
        let rules: Vec<String> = rules.collect();
        if rules.is_empty() { "none".to_owned() } else { rules.join(", ") }
    };
    let [schema, schemas] = text("/parameters/schema");
    let version = |run: &Run| run.code_version.clone().unwrap_or_default();
    vec![
        Line::new("Project", one.project.to_string(), other.project.to_string()),
        Line::new("Program", version(one), version(other)),
        Line::new("Hash of settings", short(one.settings_hash), short(other.settings_hash)),
        Line::new("Hash of encoding", short(Some(one.config_hash)), short(Some(other.config_hash))),
        Line::new("Schema", schema, schemas),
        Line::new("Rules", rules(one), rules(other)),
    ]
}

/// Sources of either run, with the records of each; another submission with as many records is a change too.
fn sources(one: &Run, other: &Run) -> Vec<Line> {
    let mut names: Vec<_> = one.sources.iter().chain(&other.sources).map(|it| it.source).collect();
    names.sort_unstable();
    names.dedup();
    let line = |name| {
        let of = |run: &Run| run.sources.iter().find(|it| it.source == name).cloned();
        let (first, second) = (of(one), of(other));
        let records = |source: &Option<runs::Source>| source.as_ref().map(|it| it.records);
        let mut line = Line::counts(name.to_string(), records(&first), records(&second));
        let differs = first.zip(second).is_some_and(|(a, b)| a.submission != b.submission);
        if differs && line.change.is_empty() {
            line.change = "another submission".to_owned();
        } else if differs {
            line.change = format!("another submission, {}", line.change);
        }
        line
    };
    names.into_iter().map(line).collect()
}

fn counts(summaries: &[Option<Summary>; 2]) -> Vec<Line> {
    let names = [
        ("Records", "/counts/records"),
        ("Rows taken out", "/counts/rows_retracted"),
        ("Records without consent", "/counts/records_without_consent"),
        ("Pairs compared", "/counts/pairs_compared"),
        ("Pairs accepted", "/counts/pairs_accepted"),
        ("Persons", "/counts/persons"),
        ("Strict persons", "/counts/persons_strict"),
        ("Loose persons", "/counts/persons_loose"),
        ("Persons in several sources", "/counts/persons_in_several_sources"),
        ("Persons to review", "/counts/persons_to_review"),
        ("Pairs by the same number", "/links/exact_id"),
        ("Pairs by equal names and birth date", "/links/deterministic"),
        ("Other pairs", "/links/probabilistic"),
        ("Pairs near the threshold", "/links/near_threshold"),
    ];
    let line = |(name, place): (&str, &str)| {
        let [one, other] =
            summaries.each_ref().map(|it| it.as_ref().and_then(|it| it.whole(place)));
        Line::counts(name, one, other)
    };
    names.into_iter().map(line).collect()
}

const QUALITIES: [(&str, &str); 5] = [
    ("Expected precision", "expected_precision"),
    ("Expected recall", "expected_recall"),
    ("Recall among pairs that met", "expected_recall_met"),
    ("Pairs that met in a block", "blocking_completeness"),
    ("Strict precision", "expected_precision_strict"),
];

fn estimates(summaries: &[Option<Summary>; 2], key: &str) -> [[f64; 3]; 2] {
    summaries.each_ref().map(|it| it.as_ref().map_or([f64::NAN; 3], |it| it.estimate(key)))
}

fn qualities(summaries: &[Option<Summary>; 2]) -> Vec<Line> {
    let line = |(name, key): (&'static str, &str)| {
        let [one, other] = estimates(summaries, key);
        let text = |[value, low, high]: [f64; 3]| {
            format!("{} ({})", numbers::percent(value), numbers::interval(low, high))
        };
        let overlap = one[1] <= other[2] && other[1] <= one[2];
        let change = match (one[0] < other[0], overlap) {
            _ if numbers::percent(one[0]) == numbers::percent(other[0]) => "",
            (true, true) => "higher, within the intervals",
            (true, false) => "higher",
            (false, true) => "lower, within the intervals",
            (false, false) => "lower",
        };
        Line {
            name: name.to_owned(),
            one: text(one),
            other: text(other),
            change: change.to_owned(),
        }
    };
    QUALITIES.into_iter().map(line).collect()
}

/// Weights of the levels that both runs know.
fn weights(one: &Option<LinkageReport>, other: &Option<LinkageReport>) -> Vec<Line> {
    let (Some(one), Some(other)) = (one, other) else { return Vec::new() };
    let weight = |report: &LinkageReport, comparison: &str, level: &str| {
        let comparison = report.comparisons.iter().find(|it| it.comparison == comparison)?;
        comparison.levels.iter().find(|it| it.level == level).map(|it| it.weight_bits)
    };
    let mut lines = Vec::new();
    for comparison in &one.comparisons {
        for level in &comparison.levels {
            if let Some(second) = weight(other, &comparison.comparison, &level.level) {
                let name = format!("{}: {}", comparison.comparison, level.level);
                lines.push(Line::reals(name, [level.weight_bits, second], numbers::bits));
            }
        }
    }
    lines
}

/// Quality of both with intervals.
fn quality(pair: &Pairing) -> String {
    let summaries = pair.each_ref().map(|(run, _)| Summary::of(run));
    let mut rows = Vec::new();
    for (name, key) in QUALITIES {
        let marks = [(Shape::Square, Tone::Quiet), (Shape::Dot, Tone::First)];
        let sides = pair.iter().zip(estimates(&summaries, key)).zip(marks);
        for (((run, _), [value, low, high]), (shape, tone)) in sides {
            rows.push(IntervalRow {
                group: Some(name.to_owned()),
                name: format!("run {}", run.number),
                value,
                low,
                high,
                shape,
                tone,
            });
        }
    }
    let head = Head::new(
        "figure-quality",
        "Quality of both runs",
        "Estimates with 95% intervals. Where intervals overlap, chance may be the difference.",
    );
    written(
        &Intervals {
            heads: ["Measure".into(), "Run".into()],
            axis: "Share".into(),
            scale: Scale::shares_from(rows.iter().flat_map(|row| [row.value, row.low])),
            number: numbers::percent,
            reference: None,
            rows,
        }
        .figure(head),
    )
}
