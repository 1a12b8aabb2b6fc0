//! Every limit is exact, and memory is bounded by it.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tallystick_agency::export::{Export, RawRow, ReadLimits};

use crate::{FIND_OUT, delimited, refusal, rows};

const GIB: u64 = 1 << 30;

/// A start, then one byte repeated up to 1 GiB; says how much of it was taken.
struct Endless {
    start: &'static [u8],
    byte: u8,
    pulled: Arc<AtomicU64>,
}

impl Read for Endless {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let pulled = self.pulled.load(Ordering::Relaxed);
        if pulled >= GIB {
            return Ok(0);
        }
        let start = usize::try_from(pulled).unwrap().min(self.start.len());
        let count = if start < self.start.len() {
            let count = out.len().min(self.start.len() - start);
            out[..count].copy_from_slice(&self.start[start..start + count]);
            count
        } else {
            out.fill(self.byte);
            out.len()
        };
        self.pulled.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// The refusal of such an export, and how many bytes it took.
fn endless(start: &'static [u8], byte: u8) -> (String, u64) {
    let pulled = Arc::new(AtomicU64::new(0));
    let reader = Endless { start, byte, pulled: Arc::clone(&pulled) };
    let limits = ReadLimits::default();
    let refused = Export::from_reader(reader, None, &FIND_OUT, &limits)
        .and_then(|mut export| rows(&mut export))
        .unwrap_err();
    (refused.render(), pulled.load(Ordering::Relaxed))
}

#[test]
fn a_line_of_a_gibibyte_is_refused_within_four_mebibytes() {
    let too_long = |line| {
        format!(
            "error[export-line-too-long]: line {line}: the record is longer than line_bytes_max = 1048576\n\
             help: check that the export has line ends, or raise line_bytes_max"
        )
    };
    for (start, line) in [(&b"a,b\n1,2\n"[..], 3), (b"a,b\n1,\"", 2), (b"", 1), (b"a,\"", 1)] {
        let (rendered, pulled) = endless(start, b'x');
        if start.contains(&b'"') {
            let expected = format!(
                "error[export-unterminated-quote]: line {line}: a quote is still open after line_bytes_max = 1048576\n\
                 help: look for a stray quote on this line; a quote inside a value is written twice"
            );
            assert_eq!(rendered, expected);
        } else {
            assert_eq!(rendered, too_long(line));
        }
        assert!(pulled < 4 << 20, "{pulled} bytes were read");
    }
}

#[test]
fn a_gibibyte_of_delimiters_is_refused_within_four_mebibytes() {
    let (rendered, pulled) = endless(b"a,b\n", b',');
    assert!(rendered.starts_with("error[export-line-too-long]: line 2:"), "{rendered}");
    assert!(pulled < 4 << 20, "{pulled} bytes were read");
    let (rendered, pulled) = endless(b"a,b", b',');
    assert!(rendered.starts_with("error[export-line-too-long]: line 1:"), "{rendered}");
    assert!(pulled < 4 << 20, "{pulled} bytes were read");
}

#[test]
fn a_million_blank_lines_are_no_header() {
    let bytes = [vec![b'\n'; 1_000_000], b"a,b\n1,2\n".to_vec()].concat();
    assert_eq!(crate::read(&bytes, &FIND_OUT), ["a/b", "1000002: 1/2"]);
}

#[test]
fn the_record_limit_is_exact_and_without_the_line_end() {
    let limits = ReadLimits { line_bytes_max: 5, ..ReadLimits::default() };
    for end in ["\n", "\r\n", ""] {
        let quoted = format!("a,b\n\"xy\",2{end}");
        assert_eq!(
            refusal(quoted.as_bytes(), &FIND_OUT, &limits).render(),
            refusal(b"a,b\n123456", &FIND_OUT, &limits).render(),
            "quotes count"
        );
        let fits = format!("a,b\n12,45{end}");
        let reader = io::Cursor::new(fits.into_bytes());
        let mut export = Export::from_reader(reader, None, &FIND_OUT, &limits).unwrap();
        assert_eq!(rows(&mut export).unwrap(), ["2: 12/45"]);
    }
}

#[test]
fn values_longer_than_a_buffer_are_read_whole() {
    let long = "ab\n".repeat(100_000);
    let text = format!("a,b\n1,\"{long}\"\n2,y\n");
    let mut export = crate::open(text.as_bytes(), &FIND_OUT).unwrap();
    let mut row = RawRow::new();
    export.read_row(&mut row).unwrap();
    assert_eq!(row.expose(1), long);
    export.read_row(&mut row).unwrap();
    assert_eq!((row.expose(0), row.expose(1), row.line()), ("2", "y", 100_003));
}

#[test]
fn too_many_columns() {
    let limits = ReadLimits { columns_max: 3, ..ReadLimits::default() };
    assert_eq!(
        refusal(b"a,b,c,d\n1,2,3,4\n", &FIND_OUT, &limits).render(),
        "error[export-too-many-columns]: line 1: the header has more columns than columns_max = 3\n\
         help: export fewer columns, or check that the first line is the header"
    );
    let error = refusal(b"a,b,c\n", &FIND_OUT, &limits);
    assert_eq!(error.code(), "export-header-only", "three columns are not too many");
    let none = ReadLimits { columns_max: 0, ..limits };
    assert_eq!(refusal(b"a,b\n", &FIND_OUT, &none).code(), "export-too-many-columns");
}

#[test]
fn a_thousand_columns_are_read() {
    let line = |cell: &str| vec![cell; 1000].join(";");
    let names: Vec<String> = (0..1000).map(|i| format!("c{i}")).collect();
    let text = format!("{}\n{}\n{};\n", names.join(";"), line("v"), line("w"));
    let found = crate::read(text.as_bytes(), &delimited(b';'));
    assert_eq!(found[0], names.join("/"));
    assert_eq!(found[1], format!("2: {}", vec!["v"; 1000].join("/")));
    assert_eq!(found[2], "3: row-ragged");
}

#[test]
fn too_large() {
    let bytes = b"a,b\n1,2\n3,4\n";
    let limits = ReadLimits { bytes_max: 11, ..ReadLimits::default() };
    let expected = "error[export-too-large]: the export is larger than bytes_max = 11\n\
         help: split the export, or raise bytes_max";
    assert_eq!(refusal(bytes, &FIND_OUT, &limits).render(), expected);
    let unknown = Export::from_reader(&bytes[..], None, &FIND_OUT, &limits).unwrap_err();
    assert_eq!(unknown.render(), expected, "also where the length is not known");

    let limits = ReadLimits { rows_max: 1, ..ReadLimits::default() };
    assert_eq!(
        refusal(bytes, &FIND_OUT, &limits).render(),
        "error[export-too-large]: the export is larger than rows_max = 1\n\
         help: split the export, or raise rows_max"
    );
    let exact = ReadLimits { bytes_max: 12, rows_max: 2, ..ReadLimits::default() };
    let mut export = Export::from_reader(&bytes[..], None, &FIND_OUT, &exact).unwrap();
    assert_eq!(rows(&mut export).unwrap().len(), 2);
}
