//! `tallystick admin` as people and schedulers call it, against the real service.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tallystick::accounts::Role;
use tallystick::clock::Clock as _;
use tallystick::runs;

use crate::runs::taken_in;
use crate::unit::{Holder, PASSWORD, Service, code};

struct Desk {
    service: Service,
    directory: tempfile::TempDir,
}

/// Whether it went well, what it printed, and what it said on standard error.
struct Said(bool, String, String);

impl Desk {
    fn new() -> Self {
        Self { service: Service::start(), directory: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn file(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        }
        path
    }

    fn run(&self, ca: Option<&Path>, url: &str, arguments: &[&str]) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tallystick"));
        command.current_dir(self.directory.path()).env_remove("TALLYSTICK_TOKEN");
        command.args(["admin", "--url", url]).args(arguments);
        if let Some(ca) = ca {
            command.arg("--ca").arg(ca);
        }
        let output = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Said(output.status.success(), text(output.stdout), text(output.stderr))
    }

    fn ask(&self, arguments: &[&str]) -> Said {
        let ca = self.service.unit.store.directory().join("tls/certificate.pem");
        self.run(Some(&ca), &format!("https://{}", self.service.address), arguments)
    }

    fn good(&self, arguments: &[&str]) -> String {
        let Said(is_good, out, err) = self.ask(arguments);
        assert!(is_good && err.is_empty(), "{arguments:?}: {err}");
        out
    }

    /// The code of the error.
    fn refused(&self, arguments: &[&str]) -> String {
        let Said(is_good, out, err) = self.ask(arguments);
        assert!(!is_good && out.is_empty(), "{arguments:?}: {out}");
        err.strip_prefix("error[").unwrap().split(']').next().unwrap().to_owned()
    }

    fn sign_in(&self, holder: &Holder) {
        self.service.clock.advance_seconds(60);
        let code = code(&holder.uri, self.service.clock.now());
        self.file("password", PASSWORD, 0o600);
        let said = self.good(&[
            "--session-file",
            "session",
            "sign-in",
            "--name",
            &holder.name,
            "--password-file",
            "password",
            "--code",
            &code,
        ]);
        assert!(said.contains("wrote session"), "{said}");
    }
}

