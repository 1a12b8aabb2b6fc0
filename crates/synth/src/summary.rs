//! Counts over a population: rows, true pairs, errors, arms, outcomes.

use std::fmt::Write as _;

use crate::config::{Config, Source};
use crate::history::Outcomes;
use crate::population::Chunk;
use crate::programme::{Arm, EFFECT};
use crate::snapshot::{ErrorKind, Errors};

const SOURCES: usize = Source::ALL.len();
const ARMS: usize = Arm::ALL.len();
/// Outcomes as in the truth file, in the order of [`Outcomes`].
pub(crate) const OUTCOME_LABELS: [&str; 4] =
    ["felony_arrests", "misdemeanour_arrests", "felony_cases", "misdemeanour_cases"];

/// Counts of what was generated. Indexed by the places in [`Source::ALL`] and [`Arm::ALL`].
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Summary {
    /// Rows per source.
    pub rows: [u64; SOURCES],
    /// Persons with at least one row.
    pub persons: [u64; SOURCES],
    /// Pairs of rows of one person; within a source each pair once.
    pub true_pairs: [[u64; SOURCES]; SOURCES],
    /// Persons in both sources; within a source those with two rows or more.
    pub shared_persons: [[u64; SOURCES]; SOURCES],
    /// Persons per arm.
    pub arms: [u64; ARMS],
    /// Outcomes per arm, in the year before and after the index day.
    pub outcomes: [[Outcomes64; 2]; ARMS],
    /// Times identifiers were taken down, per source.
    pub snapshots: [u64; SOURCES],
    /// Those of them with each kind of error, in the order of [`Errors::LABELS`].
    pub errors: [[u64; Errors::LABELS.len()]; SOURCES],
}

/// Sums of [`Outcomes`].
pub type Outcomes64 = [u64; 4];

impl Summary {
    /// Counts one chunk. `row_counts` has the rows of each person of the chunk, by source.
    pub(crate) fn of(chunk: &Chunk, row_counts: &[[u32; SOURCES]]) -> Self {
        let mut summary = Self::default();
        for (biography, counts) in chunk.people.iter().zip(row_counts) {
            summary.count_rows(counts);
            let arm = biography.person.arm as usize;
            summary.arms[arm] += 1;
            for (window, outcomes) in biography.history.outcomes().iter().enumerate() {
                add(&mut summary.outcomes[arm][window], outcomes);
            }
        }
        for sheet in &chunk.sheets {
            let source = sheet.source as usize;
            for (_, snapshot) in &sheet.snapshots {
                summary.snapshots[source] += 1;
                for (kind, count) in summary.errors[source].iter_mut().enumerate() {
                    *count += u64::from(snapshot.errors.has_place(kind));
                }
            }
        }
        summary
    }

    fn count_rows(&mut self, counts: &[u32; SOURCES]) {
        for a in 0..SOURCES {
            let rows = u64::from(counts[a]);
            self.rows[a] += rows;
            self.persons[a] += u64::from(rows > 0);
            self.true_pairs[a][a] += rows * rows.saturating_sub(1) / 2;
            self.shared_persons[a][a] += u64::from(rows > 1);
            for (b, others) in counts.iter().enumerate().take(a) {
                let others = u64::from(*others);
                self.true_pairs[b][a] += rows * others;
                self.shared_persons[b][a] += u64::from(rows > 0 && others > 0);
            }
        }
    }

    /// Adds the counts of another part.
    pub(crate) fn merge(&mut self, other: &Self) {
        for source in 0..SOURCES {
            self.rows[source] += other.rows[source];
            self.persons[source] += other.persons[source];
            self.snapshots[source] += other.snapshots[source];
            for b in 0..SOURCES {
                self.true_pairs[source][b] += other.true_pairs[source][b];
                self.shared_persons[source][b] += other.shared_persons[source][b];
            }
            for (sum, part) in self.errors[source].iter_mut().zip(other.errors[source]) {
                *sum += part;
            }
        }
        for arm in 0..ARMS {
            self.arms[arm] += other.arms[arm];
            for window in 0..2 {
                for outcome in 0..4 {
                    self.outcomes[arm][window][outcome] += other.outcomes[arm][window][outcome];
                }
            }
        }
    }

