//! Scores a linkage against the truth: by row of the exports, and by identity.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context as _;
use tallystick_linkage::quality::truth::{self, TruthScore};

use crate::Encoded;

/// A linkage measured in two units.
#[derive(Clone, Copy, Debug)]
pub struct Scores {
    /// One unit for each row of an export.
    pub rows: TruthScore,
    /// One unit for each identity, with the person of most of its rows.
    pub identities: TruthScore,
}

/// Numbers texts in the order they come.
#[derive(Default)]
struct Numbers(HashMap<String, u32>);

impl Numbers {
    fn of(&mut self, text: &str) -> anyhow::Result<u32> {
        let next = u32::try_from(self.0.len()).context("too many")?;
        Ok(*self.0.entry(text.to_owned()).or_insert(next))
    }
}

/// The rows of a CSV file as texts.
fn read_rows(path: &Path) -> anyhow::Result<Vec<csv::StringRecord>> {
    let mut reader = csv::Reader::from_path(path)?;
    Ok(reader.records().collect::<Result<Vec<_>, _>>()?)
}

/// Scores the clusters of encoded exports. `truth` has source, row and person in this order.
///
/// # Errors
/// If a file cannot be read, or a handle has no cluster.
pub fn score(encoded: &[Encoded], clusters: &Path, truth: &Path) -> anyhow::Result<Scores> {
    let mut persons = Numbers::default();
    let mut person_of = HashMap::new();
    for row in read_rows(truth)? {
        person_of.insert((row[0].to_owned(), row[1].to_owned()), persons.of(&row[2])?);
    }
    let mut found_of = HashMap::new();
    for row in read_rows(clusters)? {
        found_of.insert((row[0].to_owned(), row[1].to_owned()), row[2].parse::<u32>()?);
    }
    let (mut rows, mut identities) = (Units::default(), Units::default());
    for (number, one) in (0u16..).zip(encoded) {
        let mut told: HashMap<String, Vec<u32>> = HashMap::new();
        for row in read_rows(&one.handles)? {
            let key = (one.source.clone(), row[0].to_owned());
            let found = *found_of.get(&key).context("a handle has no cluster")?;
            let person = person_of.get(&(one.source.clone(), row[1].to_owned())).copied();
            rows.push(number, found, person);
            told.entry(key.1).or_default().extend(person);
        }
        for (handle, told) in told {
            let found = found_of[&(one.source.clone(), handle)];
            identities.push(number, found, majority(told));
        }
    }
    Ok(Scores { rows: rows.score(), identities: identities.score() })
}

fn majority(mut told: Vec<u32>) -> Option<u32> {
    told.sort_unstable();
    told.chunk_by(|a, b| a == b).max_by_key(|same| same.len()).map(|same| same[0])
}

#[derive(Default)]
struct Units {
    source: Vec<u16>,
    found: Vec<u32>,
    truth: Vec<Option<u32>>,
}

impl Units {
    fn push(&mut self, source: u16, found: u32, truth: Option<u32>) {
        self.source.push(source);
        self.found.push(found);
        self.truth.push(truth);
    }

    fn score(&self) -> TruthScore {
        truth::score(&self.found, &self.truth, &self.source)
    }
}
