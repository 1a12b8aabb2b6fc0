//! Takes the log and a project, gives the answers to the questions of an audit, refuses to guess: what no entry tells is
//! "not recorded", what did not happen is "not applicable", each with its reason.
//!
//! Answers rest on entries alone, wherever they can: whoever has an export and the public key gets the same text as the
//! service. Only the state of accounts (A24) is asked of the records, and said to be missing without them.

mod judged;
mod log;
mod material;
mod releases;
mod runs;
mod submissions;
mod upkeep;
pub mod weeks;

use std::fmt::Write as _;

pub use log::{Log, LogError, Logged};

use crate::clock::Timestamp;

/// Lines of evidence of one answer; more are counted.
const LINES_MAX: usize = 500;

/// How a question is answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Status {
    /// By entries.
    Answered,
    /// By entries, and something is not as it should be.
    Attention,
    /// What it asks for did not happen.
    NotApplicable,
    /// It may have happened, but no entry tells it.
    NotRecorded,
}

impl Status {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Attention => "attention",
            Self::NotApplicable => "not applicable",
            Self::NotRecorded => "not recorded",
        }
    }

    /// The status with this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let all = [Self::Answered, Self::Attention, Self::NotApplicable, Self::NotRecorded];
        all.into_iter().find(|status| status.as_str() == text)
    }
}

/// An answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Answer {
    /// `A1` to `A26`.
    pub code: &'static str,
    /// What is asked.
    pub question: &'static str,
    /// How it is answered.
    pub status: Status,
    /// The answer in a sentence or two.
    pub summary: String,
    /// What it rests on.
    pub evidence: Vec<String>,
}

/// What a question's function says.
pub(in crate::audit) struct Said {
    status: Status,
    summary: String,
    evidence: Vec<String>,
}

impl Said {
    fn new(status: Status, summary: impl Into<String>) -> Self {
        Self { status, summary: summary.into(), evidence: Vec::new() }
    }

    fn with(mut self, evidence: impl IntoIterator<Item = String>) -> Self {
        self.evidence.extend(evidence);
        self
    }
}

/// An address of the service and the roles that may ask it; for the access matrix.
#[derive(Clone, Debug)]
pub struct Reach {
    /// `GET`, `POST`, ...
    pub method: &'static str,
    /// The address.
    pub path: &'static str,
    /// Roles that may ask; all of them where anybody may.
    pub roles: Vec<crate::accounts::Role>,
}

/// An account as it stands, for the question whether accounts are current.
#[derive(Clone, Debug)]
pub struct AccountStanding {
    /// Its id.
    pub account: String,
    /// Whether it is open.
    pub is_open: bool,
    /// Day until which training is valid, days since 1970-01-01.
    pub trained_until: Option<i64>,
}

impl From<&crate::accounts::Account> for AccountStanding {
    fn from(account: &crate::accounts::Account) -> Self {
        Self {
            account: account.id.to_string(),
            is_open: account.disabled_at.is_none(),
            trained_until: account.trained_until,
        }
    }
}

/// What answers are made from.
#[derive(Debug)]
pub struct Material<'m> {
    /// The log.
    pub log: &'m Log,
    /// Id of the project.
    pub project: &'m str,
    /// Who may ask what.
    pub reach: &'m [Reach],
    /// Accounts, where the records are at hand.
    pub accounts: Option<&'m [AccountStanding]>,
}

