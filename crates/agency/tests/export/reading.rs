//! Delimiters, encodings, line ends, line numbers, row rejections, columns.

use std::io::Write;

use tallystick_agency::export::{
    Encoding, Export, HeaderRow, RawRow, ReadLimits, ReadSpec, find_encoding,
};

use crate::{FIND_OUT, delimited, named, open, read, rows, utf16};

#[test]
fn the_delimiter_is_found_from_the_header() {
    for delimiter in [",", "\t", "|", ";"] {
        let text = "a,b,c\n1,2,3\n".replace(',', delimiter);
        assert_eq!(read(text.as_bytes(), &FIND_OUT), ["a/b/c", "2: 1/2/3"]);
    }
}

#[test]
fn delimiters_inside_quotes_do_not_count() {
    assert_eq!(read(b"\"a,b,c\";d\n1;2\n", &FIND_OUT), ["a,b,c/d", "2: 1/2"]);
    assert_eq!(read(b"a;\"b\nc,,,\";d\n1;2;3\n", &FIND_OUT), ["a/b\nc,,,/d", "3: 1/2/3"]);
}

#[test]
fn a_header_of_one_column_needs_no_delimiter() {
    assert_eq!(read(b"name\nx\n\"y,z\"\n", &FIND_OUT), ["name", "2: x", "3: y,z"]);
    assert_eq!(read(b"name\nx\n", &delimited(b'|')), ["name", "2: x"]);
}

#[test]
fn lines_end_in_any_of_the_three_ways_and_the_last_need_not_end() {
    for end in ["\n", "\r\n", "\r"] {
        let text = ["a,b", "1,2", "", "3,4"].join(end);
        assert_eq!(read(text.as_bytes(), &FIND_OUT), ["a/b", "2: 1/2", "4: 3/4"]);
    }
}

#[test]
fn line_numbers_count_blank_lines_and_quoted_ones() {
    let lf = "\n\na,b\n\n1,\"x\ny\"\n\n\n2,z\nbad\n";
    let expected = ["a/b", "5: 1/x\ny", "9: 2/z", "10: row-ragged"];
    assert_eq!(read(lf.as_bytes(), &FIND_OUT), expected);
    let crlf = lf.replace('\n', "\r\n");
    let expected = expected.map(|line| line.replace('\n', "\r\n"));
    assert_eq!(read(crlf.as_bytes(), &FIND_OUT), expected);
}

#[test]
fn quotes_are_taken_off_and_doubled_ones_halved() {
    let text = b"a,b\n\"say \"\"x\"\"\",5\" pipe\n\"\",\n";
    assert_eq!(read(text, &FIND_OUT), ["a/b", "2: say \"x\"/5\" pipe", "3: /"]);
}

#[test]
fn values_keep_their_blanks_and_names_lose_them() {
    assert_eq!(read(b" a , b\n 1 , 2\n", &FIND_OUT), ["a/b", "2:  1 / 2"]);
}

#[test]
fn utf8_is_read_with_and_without_its_mark() {
    for mark in [&b""[..], b"\xEF\xBB\xBF"] {
        let bytes = [mark, "prénom,b\nZoë,2".as_bytes()].concat();
        for spec in [FIND_OUT, named(Encoding::Utf8)] {
            assert_eq!(read(&bytes, &spec), ["prénom/b", "2: Zoë/2"]);
        }
    }
}

#[test]
fn utf16_is_read_by_its_mark_and_by_its_name() {
    let text = "prénom;b\r\nZoë 🦀;2\r\n";
    for to_bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        let expected = ["prénom/b", "2: Zoë 🦀/2"];
        assert_eq!(read(&utf16(text, to_bytes), &named(Encoding::Utf16)), expected);
        let marked = utf16(&format!("\u{FEFF}{text}"), to_bytes);
        assert_eq!(read(&marked, &named(Encoding::Utf16)), expected);
        assert_eq!(read(&marked, &FIND_OUT), expected);
    }
}

#[test]
fn windows_1252_is_read_by_its_name() {
    let bytes = b"pr\xE9nom,b\nZo\xEB,\x80\x93x\x94\n";
    assert_eq!(read(bytes, &named(Encoding::Windows1252)), ["prénom/b", "2: Zoë/€“x”"]);
}

#[test]
fn a_row_with_invalid_bytes_is_rejected_alone() {
    let utf8 = b"a,b\n1,2\n\xFF,4\nZo\xEB,6\n\xC3,\xA9\n7,8\n";
    let invalid = ["3: row-invalid-utf8", "4: row-invalid-utf8", "5: row-invalid-utf8"];
    let expected = [&["a/b", "2: 1/2"][..], &invalid, &["6: 7/8"]].concat();
    assert_eq!(read(utf8, &FIND_OUT), expected);

    let windows = b"a,b\n1,2\n\x81,4\nx,\x9Dy\x8D\n7,8\n";
    let invalid = ["3: row-invalid-utf8", "4: row-invalid-utf8"];
    let expected = [&["a/b", "2: 1/2"][..], &invalid, &["5: 7/8"]].concat();
    assert_eq!(read(windows, &named(Encoding::Windows1252)), expected);

    let mut lone_surrogate = utf16("\u{FEFF}a,b\n1,2\nX,4\n5,6\n", u16::to_le_bytes);
    let at = lone_surrogate.iter().position(|byte| *byte == b'X').unwrap();
    lone_surrogate[at..at + 2].copy_from_slice(&0xD83E_u16.to_le_bytes());
    let expected = ["a/b", "2: 1/2", "3: row-invalid-utf8", "4: 5/6"];
    assert_eq!(read(&lone_surrogate, &FIND_OUT), expected);
}

