//! The log, its export, and what its verification finds.

use std::sync::Arc;

use proptest::prelude::*;

use super::query::query;
use super::verify::{Anchor, Fault, Verified, verify};
use super::*;
use crate::clock::{SetClock, Timestamp};
use crate::ids::{AccountId, AgencyId, ProjectId, SessionId};
use crate::store::{Store, StoreError};

const START: Timestamp = Timestamp(1_530_707_400_250);

struct Unit {
    store: Store,
    clock: Arc<SetClock>,
    _directory: tempfile::TempDir,
}

fn unit(checkpoint_entries: u64) -> Unit {
    let directory = tempfile::tempdir().unwrap();
    let clock = Arc::new(SetClock::new(START));
    let key = Arc::new(AuditKey::from_seed(&[7; 32]).unwrap());
    let path = directory.path().join("data");
    let store = Store::open(&path, key, clock.clone(), checkpoint_entries).unwrap();
    Unit { store, clock, _directory: directory }
}

impl Unit {
    fn fill(&self, entries: u64) {
        for count in 0..entries {
            self.clock.advance_seconds(1);
            let event = Event::new(EventKind::UploadOpened, Actor::Unit).count("bytes", count);
            self.store.record(&event).unwrap();
        }
    }

    fn export(&self) -> Vec<String> {
        self.export_from(1)
    }

    fn export_from(&self, from: u64) -> Vec<String> {
        let mut out = Vec::new();
        let key = self.store.key();
        let now = self.store.now();
        self.store
            .read(|connection| {
                export(connection, from, now, key, &mut out).unwrap();
                Ok::<_, StoreError>(())
            })
            .unwrap();
        let text = String::from_utf8(out).unwrap();
        text.lines().map(|line| format!("{line}\n")).collect()
    }

    fn verify(&self, lines: &[String]) -> Result<Verified, Fault> {
        self.verify_with(lines.concat().as_bytes(), &[])
    }

    fn verify_with(&self, mut text: &[u8], anchors: &[Anchor]) -> Result<Verified, Fault> {
        verify(&mut text, &self.store.key().public(), 1, anchors).unwrap()
    }
}

/// An entry with another text in its body, and the hash that fits.
fn forged(line: &str, from: &str, to: &str) -> String {
    let body = line.split(",\"hash\":").next().unwrap().to_owned() + "}";
    let body = body.replace(from, to);
    let hash = entry::hash_of(body.as_bytes());
    Entry { seq: 0, body, hash }.line() + "\n"
}

#[test]
fn a_whole_export_is_good() {
    let unit = unit(4);
    unit.fill(10);
    let found = unit.verify(&unit.export()).unwrap();
    assert_eq!((found.first, found.last, found.checkpoints), (1, 10, 3));
}

#[test]
fn an_empty_export_is_good() {
    let unit = unit(4);
    let lines = unit.export();
    assert_eq!(lines.len(), 1);
    let found = unit.verify(&lines).unwrap();
    assert_eq!((found.first, found.last, found.checkpoints), (0, 0, 1));
}

#[test]
fn each_way_of_tampering_is_named_with_its_place() {
    let unit = unit(100);
    unit.fill(6);
    let good = unit.export();
    let check = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines = good.clone();
        change(&mut lines);
        unit.verify(&lines).unwrap_err()
    };
    assert_eq!(
        check(&|lines| lines[2] = lines[2].replace("\"bytes\":2", "\"bytes\":9")),
        Fault::Edited { line: 3, seq: 3 }
    );
    assert_eq!(
        check(&|lines| lines[2] = forged(&lines[2], "\"bytes\":2", "\"bytes\":9")),
        Fault::Edited { line: 4, seq: 3 }
    );
    assert_eq!(
        check(&|lines| drop(lines.drain(1..3))),
        Fault::Removed { line: 2, first: 2, last: 3 }
    );
    assert_eq!(
        check(&|lines| drop(lines.remove(0))),
        Fault::Removed { line: 1, first: 1, last: 1 }
    );
    assert_eq!(
        check(&|lines| drop(lines.remove(5))),
        Fault::Removed { line: 6, first: 6, last: 6 }
    );
    assert_eq!(check(&|lines| lines.swap(1, 3)), Fault::Reordered { line: 2, seq: 2 });
    assert_eq!(
        check(&|lines| lines.insert(3, lines[1].clone())),
        Fault::Inserted { line: 4, seq: 2 }
    );
    assert_eq!(check(&|lines| drop(lines.pop())), Fault::Truncated { line: 6, seq: 6 });
    assert_eq!(check(&|lines| lines.truncate(3)), Fault::Truncated { line: 3, seq: 3 });
    assert_eq!(check(&|lines| lines.clear()), Fault::Truncated { line: 0, seq: 0 });
    assert_eq!(check(&|lines| lines.insert(2, "{}\n".to_owned())), Fault::Unreadable { line: 3 });
}

