//! Writes the bundle of an invented release of so many persons, to time the program on it:
//! `cargo run --release -p tallystick-evaluate --example million -- 1000000 million.zip`, then
//! `tallystick-evaluate million.zip --study demo/evaluation.toml --output report`.
//!
//! Takes a number of persons and a path, gives a bundle that is the same for the same number; refuses nothing. A person has four
//! windows under each of three linkages and of five drawn ones, 49 months, three arrests, and about one in ten is a client, the likelier the more earlier
//! events. The tables hold the columns that the demo's plan reads and few others; there are no referrals, intakes, services and
//! cases, which only clients have many of. The signature is none: the bundle cannot be verified.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "an example")]

use std::path::Path;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use tallystick_dataset::bundle::{BundleWriter, Member, ReleaseFacts};
use tallystick_dataset::{Column, Dictionary, DisclosureClass, Table, Ticker, Values};

/// Drawn linkages, as a run has unless told.
const IMPUTED: u32 = 5;
/// Months before and after the index month.
const MONTHS: i64 = 24;
/// Windows of a person.
const WINDOWS: [&str; 4] = ["PRE365", "PRE182", "POST182", "POST365"];
/// Counts of a window and of a month.
const COUNTS: [&str; 5] = ["n_fel_arr", "n_misd_arr", "n_fel_case", "n_misd_case", "n_conv"];

/// Whole numbers below a bound, skewed towards 0.
struct Draw(ChaCha8Rng);

/// Of the generator.
const SEED: u64 = 1;

impl Draw {
    fn below(&mut self, bound: i64) -> i64 {
        let bound = u64::try_from(bound).unwrap();
        i64::try_from((u64::from(self.0.next_u32()) * bound) >> 32).unwrap()
    }

    /// 0 mostly, at most 2.
    fn few(&mut self) -> i64 {
        (self.below(5) - 2).max(0)
    }
}

fn texts(name: &str, cells: impl Iterator<Item = String>) -> Column {
    let mut dictionary = Dictionary::new();
    let numbers: Vec<u32> = cells.map(|cell| dictionary.number(&cell).unwrap()).collect();
    let (texts, places) = dictionary.into_sorted();
    let numbers = numbers.iter().map(|number| places[*number as usize]).collect();
    Column::new(name, Values::Text(numbers, texts), name, "", DisclosureClass::Other)
}

fn integers(name: &str, cells: Vec<i64>) -> Column {
    Column::new(name, Values::Integer(cells), name, "", DisclosureClass::Other)
}

fn flags(name: &str, cells: Vec<u8>) -> Column {
    Column::new(name, Values::Flag(cells), name, "", DisclosureClass::Other)
}

fn table(name: &str, columns: Vec<Column>) -> Table {
    let rows = columns[0].values.len();
    Table { name: name.to_owned(), label: name.to_owned(), key: Vec::new(), rows, columns }
}

/// Each person's id so many times.
fn ids(persons: usize, times: usize) -> Column {
    let each = (0..persons).flat_map(|person| std::iter::repeat_n(format!("{person:016x}"), times));
    texts("study_id", each)
}

