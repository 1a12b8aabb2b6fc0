//! How an export is written: the `[read]` of a mapping.

use super::LayoutSource;

/// How the export is written; `None` leaves it to the reader to find out.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ReadOptions {
    /// What the file must be.
    pub format: Option<Format>,
    /// Sheet of a workbook.
    pub sheet: Option<String>,
    /// Columns of a file of fixed width.
    pub layout: Option<LayoutSource>,
    /// Byte between cells: comma, semicolon, bar or tab.
    pub delimiter: Option<u8>,
    /// Encoding of the text.
    pub encoding: Option<TextEncoding>,
    /// What the first row is.
    pub header: HeaderRow,
    /// Further values that mean missing, trimmed and in upper case; compared without case.
    pub missing: Vec<String>,
}

/// What an export is, by its content.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Format {
    /// Text whose cells are parted by a delimiter.
    Text,
    /// Text whose cells have their places in the line.
    Fixed,
    /// XLSX, XLSB, XLS or ODS.
    Workbook,
    /// Parquet.
    Parquet,
}

impl Format {
    /// The word of the mapping.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Fixed => "fixed",
            Self::Workbook => "workbook",
            Self::Parquet => "parquet",
        }
    }
}

/// What the first row of an export is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum HeaderRow {
    /// Names of the columns, no two the same.
    #[default]
    Names,
    /// Names; one that stands again has its number behind it, `Date (2)`, and one that is empty is
    /// called by its place, `column 3`.
    Numbered,
    /// Data: columns are called by their place, `column 1`.
    None,
}

impl HeaderRow {
    /// The word of the mapping.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Names => "names",
            Self::Numbered => "numbered",
            Self::None => "none",
        }
    }
}

/// Encoding of an export.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TextEncoding {
    /// UTF-8, with or without byte-order mark.
    Utf8,
    /// UTF-16; the byte-order mark says which way.
    Utf16,
    /// Windows-1252, of which ISO 8859-1 is read as a part.
    Windows1252,
}
