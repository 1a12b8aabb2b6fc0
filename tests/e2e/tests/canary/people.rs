//! People whose identifiers are canaries, put into synthetic exports in place of others.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};
use tallystick_e2e::{Synthetic, rewrite_rows};
use tallystick_synth::Source;

/// How many people are replaced.
const PEOPLE: usize = 6;
/// Letters of canaries: no vowel, so that no word of ours holds a part of one, and no hexadecimal
/// digit, so that no handle does.
const LETTERS: &[u8] = b"GHJKLMNPQRSTVWXZ";

/// One invented person.
pub(crate) struct Person {
    pub(super) id: String,
    first: String,
    last: String,
    street: String,
    city: String,
    zip: String,
    local_id: String,
    note: String,
    /// Last names of the person in a row, and in a second file.
    pub(super) akas: [String; 2],
    ssn: [String; 3],
    phone: [String; 3],
    dob: (u16, u8, u8),
}

/// A text of letters that is the same in every run.
pub(super) fn letters(name: &str, count: usize) -> String {
    let digest = Sha256::digest(name);
    (0..count).map(|at| char::from(LETTERS[usize::from(digest[at]) % LETTERS.len()])).collect()
}

fn digits(name: &str, count: usize) -> String {
    Sha256::digest(name)[..count].iter().map(|byte| char::from(b'0' + byte % 10)).collect()
}

impl Person {
    fn new(id: &str) -> Self {
        let text = |field: &str, count| letters(&format!("{id} {field}"), count);
        let number = |field: &str, count| digits(&format!("{id} {field}"), count);
        let byte = Sha256::digest(id)[0];
        Self {
            id: id.to_owned(),
            first: text("first", 8),
            last: text("last", 11),
            street: text("street", 9),
            city: text("city", 10),
            zip: text("zip", 7),
            local_id: text("local id", 9),
            note: text("note", 14),
            akas: [text("aka", 10), text("second aka", 12)],
            ssn: ["861".to_owned(), number("area", 2), number("serial", 4)],
            phone: ["707".to_owned(), number("exchange", 3), number("line", 4)],
            dob: (1931 + u16::from(byte % 7), 2 + byte % 11, 13 + byte % 15),
        }
    }

    /// Every text that must never be seen outside.
    pub(crate) fn canaries(&self) -> Vec<String> {
        let (year, month, day) = self.dob;
        let mut out = vec![
            self.first.clone(),
            self.last.clone(),
            self.street.clone(),
            self.city.clone(),
            self.zip.clone(),
            self.local_id.clone(),
            self.note.clone(),
            format!("{year}-{month:02}-{day:02}"),
            format!("{month:02}/{day:02}/{year}"),
            format!("{year}{month:02}{day:02}"),
        ];
        out.extend_from_slice(&self.akas);
        for parts in [&self.ssn, &self.phone] {
            out.extend([parts.join(""), parts.join("-")]);
        }
        out
    }

    /// The person's row in an alias file: number and name.
    pub(super) fn alias_row(&self) -> String {
        format!("{},\"{}, {}\"", self.local_id, self.akas[1], self.first)
    }

