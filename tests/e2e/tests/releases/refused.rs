//! What is refused before anybody can approve it.

use tallystick::accounts::{Approver, Evaluator, Preparer, Role};
use tallystick::release::desk::{self as release, Approval, ReleaseState};
use tallystick_dataset::bundle::Bundle;
use tallystick_synth::Profile as Errors;

use super::{Bureau, STUDY, code};

/// The state and code of a release that is made for a changed study.
fn outcome(
    bureau: &Bureau,
    from: &str,
    to: &str,
) -> anyhow::Result<(ReleaseState, Option<String>)> {
    let study = STUDY.replacen(from, to, 1);
    anyhow::ensure!(study != STUDY, "the study has what the test replaces");
    let release = bureau.checked(&study)?;
    Ok((release.state, release.failure))
}

#[test]
fn attempts_to_learn_more_are_refused_with_their_reason() -> anyhow::Result<()> {
    let bureau = Bureau::new(3_000, Errors::Clean)?;
    let refused = |code: &str| (ReleaseState::Refused, Some(code.to_owned()));
    // A cohort of one quarter of a year and one offence is too small.
    let tiny = outcome(
        &bureau,
        "from = \"2017-11-01\"\nto = \"2019-06-30\"\npathways",
        "from = \"2017-11-01\"\nto = \"2017-11-02\"\npathways",
    )?;
    assert_eq!(tiny, refused("release-cohort-small"));
    // A column that others may know and the policy does not name.
    let undeclared = outcome(
        &bureau,
        "[[disclosure.quasi]]\ntable = \"person\"\ncolumn = \"index_quarter\"\nlevels = [\"as-is\", \"half-year\", \"year\", \"suppressed\"]\n",
        "",
    )?;
    assert_eq!(undeclared, refused("quasi-undeclared"));
    // Months, and then days, that the standard does not permit.
    let months = STUDY.replacen("profile = \"expert\"", "profile = \"safe-harbor\"", 1);
    let wanted = bureau.wanted(&months);
    assert_eq!(
        code(release::queue(&bureau.office.unit, &bureau.preparer, &wanted)),
        "study-disclosure"
    );
    let days = bureau.checked(&without_months(&months))?;
    assert_eq!(days.state, ReleaseState::Refused);
    // A table that nobody declared.
    let table = outcome(
        &bureau,
        "[[disclosure.table]]\nname = \"link_quality\"\nperson = \"study_id\"\n",
        "",
    )?;
    assert_eq!(table, refused("table-undeclared"));
    Ok(())
}

/// A study whose tables have no months.
fn without_months(study: &str) -> String {
    let mut study =
        study.replacen("part2_coarse = true", "leave_out = [\"person_month\", \"service\"]", 1);
    for table in ["person_month", "service"] {
        let declared = format!("[[disclosure.table]]\nname = \"{table}\"\nperson = \"study_id\"\n");
        study = study.replacen(&declared, "", 1);
    }
    study.replacen(
        "[[disclosure.days]]\ntable = \"service\"\ncolumn = \"rel_day\"\nfrom = \"person\"\n",
        "",
        1,
    )
}

#[test]
fn the_other_standards_are_kept_to_and_named() -> anyhow::Result<()> {
    let bureau = Bureau::new(3_000, Errors::Clean)?;
    // Years only, no district, no expert.
    let safe = without_months(STUDY)
        .replacen(
            "profile = \"expert\"\nexpert_report = \"EXAMPLE-1\"",
            "profile = \"safe-harbor\"",
            1,
        )
        .replace("from = \"person\"\n", "from = \"person\"\nperiod_days = 365\n")
        .replace(
            "area = true\nlevels = [\"as-is\", \"suppressed\"]",
            "area = true\nlevels = [\"suppressed\"]",
        )
        .replacen(
            "[\"as-is\", \"half-year\", \"year\", \"suppressed\"]",
            "[\"year\", \"suppressed\"]",
            1,
        );
    let released = bureau.released(&safe)?;
    assert_eq!(released.profile, "safe-harbor");
    let bundle = Bundle::open(&bureau.download(released.id)?)?;
    let quarter = bundle.read_table("person")?;
    let quarter = quarter.column("index_quarter").expect("it has the column").clone();
    let mut cell = Vec::new();
    quarter.values.write_cell(0, &mut cell);
    assert!(cell.len() == 4 || cell == b".c", "a year, or nothing");
    // A limited data set keeps what it has, and is not called de-identified.
    release::revoke(&bureau.office.unit, &bureau.compliance, released.id, "taken-back")?;
    let limited = STUDY.replacen(
        "profile = \"expert\"\nexpert_report = \"EXAMPLE-1\"",
        "profile = \"limited\"",
        1,
    );
    let limited = bureau.released(&limited)?;
    assert_eq!(limited.profile, "limited");
    let report: serde_json::Value = serde_json::from_str(&limited.report.unwrap_or_default())?;
    assert_eq!(report["disclosure"]["is_deidentified"], false);
    Ok(())
}

