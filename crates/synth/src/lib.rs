//! Synthetic populations of a city with a diversion programme, and the exports its agencies would
//! write about them: different, messy layouts with known truth.
//!
//! [`write_exports`] writes files, [`generate`] writes anywhere, and [`Population`] gives people,
//! events and rows as values. Everything is a pure function of [`Config`]: equal settings give
//! equal bytes on every platform and with any number of threads. See `README.md` for the files.
//!
//! All people are invented by a random generator. The effect of the programme is a parameter of
//! the generator and says nothing about a real programme.

mod clerk;
mod config;
mod course;
mod date;
mod export;
mod history;
mod layout;
mod names;
mod number;
mod offence;
mod person;
mod place;
mod population;
mod profile;
mod programme;
mod random;
mod service;
mod snapshot;
mod summary;
mod typo;

pub use config::{Config, ConfigError, PERSONS_MAX, ROWS_PER_PERSON_MIN_MAX, Source};
pub use course::{Course, Referral};
pub use date::Day;
pub use export::{Error, MemoryOutputs, Outputs, generate, write_exports};
pub use history::{Action, Arrest, ArrestKind, Case, History, Index, Outcomes};
pub use names::{Group, Sex};
pub use offence::Charge;
pub use person::{Housing, Person};
pub use place::Address;
pub use population::{Biography, Chunk, Population, Row, Sheet};
pub use profile::{Profile, Rates};
pub use programme::{Arm, EFFECT, Effect, Pathway, STUDY_END, STUDY_START, WINDOW_DAYS};
pub use service::{Client, Services};
pub use snapshot::{ErrorKind, Errors, Snapshot};
pub use summary::{Outcomes64, Summary};
