//! The tables of `[content]` as they are written.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::mapping::raw::TextOr;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::mapping) struct RawContent {
    pub(super) table: String,
    pub(super) event_date: Option<String>,
    pub(super) columns: BTreeMap<String, RawColumn>,
    #[serde(default)]
    pub(super) group: Vec<RawGroup>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawGroup {
    pub(super) table: String,
    pub(super) from: Option<u16>,
    pub(super) to: Option<u16>,
    pub(super) split: Option<String>,
    pub(super) columns: BTreeMap<String, RawColumn>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawColumn {
    pub(super) column: Option<String>,
    pub(super) constant: Option<String>,
    pub(super) one_of: Option<BTreeMap<String, String>>,
    pub(super) several: Option<String>,
    pub(super) from: Option<String>,
    pub(super) at: Option<String>,
    pub(super) gives: Option<String>,
    pub(super) codes: Option<TextOr<BTreeMap<String, String>>>,
    pub(super) others: Option<String>,
    #[serde(default)]
    pub(super) missing: Vec<String>,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) formats: Option<Vec<String>>,
    pub(super) pivot_year: Option<u16>,
    pub(super) of: Option<String>,
    pub(super) prefixes: Option<Vec<String>>,
}
