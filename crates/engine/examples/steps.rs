//! The steps of an engine's run without the program, for measurements:
//!
//! ```text
//! steps export|connecting|companies|collect|local DIR SUBMISSION...
//! ```
//! `DIR` is the export. Submissions are linked without rules, by the default settings. `collect` and `local` print a digest over
//! kept patterns, pairs, weights and clusters, which must be the same.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a tool for measurements")]

#[path = "../tests/engine/duckdb.rs"]
mod duckdb;
#[path = "../tests/engine/local.rs"]
#[expect(dead_code, reason = "tests use more of it")]
mod local;

use std::fs::File;
use std::path::Path;
use std::time::Instant;

use local::{Project, digest};
use tallystick_linkage::block::BlockLimits;
use tallystick_wire::Submission;

/// As `config/default.toml` has them.
const LIMITS: BlockLimits = BlockLimits { records_max: 400, wide_records_max: 120 };

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [step, dir, submissions @ ..] = arguments.as_slice() else {
        panic!("STEP DIR SUBMISSION...")
    };
    let dir = Path::new(dir);
    let mut submissions: Vec<Submission<File>> = submissions
        .iter()
        .map(|path| Submission::open(File::open(path).unwrap()).unwrap())
        .collect();
    submissions.sort_by_key(|submission| submission.header().source);
    let without_duplicates = vec![false; submissions.len()];
    let project = Project {
        submissions,
        without_duplicates,
        one_to_one: Vec::new(),
        limits: LIMITS,
        left_out: Vec::new(),
    };
    let start = Instant::now();
    match step.as_str() {
        "export" => drop(project.export(dir)),
        "connecting" => project.connecting(dir),
        "companies" => project.companies(dir),
        "duckdb" => duckdb::run(dir, &["plan.sql"]),
        "collect" => {
            let (collected, resolution) = project.collect(dir).unwrap();
            println!("{:?}", collected.verified);
            println!("{}", digest(&collected.candidates, &resolution));
        }
        "local" => {
            let local = project.local();
            println!("{}", digest(&local.candidates, &local.resolution));
        }
        _ => panic!("no such step"),
    }
    println!("{step}: {} ms", start.elapsed().as_millis());
}
