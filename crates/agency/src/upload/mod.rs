//! Takes a submission and the address of a unit, gives the unit's receipt; refuses a receipt that is not of this very file.
//!
//! By the tus resumable upload protocol 1.0.0, in pieces with a checksum each. What is needed to go on after a break is
//! kept beside the submission, so that the same call goes on where the last one ended, however it ended.

mod client;
mod error;
mod keep;
mod local;
mod receipt;
mod run;
mod token;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

pub use error::UploadError;
pub(crate) use keep::{append_name, sync_directory};
pub(crate) use local::{hex, sha256_of};
pub use receipt::{Receipt, UnitKey};
pub use token::Token;

/// Bytes of a piece. After a break it is halved, down to [`PIECE_BYTES_MIN`].
pub const PIECE_BYTES: usize = 4 << 20;
/// Fewest bytes of a piece but the last.
pub const PIECE_BYTES_MIN: usize = 64 << 10;
/// Breaks in a row, without a byte that was taken in between, after which an upload is given up for now.
pub const RETRIES_MAX: u32 = 8;
/// The first pause after a break; every further one is twice as long.
pub const PAUSE_FIRST: Duration = Duration::from_secs(1);
/// The longest pause.
pub const PAUSE_MAX: Duration = Duration::from_secs(60);
/// Looks at what became of a complete upload; with their pauses about ten minutes.
pub const OUTCOME_LOOKS_MAX: u32 = 70;
/// The first pause between two such looks.
pub const OUTCOME_PAUSE_FIRST: Duration = Duration::from_millis(100);
/// The longest pause between two such looks.
pub const OUTCOME_PAUSE_MAX: Duration = Duration::from_secs(10);

/// Where submissions go, and as whom.
#[derive(Debug)]
pub struct Service {
    /// `https://host` or `https://host:port`.
    pub address: String,
    /// What says who uploads.
    pub token: Token,
    /// Certificates that are trusted (PEM) in place of those that this machine trusts.
    pub ca: Option<PathBuf>,
    /// The unit's key, if receipts must be signed by it and no other.
    pub unit_key: Option<UnitKey>,
}

/// One submission to be uploaded.
#[derive(Debug)]
pub struct UploadRequest<'a> {
    /// The file.
    pub submission: &'a Path,
    /// Where it goes.
    pub service: &'a Service,
    /// Where the receipt goes.
    pub receipt: &'a Path,
}

/// A place in the work, named after what has just been done. Tests end there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Point {
    /// The unit has begun an upload that only it knows of.
    Begun,
    /// What is needed to go on is on the disk.
    StateKept,
    /// The unit has a further piece.
    PieceTaken,
    /// The unit has a submission of it.
    Accepted,
    /// The receipt is on the disk.
    ReceiptKept,
    /// An export is encoded; the journal does not say so yet.
    Encoded,
    /// The journal says that an export is encoded.
    EncodedNoted,
    /// The journal says that the receipt is there.
    DeliveredNoted,
    /// The export has left its place.
    Claimed,
    /// The export is archived or deleted.
    PutAway,
    /// The copy of the submission is gone.
    WorkRemoved,
    /// The journal says that nothing is left to be done.
    PutAwayNoted,
}

/// Who waits for an upload: sees how far it is, may stop it, and is asked to wait.
pub trait Attendant {
    /// Bytes done, of how many.
    fn advance(&mut self, done: u64, total: u64);

    /// Becomes true when the work is to stop.
    fn cancel(&self) -> Arc<AtomicBool>;

    /// Waits, at most so long.
    fn pause(&mut self, pause: Duration);

    /// Whether to go on. False ends everything on the spot, as a power failure would.
    fn goes_on(&mut self, _: Point) -> bool {
        true
    }
}

/// Uploads a submission and keeps the receipt. Called again after anything that stopped it, it goes on.
///
/// # Errors
/// [`UploadError`].
pub fn upload(
    request: &UploadRequest<'_>,
    attendant: &mut dyn Attendant,
) -> Result<Receipt, UploadError> {
    run::Run::start(request, attendant)?.finish()
}

/// The receipt of an upload that was stopped after it; `None` if none is there that is of this very file.
///
/// # Errors
/// If the submission cannot be read.
pub(crate) fn kept(request: &UploadRequest<'_>) -> Result<Option<Receipt>, UploadError> {
    let Ok(text) = std::fs::read_to_string(request.receipt) else { return Ok(None) };
    let local = local::Local::open(request.submission)?;
    let key = request.service.unit_key.as_ref();
    Ok(Receipt::parse(&text).and_then(|it| it.of(&local, key).map(|()| it)).ok())
}
