//! `admin`: the table of commands as a command line, answers as tables.

use std::io::{self, BufRead as _, Write as _};
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Args, FromArgMatches, Subcommand};
use serde_json::Value;
use zeroize::Zeroizing;

use super::Failure;
use crate::admin::{
    AdminError, COMMANDS, Client, Command, Connection, Place, Request, Secret, Shape,
};

/// In its variable a token may stand where no file can be.
const TOKEN_VARIABLE: &str = "TALLYSTICK_TOKEN";

#[derive(Args, Debug)]
pub(super) struct AdminArgs {
    /// Address of the service.
    #[arg(
        long,
        value_name = "https://HOST:PORT",
        global = true,
        default_value = "https://127.0.0.1:8443"
    )]
    url: String,
    /// Certificate to trust, PEM [default: those of this machine].
    #[arg(long, value_name = "FILE", global = true)]
    ca: Option<PathBuf>,
    /// File of mode 0600 with a token [default: the variable TALLYSTICK_TOKEN].
    #[arg(long, value_name = "FILE", global = true, conflicts_with = "session_file")]
    token_file: Option<PathBuf>,
    /// File of mode 0600 with a session, as sign-in writes it.
    #[arg(long, value_name = "FILE", global = true)]
    session_file: Option<PathBuf>,
    /// Prints the answer as JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    wanted: Wanted,
}

/// What is wanted.
#[derive(Clone, Debug)]
enum Wanted {
    Known(&'static Command, Vec<(&'static str, String)>),
    Api { method: String, path: String, body: Option<PathBuf> },
    SignIn { name: String, password_file: Option<PathBuf>, code: Option<String> },
    SignOut,
}

