//! The agency's tool in a browser: sniff, check and encode in a worker, by the code of the program.
//!
//! Takes a keeper of files (an object of the page, see `js/files.js`) and requests as JSON, gives
//! reports as JSON and writes files through the keeper, refuses with `{code, message, help}` as JSON.
//! There is no clock here: the year comes from the page. Nothing is sent anywhere.

mod check;
mod encode;
mod failure;
mod files;
mod proposal;

pub use check::PageCheck;
pub use encode::{PageEncoding, described, fingerprint, fits};
pub use files::{File, Keeper};
pub use proposal::sniff;
use wasm_bindgen::prelude::wasm_bindgen;

/// Version of this module.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
