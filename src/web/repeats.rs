//! Takes a request that bears a key of its own, gives the first answer again if it came before
//! (draft-ietf-httpapi-idempotency-key-header), refuses another request under the same key.

use actix_web::HttpResponse;
use actix_web::body::{BoxBody, MessageBody, to_bytes};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, LOCATION};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data};
use actix_web::{Error, FromRequest as _};
use rusqlite::{OptionalExtension as _, params};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::extract::block;
use super::problem::Problem;
use crate::accounts::{Principal, Role};
use crate::store::{Store, StoreError};
use crate::unit::Unit;

/// The header with the key.
const KEY: &str = "idempotency-key";
/// Longest key in bytes.
const KEY_BYTES_MAX: usize = 255;
/// Says of an answer that it was given before.
const REPEATED: HeaderName = HeaderName::from_static("idempotency-repeated");

/// An answer that was given.
#[derive(Serialize, Deserialize)]
struct Given {
    status: u16,
    content_type: Option<String>,
    location: Option<String>,
    body: String,
}

/// What is known of a key.
enum Known {
    /// Nothing; now its request is being answered.
    New,
    /// The answer, sealed.
    Answered(Vec<u8>),
    /// Its request is being answered, or the unit ended before it was.
    Pending,
    /// It belongs to another request.
    Other,
}

/// Lets a request through once for each key. An answer other than success leaves the key free: nothing was done.
pub(super) async fn once(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let key = request.headers().get(KEY).map(|key| key.as_bytes().to_vec());
    // Uploads have a protocol of their own for going on, and sessions are opened by a cookie.
    let own = ["/api/v1/uploads", "/api/v1/sessions"].contains(&request.path());
    // Forms of pages are answered by a redirect, and what they show once is not kept.
    let is_for_programs = request.path().starts_with("/api/");
    let Some(key) = key.filter(|_| request.method() == Method::POST && is_for_programs && !own)
    else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    if key.is_empty() || key.len() > KEY_BYTES_MAX {
        return Err(Problem::malformed("Idempotency-Key has 1 to 255 bytes").into());
    }
    let unit = request.app_data::<Data<Unit>>().cloned();
    let unit = unit.ok_or_else(|| Problem::internal("service-incomplete"))?;
    let principal = Principal::from_request(request.request(), &mut Payload::None).await;
    let Ok(principal) = principal else {
        // What follows refuses whoever is nobody, and says why.
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let body = request.extract::<Bytes>().await.map_err(|_| Problem::too_large())?;
    let account = principal.account().to_string();
    // Whoever lost a role, or comes with a token of fewer, gets no answer that was given for it.
    let roles: Vec<&str> = principal.roles().iter().map(Role::as_str).collect();
    let digest = digest(&[account.as_bytes(), roles.join(",").as_bytes(), &key]);
    let (method, path) = (request.method().to_string(), request.uri().to_string());
    let fingerprint = self::digest(&[method.as_bytes(), path.as_bytes(), &body]);
    request.set_payload(Payload::from(body));
    let records = unit.clone();
    match block(move || known(&records.store, &digest, &fingerprint)).await? {
        Known::New => {}
        Known::Answered(sealed) => {
            let plain = unit.accounts_key.open(&digest, &sealed);
            let given = plain.and_then(|plain| serde_json::from_slice::<Given>(&plain).ok());
            let given = given.ok_or_else(|| Problem::internal("store-corrupt"))?;
            return Ok(request.into_response(response(&given, true)?));
        }
        Known::Pending => return Err(pending().into()),
        Known::Other => return Err(other().into()),
    }
    // Goes on even if the caller hangs up: that is when the same request comes again.
    let answering = actix_web::rt::spawn(answer(unit, digest, next.call(request)));
    answering.await.map_err(|_| Problem::internal("service-stopping"))?
}

/// The answer, kept if it is one of success.
async fn answer<B: MessageBody + 'static>(
    unit: Data<Unit>,
    digest: [u8; 32],
    answering: impl Future<Output = Result<ServiceResponse<B>, Error>>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let answered = match answering.await {
        Ok(answered) if answered.status().is_success() => answered,
        refused => {
            block(move || forget(&unit.store, &digest)).await?;
            return refused.map(ServiceResponse::map_into_boxed_body);
        }
    };
    let (request, answered) = answered.into_parts();
    let text = |name| answered.headers().get(name).and_then(|value| value.to_str().ok());
    let (content_type, location) = (text(CONTENT_TYPE), text(LOCATION));
    let (content_type, location) = (content_type.map(str::to_owned), location.map(str::to_owned));
    let status = answered.status().as_u16();
    let unwritable = || Problem::internal("answer-unwritable");
    let body = to_bytes(answered.into_body()).await.map_err(|_| unwritable())?;
    let body = String::from_utf8(body.to_vec()).map_err(|_| unwritable())?;
    let given = Given { status, content_type, location, body };
    let answer = response(&given, false)?;
    let plain = serde_json::to_vec(&given).map_err(|_| unwritable())?;
    block(move || {
        let sealed = unit.accounts_key.seal(&digest, &plain).map_err(StoreError::from)?;
        unit.store.keep(|transaction, _| {
            let sql = "UPDATE repeat SET status = ?2, answer = ?3 WHERE digest = ?1";
            transaction.execute(sql, params![digest, status, sealed])?;
            Ok::<_, StoreError>(())
        })
    })
    .await?;
    Ok(ServiceResponse::new(request, answer))
}

