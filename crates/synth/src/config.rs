//! What to generate.

use crate::profile::Profile;
use crate::programme::{COMPARISON_PERMILLE, LEAD_PERMILLE};

/// The most persons one population may have.
pub const PERSONS_MAX: u64 = 20_000_000;
/// The most rows a person may be filled up to in one source.
pub const ROWS_PER_PERSON_MIN_MAX: u32 = 20;

/// An export of one agency.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Source {
    /// Arrests and citations by the police: a row per charge and incident.
    Police,
    /// Court cases: a row per charge and extract.
    Court,
    /// Prosecutor's actions: a row per arrest presented.
    Prosecutor,
    /// Jail bookings: a row per charge booked, and one per alias.
    Jail,
    /// Service provider: a row per encounter.
    Provider,
    /// Probation grants and violations.
    Probation,
    /// Pretrial release assessments.
    Pretrial,
    /// Transit citations (infractions).
    Citations,
}

impl Source {
    /// All sources, in the order of truth tables.
    pub const ALL: [Self; 8] = [
        Self::Police,
        Self::Court,
        Self::Prosecutor,
        Self::Jail,
        Self::Provider,
        Self::Probation,
        Self::Pretrial,
        Self::Citations,
    ];

    /// The label: name of the file, of the mapping and in the truth tables.
    pub fn label(self) -> &'static str {
        match self {
            Self::Police => "police",
            Self::Court => "court",
            Self::Prosecutor => "prosecutor",
            Self::Jail => "jail",
            Self::Provider => "provider",
            Self::Probation => "probation",
            Self::Pretrial => "pretrial",
            Self::Citations => "citations",
        }
    }

    /// The source with a label, if there is one.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.label() == label)
    }
}

/// Settings of one population. Equal settings give equal bytes.
#[derive(Clone, Debug)]
pub struct Config {
    /// People in the population, 1 to [`PERSONS_MAX`]; most are in several sources.
    pub persons: u64,
    /// Seed of everything random.
    pub seed: u64,
    /// Quality of the identifiers.
    pub profile: Profile,
    /// Programme clients have half, comparison people five quarters of the profile's errors.
    pub differential: bool,
    /// Exports to write, without repetition.
    pub sources: Vec<Source>,
    /// Replaces the profile's share of missing dates of birth, 0 to 1000.
    pub dob_missing_permille: Option<u32>,
    /// Every person in a source has at least so many rows there; 0 to [`ROWS_PER_PERSON_MIN_MAX`].
    ///
    /// Rows are filled up with events the person has, as a further extract would hold them, each
    /// with identifiers taken anew. So the events' truth does not change.
    pub rows_per_person_min: u32,
    /// Shares of the population in permille: clients of the programme, and comparison persons; together at most 1000.
    pub arms_permille: [u32; 2],
    /// Charges that the programme takes are made at the index arrest only, so that a study's pool of persons with such an
    /// arrest is the comparison arm, and nobody is in it for being arrested often.
    pub eligible_at_index_only: bool,
    /// Also write `tidy/`: one row per person and distinct identifiers, in one layout.
    pub tidy: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            persons: 1000,
            seed: 1,
            profile: Profile::Dirty,
            differential: false,
            sources: Source::ALL[..5].to_vec(),
            dob_missing_permille: None,
            rows_per_person_min: 0,
            arms_permille: [LEAD_PERMILLE, COMPARISON_PERMILLE],
            eligible_at_index_only: false,
            tidy: false,
        }
    }
}

/// A setting that cannot be.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ConfigError {
    /// Number of persons.
    #[error("persons must be from 1 to {PERSONS_MAX}")]
    Persons,
    /// List of sources.
    #[error("at least one source is needed, and none twice")]
    Sources,
    /// Share of missing dates of birth.
    #[error("the share of missing dates of birth must be from 0 to 1000 permille")]
    DobMissing,
    /// Rows to fill up to.
    #[error("rows per person can be filled up to {ROWS_PER_PERSON_MIN_MAX} at most")]
    RowsPerPerson,
    /// Shares of the arms.
    #[error("the shares of both arms must be at most 1000 permille together")]
    Arms,
}

impl Config {
    /// Checks the bounds of every setting.
    pub fn validate(&self) -> Result<(), ConfigError> {
        if self.persons == 0 || self.persons > PERSONS_MAX {
            return Err(ConfigError::Persons);
        }
        let mut seen = self.sources.clone();
        seen.sort_unstable();
        seen.dedup();
        if seen.is_empty() || seen.len() != self.sources.len() {
            return Err(ConfigError::Sources);
        }
        if self.dob_missing_permille.is_some_and(|rate| rate > 1000) {
            return Err(ConfigError::DobMissing);
        }
        if self.rows_per_person_min > ROWS_PER_PERSON_MIN_MAX {
            return Err(ConfigError::RowsPerPerson);
        }
        let [clients, comparison] = self.arms_permille;
        if clients.saturating_add(comparison) > 1000 {
            return Err(ConfigError::Arms);
        }
        Ok(())
    }
}
