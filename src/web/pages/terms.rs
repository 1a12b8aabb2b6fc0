//! What an account is for, as a form: roles, agency, projects, training.

use tallystick_wire::SourceType;

use super::super::problem::Problem;
use super::fields::Fields;
use super::roles::{RoleShown, shown};
use crate::accounts::{self, Account, AccountError, Role, Roles, Terms};
use crate::agreements::Day;
use crate::clock::Timestamp;
use crate::ids::{AgencyId, ProjectId};

/// A box or an option.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) is_chosen: bool,
}

/// A role as a box.
#[derive(Clone, Debug)]
pub(super) struct RoleBox {
    pub(super) role: RoleShown,
    pub(super) is_chosen: bool,
}

/// The fields, with what stands in them and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub(super) struct TermsForm {
    pub(super) roles: Vec<RoleBox>,
    pub(super) agencies: Vec<Choice>,
    pub(super) projects: Vec<Choice>,
    /// `YYYY-MM-DD`, or empty.
    pub(super) trained_until: String,
    pub(super) roles_wrong: String,
    pub(super) agency_wrong: String,
    pub(super) projects_wrong: String,
    pub(super) trained_wrong: String,
}

/// What can be chosen from.
pub(super) struct Places {
    pub(super) agencies: Vec<accounts::Agency>,
    pub(super) projects: Vec<accounts::Project>,
}

impl Places {
    pub(super) fn read(connection: &rusqlite::Connection) -> Result<Self, AccountError> {
        Ok(Self {
            agencies: accounts::list_agencies(connection)?,
            projects: accounts::list_projects(connection)?,
        })
    }
}

impl TermsForm {
    /// As it stands in the fields of a form, or in the query of a link to an empty one.
    pub(super) fn of_fields(fields: &Fields, places: &Places) -> Self {
        let has = |name, value: &str| fields.all(name).any(|given| given == value);
        let role =
            |role: Role| RoleBox { role: shown(role), is_chosen: has("role", role.as_str()) };
        Self {
            roles: Role::ALL.map(role).into(),
            agencies: choices(agencies(places), |id| has("agency", id)),
            projects: choices(projects(places), |id| has("project", id)),
            trained_until: fields.text("trained_until").to_owned(),
            ..Self::default()
        }
    }

    /// As it stands in an account.
    pub(super) fn of_account(account: &Account, places: &Places) -> Self {
        let role = |role: Role| RoleBox { role: shown(role), is_chosen: account.roles.holds(role) };
        let agency = account.agency.map(|id| id.to_string());
        let held: Vec<String> = account.projects.iter().map(ToString::to_string).collect();
        let trained = account.trained_until.and_then(Day::of_days);
        Self {
            roles: Role::ALL.map(role).into(),
            agencies: choices(agencies(places), |id| agency.as_deref() == Some(id)),
            projects: choices(projects(places), |id| held.iter().any(|held| held == id)),
            trained_until: trained.map(|day| day.to_string()).unwrap_or_default(),
            ..Self::default()
        }
    }

    /// Puts a refusal beside its field; gives it back where it belongs to none.
    pub(super) fn refuse(&mut self, problem: Problem) -> Option<Problem> {
        let text = || format!("{}: {}.", problem.title(), problem.help());
        match problem.code() {
            "duties-apart" | "role-missing" | "last-administrator" => self.roles_wrong = text(),
            "agency-misplaced" => self.agency_wrong = text(),
            "projects-misplaced" => self.projects_wrong = text(),
            "day-malformed" => self.trained_wrong = text(),
            _ => return Some(problem),
        }
        None
    }
}

fn agencies(places: &Places) -> impl Iterator<Item = (String, String)> {
    let name = |it: &accounts::Agency| format!("{} ({})", it.name, kind_word(&it.source_type));
    places.agencies.iter().map(move |it| (it.id.to_string(), name(it)))
}

fn projects(places: &Places) -> impl Iterator<Item = (String, String)> {
    places.projects.iter().map(|it| (it.id.to_string(), it.name.clone()))
}

fn choices(
    all: impl Iterator<Item = (String, String)>,
    is_chosen: impl Fn(&str) -> bool,
) -> Vec<Choice> {
    all.map(|(id, name)| Choice { is_chosen: is_chosen(&id), id, name }).collect()
}

/// What the fields say, parsed.
pub(super) fn terms(fields: &Fields) -> Result<Terms, Problem> {
    let roles = fields.all("role").map(Role::parse).collect::<Option<Vec<_>>>();
    let roles = roles.ok_or_else(|| Problem::malformed("there is no such role"))?;
    let roles = Roles::new(roles)?;
    let agency =
        fields.given("agency").map(|id| AgencyId::parse(id).ok_or_else(Problem::not_found));
    let projects = fields.all("project").map(ProjectId::parse).collect::<Option<Vec<_>>>();
    let projects = projects.ok_or_else(Problem::not_found)?;
    if !projects.is_empty() && !roles.holds(Role::Evaluator) {
        return Err(unfit(
            "projects-misplaced",
            "projects are those of an evaluator",
            "tick the role, or no project",
        ));
    }
    let day = fields.given("trained_until").map(|text| {
        let unread = || unfit("day-malformed", "this is no day", "write it as 2027-06-30");
        Day::parse(text).map(Day::days).ok_or_else(unread)
    });
    Ok(Terms { roles, agency: agency.transpose()?, projects, trained_until: day.transpose()? })
}

fn unfit(code: &'static str, title: &str, help: &str) -> Problem {
    Problem::new(actix_web::http::StatusCode::UNPROCESSABLE_ENTITY, code, title, help)
}

/// How training stands, in words.
pub(super) fn training_words(until: Option<i64>, now: Timestamp) -> (String, &'static str) {
    let Some(until) = until else { return ("no training recorded".to_owned(), "warn") };
    let days = until - now.days();
    let day = Day::of_days(until).map(|day| day.to_string()).unwrap_or_default();
    match days {
        ..=-1 => (format!("training over since {day}"), "bad"),
        0 => (format!("trained until today, {day}"), "warn"),
        1..=30 => (format!("trained until {day}, {days} more days"), "warn"),
        _ => (format!("trained until {day}"), "good"),
    }
}

/// A kind of source as people call it.
pub(super) fn kind_word(kind: &str) -> &'static str {
    match (0..=u8::MAX).filter_map(SourceType::from_u8).find(|it| it.as_str() == kind) {
        Some(SourceType::Police) => "police: arrests, citations, incidents",
        Some(SourceType::Court) => "court: cases, charges, dispositions",
        Some(SourceType::Prosecutor) => "prosecutor: filing decisions",
        Some(SourceType::Jail) => "jail: bookings and releases",
        Some(SourceType::Provider) => {
            "service provider: clients and services, perhaps under 42 CFR Part 2"
        }
        Some(SourceType::Other) => "other",
        None => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn training_is_told_in_words() {
        let now = Timestamp(1_530_707_400_000);
        let words = |until| training_words(until, now);
        assert_eq!(words(None), ("no training recorded".to_owned(), "warn"));
        let today = now.days();
        assert_eq!(words(Some(today - 1)).1, "bad");
        assert_eq!(words(Some(today)).0, "trained until today, 2018-07-04");
        assert_eq!(words(Some(today + 30)).0, "trained until 2018-08-03, 30 more days");
        assert_eq!(words(Some(today + 31)), ("trained until 2018-08-04".to_owned(), "good"));
    }
}
