//! Every way an export can fail as a whole, with a stable code and what to do about it.

use std::io;

use thiserror::Error;

use super::Encoding;
use super::delimiter::delimiter_name;
use super::file_error::FileError;

/// Longest column name shown in full, in characters.
const NAME_SHOWN_MAX: usize = 64;

/// Why an export cannot be read (on). Holds positions, limits and column names, never a data value.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum ExportError {
    /// No byte, or line ends only.
    #[error("the export holds no line")]
    Empty,
    /// Columns but no row, found at the end.
    #[error("line {line}: the export ends after its header, without a row")]
    HeaderOnly {
        /// The header's line.
        line: u64,
    },
    /// No column has a name.
    #[error("line {line}: no column of the header has a name")]
    EmptyHeader {
        /// The header's line.
        line: u64,
    },
    /// Two columns share a name.
    #[error("line {line}: two columns of the header are named {}", shown(.name))]
    DuplicateColumn {
        /// The header's line.
        line: u64,
        /// The name both have.
        name: String,
    },
    /// A column was asked for that the header lacks.
    #[error("header: no column is named {}", shown(.name))]
    ColumnUnknown {
        /// The name asked for.
        name: String,
        /// The nearest name there is.
        similar: Option<String>,
    },
    /// More columns than the limit.
    #[error("line {line}: the header has more columns than columns_max = {max}")]
    TooManyColumns {
        /// The header's line.
        line: u64,
        /// The limit.
        max: u32,
    },
    /// Two delimiters split the header equally well.
    #[error(
        "header: {} and {} both split it in {columns} columns",
        delimiter_name(.candidates[0]),
        delimiter_name(.candidates[1])
    )]
    DelimiterUnknown {
        /// The first two that tie.
        candidates: [u8; 2],
        /// In how many columns they split.
        columns: usize,
    },
    /// The given delimiter does not split the header, another does.
    #[error(
        "header: {} leaves it in one column, {} splits it in {columns}",
        delimiter_name(*.delimiter),
        delimiter_name(*.better)
    )]
    DelimiterWrong {
        /// The one given.
        delimiter: u8,
        /// The one that splits in most columns.
        better: u8,
        /// In how many.
        columns: usize,
    },
    /// The given delimiter is none of the four.
    #[error("settings: byte {delimiter} is not a delimiter that exports may use")]
    DelimiterUnsupported {
        /// The byte given.
        delimiter: u8,
    },
    /// The bytes are not of the encoding they are read as.
    #[error("header: read as {}, {}", encoding_name(*.read_as), mismatch(*.found))]
    EncodingMismatch {
        /// The encoding named, or UTF-8 by default.
        read_as: Encoding,
        /// What contradicts it.
        found: Mismatch,
    },
    /// A record longer than the limit.
    #[error("line {line}: the record is longer than line_bytes_max = {max}")]
    LineTooLong {
        /// Where the record starts.
        line: u64,
        /// The limit.
        max: u64,
    },
    /// A quoted field that never ends.
    #[error("line {line}: {}", unterminated(*.line_bytes_max))]
    UnterminatedQuote {
        /// Where the record starts.
        line: u64,
        /// The limit that was hit; none if the export ended first.
        line_bytes_max: Option<u64>,
    },
    /// More bytes or rows than the limit.
    #[error("the export is larger than {limit} = {max}")]
    TooLarge {
        /// Name of the limit.
        limit: &'static str,
        /// Its value.
        max: u64,
    },
    /// A file is no export.
    #[error(transparent)]
    File(#[from] FileError),
    /// One of several files cannot be read.
    #[error("{file}: {source}")]
    InFile {
        /// Its name.
        file: String,
        /// What is wrong with it.
        source: Box<Self>,
    },
    /// The source failed. Only the kind is kept: a message could quote what was read.
    #[error("byte {offset}: the export cannot be read: {kind}")]
    Io {
        /// Bytes read before.
        offset: u64,
        /// What kind of failure.
        kind: io::ErrorKind,
    },
}

/// What contradicts an encoding.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mismatch {
    /// A NUL in the header.
    Nul,
    /// Bytes in the header that the encoding gives no meaning.
    Invalid,
    /// A byte order mark of another encoding.
    Mark(Encoding),
    /// Neither a byte order mark nor zero bytes on one side only.
    NoByteOrder,
}

impl ExportError {
    /// With the name of the file.
    pub(super) fn in_file(file: &str, source: Self) -> Self {
        Self::InFile { file: file.to_owned(), source: Box::new(source) }
    }

