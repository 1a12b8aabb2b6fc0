//! An evaluator's projects: what the records permit this account now, on which agreements that rests, and what is missing.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use askama::Template;

use super::super::super::extract::block;
use super::super::frame::Frame;
use super::super::page;
use super::super::refusal::Refusal;
use super::super::shown::counted;
use super::super::visit::Visit;
use super::list::Line;
use super::{Badge, Names, badge};
use crate::accounts::{self, AccountError, Evaluator, ReleaseReader};
use crate::agreements::{
    self, Action, Agreement, AgreementError, Clause, Day, Lapse, Purpose, Terms, Wanted,
};
use crate::clock::Timestamp;
use crate::ids::{AccountId, AgencyId, ProjectId};
use crate::release::desk::{self, DeskError, Sought};
use crate::unit::Unit;

/// Releases of a project's page.
const RELEASES_MAX: u32 = 10;
/// Days before its end from which an agreement is shown as ending soon.
const SOON_DAYS: i64 = 60;

/// An agreement.
struct AgreementShown {
    kind: &'static str,
    about: String,
    from: String,
    until: String,
    left: String,
    badge: Badge,
    purposes: String,
    cell: String,
    retention: String,
}

/// A project with what it rests on.
struct ProjectShown {
    id: String,
    name: String,
    agreements: Vec<AgreementShown>,
    /// What is missing for a download, and for a release to be made.
    missing: Vec<(String, String)>,
    /// Purposes and the smallest cell of the licences in force.
    purposes: String,
    cell: String,
    until: String,
}

#[derive(Template)]
#[template(path = "releases/projects.html")]
struct ProjectsPage {
    frame: Frame,
    projects: Vec<ProjectShown>,
}

#[derive(Template)]
#[template(path = "releases/project.html")]
struct ProjectPage {
    frame: Frame,
    project: ProjectShown,
    lines: Vec<Line>,
}

/// All projects of the reader.
pub(in crate::web::pages) async fn list(
    unit: Data<Unit>,
    visit: Visit<Evaluator>,
) -> Result<HttpResponse, Refusal> {
    let Visit { by, reader } = visit;
    let projects = block(move || {
        let all = by.projects().iter().map(|id| read(&unit, &by, *id));
        all.collect::<Result<Vec<_>, DeskError>>()
    })
    .await?;
    page(&ProjectsPage { frame: Frame::of(&reader), projects })
}

/// One project of the reader's.
pub(in crate::web::pages) async fn show(
    unit: Data<Unit>,
    visit: Visit<Evaluator>,
    path: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let Visit { by, reader } = visit;
    let id = ProjectId::parse(&path).filter(|id| by.projects().contains(id));
    let id = id.ok_or_else(Refusal::not_found)?;
    let (project, lines) = block(move || {
        let project = read(&unit, &by, id)?;
        let (now, asked) = (unit.store.now(), release_reader(&by)?);
        let reach = Some(vec![id]);
        let lines = unit.store.read(|connection| {
            let sought = Sought { project: Some(id), reach, ..Sought::default() };
            let found = desk::search(connection, now, &sought, RELEASES_MAX)?;
            let names = Names::read(connection, &asked)?;
            Ok::<_, DeskError>(found.iter().map(|it| Line::of(it, &names, now)).collect())
        })?;
        Ok::<_, DeskError>((project, lines))
    })
    .await?;
    page(&ProjectPage { frame: Frame::of(&reader), project, lines })
}

fn release_reader(by: &Evaluator) -> Result<ReleaseReader, DeskError> {
    ReleaseReader::of(by.principal()).map_err(|_| DeskError::Unknown)
}

