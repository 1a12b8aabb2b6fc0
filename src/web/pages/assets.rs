//! Style, scripts and pictures of pages, and the encoder for browsers: all built into the program.

use std::sync::LazyLock;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETAG, IF_NONE_MATCH};
use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};
use sha2::{Digest as _, Sha256};

use super::refusal::Refusal;
use crate::ids::hex;

/// A file.
struct Asset {
    name: &'static str,
    bytes: &'static [u8],
}

macro_rules! assets {
    ($($name:literal from $path:literal;)*) => {
        &[$(Asset { name: $name, bytes: include_bytes!($path) },)*]
    };
}

const ASSETS: &[Asset] = assets! {
    "upload.css" from "assets/upload.css";
    "style.css" from "assets/style.css";
    "enrol.js" from "assets/enrol.js";
    "charts.css" from "../../../crates/chart/src/svg.css";
    "progress.js" from "assets/progress.js";
    "mark.svg" from "assets/mark.svg";
    "digest.js" from "assets/digest.js";
    "htmx.min.js" from "assets/htmx.min.js";
    "bytes.js" from "assets/bytes.js";
    "dom.js" from "assets/dom.js";
    "facts.js" from "assets/facts.js";
    "handles.js" from "assets/handles.js";
    "kept.js" from "assets/kept.js";
    "leaves.js" from "assets/leaves.js";
    "page.js" from "assets/page.js";
    "parts.js" from "assets/parts.js";
    "peek.js" from "assets/peek.js";
    "pieces.js" from "assets/pieces.js";
    "preview.js" from "assets/preview.js";
    "receipt.js" from "assets/receipt.js";
    "refusals.js" from "assets/refusals.js";
    "report.js" from "assets/report.js";
    "roles.js" from "assets/roles.js";
    "saved.js" from "assets/saved.js";
    "step_columns.js" from "assets/step_columns.js";
    "step_encode.js" from "assets/step_encode.js";
    "step_file.js" from "assets/step_file.js";
    "step_key.js" from "assets/step_key.js";
    "step_report.js" from "assets/step_report.js";
    "step_send.js" from "assets/step_send.js";
    "steps.js" from "assets/steps.js";
    "study.js" from "assets/study.js";
    "tus.js" from "assets/tus.js";
    "upload.js" from "assets/upload.js";
    "words.js" from "assets/words.js";
    "encoder/js/files.js" from "../../../crates/page/js/files.js";
    "encoder/js/refusal.js" from "../../../crates/page/js/refusal.js";
    "encoder/js/session.js" from "../../../crates/page/js/session.js";
    "encoder/js/work.js" from "../../../crates/page/js/work.js";
    "encoder/js/worker.js" from "../../../crates/page/js/worker.js";
    "encoder/dist/SHA256SUMS" from "../../../crates/page/dist/SHA256SUMS";
    "encoder/dist/tallystick_page.js" from "../../../crates/page/dist/tallystick_page.js";
    "encoder/dist/tallystick_page_bg.wasm" from "../../../crates/page/dist/tallystick_page_bg.wasm";
};

/// The worker of the encoder, which has a policy of its own: a worker does not take that of its page.
const WORKER: &str = "encoder/js/worker.js";
/// What it may do: load the encoder's own scripts and its module, and run it. It sends nothing.
const WORKER_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; frame-ancestors 'none'";

/// Entity tags of the files, in their order.
static TAGS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let tag = |asset: &Asset| format!("\"{}\"", &hex(&Sha256::digest(asset.bytes))[..32]);
    ASSETS.iter().map(tag).collect()
});

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("wasm") => "application/wasm",
        _ => "text/plain; charset=utf-8",
    }
}

/// Gives a file; the browser keeps it and asks whether it is still the same.
pub(super) async fn asset(
    request: HttpRequest,
    name: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let place = ASSETS.iter().position(|asset| asset.name == name.as_str());
    let place = place.ok_or_else(Refusal::not_found)?;
    let (asset, tag) = (&ASSETS[place], TAGS[place].clone());
    let known = request.headers().get(IF_NONE_MATCH).is_some_and(|known| known == tag.as_str());
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((CACHE_CONTROL, "no-cache")).insert_header((ETAG, tag));
    if asset.name == WORKER {
        response.insert_header((CONTENT_SECURITY_POLICY, WORKER_POLICY));
    }
    if known {
        return Ok(response.finish());
    }
    Ok(response.content_type(media_type(asset.name)).body(asset.bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: &str) -> &'static str {
        let asset = ASSETS.iter().find(|asset| asset.name == name).expect("it is there");
        std::str::from_utf8(asset.bytes).expect("it is text")
    }

    #[test]
    fn colours_of_drawings_are_colours_of_pages_bright_and_dark() {
        let (bright, dark) = text("style.css").split_once("prefers-color-scheme: dark").unwrap();
        for rule in text("charts.css").split("var(--").skip(1) {
            let name = format!("--{}:", rule.split(')').next().unwrap());
            assert!(bright.contains(&name) && dark.contains(&name), "{name}");
        }
    }
}
