//! Weekly reviews of the log, signed off by compliance officers.

use std::collections::BTreeMap;

use actix_web::web::{Data, Json, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::block;
use super::problem::Problem;
use super::reply::{created, json};
use crate::accounts::Compliance;
use crate::agreements::Day;
use crate::audit::review::{self, Finding, Reviewed, SignOff};
use crate::audit::verify::Anchor;
use crate::ids::hex;
use crate::store::StoreError;
use crate::unit::Unit;

/// A week that was signed off.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReviewShown {
    /// Its Monday, YYYY-MM-DD.
    week: String,
    /// What stood in it, by the unit's count.
    counts: BTreeMap<String, u64>,
    /// nothing-found, explained or escalated.
    finding: String,
    /// Head of the log that was looked at, `NUMBER:HASH`.
    head: String,
    /// RFC 3339.
    reviewed_at: String,
    /// Id of the account.
    reviewed_by: String,
}

/// Reviews, the latest week first.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReviewList {
    reviews: Vec<ReviewShown>,
    /// Mondays of weeks that are over and not signed off.
    open: Vec<String>,
    /// Those of them that are over for more than seven days.
    overdue: Vec<String>,
    /// What to send as `before` for the next page.
    next_before: Option<String>,
}

/// Which reviews are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReviewsWanted {
    /// Of weeks before this Monday, YYYY-MM-DD: the next page.
    before: Option<String>,
}

fn day(days: i64) -> String {
    Day::of_days(days).map(|day| day.to_string()).unwrap_or_default()
}

fn shown(it: Reviewed) -> ReviewShown {
    ReviewShown {
        week: day(it.monday),
        counts: it.counts,
        finding: it.finding,
        head: format!("{}:{}", it.head.0, hex(&it.head.1)),
        reviewed_at: it.at.to_string(),
        reviewed_by: it.by.to_string(),
    }
}

/// Lists reviews, and the weeks that wait for one.
#[utoipa::path(get, path = "/api/v1/audit/reviews", tag = "audit", responses(
    (status = 200, description = "Reviews and open weeks", body = ReviewList),
    (status = 304, description = "As the caller has it"),
    (status = 400, description = "A parameter is not of its form", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn list(
    request: HttpRequest,
    unit: Data<Unit>,
    _: Compliance,
    wanted: Query<ReviewsWanted>,
) -> Result<HttpResponse, Problem> {
    let refused = || Problem::malformed("before is not a day");
    let before = wanted.before.as_deref().map(|text| Day::parse(text).ok_or_else(refused));
    let before = before.transpose()?.map(Day::days);
    let most = unit.config.audit.entries_max;
    let now = unit.store.now();
    let (found, open, overdue) = block(move || {
        unit.store.read(|connection| {
            let found = review::signed_off(connection, before, most)?;
            let open = review::open_weeks(connection, now, false)?;
            Ok::<_, StoreError>((found, open, review::open_weeks(connection, now, true)?))
        })
    })
    .await?;
    let is_full = found.len() == most as usize;
    let next_before = found.last().filter(|_| is_full).map(|it| day(it.monday));
    let days = |all: Vec<i64>| all.into_iter().map(day).collect();
    let reviews = found.into_iter().map(shown).collect();
    let (open, overdue) = (days(open), days(overdue));
    json(&request, &ReviewList { reviews, open, overdue, next_before })
}

/// A week to be signed off.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReviewWanted {
    /// Its Monday, YYYY-MM-DD.
    week: String,
    /// Head of the log that was looked at, `NUMBER:HASH`, as `/api/v1/audit/head` gave it.
    head: String,
    /// nothing-found, explained or escalated.
    finding: String,
}

/// What was signed off.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReviewMade {
    week: String,
    /// Number of the week's first entry.
    first: u64,
    /// Number of its last.
    last: u64,
    /// What stood in it, by the unit's count.
    counts: BTreeMap<&'static str, u64>,
}

/// Signs a week off. What stood in it the unit counts itself.
#[utoipa::path(post, path = "/api/v1/audit/reviews", tag = "audit", responses(
    (status = 201, description = "Signed off", body = ReviewMade),
    (status = 400, description = "Not of its form", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "Too long", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "It was signed off, or another log was looked at", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "Not a week that is over", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn sign_off(
    unit: Data<Unit>,
    by: Compliance,
    body: Json<ReviewWanted>,
) -> Result<HttpResponse, Problem> {
    let ReviewWanted { week, head, finding } = body.into_inner();
    let monday = Day::parse(&week).ok_or_else(|| Problem::malformed("week is not a day"))?;
    let head = Anchor::parse(&head).ok_or_else(|| Problem::malformed("head is not a head"))?;
    let finding = Finding::parse(&finding);
    let finding = finding.ok_or_else(|| Problem::malformed("there is no such finding"))?;
    let it = SignOff { monday: monday.days(), head: (head.seq, head.hash), finding };
    let found = block(move || review::sign_off(&unit.store, &by, &it)).await?;
    Ok(created(&ReviewMade {
        week: day(found.monday),
        first: found.first,
        last: found.last,
        counts: found.counts,
    }))
}