/// The option of a parameter, where it is not called the same.
fn option_name(parameter: &'static str) -> &'static str {
    match parameter {
        "source_type" => "source-type",
        "trained_until" => "trained-until",
        "roles" => "role",
        "projects" => "project",
        "submissions" => "submission",
        "expiring_before" => "expiring-before",
        "valid_days" => "valid-days",
        same => same,
    }
}

impl Subcommand for Wanted {
    fn augment_subcommands(mut top: clap::Command) -> clap::Command {
        let mut groups: Vec<&'static str> = COMMANDS.iter().map(|command| command.group).collect();
        groups.dedup();
        for group in groups {
            let mut of_group = clap::Command::new(group).subcommand_required(true);
            of_group = of_group.about(format!("Commands for {group}"));
            for command in COMMANDS.iter().filter(|command| command.group == group) {
                let mut made = clap::Command::new(command.name).about(command.help);
                for parameter in command.parameters {
                    let arg = Arg::new(parameter.name).required(parameter.is_required);
                    let arg = arg.help(parameter.help);
                    made = made.arg(match parameter.place {
                        Place::Path => arg,
                        Place::List => {
                            arg.long(option_name(parameter.name)).action(ArgAction::Append)
                        }
                        _ => arg.long(option_name(parameter.name)),
                    });
                }
                of_group = of_group.subcommand(made);
            }
            top = top.subcommand(of_group);
        }
        let path = |name: &'static str| Arg::new(name).value_parser(clap::value_parser!(PathBuf));
        let api = clap::Command::new("api")
            .about("Sends any request of the interface (/api/v1/docs/)")
            .arg(Arg::new("METHOD").required(true))
            .arg(Arg::new("PATH").required(true).help("As in /api/v1/accounts?limit=3"))
            .arg(
                path("body").long("body").value_name("FILE").help("JSON to send; - for the input"),
            );
        let sign_in = clap::Command::new("sign-in")
            .about(
                "Opens a session of a person and writes it into --session-file, which must be new",
            )
            .arg(Arg::new("name").long("name").required(true).help("Log-in name"))
            .arg(
                path("password-file")
                    .long("password-file")
                    .value_name("FILE")
                    .help("Its first line is the password [default: asked on the terminal]"),
            )
            .arg(Arg::new("code").long("code").help("Code of the second factor [default: asked]"));
        let sign_out = clap::Command::new("sign-out")
            .about("Ends the session of --session-file and removes it");
        top.subcommand(api).subcommand(sign_in).subcommand(sign_out).subcommand_required(true)
    }

    fn augment_subcommands_for_update(top: clap::Command) -> clap::Command {
        Self::augment_subcommands(top)
    }

    fn has_subcommand(name: &str) -> bool {
        ["api", "sign-in", "sign-out"].contains(&name)
            || COMMANDS.iter().any(|command| command.group == name)
    }
}

impl FromArgMatches for Wanted {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let missing = || clap::Error::new(clap::error::ErrorKind::MissingSubcommand);
        let (group, matches) = matches.subcommand().ok_or_else(missing)?;
        let text = |name: &str| matches.get_one::<String>(name).cloned();
        let path = |name: &str| matches.get_one::<PathBuf>(name).cloned();
        Ok(match group {
            "api" => Self::Api {
                method: text("METHOD").unwrap_or_default(),
                path: text("PATH").unwrap_or_default(),
                body: path("body"),
            },
            "sign-in" => Self::SignIn {
                name: text("name").unwrap_or_default(),
                password_file: path("password-file"),
                code: text("code"),
            },
            "sign-out" => Self::SignOut,
            group => {
                let (name, matches) = matches.subcommand().ok_or_else(missing)?;
                let mut all = COMMANDS.iter();
                let command = all.find(|command| command.group == group && command.name == name);
                let command = command.ok_or_else(missing)?;
                let mut values = Vec::new();
                for parameter in command.parameters {
                    let given = matches.get_many::<String>(parameter.name).into_iter().flatten();
                    values.extend(given.map(|value| (parameter.name, value.clone())));
                }
                Self::Known(command, values)
            }
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The values, with the texts of files in place of their paths.
fn with_files(
    command: &Command,
    values: &[(&'static str, String)],
) -> Result<Vec<(&'static str, String)>, AdminError> {
    let is_file =
        |name: &str| command.parameters.iter().any(|it| it.name == name && it.place == Place::File);
    let value = |(name, value): &(&'static str, String)| {
        let value = if is_file(name) { text_of(Path::new(value))? } else { value.clone() };
        Ok((*name, value))
    };
    values.iter().map(value).collect()
}

fn refused(error: &AdminError) -> Failure {
    Failure::new(error.code(), error, error.help())
}

pub(super) fn run(args: &AdminArgs) -> Result<String, Failure> {
    act(args).map_err(|error| refused(&error))
}

fn act(args: &AdminArgs) -> Result<String, AdminError> {
    let client = Client::new(Connection { url: &args.url, ca: args.ca.as_deref() })?;
    match &args.wanted {
        Wanted::Known(command, values) => {
            let number = || AdminError::Value { what: "a number", expected: "digits are expected" };
            let values = with_files(command, values)?;
            let request = command.request(&values).ok_or_else(number)?;
            // Whether the service is ready anybody may ask.
            let is_public = command.path.starts_with("/api/v1/health/");
            let secret = if is_public { None } else { Some(secret(args)?) };
            let answer = client.send(&request, secret.as_ref())?;
            if let (Shape::Raw, false) = (command.shape, args.json) {
                return raw(answer.reader());
            }
            Ok(shown(&answer.json()?, command.shape, args.json))
        }
        Wanted::Api { method, path, body } => {
            let is_ours = path.starts_with("/api/")
                && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
            if !is_ours {
                return Err(AdminError::Value { what: "PATH", expected: "begins with /api/" });
            }
            let body = body.as_deref().map(json_of).transpose()?;
            let request = Request { method: method.to_uppercase(), path: path.clone(), body };
            raw(client.send(&request, Some(&secret(args)?))?.reader())
        }
        Wanted::SignIn { name, password_file, code } => {
            sign_in(&client, args, name, password_file.as_deref(), code.as_deref())
        }
        Wanted::SignOut => {
            let path = args.session_file.as_deref().ok_or(AdminError::NoSecret)?;
            let session = Secret::session(path)?;
            let path_of = "/api/v1/sessions/current".to_owned();
            let request = Request { method: "DELETE".to_owned(), path: path_of, body: None };
            client.send(&request, Some(&session))?;
            std::fs::remove_file(path)
                .map_err(|source| AdminError::Io { path: path.to_owned(), source })?;
            Ok("signed out".to_owned())
        }
    }
}

fn secret(args: &AdminArgs) -> Result<Secret, AdminError> {
    if let Some(path) = &args.token_file {
        return Secret::token(path);
    }
    if let Some(path) = &args.session_file {
        return Secret::session(path);
    }
    #[allow(
        clippy::disallowed_methods,
        reason = "a secret, not a setting; for schedulers that hand secrets over so"
    )]
    let token = std::env::var(TOKEN_VARIABLE).map(Zeroizing::new);
    token.ok().and_then(|token| Secret::of_token(&token)).ok_or(AdminError::NoSecret)
}

/// The text of a file; of the input for `-`.
fn text_of(path: &Path) -> Result<String, AdminError> {
    let io = |source| AdminError::Io { path: path.to_owned(), source };
    if path == Path::new("-") {
        return io::read_to_string(io::stdin()).map_err(io);
    }
    std::fs::read_to_string(path).map_err(io)
}

fn json_of(path: &Path) -> Result<Value, AdminError> {
    serde_json::from_str(&text_of(path)?)
        .map_err(|_| AdminError::Value { what: "--body", expected: "not JSON" })
}

fn sign_in(
    client: &Client,
    args: &AdminArgs,
    name: &str,
    password_file: Option<&Path>,
    code: Option<&str>,
) -> Result<String, AdminError> {
    let path = args.session_file.as_deref().ok_or(AdminError::NoSecret)?;
    let terminal = |source| AdminError::Io { path: PathBuf::from("terminal"), source };
    let password = match password_file {
        Some(path) => {
            let io = |source| AdminError::Io { path: path.to_owned(), source };
            let text = Zeroizing::new(std::fs::read_to_string(path).map_err(io)?);
            Zeroizing::new(text.lines().next().unwrap_or("").to_owned())
        }
        None => Zeroizing::new(rpassword::prompt_password("password: ").map_err(terminal)?),
    };
    let code = match code {
        Some(code) => code.to_owned(),
        None => {
            let _ = write!(io::stderr(), "code: ");
            let mut line = String::new();
            io::stdin().lock().read_line(&mut line).map_err(terminal)?;
            line.trim().to_owned()
        }
    };
    let body = serde_json::json!({ "name": name, "password": *password, "code": code });
    let path_of = "/api/v1/sessions".to_owned();
    let request = Request { method: "POST".to_owned(), path: path_of, body: Some(body) };
    let answer = client.send(&request, None)?;
    let cookie = answer.cookie.clone().ok_or(AdminError::Answer)?;
    let opened = answer.json()?;
    let csrf = opened["csrf"].as_str().unwrap_or("");
    Secret::of_session(&cookie, csrf).ok_or(AdminError::Answer)?.write(path)?;
    let ends = cell(&opened["ends_at"]);
    Ok(format!("signed in until {ends} at the latest; wrote {}", path.display()))
}

/// Hands an answer on as it comes; it may be long.
fn raw(mut reader: impl io::Read) -> Result<String, AdminError> {
    let mut out = io::stdout().lock();
    // A closed pipe is no failure of ours; a connection that breaks is.
    match io::copy(&mut reader, &mut out) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(AdminError::Unreachable(error.to_string()))
        }
        _ => Ok(String::new()),
    }
}

fn shown(answer: &Value, shape: Shape, is_json: bool) -> String {
    if is_json {
        return serde_json::to_string_pretty(answer).expect("what was JSON is JSON");
    }
    match (shape, answer) {
        (_, Value::Null) => "done".to_owned(),
        (Shape::Table(list, columns), answer) => table(&answer[list], columns, answer),
        (_, Value::Object(fields)) => {
            let width = fields.keys().map(String::len).max().unwrap_or(0);
            let lines =
                fields.iter().map(|(name, value)| format!("{name:width$}  {}", cell(value)));
            lines.collect::<Vec<_>>().join("\n")
        }
        (_, answer) => cell(answer),
    }
}

fn table(list: &Value, columns: &[&str], answer: &Value) -> String {
    let rows = list.as_array().map(Vec::as_slice).unwrap_or_default();
    let mut cells = vec![columns.iter().map(|column| (*column).to_owned()).collect::<Vec<_>>()];
    cells.extend(rows.iter().map(|row| columns.iter().map(|column| cell(&row[column])).collect()));
    let widths: Vec<usize> = (0..columns.len())
        .map(|at| cells.iter().map(|row| row[at].chars().count()).max().unwrap_or(0))
        .collect();
    let mut text = String::new();
    for row in &cells {
        let line: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        text.push_str(line.join("  ").trim_end());
        text.push('\n');
    }
    // Whatever else the answer says, such as where the next page begins.
    for (name, value) in answer.as_object().into_iter().flatten() {
        if !value.is_array() && !value.is_null() {
            text.push_str(&format!("{name}  {}\n", cell(value)));
        }
    }
    text.trim_end().to_owned()
}

/// A value in one line, without what a terminal would obey.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.chars().filter(|letter| !letter.is_control()).collect(),
        Value::Array(values) => values.iter().map(cell).collect::<Vec<_>>().join(","),
        value => value.to_string(),
    }
}
