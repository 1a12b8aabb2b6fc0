//! Takes a header, gives the known layout that has exactly these columns, from `config/mappings`.

use std::sync::LazyLock;

use super::concept;
use super::dates;
use super::role::{AddressPart, Content as Kind, NameOrder, Role};
use super::shape::{Kind as ShapeKind, Shape};
use super::words::Words;
use crate::mapping::{
    ContentKind, DobColumns, Fields, Mapping, NameColumns, NameFormat, Numbering, SourceType,
};

/// Mappings that say by `[layout]` of which header they are.
const MAPPINGS: [&str; 12] = [
    include_str!("../../../../config/mappings/davidson-bookings.toml"),
    include_str!("../../../../config/mappings/hud-client.toml"),
    include_str!("../../../../config/mappings/michigan-names.toml"),
    include_str!("../../../../config/mappings/synth-citations.toml"),
    include_str!("../../../../config/mappings/synth-court.toml"),
    include_str!("../../../../config/mappings/synth-jail.toml"),
    include_str!("../../../../config/mappings/synth-police.toml"),
    include_str!("../../../../config/mappings/synth-pretrial.toml"),
    include_str!("../../../../config/mappings/synth-probation.toml"),
    include_str!("../../../../config/mappings/synth-prosecutor.toml"),
    include_str!("../../../../config/mappings/synth-provider.toml"),
    include_str!("../../../../config/mappings/wichita-arrests.toml"),
];
/// Public files that hold no names, so no mapping of theirs could link.
const WITHOUT_NAMES: &str = include_str!("../../../../config/mappings/without-names.csv");

/// A known layout.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) name: &'static str,
    pub(super) source_type: SourceType,
    pub(super) table: Option<String>,
    /// Words that mean missing.
    pub(super) missing: Vec<&'static str>,
    columns: Vec<KnownColumn>,
}

/// A column of a known layout.
#[derive(Clone, Debug)]
pub(super) struct KnownColumn {
    pub(super) role: Role,
    /// Name in the release.
    pub(super) release_name: Option<String>,
    /// The numbering of a number of events that is content.
    pub(super) numbering: Option<Numbering>,
}

impl Known {
    pub(super) fn column(&self, column: usize) -> KnownColumn {
        self.columns[column].clone()
    }
}

static KNOWN: LazyLock<Vec<Mapping>> = LazyLock::new(|| {
    let parse = |text: &&str| Mapping::parse(text).expect("the mappings of the program are right");
    MAPPINGS.iter().map(parse).collect()
});

/// The known layout of exactly this header.
pub(super) fn find(header: &[String]) -> Option<Known> {
    let mapping = KNOWN.iter().find(|mapping| {
        mapping
            .layout()
            .is_some_and(|layout| same(layout.header.iter().map(String::as_str), header))
    })?;
    let bound = mapping.bind(header).expect("a layout has the columns of its own mapping");
    let nothing = KnownColumn { role: Role::Ignore, release_name: None, numbering: None };
    let mut columns = vec![nothing; header.len()];
    if let Some(column) = bound.row_id() {
        columns[column].role = Role::RowId;
    }
    for (column, role) in roles(bound.fields()) {
        columns[column].role = role;
    }
    if let Some(content) = bound.content() {
        for column in &content.columns {
            let event = content.event_date.as_ref() == Some(&column.name);
            let role = match column.kind {
                ContentKind::Date(_) if event => Role::Content(Kind::EventDate),
                ContentKind::Date(_) => Role::Content(Kind::Date),
                ContentKind::Code => Role::Content(Kind::Code),
                ContentKind::Integer => Role::Content(Kind::Integer),
                ContentKind::Flag => Role::Content(Kind::Flag),
                ContentKind::Number(_) => Role::EventNumber,
            };
            for mapped in column.columns() {
                let slot = &mut columns[*mapped];
                if slot.role == Role::Ignore {
                    slot.role = role.clone();
                }
                slot.release_name = Some(column.name.clone());
                if let ContentKind::Number(numbering) = &column.kind {
                    slot.numbering = Some(numbering.clone());
                }
            }
        }
    }
    Some(Known {
        name: &mapping.layout()?.name,
        source_type: mapping.source_type(),
        table: bound.content().map(|content| content.table.clone()),
        missing: mapping.read().missing.iter().map(String::as_str).collect(),
        columns,
    })
}

