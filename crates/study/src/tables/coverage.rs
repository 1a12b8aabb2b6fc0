//! Which days are observed.

use std::collections::BTreeMap;

use crate::Study;
use crate::content::Content;
use crate::definition::Kind;

/// First and last days, both included, in ascending order and apart from each other.
type Stretches = Vec<(i32, i32)>;

/// What the sources cover.
#[derive(Debug)]
pub(crate) struct Coverages {
    /// By kind of record: for each source that sends it.
    kinds: BTreeMap<Kind, Vec<Stretches>>,
    /// By source.
    pub(super) sources: BTreeMap<String, Stretches>,
    /// What had to be assumed.
    pub(super) notes: Vec<String>,
}

impl Coverages {
    pub(super) fn new(study: &Study, content: &Content) -> Self {
        let mut sources: BTreeMap<String, Stretches> = BTreeMap::new();
        for coverage in &study.coverage {
            sources
                .entry(coverage.source.clone())
                .or_default()
                .push((coverage.from.0, coverage.to.0));
        }
        sources.values_mut().for_each(join);
        let mut notes = Vec::new();
        for record in &study.records {
            if sources.contains_key(&record.source) {
                continue;
            }
            let records = study.records.iter().zip(&content.spans);
            let same = records.filter(|(other, _)| other.source == record.source);
            let days = same.filter_map(|(_, span)| *span);
            let span = days.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
            notes.push(format!(
                "The days that {} covers are not configured; its first and last events are taken.",
                record.source
            ));
            sources.insert(record.source.clone(), span.into_iter().collect());
        }
        let mut kinds: BTreeMap<Kind, Vec<Stretches>> = BTreeMap::new();
        for record in &study.records {
            kinds.entry(record.kind).or_default().push(sources[&record.source].clone());
        }
        Self { kinds, sources, notes }
    }

    /// Whether any source sends records of a kind.
    pub(super) fn is_collected(&self, kind: Kind) -> bool {
        self.kinds.contains_key(&kind)
    }

    /// Whether every source of a kind covers all days of a span.
    pub(super) fn covers(&self, kind: Kind, from: i32, to: i32) -> bool {
        let covers = |stretches: &Stretches| {
            stretches.iter().any(|(first, last)| *first <= from && to <= *last)
        };
        self.kinds.get(&kind).is_some_and(|sources| sources.iter().all(covers))
    }

    /// Whether the outcomes that are collected at all are observed on all days of a span.
    pub(super) fn all_outcomes(&self, from: i32, to: i32) -> bool {
        let collected = [Kind::Arrest, Kind::Case, Kind::Jail].into_iter();
        collected.filter(|kind| self.is_collected(*kind)).all(|kind| self.covers(kind, from, to))
    }

    /// Last day of the stretch of a source that holds a day.
    pub(super) fn end(&self, source: &str, day: i32) -> Option<i32> {
        let stretches = self.sources.get(source)?;
        stretches.iter().find(|(first, last)| (*first..=*last).contains(&day)).map(|it| it.1)
    }

    /// Last day on which records of a kind are observed at all.
    pub(super) fn last(&self, kind: Kind) -> Option<i32> {
        let ends = self.kinds.get(&kind)?.iter().filter_map(|stretches| stretches.last());
        ends.map(|stretch| stretch.1).max()
    }
}

/// Puts stretches in order and joins those that meet.
fn join(stretches: &mut Stretches) {
    stretches.sort_unstable();
    let mut joined: Stretches = Vec::new();
    for (from, to) in stretches.drain(..) {
        match joined.last_mut() {
            Some(last) if from <= last.1.saturating_add(1) => last.1 = last.1.max(to),
            _ => joined.push((from, to)),
        }
    }
    *stretches = joined;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_that_meet_are_one() {
        let mut stretches = vec![(20, 30), (1, 5), (6, 9), (8, 12)];
        join(&mut stretches);
        assert_eq!(stretches, [(1, 12), (20, 30)]);
    }
}
