//! The list of agreements, and one of them.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use askama::Template;

use super::super::super::extract::block;
use super::super::super::problem::Problem;
use super::super::compliance::{Choice, Pager, ROWS};
use super::super::fields::Fields;
use super::super::frame::Frame;
use super::super::page;
use super::super::refusal::Refusal;
use super::super::shown::Moment;
use super::super::visit::Visit;
use super::describe::{state, terms, title, why_word};
use super::kind_word;
use crate::accounts::{self, AccountError, AgreementReader, Role};
use crate::agreements::{self, Agreement, AgreementError, Kind, Lapse, Wanted};
use crate::audit::words::Names;
use crate::clock::Timestamp;
use crate::ids::{AgencyId, AgreementId, ProjectId, hex};
use crate::store::StoreError;
use crate::unit::Unit;

/// States that can be asked for.
const STATES: [(&str, &str); 4] = [
    ("force", "in force"),
    ("ending", "ends within 90 days"),
    ("over", "over or ended"),
    ("future", "not begun"),
];
const AHEAD_DAYS: i64 = 90;

struct Shown {
    id: String,
    title: String,
    from: String,
    until: String,
    class: &'static str,
    word: String,
}

impl Shown {
    fn new(it: &Agreement, now: Timestamp, names: &Names) -> Self {
        let (class, word) = state(it, now);
        Self {
            id: it.id.to_string(),
            title: title(it, names),
            from: it.interval.from().to_string(),
            until: it.interval.until().to_string(),
            class,
            word,
        }
    }
}

#[derive(Template)]
#[template(path = "agreements/list.html")]
struct ListPage {
    frame: Frame,
    may_record: bool,
    is_narrowed: bool,
    kind: String,
    state: String,
    project: String,
    agency: String,
    kinds: Vec<Choice>,
    states: Vec<Choice>,
    projects: Vec<Choice>,
    agencies: Vec<Choice>,
    found: Vec<Shown>,
    pager: Pager,
}

fn fits(it: &Agreement, state: &str, now: Timestamp) -> bool {
    let left = it.interval.until().days() - now.days();
    match (state, it.lapse(now)) {
        ("force", lapse) => lapse.is_none(),
        ("ending", lapse) => lapse.is_none() && left <= AHEAD_DAYS,
        ("over", lapse) => matches!(lapse, Some(Lapse::Ended | Lapse::Expired)),
        ("future", lapse) => matches!(lapse, Some(Lapse::NotYetValid)),
        _ => true,
    }
}

