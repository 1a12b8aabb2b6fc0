//! Review sets: which there are, how far they are, what they say of their runs.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use askama::Template;

use super::super::extract::block;
use super::super::problem::Problem;
use super::estimates::Figures;
use super::frame::Frame;
use super::refusal::Refusal;
use super::shown::{Moment, counted, grouped, short};
use super::visit::{Posted, Reader, Visit};
use super::{page, page_again, see};
use crate::accounts::{Operator, Role, RunReader};
use crate::clerical::{self, ClericalError, ReviewSet, SetState, Wanted, Which};
use crate::ids::{AccountId, ReviewSetId, RunId};
use crate::runs::{self, Run, RunState};
use crate::unit::Unit;

/// Runs that are offered to be reviewed.
const RUNS_MAX: u32 = 50;

/// What can have been done before one of these pages.
const NOTICES: &[(&str, &str)] = &[
    ("drawn", "The pairs were drawn. Two people judge each of them."),
    ("judged", "Your judgement was taken."),
    ("all-judged", "There is nothing left for you to judge in this set."),
    ("finished", "The set is finished."),
];

/// How a set stands, in a word and a colour.
#[derive(Clone, Copy)]
struct Badge {
    word: &'static str,
    class: &'static str,
}

const fn badge(state: SetState) -> Badge {
    match state {
        SetState::Open => Badge { word: "open", class: "busy" },
        SetState::Finished => Badge { word: "finished", class: "good" },
        SetState::Removed => Badge { word: "removed", class: "warn" },
    }
}

/// A set as a line of the list, and as the head of its page.
struct SetView {
    id: String,
    short: String,
    run: String,
    run_short: String,
    pairs: String,
    seed: String,
    badge: Badge,
    drawn_by: String,
    drawn_at: Moment,
    ended_at: Option<Moment>,
    is_open: bool,
    is_removed: bool,
    judgements: u64,
    judgements_most: u64,
    own: String,
    left: String,
    has_left: bool,
    waits_for_others: bool,
    lookups_open: String,
    has_lookups: bool,
}

impl From<&ReviewSet> for SetView {
    fn from(set: &ReviewSet) -> Self {
        let (id, run) = (set.id.to_string(), set.run.to_string());
        let is_open = set.state == SetState::Open;
        Self {
            short: short(&id).to_owned(),
            id,
            run_short: short(&run).to_owned(),
            run,
            pairs: grouped(set.pairs),
            seed: set.seed.to_string(),
            badge: badge(set.state),
            drawn_by: set.drawn_by.to_string(),
            drawn_at: set.drawn_at.into(),
            ended_at: set.ended_at.map(Into::into),
            is_open,
            is_removed: set.state == SetState::Removed,
            judgements: set.judgements,
            judgements_most: 2 * set.pairs,
            own: grouped(set.own),
            left: counted(set.left, "pair", "pairs"),
            has_left: set.left > 0,
            waits_for_others: is_open && set.left == 0,
            lookups_open: counted(set.lookups_open, "question", "questions"),
            has_lookups: set.lookups_open > 0,
        }
    }
}

/// A run that can be reviewed.
struct RunChoice {
    id: String,
    text: String,
}

fn choice(run: Run) -> Option<RunChoice> {
    let is_fit = run.state == RunState::Finished && run.outdated.is_none();
    let (id, ended) = (run.id.to_string(), run.ended_at.filter(|_| is_fit)?);
    let sources: Vec<String> = run.sources.iter().map(|it| it.source.to_string()).collect();
    let text = format!("{}, {}, {}", sources.join(" and "), Moment::from(ended).text, short(&id));
    Some(RunChoice { id, text })
}

