//! Takes a directory in which exports appear, gives a receipt for each; refuses to touch an export that has none.
//!
//! Every step is noted in a journal when it is done, and begins by looking at how far the one before it came. So it may be
//! stopped anywhere: the next start goes on. One export at a time is under way.

mod error;
mod journal;
mod look;
mod put_away;
mod step;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tallystick_encoder::mapping::Mapping;
use tallystick_wire::Profile;

use crate::export::{Input, ReadLimits};
use crate::keys::KeyFile;
use crate::upload::{Attendant, Service, UploadError, append_name, hex, sha256_of};
pub use error::WatchError;
use journal::{Entry, Journal, Step};
use look::{Seen, look};

/// What is watch's own, within the directory.
pub const OWN_DIRECTORY: &str = ".tallystick";
/// Default of the pause between two looks.
pub const INTERVAL_SECONDS: u64 = 60;

/// What happens to an export when its receipt is there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PutAway {
    /// It stays, and is known by its SHA-256.
    Leave,
    /// It goes to this directory.
    Archive(PathBuf),
    /// It is deleted.
    Delete,
}

/// What is watched, and what becomes of it.
#[derive(Debug)]
pub struct WatchRequest<'a> {
    /// Where exports appear.
    pub directory: &'a Path,
    /// Which column is what.
    pub mapping: &'a Mapping,
    /// The file it came from; an export that failed is tried again when it changes.
    pub mapping_file: &'a Path,
    /// The second file with names of the persons, read anew for each export.
    pub aliases: Option<&'a Input>,
    /// The agency's keys.
    pub keys: &'a KeyFile,
    /// Trust profile.
    pub profile: Profile,
    /// Where submissions go.
    pub service: &'a Service,
    /// What becomes of exports.
    pub put_away: PutAway,
    /// Files that are no exports even if they lie there, such as key and token.
    pub not_exports: &'a [PathBuf],
    /// Limits of reading.
    pub limits: ReadLimits,
    /// Births after this year are implausible; asked for each export.
    pub year_max: fn() -> u16,
    /// Pause between two looks.
    pub interval: Duration,
}

/// What is worth telling.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Told {
    /// An export has its receipt.
    Delivered {
        /// Name of the export.
        export: String,
        /// Id of the submission at the unit.
        submission: String,
    },
    /// An export cannot be used; it is left alone until it or the mapping changes.
    Failed {
        /// Name of the export.
        export: String,
        /// Stable code.
        code: String,
        /// What is wrong and what to do, without a value.
        message: String,
    },
    /// Nothing can be delivered for now; told once until it is another reason.
    Trouble {
        /// Stable code.
        code: &'static str,
        /// What is wrong and what to do.
        message: String,
    },
}

/// Who watches with it.
pub trait Watcher: Attendant {
    /// Is told what happens.
    fn tell(&mut self, told: &Told);
}

/// What one pass came to.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Pass {
    /// Exports that have their receipt since.
    pub delivered: u32,
    /// Exports that cannot be used, known ones included.
    pub failed: u32,
    /// Files that change still.
    pub unsettled: u32,
}

/// A directory that is being watched. Nobody else watches it as long as this lives.
pub struct Watch<'a> {
    request: &'a WatchRequest<'a>,
    watcher: &'a mut dyn Watcher,
    journal: Journal,
    settings: String,
    before: BTreeMap<String, Seen>,
    digests: BTreeMap<String, (Seen, String)>,
    _lock: File,
}

impl std::fmt::Debug for Watch<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").field("directory", &self.request.directory).finish_non_exhaustive()
    }
}

