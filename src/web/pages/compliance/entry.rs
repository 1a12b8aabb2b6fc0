//! One entry of the log, whole.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use askama::Template;

use super::super::super::extract::block;
use super::super::super::problem::Problem;
use super::super::frame::Frame;
use super::super::page;
use super::super::refusal::Refusal;
use super::super::visit::Visit;
use super::{Row, look};
use crate::accounts::Compliance;
use crate::audit::words::Names;
use crate::audit::{self, Filter};
use crate::ids::hex;
use crate::store::StoreError;
use crate::unit::Unit;

/// A field of the entry.
struct Field {
    name: String,
    value: String,
    /// Its name in the records; empty where it has none.
    known_as: String,
    /// Where more about it is; empty where nothing is.
    link: String,
    link_text: &'static str,
}

#[derive(Template)]
#[template(path = "compliance/entry.html")]
struct EntryPage {
    frame: Frame,
    row: Row,
    fields: Vec<Field>,
    body: String,
    hash: String,
    is_as_hashed: bool,
    /// Whether it names the hash of the entry before it.
    is_continued: bool,
    is_first: bool,
    is_last: bool,
}

/// The page.
pub(in crate::web::pages) async fn show(
    unit: Data<Unit>,
    visit: Visit<Compliance>,
    seq: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let Visit { by, reader } = visit;
    let seq: u64 = seq.parse().ok().filter(|seq| *seq > 0).ok_or_else(Refusal::not_found)?;
    let seq = seq.min(i64::MAX.unsigned_abs() - 1);
    let frame = Frame::of(&reader);
    let shown = block(move || {
        let shown = unit.store.read(|connection| {
            let filter = Filter { below: Some(seq + 1), ..Filter::default() };
            let mut found = audit::query(connection, &filter, 2)?.entries.into_iter();
            let Some(entry) = found.next().filter(|entry| entry.seq == seq) else {
                return Ok(None);
            };
            let before = found.next().map_or([0; 32], |before| before.hash);
            let head = audit::head(connection)?.map_or(0, |head| head.seq);
            let names = Names::read(connection)?;
            let value: serde_json::Value = serde_json::from_str(&entry.body).unwrap_or_default();
            Ok::<_, StoreError>(Some(EntryPage {
                frame,
                row: Row::new(&entry, &names),
                fields: fields(&value, &names),
                is_as_hashed: entry.is_as_hashed(),
                is_continued: value["previous"].as_str() == Some(&hex(&before)),
                is_first: seq == 1,
                is_last: seq == head,
                hash: hex(&entry.hash),
                body: entry.body,
            }))
        })?;
        look(&unit, &by, u64::from(shown.is_some()))?;
        shown.ok_or_else(Problem::not_found)
    });
    page(&shown.await?)
}

/// The fields in the order of docs/audit.md; counts and digests one by one.
fn fields(value: &serde_json::Value, names: &Names) -> Vec<Field> {
    const ORDER: [(&str, &str); 17] = [
        ("at", "When (UTC)"),
        ("kind", "Kind"),
        ("outcome", "Outcome"),
        ("actor", "Who"),
        ("role", "In which role"),
        ("agency", "Agency"),
        ("session", "Session"),
        ("source_address", "From address"),
        ("object_kind", "Kind of object"),
        ("object", "Object"),
        ("object_sha256", "SHA-256 of the object"),
        ("bytes_in", "Bytes received"),
        ("bytes_out", "Bytes sent"),
        ("duration_ms", "Duration in ms"),
        ("purpose", "Purpose"),
        ("project", "Project"),
        ("reason", "Reason"),
    ];
    let text = |value: &serde_json::Value| {
        value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
    };
    let mut all: Vec<Field> = Vec::new();
    for (name, label) in ORDER {
        if let Some(found) = value.get(name) {
            all.push(field(name, label, text(found), names));
        }
    }
    for agreement in value["agreements"].as_array().into_iter().flatten() {
        all.push(field("agreement", "Under agreement", text(agreement), names));
    }
    for group in ["counts", "digests"] {
        for (name, found) in value[group].as_object().into_iter().flatten() {
            all.push(field("", &name.replace('_', " "), text(found), names));
        }
    }
    all.push(field("", "Version of the program", text(&value["version"]), names));
    all
}

fn field(column: &str, label: &str, value: String, names: &Names) -> Field {
    let query = super::super::shown::query(&value);
    let known = names.of(&value);
    let is_named = matches!(column, "actor" | "agency" | "project" | "object");
    let known_as =
        if is_named && !value.starts_with(known) { known.to_owned() } else { String::new() };
    let (link, link_text) = match column {
        "actor" if value.starts_with("acc_") => {
            (format!("/audit/accounts/{query}"), "everything it touched")
        }
        "agreement" => (format!("/agreements/{query}"), "the agreement"),
        "object" if value.starts_with("agr_") => (format!("/agreements/{query}"), "the agreement"),
        "object" if value.starts_with("acc_") => {
            (format!("/audit/accounts/{query}"), "everything it touched")
        }
        "agency" | "session" | "source_address" | "object" | "object_sha256" | "project"
        | "reason" | "kind" => (format!("/audit?{column}={query}"), "entries with this"),
        _ => (String::new(), ""),
    };
    Field { name: label.to_owned(), value, known_as, link, link_text }
}
