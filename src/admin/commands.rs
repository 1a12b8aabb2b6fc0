//! Every command, once: what it is called, what it asks, how its answer is shown.

use serde_json::{Map, Value};

/// Where a parameter goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Place {
    /// Into the address, in place of `{name}`.
    Path,
    /// Behind the address.
    Query,
    /// Into the body, as a text.
    Text,
    /// Into the body, as the text of a file.
    File,
    /// Into the body, as a whole number.
    Number,
    /// Into the body, as a list of texts; may be repeated.
    List,
}

/// A parameter of a command. Its name is that of the service, with hyphens.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// As the service calls it.
    pub name: &'static str,
    /// Where it goes.
    pub place: Place,
    /// Whether it must be given.
    pub is_required: bool,
    /// A line of help.
    pub help: &'static str,
}

/// How an answer is shown.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A table of the list under this name, with these columns.
    Table(&'static str, &'static [&'static str]),
    /// A line for each field.
    Fields,
    /// As it came.
    Raw,
}

/// A command.
#[derive(Clone, Copy, Debug)]
pub struct Command {
    /// What it is about.
    pub group: &'static str,
    /// What it does.
    pub name: &'static str,
    /// A line of help.
    pub help: &'static str,
    /// `GET`, `POST`, ...
    pub method: &'static str,
    /// With `{name}` for what varies.
    pub path: &'static str,
    /// In the order in which they are asked for.
    pub parameters: &'static [Parameter],
    /// How the answer is shown.
    pub shape: Shape,
}

const fn parameter(
    name: &'static str,
    place: Place,
    is_required: bool,
    help: &'static str,
) -> Parameter {
    Parameter { name, place, is_required, help }
}

macro_rules! commands {
    ($($group:literal $name:literal $method:ident $path:literal $help:literal
       [$($parameter:ident $place:ident $required:literal $what:literal),*] $shape:expr;)*) => {
        /// All commands.
        pub const COMMANDS: &[Command] = &[$(Command {
            group: $group,
            name: $name,
            help: $help,
            method: stringify!($method),
            path: $path,
            parameters: &[$(parameter(stringify!($parameter), Place::$place, $required, $what)),*],
            shape: $shape,
        }),*];
    };
}

const ACCOUNTS: Shape =
    Shape::Table("accounts", &["account", "name", "roles", "agency", "is_enrolled", "disabled_at"]);
const SUBMISSIONS: Shape = Shape::Table(
    "submissions",
    &["submission", "project", "state", "bytes", "rows_read", "records", "received_at"],
);
const ENTRIES: Shape =
    Shape::Table("entries", &["seq", "at", "kind", "outcome", "actor", "object", "reason"]);
const AGREEMENTS: Shape = Shape::Table(
    "agreements",
    &["agreement", "kind", "valid_from", "valid_until", "is_in_force", "end_reason"],
);
const RUNS: Shape = Shape::Table(
    "runs",
    &["number", "run", "project", "state", "queued_at", "ended_at", "failure", "outdated_because"],
);
const CHANGES: Shape =
    Shape::Table("changes", &["number", "run", "kind", "person", "other", "records"]);

const RELEASES: Shape = Shape::Table(
    "releases",
    &[
        "number",
        "release",
        "project",
        "run",
        "profile",
        "state",
        "is_open",
        "failure",
        "superseded_because",
    ],
);

commands! {
    "accounts" "list" GET "/api/v1/accounts" "Lists accounts" [] ACCOUNTS;
    "accounts" "create" POST "/api/v1/accounts" "Makes an account; the link is for its holder alone" [
        name Text true "Log-in name",
        roles List true "uploader, operator, preparer, approver, evaluator, compliance or administrator",
        agency Text false "Agency of an uploader",
        projects List false "Project of an evaluator",
        trained_until Number false "Last day of training, days since 1970-01-01"
    ] Shape::Fields;
    "accounts" "link" POST "/api/v1/accounts/{account}/link" "Makes a new link; earlier ones end" [
        account Path true "Id of the account"
    ] Shape::Fields;
    "accounts" "disable" DELETE "/api/v1/accounts/{account}" "Closes an account" [
        account Path true "Id of the account"
    ] Shape::Fields;
    "sign-ins" "list" GET "/api/v1/accounts/{account}/sign-ins" "Lists open sessions and tokens of an account" [
        account Path true "Id of the account"
    ] Shape::Fields;
    "sign-ins" "end" DELETE "/api/v1/accounts/{account}/sign-ins" "Ends all sessions and tokens of an account, which stays open" [
        account Path true "Id of the account"
    ] Shape::Fields;
    "agencies" "list" GET "/api/v1/agencies" "Lists agencies" [] Shape::Table("agencies", &["agency", "name", "source_type"]);
    "agencies" "create" POST "/api/v1/agencies" "Enters an agency" [
        name Text true "As the mapping's source",
        source_type Text true "As the mapping's type"
    ] Shape::Fields;
    "projects" "list" GET "/api/v1/projects" "Lists projects" [] Shape::Table("projects", &["project", "name", "number"]);
    "projects" "create" POST "/api/v1/projects" "Enters a project" [
        name Text true "Its name",
        number Text true "As keys check prints it, 32 hex digits"
    ] Shape::Fields;
    "agreements" "list" GET "/api/v1/agreements" "Lists agreements; they are recorded with api POST /api/v1/agreements --body FILE" [
        project Query false "Id of a project that they name",
        agency Query false "Id of an agency: its DSAs, and MOUs that it is a partner of",
        expiring_before Query false "Last day before this one, YYYY-MM-DD",
        after Query false "Agreements after this id: the next page",
        limit Query false "Most agreements"
    ] AGREEMENTS;
    "agreements" "show" GET "/api/v1/agreements/{agreement}" "Shows an agreement and its terms" [
        agreement Path true "Id of the agreement"
    ] Shape::Fields;
    "agreements" "end" DELETE "/api/v1/agreements/{agreement}" "Ends an agreement now" [
        agreement Path true "Id of the agreement",
        reason Query true "withdrawn, replaced, breached, suspended, completed or mistaken"
    ] Shape::Fields;
    "submissions" "list" GET "/api/v1/submissions" "Lists the agency's own submissions" [
        before Query false "Received before, RFC 3339",
        limit Query false "Most submissions"
    ] SUBMISSIONS;
    "submissions" "receipt" GET "/api/v1/submissions/{submission}/receipt" "Prints a receipt as it was given first" [
        submission Path true "Id of the submission"
    ] Shape::Raw;
    "submissions" "withdraw" DELETE "/api/v1/submissions/{submission}" "Takes a submission back; it is erased" [
        submission Path true "Id of the submission"
    ] Shape::Fields;
    "runs" "list" GET "/api/v1/runs" "Lists runs, newest first" [
        project Query false "Id of a project; of all without it",
        below Query false "Runs with a number below this: the next page",
        limit Query false "Most runs"
    ] RUNS;
    "runs" "show" GET "/api/v1/runs/{run}" "Shows how a run stands" [
        run Path true "Id of the run"
    ] Shape::Fields;
    "runs" "queue" POST "/api/v1/runs" "Asks for a run; one with rules by api POST /api/v1/runs --body FILE" [
        project Text true "Id of the project",
        submissions List false "Id of a submission, also of a superseded one; without it all that stand"
    ] Shape::Fields;
    "runs" "estimate" POST "/api/v1/runs/estimate" "Says what a run would cost" [
        project Text true "Id of the project",
        submissions List false "Id of a submission, also of a superseded one; without it all that stand"
    ] Shape::Fields;
    "runs" "cancel" DELETE "/api/v1/runs/{run}" "Ends a run that waits or is worked on" [
        run Path true "Id of the run"
    ] Shape::Fields;
    "runs" "report" GET "/api/v1/runs/{run}/report" "Prints the report of a finished run as JSON" [
        run Path true "Id of the run"
    ] Shape::Raw;
    "runs" "destroy" POST "/api/v1/runs/{run}/destruction" "Destroys the persons that a run linked; prints the certificate" [
        run Path true "Id of the run"
    ] Shape::Fields;
    "releases" "list" GET "/api/v1/releases" "Lists releases, newest first" [
        project Query false "Id of a project; of all without it",
        below Query false "Releases with a number below this: the next page",
        limit Query false "Most releases"
    ] RELEASES;
    "releases" "show" GET "/api/v1/releases/{release}" "Shows how a release stands, with its checklist" [
        release Path true "Id of the release"
    ] Shape::Raw;
    "releases" "prepare" POST "/api/v1/releases" "Prepares a release; its tables are made and checked in their turn" [
        run Text true "Id of a finished run",
        study File true "The study with its disclosure policy, TOML",
        replaces Text false "Id of the release that it takes the place of"
    ] Shape::Fields;
    "releases" "dry-run" POST "/api/v1/releases/dry-run" "Says what a study would come to: flow of counts, tables, refusals" [
        run Text true "Id of a finished run",
        study File true "The study with its disclosure policy, TOML"
    ] Shape::Raw;
    "releases" "decide" POST "/api/v1/releases/{release}/decision" "Approves or rejects a release that somebody else prepared" [
        release Path true "Id of the release",
        decision Text true "approve or reject",
        valid_days Number false "Days for which it can be downloaded"
    ] Shape::Fields;
    "releases" "revoke" DELETE "/api/v1/releases/{release}" "Takes a release back" [
        release Path true "Id of the release"
    ] Shape::Fields;
    "persons" "changes" GET "/api/v1/projects/{project}/persons/changes" "Lists what happened to ids of persons, oldest first" [
        project Path true "Id of the project",
        from Query false "Number of the first change",
        limit Query false "Most changes"
    ] CHANGES;
    "tokens" "create" POST "/api/v1/tokens" "Makes a token of one's own account; it is shown once" [
        role Text true "The one role in which it acts",
        days Number true "Days after which it ends"
    ] Shape::Fields;
    "tokens" "revoke" DELETE "/api/v1/tokens/{token}" "Ends a token" [
        token Path true "Id of the token"
    ] Shape::Fields;
    "audit" "entries" GET "/api/v1/audit/entries" "Finds entries of the log, newest first" [
        from Query false "Not before, RFC 3339",
        until Query false "Before, RFC 3339",
        kind Query false "What happened",
        outcome Query false "ok, denied or error",
        actor Query false "Who",
        object Query false "To what",
        project Query false "Within which project",
        reason Query false "Code of the refusal or error",
        below Query false "Entries below this number: the next page",
        limit Query false "Most entries"
    ] ENTRIES;
    "audit" "head" GET "/api/v1/audit/head" "Signs the head of the log, for keeping elsewhere" [] Shape::Fields;
    "audit" "export" GET "/api/v1/audit/export" "Prints the log as lines that audit verify checks" [
        from Query false "Number of the first entry"
    ] Shape::Raw;
    "audit" "answer" GET "/api/v1/audit/answers/{question}" "Answers a question of an audit" [
        question Path true "A1 to A26",
        project Query true "Id of the project"
    ] Shape::Fields;
    "reviews" "list" GET "/api/v1/audit/reviews" "Lists weeks that were signed off, and those that wait for it" [
        before Query false "Weeks before this Monday, YYYY-MM-DD: the next page"
    ] Shape::Fields;
    "reviews" "sign-off" POST "/api/v1/audit/reviews" "Signs a week of the log off" [
        week Text true "Its Monday, YYYY-MM-DD",
        head Text true "Head of the log that was looked at, as audit head gives it",
        finding Text true "nothing-found, explained or escalated"
    ] Shape::Fields;
    "backups" "list" GET "/api/v1/backups" "Lists backups that the service made" [] Shape::Fields;
    "backups" "make" POST "/api/v1/backups" "Begins a backup" [] Shape::Fields;
    "service" "ready" GET "/api/v1/health/ready" "Says whether the service is ready" [] Shape::Fields;
    "service" "metrics" GET "/api/v1/metrics" "Prints figures for Prometheus" [] Shape::Raw;
    "service" "whoami" GET "/api/v1/sessions/current" "Says whose token or session it is" [] Shape::Fields;
}

/// A command with the values of its parameters.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
    /// `GET`, `POST`, ...
    pub method: String,
    /// With query.
    pub path: String,
    /// JSON, if there is a body.
    pub body: Option<Value>,
}

