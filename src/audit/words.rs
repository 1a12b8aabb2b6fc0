//! Takes an entry of the log and the names of the records, gives a sentence for people, refuses nothing: what has no name is told
//! by the beginning of its id.
//!
//! The sentence is made when it is shown. What is hashed and signed is the entry, and names of accounts stand in no entry.

use std::collections::HashMap;

use rusqlite::Connection;

use super::EventKind;
use super::answers::Logged;

/// Names of accounts, agencies and projects, by id.
#[derive(Debug, Default)]
pub struct Names(HashMap<String, String>);

impl Names {
    /// All names that the records have.
    ///
    /// # Errors
    /// As SQLite says.
    pub fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let sql = "SELECT id, name FROM account UNION ALL SELECT id, name FROM agency \
                   UNION ALL SELECT id, name FROM project";
        let mut statement = connection.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Self(rows.collect::<Result<_, _>>()?))
    }

    /// Names of agencies and projects alone, for readers to whom accounts are numbers.
    ///
    /// # Errors
    /// As SQLite says.
    pub fn of_places(connection: &Connection) -> rusqlite::Result<Self> {
        let sql = "SELECT id, name FROM agency UNION ALL SELECT id, name FROM project";
        let mut statement = connection.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Self(rows.collect::<Result<_, _>>()?))
    }

    /// The name of an id; the beginning of the id where there is none.
    #[must_use]
    pub fn of<'n>(&'n self, id: &'n str) -> &'n str {
        self.0.get(id).map_or_else(|| beginning(id), String::as_str)
    }
}

/// An id up to its sixth digit.
fn beginning(id: &str) -> &str {
    let end = id.find('_').map_or(10, |at| at + 7);
    id.get(..end).unwrap_or(id)
}

/// A kind as people call it; for lists to choose from.
#[must_use]
pub const fn kind(kind: EventKind) -> &'static str {
    use EventKind as K;
    match kind {
        K::UnitStarted => "service started",
        K::UnitStopped => "service stopped",
        K::ClockWentBack => "clock set back",
        K::AccountCreated => "account made",
        K::AccountChanged => "account changed",
        K::AccountDisabled => "account closed",
        K::PasswordChanged => "password set",
        K::SecondFactorEnrolled => "second factor set up",
        K::RecoveryCodeUsed => "recovery code used",
        K::SessionOpened => "sign-in",
        K::SessionClosed => "sign-out",
        K::TokenIssued => "token made",
        K::TokenRevoked => "token ended",
        K::AccessDenied => "access refused",
        K::AgencyRecorded => "agency entered",
        K::ProjectRecorded => "project entered",
        K::AgreementRecorded => "agreement recorded",
        K::AgreementEnded => "agreement ended",
        K::ConsentRecorded => "consents sent",
        K::UploadOpened => "upload begun",
        K::UploadEnded => "upload given up",
        K::SubmissionReceived => "submission received",
        K::ReceiptRead => "receipt read",
        K::SubmissionSuperseded => "submission replaced",
        K::SubmissionWithdrawn => "submission withdrawn",
        K::RetractionRecorded => "rows taken out",
        K::RunQueued => "run asked for",
        K::RunStarted => "run started",
        K::RunFinished => "run ended",
        K::RunCancelled => "run stopped",
        K::PersonsChanged => "person numbers changed",
        K::ReviewDecided => "pair reviewed",
        K::ReviewSetDrawn => "pairs drawn for review",
        K::ReviewSetFinished => "review ended",
        K::LookupAsked => "agency asked to look up",
        K::LookupAnswered => "look-up answered",
        K::ReleaseRead => "release's papers read",
        K::ReleaseChangeAsked => "change of a release asked for",
        K::ReleaseChangeAnswered => "request for a change answered",
        K::ReleasePrepared => "release prepared",
        K::ReleaseChecked => "release checked",
        K::ReleaseApproved => "release decided",
        K::ReleaseDownloaded => "release downloaded",
        K::ReleaseRevoked => "release taken back",
        K::ReleaseSuperseded => "release out of date",
        K::DataDestroyed => "data destroyed",
        K::FiltersExportBegun => "export of filters begun",
        K::FiltersExported => "filters exported unsealed",
        K::BackupMade => "backup made",
        K::BackupRestored => "backup put back",
        K::StoreVerified => "store checked",
        K::AuditRead => "log read",
        K::AuditExported => "log exported",
        K::AuditVerified => "log checked",
        K::AuditReviewed => "week signed off",
    }
}

