//! Takes accepted rows, seals their content and its parts.

use std::io::BufWriter;
use std::path::Path;

use tallystick_encoder::normalise::NormalisedRecord;
use tallystick_wire::Handle;
use tallystick_wire::content::{Cell, ContentWriter};

use super::content::{ContentColumns, GROUP_ENTRIES_MAX, TooManyEntries};
use super::guard::ContentGuard;
use super::{EncodeError, RowPlace};
use crate::export::RawRow;
use crate::files::Scratch;

/// Sealed content, spooled until the submission is put together.
pub(super) struct ContentFile {
    pub(super) columns: ContentColumns,
    pub(super) guard: ContentGuard,
    pub(super) writer: ContentWriter<age::stream::StreamWriter<BufWriter<Box<dyn Scratch>>>>,
    pub(super) cells: Vec<Option<Cell>>,
}

impl ContentFile {
    /// Reads, watches and seals the content of a row.
    pub(super) fn row<'r>(
        &mut self,
        (handle, record): (Handle, &'r NormalisedRecord),
        aliases: impl Iterator<Item = &'r NormalisedRecord> + Clone,
        row: &RawRow,
        place: RowPlace,
        output: &Path,
    ) -> Result<(), EncodeError> {
        self.columns.read(row, record, place, &mut self.cells);
        let parts =
            self.columns.parts(row, place, &self.cells).map_err(|TooManyEntries { place }| {
                EncodeError::TooManyEntries { place, entries_max: GROUP_ENTRIES_MAX }
            })?;
        self.guard.row(handle, std::iter::once(record).chain(aliases), &self.cells, parts);
        self.writer
            .write_parts(handle, &self.cells, parts)
            .map_err(|source| EncodeError::io(output, source))
    }
}
