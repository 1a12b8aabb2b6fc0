//! Units to which the police and a provider have given their submissions, and which have linked them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use serde_json::{Value, json};
use tallystick::accounts::{self, NewAccount, Role, Roles};
use tallystick::ids::{ProjectId, RunId, hex};
use tallystick::{persons, runs};
use tallystick_wire::{ConfigHash, SourceLabel, SourceType, schema};

use crate::agreed;
use crate::container::Draft;
use crate::unit::{Caller, Holder, Service};

/// Who of the police's five people are the provider's clients.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Clients {
    Nobody,
    SomeOfThem,
    /// And a submission of another size.
    AllOfThem,
}

/// Ids by their place in a route.
pub(super) type Ids = BTreeMap<&'static str, String>;

pub(super) struct Told {
    pub(super) service: Service,
    pub(super) police: Caller,
    pub(super) holder: Holder,
    pub(super) provider: Caller,
    /// Of the police, of the provider, and of nobody.
    pub(super) ids: [Ids; 3],
    /// A link by which a second account of the police is enrolled.
    pub(super) link: String,
    /// Persons of the finished run.
    pub(super) persons: u64,
    /// Instructions in the records.
    pub(super) steps: Arc<AtomicU64>,
}

pub(super) fn draft(source: &str, source_type: SourceType) -> Draft {
    let mut draft = Draft::standard();
    draft.header.config_hash = ConfigHash(schema::config_hash().0);
    draft.header.source = SourceLabel::parse(source).unwrap();
    draft.header.source_type = source_type;
    draft
}

/// The provider's people stand in the police's blocks where they are the same, and in others where they are not.
pub(super) fn provider_submission(clients: Clients) -> Vec<u8> {
    let mut draft = draft("provider", SourceType::Provider);
    let shared: &[u32] = match clients {
        Clients::Nobody => &[],
        Clients::SomeOfThem => &[0, 4],
        Clients::AllOfThem => &[0, 1, 2, 3, 4],
    };
    for pass in &mut draft.passes {
        for (token, record) in pass.tokens.iter_mut().zip(&pass.records) {
            token.0[15] ^= 0x55 * u8::from(!shared.contains(record));
        }
    }
    if clients == Clients::AllOfThem {
        draft.content = Some(vec![7; 40_000]);
    }
    draft.write()
}

