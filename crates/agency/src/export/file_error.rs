//! Every way the files of an export can be wrong before their rows are looked at.

use tallystick_encoder::mapping::Format;
use thiserror::Error;

use super::error::shown;

/// Most names of sheets shown.
const SHEETS_SHOWN_MAX: usize = 8;

/// Why a file is no export. Holds names of files, sheets and columns, never a data value.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum FileError {
    /// The pattern of a name fits no file.
    #[error("no file has such a name")]
    NothingMatches,
    /// Standard input stands beside files, or twice.
    #[error("standard input cannot stand beside files")]
    StdinAlone,
    /// The content is of another format than the mapping says.
    #[error("the mapping says format = \"{}\", but by its content it is \"{}\"", .given.as_str(), .found.as_str())]
    FormatWrong {
        /// In the mapping.
        given: Format,
        /// By its content.
        found: Format,
    },
    /// A text of fixed width without its layout.
    #[error("format = \"fixed\", but there is no layout")]
    LayoutMissing,
    /// Cut off, or changed.
    #[error("the {what} is damaged or cut off")]
    Damaged {
        /// What it looks like.
        what: &'static str,
    },
    /// It cannot be read without a password.
    #[error("the {what} is encrypted")]
    Encrypted {
        /// What it looks like.
        what: &'static str,
    },
    /// A file that blows up.
    #[error("it unpacks to more than {limit} = {max}")]
    UnpacksTooFar {
        /// Name of the limit.
        limit: &'static str,
        /// Its value.
        max: u64,
    },
    /// Packed in a way that is not read.
    #[error("the {what} is packed by a method that is not read: {method}")]
    Method {
        /// What it looks like.
        what: &'static str,
        /// The method.
        method: String,
    },
    /// Something packed within something packed.
    #[error("a {inner} within a {outer}")]
    Nested {
        /// The outer one.
        outer: &'static str,
        /// The inner one.
        inner: &'static str,
    },
    /// It has to be read from its end, which a stream does not allow.
    #[error("a {what} cannot be read as a stream")]
    NeedsFile {
        /// What it looks like.
        what: &'static str,
    },
    /// The library that reads it is left out.
    #[error("a {what} cannot be read here")]
    NotBuiltIn {
        /// What it looks like.
        what: &'static str,
    },
    /// An archive without a file.
    #[error("the zip archive holds no file")]
    ArchiveEmpty,
    /// The columns are not those of the first file.
    #[error("its header differs from that of the first file, from column {column} on")]
    HeaderDiffers {
        /// The first column that differs, from 1.
        column: usize,
    },
    /// Its text is of another encoding than that of the files before.
    #[error("its encoding differs from that of the files before")]
    EncodingDiffers,
    /// The workbook lacks the sheet.
    #[error("the workbook has no sheet {}", shown(.name))]
    SheetUnknown {
        /// The name asked for.
        name: String,
        /// Those it has.
        sheets: Vec<String>,
    },
    /// Several sheets have cells.
    #[error("{} sheets of the workbook have cells", .sheets.len())]
    SheetUnsettled {
        /// Their names.
        sheets: Vec<String>,
    },
    /// A column that is no single value.
    #[error("the column {} is nested", shown(.name))]
    NestedColumn {
        /// Its name.
        name: String,
    },
}

impl FileError {
    /// The stable code, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NothingMatches => "export-no-file",
            Self::StdinAlone => "export-stdin-alone",
            Self::FormatWrong { .. } => "export-format-wrong",
            Self::LayoutMissing => "export-layout-missing",
            Self::Damaged { .. } => "export-damaged",
            Self::Encrypted { .. } => "export-encrypted",
            Self::UnpacksTooFar { .. } => "export-unpacks-too-far",
            Self::Method { .. } => "export-packing-unknown",
            Self::Nested { .. } => "export-nested",
            Self::NeedsFile { .. } => "export-needs-file",
            Self::NotBuiltIn { .. } => "export-not-built-in",
            Self::ArchiveEmpty => "export-archive-empty",
            Self::HeaderDiffers { .. } => "export-header-differs",
            Self::EncodingDiffers => "export-encoding-differs",
            Self::SheetUnknown { .. } => "export-sheet-unknown",
            Self::SheetUnsettled { .. } => "export-sheet-unsettled",
            Self::NestedColumn { .. } => "export-nested-column",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::NothingMatches => "check the directory and the pattern".into(),
            Self::StdinAlone => "give either - or the names of files".into(),
            Self::FormatWrong { found, .. } => {
                format!("check that this is the right file, or set format to {}", found.as_str())
            }
            Self::LayoutMissing => {
                "give name, start and width of each column under read.layout".into()
            }
            Self::Damaged { .. } => "copy or export the file again".into(),
            Self::Encrypted { .. } => "save it without a password, on a disk that is safe".into(),
            Self::UnpacksTooFar { .. } => {
                "if it is what it should be, unpack it and give what was in it".into()
            }
            Self::Method { .. } => {
                "unpack or write it again: deflate in zip, snappy, gzip or none in Parquet".into()
            }
            Self::Nested { .. } | Self::NeedsFile { .. } => {
                "unpack it, or save it, and give the file by its name".into()
            }
            Self::NotBuiltIn { .. } => {
                "save it as CSV, or use the program `tallystick-agency`".into()
            }
            Self::ArchiveEmpty => "pack the export again".into(),
            Self::HeaderDiffers { .. } => {
                "export all files with the same columns in the same order".into()
            }
            Self::EncodingDiffers => "write all files in the same encoding, best UTF-8".into(),
            Self::SheetUnknown { sheets, .. } | Self::SheetUnsettled { sheets } => {
                let names: Vec<String> =
                    sheets.iter().take(SHEETS_SHOWN_MAX).map(|name| shown(name)).collect();
                let more = if sheets.len() > SHEETS_SHOWN_MAX { " and others" } else { "" };
                format!("say which by --sheet or read.sheet: {}{more}", names.join(", "))
            }
            Self::NestedColumn { .. } => "write the table with one value in each cell".into(),
        }
    }
}
