//! Nobody of the police can learn who is a provider's client (42 CFR 2.52): whatever they ask, two units that differ only
//! in the provider's people answer alike.

use std::collections::BTreeMap;

use serde_json::json;
use tallystick::accounts::{self, NewAccount, Role, Roles};
use tallystick::ids::{AccountId, ProjectId, hex};
use tallystick::web::ROUTES;
use tallystick_wire::{ConfigHash, SourceLabel, SourceType, schema};

use crate::container::Draft;
use crate::unit::{Answer, Caller, Service};

/// Who of the police's five people are the provider's clients, by the continuity token that both would make.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Clients {
    Nobody,
    SomeOfThem,
    /// And a submission of another size, taken in twice and withdrawn.
    AllOfThem,
}

/// A unit to which the police and a provider have given their submissions.
struct Told {
    service: Service,
    police: Caller,
    provider: Caller,
    /// By the kind of id in a route: the police's own, and the provider's.
    ids: Vec<BTreeMap<&'static str, String>>,
}

fn draft(source: &str, source_type: SourceType) -> Draft {
    let mut draft = Draft::standard();
    draft.header.config_hash = ConfigHash(schema::config_hash().0);
    draft.header.source = SourceLabel::parse(source).unwrap();
    draft.header.source_type = source_type;
    draft
}

fn provider_submission(clients: Clients) -> Vec<u8> {
    let mut draft = draft("provider", SourceType::Provider);
    let shared = match clients {
        Clients::Nobody => 0,
        Clients::SomeOfThem => 2,
        Clients::AllOfThem => draft.continuity.len(),
    };
    for token in &mut draft.continuity[shared..] {
        token.0[0] ^= 0x55;
    }
    // Other people have other tokens; they stay in order.
    for pass in &mut draft.passes {
        for token in &mut pass.tokens {
            token.0[15] ^= 0x55 * u8::from(clients == Clients::Nobody);
        }
    }
    if clients == Clients::AllOfThem {
        draft.content = Some(vec![7; 40_000]);
    }
    draft.write()
}

fn member(service: &Service, name: &str, project: ProjectId) -> (Caller, AccountId) {
    let agency = service.agency(name);
    service.agree(agency, project);
    let holder = service.enrol_as(NewAccount {
        name: format!("the.{name}"),
        roles: Roles::new([Role::Uploader]).unwrap(),
        agency: Some(agency),
        projects: Vec::new(),
        trained_until: None,
    });
    (service.signed_in(&holder), holder.account)
}

/// Gives a submission; the ids that came of it.
fn give(caller: &Caller, account: AccountId, bytes: &[u8]) -> BTreeMap<&'static str, String> {
    let answer = caller.send_bytes("PUT", "/api/v1/submissions", &[], bytes);
    assert_eq!(answer.status, 201, "{}", answer.text);
    let length = bytes.len().to_string();
    let headers = [("tus-resumable", "1.0.0"), ("upload-length", length.as_str())];
    let begun = caller.send_bytes("POST", "/api/v1/uploads", &headers, &[]);
    let wanted = json!({"role": "uploader", "days": 3});
    let token = caller.send("POST", "/api/v1/tokens", Some(&wanted));
    let current = caller.get("/api/v1/sessions/current").body;
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    BTreeMap::from([
        ("{submission}", text(&answer.body["receipt"])),
        ("{upload}", begun.header("location").rsplit('/').next().unwrap().to_owned()),
        ("{token}", text(&token.body["token"])),
        ("{session}", text(&current["session"])),
        ("{account}", account.to_string()),
        ("{project}", text(&answer.body["project"])),
    ])
}

fn told(clients: Clients) -> Told {
    let service = Service::start();
    let number = hex(&Draft::standard().header.project.0);
    let project = accounts::record_project(&service.unit.store, None, "study", &number).unwrap();
    let (police, police_account) = member(&service, "police", project);
    let (provider, provider_account) = member(&service, "provider", project);
    let own = give(&police, police_account, &draft("police", SourceType::Police).write());
    let theirs = give(&provider, provider_account, &provider_submission(clients));
    if clients == Clients::AllOfThem {
        let path = format!("/api/v1/submissions/{}", theirs["{submission}"]);
        assert_eq!(provider.send("DELETE", &path, None).status, 204);
        let again = provider_submission(clients);
        assert_eq!(provider.send_bytes("PUT", "/api/v1/submissions", &[], &again).status, 201);
    }
    Told { service, police, provider, ids: vec![own, theirs] }
}

/// Status, body and headers.
type Plain = (u16, String, Vec<String>);

/// An answer without what no two units share: ids, keys, signatures, and the hour.
fn plain(answer: &Answer) -> Plain {
    let mut headers = answer.headers();
    // Whether the connection is kept depends on how soon the caller's own body came.
    let others = ["date", "x-request-id", "set-cookie", "connection"];
    headers.retain(|(name, _)| !others.contains(&name.as_str()));
    // They are written in the order of a table that each process salts anew.
    headers.sort_unstable();
    let headers = headers.iter().map(|(name, value)| format!("{name}: {}", without_ids(value)));
    (answer.status, without_ids(&answer.text), headers.collect())
}

/// Each run of 32 or more hexadecimal digits becomes as many dots.
fn without_ids(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for part in text.split_inclusive(|letter: char| !letter.is_ascii_hexdigit()) {
        let digits = part.trim_end_matches(|letter: char| !letter.is_ascii_hexdigit());
        if digits.len() >= 32 {
            out.push_str(&".".repeat(digits.len()));
            out.push_str(&part[digits.len()..]);
        } else {
            out.push_str(part);
        }
    }
    out
}

/// Every route, with the police's own ids and with the provider's.
fn everything_the_police_see(told: &Told) -> Vec<(String, Plain)> {
    let mut seen = Vec::new();
    for (whose, ids) in ["own", "the provider's"].into_iter().zip(&told.ids) {
        for route in ROUTES {
            // What ends the session of the one who asks comes when all else is asked.
            let ends = route.method == "DELETE" && route.path.contains("session");
            if ends || route.path == "/api/v1/metrics" {
                continue;
            }
            let mut path = route.path.to_owned();
            for (name, id) in ids {
                path = path.replace(name, id);
            }
            let caller = told.police.with("tus-resumable", "1.0.0").with("upload-offset", "0");
            let body = (route.method == "POST").then(|| json!({}));
            let answer = caller.send(route.method, &path, body.as_ref());
            seen.push((format!("{} {} ({whose})", route.method, route.path), plain(&answer)));
        }
    }
    seen
}

#[test]
fn the_police_see_the_same_whoever_the_providers_clients_are() {
    let nobody = everything_the_police_see(&told(Clients::Nobody));
    for clients in [Clients::SomeOfThem, Clients::AllOfThem] {
        let some = everything_the_police_see(&told(clients));
        assert_eq!(nobody.len(), some.len());
        for (first, second) in nobody.iter().zip(&some) {
            assert_eq!(first, second, "{clients:?}");
        }
    }
    let statuses: Vec<u16> = nobody.iter().map(|(_, (status, ..))| *status).collect();
    assert!(statuses.contains(&200) && statuses.contains(&403) && statuses.contains(&404));
}

#[test]
fn the_comparison_would_show_a_difference() {
    let told = told(Clients::Nobody);
    let before = plain(&told.provider.get("/api/v1/submissions"));
    let bytes = provider_submission(Clients::AllOfThem);
    assert_eq!(told.provider.send_bytes("PUT", "/api/v1/submissions", &[], &bytes).status, 201);
    assert_ne!(plain(&told.provider.get("/api/v1/submissions")), before);
    drop(told.service);
}
