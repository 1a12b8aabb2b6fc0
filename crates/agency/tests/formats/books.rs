//! Workbooks, as other programs write them.

use std::io::{Cursor, Write as _};

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::{Fact, HEADER};

/// Dates, numbers and truth as such.
fn fill(sheet: &mut Worksheet, facts: &[Fact]) {
    let (date, moment) =
        (Format::new().set_num_format("dd.mm.yyyy"), Format::new().set_num_format("m/d/yy h:mm"));
    for (column, name) in (0..).zip(HEADER) {
        sheet.write(0, column, name).unwrap();
    }
    for (row, fact) in (1..).zip(facts) {
        let year = u16::try_from(fact.year).unwrap();
        let (month, day) = (u8::try_from(fact.month).unwrap(), u8::try_from(fact.day).unwrap());
        if !fact.blank {
            sheet.write(row, 0, fact.last).unwrap();
            sheet.write(row, 1, fact.first).unwrap();
            let born = ExcelDateTime::from_ymd(year, month, day).unwrap();
            sheet.write_with_format(row, 2, &born, &date).unwrap();
            sheet.write(row, 3, fact.sex).unwrap();
            sheet.write(row, 4, fact.zip).unwrap();
            sheet.write(row, 5, fact.person_no).unwrap();
        }
        let arrested = ExcelDateTime::from_ymd(2021, month, day).unwrap();
        let arrested = arrested.and_hms(u16::try_from(fact.hour).unwrap(), 0, 0.0).unwrap();
        sheet.write_with_format(row, 6, &arrested, &moment).unwrap();
        sheet.write(row, 7, fact.flagged).unwrap();
    }
}

/// A workbook with the rows in the first of these sheets, a note in the others.
pub(crate) fn xlsx(facts: &[Fact], sheets: &[&str]) -> Vec<u8> {
    let mut book = Workbook::new();
    for (index, name) in sheets.iter().enumerate() {
        let sheet = book.add_worksheet().set_name(*name).unwrap();
        if index == 0 {
            fill(sheet, facts);
        } else {
            sheet.write(0, 0, "see the first sheet").unwrap();
        }
    }
    book.save_to_buffer().unwrap()
}

/// A workbook with sheets of no cell.
pub(crate) fn empty_xlsx() -> Vec<u8> {
    let mut book = Workbook::new();
    book.add_worksheet();
    book.save_to_buffer().unwrap()
}

/// With a cell that is an error of a formula.
pub(crate) fn xlsx_with_error(facts: &[Fact]) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    fill(sheet, facts);
    let formula = rust_xlsxwriter::Formula::new("=NA()").set_result("#N/A");
    sheet.write_formula(1, 4, formula).unwrap();
    book.save_to_buffer().unwrap()
}

/// The parts of an ODS file that matter.
pub(crate) fn ods(facts: &[Fact]) -> Vec<u8> {
    ods_of(&ods_rows(facts))
}

pub(crate) fn ods_rows(facts: &[Fact]) -> String {
    let text = |text: &str| {
        format!(
            r#"<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>"#
        )
    };
    let number = |n: u32| {
        format!(
            r#"<table:table-cell office:value-type="float" office:value="{n}"><text:p>{n}</text:p></table:table-cell>"#
        )
    };
    let date = |date: &str| {
        format!(
            r#"<table:table-cell office:value-type="date" office:date-value="{date}"><text:p>shown otherwise</text:p></table:table-cell>"#
        )
    };
    let flag = |flag: bool| {
        format!(
            r#"<table:table-cell office:value-type="boolean" office:boolean-value="{flag}"><text:p>x</text:p></table:table-cell>"#
        )
    };
    let mut rows = String::new();
    let row = |cells: String| format!("<table:table-row>{cells}</table:table-row>");
    rows.push_str(&row(HEADER.map(text).concat()));
    for fact in facts {
        let (month, day) = (fact.month, fact.day);
        let mut cells = if fact.blank {
            r#"<table:table-cell table:number-columns-repeated="6"/>"#.to_owned()
        } else {
            [
                text(fact.last),
                text(fact.first),
                date(&format!("{}-{month:02}-{day:02}", fact.year)),
                text(fact.sex),
                number(fact.zip),
                number(fact.person_no),
            ]
            .concat()
        };
        cells.push_str(&date(&format!("2021-{month:02}-{day:02}T{:02}:00:00", fact.hour)));
        cells.push_str(&flag(fact.flagged));
        rows.push_str(&row(cells));
    }
    rows
}

/// With these rows in its sheet.
pub(crate) fn ods_of(rows: &str) -> Vec<u8> {
    ods_with(&ods_content(rows))
}

pub(crate) fn ods_content(rows: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.3"><office:body><office:spreadsheet><table:table table:name="Arrests">{rows}</table:table></office:spreadsheet></office:body></office:document-content>"#
    )
}

pub(crate) fn ods_with(content: &str) -> Vec<u8> {
    let manifest = r#"<?xml version="1.0" encoding="UTF-8"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>"#;
    zipped([
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        ("content.xml", content),
        ("META-INF/manifest.xml", manifest),
    ])
}

/// An ODS file whose manifest says that its content is encrypted, as it then is.
pub(crate) fn ods_encrypted() -> Vec<u8> {
    let manifest = r#"<?xml version="1.0" encoding="UTF-8"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3"><manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml" manifest:size="99"><manifest:encryption-data manifest:checksum-type="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0#sha256-1k" manifest:checksum="AAAA"><manifest:algorithm manifest:algorithm-name="http://www.w3.org/2001/04/xmlenc#aes256-cbc" manifest:initialisation-vector="AAAA"/></manifest:encryption-data></manifest:file-entry></manifest:manifest>"#;
    zipped([
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        ("content.xml", "not to be read"),
        ("META-INF/manifest.xml", manifest),
    ])
}

fn zipped(files: [(&str, &str); 3]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, text) in files {
        zip.start_file(name, options).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// What an encrypted workbook is packed in: a compound file with a stream of that name, nothing else.
pub(crate) fn encrypted() -> Vec<u8> {
    const SECTOR: usize = 512;
    let (free, end, fat) = (u32::MAX, 0xFFFF_FFFE_u32, 0xFFFF_FFFD_u32);
    let mut bytes = vec![0; SECTOR * 3];
    let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
    put(0, &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]);
    put(24, &[0x3E, 0, 3, 0, 0xFE, 0xFF, 9, 0, 6, 0]);
    put(44, &1u32.to_le_bytes()); // sectors of the table
    put(48, &1u32.to_le_bytes()); // the directory
    put(56, &4096u32.to_le_bytes());
    put(60, &end.to_le_bytes());
    put(68, &end.to_le_bytes());
    put(76, &0u32.to_le_bytes());
    for index in 1..109 {
        put(76 + index * 4, &free.to_le_bytes());
    }
    for index in 0..SECTOR / 4 {
        let value = [fat, end].get(index).copied().unwrap_or(free);
        put(SECTOR + index * 4, &value.to_le_bytes());
    }
    for (index, (name, kind)) in [("Root Entry", 5u8), ("EncryptedPackage", 2)].iter().enumerate() {
        let at = SECTOR * 2 + index * 128;
        let units: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        put(at, &units);
        put(at + 64, &u16::try_from(units.len() + 2).unwrap().to_le_bytes());
        put(at + 66, &[*kind, 1]);
        for link in 0..3 {
            put(at + 68 + link * 4, &free.to_le_bytes());
        }
        put(at + 116, &end.to_le_bytes());
    }
    bytes
}
