//! Everything an account touched, for whoever looks into an incident.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use askama::Template;

use super::super::super::extract::block;
use super::super::super::problem::Problem;
use super::super::fields::Fields;
use super::super::frame::{Frame, role_word};
use super::super::refusal::Refusal;
use super::super::shown::{Moment, bytes, counted, grouped, query};
use super::super::visit::Visit;
use super::super::{page, page_again, see};
use super::{Pager, ROWS, Row, look, until};
use crate::accounts::{self, Account, AccountError, Compliance};
use crate::audit::answers::Logged;
use crate::audit::trace::{self, Sat, Touched};
use crate::audit::words::{self, Names};
use crate::audit::{self, Column, EventKind, Filter};
use crate::clock::Timestamp;
use crate::store::StoreError;
use crate::unit::Unit;

/// Refusals and downloads that are shown; all stand in the list of entries.
const SHOWN: usize = 100;

struct Known {
    id: String,
    name: String,
    roles: String,
    state: &'static str,
    class: &'static str,
    training: String,
}

impl Known {
    fn new(it: &Account, today: i64) -> Self {
        let roles: Vec<&str> = it.roles.iter().map(role_word).collect();
        let (state, class) =
            if it.disabled_at.is_some() { ("closed", "") } else { ("open", "good") };
        let training = it.trained_until.map_or_else(
            || "not recorded".to_owned(),
            |day| format!("{}, {}", super::day(day), until(day, today)),
        );
        Self {
            id: it.id.to_string(),
            name: it.name.clone(),
            roles: roles.join(", "),
            state,
            class,
            training,
        }
    }
}

#[derive(Template)]
#[template(path = "compliance/accounts.html")]
struct AccountsPage {
    frame: Frame,
    q: String,
    known: Vec<Known>,
    pager: Pager,
    problem: Option<Problem>,
}

/// Accounts to choose from; a whole name or id leads straight on.
pub(in crate::web::pages) async fn list(
    unit: Data<Unit>,
    visit: Visit<Compliance>,
    asked: Query<Vec<(String, String)>>,
) -> Result<HttpResponse, Refusal> {
    let fields = Fields::new(asked.into_inner());
    let q = fields.text("q").to_owned();
    let wanted = q.clone();
    let today = unit.store.now().days();
    let (exact, accounts) = block(move || {
        unit.store.read(|connection| {
            let exact = trace::account(connection, &wanted).map_err(StoreError::from)?;
            Ok::<_, AccountError>((exact, accounts::list(connection)?))
        })
    })
    .await?;
    if let Some((id, _)) = exact {
        return Ok(see(&format!("/audit/accounts/{id}")));
    }
    let fits = |it: &Account| it.name.contains(&q) || it.id.to_string().starts_with(&q);
    let found: Vec<&Account> = accounts.iter().filter(|it| fits(it)).collect();
    let pager =
        Pager::new(found.len() as u64, fields.given("page"), "/audit/accounts", &[("q", &q)]);
    let after = (pager.page - 1) * u64::from(ROWS);
    let after = usize::try_from(after).unwrap_or(usize::MAX);
    let known = found.into_iter().skip(after).take(ROWS as usize).map(|it| Known::new(it, today));
    let shown = AccountsPage {
        frame: Frame::of(&visit.reader),
        known: known.collect(),
        q,
        pager,
        problem: None,
    };
    if shown.known.is_empty() && !shown.q.is_empty() {
        let problem = Problem::not_found();
        return page_again(&problem.clone(), &AccountsPage { problem: Some(problem), ..shown });
    }
    page(&shown)
}

struct Thing {
    what: String,
    deed: &'static str,
    entries: String,
    objects: String,
    first: Moment,
    last: Moment,
    link: String,
}

struct Session {
    id: String,
    addresses: String,
    is_many: bool,
    entries: String,
    first: Moment,
    last: Moment,
}

struct Download {
    row: Row,
    release: String,
    bytes: String,
    sha256: String,
    address: String,
}

