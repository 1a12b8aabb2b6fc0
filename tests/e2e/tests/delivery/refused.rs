//! What ends an upload by name, and leaves no receipt.

use std::fs;

use tallystick_agency::upload::{Service as Target, UnitKey, UploadRequest, upload};
use tallystick_wire::Profile;

use super::Police;

/// The code by which an upload ends, and what people are told.
fn ends(police: &Police, submission: &std::path::Path, service: &Target) -> (&'static str, String) {
    let receipt = police.path("receipt.json");
    let request = UploadRequest { submission, service, receipt: &receipt };
    let error = upload(&request, &mut police.attendant()).expect_err("it is refused");
    assert!(!receipt.exists(), "there is no receipt");
    (error.code(), error.to_string())
}

#[test]
fn a_wrong_token_is_refused_and_not_shown() -> anyhow::Result<()> {
    let police = Police::new()?;
    let submission = police.submission(0)?;
    let secret = format!("tallystick_{}", "ab".repeat(32));
    let mut service = police.target(police.service.address)?;
    service.token = police.token_of(&secret)?;
    let (code, message) = ends(&police, &submission, &service);
    assert_eq!(code, "token-refused");
    assert!(!message.contains("abab") && !format!("{service:?}").contains("abab"));
    Ok(())
}

#[test]
fn a_certificate_that_is_not_trusted_ends_it() -> anyhow::Result<()> {
    let police = Police::new()?;
    let submission = police.submission(0)?;
    let mut service = police.target(police.service.address)?;
    service.ca = None;
    assert_eq!(ends(&police, &submission, &service).0, "service-certificate");
    service.address = format!("http://{}", police.service.address);
    assert_eq!(ends(&police, &submission, &service).0, "service-address");
    Ok(())
}

#[test]
fn a_submission_of_another_project_is_refused_with_the_units_reason() -> anyhow::Result<()> {
    let police = Police::new()?;
    let export = police.path("export.csv");
    police.export(&export, 0)?;
    let keys = police.project.agency_keys("police")?;
    let text = fs::read_to_string(&keys)?;
    let line = text.lines().find(|line| line.starts_with("project")).unwrap_or_default();
    let other: String = line
        .chars()
        .map(|letter| match letter {
            '0'..='8' => char::from(u8::try_from(letter).unwrap_or(b'0') + 1),
            letter => letter,
        })
        .collect();
    assert_ne!(other, line);
    fs::write(&keys, text.replace(line, &other))?;
    let encoded = police.project.encode(&export, &police.mapping, Profile::Standard, "other")?;
    let service = police.target(police.service.address)?;
    let (code, message) = ends(&police, &encoded.submission, &service);
    assert_eq!(code, "submission-refused");
    assert!(message.contains("submission-project-unknown"), "{message}");
    assert!(!police.path("other.police.tally.upload").exists());
    assert!(police.states().is_empty());
    Ok(())
}

#[test]
fn an_export_is_not_sent_by_mistake() -> anyhow::Result<()> {
    let police = Police::new()?;
    let export = police.path("export.csv");
    police.export(&export, 0)?;
    let service = police.target(police.service.address)?;
    assert_eq!(ends(&police, &export, &service).0, "submission-not-recognised");
    assert!(police.service.unit.store.segments().read_dir()?.next().is_none(), "nothing was sent");
    Ok(())
}

#[test]
fn a_receipt_by_another_key_than_the_pinned_one_is_no_receipt() -> anyhow::Result<()> {
    let police = Police::new()?;
    let submission = police.submission(0)?;
    let mut service = police.target(police.service.address)?;
    service.unit_key = UnitKey::parse(&"ab".repeat(32));
    assert_eq!(ends(&police, &submission, &service).0, "receipt-key");
    Ok(())
}
