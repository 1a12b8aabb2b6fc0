//! Questions about the unit itself: A7, A17, A21 to A24.

use super::weeks::{Week, weeks};
use super::{Logged, Material, Said, Status, day_of};
use crate::accounts::Role;
use crate::audit::EventKind::{
    AccessDenied, AccountChanged, AccountCreated, AccountDisabled, AuditReviewed, DataDestroyed,
    LookupAsked, PersonsChanged, ReleaseApproved, ReleaseChecked, ReleaseDownloaded,
    ReleasePrepared, ReviewDecided, RunFinished, RunQueued, RunStarted, SubmissionReceived,
    SubmissionWithdrawn, UploadEnded,
};
use crate::ids::hex;

/// Entries of which show that somebody worked with encodings or content.
const OPENING: &[crate::audit::EventKind] =
    &[SubmissionReceived, RunStarted, ReviewDecided, ReleasePrepared, ReleaseDownloaded];

/// Addresses that answer about the caller's own account or agency alone, or about nobody. An address that an agency may ask
/// and that does not begin so is reported: whoever adds one decides here what it shows.
const OWN: [&str; 9] = [
    "/api/v1/health/",
    "/api/v1/sessions",
    "/api/v1/enrolment",
    "/api/v1/tokens",
    "/api/v1/uploads",
    "/api/v1/submissions",
    "/api/v1/projects/{project}/consents",
    "/api/v1/projects/{project}/retractions",
    // Pairs of the caller's own records: of which runs, `clerical/lookup` says, and how many, the answer.
    "/api/v1/lookups",
];

/// Pages of the caller's own account and agency, and those that are the same for everybody: each by its whole address.
const OWN_PAGES: [&str; 31] = [
    "/",
    "/account",
    "/account/password",
    "/account/recovery-codes",
    "/account/sessions/{session}/close",
    "/account/tokens",
    "/account/tokens/{token}/revoke",
    "/agency",
    "/agency/consents",
    "/agency/lookups",
    "/agency/lookups/{lookup}",
    "/agency/retractions",
    "/agency/retractions/check",
    "/agency/submissions",
    "/agency/submissions/{submission}",
    "/agency/submissions/{submission}/receipt",
    "/agency/submissions/{submission}/withdraw",
    "/agency/upload",
    "/agency/uploads/{upload}/end",
    "/assets/{name:.*}",
    "/enrol",
    "/enrol/confirm",
    "/help",
    "/help/data",
    "/help/glossary",
    "/help/privacy",
    "/help/review",
    "/help/roles",
    "/help/upload",
    "/sign-in",
    "/sign-out",
];

/// A7.
pub(super) fn seen(it: &Material<'_>) -> Said {
    let opened = it.of(OPENING);
    let reason = "nobody could see identifiers: the unit holds none, only keyed tokens and filters; no address gives \
                  encodings or opened content";
    let addresses = it.reach.len();
    let summary = format!(
        "{reason}, of {addresses}; {} entries tell of work with what is held, each with its actor; \
         what is done at the machine itself is in no log",
        opened.len()
    );
    Said::new(Status::Answered, summary).with(opened.iter().map(|entry| entry.line()))
}

/// A17: who could, by the addresses; who did, by the log. Both must be empty.
pub(super) fn matrix(it: &Material<'_>) -> Said {
    let of_agencies: Vec<_> =
        it.reach.iter().filter(|reach| reach.roles.contains(&Role::Uploader)).collect();
    let lies_under = |path: &str, own: &str| {
        path.strip_prefix(own)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || own.ends_with('/'))
    };
    let shows =
        |path: &str| !OWN_PAGES.contains(&path) && !OWN.iter().any(|own| lies_under(path, own));
    let open: Vec<String> = of_agencies
        .iter()
        .filter(|reach| shows(reach.path))
        .map(|reach| {
            format!(
                "{} {} is open to agencies and NOT known to answer about the caller alone",
                reach.method, reach.path
            )
        })
        .collect();
    let linked = [
        RunQueued,
        RunStarted,
        RunFinished,
        PersonsChanged,
        ReviewDecided,
        ReleasePrepared,
        ReleaseChecked,
        ReleaseApproved,
        ReleaseDownloaded,
    ];
    let by_agency = |entry: &&&Logged| entry.role.as_deref() == Some("uploader");
    let done = it.everywhere(&linked);
    let done: Vec<String> =
        done.iter().filter(by_agency).map(|entry| format!("SHOWN: {}", entry.line())).collect();
    let denied = it.everywhere(&[AccessDenied]);
    let denied: Vec<String> = denied.iter().filter(by_agency).map(|entry| entry.line()).collect();
    let bad = open.len() + done.len();
    let status = if bad == 0 { Status::Answered } else { Status::Attention };
    let mut summary = format!(
        "accounts of agencies, of providers as of all others, may ask {} of {} addresses; {} of these \
         may give more than what is the caller's own; {} entries show linked data to one; {} requests of theirs were refused. Accounts of other roles name \
         no agency: who may hold them is for the agreements to say",
        of_agencies.len(),
        it.reach.len(),
        open.len(),
        done.len(),
        denied.len()
    );
    let asked: Vec<&Logged> =
        it.everywhere(&[LookupAsked]).into_iter().filter(|entry| entry.outcome == "ok").collect();
    if !asked.is_empty() {
        summary.push_str(&format!(
            "; agencies were asked to look up {} pairs of records of their own, of no run that links a provider's rows with others'",
            asked.len()
        ));
    }
    let rows = of_agencies.iter().map(|reach| format!("may ask {} {}", reach.method, reach.path));
    Said::new(status, summary)
        .with(open)
        .with(done)
        .with(rows)
        .with(denied)
        .with(asked.iter().map(|entry| entry.line()))
}