fn person(persons: usize, draw: &mut Draw) -> Table {
    let level = |draw: &mut Draw, words: &[&str]| {
        let count = i64::try_from(words.len()).unwrap();
        words[usize::try_from(draw.below(count)).unwrap()].to_owned()
    };
    let mut texts_of = |name: &str, words: &[&str]| {
        let cells: Vec<String> = (0..persons).map(|_| level(draw, words)).collect();
        texts(name, cells.into_iter())
    };
    let mut columns = vec![
        ids(persons, 1),
        texts_of("sex", &["F", "M"]),
        texts_of("race_eth", &["ASIAN", "BLACK", "HISPANIC", "WHITE"]),
        texts_of("age_band", &["0-24", "25-44", "45+"]),
        texts_of("index_quarter", &["2018Q1", "2018Q2", "2018Q3", "2018Q4"]),
        texts_of("pathway", &["PREBOOK", "SOCIAL"]),
    ];
    let priors =
        ["fel_arr", "misd_arr", "fel_case", "misd_case"].map(|name| format!("prior_{name}_730"));
    let mut sum = vec![0; persons];
    for name in &priors {
        let cells: Vec<i64> = (0..persons).map(|_| draw.few() + draw.few()).collect();
        sum.iter_mut().zip(&cells).for_each(|(sum, cell)| *sum += cell);
        columns.push(integers(name, cells));
    }
    // The more earlier events, the likelier a referral.
    let arm = sum.iter().map(|sum| {
        let is_client = draw.below(100) < 4 + 2 * sum;
        if is_client { "LEAD" } else { "COMPARISON_POOL" }.to_owned()
    });
    columns.push(texts("arm", arm.collect::<Vec<_>>().into_iter()));
    columns.push(integers("followup_days_police", vec![700; persons]));
    table("person", columns)
}

fn windows(name: &str, persons: usize, draw: &mut Draw) -> Table {
    let rows = persons * WINDOWS.len();
    let names = (0..rows).map(|row| WINDOWS[row % WINDOWS.len()].to_owned());
    let mut columns = vec![ids(persons, WINDOWS.len()), texts("window", names)];
    for count in COUNTS {
        columns.push(integers(count, (0..rows).map(|_| draw.few()).collect()));
    }
    columns.push(integers("days_at_risk", (0..rows).map(|_| 180 - draw.below(20)).collect()));
    table(name, columns)
}

fn months(persons: usize, draw: &mut Draw) -> Table {
    let each = usize::try_from(2 * MONTHS + 1).unwrap();
    let rows = persons * each;
    let month = (0..persons).flat_map(|_| -MONTHS..=MONTHS).collect();
    let mut columns = vec![ids(persons, each), integers("month", month)];
    for count in COUNTS.into_iter().chain(["contacts"]) {
        columns.push(integers(count, (0..rows).map(|_| i64::from(draw.below(20) == 0)).collect()));
    }
    columns.push(flags("enrolled", (0..rows).map(|row| u8::from(row % each > 24)).collect()));
    table("person_month", columns)
}

fn arrests(persons: usize, draw: &mut Draw) -> Table {
    let rows = 3 * persons;
    let day = (0..rows).map(|_| draw.below(1400) - 700).collect();
    let columns = vec![ids(persons, 3), integers("rel_day", day), flags("outcome", vec![1; rows])];
    let more = [flags("index_event", vec![0; rows]), integers("officer_pid", vec![7; rows])];
    table("arrest", columns.into_iter().chain(more).collect())
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let persons: usize = arguments[1].parse().unwrap();
    let mut draw = Draw(ChaCha8Rng::seed_from_u64(SEED));
    let facts = ReleaseFacts { k_achieved: Some(11), ..ReleaseFacts::default() };
    let mut writer = BundleWriter::create(Path::new(&arguments[2]), facts, Vec::new()).unwrap();
    let mut ticker = Ticker::new(&|_| {}, &|| false);
    writer.table(&person(persons, &mut draw), &mut ticker).unwrap();
    let found = ["person_window", "person_window_strict", "person_window_loose"].map(str::to_owned);
    let drawn = (1..=IMPUTED).map(|number| format!("person_window_imputed_{number}"));
    for name in found.into_iter().chain(drawn) {
        writer.table(&windows(&name, persons, &mut draw), &mut ticker).unwrap();
    }
    writer.table(&months(persons, &mut draw), &mut ticker).unwrap();
    writer.table(&arrests(persons, &mut draw), &mut ticker).unwrap();
    let none: Vec<Member> = Vec::new();
    let written = writer.finish(none, &|_| [0; 64]).unwrap();
    println!("{} bytes", written.bytes);
}