#[derive(Template)]
#[template(path = "compliance/account.html")]
struct AccountPage {
    frame: Frame,
    known: Known,
    entries: String,
    is_cut: bool,
    things: Vec<Thing>,
    sessions: Vec<Session>,
    downloads: Vec<Download>,
    refusals: Vec<Row>,
    rows: Vec<Row>,
    next_below: Option<u64>,
    is_first: bool,
    printed: Moment,
}

fn moment(text: &str) -> Moment {
    Timestamp::parse(text).unwrap_or_default().into()
}

fn thing(((what, kind), it): (&(String, String), &Touched), account: &str) -> Thing {
    let known = EventKind::parse(kind);
    Thing {
        what: if what.is_empty() { "-".to_owned() } else { what.clone() },
        deed: known.map_or("unknown", words::kind),
        entries: grouped(it.entries),
        objects: grouped(it.objects),
        first: moment(&it.first),
        last: moment(&it.last),
        link: format!("/audit?actor={account}&kind={}", query(kind)),
    }
}

fn session((id, it): &(String, Sat)) -> Session {
    Session {
        id: id.clone(),
        addresses: it.addresses.join(", "),
        is_many: it.addresses.len() > 1,
        entries: grouped(it.entries),
        first: moment(&it.first),
        last: moment(&it.last),
    }
}

fn download(it: &Logged, names: &Names) -> Download {
    Download {
        row: Row::of(it, names),
        release: it.object.clone().unwrap_or_default(),
        bytes: it.bytes_out.map(bytes).unwrap_or_default(),
        sha256: it.object_sha256.clone().unwrap_or_default(),
        address: it.source_address.clone().unwrap_or_default(),
    }
}

/// What an account touched.
pub(in crate::web::pages) async fn show(
    unit: Data<Unit>,
    visit: Visit<Compliance>,
    account: Path<String>,
    asked: Query<Vec<(String, String)>>,
) -> Result<HttpResponse, Refusal> {
    let Visit { by, reader } = visit;
    let frame = Frame::of(&reader);
    let below =
        Fields::new(asked.into_inner()).given("below").and_then(|text| text.parse::<u64>().ok());
    let account = account.into_inner();
    let shown = block(move || {
        let shown =
            unit.store.read(|connection| read(connection, &unit, frame, &account, below))?;
        let shown = shown.ok_or_else(Problem::not_found)?;
        look(&unit, &by, shown.rows.len() as u64)?;
        Ok::<_, Problem>(shown)
    });
    page(&shown.await?)
}

fn read(
    connection: &rusqlite::Connection,
    unit: &Unit,
    frame: Frame,
    account: &str,
    below: Option<u64>,
) -> Result<Option<AccountPage>, AccountError> {
    let now = unit.store.now();
    let accounts = accounts::list(connection)?;
    let Some(known) = accounts.iter().find(|it| it.id.to_string() == account) else {
        return Ok(None);
    };
    let names = Names::read(connection).map_err(StoreError::from)?;
    let trace = trace::trace(connection, account).map_err(StoreError::from)?;
    let filter = Filter {
        equal: vec![(Column::Actor, account.to_owned())],
        below: below.map(|below| below.min(i64::MAX.unsigned_abs())),
        ..Filter::default()
    };
    let found = audit::query(connection, &filter, ROWS).map_err(StoreError::from)?;
    Ok(Some(AccountPage {
        frame,
        known: Known::new(known, now.days()),
        entries: counted(trace.entries, "entry", "entries"),
        is_cut: trace.is_cut,
        things: trace.touched.iter().map(|it| thing(it, account)).collect(),
        sessions: trace.sessions.iter().map(session).take(SHOWN).collect(),
        downloads: trace.downloads.iter().map(|it| download(it, &names)).take(SHOWN).collect(),
        refusals: trace.refusals.iter().map(|it| Row::of(it, &names)).take(SHOWN).collect(),
        rows: found.entries.iter().map(|it| Row::new(it, &names)).collect(),
        next_below: found.next_below,
        is_first: below.is_none(),
        printed: now.into(),
    }))
}
