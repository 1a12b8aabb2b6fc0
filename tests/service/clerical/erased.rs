//! What is taken out or destroyed takes the pairs of its runs along.

use super::*;

/// A set that is open with a question, and one that is finished.
fn reviewed(office: &Office) -> [String; 2] {
    let [first, second, _] = &office.reviewers;
    let (open, pairs) = office.draw(40);
    let within = office.places(&open, pairs, true);
    for place in within {
        let asked = first.send("POST", &format!("{open}/pairs/{place}/lookup"), None);
        assert_eq!(asked.status, 201, "{}", asked.text);
    }
    assert_eq!(office.agencies[0].1.get("/api/v1/lookups").body["lookups"][0]["is_open"], true);
    let (finished, _) = office.draw(40);
    for by in [first, second] {
        assert_eq!(judge(by, &finished, 1, "same").status, 204);
    }
    assert_eq!(first.send("POST", &format!("{finished}/end"), None).status, 200);
    [open, finished]
}

/// Files of pairs of which the key is there.
fn kept(office: &Office) -> u64 {
    let sql = "SELECT count(*) FROM segment WHERE kind = 'pairs' AND wrapped_key IS NOT NULL";
    let look = |connection: &rusqlite::Connection| {
        Ok::<_, tallystick::store::StoreError>(connection.query_row(sql, [], |row| row.get(0))?)
    };
    office.service.unit.store.read(look).unwrap()
}

fn check_unseen(office: &Office, open: &str) {
    let first = &office.reviewers[0];
    let removed = first.get(open).body;
    assert_eq!((&removed["state"], &removed["estimates"]), (&json!("removed"), &Value::Null));
    assert_eq!(first.get(&format!("{open}/next")).code(), "review-set-closed");
    assert_eq!(judge(first, open, 1, "same").code(), "review-set-closed");
    for (_, agency) in &office.agencies {
        assert_eq!(agency.get("/api/v1/lookups").body, json!({ "lookups": [] }));
    }
    assert_eq!(office.try_draw(40, 1).code(), "review-run-unfit");
}

fn check_gone(office: &Office, [open, finished]: &[String; 2]) {
    let first = &office.reviewers[0];
    // At once, and when the thread that works on runs has erased them.
    for _ in 0..2 {
        check_unseen(office, open);
        assert_eq!(runs::work(&office.service.unit, &|_| false).unwrap(), None);
        assert_eq!(kept(office), 0);
    }
    let stays = first.get(finished).body;
    assert_eq!((&stays["state"], &stays["estimates"]["closed"]), (&json!("finished"), &json!(1)));
    let entries = office.officer().get("/api/v1/audit/entries?kind=data-destroyed").body;
    let of_pairs = entries["entries"].as_array().unwrap().iter();
    let files: Vec<&Value> = of_pairs
        .filter(|entry| entry["object_kind"] == "run-pairs")
        .map(|entry| &entry["counts"]["files"])
        .collect();
    assert_eq!(files, [&json!(3)], "what the run kept, and two sets");
}

#[test]
fn a_retraction_removes_the_pairs_of_runs_that_linked_the_agency() {
    let office = office(&[SourceType::Police, SourceType::Court]);
    let sets = reviewed(&office);
    assert_eq!(kept(&office), 3);
    let handle = crowd(SourceType::Police).handles[0].to_string();
    let path = format!("/api/v1/projects/{}/retractions", office.project);
    let wanted = json!({ "handles": [handle] });
    assert_eq!(office.agencies[0].1.send("POST", &path, Some(&wanted)).status, 201);
    check_gone(&office, &sets);
}

#[test]
fn a_withdrawal_removes_them_too() {
    let office = office(&[SourceType::Police, SourceType::Court]);
    let sets = reviewed(&office);
    let police = &office.agencies[0].1;
    let listed = police.get("/api/v1/submissions").body;
    let id = listed["submissions"][0]["submission"].as_str().unwrap();
    assert_eq!(police.send("DELETE", &format!("/api/v1/submissions/{id}"), None).status, 204);
    check_gone(&office, &sets);
}

#[test]
fn a_consent_that_is_taken_back_removes_them_too() {
    let office = office(&[SourceType::Provider]);
    let provider = &office.agencies[0].1;
    let path = format!("/api/v1/projects/{}/consents", office.project);
    let consent = |revoked: bool| {
        let handle = crowd(SourceType::Provider).handles[0];
        let csv = format!("handle,basis,valid_until,revoked\n{handle},consent,,{revoked}\n");
        let csv =
            provider.send_bytes("PUT", &path, &[("content-type", "text/csv")], csv.as_bytes());
        assert_eq!(csv.status, 200, "{}", csv.text);
    };
    let sets = reviewed(&office);
    consent(true);
    check_gone(&office, &sets);
}

#[test]
fn destruction_erases_them_and_its_certificate_names_them() {
    let office = office(&[SourceType::Police, SourceType::Court]);
    let sets = reviewed(&office);
    let path = format!("/api/v1/runs/{}/destruction", office.run);
    let officer = office.service.enrol("the.destroyer", &[Role::Compliance]);
    let made = office.service.signed_in(&officer).send("POST", &path, None);
    assert_eq!(made.status, 201, "{}", made.text);
    let certificate: Value =
        serde_json::from_str(made.body["certificate"].as_str().unwrap()).unwrap();
    // Persons, their ids, the note of known persons; what the run kept for reviews, and two sets.
    assert_eq!(certificate["files"].as_array().unwrap().len(), 6);
    check_gone(&office, &sets);
}
