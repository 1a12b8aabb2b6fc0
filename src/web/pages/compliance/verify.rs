//! Is the log whole? What was found when, a check on request, and how to check without the service.

use actix_web::HttpResponse;
use actix_web::web::Data;
use askama::Template;

use super::super::super::extract::block;
use super::super::super::gates::Gates;
use super::super::frame::Frame;
use super::super::refusal::Refusal;
use super::super::shown::{Moment, grouped};
use super::super::visit::{Posted, Visit};
use super::super::{page, see};
use crate::accounts::Compliance;
use crate::audit::kept::{self, Verification};
use crate::audit::words::Names;
use crate::audit::{self, Head};
use crate::ids::hex;
use crate::store::StoreError;
use crate::unit::Unit;

/// Checks that are shown.
const CHECKS: u32 = 10;

/// What can have been done on this page.
const NOTICES: &[(&str, &str)] = &[
    ("whole", "The check is done: the log is whole."),
    ("broken", "The check is done: the log is NOT whole. See below."),
];

/// A check as pages show it.
pub(super) struct Check {
    pub(super) at: Moment,
    pub(super) by: String,
    /// `entries 1 to 1,204`.
    pub(super) of: String,
    pub(super) is_from_start: bool,
    pub(super) checkpoints: String,
    pub(super) fault: Option<Fault>,
}

/// What is wrong, in plain words.
pub(super) struct Fault {
    pub(super) code: String,
    pub(super) says: &'static str,
    pub(super) entry: Option<u64>,
    pub(super) detail: String,
}

impl Check {
    pub(super) fn new(it: &Verification, names: &Names) -> Self {
        let by = it.by.map(|by| by.to_string()).unwrap_or_default();
        let of = match (it.fault.is_some(), it.last.seq) {
            (true, _) => format!("from entry {}", grouped(it.first)),
            (false, 0) => "an empty log".to_owned(),
            (false, last) => format!("entries {} to {}", grouped(it.first), grouped(last)),
        };
        Self {
            at: it.at.into(),
            by: names.of(&by).to_owned(),
            of,
            is_from_start: it.first == 1,
            checkpoints: grouped(it.checkpoints),
            fault: it.fault.as_ref().map(|broken| Fault {
                says: says(&broken.code),
                code: broken.code.clone(),
                entry: broken.entry,
                detail: broken.text.clone(),
            }),
        }
    }
}

/// A fault in plain words.
fn says(code: &str) -> &'static str {
    match code {
        "audit-edited" => "An entry was changed after it was written.",
        "audit-removed" => "Entries are missing.",
        "audit-reordered" => "Entries stand in another order than they were written.",
        "audit-inserted" => "An entry stands there that does not belong.",
        "audit-truncated" => "The end of the log is missing.",
        "audit-rewritten" => "Entries were written anew: they are not those that were signed.",
        "audit-signature" => "A signature is not of this unit's key.",
        "audit-anchored" => "An entry is not the one that was found good before.",
        _ => "A line of the log cannot be read.",
    }
}

#[derive(Template)]
#[template(path = "compliance/verify.html")]
struct VerifyPage {
    frame: Frame,
    checks: Vec<Check>,
    /// The last check from the first entry on.
    whole: Option<Check>,
    head: u64,
    /// Entries after the last check.
    after: String,
    anchor: String,
    key: String,
    signed: Option<(u64, Moment)>,
}

/// Number and time of the last signature.
pub(super) fn signed(c: &rusqlite::Connection) -> Result<Option<(u64, Moment)>, StoreError> {
    let sql = "SELECT seq, body ->> 'at' FROM audit_checkpoint ORDER BY seq DESC LIMIT 1";
    let mut statement = c.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let at: String = row.get(1)?;
    let at = crate::clock::Timestamp::parse(&at).unwrap_or_default();
    Ok(Some((row.get(0)?, at.into())))
}

/// The page.
pub(in crate::web::pages) async fn show(
    unit: Data<Unit>,
    visit: Visit<Compliance>,
) -> Result<HttpResponse, Refusal> {
    let frame = Frame::of(&visit.reader).after(&visit.reader, NOTICES);
    let key = unit.store.key().public().to_string();
    let shown = block(move || {
        unit.store.read(|connection| {
            let names = Names::read(connection)?;
            let checks = kept::verifications(connection, CHECKS)?;
            let head = audit::head(connection)?;
            let seq = head.map_or(0, |head| head.seq);
            let last = checks.first().filter(|it| it.fault.is_none()).map_or(0, |it| it.last.seq);
            Ok::<_, StoreError>(VerifyPage {
                frame,
                whole: kept::whole(connection)?.map(|it| Check::new(&it, &names)),
                checks: checks.iter().map(|it| Check::new(it, &names)).collect(),
                head: seq,
                after: grouped(seq.saturating_sub(last)),
                anchor: head.map_or_else(String::new, anchor),
                key,
                signed: signed(connection)?,
            })
        })
    });
    page(&shown.await?)
}

/// `NUMBER:HASH`.
pub(super) fn anchor(head: Head) -> String {
    format!("{}:{}", head.seq, hex(&head.hash))
}

/// Checks now: what came since the last good check, or everything from the first entry on.
pub(in crate::web::pages) async fn check(
    unit: Data<Unit>,
    gates: Data<Gates>,
    posted: Posted<Compliance>,
) -> Result<HttpResponse, Refusal> {
    let onward = posted.fields.text("extent") == "new";
    let turn = gates.audit().await?;
    let found = block(move || {
        let _turn = turn;
        // Whoever asks for a check keeps the head elsewhere: it is signed first.
        unit.store.checkpoint()?;
        kept::verify(&unit.store, &posted.by, onward)
    });
    Ok(see(match found.await?.fault {
        None => "/audit/verify?done=whole",
        Some(_) => "/audit/verify?done=broken",
    }))
}
