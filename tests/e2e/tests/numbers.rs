//! Numbers of events as pseudonyms: one arrest has the same ones in the content of all agencies, and no
//! number stands in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::Context as _;
use tallystick_e2e::{Encoded, Project, Synthetic};
use tallystick_synth::{Config, Profile as Errors, Source};
use tallystick_wire::Profile;
use tallystick_wire::content::{Cell, ContentReader};

/// Source, its column, the numbering, and the column of the release.
const NUMBERS: [(Source, &str, &str, &str); 10] = [
    (Source::Police, "INCIDENT_NO", "incident", "incident"),
    (Source::Police, "ARREST_NO", "booking", "booking"),
    (Source::Police, "OFFICER", "officer", "officer"),
    (Source::Prosecutor, "incident_number", "incident", "incident"),
    (Source::Prosecutor, "court_number", "court", "court"),
    (Source::Court, "Case Number", "court", "court"),
    (Source::Jail, "BookingNo", "booking", "booking"),
    (Source::Jail, "CourtNo", "court", "court"),
    (Source::Provider, "ReferralIncident", "incident", "incident"),
    (Source::Provider, "ReferringOfficer", "officer", "officer"),
];

/// Cells of a content column, row by row.
type Cells = Vec<Option<String>>;

/// All columns of codes in a source's content, by name.
fn codes(project: &Project, encoded: &Encoded) -> anyhow::Result<BTreeMap<String, Cells>> {
    let mut reader =
        ContentReader::new(std::io::Cursor::new(project.content(&encoded.submission)?))?;
    let names: Vec<String> =
        reader.schema().columns.iter().map(|(name, _)| name.as_str().to_owned()).collect();
    let mut columns: BTreeMap<String, Cells> = BTreeMap::new();
    let mut cells = Vec::new();
    while reader.read_row(&mut cells)?.is_some() {
        for (name, cell) in names.iter().zip(&cells) {
            let code = match cell {
                Some(Cell::Code(code)) => Some(code.as_str().to_owned()),
                _ => None,
            };
            columns.entry(name.clone()).or_default().push(code);
        }
    }
    Ok(columns)
}

/// Columns of an export as they are written, by name.
fn export(synthetic: &Synthetic, source: Source) -> anyhow::Result<BTreeMap<String, Vec<String>>> {
    let mapping: toml::Table = synthetic.mapping(source)?.parse()?;
    let delimiter = mapping["read"]["delimiter"].as_str().context("a delimiter")?.as_bytes()[0];
    // Numbers are ASCII in every encoding of these exports.
    let bytes = fs::read(synthetic.export(source))?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(bytes);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let names: Vec<String> = reader.byte_headers()?.iter().map(text).collect();
    let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in reader.byte_records() {
        for (name, cell) in names.iter().zip(&row?) {
            columns.entry(name.clone()).or_default().push(text(cell));
        }
    }
    Ok(columns)
}

#[test]
fn one_number_has_one_pseudonym_in_all_sources() -> anyhow::Result<()> {
    let profile = Errors::Clean;
    let config = Config { persons: 3_000, seed: 7, profile, ..Config::default() };
    let (synthetic, project) = (Synthetic::new(&config)?, Project::new()?);
    let encoded = synthetic.encode(&project, Profile::Standard, &[], "numbers")?;
    let mut contents = BTreeMap::new();
    for (source, one) in synthetic.sources().iter().zip(&encoded) {
        assert_eq!(one.report.rows_read, one.report.rows_accepted, "content has all rows");
        contents.insert(source.label(), (export(&synthetic, *source)?, codes(&project, one)?));
    }
    // Number and pseudonym by numbering, and the sources in which they stand.
    let mut pairs: BTreeMap<(&str, String, String), BTreeSet<&str>> = BTreeMap::new();
    for (source, column, of, name) in NUMBERS {
        let (written, sealed) = &contents[source.label()];
        assert_eq!(written[column].len(), sealed[name].len());
        for (cell, code) in written[column].iter().zip(&sealed[name]) {
            let digits: String = cell.chars().filter(char::is_ascii_digit).collect();
            assert_eq!(code.is_none(), digits.is_empty());
            if let Some(code) = code {
                let number = digits.trim_start_matches('0').to_owned();
                pairs.entry((of, number, code.clone())).or_default().insert(source.label());
            }
        }
    }
    let numbers: BTreeSet<_> = pairs.keys().map(|(of, number, _)| (of, number)).collect();
    let pseudonyms: BTreeSet<_> = pairs.keys().map(|(_, _, code)| code).collect();
    assert_eq!((numbers.len(), pseudonyms.len()), (pairs.len(), pairs.len()), "one for one");
    let shared = |of: &str, sources: &[&str]| {
        let all = |held: &BTreeSet<&str>| sources.iter().all(|source| held.contains(source));
        pairs.iter().filter(|((found, ..), held)| *found == of && all(held)).count()
    };
    for (of, sources) in [
        ("incident", &["police", "prosecutor"][..]),
        ("incident", &["police", "provider"]),
        ("booking", &["police", "jail"]),
        ("court", &["prosecutor", "court", "jail"]),
        ("officer", &["police", "provider"]),
    ] {
        assert!(shared(of, sources) > 100, "{of} of {sources:?}: {}", shared(of, sources));
    }
    no_number_is_content(&pairs, &contents);
    Ok(())
}

/// No cell of any content column holds a number of an incident, booking or case.
fn no_number_is_content<W>(
    pairs: &BTreeMap<(&str, String, String), BTreeSet<&str>>,
    contents: &BTreeMap<&str, (W, BTreeMap<String, Cells>)>,
) {
    let numbers: BTreeSet<&str> = pairs
        .keys()
        .filter(|(of, ..)| *of != "officer")
        .map(|(_, number, _)| number.as_str())
        .collect();
    for (_, sealed) in contents.values() {
        for code in sealed.values().flatten().flatten() {
            let digits: String = code.chars().filter(char::is_ascii_digit).collect();
            let number = digits.trim_start_matches('0');
            assert!(code.len() == 16 || !numbers.contains(number), "a number is content");
        }
    }
}

#[test]
fn booked_charges_are_rows_of_a_table() -> anyhow::Result<()> {
    let sources = vec![Source::Prosecutor];
    let config = Config { persons: 500, sources, profile: Errors::Clean, ..Config::default() };
    let synthetic = Synthetic::new(&config)?;
    let project = Project::new()?;
    let encoded = synthetic.encode(&project, Profile::Standard, &[], "charges")?;
    let written = export(&synthetic, Source::Prosecutor)?;
    let counts = written["charge_count"].iter().map(|count| count.parse::<u64>());
    let charges: u64 = counts.sum::<Result<_, _>>()?;
    let [groups] = [&encoded[0].report.groups[..]];
    assert_eq!((groups.len(), groups[0].table.as_str()), (1, "charge"));
    assert!(charges > encoded[0].report.rows_accepted && groups[0].uneven == 0);
    assert_eq!(groups[0].rows, charges);
    Ok(())
}
