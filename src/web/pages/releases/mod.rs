//! Takes releases as the desk keeps them, gives the pages of those who prepare, approve, oversee and use them; evaluators see
//! of each what its licence lets them see, refused with the reason otherwise.

pub(super) mod approve;
pub(super) mod changes;
mod checked;
pub(super) mod download;
pub(super) mod evaluate;
mod findings;
mod flow;
mod history;
pub(super) mod list;
pub(super) mod papers;
pub(super) mod prepare;
pub(super) mod projects;
mod report;
pub(super) mod show;
mod study;
pub(super) mod take_back;

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::super::problem::Problem;
use super::refusal::Refusal;
use super::shown::short;
use crate::accounts::{self, AccountError, ReleaseReader};
use crate::ids::{AccountId, ProjectId, ReleaseId};
use crate::release::desk::{DeskError, Standing};

/// The id of a release in a path.
fn release_id(path: &str) -> Result<ReleaseId, Refusal> {
    ReleaseId::parse(path).ok_or_else(Refusal::not_found)
}

/// A badge: class and word.
#[derive(Clone, Copy, Debug)]
struct Badge {
    class: &'static str,
    word: &'static str,
}

const fn badge(class: &'static str, word: &'static str) -> Badge {
    Badge { class, word }
}

/// How a release stands, as its badge.
const fn standing_badge(standing: Standing) -> Badge {
    match standing {
        Standing::Queued => badge("busy", "being checked"),
        Standing::Refused => badge("bad", "refused by the check"),
        Standing::Failed => badge("bad", "failed"),
        Standing::Checked => badge("warn", "waits for approval"),
        Standing::Rejected => badge("bad", "refused by the approver"),
        Standing::Approved => badge("busy", "approved, being written"),
        Standing::Open => badge("good", "open for download"),
        Standing::Expired => badge("", "download has ended"),
        Standing::Superseded => badge("bad", "out of date"),
        Standing::Revoked => badge("bad", "taken back"),
        Standing::Withdrawn => badge("", "withdrawn"),
    }
}

/// Names by id. Evaluators learn no log-in name of the unit's people, only the id that stands in the manifest.
#[derive(Debug, Default)]
struct Names {
    accounts: BTreeMap<AccountId, String>,
    projects: BTreeMap<ProjectId, String>,
}

/// An account as a page shows it.
#[derive(Clone, Debug)]
struct Who {
    text: String,
    id: String,
}

impl Names {
    fn read(connection: &Connection, by: &ReleaseReader) -> Result<Self, DeskError> {
        let failed = |error| match error {
            AccountError::Store(error) => DeskError::Store(error),
            // Reading names fails in no other way.
            _ => DeskError::Unknown,
        };
        let projects = accounts::list_projects(connection).map_err(failed)?.into_iter();
        let accounts = match by.projects() {
            None => accounts::names(connection).map_err(failed)?,
            Some(_) => BTreeMap::new(),
        };
        Ok(Self { accounts, projects: projects.map(|it| (it.id, it.name)).collect() })
    }

    fn who(&self, account: AccountId) -> Who {
        let id = account.to_string();
        let text = self.accounts.get(&account).cloned();
        Who { text: text.unwrap_or_else(|| short(&id).to_owned()), id }
    }

    fn project(&self, project: ProjectId) -> String {
        self.projects.get(&project).cloned().unwrap_or_else(|| project.to_string())
    }
}

/// The standard of a release in words.
fn profile_words(profile: &str) -> &'static str {
    match profile {
        "safe-harbor" => "de-identified, safe harbor (45 CFR 164.514(b)(2))",
        "expert" => "de-identified by expert determination (45 CFR 164.514(b)(1))",
        _ => "limited data set (45 CFR 164.514(e)), not de-identified",
    }
}

/// A choice of a list.
#[derive(Clone, Debug)]
struct Choice {
    value: String,
    label: String,
    is_chosen: bool,
}

/// A form is shown again with what was wrong, or nothing was.
type Wrong = Option<Problem>;
