//! Every address asked by everybody. The table says what is right; an address without a row fails.

use tallystick::accounts::{NewAccount, ReleaseReader, Role, Roles};
use tallystick::web::{Access, ROUTES};

use crate::unit::{Caller, Holder, Service};

const ADMINISTRATOR: Access = Access::Only(Role::Administrator);
const UPLOADER: Access = Access::Only(Role::Uploader);
const OPERATOR: Access = Access::Only(Role::Operator);
const RUN_READERS: Access = Access::Either(Role::Operator, Role::Compliance);
const COMPLIANCE: Access = Access::Only(Role::Compliance);
const RELEASE_READERS: Access = Access::Among(&ReleaseReader::ROLES);
const COMPLIANCE_OR_OPERATOR: Access = Access::Either(Role::Compliance, Role::Operator);

/// Method, address, who may ask.
const TABLE: &[(&str, &str, Access)] = &[
    ("GET", "/api/v1/health/live", Access::Public),
    ("GET", "/api/v1/health/ready", Access::Public),
    ("GET", "/api/v1/metrics", Access::Only(Role::Operator)),
    ("POST", "/api/v1/sessions", Access::Public),
    ("GET", "/api/v1/sessions", Access::Anyone),
    ("GET", "/api/v1/sessions/current", Access::Anyone),
    ("DELETE", "/api/v1/sessions/current", Access::Anyone),
    ("DELETE", "/api/v1/sessions/{session}", Access::Anyone),
    ("POST", "/api/v1/enrolment", Access::Public),
    ("POST", "/api/v1/enrolment/confirm", Access::Public),
    ("POST", "/api/v1/tokens", Access::Anyone),
    ("DELETE", "/api/v1/tokens/{token}", Access::Anyone),
    ("GET", "/api/v1/accounts", ADMINISTRATOR),
    ("POST", "/api/v1/accounts", ADMINISTRATOR),
    ("POST", "/api/v1/accounts/{account}/link", ADMINISTRATOR),
    ("DELETE", "/api/v1/accounts/{account}", ADMINISTRATOR),
    ("GET", "/api/v1/accounts/{account}/sign-ins", ADMINISTRATOR),
    ("DELETE", "/api/v1/accounts/{account}/sign-ins", ADMINISTRATOR),
    ("GET", "/api/v1/agencies", ADMINISTRATOR),
    ("POST", "/api/v1/agencies", ADMINISTRATOR),
    ("GET", "/api/v1/projects", ADMINISTRATOR),
    ("POST", "/api/v1/projects", ADMINISTRATOR),
    ("GET", "/api/v1/agreements", COMPLIANCE_OR_OPERATOR),
    ("POST", "/api/v1/agreements", COMPLIANCE),
    ("GET", "/api/v1/agreements/{agreement}", COMPLIANCE_OR_OPERATOR),
    ("DELETE", "/api/v1/agreements/{agreement}", COMPLIANCE),
    ("PUT", "/api/v1/projects/{project}/consents", UPLOADER),
    ("OPTIONS", "/api/v1/uploads", Access::Public),
    ("POST", "/api/v1/uploads", UPLOADER),
    ("HEAD", "/api/v1/uploads/{upload}", UPLOADER),
    ("GET", "/api/v1/uploads/{upload}", UPLOADER),
    ("PATCH", "/api/v1/uploads/{upload}", UPLOADER),
    ("DELETE", "/api/v1/uploads/{upload}", UPLOADER),
    ("PUT", "/api/v1/submissions", UPLOADER),
    ("GET", "/api/v1/submissions", UPLOADER),
    ("GET", "/api/v1/submissions/{submission}/receipt", UPLOADER),
    ("DELETE", "/api/v1/submissions/{submission}", UPLOADER),
    ("GET", "/api/v1/projects/{project}/persons/changes", OPERATOR),
    ("POST", "/api/v1/projects/{project}/retractions", UPLOADER),
    ("POST", "/api/v1/runs", OPERATOR),
    ("POST", "/api/v1/runs/estimate", OPERATOR),
    ("GET", "/api/v1/runs", RUN_READERS),
    ("GET", "/api/v1/runs/{run}", RUN_READERS),
    ("DELETE", "/api/v1/runs/{run}", OPERATOR),
    ("GET", "/api/v1/runs/{run}/report", OPERATOR),
    ("GET", "/api/v1/runs/{run}/events", OPERATOR),
    ("POST", "/api/v1/review-sets", OPERATOR),
    ("GET", "/api/v1/review-sets", RUN_READERS),
    ("GET", "/api/v1/review-sets/{set}", RUN_READERS),
    ("POST", "/api/v1/review-sets/{set}/end", OPERATOR),
    ("GET", "/api/v1/review-sets/{set}/next", OPERATOR),
    ("GET", "/api/v1/review-sets/{set}/pairs/{pair}", OPERATOR),
    ("PUT", "/api/v1/review-sets/{set}/pairs/{pair}/judgement", OPERATOR),
    ("POST", "/api/v1/review-sets/{set}/pairs/{pair}/lookup", OPERATOR),
    ("GET", "/api/v1/lookups", UPLOADER),
    ("PUT", "/api/v1/lookups/{lookup}/answer", UPLOADER),
    ("POST", "/api/v1/releases", Access::Only(Role::Preparer)),
    ("POST", "/api/v1/releases/dry-run", Access::Only(Role::Preparer)),
    ("GET", "/api/v1/releases", RELEASE_READERS),
    ("GET", "/api/v1/releases/{release}", RELEASE_READERS),
    ("POST", "/api/v1/releases/{release}/decision", Access::Only(Role::Approver)),
    ("GET", "/api/v1/releases/{release}/bundle", Access::Only(Role::Evaluator)),
    ("DELETE", "/api/v1/releases/{release}", COMPLIANCE),
    ("POST", "/api/v1/runs/{run}/destruction", COMPLIANCE),
    ("GET", "/api/v1/audit/entries", COMPLIANCE),
    ("GET", "/api/v1/audit/head", COMPLIANCE),
    ("GET", "/api/v1/audit/export", COMPLIANCE),
    ("GET", "/api/v1/backups", Access::Only(Role::Operator)),
    ("POST", "/api/v1/backups", Access::Only(Role::Operator)),
    ("GET", "/api/v1/audit/answers/{question}", COMPLIANCE),
    ("GET", "/api/v1/audit/reviews", COMPLIANCE),
    ("POST", "/api/v1/audit/reviews", COMPLIANCE),
];

