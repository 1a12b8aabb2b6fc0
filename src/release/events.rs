//! Event tables: one for each content table and source.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use tallystick_wire::SourceType;

use super::contract::Linked;
use super::free_name;
use super::load::LoadedTable;
use super::parts::{Events, LoadedParts, event_id};
use super::people::{People, quarters, study_id};
use tallystick_dataset::column::{Column, DAY_MISSING, DisclosureClass, Table, Values};
use tallystick_dataset::dictionary::Texts;

/// Columns that every event table begins with.
const FIXED_COLUMNS: usize = 5;
/// Fewest values that show whether a column is a number of each event rather than a code.
const RECORD_NUMBER_ROWS_MIN: usize = 20;
/// Parts of column names that others may know of a person.
const QUASI_NAMES: [&str; 11] = [
    "age_band", "sex", "gender", "race", "ethnic", "district", "zip", "beat", "quarter", "housing",
    "language",
];

/// The tables of one content section, named in the order of its labels: events sorted by person,
/// day, all columns and parts, then the tables of their parts.
pub(super) fn tables(
    linked: &Linked,
    people: &People,
    loaded: LoadedTable,
    names: Vec<String>,
) -> Vec<Table> {
    let mut names = names.into_iter();
    let mut name = || names.next().expect("every table has a name");
    let source = &linked.sources[loaded.source];
    let first = |record: &u32| people.first_day[source.person[*record as usize] as usize];
    let firsts: Vec<i32> = loaded.records.iter().map(first).collect();
    let content_name = loaded.schema.table;
    let (mut main, further) = table(linked, people, loaded, name());
    let order = sort(&mut main.columns, &further);
    if further.is_empty() {
        return vec![main];
    }
    let mut places = vec![0; order.len()];
    for (place, row) in (0..).zip(&order) {
        places[*row as usize] = place;
    }
    let numbers = (1..).take(main.rows).collect();
    main.columns.insert(FIXED_COLUMNS, event_id(numbers));
    let events = Events {
        source,
        table: &main,
        names: [&main.name, content_name.as_str()],
        places: &places,
        firsts: &firsts,
    };
    let parts: Vec<Table> = further.into_iter().map(|parts| parts.table(&events, name())).collect();
    std::iter::once(main).chain(parts).collect()
}

/// The event table, not yet sorted, and its parts.
fn table(
    linked: &Linked,
    people: &People,
    loaded: LoadedTable,
    name: String,
) -> (Table, Vec<LoadedParts>) {
    let source = &linked.sources[loaded.source];
    let label = format!("Events of table {} from {}", loaded.schema.table, source.source);
    let rows = loaded.records.len();
    let persons: Vec<u32> =
        loaded.records.iter().map(|record| source.person[*record as usize]).collect();
    let first = |row: usize| people.first_day[persons[row] as usize];

    let days = loaded.event_days().map_or_else(|| vec![DAY_MISSING; rows], <[i32]>::to_vec);
    let rel_days: Vec<i32> = (0..rows).map(|row| relative(days[row], first(row))).collect();
    let study = persons.iter().map(|person| people.study.places[*person as usize]).collect();
    let strict = loaded.records.iter().map(|record| source.strict[*record as usize]);
    let strict = strict.map(|strict| people.strict.places[strict as usize]).collect();
    let mut columns = fixed_columns(
        Values::Text(study, people.study.texts.clone()),
        Values::Text(strict, people.strict.texts.clone()),
        Values::Text(vec![0; rows], Texts::new([source.source.as_str()].iter())),
        Values::Day(rel_days),
        quarters(&days),
    );
    drop(days);

    let mut taken: BTreeSet<String> = columns.iter().map(|column| column.name.clone()).collect();
    if !loaded.further.is_empty() {
        taken.insert("event_id".to_owned());
    }
    let event_date = loaded.schema.event_date.map(usize::from);
    for (place, mut values) in loaded.columns.into_iter().enumerate() {
        if event_date == Some(place) {
            continue;
        }
        if let Values::Day(days) = &mut values {
            for (row, day) in days.iter_mut().enumerate() {
                *day = relative(*day, first(row));
            }
        }
        let content = loaded.schema.columns[place].0.as_str();
        columns.push(content_column(content, values, source.source_type, &mut taken));
    }
    (Table { name, label, key: Vec::new(), rows, columns }, loaded.further)
}

