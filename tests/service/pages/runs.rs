//! Runs by pages: from what there is to link to the figures of what came of it, and the state of the service.

use tallystick::accounts::Role;
use tallystick::ids::ProjectId;
use tallystick::runs;

use super::Browser;
use crate::runs::taken_in;
use crate::unit::Service;

const SCRIPT: &str = "\"><script>alert(1)</script>";

struct Office {
    service: Service,
    browser: Browser,
    project: ProjectId,
}

fn office() -> Office {
    let service = Service::start_with(|config| config.runs.queue_max = 2);
    let (project, _) = taken_in(&service);
    let browser = Browser::of(&service, &service.enrol("the.operator", &[Role::Operator]));
    Office { service, browser, project }
}

impl Office {
    /// The address of the page of sources, with the newest of each.
    fn chosen(&self) -> (String, String) {
        let page = self.browser.get(&format!("/runs/new?project={}", self.project));
        let choices = page.answer.text.split("name=\"submission\"").nth(1).unwrap();
        let submission = choices.split("value=\"").nth(1).unwrap().split('"').next().unwrap();
        let place = format!(
            "/runs/new?project={}&chosen=yes&submission={submission}&unique=police",
            self.project
        );
        (place, submission.to_owned())
    }

    /// Starts a run by its form; gives the address of its page.
    fn start(&self) -> String {
        let (place, submission) = self.chosen();
        let project = self.project.to_string();
        let fields = [("project", &project[..]), ("submission", &submission), ("unique", "police")];
        let sent = self.browser.submit(&place, "/runs", &fields);
        let place = sent.leads_to().strip_suffix("?done=queued").unwrap();
        place.to_owned()
    }

    fn work(&self) {
        runs::work(&self.service.unit, &|_| false).unwrap().expect("there is a run");
    }
}

#[test]
fn a_run_is_chosen_estimated_started_followed_and_shown() {
    let office = office();
    let empty = office.browser.get("/runs");
    assert!(empty.says("No run yet") && empty.says("href=\"/runs/new\""));

    let sources = office.browser.get(&format!("/runs/new?project={}", office.project));
    for text in ["police", "today", "permitted", "newest", "leave this source out"] {
        assert!(sources.says(text), "{text}: {}", sources.answer.text);
    }
    assert!(!sources.says("What it would cost"));
    let estimated = office.browser.get(&office.chosen().0);
    for text in ["What it would cost", "Pairs to compare", "Start the run"] {
        assert!(estimated.says(text), "{text}: {}", estimated.answer.text);
    }

    let place = office.start();
    let waiting = office.browser.get(&format!("{place}?done=queued"));
    for text in ["The run waits for its turn", "waiting", "Cancel the run", "/assets/progress.js"] {
        assert!(waiting.says(text), "{text}: {}", waiting.answer.text);
    }
    assert!(waiting.says(&format!("<a href=\"{place}\" id=\"run-reload\">Reload</a>")));

    office.work();
    let shown = office.browser.get(&place);
    for text in [
        "finished",
        "Expected precision",
        "<svg class=\"wide\"",
        "police: unique",
        "The numbers as a table",
    ] {
        assert!(shown.says(text), "{text}: {}", shown.answer.text);
    }
    assert!(!shown.says("progress.js") && !shown.says("Cancel the run"));
    let list = office.browser.get("/runs");
    assert!(list.says(&format!("<a href=\"{place}\">Run 1</a>")) && list.says("finished"));
}

#[test]
fn what_cannot_be_run_is_refused_on_the_page_where_it_was_asked_for() {
    let office = office();
    let project = office.project.to_string();
    let nothing =
        office.browser.get(&format!("/runs/new?project={project}&chosen=yes&submission="));
    assert_eq!(nothing.status(), 422);
    assert!(nothing.says("run-nothing") && nothing.says("2. Sources"));
    let (place, submission) = office.chosen();
    let fields = [("project", &project[..]), ("submission", &submission)];
    for _ in 0..2 {
        office.browser.submit(&place, "/runs", &fields).leads_to();
    }
    let full = office.browser.submit(&place, "/runs", &fields);
    assert_eq!(full.status(), 429);
    assert!(full.says("runs-too-many") && full.says("2. Sources"), "{}", full.answer.text);
    for wrong in ["unique=%22%3E%3Cscript%3E", "submission=x", "submission=%00"] {
        let page = office.browser.get(&format!("/runs/new?project={project}&chosen=yes&{wrong}"));
        assert!([400, 404].contains(&page.status()), "{wrong}");
        assert!(!page.says("<script>"), "{wrong}");
    }
    let others = office.browser.get("/runs/new?project=nobodys");
    assert!(others.status() == 200 && !others.says("2. Sources"));
}

