//! Takes rows in any order, gives them back by key in ascending order, in bounded memory.
//!
//! Rows are encodings only: keys are keyed hashes, so they spread evenly over the buckets, and one
//! bucket is sorted at a time. What does not fit in memory goes to an unnamed scratch file beside
//! the output.

use std::io::{self, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::files::{Files, Scratch};

/// Buckets of each table.
const BUCKETS: usize = 64;
/// Bytes of the key at the start of every row; rows are sorted by it.
pub(super) const KEY_BYTES: usize = 24;

/// Rows of several tables, each of its own width.
#[derive(Debug)]
pub(super) struct Spool {
    tables: Vec<Table>,
    buffered_bytes: usize,
    buffered_bytes_max: usize,
    scratch: Option<Box<dyn Scratch>>,
    scratch_bytes: u64,
    files: Arc<dyn Files>,
    beside: PathBuf,
}

#[derive(Debug)]
struct Table {
    row_bytes: usize,
    rows: u64,
    buckets: Vec<Bucket>,
}

#[derive(Debug, Default)]
struct Bucket {
    buffer: Vec<u8>,
    /// Start and length in the scratch file.
    segments: Vec<(u64, usize)>,
}

impl Spool {
    /// A spool for tables of these row widths; its scratch file, if any, lies beside the output.
    pub(super) fn new(
        files: &Arc<dyn Files>,
        output: &Path,
        row_bytes: &[usize],
        buffered_bytes_max: usize,
    ) -> Self {
        let tables = row_bytes
            .iter()
            .map(|row_bytes| Table {
                row_bytes: *row_bytes,
                rows: 0,
                buckets: (0..BUCKETS).map(|_| Bucket::default()).collect(),
            })
            .collect();
        Self {
            tables,
            buffered_bytes: 0,
            buffered_bytes_max,
            scratch: None,
            scratch_bytes: 0,
            files: Arc::clone(files),
            beside: output.to_owned(),
        }
    }

    /// Rows of a table so far.
    pub(super) fn rows(&self, table: usize) -> u64 {
        self.tables[table].rows
    }

    /// Adds a row; its first [`KEY_BYTES`] bytes are its key.
    pub(super) fn push(&mut self, table: usize, row: &[u8]) -> io::Result<()> {
        let table = &mut self.tables[table];
        assert_eq!(row.len(), table.row_bytes, "rows of a table have one width");
        let bucket = usize::from(row[0]) * BUCKETS / 256;
        table.buckets[bucket].buffer.extend_from_slice(row);
        table.rows += 1;
        self.buffered_bytes += row.len();
        if self.buffered_bytes > self.buffered_bytes_max {
            self.spill()?;
        }
        Ok(())
    }

    fn spill(&mut self) -> io::Result<()> {
        let scratch = match &mut self.scratch {
            Some(file) => file,
            none => none.insert(self.files.scratch(&self.beside)?),
        };
        for bucket in self.tables.iter_mut().flat_map(|table| &mut table.buckets) {
            if bucket.buffer.is_empty() {
                continue;
            }
            scratch.write_all(&bucket.buffer)?;
            bucket.segments.push((self.scratch_bytes, bucket.buffer.len()));
            self.scratch_bytes += bucket.buffer.len() as u64;
            // Keys spread evenly, so a bucket needs about the same room again.
            bucket.buffer.clear();
        }
        self.buffered_bytes = 0;
        Ok(())
    }

    /// Gives the rows of a table in ascending order, bucket by bucket, and forgets them.
    pub(super) fn drain_sorted(
        &mut self,
        table: usize,
        mut visit: impl FnMut(&[&[u8]]) -> io::Result<()>,
    ) -> io::Result<()> {
        let row_bytes = self.tables[table].row_bytes;
        for index in 0..BUCKETS {
            let bucket = std::mem::take(&mut self.tables[table].buckets[index]);
            let mut bytes = bucket.buffer;
            self.buffered_bytes -= bytes.len();
            for (start, len) in bucket.segments {
                let scratch = self.scratch.as_mut().expect("segments lie in the scratch file");
                scratch.seek(SeekFrom::Start(start))?;
                let at = bytes.len();
                bytes.resize(at + len, 0);
                scratch.read_exact(&mut bytes[at..])?;
            }
            let mut keyed: Vec<_> =
                bytes.chunks_exact(row_bytes).map(|row| (key(row), row)).collect();
            keyed.sort_unstable_by_key(|(key, _)| *key);
            let rows: Vec<&[u8]> = keyed.into_iter().map(|(_, row)| row).collect();
            if !rows.is_empty() {
                visit(&rows)?;
            }
        }
        Ok(())
    }
}

/// A row's key as numbers in the same order.
fn key(row: &[u8]) -> (u128, u64) {
    let (high, low) = row[..KEY_BYTES].split_at(16);
    let high = u128::from_be_bytes(high.try_into().expect("16 bytes"));
    (high, u64::from_be_bytes(low.try_into().expect("8 bytes")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn rows_come_back_sorted_whether_or_not_they_spill(
            rows in prop::collection::vec(any::<[u8; KEY_BYTES]>(), 0..300),
            buffered in 100..10_000usize,
        ) {
            let dir = tempfile::tempdir().unwrap();
            let disk: Arc<dyn Files> = Arc::new(crate::files::Disk);
            let output = dir.path().join("output");
            let mut spool = Spool::new(&disk, &output, &[KEY_BYTES + 1, KEY_BYTES], buffered);
            for row in &rows {
                let mut wide = row.to_vec();
                wide.push(7);
                spool.push(0, &wide).unwrap();
                spool.push(1, row).unwrap();
            }
            let mut expected = rows.clone();
            expected.sort_unstable();
            let mut found: Vec<[u8; KEY_BYTES]> = Vec::new();
            spool
                .drain_sorted(1, |rows| {
                    found.extend(rows.iter().map(|row| <[u8; KEY_BYTES]>::try_from(*row).unwrap()));
                    Ok(())
                })
                .unwrap();
            prop_assert_eq!(found, expected);
            prop_assert_eq!(spool.rows(0), rows.len() as u64);
        }
    }
}
