//! What the `csv` crate writes is read back equal, whatever the delimiter, the encoding and the
//! portions the source gives.

use std::io::{self, Read};

use proptest::collection::vec;
use proptest::prelude::*;
use tallystick_agency::export::{Encoding, Export, RawRow, ReadLimits, ReadSpec, RowOutcome};

/// How a text is stored.
#[derive(Clone, Copy, Debug)]
enum Stored {
    Utf8,
    Utf8Marked,
    Utf16Le,
    Utf16Be,
    Windows1252,
}

impl Stored {
    fn bytes(self, text: &str) -> Vec<u8> {
        let marked = format!("\u{FEFF}{text}");
        match self {
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::Utf8Marked => marked.into_bytes(),
            Self::Utf16Le => crate::utf16(&marked, u16::to_le_bytes),
            Self::Utf16Be => crate::utf16(&marked, u16::to_be_bytes),
            Self::Windows1252 => text.chars().map(to_windows_1252).collect(),
        }
    }

    fn named(self) -> Option<Encoding> {
        matches!(self, Self::Windows1252).then_some(Encoding::Windows1252)
    }
}

/// The characters of [`cell`] that Windows-1252 has; `?` for the others.
fn to_windows_1252(character: char) -> u8 {
    match character {
        '€' => 0x80,
        '“' => 0x93,
        '\0'..='\x7F' | '\u{A0}'..='\u{FF}' => u8::try_from(u32::from(character)).unwrap(),
        _ => b'?',
    }
}

/// Gives at most `portion` bytes at once.
struct Portions {
    bytes: io::Cursor<Vec<u8>>,
    portion: usize,
}

impl Read for Portions {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = out.len().min(self.portion);
        self.bytes.read(&mut out[..count])
    }
}

fn cell() -> impl Strategy<Value = String> {
    let awkward = prop::sample::select(vec![
        ',', '\t', '|', ';', '"', '\n', '\r', ' ', 'a', 'é', 'ÿ', '€', '“', '\u{A0}', '中', '🦀',
        '\u{FEFF}', '\u{1}',
    ]);
    let any = any::<char>().prop_filter("NUL is rejected", |character| *character != '\0');
    vec(prop_oneof![4 => awkward, 1 => any], 0..12).prop_map(|text| text.into_iter().collect())
}

fn table() -> impl Strategy<Value = (Vec<String>, Vec<Vec<String>>)> {
    (1_usize..6).prop_flat_map(|columns| {
        let header = vec("[a-zé]{1,8}", columns).prop_map(|names| {
            names.iter().enumerate().map(|(i, name)| format!("{name}{i}")).collect()
        });
        (header, vec(vec(cell(), columns), 1..20))
    })
}

fn stored() -> impl Strategy<Value = Stored> {
    prop::sample::select(vec![
        Stored::Utf8,
        Stored::Utf8Marked,
        Stored::Utf16Le,
        Stored::Utf16Be,
        Stored::Windows1252,
    ])
}

fn write(header: &[String], rows: &[Vec<String>], delimiter: u8, crlf: bool) -> String {
    let terminator = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
    let mut writer =
        csv::WriterBuilder::new().delimiter(delimiter).terminator(terminator).from_writer(vec![]);
    writer.write_record(header).unwrap();
    for row in rows {
        writer.write_record(row).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

proptest! {
    #[test]
    fn what_was_written_is_read_back(
        (header, mut table) in table(),
        delimiter in prop::sample::select(vec![b',', b'\t', b'|', b';']),
        stored in stored(),
        crlf: bool,
        portion in prop_oneof![1_usize..9, Just(4096)],
        find_out: bool,
    ) {
        if matches!(stored, Stored::Windows1252) {
            for value in table.iter_mut().flatten() {
                *value = value.chars().map(|c| if to_windows_1252(c) == b'?' { '?' } else { c }).collect();
            }
        }
        let bytes = stored.bytes(&write(&header, &table, delimiter, crlf));
        let spec = ReadSpec {
            header: tallystick_agency::export::HeaderRow::Names,
            // One column tells nothing about the delimiter.
            delimiter: (header.len() == 1 || !find_out).then_some(delimiter),
            encoding: stored.named(),
            ..ReadSpec::default()
        };
        let total_bytes = bytes.len() as u64;
        let reader = Portions { bytes: io::Cursor::new(bytes), portion };
        let limits = ReadLimits::default();
        let mut export = Export::from_reader(reader, Some(total_bytes), &spec, &limits).unwrap();
        prop_assert_eq!(export.header(), &header[..]);
        let mut row = RawRow::new();
        for expected in &table {
            prop_assert_eq!(export.read_row(&mut row), Ok(Some(RowOutcome::Row)));
            let found: Vec<&str> = (0..row.len()).map(|column| row.expose(column)).collect();
            prop_assert_eq!(&found, expected);
        }
        prop_assert_eq!(export.read_row(&mut row), Ok(None));
        prop_assert_eq!(export.bytes_read(), total_bytes);
    }

    #[test]
    fn any_bytes_keep_the_laws(data in vec(
        prop_oneof![3 => prop::sample::select(b",\t|;\"\r\n\0ab\xFF\xFE\xC3".to_vec()), 1 => any::<u8>()],
        0..300,
    )) {
        tallystick_agency::export::fuzz_export(&data);
    }
}
