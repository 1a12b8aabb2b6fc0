//! Every route, asked by the police with what it takes.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};
use tallystick::clock::Clock as _;
use tallystick::web::{PAGES, ROUTES, Route};
use tallystick_wire::SourceType;

use super::told::{Ids, Told, draft};
use crate::container::Draft;
use crate::unit::{Answer, Caller, PASSWORD, code};

/// Status, body and headers.
pub(super) type Plain = (u16, String, Vec<String>);

/// What was asked and whose it was, the answer, and the work for it.
pub(super) type Asked = (String, Plain, u64);

/// An answer without what no two units share: ids, keys, signatures, secrets, and the hour.
pub(super) fn plain(answer: &Answer) -> Plain {
    let mut headers = answer.headers();
    // Whether the connection is kept depends on how soon the caller's own body came.
    let others = ["date", "x-request-id", "set-cookie", "connection"];
    headers.retain(|(name, _)| !others.contains(&name.as_str()));
    // They are written in the order of a table that each process salts anew.
    headers.sort_unstable();
    let headers = headers.iter().map(|(name, value)| format!("{name}: {}", without_ids(value)));
    (answer.status, without_ids(&answer.text), headers.collect())
}

/// Each run of 32 or more hexadecimal digits becomes as many dots, and the first six of an id that a page shows; so do the secrets of a new account.
fn without_ids(text: &str) -> String {
    if text.contains("\"recovery_codes\"") || text.contains("otpauth://") {
        return format!("{} characters with secrets", text.len());
    }
    let mut out = String::with_capacity(text.len());
    let is_id = |out: &str, digits: &str| digits.len() == 6 && out.ends_with('_');
    for part in text.split_inclusive(|letter: char| !letter.is_ascii_hexdigit()) {
        let digits = part.trim_end_matches(|letter: char| !letter.is_ascii_hexdigit());
        if digits.len() >= 32 || is_id(&out, digits) {
            out.push_str(&".".repeat(digits.len()));
            out.push_str(&part[digits.len()..]);
        } else {
            out.push_str(part);
        }
    }
    out
}

/// What is sent with a request.
enum Sent {
    Nothing,
    Json(Value),
    Bytes(Vec<(&'static str, String)>, Vec<u8>),
}

/// Asks in one unit. The address that a new account was given for its authenticator is kept for its confirmation.
struct Asking<'a> {
    told: &'a Told,
    police: Caller,
    authenticator: String,
    seen: Vec<Asked>,
}

/// What is ended comes last, and the session of the one who asks at the very end.
fn order(route: &&Route) -> u8 {
    u8::from(route.method == "DELETE") + u8::from(route.path.ends_with("/sessions/current"))
}

/// Every route, and every page of agencies: with ids of nobody, of the provider, and of the police; then once more what can be looked at.
pub(super) fn everything(told: &Told) -> Vec<Asked> {
    let police = told.police.clone();
    let mut asking = Asking { told, police, authenticator: String::new(), seen: Vec::new() };
    let [own, theirs, nobodys] = &told.ids;
    let mut routes: Vec<&Route> = ROUTES.iter().collect();
    routes.sort_by_key(order);
    for (whose, ids) in [("nobody's", nobodys), ("the provider's", theirs), ("their own", own)] {
        for route in &routes {
            // What ends this session is asked once.
            let ends = route.method == "DELETE" && route.path.ends_with("/current");
            if !ends || whose == "their own" {
                asking.ask(route, whose, ids);
            }
        }
    }
    asking.police = told.service.signed_in(&told.holder);
    for (whose, ids) in [("nobody's", nobodys), ("the provider's", theirs), ("their own", own)] {
        for page in
            PAGES.iter().filter(|page| page.method == "GET" && page.path.starts_with("/agency"))
        {
            asking.ask(page, whose, ids);
        }
    }
    for route in routes.iter().filter(|route| route.method == "GET") {
        asking.ask(route, "afterwards", own);
    }
    asking.seen
}

impl Asking<'_> {
    fn ask(&mut self, route: &Route, whose: &str, ids: &Ids) {
        let mut path = route.path.to_owned();
        for (name, id) in ids {
            path = path.replace(name, id);
        }
        assert!(!path.contains('{'), "{path}: everything that varies has a value");
        if ["/api/v1/sessions", "/api/v1/enrolment/confirm"].contains(&route.path) {
            // No code of an authenticator is taken twice.
            self.told.service.clock.advance_seconds(60);
        }
        let sent = self.sent(route, whose == "their own", ids);
        let before = self.told.steps.load(Ordering::Relaxed);
        let answer = match sent {
            Sent::Nothing => {
                self.police.with("tus-resumable", "1.0.0").send(route.method, &path, None)
            }
            Sent::Json(body) => self.police.send(route.method, &path, Some(&body)),
            Sent::Bytes(headers, bytes) => {
                let headers: Vec<_> = headers.iter().map(|(name, it)| (*name, &**it)).collect();
                self.police.send_bytes(route.method, &path, &headers, &bytes)
            }
        };
        let work = self.told.steps.load(Ordering::Relaxed) - before;
        if let Some(uri) = answer.body["uri"].as_str() {
            self.authenticator = uri.to_owned();
        }
        let name = format!("{} {} ({whose})", route.method, route.path);
        self.seen.push((name, plain(&answer), work));
    }