    /// Cells of the person by column, in a source's own layout.
    fn cells(&self, source: Source) -> Vec<(&'static str, String)> {
        let (year, month, day) = self.dob;
        let address = format!("4711 {} ST", self.street);
        let zip = self.zip.clone();
        let name = |text: &String| text.clone();
        match source {
            Source::Police => vec![
                ("SUSPECT", format!("{}, {}", self.last, self.first)),
                ("DOB", format!("{month:02}/{day:02}/{year}")),
                ("SSN", self.ssn.join("-")),
                ("PHONE", self.phone.join("-")),
                ("ADDRESS", address),
                ("CITY", name(&self.city)),
                ("ZIP", zip),
                ("SFNO", name(&self.local_id)),
                ("CHARGE_DESC", format!("{}, {}", self.akas[0], self.first)),
            ],
            Source::Court => {
                let months = ["Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov"];
                let month = months.get(usize::from(month) - 2).unwrap_or(&"Dec");
                vec![
                    ("Last Name", name(&self.last)),
                    ("First Name", name(&self.first)),
                    ("Date of Birth", format!("{day:02}-{month}-{year}")),
                    ("SSN4", self.ssn[2].clone()),
                    ("Street Address", address),
                    ("City", name(&self.city)),
                    ("Zip", zip),
                ]
            }
            _ => vec![
                ("FirstName", name(&self.first)),
                ("LastName", name(&self.last)),
                ("DOB", format!("{year}-{month:02}-{day:02}")),
                ("Phone", self.phone.join("")),
                ("SSN4", self.ssn[2].clone()),
                ("Address", address),
                ("City", name(&self.city)),
                ("ZIP", zip),
                ("PersonalID", name(&self.local_id)),
                ("Note", format!("asked for {}", self.note)),
            ],
        }
    }
}

/// The exports with some people replaced.
pub(crate) struct Exports {
    pub(crate) people: Vec<Person>,
    /// Row ids of the replaced people, by source and person.
    pub(super) rows: BTreeMap<(String, String), Vec<String>>,
}

/// The delimiter of a source's export and its column of row ids.
fn layout(source: Source) -> (u8, &'static str) {
    match source {
        Source::Police => (b',', "ROW_ID"),
        Source::Court => (b';', "Record Key"),
        _ => (b',', "EncounterID"),
    }
}

/// Replaces people who are in every source; writes the exports to `to`.
pub(crate) fn plant(synthetic: &Synthetic, to: &Path) -> anyhow::Result<Exports> {
    let mut sources_of: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut person_of = BTreeMap::new();
    let mut rows: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for row in csv::Reader::from_path(synthetic.truth())?.records() {
        let row = row?;
        let [source, record, person] = [0, 1, 2].map(|at| row[at].to_owned());
        sources_of.entry(person.clone()).or_default().insert(source.clone());
        person_of.insert((source.clone(), record.clone()), person.clone());
        rows.entry((source, person)).or_default().push(record);
    }
    let everywhere =
        sources_of.iter().filter(|(_, found)| found.len() == synthetic.sources().len());
    let people: Vec<Person> = everywhere.take(PEOPLE).map(|(id, _)| Person::new(id)).collect();
    anyhow::ensure!(people.len() == PEOPLE, "the population has too few people in every source");
    for source in synthetic.sources() {
        let (delimiter, row_id) = layout(*source);
        let path = to.join(format!("{}.csv", source.label()));
        let mut result = Ok(());
        rewrite_rows(&synthetic.export(*source), &path, delimiter, |header, records| {
            let column = |name: &str| header.iter().position(|cell| cell == name.as_bytes());
            result = replace(*source, &people, &person_of, records, row_id, &column);
        })?;
        result?;
    }
    rows.retain(|(_, person), _| people.iter().any(|replaced| replaced.id == *person));
    Ok(Exports { people, rows })
}

fn replace(
    source: Source,
    people: &[Person],
    person_of: &BTreeMap<(String, String), String>,
    records: &mut [csv::ByteRecord],
    row_id: &str,
    column: &dyn Fn(&str) -> Option<usize>,
) -> anyhow::Result<()> {
    let row_id = column(row_id).context("the export has a row id")?;
    for record in records {
        let key =
            (source.label().to_owned(), String::from_utf8_lossy(&record[row_id]).into_owned());
        let Some(person) = people.iter().find(|one| person_of.get(&key) == Some(&one.id)) else {
            continue;
        };
        let mut cells: Vec<Vec<u8>> = record.iter().map(<[u8]>::to_vec).collect();
        for (name, value) in person.cells(source) {
            let at = column(name).with_context(|| format!("{} has no {name}", source.label()))?;
            cells[at] = value.into_bytes();
        }
        *record = csv::ByteRecord::from(cells);
    }
    Ok(())
}
