//! Uploads and submissions over HTTPS, by the upload protocol and in one piece.

use serde_json::json;
use tallystick::audit::{AuditPublicKey, Signed};
use tallystick::ids::{SubmissionId, UploadId};
use tallystick::intake;
use tallystick_wire::{ReadAt as _, SourceLabel, SourceType};

use crate::police::{made, police, submission, uploader};

#[test]
fn a_submission_comes_back_as_the_bytes_it_was() {
    let police = police();
    let bytes = submission();
    let answer = police.put(&bytes);
    assert_eq!(answer.status, 201, "{}", answer.text);
    let id = SubmissionId::parse(answer.body["receipt"].as_str().unwrap()).unwrap();
    let stored = intake::open_stored(&police.service.unit, id).unwrap();
    let mut found = vec![0; usize::try_from(stored.len_bytes().unwrap()).unwrap()];
    stored.read_exact_at(&mut found, 0).unwrap();
    assert!(found == bytes);
    assert_eq!(police.segments(), 2, "encodings and content, and nothing of the upload");
    for entry in std::fs::read_dir(police.service.unit.store.segments()).unwrap() {
        let sealed = std::fs::read(entry.unwrap().path()).unwrap();
        let shared = bytes.chunks(16).any(|part| sealed.windows(16).any(|window| window == part));
        assert!(!shared, "a stored file holds sixteen bytes of the submission in clear");
    }
}

#[test]
fn a_receipt_is_signed_and_the_same_file_has_the_same() {
    let police = police();
    let bytes = submission();
    let first = police.put(&bytes);
    let (body, signature) = first.text.rsplit_once(",\"signature\":\"").unwrap();
    let signature = tallystick::ids::unhex::<64>(&signature[..128]).unwrap();
    let key = AuditPublicKey::parse(first.body["key"].as_str().unwrap()).unwrap();
    assert!(key.verifies(Signed::Receipt, format!("{body}}}").as_bytes(), &signature));
    let again = police.put(&bytes);
    assert_eq!((again.status, &again.text), (201, &first.text));
    let path = format!("/api/v1/submissions/{}/receipt", first.body["receipt"].as_str().unwrap());
    assert_eq!(police.caller.get(&path).text, first.text);
    let listed = police.caller.get("/api/v1/submissions").body;
    assert_eq!(listed["submissions"].as_array().unwrap().len(), 1);
}

#[test]
fn a_broken_upload_goes_on_where_it_was() {
    let police = police();
    let bytes = submission();
    let place = police.begin(bytes.len());
    assert_eq!(police.offset(&place), (200, "0".to_owned()));
    assert_eq!(police.patch(&place, 0, &bytes[..100], &[]).status, 204);
    assert_eq!(police.patch(&place, 0, &bytes[..100], &[]).code(), "upload-offset");
    assert_eq!(police.patch(&place, 100, &bytes[100..300], &[]).status, 204);
    assert_eq!(police.offset(&place), (200, "300".to_owned()));
    let last = police.patch(&place, 300, &bytes[300..], &[]);
    assert_eq!(
        (last.status, last.header("upload-offset")),
        (204, bytes.len().to_string().as_str())
    );
    police.settle();
    assert_eq!(police.patch(&place, bytes.len(), b"", &[]).code(), "upload-closed");
    let shown = police.caller.get(&place).body;
    assert_eq!(shown["state"], "accepted");
    let receipt = format!("/api/v1/submissions/{}/receipt", shown["submission"].as_str().unwrap());
    let receipt = police.caller.get(&receipt);
    assert_eq!(police.put(&bytes).text, receipt.text);
}

