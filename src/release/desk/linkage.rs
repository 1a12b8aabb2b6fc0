//! `linkage_summary`: how sure the linkage is, over all and by groups of persons.
//!
//! Aggregates of what was checked: groups are those of the person table as it leaves, and small ones are hidden so that none
//! can be worked out from the others.

use std::collections::BTreeMap;

use serde_json::Value;
use tallystick_dataset::column::{integer_missing, permille_missing, text_missing};
use tallystick_dataset::{Column, Dictionary, DisclosureClass, Missing, Table, Values};
use tallystick_disclosure::{Cell, CellRule, protect_counts};

use super::make::Facts;
use crate::release::contract::{LEFT_OUT, Linked};

/// What is known of one person's linkage.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PersonLink {
    /// Records in all sources.
    records: u32,
    /// Lowest probability of an accepted pair, in thousandths.
    permille_min: u16,
    /// The strict linkage makes several persons of it.
    is_split_by_strict: bool,
    /// The loose linkage joins it with another.
    is_joined_by_loose: bool,
    /// Sources with a record, by bit.
    sources: u64,
}

/// What is known of these persons, in their order.
pub(super) fn links(linked: &Linked, persons: &[u32]) -> Vec<PersonLink> {
    let count = linked.person_count as usize;
    let mut all = vec![PersonLink::default(); count];
    let mut strict = vec![u32::MAX; count];
    let mut loose: Vec<(u32, u32)> = Vec::new();
    for (place, source) in linked.sources.iter().enumerate() {
        let records = source.person.iter().enumerate().filter(|(_, person)| **person != LEFT_OUT);
        for (record, person) in records {
            let it = &mut all[*person as usize];
            it.records += 1;
            it.sources |= 1 << place.min(63);
            let first = &mut strict[*person as usize];
            if *first == u32::MAX {
                *first = source.strict[record];
                loose.push((source.loose[record], *person));
            }
            it.is_split_by_strict |= *first != source.strict[record];
        }
    }
    loose.sort_unstable();
    for group in loose.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1) {
        group.iter().for_each(|(_, person)| all[*person as usize].is_joined_by_loose = true);
    }
    for (it, permille) in all.iter_mut().zip(&linked.link_permille_min) {
        it.permille_min = *permille;
    }
    persons.iter().map(|person| all[*person as usize]).collect()
}

/// Columns of the person table by which groups are made.
const GROUPINGS: [&str; 4] = ["arm", "sex", "race_eth", "age_band"];

/// Persons of a group and how many of them are so.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    persons: u64,
    /// With more than one record.
    linked: u64,
    /// Sum of 1000 less the lowest probability, over those.
    doubt_permille: u64,
    split: u64,
    joined: u64,
}

impl Tally {
    fn add(&mut self, link: &PersonLink) {
        self.persons += 1;
        if link.records > 1 {
            self.linked += 1;
            self.doubt_permille += u64::from(1_000u16.saturating_sub(link.permille_min));
        }
        self.split += u64::from(link.is_split_by_strict);
        self.joined += u64::from(link.is_joined_by_loose);
    }
}

/// A line of the table.
struct Line {
    by: &'static str,
    group: String,
    tally: Tally,
    is_shown: bool,
}

/// The table, of person rows in the order of `facts.links`.
pub(super) fn summary(person: &Table, facts: &Facts, threshold: u64) -> Table {
    let mut lines = vec![line("all", "all", facts.links.iter())];
    lines[0].is_shown = lines[0].tally.persons >= threshold;
    for by in GROUPINGS {
        if let Some(column) = person.column(by) {
            lines.extend(grouped(by, column, facts, threshold));
        }
    }
    lines.extend(by_source(facts, threshold));
    table(&lines, &facts.linkage)
}

fn line<'a>(
    by: &'static str,
    group: impl Into<String>,
    links: impl Iterator<Item = &'a PersonLink>,
) -> Line {
    let mut tally = Tally::default();
    links.for_each(|link| tally.add(link));
    Line { by, group: group.into(), tally, is_shown: true }
}

fn grouped(by: &'static str, column: &Column, facts: &Facts, threshold: u64) -> Vec<Line> {
    let mut groups: BTreeMap<String, Tally> = BTreeMap::new();
    let mut cell = Vec::new();
    for (row, link) in facts.links.iter().enumerate() {
        cell.clear();
        let text = match column.values.missing(row) {
            Some(kind) => kind.label().to_owned(),
            None => {
                column.values.write_cell(row, &mut cell);
                String::from_utf8_lossy(&cell).into_owned()
            }
        };
        groups.entry(text).or_default().add(link);
    }
    let counts: Vec<u64> = groups.values().map(|tally| tally.persons).collect();
    let rule = CellRule { threshold, ..CellRule::default() };
    let shown = protect_counts(&counts, rule);
    let lines = groups.into_iter().enumerate().map(|(place, (group, tally))| {
        // Where the rule cannot be kept, no group is shown.
        let is_shown = shown.as_ref().is_ok_and(|it| matches!(it.cells[place], Cell::Shown(_)));
        Line { by, group, tally, is_shown }
    });
    lines.collect()
}

/// Sources overlap, so that no group follows from the others; who is in none of them is not shown.
fn by_source(facts: &Facts, threshold: u64) -> Vec<Line> {
    let persons = facts.links.len() as u64;
    let lines = facts.sources.iter().enumerate().map(|(place, source)| {
        let of_source = facts.links.iter().filter(|link| link.sources & (1 << place.min(63)) != 0);
        let mut it = line("source", source.clone(), of_source);
        let rest = persons - it.tally.persons;
        it.is_shown = it.tally.persons >= threshold && (rest == 0 || rest >= threshold);
        it
    });
    lines.collect()
}