    /// The stable code, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "export-empty",
            Self::HeaderOnly { .. } => "export-header-only",
            Self::EmptyHeader { .. } => "export-empty-header",
            Self::DuplicateColumn { .. } => "export-duplicate-column",
            Self::ColumnUnknown { .. } => "export-column-unknown",
            Self::TooManyColumns { .. } => "export-too-many-columns",
            Self::DelimiterUnknown { .. } => "export-delimiter-unknown",
            Self::DelimiterWrong { .. } => "export-delimiter-wrong",
            Self::DelimiterUnsupported { .. } => "export-delimiter-unsupported",
            Self::EncodingMismatch { .. } => "export-encoding-mismatch",
            Self::LineTooLong { .. } => "export-line-too-long",
            Self::UnterminatedQuote { .. } => "export-unterminated-quote",
            Self::TooLarge { .. } => "export-too-large",
            Self::File(error) => error.code(),
            Self::InFile { source, .. } => source.code(),
            Self::Io { .. } => "export-io",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Empty => "export the table again; its first line names the columns".into(),
            Self::HeaderOnly { .. } => {
                "check the filter or the dates the export was made with".into()
            }
            Self::EmptyHeader { .. } => "export the table with its column names".into(),
            Self::DuplicateColumn { .. } => "rename one of the two columns in the export".into(),
            Self::ColumnUnknown { similar: Some(name), .. } => {
                format!("did you mean {}?", shown(name))
            }
            Self::ColumnUnknown { similar: None, .. } => {
                "compare the name with the first line of the export".into()
            }
            Self::TooManyColumns { .. } => {
                "export fewer columns, or check that the first line is the header".into()
            }
            Self::DelimiterUnknown { .. } => {
                "name the delimiter: comma, tab, pipe or semicolon".into()
            }
            Self::DelimiterWrong { better, .. } => {
                format!("set the delimiter to {}, or leave it out", delimiter_name(*better))
            }
            Self::DelimiterUnsupported { .. } => "use comma, tab, pipe or semicolon".into(),
            Self::EncodingMismatch { read_as, found } => encoding_help(*read_as, *found),
            Self::LineTooLong { .. } => {
                "check that the export has line ends, or raise line_bytes_max".into()
            }
            Self::UnterminatedQuote { line_bytes_max: None, .. } => {
                "look for a stray quote on this line or after it, or for a cut-off export; \
                 a quote inside a value is written twice"
                    .into()
            }
            Self::UnterminatedQuote { .. } => {
                "look for a stray quote on this line; a quote inside a value is written twice"
                    .into()
            }
            Self::TooLarge { limit, .. } => format!("split the export, or raise {limit}"),
            Self::File(error) => error.help(),
            Self::InFile { source, .. } => source.help(),
            Self::Io { .. } => "check that the file is there, readable and complete".into(),
        }
    }

    /// The two lines people read: `error[code]: where and what`, `help: what to do`.
    #[must_use]
    pub fn render(&self) -> String {
        format!("error[{}]: {self}\nhelp: {}", self.code(), self.help())
    }
}

/// A column name in quotes, control characters escaped, cut at [`NAME_SHOWN_MAX`].
pub(super) fn shown(name: &str) -> String {
    let mut start: String = name.chars().take(NAME_SHOWN_MAX).collect();
    if start.len() < name.len() {
        start.push('…');
    }
    format!("{start:?}")
}

fn encoding_name(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Utf8 => "UTF-8",
        Encoding::Utf16 => "UTF-16",
        Encoding::Windows1252 => "Windows-1252",
    }
}

fn mismatch(found: Mismatch) -> String {
    match found {
        Mismatch::Nul => "it holds a NUL".into(),
        Mismatch::Invalid => "it holds invalid bytes".into(),
        Mismatch::Mark(encoding) => {
            format!("but it starts with the mark of {}", encoding_name(encoding))
        }
        Mismatch::NoByteOrder => "but it shows no byte order".into(),
    }
}

fn encoding_help(read_as: Encoding, found: Mismatch) -> String {
    match (found, read_as) {
        (Mismatch::Mark(encoding), _) => {
            format!("set the encoding to {}, or leave it out", encoding_name(encoding))
        }
        (Mismatch::NoByteOrder, _) => "the export is hardly UTF-16; leave the encoding out".into(),
        (_, Encoding::Utf16) => "export the table again as UTF-8".into(),
        (Mismatch::Nul, _) => "if the export is UTF-16, name that encoding".into(),
        (Mismatch::Invalid, Encoding::Utf8) => {
            "if the export is Windows-1252, name that encoding".into()
        }
        (Mismatch::Invalid, Encoding::Windows1252) => {
            "if the export is UTF-8, name that encoding".into()
        }
    }
}

fn unterminated(line_bytes_max: Option<u64>) -> String {
    match line_bytes_max {
        Some(max) => format!("a quote is still open after line_bytes_max = {max}"),
        None => "a quote is still open where the export ends".into(),
    }
}