impl Command {
    /// The request that it is with these values, by name of the parameter; `None` if a number is none.
    #[must_use]
    pub fn request(&self, values: &[(&'static str, String)]) -> Option<Request> {
        let mut path = self.path.to_owned();
        let mut query = Vec::new();
        let mut body = Map::new();
        for (name, value) in values {
            let parameter = self.parameters.iter().find(|parameter| parameter.name == *name)?;
            match parameter.place {
                Place::Path => path = path.replace(&format!("{{{name}}}"), &escaped(value)),
                Place::Query => query.push(format!("{name}={}", escaped(value))),
                Place::Text | Place::File => {
                    drop(body.insert((*name).to_owned(), value.clone().into()))
                }
                Place::Number => {
                    let number: i64 = value.parse().ok()?;
                    body.insert((*name).to_owned(), number.into());
                }
                Place::List => {
                    let list = body.entry(*name).or_insert_with(|| Value::Array(Vec::new()));
                    list.as_array_mut()?.push(value.clone().into());
                }
            }
        }
        if !query.is_empty() {
            path = format!("{path}?{}", query.join("&"));
        }
        let has_body = self.parameters.iter().any(|parameter| {
            matches!(parameter.place, Place::Text | Place::File | Place::Number | Place::List)
        });
        let body = has_body.then_some(Value::Object(body));
        Some(Request { method: self.method.to_owned(), path, body })
    }
}

/// Percent-encoded but for what RFC 3986, section 2.3, leaves as it is.
fn escaped(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::ROUTES;

    #[test]
    fn every_command_asks_an_address_that_there_is() {
        for command in COMMANDS {
            let known = ROUTES
                .iter()
                .any(|route| route.method == command.method && route.path == command.path);
            assert!(known, "{} {}", command.group, command.name);
            let in_path = command.parameters.iter().filter(|it| it.place == Place::Path);
            assert!(in_path.clone().all(|it| it.is_required));
            assert_eq!(in_path.count(), command.path.matches('{').count());
        }
    }

    #[test]
    fn parameters_go_where_they_belong() {
        let find = |group: &str, name: &str| {
            COMMANDS.iter().find(|it| it.group == group && it.name == name).unwrap()
        };
        let values = [("name", "the.clerk".to_owned()), ("roles", "operator".to_owned())];
        let request = find("accounts", "create").request(&values).unwrap();
        assert_eq!(request.path, "/api/v1/accounts");
        let expected = serde_json::json!({"name": "the.clerk", "roles": ["operator"]});
        assert_eq!(request.body, Some(expected));
        let request = find("accounts", "link").request(&[("account", "a/../b?".to_owned())]);
        assert_eq!(request.unwrap().path, "/api/v1/accounts/a%2F..%2Fb%3F/link");
        let values = [("kind", "a b".to_owned()), ("limit", "3".to_owned())];
        let request = find("audit", "entries").request(&values).unwrap();
        assert_eq!(request.path, "/api/v1/audit/entries?kind=a%20b&limit=3");
        assert_eq!(request.body, None);
        assert!(find("tokens", "create").request(&[("days", "many".to_owned())]).is_none());
    }
}
