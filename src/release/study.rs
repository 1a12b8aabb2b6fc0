//! A study's tables of what was linked.
//!
//! Takes the linkage, each source's opened content and a study, gives the study's tables. Refuses content that
//! looks like an identifier, and a study that names what no source sent.

use std::collections::BTreeSet;
use std::io::Read;

use tallystick_dataset::Ticker;
use tallystick_study::input::SourceLinks;
use tallystick_study::tables::{StudyTables, build};
use tallystick_study::{Inputs, RecordTable, Study, StudyError};

use super::contract::{LEFT_OUT, Linked, LinkedSource};
use super::load::{LoadedTable, load};
use super::{ReleaseError, ReleaseLimits};

/// Content that was opened and looked through.
#[derive(Debug)]
pub struct Opened {
    tables: Vec<LoadedTable>,
    /// Table and column of what is not used.
    left_out: BTreeSet<(usize, usize)>,
}

impl Opened {
    /// Keeps these columns of a source only; gives the number of those that are not used.
    pub fn keep_columns(&mut self, source: usize, names: &BTreeSet<String>) -> usize {
        let before = self.left_out.len();
        for (place, table) in self.tables.iter().enumerate().filter(|(_, it)| it.source == source) {
            let columns = table.schema.columns.iter().enumerate();
            let unwanted = columns.filter(|(_, (name, _))| !names.contains(name.as_str()));
            self.left_out.extend(unwanted.map(|(column, _)| (place, column)));
        }
        self.left_out.len() - before
    }
}

/// Reads all content of a linkage.
///
/// # Errors
/// As [`super::write_tables`].
pub fn open(
    linked: &Linked,
    contents: Vec<(usize, Box<dyn Read + '_>)>,
    limits: &ReleaseLimits,
    ticker: &mut Ticker<'_>,
) -> Result<Opened, ReleaseError> {
    let tables = load(linked, contents, limits, ticker)?;
    Ok(Opened { tables, left_out: BTreeSet::new() })
}

/// Makes the study's tables; `study_ids` by person, all different.
///
/// # Errors
/// [`StudyError`].
pub fn tables(
    study: &Study,
    linked: &Linked,
    opened: &Opened,
    study_ids: &[u64],
) -> Result<StudyTables, StudyError> {
    let by_row = |of_source: fn(&LinkedSource) -> &[u32]| -> Vec<Vec<u32>> {
        let tables = opened.tables.iter();
        tables.map(|table| rows(table, of_source(&linked.sources[table.source]))).collect()
    };
    let (persons, strict) = (by_row(|source| &source.person), by_row(|source| &source.strict));
    let imputed: Vec<Vec<Vec<u32>>> = opened
        .tables
        .iter()
        .map(|table| {
            let draws = linked.sources[table.source].imputed.iter();
            draws.map(|persons| rows(table, persons)).collect()
        })
        .collect();
    let (strict_counts, loose) = variants(linked);
    let labels: Vec<(String, String)> = opened
        .tables
        .iter()
        .map(|table| {
            let source = linked.sources[table.source].source.to_string();
            (source, table.schema.table.to_string())
        })
        .collect();
    let names: Vec<Vec<String>> = opened
        .tables
        .iter()
        .map(|table| table.schema.columns.iter().map(|(name, _)| name.to_string()).collect())
        .collect();
    let records = opened.tables.iter().enumerate().map(|(place, table)| RecordTable {
        source: &labels[place].0,
        table: &labels[place].1,
        persons: &persons[place],
        strict: &strict[place],
        imputed: imputed[place].iter().map(Vec::as_slice).collect(),
        columns: names[place]
            .iter()
            .map(String::as_str)
            .zip(&table.columns)
            .enumerate()
            .filter(|(column, _)| !opened.left_out.contains(&(place, *column)))
            .map(|(_, named)| named)
            .collect(),
    });
    let inputs = Inputs {
        person_count: linked.person_count,
        tables: records.collect(),
        study_ids,
        links: links(linked),
        link_permille_min: &linked.link_permille_min,
        flagged: &linked.flagged,
        strict_counts: &strict_counts,
        loose: &loose,
    };
    build(study, &inputs)
}

/// Person of each row.
fn rows(table: &LoadedTable, of_source: &[u32]) -> Vec<u32> {
    table.records.iter().map(|record| of_source[*record as usize]).collect()
}

/// By person: number of its strict persons, and its loose person.
fn variants(linked: &Linked) -> (Vec<u32>, Vec<u32>) {
    let count = linked.person_count as usize;
    let (mut strict_counts, mut loose) = (vec![0u32; count], vec![0u32; count]);
    let mut strict: Vec<(u32, u32)> = Vec::new();
    for source in &linked.sources {
        for (record, person) in source.person.iter().enumerate().filter(|(_, it)| **it != LEFT_OUT)
        {
            strict.push((*person, source.strict[record]));
            loose[*person as usize] = source.loose[record];
        }
    }
    strict.sort_unstable();
    strict.dedup();
    strict.iter().for_each(|(person, _)| strict_counts[*person as usize] += 1);
    (strict_counts, loose)
}

/// What is known of each person's linkage, by source.
fn links(linked: &Linked) -> Vec<SourceLinks> {
    let count = linked.person_count as usize;
    // The first strict person and the first loose person met; whoever meets another is not the same.
    let (mut strict, mut loose) = (vec![u32::MAX; count], vec![u32::MAX; count]);
    let mut is_one = vec![true; count];
    let mut persons_of_loose: Vec<(u32, u32)> = Vec::new();
    for source in &linked.sources {
        for (record, person) in source.person.iter().enumerate().filter(|(_, it)| **it != LEFT_OUT)
        {
            let person_place = *person as usize;
            let first = &mut strict[person_place];
            if *first == u32::MAX {
                *first = source.strict[record];
            }
            is_one[person_place] &= *first == source.strict[record];
            if loose[person_place] == u32::MAX {
                loose[person_place] = source.loose[record];
                persons_of_loose.push((source.loose[record], *person));
            }
        }
    }
    persons_of_loose.sort_unstable();
    let mut is_alone = vec![true; count];
    for group in persons_of_loose.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1) {
        group.iter().for_each(|(_, person)| is_alone[*person as usize] = false);
    }
    let sources = linked.sources.iter().map(|source| {
        let mut records = vec![0u32; count];
        for person in source.person.iter().filter(|person| **person != LEFT_OUT) {
            records[*person as usize] += 1;
        }
        SourceLinks {
            source: source.source.to_string(),
            source_type: source.source_type.as_str().to_owned(),
            records,
            strict_same: is_one.clone(),
            loose_same: is_alone.clone(),
        }
    });
    sources.collect()
}