impl<'a> Watch<'a> {
    /// Opens the journal, and removes what a stopped run left half made.
    ///
    /// # Errors
    /// [`WatchError`].
    pub fn open(
        request: &'a WatchRequest<'a>,
        watcher: &'a mut dyn Watcher,
    ) -> Result<Self, WatchError> {
        let own = request.directory.join(OWN_DIRECTORY);
        for directory in [own.clone(), own.join("work"), own.join("receipts")] {
            fs::create_dir_all(&directory).map_err(WatchError::io(&directory))?;
        }
        if let PutAway::Archive(archive) = &request.put_away {
            fs::create_dir_all(archive).map_err(WatchError::io(archive))?;
            let same = |path: &Path| fs::canonicalize(path).map_err(WatchError::io(path));
            if same(archive)? == same(request.directory)? {
                return Err(WatchError::ArchiveIsWatched);
            }
        }
        let lock_path = own.join("lock");
        let lock = File::create(&lock_path).map_err(WatchError::io(&lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(WatchError::Busy),
            Err(fs::TryLockError::Error(error)) => return Err(WatchError::io(&lock_path)(error)),
        }
        let settings =
            digest_of(request.mapping_file).map_err(WatchError::io(request.mapping_file))?;
        let journal = Journal::open(&own.join("journal"))?;
        let (before, digests) = (BTreeMap::new(), BTreeMap::new());
        let this = Self { request, watcher, journal, settings, before, digests, _lock: lock };
        this.sweep()?;
        Ok(this)
    }

    /// Looks twice, with a pause between, and handles what is there.
    ///
    /// # Errors
    /// [`WatchError`]; also if nothing can be delivered for now.
    pub fn once(&mut self) -> Result<Pass, WatchError> {
        self.before = look(self.request)?;
        self.watcher.pause(self.request.interval);
        self.pass()
    }

    /// Looks again and again, until it is cancelled.
    ///
    /// # Errors
    /// [`WatchError`], but not if nothing can be delivered for now: that is told.
    pub fn run(&mut self) -> Result<(), WatchError> {
        let mut told = "";
        let cancel = self.watcher.cancel();
        while !cancel.load(std::sync::atomic::Ordering::Relaxed) {
            match self.pass() {
                Ok(_) => told = "",
                Err(WatchError::Upload(UploadError::Cancelled) | WatchError::Cancelled) => break,
                Err(WatchError::Upload(error)) => {
                    if told != error.code() {
                        let message = format!("{error}; {}", error.help());
                        self.watcher.tell(&Told::Trouble { code: error.code(), message });
                    }
                    told = error.code();
                }
                Err(error) => return Err(error),
            }
            self.watcher.pause(self.request.interval);
        }
        Ok(())
    }

    /// One look, and everything that is to be done with what has not changed since the one before.
    ///
    /// # Errors
    /// [`WatchError`].
    pub fn pass(&mut self) -> Result<Pass, WatchError> {
        let mut pass = Pass::default();
        if let Some(entry) = self.journal.open_entry().cloned() {
            self.go_on(entry, &mut pass)?;
        }
        let now = look(self.request)?;
        let mut settled: Vec<(Seen, String)> = Vec::new();
        for (name, seen) in &now {
            match self.before.get(name) == Some(seen) {
                true => settled.push((*seen, name.clone())),
                false => pass.unsettled += 1,
            }
        }
        self.before = now;
        // The oldest first, so that the newest is the one that stands.
        settled.sort_unstable();
        for (seen, name) in settled {
            self.export(&name, seen, &mut pass)?;
        }
        Ok(pass)
    }

    /// Handles an export that does not change.
    fn export(&mut self, name: &str, seen: Seen, pass: &mut Pass) -> Result<(), WatchError> {
        let path = self.request.directory.join(name);
        let sha256 = match self.digests.get(name) {
            Some((known, sha256)) if *known == seen => sha256.clone(),
            _ => match digest_of(&path) {
                Ok(sha256) => sha256,
                // It was taken away, or is not to be read yet.
                Err(_) => return Ok(()),
            },
        };
        self.digests.insert(name.to_owned(), (seen, sha256.clone()));
        match self.journal.entry(&sha256).cloned() {
            Some(entry) if entry.step == Step::Failed && entry.settings == self.settings => {
                pass.failed += 1;
                Ok(())
            }
            Some(entry) if matches!(entry.step, Step::Delivered | Step::PutAway) => {
                if self.request.put_away == PutAway::Leave {
                    return Ok(());
                }
                // The same export once more: it has its receipt already.
                self.journal.note(Entry {
                    step: Step::Delivered,
                    export: name.to_owned(),
                    ..entry.clone()
                })?;
                self.put_away(&Entry { export: name.to_owned(), ..entry })
            }
            _ => self.encode_and_deliver(name, sha256, pass),
        }
    }

    fn own(&self, under: &str) -> PathBuf {
        self.request.directory.join(OWN_DIRECTORY).join(under)
    }

    /// The submission of an export under way.
    fn work(&self, export: &str) -> PathBuf {
        append_name(&self.own("work").join(export), ".tally")
    }

    /// An export under way that has left its place.
    fn claim(&self, export: &str) -> PathBuf {
        append_name(&self.own("work").join(export), ".export")
    }

    fn receipt(&self, sha256: &str) -> PathBuf {
        self.own("receipts").join(format!("{sha256}.json"))
    }
}

/// SHA-256 of a file, hex.
fn digest_of(path: &Path) -> io::Result<String> {
    Ok(hex(&sha256_of(&mut File::open(path)?)?.0))
}