fn read(unit: &Unit, by: &Evaluator, id: ProjectId) -> Result<ProjectShown, DeskError> {
    let (now, account) = (unit.store.now(), by.principal().account());
    unit.store.read(|connection| {
        let wanted = Wanted { project: Some(id), ..Wanted::default() };
        let all = agreements::in_order(connection, &wanted, u32::MAX)?;
        let mut sources: Vec<AgencyId> = all.iter().filter_map(agency_of).collect();
        sources.sort_unstable();
        sources.dedup();
        let mous = agreements::in_order(connection, &Wanted::default(), u32::MAX)?;
        let concerns = |it: &Agreement| matches!(&it.terms, Terms::Mou(mou) if sources.iter().all(|one| mou.partners.contains(one)));
        let mous = mous.into_iter().filter(|it| !sources.is_empty() && concerns(it));
        // Who else is a recipient is no business of this one.
        let own = |it: &Agreement| match &it.terms {
            Terms::Dul(dul) => dul.recipients.contains(&account),
            _ => true,
        };
        let shown: Vec<Agreement> = all.into_iter().filter(own).chain(mous).collect();
        let agencies = accounts::list_agencies(connection).map_err(failed)?;
        let name = |id: AgencyId| {
            let found = agencies.iter().find(|agency| agency.id == id);
            found.map_or_else(String::new, |agency| agency.name.clone())
        };
        let names = Names::read(connection, &release_reader(by)?)?;
        let release = agreements::permit(connection, now, &Action::Release { project: id, agencies: &sources })?;
        let download = agreements::permit(connection, now, &Action::Download { project: id, account })?;
        let mut missing = Vec::new();
        missing.extend(download.as_ref().err().map(|it| say("You cannot download", *it)));
        let other = release.as_ref().err().filter(|it| download.as_ref().err() != Some(it));
        missing.extend(other.map(|it| say("No release can be made or downloaded", *it)));
        let permit = download.ok();
        Ok(ProjectShown {
            id: id.to_string(),
            name: names.project(id),
            purposes: permit.as_ref().map_or_else(|| "none at this moment".to_owned(), |it| listed(it.purposes.iter())),
            cell: permit.and_then(|it| it.minimum_cell).map_or_else(|| "not agreed".to_owned(), |it| it.persons().to_string()),
            until: until(&shown, account, now),
            agreements: shown.iter().map(|it| agreement(it, now, &name)).collect(),
            missing,
        })
    })
}

fn failed(error: AccountError) -> DeskError {
    match error {
        AccountError::Store(error) => error.into(),
        // Reading names fails in no other way.
        _ => AgreementError::Unknown { what: "agency" }.into(),
    }
}

const fn agency_of(agreement: &Agreement) -> Option<AgencyId> {
    match &agreement.terms {
        Terms::Dsa(dsa) => Some(dsa.agency),
        _ => None,
    }
}

fn say(what: &str, clause: Clause) -> (String, String) {
    (format!("{what}: {clause}"), format!("{} ({})", clause.help(), clause.code()))
}

fn listed<'a>(purposes: impl Iterator<Item = &'a Purpose>) -> String {
    let words: Vec<&str> = purposes.map(|it| it.as_str()).collect();
    words.join(", ")
}

/// Last day of the account's licence that is in force longest.
fn until(all: &[Agreement], account: AccountId, now: Timestamp) -> String {
    let days = all.iter().filter_map(|it| match &it.terms {
        Terms::Dul(dul) if dul.recipients.contains(&account) && it.lapse(now).is_none() => {
            Some(it.interval.until())
        }
        _ => None,
    });
    days.max().map_or_else(|| "no licence in force".to_owned(), |day| day.to_string())
}

fn agreement(it: &Agreement, now: Timestamp, name: &impl Fn(AgencyId) -> String) -> AgreementShown {
    let left = it.interval.until().days() - now.days();
    let (standing, left_words) = match it.lapse(now) {
        None if left < SOON_DAYS => (badge("warn", "ends soon"), days(left)),
        None => (badge("good", "in force"), days(left)),
        Some(Lapse::Ended) => (badge("bad", "ended before its time"), String::new()),
        Some(Lapse::Expired) => (badge("bad", "expired"), String::new()),
        Some(Lapse::NotYetValid | Lapse::Missing) => {
            (badge("warn", "not yet in force"), String::new())
        }
    };
    let (kind, about, purposes, cell) = match &it.terms {
        Terms::Mou(_) => (
            "Memorandum of understanding",
            "all agencies of the project".to_owned(),
            String::new(),
            String::new(),
        ),
        Terms::Dsa(dsa) => {
            ("Data sharing agreement", name(dsa.agency), listed(dsa.purposes.iter()), String::new())
        }
        Terms::Dul(dul) => (
            "Data use licence",
            "names this account".to_owned(),
            listed(dul.purposes.iter()),
            dul.minimum_cell.persons().to_string(),
        ),
        Terms::Irb(irb) => (
            "Decision of a review board",
            format!("{}: {}", irb.protocol.as_str(), irb.decision.as_str()),
            String::new(),
            String::new(),
        ),
    };
    AgreementShown {
        kind,
        about,
        from: it.interval.from().to_string(),
        until: it.interval.until().to_string(),
        left: left_words,
        badge: standing,
        purposes,
        cell,
        retention: it.terms.retention_until().map(|day: Day| day.to_string()).unwrap_or_default(),
    }
}

/// Days that are left, for people.
fn days(left: i64) -> String {
    match u64::try_from(left) {
        Ok(0) => "last day".to_owned(),
        Ok(days) => format!("{} left", counted(days, "day", "days")),
        Err(_) => String::new(),
    }
}
