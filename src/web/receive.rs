//! Streams a request's body into an upload.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::rt::time::timeout;
use actix_web::web::{Bytes, BytesMut, Data, Payload};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt as _;
use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use tokio::sync::{mpsc, oneshot};

use super::problem::Problem;
use crate::accounts::Uploader;
use crate::ids::UploadId;
use crate::intake::{IntakeError, Received, Upload};
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

/// What becomes of the bytes that came when a connection breaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Broken {
    /// They are kept: the client goes on there.
    Kept,
    /// The upload is given up: nobody would go on with it.
    Ended,
}

/// From the thread that serves to the one that writes.
enum Piece {
    Bytes(Bytes),
    /// The body came to its end, and is what its checksum says if it has one.
    Whole,
    /// The body is not what its checksum says.
    Wrong,
}

/// What the writer does when no more comes.
#[derive(Clone, Copy)]
struct Rule {
    broken: Broken,
    has_checksum: bool,
}

/// Streams a body into an upload. The writer is a thread of its own: it decides what is kept even if the request is dropped.
pub(super) async fn receive(
    unit: &Data<Unit>,
    by: Uploader,
    (id, offset): (UploadId, u64),
    mut payload: Payload,
    mut checksum: Option<Checksum>,
    broken: Broken,
) -> Result<Upload, Problem> {
    let (pieces, inbox) = mpsc::channel::<Piece>(2);
    let (done, outcome) = oneshot::channel();
    let rule = Rule { broken, has_checksum: checksum.is_some() };
    let worker = unit.clone();
    std::thread::Builder::new()
        .name("upload".to_owned())
        .spawn(move || {
            // Nobody listens if the request was dropped; what was decided holds all the same.
            let _ = done.send(write(&worker, &by, (id, offset), inbox, rule));
        })
        .map_err(|_| Problem::internal("service-overloaded"))?;
    let pause = Duration::from_secs(unit.config.service.body_pause_seconds);
    let mut gathered = BytesMut::with_capacity(PIECE_BYTES);
    loop {
        // Too long a pause, and an error, are a break: the sender is dropped without a last word.
        let Ok(next) = timeout(pause, payload.next()).await else { break };
        let chunk = match next {
            Some(Ok(chunk)) => chunk,
            Some(Err(_)) => break,
            None => {
                let fits = checksum.is_none_or(Checksum::fits);
                let _ = pieces.send(Piece::Bytes(gathered.split().freeze())).await;
                let _ = pieces.send(if fits { Piece::Whole } else { Piece::Wrong }).await;
                break;
            }
        };
        if let Some(checksum) = &mut checksum {
            checksum.context.update(&chunk);
        }
        gathered.extend_from_slice(&chunk);
        let is_full = gathered.len() >= PIECE_BYTES;
        if is_full && pieces.send(Piece::Bytes(gathered.split().freeze())).await.is_err() {
            break;
        }
    }
    if !gathered.is_empty() && !rule.has_checksum {
        let _ = pieces.send(Piece::Bytes(gathered.freeze())).await;
    }
    drop(pieces);
    let upload = outcome.await.map_err(|_| Problem::internal("service-stopping"))?;
    Ok(upload?)
}

fn write(
    unit: &Unit,
    by: &Uploader,
    (id, offset): (UploadId, u64),
    mut inbox: mpsc::Receiver<Piece>,
    rule: Rule,
) -> Result<Upload, IntakeError> {
    let mut received = Received::begin(unit, by, id, offset)?;
    loop {
        match inbox.blocking_recv() {
            Some(Piece::Bytes(bytes)) => {
                if let Err(error) = received.write(&bytes) {
                    return Err(received.give_up(by, error, rule.broken == Broken::Ended));
                }
                if !rule.has_checksum {
                    received.keep_now_and_then()?;
                }
            }
            Some(Piece::Whole) => return received.keep(),
            Some(Piece::Wrong) => return Err(IntakeError::Checksum),
            None if rule.broken == Broken::Ended => {
                return Err(received.give_up(by, IntakeError::Broken, true));
            }
            None if rule.has_checksum => return Err(IntakeError::Broken),
            None => return received.keep(),
        }
    }
}
