//! Takes steps that are done, gives how far each export is; refuses a journal with a line that is none.
//!
//! Lines of JSON, each on the disk before the next step begins. The last line of an export counts. A last line without its
//! end was being written when the machine stopped: the step counts as not done.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::WatchError;
use crate::files::parent;
use crate::upload::sync_directory;

/// Most bytes of a journal: some hundred thousand steps.
const JOURNAL_BYTES_MAX: u64 = 64 << 20;

/// How far an export is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Step {
    /// Its submission is in the work directory.
    Encoded,
    /// Its receipt is in the directory of receipts.
    Delivered,
    /// It is archived, deleted or left, and nothing else of it is there.
    PutAway,
    /// It cannot be used.
    Failed,
}

/// A line of the journal.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub(super) step: Step,
    /// Name of the export.
    pub(super) export: String,
    /// SHA-256 of the export.
    pub(super) sha256: String,
    /// SHA-256 of its submission; empty where there is none.
    pub(super) submission: String,
    /// SHA-256 of the mapping.
    pub(super) settings: String,
    /// Code of a failure; else empty.
    pub(super) code: String,
}

/// The journal, open for more.
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    entries: HashMap<String, Entry>,
    /// Digest of the export under way.
    open: Option<String>,
}

impl Journal {
    pub(super) fn open(path: &Path) -> Result<Self, WatchError> {
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path)
            .map_err(WatchError::io(path))?;
        let mut bytes = Vec::new();
        (&file)
            .take(JOURNAL_BYTES_MAX + 1)
            .read_to_end(&mut bytes)
            .map_err(WatchError::io(path))?;
        if bytes.len() as u64 > JOURNAL_BYTES_MAX {
            return Err(WatchError::JournalLong {
                path: path.to_owned(),
                bytes_max: JOURNAL_BYTES_MAX,
            });
        }
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        if whole < bytes.len() {
            file.set_len(whole as u64).map_err(WatchError::io(path))?;
        }
        file.sync_all()
            .and_then(|()| sync_directory(parent(path)))
            .map_err(WatchError::io(path))?;
        let mut this = Self { path: path.to_owned(), file, entries: HashMap::new(), open: None };
        let lines = bytes[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        for (number, line) in (1..).zip(lines) {
            let entry = serde_json::from_slice(line);
            let entry =
                entry.map_err(|_| WatchError::Journal { path: path.to_owned(), line: number })?;
            this.take(entry);
        }
        Ok(this)
    }

    fn take(&mut self, entry: Entry) {
        let is_under_way = matches!(entry.step, Step::Encoded | Step::Delivered);
        self.open = is_under_way.then(|| entry.sha256.clone());
        self.entries.insert(entry.sha256.clone(), entry);
    }

    /// Notes a step that is done; it is on the disk when this returns.
    pub(super) fn note(&mut self, entry: Entry) -> Result<(), WatchError> {
        let mut line = serde_json::to_vec(&entry).expect("an entry of texts is JSON");
        line.push(b'\n');
        let written = self.file.write_all(&line).and_then(|()| self.file.sync_all());
        written.map_err(WatchError::io(&self.path))?;
        self.take(entry);
        Ok(())
    }

    pub(super) fn entry(&self, sha256: &str) -> Option<&Entry> {
        self.entries.get(sha256)
    }

    /// The export under way; there is never more than one.
    pub(super) fn open_entry(&self) -> Option<&Entry> {
        self.entries.get(self.open.as_ref()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(step: Step) -> Entry {
        let text = |text: &str| text.to_owned();
        Entry {
            step,
            export: text("a.csv"),
            sha256: text("aa"),
            submission: text("bb"),
            settings: text("cc"),
            code: text(""),
        }
    }

    #[test]
    fn a_torn_line_is_a_step_not_done() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal");
        let mut journal = Journal::open(&path).unwrap();
        journal.note(entry(Step::Encoded)).unwrap();
        let first = std::fs::read(&path).unwrap();
        journal.note(entry(Step::Delivered)).unwrap();
        let both = std::fs::read(&path).unwrap();
        for length in first.len()..both.len() {
            std::fs::write(&path, &both[..length]).unwrap();
            let journal = Journal::open(&path).unwrap();
            assert_eq!(journal.open_entry().unwrap().step, Step::Encoded);
            assert_eq!(std::fs::read(&path).unwrap(), first);
        }
        std::fs::write(&path, &both).unwrap();
        let mut journal = Journal::open(&path).unwrap();
        assert_eq!(journal.entry("aa").unwrap().step, Step::Delivered);
        journal.note(entry(Step::PutAway)).unwrap();
        assert!(Journal::open(&path).unwrap().open_entry().is_none());
    }

    #[test]
    fn a_line_that_is_none_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal");
        let good = serde_json::to_string(&entry(Step::Failed)).unwrap();
        std::fs::write(&path, format!("{good}\n{{}}\n")).unwrap();
        let error = Journal::open(&path).err().unwrap();
        assert!(matches!(error, WatchError::Journal { line: 2, .. }));
    }
}
