//! Clerical review over HTTPS: drawn, judged blind by two, decided by a third, looked up by an agency, estimated, erased.

mod crowd;
mod erased;
mod refused;

use serde_json::{Value, json};
use tallystick::accounts::{self, Role};
use tallystick::agreements::Basis;
use tallystick::ids::{AgencyId, ProjectId, RunId, hex};
use tallystick::runs;
use tallystick_wire::SourceType;

use crate::agreed;
use crate::container::Draft;
use crate::police::uploader;
use crate::unit::{Answer, Caller, Service};
use crowd::crowd;

/// A unit whose agencies have uploaded and which has linked them, with three operators.
pub(crate) struct Office {
    pub(crate) service: Service,
    project: ProjectId,
    pub(crate) run: String,
    reviewers: [Caller; 3],
    agencies: Vec<(AgencyId, Caller)>,
}

pub(crate) fn office(kinds: &[SourceType]) -> Office {
    let service = Service::start();
    let number = hex(&Draft::standard().header.project.0);
    let project = accounts::record_project(&service.unit.store, None, "study", &number).unwrap();
    let agencies: Vec<(AgencyId, Caller)> = kinds
        .iter()
        .map(|kind| {
            let agency = service.agency(kind.as_str());
            agreed::to_upload(&service.unit.store, agency, project, Basis::Research);
            let caller = uploader(&service, &format!("the.{}", kind.as_str()), agency);
            let bytes = crowd(*kind).write();
            let answer = caller.send_bytes("PUT", "/api/v1/submissions", &[], &bytes);
            assert_eq!(answer.status, 201, "{}", answer.text);
            (agency, caller)
        })
        .collect();
    agreed::to_link(&service.unit.store, agencies.iter().map(|(agency, _)| *agency), project);
    let reviewers = ["the.first", "the.second", "the.third"]
        .map(|name| service.signed_in(&service.enrol(name, &[Role::Operator])));
    let mut office = Office { service, project, run: String::new(), reviewers, agencies };
    office.link();
    office
}

impl Office {
    /// Links what stands.
    fn link(&mut self) {
        let wanted = json!({ "project": self.project.to_string() });
        let queued = self.reviewers[0].send("POST", "/api/v1/runs", Some(&wanted));
        self.run = queued.body["run"].as_str().unwrap().to_owned();
        let run = RunId::parse(&self.run).unwrap();
        assert_eq!(runs::work(&self.service.unit, &|_| false).unwrap(), Some(run));
        let shown = self.reviewers[0].get(&format!("/api/v1/runs/{}", self.run));
        assert_eq!(shown.body["state"], "finished", "{}", shown.text);
    }

    pub(crate) fn agency_ids(&self) -> Vec<AgencyId> {
        self.agencies.iter().map(|(agency, _)| *agency).collect()
    }

    fn try_draw(&self, pairs: u32, seed: u32) -> Answer {
        let wanted = json!({ "run": self.run, "pairs": pairs, "seed": seed });
        self.reviewers[0].send("POST", "/api/v1/review-sets", Some(&wanted))
    }

    /// Draws a set; gives its address and its pairs.
    fn draw(&self, pairs: u32) -> (String, u64) {
        let drawn = self.try_draw(pairs, 7);
        assert_eq!(drawn.status, 201, "{}", drawn.text);
        (drawn.header("location").to_owned(), drawn.body["pairs"].as_u64().unwrap())
    }

    fn officer(&self) -> Caller {
        self.service.signed_in(&self.service.enrol("the.officer", &[Role::Compliance]))
    }

    /// Places of pairs within one source, or of two.
    fn places(&self, set: &str, pairs: u64, is_one_source: bool) -> Vec<u64> {
        let is_one = |place: &u64| {
            let pair = self.reviewers[0].get(&format!("{set}/pairs/{place}"));
            assert_eq!(pair.status, 200, "{}", pair.text);
            pair.body["is_one_source"] == is_one_source
        };
        (1..=pairs).filter(is_one).collect()
    }
}

fn judge(by: &Caller, set: &str, place: u64, verdict: &str) -> Answer {
    let body = json!({ "verdict": verdict });
    by.send("PUT", &format!("{set}/pairs/{place}/judgement"), Some(&body))
}

/// Judges whatever is next until nothing is left; gives how many that were.
fn judge_all(by: &Caller, set: &str, verdict: &dyn Fn(&Value) -> &'static str) -> u64 {
    let mut judged = 0;
    loop {
        let next = by.get(&format!("{set}/next"));
        if next.status == 409 {
            assert_eq!(next.code(), "review-set-closed");
            return judged;
        }
        assert_eq!(next.status, 200, "{}", next.text);
        let pair = &next.body["pair"];
        if pair.is_null() {
            return judged;
        }
        let place = pair["pair"].as_u64().unwrap();
        assert_eq!(judge(by, set, place, verdict(pair)).status, 204);
        judged += 1;
    }
}

