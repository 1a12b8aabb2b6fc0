//! Each way an export fails as a whole, with the two lines people read.

use std::io::{self, Cursor, Read};
use std::path::Path;

use tallystick_agency::export::{Encoding, Export, RawRow, ReadLimits};

use crate::{FIND_OUT, delimited, named, open, refusal, rows, utf16};

/// Refused with exactly this text; and the same again when the reading is tried again.
fn golden(bytes: &[u8], spec: &crate::ReadSpec, expected: &str) {
    assert_eq!(refusal(bytes, spec, &ReadLimits::default()).render(), expected);
}

#[test]
fn empty() {
    let expected = "error[export-empty]: the export holds no line\n\
         help: export the table again; its first line names the columns";
    for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Windows1252] {
        golden(b"", &named(encoding), expected);
    }
    for bytes in [&b""[..], b"\n\r\n\n", b"\xEF\xBB\xBF", b"\xFF\xFE"] {
        golden(bytes, &FIND_OUT, expected);
    }
}

#[test]
fn header_only() {
    let expected = "error[export-header-only]: line 2: the export ends after its header, without a row\n\
         help: check the filter or the dates the export was made with";
    golden(b"\na,b\n", &FIND_OUT, expected);
    golden(b"\na,b", &FIND_OUT, expected);
    golden(b"\na,b\r\n\r\n", &FIND_OUT, expected);
}

#[test]
fn rejected_rows_are_rows() {
    let mut export = open(b"a,b\n1\n", &FIND_OUT).unwrap();
    assert_eq!(rows(&mut export).unwrap(), ["2: row-ragged"]);
    assert_eq!(export.read_row(&mut RawRow::new()), Ok(None));
}

#[test]
fn empty_header() {
    golden(
        b", ,\t\n1,2,3\n",
        &FIND_OUT,
        "error[export-empty-header]: line 1: no column of the header has a name\n\
         help: export the table with its column names",
    );
}

#[test]
fn duplicate_column() {
    golden(
        b"id,name\x1b, name\x1b\n1,2,3\n",
        &FIND_OUT,
        "error[export-duplicate-column]: line 1: two columns of the header are named \"name\\u{1b}\"\n\
         help: rename one of the two columns in the export",
    );
}

#[test]
fn column_unknown() {
    let export = open(b"DATE_OF_BIRTH,SURNAME,\n1,2,3\n", &FIND_OUT).unwrap();
    assert_eq!(
        export.column("surnam").unwrap_err().render(),
        "error[export-column-unknown]: header: no column is named \"surnam\"\n\
         help: did you mean \"SURNAME\"?"
    );
    assert_eq!(
        export.column("ssn").unwrap_err().render(),
        "error[export-column-unknown]: header: no column is named \"ssn\"\n\
         help: compare the name with the first line of the export"
    );
    let shown = export.column(&"x".repeat(80)).unwrap_err().render();
    assert!(shown.contains(&format!("\"{}…\"", "x".repeat(64))), "{shown}");
}

#[test]
fn delimiter_unknown() {
    golden(
        b"a,b;c\n1,2;3\n",
        &FIND_OUT,
        "error[export-delimiter-unknown]: header: comma and semicolon both split it in 2 columns\n\
         help: name the delimiter: comma, tab, pipe or semicolon",
    );
}

#[test]
fn delimiter_wrong() {
    golden(
        b"a;b;c\n1;2;3\n",
        &delimited(b','),
        "error[export-delimiter-wrong]: header: comma leaves it in one column, semicolon splits it in 3\n\
         help: set the delimiter to semicolon, or leave it out",
    );
}

#[test]
fn delimiter_unsupported() {
    golden(
        b"a^b\n1^2\n",
        &delimited(b'^'),
        "error[export-delimiter-unsupported]: settings: byte 94 is not a delimiter that exports may use\n\
         help: use comma, tab, pipe or semicolon",
    );
}

