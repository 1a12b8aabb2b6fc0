//! The reader of exports: what it reads, what it rejects, what it refuses, how much it holds.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod errors;
mod limits;
mod property;
mod reading;
mod replay;

use std::io::Cursor;

use tallystick_agency::export::{
    Encoding, Export, ExportError, HeaderRow, RawRow, ReadLimits, ReadSpec, RowOutcome,
};

/// Everything found out from the export itself.
const FIND_OUT: ReadSpec = ReadSpec {
    delimiter: None,
    encoding: None,
    header: HeaderRow::Names,
    format: None,
    sheet: None,
    layout: None,
};

fn named(encoding: Encoding) -> ReadSpec {
    ReadSpec { encoding: Some(encoding), ..FIND_OUT }
}

fn delimited(delimiter: u8) -> ReadSpec {
    ReadSpec { delimiter: Some(delimiter), ..FIND_OUT }
}

fn open(bytes: &[u8], spec: &ReadSpec) -> Result<Export, ExportError> {
    let total_bytes = Some(bytes.len() as u64);
    Export::from_reader(Cursor::new(bytes.to_vec()), total_bytes, spec, &ReadLimits::default())
}

/// Header and rows, joined by `/`, each row after its line number; or the code of its rejection.
fn read(bytes: &[u8], spec: &ReadSpec) -> Vec<String> {
    let mut export = open(bytes, spec).unwrap();
    let mut found = vec![export.header().join("/")];
    found.extend(rows(&mut export).unwrap());
    found
}

fn rows(export: &mut Export) -> Result<Vec<String>, ExportError> {
    let mut row = RawRow::new();
    let mut found = Vec::new();
    while let Some(outcome) = export.read_row(&mut row)? {
        found.push(match outcome {
            RowOutcome::Row => {
                let values: Vec<&str> = (0..row.len()).map(|i| row.expose(i)).collect();
                format!("{}: {}", row.line(), values.join("/"))
            }
            RowOutcome::Rejected { line, code } => format!("{line}: {}", code.code()),
        });
    }
    Ok(found)
}

/// The error of opening or of reading to the end.
fn refusal(bytes: &[u8], spec: &ReadSpec, limits: &ReadLimits) -> ExportError {
    let reader = Cursor::new(bytes.to_vec());
    match Export::from_reader(reader, Some(bytes.len() as u64), spec, limits) {
        Err(error) => error,
        Ok(mut export) => rows(&mut export).expect_err("the export should be refused"),
    }
}

fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(to_bytes).collect()
}
