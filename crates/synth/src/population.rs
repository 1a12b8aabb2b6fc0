//! The population as a stream of chunks: people, what happened to them, and their rows.
//!
//! Blocks of 64 persons are taken in a seeded order, 256 of them make a chunk, and each source's
//! rows of a chunk are sorted by its own key (day of the event; client at the provider). So the
//! rows of a file are in no order of persons, and memory does not grow with the population; but a
//! person's rows stand within one chunk of 16,384 persons. Links must not be made from row order.

use std::sync::Arc;

use crate::clerk::Clerk;
use crate::config::{Config, ConfigError, Source};
use crate::history::{EVENTS_MAX, History, history};
use crate::layout::{Entry, Layout, Life, Numbers, Scene, layout};
use crate::number::{Permutation, mix};
use crate::person::{BLOCK_PERSONS, People, Person};
use crate::profile::Rates;
use crate::programme::Arm;
use crate::random::{Purpose, Stream};
use crate::service::{Services, services};
use crate::snapshot::Snapshot;

/// Blocks in a chunk.
const CHUNK_BLOCKS: u64 = 256;

/// A population, of which any part can be made at any time.
#[derive(Debug)]
pub struct Population {
    config: Config,
    people: People,
    numbers: Numbers,
    local_numbers: Vec<Permutation>,
    cii_numbers: Permutation,
    block_order: Permutation,
}

/// A person with everything that happened.
#[derive(Clone, Debug)]
pub struct Biography {
    /// The person.
    pub person: Person,
    /// Arrests and what followed.
    pub history: History,
    /// Provider and citations.
    pub services: Services,
}

/// A row before it is written.
#[derive(Clone, Debug)]
pub struct Row {
    order: (i64, u64),
    entry: Entry,
    /// Place of the person in the chunk.
    pub place: usize,
    /// The identifiers in the row.
    pub snapshot: Arc<Snapshot>,
}

/// Rows of one source and the identifiers taken down for them.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The source.
    pub source: Source,
    /// Rows in the order of the file.
    pub rows: Vec<Row>,
    /// Identifiers taken down, each once, with the person's place in the chunk; without those of
    /// alias rows.
    pub snapshots: Vec<(usize, Arc<Snapshot>)>,
}

/// Part of a population.
#[derive(Clone, Debug)]
pub struct Chunk {
    /// People with their events.
    pub people: Vec<Biography>,
    /// A sheet for each source of the configuration.
    pub sheets: Vec<Sheet>,
}

impl Population {
    /// The population of a configuration.
    ///
    /// # Errors
    /// If a setting is out of bounds.
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        config.validate()?;
        let (seed, persons) = (config.seed, config.persons);
        let people = People::new(config);
        let block_order = Permutation::new(seed, 0, people.block_count());
        let events = |lane| Permutation::new(seed, lane, (persons * EVENTS_MAX).max(1 << 22));
        let local = |source| Permutation::new(seed, 32 + source as u8, (persons * 2).max(800_000));
        Ok(Self {
            config: config.clone(),
            people,
            numbers: Numbers { incidents: events(1), cases: events(2), bookings: events(3) },
            local_numbers: Source::ALL.into_iter().map(local).collect(),
            cii_numbers: Permutation::new(seed, 4, persons.max(30_000_000)),
            block_order,
        })
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Number of chunks.
    pub fn chunk_count(&self) -> u64 {
        self.people.block_count().div_ceil(CHUNK_BLOCKS)
    }

    /// Makes the chunk with a number below [`Population::chunk_count`].
    pub fn chunk(&self, number: u64) -> Chunk {
        let blocks = self.people.block_count();
        let first = number * CHUNK_BLOCKS;
        let places = first..(first + CHUNK_BLOCKS).min(blocks);
        let people: Vec<Biography> =
            places.flat_map(|place| self.biographies(self.block_order.map(place))).collect();
        let sheets = self.config.sources.iter().map(|source| self.sheet(*source, &people));
        Chunk { sheets: sheets.collect(), people }
    }

