//! What the agreements permit and refuse, as laws and as cases.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::clock::Timestamp;
use crate::ids::{AccountId, AgencyId, AgreementId, ProjectId};

const DAY_MS: i64 = 86_400_000;

fn number(prefix: &str, number: u64) -> String {
    format!("{prefix}{number:032x}")
}

fn agency(index: u64) -> AgencyId {
    AgencyId::parse(&number("agc_", index)).unwrap()
}

fn project(index: u64) -> ProjectId {
    ProjectId::parse(&number("prj_", index)).unwrap()
}

fn account(index: u64) -> AccountId {
    AccountId::parse(&number("acc_", index)).unwrap()
}

fn agreement(index: u64, from: i64, until: i64, terms: Terms) -> Agreement {
    let day = |days| Day::of_days(days).unwrap();
    Agreement {
        id: AgreementId::parse(&number("agr_", index)).unwrap(),
        document: [1; 32],
        interval: Interval::new(day(from), day(until)).unwrap(),
        terms,
        recorded_at: Timestamp(0),
        recorded_by: None,
        ended: None,
    }
}

fn mou(partners: impl IntoIterator<Item = u64>) -> Terms {
    Terms::Mou(Mou { partners: partners.into_iter().map(agency).collect() })
}

fn dsa(of: u64, purposes: &[Purpose], basis: Option<Basis>) -> Terms {
    Terms::Dsa(Dsa {
        agency: agency(of),
        projects: BTreeSet::from([project(0)]),
        purposes: purposes.iter().copied().collect(),
        content: Content::All,
        basis,
        retention_until: Day::LAST,
    })
}

fn dul(recipient: u64, purpose: Purpose, cell: u32) -> Terms {
    Terms::Dul(Dul {
        project: project(0),
        recipients: BTreeSet::from([account(recipient)]),
        purposes: BTreeSet::from([purpose]),
        minimum_cell: MinimumCell::new(cell).unwrap(),
        retention_until: Day::LAST,
    })
}

fn irb() -> Terms {
    let protocol = Protocol::new("2018-17").unwrap();
    Terms::Irb(Irb { project: project(0), protocol, decision: Decision::Approved })
}

const EVALUATION: &[Purpose] = &[Purpose::Evaluation];

/// Everything that two agencies, a run, a release and a download need, from day 10 to day 20.
fn complete() -> Held {
    let terms = [
        mou([0, 1]),
        dsa(0, EVALUATION, None),
        dsa(1, &[Purpose::Evaluation, Purpose::Audit], Some(Basis::Consent)),
        irb(),
        dul(0, Purpose::Evaluation, 11),
    ];
    let agreements = (1..).zip(terms).map(|(index, terms)| agreement(index, 10, 20, terms));
    Held { agreements: agreements.collect(), consents: BTreeSet::from([agency(1)]) }
}

