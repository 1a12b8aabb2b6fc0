//! Sealed files against the records: each is there, has its length and opens; together they are what was sent; there is no other.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use sha2::{Digest as _, Sha256};

use super::{Report, Verification};
use crate::ids::{SegmentId, SubmissionId, UploadId};
use crate::intake::open_tail;
use crate::keys::ServiceKeys;
use crate::link::Observer;
use crate::seal::OVERHEAD_BYTES;
use crate::store::segment::{Damage, DataKey, Extent, SegmentKind, measure, walk};
use crate::store::{SEGMENTS, StoreError};

/// A sealed file as the records have it.
pub(in crate::operate) struct Known {
    kind: SegmentKind,
    wrapped: Vec<u8>,
    pub(in crate::operate) extent: Extent,
    /// Of an upload on its way.
    tail: Option<(UploadId, Vec<u8>)>,
}

/// All sealed files that were not erased.
pub(in crate::operate) fn known(
    records: &Connection,
) -> Result<BTreeMap<SegmentId, Known>, StoreError> {
    let sql = "SELECT s.id, s.kind, s.wrapped_key, s.bytes, u.id, u.tail FROM segment s \
               LEFT JOIN upload u ON u.segment = s.id AND u.state = 'receiving' \
               WHERE s.shredded_at IS NULL ORDER BY s.id";
    let mut statement = records.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut found = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let corrupt = |column| StoreError::Corrupt { table: "segment", column };
        let (id, kind): (SegmentId, String) = (row.get(0)?, row.get(1)?);
        let (wrapped, bytes): (Vec<u8>, u64) = (row.get(2)?, row.get(3)?);
        let kind = SegmentKind::parse(&kind).ok_or_else(|| corrupt("kind"))?;
        let upload: Option<UploadId> = row.get(4)?;
        let tail: Option<(UploadId, Vec<u8>)> = upload.zip(row.get(5)?);
        let extent = match &tail {
            None => Extent::Whole(bytes),
            Some((_, tail)) => {
                let tail = tail.len().checked_sub(OVERHEAD_BYTES);
                let extent = tail.and_then(|tail| Extent::begun(bytes, tail as u64));
                extent.ok_or_else(|| corrupt("bytes"))?
            }
        };
        found.insert(id, Known { kind, wrapped, extent, tail });
    }
    Ok(found)
}

struct Files<'a> {
    directory: PathBuf,
    keys: Option<&'a ServiceKeys>,
    known: BTreeMap<SegmentId, Known>,
    observer: &'a dyn Observer,
}

/// Looks at every sealed file.
pub(super) fn check(
    asked: &Verification<'_>,
    records: &Connection,
    observer: &dyn Observer,
    report: &mut Report,
) -> Result<(), StoreError> {
    let directory = asked.directory.join(SEGMENTS);
    let known = known(records)?;
    orphans(&directory, &known, report)?;
    let sql = "SELECT count(*) FROM segment WHERE shredded_at IS NOT NULL";
    report.erased = records.query_row(sql, [], |row| row.get(0))?;
    report.segments = known.len() as u64;
    observer.stage("sealed files", known.values().map(|it| it.extent.file_bytes()).sum());
    let mut files = Files { directory, keys: asked.keys, known, observer };
    let sql = "SELECT id, sha256, encodings, content, state = 'accepted' FROM submission \
               WHERE state <> 'withdrawn' ORDER BY id";
    let mut statement = records.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (id, sha256): (SubmissionId, [u8; 32]) = (row.get(0)?, row.get(1)?);
        let (encodings, content): (SegmentId, Option<SegmentId>) = (row.get(2)?, row.get(3)?);
        let mut hasher = Sha256::new();
        let mut is_whole = true;
        for segment in std::iter::once(encodings).chain(content) {
            is_whole &= match files.known.remove(&segment) {
                Some(known) => files.one(segment, &known, &mut hasher, report),
                None => {
                    // One that was superseded may have been erased since.
                    if row.get(4)? {
                        report.find("segment-erased", segment, format!("{id} stands and needs it"));
                    }
                    false
                }
            };
        }
        let digest: [u8; 32] = hasher.finalize().into();
        if is_whole && files.keys.is_some() && digest != sha256 {
            let message = "its sealed files together are not the file that was sent";
            report.find("submission-digest", id, message);
        }
        if observer.is_cancelled() {
            return Ok(());
        }
    }
    while let Some((id, known)) = files.known.pop_first() {
        files.one(id, &known, &mut Sha256::new(), report);
        if observer.is_cancelled() {
            return Ok(());
        }
    }
    Ok(())
}

/// Files that no record has. What is no name of ours is counted, not shown.
fn orphans(
    directory: &Path,
    known: &BTreeMap<SegmentId, Known>,
    report: &mut Report,
) -> Result<(), StoreError> {
    let io = |source| StoreError::Io { path: directory.to_owned(), source };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(io)? {
        names.push(entry.map_err(io)?.file_name());
    }
    names.sort_unstable();
    let ids = names.iter().map(|name| name.to_str().and_then(SegmentId::parse));
    let (mut foreign, mut found) = (0, Vec::new());
    for id in ids {
        match id {
            Some(id) if known.contains_key(&id) => {}
            Some(id) => found.push(id),
            None => foreign += 1,
        }
    }
    for id in found {
        report.find(
            "file-orphan",
            id,
            "no record has this file; the service removes it at its start",
        );
    }
    if foreign > 0 {
        report.find("file-foreign", SEGMENTS, format!("{foreign} files that are not the store's"));
    }
    Ok(())
}

impl Files<'_> {
    /// Whether this one is as it should be.
    fn one(&self, id: SegmentId, known: &Known, hasher: &mut Sha256, report: &mut Report) -> bool {
        let path = self.directory.join(id.to_string());
        let damage = match self.keys {
            None => measure(&path, known.extent).err(),
            Some(keys) => match self.key(id, known, keys) {
                Err((code, message)) => {
                    report.find(code, id, message);
                    return false;
                }
                Ok(key) => walk(&path, &key, known.extent, |text| {
                    report.bytes_opened += text.len() as u64;
                    hasher.update(text);
                    self.observer.advance(text.len() as u64);
                })
                .err(),
            },
        };
        let (code, message) = match damage {
            None => return true,
            Some(Damage::Missing) => ("segment-missing", "the file is not there".to_owned()),
            Some(Damage::Length) => {
                ("segment-length", "the file is longer or shorter than its record says".to_owned())
            }
            Some(Damage::Chunk(chunk)) => {
                ("segment-damaged", format!("chunk {chunk} is not what was sealed"))
            }
            Some(Damage::Io(error)) => ("segment-unreadable", error.to_string()),
        };
        report.find(code, id, message);
        false
    }

    fn key(
        &self,
        id: SegmentId,
        known: &Known,
        keys: &ServiceKeys,
    ) -> Result<DataKey, (&'static str, &'static str)> {
        let unit = if known.kind.is_of_content() { &keys.content } else { &keys.encodings };
        let lost = ("segment-key", "its key does not open with this key file");
        let key = DataKey::unwrap(unit, id, known.kind, &known.wrapped).ok_or(lost)?;
        let opens = known
            .tail
            .as_ref()
            .is_none_or(|(upload, tail)| open_tail(&keys.encodings, *upload, tail).is_some());
        if opens { Ok(key) } else { Err(("upload-tail", "its last bytes are not what was sealed")) }
    }
}