    /// The people of one block of 64, in order of their numbers.
    pub fn biographies(&self, block: u64) -> Vec<Biography> {
        debug_assert!(BLOCK_PERSONS * block < self.config.persons, "no such block");
        let persons = self.people.block(block).into_iter();
        persons
            .map(|person| {
                let history = history(&self.config, &person);
                let services = services(self.config.seed, &person, &history);
                Biography { person, history, services }
            })
            .collect()
    }

    /// The error rates for a person.
    pub fn rates(&self, arm: Arm) -> Rates {
        let mut rates = Rates::of(self.config.profile);
        if let Some(permille) = self.config.dob_missing_permille {
            rates.dob_missing = permille;
        }
        match arm {
            Arm::Lead if self.config.differential => rates.scaled(500),
            Arm::Comparison if self.config.differential => rates.scaled(1250),
            _ => rates,
        }
    }

    /// The cells of a row of this chunk, in the order of the export's columns; that of the row's
    /// number is empty.
    pub fn cells(&self, chunk: &Chunk, source: Source, row: &Row) -> Vec<String> {
        let life = chunk.people[row.place].life();
        let scene =
            Scene { numbers: &self.numbers, life, snapshot: &row.snapshot, entry: row.entry };
        let layout = layout(source);
        let cells = (layout.cells)(&scene);
        debug_assert_eq!(cells.len(), layout.columns.len(), "a cell for every column");
        cells
    }

    fn sheet(&self, source: Source, people: &[Biography]) -> Sheet {
        let mut sheet = Sheet { source, rows: Vec::new(), snapshots: Vec::new() };
        let layout = layout(source);
        for (place, biography) in people.iter().enumerate() {
            self.enter(layout, place, biography, &mut sheet);
        }
        sheet.rows.sort_by_key(|row| row.order);
        sheet
    }

    /// Enters one person's rows into a sheet.
    fn enter(&self, layout: &Layout, place: usize, biography: &Biography, sheet: &mut Sheet) {
        let person = &biography.person;
        let entries = (layout.rows)(&biography.life());
        if entries.is_empty() {
            return;
        }
        let clerk = Clerk {
            people: &self.people,
            person,
            rates: self.rates(person.arm),
            practice: layout.practice,
            local_numbers: &self.local_numbers[layout.source as usize],
            cii_numbers: &self.cii_numbers,
            persons: self.config.persons,
        };
        let lane = layout.source as u8;
        let mut stream = Stream::with_lane(self.config.seed, Purpose::Snapshot, lane, person.id);
        let mut held: Option<(usize, Arc<Snapshot>)> = None;
        let wanted = entries.len().max(self.config.rows_per_person_min as usize);
        for number in 0..wanted {
            let entry = entries[number % entries.len()];
            let filling = number >= entries.len();
            let reuse = stream.permille(layout.reuse);
            let snapshot = match &held {
                Some((encounter, held)) if !filling && (*encounter == entry.encounter || reuse) => {
                    Arc::clone(held)
                }
                _ => {
                    let taken = Arc::new(clerk.snapshot(&mut stream));
                    sheet.snapshots.push((place, Arc::clone(&taken)));
                    taken
                }
            };
            held = Some((entry.encounter, Arc::clone(&snapshot)));
            let snapshot = match entry.alias {
                true => Arc::new(clerk.alias(&snapshot)),
                false => snapshot,
            };
            let tie = mix(person.id.wrapping_mul(1 << 20) ^ number as u64 ^ self.config.seed);
            sheet.rows.push(Row { order: (entry.order, tie), entry, place, snapshot });
        }
    }
}

impl Biography {
    fn life(&self) -> Life<'_> {
        Life { person: &self.person, history: &self.history, services: &self.services }
    }
}