fn code(held: &Held, day: i64, action: &Action<'_>) -> &'static str {
    decide(held, Timestamp(day * DAY_MS), action).map_or_else(Clause::code, |_| "permitted")
}

#[test]
fn each_action_needs_its_agreements_and_names_them() {
    let agencies = [agency(0), agency(1)];
    let project = project(0);
    let held = complete();
    let actions = [
        (Action::Announce { agency: agency(0) }, [1, 2].as_slice()),
        (Action::Upload { agency: agency(1), project }, &[1, 3]),
        (Action::Run { project, agencies: &agencies }, &[1, 2, 3, 4]),
        (Action::Release { project, agencies: &agencies }, &[1, 2, 3, 4, 5]),
        (Action::Download { project, account: account(0) }, &[4, 5]),
    ];
    for (action, names) in &actions {
        let permit = decide(&held, Timestamp(15 * DAY_MS), action).unwrap();
        let expected: Vec<_> = names
            .iter()
            .map(|index| AgreementId::parse(&number("agr_", *index)).unwrap())
            .collect();
        assert_eq!(permit.agreements, expected, "{action:?}");
        for name in *names {
            let mut fewer = held.clone();
            fewer.agreements.remove(usize::try_from(*name).unwrap() - 1);
            let code = code(&fewer, 15, action);
            assert!(code.ends_with("-missing"), "{action:?} without {name}: {code}");
        }
    }
    let release = Action::Release { project, agencies: &agencies };
    let permit = decide(&held, Timestamp(15 * DAY_MS), &release).unwrap();
    assert_eq!(permit.minimum_cell, Some(MinimumCell::new(11).unwrap()));
    assert_eq!(permit.purpose(), Some(Purpose::Evaluation));
}

#[test]
fn days_begin_and_end_at_midnight() {
    let held = complete();
    let upload = Action::Upload { agency: agency(0), project: project(0) };
    let at = |ms| decide(&held, Timestamp(ms), &upload).map_or_else(Clause::code, |_| "permitted");
    assert_eq!(at(10 * DAY_MS - 1), "mou-not-yet-valid");
    assert_eq!(at(10 * DAY_MS), "permitted");
    assert_eq!(at(21 * DAY_MS - 1), "permitted");
    assert_eq!(at(21 * DAY_MS), "mou-expired");
}

#[test]
fn the_clause_that_is_not_met_is_named() {
    let agencies = [agency(0), agency(1)];
    let project = project(0);
    let run = Action::Run { project, agencies: &agencies };
    let release = Action::Release { project, agencies: &agencies };
    let mut held = complete();
    held.agreements[1].ended = Some((Timestamp(15 * DAY_MS), EndReason::Withdrawn));
    assert_eq!(code(&held, 14, &run), "permitted");
    assert_eq!(code(&held, 15, &run), "dsa-ended");
    let mut held = complete();
    held.agreements[3] = agreement(4, 10, 12, irb());
    assert_eq!(code(&held, 15, &run), "irb-expired");
    let mut held = complete();
    held.agreements[1] = agreement(2, 10, 20, dsa(0, &[Purpose::Quality], None));
    assert_eq!(code(&held, 15, &run), "dsa-purpose");
    let mut held = complete();
    held.agreements[4] = agreement(5, 10, 20, dul(0, Purpose::Audit, 11));
    assert_eq!((code(&held, 15, &run), code(&held, 15, &release)), ("permitted", "dsa-purpose"));
    let mut held = complete();
    held.consents.clear();
    assert_eq!(code(&held, 15, &run), "consent-missing");
    let held = complete();
    let download = Action::Download { project, account: account(1) };
    assert_eq!(code(&held, 15, &download), "dul-recipient");
    let elsewhere = Action::Upload { agency: agency(0), project: self::project(1) };
    assert_eq!(code(&held, 15, &elsewhere), "dsa-missing");
    let alone = Action::Run { project, agencies: &[agency(0), agency(2)] };
    assert_eq!(code(&held, 15, &alone), "mou-missing", "one paper that both signed");
}

#[test]
fn what_no_agreement_can_say_is_refused() {
    let day = |days| Day::of_days(days).unwrap();
    assert!(matches!(Interval::new(day(2), day(1)), Err(AgreementError::Interval)));
    let interval = Interval::new(day(1), Day::LAST).unwrap();
    assert!(mou([]).check(interval).is_err() && mou([1]).check(interval).is_ok());
    assert!(dsa(0, &[], None).check(interval).is_err());
    let Terms::Dul(mut licence) = dul(0, Purpose::Audit, 1) else { panic!("it is a licence") };
    licence.retention_until = day(5);
    let check = Terms::Dul(licence).check(interval);
    assert!(matches!(check, Err(AgreementError::Retention)));
    assert!(MinimumCell::new(0).is_err());
    assert!(Protocol::new("Dr. Someone").is_err());
    assert!(Content::new(&["*".to_owned(), "x".to_owned()]).is_err());
    for text in ["2018-07-04", "1970-01-01", "2199-12-31"] {
        assert_eq!(Day::parse(text).unwrap().to_string(), text);
    }
    for bad in ["2018-7-4", "2200-01-01", "1969-12-31", "2018-02-30", "+018-01-01"] {
        assert_eq!(Day::parse(bad), None, "{bad}");
    }
}

fn any_terms() -> impl Strategy<Value = Terms> {
    let purposes = proptest::sample::subsequence(Purpose::ALL, 1..=2);
    let basis = proptest::option::of(proptest::sample::select(Basis::ALL));
    prop_oneof![
        proptest::collection::btree_set(0..3u64, 1..=3).prop_map(mou),
        (0..3u64, purposes, basis).prop_map(|(of, purposes, basis)| dsa(of, &purposes, basis)),
        (0..2u64, proptest::sample::select(Purpose::ALL), 1..20u32)
            .prop_map(|(to, purpose, cell)| dul(to, purpose, cell)),
        Just(irb()),
    ]
}

/// What two agencies need, each with days of its own, and more that may or may not bear on it.
fn any_held() -> impl Strategy<Value = Held> {
    let days = || (0..4i64, 4..12i64);
    let needed = proptest::collection::vec(days(), 5);
    let more = proptest::collection::vec((any_terms(), days()), 0..16);
    let consents = proptest::collection::btree_set((0..3u64).prop_map(agency), 0..3);
    (needed, more, consents).prop_map(|(needed, more, consents)| {
        let terms = complete().agreements.into_iter().map(|it| it.terms);
        let all = terms.zip(needed).chain(more);
        let agreements = (1..)
            .zip(all)
            .map(|(id, (terms, (from, more)))| agreement(id, from, from + more, terms));
        Held { agreements: agreements.collect(), consents }
    })
}

fn actions(agencies: &[AgencyId]) -> Vec<Action<'_>> {
    let project = project(0);
    vec![
        Action::Announce { agency: agencies[0] },
        Action::Upload { agency: agencies[0], project },
        Action::Run { project, agencies },
        Action::Release { project, agencies },
        Action::Download { project, account: account(0) },
    ]
}

