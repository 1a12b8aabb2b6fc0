//! Pages of agencies: what they may send, what they sent, taking it back, and that each sees its own only.

use tallystick::accounts::{NewAccount, Role, Roles};
use tallystick::agreements::{self, EndReason};
use tallystick::ids::AgencyId;

use super::{Browser, Page};
use crate::police::{Police, made, police, submission};

fn browser(police: &Police, name: &str, agency: AgencyId) -> Browser {
    let holder = police.service.enrol_as(NewAccount {
        name: name.to_owned(),
        roles: Roles::new([Role::Uploader]).unwrap(),
        agency: Some(agency),
        projects: Vec::new(),
        trained_until: None,
    });
    Browser::of(&police.service, &holder)
}

/// Sends a submission; gives its id.
fn sent(police: &Police, bytes: &[u8]) -> String {
    let answer = police.put(bytes);
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.body["receipt"].as_str().unwrap().to_owned()
}

/// A second submission, which supersedes the first.
fn another() -> Vec<u8> {
    made(|draft| draft.content = Some(vec![7; 300]))
}

#[test]
fn the_first_page_says_what_may_be_sent_and_why_not() {
    let police = police();
    let browser = browser(&police, "records", police.agency);
    let home = browser.follow(&browser.get("/"));
    for said in ["<h1>police</h1>", "study", "open for uploads", "Agreed until", "none yet"] {
        assert!(home.says(said), "{said}");
    }
    assert!(home.says("Nothing was sent yet") && !home.says("Consents of your clients"));
    let upload = browser.get("/agency/upload");
    assert!(upload.says("data-source=\"police\" data-source-type=\"police\""));
    assert!(upload.says("&#34;is_open&#34;:true") && upload.says("tallystick-agency"));

    let first = sent(&police, &submission());
    assert!(browser.get("/agency").says(&first));
    let [_, dsa] = police.agreements;
    agreements::end(&police.service.unit.store, None, dsa, EndReason::Suspended).unwrap();
    let home = browser.get("/agency");
    assert!(home.says("closed") && home.says("the data sharing agreement was ended"));
    assert!(!home.says("Upload an export"));
    assert!(browser.get("/agency/upload").says("&#34;is_open&#34;:false"));
}

#[test]
fn submissions_are_found_looked_at_and_withdrawn() {
    let police = police();
    let browser = browser(&police, "records", police.agency);
    assert!(browser.get("/agency/submissions").says("Nothing was sent yet"));
    let first = sent(&police, &submission());
    police.service.clock.advance_seconds(60);
    let second = sent(&police, &another());

    let list = browser.get("/agency/submissions");
    assert!(list.says(&first) && list.says(&second) && list.says("superseded"));
    let found = |query: &str| browser.get(&format!("/agency/submissions?{query}"));
    let by_id = found(&format!("q={}", &second[..12]));
    assert!(by_id.says(&second) && !by_id.says(&first));
    let superseded = found("state=superseded");
    assert!(superseded.says(&first) && !superseded.says(&second));
    assert!(found(&format!("project={}", police.project)).says(&second));
    for odd in ["q=%25", "q=_", "q='", "state=x&q=zzz", "q=%00"] {
        let page = found(odd);
        assert_eq!(page.status(), 200, "{odd}");
        assert!(page.says("Nothing found"), "{odd}");
    }
    let hostile = found("q=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E");
    assert!(!hostile.says("<script>") && hostile.says("&#60;script&#62;"));

    let page = browser.get(&format!("/agency/submissions/{first}"));
    assert!(page.says("A later submission took its place") && page.says(&second));
    let receipt = browser.get(&format!("/agency/submissions/{second}/receipt"));
    assert!(receipt.answer.header("content-disposition").starts_with("attachment"));
    assert!(receipt.says("\"signature\":\""));

    let ask = format!("/agency/submissions/{second}/withdraw");
    assert!(browser.get(&ask).says("This cannot be undone"));
    let done = browser.submit(&ask, &ask, &[]);
    assert_eq!(done.leads_to(), "/agency/submissions?done=withdrawn");
    assert!(browser.follow(&done).says("The submission was withdrawn"));
    assert!(browser.get(&format!("/agency/submissions/{second}")).says("are erased"));
    assert_eq!(browser.get(&ask).leads_to(), format!("/agency/submissions/{second}"));
}

#[test]
fn long_lists_are_paged() {
    let police = police();
    let browser = browser(&police, "records", police.agency);
    let ids: Vec<String> = (0..30)
        .map(|number| {
            // Within the time after which an unused session ends; the six last come in the same moment.
            if number < 25 {
                police.service.clock.advance_seconds(10);
            }
            sent(&police, &made(|draft| draft.content = Some(vec![number; 64])))
        })
        .collect();
    let next = |page: &Page| {
        let next = page.answer.text.split("class=\"button\" href=\"").nth(1).unwrap();
        next.split('"').next().unwrap().replace("&#38;", "&")
    };
    let page = browser.get("/agency/submissions");
    assert!(page.says(&ids[29]) && page.says(&ids[5]) && !page.says(&ids[4]));
    let older = browser.get(&next(&page));
    assert!(older.says(&ids[4]) && older.says(&ids[0]) && !older.says(&ids[5]));
    assert!(older.says(">Newest</a>") && !older.says(">Older</a>"));
    // From any of those of one moment on, none is left out and none comes twice.
    let listed = |page: &Page| ids.iter().filter(|id| page.says(id)).cloned().collect::<Vec<_>>();
    for last in &ids[24..] {
        let behind = listed(&browser.get(&format!("/agency/submissions?after={last}")));
        let of_the_moment = behind.iter().filter(|id| ids[24..].contains(id));
        let expected = ids[24..].iter().filter(|id| *id > last);
        assert!(of_the_moment.eq(expected));
        assert!(behind.contains(&ids[23]));
    }
}

