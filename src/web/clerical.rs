//! Clerical review for operators: sets of pairs, pairs as levels, judgements; what finished sets say is for compliance officers, too.

use actix_web::http::header::LOCATION;
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::estimates::EstimatesShown;
use super::extract::block;
use super::problem::Problem;
use super::reply::{created, json};
use crate::accounts::{Operator, RunReader};
use crate::clerical::{
    self, ClericalError, Judgement, PairShown, Reason, ReviewSet, Verdict, Wanted, Which,
};
use crate::ids::{AccountId, ReviewSetId, RunId};
use crate::unit::Unit;

/// Pairs to be drawn of a run.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetWanted {
    /// Id of a finished run.
    run: String,
    /// How many pairs; `clerical.set_pairs` without it.
    #[serde(default)]
    pairs: Option<u32>,
    /// Draws the same pairs again; a random one without it.
    #[serde(default)]
    seed: Option<u32>,
}

/// A review set, as the account that asks sees it.
#[derive(Serialize, ToSchema)]
pub(crate) struct SetShown {
    set: String,
    number: u64,
    run: String,
    project: String,
    drawn_by: String,
    drawn_at: String,
    seed: u32,
    pairs: u64,
    /// open, finished or removed.
    state: &'static str,
    ended_at: Option<String>,
    /// First and second judgements of all reviewers: twice the pairs at most.
    judgements: u64,
    /// Judgements of this account.
    own: u64,
    /// Pairs that this account may judge still.
    left: u64,
    /// Questions to agencies without an answer.
    lookups_open: u64,
    /// What the set says of its run, once it is finished.
    estimates: Option<EstimatesShown>,
}

impl From<ReviewSet> for SetShown {
    fn from(set: ReviewSet) -> Self {
        Self {
            set: set.id.to_string(),
            number: set.number,
            run: set.run.to_string(),
            project: set.project.to_string(),
            drawn_by: set.drawn_by.to_string(),
            drawn_at: set.drawn_at.to_string(),
            seed: set.seed,
            pairs: set.pairs,
            state: set.state.as_str(),
            ended_at: set.ended_at.map(|at| at.to_string()),
            judgements: set.judgements,
            own: set.own,
            left: set.left,
            lookups_open: set.lookups_open,
            estimates: set.estimates.map(Into::into),
        }
    }
}

/// How two records compare in something.
#[derive(Serialize, ToSchema)]
pub(crate) struct ComparedShown {
    /// given name, date of birth, ...
    comparison: &'static str,
    /// same, near, different or missing.
    level: &'static str,
    /// In which way it is near.
    how: Option<&'static str>,
}

/// What a reviewer says of a pair.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct JudgementShown {
    /// same, different or cannot-tell.
    verdict: String,
    /// names, birth, numbers, place, relatives, namesakes or too-little.
    #[serde(default)]
    reason: Option<String>,
}

impl JudgementShown {
    fn parse(&self) -> Result<Judgement, Problem> {
        let unknown = || Problem::malformed("there is no such verdict or reason");
        let verdict = Verdict::parse(&self.verdict).ok_or_else(unknown)?;
        let reason = self.reason.as_deref().map(|text| Reason::parse(text).ok_or_else(unknown));
        Ok(Judgement { verdict, reason: reason.transpose()? })
    }
}

/// A pair: levels, no values, no weight.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReviewPairShown {
    /// Its turn in the set, from 1.
    pair: u32,
    /// police, court, prosecutor, jail, provider or other.
    first_kind: &'static str,
    second_kind: &'static str,
    /// Whether both records are of one source.
    is_one_source: bool,
    comparisons: Vec<ComparedShown>,
    /// What this account judged of it.
    own: Option<JudgementShown>,
}

impl From<PairShown> for ReviewPairShown {
    fn from(pair: PairShown) -> Self {
        let compared = pair.compared.into_iter().map(|it| ComparedShown {
            comparison: it.what,
            level: it.likeness.as_str(),
            how: it.how,
        });
        Self {
            pair: pair.place,
            first_kind: pair.kinds[0].as_str(),
            second_kind: pair.kinds[1].as_str(),
            is_one_source: pair.is_one_source,
            comparisons: compared.collect(),
            own: pair.own.map(|own| JudgementShown {
                verdict: own.verdict.as_str().to_owned(),
                reason: own.reason.map(|reason| reason.as_str().to_owned()),
            }),
        }
    }
}