proptest! {
    /// What is permitted is permitted by agreements that are all in force; outside of every interval nothing is.
    #[test]
    fn only_what_is_in_force_permits(held in any_held(), day in 0..20i64) {
        let now = Timestamp(day * DAY_MS + 1);
        for action in actions(&[agency(0), agency(1)]) {
            if let Ok(permit) = decide(&held, now, &action) {
                prop_assert!(!permit.agreements.is_empty());
                for id in permit.agreements {
                    let found = held.agreements.iter().find(|it| it.id == id).unwrap();
                    prop_assert_eq!(found.lapse(now), None);
                    let (from, until) = (found.interval.from(), found.interval.until());
                    prop_assert!(from.days() <= day && day <= until.days());
                }
            }
        }
    }

    /// Ending an agreement, or taking consents away, never permits what was refused.
    #[test]
    fn ending_never_permits_more(held in any_held(), day in 0..16i64, which in 0..24usize) {
        let now = Timestamp(day * DAY_MS + 1);
        let mut fewer = held.clone();
        if let Some(one) = fewer.agreements.get_mut(which) {
            one.ended = Some((now, EndReason::Withdrawn));
        } else {
            fewer.consents.clear();
        }
        for action in actions(&[agency(0), agency(1)]) {
            if decide(&fewer, now, &action).is_ok() {
                prop_assert!(decide(&held, now, &action).is_ok(), "{action:?}");
            }
        }
    }

    /// The order in which agreements were recorded decides nothing.
    #[test]
    fn order_decides_nothing(held in any_held(), day in 0..16i64) {
        let now = Timestamp(day * DAY_MS + 1);
        let mut reversed = held.clone();
        reversed.agreements.reverse();
        for action in actions(&[agency(0), agency(1)]) {
            prop_assert_eq!(decide(&held, now, &action), decide(&reversed, now, &action));
        }
    }
}
