//! Decisions of approvers on what somebody else prepared.

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use serde::Deserialize;
use utoipa::ToSchema;

use super::extract::block;
use super::problem::Problem;
use super::releases::{ReleaseShown, release_id};
use super::reply::created;
use crate::accounts::Approver;
use crate::release::desk::{self, Approval, Objection, Opinion, Point};
use crate::unit::Unit;

/// What an approver decides.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecisionWanted {
    /// approve or reject.
    decision: String,
    /// Days for which it can be downloaded.
    #[serde(default)]
    valid_days: Option<u32>,
    /// Points of the Five Safes that were weighed: projects, people, settings, data, outputs.
    #[serde(default)]
    points: Vec<String>,
    /// Why it is rejected: study-not-agreed, recipients, disclosure-risk, cohort-small, linkage-quality or not-needed.
    #[serde(default)]
    reason: Option<String>,
}

impl DecisionWanted {
    fn parse(&self) -> Option<(Approval, Opinion)> {
        let approval = match self.decision.as_str() {
            "approve" => Approval::Approve { valid_days: self.valid_days },
            "reject" => Approval::Reject,
            _ => return None,
        };
        let points: Option<BTreeSet<Point>> =
            self.points.iter().map(|it| Point::parse(it)).collect();
        let objection = match &self.reason {
            Some(reason) => Some(Objection::parse(reason)?),
            None => None,
        };
        let is_fitting = objection.is_none() || approval == Approval::Reject;
        let opinion = Opinion { points: points?.into_iter().collect(), objection };
        is_fitting.then_some((approval, opinion))
    }
}

/// Approves or rejects a release that somebody else prepared.
#[utoipa::path(post, path = "/api/v1/releases/{release}/decision", tag = "releases",
    params(("release" = String, Path, description = "Id of the release")), responses(
    (status = 201, description = "Decided; an approved one is bundled in its turn", body = ReleaseShown),
    (status = 400, description = "Not of its form", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role, one's own, or not permitted by an agreement", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such release", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "Not to be decided any more, or not yet", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "Too long", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "The run is out of date, or the days are too many", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn decide(
    unit: Data<Unit>,
    by: Approver,
    path: Path<String>,
    body: Json<DecisionWanted>,
) -> Result<HttpResponse, Problem> {
    let id = release_id(&path)?;
    let wrong = "a decision is approve or reject, with points and a reason of the lists";
    let (approval, opinion) = body.parse().ok_or_else(|| Problem::malformed(wrong))?;
    let now = unit.store.now();
    let release = block(move || desk::decide_with(&unit, &by, id, approval, &opinion)).await?;
    Ok(created(&ReleaseShown::of(release, now)))
}
