//! Takes an export, encodes and uploads it step by step; goes on with one that was under way.

use std::fs;

use super::journal::{Entry, Step};
use super::{Pass, Told, Watch, WatchError, digest_of};
use crate::encode::{EncodeError, EncodeRequest, encode};
use crate::export::Input;
use crate::files::parent;
use crate::upload::{Point, Receipt, UploadRequest, kept, sync_directory, upload};

/// Longest name of an export in bytes; the longest names of work files stay within what file systems take.
const NAME_BYTES_MAX: usize = 200;

impl Watch<'_> {
    /// A new export, or one that failed and of which the mapping has changed.
    pub(super) fn encode_and_deliver(
        &mut self,
        name: &str,
        sha256: String,
        pass: &mut Pass,
    ) -> Result<(), WatchError> {
        let mut entry = Entry {
            step: Step::Encoded,
            export: name.to_owned(),
            sha256,
            submission: String::new(),
            settings: self.settings.clone(),
            code: String::new(),
        };
        if name.len() > NAME_BYTES_MAX {
            let message = format!("the name of the export has more than {NAME_BYTES_MAX} bytes");
            return self.fail(entry, "export-name-long", message, pass);
        }
        let path = self.request.directory.join(name);
        let work = self.work(name);
        let input = Input::file(&path);
        let request = EncodeRequest {
            export: &input,
            mapping: self.request.mapping,
            aliases: self.request.aliases,
            keys: self.request.keys,
            profile: self.request.profile,
            output: &work,
            handles: None,
            canaries: None,
            limits: self.request.limits,
            year_max: (self.request.year_max)(),
        };
        let cancel = self.watcher.cancel();
        let watcher = &mut *self.watcher;
        let result = encode(
            &request,
            &mut |read, total| watcher.advance(read, total.unwrap_or(read)),
            &cancel,
        );
        match result {
            Ok(_) => {}
            Err(EncodeError::Cancelled) => return Err(WatchError::Cancelled),
            Err(EncodeError::Io { path, source }) => return Err(WatchError::Io { path, source }),
            Err(error) => {
                let message = format!("{error}; {}", error.help());
                return self.fail(entry, error.code(), message, pass);
            }
        }
        self.reach(Point::Encoded)?;
        // What was encoded is what was looked at, or it is looked at again.
        if digest_of(&path).ok().as_ref() != Some(&entry.sha256) {
            return fs::remove_file(&work).map_err(WatchError::io(&work));
        }
        sync_directory(parent(&work)).map_err(WatchError::io(&work))?;
        entry.submission = digest_of(&work).map_err(WatchError::io(&work))?;
        self.journal.note(entry.clone())?;
        self.reach(Point::EncodedNoted)?;
        self.go_on(entry, pass)
    }

    /// Goes on with the export under way.
    pub(super) fn go_on(&mut self, mut entry: Entry, pass: &mut Pass) -> Result<(), WatchError> {
        if entry.step == Step::Encoded {
            let work = self.work(&entry.export);
            if digest_of(&work).ok().as_ref() != Some(&entry.submission) {
                let message = "the copy of the submission is missing or changed; \
                               change the export in any way to have it sent again";
                return self.fail(entry, "watch-work-lost", message.to_owned(), pass);
            }
            let receipt = self.receipt(&entry.sha256);
            let request = UploadRequest {
                submission: &work,
                service: self.request.service,
                receipt: &receipt,
            };
            let result = match kept(&request)? {
                Some(receipt) => Ok(receipt),
                None => upload(&request, &mut *self.watcher),
            };
            let receipt = match result {
                Ok(receipt) => receipt,
                Err(error) if error.is_of_submission() => {
                    let message = format!("{error}; {}", error.help());
                    return self.fail(entry, error.code(), message, pass);
                }
                Err(error) => return Err(error.into()),
            };
            entry.step = Step::Delivered;
            self.journal.note(entry.clone())?;
            pass.delivered += 1;
            let export = entry.export.clone();
            let submission = receipt.submission().to_owned();
            self.watcher.tell(&Told::Delivered { export, submission });
            self.reach(Point::DeliveredNoted)?;
        }
        self.put_away(&entry)
    }

    /// Puts a delivered export away, and notes it.
    pub(super) fn put_away(&mut self, entry: &Entry) -> Result<(), WatchError> {
        let path = self.receipt(&entry.sha256);
        let receipt = fs::read_to_string(&path).ok().and_then(|text| Receipt::parse(&text).ok());
        let key = self.request.service.unit_key.as_ref();
        let is_kept =
            receipt.is_some_and(|it| it.by(key).is_ok() && it.sha256() == entry.submission);
        if !is_kept {
            return Err(WatchError::ReceiptLost { path });
        }
        self.put_export_away(entry)?;
        self.reach(Point::PutAway)?;
        self.remove_work(&entry.export)?;
        self.reach(Point::WorkRemoved)?;
        self.journal.note(Entry { step: Step::PutAway, ..entry.clone() })?;
        self.reach(Point::PutAwayNoted)
    }

    /// Notes and tells that an export cannot be used.
    fn fail(
        &mut self,
        entry: Entry,
        code: &str,
        message: String,
        pass: &mut Pass,
    ) -> Result<(), WatchError> {
        let export = entry.export.clone();
        self.journal.note(Entry { step: Step::Failed, code: code.to_owned(), ..entry })?;
        if export.len() <= NAME_BYTES_MAX {
            self.remove_work(&export)?;
        }
        pass.failed += 1;
        self.watcher.tell(&Told::Failed { export, code: code.to_owned(), message });
        Ok(())
    }

    pub(super) fn reach(&mut self, point: Point) -> Result<(), WatchError> {
        if self.watcher.goes_on(point) { Ok(()) } else { Err(WatchError::Cancelled) }
    }
}
