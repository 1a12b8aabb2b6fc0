//! How long a large bundle takes: `dataset_scale FOLDER PERSONS EVENTS` writes, verifies and reads one of made-up
//! tables, and prints seconds, bytes and the most memory that was held.

use std::path::Path;
use std::time::Instant;

use ring::signature::{Ed25519KeyPair, KeyPair as _};
use tallystick_dataset::bundle::{Bundle, BundleWriter, Relation, ReleaseFacts, verify};
use tallystick_dataset::{Column, Dictionary, DisclosureClass, Missing, Table, Ticker, Values};

use DisclosureClass::{Identifier, Other, Quasi};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, persons, events] = &arguments[..] else {
        return Err("scale FOLDER PERSONS EVENTS".into());
    };
    let (persons, events) = (persons.parse()?, events.parse()?);
    let path = Path::new(folder).join("scale.zip");
    let key = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).map_err(|_| "seed")?;
    let public: [u8; 32] = key.public_key().as_ref().try_into()?;

    let relations = vec![Relation::on("study_id", "event", "person")];
    let mut writer = BundleWriter::create(&path, ReleaseFacts::default(), relations)?;
    let mut ticker = Ticker::new(&|_| {}, &|| false);
    let person = person_table(persons);
    let event = event_table(&person, events);
    say("tables made", None);
    let start = Instant::now();
    writer.table(&person, &mut ticker)?;
    drop(person);
    writer.table(&event, &mut ticker)?;
    drop(event);
    let sign = |message: &[u8]| {
        let mut signature = [0; 64];
        signature.copy_from_slice(key.sign(message).as_ref());
        signature
    };
    let written = writer.finish(Vec::new(), &sign)?;
    say(&format!("written, {} bytes", written.bytes), Some(start));
    for output in written.manifest.outputs.iter().take(4) {
        say(&format!("{}: {} bytes as {}", output.name, output.bytes, output.packed_bytes), None);
    }
    let start = Instant::now();
    verify(&path, &public, &mut ticker)?;
    say("verified", Some(start));
    let start = Instant::now();
    let table = Bundle::open(&path)?.read_table("event")?;
    say(&format!("{} events read", table.rows), Some(start));
    std::fs::remove_file(&path)?;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a program to measure with")]
fn say(what: &str, since: Option<Instant>) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("VmHWM: unknown");
    let seconds = since.map_or_else(String::new, |since| format!("{:.1?}, ", since.elapsed()));
    println!("{what}: {seconds}{:.1} s of processor so far, {peak}", processor_seconds());
}

/// Of this process, in hundredths of a second; other work on the machine does not count.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2);
    ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// A number without order in its course.
fn mixed(n: usize) -> usize {
    let n = (n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::try_from((n ^ (n >> 29)) % (1 << 31)).unwrap_or(0)
}

fn texts(cells: impl Iterator<Item = String>) -> Values {
    let mut dictionary = Dictionary::new();
    let numbers: Vec<u32> = cells.filter_map(|cell| dictionary.number(&cell)).collect();
    let (texts, places) = dictionary.into_sorted();
    Values::Text(numbers.into_iter().map(|number| places[number as usize]).collect(), texts)
}

fn codes(rows: usize, salt: usize, count: usize) -> Values {
    let mut values = texts((0..rows).map(|row| format!("code_{}", mixed(row + salt) % count)));
    for row in (0..rows).step_by(50) {
        values.set_missing(row, Missing::NotInCoverage);
    }
    values
}

fn integers(rows: usize, salt: usize, below: usize) -> Values {
    let cell = |row| i64::try_from(mixed(row + salt) % below).unwrap_or(0);
    Values::Integer((0..rows).map(cell).collect())
}

fn table(name: &str, key: &str, columns: Vec<Column>) -> Table {
    let rows = columns[0].values.len();
    Table {
        name: name.to_owned(),
        label: name.to_owned(),
        key: vec![key.to_owned()],
        rows,
        columns,
    }
}

fn column(name: String, values: Values, class: DisclosureClass) -> Column {
    Column::new(name, values, "A column", "made up", class)
}

/// 25 columns.
fn person_table(rows: usize) -> Table {
    let ids = (0..rows).map(|row| format!("{:016x}", row * 15_485_863));
    let mut columns = vec![column("study_id".to_owned(), texts(ids), Identifier)];
    for n in 0..8 {
        columns.push(column(format!("group_{n}"), codes(rows, n * 77, 4 + n), Quasi));
    }
    for n in 0..16 {
        columns.push(column(format!("n_{n}"), integers(rows, n * 99, 12), Other));
    }
    table("person", "study_id", columns)
}

/// 12 columns, sorted by person and day.
fn event_table(person: &Table, rows: usize) -> Table {
    let Values::Text(_, ids) = &person.columns[0].values else { unreachable!("it is a text") };
    let of = |row: usize| u32::try_from(row * person.rows / rows).unwrap_or(0);
    let numbers = (0..rows).map(|row| format!("e{row:09x}"));
    let day = |row: usize| i32::try_from(mixed(row) % 1_460).unwrap_or(0) - 730;
    let persons = Values::Text((0..rows).map(of).collect(), ids.clone());
    let mut columns = vec![
        column("event_id".to_owned(), texts(numbers), Identifier),
        column("study_id".to_owned(), persons, Identifier),
        column("rel_day".to_owned(), Values::Day((0..rows).map(day).collect()), Other),
    ];
    for n in 0..5 {
        columns.push(column(format!("code_{n}"), codes(rows, n * 33, 6 + n * 9), Other));
    }
    for n in 0..4 {
        columns.push(column(format!("n_{n}"), integers(rows, n * 55, 9), Other));
    }
    table("event", "event_id", columns)
}
