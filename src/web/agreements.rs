//! Agreements: recorded and ended by compliance officers, read by them and by operators.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::block;
use super::problem::Problem;
use super::reply::{created, json};
use crate::accounts::{AgreementReader, Compliance};
use crate::agreements::{
    self, Agreement, AgreementError, Basis, Content, Day, Decision, Dsa, Dul, EndReason, Interval,
    Irb, Kind, MinimumCell, Mou, NewAgreement, Protocol, Purpose, Terms, Wanted,
};
use crate::ids::{AccountId, AgencyId, AgreementId, ProjectId, hex, unhex};
use crate::unit::Unit;

/// What an agreement says; which fields there are depends on its kind.
#[derive(Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TermsShown {
    /// Of an MOU: ids of agencies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    partners: Option<Vec<String>>,
    /// Of a DSA: id of the agency whose data they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    agency: Option<String>,
    /// Of a DSA: ids of projects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    projects: Option<Vec<String>>,
    /// Of a DUL and an IRB: id of the project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    project: Option<String>,
    /// Of a DSA and a DUL: evaluation, research, audit or quality.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    purposes: Option<Vec<String>>,
    /// Of a DSA: names of content columns that may be sent; `*` alone for all, empty for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content: Option<Vec<String>>,
    /// Of a provider's DSA: consent, research or audit (42 CFR Part 2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    basis: Option<String>,
    /// Of a DSA and a DUL: last day on which data may be held, YYYY-MM-DD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retention_until: Option<String>,
    /// Of a DUL: ids of evaluators' accounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    recipients: Option<Vec<String>>,
    /// Of a DUL: persons of the smallest cell that may be shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    minimum_cell: Option<u32>,
    /// Of an IRB: the protocol's number, a short code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    protocol: Option<String>,
    /// Of an IRB: approved, exempt or waived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    decision: Option<String>,
}

/// An agreement to be recorded. The paper itself stays where it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AgreementWanted {
    /// mou, dsa, dul or irb.
    kind: String,
    /// SHA-256 of the paper, 64 hex digits.
    document_sha256: String,
    /// First day, YYYY-MM-DD, UTC.
    valid_from: String,
    /// Last day, YYYY-MM-DD, UTC.
    valid_until: String,
    /// What it says.
    terms: TermsShown,
}

/// An agreement.
#[derive(Serialize, ToSchema)]
pub(crate) struct AgreementShown {
    agreement: String,
    /// mou, dsa, dul or irb.
    kind: &'static str,
    document_sha256: String,
    valid_from: String,
    valid_until: String,
    terms: TermsShown,
    /// RFC 3339.
    recorded_at: String,
    /// Id of an account; absent for the console.
    #[serde(skip_serializing_if = "Option::is_none")]
    recorded_by: Option<String>,
    /// RFC 3339; absent while nobody ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
    /// withdrawn, replaced, breached, suspended, completed or mistaken.
    #[serde(skip_serializing_if = "Option::is_none")]
    end_reason: Option<&'static str>,
    /// Whether it is in force now.
    is_in_force: bool,
}

const fn malformed(what: &'static str) -> AgreementError {
    AgreementError::Malformed { what }
}

fn each<T>(
    texts: Option<Vec<String>>,
    what: &'static str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Vec<T>, AgreementError> {
    let texts = texts.ok_or_else(|| malformed(what))?;
    texts.iter().map(|text| parse(text).ok_or_else(|| malformed(what))).collect()
}

fn one<T>(
    text: Option<String>,
    what: &'static str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, AgreementError> {
    text.and_then(|text| parse(&text)).ok_or_else(|| malformed(what))
}

impl TermsShown {
    /// Takes the fields of its kind; one that is left over belongs to another kind.
    fn parse(mut self, kind: Kind) -> Result<Terms, AgreementError> {
        let it = &mut self;
        let terms = match kind {
            Kind::Mou => {
                let partners = each(it.partners.take(), "partners", AgencyId::parse)?;
                Terms::Mou(Mou { partners: partners.into_iter().collect() })
            }
            Kind::Dsa => {
                let projects = each(it.projects.take(), "projects", ProjectId::parse)?;
                let purposes = each(it.purposes.take(), "purposes", Purpose::parse)?;
                let basis = it.basis.take().map(|text| one(Some(text), "basis", Basis::parse));
                Terms::Dsa(Dsa {
                    agency: one(it.agency.take(), "agency", AgencyId::parse)?,
                    projects: projects.into_iter().collect(),
                    purposes: purposes.into_iter().collect(),
                    content: Content::new(&it.content.take().ok_or(malformed("content"))?)?,
                    basis: basis.transpose()?,
                    retention_until: one(it.retention_until.take(), "retention_until", Day::parse)?,
                })
            }
            Kind::Dul => {
                let recipients = each(it.recipients.take(), "recipients", AccountId::parse)?;
                let purposes = each(it.purposes.take(), "purposes", Purpose::parse)?;
                let cell = it.minimum_cell.take().ok_or(malformed("minimum_cell"))?;
                Terms::Dul(Dul {
                    project: one(it.project.take(), "project", ProjectId::parse)?,
                    recipients: recipients.into_iter().collect(),
                    purposes: purposes.into_iter().collect(),
                    minimum_cell: MinimumCell::new(cell)?,
                    retention_until: one(it.retention_until.take(), "retention_until", Day::parse)?,
                })
            }
            Kind::Irb => Terms::Irb(Irb {
                project: one(it.project.take(), "project", ProjectId::parse)?,
                protocol: Protocol::new(&it.protocol.take().ok_or(malformed("protocol"))?)?,
                decision: one(it.decision.take(), "decision", Decision::parse)?,
            }),
        };
        self.left_over().map_or(Ok(terms), |what| Err(malformed(what)))
    }

