//! Takes handles, clusters and truth as CSV, gives measures of quality, refuses what is ambiguous.
//!
//! The unit scored is the row: rows that the agency collapsed into one identity count as pairs found.
//! The same is given for identities (one unit for each handle). A handle without a cluster stands alone,
//! so that a record lost on the way costs recall. A row without truth is left out.

mod report;
mod tables;

use std::path::PathBuf;

use clap::Args;
use tallystick_linkage::quality::truth;

pub(crate) use report::Report;
use report::{IdentityReport, Missing, UnitReport};
use tables::{Clusters, HandleRow, ScoreError, Truth};

/// Cluster ids at the main, strict and loose stop.
type Labels = [u32; 3];

/// What to score.
#[derive(Args, Debug)]
pub(crate) struct ScoreArgs {
    /// A source and its file with the columns `handle,row_id`; several rows may share a handle.
    #[arg(long, value_name = "SOURCE=FILE", required = true, value_parser = parse_source_file)]
    handles: Vec<SourceFile>,
    /// File with the columns `source,handle,person,strict,loose`.
    #[arg(long, value_name = "FILE")]
    clusters: PathBuf,
    /// File with the columns `source,record_id,person_id`; `record_id` is the handle file's `row_id`.
    #[arg(long, value_name = "FILE")]
    truth: PathBuf,
}

impl ScoreArgs {
    /// Files to score, as from the command line.
    pub(crate) fn new(handles: Vec<(&str, PathBuf)>, clusters: PathBuf, truth: PathBuf) -> Self {
        let file = |(source, path): (&str, PathBuf)| SourceFile { source: source.to_owned(), path };
        Self { handles: handles.into_iter().map(file).collect(), clusters, truth }
    }
}

/// A file of one source.
#[derive(Clone, Debug)]
pub(crate) struct SourceFile {
    source: String,
    path: PathBuf,
}

fn parse_source_file(text: &str) -> Result<SourceFile, String> {
    match text.split_once('=') {
        Some((source, path)) if !source.is_empty() && !path.is_empty() => {
            Ok(SourceFile { source: source.to_owned(), path: PathBuf::from(path) })
        }
        _ => Err("expected SOURCE=FILE".to_owned()),
    }
}

/// Reads the files and measures.
pub(crate) fn run(args: &ScoreArgs) -> Result<Report, ScoreError> {
    let mut sources: Vec<&str> = args.handles.iter().map(|file| file.source.as_str()).collect();
    sources.sort_unstable();
    sources.dedup();
    if sources.len() > usize::from(u16::MAX) {
        return Err(ScoreError::TooManySources);
    }
    let mut clusters = Clusters::read(&args.clusters, &sources)?;
    let mut truth = Truth::read(&args.truth, &sources)?;
    let mut rows = Vec::new();
    for file in &args.handles {
        let source =
            tables::place_of(&sources, &file.source).expect("`sources` lists every file's");
        tables::read_handles(&file.path, source, &mut truth, &mut rows)?;
    }
    rows.sort_unstable();

    let mut missing = Missing {
        clusters_without_handle: clusters.foreign_count,
        truth_without_row: truth.unused_count(),
        ..Missing::default()
    };
    let (mut row_units, mut identity_units) = (Units::default(), Units::default());
    let mut mixed_identities = 0;
    let mut clusters_met = 0;
    for identity in rows.chunk_by(|a, b| (a.source, a.handle) == (b.source, b.handle)) {
        let HandleRow { source, handle, .. } = identity[0];
        let labels = match clusters.labels_of(source, handle) {
            Some(labels) => {
                clusters_met += 1;
                labels
            }
            None => {
                missing.handles_without_cluster += 1;
                clusters.fresh_labels()
            }
        };
        for row in identity {
            row_units.push(source, labels, row.person);
        }
        let told: Vec<u32> = identity.iter().filter_map(|row| row.person).collect();
        let (person, is_mixed) = majority(told, &truth);
        mixed_identities += u64::from(is_mixed);
        identity_units.push(source, labels, person);
    }
    missing.clusters_without_handle += clusters.count() - clusters_met;
    let (rows, rows_untold) = row_units.measure();
    let (identities, identities_untold) = identity_units.measure();
    missing.rows_without_truth = rows_untold;
    missing.identities_without_truth = identities_untold;
    Ok(Report { rows, identities: IdentityReport { mixed_identities, units: identities }, missing })
}

/// The most frequent person, of equals the one with the smallest id as text; and whether there are several.
fn majority(mut told: Vec<u32>, truth: &Truth) -> (Option<u32>, bool) {
    told.sort_unstable();
    let groups = told.chunk_by(|a, b| a == b);
    let is_mixed = groups.clone().count() > 1;
    let best = groups.max_by(|a, b| {
        let names = || truth.name(b[0]).cmp(truth.name(a[0]));
        a.len().cmp(&b.len()).then_with(names)
    });
    (best.map(|group| group[0]), is_mixed)
}

/// Things to score, in columns.
#[derive(Default)]
struct Units {
    source_of: Vec<u16>,
    found: [Vec<u32>; 3],
    truth: Vec<Option<u32>>,
}

impl Units {
    fn push(&mut self, source: u16, labels: Labels, person: Option<u32>) {
        self.source_of.push(source);
        self.truth.push(person);
        for (column, label) in self.found.iter_mut().zip(labels) {
            column.push(label);
        }
    }

    /// The measures, and how many units have no truth.
    fn measure(&self) -> (UnitReport, u64) {
        let [main, strict, loose] =
            self.found.each_ref().map(|found| truth::score(found, &self.truth, &self.source_of));
        (UnitReport::new(&main, &strict, &loose), main.untold_count)
    }
}
