//! The first page of a compliance officer: what happened, whether the log is whole, and what waits.

use actix_web::HttpResponse;
use actix_web::web::Data;
use askama::Template;

use super::super::super::extract::block;
use super::super::frame::Frame;
use super::super::page;
use super::super::refusal::Refusal;
use super::super::shown::{Moment, counted, grouped};
use super::super::visit::Visit;
use super::verify::{self, Check};
use super::{Row, look, until};
use crate::accounts::{self, AccountError, Compliance};
use crate::agreements::{self, Day};
use crate::audit::words::Names;
use crate::audit::{self, Filter, kept, review};
use crate::clock::Timestamp;
use crate::operate::held;
use crate::store::StoreError;
use crate::unit::Unit;

/// Events that are shown.
const EVENTS: u32 = 10;
/// Days ahead within which an agreement's end is shown.
const AHEAD_DAYS: i64 = 90;
/// Days within which training that ends is shown.
const TRAINING_DAYS: i64 = 30;
const WEEK_SECONDS: i64 = 7 * 86_400;

/// Something that waits.
struct Waiting {
    /// Class and word of a badge.
    class: &'static str,
    word: &'static str,
    text: String,
    link: String,
}

#[derive(Template)]
#[template(path = "compliance/home.html")]
struct HomePage {
    frame: Frame,
    last: Option<Check>,
    head: String,
    after: u64,
    signed: Option<(u64, Moment)>,
    waiting: Vec<Waiting>,
    refused: String,
    since: String,
    rows: Vec<Row>,
}

/// The page.
pub(in crate::web::pages) async fn show(
    unit: Data<Unit>,
    visit: Visit<Compliance>,
) -> Result<HttpResponse, Refusal> {
    let frame = Frame::of(&visit.reader);
    let by = visit.by;
    let shown = block(move || {
        let shown = unit.store.read(|connection| {
            let names = Names::read(connection)?;
            let now = unit.store.now();
            let week_ago = now.plus_seconds(-WEEK_SECONDS);
            let last = kept::verifications(connection, 1)?.pop();
            let head = audit::head(connection)?.map_or(0, |head| head.seq);
            let seen = last.as_ref().map_or(0, |it| it.last.seq);
            let found = audit::query(connection, &Filter::default(), EVENTS)?;
            Ok::<_, AccountError>(HomePage {
                frame,
                last: last.map(|it| Check::new(&it, &names)),
                head: grouped(head),
                after: head.saturating_sub(seen),
                signed: verify::signed(connection)?,
                waiting: waiting(&unit, connection, &names)?,
                refused: grouped(refused_since(connection, week_ago)?),
                since: week_ago.to_string()[..10].to_owned(),
                rows: found.entries.iter().map(|it| Row::new(it, &names)).collect(),
            })
        })?;
        look(&unit, &by, u64::from(EVENTS))?;
        Ok::<_, AccountError>(shown)
    });
    page(&shown.await?)
}

/// What was refused from a time on.
fn refused_since(connection: &rusqlite::Connection, at: Timestamp) -> Result<u64, StoreError> {
    let Some(first) = audit::first_at(connection, at)? else { return Ok(0) };
    // Said twice, so that the database sees that its index of refusals is enough.
    let sql = "SELECT count(*) FROM audit_entry WHERE outcome = 'denied' AND outcome <> 'ok' AND seq >= ?1";
    Ok(connection.prepare_cached(sql)?.query_row([first], |row| row.get(0))?)
}

fn waiting(
    unit: &Unit,
    connection: &rusqlite::Connection,
    names: &Names,
) -> Result<Vec<Waiting>, AccountError> {
    let now = unit.store.now();
    let mut all = Vec::new();
    for monday in review::open_weeks(connection, now, false)? {
        let is_overdue = now.days() >= monday + 7 + review::DUE_DAYS;
        let (class, word) = if is_overdue { ("bad", "overdue") } else { ("warn", "open") };
        let monday = super::day(monday);
        let text = format!("The week of {monday} waits for its review.");
        all.push(Waiting { class, word, text, link: format!("/audit/reviews/{monday}") });
    }
    // Many open weeks are one matter.
    if all.len() > 3 {
        let text = format!("{} weeks wait for their review, the oldest first.", all.len());
        all.truncate(1);
        all.iter_mut().for_each(|it| {
            it.text.clone_from(&text);
            it.link = "/audit/reviews".to_owned();
        });
    }
    all.extend(agreements_that_end(unit, connection, names)?);
    let sql = "SELECT count(*) FROM release WHERE state = 'checked'";
    let releases: u64 =
        connection.query_row(sql, [], |row| row.get(0)).map_err(StoreError::from)?;
    let over = held::submissions_over(connection, now.days())?;
    let untrained = training_that_ends(connection, now.days())?;
    let counts = [
        (
            releases,
            "warn",
            "waits",
            "release waits for its approver",
            "releases wait for their approver",
            "/decisions",
        ),
        (
            over,
            "bad",
            "over",
            "submission is held beyond its agreements",
            "submissions are held beyond their agreements",
            "/retention",
        ),
        (
            untrained,
            "warn",
            "training",
            "account's training has ended, or ends within 30 days",
            "accounts' training has ended, or ends within 30 days",
            "/audit/accounts",
        ),
    ];
    for (count, class, word, one, many, link) in counts {
        if count > 0 {
            let text = format!("{}.", counted(count, one, many));
            all.push(Waiting { class, word, text, link: link.to_owned() });
        }
    }
    Ok(all)
}

/// Agreements that end soon, or ended of themselves not long ago.
fn agreements_that_end(
    unit: &Unit,
    connection: &rusqlite::Connection,
    names: &Names,
) -> Result<Vec<Waiting>, AccountError> {
    let today = unit.store.now().days();
    let before = Day::of_days(today + AHEAD_DAYS + 1).unwrap_or(Day::LAST);
    let since = Day::of_days(today - AHEAD_DAYS);
    let wanted = agreements::Wanted {
        expiring_before: Some(before),
        expiring_since: since,
        ..Default::default()
    };
    let most = unit.config.agreements.agreements_max;
    let found = agreements::in_order(connection, &wanted, most).map_err(|error| match error {
        agreements::AgreementError::Store(error) => AccountError::Store(error),
        _ => AccountError::Store(StoreError::Corrupt { table: "agreement", column: "terms" }),
    })?;
    let mut found: Vec<_> = found.iter().collect();
    found.sort_by_key(|it| (it.interval.until(), it.id));
    let shown = found.into_iter().map(|it| {
        let day = it.interval.until().days();
        let (class, word) = match day - today {
            ..0 => ("bad", "over"),
            0..=30 => ("bad", "within 30 days"),
            31..=60 => ("warn", "within 60 days"),
            _ => ("", "within 90 days"),
        };
        let what = super::super::agreements::title(it, names);
        let text = format!("{what} {}.", until(day, today));
        Waiting { class, word, text, link: format!("/agreements/{}", it.id) }
    });
    Ok(shown.collect())
}

fn training_that_ends(connection: &rusqlite::Connection, today: i64) -> Result<u64, AccountError> {
    let accounts = accounts::list(connection)?;
    let ends = |it: &&accounts::Account| {
        it.disabled_at.is_none() && it.trained_until.is_some_and(|day| day <= today + TRAINING_DAYS)
    };
    Ok(accounts.iter().filter(ends).count() as u64)
}