    fn left_over(&self) -> Option<&'static str> {
        let fields = [
            ("partners", self.partners.is_some()),
            ("agency", self.agency.is_some()),
            ("projects", self.projects.is_some()),
            ("project", self.project.is_some()),
            ("purposes", self.purposes.is_some()),
            ("content", self.content.is_some()),
            ("basis", self.basis.is_some()),
            ("retention_until", self.retention_until.is_some()),
            ("recipients", self.recipients.is_some()),
            ("minimum_cell", self.minimum_cell.is_some()),
            ("protocol", self.protocol.is_some()),
            ("decision", self.decision.is_some()),
        ];
        fields.into_iter().find(|(_, is_there)| *is_there).map(|(what, _)| what)
    }
}

/// Texts of ids or codes.
fn texts<T>(all: impl IntoIterator<Item = T>, text: impl Fn(T) -> String) -> Option<Vec<String>> {
    Some(all.into_iter().map(text).collect())
}

impl From<&Terms> for TermsShown {
    fn from(terms: &Terms) -> Self {
        let code = |purpose: &Purpose| purpose.as_str().to_owned();
        let none = Self {
            retention_until: terms.retention_until().map(|day| day.to_string()),
            ..Self::default()
        };
        match terms {
            Terms::Mou(mou) => Self { partners: texts(&mou.partners, ToString::to_string), ..none },
            Terms::Dsa(dsa) => Self {
                agency: Some(dsa.agency.to_string()),
                projects: texts(&dsa.projects, ToString::to_string),
                purposes: texts(&dsa.purposes, code),
                content: Some(dsa.content.names()),
                basis: dsa.basis.map(|basis| basis.as_str().to_owned()),
                ..none
            },
            Terms::Dul(dul) => Self {
                project: Some(dul.project.to_string()),
                recipients: texts(&dul.recipients, ToString::to_string),
                purposes: texts(&dul.purposes, code),
                minimum_cell: Some(dul.minimum_cell.persons()),
                ..none
            },
            Terms::Irb(irb) => Self {
                project: Some(irb.project.to_string()),
                protocol: Some(irb.protocol.as_str().to_owned()),
                decision: Some(irb.decision.as_str().to_owned()),
                ..none
            },
        }
    }
}

fn shown(unit: &Unit, agreement: &Agreement) -> AgreementShown {
    let (ended_at, end_reason) = agreement.ended.unzip();
    AgreementShown {
        agreement: agreement.id.to_string(),
        kind: agreement.terms.kind().as_str(),
        document_sha256: hex(&agreement.document),
        valid_from: agreement.interval.from().to_string(),
        valid_until: agreement.interval.until().to_string(),
        terms: (&agreement.terms).into(),
        recorded_at: agreement.recorded_at.to_string(),
        recorded_by: agreement.recorded_by.map(|id| id.to_string()),
        ended_at: ended_at.map(|at| at.to_string()),
        end_reason: end_reason.map(EndReason::as_str),
        is_in_force: agreement.lapse(unit.store.now()).is_none(),
    }
}

/// What was recorded.
#[derive(Serialize, ToSchema)]
pub(crate) struct AgreementMade {
    agreement: String,
}

