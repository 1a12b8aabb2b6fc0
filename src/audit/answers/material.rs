//! What every answer asks of the log: entries of kinds, and how they are shown.

use super::{Logged, Material, Said, Status};
use crate::audit::EventKind;

impl<'m> Material<'m> {
    /// Entries of these kinds, of the project.
    pub(super) fn of(&self, kinds: &[EventKind]) -> Vec<&'m Logged> {
        let project = self.project;
        let ours = |entry: &&Logged| entry.project.as_deref() == Some(project);
        self.everywhere(kinds).into_iter().filter(ours).collect()
    }

    /// Those of them that ended as asked.
    pub(super) fn done(&self, kinds: &[EventKind]) -> Vec<&'m Logged> {
        self.of(kinds).into_iter().filter(|entry| entry.outcome == "ok").collect()
    }

    /// Entries of these kinds, of any project or none.
    pub(super) fn everywhere(&self, kinds: &[EventKind]) -> Vec<&'m Logged> {
        let is_one = |entry: &&Logged| kinds.iter().any(|kind| kind.as_str() == entry.kind);
        self.log.entries.iter().filter(is_one).collect()
    }

    /// "no KIND entry in N entries".
    pub(super) fn none(&self, kinds: &[EventKind]) -> String {
        let names: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
        let of = if self.project.is_empty() { "" } else { " of the project" };
        format!("no {} entry{of} in {} entries", names.join(" or "), self.log.entries.len())
    }

    /// Not applicable, because nothing of these kinds happened.
    pub(super) fn nothing(&self, what: &str, kinds: &[EventKind]) -> Said {
        Said::new(Status::NotApplicable, format!("{what}: {}", self.none(kinds)))
    }

    /// Of those entries, the figures whose names begin so; not recorded if no entry has one.
    pub(super) fn figures(&self, entries: &[&Logged], what: &str, prefixes: &[&str]) -> Said {
        let fits = |name: &str| prefixes.iter().any(|prefix| name.starts_with(prefix));
        let found = entries.iter().filter_map(|entry| {
            let counts = entry.counts.iter().filter(|(name, _)| fits(name));
            let counts = counts.map(|(name, count)| format!("{name} {count}"));
            let digests = entry.digests.iter().filter(|(name, _)| fits(name));
            let digests = digests.map(|(name, digest)| format!("{name} {digest}"));
            let all: Vec<String> = counts.chain(digests).collect();
            (!all.is_empty()).then(|| format!("{}: {}", entry.place(), all.join(", ")))
        });
        let found: Vec<String> = found.collect();
        if found.is_empty() {
            let reason = format!("{} entries of {what} have no such figure", entries.len());
            return Said::new(Status::NotRecorded, reason);
        }
        let summary = format!("by {} of {} entries of {what}", found.len(), entries.len());
        Said::new(Status::Answered, summary).with(found)
    }
}

impl Logged {
    /// Number, time, kind, outcome and object.
    pub(super) fn place(&self) -> String {
        let object = self.object.as_deref().map(|object| format!(" {object}")).unwrap_or_default();
        let outcome = if self.outcome == "ok" { "" } else { &self.outcome };
        let space = if outcome.is_empty() { "" } else { " " };
        format!("entry {}, {}, {}{space}{outcome}{object}", self.seq, self.at, self.kind)
    }

    /// The place, who did it, and under what.
    pub(super) fn line(&self) -> String {
        let mut line = format!("{}, by {}", self.place(), self.actor);
        let parts = [
            ("as", &self.role),
            ("of", &self.agency),
            ("from", &self.source_address),
            ("SHA-256", &self.object_sha256),
            ("for", &self.purpose),
            ("because of", &self.reason),
        ];
        for (what, text) in parts {
            if let Some(text) = text {
                line.push_str(&format!(" {what} {text}"));
            }
        }
        if !self.agreements.is_empty() {
            line.push_str(&format!(" under {}", self.agreements.join(" ")));
        }
        line
    }

    /// A count by name; 0 where there is none.
    pub(super) fn count(&self, name: &str) -> u64 {
        self.counts.get(name).copied().unwrap_or(0)
    }

    /// Day of the entry, days since 1970-01-01.
    pub(super) fn day(&self) -> Option<u64> {
        let at = crate::clock::Timestamp::parse(&self.at)?;
        u64::try_from(at.days()).ok()
    }
}