#[derive(Template)]
#[template(path = "review/sets.html")]
struct SetsPage {
    frame: Frame,
    sets: Vec<SetView>,
    /// Where the next page of sets begins.
    next_below: Option<u64>,
    may_draw: bool,
    runs: Vec<RunChoice>,
    // What was typed before.
    run: String,
    pairs: String,
    seed: String,
    /// What is wrong with the number of pairs, and with the seed.
    faults: [&'static str; 2],
    problem: Option<Problem>,
}

impl SetsPage {
    async fn read(
        unit: Data<Unit>,
        reader: &Reader,
        account: AccountId,
        below: Option<u64>,
    ) -> Result<Self, Problem> {
        let (most, pairs) = (unit.config.clerical.sets_max, unit.config.clerical.set_pairs);
        let which = Which { run: None, below, most };
        let (sets, runs) = block(move || {
            unit.store.read(|connection| {
                let sets = clerical::list(connection, account, which)?;
                Ok::<_, ClericalError>((sets, runs::list(connection, None, None, RUNS_MAX)?))
            })
        })
        .await?;
        let is_full = sets.len() == most as usize;
        Ok(Self {
            frame: Frame::of(reader).after(reader, NOTICES),
            next_below: sets.last().filter(|_| is_full).map(|set| set.number),
            sets: sets.iter().map(Into::into).collect(),
            may_draw: reader.roles.holds(Role::Operator),
            runs: runs.into_iter().filter_map(choice).collect(),
            run: String::new(),
            pairs: pairs.to_string(),
            seed: String::new(),
            faults: ["", ""],
            problem: None,
        })
    }
}

/// Which page of the list.
#[derive(serde::Deserialize)]
pub(super) struct Below {
    below: Option<u64>,
}

/// All sets.
pub(super) async fn sets(
    unit: Data<Unit>,
    visit: Visit<RunReader>,
    wanted: actix_web::web::Query<Below>,
) -> Result<HttpResponse, Refusal> {
    let account = visit.by.principal().account();
    page(&SetsPage::read(unit, &visit.reader, account, wanted.below).await?)
}

/// Draws a set.
pub(super) async fn draw(
    unit: Data<Unit>,
    posted: Posted<Operator>,
) -> Result<HttpResponse, Refusal> {
    let Posted { by, reader, fields } = posted;
    let typed = ["run", "pairs", "seed"].map(|name| fields.text(name).to_owned());
    let number = |name: &str| fields.given(name).map(str::parse::<u32>).transpose();
    let (pairs, seed) = (number("pairs"), number("seed"));
    let faults = [
        if pairs.is_err() { "A whole number, such as 200." } else { "" },
        if seed.is_err() { "A whole number up to 4,294,967,295, or nothing." } else { "" },
    ];
    let account = by.principal().account();
    let made = match (RunId::parse(&typed[0]), pairs, seed) {
        (Some(run), Ok(pairs), Ok(seed)) => {
            let (worker, wanted) = (unit.clone(), Wanted { run, pairs, seed });
            block(move || clerical::draw(&worker, &by, wanted)).await
        }
        (None, ..) => Err(Problem::malformed("choose a run")),
        _ => Err(Problem::malformed("a number is none")),
    };
    match made {
        Ok(set) => Ok(see(&format!("/review/{set}?done=drawn"))),
        Err(problem) => {
            let again = SetsPage::read(unit, &reader, account, None).await?;
            let [run, pairs, seed] = typed;
            let shown = Some(problem.clone()).filter(|_| faults == ["", ""]);
            let again = SetsPage { run, pairs, seed, faults, problem: shown, ..again };
            page_again(&problem, &again)
        }
    }
}

#[derive(Template)]
#[template(path = "review/set.html")]
struct SetPage {
    frame: Frame,
    set: SetView,
    may_judge: bool,
    figures: Option<Figures>,
}

pub(super) fn set_id(path: &str) -> Result<ReviewSetId, Refusal> {
    ReviewSetId::parse(path).ok_or_else(Refusal::not_found)
}

async fn found(
    unit: Data<Unit>,
    account: AccountId,
    id: ReviewSetId,
) -> Result<ReviewSet, Problem> {
    block(move || unit.store.read(|connection| clerical::find(connection, account, id))).await
}

/// One set.
pub(super) async fn set(
    unit: Data<Unit>,
    visit: Visit<RunReader>,
    path: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let account = visit.by.principal().account();
    let set = found(unit, account, set_id(&path)?).await?;
    page(&SetPage {
        frame: Frame::of(&visit.reader).after(&visit.reader, NOTICES),
        set: SetView::from(&set),
        may_judge: visit.reader.roles.holds(Role::Operator),
        figures: set.estimates.map(Figures::from),
    })
}

#[derive(Template)]
#[template(path = "review/end.html")]
struct EndPage {
    frame: Frame,
    set: SetView,
    problem: Option<Problem>,
}

/// What finishing a set early would do.
pub(super) async fn ask_end(
    unit: Data<Unit>,
    visit: Visit<Operator>,
    path: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let set = found(unit, visit.by.principal().account(), set_id(&path)?).await?;
    let set = SetView::from(&set);
    page(&EndPage { frame: Frame::of(&visit.reader), set, problem: None })
}

/// Finishes a set early.
pub(super) async fn end(
    unit: Data<Unit>,
    posted: Posted<Operator>,
    path: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let Posted { by, reader, .. } = posted;
    let (id, account) = (set_id(&path)?, by.principal().account());
    let worker = unit.clone();
    match block(move || clerical::end(&worker, &by, id)).await {
        Ok(()) => Ok(see(&format!("/review/{id}?done=finished"))),
        Err(problem) => {
            let set = SetView::from(&found(unit, account, id).await?);
            let again = EndPage { frame: Frame::of(&reader), set, problem: Some(problem.clone()) };
            page_again(&problem, &again)
        }
    }
}
