//! Statistical disclosure control of releases.
//!
//! Takes the tables of a release and the policy of its study, gives tables that may leave, with a report of what
//! was done and what is known to remain. Refuses what is not declared, finer than the profile permits, or not
//! anonymous enough; it never lets something pass that it did not look at. No disk, clock or network; the same
//! tables and policy give the same bytes, whatever the order of rows.
//!
//! [`check`] is the gate: [`Checked`] cannot be made otherwise. [`cells`] is for tables of counts; [`compare`]
//! is for a release after another.

mod anonymise;
mod apply;
mod axis;
pub mod cells;
mod classes;
mod declared;
mod findings;
mod gate;
mod inspect;
mod lattice;
mod loss;
mod network;
mod people;
pub mod policy;
pub mod profile;
mod refusal;
pub mod report;
mod sequence;
mod sketch;
mod summary;
mod value;
mod verify;

pub use cells::{Cell, CellRule, CellsInvalid, protect_counts, protect_table};
pub use gate::{Checked, check};
pub use policy::Policy;
pub use profile::Profile;
pub use refusal::{Reason, Refusal};
pub use report::{Finding, Report, Severity};
pub use sketch::{Difference, ReleaseSketch, SketchInvalid, Standing, compare};
pub use verify::Class;
