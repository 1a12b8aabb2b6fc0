//! Answers: JSON with an entity tag, so that what did not change is not sent again (RFC 9110, section 13.1.2).

use actix_web::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::problem::Problem;
use crate::ids::hex;

/// 200 with a body, or 304 if the caller has it.
pub(crate) fn json(request: &HttpRequest, body: &impl Serialize) -> Result<HttpResponse, Problem> {
    let text = serde_json::to_vec(body).map_err(|_| Problem::internal("answer-unwritable"))?;
    let tag = format!("\"{}\"", &hex(&Sha256::digest(&text))[..32]);
    let known = request
        .headers()
        .get_all(IF_NONE_MATCH)
        .any(|value| value.to_str().is_ok_and(|text| text.split(',').any(|one| one.trim() == tag)));
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    // Kept by the caller alone, and asked for again each time.
    response.insert_header((CACHE_CONTROL, "private, no-cache")).insert_header((ETAG, tag));
    if known {
        return Ok(response.finish());
    }
    Ok(response.content_type("application/json").body(text))
}

/// 201 with a body that nobody keeps: it may hold a secret that is shown once.
pub(crate) fn created(body: &impl Serialize) -> HttpResponse {
    HttpResponse::Created().insert_header((CACHE_CONTROL, "no-store")).json(body)
}
