//! The golden vectors of pseudonyms of numbers, made by a second implementation
//! (`tests/vectors/number_v1.py`).

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use serde::Deserialize;
use tallystick_encoder::keys::{AgencyKeys, SecretKey};
use tallystick_encoder::mapping::{ContentKind, Mapping, Numbering};
use tallystick_encoder::number::{Numbered, Pseudonyms, normalise};
use tallystick_wire::ProjectId;

/// Fewer cases than this mean that files were lost.
const CASES_MIN: usize = 40;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vectors {
    project: String,
    epoch: u32,
    encoding_key: String,
    numberings: Vec<Cells>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cells {
    of: String,
    prefixes: Vec<String>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    cell: String,
    number: String,
    pseudonym: Option<String>,
}

fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    assert_eq!(hex.len(), 2 * N);
    std::array::from_fn(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
}

/// The numbering as a mapping gives it, with its prefixes folded.
fn numbering(cells: &Cells) -> Numbering {
    let text = format!(
        "source = \"s\"\ntype = \"court\"\n[fields]\nlast = \"L\"\n[content]\ntable = \"t\"\n\
         [content.columns]\nn = {{ column = \"N\", type = \"number\", of = {:?}, prefixes = {:?} }}\n",
        cells.of, cells.prefixes
    );
    let mapping = Mapping::parse(&text).unwrap();
    match &mapping.content().unwrap().columns[0].kind {
        ContentKind::Number(numbering) => numbering.clone(),
        _ => panic!("the column holds numbers"),
    }
}

#[test]
fn pseudonyms_are_those_of_the_vectors() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/number_v1");
    let mut cases = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let vectors: Vectors = serde_json::from_str(&text).unwrap();
        let pseudonyms = Pseudonyms::new(&AgencyKeys {
            encoding_key: SecretKey::new(bytes(&vectors.encoding_key)),
            local_key: SecretKey::new([0; 32]),
            project: ProjectId(bytes(&vectors.project)),
            epoch: vectors.epoch,
        });
        for cells in &vectors.numberings {
            let numbering = numbering(cells);
            for case in &cells.cases {
                assert_eq!(
                    *normalise(&case.cell, &numbering.prefixes),
                    case.number,
                    "{}",
                    case.cell
                );
                let found = match pseudonyms.of(&numbering, &case.cell) {
                    Numbered::Pseudonym(one) => Some(one.code().as_str().to_owned()),
                    Numbered::Missing | Numbered::Unreadable => None,
                };
                assert_eq!(found, case.pseudonym, "{}", case.cell);
                cases += 1;
            }
        }
    }
    assert!(cases >= CASES_MIN, "only {cases} cases were found");
}
