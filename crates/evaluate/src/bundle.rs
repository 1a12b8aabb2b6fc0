//! Takes the bundle of a release and a plan's text, gives what an evaluation needs of them, refuses a bundle that cannot be read.

use sha2::{Digest as _, Sha256};
use tallystick_dataset::Table;
use tallystick_dataset::bundle::{Bundle, BundleError, MANIFEST};
use tallystick_wire::Digest;

use crate::report::{Origin, Verified};
use crate::study::{Evaluation, Plan, Release, StudyError};

/// The study's definition in a bundle.
const DEFINITION: &str = "study.toml";

/// Why a bundle is not evaluated.
#[derive(Debug, thiserror::Error)]
pub enum Unmade {
    /// The bundle.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The plan, or a bundle that it does not fit.
    #[error(transparent)]
    Study(#[from] StudyError),
}

/// Evaluates a bundle by a plan; `verified` is what is known of it already.
///
/// Memory: the columns that an evaluation by this plan reads.
///
/// # Errors
/// [`Unmade`]; the plan is read first.
pub fn evaluate(
    bundle: &Bundle,
    plan: &str,
    verified: Verified,
) -> Result<(Evaluation, Origin), Unmade> {
    let parsed = Plan::parse(plan)?;
    let manifest = bundle.manifest();
    let definition = bundle.member(DEFINITION).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    // What the agreements demand of tables; what the release achieved is by chance more.
    let smallest_cell = manifest.k_demanded.or(manifest.k_achieved);
    let release = Release::of(smallest_cell, definition.as_deref());
    let tables = tables(bundle, &parsed)?;
    let evaluation = Evaluation::make(parsed, &tables, release)?;
    let origin = Origin {
        release: manifest.release_id.clone(),
        title: manifest.title.clone(),
        manifest: sha256(&bundle.member(MANIFEST)?),
        verified,
        plan: sha256(plan.as_bytes()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    Ok((evaluation, origin))
}

/// The tables and columns that an evaluation by the plan reads.
fn tables(bundle: &Bundle, plan: &Plan) -> Result<Vec<Table>, BundleError> {
    let names = bundle.tables().filter(|name| plan.reads_table(name));
    let read = |name| bundle.read_columns(name, &|column| plan.reads_column(name, column));
    names.map(read).collect()
}

/// SHA-256 in hex digits.
fn sha256(bytes: &[u8]) -> String {
    Digest(Sha256::digest(bytes).into()).to_string()
}
