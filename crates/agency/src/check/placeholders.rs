//! Takes the raw cells of a row, says which words of our own list of placeholders stand in them.
//!
//! What is shown of a find is the word of the list, never the cell.

use std::collections::BTreeMap;

use tallystick_encoder::mapping::{DobColumns, Fields, NameColumns};
use tallystick_encoder::normalise::{Field, NormalisedRecord, RawFields};

use super::place::Place;
use super::report::{Lines, PlaceholderReport};
use super::tally::Outcomes;
use crate::encode::report::field_name;

/// Words that stand for no name, wherever they stand in a cell of a name.
const NAME_WORDS: [&str; 24] = [
    "ANONYMOUS",
    "BABY",
    "BABYBOY",
    "BABYGIRL",
    "DECLINED",
    "FNU",
    "INFANT",
    "LNU",
    "NFN",
    "NLN",
    "NMI",
    "NMN",
    "NOFIRSTNAME",
    "NOLASTNAME",
    "NONAME",
    "NONE",
    "NULL",
    "REFUSED",
    "TEST",
    "UNIDENTIFIED",
    "UNK",
    "UNKN",
    "UNKNOWN",
    "XXX",
];
/// Whole cells of any other field, letters and digits only.
const CELL_WORDS: [&str; 10] =
    ["DECLINED", "NA", "NONE", "NOTAVAILABLE", "NULL", "REFUSED", "TEST", "UNK", "UNKN", "UNKNOWN"];
/// Whole cells of an address, letters and digits only.
const ADDRESS_WORDS: [&str; 9] = [
    "GENERALDELIVERY",
    "HOMELESS",
    "NFA",
    "NOADDRESS",
    "NOFIXEDADDRESS",
    "NOPERMANENTADDRESS",
    "SAME",
    "TRANSIENT",
    "UNHOUSED",
];
/// Numbers, digits only. The two long ones were printed in advertisements.
const SSNS: [&str; 7] =
    ["078051120", "219099999", "123456789", "987654321", "0000", "1234", "9999"];
const PHONES: [&str; 3] = ["1234567890", "0123456789", "9876543210"];
const ZIPS: [&str; 3] = ["00000", "12345", "99999"];
/// Days that systems fill in; any 1 January is counted on its own.
const DATES: [(u16, u8, u8); 4] = [(1900, 1, 1), (1901, 1, 1), (1911, 11, 11), (1970, 1, 1)];
/// Letters and digits of a cell that are looked at.
const CELL_BYTES_MAX: usize = 24;

/// One find: the field, our word for it, what the mapping's list of missing values would need.
type Key = (Field, String, Option<String>);

/// Finds placeholders row by row.
#[derive(Debug)]
pub(super) struct Placeholders {
    columns: Vec<(Field, usize)>,
    /// Whether the name stands in one column.
    whole_name: bool,
    found: BTreeMap<Key, (Lines, u64)>,
}

impl Placeholders {
    pub(super) fn new(fields: &Fields<usize>) -> Self {
        let mut columns = Vec::new();
        match &fields.name {
            NameColumns::Whole { column, .. } => columns.push((Field::Last, *column)),
            NameColumns::Parts { first, last, middle, .. } => {
                for (field, column) in
                    [(Field::First, first), (Field::Last, last), (Field::Middle, middle)]
                {
                    columns.extend(column.map(|column| (field, column)));
                }
            }
        }
        if let Some(DobColumns::Whole { column, .. }) = &fields.dob {
            columns.push((Field::Dob, *column));
        }
        for (field, column) in [
            (Field::Sex, fields.sex),
            (Field::Ssn, fields.ssn),
            (Field::Phone, fields.phone),
            (Field::City, fields.city),
            (Field::Zip, fields.zip),
        ] {
            columns.extend(column.map(|column| (field, column)));
        }
        columns.extend(fields.address.iter().map(|column| (Field::Address, *column)));
        for (index, attribute) in (0..).zip(&fields.attributes) {
            columns.push((Field::Attribute(index), attribute.column));
        }
        let whole_name = matches!(fields.name, NameColumns::Whole { .. });
        Self { columns, whole_name, found: BTreeMap::new() }
    }

