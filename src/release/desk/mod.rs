//! Takes wishes for releases of a run's result, gives bundles that were checked, approved by somebody else, and can be
//! downloaded by the recipients of the licence. Refuses what the disclosure check, an agreement or the approver refuses.
//!
//! What is approved is a report and the hash of tables that are made again, and compared, when the bundle is written: no table
//! lies anywhere in between. Tables leave through [`tallystick_disclosure::Checked`] only, which only the check makes.

mod approve;
mod bundle;
mod checklist;
mod destroy;
mod download;
mod error;
mod guild;
mod hidden;
mod linkage;
mod make;
mod methods;
mod opinion;
mod parts;
mod prepare;
mod reading;
mod record;
mod search;
mod supersede;
mod work;

use tallystick_disclosure::Policy;
use tallystick_study::Study;

pub use approve::{Approval, decide, decide_with, revoke, withdraw};
pub use bundle::terms;
pub use destroy::{Certificate, destroy};
pub use download::{Download, download};
pub use error::DeskError;
pub use opinion::{Objection, Opinion, Point, opinion};
pub use prepare::{DryRun, FitRun, Wanted, dry_run, fit_runs, queue};
pub use reading::{Part, may_read, open_to_evaluate, read};
pub use record::{Bundle, Decision, Release, ReleaseState, downloads, find, list, recipients};
pub use search::{Sought, Standing, replacement, search};
pub(crate) use supersede::mark_superseded;
pub use work::{sweep, work};

/// Settings of releases; see `config/default.toml`.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeskLimits {
    /// Releases that wait.
    pub queue_max: u64,
    /// Releases of one answer.
    pub releases_max: u32,
    /// Bytes of a study with its policy.
    pub study_bytes_max: usize,
    /// Days for which an approved release can be downloaded, if the approver says nothing.
    pub valid_days: u32,
    /// Most days for which one can.
    pub valid_days_max: u32,
}

/// A study and what may leave of it.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) study: Study,
    pub(crate) policy: Policy,
}

impl Plan {
    /// Reads a study with its `[disclosure]`.
    ///
    /// # Errors
    /// [`DeskError::Study`] and [`DeskError::Policy`].
    pub(crate) fn parse(text: &str) -> Result<Self, DeskError> {
        let study = Study::parse(text)?;
        let policy: Policy = study
            .disclosure
            .clone()
            .try_into()
            .map_err(|error: toml::de::Error| DeskError::Policy(error.message().to_owned()))?;
        let plan = Self { study, policy };
        plan.months_are_permitted()?;
        Ok(plan)
    }

    /// Months since the index day tell days as finely as they are long; the check sees whole numbers only.
    fn months_are_permitted(&self) -> Result<(), DeskError> {
        let least = i64::from(self.policy.profile.relative_days_min());
        let has = |name: &str| {
            let leave = self.policy.tables.iter().any(|table| table.name == name);
            leave && !self.study.leave_out.iter().any(|it| it == name)
        };
        if i64::from(self.study.months.days) < least && (has("person_month") || has("service")) {
            let rule = "the standard permits no months of so few days: leave out person_month and service, or \
                        lengthen months.days";
            return Err(DeskError::Policy(rule.to_owned()));
        }
        Ok(())
    }
}
