//! Bundles, sent in pieces as they are opened.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH};
use actix_web::web::{Bytes, Data, Path, Query};
use futures_util::stream::try_unfold;
use serde::Deserialize;
use tallystick_wire::ReadAt as _;
use utoipa::IntoParams;

use super::extract::block;
use super::problem::Problem;
use super::releases::release_id;
use crate::accounts::Evaluator;
use crate::ids::{ReleaseId, hex};
use crate::release::desk;
use crate::runs::RunError;
use crate::store::segment::{CHUNK_BYTES, SegmentReader};
use crate::unit::Unit;

/// How a bundle is asked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct BundleWanted {
    /// `accepted`: the caller accepts the terms of the release.
    terms: Option<String>,
}

/// Downloads a bundle. Each time is logged before the first byte is sent.
#[utoipa::path(get, path = "/api/v1/releases/{release}/bundle", tag = "releases",
    params(("release" = String, Path, description = "Id of the release")), responses(
    (status = 200, description = "The bundle", content_type = "application/zip", body = Vec<u8>),
    (status = 400, description = "The terms were not accepted", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role, not a recipient, or not permitted by an agreement", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such release", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "Taken back", body = Problem, content_type = "application/problem+json"),
    (status = 410, description = "Out of date, or its time has ended", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn download(
    unit: Data<Unit>,
    by: Evaluator,
    path: Path<String>,
    wanted: Query<BundleWanted>,
) -> Result<HttpResponse, Problem> {
    let id = release_id(&path)?;
    let accepted = wanted.terms.as_deref() == Some("accepted");
    let found = block(move || desk::download(&unit, &by, id, accepted)).await?;
    Ok(sent(found, id))
}

/// The answer with a bundle's bytes, which are read as they are sent.
pub(super) fn sent(found: desk::Download, id: ReleaseId) -> HttpResponse {
    let (bytes, sha256) = (found.bundle.bytes, found.bundle.sha256);
    let reader = Arc::new(found.reader);
    let pieces = try_unfold((reader, 0), move |(reader, place)| piece(reader, place, bytes));
    HttpResponse::Ok()
        .content_type("application/zip")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_LENGTH, bytes))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{id}.zip\"")))
        .insert_header(("x-bundle-sha256", hex(&sha256)))
        .no_chunking(bytes)
        .streaming(pieces)
}

type Piece = (Bytes, (Arc<SegmentReader>, u64));

/// The next bytes. Between two pieces nothing is held but the place, however slowly they are fetched.
async fn piece(
    reader: Arc<SegmentReader>,
    place: u64,
    bytes: u64,
) -> Result<Option<Piece>, Problem> {
    if place == bytes {
        return Ok(None);
    }
    let read = block(move || {
        let count = usize::try_from(bytes - place).unwrap_or(usize::MAX).min(CHUNK_BYTES);
        let mut buffer = vec![0; count];
        reader.read_exact_at(&mut buffer, place).map_err(RunError::from)?;
        Ok::<_, RunError>((Bytes::from(buffer), reader))
    })
    .await?;
    let next = place + u64::try_from(read.0.len()).expect("addresses have at most 64 bits");
    Ok(Some((read.0, (read.1, next))))
}