/// Records an agreement.
#[utoipa::path(post, path = "/api/v1/agreements", tag = "agreements", responses(
    (status = 201, description = "Recorded", body = AgreementMade),
    (status = 400, description = "Not of its form", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "Too long", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "It names an agency, project or account that is not there", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "What no agreement of this kind can say", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn record(
    unit: Data<Unit>,
    by: Compliance,
    body: Json<AgreementWanted>,
) -> Result<HttpResponse, Problem> {
    let AgreementWanted { kind, document_sha256, valid_from, valid_until, terms } =
        body.into_inner();
    let day = |text: &str, what| Day::parse(text).ok_or_else(|| malformed(what));
    let from = day(&valid_from, "valid_from")?;
    let new = NewAgreement {
        document: unhex(&document_sha256).ok_or(malformed("document_sha256"))?,
        interval: Interval::new(from, day(&valid_until, "valid_until")?)?,
        terms: terms.parse(Kind::parse(&kind).ok_or(malformed("kind"))?)?,
    };
    let id = block(move || agreements::record(&unit.store, Some(&by), &new)).await?;
    Ok(created(&AgreementMade { agreement: id.to_string() }))
}

/// Which agreements are wanted; every one that is given must fit.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct AgreementsWanted {
    /// Id of a project that they name.
    project: Option<String>,
    /// Id of an agency: its DSAs, and MOUs that it is a partner of.
    agency: Option<String>,
    /// Last day before this one, YYYY-MM-DD; those that were ended are left out.
    expiring_before: Option<String>,
    /// Those after this id: the next page.
    after: Option<String>,
    /// Most agreements of this page.
    #[param(minimum = 1)]
    limit: Option<u32>,
}

/// Some agreements, in order of their ids.
#[derive(Serialize, ToSchema)]
pub(crate) struct AgreementList {
    agreements: Vec<AgreementShown>,
    /// What to send as `after` for the next page.
    next_after: Option<String>,
}

/// Lists agreements.
#[utoipa::path(get, path = "/api/v1/agreements", tag = "agreements", responses(
    (status = 200, description = "Agreements", body = AgreementList),
    (status = 304, description = "As the caller has it"),
    (status = 400, description = "A parameter is not of its form", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn list(
    request: HttpRequest,
    unit: Data<Unit>,
    _: AgreementReader,
    wanted: Query<AgreementsWanted>,
) -> Result<HttpResponse, Problem> {
    fn parsed<T>(
        text: &Option<String>,
        parse: fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        let refused = || Problem::malformed("a parameter is not an id or a day");
        text.as_deref().map(|text| parse(text).ok_or_else(refused)).transpose()
    }
    let most = unit.config.agreements.agreements_max;
    let limit = wanted.limit.unwrap_or(most).clamp(1, most);
    let wanted = Wanted {
        project: parsed(&wanted.project, ProjectId::parse)?,
        agency: parsed(&wanted.agency, AgencyId::parse)?,
        expiring_before: parsed(&wanted.expiring_before, Day::parse)?,
        expiring_since: None,
        after: parsed(&wanted.after, AgreementId::parse)?,
    };
    let worker = unit.clone();
    let found =
        block(move || worker.store.read(|c| agreements::in_order(c, &wanted, limit))).await?;
    let is_full = found.len() == limit as usize;
    let next_after = found.last().filter(|_| is_full).map(|it| it.id.to_string());
    let agreements = found.iter().map(|it| shown(&unit, it)).collect();
    json(&request, &AgreementList { agreements, next_after })
}

fn agreement_id(path: &str) -> Result<AgreementId, Problem> {
    AgreementId::parse(path).ok_or_else(Problem::not_found)
}

/// One agreement.
#[utoipa::path(get, path = "/api/v1/agreements/{agreement}", tag = "agreements",
    params(("agreement" = String, Path, description = "Id of the agreement")), responses(
    (status = 200, description = "The agreement", body = AgreementShown),
    (status = 304, description = "As the caller has it"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such agreement", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn show(
    request: HttpRequest,
    unit: Data<Unit>,
    _: AgreementReader,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = agreement_id(&path)?;
    let worker = unit.clone();
    let found = block(move || worker.store.read(|c| agreements::find(c, id))).await?;
    json(&request, &shown(&unit, &found))
}

/// Why it is ended.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndWanted {
    /// withdrawn, replaced, breached, suspended, completed or mistaken.
    reason: Option<String>,
}

/// Ends an agreement now. It stays in the records, and what was done under it in the log.
#[utoipa::path(delete, path = "/api/v1/agreements/{agreement}", tag = "agreements",
    params(("agreement" = String, Path, description = "Id of the agreement")), responses(
    (status = 204, description = "Ended"),
    (status = 400, description = "No reason", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such agreement", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "It has ended", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn end(
    unit: Data<Unit>,
    by: Compliance,
    path: Path<String>,
    wanted: Query<EndWanted>,
) -> Result<HttpResponse, Problem> {
    let id = agreement_id(&path)?;
    let reason = wanted.reason.as_deref().and_then(EndReason::parse);
    let reason = reason.ok_or_else(|| Problem::malformed("the reason is missing or not known"))?;
    block(move || agreements::end(&unit.store, Some(&by), id, reason)).await?;
    Ok(HttpResponse::NoContent().finish())
}
