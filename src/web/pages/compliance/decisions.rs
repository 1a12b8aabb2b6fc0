//! Who prepared and who approved each release, and what waits. The approver's own page has the checklist.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use askama::Template;

use super::super::super::extract::block;
use super::super::fields::Fields;
use super::super::frame::Frame;
use super::super::page;
use super::super::refusal::Refusal;
use super::super::shown::Moment;
use super::super::visit::Visit;
use super::{Pager, ROWS};
use crate::accounts::Compliance;
use crate::audit::words::Names;
use crate::clock::Timestamp;
use crate::store::StoreError;
use crate::unit::Unit;

struct Decision {
    id: String,
    number: u64,
    project: String,
    profile: String,
    class: &'static str,
    word: &'static str,
    prepared_by: String,
    prepared_at: Moment,
    decided_by: String,
    decided_at: Option<Moment>,
    /// Items of the Five Safes checklist that the records answered well, and all of them.
    safes: Option<(u64, u64)>,
    recipients: u64,
    downloads: u64,
}

#[derive(Template)]
#[template(path = "compliance/decisions.html")]
struct DecisionsPage {
    frame: Frame,
    decisions: Vec<Decision>,
    pager: Pager,
    state: String,
}

fn badge(state: &str) -> (&'static str, &'static str) {
    match state {
        "released" | "approved" => ("good", "approved"),
        "rejected" => ("bad", "rejected by its approver"),
        "checked" => ("warn", "waits for its approver"),
        "refused" => ("bad", "refused by the check"),
        "failed" => ("bad", "failed"),
        "revoked" => ("bad", "taken back"),
        _ => ("busy", "being checked"),
    }
}

/// The page.
pub(in crate::web::pages) async fn show(
    unit: Data<Unit>,
    visit: Visit<Compliance>,
    asked: Query<Vec<(String, String)>>,
) -> Result<HttpResponse, Refusal> {
    let frame = Frame::of(&visit.reader);
    let fields = Fields::new(asked.into_inner());
    let state = match fields.text("state") {
        known @ ("waiting" | "decided") => known.to_owned(),
        _ => String::new(),
    };
    let shown = block(move || {
        unit.store.read(|connection| {
            let clause = match state.as_str() {
                "waiting" => "state = 'checked'",
                "decided" => "decided_by IS NOT NULL",
                _ => "1",
            };
            let count = format!("SELECT count(*) FROM release WHERE {clause}");
            let count: u64 = connection.prepare_cached(&count)?.query_row([], |row| row.get(0))?;
            let pager = Pager::new(count, fields.given("page"), "/decisions", &[("state", &state)]);
            let decisions = decisions(connection, clause, (pager.page - 1) * u64::from(ROWS))?;
            Ok::<_, StoreError>(DecisionsPage { frame, decisions, pager, state })
        })
    });
    page(&shown.await?)
}

fn decisions(
    connection: &rusqlite::Connection,
    clause: &'static str,
    after: u64,
) -> Result<Vec<Decision>, StoreError> {
    let names = Names::read(connection)?;
    let sql = format!(
        "SELECT id, number, project, profile, state, prepared_by, prepared_at, decided_by, decided_at, \
         (SELECT count(*) FROM json_each(report, '$.checklist') WHERE value ->> 'is_met'), \
         (SELECT count(*) FROM json_each(report, '$.checklist')), \
         (SELECT count(*) FROM release_recipient r WHERE r.release = release.id), \
         (SELECT count(*) FROM release_download d WHERE d.release = release.id) \
         FROM release WHERE {clause} ORDER BY number DESC LIMIT ?1 OFFSET ?2"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([u64::from(ROWS), after], |row| {
        let text = |index| row.get::<_, String>(index);
        let state = text(4)?;
        let (class, word) = badge(&state);
        let (met, all): (u64, u64) = (row.get(9)?, row.get(10)?);
        let decided_by: Option<String> = row.get(7)?;
        let at: Option<Timestamp> = row.get(8)?;
        Ok(Decision {
            id: text(0)?,
            number: row.get(1)?,
            project: names.of(&text(2)?).to_owned(),
            profile: text(3)?,
            class,
            word,
            prepared_by: names.of(&text(5)?).to_owned(),
            prepared_at: row.get::<_, Timestamp>(6)?.into(),
            decided_by: decided_by.map(|by| names.of(&by).to_owned()).unwrap_or_default(),
            decided_at: at.map(Moment::from),
            safes: (all > 0).then_some((met, all)),
            recipients: row.get(11)?,
            downloads: row.get(12)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
