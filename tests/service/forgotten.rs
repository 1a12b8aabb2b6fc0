//! What was retracted or withdrawn is forgotten: nobody is known again by it.

use serde_json::{Value, json};
use tallystick::accounts::Role;
use tallystick::ids::RunId;
use tallystick::persons::{self, Step};
use tallystick::runs;

use crate::agreed;
use crate::container::Draft;
use crate::police::{Police, made, police, submission};
use crate::unit::Caller;

struct Linked {
    police: Police,
    operator: Caller,
}

fn linked() -> Linked {
    let police = police();
    agreed::to_link(&police.service.unit.store, [police.agency], police.project);
    let operator = police.service.enrol("the.operator", &[Role::Operator]);
    let operator = police.service.signed_in(&operator);
    let linked = Linked { police, operator };
    linked.put(&submission());
    let first = linked.run();
    assert_eq!((first.created, first.before), (first.persons, None));
    linked
}

impl Linked {
    fn put(&self, bytes: &[u8]) -> String {
        let answer = self.police.put(bytes);
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.body["receipt"].as_str().unwrap().to_owned()
    }

    /// Links what stands.
    fn run(&self) -> Step {
        let wanted = json!({ "project": self.police.project.to_string() });
        let run = self.operator.send("POST", "/api/v1/runs", Some(&wanted));
        let id = RunId::parse(run.body["run"].as_str().unwrap()).unwrap();
        let unit = &self.police.service.unit;
        assert_eq!(runs::work(unit, &|_| false).unwrap(), Some(id));
        unit.store.read(|connection| persons::step(connection, id)).unwrap().unwrap()
    }

    /// What the thread that works on runs does when there is none.
    fn idle(&self) {
        assert_eq!(runs::work(&self.police.service.unit, &|_| false).unwrap(), None);
    }

    fn feed(&self) -> Value {
        let path = format!("/api/v1/projects/{}/persons/changes", self.police.project);
        self.operator.get(&path).body["changes"].clone()
    }

    /// Counts of the entries that tell of forgetting.
    fn forgotten(&self) -> Vec<u64> {
        let sql = "SELECT body ->> '$.counts.entries_forgotten' FROM audit_entry \
                   WHERE kind = 'data-destroyed' AND object_kind = 'known-persons' ORDER BY seq";
        let look = |connection: &rusqlite::Connection| {
            let mut statement = connection.prepare(sql)?;
            let counts = statement.query_map([], |row| row.get(0))?;
            Ok::<_, tallystick::store::StoreError>(counts.collect::<Result<_, _>>()?)
        };
        self.police.service.unit.store.read(look).unwrap()
    }
}

/// The same people and numbers by other handles, as after a correction of all of them.
fn corrected() -> Vec<u8> {
    made(|draft| draft.handles.iter_mut().for_each(|handle| handle.0[15] ^= 1))
}

#[test]
fn who_was_corrected_is_known_by_the_number_and_who_was_retracted_is_not() {
    let kept = {
        let linked = linked();
        linked.put(&corrected());
        let step = linked.run();
        assert!(linked.forgotten().is_empty(), "nothing was taken out");
        step.kept
    };
    assert!(kept > 0, "the numbers are the same");
    let linked = linked();
    let handles: Vec<String> = Draft::standard().handles.iter().map(ToString::to_string).collect();
    let path = format!("/api/v1/projects/{}/retractions", linked.police.project);
    let wanted = json!({ "handles": handles });
    let made = linked.police.caller.send("POST", &path, Some(&wanted));
    assert_eq!((made.status, &made.body["rows"]), (201, &json!(5)), "{}", made.text);
    let feed = linked.feed();
    linked.idle();
    linked.idle();
    let [entries] = linked.forgotten()[..] else { panic!("it is forgotten once") };
    assert!(entries > 5, "five handles, and numbers: {entries}");
    assert_eq!(linked.feed(), feed, "the feed stays");
    linked.put(&corrected());
    let step = linked.run();
    assert_eq!((step.kept, step.returned, step.created), (0, 0, step.persons), "{step:?}");
}

#[test]
fn who_was_withdrawn_is_not_known_again() {
    let linked = linked();
    let listed = linked.police.caller.get("/api/v1/submissions").body;
    let first = listed["submissions"][0]["submission"].as_str().unwrap().to_owned();
    let withdraw = |id: &str| {
        let path = format!("/api/v1/submissions/{id}");
        assert_eq!(linked.police.caller.send("DELETE", &path, None).status, 204);
    };
    // The same people stand in another submission, which is kept.
    let second = linked.put(&made(|draft| draft.header.epoch += 1));
    withdraw(&first);
    linked.idle();
    assert!(linked.forgotten().is_empty());
    let step = linked.run();
    assert_eq!(step.kept, step.persons, "{step:?}");
    withdraw(&second);
    linked.idle();
    assert_eq!(linked.forgotten().len(), 1);
    linked.put(&submission());
    let step = linked.run();
    assert_eq!((step.kept, step.returned, step.created), (0, 0, step.persons), "{step:?}");
}
