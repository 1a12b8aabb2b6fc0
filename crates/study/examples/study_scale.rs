//! How long a large study takes: `study_scale PERSONS EVENTS [FOLDER]` makes up events of so many persons, makes
//! the shipped study's tables of them, writes a bundle if a folder is given, and prints seconds, rows and the
//! most memory that was held.

use std::path::Path;
use std::time::Instant;

use tallystick_dataset::bundle::{BundleWriter, Relation, ReleaseFacts};
use tallystick_dataset::{Dictionary, Ticker, Values};
use tallystick_study::input::SourceLinks;
use tallystick_study::tables::build;
use tallystick_study::{Inputs, RecordTable, Study};

const STUDY: &str = include_str!("../../../config/studies/lead-sf.toml");
/// 2018-06-01, within the periods of both arms.
const INDEX: usize = 17_683;
/// Days around it that events lie in.
const SPREAD: usize = 700;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [persons, events, folder @ ..] = &arguments[..] else {
        return Err("scale PERSONS EVENTS [FOLDER]".into());
    };
    let made = made(persons.parse()?, events.parse()?);
    say("events made", None);
    let study = Study::parse(STUDY)?;
    let start = Instant::now();
    let tables = build(&study, &made.inputs())?;
    say(&format!("built, {} persons", tables.persons.len()), Some(start));
    drop(made);
    for table in &tables.tables {
        say(
            &format!("{}: {} rows of {} columns", table.name, table.rows, table.columns.len()),
            None,
        );
    }
    let [folder] = folder else { return Ok(()) };
    let start = Instant::now();
    let path = Path::new(folder).join("scale-study.zip");
    let relations = vec![Relation::on("study_id", "person_window", "person")];
    let mut writer = BundleWriter::create(&path, ReleaseFacts::default(), relations)?;
    let mut ticker = Ticker::new(&|_| {}, &|| false);
    for table in tables.tables {
        writer.table(&table, &mut ticker)?;
    }
    let written = writer.finish(Vec::new(), &|_| [0; 64])?;
    say(&format!("written, {} bytes", written.bytes), Some(start));
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

/// Rows of one table.
struct Rows {
    source: &'static str,
    table: &'static str,
    salt: usize,
    persons: Vec<u32>,
    strict: Vec<u32>,
    columns: Vec<(&'static str, Values)>,
}

impl Rows {
    /// `per` rows speak of one event; events go to persons in turn, so that all have some.
    fn new(
        source: &'static str,
        table: &'static str,
        count: usize,
        per: usize,
        people: usize,
    ) -> Self {
        let salt = mixed(table.len() * 7_919 + count);
        let person = |row: usize| u32::try_from(row / per % people).unwrap_or(0);
        let persons: Vec<u32> = (0..count).map(person).collect();
        // Strict splits every twentieth person.
        let part = |row: usize, person: u32| {
            person.is_multiple_of(20) && mixed(row / per + salt).is_multiple_of(3)
        };
        let strict = persons.iter().enumerate();
        let strict = strict.map(|(row, person)| person * 2 + u32::from(part(row, *person)));
        let strict = strict.collect();
        Self { source, table, salt, persons, strict, columns: Vec::new() }
    }

    /// The first event of each person is on the index day.
    fn day(&self, row: usize, per: usize, people: usize, after: usize) -> i32 {
        let event = row / per;
        let far = mixed(event + self.salt) % (2 * SPREAD);
        let day = if event < people { INDEX } else { INDEX + far - SPREAD };
        i32::try_from(day + after).unwrap_or(0)
    }

    fn days(mut self, name: &'static str, per: usize, people: usize, after: usize) -> Self {
        let days = (0..self.persons.len()).map(|row| self.day(row, per, people, after));
        self.columns.push((name, Values::Day(days.collect())));
        self
    }

