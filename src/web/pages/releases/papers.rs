//! Report and codebook of a release, read without a download of its tables.
//!
//! The report has an address of its own and stands in a frame: it is a whole document with styles of its own, made when the
//! bundle was written and signed with it. In the frame it is shown as it was signed, byte for byte, and what is in it can do
//! nothing to the page around it: its policy is that of a sandbox without scripts, forms and an origin. Its parts in the page
//! itself would have to be taken apart and trusted again.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, ContentType, X_FRAME_OPTIONS,
};
use actix_web::web::{Data, Path, Query};
use askama::Template;
use serde::Deserialize;

use super::super::super::extract::block;
use super::super::super::problem::Problem;
use super::super::frame::Frame;
use super::super::page_with;
use super::super::refusal::Refusal;
use super::super::visit::Visit;
use super::report::Report;
use super::show::Found;
use super::{Badge, Choice, release_id, standing_badge};
use crate::accounts::ReleaseReader;
use crate::release::desk::{self, DeskError, Part, Standing};
use crate::unit::Unit;

/// The report may be framed by pages of ours only, and do nothing.
const FRAMED_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'self'";
/// The page around it may frame what is ours.
const FRAMING_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; \
     form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
/// Columns of the codebook that one page shows.
const COLUMNS_MAX: usize = 400;

/// What stands above every page of a release.
pub(super) struct Head {
    pub(super) id: String,
    pub(super) number: u64,
    pub(super) badge: Badge,
    /// Whether the reader may have the tables.
    pub(super) has_tables: bool,
}

#[derive(Template)]
#[template(path = "releases/report.html")]
struct ReportPage {
    frame: Frame,
    head: Head,
}

/// Reads it, for whoever could download the release at this moment.
pub(super) async fn head(
    unit: &Data<Unit>,
    by: &ReleaseReader,
    path: &str,
) -> Result<(Head, Found), Refusal> {
    let id = release_id(path)?;
    let (worker, asked) = (unit.clone(), by.clone());
    let found = block(move || {
        let found = Found::read(&worker, &asked, id)?;
        let now = worker.store.now();
        worker.store.read(|connection| desk::may_read(connection, now, &asked, &found.release))?;
        Ok::<_, DeskError>(found)
    })
    .await?;
    let head = Head {
        id: id.to_string(),
        number: found.release.number,
        badge: standing_badge(Standing::of(&found.release, unit.store.now())),
        has_tables: by.projects().is_some(),
    };
    Ok((head, found))
}

/// The page around the report.
pub(in crate::web::pages) async fn report(
    unit: Data<Unit>,
    visit: Visit<ReleaseReader>,
    path: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let (head, _) = head(&unit, &visit.by, &path).await?;
    let page = ReportPage { frame: Frame::of(&visit.reader), head };
    page_with(StatusCode::OK, FRAMING_POLICY, &page)
}

/// The report itself.
pub(in crate::web::pages) async fn report_itself(
    unit: Data<Unit>,
    visit: Visit<ReleaseReader>,
    path: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let id = release_id(&path)?;
    let bytes = block(move || desk::read(&unit, &visit.by, id, Part::Report)).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_SECURITY_POLICY, FRAMED_POLICY))
        .insert_header((X_FRAME_OPTIONS, "SAMEORIGIN"))
        .content_type(ContentType::html())
        .body(bytes))
}

/// What is looked for in the codebook.
#[derive(Deserialize)]
pub(in crate::web::pages) struct Wanted {
    #[serde(default)]
    table: String,
    #[serde(default)]
    text: String,
}

/// A column of a table.
#[derive(Debug, Deserialize)]
pub(super) struct ColumnShown {
    table: String,
    column: String,
    #[serde(rename = "type")]
    kind: String,
    label: String,
    values: String,
    missing_codes: String,
    missing_share: String,
    source: String,
    derivation: String,
    disclosure_class: String,
    /// What the check did to it.
    #[serde(skip)]
    treatment: String,
}

