//! `upload`: whole, after a break, again.

use std::fs;

use tallystick_agency::upload::{Point, UnitKey, UploadRequest, upload};

use super::Police;
use super::proxy::Proxy;

#[test]
fn a_submission_gets_its_receipt_and_the_same_file_the_same() -> anyhow::Result<()> {
    let police = Police::new()?;
    let submission = police.submission(0)?;
    let mut service = police.target(police.service.address)?;
    service.unit_key = UnitKey::parse(&police.service.unit.store.key().public().to_string());
    assert!(service.unit_key.is_some());
    let receipt = police.path("receipt.json");
    let request = UploadRequest { submission: &submission, service: &service, receipt: &receipt };
    let first = upload(&request, &mut police.attendant())?;
    let kept = fs::read_to_string(&receipt)?;
    assert_eq!(kept.trim_end(), first.text());
    assert!(!police.path("without0.police.tally.upload").exists(), "nothing is left to go on with");
    fs::remove_file(&receipt)?;
    let again = upload(&request, &mut police.attendant())?;
    assert_eq!(again.text(), first.text());
    assert_eq!(fs::read_to_string(&receipt)?, kept);
    assert_eq!(police.states(), ["accepted"]);
    Ok(())
}

#[test]
fn a_broken_upload_goes_on_where_it_was() -> anyhow::Result<()> {
    let police = Police::new()?;
    let submission = police.submission(0)?;
    let length = fs::metadata(&submission)?.len();
    assert!(length > 400_000, "{length} bytes are too few to break");
    // Within the first piece, so that none of it counts, and smaller pieces later on do.
    let proxy = Proxy::start(police.service.address, 200_000, 5)?;
    let service = police.target(proxy.address)?;
    let receipt = police.path("receipt.json");
    let request = UploadRequest { submission: &submission, service: &service, receipt: &receipt };
    let mut attendant = police.attendant();
    upload(&request, &mut attendant)?;
    assert_eq!(proxy.broken(), 5);
    let begun = attendant.reached.iter().filter(|point| **point == Point::Begun).count();
    assert_eq!(begun, 1, "it is one upload");
    let pieces = attendant.reached.iter().filter(|point| **point == Point::PieceTaken).count();
    assert!(pieces >= 2, "smaller pieces went through");
    let pauses: Vec<u64> = attendant.pauses.iter().map(|pause| pause.as_secs()).collect();
    assert!(pauses.starts_with(&[1, 2, 4, 8, 16]), "{pauses:?}");
    assert_eq!(police.states(), ["accepted"]);
    Ok(())
}

#[test]
fn a_stopped_upload_goes_on_from_any_point() -> anyhow::Result<()> {
    let police = Police::new()?;
    let service = police.target(police.service.address)?;
    let receipt = police.path("receipt.json");
    for points in 0.. {
        let submission = police.submission(points)?;
        let request =
            UploadRequest { submission: &submission, service: &service, receipt: &receipt };
        let mut attendant = police.attendant();
        attendant.points_left = Some(points);
        let stopped = upload(&request, &mut attendant);
        let Err(error) = stopped else {
            assert_eq!(points, 5, "begun, kept, sent, accepted, receipt");
            break;
        };
        assert_eq!(error.code(), "cancelled");
        let mut attendant = police.attendant();
        upload(&request, &mut attendant)?;
        let kept = points > 0 && points < 5;
        assert_eq!(attendant.reached.contains(&Point::Begun), !kept, "{points}");
        assert_eq!(police.states().len(), points + 1);
    }
    assert_eq!(police.states().iter().filter(|state| *state == "accepted").count(), 1);
    Ok(())
}

#[test]
fn a_service_that_never_answers_is_given_up() -> anyhow::Result<()> {
    let police = Police::new()?;
    let submission = police.submission(0)?;
    let proxy = Proxy::start(police.service.address, 10, u64::MAX)?;
    let service = police.target(proxy.address)?;
    let receipt = police.path("receipt.json");
    let request = UploadRequest { submission: &submission, service: &service, receipt: &receipt };
    let mut attendant = police.attendant();
    let error = upload(&request, &mut attendant).expect_err("it cannot be reached");
    assert_eq!(error.code(), "service-unreachable");
    let pauses: Vec<u64> = attendant.pauses.iter().map(|pause| pause.as_secs()).collect();
    assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
    assert!(!receipt.exists());
    Ok(())
}
