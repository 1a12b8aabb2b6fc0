//! Roles in words: what each is for, and what it can and cannot see. The words are for people; what holds is decided by
//! [`Role`] and by the tables of addresses.

use super::super::routes::{ROUTES, Route};
use super::frame::role_word;
use super::routes::PAGES;
use crate::accounts::Role;

/// What a role is, for who gives it and for who has it.
#[derive(Clone, Copy, Debug)]
pub(super) struct RoleShown {
    /// Stable name.
    pub(super) name: &'static str,
    /// As people call it.
    pub(super) word: &'static str,
    /// What it does.
    pub(super) can: &'static str,
    /// What it never sees or does.
    pub(super) cannot: &'static str,
}

/// A role in words.
pub(super) const fn shown(role: Role) -> RoleShown {
    let (can, cannot) = match role {
        Role::Uploader => (
            "Uploads, lists and withdraws the submissions of one agency; sends a provider's consents.",
            "Sees nothing of other agencies, of runs, of linked persons or of releases.",
        ),
        Role::Operator => (
            "Starts and watches runs, reads their quality reports, makes backups, reads agreements.",
            "Sees counts, never content: no row, no release, no account, no log.",
        ),
        Role::Preparer => (
            "Describes the tables of a study, tries them with rounded counts, and asks for a release.",
            "Cannot approve a release that it prepared, and downloads nothing.",
        ),
        Role::Approver => (
            "Sees the check of a release, and approves or refuses it.",
            "Never sees a row of the tables; cannot prepare and approve the same release.",
        ),
        Role::Evaluator => (
            "Downloads approved releases of its own projects, if a data use licence names it.",
            "Sees no run, no other project, no name, no calendar date of an event.",
        ),
        Role::Compliance => (
            "Records and ends agreements, reads the log and answers of oversight, takes releases back, orders destruction.",
            "Sees no row of any table; cannot start a run or approve a release.",
        ),
        Role::Administrator => (
            "Keeps accounts, agencies and projects.",
            "Sees no submission, no run, no release and no log.",
        ),
    };
    RoleShown { name: role.as_str(), word: role_word(role), can, cannot }
}

/// A row of the table of addresses: what can be asked, and by which roles.
#[derive(Clone, Debug)]
pub(super) struct Reachable {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    /// For each role, in the order of [`Role::ALL`].
    pub(super) is_of: Vec<bool>,
}

/// Pages and addresses for programs that not everybody may ask for, from the tables by which they are served.
pub(super) fn reachable() -> Vec<Reachable> {
    let row = |route: &Route| Reachable {
        method: route.method,
        path: route.path,
        is_of: Role::ALL.into_iter().map(|role| route.access.is_of(role)).collect(),
    };
    let rows = PAGES.iter().chain(ROUTES).map(row);
    rows.filter(|row| row.is_of.contains(&false)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words name powers; the tables must have them, and no more of what is denied.
    #[test]
    fn words_and_tables_agree() {
        let may = |role: Role, method: &str, path: &str| {
            let route = ROUTES.iter().find(|route| route.method == method && route.path == path);
            route.unwrap_or_else(|| panic!("{method} {path}")).access.is_of(role)
        };
        for role in Role::ALL {
            let only = |holders: &[Role], method, path| {
                assert_eq!(may(role, method, path), holders.contains(&role), "{role:?} {path}");
            };
            only(&[Role::Uploader], "GET", "/api/v1/submissions");
            only(&[Role::Operator], "POST", "/api/v1/runs");
            only(&[Role::Operator], "GET", "/api/v1/runs/{run}/report");
            only(&[Role::Operator], "POST", "/api/v1/backups");
            only(&[Role::Preparer], "POST", "/api/v1/releases");
            only(&[Role::Approver], "POST", "/api/v1/releases/{release}/decision");
            only(&[Role::Evaluator], "GET", "/api/v1/releases/{release}/bundle");
            only(&[Role::Compliance], "GET", "/api/v1/audit/entries");
            only(&[Role::Compliance], "POST", "/api/v1/agreements");
            only(&[Role::Administrator], "GET", "/api/v1/accounts");
            only(&[Role::Compliance, Role::Operator], "GET", "/api/v1/agreements");
            assert!(!shown(role).can.is_empty() && !shown(role).cannot.is_empty());
        }
    }
}
