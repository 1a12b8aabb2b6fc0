//! Agencies and projects, kept by administrators.

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::block;
use super::problem::Problem;
use super::reply::{created, json};
use crate::accounts::{self, Administrator};
use crate::unit::Unit;

/// An agency.
#[derive(Serialize, ToSchema)]
pub(crate) struct AgencyShown {
    agency: String,
    /// The source name of its submissions.
    name: String,
    /// police, court, prosecutor, jail, provider or other.
    source_type: String,
}

/// All agencies.
#[derive(Serialize, ToSchema)]
pub(crate) struct AgencyList {
    agencies: Vec<AgencyShown>,
}

/// Lists agencies by name.
#[utoipa::path(get, path = "/api/v1/agencies", tag = "agencies", responses(
    (status = 200, description = "All agencies", body = AgencyList),
    (status = 304, description = "As the caller has it"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn agencies(
    request: HttpRequest,
    unit: Data<Unit>,
    _: Administrator,
) -> Result<HttpResponse, Problem> {
    let agencies = block(move || unit.store.read(accounts::list_agencies)).await?;
    let agencies = agencies.into_iter().map(|agency| AgencyShown {
        agency: agency.id.to_string(),
        name: agency.name,
        source_type: agency.source_type,
    });
    json(&request, &AgencyList { agencies: agencies.collect() })
}

/// An agency to be entered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AgencyWanted {
    /// The source name of its submissions: 1 to 16 of a-z, 0-9 and hyphen.
    name: String,
    /// police, court, prosecutor, jail, provider or other.
    source_type: String,
}

/// What was entered.
#[derive(Serialize, ToSchema)]
pub(crate) struct Recorded {
    id: String,
}

/// Enters an agency.
#[utoipa::path(post, path = "/api/v1/agencies", tag = "agencies", responses(
    (status = 201, description = "Entered", body = Recorded),
    (status = 400, description = "Not of its form", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "Too long", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such type of source", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "The name is taken", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "Not a name", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn record_agency(
    unit: Data<Unit>,
    by: Administrator,
    body: Json<AgencyWanted>,
) -> Result<HttpResponse, Problem> {
    let AgencyWanted { name, source_type } = body.into_inner();
    let id =
        block(move || accounts::record_agency(&unit.store, Some(&by), &name, &source_type)).await?;
    Ok(created(&Recorded { id: id.to_string() }))
}

/// A project.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProjectShown {
    project: String,
    name: String,
    /// Its number in the agencies' keys, 32 hex digits.
    number: String,
}

/// All projects.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProjectList {
    projects: Vec<ProjectShown>,
}

/// Lists projects by name.
#[utoipa::path(get, path = "/api/v1/projects", tag = "projects", responses(
    (status = 200, description = "All projects", body = ProjectList),
    (status = 304, description = "As the caller has it"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn projects(
    request: HttpRequest,
    unit: Data<Unit>,
    _: Administrator,
) -> Result<HttpResponse, Problem> {
    let projects = block(move || unit.store.read(accounts::list_projects)).await?;
    let projects = projects.into_iter().map(|project| ProjectShown {
        project: project.id.to_string(),
        name: project.name,
        number: project.number,
    });
    json(&request, &ProjectList { projects: projects.collect() })
}

/// A project to be entered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProjectWanted {
    /// 1 to 64 characters.
    name: String,
    /// As `tallystick-agency keys check` prints it, 32 hex digits.
    number: String,
}

/// Enters a project.
#[utoipa::path(post, path = "/api/v1/projects", tag = "projects", responses(
    (status = 201, description = "Entered", body = Recorded),
    (status = 400, description = "Not of its form", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "Too long", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "Not a number of a project", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "Name or number is taken", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "Not a name", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn record_project(
    unit: Data<Unit>,
    by: Administrator,
    body: Json<ProjectWanted>,
) -> Result<HttpResponse, Problem> {
    let ProjectWanted { name, number } = body.into_inner();
    let id =
        block(move || accounts::record_project(&unit.store, Some(&by), &name, &number)).await?;
    Ok(created(&Recorded { id: id.to_string() }))
}