/// Days from the person's first event; missing if either is.
pub(super) fn relative(day: i32, first: i32) -> i32 {
    if day == DAY_MISSING || first == DAY_MISSING { DAY_MISSING } else { day - first }
}

fn fixed_columns(
    study: Values,
    strict: Values,
    source: Values,
    rel_day: Values,
    quarter: Values,
) -> Vec<Column> {
    let column = |name: &str, values, label: &str, derivation: &str, class| {
        Column::new(name, values, label, derivation, class)
    };
    vec![
        study_id(study),
        column(
            "strict_id",
            strict,
            "Strict person",
            "keyed id of the person that the strict linkage would see",
            DisclosureClass::Identifier,
        ),
        column("source", source, "Source", "agency that sent the event", DisclosureClass::Other),
        column(
            "rel_day",
            rel_day,
            "Day of event",
            "event date minus the date of the person's first event over all tables, in days",
            DisclosureClass::Quasi,
        ),
        column(
            "event_quarter",
            quarter,
            "Quarter of event",
            "calendar quarter of the event date",
            DisclosureClass::Quasi,
        ),
    ]
}

pub(super) fn content_column(
    content: &str,
    values: Values,
    source_type: SourceType,
    taken: &mut BTreeSet<String>,
) -> Column {
    let (name, derivation) = match values {
        Values::Day(_) => (
            format!("{content}_rel_day"),
            format!(
                "content column {content} minus the date of the person's first event, in days; \
                 missing if the person has no dated event"
            ),
        ),
        _ => (content.to_owned(), format!("content column {content} as the agency sent it")),
    };
    let class = class_of(content, &values, source_type);
    Column::new(free_name(name, taken), values, content.replace('_', " "), derivation, class)
}

fn class_of(content: &str, values: &Values, source_type: SourceType) -> DisclosureClass {
    if QUASI_NAMES.iter().any(|part| content.contains(part)) || matches!(values, Values::Day(_)) {
        DisclosureClass::Quasi
    } else if is_record_number(values) {
        DisclosureClass::Identifier
    } else if source_type == SourceType::Provider || matches!(values, Values::Text(..)) {
        DisclosureClass::Sensitive
    } else {
        DisclosureClass::Other
    }
}

/// Whether most rows have a value of their own, as incident and case numbers do.
fn is_record_number(values: &Values) -> bool {
    let present = (0..values.len()).filter(|row| !values.is_missing(*row)).count();
    let distinct = match values {
        Values::Text(_, texts) => texts.len(),
        Values::Integer(numbers) => {
            let mut numbers = numbers.clone();
            numbers.sort_unstable();
            numbers.dedup();
            numbers.len()
        }
        _ => 0,
    };
    present >= RECORD_NUMBER_ROWS_MIN && distinct * 2 > present
}

/// Sorts by person, day, then every column and the parts, so the order of the export is gone. Gives
/// the row that comes to each place.
fn sort(columns: &mut [Column], parts: &[LoadedParts]) -> Vec<u32> {
    let (Values::Text(study, _), Values::Day(days)) = (&columns[0].values, &columns[3].values)
    else {
        unreachable!("the fixed columns have these types");
    };
    // Days since the first event are never negative, so they sort as unsigned; missing comes last.
    let day = |day: i32| u32::try_from(day).expect("no event is before the first");
    let mut order: Vec<(u32, u32, u32)> =
        study.iter().zip(days).zip(0..).map(|((study, d), row)| (*study, day(*d), row)).collect();
    let rest = |a: u32, b: u32| {
        let (a, b) = (a as usize, b as usize);
        let cells = columns.iter().map(|column| column.values.compare(a, b));
        let parts = parts.iter().map(|parts| parts.compare(a, b));
        cells.chain(parts).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    };
    order.sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then_with(|| rest(a.2, b.2)));
    let order: Vec<u32> = order.into_iter().map(|(_, _, row)| row).collect();
    for column in columns {
        column.values.reorder(&order);
    }
    order
}
