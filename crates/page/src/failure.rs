//! A failure as the page gets it. Errors of the library say where, never what.

use serde::Deserialize;
use tallystick_agency::check::CheckError;
use tallystick_agency::encode::EncodeError;
use tallystick_agency::sniff::SniffError;
use tallystick_encoder::mapping::MappingError;
use wasm_bindgen::JsValue;

/// What went wrong, with a stable code and what to do about it.
#[derive(Debug)]
pub(crate) struct Failure {
    code: &'static str,
    message: String,
    help: String,
}

impl Failure {
    pub(crate) fn new(code: &'static str, message: String, help: impl Into<String>) -> Self {
        Self { code, message, help: help.into() }
    }

    pub(crate) fn to_json(&self) -> serde_json::Value {
        serde_json::json!({ "code": self.code, "message": self.message, "help": self.help })
    }
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        Self::from_str(&failure.to_json().to_string())
    }
}

/// Of an error that has a code and help of its own.
macro_rules! from_error {
    ($($error:ty),*) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::new(error.code(), error.to_string(), error.help())
            }
        }
    )*};
}

from_error!(CheckError, EncodeError, MappingError, SniffError, tallystick_keyfile::KeyFileError);

/// A request of the page.
pub(crate) fn request<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, Failure> {
    serde_json::from_str(json).map_err(|error| {
        let message = format!("the request is not understood, column {}", error.column());
        Failure::new("page-request", message, "load the page again; its parts do not fit")
    })
}
