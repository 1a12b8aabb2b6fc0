//! What stops sniffing, without a value of the export.

use std::path::PathBuf;

use tallystick_encoder::mapping::MappingError;

use crate::export::{ExportError, Input};

/// Why no mapping was proposed.
#[derive(Debug, thiserror::Error)]
pub enum SniffError {
    /// The export cannot be read.
    #[error("{label}: {source}")]
    Export {
        /// What was given.
        label: String,
        /// What is wrong with it.
        source: ExportError,
    },
    /// Standard input was given.
    #[error("standard input cannot be read more than once, and its rows are not kept on the disk")]
    Stdin,
    /// The proposal is not a mapping that `encode` takes.
    #[error("the proposal cannot be a mapping: {0}")]
    Mapping(#[from] MappingError),
    /// An option names a column that the export lacks.
    #[error("the export has no column {name:?}")]
    ColumnUnknown {
        /// The name given.
        name: String,
    },
    /// There are questions left.
    #[error("{count} questions are open")]
    Questions {
        /// How many.
        count: usize,
    },
    /// No column holds a name.
    #[error("no column holds a first, last or whole name, so no row can be linked")]
    NoName,
    /// The header is that of a public file without names.
    #[error("the header is that of a public file: {layout}; it holds nobody's name")]
    PublicFile {
        /// Name of the layout.
        layout: &'static str,
    },
    /// The mapping's file is there already.
    #[error("{}: there is such a file", path.display())]
    OutputExists {
        /// The file.
        path: PathBuf,
    },
    /// The mapping cannot be written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

impl SniffError {
    pub(super) fn export(input: &Input, source: ExportError) -> Self {
        Self::Export { label: input.label(), source }
    }

    /// Stable code for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Export { source, .. } => source.code(),
            Self::Stdin => "sniff-stdin",
            Self::Mapping(_) => "sniff-mapping-invalid",
            Self::ColumnUnknown { .. } => "sniff-column-unknown",
            Self::Questions { .. } => "sniff-questions",
            Self::NoName => "sniff-no-name",
            Self::PublicFile { .. } => "sniff-public-file",
            Self::OutputExists { .. } => "sniff-output-exists",
            Self::Io { .. } => "output-io",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Export { source, .. } => source.help(),
            Self::Stdin => "give the export, or its first thousand lines, as a file".into(),
            Self::Mapping(error) => format!("{}; roles are changed by --role", error.help()),
            Self::ColumnUnknown { .. } => {
                "write the name as the table shows it: --role \"Last Name=last\"".into()
            }
            Self::Questions { .. } => "answer each by its option".into(),
            Self::NoName => {
                "if a column holds names, say so: --role COLUMN=name-last-first, or =first and =last"
                    .into()
            }
            Self::PublicFile { .. } => "ask for the agency's own export, which has names".into(),
            Self::OutputExists { .. } => "give another name, or move the file away first".into(),
            Self::Io { .. } => "check the path, its rights and the space on the disk".into(),
        }
    }
}