struct Member {
    caller: Caller,
    holder: Holder,
    ids: Ids,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// An agency that has given a submission; the ids that came of it.
fn member(service: &Service, name: &str, project: ProjectId, bytes: &[u8]) -> Member {
    let agency = service.agency(name);
    let [_, dsa] = service.agree(agency, project);
    let holder = service.enrol_as(NewAccount {
        name: format!("the.{name}"),
        roles: Roles::new([Role::Uploader]).unwrap(),
        agency: Some(agency),
        projects: Vec::new(),
        trained_until: None,
    });
    let elsewhere = service.signed_in(&holder);
    let session = text(&elsewhere.get("/api/v1/sessions/current").body["session"]);
    let caller = service.signed_in(&holder);
    let answer = caller.send_bytes("PUT", "/api/v1/submissions", &[], bytes);
    assert_eq!(answer.status, 201, "{}", answer.text);
    let length = bytes.len().to_string();
    let headers = [("tus-resumable", "1.0.0"), ("upload-length", length.as_str())];
    let begun = caller.send_bytes("POST", "/api/v1/uploads", &headers, &[]);
    let wanted = json!({"role": "uploader", "days": 3});
    let token = caller.send("POST", "/api/v1/tokens", Some(&wanted));
    let ids = Ids::from([
        ("{submission}", text(&answer.body["receipt"])),
        ("{upload}", begun.header("location").rsplit('/').next().unwrap().to_owned()),
        ("{token}", text(&token.body["token"])),
        ("{session}", session),
        ("{account}", holder.account.to_string()),
        ("{project}", project.to_string()),
        ("{agreement}", dsa.to_string()),
        ("{agency}", agency.to_string()),
        ("{question}", "A17".to_owned()),
    ]);
    Member { caller, holder, ids }
}

/// Ids of their kinds that stand for nothing.
fn nobodys(ids: &Ids) -> Ids {
    let nobody = "0".repeat(32);
    let of = |id: &String| match id.split_once('_') {
        Some((kind, _)) => format!("{kind}_{nobody}"),
        None => id.clone(),
    };
    ids.iter().map(|(name, id)| (*name, of(id))).collect()
}

/// All clients agree.
fn consents() -> String {
    let handles = Draft::standard().handles;
    let lines = handles.iter().map(|handle| format!("{handle},consent,,false\n"));
    format!("handle,basis,valid_until,revoked\n{}", lines.collect::<String>())
}

/// Pairs of the run are reviewed, and the operator tries to have each looked up; gives the set, and a question that nobody was asked.
fn reviewed(operator: &Caller, run: RunId) -> (String, String) {
    let wanted = json!({ "run": run.to_string(), "pairs": 40, "seed": 1 });
    let lookup = tallystick::ids::LookupId::random().unwrap().to_string();
    let drawn = operator.send("POST", "/api/v1/review-sets", Some(&wanted));
    if drawn.code() == "review-run-unfit" {
        // Where nobody is anybody's client no two records are near each other.
        return (tallystick::ids::ReviewSetId::random().unwrap().to_string(), lookup);
    }
    assert_eq!(drawn.status, 201, "{}", drawn.text);
    let place = drawn.header("location").to_owned();
    for pair in 1..=drawn.body["pairs"].as_u64().unwrap() {
        let asked = operator.send("POST", &format!("{place}/pairs/{pair}/lookup"), None);
        assert!(["lookup-provider", "lookup-across-sources"].contains(&asked.code()));
    }
    let judged = operator.send(
        "PUT",
        &format!("{place}/pairs/1/judgement"),
        Some(&json!({ "verdict": "same" })),
    );
    assert_eq!(judged.status, 204, "{}", judged.text);
    (text(&drawn.body["set"]), lookup)
}

pub(super) fn told(clients: Clients) -> Told {
    let service = Service::start();
    let store = &service.unit.store;
    let number = hex(&Draft::standard().header.project.0);
    let project = accounts::record_project(store, None, "study", &number).unwrap();
    let police = draft("police", SourceType::Police).write();
    let mut police = member(&service, "police", project, &police);
    let mut provider = member(&service, "provider", project, &provider_submission(clients));
    let path = format!("/api/v1/projects/{project}/consents");
    let csv = [("content-type", "text/csv")];
    let sent = provider.caller.send_bytes("PUT", &path, &csv, consents().as_bytes());
    assert_eq!(sent.status, 200, "{}", sent.text);
    let agencies = [&police, &provider]
        .map(|it| tallystick::ids::AgencyId::parse(&it.ids["{agency}"]).unwrap());
    agreed::to_link(store, agencies, project);
    let operator = service.signed_in(&service.enrol("the.operator", &[Role::Operator]));
    let wanted = json!({ "project": project.to_string() });
    let [finished, _waiting] = [(); 2].map(|()| {
        let run = operator.send("POST", "/api/v1/runs", Some(&wanted));
        RunId::parse(run.body["run"].as_str().unwrap()).unwrap()
    });
    assert_eq!(runs::work(&service.unit, &|_| false).unwrap(), Some(finished));
    let step = store.read(|connection| persons::step(connection, finished)).unwrap().unwrap();
    let (set, lookup) = reviewed(&operator, finished);
    let release = tallystick::ids::ReleaseId::random().unwrap();
    let account = police.holder.account.to_string();
    let entered: Result<usize, tallystick::store::StoreError> = store.keep(|transaction, now| {
        let sql = "INSERT INTO release (id, number, project, run, profile, study, study_hash, prepared_by, prepared_at, \
                   state) SELECT ?1, 1, project, id, 'expert', 'x', zeroblob(32), ?2, ?3, 'queued' FROM run WHERE id = ?4";
        let values: [&dyn rusqlite::ToSql; 4] = [&release, &account, &now, &finished];
        Ok(transaction.execute(sql, &values[..])?)
    });
    assert_eq!(entered.unwrap(), 1, "a release that waits");
    for member in [&mut police, &mut provider] {
        member.ids.insert("{run}", finished.to_string());
        member.ids.insert("{release}", release.to_string());
        member.ids.insert("{set}", set.clone());
        member.ids.insert("{pair}", "1".to_owned());
        member.ids.insert("{lookup}", lookup.clone());
    }
    let second = accounts::create(
        store,
        None,
        &NewAccount {
            name: "the.second".to_owned(),
            roles: Roles::new([Role::Uploader]).unwrap(),
            agency: Some(agencies[0]),
            projects: Vec::new(),
            trained_until: None,
        },
    )
    .unwrap();
    let limits = &service.unit.config.accounts;
    let link = accounts::invite(store, None, limits, second).unwrap().to_string();
    let steps = store.count_steps().unwrap();
    let ids = [police.ids.clone(), provider.ids, nobodys(&police.ids)];
    let (holder, provider) = (police.holder, provider.caller);
    let (police, persons) = (police.caller, step.persons);
    Told { service, police, holder, provider, ids, link, persons, steps }
}
