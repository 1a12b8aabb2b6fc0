//! Accounts, log-on, sessions and tokens.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::*;
use crate::audit::{AuditKey, Filter, query};
use crate::clock::{SetClock, Timestamp};
use crate::ids::{AccountId, AgencyId};
use crate::seal::SealKey;
use crate::store::{Store, StoreError};

const PASSWORD: &str = "marble orchard tin whistle";
const LIMITS: AccountLimits = AccountLimits {
    session_idle_seconds: 1_800,
    session_seconds_max: 43_200,
    failures_max: 3,
    lock_seconds: 900,
    token_days_max: 365,
    enrolment_hours: 72,
    accounts_max: std::num::NonZeroU16::MIN,
    password_hashes_max: std::num::NonZeroU16::MIN,
};

struct Unit {
    store: Store,
    clock: Arc<SetClock>,
    key: SealKey,
    _directory: tempfile::TempDir,
}

fn unit() -> Unit {
    let directory = tempfile::tempdir().unwrap();
    let clock = Arc::new(SetClock::new(Timestamp(1_530_707_400_000)));
    let key = Arc::new(AuditKey::from_seed(&[7; 32]).unwrap());
    let store = Store::open(directory.path(), key, clock.clone(), 100).unwrap();
    Unit { store, clock, key: SealKey::new(&[9; 32]), _directory: directory }
}

/// What an authenticator reads from the address it is given.
fn code(uri: &str, now: Timestamp) -> String {
    let secret = uri.split("secret=").nth(1).unwrap().split('&').next().unwrap();
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    let totp = totp_rs::Builder::new()
        .with_algorithm(totp_rs::Algorithm::SHA1)
        .with_secret(secret)
        .build()
        .unwrap();
    totp.generate(u64::try_from(now.0 / 1_000).unwrap()).to_string()
}

struct Holder {
    account: AccountId,
    name: &'static str,
    uri: Zeroizing<String>,
    recovery: Vec<Zeroizing<String>>,
}

impl Unit {
    fn enrol(&self, name: &'static str, roles: &[Role]) -> Holder {
        let new = NewAccount {
            name: name.to_owned(),
            roles: Roles::new(roles.iter().copied()).unwrap(),
            agency: None,
            projects: Vec::new(),
            trained_until: None,
        };
        let account = create(&self.store, None, &new).unwrap();
        let link = invite(&self.store, None, &LIMITS, account).unwrap();
        let password = Password::new(PASSWORD.to_owned());
        let uri = prepare(&self.store, &self.key, &link, &password).unwrap();
        let shown = code(&uri, self.store.now());
        let enrolled = confirm(&self.store, &self.key, &link, &shown).unwrap();
        self.clock.advance_seconds(60);
        Holder { account, name, uri, recovery: enrolled.recovery_codes }
    }

    fn sign_in(&self, name: &str, password: &str, code: &str) -> Result<Opened, AccountError> {
        let credentials = Credentials {
            name: name.to_owned(),
            password: Password::new(password.to_owned()),
            code: Zeroizing::new(code.to_owned()),
        };
        sign_in(&self.store, &self.key, &LIMITS, &credentials, None)
    }

    fn open(&self, holder: &Holder) -> Opened {
        self.clock.advance_seconds(60);
        self.sign_in(holder.name, PASSWORD, &code(&holder.uri, self.store.now())).unwrap()
    }

    fn of_session(&self, secret: &str) -> Result<Principal, AccountError> {
        of_session(&self.store, &LIMITS, secret, None, None)
    }

    fn last_entry(&self) -> String {
        let look = |c: &rusqlite::Connection| Ok::<_, StoreError>(query(c, &Filter::default(), 1)?);
        self.store.read(look).unwrap().entries.remove(0).body
    }
}

fn refused<T: std::fmt::Debug>(result: Result<T, AccountError>) -> &'static str {
    result.unwrap_err().code()
}

#[test]
fn a_session_opens_with_name_password_and_code_and_ends_when_it_is_closed() {
    let unit = unit();
    let holder = unit.enrol("operator.one", &[Role::Operator]);
    let opened = unit.open(&holder);
    let principal = unit.of_session(&opened.secret).unwrap();
    assert_eq!(principal.account(), holder.account);
    assert!(Operator::of(&principal).is_ok());
    assert_eq!(refused(Administrator::of(&principal)), "not-allowed");
    close(&unit.store, &principal, opened.session).unwrap();
    assert_eq!(refused(unit.of_session(&opened.secret)), "session-ended");
}

