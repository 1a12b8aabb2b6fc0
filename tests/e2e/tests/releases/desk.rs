//! The way of a release.

use tallystick::accounts::ReleaseReader;
use tallystick::link::Policy;
use tallystick::persons;
use tallystick::release::desk::{self as release, Approval, Part, ReleaseState};
use tallystick::runs::{self, RunState};
use tallystick_dataset::Ticker;
use tallystick_dataset::bundle::verify;
use tallystick_synth::Profile as Errors;
use tallystick_wire::Handle;

use super::{Bureau, NEVER, STUDY, code};

#[test]
fn a_release_is_checked_approved_by_another_downloaded_and_goes_out_of_date() -> anyhow::Result<()>
{
    let bureau = Bureau::new(3_000, Errors::Clean)?;
    let unit = &bureau.office.unit;
    let checked = bureau.checked(STUDY)?;
    assert_eq!(checked.state, ReleaseState::Checked, "{:?}", checked.report);
    assert_eq!(code(release::download(unit, &bureau.evaluator, checked.id, true)), "unknown-id");

    let approve = Approval::Approve { valid_days: Some(30) };
    release::decide(unit, &bureau.approver, checked.id, approve)?;
    let again = release::decide(unit, &bureau.approver, checked.id, Approval::Reject);
    assert_eq!(code(again), "release-wrong-state");
    assert_eq!(release::work(unit, &|| false)?, Some(checked.id));
    let released = bureau.find(checked.id)?;
    assert_eq!(released.state, ReleaseState::Released, "{:?}", released.report);

    assert_eq!(
        code(release::download(unit, &bureau.evaluator, checked.id, false)),
        "release-terms"
    );
    let path = bureau.download(checked.id)?;
    let key = bureau.public_key()?;
    let mut ticker = Ticker::new(&|_| {}, &|| false);
    let verified = verify(&path, &key, &mut ticker)?;
    let names: Vec<&str> = verified.bundle.tables().collect();
    for name in
        ["person", "person_window", "person_month", "arrest", "link_quality", "linkage_summary"]
    {
        assert!(names.contains(&name), "{name} in {names:?}");
    }
    assert_eq!(verified.bundle.manifest().approvals.len(), 2);
    assert!(verified.bundle.manifest().notice_sha256.is_some(), "a provider's rows are in it");

    // Report and codebook are read without the tables, as they were signed.
    let reader = ReleaseReader::of(bureau.evaluator.principal())?;
    for (part, member) in [(Part::Report, "linkage_report.html"), (Part::Codebook, "codebook.csv")]
    {
        let read = release::read(unit, &reader, checked.id, part)?;
        assert_eq!(read, verified.bundle.member(member)?);
    }
    let overseer = ReleaseReader::of(bureau.compliance.principal())?;
    assert!(release::read(unit, &overseer, checked.id, Part::Codebook).is_ok());

    // Thirty days later nobody can download it any more.
    bureau.office.clock.advance_seconds(30 * 86_400);
    assert_eq!(
        code(release::download(unit, &bureau.evaluator, checked.id, true)),
        "release-expired"
    );
    assert_eq!(code(release::read(unit, &reader, checked.id, Part::Report)), "release-expired");
    bureau.office.clock.advance_seconds(-30 * 86_400);

    // A row that is taken out makes the release out of date, at once.
    let police = &bureau.office.uploaders["police"];
    persons::retract(unit, police, bureau.office.project, &[Handle([7; 16])])?;
    assert_eq!(
        code(release::download(unit, &bureau.evaluator, checked.id, true)),
        "release-superseded"
    );
    assert_eq!(release::work(unit, &|| false)?, None);
    assert_eq!(
        bureau.find(checked.id)?.superseded.map(|(_, because)| because).as_deref(),
        Some("rows-retracted")
    );
    assert_eq!(
        bureau.logged("release-superseded")?,
        [("ok".to_owned(), Some("rows-retracted".to_owned()))]
    );
    let downloads = bureau.logged("release-downloaded")?;
    let denied: Vec<_> = downloads.iter().filter_map(|(_, reason)| reason.as_deref()).collect();
    assert_eq!(denied, ["unknown-id", "release-terms", "release-expired", "release-superseded"]);
    let holders = unit.store.read(|connection| release::downloads(connection, checked.id))?;
    assert_eq!(holders.len(), 1, "who reads the report holds no tables");
    let read = bureau.logged("release-read")?;
    let reasons: Vec<_> = read.iter().filter_map(|(_, reason)| reason.as_deref()).collect();
    assert_eq!(reasons, ["report", "codebook", "codebook", "release-expired"]);

    // What is out of date is not released again.
    let refused = release::queue(unit, &bureau.preparer, &bureau.wanted(STUDY));
    assert_eq!(code(refused), "release-run-unfit");
    Ok(())
}

#[test]
fn two_builds_of_a_release_are_the_same_bytes() -> anyhow::Result<()> {
    let bureau = Bureau::new(3_000, Errors::Clean)?;
    let unit = &bureau.office.unit;
    let first = bureau.released(STUDY)?;
    unit.store.keep(|transaction, _| {
        let sql = "UPDATE release SET state = 'approved', bundle = NULL, bundle_sha256 = NULL, released_at = NULL";
        transaction.execute(sql, [])?;
        anyhow::Ok(())
    })?;
    // The log has gone on in between.
    assert_eq!(release::work(unit, &|| false)?, Some(first.id));
    let second = bureau.find(first.id)?;
    assert_ne!(first.bundle.map(|it| it.segment), second.bundle.map(|it| it.segment));
    assert_eq!(first.bundle.map(|it| it.sha256), second.bundle.map(|it| it.sha256));
    Ok(())
}

#[test]
fn linked_persons_are_destroyed_after_delivery_with_a_certificate() -> anyhow::Result<()> {
    let bureau = Bureau::new(3_000, Errors::Clean)?;
    let unit = &bureau.office.unit;
    let released = bureau.released(STUDY)?;
    let (certificate, _) = release::destroy(unit, &bureau.compliance, bureau.run)?;
    // The result, the numbers of its persons, the project's known persons, and the pairs kept for review.
    assert_eq!(certificate.files.len(), 4);
    for file in &certificate.files {
        assert!(!unit.store.segments().join(file).exists(), "{file}");
    }
    let logged = bureau.logged("data-destroyed")?;
    let reasons: Vec<_> = logged.iter().map(|(_, reason)| reason.as_deref()).collect();
    assert_eq!(reasons, [Some("run-destroyed"), None], "the pairs kept for review, then the rest");
    // The bundle can be had still; another cannot be made.
    bureau.download(released.id)?;
    let refused = release::queue(unit, &bureau.preparer, &bureau.wanted(STUDY));
    assert_eq!(code(refused), "release-run-unfit");
    // Later runs go on, with new numbers of persons.
    let run = bureau.office.queue(&Policy::default())?;
    assert_eq!(runs::work(unit, NEVER)?, Some(run));
    assert_eq!(bureau.office.run(run)?.state, RunState::Finished);
    Ok(())
}