/// The pair whose turn it is.
#[derive(Serialize, ToSchema)]
pub(crate) struct NextPair {
    /// Absent where this account has nothing left to judge.
    pair: Option<ReviewPairShown>,
}

/// Some sets, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct SetList {
    sets: Vec<SetShown>,
    /// What to send as `below` for the next page.
    next_below: Option<u64>,
}

/// Which sets are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetsWanted {
    /// Id of a run; of all without it.
    run: Option<String>,
    /// Sets with a number below this: the next page.
    below: Option<u64>,
    /// Most sets of this page.
    #[param(minimum = 1)]
    limit: Option<u32>,
}

/// A question to an agency.
#[derive(Serialize, ToSchema)]
pub(crate) struct LookupMade {
    lookup: String,
}

fn set_id(path: &str) -> Result<ReviewSetId, Problem> {
    ReviewSetId::parse(path).ok_or_else(Problem::not_found)
}

fn pair_of(path: &(String, String)) -> Result<(ReviewSetId, u32), Problem> {
    Ok((set_id(&path.0)?, path.1.parse().map_err(|_| Problem::not_found())?))
}

fn found(unit: &Unit, account: AccountId, id: ReviewSetId) -> Result<ReviewSet, ClericalError> {
    unit.store.read(|connection| clerical::find(connection, account, id))
}

