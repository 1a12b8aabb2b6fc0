//! Takes an export, a mapping and keys, gives a submission some rows at a time.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::json;
use tallystick_agency::encode::{EncodeRequest, Encoding};
use tallystick_agency::export::{Export, Input, ReadLimits, ReadSpec};
use tallystick_agency::files::Files;
use tallystick_agency::keys::{KeyFile, Passphrase};
use tallystick_encoder::keys::key_check;
use tallystick_encoder::mapping::Mapping;
use tallystick_wire::Profile;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use zeroize::Zeroizing;

use crate::failure::{Failure, request};
use crate::files::{Keeper, PageFiles};

/// What the key file is called in errors.
const KEY_FILE: &str = "key file";

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Request {
    exports: Vec<PathBuf>,
    mapping: String,
    layout: Option<String>,
    sheet: Option<String>,
    profile: String,
    year: u16,
    output: PathBuf,
    handles: Option<PathBuf>,
    row_id: Option<String>,
}

impl Request {
    fn profile(&self) -> Result<Profile, Failure> {
        let known = [Profile::Standard, Profile::Trusted];
        known.into_iter().find(|profile| profile.as_str() == self.profile).ok_or_else(|| {
            let message = "there is no such profile".to_owned();
            Failure::new("page-request", message, "standard or trusted")
        })
    }
}

/// A mapping, with its layout and its sheet where they are given apart.
pub(crate) fn read_mapping(
    text: &str,
    layout: Option<&str>,
    sheet: Option<&str>,
) -> Result<Mapping, Failure> {
    let mut mapping = Mapping::parse(text)?;
    if let Some(layout) = layout {
        mapping.set_layout(layout)?;
    }
    if let Some(sheet) = sheet {
        mapping.set_sheet(sheet);
    }
    Ok(mapping)
}

fn read_keys(bytes: Vec<u8>, passphrase: Option<String>) -> Result<KeyFile, Failure> {
    let bytes = Zeroizing::new(bytes);
    let passphrase = passphrase.map(Passphrase::new);
    Ok(KeyFile::of_bytes(Path::new(KEY_FILE), &bytes, passphrase)?)
}

/// Reads a key file, sealed or not; gives the fingerprint by which agencies tell that they hold the same keys.
///
/// # Errors
/// As JSON: what is wrong with it, without a value.
#[wasm_bindgen]
pub fn fingerprint(key: Vec<u8>, passphrase: Option<String>) -> Result<String, JsValue> {
    Ok(read_keys(key, passphrase)?.fingerprint().to_string())
}

/// Reads a key file as [`fingerprint`] does; gives what of it is no secret, as JSON: `fingerprint`, `project`,
/// `epoch`, `keyCheck`, and whether it `seals` content.
///
/// # Errors
/// As JSON: what is wrong with it, without a value.
#[wasm_bindgen]
pub fn described(key: Vec<u8>, passphrase: Option<String>) -> Result<String, JsValue> {
    let file = read_keys(key, passphrase)?;
    let described = json!({
        "fingerprint": file.fingerprint().to_string(),
        "project": file.keys.project.to_string(),
        "epoch": file.keys.epoch,
        "keyCheck": key_check(&file.keys).to_string(),
        "seals": file.release_recipient.is_some(),
    });
    Ok(described.to_string())
}

/// Checks that a mapping is well formed and fits the export.
///
/// # Errors
/// As JSON: the first thing that is wrong.
#[wasm_bindgen]
pub fn fits(keeper: Keeper, exports: &str, mapping: &str) -> Result<(), JsValue> {
    Ok(bind(keeper, exports, mapping)?)
}

fn bind(keeper: Keeper, exports: &str, mapping: &str) -> Result<(), Failure> {
    let mapping = read_mapping(mapping, None, None)?;
    let input = Input::Files(request(exports)?);
    let files: Arc<dyn Files> = Arc::new(PageFiles::new(keeper));
    let export =
        Export::open_input(&files, &input, &ReadSpec::of(&mapping), &ReadLimits::default());
    let export = export.map_err(|error| {
        let message = format!("{}: {error}", input.label());
        Failure::new(error.code(), message, error.help())
    })?;
    mapping.bind(export.header())?;
    Ok(())
}

/// An encoding on its way.
#[wasm_bindgen]
#[derive(Debug)]
pub struct PageEncoding(Option<Encoding>);

#[wasm_bindgen]
impl PageEncoding {
    /// Opens everything. The bytes of the key file are overwritten when they have been read.
    ///
    /// # Errors
    /// As JSON: an export, mapping or key file that is not right.
    pub fn start(
        keeper: Keeper,
        request: &str,
        key: Vec<u8>,
        passphrase: Option<String>,
    ) -> Result<Self, JsValue> {
        let keys = read_keys(key, passphrase)?;
        Ok(Self(Some(start(keeper, request, &keys)?)))
    }

    /// Encodes up to so many rows; `false` when there are no more.
    ///
    /// # Errors
    /// As JSON. The encoding is then over.
    pub fn step(&mut self, rows_max: u32) -> Result<bool, JsValue> {
        let Some(encoding) = &mut self.0 else { return Ok(false) };
        match encoding.step(rows_max.into()) {
            Ok(more) => Ok(more),
            Err(error) => {
                self.0 = None;
                Err(Failure::from(error).into())
            }
        }
    }

    /// Rows, and bytes of the export, so far; then bytes in all.
    #[must_use]
    pub fn progress(&self) -> Vec<f64> {
        self.0.as_ref().map_or_else(Vec::new, |encoding| {
            let total = encoding.total_bytes().unwrap_or_else(|| encoding.bytes_read());
            #[expect(clippy::cast_precision_loss, reason = "for show")]
            [encoding.rows(), encoding.bytes_read(), total].map(|count| count as f64).to_vec()
        })
    }

    /// Sorts and writes the submission; gives the report.
    ///
    /// # Errors
    /// As JSON. Nothing is then kept.
    pub fn finish(&mut self) -> Result<String, JsValue> {
        let encoding = self.0.take().ok_or_else(over)?;
        Ok(encoding.finish().map_err(Failure::from)?.to_json().to_string())
    }
}

/// Something was asked of work that is done.
pub(crate) fn over() -> Failure {
    Failure::new("page-request", "this is over".to_owned(), "start again")
}

fn start(keeper: Keeper, json: &str, keys: &KeyFile) -> Result<Encoding, Failure> {
    let request: Request = request(json)?;
    let mapping =
        read_mapping(&request.mapping, request.layout.as_deref(), request.sheet.as_deref())?;
    let files: Arc<dyn Files> = Arc::new(PageFiles::new(keeper));
    let handles = request.handles.as_deref().map(|path| (path, request.row_id.as_deref()));
    let encode = EncodeRequest {
        export: &Input::Files(request.exports.clone()),
        mapping: &mapping,
        aliases: None,
        keys,
        profile: request.profile()?,
        output: &request.output,
        handles,
        canaries: None,
        limits: ReadLimits::default(),
        year_max: request.year,
    };
    Ok(Encoding::start(&encode, &files)?)
}
