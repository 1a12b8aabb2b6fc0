//! Backups of a service at work and of one that is stopped, and what is put back from them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tallystick::accounts::Role;
use tallystick::agreements::{self, EndReason};
use tallystick::audit::verify::{Anchor, verify};
use tallystick::audit::{Actor, AuditPublicKey};
use tallystick::clock::{SetClock, Timestamp};
use tallystick::config::Config;
use tallystick::ids::RunId;
use tallystick::link::Observer;
use tallystick::operate::{Asker, MANIFEST, OperateError, Restoration, Restored, backup, restore};
use tallystick::store::Store;
use tallystick::unit::Unit;

use crate::agreed;
use crate::police::{Police, made, police, submission};
use crate::unit::{Caller, Stopped};
use crate::verify::{Quiet, copy, verified};

const BY: Asker = Asker { actor: Actor::Console, address: None };

/// Later than anything these tests do.
fn clock() -> Arc<SetClock> {
    Arc::new(SetClock::new(Timestamp(1_530_800_000_000)))
}

fn restored(
    stopped: &Stopped,
    from: &Path,
    to: &Path,
    log: Option<&Path>,
) -> Result<Restored, OperateError> {
    let asked = Restoration {
        from,
        data: to,
        keys: stopped.keys(),
        log,
        checkpoint_entries: 1_000,
        clock: clock(),
    };
    restore(&asked, &Watching { to })
}

/// While something is put back, nothing stands where a service would be started.
struct Watching<'a> {
    to: &'a Path,
}

impl Observer for Watching<'_> {
    fn stage(&self, _: &str, _: u64) {
        assert!(!self.to.join("unit.db").exists());
    }

    fn advance(&self, _: u64) {}

    fn is_cancelled(&self) -> bool {
        assert!(!self.to.join("unit.db").exists());
        false
    }
}

fn token(caller: &Caller, role: &str) -> (String, String) {
    let body = serde_json::json!({ "role": role, "days": 30 });
    let answer = caller.send("POST", "/api/v1/tokens", Some(&body));
    assert_eq!(answer.status, 201, "{}", answer.text);
    let text = |name: &str| answer.body[name].as_str().unwrap().to_owned();
    (text("token"), text("secret"))
}

fn put(police: &Police, bytes: &[u8]) -> String {
    let answer = police.put(bytes);
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.body["receipt"].as_str().unwrap().to_owned()
}

fn withdraw(police: &Police, submission: &str) {
    let path = format!("/api/v1/submissions/{submission}");
    assert_eq!(police.caller.send("DELETE", &path, None).status, 204);
}

/// Another file of the same agency.
fn another() -> Vec<u8> {
    made(|draft| draft.header.epoch += 1)
}

fn unit(stopped: &Stopped, data: &Path) -> Unit {
    Unit::open(data, stopped.keys(), Config::load(None).unwrap(), clock()).unwrap()
}

fn all_bytes(directory: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        bytes.extend(if path.is_dir() { all_bytes(&path) } else { fs::read(&path).unwrap() });
    }
    bytes
}

#[test]
fn a_running_service_is_backed_up_by_its_operator() {
    let directory = tempfile::tempdir().unwrap();
    let backups = directory.path().join("backups");
    let to = backups.clone();
    let police = crate::police::police_with(move |config| config.store.backup_directory = to);
    put(&police, &submission());
    let holder = police.service.enrol("the.operator", &[Role::Operator]);
    let caller = police.service.signed_in(&holder);
    let begun = caller.send("POST", "/api/v1/backups", None);
    assert_eq!(begun.status, 202, "{}", begun.text);
    let name = begun.body["name"].as_str().unwrap().to_owned();
    let list = (0..1_000_000)
        .map(|_| caller.get("/api/v1/backups").body)
        .find(|list| list["running"].is_null())
        .expect("it ends");
    assert_eq!(list["failed"], serde_json::Value::Null);
    assert_eq!(list["backups"], serde_json::json!([name]));
    let log = compliance(&police);
    assert!(log.contains("\"kind\":\"backup-made\",\"outcome\":\"ok\""));
    let stopped = police.service.stop();
    let made = backups.join(&name);
    let report = verified(&stopped, &made, &[]);
    assert_eq!((report.findings.len(), report.segments), (0, 2), "{:?}", report.findings);
    let keys = fs::read_to_string(stopped.path("unit.keys")).unwrap();
    let found = all_bytes(&made);
    for key in keys.lines().filter_map(|line| line.split('"').nth(1)) {
        assert!(key.len() > 32);
        let raw: Vec<u8> = (0..key.len() / 2)
            .filter_map(|at| u8::from_str_radix(&key[2 * at..2 * at + 2], 16).ok())
            .collect();
        for form in [key.as_bytes(), &raw].into_iter().filter(|form| form.len() >= 32) {
            assert!(!found.windows(form.len()).any(|window| window == form), "a key is in it");
        }
    }
}

