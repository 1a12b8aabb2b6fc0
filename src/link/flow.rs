//! The flow of counts: from rows received to persons in the tables.

use super::Run;
use crate::release::contract::{LEFT_OUT, Linked};
use crate::report::model::{FlowStep, QualityReport};

/// `all` holds every record, `released` those that are in the tables, where some are not.
pub(super) fn flow(
    run: &Run,
    (all, released): (&Linked, Option<&Linked>),
    quality: &QualityReport,
) -> Vec<FlowStep> {
    let by_source = |count: &dyn Fn(&tallystick_wire::Header) -> u64| -> Vec<(String, u64)> {
        let headers = run.sources.iter().map(|source| &source.header);
        headers.map(|header| (header.source.to_string(), count(header))).collect()
    };
    let step = |step: &str, by_source: Vec<(String, u64)>| FlowStep {
        left_out: Vec::new(),
        step: step.to_owned(),
        count: by_source.iter().map(|(_, count)| count).sum(),
        by_source,
    };
    let total = |step: &str, count: u64| FlowStep {
        left_out: Vec::new(),
        step: step.to_owned(),
        count,
        by_source: Vec::new(),
    };
    let histograms = run.resolution.groups.iter().flat_map(|group| &group.histogram);
    let kept = histograms.map(|(_, pairs)| pairs).sum();
    let mut steps = vec![
        step("rows received", by_source(&|header| header.rows_read)),
        step("rows accepted", by_source(&|header| header.rows_accepted)),
        step("identities", by_source(&|header| header.records)),
        total("pairs compared", quality.compared_pairs),
        total("candidate pairs kept", kept),
        total("pairs accepted", quality.accepted_pairs),
        persons("persons", all, Vec::new()),
    ];
    let aliases = step("aliases of accepted rows", by_source(&|header| header.aliases));
    if aliases.count > 0 {
        steps.insert(2, aliases);
    }
    if let Some(released) = released {
        let planted = u64::from(all.person_count - released.person_count);
        let left_out = vec![("planted by agencies".to_owned(), planted)];
        steps.push(persons("persons in the tables", released, left_out));
    }
    steps
}

fn persons(step: &str, linked: &Linked, left_out: Vec<(String, u64)>) -> FlowStep {
    let by_source = linked.sources.iter().map(|source| {
        let mut persons = source.person.clone();
        persons.retain(|person| *person != LEFT_OUT);
        persons.sort_unstable();
        persons.dedup();
        (source.source.to_string(), persons.len() as u64)
    });
    FlowStep {
        step: step.to_owned(),
        count: u64::from(linked.person_count),
        by_source: by_source.collect(),
        left_out,
    }
}