#[test]
fn a_rewritten_history_is_found_by_the_signature() {
    let unit = unit(3);
    unit.fill(5);
    let mut lines = unit.export();
    // Line 4 is the checkpoint after entry 3; entries 4 and 5 are made anew, with hashes that fit.
    let before = lines[5].clone();
    let old = before.split("\"previous\":\"").nth(1).unwrap()[..64].to_owned();
    lines[4] = forged(&lines[4], "\"bytes\":3", "\"bytes\":9");
    let new = lines[4].split("\"hash\":\"").nth(1).unwrap()[..64].to_owned();
    lines[5] = forged(&before, &old, &new);
    assert_eq!(unit.verify(&lines).unwrap_err(), Fault::Rewritten { line: 7, first: 4, last: 5 });
}

#[test]
fn a_forged_entry_without_a_number_is_refused() {
    let unit = unit(3);
    unit.fill(4);
    let mut lines = unit.export();
    lines.insert(0, forged(&lines[0], "{\"seq\":1,", "{\"seq\":0,"));
    assert_eq!(unit.verify(&lines).unwrap_err(), Fault::Inserted { line: 1, seq: 0 });
}

#[test]
fn a_part_of_the_log_is_not_taken_for_the_whole() {
    let unit = unit(100);
    unit.fill(6);
    let whole = unit.export();
    let part = unit.export_from(4).concat();
    assert_eq!(
        unit.verify_with(part.as_bytes(), &[]).unwrap_err(),
        Fault::Removed { line: 1, first: 1, last: 3 }
    );
    let nothing = unit.export_from(99).concat();
    assert!(unit.verify_with(nothing.as_bytes(), &[]).is_err());
    let key = unit.store.key().public();
    let from = |text: &str, anchors: &[Anchor]| {
        verify(&mut text.as_bytes(), &key, 4, anchors).unwrap().map(|found| found.first)
    };
    let hash = |line: &str| {
        let digits = &line.split("\"hash\":\"").nth(1).unwrap()[..64];
        crate::ids::unhex(digits).unwrap()
    };
    let before = Anchor { seq: 3, hash: hash(&whole[2]) };
    assert_eq!(from(&part, &[before]), Ok(4));
    assert_eq!(
        from(&part, &[Anchor { seq: 3, hash: [9; 32] }]),
        Err(Fault::Edited { line: 1, seq: 3 })
    );
    let earlier = Anchor { seq: 2, hash: hash(&whole[1]) };
    assert_eq!(from(&part, &[earlier]), Err(Fault::NotCovered { first: 4, seq: 2 }));
    assert!(verify(&mut nothing.as_bytes(), &key, 99, &[]).unwrap().is_err());
}

#[test]
fn a_checkpoint_of_another_key_is_refused() {
    let unit = unit(3);
    unit.fill(4);
    let other = AuditKey::from_seed(&[8; 32]).unwrap().public();
    let text = unit.export().concat();
    let found = verify(&mut text.as_bytes(), &other, 1, &[]).unwrap();
    assert_eq!(found.unwrap_err(), Fault::Signature { line: 4, seq: 3 });
}

