//! Invented releases: the same seed gives the same tables. Nobody in them is anybody.

use tallystick_dataset::column::integer_missing;
use tallystick_dataset::{Column, Dictionary, DisclosureClass as Class, Missing, Table, Values};
use tallystick_disclosure::Policy;

/// A policy that suits the tables.
pub(crate) const POLICY: &str = r#"
profile = "expert"
expert_report = "EXPERT-1"
k = 11
l = 2
suppressed_permille_max = 50
rare_persons = 11
person_table = "person"
sensitive = ["arm"]

[[table]]
name = "person"
person = "study_id"

[[table]]
name = "arrest"
person = "study_id"
ids = ["arrest_id"]

[[quasi]]
table = "person"
column = "index_quarter"
levels = ["as-is", "half-year", "year", "suppressed"]

[[quasi]]
table = "person"
column = "index_district"
area = true
levels = ["as-is", { groups = { CENTRE = ["TENDERLOIN", "MISSION", "SOUTHERN"], REST = ["*"] } }, "suppressed"]

[[quasi]]
table = "person"
column = "age_at_index"
age = true
top = 90
bottom = 18
levels = ["as-is", { bands = 5 }, { bands = 10 }, { cuts = [20, 30, 50] }, "suppressed"]

[[quasi]]
table = "person"
column = "sex"
levels = ["as-is", "suppressed"]

[[quasi]]
table = "person"
column = "race_eth"
levels = ["as-is", { groups = { W = ["W"], OTHER = ["*"] } }, "suppressed"]

[[quasi]]
table = "arrest"
column = "district"
summary = "set"
area = true
levels = ["as-is", { groups = { CENTRE = ["TENDERLOIN", "MISSION", "SOUTHERN"], REST = ["*"] } }, "suppressed"]

[[days]]
table = "arrest"
column = "rel_day"
from = "person"

[[events]]
table = "arrest"
day = "rel_day"
kind = "type"
"#;

/// The policy above.
pub(crate) fn policy() -> Policy {
    toml::from_str(POLICY).unwrap()
}

/// Steele, Lea, Flood (2014): splitmix64.
pub(crate) struct Dice(u64);

impl Dice {
    /// From a seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Below a bound.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// One of some, the earlier the likelier.
    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        let last = of.len() as u64;
        let place = self.below(last).min(self.below(last)).min(self.below(last));
        of[usize::try_from(place).unwrap()]
    }
}

const DISTRICTS: [&str; 8] =
    ["TENDERLOIN", "MISSION", "SOUTHERN", "CENTRAL", "BAYVIEW", "INGLESIDE", "TARAVAL", "PARK"];
const RACES: [&str; 6] = ["W", "B", "H", "A", "X", "P"];
const TYPES: [&str; 4] = ["BOOK", "CITE", "WARRANT", "HOLD"];

/// A column of texts; an empty one is missing because the person is not linked.
pub(crate) fn texts(cells: &[String]) -> Values {
    let mut dictionary = Dictionary::new();
    let numbers: Vec<u32> = cells.iter().map(|cell| dictionary.number(cell).unwrap()).collect();
    let (texts, places) = dictionary.into_sorted();
    let mut values =
        Values::Text(numbers.iter().map(|number| places[*number as usize]).collect(), texts);
    for (row, _) in cells.iter().enumerate().filter(|(_, cell)| cell.is_empty()) {
        values.set_missing(row, Missing::NotLinked);
    }
    values
}

/// A column of class and name.
pub(crate) fn column(name: &str, values: Values, class: Class) -> Column {
    Column::new(name, values, name.replace('_', " "), "invented", class)
}

/// A table of columns.
pub(crate) fn table(name: &str, columns: Vec<Column>) -> Table {
    let rows = columns[0].values.len();
    Table { name: name.to_owned(), label: name.to_owned(), key: Vec::new(), rows, columns }
}

/// Persons and their arrests.
pub(crate) fn release(seed: u64, persons: usize) -> Vec<Table> {
    let mut dice = Dice::new(seed);
    let mut cells: [Vec<String>; 6] = Default::default();
    let mut ages = Vec::new();
    let mut arrests: [Vec<String>; 4] = Default::default();
    let mut days = Vec::new();
    for person in 0..persons {
        let id = format!("{:016x}", dice.next() ^ person as u64);
        let arm = if dice.below(4) == 0 { "LEAD" } else { "COMPARISON_POOL" };
        let quarter = format!("{}Q{}", 2017 + dice.below(3), 1 + dice.below(4));
        let district = dice.pick(&DISTRICTS).to_owned();
        let age = i64::try_from(18 + dice.below(30) + dice.below(25) + dice.below(25)).unwrap();
        ages.push(if dice.below(200) == 0 { integer_missing(Missing::NotLinked) } else { age });
        let sex = ["M", "M", "M", "F", ""][usize::try_from(dice.below(5)).unwrap()].to_owned();
        let race = dice.pick(&RACES).to_owned();
        for _ in 0..dice.below(3) {
            let own =
                if dice.below(3) > 0 { district.clone() } else { dice.pick(&DISTRICTS).to_owned() };
            let arrest_id = format!("{:016x}", dice.next());
            days.push(i32::try_from(dice.below(730)).unwrap() - 365);
            let row = [id.clone(), arrest_id, dice.pick(&TYPES).to_owned(), own];
            arrests.iter_mut().zip(row).for_each(|(cells, cell)| cells.push(cell));
        }
        let row = [id, arm.to_owned(), quarter, district, sex, race];
        cells.iter_mut().zip(row).for_each(|(cells, cell)| cells.push(cell));
    }
    let person = table(
        "person",
        vec![
            column("study_id", texts(&cells[0]), Class::Identifier),
            column("arm", texts(&cells[1]), Class::Sensitive),
            column("index_quarter", texts(&cells[2]), Class::Quasi),
            column("index_district", texts(&cells[3]), Class::Quasi),
            column("age_at_index", Values::Integer(ages), Class::Quasi),
            column("sex", texts(&cells[4]), Class::Quasi),
            column("race_eth", texts(&cells[5]), Class::Quasi),
        ],
    );
    let arrest = table(
        "arrest",
        vec![
            column("study_id", texts(&arrests[0]), Class::Identifier),
            column("arrest_id", texts(&arrests[1]), Class::Identifier),
            column("rel_day", Values::Day(days), Class::Other),
            column("type", texts(&arrests[2]), Class::Other),
            column("district", texts(&arrests[3]), Class::Quasi),
        ],
    );
    vec![person, arrest]
}