fn response(given: &Given, is_repeated: bool) -> Result<HttpResponse, Problem> {
    let status = StatusCode::from_u16(given.status);
    let status = status.map_err(|_| Problem::internal("store-corrupt"))?;
    let mut response = HttpResponse::build(status);
    response.insert_header((CACHE_CONTROL, "no-store"));
    for (name, value) in [(CONTENT_TYPE, &given.content_type), (LOCATION, &given.location)] {
        if let Some(value) = value {
            response.insert_header((name, value.as_str()));
        }
    }
    if is_repeated {
        response.insert_header((REPEATED, "true"));
    }
    Ok(response.body(given.body.clone()))
}

fn known(store: &Store, digest: &[u8; 32], fingerprint: &[u8; 32]) -> Result<Known, StoreError> {
    store.keep(|transaction, now| {
        let sql = "SELECT fingerprint, answer FROM repeat WHERE digest = ?1";
        let found = transaction.query_row(sql, [digest], |row| {
            Ok((row.get::<_, [u8; 32]>(0)?, row.get::<_, Option<Vec<u8>>>(1)?))
        });
        let Some((first, answer)) = found.optional()? else {
            let sql = "INSERT INTO repeat (digest, fingerprint, created_at) VALUES (?1, ?2, ?3)";
            transaction.execute(sql, params![digest, fingerprint, now])?;
            return Ok(Known::New);
        };
        Ok(match answer {
            _ if first != *fingerprint => Known::Other,
            Some(sealed) => Known::Answered(sealed),
            None => Known::Pending,
        })
    })
}

fn forget(store: &Store, digest: &[u8; 32]) -> Result<(), StoreError> {
    store.keep(|transaction, _| {
        transaction.execute("DELETE FROM repeat WHERE digest = ?1", [digest])?;
        Ok(())
    })
}

/// Forgets keys that are older than `service.repeat_hours`.
///
/// # Errors
/// As the records fail.
pub fn expire(unit: &Unit) -> Result<(), StoreError> {
    let before = unit.store.now().plus_seconds(-unit.config.service.repeat_hours * 3_600);
    unit.store.keep(|transaction, _| {
        transaction.execute("DELETE FROM repeat WHERE created_at < ?1", [before])?;
        Ok(())
    })
}

fn pending() -> Problem {
    let help = "look whether it was done before sending it under another key";
    let title = "the first request with this key is not answered yet, or was broken off";
    Problem::new(StatusCode::CONFLICT, "repeat-pending", title, help)
}

fn other() -> Problem {
    let help = "send every new request with a key of its own";
    let title = "the key came with another request";
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "repeat-differs", title, help)
}

/// Of several parts, so that none runs into the next.
fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new_with_prefix(b"tallystick/repeat/v1\n");
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}