#[test]
fn a_run_is_cancelled_after_a_question() {
    let office = office();
    let place = office.start();
    let question = office.browser.get(&format!("{place}/cancel"));
    assert!(question.says("Cancel run 1?") && question.says("Let it go on"));
    let cancel = format!("{place}/cancel");
    let sent = office.browser.submit(&cancel, &cancel, &[]);
    let after = office.browser.follow(&sent);
    assert!(after.says("The run was cancelled.") && after.says("cancelled"));
    assert!(!after.says("id=\"run-progress\""));
    let again = office.browser.submit("/account", &cancel, &[]);
    assert_eq!(again.status(), 409);
    assert!(again.says("run-ended"));
}

#[test]
fn runs_are_found_by_project_state_and_day() {
    let office = office();
    let first = office.start();
    office.work();
    let second = office.start();
    let project = office.project;
    for (query, found) in [
        ("state=finished", [true, false]),
        ("state=queued", [false, true]),
        ("state=failed", [false, false]),
        ("state=%22%3E%3Cscript%3E", [true, true]),
        ("below=2", [true, false]),
        ("from=2199-01-01", [false, false]),
        ("until=2199-01-01", [true, true]),
        ("until=1999-01-01", [false, false]),
        ("from=%22%3E%3Cscript%3E&until=tomorrow", [true, true]),
        (&format!("project={project}")[..], [true, true]),
    ] {
        let page = office.browser.get(&format!("/runs?{query}"));
        assert_eq!(page.status(), 200, "{query}");
        let seen = [&first, &second].map(|place| page.says(&format!("href=\"{place}\"")));
        assert_eq!(seen, found, "{query}");
        assert!(!page.says("<script>"), "{query}");
    }
    assert!(office.browser.get("/runs?state=failed").says("No run fits"));
}

#[test]
fn two_runs_are_compared_and_changes_are_listed() {
    let office = office();
    assert!(office.browser.get("/runs/compare").says("Nothing to compare yet"));
    let places = [office.start(), office.start()];
    office.work();
    office.work();
    let [one, other] = places.each_ref().map(|place| place.strip_prefix("/runs/").unwrap());
    let page = office.browser.get(&format!("/runs/compare?one={one}&other={other}"));
    for text in [
        "What differs",
        "Settings: nothing changed.",
        "Quality of both runs",
        "Weights of levels",
        "same",
    ] {
        assert!(page.says(text), "{text}: {}", page.answer.text);
    }
    assert_eq!(office.browser.get("/runs/compare?one=x&other=y").status(), 404);
    let first = office.browser.get(&format!("{}/changes", places[0]));
    assert!(first.says("is the first of its project"));
    let second = office.browser.get(&format!("{}/changes?kind=split", places[1]));
    for text in
        ["Ids of persons since the run before", "No change here", "split: new, from the other"]
    {
        assert!(second.says(text), "{text}: {}", second.answer.text);
    }
    assert!(office.browser.get(&places[1]).says("Compare with the run before"));
}

#[test]
fn a_pair_is_tried_by_levels_alone() {
    let office = office();
    let place = office.start();
    office.work();
    let page = office.browser.get(&place);
    if !page.says("Try a pair") {
        // One small source may share no comparison; then there is nothing to try.
        assert!(page.says("nothing was compared"), "{}", page.answer.text);
        return;
    }
    let hostile = office.browser.get(&format!("{place}?level.last=%22%3E%3Cscript%3E&level.x=1"));
    assert!(hostile.status() == 200 && !hostile.says("<script>") && !hostile.says(SCRIPT));
    let missing = office.browser.get(&format!("{place}?level.last=missing"));
    assert!(missing.says("The sum of") && missing.says("last: missing"));
}

#[test]
fn operations_tell_of_health_queue_room_and_backups() {
    let directory = tempfile::tempdir().unwrap();
    let to = directory.path().join("backups");
    let kept = to.clone();
    let service = Service::start_with(move |config| config.store.backup_directory = kept);
    taken_in(&service);
    let browser = Browser::of(&service, &service.enrol("the.operator", &[Role::Operator]));
    let page = browser.get("/operations");
    for text in ["Audit log", "No backup yet", "Encodings of submissions", "No run waits", "well"] {
        assert!(page.says(text), "{text}: {}", page.answer.text);
    }
    let begun = browser.submit("/operations", "/operations/backup", &[]);
    assert!(browser.follow(&begun).says("The backup was begun"));
    let made = (0..1_000_000)
        .map(|_| browser.get("/operations"))
        .find(|page| !page.says("being made"))
        .expect("it ends");
    assert!(made.says("<li><code>") && !made.says("No backup yet"), "{}", made.answer.text);
}

#[test]
fn without_a_directory_for_backups_the_page_says_what_to_do() {
    let service = Service::start();
    let browser = Browser::of(&service, &service.enrol("the.operator", &[Role::Operator]));
    let page = browser.get("/operations");
    assert!(page.says("store.backup_directory") && !page.says("Make a backup now"));
    let refused = browser.submit("/account", "/operations/backup", &[]);
    assert_eq!(refused.status(), 409);
}