/// Nobody's id, of each kind.
pub(crate) fn address(path: &str) -> String {
    let nobody = "0".repeat(32);
    path.replace("{token}", &format!("tok_{nobody}"))
        .replace("{session}", &format!("ses_{nobody}"))
        .replace("{account}", &format!("acc_{nobody}"))
        .replace("{agreement}", &format!("agr_{nobody}"))
        .replace("{project}", &format!("prj_{nobody}"))
        .replace("{question}", "A23")
        .replace("{seq}", "1")
        .replace("{week}", "2018-07-02")
        .replace("{destruction}", &format!("des_{nobody}"))
        .replace("{upload}", &format!("upl_{nobody}"))
        .replace("{project}", &format!("prj_{nobody}"))
        .replace("{run}", &format!("run_{nobody}"))
        .replace("{set}", &format!("rev_{nobody}"))
        .replace("{pair}", "1")
        .replace("{lookup}", &format!("lkp_{nobody}"))
        .replace("{release}", &format!("rel_{nobody}"))
        .replace("{request}", &format!("chg_{nobody}"))
        .replace("{name:.*}", "style.css")
        .replace("{submission}", &format!("sub_{nobody}"))
}

/// A body that is read before anything is refused for its sake.
fn body(path: &str) -> serde_json::Value {
    match path {
        "/api/v1/sessions" => serde_json::json!({"name": "x", "password": "x", "code": "x"}),
        "/api/v1/enrolment" => serde_json::json!({"link": "x", "password": "x"}),
        "/api/v1/enrolment/confirm" => serde_json::json!({"link": "x", "code": "x"}),
        "/api/v1/tokens" => serde_json::json!({"role": "uploader", "days": 0}),
        "/api/v1/accounts" => serde_json::json!({"name": "X", "roles": ["operator"]}),
        "/api/v1/agencies" => serde_json::json!({"name": "police", "source_type": "police"}),
        "/api/v1/projects/{project}/retractions" => serde_json::json!({"handles": ["x"]}),
        "/api/v1/runs" | "/api/v1/runs/estimate" => serde_json::json!({"project": "x"}),
        "/api/v1/releases" | "/api/v1/releases/dry-run" => {
            serde_json::json!({"run": "x", "study": "x"})
        }
        "/api/v1/releases/{release}/decision" => serde_json::json!({"decision": "reject"}),
        "/api/v1/review-sets" => serde_json::json!({"run": "x"}),
        "/api/v1/review-sets/{set}/pairs/{pair}/judgement" => {
            serde_json::json!({"verdict": "same"})
        }
        "/api/v1/lookups/{lookup}/answer" => serde_json::json!({"answer": "same"}),
        "/api/v1/projects" => serde_json::json!({"name": "study", "number": "x"}),
        "/api/v1/agreements" => serde_json::json!({"kind": "mou", "document_sha256": "x",
            "valid_from": "x", "valid_until": "x", "terms": {}}),
        "/api/v1/audit/reviews" => serde_json::json!({"week": "x", "head": "x", "finding": "x"}),
        _ => serde_json::json!({}),
    }
}