#[test]
fn every_refused_log_on_looks_the_same() {
    let unit = unit();
    let holder = unit.enrol("operator.one", &[Role::Operator]);
    let good = code(&holder.uri, unit.store.now());
    for (name, password, code) in [
        ("nobody", PASSWORD, good.as_str()),
        ("operator.one", "another password", good.as_str()),
        ("operator.one", PASSWORD, "000000"),
        ("operator.one", PASSWORD, ""),
    ] {
        // The account is not locked: each refusal is counted, so one success lies between.
        let error = unit.sign_in(name, password, code).unwrap_err();
        assert_eq!(error.to_string(), AccountError::SignInRefused.to_string());
        assert!(unit.last_entry().contains("sign-in-refused"));
        assert!(!unit.last_entry().contains("nobody"), "a name that was tried is not logged");
        unit.open(&holder);
    }
}

#[test]
fn a_code_is_good_once() {
    let unit = unit();
    let holder = unit.enrol("operator.one", &[Role::Operator]);
    let shown = code(&holder.uri, unit.store.now());
    unit.sign_in(holder.name, PASSWORD, &shown).unwrap();
    assert_eq!(refused(unit.sign_in(holder.name, PASSWORD, &shown)), "sign-in-refused");
    let recovery = &holder.recovery[0];
    unit.sign_in(holder.name, PASSWORD, recovery).unwrap();
    assert_eq!(refused(unit.sign_in(holder.name, PASSWORD, recovery)), "sign-in-refused");
    unit.sign_in(holder.name, PASSWORD, &holder.recovery[1].to_uppercase()).unwrap();
}

#[test]
fn an_account_is_locked_after_refusals_in_a_row_and_opens_again_by_itself() {
    let unit = unit();
    let holder = unit.enrol("operator.one", &[Role::Operator]);
    for _ in 0..LIMITS.failures_max {
        assert!(unit.sign_in(holder.name, "wrong password", "000000").is_err());
    }
    let good =
        |unit: &Unit| unit.sign_in(holder.name, PASSWORD, &code(&holder.uri, unit.store.now()));
    assert_eq!(refused(good(&unit)), "sign-in-refused");
    // Whoever goes on trying does not keep the holder out.
    unit.clock.advance_seconds(LIMITS.lock_seconds - 10);
    assert!(unit.sign_in(holder.name, "wrong password", "000000").is_err());
    unit.clock.advance_seconds(11);
    assert!(good(&unit).is_ok());
}

#[test]
fn a_session_ends_unused_and_at_its_limit() {
    let unit = unit();
    let holder = unit.enrol("operator.one", &[Role::Operator]);
    let opened = unit.open(&holder);
    unit.clock.advance_seconds(LIMITS.session_idle_seconds - 1);
    assert!(unit.of_session(&opened.secret).is_ok());
    unit.clock.advance_seconds(LIMITS.session_idle_seconds - 1);
    assert!(unit.of_session(&opened.secret).is_ok(), "its use was noted");
    unit.clock.advance_seconds(LIMITS.session_idle_seconds + 1);
    assert_eq!(refused(unit.of_session(&opened.secret)), "session-ended");

    let opened = unit.open(&holder);
    for _ in 0..LIMITS.session_seconds_max / 1_000 {
        assert!(unit.of_session(&opened.secret).is_ok());
        unit.clock.advance_seconds(1_000);
    }
    unit.clock.advance_seconds(LIMITS.session_seconds_max % 1_000);
    assert_eq!(refused(unit.of_session(&opened.secret)), "session-ended");
}

#[test]
fn a_session_is_made_by_the_unit_alone_and_asks_for_its_own_csrf_token() {
    let unit = unit();
    let holder = unit.enrol("operator.one", &[Role::Operator]);
    let chosen = "ab".repeat(32);
    assert_eq!(refused(unit.of_session(&chosen)), "session-ended");
    let (one, other) = (unit.open(&holder), unit.open(&holder));
    assert_ne!(*one.secret, *other.secret);
    let with = |csrf: &str| of_session(&unit.store, &LIMITS, &one.secret, Some(csrf), None);
    assert!(with(&one.csrf).is_ok());
    for wrong in [other.csrf.as_str(), one.secret.as_str(), "", &chosen] {
        assert_eq!(refused(with(wrong)), "session-ended");
    }
}

