//! What is around every page: the name, the way to everything this account may see, and who is signed in.

use super::visit::Reader;
use crate::accounts::{ReleaseReader, Role};

/// A line of the menu.
#[derive(Clone, Copy, Debug)]
struct Entry {
    label: &'static str,
    path: &'static str,
    /// Who sees it; everybody who is signed in if empty.
    roles: &'static [Role],
}

const fn entry(label: &'static str, path: &'static str, roles: &'static [Role]) -> Entry {
    Entry { label, path, roles }
}

/// The menu, in the order in which it is shown.
const MENU: &[Entry] = &[
    entry("Your agency", "/agency", &[Role::Uploader]),
    entry("Upload", "/agency/upload", &[Role::Uploader]),
    entry("Submissions", "/agency/submissions", &[Role::Uploader]),
    entry("Retractions", "/agency/retractions", &[Role::Uploader]),
    entry("Questions", "/agency/lookups", &[Role::Uploader]),
    entry("Overview", "/compliance", &[Role::Compliance]),
    entry("Audit log", "/audit", &[Role::Compliance]),
    entry("Is it whole?", "/audit/verify", &[Role::Compliance]),
    entry("Questions of an audit", "/audit/questions", &[Role::Compliance]),
    entry("Weekly review", "/audit/reviews", &[Role::Compliance]),
    entry("Traces of accounts", "/audit/accounts", &[Role::Compliance]),
    entry("Runs", "/runs", &[Role::Operator]),
    entry("Clerical review", "/review", &[Role::Operator, Role::Compliance]),
    entry("Operations", "/operations", &[Role::Operator]),
    entry("Approvals", "/approvals", &[Role::Approver]),
    entry("Projects", "/projects", &[Role::Evaluator]),
    entry("Releases", "/releases", &ReleaseReader::ROLES),
    entry("Requests", "/requests", &ReleaseReader::ROLES),
    entry("Decisions on releases", "/decisions", &[Role::Compliance]),
    entry("Agreements", "/agreements", &[Role::Operator, Role::Compliance]),
    entry("Retention", "/retention", &[Role::Compliance]),
    entry("Administration", "/admin", &[Role::Administrator]),
    entry("Accounts", "/admin/accounts", &[Role::Administrator]),
    entry("Agencies", "/admin/agencies", &[Role::Administrator]),
    entry("Projects", "/admin/projects", &[Role::Administrator]),
];

/// An entry of the menu as a page shows it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) label: &'static str,
    pub(super) path: &'static str,
    /// Whether the page lies there.
    pub(super) is_here: bool,
}

/// The frame of a page.
#[derive(Clone, Debug, Default)]
pub(super) struct Frame {
    /// Log-in name of who reads; empty if nobody is signed in.
    pub(super) name: String,
    /// Its roles in words.
    pub(super) roles: String,
    /// What forms send back.
    pub(super) csrf: String,
    /// The menu.
    pub(super) menu: Vec<Place>,
    /// What has just been done.
    pub(super) notice: Option<&'static str>,
}

impl Frame {
    /// Around a page for somebody who is signed in.
    pub(super) fn of(reader: &Reader) -> Self {
        let may = |entry: &&Entry| {
            entry.roles.is_empty() || entry.roles.iter().any(|role| reader.roles.holds(*role))
        };
        let fits = |path: &str| {
            reader.path == path
                || reader.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'))
        };
        let entries: Vec<&Entry> = MENU.iter().filter(may).collect();
        let here = entries.iter().filter(|entry| fits(entry.path)).map(|entry| entry.path);
        let here = here.max_by_key(|path| path.len());
        let menu = entries.iter().map(|entry| Place {
            label: entry.label,
            path: entry.path,
            is_here: here == Some(entry.path),
        });
        let roles: Vec<&str> = reader.roles.iter().map(role_word).collect();
        Self {
            name: reader.name.clone(),
            roles: roles.join(", "),
            csrf: reader.csrf.to_string(),
            menu: menu.collect(),
            notice: None,
        }
    }

    /// With what has just been done, by the code that a redirect carried; codes that are not listed say nothing.
    pub(super) fn after(mut self, reader: &Reader, notices: &[(&str, &'static str)]) -> Self {
        let done = reader.done.as_deref();
        self.notice = notices.iter().find(|(code, _)| Some(*code) == done).map(|(_, text)| *text);
        self
    }
}

/// A role as people call it.
pub(super) const fn role_word(role: Role) -> &'static str {
    match role {
        Role::Uploader => "agency uploader",
        Role::Operator => "operator",
        Role::Preparer => "release preparer",
        Role::Approver => "release approver",
        Role::Evaluator => "evaluator",
        Role::Compliance => "compliance officer",
        Role::Administrator => "administrator",
    }
}

/// Where an account's work begins.
pub(super) fn home_of(reader: &Reader) -> &'static str {
    MENU.iter()
        .find(|entry| entry.roles.iter().any(|role| reader.roles.holds(*role)))
        .map_or("/account", |entry| entry.path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::PAGES;

    #[test]
    fn every_entry_leads_to_a_page_for_its_roles() {
        for entry in MENU {
            let page = PAGES.iter().find(|page| page.method == "GET" && page.path == entry.path);
            let page = page.unwrap_or_else(|| panic!("{} is no page", entry.path));
            let roles = if entry.roles.is_empty() { &Role::ALL[..] } else { entry.roles };
            assert!(roles.iter().all(|role| page.access.is_of(*role)), "{}", entry.path);
        }
    }
}