#[test]
fn encoding_mismatch_by_nul() {
    let expected = "error[export-encoding-mismatch]: header: read as UTF-8, it holds a NUL\n\
         help: if the export is UTF-16, name that encoding";
    golden(&utf16("a,b\n1,2\n", u16::to_le_bytes), &FIND_OUT, expected);
    golden(&utf16("a,b\n1,2\n", u16::to_be_bytes), &FIND_OUT, expected);
    golden(b"\"a\n\0\",b\n1,2\n", &FIND_OUT, expected);
    let utf32 = b"\xFF\xFE\0\0a\0\0\0,\0\0\0b\0\0\0";
    golden(
        utf32,
        &FIND_OUT,
        "error[export-encoding-mismatch]: header: read as UTF-16, it holds a NUL\n\
         help: export the table again as UTF-8",
    );
}

#[test]
fn encoding_mismatch_by_invalid_bytes() {
    golden(
        b"pr\xE9nom,b\n1,2\n",
        &FIND_OUT,
        "error[export-encoding-mismatch]: header: read as UTF-8, it holds invalid bytes\n\
         help: if the export is Windows-1252, name that encoding",
    );
    golden(
        "Ázsia,b\n1,2\n".as_bytes(),
        &named(Encoding::Windows1252),
        "error[export-encoding-mismatch]: header: read as Windows-1252, it holds invalid bytes\n\
         help: if the export is UTF-8, name that encoding",
    );
}

#[test]
fn encoding_mismatch_by_mark() {
    golden(
        &utf16("\u{FEFF}a,b\n1,2\n", u16::to_be_bytes),
        &named(Encoding::Utf8),
        "error[export-encoding-mismatch]: header: read as UTF-8, but it starts with the mark of UTF-16\n\
         help: set the encoding to UTF-16, or leave it out",
    );
}

#[test]
fn encoding_mismatch_by_byte_order() {
    golden(
        b"a,b\n1,2\n",
        &named(Encoding::Utf16),
        "error[export-encoding-mismatch]: header: read as UTF-16, but it shows no byte order\n\
         help: the export is hardly UTF-16; leave the encoding out",
    );
}

#[test]
fn unterminated_quote_at_the_end() {
    let expected = "error[export-unterminated-quote]: line 3: a quote is still open where the export ends\n\
         help: look for a stray quote on this line or after it, or for a cut-off export; \
         a quote inside a value is written twice";
    golden(b"a,b\n1,2\n3,\"4\n5,6\n", &FIND_OUT, expected);
    golden(b"a,b\n1,2\n3,\"", &FIND_OUT, expected);
    golden(b"a,b\n1,2\n3,\"x\"\"", &FIND_OUT, expected);
    assert_eq!(crate::read(b"a,b\n1,\"x\"", &FIND_OUT), ["a/b", "2: 1/x"]);
}

#[test]
fn io() {
    struct Failing(Cursor<&'static [u8]>);
    impl Read for Failing {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            match self.0.read(out)? {
                0 => Err(io::Error::new(io::ErrorKind::TimedOut, "CANARY")),
                count => Ok(count),
            }
        }
    }
    let reader = Failing(Cursor::new(b"a,b\n"));
    let error = Export::from_reader(reader, None, &FIND_OUT, &ReadLimits::default()).unwrap_err();
    assert_eq!(
        error.render(),
        "error[export-io]: byte 4: the export cannot be read: timed out\n\
         help: check that the file is there, readable and complete"
    );
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("no-such-file.csv");
    let error = Export::open(&path, &FIND_OUT, &ReadLimits::default()).unwrap_err();
    assert_eq!(
        error.render(),
        "error[export-io]: byte 0: the export cannot be read: entity not found\n\
         help: check that the file is there, readable and complete"
    );
}

#[test]
fn a_failed_export_stays_failed() {
    let mut export = open(b"a,b\n1,\"2\n", &FIND_OUT).unwrap();
    let mut row = RawRow::new();
    let error = export.read_row(&mut row).unwrap_err();
    assert_eq!(export.read_row(&mut row).unwrap_err(), error);
    assert!(row.is_empty());
}
