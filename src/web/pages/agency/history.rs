//! Submissions of an agency: a list that can be searched and paged, and uploads that were begun and not ended.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use askama::Template;
use serde::Deserialize;

use super::super::super::extract::block;
use super::super::super::problem::Problem;
use super::super::frame::Frame;
use super::super::refusal::Refusal;
use super::super::shown::{self, Moment, bytes, counted, grouped};
use super::super::visit::{Posted, Visit};
use super::super::{page, see};
use super::{moment, names};
use crate::accounts::Uploader;
use crate::ids::{ProjectId, SubmissionId, UploadId, hex};
use crate::intake::{self, Found, OpenUpload, Sought, State};
use crate::unit::Unit;

/// Submissions of one page.
const PAGE: u32 = 25;
/// What can have been done on this page.
const NOTICES: &[(&str, &str)] = &[
    ("withdrawn", "The submission was withdrawn. Its encodings and content are erased."),
    ("ended", "The upload was ended. What was there of it is erased."),
];

/// A submission in a list.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) short: String,
    pub(super) project: String,
    pub(super) state: &'static str,
    pub(super) badge: &'static str,
    pub(super) received_at: Moment,
    pub(super) rows: String,
    pub(super) records: String,
    pub(super) size: String,
    pub(super) sha256: String,
}

/// A state in a word, with the look of its badge.
pub(super) const fn state_words(state: State) -> (&'static str, &'static str) {
    match state {
        State::Accepted => ("stands", "good"),
        State::Superseded => ("superseded", ""),
        State::Withdrawn => ("withdrawn", "warn"),
    }
}

impl Row {
    pub(super) fn new(found: Found, names: &BTreeMap<ProjectId, String>) -> Self {
        let it = found.listed;
        let (state, badge) = state_words(it.state);
        let id = it.id.to_string();
        Self {
            short: shown::short(&id).to_owned(),
            id,
            project: names.get(&it.project).cloned().unwrap_or_default(),
            state,
            badge,
            received_at: moment(it.received_at),
            rows: grouped(it.rows_read),
            records: grouped(it.records),
            size: bytes(it.bytes),
            sha256: hex(&it.sha256),
        }
    }
}

/// An upload that was begun and not ended.
struct OpenRow {
    id: String,
    short: String,
    begun_at: Moment,
    used_at: Moment,
    done: String,
}

impl From<OpenUpload> for OpenRow {
    fn from(upload: OpenUpload) -> Self {
        let id = upload.id.to_string();
        Self {
            short: shown::short(&id).to_owned(),
            id,
            begun_at: moment(upload.begun_at),
            used_at: moment(upload.used_at),
            done: format!("{} of {}", bytes(upload.received), bytes(upload.length)),
        }
    }
}

/// What the form of the list says.
#[derive(Clone, Debug, Default, Deserialize)]
pub(in super::super) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    project: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    after: String,
}

impl Asked {
    /// What is not of its form is not looked for.
    fn sought(&self) -> Sought {
        Sought {
            project: ProjectId::parse(&self.project),
            state: State::parse(&self.state),
            text: self.q.clone(),
            after: SubmissionId::parse(&self.after),
        }
    }

    fn link(&self, after: &str) -> String {
        let part = |name, value: &str| format!("{name}={}", shown::query(value));
        let parts = [
            part("q", &self.q),
            part("project", &self.project),
            part("state", &self.state),
            part("after", after),
        ];
        format!("/agency/submissions?{}", parts.join("&"))
    }
}

#[derive(Template)]
#[template(path = "agency/submissions.html")]
struct SubmissionsPage {
    frame: Frame,
    asked: Asked,
    is_filtered: bool,
    projects: Vec<(String, String)>,
    states: [(&'static str, &'static str); 3],
    open: Vec<OpenRow>,
    rows: Vec<Row>,
    count: String,
    next: Option<String>,
    first: Option<String>,
}

/// The page.
pub(in super::super) async fn find(
    unit: Data<Unit>,
    visit: Visit<Uploader>,
    asked: Query<Asked>,
) -> Result<HttpResponse, Refusal> {
    let Visit { by, reader } = visit;
    let asked = asked.into_inner();
    let sought = asked.sought();
    let (found, open, names, own) = block(move || {
        let found = intake::search(&unit, &by, &sought, PAGE + 1)?;
        let open = intake::open_uploads(&unit, &by)?;
        let own = intake::projects(&unit, &by)?;
        Ok::<_, Problem>((found, open, names(&unit)?, own))
    })
    .await?;
    let last = found.get(PAGE as usize - 1).filter(|_| found.len() > PAGE as usize);
    let next = last.map(|it| asked.link(&it.listed.id.to_string()));
    let rows: Vec<Row> =
        found.into_iter().take(PAGE as usize).map(|it| Row::new(it, &names)).collect();
    let is_own = |(id, _): &(&ProjectId, &String)| own.contains(id);
    let projects = names.iter().filter(is_own).map(|(id, name)| (id.to_string(), name.clone()));
    page(&SubmissionsPage {
        frame: Frame::of(&reader).after(&reader, NOTICES),
        is_filtered: [&asked.q, &asked.project, &asked.state].iter().any(|it| !it.is_empty()),
        projects: projects.collect(),
        states: [State::Accepted, State::Superseded, State::Withdrawn]
            .map(|state| (state.as_str(), state_words(state).0)),
        open: open.into_iter().map(Into::into).collect(),
        count: counted(rows.len() as u64, "submission", "submissions"),
        first: (!asked.after.is_empty()).then(|| asked.link("")),
        rows,
        next,
        asked,
    })
}

/// Ends an upload that was begun.
pub(in super::super) async fn uploads_end(
    unit: Data<Unit>,
    posted: Posted<Uploader>,
    upload: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let id = UploadId::parse(&upload).ok_or_else(Refusal::not_found)?;
    block(move || intake::end(&unit, &posted.by, id)).await?;
    Ok(see("/agency/submissions?done=ended"))
}
