//! What an entry of the log can tell. No field holds free text: ids, counts, codes and digests only.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::ids::{AccountId, AgencyId, AgreementId, ProjectId, SessionId};

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// What happened. The text is stable; the meaning stands in `docs/audit.md`.
        #[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
        pub enum EventKind {
            $($(#[$doc])* $name,)*
        }

        impl EventKind {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The stable name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

kinds! {
    /// The service began to serve.
    UnitStarted = "unit-started",
    /// The service ended in order.
    UnitStopped = "unit-stopped",
    /// The system's clock is behind the last entry; `counts.milliseconds` says how far.
    ClockWentBack = "clock-went-back",
    /// An account was made.
    AccountCreated = "account-created",
    /// Roles, agency, training or end of an account were changed.
    AccountChanged = "account-changed",
    /// An account was closed.
    AccountDisabled = "account-disabled",
    /// A password was set by its holder.
    PasswordChanged = "password-changed",
    /// A second factor was set up.
    SecondFactorEnrolled = "second-factor-enrolled",
    /// A recovery code was spent.
    RecoveryCodeUsed = "recovery-code-used",
    /// A log-on, or its refusal.
    SessionOpened = "session-opened",
    /// A log-off, or the end by a limit.
    SessionClosed = "session-closed",
    /// A program's token was made.
    TokenIssued = "token-issued",
    /// A program's token was ended.
    TokenRevoked = "token-revoked",
    /// Somebody asked for what the account may not have.
    AccessDenied = "access-denied",
    /// An agency was entered.
    AgencyRecorded = "agency-recorded",
    /// A project was entered or changed.
    ProjectRecorded = "project-recorded",
    /// An agreement was entered.
    AgreementRecorded = "agreement-recorded",
    /// An agreement was ended before its time.
    AgreementEnded = "agreement-ended",
    /// A snapshot of consents was entered.
    ConsentRecorded = "consent-recorded",
    /// An upload was begun.
    UploadOpened = "upload-opened",
    /// An upload was given up.
    UploadEnded = "upload-ended",
    /// A submission was taken in, or refused.
    SubmissionReceived = "submission-received",
    /// A receipt was read again.
    ReceiptRead = "receipt-read",
    /// A submission takes the place of another.
    SubmissionSuperseded = "submission-superseded",
    /// An agency withdrew a submission.
    SubmissionWithdrawn = "submission-withdrawn",
    /// Rows, a person or a source are to be taken out.
    RetractionRecorded = "retraction-recorded",
    /// A run was asked for.
    RunQueued = "run-queued",
    /// A run began, or went on after a break.
    RunStarted = "run-started",
    /// A run ended with a result, or failed.
    RunFinished = "run-finished",
    /// A run was stopped by its operator.
    RunCancelled = "run-cancelled",
    /// Stable numbers of persons changed.
    PersonsChanged = "persons-changed",
    /// Pairs were drawn for review.
    ReviewSetDrawn = "review-set-drawn",
    /// Somebody judged a pair.
    ReviewDecided = "review-decided",
    /// A review set was finished; the counts say what it says of its run.
    ReviewSetFinished = "review-set-finished",
    /// An agency is asked about two of its records.
    LookupAsked = "lookup-asked",
    /// An agency answered.
    LookupAnswered = "lookup-answered",
    /// A release was made ready.
    ReleasePrepared = "release-prepared",
    /// The disclosure check of a release ended.
    ReleaseChecked = "release-checked",
    /// A release was approved, or refused by its approver.
    ReleaseApproved = "release-approved",
    /// A release was downloaded.
    ReleaseDownloaded = "release-downloaded",
    /// The report or the codebook of a release was read on a page.
    ReleaseRead = "release-read",
    /// An evaluator asked for a change of a release.
    ReleaseChangeAsked = "release-change-asked",
    /// A request for a change was answered.
    ReleaseChangeAnswered = "release-change-answered",
    /// A release was taken back.
    ReleaseRevoked = "release-revoked",
    /// A release is out of date; its holders are told.
    ReleaseSuperseded = "release-superseded",
    /// Data were destroyed; the object is the certificate.
    DataDestroyed = "data-destroyed",
    /// Filters are about to leave the unit unsealed, for another engine to compare.
    FiltersExportBegun = "filters-export-begun",
    /// They have left it, or the export failed and none of its files was left.
    FiltersExported = "filters-exported",
    /// A backup was made.
    BackupMade = "backup-made",
    /// A backup was put back.
    BackupRestored = "backup-restored",
    /// The store was checked.
    StoreVerified = "store-verified",
    /// The log was read.
    AuditRead = "audit-read",
    /// The log was exported.
    AuditExported = "audit-exported",
    /// The chain was checked.
    AuditVerified = "audit-verified",
    /// The log of a week was reviewed and signed off.
    AuditReviewed = "audit-reviewed",
}

impl EventKind {
    /// The kind with this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text)
    }
}

/// How it ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// As asked.
    Ok,
    /// Refused: by right, agreement or rule.
    Denied,
    /// It broke.
    Error,
}

impl Outcome {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Denied => "denied",
            Self::Error => "error",
        }
    }

    /// The outcome with this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Ok, Self::Denied, Self::Error].into_iter().find(|one| one.as_str() == text)
    }
}

