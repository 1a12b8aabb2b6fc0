//! Takes an export and a mapping, gives the report on how well it can be linked.

use std::path::PathBuf;
use std::sync::Arc;

use serde::Deserialize;
use tallystick_agency::check::{CheckRequest, Checking, html};
use tallystick_agency::export::ReadLimits;
use tallystick_agency::files::Files;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::encode::{over, read_mapping};
use crate::failure::{Failure, request};
use crate::files::{Keeper, PageFiles};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Request {
    export: PathBuf,
    mapping: String,
    layout: Option<String>,
    sheet: Option<String>,
    year: u16,
    never: Option<PathBuf>,
}

/// A check on its way.
#[wasm_bindgen]
#[derive(Debug)]
pub struct PageCheck(Option<Checking>);

#[wasm_bindgen]
impl PageCheck {
    /// Opens the export.
    ///
    /// # Errors
    /// As JSON: an export or mapping that is not right.
    pub fn start(keeper: Keeper, request: &str) -> Result<Self, JsValue> {
        Ok(Self(Some(start(keeper, request)?)))
    }

    /// Looks at up to so many rows; `false` when there are no more.
    ///
    /// # Errors
    /// As JSON. The check is then over.
    pub fn step(&mut self, rows_max: u32) -> Result<bool, JsValue> {
        let Some(checking) = &mut self.0 else { return Ok(false) };
        match checking.step(rows_max.into()) {
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
        self.0.as_ref().map_or_else(Vec::new, |checking| {
            let total = checking.total_bytes().unwrap_or_else(|| checking.bytes_read());
            #[expect(clippy::cast_precision_loss, reason = "for show")]
            [checking.rows(), checking.bytes_read(), total].map(|count| count as f64).to_vec()
        })
    }

    /// The report as JSON, and as the page that the program writes.
    ///
    /// # Errors
    /// As JSON.
    pub fn finish(&mut self) -> Result<Vec<String>, JsValue> {
        let checking = self.0.take().ok_or_else(over)?;
        let report = checking.finish(None).map_err(Failure::from)?;
        let json = serde_json::to_string(&report).expect("a report has no odd keys");
        Ok(vec![json, html::page(&report)])
    }
}

fn start(keeper: Keeper, json: &str) -> Result<Checking, Failure> {
    let request: Request = request(json)?;
    let mapping =
        read_mapping(&request.mapping, request.layout.as_deref(), request.sheet.as_deref())?;
    let files: Arc<dyn Files> = Arc::new(PageFiles::new(keeper));
    let check = CheckRequest {
        export: &request.export,
        mapping: &mapping,
        never: request.never.as_deref(),
        earlier: None,
        limits: ReadLimits::default(),
        year_max: request.year,
    };
    Ok(Checking::start(&check, &files)?)
}