#[test]
fn a_piece_that_is_not_what_its_checksum_says_is_not_taken() {
    let police = police();
    let bytes = submission();
    let place = police.begin(bytes.len());
    let wrong = [("upload-checksum", "sha256 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")];
    let answer = police.patch(&place, 0, &bytes[..100], &wrong);
    assert_eq!((answer.status, answer.code()), (460, "upload-checksum"));
    assert_eq!(police.offset(&place).1, "0");
    let unknown = police.patch(&place, 0, &bytes[..100], &[("upload-checksum", "md5 AAAA")]);
    assert_eq!(unknown.code(), "request-malformed");
    // printf 'tally\r\n\x1a' | openssl dgst -sha1 -binary | base64
    let right = [("upload-checksum", "sha1 I9zLEE24oRnztJDqn7QmLKjKefo=")];
    assert_eq!(police.patch(&place, 0, &bytes[..8], &right).status, 204);
    assert_eq!(police.offset(&place).1, "8");
}

#[test]
fn an_export_that_is_uploaded_by_mistake_leaves_nothing() {
    let police = police();
    let export = "SUSPECT,DOB\n\"CANARYBIRD, WILMA\",01/02/1980\n".repeat(4_000);
    let answer = police.put(export.as_bytes());
    assert_eq!((answer.status, answer.code()), (422, "submission-not-recognised"));
    let place = police.begin(export.len());
    let answer = police.patch(&place, 0, export.as_bytes(), &[]);
    assert_eq!(answer.code(), "submission-not-recognised");
    assert_eq!(police.offset(&place).0, 410);
    assert_eq!(police.segments(), 0);
    let mut everything = Vec::new();
    for entry in std::fs::read_dir(police.service.unit.store.directory()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            everything.extend(std::fs::read(path).unwrap());
        }
    }
    let holds = |text: &[u8]| everything.windows(text.len()).any(|window| window == text);
    assert!(holds(b"submission-not-recognised"), "the log says why");
    for part in [b"CANARY".as_slice(), b"WILMA", b"SUSPECT", b"01/02/1980"] {
        assert!(!holds(part));
    }
}

#[test]
fn what_is_not_the_agencys_own_is_refused_by_name() {
    let police = police();
    let foreign = made(|draft| draft.header.source = SourceLabel::parse("court").unwrap());
    let unknown = made(|draft| draft.header.project.0[0] ^= 1);
    let schema = made(|draft| draft.header.config_hash.0[0] ^= 1);
    let mut cut = submission();
    cut.truncate(cut.len() - 1);
    let mut longer = submission();
    longer.push(0);
    let mut flipped = submission();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    for (bytes, code) in [
        (foreign, "submission-foreign-source"),
        (unknown, "submission-project-unknown"),
        (schema, "submission-schema-unknown"),
        (cut, "submission-truncated"),
        (longer, "submission-overlong"),
        (flipped, "submission-section-checksum"),
    ] {
        let answer = police.put(&bytes);
        let found = (answer.status, answer.code(), answer.body["reason"].as_str());
        assert_eq!(found, (422, "submission-refused", Some(code)));
    }
    assert_eq!(police.segments(), 0);
}

#[test]
fn the_keys_of_a_projects_agencies_are_the_same() {
    let police = police();
    assert_eq!(police.put(&submission()).status, 201);
    let agency = police.service.agency("court");
    police.service.agree(agency, police.project);
    let court = uploader(&police.service, "the.court", agency);
    let bytes = made(|draft| {
        draft.header.source = SourceLabel::parse("court").unwrap();
        draft.header.source_type = SourceType::Court;
        draft.header.key_check.0[0] ^= 1;
    });
    let answer = court.send_bytes("PUT", "/api/v1/submissions", &[], &bytes);
    assert_eq!(answer.body["reason"], "submission-key-differs");
}

#[test]
fn who_may_not_upload_for_a_project_does_not_learn_that_others_take_part() {
    let police = police();
    assert_eq!(police.put(&submission()).status, 201);
    let agency = police.service.agency("court");
    let store = &police.service.unit.store;
    let another = "ab".repeat(16);
    let another = tallystick::accounts::record_project(store, None, "another", &another).unwrap();
    police.service.agree(agency, another);
    let court = uploader(&police.service, "the.court", agency);
    let reasons = [0, 1].map(|flipped| {
        let bytes = made(|draft| {
            draft.header.source = SourceLabel::parse("court").unwrap();
            draft.header.source_type = SourceType::Court;
            draft.header.key_check.0[0] ^= flipped;
        });
        court.send_bytes("PUT", "/api/v1/submissions", &[], &bytes).body["reason"].clone()
    });
    assert_eq!(reasons, ["dsa-missing", "dsa-missing"], "with the project's key and without");
}

