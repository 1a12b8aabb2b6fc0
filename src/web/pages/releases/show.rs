//! One release: what it is, how it came about, what is in it, and how to get it.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use askama::Template;

use super::super::super::extract::block;
use super::super::super::problem::Problem;
use super::super::frame::Frame;
use super::super::page;
use super::super::refusal::Refusal;
use super::super::shown::{Moment, bytes, short};
use super::super::visit::{Reader, Visit};
use super::checked::{CheckShown, ReasonShown, check, reasons};
use super::flow::{FlowShown, flows};
use super::history::{Step, steps};
use super::report::Report;
use super::study::StudyShown;
use super::{Badge, Names, Who, Wrong, profile_words, release_id, standing_badge};
use crate::accounts::{ReleaseReader, Role};
use crate::ids::{ReleaseId, hex};
use crate::release::desk::{self, Decision, DeskError, Opinion, Release, ReleaseState, Standing};
use crate::unit::Unit;

/// What can have been done on this page.
const NOTICES: &[(&str, &str)] = &[
    ("queued", "The release was asked for. Its tables are made and checked in their turn."),
    ("approved", "Approved. The bundle is written now; then the recipients can download it."),
    ("rejected", "Refused. The preparer sees the reason."),
    ("withdrawn", "Withdrawn. Nobody can approve it any more."),
    ("taken-back", "Taken back. Nobody can download it any more; who downloaded it stands below."),
    ("asked", "Your request was sent to the release desk."),
];

/// Everything that the records say of a release.
pub(super) struct Found {
    pub(super) release: Release,
    pub(super) names: Names,
    recipients: Vec<crate::ids::AccountId>,
    downloads: Vec<Decision>,
    newer: Option<(ReleaseId, u64)>,
    replaced: Option<u64>,
    pub(super) opinion: Option<Opinion>,
    /// Why its papers cannot be read.
    closed: Option<DeskError>,
}

impl Found {
    /// Reads a release, if the reader may know of it.
    pub(super) fn read(unit: &Unit, by: &ReleaseReader, id: ReleaseId) -> Result<Self, DeskError> {
        let now = unit.store.now();
        unit.store.read(|connection| {
            let release = desk::find(connection, id)?;
            let is_made = release.bundle.is_some();
            if by.projects().is_some_and(|all| !is_made || !all.contains(&release.project)) {
                return Err(DeskError::Unknown);
            }
            let replaced = release.replaces.map(|id| desk::find(connection, id)).transpose()?;
            Ok(Self {
                names: Names::read(connection, by)?,
                recipients: desk::recipients(connection, id)?,
                downloads: desk::downloads(connection, id)?,
                newer: desk::replacement(connection, id)?,
                replaced: replaced.map(|it| it.number),
                opinion: desk::opinion(connection, id)?,
                closed: desk::may_read(connection, now, by, &release).err(),
                release,
            })
        })
    }
}

/// How it can be downloaded and verified, for evaluators.
struct Delivery {
    sha256: String,
    bytes: String,
    key: String,
    terms: String,
    /// Why it cannot be had now.
    closed: Option<Problem>,
    until: Option<Moment>,
    wrong: Wrong,
    own: Vec<Moment>,
}

#[derive(Template)]
#[template(path = "releases/show.html")]
struct ShowPage {
    frame: Frame,
    id: String,
    number: u64,
    project: String,
    run: String,
    badge: Badge,
    standing: &'static str,
    is_evaluator: bool,
    study: Option<StudyShown>,
    study_text: String,
    profile: &'static str,
    steps: Vec<Step>,
    newer: Option<(String, u64)>,
    replaces: Option<(String, u64)>,
    /// Whether report and codebook can be read.
    is_readable: bool,
    because: String,
    reasons: Vec<ReasonShown>,
    objection: &'static str,
    flows: Vec<FlowShown>,
    check: Option<CheckShown>,
    delivery: Option<Delivery>,
    recipients: Vec<Who>,
    downloads: Vec<(Who, Moment)>,
    may_withdraw: bool,
    may_take_back: bool,
    may_decide: bool,
    end_wrong: Wrong,
}

/// The page.
pub(in crate::web::pages) async fn show(
    unit: Data<Unit>,
    visit: Visit<ReleaseReader>,
    path: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let id = release_id(&path)?;
    page(&read(unit, &visit.by, &visit.reader, id, Wrongs::default()).await?)
}