#[test]
fn a_release_that_differs_from_an_earlier_one_by_a_few_persons_is_refused() -> anyhow::Result<()> {
    let bureau = Bureau::new(3_000, Errors::Clean)?;
    bureau.released(STUDY)?;
    // The same again, without those of one day.
    let study = STUDY.replacen("to = \"2019-06-30\"\ntypes", "to = \"2019-06-29\"\ntypes", 1);
    let second = bureau.checked(&study)?;
    assert_eq!(second.state, ReleaseState::Refused);
    assert_eq!(second.failure.as_deref(), Some("release-differencing"));
    // The same tables can be released to others.
    let same = bureau.checked(STUDY)?;
    assert_eq!(same.state, ReleaseState::Checked, "{:?}", same.report);
    Ok(())
}

#[test]
fn who_prepares_does_not_approve_and_a_licence_is_needed() -> anyhow::Result<()> {
    let bureau = Bureau::new(3_000, Errors::Clean)?;
    let unit = &bureau.office.unit;
    // An account may prepare and approve, but not the same.
    let both = bureau.somebody("the.both", &[Role::Preparer, Role::Approver])?;
    let id = release::queue(unit, &Preparer::of(&both)?, &bureau.wanted(STUDY))?;
    assert_eq!(release::work(unit, &|| false)?, Some(id));
    let approve = Approval::Approve { valid_days: None };
    let own = release::decide(unit, &Approver::of(&both)?, id, approve);
    assert_eq!(code(own), "release-own");
    let long = Approval::Approve { valid_days: Some(10_000) };
    assert_eq!(code(release::decide(unit, &bureau.approver, id, long)), "release-valid-days");
    release::decide(unit, &bureau.approver, id, approve)?;
    assert_eq!(release::work(unit, &|| false)?, Some(id));
    // Somebody of the project whom no licence names, and a release that is taken back.
    let stranger = Evaluator::of(&bureau.somebody("a.stranger", &[Role::Evaluator])?)?;
    assert_eq!(code(release::download(unit, &stranger, id, true)), "release-not-recipient");
    release::revoke(unit, &bureau.compliance, id, "taken-back")?;
    assert_eq!(code(release::download(unit, &bureau.evaluator, id, true)), "release-wrong-state");
    let mut wanted = bureau.wanted("name = 1");
    assert_eq!(code(release::queue(unit, &bureau.preparer, &wanted)), "study-syntax");
    wanted.study = STUDY.replacen("[disclosure]\n", "[disclosure]\nkk = 1\n", 1);
    assert_eq!(code(release::queue(unit, &bureau.preparer, &wanted)), "study-disclosure");
    unit.store.keep(|transaction, now| {
        let sql = "UPDATE agreement SET ended_at = ?1, end_reason = 'withdrawn' WHERE kind = 'dul'";
        transaction.execute(sql, [now])?;
        anyhow::Ok(())
    })?;
    wanted.study = STUDY.to_owned();
    let refused = release::queue(unit, &bureau.preparer, &wanted);
    assert_eq!(code(refused), "dul-ended");
    let logged = bureau.logged("release-prepared")?;
    assert_eq!(logged.last(), Some(&("denied".to_owned(), Some("dul-ended".to_owned()))));
    Ok(())
}
