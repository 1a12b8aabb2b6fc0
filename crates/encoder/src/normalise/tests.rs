use proptest::prelude::*;

use super::*;
use crate::mapping::Mapping;

const MAPPING: &str = r#"
source = "a"
type = "police"
[fields]
first = "0"
last = "1"
middle = "2"
suffix = "3"
dob = { column = "4", formats = ["%Y-%m-%d", "%Y%m%d", "%m/%d/%Y"] }
sex = "5"
ssn = "6"
phone = "7"
address = ["8", "9"]
city = "10"
zip = "11"
local_id = "12"
"attribute.county" = "13"
"attribute.language" = "14"
"#;
const COLUMNS_COUNT: usize = 15;

struct Row<'a>(&'a [String]);

impl RawFields for Row<'_> {
    fn expose(&self, column: usize) -> &str {
        self.0.get(column).map_or("", String::as_str)
    }
}

fn normaliser(mapping: &str, columns_count: usize) -> Normaliser {
    let header: Vec<String> = (0..columns_count).map(|column| column.to_string()).collect();
    let bound = Mapping::parse(mapping).unwrap().bind(&header).unwrap();
    Normaliser::new(&bound, 2026)
}

fn normalised(cells: &[String]) -> NormalisedRecord {
    let mut record = NormalisedRecord::default();
    let _ = normaliser(MAPPING, COLUMNS_COUNT).normalise(&Row(cells), &mut record);
    record
}

/// The record written back as cells, in the order of [`MAPPING`].
fn cells_of(record: &NormalisedRecord) -> Vec<String> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    vec![
        record.first().into(),
        record.last().into(),
        record.middle().into(),
        record.suffix().map_or("", Suffix::as_str).into(),
        record.dob().map_or(String::new(), |dob| text(&dob.to_digits())),
        record.sex().as_str().into(),
        record.ssn4().map_or(String::new(), |digits| text(digits)),
        record.phone().map_or(String::new(), |digits| text(digits)),
        record.address_number().into(),
        record.address_street().into(),
        record.city().into(),
        record.zip().into(),
        record.local_id().into(),
        record.attribute(0).into(),
        record.attribute(1).into(),
    ]
}

/// Cells rich in what the rules look for, besides any text at all.
fn cell() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "JR",
        "II",
        "DR",
        "A",
        "J",
        "UN",
        "K",
        "UNK",
        "N",
        "NONE",
        "DE",
        "LA",
        "VAN",
        "SMITH",
        "John",
        "DOE",
        "Jane",
        "BABY",
        "BOY",
        "ST",
        "N.",
        "APT",
        "#",
        "FLAT",
        "5",
        "22B",
        "007",
        "16TH",
        "1/2",
        "-",
        "/",
        ",",
        "(",
        ")",
        "\"",
        "'",
        "é",
        "ß",
        "Ж",
        "\u{301}",
        "HOMELESS",
        "GENERAL",
        "DELIVERY",
        "NO",
        "FIXED",
        "BOX",
        "X",
        "*",
        ".0",
        "1984-01-08",
        "07/04/1976",
        "415",
        "5552671",
        "94110-1234",
        "6789",
        "0",
        "NB",
        "AVENUE",
        "EAST",
        "UNIT7",
        "\u{ad}",
    ]);
    let words = prop::collection::vec((word, prop::sample::select(vec!["", " ", "-"])), 0..6);
    prop_oneof![
        3 => words.prop_map(|words| words.into_iter().flat_map(|(word, gap)| [word, gap]).collect()),
        1 => ".{0,40}",
        1 => "[A-Z0-9 #/.-]{0,40}",
        1 => "[0-9]{0,12}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn normalise_is_idempotent(cells in prop::collection::vec(cell(), COLUMNS_COUNT)) {
        let once = cells_of(&normalised(&cells));
        let twice = cells_of(&normalised(&once));
        prop_assert_eq!(once, twice);
    }

    #[test]
    fn output_is_upper_case_letters_digits_and_single_spaces(
        cells in prop::collection::vec(cell(), COLUMNS_COUNT)
    ) {
        let record = normalised(&cells);
        for text in cells_of(&record) {
            let kept = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b' ';
            prop_assert!(text.bytes().all(kept));
            prop_assert!(!text.contains("  ") && text.trim() == text);
        }
        for part in record.last_parts() {
            prop_assert!(part.len() >= 3 && record.last().contains(part));
        }
    }

    #[test]
    fn whole_names_of_any_text_are_taken_apart(name in cell(), comma in cell()) {
        for format in ["LAST, FIRST MIDDLE", "FIRST MIDDLE LAST"] {
            let mapping = format!(
                "source = \"a\"\ntype = \"jail\"\n[fields]\nname = {{ column = \"0\", format = \"{format}\" }}"
            );
            let mut normaliser = normaliser(&mapping, 1);
            let mut record = NormalisedRecord::default();
            let _ = normaliser.normalise(&Row(&[format!("{name},{comma}")]), &mut record);
            let _ = normaliser.normalise(&Row(std::slice::from_ref(&name)), &mut record);
            prop_assert_eq!(normaliser.counts().rows(), 2);
        }
    }
}