/// Who did it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Actor {
    /// The service itself.
    Unit,
    /// Somebody at the command line of the unit's machine.
    Console,
    /// Nobody who logged on.
    Anonymous,
    /// An account, in a role.
    Account {
        /// Whose.
        account: AccountId,
        /// In which role.
        role: &'static str,
        /// Of which agency, for uploaders.
        agency: Option<AgencyId>,
        /// In which session of a browser.
        session: Option<SessionId>,
    },
}

/// One thing that happened, before it has a place in the log.
#[derive(Clone, Debug)]
pub struct Event {
    pub(super) kind: EventKind,
    pub(super) outcome: Outcome,
    pub(super) actor: Actor,
    pub(super) source_address: Option<IpAddr>,
    pub(super) object: Option<(&'static str, String)>,
    pub(super) object_sha256: Option<[u8; 32]>,
    pub(super) bytes_in: Option<u64>,
    pub(super) bytes_out: Option<u64>,
    pub(super) duration_ms: Option<u64>,
    pub(super) purpose: Option<&'static str>,
    pub(super) project: Option<ProjectId>,
    pub(super) agreements: Vec<AgreementId>,
    pub(super) reason: Option<&'static str>,
    pub(super) counts: BTreeMap<&'static str, u64>,
    pub(super) digests: BTreeMap<String, [u8; 32]>,
}

impl Event {
    /// It went as asked.
    #[must_use]
    pub const fn new(kind: EventKind, actor: Actor) -> Self {
        Self {
            kind,
            outcome: Outcome::Ok,
            actor,
            source_address: None,
            object: None,
            object_sha256: None,
            bytes_in: None,
            bytes_out: None,
            duration_ms: None,
            purpose: None,
            project: None,
            agreements: Vec::new(),
            reason: None,
            counts: BTreeMap::new(),
            digests: BTreeMap::new(),
        }
    }

    /// It was refused; `code` is the stable code of the refusal.
    #[must_use]
    pub const fn denied(mut self, code: &'static str) -> Self {
        self.outcome = Outcome::Denied;
        self.reason = Some(code);
        self
    }

    /// It broke; `code` is the stable code of the error.
    #[must_use]
    pub const fn failed(mut self, code: &'static str) -> Self {
        self.outcome = Outcome::Error;
        self.reason = Some(code);
        self
    }

    /// Why, by a stable code, where it was neither refused nor broken.
    #[must_use]
    pub const fn because(mut self, code: &'static str) -> Self {
        self.reason = Some(code);
        self
    }

    /// From which address.
    #[must_use]
    pub const fn from_address(mut self, address: Option<IpAddr>) -> Self {
        self.source_address = address;
        self
    }

    /// To what it was done.
    #[must_use]
    pub fn object(mut self, kind: &'static str, id: impl ToString) -> Self {
        self.object = Some((kind, id.to_string()));
        self
    }

    /// SHA-256 of the object's bytes.
    #[must_use]
    pub const fn sha256(mut self, digest: [u8; 32]) -> Self {
        self.object_sha256 = Some(digest);
        self
    }

    /// Bytes received and sent.
    #[must_use]
    pub const fn bytes(mut self, received: Option<u64>, sent: Option<u64>) -> Self {
        self.bytes_in = received;
        self.bytes_out = sent;
        self
    }

    /// How long it took.
    #[must_use]
    pub const fn duration_ms(mut self, duration: u64) -> Self {
        self.duration_ms = Some(duration);
        self
    }

    /// What for: a code of the agreement.
    #[must_use]
    pub const fn purpose(mut self, code: &'static str) -> Self {
        self.purpose = Some(code);
        self
    }

    /// Within which project.
    #[must_use]
    pub const fn project(mut self, project: ProjectId) -> Self {
        self.project = Some(project);
        self
    }

    /// Under which agreements.
    #[must_use]
    pub fn under(mut self, agreements: impl IntoIterator<Item = AgreementId>) -> Self {
        self.agreements.extend(agreements);
        self
    }

    /// A count by name.
    #[must_use]
    pub fn count(mut self, name: &'static str, count: u64) -> Self {
        self.counts.insert(name, count);
        self
    }

    /// A further digest by name: of a configuration, a notice, a result.
    #[must_use]
    pub fn digest(mut self, name: &'static str, digest: [u8; 32]) -> Self {
        self.digests.insert(name.to_owned(), digest);
        self
    }

    /// One of several digests under one name: the first is `name_1`.
    #[must_use]
    pub fn digest_of_each(
        mut self,
        name: &'static str,
        digests: impl IntoIterator<Item = [u8; 32]>,
    ) -> Self {
        for (number, digest) in (1u32..).zip(digests) {
            self.digests.insert(format!("{name}_{number}"), digest);
        }
        self
    }
}