/// Same where family name and birth date are.
fn by_levels(pair: &Value) -> &'static str {
    let level = |name: &str| {
        let all = pair["comparisons"].as_array().unwrap();
        all.iter().find(|it| it["comparison"] == name).unwrap()["level"].clone()
    };
    match (level("family name") == "same", level("date of birth") == "same") {
        (true, true) => "same",
        _ => "different",
    }
}

#[test]
fn pairs_are_drawn_judged_by_two_decided_by_a_third_and_estimated() {
    let office = office(&[SourceType::Police, SourceType::Court]);
    let [first, second, third] = &office.reviewers;
    let (set, pairs) = office.draw(40);
    let shown = |by: &Caller| by.get(&set).body;
    assert_eq!(shown(first)["left"], pairs);
    assert!(shown(first)["estimates"].is_null());
    assert_eq!(judge_all(first, &set, &by_levels), pairs);
    // The second says otherwise of the first pair, and has said it twice: that counts once.
    assert_eq!(judge(second, &set, 1, "cannot-tell").status, 204);
    assert_eq!(judge(second, &set, 1, "cannot-tell").status, 204);
    assert_eq!(judge_all(second, &set, &by_levels), pairs - 1);
    for by in [first, second] {
        let seen = shown(by);
        assert_eq!((&seen["state"], &seen["left"]), (&json!("open"), &json!(0)));
        assert_eq!((&seen["own"], &seen["judgements"]), (&json!(pairs), &json!(2 * pairs)));
    }
    assert_eq!(judge(third, &set, 2, "same").code(), "review-pair-closed");
    let next = third.get(&format!("{set}/next")).body["pair"]["pair"].clone();
    assert_eq!(next, 1, "what two differ on is the third's");
    assert_eq!(judge(third, &set, 1, "same").status, 204);
    let set_shown = shown(third);
    assert_eq!(set_shown["state"], "finished");
    let estimates = &set_shown["estimates"];
    assert_eq!((&estimates["closed"], &estimates["adjudicated"]), (&json!(pairs), &json!(1)));
    let agreed = estimates["agreed"].as_f64().unwrap();
    assert!((agreed - (pairs - 1) as f64 / pairs as f64).abs() < 1e-9, "{agreed}");
    let precision = &estimates["precision"];
    assert!(precision["low"].as_f64() <= precision["value"].as_f64(), "{precision}");
    let drawn = |stratum: &Value| stratum["drawn"].as_u64().unwrap();
    assert_eq!(estimates["strata"].as_array().unwrap().iter().map(drawn).sum::<u64>(), pairs);
    let run = first.get(&format!("/api/v1/runs/{}", office.run)).body;
    assert_eq!(&run["reviews"][0]["estimates"], estimates);
    let answer = format!("/api/v1/audit/answers/A11?project={}", office.project);
    let answer = office.officer().get(&answer);
    let said = format!(
        "{pairs} pairs were judged, {pairs} of them by two; the two agreed on {}; a third judged 1",
        pairs - 1
    );
    assert!(answer.text.contains(&said), "{}", answer.text);
    assert!(answer.text.contains("precision_permille"), "{}", answer.text);
}

#[test]
fn a_reviewer_sees_levels_and_neither_weight_nor_decision_nor_others() {
    let office = office(&[SourceType::Police, SourceType::Court]);
    let [first, second, _] = &office.reviewers;
    let (set, _) = office.draw(40);
    let place = format!("{set}/pairs/1");
    let before = first.get(&place);
    let keys: Vec<&String> = before.body.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["comparisons", "first_kind", "is_one_source", "own", "pair", "second_kind"]);
    for compared in before.body["comparisons"].as_array().unwrap() {
        let level = compared["level"].as_str().unwrap();
        assert!(["same", "near", "different", "missing"].contains(&level));
    }
    let seen = |by: &Caller| (by.get(&place).body, by.get(&format!("{set}/next")).body);
    let unjudged = seen(first);
    assert_eq!(judge(second, &set, 1, "same").status, 204);
    assert_eq!(seen(first), unjudged, "what another judged is not shown");
    let answers = ["same", "different"].map(|verdict| {
        let answer = judge(first, &set, if verdict == "same" { 1 } else { 2 }, verdict);
        (answer.status, answer.text)
    });
    assert_eq!(answers[0], answers[1], "nor whether the two agree");
    let text = format!("{before:?}", before = before.text);
    for word in ["weight", "stratum", "linked", "probability"] {
        assert!(!text.contains(word), "{word}");
    }
}

