//! How often the detector places columns rightly, by the names of columns alone: header rows of real
//! exports and of record layouts, with the role of each column, in `tests/fixtures/headers`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use tallystick_encoder::sniff::{Content, Question, Role, Sample, SniffRequest, sniff};

/// Header rows of published files.
const REAL: [&str; 9] = [
    "lapd_arrests_2020",
    "sfpd_incidents_2018",
    "wichita_daily_arrests",
    "davidson_bookings",
    "broward_clerk_cases",
    "cook_initiation",
    "sfda_actions",
    "michigan_names",
    "hud_client_2026",
];

/// A header row with what its columns are.
struct Header {
    id: String,
    held_out: bool,
    columns: Vec<(String, Vec<String>)>,
}

fn root(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(file)
}

fn headers() -> Vec<Header> {
    let text = fs::read_to_string(root("tests/fixtures/headers/headers.txt")).unwrap();
    let mut headers: Vec<Header> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        if let Some(rest) = line.strip_prefix('[') {
            let (id, about) = rest.split_once("] ").unwrap();
            let held_out = about.starts_with("held-out");
            headers.push(Header { id: id.to_owned(), held_out, columns: Vec::new() });
            continue;
        }
        let (name, labels) = line.split_once('\t').unwrap();
        let labels = labels.split('/').map(str::to_owned).collect();
        headers.last_mut().unwrap().columns.push((name.to_owned(), labels));
    }
    assert!(headers.len() > 20 && headers.iter().any(|header| header.held_out));
    headers
}

/// The label of what the detector says.
fn label(role: &Role) -> String {
    match role {
        Role::Name(_) => "name".to_owned(),
        Role::Dob | Role::DobYear | Role::DobMonth | Role::DobDay => "dob".to_owned(),
        Role::Address(_) => "address".to_owned(),
        Role::Attribute(_) => "attribute".to_owned(),
        Role::Withheld => "never".to_owned(),
        Role::EventNumber => "event".to_owned(),
        Role::RowId | Role::Ignore => "left out".to_owned(),
        Role::Content(Content::EventDate) => "content".to_owned(),
        Role::Content(_) => "content".to_owned(),
        other => other.to_string(),
    }
}

/// The class in which a label is counted; types of content are not told apart without cells.
fn class(label: &str) -> &str {
    match label {
        "date" | "code" | "integer" | "flag" => "content",
        "ignore" | "row" => "left out",
        other => other,
    }
}

fn is_field(class: &str) -> bool {
    !matches!(class, "never" | "event" | "left out" | "content")
}

#[derive(Default)]
struct Counts {
    columns: u32,
    right: u32,
    proposed: u32,
}

#[derive(Default)]
struct Measured {
    classes: BTreeMap<String, Counts>,
    content_as_identifier: Vec<String>,
    identifier_as_content: Vec<String>,
    wrong: Vec<String>,
    columns: u32,
    headers: u32,
}

fn measure(held_out: bool) -> Measured {
    let mut measured = Measured::default();
    for header in headers().iter().filter(|header| header.held_out == held_out) {
        let names: Vec<String> = header
            .columns
            .iter()
            .enumerate()
            .map(|(at, (name, _))| match name.as_str() {
                "" => format!("column {}", at + 1),
                name => name.to_owned(),
            })
            .collect();
        let proposal = sniff(&SniffRequest {
            header: &names,
            sample: &Sample::new(names.len()),
            source: "x",
            source_type: None,
            roles: &BTreeMap::new(),
            date_orders: &BTreeMap::new(),
            year_max: 2024,
            known_layouts: false,
        });
        let asked = |question: &Question| !matches!(question, Question::EventDate { .. });
        assert!(!proposal.questions.iter().any(asked), "{}: names alone raise no doubt", header.id);
        measured.headers += 1;
        for ((name, labels), column) in header.columns.iter().zip(&proposal.columns) {
            measured.columns += 1;
            let said = label(&column.role);
            let classes: BTreeSet<&str> = labels.iter().map(|label| class(label)).collect();
            let right = classes.contains(said.as_str());
            let meant = if right { said.as_str() } else { class(&labels[0]) };
            let counts = measured.classes.entry(meant.to_owned()).or_default();
            counts.columns += 1;
            counts.right += u32::from(right);
            measured.classes.entry(said.clone()).or_default().proposed += 1;
            let place = format!("{}: {name:?} is {meant}, taken for {said}", header.id);
            if !right && meant == "content" && is_field(&said) {
                measured.content_as_identifier.push(place.clone());
            }
            if !right && said == "content" && (is_field(meant) || meant == "never") {
                measured.identifier_as_content.push(place.clone());
            }
            if !right {
                measured.wrong.push(place);
            }
        }
    }
    measured
}