#[test]
fn without_a_directory_for_them_there_are_no_backups() {
    let police = police();
    let holder = police.service.enrol("the.operator", &[Role::Operator]);
    let caller = police.service.signed_in(&holder);
    for method in ["GET", "POST"] {
        let answer = caller.send(method, "/api/v1/backups", None);
        assert_eq!((answer.status, answer.code()), (409, "backup-no-directory"));
    }
}

/// The export of the log as it is now.
fn compliance(police: &Police) -> String {
    let name = format!("officer{}", police.service.unit.store.now().0);
    let holder = police.service.enrol(&name, &[Role::Compliance]);
    police.service.signed_in(&holder).get("/api/v1/audit/export").text
}

#[test]
fn what_was_erased_or_ended_after_a_backup_does_not_come_back() {
    let police = police();
    let held = put(&police, &submission());
    let ended = token(&police.caller, "uploader");
    let kept = token(&police.caller, "uploader");
    let leaver = police.service.enrol("the.leaver", &[Role::Operator]);
    let loser = police.service.enrol("the.loser", &[Role::Operator]);
    let loser_token = token(&police.service.signed_in(&loser), "operator");
    agreed::to_link(&police.service.unit.store, [police.agency], police.project);
    let operator = police.service.signed_in(&loser);
    let wanted = serde_json::json!({ "project": police.project.to_string() });
    let waiting = operator.send("POST", "/api/v1/runs", Some(&wanted));
    assert_eq!(waiting.status, 201, "{}", waiting.text);
    police.begin(5_000);
    let directory = tempfile::tempdir().unwrap();
    let (from, to) = (directory.path().join("backup"), directory.path().join("new"));
    backup(&police.service.unit.store, BY, &from, &Quiet).unwrap();
    withdraw(&police, &held);
    let lost = put(&police, &another());
    let path = format!("/api/v1/tokens/{}", ended.0);
    assert_eq!(police.caller.send("DELETE", &path, None).status, 204);
    tallystick::accounts::disable(&police.service.unit.store, None, leaver.account).unwrap();
    tallystick::accounts::end_sign_ins(&police.service.unit.store, None, loser.account).unwrap();
    let (store, dsa) = (&police.service.unit.store, police.agreements[1]);
    agreements::end(store, None, dsa, EndReason::Breached).unwrap();
    let log = directory.path().join("audit.jsonl");
    fs::write(&log, compliance(&police)).unwrap();
    let stopped = police.service.stop();
    let anchor = verified(&stopped, &stopped.data(), &[]).head.unwrap();

    let done = restored(&stopped, &from, &to, Some(&log)).unwrap();
    assert_eq!(done.submissions_erased, [held.as_str()]);
    assert_eq!(done.submissions_lost, [lost.as_str()]);
    assert_eq!((done.uploads_ended, done.accounts_disabled, done.tokens_revoked), (1, 1, 2));
    assert_eq!((done.runs_ended, done.agreements_ended), (1, 1));
    assert_eq!((done.report.findings.len(), done.report.segments), (0, 0));
    assert_eq!(fs::read_dir(to.join("segments")).unwrap().count(), 0);
    // The log is the old one, gone on with: heads that were kept elsewhere are still in it.
    let last: u64 = anchor.split(':').next().unwrap().parse().unwrap();
    let exported = fs::read_to_string(&log).unwrap();
    let line = exported.lines().rev().find(|line| line.starts_with("{\"seq\"")).unwrap();
    let entry: serde_json::Value = serde_json::from_str(line).unwrap();
    let head = format!("{}:{}", entry["seq"], entry["hash"].as_str().unwrap());
    assert!(entry["seq"].as_u64().unwrap() <= last);
    let anchors = [Anchor::parse(&head).unwrap()];
    assert_eq!(verified(&stopped, &to, &anchors).findings, []);
    let unit = unit(&stopped, &to);
    let of = |secret: &str| tallystick::accounts::of_token(&unit.store, secret, None);
    assert!(of(&ended.1).is_err());
    assert!(of(&loser_token.1).is_err(), "of a lost device");
    let run = waiting.body["run"].as_str().and_then(RunId::parse).unwrap();
    let run = unit.store.read(|c| tallystick::runs::find(c, run)).unwrap();
    assert_eq!(run.failure.as_deref(), Some("store-restored"));
    let dsa = unit.store.read(|c| agreements::find(c, dsa)).unwrap();
    assert!(dsa.lapse(unit.store.now()).is_some(), "it stays ended");
    assert!(of(&kept.1).is_ok(), "a token that nobody revoked still works");
    assert!(
        unit.store
            .read(|c| tallystick::audit::head(c).map_err(tallystick::store::StoreError::from))
            .unwrap()
            .unwrap()
            .seq
            > done.log_until
    );
}

