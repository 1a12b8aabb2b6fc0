//! What is refused, each by its own code; and what no agency may learn by a question.

use super::*;

#[test]
fn what_cannot_be_drawn_is_refused_by_name() {
    let office = office(&[SourceType::Police, SourceType::Court]);
    let first = &office.reviewers[0];
    let draw = |body: Value| {
        let answer = first.send("POST", "/api/v1/review-sets", Some(&body));
        (answer.status, answer.code().to_owned())
    };
    let nobody = format!("run_{}", "0".repeat(32));
    let expect = |status: u16, code: &str| (status, code.to_owned());
    assert_eq!(draw(json!({ "run": nobody })), expect(404, "unknown-id"));
    assert_eq!(draw(json!({ "run": "x" })), expect(404, "not-found"));
    assert_eq!(draw(json!({ "run": office.run, "pairs": 1 })), expect(422, "review-pairs-too-few"));
    let many = json!({ "run": office.run, "pairs": 2_001 });
    assert_eq!(draw(many), expect(422, "review-pairs-too-many"));
    let more = json!({ "run": office.run, "values": true });
    assert_eq!(draw(more).0, 400);
    let wanted = json!({ "project": office.project.to_string() });
    let queued = first.send("POST", "/api/v1/runs", Some(&wanted)).body["run"].clone();
    assert_eq!(draw(json!({ "run": queued })), expect(422, "review-run-unfit"));
    let open = office.service.unit.config.clerical.open_sets_max;
    for _ in 0..open {
        office.draw(40);
    }
    let full = office.try_draw(40, 9);
    assert_eq!((full.status, full.code()), (429, "review-sets-too-many"));
}

#[test]
fn what_cannot_be_judged_is_refused_by_name() {
    let office = office(&[SourceType::Police, SourceType::Court]);
    let [first, second, third] = &office.reviewers;
    let (set, pairs) = office.draw(40);
    let unjudged = first.send("POST", &format!("{set}/end"), None);
    assert_eq!((unjudged.status, unjudged.code()), (409, "review-unjudged"));
    assert_eq!(judge(first, &set, pairs + 1, "same").code(), "unknown-id");
    assert_eq!(judge(first, &set, 0, "same").code(), "unknown-id");
    assert_eq!(judge(first, &set, 1, "probably").code(), "request-malformed");
    let free = json!({ "verdict": "same", "reason": "both are named CANARYBIRD" });
    let free = first.send("PUT", &format!("{set}/pairs/1/judgement"), Some(&free));
    assert_eq!((free.status, free.code()), (400, "request-malformed"));
    assert!(!free.text.contains("CANARY"));
    for by in [first, second] {
        assert_eq!(judge(by, &set, 1, "same").status, 204);
    }
    let closed = judge(third, &set, 1, "different");
    assert_eq!((closed.status, closed.code()), (409, "review-pair-closed"));
    assert_eq!(first.send("POST", &format!("{set}/end"), None).status, 200);
    for path in ["next", "pairs/2"] {
        assert_eq!(first.get(&format!("{set}/{path}")).code(), "review-set-closed");
    }
    assert_eq!(judge(third, &set, 2, "same").code(), "review-set-closed");
    let again = first.send("POST", &format!("{set}/end"), None);
    assert_eq!((again.status, again.code()), (409, "review-set-closed"));
}

#[test]
fn the_same_seed_gives_the_same_pairs() {
    let office = office(&[SourceType::Police, SourceType::Court]);
    let pairs = |seed| {
        let drawn = office.try_draw(40, seed);
        let set = drawn.header("location").to_owned();
        let count = drawn.body["pairs"].as_u64().unwrap();
        let one = |place| office.reviewers[0].get(&format!("{set}/pairs/{place}")).body;
        (1..=count).map(one).collect::<Vec<Value>>()
    };
    assert_eq!(pairs(3), pairs(3));
    assert_ne!(pairs(3), pairs(4));
}

#[test]
fn of_two_sources_no_agency_is_asked() {
    let office = office(&[SourceType::Police, SourceType::Court]);
    let (set, pairs) = office.draw(40);
    let place = office.places(&set, pairs, false)[0];
    let asked = office.reviewers[0].send("POST", &format!("{set}/pairs/{place}/lookup"), None);
    assert_eq!((asked.status, asked.code()), (422, "lookup-across-sources"));
    for (_, agency) in &office.agencies {
        assert_eq!(agency.get("/api/v1/lookups").body, json!({ "lookups": [] }));
    }
    let denied = office.officer().get("/api/v1/audit/entries?kind=lookup-asked&outcome=denied");
    assert_eq!(denied.body["entries"][0]["reason"], "lookup-across-sources");
}

/// Whoever is a provider's client: no question of a run with a provider's rows reaches anybody.
#[test]
fn where_a_provider_is_linked_with_others_no_agency_is_asked() {
    let office = office(&[SourceType::Police, SourceType::Provider]);
    let (set, pairs) = office.draw(40);
    let mut codes = Vec::new();
    for place in 1..=pairs {
        let lookup = format!("{set}/pairs/{place}/lookup");
        let asked = office.reviewers[0].send("POST", &lookup, None);
        assert!([403, 422].contains(&asked.status), "{}", asked.text);
        codes.push(asked.code().to_owned());
    }
    assert!(codes.iter().any(|code| code == "lookup-provider"), "{codes:?}");
    assert!(codes.iter().any(|code| code == "lookup-across-sources"), "{codes:?}");
    for (_, agency) in &office.agencies {
        assert_eq!(agency.get("/api/v1/lookups").body, json!({ "lookups": [] }));
    }
}

#[test]
fn a_provider_alone_is_asked_about_its_own() {
    let office = office(&[SourceType::Provider]);
    let (set, _) = office.draw(40);
    assert_eq!(
        office.reviewers[0].send("POST", &format!("{set}/pairs/1/lookup"), None).status,
        201
    );
    let seen = office.agencies[0].1.get("/api/v1/lookups").body;
    assert_eq!(seen["lookups"][0]["source"], "provider");
}

#[test]
fn without_an_agreement_nothing_is_drawn_or_asked() {
    let office = office(&[SourceType::Police, SourceType::Court]);
    let (set, pairs) = office.draw(40);
    let officer = office.officer();
    let listed = officer.get("/api/v1/agreements").body;
    let irb = listed["agreements"].as_array().unwrap().iter().find(|it| it["kind"] == "irb");
    let path = format!("/api/v1/agreements/{}", irb.unwrap()["agreement"].as_str().unwrap());
    assert_eq!(officer.send("DELETE", &format!("{path}?reason=suspended"), None).status, 204);
    let drawn = office.try_draw(40, 9);
    assert_eq!((drawn.status, drawn.code()), (403, "irb-ended"));
    let place = office.places(&set, pairs, true)[0];
    let asked = office.reviewers[0].send("POST", &format!("{set}/pairs/{place}/lookup"), None);
    assert_eq!((asked.status, asked.code()), (403, "irb-ended"));
    let denied = officer.get("/api/v1/audit/entries?kind=review-set-drawn&outcome=denied").body;
    assert_eq!(denied["entries"][0]["reason"], "irb-ended");
}