type Find = fn(&Material<'_>) -> Said;

/// Code, question, and what answers it.
const QUESTIONS: [(&str, &str, Find); 26] = [
    (
        "A1",
        "Who uploaded which file, for which agency, when, under which DSA?",
        submissions::uploaded,
    ),
    ("A2", "Is the file in the run exactly the file uploaded?", runs::inputs),
    ("A3", "Which rows were rejected and why?", submissions::rejected),
    (
        "A4",
        "Was every input covered by a valid DSA, and the release by DUL and IRB, at that time?",
        submissions::covered,
    ),
    (
        "A5",
        "Part 2: was consent or another basis in force for each provider row? How many were excluded?",
        submissions::consents,
    ),
    (
        "A6",
        "Which identifiers were used to link, which configuration, version and seed?",
        runs::configuration,
    ),
    ("A7", "Who could see identifiers, who did, and why?", upkeep::seen),
    ("A8", "Can the run be reproduced?", runs::reproducible),
    (
        "A9",
        "How many links were made by each step, and how many lie near the threshold?",
        runs::links,
    ),
    (
        "A10",
        "What are the estimated rates of false and missed matches, also by group?",
        runs::quality,
    ),
    ("A11", "Who reviewed a pair by hand, what was decided, did two agree?", judged::reviews),
    ("A12", "Did any link change after a release? Which releases are affected?", runs::changed),
    (
        "A13",
        "What was released: tables, columns, rows, persons, smallest cell, suppressed cells?",
        releases::released,
    ),
    ("A14", "By which de-identification standard, profile and expert report?", releases::standard),
    ("A15", "Who approved, and was it another person than the preparer?", releases::approved),
    ("A16", "Who downloaded, when, from where, how often, which bytes?", releases::downloaded),
    (
        "A17",
        "Was any user of a police, prosecutor, court or jail agency ever shown provider-derived or link-derived data?",
        upkeep::matrix,
    ),
    (
        "A18",
        "Was the notice against redisclosure delivered with every Part 2 release?",
        releases::notice,
    ),
    (
        "A19",
        "Accounting of disclosures for a person, requested through the program?",
        releases::accounting,
    ),
    (
        "A20",
        "Sealed or withdrawn records: received, applied, recipients told, by when?",
        releases::retracted,
    ),
    (
        "A21",
        "When were identifiers, link keys and intermediates destroyed; who attested?",
        upkeep::destroyed,
    ),
    (
        "A22",
        "Refused log-ons, denied and privileged actions, looks into the log, by week; who reviewed them?",
        upkeep::weekly,
    ),
    ("A23", "Has the log been altered, is it complete?", upkeep::whole),
    ("A24", "Are accounts current: training, role, termination within one day?", upkeep::accounts),
    (
        "A25",
        "Is the record of releases complete for three years, with the way of transmission?",
        releases::record,
    ),
    ("A26", "Are data retained beyond the end that the agreements set?", submissions::retained),
];

/// Codes of all questions.
pub fn codes() -> impl Iterator<Item = &'static str> {
    QUESTIONS.iter().map(|(code, ..)| *code)
}

/// Codes and texts of all questions.
pub fn questions() -> impl Iterator<Item = (&'static str, &'static str)> {
    QUESTIONS.iter().map(|(code, question, _)| (*code, *question))
}

/// The answer to one question; `None` if there is no such question.
#[must_use]
pub fn answer(code: &str, material: &Material<'_>) -> Option<Answer> {
    let (code, question, find) = QUESTIONS.into_iter().find(|(known, ..)| *known == code)?;
    let Said { status, summary, mut evidence } = find(material);
    if evidence.len() > LINES_MAX {
        let more = evidence.len() - LINES_MAX;
        evidence.truncate(LINES_MAX);
        evidence.push(format!("and {more} more"));
    }
    Some(Answer { code, question, status, summary, evidence })
}

impl Answer {
    /// For people: question, status, summary and evidence, a line each.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { code, question, status, summary, evidence } = self;
        let mut text = format!("{code}  {question}\n{}: {summary}\n", status.as_str());
        for line in evidence {
            let _ = writeln!(text, "  {line}");
        }
        text
    }
}

impl Answer {
    /// For programs: the same fields.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::json!({
            "code": self.code,
            "question": self.question,
            "status": self.status.as_str(),
            "summary": self.summary,
            "evidence": self.evidence,
        })
    }
}

/// The day of an instant, for people.
fn day_of(days: u64) -> String {
    let ms = i64::try_from(days).unwrap_or(0).saturating_mul(86_400_000);
    Timestamp(ms).to_string()[..10].to_owned()
}
