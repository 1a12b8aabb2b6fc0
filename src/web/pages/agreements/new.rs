//! The form of an agreement: first its kind is chosen, then what that kind says is filled in. What is wrong stands beside its field.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use askama::Template;

use super::super::super::extract::block;
use super::super::super::problem::Problem;
use super::super::compliance::Choice;
use super::super::fields::Fields;
use super::super::frame::Frame;
use super::super::refusal::Refusal;
use super::super::visit::{Posted, Reader, Visit};
use super::super::{page, page_again, see};
use super::{kind_help, kind_word};
use crate::accounts::{self, AccountError, Compliance, Role};
use crate::agreements::{
    self, Basis, Content, Day, Decision, Dsa, Dul, Interval, Irb, Kind, MinimumCell, Mou,
    NewAgreement, Protocol, Purpose, Terms,
};
use crate::ids::{AccountId, AgencyId, ProjectId, unhex};
use crate::unit::Unit;

/// A field, and what is wrong with it.
type Wrong = Vec<(&'static str, &'static str)>;

#[derive(Template)]
#[template(path = "agreements/new.html")]
struct NewPage {
    frame: Frame,
    /// `None` while it is to be chosen.
    kind: Option<(&'static str, &'static str, &'static str)>,
    kinds: Vec<(&'static str, &'static str, &'static str)>,
    agencies: Vec<Choice>,
    projects: Vec<Choice>,
    evaluators: Vec<Choice>,
    purposes: Vec<Choice>,
    bases: Vec<Choice>,
    decisions: Vec<Choice>,
    typed: Fields,
    wrong: Wrong,
    problem: Option<Problem>,
}

impl NewPage {
    /// What was typed.
    fn value(&self, name: &str) -> &str {
        self.typed.text(name)
    }

    /// Whether a box was ticked.
    fn has(&self, name: &str, value: &str) -> bool {
        self.typed.all(name).any(|one| one == value)
    }

    fn wrong_with(&self, name: &str) -> &'static str {
        self.wrong.iter().find(|(field, _)| *field == name).map_or("", |(_, wrong)| wrong)
    }
}

const fn described(kind: Kind) -> (&'static str, &'static str, &'static str) {
    (kind.as_str(), kind_word(kind), kind_help(kind))
}

async fn read(unit: Data<Unit>, reader: &Reader, typed: Fields) -> Result<NewPage, Problem> {
    let (agencies, projects, accounts) = block(move || {
        unit.store.read(|connection| {
            let agencies = accounts::list_agencies(connection)?;
            let projects = accounts::list_projects(connection)?;
            Ok::<_, AccountError>((agencies, projects, accounts::list(connection)?))
        })
    })
    .await?;
    let choice = |value: String, label: &str| Choice { value, label: label.to_owned() };
    let code = |code: &'static str| choice(code.to_owned(), code);
    let evaluators =
        accounts.iter().filter(|it| it.roles.holds(Role::Evaluator) && it.disabled_at.is_none());
    Ok(NewPage {
        frame: Frame::of(reader),
        kind: Kind::parse(typed.text("kind")).map(described),
        kinds: Kind::ALL.map(described).into(),
        agencies: agencies
            .iter()
            .map(|it| choice(it.id.to_string(), &format!("{} ({})", it.name, it.source_type)))
            .collect(),
        projects: projects.iter().map(|it| choice(it.id.to_string(), &it.name)).collect(),
        evaluators: evaluators.map(|it| choice(it.id.to_string(), &it.name)).collect(),
        purposes: Purpose::ALL.iter().map(|it| code(it.as_str())).collect(),
        bases: Basis::ALL.iter().map(|it| code(it.as_str())).collect(),
        decisions: Decision::ALL.iter().map(|it| code(it.as_str())).collect(),
        typed,
        wrong: Vec::new(),
        problem: None,
    })
}

/// The form; without a kind, the choice of one.
pub(in crate::web::pages) async fn form(
    unit: Data<Unit>,
    visit: Visit<Compliance>,
    asked: Query<Vec<(String, String)>>,
) -> Result<HttpResponse, Refusal> {
    let typed = Fields::new(asked.into_inner());
    page(&read(unit, &visit.reader, typed).await?)
}

/// Records it.
pub(in crate::web::pages) async fn record(
    unit: Data<Unit>,
    posted: Posted<Compliance>,
) -> Result<HttpResponse, Refusal> {
    let Posted { by, reader, fields } = posted;
    let mut wrong = Wrong::new();
    let problem = match agreement(&fields, &mut wrong) {
        None => Problem::malformed("a field is missing or not of its form"),
        Some(new) => {
            let worker = unit.clone();
            match block(move || agreements::record(&worker.store, Some(&by), &new)).await {
                Ok(id) => return Ok(see(&format!("/agreements/{id}?done=recorded"))),
                Err(problem) => problem,
            }
        }
    };
    match problem.code() {
        "agreement-interval" => wrong.push(("valid_until", "The last day lies before the first.")),
        "agreement-retention" => {
            wrong.push((
                "retention_until",
                "Data may be held at least as long as they may be used.",
            ));
        }
        "agreement-basis" => {
            wrong.push(("basis", "A provider's agreement has a basis, and no other has one."));
        }
        "agreement-recipient" => wrong.push(("recipients", "Only evaluators receive releases.")),
        _ => {}
    }
    let again = read(unit, &reader, fields).await?;
    let shown = if wrong.is_empty() { Some(problem.clone()) } else { None };
    page_again(&problem, &NewPage { wrong, problem: shown, ..again })
}

/// What a field says; what is wrong is noted where it is not of its form.
fn one<T>(
    fields: &Fields,
    wrong: &mut Wrong,
    (name, help): (&'static str, &'static str),
    parse: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let found = parse(fields.text(name));
    if found.is_none() {
        wrong.push((name, help));
    }
    found
}

/// What boxes say; at least one must be ticked.
fn each<T: Ord>(
    fields: &Fields,
    wrong: &mut Wrong,
    (name, help): (&'static str, &'static str),
    parse: impl Fn(&str) -> Option<T>,
) -> Option<std::collections::BTreeSet<T>> {
    let found: Option<std::collections::BTreeSet<T>> = fields.all(name).map(parse).collect();
    let found = found.filter(|found| !found.is_empty());
    if found.is_none() {
        wrong.push((name, help));
    }
    found
}

const DAY: &str = "Write a day as 2018-07-04.";

fn agreement(fields: &Fields, wrong: &mut Wrong) -> Option<NewAgreement> {
    let kind = Kind::parse(fields.text("kind"));
    let document = ("document_sha256", "64 hex digits, as sha256sum gives them.");
    let document = one(fields, wrong, document, |text| unhex(&text.to_ascii_lowercase()));
    let from = one(fields, wrong, ("valid_from", DAY), Day::parse);
    let until = one(fields, wrong, ("valid_until", DAY), Day::parse);
    let interval = from.zip(until).and_then(|(from, until)| {
        let interval = Interval::new(from, until).ok();
        if interval.is_none() {
            wrong.push(("valid_until", "The last day lies before the first."));
        }
        interval
    });
    let terms = match kind? {
        Kind::Mou => {
            let partners =
                each(fields, wrong, ("partners", "Choose at least one agency."), AgencyId::parse);
            partners.map(|partners| Terms::Mou(Mou { partners }))
        }
        Kind::Dsa => dsa(fields, wrong).map(Terms::Dsa),
        Kind::Dul => dul(fields, wrong).map(Terms::Dul),
        Kind::Irb => irb(fields, wrong).map(Terms::Irb),
    };
    let (document, interval, terms) = (document?, interval?, terms?);
    wrong.is_empty().then_some(NewAgreement { document, interval, terms })
}

fn dsa(fields: &Fields, wrong: &mut Wrong) -> Option<Dsa> {
    let agency = one(fields, wrong, ("agency", "Choose an agency."), AgencyId::parse);
    let projects =
        each(fields, wrong, ("projects", "Choose at least one project."), ProjectId::parse);
    let purposes =
        each(fields, wrong, ("purposes", "Choose at least one purpose."), Purpose::parse);
    let help =
        ("content_columns", "Names of columns, with commas between them, as the agency maps them.");
    let content = match fields.text("content") {
        "all" => Content::new(&[Content::ALL.to_owned()]).ok(),
        "none" => Content::new(&[]).ok(),
        "some" => one(fields, wrong, help, |text| {
            let names = text.split([',', ' ', '\n', '\r']).filter(|name| !name.is_empty());
            let names: Vec<String> = names.map(ToOwned::to_owned).collect();
            Content::new(&names).ok().filter(|_| !names.is_empty())
        }),
        _ => {
            wrong.push(("content", "Choose what may be sent."));
            None
        }
    };
    let basis = fields.given("basis").map(Basis::parse);
    if matches!(basis, Some(None)) {
        wrong.push(("basis", "There is no such basis."));
    }
    let retention_until = one(fields, wrong, ("retention_until", DAY), Day::parse);
    Some(Dsa {
        agency: agency?,
        projects: projects?,
        purposes: purposes?,
        content: content?,
        basis: basis.flatten(),
        retention_until: retention_until?,
    })
}

fn dul(fields: &Fields, wrong: &mut Wrong) -> Option<Dul> {
    let project = one(fields, wrong, ("project", "Choose a project."), ProjectId::parse);
    let recipients =
        each(fields, wrong, ("recipients", "Choose at least one evaluator."), AccountId::parse);
    let purposes =
        each(fields, wrong, ("purposes", "Choose at least one purpose."), Purpose::parse);
    let cell = ("minimum_cell", "A number of persons, 1 or more; 11 is usual.");
    let minimum_cell = one(fields, wrong, cell, |text| MinimumCell::new(text.parse().ok()?).ok());
    let retention_until = one(fields, wrong, ("retention_until", DAY), Day::parse);
    Some(Dul {
        project: project?,
        recipients: recipients?,
        purposes: purposes?,
        minimum_cell: minimum_cell?,
        retention_until: retention_until?,
    })
}

fn irb(fields: &Fields, wrong: &mut Wrong) -> Option<Irb> {
    let project = one(fields, wrong, ("project", "Choose a project."), ProjectId::parse);
    let help = "1 to 32 letters, digits, dots, slashes or hyphens; never a title or a name.";
    let protocol = one(fields, wrong, ("protocol", help), |text| Protocol::new(text).ok());
    let decision = one(fields, wrong, ("decision", "Choose what was decided."), Decision::parse);
    Some(Irb { project: project?, protocol: protocol?, decision: decision? })
}
