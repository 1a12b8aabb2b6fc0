//! Lists, and what evaluators see.

use super::{Office, id_of};

#[test]
fn an_evaluator_sees_what_was_released_and_accepts_the_terms_to_have_it() {
    let office = Office::open();
    let waits = office.checked();
    assert_eq!(office.evaluator.get(&waits).status(), 404);
    assert!(office.evaluator.get("/releases").says("No release yet"));

    let place = office.released();
    let list = office.evaluator.get("/releases");
    assert!(list.says(&place) && !list.says(&waits) && list.says("open for download"));
    let page = office.evaluator.get(&place);
    let shown = [
        "I have read the terms",
        "verify-bundle",
        "1.2 MB",
        "2,345",
        "not shown",
        "PC 647(b)",
        "POST365",
        "<svg",
    ];
    for text in shown {
        assert!(page.says(text), "{text}");
    }
    // Evaluators learn no log-in names, no counts of the check, and nobody else's downloads.
    for text in ["the.preparer", "the.approver", "What the check found", "Recipients at"] {
        assert!(!page.says(text), "{text}");
    }
    let download = format!("{place}/download");
    let refused = office.evaluator.submit(&place, &download, &[]);
    assert_eq!(refused.status(), 400);
    assert!(refused.says("(release-terms)") && refused.says("role=\"alert\""));
    assert_eq!(office.logged("release-downloaded").split(' ').next(), Some("release-terms"));

    let stranger = office.stranger();
    let page = stranger.get(&place);
    assert!(page.says("You cannot download it now") && page.says("release-not-recipient"));
    assert!(!page.says("<svg") && !page.says("/codebook"), "nothing of what is in the bundle");
    let terms = [("terms", "accepted")];
    assert_eq!(stranger.submit("/account", &download, &terms).status(), 403);
    for paper in ["report", "report.html", "codebook", "evaluation"] {
        assert_eq!(stranger.get(&format!("{place}/{paper}")).status(), 403, "{paper}");
    }
    assert!(office.logged("release-read").starts_with("release-not-recipient"));
}

#[test]
fn a_plan_that_cannot_be_read_is_refused_with_its_line() {
    let office = Office::open();
    let place = format!("{}/evaluation", office.released());
    let form = office.evaluator.get(&place);
    assert!(form.says("programme = &#34;LEAD&#34;") && form.says("Save the report as a file"));
    let submit = |plan: &str| office.evaluator.submit(&place, &place, &[("plan", plan)]);
    let refused = submit("programme = \"LEAD\"\ncomparison = <script>alert(1)</script>\n");
    assert_eq!(refused.status(), 422);
    assert!(refused.says("Line 2 of the plan") && refused.says("(plan-syntax)"));
    assert!(refused.says("aria-invalid=\"true\"") && !refused.says("<script>alert"));
    let long = submit(&"x".repeat(60_000));
    assert!(long.status() == 422 && long.says("(plan-syntax)"), "{}", long.answer.text);
    let logged = office.officer.get("/audit?kind=release-read");
    assert!(logged.status() == 200 && !logged.says("read a release"), "no look is logged");
    for other in [&office.preparer, &office.approver, &office.officer] {
        assert_eq!(other.get(&place).status(), 403, "free queries are for who has the rows");
        let shown = other.get(place.strip_suffix("/evaluation").unwrap());
        assert!(shown.status() == 200 && !shown.says("/evaluation"));
    }
    let saved = format!("{place}.html");
    let refused = office.evaluator.submit(&place, &saved, &[("plan", "x")]);
    assert_eq!(refused.status(), 422);
}

#[test]
fn what_is_over_says_so_and_leads_to_what_took_its_place() {
    let office = Office::open();
    let (old, new) = (office.released(), office.released());
    office.set(&format!(
        "UPDATE release SET replaces = '{}' WHERE id = '{}'",
        id_of(&old),
        id_of(&new)
    ));
    office.set(&format!(
        "UPDATE release SET superseded_at = 5, superseded_because = 'replaced' WHERE id = '{}'",
        id_of(&old)
    ));
    let page = office.evaluator.get(&old);
    assert!(page.says("This release is out of date") && page.says(&format!("href=\"{new}\"")));
    assert!(page.says("(release-superseded)") && !page.says("Download release"));
    assert!(!page.says("Another release took its place."), "by whose act is not for evaluators");
    assert!(office.officer.get(&old).says("Another release took its place."));
    office.set(&format!("UPDATE release SET valid_until = 1 WHERE id = '{}'", id_of(&new)));
    let page = office.evaluator.get(&new);
    assert!(page.says("The time of its download has ended") && page.says("ask for a renewal"));
    office.set(&format!(
        "UPDATE release SET state = 'revoked', ended_at = 7, end_reason = 'taken-back' WHERE id = '{}'",
        id_of(&new)
    ));
    assert!(office.evaluator.get(&new).says("This release was taken back"));
    for (state, place) in [("superseded", &old), ("revoked", &new)] {
        let list = office.officer.get(&format!("/releases?state={state}"));
        assert!(list.says(&format!("href=\"{place}\"")), "{state}");
        let other = if *place == old { &new } else { &old };
        assert!(!list.says(&format!("href=\"{other}\"")), "{state}");
    }
}

