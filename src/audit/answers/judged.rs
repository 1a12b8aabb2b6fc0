//! The question about review by hand: A11.

use std::collections::BTreeMap;

use super::{Logged, Material, Said, Status};
use crate::audit::EventKind::{
    LookupAnswered, LookupAsked, ReviewDecided, ReviewSetDrawn, ReviewSetFinished,
};

/// Entries about one pair, by who judged it, in the order in which they first did.
type Judged<'l> = Vec<(&'l str, Vec<&'l Logged>)>;

/// A11.
pub(super) fn reviews(it: &Material<'_>) -> Said {
    let entries = it.done(&[ReviewDecided]);
    if entries.is_empty() {
        return it.nothing("no pair was judged by hand", &[ReviewDecided]);
    }
    let mut by_pair: BTreeMap<&str, Judged<'_>> = BTreeMap::new();
    for entry in &entries {
        let judged = by_pair.entry(entry.object.as_deref().unwrap_or_default()).or_default();
        match judged.iter_mut().find(|(actor, _)| *actor == entry.actor) {
            Some((_, of)) => of.push(entry),
            None => judged.push((&entry.actor, vec![entry])),
        }
    }
    let twice: Vec<_> = by_pair.values().filter(|judged| judged.len() > 1).collect();
    let agreed = twice.iter().filter(|judged| agree(judged)).count();
    let third = twice.iter().filter(|judged| judged.len() > 2).count();
    let mut summary = format!(
        "{} pairs were judged, {} of them by two; the two agreed on {agreed}",
        by_pair.len(),
        twice.len()
    );
    if third > 0 {
        summary.push_str(&format!("; a third judged {third}"));
    }
    let (asked, answered) = (it.done(&[LookupAsked]).len(), it.done(&[LookupAnswered]).len());
    if asked > 0 {
        summary.push_str(&format!(
            "; agencies were asked to look up {asked}, and answered {answered}"
        ));
    }
    let sets = it.done(&[ReviewSetDrawn, ReviewSetFinished]);
    let figures = |entry: &&Logged| {
        let counts: Vec<String> =
            entry.counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
        format!("{}: {}", entry.place(), counts.join(", "))
    };
    let lines = entries.iter().map(|entry| entry.line());
    Said::new(Status::Answered, summary).with(sets.iter().map(figures)).with(lines)
}

/// Whether the first two said the same, by what stood when the second had first judged.
fn agree(judged: &Judged<'_>) -> bool {
    let [(_, first), (_, second), ..] = &judged[..] else { return false };
    let last = first.iter().rfind(|entry| entry.seq < second[0].seq);
    last.is_some_and(|last| last.reason == second[0].reason)
}
