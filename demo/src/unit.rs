//! What the linkage unit's people do in the demo, each by the service's own interface.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};
use tallystick::audit::{AuditPublicKey, verify};
use tallystick::clock::Clock as _;
use tallystick::ids::{RunId, hex};
use tallystick::runs::{self, Worker};
use tallystick_agency::keys::KeyFile;
use tallystick_agency::upload::{
    Attendant, Service as Target, Token, UnitKey, UploadRequest, upload,
};
use tallystick_synth::Source;

use crate::client::{Client, text};
use crate::log_ins::LogIns;
use crate::people::Person;
use crate::service::Service;
use crate::tables;
use crate::tour::SOURCES;

/// Whoever the service needs beside uploaders: name and role.
const STAFF: [(&str, &str); 5] = [
    ("the.operator", "operator"),
    ("the.preparer", "preparer"),
    ("the.approver", "approver"),
    ("the.evaluator", "evaluator"),
    ("the.officer", "compliance"),
];

/// First and last day of the demo's agreements.
const VALID: (&str, &str) = ("2018-01-01", "2099-12-31");

/// A unit with its people.
pub(crate) struct UnitAtWork<'s> {
    service: &'s Service,
    anybody: Client,
    people: Vec<Person>,
    project: String,
    /// Agreements that were recorded.
    pub(crate) agreements: usize,
    _worker: Worker,
}

/// What a run came to.
pub(crate) struct Linkage {
    pub(crate) run: String,
    pub(crate) records: u64,
    pub(crate) persons: u64,
    pub(crate) persons_in_several_sources: u64,
    pub(crate) expected_precision: f64,
    pub(crate) expected_recall: f64,
    pub(crate) warnings: Vec<String>,
}

/// Waits as long as it is told to; the demo shows no bar.
struct Patient;

impl Attendant for Patient {
    fn advance(&mut self, _: u64, _: u64) {}

    fn cancel(&self) -> Arc<AtomicBool> {
        Arc::new(AtomicBool::new(false))
    }

    fn pause(&mut self, pause: Duration) {
        std::thread::sleep(pause);
    }
}

impl<'s> UnitAtWork<'s> {
    /// Accounts, agencies, the project and its agreements, all over HTTPS.
    pub(crate) fn set_up(service: &'s Service, agency_keys: &Path) -> anyhow::Result<Self> {
        let anybody = service.anybody()?;
        let link = service.unit.first_link()?.context("nobody has enrolled yet")?;
        let mut first =
            Person::enrol(&anybody, &*service.clock, "administrator", "administrator", &link)?;
        let administrator = first.sign_in(&anybody)?;
        let number = hex(&KeyFile::read(agency_keys)?.keys.project.0);
        let project =
            administrator.post("/projects", &json!({"name": "lead", "number": number}))?;
        let project = text(&project, "id")?.to_owned();
        let today = service.clock.now().days();
        let mut people = vec![first];
        let mut ids = BTreeMap::new();
        let mut agencies = BTreeMap::new();
        for source in SOURCES {
            let name = source.label();
            let wanted = json!({"name": name, "source_type": name});
            let agency = text(&administrator.post("/agencies", &wanted)?, "id")?.to_owned();
            let wanted = json!({
                "name": format!("the.{name}"), "roles": ["uploader"], "agency": agency,
                "trained_until": today + 300,
            });
            people.push(enrolled(service, &administrator, &wanted, "uploader", &mut ids)?);
            agencies.insert(name, agency);
        }
        for (name, role) in STAFF {
            let projects = if role == "evaluator" { vec![project.clone()] } else { Vec::new() };
            // The approver's training ends soon: a reminder to look at.
            let trained_until = today + if role == "approver" { 30 } else { 300 };
            let wanted = json!({
                "name": name, "roles": [role], "projects": projects, "trained_until": trained_until,
            });
            people.push(enrolled(service, &administrator, &wanted, role, &mut ids)?);
        }
        // Somebody who has not used the link yet.
        administrator
            .post("/accounts", &json!({"name": "new.colleague", "roles": ["operator"]}))?;
        let worker = Worker::start(&service.unit)?;
        let mut unit = Self { service, anybody, people, project, agreements: 0, _worker: worker };
        unit.record_agreements(&agencies, &ids["the.evaluator"])?;
        Ok(unit)
    }

    /// The unit's public key.
    pub(crate) fn public_key(&self) -> String {
        self.service.unit.store.key().public().to_string()
    }

    /// Number of accounts.
    pub(crate) fn people(&self) -> usize {
        self.people.len()
    }

    fn person(&mut self, name: &str) -> anyhow::Result<&mut Person> {
        self.people
            .iter_mut()
            .find(|person| person.name == name)
            .context("the demo has this person")
    }

    pub(crate) fn signed_in(&mut self, name: &str) -> anyhow::Result<Client> {
        let anybody = self.anybody.clone();
        self.person(name)?.sign_in(&anybody)
    }

    /// What a compliance officer records before anybody may upload, link or release.
    fn record_agreements(
        &mut self,
        agencies: &BTreeMap<&str, String>,
        evaluator: &str,
    ) -> anyhow::Result<()> {
        let officer = self.signed_in("the.officer")?;
        let project = self.project.clone();
        let all: Vec<&String> = agencies.values().collect();
        let mut agreements = vec![("mou", json!({ "partners": all }))];
        for (name, agency) in agencies {
            let mut terms = json!({
                "agency": agency, "projects": [project], "purposes": ["evaluation"],
                "content": ["*"], "retention_until": VALID.1,
            });
            if *name == Source::Provider.label() {
                terms["basis"] = json!("research");
            }
            agreements.push(("dsa", terms));
        }
        agreements.push((
            "irb",
            json!({ "project": project, "protocol": "SYNTHETIC-1", "decision": "approved" }),
        ));
        agreements.push((
            "dul",
            json!({
                "project": project, "recipients": [evaluator], "purposes": ["evaluation"],
                "minimum_cell": 11, "retention_until": VALID.1,
            }),
        ));
        self.agreements = agreements.len();
        for (kind, terms) in agreements {
            let wanted = json!({
                "kind": kind, "document_sha256": "0".repeat(64),
                "valid_from": VALID.0, "valid_until": VALID.1, "terms": terms,
            });
            officer
                .post("/agreements", &wanted)
                .with_context(|| format!("recording the {kind}"))?;
        }
        Ok(())
    }

