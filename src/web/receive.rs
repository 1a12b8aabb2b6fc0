//! Streams a request's body into an upload.

use actix_web::HttpRequest;
use actix_web::web::{Bytes, BytesMut, Data, Payload};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt as _;
use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256};

use super::problem::Problem;
use crate::accounts::Uploader;
use crate::ids::UploadId;
use crate::intake::{self, IntakeError, Received, Upload};
use crate::unit::Unit;

/// Bytes that are gathered before they are sealed and written.
const PIECE_BYTES: usize = 1 << 20;

/// What a piece must hash to: `Upload-Checksum: sha256 BASE64`.
pub(crate) struct Checksum {
    context: Context,
    expected: String,
}

impl Checksum {
    pub(super) fn of(request: &HttpRequest) -> Result<Option<Self>, Problem> {
        let Some(text) = super::uploads::header(request, "upload-checksum") else {
            return Ok(None);
        };
        let (name, expected) = text.split_once(' ').unwrap_or((text, ""));
        let algorithm = match name {
            "sha1" => &SHA1_FOR_LEGACY_USE_ONLY,
            "sha256" => &SHA256,
            _ => return Err(Problem::malformed("the checksum is neither sha1 nor sha256")),
        };
        Ok(Some(Self { context: Context::new(algorithm), expected: expected.trim().to_owned() }))
    }

    fn fits(self) -> bool {
        STANDARD.encode(self.context.finish()) == self.expected
    }
}

/// Streams a body into an upload. What came before a break is kept, unless a checksum was to hold for all of it.
pub(super) async fn receive(
    unit: &Data<Unit>,
    by: Uploader,
    id: UploadId,
    offset: u64,
    mut payload: Payload,
    mut checksum: Option<Checksum>,
) -> Result<Upload, Problem> {
    let (pieces, inbox) = std::sync::mpsc::sync_channel::<Piece>(2);
    let worker = unit.clone();
    let writing =
        actix_web::rt::task::spawn_blocking(move || write(&worker, &by, id, offset, &inbox));
    let mut gathered = BytesMut::with_capacity(PIECE_BYTES);
    let mut broken = false;
    while let Some(chunk) = payload.next().await {
        let Ok(chunk) = chunk else {
            broken = true;
            break;
        };
        if let Some(checksum) = &mut checksum {
            checksum.context.update(&chunk);
        }
        gathered.extend_from_slice(&chunk);
        if gathered.len() >= PIECE_BYTES && !hand_on(&pieces, gathered.split().freeze()).await {
            break;
        }
    }
    if checksum.is_none_or(|checksum| !broken && checksum.fits()) {
        hand_on(&pieces, gathered.freeze()).await;
        let _ = pieces.try_send(Piece::Last);
    }
    drop(pieces);
    let upload = writing.await.map_err(|_| Problem::internal("service-stopping"))?;
    Ok(upload?)
}

enum Piece {
    Bytes(Bytes),
    /// What came is to be kept.
    Last,
}

/// False once the writer has ended.
async fn hand_on(pieces: &std::sync::mpsc::SyncSender<Piece>, bytes: Bytes) -> bool {
    let sender = pieces.clone();
    let sent =
        actix_web::rt::task::spawn_blocking(move || sender.send(Piece::Bytes(bytes)).is_ok());
    sent.await.unwrap_or(false)
}

fn write(
    unit: &Unit,
    by: &Uploader,
    id: UploadId,
    offset: u64,
    inbox: &std::sync::mpsc::Receiver<Piece>,
) -> Result<Upload, IntakeError> {
    let mut received = Received::begin(unit, by, id, offset)?;
    loop {
        match inbox.recv() {
            Ok(Piece::Bytes(bytes)) => {
                if let Err(error) = received.write(&bytes) {
                    let upload = Upload::find(unit, by, id)?;
                    drop(received);
                    if matches!(error, IntakeError::Rejected(_)) {
                        intake::refuse(unit, &upload, &error)?;
                    }
                    return Err(error);
                }
            }
            Ok(Piece::Last) => return received.keep(),
            Err(_) => return Err(IntakeError::Checksum),
        }
    }
}