impl ColumnShown {
    fn unit(&self) -> &'static str {
        match self.kind.as_str() {
            "days" => "days from the index day, or as its meaning says",
            "decimal" => "a share, with three decimals",
            "flag" => "1 yes, 0 no",
            _ => "",
        }
    }

    fn levels(&self) -> Vec<&str> {
        self.values.split("; ").filter(|one| !one.is_empty()).collect()
    }

    fn reasons(&self) -> Vec<&str> {
        self.missing_codes.split("; ").filter(|one| !one.trim().is_empty()).collect()
    }

    fn class_words(&self) -> &'static str {
        match self.disclosure_class.as_str() {
            "identifier" => "random id",
            "quasi" => "may be known of a person from elsewhere",
            "sensitive" => "sensitive",
            _ => "not used to tell persons apart",
        }
    }

    fn has(&self, wanted: &Wanted) -> bool {
        let text = wanted.text.trim().to_lowercase();
        let is_of_table = wanted.table.is_empty() || wanted.table == self.table;
        let words = [&self.column, &self.label, &self.derivation, &self.values, &self.source];
        is_of_table
            && (text.is_empty() || words.iter().any(|word| word.to_lowercase().contains(&text)))
    }
}

/// A table with its columns that fit.
struct TableShown {
    name: String,
    columns: Vec<ColumnShown>,
}

#[derive(Template)]
#[template(path = "releases/codebook.html")]
struct CodebookPage {
    frame: Frame,
    head: Head,
    tables: Vec<TableShown>,
    choices: Vec<Choice>,
    text: String,
    is_filtered: bool,
    columns: usize,
    /// Whether more fit than the page shows.
    is_cut: bool,
}

/// Reads `codebook.csv`.
pub(super) fn parse(bytes: &[u8]) -> Result<Vec<ColumnShown>, Problem> {
    let rows = csv::Reader::from_reader(bytes).into_deserialize().collect::<Result<_, _>>();
    rows.map_err(|_| Problem::internal("store-corrupt"))
}

/// The codebook.
pub(in crate::web::pages) async fn codebook(
    unit: Data<Unit>,
    visit: Visit<ReleaseReader>,
    path: Path<String>,
    wanted: Query<Wanted>,
) -> Result<HttpResponse, Refusal> {
    let Visit { by, reader } = visit;
    let id = release_id(&path)?;
    // First of all: this enters the look, or its refusal, in the log.
    let (worker, asked) = (unit.clone(), by.clone());
    let bytes = block(move || desk::read(&worker, &asked, id, Part::Codebook)).await?;
    let (head, found) = head(&unit, &by, &path).await?;
    let mut all = parse(&bytes)?;
    let report = Report::of(&found.release)?;
    for column in &mut all {
        column.treatment = treatment(&report, column);
    }
    let mut names: Vec<String> = all.iter().map(|column| column.table.clone()).collect();
    names.dedup();
    let choices = names.iter().map(|name| Choice {
        value: name.clone(),
        label: name.clone(),
        is_chosen: *name == wanted.table,
    });
    let choices = choices.collect();
    let fitting: Vec<ColumnShown> = all.into_iter().filter(|it| it.has(&wanted)).collect();
    let columns = fitting.len();
    let mut tables: Vec<TableShown> = Vec::new();
    for column in fitting.into_iter().take(COLUMNS_MAX) {
        match tables.last_mut().filter(|table| table.name == column.table) {
            Some(table) => table.columns.push(column),
            None => tables.push(TableShown { name: column.table.clone(), columns: vec![column] }),
        }
    }
    page_with(
        StatusCode::OK,
        super::super::POLICY,
        &CodebookPage {
            frame: Frame::of(&reader),
            head,
            tables,
            choices,
            is_filtered: !wanted.text.trim().is_empty() || !wanted.table.is_empty(),
            text: wanted.text.clone(),
            columns,
            is_cut: columns > COLUMNS_MAX,
        },
    )
}

/// What the disclosure check did to a column.
fn treatment(report: &Report, column: &ColumnShown) -> String {
    let columns = report.disclosure.as_ref().map_or(&[][..], |found| &found.columns);
    let found = columns.iter().find(|it| it.table == column.table && it.column == column.column);
    found.map_or_else(String::new, |it| {
        let level = if it.level == 1 { "as it was".to_owned() } else { it.generalised_to.clone() };
        match it.cells_suppressed {
            0 => level,
            cells => format!("{level}; {cells} cells taken out"),
        }
    })
}
