//! Takes what became of each cell of a row, gives completeness by field and by group of rows.
//!
//! Groups are named in our own words: of a code of the export that our list does not know, only the
//! line where it first stood is shown. Groups of fewer than [`GROUP_ROWS_MIN`] rows are put together.

use std::collections::BTreeMap;

use tallystick_encoder::mapping::BoundContent;
use tallystick_encoder::normalise::{Field, FieldCounts, NormalisedRecord, Sex};
use tallystick_wire::content::Cell;

use super::place::Place;
use super::report::{Cells, GroupReport, permille};

/// Rows from which a group is shown on its own.
pub(super) const GROUP_ROWS_MIN: u64 = 10;
/// Codes of a race column that are told apart; further ones are one group.
const CODES_MAX: usize = 64;
/// Names that a content column of race may have.
const RACE_COLUMNS: [&str; 5] =
    ["race", "race_eth", "race_ethnicity", "ethnicity", "raceethnicity"];
/// Codes and words of race, letters and digits only in upper case, with ours.
const RACES: [(&str, &[&str]); 8] = [
    ("American Indian", &["I", "AI", "AIAN", "INDIAN", "AMERICANINDIAN", "NATIVEAMERICAN"]),
    ("Asian", &["A", "ASIAN", "C", "CHINESE"]),
    ("Black", &["B", "BLACK", "AFRICANAMERICAN", "BLACKAFAMERICAN", "BLACKORAFRICANAMERICAN"]),
    ("Hispanic", &["H", "HISPANIC", "LATINO", "LATINX", "HISPANICLATINO", "HISPANICLATINAEO"]),
    ("Pacific Islander", &["P", "PI", "PACIFIC", "PACIFICISLANDER", "NHPI"]),
    ("White", &["W", "WHITE", "CAUCASIAN"]),
    ("other", &["O", "OTHER", "MULTI", "MULTIRACIAL", "TWOORMORE", "M"]),
    ("unknown", &["U", "X", "UNK", "UNKNOWN", "REFUSED", "DECLINED"]),
];

/// What became of the cells of one row, by position in the list of mapped fields.
#[derive(Debug)]
pub(super) struct Outcomes {
    fields: Vec<Field>,
    cells: Vec<Cells>,
}

impl Outcomes {
    pub(super) fn new(fields: Vec<Field>) -> Self {
        let cells = vec![Cells::default(); fields.len()];
        Self { fields, cells }
    }

    pub(super) fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Takes the row's outcomes from counts before and after it.
    pub(super) fn fill(&mut self, before: &FieldCounts, after: &FieldCounts) {
        for (field, cells) in self.fields.iter().zip(&mut self.cells) {
            let (before, after) = (before.field(*field), after.field(*field));
            *cells = Cells {
                present: after.present - before.present,
                missing: after.missing - before.missing,
                unreadable: after.invalid - before.invalid,
            };
        }
    }

    pub(super) fn is_present(&self, field: Field) -> bool {
        self.fields
            .iter()
            .zip(&self.cells)
            .any(|(other, cells)| *other == field && cells.present > 0)
    }
}

/// Rows of one group.
#[derive(Clone, Debug, Default)]
struct Group {
    rows: u64,
    never: u64,
    present: Vec<u64>,
}

/// By what rows are grouped, in the order of reports.
const BY: [&str; 4] = ["sex", "race", "age", "month"];

/// Completeness by group.
#[derive(Debug)]
pub(super) struct Groups {
    race: Option<usize>,
    age: Option<usize>,
    event: Option<usize>,
    /// Codes of race that our list does not know, by keyed hash, with the line of the first.
    codes: BTreeMap<u64, Place>,
    hasher: std::hash::RandomState,
    groups: BTreeMap<(usize, String), Group>,
}