    /// Uploads as the agency does, with its own program's code; gives the receipt's number.
    pub(crate) fn upload(
        &mut self,
        source: Source,
        submission: &Path,
        dir: &Path,
    ) -> anyhow::Result<String> {
        let name = source.label();
        let anybody = self.anybody.clone();
        let token = self.person(&format!("the.{name}"))?.token(&anybody)?;
        let path = dir.join(format!("{name}.token"));
        keep_private(&path, &token)?;
        let key = self.service.unit.store.key().public().to_string();
        let target = Target {
            address: self.service.url.clone(),
            token: Token::read(&path)?,
            ca: Some(self.service.certificate.clone()),
            unit_key: Some(UnitKey::parse(&key).context("the unit has a key")?),
        };
        let receipt = dir.join(format!("{name}.tally.receipt.json"));
        let request = UploadRequest { submission, service: &target, receipt: &receipt };
        let receipt = upload(&request, &mut Patient)
            .with_context(|| format!("uploading the {name} submission"))?;
        Ok(receipt.submission().to_owned())
    }

    /// Asks for a run, watches it, and takes what came of it.
    pub(crate) fn link(&mut self, dir: &Path) -> anyhow::Result<Linkage> {
        let operator = self.signed_in("the.operator")?;
        let run = operator.post("/runs", &json!({ "project": self.project }))?;
        let id = text(&run, "run")?.to_owned();
        let shown = watch(&operator, &id)?;
        ensure!(shown["state"] == "finished", "the run ended: {}", shown["failure"]);
        let page = operator.get_text(&format!("/runs/{id}/report"), "text/html")?;
        fs::write(dir.join("linkage_report.html"), page)?;
        let run = RunId::parse(&id).context("a run has an id")?;
        let linked = runs::open_result(&self.service.unit, run)?;
        tables::write(&self.service.unit, &linked, &shown, dir)?;
        let count = |name: &str| shown["summary"]["counts"][name].as_u64().context("a count");
        let rate = |name: &str| {
            shown["summary"]["quality"][name]["value"]
                .as_f64()
                .with_context(|| format!("the report has {name}"))
        };
        let warnings = shown["summary"]["warnings"].as_array().into_iter().flatten();
        Ok(Linkage {
            run: id,
            records: count("records")?,
            persons: count("persons")?,
            persons_in_several_sources: count("persons_in_several_sources")?,
            expected_precision: rate("expected_precision")?,
            expected_recall: rate("expected_recall")?,
            warnings: warnings.filter_map(Value::as_str).map(str::to_owned).collect(),
        })
    }

    /// Exports the log and verifies it with nothing but the public key; gives the number of entries.
    pub(crate) fn verify_log(&mut self, dir: &Path) -> anyhow::Result<u64> {
        let officer = self.signed_in("the.officer")?;
        let log = officer.get_text("/audit/export", "application/jsonl")?;
        let path = dir.join("audit.jsonl");
        fs::write(&path, log)?;
        let key = self.service.unit.store.key().public().to_string();
        let key = AuditPublicKey::parse(&key).context("the unit has a key")?;
        let mut lines = BufReader::new(fs::File::open(&path)?);
        match verify::verify(&mut lines, &key, 1, &[])? {
            Ok(found) => Ok(found.last),
            Err(_) => bail!("the log was altered"),
        }
    }

    /// Tries to sign in with a password that is wrong.
    pub(crate) fn try_password(&self, name: &str) -> anyhow::Result<Client> {
        self.anybody.sign_in(name, "not the password", "000000")
    }

    /// Who can sign in.
    pub(crate) fn log_ins(&self) -> anyhow::Result<LogIns> {
        LogIns::new(&self.service.url, &self.service.certificate, &self.people)
    }
}

/// An account that is made by an administrator and enrolled by its holder.
fn enrolled(
    service: &Service,
    administrator: &Client,
    wanted: &Value,
    role: &'static str,
    ids: &mut BTreeMap<String, String>,
) -> anyhow::Result<Person> {
    let made = administrator.post("/accounts", wanted)?;
    let link = text(&made, "link")?.rsplit('#').next().context("a link has a secret")?;
    let name = text(wanted, "name")?;
    ids.insert(name.to_owned(), text(&made, "account")?.to_owned());
    Person::enrol(&service.anybody()?, &*service.clock, name, role, link)
}

/// The run when it has ended, from the service's own events.
fn watch(operator: &Client, id: &str) -> anyhow::Result<Value> {
    loop {
        for line in operator.stream(&format!("/runs/{id}/events"))?.lines() {
            let Some(data) = line?.strip_prefix("data: ").map(str::to_owned) else { continue };
            let run: Value = serde_json::from_str(&data)?;
            if !["queued", "running"].map(Value::from).contains(&run["state"]) {
                return Ok(run);
            }
        }
    }
}

fn keep_private(path: &Path, text: &str) -> anyhow::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    Ok(options.open(path)?.write_all(text.as_bytes())?)
}
