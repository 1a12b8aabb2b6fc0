//! Tables of a release, and the files that evaluators get of them.
//!
//! Takes tables whose columns are complete, gives files with the same bytes each time, and reads them
//! back. Refuses a disk that fails and a wish to stop. Knows nothing of handles, tokens or calendar days.

mod archive;
pub mod bundle;
pub mod column;
pub mod csv_file;
pub mod describe;
pub mod dictionary;
mod documents;
mod error;
pub mod file;
pub mod missing;
pub mod parquet_file;
pub mod public_key;

pub use column::{Column, DisclosureClass, Table, Values};
pub use dictionary::{Dictionary, Texts};
pub use error::DatasetError;
pub use file::{FileWritten, Ticker};
pub use missing::Missing;