    /// Share of a source's snapshots with an error of a kind.
    pub fn error_rate(&self, source: Source, kind: ErrorKind) -> f64 {
        let source = source as usize;
        self.errors[source][kind as usize] as f64 / self.snapshots[source].max(1) as f64
    }

    /// Rows of all sources.
    pub fn rows_total(&self) -> u64 {
        self.rows.iter().sum()
    }

    /// `truth_pairs.csv`: a line for each pair of the configured sources.
    pub(crate) fn pairs_csv(&self, config: &Config) -> String {
        let mut out = String::from("source_a,source_b,true_pairs,shared_persons\n");
        let mut sources = config.sources.clone();
        sources.sort_unstable();
        for (place, a) in sources.iter().enumerate() {
            for b in &sources[place..] {
                let (row, column) = (*a as usize, *b as usize);
                let pairs = self.true_pairs[row][column];
                let shared = self.shared_persons[row][column];
                let line = writeln!(out, "{},{},{pairs},{shared}", a.label(), b.label());
                line.expect("writing to a string does not fail");
            }
        }
        out
    }

    /// `truth.json`: settings, true effect, counts by arm, rows and errors by source.
    pub(crate) fn json(&self, config: &Config) -> String {
        let effect = format!(
            "{{\"felony_arrest\":{},\"misdemeanour_arrest\":{},\"felony_case\":{},\"misdemeanour_case\":{}}}",
            ratio(EFFECT.felony_arrest),
            ratio(EFFECT.misdemeanour_arrest),
            ratio(EFFECT.felony_case),
            ratio(EFFECT.misdemeanour_case)
        );
        let dob =
            config.dob_missing_permille.map_or_else(|| "null".to_owned(), |rate| rate.to_string());
        let arms: Vec<String> = Arm::ALL.into_iter().map(|arm| self.arm_json(arm)).collect();
        let mut sources = config.sources.clone();
        sources.sort_unstable();
        let sources: Vec<String> = sources.iter().map(|source| self.source_json(*source)).collect();
        format!(
            "{{\n\"format\":\"tallystick-synth/1\",\n\"persons\":{},\n\"seed\":{},\n\"errors\":\"{}\",\n\
             \"differential\":{},\n\"dob_missing_permille\":{dob},\n\"rows_per_person_min\":{},\n\
             \"arms_permille\":[{},{}],\n\"eligible_at_index_only\":{},\n\
             \"true_rate_ratios\":{effect},\n\"window_days\":{},\n\"arms\":{{\n{}\n}},\n\"sources\":{{\n{}\n}}\n}}\n",
            config.persons,
            config.seed,
            config.profile.label(),
            config.differential,
            config.rows_per_person_min,
            config.arms_permille[0],
            config.arms_permille[1],
            config.eligible_at_index_only,
            crate::programme::WINDOW_DAYS,
            arms.join(",\n"),
            sources.join(",\n"),
        )
    }

    fn arm_json(&self, arm: Arm) -> String {
        let window = |number: usize| {
            let counts = self.outcomes[arm as usize][number];
            let pairs = OUTCOME_LABELS.iter().zip(counts);
            let parts: Vec<_> =
                pairs.map(|(label, count)| format!("\"{label}\":{count}")).collect();
            format!("{{{}}}", parts.join(","))
        };
        let (label, persons) = (arm.label(), self.arms[arm as usize]);
        let (before, after) = (window(0), window(1));
        format!("\"{label}\":{{\"persons\":{persons},\"before\":{before},\"after\":{after}}}")
    }

    fn source_json(&self, source: Source) -> String {
        let place = source as usize;
        let pairs = Errors::LABELS.iter().zip(self.errors[place]);
        let errors: Vec<_> = pairs.map(|(label, count)| format!("\"{label}\":{count}")).collect();
        format!(
            "\"{}\":{{\"rows\":{},\"persons\":{},\"identifier_snapshots\":{},\"errors\":{{{}}}}}",
            source.label(),
            self.rows[place],
            self.persons[place],
            self.snapshots[place],
            errors.join(",")
        )
    }
}

fn add(sums: &mut Outcomes64, outcomes: &Outcomes) {
    for (sum, count) in sums.iter_mut().zip(outcomes) {
        *sum += u64::from(*count);
    }
}

fn ratio(permille: u32) -> String {
    format!("{}.{:03}", permille / 1000, permille % 1000)
}