/// Draws pairs of a finished run for review: the same for the same seed.
#[utoipa::path(post, path = "/api/v1/review-sets", tag = "review", responses(
    (status = 201, description = "Drawn", body = SetShown),
    (status = 400, description = "Not of its form", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role, or no agreement permits it", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such run", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "Too long", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "So many cannot be drawn of it", body = Problem, content_type = "application/problem+json"),
    (status = 429, description = "Too many sets of it are open", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn draw(
    unit: Data<Unit>,
    by: Operator,
    body: Json<SetWanted>,
) -> Result<HttpResponse, Problem> {
    let SetWanted { run, pairs, seed } = body.into_inner();
    let run = RunId::parse(&run).ok_or_else(Problem::not_found)?;
    let set = block(move || {
        let id = clerical::draw(&unit, &by, Wanted { run, pairs, seed })?;
        found(&unit, by.principal().account(), id)
    })
    .await?;
    let place = format!("/api/v1/review-sets/{}", set.id);
    let mut response = created(&SetShown::from(set));
    let place = place.parse().map_err(|_| Problem::internal("answer-unwritable"))?;
    response.headers_mut().insert(LOCATION, place);
    Ok(response)
}

/// Lists review sets.
#[utoipa::path(get, path = "/api/v1/review-sets", tag = "review", responses(
    (status = 200, description = "Sets, newest first", body = SetList),
    (status = 304, description = "As the caller has it"),
    (status = 400, description = "A parameter is not of its form", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "Not an id", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn list(
    request: HttpRequest,
    unit: Data<Unit>,
    by: RunReader,
    wanted: Query<SetsWanted>,
) -> Result<HttpResponse, Problem> {
    let run = wanted.run.as_ref().map(|id| RunId::parse(id).ok_or(()));
    let run = run.transpose().map_err(|()| Problem::not_found())?;
    let most = unit.config.clerical.sets_max;
    let limit = wanted.limit.unwrap_or(most).clamp(1, most);
    let which = Which { run, below: wanted.below, most: limit };
    let account = by.principal().account();
    let found =
        block(move || unit.store.read(|connection| clerical::list(connection, account, which)))
            .await?;
    let full = found.len() == limit as usize;
    let next_below = found.last().filter(|_| full).map(|set| set.number);
    let sets = found.into_iter().map(Into::into).collect();
    json(&request, &SetList { sets, next_below })
}

/// A review set as it stands.
#[utoipa::path(get, path = "/api/v1/review-sets/{set}", tag = "review",
    params(("set" = String, Path, description = "Id of the set")), responses(
    (status = 200, description = "How it stands", body = SetShown),
    (status = 304, description = "As the caller has it"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such set", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn show(
    request: HttpRequest,
    unit: Data<Unit>,
    by: RunReader,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = set_id(&path)?;
    let account = by.principal().account();
    let set = block(move || found(&unit, account, id)).await?;
    json(&request, &SetShown::from(set))
}

/// Finishes a set before all its pairs are closed.
#[utoipa::path(post, path = "/api/v1/review-sets/{set}/end", tag = "review",
    params(("set" = String, Path, description = "Id of the set")), responses(
    (status = 200, description = "Finished", body = SetShown),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such set", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "It is closed, or no pair of it is", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn end(
    request: HttpRequest,
    unit: Data<Unit>,
    by: Operator,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = set_id(&path)?;
    let set = block(move || {
        clerical::end(&unit, &by, id)?;
        found(&unit, by.principal().account(), id)
    })
    .await?;
    json(&request, &SetShown::from(set))
}

/// The pair that this account is to judge next.
#[utoipa::path(get, path = "/api/v1/review-sets/{set}/next", tag = "review",
    params(("set" = String, Path, description = "Id of the set")), responses(
    (status = 200, description = "The pair, if there is one", body = NextPair),
    (status = 304, description = "As the caller has it"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such set", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "It is closed", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn next(
    request: HttpRequest,
    unit: Data<Unit>,
    by: Operator,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = set_id(&path)?;
    let pair = block(move || clerical::next(&unit, &by, id)).await?;
    json(&request, &NextPair { pair: pair.map(Into::into) })
}

/// A pair of an open set.
#[utoipa::path(get, path = "/api/v1/review-sets/{set}/pairs/{pair}", tag = "review",
    params(("set" = String, Path, description = "Id of the set"), ("pair" = u32, Path, description = "Its turn")), responses(
    (status = 200, description = "The pair", body = ReviewPairShown),
    (status = 304, description = "As the caller has it"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such set or pair", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "The set is closed", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn pair(
    request: HttpRequest,
    unit: Data<Unit>,
    by: Operator,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (id, place) = pair_of(&path)?;
    let pair = block(move || clerical::pair(&unit, &by, id, place)).await?;
    json(&request, &ReviewPairShown::from(pair))
}

/// Judges a pair, or corrects what this account judged of it while it is open.
#[utoipa::path(put, path = "/api/v1/review-sets/{set}/pairs/{pair}/judgement", tag = "review",
    params(("set" = String, Path, description = "Id of the set"), ("pair" = u32, Path, description = "Its turn")),
    request_body = JudgementShown, responses(
    (status = 204, description = "Judged"),
    (status = 400, description = "Not of its form", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such set or pair", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "The pair is closed, or the set", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "Too long", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn judge(
    unit: Data<Unit>,
    by: Operator,
    path: Path<(String, String)>,
    body: Json<JudgementShown>,
) -> Result<HttpResponse, Problem> {
    let (id, place) = pair_of(&path)?;
    let judgement = body.parse()?;
    block(move || clerical::judge(&unit, &by, id, place, judgement)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Asks the agency of a pair's records to look them up: pairs within one source, of runs without a provider's rows beside others'.
#[utoipa::path(post, path = "/api/v1/review-sets/{set}/pairs/{pair}/lookup", tag = "review",
    params(("set" = String, Path, description = "Id of the set"), ("pair" = u32, Path, description = "Its turn")), responses(
    (status = 201, description = "Asked", body = LookupMade),
    (status = 401, description = "Nobody is signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not for this role, or it could tell who is a provider's client", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such set or pair", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "It was asked, or the set is closed", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "Of two sources", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn ask(
    unit: Data<Unit>,
    by: Operator,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (id, place) = pair_of(&path)?;
    let lookup = block(move || clerical::ask(&unit, &by, id, place)).await?;
    Ok(created(&LookupMade { lookup: lookup.to_string() }))
}