#[test]
fn without_a_log_all_tokens_end_and_the_log_says_so() {
    let police = police();
    let held = put(&police, &submission());
    let (_, secret) = token(&police.caller, "uploader");
    let directory = tempfile::tempdir().unwrap();
    let (from, to) = (directory.path().join("backup"), directory.path().join("new"));
    backup(&police.service.unit.store, BY, &from, &Quiet).unwrap();
    withdraw(&police, &held);
    let stopped = police.service.stop();
    let done = restored(&stopped, &from, &to, None).unwrap();
    assert_eq!(
        (done.tokens_revoked, done.report.submissions),
        (1, 1),
        "nothing says it was erased"
    );
    let unit = unit(&stopped, &to);
    assert!(tallystick::accounts::of_token(&unit.store, &secret, None).is_err());
    let mut lines = Vec::new();
    let key = AuditPublicKey::parse(&unit.store.key().public().to_string()).unwrap();
    unit.store
        .read(|c| {
            tallystick::audit::export(c, 1, unit.store.now(), unit.store.key(), &mut lines)
                .unwrap();
            Ok::<_, tallystick::store::StoreError>(())
        })
        .unwrap();
    assert!(String::from_utf8_lossy(&lines).contains("\"reason\":\"log-missing\""));
    verify(&mut lines.as_slice(), &key, 1, &[]).unwrap().unwrap();
}

/// Withdraws a submission at the moment at which its files are to be copied.
struct Withdrawing<'a> {
    police: &'a Police,
    submission: String,
    done: AtomicBool,
}

impl Observer for Withdrawing<'_> {
    fn stage(&self, name: &str, _: u64) {
        if name == "sealed files" && !self.done.swap(true, Ordering::SeqCst) {
            withdraw(self.police, &self.submission);
        }
    }
    fn advance(&self, _: u64) {}
    fn is_cancelled(&self) -> bool {
        false
    }
}

#[test]
fn what_is_erased_while_it_is_copied_is_not_in_the_backup() {
    let police = police();
    let submission = put(&police, &submission());
    let to = tempfile::tempdir().unwrap();
    let observer = Withdrawing { police: &police, submission, done: AtomicBool::new(false) };
    let made = backup(&police.service.unit.store, BY, to.path(), &observer).unwrap();
    assert!(observer.done.load(Ordering::SeqCst));
    assert_eq!(made.files, 1, "the records alone");
    let stopped = police.service.stop();
    let report = verified(&stopped, to.path(), &[]);
    assert_eq!((report.findings.len(), report.submissions), (0, 0), "{:?}", report.findings);
}

struct Kept {
    stopped: Stopped,
    directory: tempfile::TempDir,
    /// A whole export after the backup.
    log: String,
    /// One before it.
    earlier: String,
}

