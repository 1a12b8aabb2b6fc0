//! How an export is written, and how large it may be.

use tallystick_encoder::mapping::{
    FixedLayout, Format, HeaderRow, LayoutSource, Mapping, ReadOptions, TextEncoding,
};

/// How an export is written; `None` means "find out".
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ReadSpec {
    /// One of `,` tab `|` `;`. Found from the header: the one that splits it in most columns.
    pub delimiter: Option<u8>,
    /// Found from the byte order mark; UTF-8 without one. Never guessed from the contents.
    pub encoding: Option<Encoding>,
    /// What the first row is.
    pub header: HeaderRow,
    /// What the file must be. It is found by its content; this refuses another.
    pub format: Option<Format>,
    /// The sheet of a workbook. Not needed where one sheet only has cells.
    pub sheet: Option<String>,
    /// Columns of a text of fixed width, which nothing else tells from delimited text.
    pub layout: Option<FixedLayout>,
}

impl ReadSpec {
    /// As a mapping says. A layout in a file beside the mapping must have been read before.
    #[must_use]
    pub fn of(mapping: &Mapping) -> Self {
        Self::of_options(mapping.read())
    }

    /// As a `[read]` says.
    #[must_use]
    pub fn of_options(read: &ReadOptions) -> Self {
        let layout = match &read.layout {
            Some(LayoutSource::Here(layout)) => Some(layout.clone()),
            Some(LayoutSource::File(_)) | None => None,
        };
        let fixed = read.layout.as_ref().map(|_| Format::Fixed);
        Self {
            header: read.header,
            delimiter: read.delimiter,
            encoding: read.encoding.map(|encoding| match encoding {
                TextEncoding::Utf8 => Encoding::Utf8,
                TextEncoding::Utf16 => Encoding::Utf16,
                TextEncoding::Windows1252 => Encoding::Windows1252,
            }),
            format: read.format.or(fixed),
            sheet: read.sheet.clone(),
            layout,
        }
    }
}

/// Encodings agencies export in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Encoding {
    /// With or without a byte order mark.
    Utf8,
    /// The byte order is taken from the mark, or else from the side the zero bytes are on.
    Utf16,
    /// Microsoft's code page 1252. Its five unassigned bytes are invalid: they are the sign of
    /// UTF-8 read as Windows-1252.
    Windows1252,
}

/// Upper bounds for one export.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ReadLimits {
    /// Bytes of one record as UTF-8, quotes and delimiters included, line end excluded. Memory
    /// stays within a small multiple of it.
    pub line_bytes_max: u64,
    /// Columns of the header.
    pub columns_max: u32,
    /// Rows after the header, rejected ones included.
    pub rows_max: u64,
    /// Bytes of one file as stored.
    pub bytes_max: u64,
    /// Files of one export, members of archives included.
    pub files_max: u32,
    /// Bytes of one unpacked text.
    pub unpacked_bytes_max: u64,
    /// How many times its packed size a text may unpack to, once it is larger than 64 MiB. Tables
    /// of text unpack to 5 or 20 times.
    pub unpack_ratio_max: u64,
    /// Bytes of all parts of a workbook, unpacked; the library that reads it may hold them all. Also of
    /// the text of an ODS workbook, repeated cells as often as they repeat.
    pub workbook_bytes_max: u64,
    /// Cells of a sheet. Each takes 24 bytes of memory and its text. Of an ODS workbook, cells of all
    /// sheets, blank ones in between included.
    pub cells_max: u64,
}

impl Default for ReadLimits {
    /// 1 MiB a record, 2048 columns, a thousand million rows, 1 TiB; 1000 files; 1 TiB and 200 times
    /// unpacked; workbooks of 1 GiB and 50 million cells.
    fn default() -> Self {
        Self {
            line_bytes_max: 1 << 20,
            columns_max: 2048,
            rows_max: 1_000_000_000,
            bytes_max: 1 << 40,
            files_max: 1000,
            unpacked_bytes_max: 1 << 40,
            unpack_ratio_max: 200,
            workbook_bytes_max: 1 << 30,
            cells_max: 50_000_000,
        }
    }
}