#[test]
fn half_a_utf16_unit_at_the_end_spoils_the_last_row() {
    let mut bytes = utf16("\u{FEFF}a,b\n1,2\n3,4", u16::to_be_bytes);
    bytes.push(0);
    assert_eq!(read(&bytes, &FIND_OUT), ["a/b", "2: 1/2", "3: row-invalid-utf8"]);
}

#[test]
fn a_row_with_nul_is_rejected_alone() {
    let expected = ["a/b", "2: row-nul", "3: 3/4"];
    assert_eq!(read(b"a,b\n1,\x002\n3,4\n", &FIND_OUT), expected);
}

#[test]
fn ragged_rows_are_rejected_alone() {
    let text = b"a,b\n1\n1,2,3\n1,2\n1,2,3,4,5\n1,\n,\n";
    let expected = ["a/b", "2: row-ragged", "3: row-ragged", "4: 1/2", "5: row-ragged", "6: 1/"];
    assert_eq!(read(text, &FIND_OUT), [&expected[..], &["7: /"]].concat());
}

#[test]
fn a_rejected_row_leaves_nothing_of_the_one_before() {
    let mut export = open(b"a,b\n1,2\n3\n", &FIND_OUT).unwrap();
    let mut row = RawRow::new();
    export.read_row(&mut row).unwrap();
    assert_eq!((row.len(), row.line()), (2, 2));
    export.read_row(&mut row).unwrap();
    assert_eq!((row.len(), row.line()), (0, 0));
}

#[test]
fn columns_are_found_by_their_exact_name() {
    let export = open(b"id,,Surname,\n1,2,3,4\n", &FIND_OUT).unwrap();
    assert_eq!(export.column("Surname"), Ok(2));
    assert_eq!(export.column("surname").unwrap_err().code(), "export-column-unknown");
    assert_eq!(export.column("").unwrap_err().code(), "export-column-unknown");
}

#[test]
fn what_was_found_can_be_asked() {
    let bytes = utf16("\u{FEFF}a|b\n1|2\n", u16::to_le_bytes);
    let mut export = open(&bytes, &FIND_OUT).unwrap();
    assert_eq!((export.delimiter(), export.encoding()), (b'|', Encoding::Utf16));
    rows(&mut export).unwrap();
    let length = bytes.len() as u64;
    assert_eq!((export.bytes_read(), export.total_bytes()), (length, Some(length)));
}

#[test]
fn debug_shows_no_value() {
    let mut export = open(b"a,b\nCANARY,CANARY\n", &FIND_OUT).unwrap();
    let mut row = RawRow::new();
    export.read_row(&mut row).unwrap();
    assert!(!format!("{export:?}{row:?}").contains("CANARY"));
}

#[test]
fn a_file_is_read_from_disk() {
    let bytes = b"Nr;Stra\xDFe;Gr\xF6\xDFe\r\n1;\xC4rmel, links;5\r\n2;\"zwei\r\nZeilen\";7\r\n";
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let spec = named(Encoding::Windows1252);
    let mut export = Export::open(file.path(), &spec, &ReadLimits::default()).unwrap();
    assert_eq!(export.header(), ["Nr", "Straße", "Größe"]);
    assert_eq!(export.total_bytes(), Some(55));
    assert_eq!(rows(&mut export).unwrap(), ["2: 1/Ärmel, links/5", "3: 2/zwei\r\nZeilen/7"]);
}

#[test]
fn a_first_row_of_data_is_the_first_row() {
    let spec = ReadSpec { header: HeaderRow::None, ..FIND_OUT };
    let found = read(b"A,1\nB,2\n", &spec);
    assert_eq!(found, ["column 1/column 2", "1: A/1", "2: B/2"]);
    assert_eq!(read(b"A,A", &spec), ["column 1/column 2", "1: A/A"]);
}

#[test]
fn repeated_and_empty_names_are_numbered_on_request() {
    let spec = ReadSpec { header: HeaderRow::Numbered, ..FIND_OUT };
    let found = read(b"d,,d,d (2),d\n1,2,3,4,5\n", &spec);
    assert_eq!(found, ["d/column 2/d (2)/d (2) (2)/d (3)", "2: 1/2/3/4/5"]);
}

#[test]
fn encodings_are_found() {
    let limits = ReadLimits::default();
    let file = std::env::temp_dir().join(format!("encoding-{}", std::process::id()));
    let mut long = "é".repeat(200_000).into_bytes();
    for (bytes, encoding) in [
        (b"a,b\n1,2\n".to_vec(), Encoding::Utf8),
        ("\u{feff}a".into(), Encoding::Utf8),
        (b"\xff\xfea\0".to_vec(), Encoding::Utf16),
        (b"a\0,\0b\0\n\0".to_vec(), Encoding::Utf16),
        (b"GARC\xcdA\n".to_vec(), Encoding::Windows1252),
        (b"GARC\xc3".to_vec(), Encoding::Windows1252),
        // Neither: the reader says where.
        (b"\x81\xff".to_vec(), Encoding::Utf8),
        (long.clone(), Encoding::Utf8),
        (Vec::new(), Encoding::Utf8),
    ] {
        std::fs::write(&file, &bytes).unwrap();
        assert_eq!(find_encoding(&file, &limits), Ok(encoding));
    }
    long.insert(0, b'a');
    long.push(0xE9);
    std::fs::write(&file, &long).unwrap();
    assert_eq!(find_encoding(&file, &limits), Ok(Encoding::Windows1252));
    std::fs::remove_file(&file).unwrap();
}
