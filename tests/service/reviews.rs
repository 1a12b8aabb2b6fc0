//! Weekly reviews of the log.

use serde_json::json;
use tallystick::accounts::Role;

use crate::unit::Service;

const DAY: i64 = 86_400;

#[test]
fn a_week_is_signed_off_once_after_its_end_over_the_head_that_was_looked_at() {
    let service = Service::start();
    // The clock stands on Wednesday, 4 July 2018.
    let holder = service.enrol("the.officer", &[Role::Compliance]);
    let officer = service.signed_in(&holder);
    let sign = |caller: &crate::unit::Caller, week: &str, head: &str| {
        let wanted = json!({ "week": week, "head": head, "finding": "nothing-found" });
        caller.send("POST", "/api/v1/audit/reviews", Some(&wanted))
    };
    let head = |caller: &crate::unit::Caller| {
        caller.get("/api/v1/audit/head").body["anchor"].as_str().unwrap().to_owned()
    };
    let early = head(&officer);
    assert_eq!(sign(&officer, "2018-07-02", &early).code(), "review-week", "it is not over");
    let refused = json!({"name": "nobody", "password": "x", "code": "1"});
    service.anonymous().send("POST", "/api/v1/sessions", Some(&refused));
    service.clock.advance_seconds(7 * DAY);
    let officer = service.signed_in(&holder);
    let listed = officer.get("/api/v1/audit/reviews").body;
    assert_eq!((&listed["open"], &listed["overdue"]), (&json!(["2018-07-02"]), &json!([])));
    assert_eq!(sign(&officer, "2018-07-03", &head(&officer)).code(), "review-week");
    assert_eq!(
        sign(&officer, "2018-06-25", &head(&officer)).code(),
        "review-week",
        "nothing is in it"
    );
    assert_eq!(sign(&officer, "2018-07-02", &early).code(), "review-head", "more came after it");
    let foreign = format!("{}:{}", head(&officer).split(':').next().unwrap(), "0".repeat(64));
    assert_eq!(sign(&officer, "2018-07-02", &foreign).code(), "review-head");
    let made = sign(&officer, "2018-07-02", &head(&officer));
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(made.body["counts"]["sign_ins_refused"], 1);
    assert_eq!(made.body["counts"]["entries"], made.body["last"]);
    assert_eq!(sign(&officer, "2018-07-02", &head(&officer)).code(), "review-done");
    let listed = officer.get("/api/v1/audit/reviews").body;
    assert_eq!((&listed["open"], listed["reviews"].as_array().unwrap().len()), (&json!([]), 1));
    assert_eq!(listed["reviews"][0]["reviewed_by"], holder.account.to_string());
    let logged = officer.get("/api/v1/audit/entries?kind=audit-reviewed").body;
    assert_eq!(logged["entries"][0]["counts"]["sign_ins_refused"], 1);
    assert_eq!(logged["entries"][0]["object"], "2018-07-02");
}

#[test]
fn an_overdue_week_stands_in_figures_and_says_nothing_to_others() {
    let service = Service::start();
    let officer = service.enrol("the.officer", &[Role::Compliance]);
    let operator = service.enrol("the.operator", &[Role::Operator]);
    let is_ready = || {
        let answer = service.anonymous().get("/api/v1/health/ready");
        assert_eq!((answer.status, answer.body), (200, json!({ "status": "ready" })));
    };
    is_ready();
    service.clock.advance_seconds(14 * DAY);
    is_ready();
    let figures = service.signed_in(&operator).get("/api/v1/metrics");
    // What a figure is at stands in the first service's of a process: here others are tested beside it.
    assert_eq!(figures.status, 200);
    let officer = service.signed_in(&officer);
    let overdue = || officer.get("/api/v1/audit/reviews").body["overdue"].clone();
    assert_eq!(overdue(), json!(["2018-07-02"]));
    let head = officer.get("/api/v1/audit/head").body["anchor"].clone();
    let wanted = json!({ "week": "2018-07-02", "head": head, "finding": "explained" });
    assert_eq!(officer.send("POST", "/api/v1/audit/reviews", Some(&wanted)).status, 201);
    assert_eq!(overdue(), json!([]));
}