#[test]
fn debug_shows_nothing_of_a_person() {
    let mut cells = vec![String::new(); COLUMNS_COUNT];
    cells[0] = "QUINCANARY".into();
    cells[3] = "JR".into();
    cells[4] = "1976-07-04".into();
    cells[5] = "F".into();
    let record = normalised(&cells);
    let shown = format!("{record:?} {:?} {:?} {:?}", record.dob(), record.suffix(), record.sex());
    for part in ["QUIN", "1976", "Junior", "Sex(F"] {
        assert!(!shown.contains(part), "{shown}");
    }
}

#[test]
fn nothing_of_a_row_is_left_in_the_next() {
    let full: Vec<String> = [
        "Ana Maria",
        "Garcia Lopez",
        "Eva",
        "Jr",
        "1984-02-08",
        "F",
        "6789",
        "4155552671",
        "22",
        "Main St",
        "Oakland",
        "94110",
        "77",
        "Alameda",
        "Spanish",
    ]
    .map(String::from)
    .into();
    let mut normaliser = normaliser(MAPPING, COLUMNS_COUNT);
    let mut record = NormalisedRecord::default();
    normaliser.normalise(&Row(&full), &mut record).unwrap();
    assert!(cells_of(&record).iter().all(|cell| !cell.is_empty()));
    let empty = vec![String::new(); COLUMNS_COUNT];
    let rejection = normaliser.normalise(&Row(&empty), &mut record).unwrap_err();
    assert_eq!(rejection.code(), "row-no-identifier");
    assert!(cells_of(&record).iter().all(String::is_empty));
    assert_eq!(record.first_parts().count() + record.last_parts().count(), 0);
    assert!(record.last_soundex().as_bytes().is_empty());
    assert!(record.last_nysiis().as_bytes().is_empty());
}

#[test]
fn counts_tell_missing_from_unreadable() {
    let mut normaliser = normaliser(MAPPING, COLUMNS_COUNT);
    let mut record = NormalisedRecord::default();
    for (first, dob, ssn) in [
        ("Ana", "1984-01-01", "6789"),
        ("UNK", "soon", "12"),
        ("", "", "N/A"),
        ("Иван", "0000-00-00", "0000"),
        ("Ana", "2027-01-02", ""),
    ] {
        let mut cells = vec![String::new(); COLUMNS_COUNT];
        cells[0] = first.into();
        cells[4] = dob.into();
        cells[6] = ssn.into();
        let _ = normaliser.normalise(&Row(&cells), &mut record);
    }
    let counts = normaliser.counts();
    let count = |present, missing, invalid| FieldCount { present, missing, invalid };
    assert_eq!(counts.field(Field::First), count(2, 2, 1));
    assert_eq!(counts.field(Field::Dob), count(1, 2, 2));
    assert_eq!(counts.field(Field::Ssn), count(1, 2, 2));
    assert_eq!(counts.field(Field::Attribute(2)), count(0, 0, 0), "not mapped");
    assert_eq!((counts.rows(), counts.rejected(), counts.dob_default()), (5, 3, 1));
    let mut twice = counts.clone();
    twice.merge(counts);
    assert_eq!(twice.field(Field::Dob), count(2, 4, 4));
    assert_eq!(twice.rows(), 10);
}

#[test]
fn identity_bytes_differ_when_text_moves_between_fields() {
    let bytes = |first: &str, last: &str| {
        let mut cells = vec![String::new(); COLUMNS_COUNT];
        cells[0] = first.into();
        cells[1] = last.into();
        let mut bytes = Vec::new();
        normalised(&cells).feed_identity(|part| bytes.extend_from_slice(part));
        bytes
    };
    assert_eq!(bytes("Ana", "LEE"), bytes("ANA ", "Lee"));
    assert_ne!(bytes("Ana", "Lee"), bytes("AnaLee", ""));
    assert_ne!(bytes("Ana", "Lee"), bytes("Lee", "Ana"));
}