#[test]
fn a_judgement_is_corrected_by_its_maker_until_another_has_judged() {
    let office = office(&[SourceType::Police, SourceType::Court]);
    let [first, second, _] = &office.reviewers;
    let (set, _) = office.draw(40);
    let own = |by: &Caller| by.get(&format!("{set}/pairs/1")).body["own"]["verdict"].clone();
    assert_eq!(judge(first, &set, 1, "different").status, 204);
    assert_eq!(judge(first, &set, 1, "cannot-tell").status, 204);
    assert_eq!(judge(first, &set, 1, "same").status, 204);
    assert_eq!(judge(second, &set, 1, "same").status, 204);
    assert_eq!((own(first), own(second)), (json!("same"), json!("same")));
    for by in [first, second] {
        assert_eq!(judge(by, &set, 1, "same").status, 204, "it stands as it was judged");
    }
    let entries = office.officer().get("/api/v1/audit/entries?kind=review-decided").body;
    let mut turns: Vec<(u64, u64)> = entries["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            let count = |name: &str| entry["counts"][name].as_u64().unwrap();
            (count("turn"), count("corrections"))
        })
        .collect();
    turns.sort_unstable();
    assert_eq!(turns, [(1, 0), (1, 1), (1, 1), (2, 0)]);
    // Ended early; the two agree, as the first judged before the second came.
    let ended = first.send("POST", &format!("{set}/end"), None);
    assert_eq!(ended.status, 200, "{}", ended.text);
    let estimates = &ended.body["estimates"];
    assert_eq!((&estimates["closed"], &estimates["agreed"]), (&json!(1), &json!(1.0)));
}

#[test]
fn a_correction_that_is_refused_does_not_tell_whether_two_agree() {
    let office = office(&[SourceType::Police, SourceType::Court]);
    let [first, second, _] = &office.reviewers;
    let (set, _) = office.draw(40);
    for (place, verdict) in [(1, "same"), (2, "different")] {
        assert_eq!(judge(first, &set, place, "same").status, 204);
        assert_eq!(judge(second, &set, place, verdict).status, 204);
    }
    for by in [first, second] {
        let answers = [1, 2].map(|place| judge(by, &set, place, "cannot-tell"));
        assert_eq!(answers[0].code(), "review-pair-closed");
        assert_eq!(answers[0].text, answers[1].text);
    }
}

#[test]
fn questions_that_wait_stand_before_those_that_were_answered() {
    let office = office(&[SourceType::Police]);
    let [first, ..] = &office.reviewers;
    let [(_, police)] = &office.agencies[..] else { panic!("one agency") };
    let (set, _) = office.draw(40);
    let ask = |place: u32| {
        office.service.clock.advance_seconds(1);
        let asked = first.send("POST", &format!("{set}/pairs/{place}/lookup"), None);
        assert_eq!(asked.status, 201, "{}", asked.text);
        asked.body["lookup"].as_str().unwrap().to_owned()
    };
    let [older, newer] = [1, 2].map(ask);
    let listed = || {
        let body = police.get("/api/v1/lookups").body;
        let ids = body["lookups"].as_array().unwrap().iter();
        ids.map(|it| it["lookup"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(listed(), [newer.clone(), older.clone()]);
    let path = format!("/api/v1/lookups/{newer}/answer");
    assert_eq!(police.send("PUT", &path, Some(&json!({ "answer": "same" }))).status, 204);
    assert_eq!(listed(), [older, newer]);
}

#[test]
fn an_agency_looks_up_its_own_records_and_its_answer_counts() {
    let office = office(&[SourceType::Police, SourceType::Court]);
    let [first, second, _] = &office.reviewers;
    let [(_, police), (_, court)] = &office.agencies[..] else { panic!("two agencies") };
    let (set, pairs) = office.draw(40);
    let own = |place: &u64| {
        let pair = first.get(&format!("{set}/pairs/{place}")).body;
        pair["first_kind"] == "police"
    };
    let within = office.places(&set, pairs, true);
    let place = *within.iter().find(|place| own(place)).expect("a pair of the police");
    let lookup = format!("{set}/pairs/{place}/lookup");
    let asked = first.send("POST", &lookup, None);
    assert_eq!(asked.status, 201, "{}", asked.text);
    assert_eq!(first.send("POST", &lookup, None).code(), "lookup-asked");
    assert_eq!(court.get("/api/v1/lookups").body, json!({ "lookups": [] }));
    let seen = police.get("/api/v1/lookups").body;
    let question = &seen["lookups"][0];
    assert_eq!((&question["source"], &question["is_open"]), (&json!("police"), &json!(true)));
    let handles: Vec<&str> =
        question["handles"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    let known: Vec<String> =
        crowd(SourceType::Police).handles.iter().map(ToString::to_string).collect();
    assert!(handles.iter().all(|it| known.contains(&(*it).to_owned())), "its own handles");
    let id = question["lookup"].as_str().unwrap();
    let answer = |by: &Caller, said: &str| {
        let body = json!({ "answer": said });
        by.send("PUT", &format!("/api/v1/lookups/{id}/answer"), Some(&body))
    };
    assert_eq!(answer(court, "same").code(), "unknown-id");
    assert_eq!(answer(police, "perhaps").code(), "request-malformed");
    judge_all(first, &set, &by_levels);
    judge_all(second, &set, &by_levels);
    assert_eq!(first.get(&set).body["state"], "open", "a question is open");
    assert_eq!(answer(police, "different").status, 204);
    assert_eq!(answer(police, "different").status, 204, "once more changes nothing");
    assert_eq!(answer(police, "same").code(), "review-set-closed");
    let shown = first.get(&set).body;
    assert_eq!(
        (&shown["state"], &shown["estimates"]["by_agency"]),
        (&json!("finished"), &json!(1))
    );
    assert_eq!(police.get("/api/v1/lookups").body["lookups"][0]["answer"], "different");
}
