//! Takes an export and what a person has told about it, gives the proposed mapping with what it rests on.

use std::path::PathBuf;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};
use tallystick_agency::export::{Input, ReadLimits};
use tallystick_agency::files::Files;
use tallystick_agency::sniff::{Sniffed, Told};
use tallystick_encoder::mapping::{FixedLayout, SourceType};
use tallystick_encoder::sniff::{Answer, DateOrder, Proposal, Role, source_name};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::failure::{Failure, request};
use crate::files::{Keeper, PageFiles};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Request {
    exports: Vec<PathBuf>,
    year: u16,
    source: Option<String>,
    source_type: Option<String>,
    delimiter: Option<char>,
    sheet: Option<String>,
    layout: Option<String>,
    has_header: Option<bool>,
    #[serde(default)]
    roles: Vec<(String, String)>,
    #[serde(default)]
    date_orders: Vec<(String, String)>,
    #[serde(default)]
    ignore_layouts: bool,
}

/// Proposes a mapping.
///
/// # Errors
/// As JSON: an export that cannot be read, or an answer about a column that is not there.
#[wasm_bindgen]
pub fn sniff(keeper: Keeper, told: &str) -> Result<String, JsValue> {
    Ok(propose(keeper, told)?.to_string())
}

fn propose(keeper: Keeper, told: &str) -> Result<Value, Failure> {
    let request: Request = request(told)?;
    let files: Arc<dyn Files> = Arc::new(PageFiles::new(keeper));
    let input = Input::Files(request.exports.clone());
    let sniffed = Sniffed::read_input(&files, &input, told_of(request)?)?;
    let proposal = sniffed.propose();
    let (mapping, problem) = match sniffed.mapping(&proposal) {
        Ok(mapping) => (Some(mapping), None),
        Err(error) => (None, Some(Failure::from(error).to_json())),
    };
    let (rows, rows_seen) = proposal.rows;
    Ok(json!({
        "rows": rows,
        "rowsSeen": rows_seen,
        "rowsRejected": sniffed.rows_rejected,
        "source": proposal.source,
        "sourceType": proposal.source_type.as_str(),
        "sourceTypeReason": proposal.source_type_reason,
        "layout": proposal.layout,
        "columns": columns(&proposal),
        "questions": questions(&proposal, &sniffed.header),
        "mapping": mapping,
        "problem": problem,
    }))
}

fn told_of(request: Request) -> Result<Told, Failure> {
    let unknown = |code, what: &str| Failure::new(code, format!("there is no such {what}"), "");
    let stem = request.exports.first().and_then(|path| path.file_stem());
    let stem = stem.map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let source_type = request.source_type.map(|word| {
        let found = SOURCE_TYPES.into_iter().find(|kind| kind.as_str() == word);
        found.ok_or_else(|| unknown("sniff-type-unknown", "kind of agency"))
    });
    let role = |(column, word): (String, String)| match Role::from_word(&word) {
        Some(role) => Ok((column, role)),
        None => Err(unknown("sniff-role-unknown", "role")),
    };
    let order = |(column, word): (String, String)| match DateOrder::from_word(&word) {
        Some(order) => Ok((column, order)),
        None => Err(unknown("sniff-order-unknown", "order of dates")),
    };
    let delimiter = request.delimiter.map(|delimiter| {
        let byte = u8::try_from(delimiter).ok();
        byte.ok_or_else(|| unknown("sniff-option", "delimiter"))
    });
    Ok(Told {
        source: request.source.unwrap_or_else(|| source_name(&stem)),
        source_type: source_type.transpose()?,
        delimiter: delimiter.transpose()?,
        sheet: request.sheet,
        layout: request.layout.map(|text| FixedLayout::parse(&text)).transpose()?,
        has_header: request.has_header,
        roles: request.roles.into_iter().map(role).collect::<Result<_, _>>()?,
        date_orders: request.date_orders.into_iter().map(order).collect::<Result<_, _>>()?,
        year_max: request.year,
        limits: ReadLimits::default(),
        ignore_layouts: request.ignore_layouts,
    })
}

const SOURCE_TYPES: [SourceType; 6] = [
    SourceType::Police,
    SourceType::Court,
    SourceType::Prosecutor,
    SourceType::Jail,
    SourceType::Provider,
    SourceType::Other,
];

fn columns(proposal: &Proposal) -> Vec<Value> {
    let columns = proposal.columns.iter();
    columns
        .map(|column| {
            json!({
                "name": column.name,
                "role": column.role.to_string(),
                "percent": column.percent,
                "reason": column.reason,
                "releaseName": column.release_name,
            })
        })
        .collect()
}

fn questions(proposal: &Proposal, header: &[String]) -> Vec<Value> {
    let answer = |answer: &Answer| {
        let column = &header[answer.column()];
        match answer {
            Answer::DateOrder(_, order) => json!({ "column": column, "dateOrder": order.as_str() }),
            Answer::Role(_, role) => json!({ "column": column, "role": role.to_string() }),
        }
    };
    let questions = proposal.questions.iter();
    questions
        .map(|question| {
            let answers: Vec<Value> = question.answers(header).iter().map(answer).collect();
            json!({ "code": question.code(), "text": question.text(header), "answers": answers })
        })
        .collect()
}
