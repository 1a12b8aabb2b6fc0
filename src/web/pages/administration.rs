//! The home of administrators: what a unit needs before agencies can upload and releases can be made, as steps that are done
//! or not.

use actix_web::HttpResponse;
use actix_web::web::Data;
use askama::Template;

use super::super::extract::block;
use super::frame::Frame;
use super::page;
use super::refusal::Refusal;
use super::visit::Visit;
use crate::accounts::{self, AccountError, Administrator, Role, Staff};
use crate::agreements::{self, AgreementError, Kind};
use crate::unit::Unit;

#[derive(Template)]
#[template(path = "admin/home.html")]
struct HomePage {
    frame: Frame,
    steps: Vec<Step>,
    done: usize,
    agencies: usize,
    projects: usize,
    /// Accounts that can sign in.
    ready: u64,
    /// Accounts of which nobody has used the link.
    waiting: u64,
}

/// A step of setting up.
struct Step {
    title: &'static str,
    is_done: bool,
    /// What it is for, or what is missing.
    text: String,
    /// Where it is done; empty if not on a page of this account.
    path: String,
    label: &'static str,
}

/// What is known of the unit.
struct Found {
    staff: Staff,
    agencies: usize,
    projects: usize,
    agreements: Vec<Kind>,
    accounts: (u64, u64),
}

/// The page.
pub(super) async fn show(
    unit: Data<Unit>,
    visit: Visit<Administrator>,
) -> Result<HttpResponse, Refusal> {
    let reading = unit.clone();
    let found = block(move || read(&reading)).await?;
    let steps = steps(&unit, &found);
    page(&HomePage {
        frame: Frame::of(&visit.reader),
        done: steps.iter().filter(|step| step.is_done).count(),
        steps,
        agencies: found.agencies,
        projects: found.projects,
        ready: found.accounts.0,
        waiting: found.accounts.1,
    })
}

fn read(unit: &Unit) -> Result<Found, AgreementError> {
    let now = unit.store.now();
    let found = unit.store.read(|connection| {
        let count = |state| {
            let wanted = accounts::AccountsWanted {
                state: Some(state),
                ..accounts::AccountsWanted::default()
            };
            accounts::search(connection, &wanted, now, 1).map(|found| found.count)
        };
        Ok::<_, AccountError>((
            accounts::staff(connection)?,
            accounts::list_agencies(connection)?.len(),
            accounts::list_projects(connection)?.len(),
            (count(accounts::AccountState::Ready)?, count(accounts::AccountState::Waiting)?),
        ))
    });
    let (staff, agencies, projects, accounts) = found.map_err(|error| match error {
        AccountError::Store(error) => AgreementError::Store(error),
        _ => AgreementError::Unknown { what: "account" },
    })?;
    let agreements = unit.store.read(|connection| agreements::kinds_in_force(connection, now))?;
    Ok(Found { staff, agencies, projects, agreements, accounts })
}

fn steps(unit: &Unit, found: &Found) -> Vec<Step> {
    let mut steps = vec![
        Step {
            title: "Enter the agencies",
            is_done: found.agencies > 0,
            text: "Each agency by the source name in its key file, and by what kind of records it sends.".to_owned(),
            path: "/admin/agencies".to_owned(),
            label: "Agencies",
        },
        Step {
            title: "Enter the project",
            is_done: found.projects > 0,
            text: "By the number that an agency's program prints (tallystick-agency keys check); it binds submissions to the project.".to_owned(),
            path: "/admin/projects".to_owned(),
            label: "Projects",
        },
        Step {
            title: "An uploader for each agency",
            is_done: found.agencies > 0 && found.staff.agencies_without_uploader == 0,
            text: match found.staff.agencies_without_uploader {
                0 => "A person of the agency, who sees nothing of the others.".to_owned(),
                1 => "One agency has no uploader who can sign in.".to_owned(),
                count => format!("{count} agencies have no uploader who can sign in."),
            },
            path: "/admin/accounts/new?role=uploader".to_owned(),
            label: "New uploader",
        },
    ];
    steps.extend([Role::Compliance, Role::Operator].map(|role| staffed(found, role)));
    steps.push(Step {
        title: "Two people for releases",
        is_done: found.staff.has_second_person,
        text: "One prepares, another approves: nobody approves what they prepared. Two accounts of two people.".to_owned(),
        path: "/admin/accounts/new?role=preparer".to_owned(),
        label: "New preparer or approver",
    });
    steps.push(staffed(found, Role::Evaluator));
    steps.push(agreed(found));
    steps.extend(machine(unit));
    steps
}

/// Whether somebody has a role and can sign in.
fn staffed(found: &Found, role: Role) -> Step {
    let of = |all: &[(Role, u64)]| all.iter().find(|it| it.0 == role).map_or(0, |it| it.1);
    let (ready, waiting) = (of(&found.staff.ready), of(&found.staff.waiting));
    let (title, path) = match role {
        Role::Compliance => ("A compliance officer", "/admin/accounts/new?role=compliance"),
        Role::Operator => ("An operator", "/admin/accounts/new?role=operator"),
        _ => ("An evaluator", "/admin/accounts/new?role=evaluator"),
    };
    let text = if ready == 0 && waiting > 0 {
        "An account was made; its holder has not used the link yet.".to_owned()
    } else {
        super::roles::shown(role).can.to_owned()
    };
    let label = match role {
        Role::Compliance => "New compliance officer",
        Role::Operator => "New operator",
        _ => "New evaluator",
    };
    Step { title, is_done: ready > 0, text, path: path.to_owned(), label }
}

fn agreed(found: &Found) -> Step {
    let word = |kind: Kind| match kind {
        Kind::Mou => "memorandum of understanding",
        Kind::Dsa => "data sharing agreement",
        Kind::Dul => "data use licence",
        Kind::Irb => "decision of the review board",
    };
    let missing = Kind::ALL.into_iter().filter(|kind| !found.agreements.contains(kind));
    let missing: Vec<&str> = missing.map(word).collect();
    let text = if missing.is_empty() {
        "One of each kind is in force. Whether they cover what is asked, is decided each time."
            .to_owned()
    } else {
        format!(
            "Recorded by the compliance officer, not here. None is in force: {}.",
            missing.join(", ")
        )
    };
    let (title, is_done) = ("Agreements", missing.is_empty());
    Step { title, is_done, text, path: String::new(), label: "" }
}

/// What whoever runs the machine sets in the settings, to be read there.
fn machine(unit: &Unit) -> [Step; 3] {
    let service = &unit.config.service;
    let step = |title, is_done, text: &str| Step {
        title,
        is_done,
        text: text.to_owned(),
        path: String::new(),
        label: "",
    };
    [
        step(
            "A directory for backups",
            !unit.config.store.backup_directory.as_os_str().is_empty(),
            "store.backup_directory in the settings; on another disk, and never in the data directory.",
        ),
        step(
            "A certificate that browsers know",
            !service.certificate_self_signed && !service.certificate.as_os_str().is_empty(),
            "service.certificate and service.certificate_key in the settings. A certificate of one's own is for trying out.",
        ),
        step(
            "The address of the service",
            !service.public_url.is_empty(),
            "service.public_url in the settings: links for new accounts begin with it.",
        ),
    ]
}