    pub(super) fn row(
        &mut self,
        row: &impl RawFields,
        record: &NormalisedRecord,
        outcomes: &Outcomes,
        line: Place,
    ) {
        for (field, column) in &self.columns {
            let cell = row.expose(*column);
            if matches!(field, Field::First | Field::Last | Field::Middle) {
                for word in name_words(cell) {
                    let used = record.first() == word || record.last() == word;
                    let key = (*field, word.to_owned(), Some(word.to_owned()));
                    add(&mut self.found, key, line, used);
                }
            } else if let Some((word, drop)) = of_cell(*field, cell) {
                let used = outcomes.is_present(*field);
                add(&mut self.found, (*field, word, drop), line, used);
            }
        }
        if record.last() == "DOE" && matches!(record.first(), "JOHN" | "JANE" | "JOHNNY" | "BABY") {
            add(&mut self.found, (Field::Last, "JOHN or JANE DOE".into(), None), line, true);
        }
        if let Some(dob) = record.dob() {
            let day = (dob.year(), dob.month(), dob.day());
            if DATES.contains(&day) {
                let word = format!("{:04}-{:02}-{:02}", day.0, day.1, day.2);
                add(&mut self.found, (Field::Dob, word, None), line, day.1 != 1);
            }
        }
    }

    /// All finds, by field and word.
    pub(super) fn finish(self) -> Vec<PlaceholderReport> {
        self.found
            .into_iter()
            .map(|((field, word, drop), (rows, used))| PlaceholderReport {
                field: match field {
                    Field::Last if self.whole_name => "name".to_owned(),
                    field => field_name(field),
                },
                word,
                drop: drop.filter(|_| used > 0),
                rows,
                used,
            })
            .collect()
    }
}

fn add(found: &mut BTreeMap<Key, (Lines, u64)>, key: Key, line: Place, used: bool) {
    let (lines, count) = found.entry(key).or_default();
    lines.add(line);
    *count += u64::from(used);
}

/// Words of our list in the cell of a name; each counts once.
fn name_words(cell: &str) -> Vec<&'static str> {
    let mut found = Vec::new();
    for word in cell.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let listed = NAME_WORDS.iter().find(|listed| listed.eq_ignore_ascii_case(word));
        found.extend(listed.filter(|listed| !found.contains(*listed)).copied());
    }
    found
}

/// Our word for a cell that is a placeholder as a whole, and what to drop.
fn of_cell(field: Field, cell: &str) -> Option<(String, Option<String>)> {
    let letters: Vec<u8> = cell
        .bytes()
        .filter(u8::is_ascii_alphanumeric)
        .take(CELL_BYTES_MAX + 1)
        .map(|byte| byte.to_ascii_uppercase())
        .collect();
    let text = zeroize::Zeroizing::new(String::from_utf8(letters).ok()?);
    let listed =
        |list: &[&str]| list.iter().find(|word| **word == *text).map(|word| (*word).to_owned());
    let word = listed(&CELL_WORDS).or_else(|| match field {
        Field::Address | Field::City => listed(&ADDRESS_WORDS),
        Field::Ssn => listed(&SSNS).or_else(|| repeated(&text, 4)),
        Field::Phone => listed(&PHONES).or_else(|| repeated(&text, 7)),
        Field::Zip => listed(&ZIPS),
        _ => None,
    })?;
    // The mapping's list compares whole cells; only a cell that is written as our word is in reach.
    let drop = cell.trim().eq_ignore_ascii_case(&word).then(|| word.clone());
    Some((word, drop))
}

/// One digit repeated, as `9 repeated`; which digit that is says nothing about anybody.
fn repeated(text: &str, digits_min: usize) -> Option<String> {
    let first = text.bytes().next().filter(u8::is_ascii_digit)?;
    let all = text.len() >= digits_min && text.bytes().all(|byte| byte == first);
    all.then(|| format!("{} repeated", char::from(first)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_list_are_found_and_nothing_else() {
        assert_eq!(name_words("Fnu, Singh fnu"), ["FNU"]);
        assert!(name_words("TESTA UNKNOWNSON").is_empty());
        let word = |field, cell| of_cell(field, cell).map(|(word, _)| word);
        assert_eq!(word(Field::Ssn, "999-99-9999").as_deref(), Some("9 repeated"));
        assert_eq!(word(Field::Ssn, "123-45-6789").as_deref(), Some("123456789"));
        assert_eq!(word(Field::Phone, "(555) 555-5555").as_deref(), Some("5 repeated"));
        assert_eq!(word(Field::Address, "General Delivery").as_deref(), Some("GENERALDELIVERY"));
        assert_eq!(word(Field::Address, "12 Transient St"), None);
        assert_eq!(word(Field::Ssn, "219-09-9998"), None);
    }
}