#[test]
fn an_anchor_shows_a_history_that_its_own_key_rewrote() {
    let one = unit(100);
    one.fill(4);
    let Head { seq, hash, .. } =
        one.store.read(|c| Ok::<_, StoreError>(head(c)?)).unwrap().unwrap();
    let anchor = Anchor { seq, hash };
    assert_eq!(Anchor::parse(&format!("{seq}:{}", crate::ids::hex(&hash))), Some(anchor));
    let text = one.export().concat();
    assert!(one.verify_with(text.as_bytes(), &[anchor]).is_ok());

    let other = unit(100);
    other.clock.advance_seconds(60);
    other.fill(5);
    let text = other.export().concat();
    assert_eq!(
        other.verify_with(text.as_bytes(), &[anchor]).unwrap_err(),
        Fault::Anchored { seq: 4 }
    );
    let short = unit(100);
    short.fill(2);
    let text = short.export().concat();
    assert_eq!(
        short.verify_with(text.as_bytes(), &[anchor]).unwrap_err(),
        Fault::Truncated { line: 3, seq: 2 }
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Every single byte of an export, changed to any other, is noticed.
    #[test]
    fn any_changed_byte_is_found(flip in 1u8..=255, step in 1usize..7) {
        let unit = unit(3);
        unit.fill(7);
        let text = unit.export().concat().into_bytes();
        for place in (0..text.len()).step_by(step) {
            let mut changed = text.clone();
            changed[place] ^= flip;
            prop_assert!(unit.verify_with(&changed, &[]).is_err(), "byte {place}");
        }
    }
}

#[test]
fn entries_are_found_by_every_field() {
    let unit = unit(100);
    let account = AccountId::random().unwrap();
    let agency = AgencyId::random().unwrap();
    let session = SessionId::random().unwrap();
    let project = ProjectId::random().unwrap();
    unit.fill(3);
    let actor =
        Actor::Account { account, role: "uploader", agency: Some(agency), session: Some(session) };
    let event = Event::new(EventKind::SubmissionReceived, actor)
        .denied("submission-leak")
        .from_address(Some([127, 0, 0, 1].into()))
        .object("submission", "sub_1")
        .sha256([3; 32])
        .purpose("evaluation")
        .project(project);
    let wanted = unit.store.record(&event).unwrap();
    unit.fill(3);
    let sha = crate::ids::hex(&[3; 32]);
    let values = [
        (Column::Actor, account.to_string()),
        (Column::Role, "uploader".to_owned()),
        (Column::Agency, agency.to_string()),
        (Column::Session, session.to_string()),
        (Column::SourceAddress, "127.0.0.1".to_owned()),
        (Column::ObjectKind, "submission".to_owned()),
        (Column::Object, "sub_1".to_owned()),
        (Column::ObjectSha256, sha),
        (Column::Purpose, "evaluation".to_owned()),
        (Column::Project, project.to_string()),
        (Column::Reason, "submission-leak".to_owned()),
    ];
    assert_eq!(values.len(), Column::ALL.len());
    let find =
        |filter: Filter| unit.store.read(|c| Ok::<_, StoreError>(query(c, &filter, 2)?)).unwrap();
    for (column, value) in values {
        let page = find(Filter { equal: vec![(column, value)], ..Filter::default() });
        assert_eq!(page.entries, vec![wanted.clone()], "{column:?}");
    }
    let page = find(Filter { kind: Some(EventKind::SubmissionReceived), ..Filter::default() });
    assert_eq!(page.entries, vec![wanted.clone()]);
    let page = find(Filter { outcome: Some(Outcome::Denied), ..Filter::default() });
    assert_eq!(page.entries, vec![wanted]);
    let at = START.plus_seconds(3);
    let page =
        find(Filter { from: Some(at), until: Some(at.plus_seconds(1)), ..Filter::default() });
    assert_eq!(page.entries.iter().map(|e| e.seq).collect::<Vec<_>>(), [4, 3]);
    let first = find(Filter::default());
    assert_eq!((first.entries[0].seq, first.next_below), (7, Some(6)));
    let rest = find(Filter { below: Some(3), ..Filter::default() });
    assert_eq!((rest.entries[0].seq, rest.next_below), (2, None));
}

#[test]
fn time_never_goes_back_in_the_log_and_the_log_says_that_it_did() {
    let unit = unit(100);
    unit.fill(1);
    unit.clock.advance_seconds(-3_600);
    unit.fill(1);
    let page = unit.store.read(|c| Ok::<_, StoreError>(query(c, &Filter::default(), 10)?)).unwrap();
    assert_eq!(page.entries.len(), 3);
    let notice = &page.entries[1].body;
    assert!(notice.contains("clock-went-back") && notice.contains("\"milliseconds\":3599000"));
    let at = |entry: &Entry| entry.body.split("\"at\":\"").nth(1).unwrap()[..24].to_owned();
    assert_eq!(at(&page.entries[0]), at(&page.entries[2]));
    assert!(unit.verify(&unit.export()).is_ok());
}

#[test]
fn kinds_have_names_of_their_own() {
    for kind in EventKind::ALL {
        assert_eq!(EventKind::parse(kind.as_str()), Some(*kind));
    }
    assert_eq!(EventKind::parse("nothing"), None);
    assert_eq!(Outcome::parse("denied"), Some(Outcome::Denied));
}