/// The list, the next to end first.
pub(in crate::web::pages) async fn list(
    unit: Data<Unit>,
    visit: Visit<AgreementReader>,
    asked: Query<Vec<(String, String)>>,
) -> Result<HttpResponse, Refusal> {
    let frame = Frame::of(&visit.reader);
    let may_record = visit.reader.roles.holds(Role::Compliance);
    let fields = Fields::new(asked.into_inner());
    let now = unit.store.now();
    let (names, found, projects, agencies) = block({
        let wanted = Wanted {
            project: fields.given("project").and_then(ProjectId::parse),
            agency: fields.given("agency").and_then(AgencyId::parse),
            ..Wanted::default()
        };
        move || {
            unit.store
                .read(|connection| {
                    let found = agreements::in_order(connection, &wanted, u32::MAX)
                        .map_err(Problem::from)?;
                    let names = names_for(may_record, connection).map_err(StoreError::from)?;
                    let projects = accounts::list_projects(connection)?;
                    Ok::<_, Broken>((names, found, projects, accounts::list_agencies(connection)?))
                })
                .map_err(|error| error.0)
        }
    })
    .await?;
    let kind = fields.given("kind").and_then(Kind::parse);
    let state = STATES.iter().map(|(code, _)| *code).find(|code| *code == fields.text("state"));
    let mut found: Vec<Agreement> = found
        .into_iter()
        .filter(|it| kind.is_none_or(|kind| it.terms.kind() == kind))
        .filter(|it| fits(it, state.unwrap_or(""), now))
        .collect();
    // What is over comes last.
    found.sort_by_key(|it| {
        (matches!(it.lapse(now), Some(Lapse::Ended | Lapse::Expired)), it.interval.until(), it.id)
    });
    let names_of = ["kind", "state", "project", "agency"];
    let kept = names_of.map(|name| (name, fields.text(name)));
    let pager = Pager::new(found.len() as u64, fields.given("page"), "/agreements", &kept);
    let after = usize::try_from((pager.page - 1) * u64::from(ROWS)).unwrap_or(usize::MAX);
    let choice =
        |value: &str, label: &str| Choice { value: value.to_owned(), label: label.to_owned() };
    page(&ListPage {
        frame,
        may_record,
        is_narrowed: kept.iter().any(|(_, value)| !value.is_empty()),
        kind: kind.map_or("", Kind::as_str).to_owned(),
        state: state.unwrap_or("").to_owned(),
        project: fields.text("project").to_owned(),
        agency: fields.text("agency").to_owned(),
        kinds: Kind::ALL.map(|kind| choice(kind.as_str(), kind_word(kind))).into(),
        states: STATES.map(|(code, word)| choice(code, word)).into(),
        projects: projects.iter().map(|it| choice(&it.id.to_string(), &it.name)).collect(),
        agencies: agencies.iter().map(|it| choice(&it.id.to_string(), &it.name)).collect(),
        found: found
            .iter()
            .skip(after)
            .take(ROWS as usize)
            .map(|it| Shown::new(it, now, &names))
            .collect(),
        pager,
    })
}

/// A refusal out of reading several tables.
struct Broken(Problem);

impl From<Problem> for Broken {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl From<StoreError> for Broken {
    fn from(error: StoreError) -> Self {
        Self(error.into())
    }
}

impl From<AccountError> for Broken {
    fn from(error: AccountError) -> Self {
        Self(error.into())
    }
}

/// What can have been done before one is shown.
const NOTICES: &[(&str, &str)] = &[
    ("recorded", "The agreement is recorded. Let a second person compare it with the paper."),
    ("ended", "The agreement is ended. What was done under it stays in the log."),
];

#[derive(Template)]
#[template(path = "agreements/one.html")]
struct OnePage {
    frame: Frame,
    it: Shown,
    kind: &'static str,
    terms: Vec<(&'static str, String)>,
    sha256: String,
    recorded_at: Moment,
    recorded_by: String,
    ended: Option<(Moment, &'static str)>,
    may_end: bool,
}

/// Names for a reader: operators see agreements, and accounts as numbers.
fn names_for(is_compliance: bool, connection: &rusqlite::Connection) -> rusqlite::Result<Names> {
    if is_compliance { Names::read(connection) } else { Names::of_places(connection) }
}

/// One agreement.
pub(in crate::web::pages) async fn show(
    unit: Data<Unit>,
    visit: Visit<AgreementReader>,
    asked: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let id = AgreementId::parse(&asked).ok_or_else(Refusal::not_found)?;
    let may_record = visit.reader.roles.holds(Role::Compliance);
    let now = unit.store.now();
    let (it, names) = block(move || {
        unit.store.read(|connection| {
            let names = names_for(may_record, connection)?;
            Ok::<_, AgreementError>((agreements::find(connection, id)?, names))
        })
    })
    .await?;
    let by = it.recorded_by.map(|by| by.to_string());
    page(&OnePage {
        frame: Frame::of(&visit.reader).after(&visit.reader, NOTICES),
        kind: kind_word(it.terms.kind()),
        terms: terms(&it, &names),
        sha256: hex(&it.document),
        recorded_at: it.recorded_at.into(),
        recorded_by: by.map_or_else(|| "at the machine".to_owned(), |by| names.of(&by).to_owned()),
        ended: it.ended.map(|(at, why)| (at.into(), why_word(why))),
        may_end: it.ended.is_none() && may_record,
        it: Shown::new(&it, now, &names),
    })
}