    /// What a route takes. What is sent to `their own` is good; to others' it is of its form.
    fn sent(&self, route: &Route, is_own: bool, ids: &Ids) -> Sent {
        let now = self.told.service.clock.now();
        let handles: Vec<String> =
            Draft::standard().handles.iter().take(2).map(ToString::to_string).collect();
        let tus = ("tus-resumable", "1.0.0".to_owned());
        let link = if is_own { self.told.link.as_str() } else { "0000" };
        Sent::Json(match (route.method, route.path) {
            ("PUT", "/api/v1/submissions") => {
                // The file that stands, and then another.
                let mut draft = draft("police", SourceType::Police);
                if is_own {
                    draft.content = Some(vec![3; 200]);
                }
                return Sent::Bytes(Vec::new(), draft.write());
            }
            (_, "/api/v1/review-sets/{set}/pairs/{pair}/judgement") => json!({ "verdict": "same" }),
            (_, "/api/v1/lookups/{lookup}/answer") => json!({ "answer": "same" }),
            ("PUT", _) => {
                let csv =
                    format!("handle,basis,valid_until,revoked\n{},consent,,false\n", handles[0]);
                return Sent::Bytes(vec![("content-type", "text/csv".to_owned())], csv.into());
            }
            ("PATCH", _) => {
                let kind = "application/offset+octet-stream".to_owned();
                let headers = vec![tus, ("upload-offset", "0".to_owned()), ("content-type", kind)];
                let bytes = draft("police", SourceType::Police).write();
                return Sent::Bytes(headers, bytes[..500].to_vec());
            }
            ("POST", "/api/v1/uploads") => {
                return Sent::Bytes(vec![tus, ("upload-length", "5000".to_owned())], Vec::new());
            }
            ("GET" | "HEAD" | "OPTIONS" | "DELETE", _) => return Sent::Nothing,
            (_, "/api/v1/sessions") => {
                self.told.holder.credentials(&code(&self.told.holder.uri, now))
            }
            (_, "/api/v1/enrolment") => json!({ "link": link, "password": PASSWORD }),
            (_, "/api/v1/enrolment/confirm") => {
                let code = match self.authenticator.as_str() {
                    "" => "000000".to_owned(),
                    uri => code(uri, now),
                };
                json!({ "link": link, "code": code })
            }
            (_, "/api/v1/tokens") => json!({ "role": "uploader", "days": 3 }),
            (_, "/api/v1/accounts") => json!({ "name": "the.third", "roles": ["operator"] }),
            (_, "/api/v1/agencies") => json!({ "name": "court", "source_type": "court" }),
            (_, "/api/v1/projects") => json!({ "name": "other", "number": "ab".repeat(16) }),
            (_, "/api/v1/agreements") => json!({ "kind": "mou", "document_sha256": "5a".repeat(32),
                "valid_from": "2018-07-04", "valid_until": "2019-07-03",
                "terms": { "partners": [ids["{agency}"]] } }),
            (_, "/api/v1/projects/{project}/retractions") => json!({ "handles": handles }),
            (_, "/api/v1/runs" | "/api/v1/runs/estimate") => json!({ "project": ids["{project}"] }),
            (_, "/api/v1/review-sets") => json!({ "run": ids["{run}"], "pairs": 20 }),
            (_, "/api/v1/releases" | "/api/v1/releases/dry-run") => {
                json!({ "run": ids["{run}"], "study": "x" })
            }
            (_, "/api/v1/releases/{release}/decision") => json!({ "decision": "approve" }),
            (_, "/api/v1/audit/reviews") => json!({ "week": "2018-07-02",
                "head": format!("1:{}", "0".repeat(64)), "finding": "explained" }),
            _ => json!({}),
        })
    }
}