#[test]
fn a_closed_account_has_no_session_no_token_and_no_link() {
    let unit = unit();
    unit.enrol("admin", &[Role::Administrator]);
    let holder = unit.enrol("operator.one", &[Role::Operator]);
    let opened = unit.open(&holder);
    let principal = unit.of_session(&opened.secret).unwrap();
    let scope = TokenScope { role: Role::Operator, days: 30 };
    let token = issue(&unit.store, &LIMITS, &principal, scope).unwrap();
    let link = invite(&unit.store, None, &LIMITS, holder.account).unwrap();
    assert!(of_token(&unit.store, &token.secret, None).is_ok());
    disable(&unit.store, None, holder.account).unwrap();
    assert_eq!(refused(unit.of_session(&opened.secret)), "session-ended");
    assert_eq!(refused(of_token(&unit.store, &token.secret, None)), "token-ended");
    let password = Password::new(PASSWORD.to_owned());
    assert_eq!(refused(prepare(&unit.store, &unit.key, &link, &password)), "enrolment-ended");
    unit.clock.advance_seconds(60);
    let now = unit.store.now();
    let again = unit.sign_in(holder.name, PASSWORD, &code(&holder.uri, now));
    assert_eq!(refused(again), "sign-in-refused");
    assert!(list_all(&unit).iter().any(|account| account.disabled_at.is_some()));
}

fn list_all(unit: &Unit) -> Vec<Account> {
    unit.store.read(list).unwrap()
}

#[test]
fn a_token_acts_in_one_role_ends_and_makes_no_other() {
    let unit = unit();
    let holder = unit.enrol("both", &[Role::Operator, Role::Compliance]);
    let principal = unit.of_session(&unit.open(&holder).secret).unwrap();
    let scope = |role, days| TokenScope { role, days };
    let made = |scope| issue(&unit.store, &LIMITS, &principal, scope);
    assert_eq!(refused(made(scope(Role::Uploader, 1))), "not-allowed");
    assert_eq!(refused(made(scope(Role::Administrator, 1))), "not-allowed");
    assert_eq!(refused(made(scope(Role::Operator, 366))), "token-days");
    assert_eq!(refused(made(scope(Role::Operator, 0))), "token-days");
    let token = made(scope(Role::Operator, 2)).unwrap();
    let program = of_token(&unit.store, &token.secret, None).unwrap();
    assert!(Operator::of(&program).is_ok() && Compliance::of(&program).is_err());
    let again = issue(&unit.store, &LIMITS, &program, scope(Role::Operator, 1));
    assert_eq!(refused(again), "not-allowed");
    unit.clock.advance_seconds(2 * 86_400 + 1);
    assert_eq!(refused(of_token(&unit.store, &token.secret, None)), "token-ended");

    let principal = unit.of_session(&unit.open(&holder).secret).unwrap();
    let token = issue(&unit.store, &LIMITS, &principal, scope(Role::Operator, 2)).unwrap();
    revoke(&unit.store, &principal, token.token).unwrap();
    assert_eq!(refused(of_token(&unit.store, &token.secret, None)), "token-ended");
    for wrong in ["", "tallystick_", &token.secret[..20], &token.secret.to_uppercase()] {
        assert_eq!(refused(of_token(&unit.store, wrong, None)), "token-ended");
    }
}