/// A21.
pub(super) fn destroyed(it: &Material<'_>) -> Said {
    let kinds = [DataDestroyed, SubmissionWithdrawn];
    let mut found = it.of(&kinds);
    found.extend(it.everywhere(&[UploadEnded]));
    found
        .extend(it.of(&[SubmissionReceived]).into_iter().filter(|entry| entry.outcome == "denied"));
    found.sort_unstable_by_key(|entry| entry.seq);
    if found.is_empty() {
        return it
            .nothing("nothing was destroyed", &[DataDestroyed, SubmissionWithdrawn, UploadEnded]);
    }
    let certificates = found.iter().filter(|entry| entry.kind == DataDestroyed.as_str()).count();
    let summary = format!(
        "{certificates} certificates of destruction; {} further entries tell of what was erased by its key: \
         submissions withdrawn, uploads refused or given up (those of any project). Identifiers never come here; \
         agencies attest for theirs",
        found.len() - certificates
    );
    Said::new(Status::Answered, summary).with(found.iter().map(|entry| entry.line()))
}

/// A22.
pub(super) fn weekly(it: &Material<'_>) -> Said {
    let weeks = weeks(&it.log.entries);
    if weeks.is_empty() {
        return Said::new(Status::NotApplicable, "the log is empty");
    }
    let reviews = it.everywhere(&[AuditReviewed]);
    let review = |week: &Week| {
        reviews.iter().find(|entry| entry.count("week_days") == week.monday.unsigned_abs())
    };
    let last = weeks.last().map_or(0, |week| week.monday);
    let open = weeks.iter().filter(|week| week.monday != last && review(week).is_none()).count();
    let status = if open == 0 { Status::Answered } else { Status::Attention };
    let summary = format!(
        "{} weeks; {} signed off, {open} that are over are not; over the whole unit, not the project alone",
        weeks.len(),
        weeks.iter().filter(|week| review(week).is_some()).count()
    );
    Said::new(status, summary).with(weeks.iter().map(|week| {
        let signed = review(week).map_or_else(
            || "not signed off".to_owned(),
            |entry| format!("signed off in entry {} by {}", entry.seq, entry.actor),
        );
        let counts: Vec<String> =
            week.counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
        let monday = day_of(week.monday.unsigned_abs());
        format!(
            "week of {monday}, entries {} to {}: {}; {signed}",
            week.first,
            week.last,
            counts.join(", ")
        )
    }))
}

/// A23.
pub(super) fn whole(it: &Material<'_>) -> Said {
    let log = it.log;
    let key = if log.is_key_known {
        format!("checked with the key {} that was given", log.key)
    } else {
        format!(
            "checked with the key {} that the log itself names: compare it with the printed one",
            log.key
        )
    };
    match &log.checked {
        Err(fault) => {
            let summary = format!("the log is NOT whole ({}): {fault}; {key}", fault.code());
            Said::new(Status::Attention, summary)
        }
        Ok(found) => {
            let end = if log.is_ended {
                ""
            } else {
                "; records have no signed end: that nothing is missing there only a head kept elsewhere shows"
            };
            let summary = format!(
                "the log is whole: entries {} to {} without a gap, {} signed checkpoints, {key}{end}",
                found.first, found.last, found.checkpoints
            );
            let head = format!("head {}:{}", found.last, hex(&found.hash));
            Said::new(Status::Answered, summary).with([head])
        }
    }
}

/// A24.
pub(super) fn accounts(it: &Material<'_>) -> Said {
    let changes = it.everywhere(&[AccountCreated, AccountChanged, AccountDisabled]);
    let of = |kind: crate::audit::EventKind| {
        changes.iter().filter(|entry| entry.kind == kind.as_str()).count()
    };
    let told = format!(
        "{} accounts were made, {} closed; when somebody left is not recorded, so whether an account was closed within \
         a day is for the personnel file to say",
        of(AccountCreated),
        of(AccountDisabled)
    );
    let lines: Vec<String> = changes.iter().map(|entry| entry.line()).collect();
    let Some(accounts) = it.accounts else {
        let summary = format!(
            "{told}; training is not in the log: ask with the data directory or the service"
        );
        return Said::new(Status::NotRecorded, summary).with(lines);
    };
    let today = it.log.entries.last().and_then(Logged::day).unwrap_or(0);
    let today = i64::try_from(today).unwrap_or(0);
    let open: Vec<_> = accounts.iter().filter(|account| account.is_open).collect();
    let untrained = open.iter().filter(|it| it.trained_until.is_none_or(|until| until < today));
    let untrained: Vec<String> = untrained
        .map(|it| match it.trained_until {
            None => format!("{}: no training is recorded", it.account),
            Some(day) => {
                format!("{}: training until {}, OVER", it.account, day_of(day.unsigned_abs()))
            }
        })
        .collect();
    let status = if untrained.is_empty() { Status::Answered } else { Status::Attention };
    let summary = format!(
        "{} accounts are open, {} of them without valid training; {told}",
        open.len(),
        untrained.len()
    );
    Said::new(status, summary).with(untrained).with(lines)
}