/// What happened, after who did it: `signed in`.
const fn deed(kind: EventKind) -> &'static str {
    use EventKind as K;
    match kind {
        K::UnitStarted => "started the service",
        K::UnitStopped => "stopped the service",
        K::ClockWentBack => "found the machine's clock set back",
        K::AccountCreated => "made an account",
        K::AccountChanged => "changed an account",
        K::AccountDisabled => "closed an account",
        K::PasswordChanged => "set a password",
        K::SecondFactorEnrolled => "set up a second factor",
        K::RecoveryCodeUsed => "used a recovery code",
        K::SessionOpened => "signed in",
        K::SessionClosed => "signed out",
        K::TokenIssued => "made a token for a program",
        K::TokenRevoked => "ended a program's token",
        K::AccessDenied => "asked for something that is not for this account",
        K::AgencyRecorded => "entered an agency",
        K::ProjectRecorded => "entered a project",
        K::AgreementRecorded => "recorded an agreement",
        K::AgreementEnded => "ended an agreement",
        K::ConsentRecorded => "sent the consents of clients",
        K::UploadOpened => "began an upload",
        K::UploadEnded => "gave an upload up",
        K::SubmissionReceived => "sent a submission",
        K::ReceiptRead => "read a receipt again",
        K::SubmissionSuperseded => "replaced a submission by a newer one",
        K::SubmissionWithdrawn => "withdrew a submission",
        K::RetractionRecorded => "took rows out",
        K::RunQueued => "asked for a run",
        K::RunStarted => "started a run",
        K::RunFinished => "finished a run",
        K::RunCancelled => "stopped a run",
        K::PersonsChanged => "gave persons their numbers anew",
        K::ReviewDecided => "judged a pair by hand",
        K::ReviewSetDrawn => "drew pairs for review",
        K::ReviewSetFinished => "ended a review",
        K::LookupAsked => "asked an agency about two of its records",
        K::LookupAnswered => "answered about two of the agency's records",
        K::ReleaseRead => "read a release's report, codebook or evaluation",
        K::ReleaseChangeAsked => "asked for a change of a release",
        K::ReleaseChangeAnswered => "answered a request for a change",
        K::ReleasePrepared => "prepared a release",
        K::ReleaseChecked => "checked a release for disclosure",
        K::ReleaseApproved => "approved a release",
        K::ReleaseDownloaded => "downloaded a release",
        K::ReleaseRevoked => "took a release back",
        K::ReleaseSuperseded => "marked a release as out of date",
        K::DataDestroyed => "destroyed data",
        K::FiltersExportBegun => "began to export filters unsealed for another engine",
        K::FiltersExported => "exported filters unsealed for another engine",
        K::BackupMade => "made a backup",
        K::BackupRestored => "put a backup back",
        K::StoreVerified => "checked the store",
        K::AuditRead => "looked into the log",
        K::AuditExported => "exported the log",
        K::AuditVerified => "checked whether the log is whole",
        K::AuditReviewed => "signed off a week of the log",
    }
}

/// Counts that are worth a word in a sentence, by kind.
fn figures(entry: &Logged) -> Option<String> {
    let count = |name: &str| entry.counts.get(name).copied();
    let of = |name: &str, one: &str, many: &str| {
        count(name).map(|it| format!("{} {}", grouped(it), if it == 1 { one } else { many }))
    };
    match EventKind::parse(&entry.kind)? {
        EventKind::SubmissionReceived => {
            of("rows_read", "row", "rows").map(|it| format!("of {it}"))
        }
        EventKind::AuditRead => of("entries", "entry", "entries").map(aside),
        EventKind::RetractionRecorded => of("rows", "row", "rows").map(aside),
        EventKind::ReleaseDownloaded => {
            entry.bytes_out.map(|bytes| format!("of {} bytes", grouped(bytes)))
        }
        EventKind::RunFinished => of("persons", "person found", "persons found").map(aside),
        EventKind::DataDestroyed => of("files", "file", "files").map(aside),
        _ => None,
    }
}

