//! Takes a submission step by step to its receipt: begin or go on, send pieces, ask for the outcome, check the receipt.

use std::sync::atomic::Ordering;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};
use serde::Deserialize;

use super::client::{Answer, Client, Silence};
use super::keep::{State, StateFile, write_atomically};
use super::local::{Local, hex};
use super::receipt::is_id;
use super::{
    Attendant, OUTCOME_LOOKS_MAX, OUTCOME_PAUSE_FIRST, OUTCOME_PAUSE_MAX, PAUSE_FIRST, PAUSE_MAX,
    PIECE_BYTES, PIECE_BYTES_MIN, Point, RETRIES_MAX, Receipt, UploadError, UploadRequest,
};

/// Where uploads are.
const UPLOADS: &str = "/api/v1/uploads";
/// How often an upload is begun, where the unit has lost or ended the one before.
const BEGINNINGS_MAX: u32 = 3;

/// An upload on its way.
pub(super) struct Run<'a> {
    request: &'a UploadRequest<'a>,
    attendant: &'a mut dyn Attendant,
    client: Client,
    local: Local,
    state: StateFile,
    piece_bytes: usize,
}

/// What became of a piece.
enum Piece {
    /// The unit has bytes up to here.
    Taken(u64),
    /// It may be sent again.
    Again(String),
    /// The upload has all of its bytes.
    Closed,
    /// There is no such upload any more.
    Gone,
}

/// An upload as the unit shows it.
#[derive(Deserialize)]
struct Shown {
    state: String,
    submission: Option<String>,
    reason: Option<String>,
}

impl<'a> Run<'a> {
    pub(super) fn start(
        request: &'a UploadRequest<'a>,
        attendant: &'a mut dyn Attendant,
    ) -> Result<Self, UploadError> {
        let local = Local::open(request.submission)?;
        let client = Client::new(request.service)?;
        let state = StateFile::beside(request.submission);
        Ok(Self { request, attendant, client, local, state, piece_bytes: PIECE_BYTES })
    }

    pub(super) fn finish(mut self) -> Result<Receipt, UploadError> {
        for _ in 0..BEGINNINGS_MAX {
            let (place, offset) = match self.known()? {
                Some(known) => known,
                None => (self.begin()?, 0),
            };
            let submission = if self.send(&place, offset)? { self.outcome(&place)? } else { None };
            if let Some(submission) = submission {
                self.reach(Point::Accepted)?;
                return self.receipt(&submission);
            }
            self.state.remove()?;
        }
        Err(UploadError::Answer { what: "an upload that was begun is not there" })
    }

    /// An upload of this very file that was begun before, and how far it is.
    fn known(&mut self) -> Result<Option<(String, u64)>, UploadError> {
        let Some(state) = self.state.read() else { return Ok(None) };
        let is_same = state.service == self.client.base()
            && state.length == self.local.length
            && state.sha256 == hex(&self.local.sha256);
        match place(&state.upload) {
            Some(place) if is_same => Ok(self.offset(&place)?.map(|offset| (place, offset))),
            _ => Ok(None),
        }
    }

    fn begin(&mut self) -> Result<String, UploadError> {
        let length = self.local.length.to_string();
        let answer = self.ask("POST", UPLOADS, &[("upload-length", &length)])?;
        match answer.status {
            201 => {}
            413 => return self.refused(answer.problem()),
            _ => return Err(answer.error()),
        }
        let location = answer.header("location").unwrap_or_default();
        let location = location.strip_prefix(self.client.base()).unwrap_or(location);
        let upload = place(location).ok_or(UploadError::Answer { what: "Location" })?;
        self.reach(Point::Begun)?;
        self.state.write(&State {
            service: self.client.base().to_owned(),
            upload: upload.clone(),
            length: self.local.length,
            sha256: hex(&self.local.sha256),
        })?;
        self.reach(Point::StateKept)?;
        Ok(upload)
    }

    /// How far an upload is; `None` if there is none.
    fn offset(&mut self, place: &str) -> Result<Option<u64>, UploadError> {
        let answer = self.ask("HEAD", place, &[])?;
        match answer.status {
            200 => {
                let offset = answer.number("upload-offset");
                let offset = offset.filter(|offset| *offset <= self.local.length);
                Ok(Some(offset.ok_or(UploadError::Answer { what: "Upload-Offset" })?))
            }
            404 => Ok(None),
            // Refused, which is an error, or ended.
            410 => self.outcome(place).map(|_| None),
            _ => Err(answer.error()),
        }
    }

    /// Sends what is missing; false if the upload is gone.
    fn send(&mut self, place: &str, mut offset: u64) -> Result<bool, UploadError> {
        let mut broken = 0;
        while offset < self.local.length {
            self.attendant.advance(offset, self.local.length);
            match self.piece(place, offset)? {
                Piece::Taken(next) => {
                    (offset, broken) = (next, 0);
                    self.piece_bytes = (2 * self.piece_bytes).min(PIECE_BYTES);
                    self.reach(Point::PieceTaken)?;
                }
                Piece::Again(what) => {
                    broken += 1;
                    self.piece_bytes = (self.piece_bytes / 2).max(PIECE_BYTES_MIN);
                    self.wait(broken, what)?;
                    match self.offset(place)? {
                        Some(found) if found > offset => (offset, broken) = (found, 0),
                        Some(found) => offset = found,
                        None => return Ok(false),
                    }
                }
                Piece::Closed => break,
                Piece::Gone => return Ok(false),
            }
        }
        self.attendant.advance(self.local.length, self.local.length);
        Ok(true)
    }

