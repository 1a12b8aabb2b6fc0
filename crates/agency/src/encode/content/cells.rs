//! Takes the texts of content columns, gives cells: by a column, a constant, marks, a list of codes,
//! a table of offence codes, or a pseudonym of a number.

use std::borrow::Cow;

use tallystick_encoder::codes::CodeTable;
use tallystick_encoder::mapping::{
    At, CellSource, CivilDate, Coded, ContentColumn, ContentKind, Lookup, Mapping, typed_date,
};
use tallystick_encoder::normalise::RawFields;
use tallystick_encoder::number::{Numbered, Pseudonyms};
use tallystick_wire::content::{Cell, Code};

/// What a cell came to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Outcome {
    Present,
    Missing,
    Unreadable,
}

/// What all columns of a mapping share.
#[derive(Debug)]
pub(super) struct Shared {
    /// Further values that mean missing, in upper case.
    missing: Vec<String>,
    mapping: Mapping,
    pseudonyms: Pseudonyms,
}

impl Shared {
    pub(super) fn new(mapping: &Mapping, pseudonyms: Pseudonyms) -> Self {
        Self { missing: mapping.read().missing.clone(), mapping: mapping.clone(), pseudonyms }
    }

    fn codes(&self, name: &str) -> &CodeTable {
        self.mapping.codes(name).expect("a bound mapping has its tables of codes")
    }

    /// Refills `cells` with one row of a table. `main` are the cells of the event where the row is
    /// a part of it. `counted` gets the place and outcome of each cell.
    pub(super) fn read(
        &self,
        columns: &[ContentColumn<usize>],
        row: &impl RawFields,
        main: &[Option<Cell>],
        cells: &mut Vec<Option<Cell>>,
        counted: &mut impl FnMut(usize, Outcome),
    ) {
        cells.clear();
        for (place, column) in columns.iter().enumerate() {
            if matches!(column.source, CellSource::Lookup(_)) {
                cells.push(None);
                continue;
            }
            let (cell, outcome) = match self.text(column, row) {
                Text::Missing => (None, Outcome::Missing),
                Text::Unreadable => (None, Outcome::Unreadable),
                Text::Date(date) => of(date.and_then(days).map(Cell::Date)),
                Text::Read(text) => self.coded(column, &text),
            };
            cells.push(cell);
            counted(place, outcome);
        }
        for (place, column) in columns.iter().enumerate() {
            if let CellSource::Lookup(lookup) = &column.source {
                let (cell, outcome) = self.look_up(lookup, main, cells);
                cells[place] = cell;
                counted(place, outcome);
            }
        }
    }

    /// Whether a cell of a column has nothing in it.
    pub(super) fn is_missing(&self, column: &ContentColumn<usize>, text: &str) -> bool {
        text.is_empty()
            || self
                .missing
                .iter()
                .chain(&column.missing)
                .any(|value| value.eq_ignore_ascii_case(text))
    }

    fn text<'r>(&self, column: &'r ContentColumn<usize>, row: &'r impl RawFields) -> Text<'r> {
        match &column.source {
            CellSource::Constant(text) => Text::Read(Cow::Borrowed(text)),
            CellSource::Column { column: index, .. } => {
                let text = row.expose(*index).trim();
                if self.is_missing(column, text) {
                    Text::Missing
                } else if matches!(column.kind, ContentKind::Date(_)) && row.is_date(*index) {
                    Text::Date(typed_date(text))
                } else {
                    Text::Read(Cow::Borrowed(text))
                }
            }
            CellSource::OneOf { columns, several } => {
                let mut set: Vec<&str> = Vec::new();
                for (code, index) in columns {
                    let text = row.expose(*index).trim();
                    match is_marked(text, code) {
                        _ if self.is_missing(column, text) => {}
                        Some(true) => set.push(code),
                        Some(false) => {}
                        None => return Text::Unreadable,
                    }
                }
                match (set.as_slice(), several) {
                    ([], _) => Text::Missing,
                    ([one], _) => Text::Read(Cow::Borrowed(*one)),
                    (_, Some(several)) => Text::Read(Cow::Borrowed(several)),
                    (set, None) => Text::Read(Cow::Owned(set.join("+"))),
                }
            }
            CellSource::Lookup(_) => Text::Missing,
        }
    }

    fn coded(&self, column: &ContentColumn<usize>, text: &str) -> (Option<Cell>, Outcome) {
        match column.codes.as_ref().map_or(Coded::Text(text), |codes| codes.code(text)) {
            Coded::Text(text) => self.cell(text, &column.kind),
            Coded::Missing => (None, Outcome::Missing),
            Coded::Unreadable => (None, Outcome::Unreadable),
        }
    }

