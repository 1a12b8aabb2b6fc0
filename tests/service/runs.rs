//! Runs over HTTPS: asked for, watched, ended, looked at.

use std::io::BufRead;

use serde_json::{Value, json};
use tallystick::accounts::{self, NewAccount, Role, Roles};
use tallystick::ids::{AgencyId, ProjectId, hex};
use tallystick::runs::{self, Worker};
use tallystick_wire::{ConfigHash, SourceLabel, SourceType, schema};

use crate::container::Draft;
use crate::unit::{Caller, Service, agreed};

struct Office {
    service: Service,
    operator: Caller,
    project: ProjectId,
    agency: AgencyId,
}

/// A unit with a project to which the police have uploaded, and an operator who is signed in.
fn office() -> Office {
    let service = Service::start_with(|config| {
        config.runs.queue_max = 2;
        config.runs.watchers_max = 1.try_into().unwrap();
    });
    let (project, agency) = taken_in(&service);
    let operator = service.signed_in(&service.enrol("the.operator", &[Role::Operator]));
    Office { service, operator, project, agency }
}

/// A project to which the police have uploaded what may be linked.
pub(crate) fn taken_in(service: &Service) -> (ProjectId, AgencyId) {
    let mut draft = Draft::standard();
    draft.header.config_hash = ConfigHash(schema::config_hash().0);
    draft.header.source = SourceLabel::parse("police").unwrap();
    draft.header.source_type = SourceType::Police;
    let number = hex(&draft.header.project.0);
    let project = accounts::record_project(&service.unit.store, None, "study", &number).unwrap();
    let agency = service.agency("police");
    service.agree(agency, project);
    agreed::to_link(&service.unit.store, [agency], project);
    let police = service.enrol_as(NewAccount {
        name: "the.police".to_owned(),
        roles: Roles::new([Role::Uploader]).unwrap(),
        agency: Some(agency),
        projects: Vec::new(),
        trained_until: None,
    });
    let uploader = service.signed_in(&police);
    let answer = uploader.send_bytes("PUT", "/api/v1/submissions", &[], &draft.write());
    assert_eq!(answer.status, 201, "{}", answer.text);
    (project, agency)
}

impl Office {
    fn wanted(&self) -> Value {
        json!({ "project": self.project.to_string() })
    }

    /// Asks for a run; gives its address.
    fn queue(&self) -> String {
        let answer = self.operator.send("POST", "/api/v1/runs", Some(&self.wanted()));
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.header("location").to_owned()
    }

    fn work(&self) {
        runs::work(&self.service.unit, &|_| false).unwrap().expect("there is a run");
    }
}

/// The next run that a stream of events tells of.
fn next(events: &mut impl BufRead) -> Option<Value> {
    let mut line = String::new();
    while events.read_line(&mut line).unwrap() > 0 {
        if let Some(data) = line.strip_prefix("data: ") {
            return Some(serde_json::from_str(data).unwrap());
        }
        line.clear();
    }
    None
}

#[test]
fn a_run_is_queued_worked_on_and_shown() {
    let office = office();
    let place = office.queue();
    let queued = office.operator.get(&place);
    assert_eq!((queued.status, queued.body["state"].as_str()), (200, Some("queued")));
    assert_eq!(queued.body["sources"][0]["source"], "police");
    assert_eq!(office.operator.get(&format!("{place}/report")).status, 404, "there is none yet");
    office.work();
    let run = office.operator.get(&place);
    assert_eq!(run.body["state"], "finished", "{}", run.text);
    assert_eq!(run.body["summary"]["counts"]["records"], 5);
    assert_eq!(run.body["digest"].as_str().unwrap().len(), 64);
    let known = office.operator.with("if-none-match", run.header("etag")).get(&place);
    assert_eq!(known.status, 304);
    let report = office.operator.get(&format!("{place}/report"));
    assert_eq!(report.body["sources"][0]["source"], "police");
    let page = office.operator.with("accept", "text/html").get(&format!("{place}/report"));
    assert!(page.text.starts_with("<!DOCTYPE html>"), "{}", &page.text[..40]);
    assert!(page.header("content-security-policy").contains("sandbox"));
    let listed = office.operator.get(&format!("/api/v1/runs?project={}&limit=1", office.project));
    assert_eq!(listed.body["runs"][0], run.body);
    let older = listed.body["next_below"].as_u64().unwrap();
    let older = office.operator.get(&format!("/api/v1/runs?below={older}"));
    assert_eq!(older.body["runs"], json!([]));
    let compliance = office.service.enrol("the.officer", &[Role::Compliance]);
    let compliance = office.service.signed_in(&compliance);
    assert_eq!(compliance.get(&place).body, run.body);
    assert_eq!(compliance.get(&format!("{place}/report")).status, 403);
}