#[test]
fn an_officer_takes_a_release_back_once() {
    let office = Office::open();
    let waits = office.checked();
    assert!(!office.officer.get(&waits).says("Take back"), "it is not approved");
    let early = format!("{waits}/take-back");
    assert_eq!(office.officer.get(&early).leads_to(), waits);
    let early = office.officer.submit("/account", &early, &[]);
    assert!(early.status() == 409 && early.says("role=\"alert\""));
    let place = office.released();
    let ask = format!("{place}/take-back");
    assert!(!office.preparer.get(&place).says("Take back"), "an officer's alone");
    assert!(office.officer.get(&place).says(&format!("action=\"{ask}\"")));
    assert!(office.officer.get(&ask).says("It was downloaded 0 times."));
    let done = office.officer.submit(&ask, &ask, &[]);
    assert_eq!(done.leads_to(), format!("{place}?done=taken-back"));
    let page = office.officer.follow(&done);
    assert!(page.says("Taken back.") && page.says("This release was taken back"));
    assert!(!page.says("method=\"get\" action"), "nothing is left to take back");
    assert!(office.logged("release-revoked").starts_with("taken-back"));
    assert_eq!(office.officer.get(&ask).leads_to(), place);
    assert_eq!(office.officer.submit("/account", &ask, &[]).status(), 409);
    for other in [&office.preparer, &office.approver, &office.evaluator] {
        assert_eq!(other.get(&ask).status(), 403);
    }
}

#[test]
fn the_list_goes_on_and_is_filtered() {
    let office = Office::open();
    let first = office.released();
    for number in 2..=27 {
        office.set(&format!(
            "INSERT INTO release (id, number, project, run, profile, study, study_hash, prepared_by, prepared_at, state) \
             SELECT 'rel_{number:032}', {number}, project, run, profile, study, study_hash, prepared_by, prepared_at, 'queued' \
             FROM release WHERE number = 1"
        ));
    }
    let page = office.officer.get("/releases");
    assert!(page.says("Release 27<") && page.says("Release 3<") && !page.says("Release 2<"));
    let next = page.answer.text.split("href=\"/releases?project=").nth(1).unwrap();
    let next = next.split('"').next().unwrap().replace("&#38;", "&");
    let page = office.officer.get(&format!("/releases?project={next}"));
    assert!(page.says("Release 2<") && page.says("Release 1<") && !page.says("Release 3<"));
    let open = office.officer.get("/releases?state=open");
    assert!(open.says(&first) && !open.says("Release 27<"));
    let of_project = office.officer.get(&format!("/releases?project={}", office.project));
    assert!(of_project.says("Release 27<"));
    assert!(office.officer.get("/releases?state=failed").says("No release fits"));
    assert_eq!(office.officer.get("/releases?project=x").status(), 404);
    assert!(!office.officer.get("/releases?state=%22%3E%3Cscript%3E").says("<script>"));
}

#[test]
fn a_project_says_what_it_rests_on_and_what_is_missing() {
    let office = Office::open();
    let place = format!("/projects/{}", office.project);
    let page = office.evaluator.get(&place);
    for text in [
        "Everything that a download needs is in force",
        "Data use licence",
        "Data sharing agreement",
        "Memorandum of understanding",
        "Decision of a review board",
        "evaluation",
        "in force",
    ] {
        assert!(page.says(text), "{text}");
    }
    assert!(office.evaluator.get("/projects").says(&place));
    // A licence that names somebody else is nobody's business.
    let stranger = office.stranger().get(&place);
    assert!(!stranger.says("Data use licence") && stranger.says("dul-recipient"));
    office.set("UPDATE agreement SET ended_at = 1, end_reason = 'withdrawn' WHERE kind = 'irb'");
    let page = office.evaluator.get(&place);
    assert!(
        page.says("You cannot download")
            && page.says("irb-ended")
            && page.says("ended before its time")
    );
    let nobody = format!("/projects/prj_{}", "0".repeat(32));
    assert_eq!(office.evaluator.get(&nobody).status(), 404);
}