#[test]
fn a_link_is_good_once_for_a_while_and_until_the_next() {
    let unit = unit();
    let holder = unit.enrol("operator.one", &[Role::Operator]);
    let password = || Password::new(PASSWORD.to_owned());
    let first = invite(&unit.store, None, &LIMITS, holder.account).unwrap();
    let second = invite(&unit.store, None, &LIMITS, holder.account).unwrap();
    let prepared = |link: &str| prepare(&unit.store, &unit.key, link, &password());
    assert_eq!(refused(prepared(&first)), "enrolment-ended");
    assert_eq!(refused(confirm(&unit.store, &unit.key, &second, "123456")), "enrolment-ended");
    let weak = Password::new("password".to_owned());
    assert_eq!(refused(prepare(&unit.store, &unit.key, &second, &weak)), "password-weak");
    let uri = prepared(&second).unwrap();
    let shown = code(&uri, unit.store.now());
    let wrong = if shown == "000000" { "000001" } else { "000000" };
    assert_eq!(refused(confirm(&unit.store, &unit.key, &second, wrong)), "code-refused");
    let entry = unit.last_entry();
    assert!(entry.contains("second-factor-enrolled") && entry.contains("code-refused"), "{entry}");
    confirm(&unit.store, &unit.key, &second, &shown).unwrap();
    assert_eq!(refused(prepared(&second)), "enrolment-ended");
    let third = invite(&unit.store, None, &LIMITS, holder.account).unwrap();
    unit.clock.advance_seconds(LIMITS.enrolment_hours * 3_600 + 1);
    assert_eq!(refused(prepared(&third)), "enrolment-ended");
}

#[test]
fn accounts_that_cannot_be_are_refused() {
    let unit = unit();
    let new = |name: &str, role, agency| {
        let roles = Roles::new([role]).unwrap();
        let new = NewAccount {
            name: name.to_owned(),
            roles,
            agency,
            projects: vec![],
            trained_until: None,
        };
        create(&unit.store, None, &new)
    };
    let agency = AgencyId::random().unwrap();
    assert_eq!(refused(new("No", Role::Operator, None)), "name-invalid");
    assert_eq!(refused(new("A.Name", Role::Operator, None)), "name-invalid");
    assert_eq!(refused(new("uploader", Role::Uploader, None)), "agency-misplaced");
    assert_eq!(refused(new("operator", Role::Operator, Some(agency))), "agency-misplaced");
    assert_eq!(refused(new("uploader", Role::Uploader, Some(agency))), "unknown-id");
    let admin = new("admin", Role::Administrator, None).unwrap();
    assert_eq!(refused(new("admin", Role::Operator, None)), "name-taken");
    assert_eq!(refused(disable(&unit.store, None, admin)), "last-administrator");
}

#[test]
fn another_agency_ends_what_was_open_for_the_one_before() {
    let unit = unit();
    let agency = |name: &str| record_agency(&unit.store, None, name, "police").unwrap();
    let (first, second) = (agency("first"), agency("second"));
    let holder = unit.enrol("clerk", &[Role::Operator]);
    let terms = |agency| Terms {
        roles: Roles::new([Role::Uploader]).unwrap(),
        agency: Some(agency),
        projects: Vec::new(),
        trained_until: None,
    };
    change(&unit.store, None, holder.account, &terms(first)).unwrap();
    let session = unit.open(&holder).secret;
    let principal = unit.of_session(&session).unwrap();
    let scope = TokenScope { role: Role::Uploader, days: 30 };
    let token = issue(&unit.store, &LIMITS, &principal, scope).unwrap().secret;
    change(&unit.store, None, holder.account, &terms(first)).unwrap();
    assert!(unit.of_session(&session).is_ok() && of_token(&unit.store, &token, None).is_ok());
    change(&unit.store, None, holder.account, &terms(second)).unwrap();
    assert_eq!(refused(unit.of_session(&session)), "session-ended");
    assert_eq!(refused(of_token(&unit.store, &token, None)), "token-ended");
}

#[test]
fn nothing_of_a_secret_is_in_the_records_or_the_log() {
    let unit = unit();
    let holder = unit.enrol("operator.one", &[Role::Operator]);
    let opened = unit.open(&holder);
    let principal = unit.of_session(&opened.secret).unwrap();
    let scope = TokenScope { role: Role::Operator, days: 30 };
    let token = issue(&unit.store, &LIMITS, &principal, scope).unwrap();
    let secret = holder.uri.split("secret=").nth(1).unwrap().split('&').next().unwrap();
    let mut bytes = Vec::new();
    for name in ["unit.db", "unit.db-wal"] {
        bytes.extend(std::fs::read(unit.store.directory().join(name)).unwrap());
    }
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("operator.one"), "the search finds what is there");
    for text in [PASSWORD, secret, &opened.secret, &opened.csrf, &token.secret, &holder.recovery[3]]
    {
        assert!(!holds(text));
        assert!(!holds(text.trim_start_matches("tallystick_")));
    }
}
