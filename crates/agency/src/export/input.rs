//! Takes what was typed in place of an export, gives its files in order, refuses patterns that fit none.

use std::path::{Path, PathBuf};

#[cfg(feature = "program")]
use super::{error::ExportError, file_error::FileError};

/// Where an export is read from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Input {
    /// Standard input.
    Stdin,
    /// One file, or several that are one export, in this order.
    Files(Vec<PathBuf>),
}

impl Input {
    /// One file.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::Files(vec![path.into()])
    }

    /// From a command line: names of files, patterns such as `exports/*.csv` where no shell put names
    /// in their place, or `-` for standard input.
    ///
    /// # Errors
    /// A pattern that fits no file; `-` beside anything else.
    #[cfg(feature = "program")]
    pub fn parse(arguments: &[PathBuf]) -> Result<Self, ExportError> {
        let is_stdin = |argument: &PathBuf| argument.as_os_str() == "-";
        if arguments.iter().any(is_stdin) {
            return if arguments.len() == 1 {
                Ok(Self::Stdin)
            } else {
                Err(FileError::StdinAlone.into())
            };
        }
        let mut files = Vec::new();
        for argument in arguments {
            match argument.to_str().filter(|text| text.contains(['*', '?', '['])) {
                // A file may have such a letter in its name.
                Some(pattern) if !argument.exists() => files.extend(matches(pattern)?),
                _ => files.push(argument.clone()),
            }
        }
        Ok(Self::Files(files))
    }

    /// What to call it in an error about all of it.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Stdin => "standard input".into(),
            Self::Files(files) => match files.as_slice() {
                [file] => file.display().to_string(),
                files => format!("{} files", files.len()),
            },
        }
    }

    /// The first file.
    #[must_use]
    pub fn first(&self) -> Option<&Path> {
        match self {
            Self::Stdin => None,
            Self::Files(files) => files.first().map(PathBuf::as_path),
        }
    }
}

/// Files that a pattern fits, by name.
#[cfg(feature = "program")]
fn matches(pattern: &str) -> Result<Vec<PathBuf>, ExportError> {
    let none = || ExportError::in_file(pattern, FileError::NothingMatches.into());
    let found = glob::glob(pattern).map_err(|_| none())?;
    let mut files = Vec::new();
    for file in found {
        // What cannot be looked into might hold a part of the export.
        let file =
            file.map_err(|error| ExportError::Io { offset: 0, kind: error.error().kind() })?;
        if file.is_file() {
            files.push(file);
        }
    }
    files.sort_unstable();
    if files.is_empty() { Err(none()) } else { Ok(files) }
}