    /// Numbers of events, as pseudonyms.
    fn numbers(mut self, name: &'static str, per: usize) -> Self {
        let number = |row: usize| (row / per + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let cells = (0..self.persons.len()).map(|row| format!("{:016x}", number(row)));
        self.columns.push((name, texts(cells)));
        self
    }

    fn codes(mut self, name: &'static str, codes: &[&str]) -> Self {
        let salt = self.salt + name.len() * 31;
        let cells = (0..self.persons.len()).map(|row| codes[mixed(row + salt) % codes.len()]);
        self.columns.push((name, texts(cells.map(str::to_owned))));
        self
    }

    fn traits(self) -> Self {
        self.codes("sex", &["F", "M"])
            .codes("race", &["W", "B", "H"])
            .codes("age_band", &["18-24", "25-34"])
    }
}

struct Made {
    people: usize,
    rows: Vec<Rows>,
    study_ids: Vec<u64>,
    links: Vec<SourceLinks>,
    permille: Vec<u16>,
    flagged: Vec<bool>,
    strict_counts: Vec<u32>,
    loose: Vec<u32>,
}

impl Made {
    fn inputs(&self) -> Inputs<'_> {
        let tables = self.rows.iter().map(|rows| RecordTable {
            source: rows.source,
            table: rows.table,
            persons: &rows.persons,
            strict: &rows.strict,
            imputed: vec![&rows.strict; 5],
            columns: rows.columns.iter().map(|(name, values)| (*name, values)).collect(),
        });
        Inputs {
            person_count: u32::try_from(self.people).unwrap_or(0),
            tables: tables.collect(),
            study_ids: &self.study_ids,
            links: self.links.clone(),
            link_permille_min: &self.permille,
            flagged: &self.flagged,
            strict_counts: &self.strict_counts,
            loose: &self.loose,
        }
    }
}

/// Of ten events four are rows of arrests, two and a half of cases, one and a half of actions, one each of
/// the jail's and the provider's.
fn made(people: usize, events: usize) -> Made {
    let share = |permille: usize| events * permille / 1000;
    let statutes = ["HS 11350", "HS 11377(a)", "PC 459", "PC 484", "PC 211", "PC 602"];
    let arrest = Rows::new("police", "arrest", share(400), 2, people)
        .days("arrest_date", 2, people, 0)
        .numbers("incident", 2)
        .numbers("booking", 2)
        .codes("arrest_type", &["BOOK", "CITE", "BOOK", "CITE", "BOOK"])
        .codes("severity_arrest", &["F", "M", "M"])
        // Every person can be eligible.
        .codes("statute", &["HS 11350", "HS 11377(a)", "HS 11351"])
        .codes("district", &["1", "2", "3", "4"])
        .traits();
    let action = Rows::new("prosecutor", "da_action", share(150), 1, people)
        .days("action_date", 1, people, 2)
        .days("arrest_date", 1, people, 0)
        .numbers("incident", 1)
        .numbers("court", 1)
        .codes("action", &["FILE NEW CHARGES", "DISCHARGE", "MTR"])
        .codes("severity_arrest", &["F", "M"]);
    let mut case = Rows::new("court", "case", share(250), 2, people)
        .days("filed", 2, people, 3)
        .days("arrest_date", 2, people, 0)
        .days("disposition_date", 2, people, 90)
        .numbers("court", 2)
        .codes("severity_filed", &["F", "M"])
        .codes("disposition", &["GP", "ND", "GP", "PT"])
        .codes("statute", &statutes);
    let counts = (0..case.persons.len()).map(|row| i64::from(row % 2 == 1) + 1);
    case.columns.push(("count_no", Values::Integer(counts.collect())));
    let jail = Rows::new("jail", "jail", share(100), 1, people)
        .days("booked", 1, people, 0)
        .days("released", 1, people, 4)
        .numbers("booking", 1)
        .traits();
    let service = Rows::new("provider", "service", share(100), 20, people)
        .days("referral_date", 20, people, 0)
        .days("encounter_date", 1, 1, 10)
        .codes("pathway", &["PREBOOK", "SOCIAL"])
        .codes("category", &["SUD", "HOUSING", "CASE_MGMT"])
        .traits();
    let links = ["court", "jail", "police", "prosecutor", "provider"].map(|source| SourceLinks {
        source: source.to_owned(),
        source_type: source.to_owned(),
        records: (0..people)
            .map(|person| u32::from(source != "provider" || person % 20 == 1))
            .collect(),
        strict_same: (0..people).map(|person| !person.is_multiple_of(20)).collect(),
        loose_same: (0..people).map(|person| person % 50 > 1).collect(),
    });
    let number = |person: usize| u32::try_from(person).unwrap_or(0);
    Made {
        people,
        rows: vec![arrest, action, case, jail, service],
        study_ids: (1..=people as u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect(),
        links: links.into(),
        permille: vec![990; people],
        flagged: vec![false; people],
        strict_counts: (0..people).map(|person| 1 + u32::from(person.is_multiple_of(20))).collect(),
        // Loose joins every fiftieth person with the next.
        loose: (0..people).map(|person| number(person - usize::from(person % 50 == 1))).collect(),
    }
}