#[test]
fn a_thread_works_on_what_is_queued_and_events_tell_of_it() {
    let office = office();
    let place = office.queue();
    let mut events = office.operator.stream(&format!("{place}/events"));
    assert_eq!(next(&mut events).unwrap()["state"], "queued");
    let second = office.operator.get(&format!("{place}/events"));
    assert_eq!((second.status, second.code()), (429, "watchers-too-many"));
    let worker = Worker::start(&office.service.unit).unwrap();
    let mut last = Value::Null;
    while let Some(run) = next(&mut events) {
        last = run;
    }
    assert_eq!(last["state"], "finished");
    drop(worker);
    assert_eq!(office.operator.get(&place).body["state"], "finished");
}

#[test]
fn a_run_that_is_cancelled_ends_its_events() {
    let office = office();
    let place = office.queue();
    let mut events = office.operator.stream(&format!("{place}/events"));
    assert_eq!(next(&mut events).unwrap()["state"], "queued");
    assert_eq!(office.operator.send("DELETE", &place, None).status, 204);
    assert_eq!(next(&mut events).unwrap()["state"], "cancelled");
    assert_eq!(next(&mut events), None);
    let again = office.operator.send("DELETE", &place, None);
    assert_eq!((again.status, again.code()), (409, "run-ended"));
}

#[test]
fn what_cannot_be_linked_is_refused() {
    let office = office();
    let nobody = "0".repeat(32);
    let cases = [
        (json!({"project": "x"}), 404, "not-found"),
        (json!({"project": format!("prj_{nobody}")}), 404, "unknown-id"),
        (
            json!({"project": office.project.to_string(), "submissions": [format!("sub_{nobody}")]}),
            404,
            "unknown-id",
        ),
        (json!({"project": office.project.to_string(), "submissions": []}), 422, "run-nothing"),
        (
            json!({"project": office.project.to_string(),
                   "rules": [{"first": "police", "second": "court", "rule": "one-to-one"}]}),
            422,
            "source-unknown",
        ),
        (
            json!({"project": office.project.to_string(),
                   "rules": [{"first": "police", "second": "court", "rule": "unique"}]}),
            422,
            "policy-contradiction",
        ),
        (
            json!({"project": office.project.to_string(),
                   "rules": [{"first": "police", "second": "police", "rule": "x"}]}),
            400,
            "request-malformed",
        ),
    ];
    for (body, status, code) in cases {
        for place in ["/api/v1/runs", "/api/v1/runs/estimate"] {
            let answer = office.operator.send("POST", place, Some(&body));
            assert_eq!((answer.status, answer.code()), (status, code), "{place}: {body}");
        }
    }
    office.queue();
    office.queue();
    let full = office.operator.send("POST", "/api/v1/runs", Some(&office.wanted()));
    assert_eq!((full.status, full.code()), (429, "runs-too-many"));
}

#[test]
fn an_estimate_counts_the_pairs_that_meet() {
    let office = office();
    let answer = office.operator.send("POST", "/api/v1/runs/estimate", Some(&office.wanted()));
    assert_eq!(answer.status, 200, "{}", answer.text);
    office.queue();
    office.work();
    let place = "/api/v1/runs?limit=1";
    let run = office.operator.get(place).body["runs"][0]["run"].as_str().unwrap().to_owned();
    let report = office.operator.get(&format!("/api/v1/runs/{run}/report")).body;
    let met = |passes: &Value, name: &str| -> Vec<u64> {
        passes.as_array().unwrap().iter().map(|pass| pass[name].as_u64().unwrap()).collect()
    };
    assert_eq!(met(&answer.body["passes"], "pairs_met"), met(&report["passes"], "pairs_compared"));
    assert!(answer.body["memory_bytes"].as_u64().unwrap() > 0);
}

#[test]
fn what_no_agreement_permits_is_not_linked() {
    let office = office();
    let place = office.queue();
    let store = &office.service.unit.store;
    let officer = office.service.enrol("the.officer", &[Role::Compliance]);
    let officer = office.service.signed_in(&officer);
    let listed = officer.get("/api/v1/agreements").body;
    let irb = listed["agreements"].as_array().unwrap().iter().find(|it| it["kind"] == "irb");
    let path = format!("/api/v1/agreements/{}", irb.unwrap()["agreement"].as_str().unwrap());
    let ended = officer.send("DELETE", &format!("{path}?reason=suspended"), None);
    assert_eq!(ended.status, 204, "{}", ended.text);
    office.work();
    assert_eq!(office.operator.get(&place).body["failure"], "irb-ended");
    let refused = office.operator.send("POST", "/api/v1/runs", Some(&office.wanted()));
    assert_eq!((refused.status, refused.code()), (403, "irb-ended"));
    let denied = officer.get("/api/v1/audit/entries?kind=run-queued&outcome=denied").body;
    assert_eq!(denied["entries"][0]["reason"], "irb-ended");
    agreed::to_link(store, [office.agency], office.project);
    assert_eq!(office.operator.send("POST", "/api/v1/runs", Some(&office.wanted())).status, 201);
}