    fn cell(&self, text: &str, kind: &ContentKind) -> (Option<Cell>, Outcome) {
        of(match kind {
            ContentKind::Date(formats) => formats.parse(text).and_then(days).map(Cell::Date),
            ContentKind::Code => Code::parse(text).map(Cell::Code),
            ContentKind::Integer => text.replace(',', "").parse().ok().map(Cell::Integer),
            ContentKind::Flag => flag(text).map(Cell::Flag),
            ContentKind::Number(numbering) => match self.pseudonyms.of(numbering, text) {
                Numbered::Missing => return (None, Outcome::Missing),
                Numbered::Unreadable => None,
                Numbered::Pseudonym(pseudonym) => Some(Cell::Code(pseudonym.code())),
            },
        })
    }

    fn look_up(
        &self,
        lookup: &Lookup,
        main: &[Option<Cell>],
        cells: &[Option<Cell>],
    ) -> (Option<Cell>, Outcome) {
        let Some(Cell::Code(code)) = cells[lookup.from] else { return (None, Outcome::Missing) };
        let date = lookup.at.map(|at| match at {
            At::Here(place) => cells[place],
            At::Main(place) => main[place],
        });
        let day = match date {
            None => None,
            Some(Some(Cell::Date(days))) => civil(days),
            // No day of conviction, no severity at conviction.
            Some(_) => return (None, Outcome::Missing),
        };
        let table = self.codes(&lookup.codes);
        of(table.look_up(code.as_str(), day, lookup.gives).and_then(Code::parse).map(Cell::Code))
    }
}

enum Text<'r> {
    Read(Cow<'r, str>),
    /// A cell that the file itself calls a date.
    Date(Option<CivilDate>),
    Missing,
    Unreadable,
}

fn of(cell: Option<Cell>) -> (Option<Cell>, Outcome) {
    (cell, if cell.is_some() { Outcome::Present } else { Outcome::Unreadable })
}

fn flag(text: &str) -> Option<bool> {
    match text.to_ascii_uppercase().as_str() {
        "Y" | "YES" | "T" | "TRUE" | "1" | "X" => Some(true),
        "N" | "NO" | "F" | "FALSE" | "0" => Some(false),
        _ => None,
    }
}

/// Whether a column of a code is marked: by a yes, or by the code itself.
fn is_marked(text: &str, code: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case(code) { Some(true) } else { flag(text) }
}

/// Days since 1970-01-01.
pub(super) fn days(date: CivilDate) -> Option<i32> {
    let day = chrono::NaiveDate::from_ymd_opt(
        i32::from(date.year()),
        u32::from(date.month()),
        u32::from(date.day()),
    )?;
    let epoch = chrono::NaiveDate::from_ymd_opt(1970, 1, 1)?;
    i32::try_from((day - epoch).num_days()).ok()
}

/// The date of a day since 1970-01-01.
fn civil(days: i32) -> Option<CivilDate> {
    use chrono::Datelike as _;
    let epoch = chrono::NaiveDate::from_ymd_opt(1970, 1, 1)?;
    let day = epoch.checked_add_signed(chrono::Duration::days(i64::from(days)))?;
    CivilDate::new(
        u16::try_from(day.year()).ok()?,
        u8::try_from(day.month()).ok()?,
        u8::try_from(day.day()).ok()?,
    )
}

#[cfg(test)]
mod tests {
    use tallystick_encoder::mapping::Numbering;

    use super::*;

    #[test]
    fn cells_are_read_by_their_type() {
        let mapping = "source = \"a\"\ntype = \"jail\"\n[fields]\nlast = \"L\"\n";
        let shared = Shared::new(&Mapping::parse(mapping).unwrap(), Pseudonyms::throw_away());
        let parse = |text, kind| shared.cell(text, &kind);
        let present = |cell| (Some(cell), Outcome::Present);
        assert_eq!(parse("1,204", ContentKind::Integer), present(Cell::Integer(1204)));
        assert_eq!(parse("no", ContentKind::Flag), present(Cell::Flag(false)));
        assert_eq!(parse("maybe", ContentKind::Flag), (None, Outcome::Unreadable));
        assert_eq!(parse("11350(a) HS", ContentKind::Code).1, Outcome::Present);
        let number = |text| {
            let numbering = Numbering { of: "court".into(), prefixes: vec!["CRI".into()] };
            parse(text, ContentKind::Number(numbering))
        };
        assert_eq!(number("CRI-17001234"), number("017001234"));
        assert_eq!(number("CRI-17001234").1, Outcome::Present);
        assert_eq!(number("000"), (None, Outcome::Missing));
        assert_eq!(number("pending"), (None, Outcome::Unreadable));
        let date = CivilDate::new(1970, 1, 31).unwrap();
        assert_eq!(days(date), Some(30));
        assert_eq!(civil(30), Some(date));
    }
}