#[test]
fn a_later_submission_supersedes_and_a_withdrawn_one_is_erased() {
    let police = police();
    let first = police.put(&submission());
    let second = police.put(&made(|draft| {
        draft.content = None;
        draft.header.content_rows = 0;
    }));
    assert_eq!((first.status, second.status), (201, 201));
    let listed = police.caller.get("/api/v1/submissions").body;
    let mut states: Vec<&str> = listed["submissions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|submission| submission["state"].as_str().unwrap())
        .collect();
    states.sort_unstable();
    assert_eq!(states, ["accepted", "superseded"]);
    let path = format!("/api/v1/submissions/{}", second.body["receipt"].as_str().unwrap());
    let before = police.segments();
    assert_eq!(police.caller.send("DELETE", &path, None).status, 204);
    assert_eq!(police.segments(), before - 1, "it has no content");
    assert_eq!(police.caller.send("DELETE", &path, None).status, 404);
    let id = SubmissionId::parse(second.body["receipt"].as_str().unwrap()).unwrap();
    assert!(intake::open_stored(&police.service.unit, id).is_err());
}

#[test]
fn another_agency_sees_none_of_it() {
    let police = police();
    let bytes = submission();
    let place = police.begin(bytes.len());
    let receipt = police.put(&bytes);
    let agency = police.service.agency("provider");
    let other = uploader(&police.service, "the.provider", agency);
    let id = receipt.body["receipt"].as_str().unwrap();
    let nobodys = format!("/api/v1/submissions/sub_{}/receipt", "0".repeat(32));
    let known = other.get(&format!("/api/v1/submissions/{id}/receipt"));
    assert_eq!((known.status, &known.text), (404, &other.get(&nobodys).text));
    let nobodys = format!("/api/v1/uploads/upl_{}", "0".repeat(32));
    assert_eq!(other.get(&place).text, other.get(&nobodys).text);
    assert_eq!(other.get("/api/v1/submissions").body["submissions"], json!([]));
}

#[test]
fn limits_hold_and_what_nobody_knows_is_swept() {
    let police = police();
    let limits = &police.service.unit.config;
    let long = (limits.limits.submission_bytes_max + 1).to_string();
    let headers = [("tus-resumable", "1.0.0"), ("upload-length", long.as_str())];
    let answer = police.caller.send_bytes("POST", "/api/v1/uploads", &headers, &[]);
    assert_eq!((answer.status, answer.code()), (413, "upload-length"));
    let places: Vec<String> = (0..limits.intake.uploads_max).map(|_| police.begin(100)).collect();
    let headers = [("tus-resumable", "1.0.0"), ("upload-length", "100")];
    let answer = police.caller.send_bytes("POST", "/api/v1/uploads", &headers, &[]);
    assert_eq!((answer.status, answer.code()), (429, "uploads-too-many"));
    let ended = police.caller.with("tus-resumable", "1.0.0").send("DELETE", &places[0], None);
    assert_eq!(ended.status, 204);
    let before = police.segments();
    std::fs::write(police.service.unit.store.segments().join("seg_left"), b"x").unwrap();
    assert_eq!(intake::sweep(&police.service.unit).unwrap(), 1);
    assert_eq!(police.segments(), before);
    let id = UploadId::parse(places[1].rsplit('/').next().unwrap()).unwrap();
    assert!(intake::take(&police.service.unit, id).is_err(), "it is not complete");
}

#[test]
fn keys_of_what_is_withdrawn_are_nowhere_in_the_records() {
    let police = police();
    let store = &police.service.unit.store;
    let receipt = police.put(&submission());
    let sql = "SELECT wrapped_key FROM segment WHERE wrapped_key IS NOT NULL";
    let keys: Vec<Vec<u8>> = store
        .read(|connection| {
            let mut statement = connection.prepare(sql)?;
            let keys = statement.query_map([], |row| row.get(0))?;
            Ok::<_, tallystick::store::StoreError>(keys.collect::<Result<_, _>>()?)
        })
        .unwrap();
    assert_eq!(keys.len(), 2);
    let found = || {
        let files = ["unit.db", "unit.db-wal"].map(|name| store.directory().join(name));
        let bytes: Vec<u8> = files.iter().flat_map(|file| std::fs::read(file).unwrap()).collect();
        let holds =
            |key: &&Vec<u8>| bytes.windows(key.len()).any(|window| window == key.as_slice());
        keys.iter().filter(holds).count()
    };
    assert_eq!(found(), 2, "the search finds what is there");
    let path = format!("/api/v1/submissions/{}", receipt.body["receipt"].as_str().unwrap());
    assert_eq!(police.caller.send("DELETE", &path, None).status, 204);
    assert_eq!(found(), 0);
}

/// First bytes of a submission, and then nothing that belongs to one.
fn long_and_wrong(bytes: usize) -> Vec<u8> {
    let mut body = tallystick_wire::header::MAGIC.to_vec();
    body.resize(bytes, 0);
    body
}

#[test]
fn a_long_body_is_read_to_its_end_before_it_is_judged() {
    let police = police();
    let body = long_and_wrong(9 << 20);
    let answer = police.put(&body);
    let reason = answer.body["reason"].as_str().unwrap_or("").to_owned();
    assert_eq!((answer.status, answer.code()), (422, "submission-refused"));
    assert!(reason.starts_with("submission-"), "{reason}");
    let place = police.begin(body.len());
    let wrong = [("upload-checksum", "sha256 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")];
    let answer = police.patch(&place, 0, &body[..5 << 20], &wrong);
    assert_eq!((answer.status, answer.code()), (460, "upload-checksum"));
    assert_eq!(police.offset(&place).1, "0");
    assert_eq!(police.patch(&place, 0, &body, &[]).status, 204);
    police.settle();
    assert_eq!(police.caller.get(&place).body["state"], "refused");
    assert_eq!(police.segments(), 0);
}

#[test]
fn a_connection_that_breaks_keeps_whole_pieces_and_a_broken_put_leaves_nothing() {
    let police = police();
    let body = long_and_wrong(8 << 20);
    let place = police.begin(body.len());
    police.caller.break_off("PATCH", &place, &body, 5 << 20);
    // The service notices the break at a moment of its own: asked until it has.
    let kept = (0..100_000).map(|_| police.offset(&place).1).find(|offset| offset != "0");
    let kept: usize = kept.expect("something was kept").parse().unwrap();
    assert!((1 << 20..=5 << 20).contains(&kept), "{kept}");
    assert_eq!(police.patch(&place, kept, &body[kept..], &[]).status, 204);
    police.settle();
    assert_eq!(police.caller.get(&place).body["state"], "refused");
    police.caller.break_off("PUT", "/api/v1/submissions", &body, 5 << 20);
    let ended = (0..100_000).any(|_| {
        let sql = "SELECT count(*) FROM upload WHERE state = 'ended'";
        let count = |c: &rusqlite::Connection| c.query_row(sql, [], |row| row.get::<_, u64>(0));
        let look = |c: &rusqlite::Connection| Ok::<_, tallystick::store::StoreError>(count(c)?);
        police.service.unit.store.read(look).unwrap() == 1
    });
    assert!(ended, "nobody goes on with it");
}

#[test]
fn an_upload_that_nobody_goes_on_with_ends() {
    let police = police();
    police.begin(100);
    assert_eq!(intake::expire(&police.service.unit).unwrap(), 0);
    let hours = police.service.unit.config.intake.upload_hours;
    police.service.clock.advance_seconds(hours * 3_600 + 1);
    assert_eq!(intake::expire(&police.service.unit).unwrap(), 1);
    assert_eq!(police.segments(), 0);
    assert_eq!(intake::expire(&police.service.unit).unwrap(), 0, "once");
}