fn table(measured: &[(&str, Measured)]) -> String {
    let mut text = String::new();
    let heads: Vec<String> = measured
        .iter()
        .map(|(set, m)| format!("{set} ({} headers, {} columns)", m.headers, m.columns))
        .collect();
    let _ = writeln!(text, "| role | {} | | | {} | | |", heads[0], heads[1]);
    text.push_str("|---|--:|--:|--:|--:|--:|--:|\n");
    text.push_str("| | columns | precision | recall | columns | precision | recall |\n");
    let names: BTreeSet<&String> =
        measured.iter().flat_map(|(_, measured)| measured.classes.keys()).collect();
    let (fields, others): (Vec<&String>, Vec<&String>) =
        names.into_iter().partition(|name| is_field(name));
    for name in fields.into_iter().chain(others) {
        let _ = write!(text, "| {name} |");
        for (_, measured) in measured {
            let none = Counts::default();
            let Counts { columns, right, proposed } = measured.classes.get(name).unwrap_or(&none);
            let share = |of: u32| match of {
                0 => "-".to_owned(),
                of => format!("{:.2}", f64::from(*right) / f64::from(of)),
            };
            let _ = write!(text, " {columns} | {} | {} |", share(*proposed), share(*columns));
        }
        text.push('\n');
    }
    for (what, list) in
        [("content taken for an identifier", 0), ("identifiers taken for content", 1)]
    {
        let counts: Vec<String> = measured
            .iter()
            .map(|(_, m)| {
                let found =
                    if list == 0 { &m.content_as_identifier } else { &m.identifier_as_content };
                found.len().to_string()
            })
            .collect();
        let _ = writeln!(text, "| {what} | {} | | | {} | | |", counts[0], counts[1]);
    }
    text
}

const START: &str =
    "<!-- figures: written by `cargo test -p tallystick-encoder --test headers -- --ignored` -->\n";
const END: &str = "<!-- end of figures -->\n";

fn documented() -> String {
    let text = fs::read_to_string(root("docs/sniff.md")).unwrap();
    let (_, rest) = text.split_once(START).expect("the page has a place for the figures");
    rest.split_once(END).expect("the place has an end").0.to_owned()
}

fn figures() -> String {
    table(&[("seen", measure(false)), ("held out", measure(true))])
}

#[test]
fn real_headers_are_placed_rightly() {
    let seen = measure(false);
    assert!(seen.content_as_identifier.is_empty(), "{:#?}", seen.content_as_identifier);
    assert!(seen.identifier_as_content.is_empty(), "{:#?}", seen.identifier_as_content);
    for (name, counts) in seen.classes.iter().filter(|(name, _)| is_field(name)) {
        assert_eq!(counts.right, counts.proposed, "{name}");
        // A bare number is not taken for the person's by its name alone: IDENTIFIER, cjars_id.
        let missed = if name == "local-id" { 2 } else { 0 };
        assert_eq!(counts.right + missed, counts.columns, "{name}");
    }
    let identifiers =
        |place: &&String| !place.contains("is content") && !place.contains("is left out");
    let first: Vec<&String> = seen
        .wrong
        .iter()
        .filter(|place| REAL.iter().any(|id| place.starts_with(id)))
        .filter(identifiers)
        .collect();
    assert!(first.is_empty(), "{first:#?}");
}

#[test]
fn no_identifier_is_content_in_any_header() {
    let held_out = measure(true);
    assert!(held_out.identifier_as_content.is_empty(), "{:#?}", held_out.identifier_as_content);
    assert!(held_out.content_as_identifier.is_empty(), "{:#?}", held_out.content_as_identifier);
}

#[test]
fn documented_figures_are_those_measured() {
    let measured = figures();
    assert!(documented() == measured, "docs/sniff.md must say between its marks:\n{measured}");
}