#[test]
fn an_administrator_signs_in_keeps_accounts_and_signs_out() {
    let desk = Desk::new();
    let holder = desk.service.enrol("the.administrator", &[Role::Administrator]);
    desk.sign_in(&holder);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(desk.path("session")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let session = ["--session-file", "session"];
    let ask = |arguments: &[&str]| desk.good(&[&session, arguments].concat());
    let made =
        ask(&["agencies", "create", "--name", "police", "--source-type", "police", "--json"]);
    let made: serde_json::Value = serde_json::from_str(&made).unwrap();
    let agency = made["id"].as_str().unwrap();
    let made = ask(&[
        "accounts",
        "create",
        "--name",
        "the.police",
        "--role",
        "uploader",
        "--agency",
        agency,
    ]);
    let account = made.lines().find_map(|line| line.strip_prefix("account  ")).unwrap().trim();
    assert!(made.contains("enrol#"), "{made}");
    let listed = ask(&["accounts", "list"]);
    let mut lines = listed.lines();
    assert!(lines.next().unwrap().starts_with("account "), "{listed}");
    assert!(lines.any(|line| line.contains(account) && line.contains("the.police")), "{listed}");
    assert!(ask(&["sign-ins", "list", account]).starts_with("sessions"));
    assert_eq!(ask(&["sign-ins", "end", account]), "done\n");
    assert_eq!(ask(&["accounts", "disable", account]), "done\n");
    let raw = ask(&["api", "GET", "/api/v1/agencies"]);
    assert!(
        serde_json::from_str::<serde_json::Value>(&raw).unwrap()["agencies"].is_array(),
        "{raw}"
    );
    let refused = |arguments: &[&str]| desk.refused(&[&session, arguments].concat());
    assert_eq!(refused(&["accounts", "disable", account]), "unknown-id");
    assert_eq!(refused(&["audit", "entries"]), "not-allowed");
    assert_eq!(
        refused(&["tokens", "create", "--role", "operator", "--days", "many"]),
        "admin-value"
    );
    assert_eq!(refused(&["api", "GET", "https://elsewhere.example.org/"]), "admin-value");
    assert_eq!(ask(&["sign-out"]), "signed out\n");
    assert!(!desk.path("session").exists());
}

#[test]
fn a_program_shows_a_token_from_a_file_of_its_own() {
    let desk = Desk::new();
    let holder = desk.service.enrol("the.officer", &[Role::Compliance]);
    desk.sign_in(&holder);
    let made = desk.good(&[
        "--session-file",
        "session",
        "tokens",
        "create",
        "--role",
        "compliance",
        "--days",
        "3",
        "--json",
    ]);
    let made: serde_json::Value = serde_json::from_str(&made).unwrap();
    let secret = made["secret"].as_str().unwrap();
    desk.file("token", &format!("{secret}\n"), 0o600);
    let export = desk.good(&["--token-file", "token", "audit", "export"]);
    fs::write(desk.path("audit.jsonl"), &export).unwrap();
    let key = desk.service.unit.store.key().public().to_string();
    let verified = Command::new(env!("CARGO_BIN_EXE_tallystick"))
        .args(["audit", "verify"])
        .arg(desk.path("audit.jsonl"))
        .args(["--key", &key])
        .output()
        .unwrap();
    assert!(verified.status.success());
    let found =
        desk.good(&["--token-file", "token", "audit", "entries", "--kind", "session-opened"]);
    assert!(found.starts_with("seq  at "), "{found}");
    assert!(!export.contains(secret) && !found.contains(secret));
    #[cfg(unix)]
    {
        desk.file("open", secret, 0o644);
        assert_eq!(desk.refused(&["--token-file", "open", "audit", "head"]), "token-mode");
    }
    desk.file("wrong", "tallystick_00", 0o600);
    assert_eq!(desk.refused(&["--token-file", "wrong", "audit", "head"]), "token-form");
    assert_eq!(desk.refused(&["audit", "head"]), "token-missing");
    assert_eq!(desk.refused(&["--token-file", "token", "accounts", "list"]), "not-allowed");
}

#[test]
fn an_operator_asks_for_a_run_and_reads_what_it_came_to() {
    let desk = Desk::new();
    let (project, _) = taken_in(&desk.service);
    let project = project.to_string();
    desk.sign_in(&desk.service.enrol("the.operator", &[Role::Operator]));
    let session = ["--session-file", "session"];
    let ask = |arguments: &[&str]| desk.good(&[&session, arguments].concat());
    let json = |arguments: &[&str]| -> serde_json::Value {
        serde_json::from_str(&ask(&[arguments, &["--json"]].concat())).unwrap()
    };
    assert_eq!(json(&["runs", "estimate", "--project", &project])["records"], 5);
    let agreements = ask(&["agreements", "list", "--project", &project]);
    assert!(agreements.starts_with("agreement ") && agreements.contains("  irb "), "{agreements}");
    let queued = json(&["runs", "queue", "--project", &project]);
    assert_eq!((&queued["state"], &queued["number"]), (&"queued".into(), &1.into()), "{queued}");
    let submission = queued["sources"][0]["submission"].as_str().unwrap();
    let wanted = ["runs", "queue", "--project", &project, "--submission", submission];
    let second = json(&wanted)["run"].as_str().unwrap().to_owned();
    assert_eq!(ask(&["runs", "cancel", &second]), "done\n");
    runs::work(&desk.service.unit, &|_| false).unwrap().expect("there is a run");
    let run = queued["run"].as_str().unwrap();
    let shown = ask(&["runs", "show", run]);
    let mut lines = shown.lines().map(str::split_whitespace);
    assert!(lines.any(|words| words.eq(["state", "finished"])), "{shown}");
    let listed = ask(&["runs", "list"]);
    assert!(listed.contains(run) && listed.contains("  finished  "), "{listed}");
    assert!(listed.contains(&second) && listed.contains("  cancelled "), "{listed}");
    let report: serde_json::Value = serde_json::from_str(&ask(&["runs", "report", run])).unwrap();
    assert_eq!(report["sources"][0]["source"], "police");
    assert!(ask(&["persons", "changes", &project]).starts_with("number  run "));
    let refused = |arguments: &[&str]| desk.refused(&[&session, arguments].concat());
    assert_eq!(refused(&["runs", "cancel", run]), "run-ended");
    assert_eq!(refused(&["reviews", "list"]), "not-allowed");
}

#[test]
fn an_officer_answers_signs_weeks_off_and_ends_agreements() {
    let desk = Desk::new();
    let (project, _) = taken_in(&desk.service);
    let project = project.to_string();
    desk.service.clock.advance_seconds(15 * 86_400);
    desk.sign_in(&desk.service.enrol("the.officer", &[Role::Compliance]));
    let session = ["--session-file", "session"];
    let ask = |arguments: &[&str]| desk.good(&[&session, arguments].concat());
    let json = |arguments: &[&str]| -> serde_json::Value {
        serde_json::from_str(&ask(&[arguments, &["--json"]].concat())).unwrap()
    };
    let answer = ask(&["audit", "answer", "A1", "--project", &project]);
    assert!(answer.lines().any(|line| line.starts_with("status ")), "{answer}");
    let head = json(&["audit", "head"])["anchor"].as_str().unwrap().to_owned();
    let open = json(&["reviews", "list"])["open"][0].as_str().unwrap().to_owned();
    let signed = ["reviews", "sign-off", "--week", &open, "--head", &head];
    assert_eq!(json(&[&signed[..], &["--finding", "nothing-found"]].concat())["week"], *open);
    let all = json(&["agreements", "list"]);
    let agreement = all["agreements"][0]["agreement"].as_str().unwrap();
    let shown = ask(&["agreements", "show", agreement]);
    assert!(shown.contains("is_in_force      true"), "{shown}");
    assert_eq!(ask(&["agreements", "end", agreement, "--reason", "mistaken"]), "done\n");
    assert!(ask(&["agreements", "list"]).contains("  mistaken"));
}

#[test]
fn a_token_is_sent_over_trusted_tls_only() {
    let desk = Desk::new();
    let token = format!("tallystick_{}", "0".repeat(64));
    desk.file("token", &token, 0o600);
    let asked = ["--token-file", "token", "service", "whoami"];
    let code = |said: Said| said.2.split([']', '[']).nth(1).unwrap().to_owned();
    let url = format!("https://{}", desk.service.address);
    assert_eq!(code(desk.run(None, &url, &asked)), "service-certificate");
    let url = format!("http://{}", desk.service.address);
    assert_eq!(code(desk.run(None, &url, &asked)), "service-address");
    assert_eq!(
        code(desk.run(Some(&desk.path("token")), "https://localhost:1", &asked)),
        "service-ca"
    );
    assert_eq!(code(desk.run(None, "https://127.0.0.1:1", &asked)), "service-unreachable");
    assert_eq!(desk.refused(&asked), "token-ended");
}