/// Whether two headers are the same; a column without a name is called by its place in ours.
fn same<'a>(layout: impl Iterator<Item = &'a str>, header: &[String]) -> bool {
    let named = layout.enumerate().map(|(column, name)| match name {
        "" => format!("column {}", column + 1),
        name => name.to_owned(),
    });
    named.eq(header.iter().cloned())
}

fn roles(fields: &Fields<usize>) -> Vec<(usize, Role)> {
    let mut roles = Vec::new();
    let mut add = |column: Option<usize>, role: Role| roles.extend(column.map(|c| (c, role)));
    match &fields.name {
        NameColumns::Whole { column, format } => {
            let order = match format {
                NameFormat::LastFirstMiddle => NameOrder::LastFirst,
                NameFormat::FirstMiddleLast => NameOrder::FirstLast,
            };
            add(Some(*column), Role::Name(Some(order)));
        }
        NameColumns::Parts { first, last, middle, suffix } => {
            add(*first, Role::First);
            add(*last, Role::Last);
            add(*middle, Role::Middle);
            add(*suffix, Role::Suffix);
        }
    }
    match &fields.dob {
        Some(DobColumns::Whole { column, .. }) => add(Some(*column), Role::Dob),
        Some(DobColumns::Parts { year, month, day }) => {
            add(Some(*year), Role::DobYear);
            add(Some(*month), Role::DobMonth);
            add(Some(*day), Role::DobDay);
        }
        None => {}
    }
    add(fields.sex, Role::Sex);
    add(fields.ssn, Role::Ssn);
    add(fields.phone, Role::Phone);
    add(fields.city, Role::City);
    add(fields.zip, Role::Zip);
    add(fields.local_id, Role::LocalId);
    let parts: &[AddressPart] = match fields.address.len() {
        2 => &[AddressPart::House, AddressPart::Street],
        _ => &[AddressPart::Line],
    };
    for (column, part) in fields.address.iter().zip(parts) {
        add(Some(*column), Role::Address(*part));
    }
    for attribute in &fields.attributes {
        add(Some(attribute.column), Role::Attribute(attribute.name.clone()));
    }
    roles
}

/// The name of the public file with exactly this header, which holds nobody's name.
#[must_use]
pub fn knows_layout_without_names(header: &[String]) -> Option<&'static str> {
    let lines = WITHOUT_NAMES.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.split_once('|'))
        .find_map(|(name, columns)| same(columns.split('|'), header).then_some(name))
}

/// Whether a first row is data rather than names of columns: no word of it is known, and a cell of it is
/// a date or a long number.
#[must_use]
pub fn header_is_data(first_row: &[String], year_max: u16) -> bool {
    let cells = || first_row.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty());
    let is_word = |cell: &str| {
        Words::of(cell).concepts.iter().any(|c| !matches!(c, concept::Concept::Of))
            && !cell.bytes().any(|byte| byte.is_ascii_digit())
    };
    let shape = Shape::of(cells());
    let dated = cells().any(|cell| {
        let found = dates::read(std::iter::once(cell), year_max, None, false);
        found.read > 0 && !(found.bare && cell.len() < 8)
    });
    let numbers = [
        ShapeKind::SsnDashed,
        ShapeKind::Phone,
        ShapeKind::Email,
        ShapeKind::NineDigits,
        ShapeKind::TenDigits,
    ];
    let numbered = numbers.iter().any(|kind| shape.counted(*kind) > 0);
    let words = cells().filter(|cell| is_word(cell)).count();
    (dated || numbered) && words * 4 <= cells().count()
}
