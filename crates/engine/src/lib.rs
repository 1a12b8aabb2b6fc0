//! The same linkage as plain SQL, for sources that no one machine should hold.
//!
//! Takes submissions, gives Parquet files and SQL over them ([`export()`], [`scripts`]); takes what an engine made of both, gives
//! candidates for clustering ([`write_connecting`], [`collect()`]), refuses results that its own comparison does not confirm ([`Verified`]).
//! Nothing here starts an engine, and nothing but the SQL's own words depends on one.

mod blocks;
mod collect;
mod columns;
mod error;
mod export;
mod names;
mod plan;
mod progress;
mod rows;
mod shown;
mod sql;
mod table;
mod train;
mod verify;

pub use collect::{Collected, Collecting, collect};
pub use columns::Column;
pub use error::EngineError;
pub use export::{Exporting, Unsealed, export, read_plan, write_scripts};
pub use plan::{Plan, PlanJoin, PlanPass, PlanSettings, PlanSource};
pub use progress::Progress;
pub use sql::{Script, Step, scripts};
pub use table::{Engine, Table, read_table, write_table};
pub use train::{write_companies, write_connecting};
pub use verify::Verified;
