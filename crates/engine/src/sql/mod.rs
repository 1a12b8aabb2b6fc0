//! Takes a plan, gives the linkage as SQL that Spark in ANSI mode and DuckDB understand alike; every number in it is whole.
//!
//! A script is a list of statements that make temporary views. Two kinds of comment lines tell whoever runs it what to read
//! and to write, so that nothing else need be known:
//!
//! ```text
//! -- read NAME FROM FOLDER     NAME is a view of the Parquet files in that folder of the export
//! -- write NAME                the view NAME is written as Parquet to the folder NAME, and read from there afterwards
//! ```
//! What is not used, since the two differ in it: floats, division, shifts, `^`, `<=>`, unsigned numbers; `bit_count` is cast to
//! `INT` wherever it stands, because DuckDB's has 8 bits, and sums to `BIGINT`, because DuckDB's have 128.

mod codes;
mod compare;
mod counts;
mod pairs;

mod script;

use crate::plan::Plan;
pub(crate) use codes::PLACES_MAX;
pub use script::{Script, Step};

/// What of the linkage a script does.
///
/// The plan compares; [`crate::write_connecting`] then says which patterns connect two records, the second script selects those
/// pairs; [`crate::write_companies`] says which records they bring together, and the third selects the pairs between such
/// records that speak against it. Where persons are pairs at most there is no third.
pub fn scripts(plan: &Plan) -> Vec<Script> {
    let mut scripts = vec![pairs::plan(plan), pairs::edges(plan)];
    if !plan.is_in_pairs() {
        scripts.push(pairs::against(plan));
    }
    scripts
}