impl Kept {
    fn new() -> Self {
        let police = police();
        let earlier = compliance(&police);
        put(&police, &submission());
        let directory = tempfile::tempdir().unwrap();
        let to = directory.path().join("backup");
        backup(&police.service.unit.store, BY, &to, &Quiet).unwrap();
        let log = compliance(&police);
        Self { stopped: police.service.stop(), directory, log, earlier }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The code with which a harmed copy of the backup is refused; nothing is left behind.
    fn refused(&self, log: Option<&str>, harm: impl FnOnce(&Path)) -> String {
        let (from, to) = (self.path("harmed"), self.path("new"));
        copy(&self.path("backup"), &from);
        harm(&from);
        let file = self.path("audit.jsonl");
        fs::write(&file, log.unwrap_or("")).unwrap();
        let result = restored(&self.stopped, &from, &to, log.map(|_| file.as_path()));
        fs::remove_dir_all(&from).unwrap();
        assert!(!to.exists());
        result.unwrap_err().code().to_owned()
    }
}

#[test]
fn a_changed_backup_and_a_foreign_log_are_refused() {
    let kept = Kept::new();
    let flip = |path: &Path| {
        let mut bytes = fs::read(path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(path, bytes).unwrap();
    };
    let segment = |backup: &Path| {
        fs::read_dir(backup.join("segments")).unwrap().next().unwrap().unwrap().path()
    };
    let refused = |harm: &dyn Fn(&Path)| kept.refused(None, harm);
    assert_eq!(refused(&|from| fs::remove_file(from.join(MANIFEST)).unwrap()), "backup-manifest");
    assert_eq!(refused(&|from| flip(&from.join(MANIFEST))), "backup-signature");
    assert_eq!(refused(&|from| flip(&from.join("unit.db"))), "backup-differs");
    assert_eq!(refused(&|from| flip(&segment(from))), "backup-differs");
    assert_eq!(refused(&|from| fs::write(segment(from), b"").unwrap()), "backup-differs");
    assert_eq!(refused(&|from| fs::remove_file(segment(from)).unwrap()), "backup-io");
    let whole = |_: &Path| {};
    assert_eq!(kept.refused(Some(&kept.earlier), whole), "audit-truncated");
    let cut = kept.log.rsplit_once("\n{").unwrap().0;
    assert_eq!(kept.refused(Some(&format!("{cut}\n")), whole), "audit-truncated");
    let other = Kept::new();
    assert_eq!(kept.refused(Some(&other.log), whole), "audit-anchored");
    assert_eq!(kept.refused(Some(""), whole), "audit-truncated");
    let error = restored(&other.stopped, &kept.path("backup"), &kept.path("new"), None);
    assert_eq!(error.unwrap_err().code(), "backup-signature");
    fs::create_dir(kept.path("new")).unwrap();
    fs::write(kept.path("new/something"), b"x").unwrap();
    let error = restored(&kept.stopped, &kept.path("backup"), &kept.path("new"), None);
    assert_eq!(error.unwrap_err().code(), "backup-not-empty");
    assert!(kept.path("new/something").exists());
}

#[test]
fn a_damaged_store_gives_no_backup() {
    let stopped = crate::verify::stopped();
    let store =
        Store::open(&stopped.data(), Arc::clone(&stopped.keys().audit), clock(), 1_000).unwrap();
    let lost = fs::read_dir(stopped.data().join("segments")).unwrap().next().unwrap().unwrap();
    fs::remove_file(lost.path()).unwrap();
    let to = stopped.path("backup");
    let error = backup(&store, BY, &to, &Quiet).unwrap_err();
    assert_eq!(error.code(), "backup-incomplete");
    assert_eq!(fs::read_dir(&to).unwrap().count(), 0, "nothing half-made is left");
    let failed =
        "SELECT count(*) FROM audit_entry WHERE kind = 'backup-made' AND outcome = 'error'";
    let count: u64 = store
        .read(|c| {
            Ok::<_, tallystick::store::StoreError>(c.query_row(failed, [], |row| row.get(0))?)
        })
        .unwrap();
    assert_eq!(count, 1);
}