/// What was wrong with a form of the page.
#[derive(Default)]
pub(super) struct Wrongs {
    pub(super) download: Wrong,
    /// Of withdrawing or taking back.
    pub(super) end: Wrong,
}

/// The page of a release, to be shown with what was wrong with one of its forms.
pub(super) async fn read(
    unit: Data<Unit>,
    by: &ReleaseReader,
    reader: &Reader,
    id: ReleaseId,
    wrongs: Wrongs,
) -> Result<impl Template, Problem> {
    let (worker, asked) = (unit.clone(), by.clone());
    let found = block(move || Found::read(&worker, &asked, id)).await?;
    shown(&unit, by, reader, found, wrongs)
}

fn shown(
    unit: &Unit,
    by: &ReleaseReader,
    reader: &Reader,
    found: Found,
    wrongs: Wrongs,
) -> Result<ShowPage, Problem> {
    let now = unit.store.now();
    let report = Report::of(&found.release)?;
    let Found { release, names, recipients, downloads, newer, replaced, opinion, closed } = found;
    let standing = Standing::of(&release, now);
    let (is_evaluator, is_readable) = (by.projects().is_some(), closed.is_none());
    let account = by.principal().account();
    let steps = steps(&release, &names, standing, opinion.as_ref());
    let delivery = is_evaluator.then(|| {
        let own = downloads.iter().filter(|it| it.by == account).map(|it| it.at.into());
        delivery(unit, &release, &report, closed, wrongs.download, own.collect())
    });
    let study = StudyShown::parse(&release.study);
    let own = release.prepared.by == account && reader.roles.holds(Role::Preparer);
    let because = release.superseded.as_ref().map_or("", |(_, why)| superseded_words(why));
    Ok(ShowPage {
        frame: Frame::of(reader).after(reader, NOTICES),
        id: release.id.to_string(),
        number: release.number,
        project: names.project(release.project),
        run: short(&release.run.to_string()).to_owned(),
        badge: standing_badge(standing),
        standing: standing.as_str(),
        is_evaluator,
        study,
        study_text: release.study.clone(),
        profile: profile_words(&release.profile),
        steps,
        newer: newer.map(|(id, number)| (id.to_string(), number)),
        replaces: release.replaces.map(|id| id.to_string()).zip(replaced),
        is_readable,
        because: if is_evaluator { String::new() } else { because.to_owned() },
        reasons: if is_evaluator { Vec::new() } else { reasons(&release, &report) },
        objection: opinion.and_then(|it| it.objection).map_or("", super::approve::objection_words),
        // Small counts are left out of the report itself; evaluators see it as they see the bundle's.
        flows: if is_evaluator && !is_readable { Vec::new() } else { flows(&report.flow) },
        check: (!is_evaluator).then(|| check(&report)).flatten(),
        delivery,
        recipients: if is_evaluator {
            Vec::new()
        } else {
            recipients.iter().map(|it| names.who(*it)).collect()
        },
        downloads: if is_evaluator {
            Vec::new()
        } else {
            downloads.iter().map(|it| (names.who(it.by), it.at.into())).collect()
        },
        may_take_back: reader.roles.holds(Role::Compliance)
            && matches!(release.state, ReleaseState::Approved | ReleaseState::Released),
        may_withdraw: own && matches!(standing, Standing::Queued | Standing::Checked),
        may_decide: standing == Standing::Checked && reader.roles.holds(Role::Approver),
        end_wrong: wrongs.end,
    })
}

/// Why a release is out of date.
fn superseded_words(why: &str) -> &'static str {
    match why {
        "rows-retracted" => "An agency took rows out that it was made of.",
        "consents-changed" => "A provider's clients took consents back.",
        "replaced" => "Another release took its place.",
        _ => "An agency withdrew a submission that it was made of.",
    }
}

fn delivery(
    unit: &Unit,
    release: &Release,
    report: &Report,
    closed: Option<DeskError>,
    wrong: Wrong,
    own: Vec<Moment>,
) -> Delivery {
    let least = report.disclosure.as_ref().map_or(0, |it| it.k_demanded);
    Delivery {
        sha256: release.bundle.map(|it| hex(&it.sha256)).unwrap_or_default(),
        bytes: release.bundle.map(|it| bytes(it.bytes)).unwrap_or_default(),
        key: unit.store.key().public().to_string(),
        terms: desk::terms(least),
        closed: closed.map(Problem::from),
        until: release.valid_until.map(Moment::from),
        wrong,
        own,
    }
}