    fn piece(&mut self, place: &str, offset: u64) -> Result<Piece, UploadError> {
        self.check_cancel()?;
        let bytes = self.local.piece(offset, self.piece_bytes)?;
        let checksum = format!("sha256 {}", STANDARD.encode(digest(&SHA256, &bytes)));
        let at = offset.to_string();
        let headers = [
            ("content-type", "application/offset+octet-stream"),
            ("upload-offset", at.as_str()),
            ("upload-checksum", checksum.as_str()),
        ];
        let answer = match self.client.send("PATCH", place, &headers, Some(&bytes)) {
            Ok(answer) => answer,
            Err(Silence::Broken(what)) => return Ok(Piece::Again(what)),
            Err(Silence::Final(error)) => return Err(error),
        };
        let expected = offset + bytes.len() as u64;
        let problem = answer.problem();
        match (answer.status, problem.as_str()) {
            (204, _) if answer.number("upload-offset") == Some(expected) => {
                Ok(Piece::Taken(expected))
            }
            (204, _) => Err(UploadError::Answer { what: "Upload-Offset" }),
            (404 | 410, _) => Ok(Piece::Gone),
            (409, "upload-closed") => Ok(Piece::Closed),
            (408 | 409 | 423 | 460 | 500.., _) => Ok(Piece::Again(format!("problem {problem}"))),
            (422, _) => self.refused(problem),
            _ => Err(answer.error()),
        }
    }

    fn refused<T>(&self, reason: String) -> Result<T, UploadError> {
        self.state.remove()?;
        Err(UploadError::Refused { reason })
    }

    /// What became of a complete upload: the submission, or `None` if it was ended.
    fn outcome(&mut self, place: &str) -> Result<Option<String>, UploadError> {
        let mut pause = OUTCOME_PAUSE_FIRST;
        for _ in 0..OUTCOME_LOOKS_MAX {
            let answer = self.ask("GET", place, &[])?;
            match answer.status {
                200 => {}
                404 => return Ok(None),
                _ => return Err(answer.error()),
            }
            let shown: Shown = answer.json().ok_or(UploadError::Answer { what: "the outcome" })?;
            match (shown.state.as_str(), shown.submission, shown.reason) {
                ("accepted", Some(id), _) if is_id(&id) => return Ok(Some(id)),
                ("refused", _, Some(reason)) if is_id(&reason) => return self.refused(reason),
                ("ended", ..) => return Ok(None),
                ("complete", ..) => {}
                _ => return Err(UploadError::Answer { what: "the outcome" }),
            }
            self.attendant.pause(pause);
            pause = (2 * pause).min(OUTCOME_PAUSE_MAX);
        }
        Err(UploadError::Pending)
    }

    fn receipt(&mut self, submission: &str) -> Result<Receipt, UploadError> {
        let answer = self.ask("GET", &format!("/api/v1/submissions/{submission}/receipt"), &[])?;
        if answer.status != 200 {
            return Err(answer.error());
        }
        let receipt = Receipt::parse(answer.text().ok_or(UploadError::ReceiptForm)?)?;
        if receipt.submission() != submission {
            return Err(UploadError::ReceiptDiffers { what: "receipt" });
        }
        receipt.of(&self.local, self.request.service.unit_key.as_ref())?;
        let path = self.request.receipt;
        let line = format!("{}\n", receipt.text());
        write_atomically(path, line.as_bytes()).map_err(UploadError::io(path))?;
        self.reach(Point::ReceiptKept)?;
        self.state.remove()?;
        Ok(receipt)
    }

    /// Sends a request without a body, again where it breaks.
    fn ask(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<Answer, UploadError> {
        let mut broken = 0;
        loop {
            self.check_cancel()?;
            let body = (method == "POST").then_some([].as_slice());
            let what = match self.client.send(method, path, headers, body) {
                Ok(answer) if answer.status < 500 && answer.status != 408 => return Ok(answer),
                Ok(answer) if broken == RETRIES_MAX => return Err(answer.error()),
                Ok(answer) => format!("problem {}", answer.problem()),
                Err(Silence::Broken(what)) => what,
                Err(Silence::Final(error)) => return Err(error),
            };
            broken += 1;
            self.wait(broken, what)?;
        }
    }

    /// Waits after a break, longer each time; gives up after some.
    fn wait(&mut self, broken: u32, what: String) -> Result<(), UploadError> {
        self.check_cancel()?;
        if broken > RETRIES_MAX {
            return Err(UploadError::Unreachable { attempts: broken, what });
        }
        self.attendant.pause(pause_after(broken));
        self.check_cancel()
    }

    fn check_cancel(&self) -> Result<(), UploadError> {
        if self.attendant.cancel().load(Ordering::Relaxed) {
            return Err(UploadError::Cancelled);
        }
        Ok(())
    }

    fn reach(&mut self, point: Point) -> Result<(), UploadError> {
        if self.attendant.goes_on(point) { Ok(()) } else { Err(UploadError::Cancelled) }
    }
}

/// The path of an upload, if it is one.
fn place(path: &str) -> Option<String> {
    let id = path.strip_prefix(UPLOADS)?.strip_prefix('/')?;
    is_id(id).then(|| path.to_owned())
}

fn pause_after(broken: u32) -> Duration {
    PAUSE_FIRST.saturating_mul(1 << (broken - 1).min(16)).min(PAUSE_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let pauses: Vec<u64> = (1..=8).map(|broken| pause_after(broken).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
    }

    #[test]
    fn a_place_is_an_upload_and_nothing_else() {
        assert!(place("/api/v1/uploads/upl_0123").is_some());
        for bad in
            ["/api/v1/uploads", "/api/v1/uploads/", "/api/v1/uploads/../accounts", "https://other/"]
        {
            assert_eq!(place(bad), None, "{bad}");
        }
    }
}
