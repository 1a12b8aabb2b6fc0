//! The weekly review of the log: weeks, what stood in each, and the sign-off.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use askama::Template;

use super::super::super::extract::block;
use super::super::super::problem::Problem;
use super::super::fields::Fields;
use super::super::frame::Frame;
use super::super::refusal::Refusal;
use super::super::shown::{Moment, grouped};
use super::super::visit::{Posted, Reader, Visit};
use super::super::{page, page_again, see};
use super::verify::anchor;
use super::{ROWS, Row, day, look};
use crate::accounts::Compliance;
use crate::agreements::Day;
use crate::audit::answers::weeks;
use crate::audit::review::{self, Finding, Reviewed, SignOff};
use crate::audit::verify::Anchor;
use crate::audit::words::Names;
use crate::audit::{self, EventKind, Filter, Outcome};
use crate::clock::Timestamp;
use crate::store::StoreError;
use crate::unit::Unit;

/// What can have been done on these pages.
const NOTICES: &[(&str, &str)] = &[("signed-off", "The week is signed off.")];
/// Entries of each group that stood out in a week.
const SHOWN: u32 = 20;
const DAY_MS: i64 = 86_400_000;

struct Week {
    monday: String,
    sunday: String,
    is_overdue: bool,
}

struct Done {
    monday: String,
    finding: String,
    by: String,
    at: Moment,
    entries: String,
    refused: String,
}

#[derive(Template)]
#[template(path = "compliance/reviews.html")]
struct ReviewsPage {
    frame: Frame,
    open: Vec<Week>,
    done: Vec<Done>,
    next: Option<String>,
}

fn named(counts: &BTreeMap<String, u64>, name: &str) -> String {
    grouped(counts.get(name).copied().unwrap_or(0))
}

fn finding(code: &str) -> &'static str {
    match Finding::parse(code) {
        Some(Finding::None) => "nothing found",
        Some(Finding::Explained) => "something found, and explained",
        Some(Finding::Escalated) => "something found, and passed on",
        None => "unknown",
    }
}

/// All weeks.
pub(in crate::web::pages) async fn list(
    unit: Data<Unit>,
    visit: Visit<Compliance>,
    asked: Query<Vec<(String, String)>>,
) -> Result<HttpResponse, Refusal> {
    let frame = Frame::of(&visit.reader).after(&visit.reader, NOTICES);
    let fields = Fields::new(asked.into_inner());
    let before = fields.given("before").and_then(Day::parse).map(Day::days);
    let shown = block(move || {
        unit.store.read(|connection| {
            let now = unit.store.now();
            let names = Names::read(connection)?;
            let open = review::open_weeks(connection, now, false)?;
            let overdue = review::open_weeks(connection, now, true)?;
            let found = review::signed_off(connection, before, ROWS)?;
            let is_full = found.len() == ROWS as usize;
            let week = |monday: i64| Week {
                monday: day(monday),
                sunday: day(monday + 6),
                is_overdue: overdue.contains(&monday),
            };
            let done = |it: &Reviewed| Done {
                monday: day(it.monday),
                finding: finding(&it.finding).to_owned(),
                by: names.of(&it.by.to_string()).to_owned(),
                at: it.at.into(),
                entries: named(&it.counts, "entries"),
                refused: named(&it.counts, "denied"),
            };
            Ok::<_, StoreError>(ReviewsPage {
                frame,
                open: open.into_iter().map(week).collect(),
                next: found.last().filter(|_| is_full).map(|it| day(it.monday)),
                done: found.iter().map(done).collect(),
            })
        })
    });
    page(&shown.await?)
}

/// A count, in words.
struct Count {
    label: &'static str,
    value: String,
    link: String,
}

/// Entries of a week that a reviewer should look at.
struct Group {
    title: &'static str,
    rows: Vec<Row>,
    link: String,
    is_more: bool,
}

#[derive(Template)]
#[template(path = "compliance/week.html")]
struct WeekPage {
    frame: Frame,
    monday: String,
    sunday: String,
    is_over: bool,
    done: Option<Done>,
    counts: Vec<Count>,
    groups: Vec<Group>,
    head: String,
    problem: Option<Problem>,
    wrong: &'static str,
    typed: String,
}

async fn week(
    unit: Data<Unit>,
    by: Compliance,
    reader: &Reader,
    monday: i64,
) -> Result<WeekPage, Problem> {
    let frame = Frame::of(reader).after(reader, NOTICES);
    block(move || {
        let shown = unit.store.read(|connection| {
            let names = Names::read(connection)?;
            let Some(found) = review::week(connection, monday)? else { return Ok(None) };
            let done = review::signed_off(connection, Some(monday + 1), 1)?;
            let done = done.into_iter().find(|it| it.monday == monday);
            let span = format!("from={}&until={}", day(monday), day(monday + 6));
            let shown = WeekPage {
                frame,
                monday: day(monday),
                sunday: day(monday + 6),
                is_over: unit.store.now().days() >= monday + 7,
                done: done.map(|it| Done {
                    monday: day(it.monday),
                    finding: finding(&it.finding).to_owned(),
                    by: names.of(&it.by.to_string()).to_owned(),
                    at: it.at.into(),
                    entries: named(&it.counts, "entries"),
                    refused: named(&it.counts, "denied"),
                }),
                counts: counts(&found.counts, &span),
                groups: groups(connection, &names, monday, &span)?,
                head: audit::head(connection)?.map(anchor).unwrap_or_default(),
                problem: None,
                wrong: "",
                typed: String::new(),
            };
            Ok::<_, StoreError>(Some(shown))
        })?;
        let shown = shown.ok_or_else(Problem::not_found)?;
        look(&unit, &by, shown.groups.iter().map(|it| it.rows.len() as u64).sum())?;
        Ok::<_, Problem>(shown)
    })
    .await
}