impl Groups {
    /// `has_age`: whether the age band is the last content column.
    pub(super) fn new(content: Option<&BoundContent>, has_age: bool) -> Self {
        let columns = content.map_or(&[][..], |content| &content.columns);
        let position = |name: &str| columns.iter().position(|column| column.name == name);
        let event = content.and_then(|content| content.event_date.as_deref()).and_then(position);
        Self {
            race: RACE_COLUMNS.iter().find_map(|name| position(name)),
            age: position("age_band").or_else(|| has_age.then_some(columns.len())),
            event,
            codes: BTreeMap::new(),
            hasher: std::hash::RandomState::new(),
            groups: BTreeMap::new(),
        }
    }

    /// Counts a row in each of its groups.
    pub(super) fn row(
        &mut self,
        record: &NormalisedRecord,
        cells: &[Option<Cell>],
        outcomes: &Outcomes,
        (never, line): (bool, Place),
    ) {
        let sex = match record.sex() {
            Sex::F => "female",
            Sex::M => "male",
            Sex::X => "neither",
            Sex::Missing => "missing",
        };
        let names = [
            Some(sex.to_owned()),
            self.race.map(|race| self.race_name(cells[race], line)),
            self.age.map(|age| band_name(cells[age])),
            self.event.map(|event| month_name(cells[event])),
        ];
        for (by, name) in names.into_iter().enumerate() {
            let Some(name) = name else { continue };
            let group = self.groups.entry((by, name)).or_default();
            group.rows += 1;
            group.never += u64::from(never);
            group.present.resize(outcomes.cells.len(), 0);
            for (sum, cells) in group.present.iter_mut().zip(&outcomes.cells) {
                *sum += cells.present;
            }
        }
    }

    fn race_name(&mut self, cell: Option<Cell>, line: Place) -> String {
        use std::hash::BuildHasher as _;
        let Some(Cell::Code(code)) = cell else { return "missing".to_owned() };
        let word: String = code.as_str().chars().filter(char::is_ascii_alphanumeric).collect();
        let word = word.to_ascii_uppercase();
        if let Some((name, _)) = RACES.iter().find(|(_, codes)| codes.contains(&word.as_str())) {
            return (*name).to_owned();
        }
        let hash = self.hasher.hash_one(&word);
        if self.codes.len() >= CODES_MAX && !self.codes.contains_key(&hash) {
            return "other codes".to_owned();
        }
        format!("code first on line {}", self.codes.entry(hash).or_insert(line))
    }

    /// All groups, small ones put together.
    pub(super) fn finish(self) -> Vec<GroupReport> {
        let mut out = Vec::new();
        for (by, name) in BY.iter().enumerate() {
            let mut small = Group::default();
            let groups = self.groups.iter().filter(|((other, _), _)| *other == by);
            for ((_, group), found) in groups {
                if found.rows >= GROUP_ROWS_MIN {
                    out.push(report(name, group, found));
                    continue;
                }
                small.rows += found.rows;
                small.never += found.never;
                small.present.resize(found.present.len(), 0);
                small.present.iter_mut().zip(&found.present).for_each(|(sum, more)| *sum += more);
            }
            if small.rows > 0 {
                out.push(report(name, "small groups together", &small));
            }
        }
        out
    }
}

fn report(by: &str, group: &str, found: &Group) -> GroupReport {
    GroupReport {
        by: by.to_owned(),
        group: group.to_owned(),
        rows: found.rows,
        never: found.never,
        present_permille: found.present.iter().map(|count| permille(*count, found.rows)).collect(),
    }
}

fn band_name(cell: Option<Cell>) -> String {
    match cell {
        // Bands are ours unless the export has its own column of that name; then it is a code.
        Some(Cell::Code(code))
            if code.as_str().bytes().all(|b| b.is_ascii_digit() || b"-+".contains(&b)) =>
        {
            code.as_str().to_owned()
        }
        Some(_) => "other".to_owned(),
        None => "missing".to_owned(),
    }
}

fn month_name(cell: Option<Cell>) -> String {
    let Some(Cell::Date(days)) = cell else { return "missing".to_owned() };
    let date = chrono::NaiveDate::from_ymd_opt(1970, 1, 1)
        .and_then(|epoch| epoch.checked_add_signed(chrono::TimeDelta::days(i64::from(days))));
    date.map_or_else(|| "missing".to_owned(), |date| date.format("%Y-%m").to_string())
}