#[test]
fn an_upload_that_was_begun_can_be_ended() {
    let police = police();
    let browser = browser(&police, "records", police.agency);
    let place = police.begin(5_000);
    assert!(browser.get("/agency").says("begun and not ended"));
    let id = place.rsplit('/').next().unwrap();
    let action = format!("/agency/uploads/{id}/end");
    let done = browser.submit("/agency/submissions", &action, &[]);
    assert!(browser.follow(&done).says("The upload was ended"));
    assert_eq!(police.offset(&place).0, 410);
}

#[test]
fn rows_are_taken_out_by_their_handles() {
    let police = police();
    let browser = browser(&police, "records", police.agency);
    assert!(browser.get("/agency/retractions").says("there is nothing to take out"));
    sent(&police, &submission());
    let project = police.project.to_string();
    let send = |handles: &str| {
        let fields = [("project", project.as_str()), ("handles", handles)];
        browser.submit("/agency/retractions", "/agency/retractions/check", &fields)
    };
    let wrong = send("handle\nSMITH\"><script>alert(1)</script>");
    assert_eq!(wrong.status(), 400);
    assert!(wrong.says("No handle in line 2.") && wrong.says("id=\"handles-wrong\""));
    assert!(!wrong.says("<script>alert"));
    let nowhere = [("project", "prj_x"), ("handles", "")];
    let nowhere = browser.submit("/agency/retractions", "/agency/retractions/check", &nowhere);
    assert!(nowhere.says("id=\"project-wrong\"") && nowhere.says("Give at least one handle."));

    let handles = "00112233445566778899aabbccddeeff\nffeeddccbbaa99887766554433221100";
    let ask = send(handles);
    assert!(ask.says("2 handles of study") && ask.says("This cannot be undone"));
    assert!(browser.get("/agency/retractions").says("None."), "nothing is done yet");
    let csrf = ask.hidden("csrf");
    let fields = [("csrf", csrf.as_str()), ("project", &project), ("handles", handles)];
    let done = browser.follow(&browser.post("/agency/retractions", &fields));
    assert!(done.says("The rows were taken out.") && done.says("<td class=\"number\">2</td>"));
    let again = browser.follow(&browser.post("/agency/retractions", &fields));
    assert!(again.says("had been taken out before"));
}

#[test]
fn a_provider_enters_consents_and_nobody_else() {
    let police = police();
    let records = browser(&police, "records", police.agency);
    assert!(records.get("/agency/consents").says("Only providers of treatment"));
    let provider = police.service.agency("provider");
    police.service.agree(provider, police.project);
    let browser = browser(&police, "clinic", provider);
    assert!(browser.get("/agency").says("Consents of your clients"));
    let project = police.project.to_string();
    let send = |list: &str| {
        let fields = [("project", project.as_str()), ("list", list)];
        browser.submit("/agency/consents", "/agency/consents", &fields)
    };
    let wrong = send("handle,basis,valid_until,revoked\nSMITH,consent,,false\n");
    assert_eq!(wrong.status(), 422);
    assert!(wrong.says("line 2") && wrong.says("role=\"alert\""));
    let list =
        "handle,basis,valid_until,revoked\n000102030405060708090a0b0c0d0e01,consent,,false\n";
    assert!(browser.follow(&send(list)).says("The consents were entered"));
}

#[test]
fn another_agency_sees_none_of_it() {
    let police = police();
    let court = police.service.agency("court");
    police.service.agree(court, police.project);
    let browser = browser(&police, "clerk", court);
    let first = sent(&police, &submission());
    let place = police.begin(5_000);
    let upload = place.rsplit('/').next().unwrap();
    let before = browser.get("/agency").answer.text;
    let second = sent(&police, &another());
    assert_eq!(browser.get("/agency").answer.text, before, "others' submissions change nothing");
    for path in ["/agency", "/agency/upload", "/agency/submissions", "/agency/retractions"] {
        let page = browser.get(path);
        for foreign in ["police", &first, &second, upload] {
            assert!(!page.says(foreign), "{path} says {foreign}");
        }
    }
    for id in [&first, &second] {
        for path in ["", "/receipt", "/withdraw"] {
            assert_eq!(browser.get(&format!("/agency/submissions/{id}{path}")).status(), 404);
        }
        let path = format!("/agency/submissions/{id}/withdraw");
        assert_eq!(browser.submit("/agency", &path, &[]).status(), 404);
    }
    let end = browser.submit("/agency", &format!("/agency/uploads/{upload}/end"), &[]);
    assert_eq!(end.status(), 404);
    let fields = [("project", &police.project.to_string()[..]), ("handles", &"0".repeat(32)[..])];
    let foreign = browser.submit("/agency", "/agency/retractions/check", &fields);
    assert_eq!(foreign.status(), 400);
    assert!(foreign.says("Your agency has sent nothing yet"), "it never sent for the project");
}