fn aside(figure: String) -> String {
    format!("({figure})")
}

/// `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Who did it: `police.records, uploader of police`.
fn who(entry: &Logged, names: &Names) -> String {
    match entry.actor.as_str() {
        "unit" => return "The service itself".to_owned(),
        "console" => return "Somebody at the machine".to_owned(),
        "anonymous" => return "Somebody who was not signed in".to_owned(),
        _ => {}
    }
    let mut text = names.of(&entry.actor).to_owned();
    let role = match entry.role.as_deref() {
        Some("uploader") => Some("agency uploader"),
        Some("compliance") => Some("compliance officer"),
        other => other,
    };
    if let Some(role) = role.filter(|role| !role.is_empty()) {
        text.push_str(&format!(", {role}"));
    }
    if let Some(agency) = &entry.agency {
        text.push_str(&format!(" of {}", names.of(agency)));
    }
    text.push(',');
    text
}

/// What is named beside the deed: the object, where it is not what the deed says already.
fn what(entry: &Logged, names: &Names) -> Option<String> {
    let object = entry.object.as_deref()?;
    Some(match entry.object_kind.as_deref()? {
        "session" | "token" | "upload" => return None,
        "account" if object == entry.actor => return None,
        "account" | "agency" | "project" => format!("({})", names.of(object)),
        "route" => format!("({object})"),
        "question" => format!("(question {object})"),
        "week" => format!("(the week of {object})"),
        kind => format!("({kind} {})", beginning(object)),
    })
}

/// The entry as a sentence.
#[must_use]
pub fn line(entry: &Logged, names: &Names) -> String {
    let known = EventKind::parse(&entry.kind).map(deed);
    let deed = known.unwrap_or(&entry.kind);
    let mut text = who(entry, names);
    match entry.outcome.as_str() {
        "denied" => text.push_str(" was refused:"),
        "error" => text.push_str(" failed:"),
        _ => {}
    }
    text.push(' ');
    text.push_str(deed);
    for part in [figures(entry), what(entry, names)].into_iter().flatten() {
        text.push(' ');
        text.push_str(&part);
    }
    if let Some(project) = &entry.project {
        text.push_str(&format!(" for project {}", names.of(project)));
    }
    if let Some(address) =
        entry.source_address.as_deref().filter(|_| entry.kind == "session-opened")
    {
        text.push_str(&format!(" from {address}"));
    }
    if let Some(reason) = &entry.reason {
        text.push_str(&format!("; reason: {}", reason.replace('-', " ")));
    }
    text.push('.');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logged(kind: &str) -> Logged {
        Logged { kind: kind.to_owned(), outcome: "ok".to_owned(), ..Logged::default() }
    }

    #[test]
    fn entries_read_as_sentences() {
        let pairs = [("acc_1", "police.records"), ("agc_1", "police"), ("prj_1", "LEAD")];
        let names = pairs.map(|(id, name)| (id.to_owned(), name.to_owned()));
        let names = Names(names.into());
        let received = Logged {
            actor: "acc_1".to_owned(),
            role: Some("uploader".to_owned()),
            agency: Some("agc_1".to_owned()),
            project: Some("prj_1".to_owned()),
            object_kind: Some("submission".to_owned()),
            object: Some("sub_0123456789".to_owned()),
            counts: [("rows_read".to_owned(), 1_204)].into(),
            ..logged("submission-received")
        };
        assert_eq!(
            line(&received, &names),
            "police.records, agency uploader of police, sent a submission of 1,204 rows (submission sub_012345) \
             for project LEAD."
        );
        let refused = Logged {
            actor: "anonymous".to_owned(),
            outcome: "denied".to_owned(),
            source_address: Some("192.0.2.7".to_owned()),
            reason: Some("sign-in-refused".to_owned()),
            ..logged("session-opened")
        };
        assert_eq!(
            line(&refused, &names),
            "Somebody who was not signed in was refused: signed in from 192.0.2.7; reason: sign in refused."
        );
        let unknown = Logged { actor: "unit".to_owned(), ..logged("of-a-later-version") };
        assert_eq!(line(&unknown, &names), "The service itself of-a-later-version.");
    }
}
