//! Requests for a change.

use tallystick::release::requests;
use tallystick::store::StoreError;

use super::{HOSTILE, Office};

fn texts(office: &Office) -> Vec<Option<String>> {
    let found = office.desk.service.unit.store.read(|connection| {
        let mut statement =
            connection.prepare("SELECT text FROM change_request ORDER BY number")?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok::<_, StoreError>(rows.collect::<Result<Vec<Option<String>>, _>>()?)
    });
    found.unwrap()
}

#[test]
fn a_change_is_asked_for_and_answered_and_the_log_has_no_word_of_it() {
    let office = Office::open();
    let place = office.released();
    let ask = format!("{place}/request");
    assert!(office.evaluator.get(&ask).says("Write nothing about a person"));
    let send = |kind: &str, text: &str| {
        office.evaluator.submit(&ask, &ask, &[("kind", kind), ("text", text)])
    };
    let page = send("", "what");
    assert_eq!(page.status(), 422);
    assert!(page.says("id=\"kind-wrong\"") && page.says(">what</textarea>"));
    let page = send("question", &"x".repeat(501));
    assert_eq!(page.status(), 422);
    assert!(page.says("id=\"text-wrong\""));
    for bad in ["", " \r\n ", "a\u{1b}[2J"] {
        assert_eq!(send("question", bad).status(), 422, "{bad:?}");
    }
    let page = send(HOSTILE, HOSTILE);
    assert!(!page.says("<script>"));
    // Characters are counted, not bytes.
    let text = format!("{HOSTILE}{}", "\u{e9}".repeat(400));
    assert_eq!(send("missing-variable", &text).leads_to(), format!("{place}?done=asked"));

    for reader in [&office.preparer, &office.approver, &office.officer, &office.evaluator] {
        assert!(reader.get("/requests").says("A variable is missing"));
    }
    let list = office.preparer.get("/requests?state=open");
    let request = list.answer.text.split("href=\"/requests/").nth(1).unwrap();
    let request = format!("/requests/{}", request.split('"').next().unwrap());
    let page = office.preparer.get(&request);
    assert!(page.says("&#60;script&#62;") && !page.says("<script>") && page.says("the.evaluator"));
    let page = office.preparer.submit(&request, &request, &[("state", "open"), ("text", "x")]);
    assert_eq!(page.status(), 422);
    assert!(page.says("id=\"state-wrong\""));
    let answer = [("state", "accepted"), ("text", "In the next release.")];
    let done = office.preparer.submit(&request, &request, &answer);
    assert!(office.preparer.follow(&done).says("In the next release."));
    let page = office.evaluator.get(&request);
    assert!(page.says("In the next release.") && !page.says("the.preparer"));
    assert!(!page.says("<textarea"), "evaluators do not answer");
    let page = office.evaluator.submit("/account", &request, &answer);
    assert_eq!(page.status(), 404);
    let close = [("state", "done"), ("text", "Release 2.")];
    office.officer.submit(&request, &request, &close).leads_to();
    assert_eq!(office.officer.submit("/account", &request, &close).status(), 409);

    let all = office.desk.service.unit.store.read(|connection| {
        let sql = "SELECT group_concat(body) FROM audit_entry";
        Ok::<String, StoreError>(connection.query_row(sql, [], |row| row.get(0))?)
    });
    let all = all.unwrap();
    assert!(!all.contains("alert(1)") && !all.contains("next release"));
    assert!(office.logged("release-change-asked").contains("kind_missing_variable"));
    assert!(office.logged("release-change-answered").starts_with("done"));
}

#[test]
fn only_recipients_ask_and_only_for_what_was_released() {
    let office = Office::open();
    let fields = [("kind", "question"), ("text", "what")];
    let waits = format!("{}/request", office.checked());
    assert_eq!(office.evaluator.get(&waits).status(), 404);
    assert_eq!(office.evaluator.submit("/account", &waits, &fields).status(), 404);
    let place = format!("{}/request", office.released());
    let stranger = office.stranger();
    let refused = stranger.submit(&place, &place, &fields);
    assert_eq!(refused.status(), 403);
    assert!(refused.says("release-not-recipient"));
    office.evaluator.submit(&place, &place, &fields).leads_to();
    assert!(stranger.get("/requests").says("No request"));
    let list = office.evaluator.get("/requests");
    let request = list.answer.text.split("href=\"/requests/").nth(1).unwrap();
    let request = format!("/requests/{}", request.split('"').next().unwrap());
    assert_eq!(stranger.get(&request).status(), 404);
    for _ in 1..requests::OPEN_MAX {
        office.evaluator.submit(&place, &place, &fields).leads_to();
    }
    assert_eq!(office.evaluator.submit(&place, &place, &fields).status(), 429);
}

#[test]
fn texts_are_erased_when_the_licences_retention_is_over() {
    let office = Office::open();
    let place = format!("{}/request", office.released());
    let fields = [("kind", "renewal"), ("text", "once more")];
    office.evaluator.submit(&place, &place, &fields).leads_to();
    let store = &office.desk.service.unit.store;
    assert_eq!(requests::erase_texts(store).unwrap(), 0);
    office.set("UPDATE change_request SET kept_until = 0");
    // What is over is not shown, whether it was erased yet or not.
    let list = office.evaluator.get("/requests");
    let request = list.answer.text.split("href=\"/requests/").nth(1).unwrap();
    let request = format!("/requests/{}", request.split('"').next().unwrap());
    let page = office.evaluator.get(&request);
    assert!(page.says("The text was erased") && !page.says("once more"));
    assert_eq!(texts(&office), [Some("once more".to_owned())]);
    assert_eq!(requests::erase_texts(store).unwrap(), 1);
    assert_eq!(texts(&office), [None]);
    assert_eq!(requests::erase_texts(store).unwrap(), 0);
}