fn ask(caller: &Caller, method: &str, path: &str) -> (u16, String) {
    let is_json = method == "POST" || path.ends_with("/judgement") || path.ends_with("/answer");
    let body = is_json.then(|| body(path));
    let caller = &caller.with("tus-resumable", "1.0.0");
    let answer = caller.send(method, &address(path), body.as_ref());
    // An answer to HEAD has no body to say its code.
    let code = match (method, answer.status) {
        ("HEAD", 401) => "not-signed-in",
        ("HEAD", 403) => "not-allowed",
        _ => answer.code(),
    };
    (answer.status, code.to_owned())
}

#[test]
fn the_table_has_every_address() {
    let listed: Vec<_> =
        TABLE.iter().map(|(method, path, access)| (*method, *path, *access)).collect();
    let routes: Vec<_> =
        ROUTES.iter().map(|route| (route.method, route.path, route.access)).collect();
    for route in &routes {
        assert!(listed.contains(route), "{route:?} has no row in the table");
    }
    assert_eq!(listed.len(), routes.len());
}

/// An account of each role.
pub(crate) fn holders(service: &Service) -> Vec<(Role, Holder)> {
    let agency = service.agency("police");
    let holder = |role: Role| {
        let new = NewAccount {
            name: format!("the.{}", role.as_str()),
            roles: Roles::new([role]).unwrap(),
            agency: (role == Role::Uploader).then_some(agency),
            projects: Vec::new(),
            trained_until: None,
        };
        (role, service.enrol_as(new))
    };
    Role::ALL.map(holder).into()
}

#[test]
fn everybody_gets_what_the_table_says_and_nothing_else() {
    let service = Service::start();
    let anonymous = service.anonymous();
    for (method, path, access) in TABLE {
        let (status, code) = ask(&anonymous, method, path);
        let is_public = *access == Access::Public;
        assert_eq!(code == "not-signed-in", !is_public, "nobody: {method} {path}: {status} {code}");
    }
    for (role, holder) in holders(&service) {
        for (method, path, access) in TABLE {
            // Each asks with a session of its own: one of the addresses ends it.
            let caller = service.signed_in(&holder);
            let (status, code) = ask(&caller, method, path);
            let may = access.is_of(role);
            let of_the_route = *path == "/api/v1/tokens";
            let refused = status == 403 && code == "not-allowed" && !of_the_route;
            assert_eq!(refused, !may, "{}: {method} {path}: {status} {code}", role.as_str());
            assert_ne!(status, 500, "{}: {method} {path}", role.as_str());
            assert_ne!(code, "not-signed-in", "{}: {method} {path}", role.as_str());
        }
    }
}

#[test]
fn the_description_has_every_address_and_every_refusal() {
    let service = Service::start();
    let description = service.anonymous().get("/api/v1/openapi.json").body;
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"));
    let paths = description["paths"].as_object().unwrap();
    for route in ROUTES {
        let operation = &paths[route.path][route.method.to_lowercase()];
        let responses = operation["responses"].as_object().expect(route.path);
        let expected: &[&str] = match route.access {
            Access::Public => &[],
            Access::Anyone => &["401"],
            Access::Only(_) | Access::Either(..) | Access::Among(_) => &["401", "403"],
        };
        for status in expected {
            assert!(responses.contains_key(*status), "{} {} {status}", route.method, route.path);
        }
    }
    let count: usize = paths.values().map(|path| path.as_object().unwrap().len()).sum();
    assert_eq!(count, ROUTES.len());
}
