//! `link_quality`: how sure each person's linkage is, by source.

use tallystick_dataset::{Column, Table, Values};

use super::Made;
use super::build::{Other, Sensitive, flags, integers, study_id, texts};

/// The table, a row for each person and source with a record.
pub(super) fn table(made: &Made<'_>) -> Table {
    let mut rows: Vec<(u32, u32, usize)> = Vec::new();
    for (place, member) in (0..).zip(made.members) {
        let linked = made.inputs.links.iter().enumerate();
        let linked = linked.filter(|(_, source)| source.records[member.person as usize] > 0);
        rows.extend(linked.map(|(source, _)| (place, member.person, source)));
    }
    let links = &made.inputs.links;
    let of = |flag: fn(&crate::input::SourceLinks) -> &[bool]| {
        rows.iter().map(move |(_, person, source)| Some(flag(&links[*source])[*person as usize]))
    };
    let records = rows.iter().map(|(_, person, source)| links[*source].records[*person as usize]);
    let probabilities =
        rows.iter().map(|(_, person, _)| made.inputs.link_permille_min[*person as usize]);
    let columns = vec![
        study_id(made, rows.iter().map(|(place, ..)| *place)),
        texts(
            "source",
            rows.iter().map(|(.., source)| Ok(links[*source].source.as_str())),
            "Source",
            "source with a record of the person",
            Sensitive,
        ),
        integers(
            "n_records",
            records.map(i64::from).collect(),
            "Records",
            "distinct identities of the person in the source, before linkage across sources",
            Other,
        ),
        Column::new(
            "match_prob",
            Values::Permille(probabilities.collect()),
            "Lowest link probability",
            "lowest match probability among the accepted pairs of the person's records in all sources; \
             1.000 if the person has one record",
            Other,
        ),
        flags(
            "strict_same",
            of(|source| &source.strict_same),
            "Same in strict linkage",
            "1 if the strict linkage keeps the person's records of all sources together",
            Other,
        ),
        flags(
            "loose_same",
            of(|source| &source.loose_same),
            "Same in loose linkage",
            "1 if the loose linkage joins the person with no other",
            Other,
        ),
        flags(
            "reviewed",
            rows.iter().map(|(_, person, _)| Some(made.inputs.flagged[*person as usize])),
            "Wants review",
            "1 if the person's records want clerical review",
            Other,
        ),
    ];
    let key = vec!["study_id".to_owned(), "source".to_owned()];
    let label = "How sure each person's linkage is, by source".to_owned();
    Table { name: "link_quality".to_owned(), label, key, rows: rows.len(), columns }
}
