//! The one entry of the fuzz target and of the test that replays its corpus.

use std::io::Cursor;

use super::{Encoding, Export, HeaderRow, RawRow, ReadLimits, ReadSpec, RowOutcome};

/// Reads `data` as an export and checks what holds for every export.
///
/// The first byte chooses the delimiter (low four bits) the encoding (next two)
/// and what the first row is (last two); the limits are small, so that they are reached.
///
/// # Panics
/// If a law of the reader is broken.
pub fn fuzz_export(data: &[u8]) {
    let Some((choice, text)) = data.split_first() else { return };
    let delimiter = match choice & 0x0F {
        1 => Some(b','),
        2 => Some(b'\t'),
        3 => Some(b'|'),
        4 => Some(b';'),
        5 => Some(b'x'),
        _ => None,
    };
    let encoding = match (choice >> 4) & 3 {
        1 => Some(Encoding::Utf8),
        2 => Some(Encoding::Utf16),
        3 => Some(Encoding::Windows1252),
        _ => None,
    };
    let header = match choice >> 6 {
        1 => HeaderRow::Numbered,
        2 => HeaderRow::None,
        _ => HeaderRow::Names,
    };
    let spec = ReadSpec { delimiter, encoding, header, ..ReadSpec::default() };
    let limits = ReadLimits {
        line_bytes_max: 1024,
        columns_max: 32,
        rows_max: 10_000,
        bytes_max: 1 << 20,
        ..ReadLimits::default()
    };
    let total_bytes = Some(text.len() as u64);
    let reader = Cursor::new(text.to_vec());
    match Export::from_reader(reader, total_bytes, &spec, &limits) {
        Ok(mut export) => read_all(&mut export),
        Err(error) => assert!(error.render().contains("\nhelp: "), "every error has its help"),
    }
}

fn read_all(export: &mut Export) {
    let mut row = RawRow::new();
    let mut line_before = 0;
    loop {
        let line = match export.read_row(&mut row) {
            Ok(Some(RowOutcome::Row)) => {
                assert_eq!(row.len(), export.header().len(), "as many values as columns");
                let bytes: usize = (0..row.len()).map(|column| row.expose(column).len()).sum();
                assert!(bytes <= 1024, "values within the limit of a record");
                row.line()
            }
            Ok(Some(RowOutcome::Rejected { line, .. })) => {
                assert!(row.is_empty(), "a rejected row is empty");
                line
            }
            Ok(None) => return,
            Err(error) => {
                let again = export.read_row(&mut row).expect_err("a failed export stays failed");
                assert_eq!(error, again);
                return;
            }
        };
        assert!(line > line_before, "records start on later and later lines");
        line_before = line;
    }
}