fn counts(found: &BTreeMap<&'static str, u64>, span: &str) -> Vec<Count> {
    let all = [
        ("entries", "entries in all", ""),
        ("sign_ins_refused", "refused sign-ins", "&kind=session-opened&outcome=denied"),
        ("denied", "refusals of every kind", "&outcome=denied"),
        ("failed", "failures", "&outcome=error"),
        ("privileged", "acts of officers and of the machine's console", ""),
        ("log_access", "looks into the log", "&kind=audit-read"),
    ];
    let count = |(name, label, more): (&str, &'static str, &str)| Count {
        label,
        value: grouped(found.get(name).copied().unwrap_or(0)),
        link: format!("/audit?{span}{more}"),
    };
    all.into_iter().map(count).collect()
}

/// What stood out: refusals, failures, downloads, exports, destruction, work at the console.
fn groups(
    connection: &rusqlite::Connection,
    names: &Names,
    monday: i64,
    span: &str,
) -> Result<Vec<Group>, StoreError> {
    let filter = Filter {
        from: Some(Timestamp(monday * DAY_MS)),
        until: Some(Timestamp((monday + 7) * DAY_MS)),
        ..Filter::default()
    };
    let kind = |kind| Filter { kind: Some(kind), ..filter.clone() };
    let outcome = |outcome| Filter { outcome: Some(outcome), ..filter.clone() };
    let console =
        Filter { equal: vec![(audit::Column::Actor, "console".to_owned())], ..filter.clone() };
    let all = [
        ("Refused", outcome(Outcome::Denied), "&outcome=denied"),
        ("Failed", outcome(Outcome::Error), "&outcome=error"),
        ("Downloaded", kind(EventKind::ReleaseDownloaded), "&kind=release-downloaded"),
        ("Log exported", kind(EventKind::AuditExported), "&kind=audit-exported"),
        ("Destroyed", kind(EventKind::DataDestroyed), "&kind=data-destroyed"),
        ("Roles and accounts changed", kind(EventKind::AccountChanged), "&kind=account-changed"),
        ("Done at the machine itself", console, "&actor=console"),
    ];
    let mut groups = Vec::new();
    for (title, filter, more) in all {
        let found = audit::search(connection, &filter, SHOWN)?;
        groups.push(Group {
            title,
            rows: found.entries.iter().map(|it| Row::new(it, names)).collect(),
            link: format!("/audit?{span}{more}"),
            is_more: found.next_below.is_some() && found.entries.len() == SHOWN as usize,
        });
    }
    Ok(groups)
}

fn monday(text: &str) -> Result<i64, Refusal> {
    let day = Day::parse(text).map(Day::days).ok_or_else(Refusal::not_found)?;
    if weeks::monday_of(day) == day { Ok(day) } else { Err(Refusal::not_found()) }
}

/// One week.
pub(in crate::web::pages) async fn show(
    unit: Data<Unit>,
    visit: Visit<Compliance>,
    asked: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let monday = monday(&asked)?;
    page(&week(unit, visit.by, &visit.reader, monday).await?)
}

/// Signs a week off.
pub(in crate::web::pages) async fn sign_off(
    unit: Data<Unit>,
    posted: Posted<Compliance>,
    asked: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let Posted { by, reader, fields } = posted;
    let monday = monday(&asked)?;
    let typed = fields.text("finding").to_owned();
    let head = Anchor::parse(fields.text("head"));
    let (worker, officer) = (unit.clone(), by.clone());
    let refused = match (Finding::parse(&typed), head) {
        (None, _) => (Problem::malformed("there is no such finding"), "Choose what you found."),
        (_, None) => (Problem::malformed("head is not a head"), ""),
        (Some(finding), Some(head)) => {
            let it = SignOff { monday, head: (head.seq, head.hash), finding };
            match block(move || review::sign_off(&worker.store, &officer, &it)).await {
                Ok(_) => {
                    return Ok(see(&format!("/audit/reviews/{}?done=signed-off", day(monday))));
                }
                Err(problem) => (problem, ""),
            }
        }
    };
    let (problem, wrong) = refused;
    let again = week(unit, by, &reader, monday).await?;
    let shown = WeekPage { problem: Some(problem.clone()), wrong, typed, ..again };
    page_again(&problem, &shown)
}
