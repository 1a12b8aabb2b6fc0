//! Records of a linkage with the person that was found and the person that is true.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::path::Path;

use anyhow::Context as _;
use tallystick::release::contract::{Linked, LinkedSource};
use tallystick_synth::Source;
use tallystick_wire::Submission;

use crate::{Encoded, Synthetic};

/// Persons of one row of an export.
#[derive(Clone, Copy, Debug)]
pub(super) struct RowPersons {
    /// None of a row that has too little to be encoded: its event is nobody's.
    pub(super) found: Option<u32>,
    pub(super) truth: u32,
}

/// All records.
#[derive(Debug)]
pub(super) struct Records {
    /// Sorted by name; persons are those found.
    sources: Vec<LinkedSource>,
    /// True person of each record, of each source.
    truth: Vec<Vec<u32>>,
    counts: [u32; 2],
    rows: HashMap<(String, String), RowPersons>,
}

/// The rows of a CSV file without its header.
fn rows(path: &Path) -> anyhow::Result<Vec<csv::StringRecord>> {
    Ok(csv::Reader::from_path(path)?.records().collect::<Result<_, _>>()?)
}

/// Dense numbers in the order in which they are asked for.
#[derive(Default)]
struct Dense(BTreeMap<u32, u32>);

impl Dense {
    fn number(&mut self, of: u32) -> anyhow::Result<u32> {
        let next = u32::try_from(self.0.len())?;
        Ok(*self.0.entry(of).or_insert(next))
    }
}

impl Records {
    /// Reads what a linkage of encoded exports came to.
    ///
    /// A record whose rows are of several persons, because they gave the same identifiers, is truly that of most of its rows.
    pub(super) fn read(
        synthetic: &Synthetic,
        encoded: &[Encoded],
        clusters: &Path,
    ) -> anyhow::Result<Self> {
        let mut person_of_row: HashMap<(String, String), u32> = HashMap::new();
        for row in rows(&synthetic.truth())? {
            person_of_row.insert((row[0].to_owned(), row[1].to_owned()), row[2].parse()?);
        }
        let mut found_of: HashMap<(String, String), [u32; 3]> = HashMap::new();
        for row in rows(clusters)? {
            let persons = [row[2].parse()?, row[3].parse()?, row[4].parse()?];
            found_of.insert((row[0].to_owned(), row[1].to_owned()), persons);
        }
        let mut encoded: Vec<&Encoded> = encoded.iter().collect();
        encoded.sort_by_key(|one| &one.source);
        let (mut sources, mut truth, mut of_rows) = (Vec::new(), Vec::new(), HashMap::new());
        let mut dense = Dense::default();
        for one in encoded {
            let submission = Submission::open(File::open(&one.submission)?)?;
            let handles = submission.handles()?;
            let found = handles.iter().map(|handle| {
                let key = (one.source.clone(), handle.to_string());
                found_of.get(&key).copied().context("a handle has a person")
            });
            let found = found.collect::<anyhow::Result<Vec<[u32; 3]>>>()?;
            let mut rows_of: HashMap<String, Vec<(String, u32)>> = HashMap::new();
            for row in rows(&one.handles)? {
                let key = (one.source.clone(), row[1].to_owned());
                let person = *person_of_row.get(&key).context("a row has a true person")?;
                rows_of.entry(row[0].to_owned()).or_default().push((key.1, person));
            }
            let mut truths = Vec::new();
            for (handle, [person, ..]) in handles.iter().zip(&found) {
                let rows = rows_of.remove(&handle.to_string()).context("a record has rows")?;
                truths.push(dense.number(most(rows.iter().map(|(_, person)| *person)))?);
                for (row, truth) in rows {
                    let persons = RowPersons { found: Some(*person), truth: dense.number(truth)? };
                    of_rows.insert((one.source.clone(), row), persons);
                }
            }
            truth.push(truths);
            let column = |place: usize| found.iter().map(|persons| persons[place]).collect();
            sources.push(LinkedSource {
                source: submission.header().source,
                source_type: submission.header().source_type,
                row_counts: submission.row_counts()?,
                person: column(0),
                strict: column(1),
                loose: column(2),
                imputed: Vec::new(),
                handles,
            });
        }
        for (row, person) in person_of_row {
            let truth = dense.0.get(&person).copied();
            // A person of whom nothing was encoded is in no study.
            if let Some(truth) = truth {
                of_rows.entry(row).or_insert(RowPersons { found: None, truth });
            }
        }
        let found =
            sources.iter().flat_map(|it| &it.person).max().context("there are records")? + 1;
        let counts = [found, u32::try_from(dense.0.len())?];
        Ok(Self { sources, truth, counts, rows: of_rows })
    }

    /// Persons of a row of an export; none where nothing of its person was encoded.
    pub(super) fn persons(&self, source: Source, row: &str) -> Option<RowPersons> {
        self.rows.get(&(source.label().to_owned(), row.to_owned())).copied()
    }

    /// The linkage that was found.
    pub(super) fn found(&self) -> Linked {
        linked(self.sources.clone(), self.counts[0])
    }

    /// The linkage as it should have been.
    pub(super) fn truth(&self) -> Linked {
        let mut sources = self.sources.clone();
        for (source, persons) in sources.iter_mut().zip(&self.truth) {
            source.person.clone_from(persons);
            source.strict.clone_from(persons);
            source.loose.clone_from(persons);
        }
        linked(sources, self.counts[1])
    }
}

fn linked(sources: Vec<LinkedSource>, person_count: u32) -> Linked {
    let count = person_count as usize;
    Linked {
        sources,
        person_count,
        link_permille_min: vec![1_000; count],
        flagged: vec![false; count],
    }
}

/// The person of most rows; of several the least.
fn most(persons: impl Iterator<Item = u32>) -> u32 {
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    for person in persons {
        *counts.entry(person).or_default() += 1;
    }
    let most =
        counts.into_iter().max_by_key(|(person, count)| (*count, std::cmp::Reverse(*person)));
    most.map(|(person, _)| person).expect("a record has rows")
}
