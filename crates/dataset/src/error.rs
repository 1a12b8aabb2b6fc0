//! Why files of a dataset cannot be written.

use std::io;

/// Files that cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// Stopped on request.
    #[error("stopped on request; the files are not complete")]
    Cancelled,
    /// The disk fails.
    #[error("{file} cannot be written")]
    Io {
        /// Name of the file in its directory.
        file: String,
        /// Why.
        #[source]
        cause: io::Error,
    },
}