/// A share with its interval, in thousandths.
type Share = Option<[u16; 3]>;

fn permille(share: f64) -> u16 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000")]
    let permille = (share.clamp(0.0, 1.0) * 1_000.0).round() as u16;
    permille
}

/// Wilson's interval at 95 % (Wilson 1927, DOI 10.1080/01621459.1927.10502953).
fn wilson(part: f64, of: u64) -> Share {
    if of == 0 {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "persons are far fewer than 2^53")]
    let n = of as f64;
    let (z, p) = (1.96, part / n);
    let centre = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt() / (1.0 + z * z / n);
    Some([permille(p), permille(centre - half), permille(centre + half)])
}

/// An estimate of the run's report.
fn estimate(linkage: &Value, name: &str) -> Share {
    let it = linkage.get("quality")?.get(name)?;
    let of = |key: &str| it.get(key).and_then(Value::as_f64).map(permille);
    Some([of("value")?, of("low")?, of("high")?])
}

fn table(lines: &[Line], linkage: &Value) -> Table {
    #[expect(clippy::cast_precision_loss, reason = "persons are far fewer than 2^53")]
    let part = |count: u64| count as f64;
    let false_links = |it: &Line| wilson(part(it.tally.doubt_permille) / 1_000.0, it.tally.linked);
    let missed = |it: &Line| wilson(part(it.tally.joined), it.tally.persons);
    let split = |it: &Line| wilson(part(it.tally.split), it.tally.persons);
    let of_run = |name: &'static str| {
        move |it: &Line| if it.by == "all" { estimate(linkage, name) } else { None }
    };
    let count = |it: &Line| match it.is_shown {
        true => i64::try_from(it.tally.persons).unwrap_or(i64::MAX),
        false => integer_missing(Missing::Suppressed),
    };
    let mut columns = vec![
        text(lines, "group_by", "Grouped by", |it| it.by.to_owned()),
        text(lines, "group_value", "Group", |it| it.group.clone()),
        Column::new(
            "persons",
            Values::Integer(lines.iter().map(count).collect()),
            "Persons",
            "persons of the study in the group; small groups, and those from which they would follow, are \
             suppressed",
            DisclosureClass::Other,
        ),
    ];
    columns.extend(shares(
        lines,
        "precision",
        "Expected precision",
        PRECISION,
        &of_run("expected_precision"),
    ));
    columns.extend(shares(lines, "recall", "Expected recall", RECALL, &of_run("expected_recall")));
    columns.extend(shares(
        lines,
        "false_link",
        "Persons with a false link",
        FALSE_LINK,
        &false_links,
    ));
    columns.extend(shares(
        lines,
        "missed_link",
        "Persons who may lack a link",
        MISSED_LINK,
        &missed,
    ));
    columns.extend(shares(lines, "strict_split", "Persons split by strict", STRICT, &split));
    let key = vec!["group_by".to_owned(), "group_value".to_owned()];
    let label = "How sure the linkage is, over all and by group".to_owned();
    Table { name: "linkage_summary".to_owned(), label, key, rows: lines.len(), columns }
}

const PRECISION: &str = "pairs of records within persons that belong together, of all linked persons; \
                         model-based; not estimated by group";
const RECALL: &str = "pairs of records that belong together and are within a person, of all linked persons; \
                      model-based, with what blocking lost; not estimated by group";
const FALSE_LINK: &str = "mean over persons with several records of 1 less the lowest match probability of \
                          their pairs: the share that holds a record of somebody else, at most; interval of \
                          Wilson";
const MISSED_LINK: &str = "share of persons whom the loose linkage joins with another: they may lack \
                           records; interval of Wilson";
const STRICT: &str =
    "share of persons of whom the strict linkage makes several; interval of Wilson";

fn text(lines: &[Line], name: &str, label: &str, of: impl Fn(&Line) -> String) -> Column {
    let mut dictionary = Dictionary::new();
    let numbers: Vec<Option<u32>> = lines.iter().map(|it| dictionary.number(&of(it))).collect();
    let (texts, places) = dictionary.into_sorted();
    let missing = text_missing(Missing::Unspecified);
    let cells = numbers.into_iter().map(|it| it.map_or(missing, |it| places[it as usize]));
    let values = Values::Text(cells.collect(), texts);
    Column::new(name, values, label, "as in table person", DisclosureClass::Other)
}

/// Three columns: value, low and high end.
fn shares(
    lines: &[Line],
    name: &str,
    label: &str,
    derivation: &str,
    of: &dyn Fn(&Line) -> Share,
) -> Vec<Column> {
    let found: Vec<Result<[u16; 3], Missing>> = lines
        .iter()
        .map(|it| match it.is_shown {
            true => of(it).ok_or(Missing::NotCollected),
            false => Err(Missing::Suppressed),
        })
        .collect();
    let ends = [("", ""), ("_low", ", low end of 95 %"), ("_high", ", high end of 95 %")];
    let columns = ends.iter().enumerate().map(|(place, (ending, words))| {
        let cell = |share: &Result<[u16; 3], Missing>| match share {
            Ok(share) => share[place],
            Err(kind) => permille_missing(*kind),
        };
        Column::new(
            format!("{name}{ending}"),
            Values::Permille(found.iter().map(cell).collect()),
            format!("{label}{words}"),
            derivation,
            DisclosureClass::Other,
        )
    });
    columns.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilsons_interval_is_that_of_the_paper() {
        // 10 of 100: 0.055 to 0.174.
        assert_eq!(wilson(10.0, 100), Some([100, 55, 174]));
        assert_eq!(wilson(0.0, 0), None);
    }
}
