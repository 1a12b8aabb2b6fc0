//! What an approver sees of a release: the disclosure check, the flow of counts, and the Five Safes, each item with its
//! evidence from the records.

use serde::Serialize;
use tallystick_dataset::Table;
use tallystick_disclosure::{Checked, Difference};
use tallystick_program::VERSION;

use super::hidden;
use super::make::Facts;
use super::{DeskError, Release};
use crate::agreements;
use crate::ids::AgreementId;
use crate::runs::Run;
use crate::store::StoreError;
use crate::unit::Unit;

/// One of the Five Safes (Desai, Ritchie and Welpton 2016).
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Safe {
    Projects,
    People,
    Settings,
    Data,
    Outputs,
}

/// An item of the checklist.
#[derive(Debug, Serialize)]
struct Item {
    safe: Safe,
    item: &'static str,
    /// Whether the records answer it well; the approver looks at every other.
    is_met: bool,
    evidence: String,
}

#[derive(Serialize)]
struct Step<'a> {
    arm: Option<&'a str>,
    label: &'a str,
    /// Absent where it is small, or would show a small one.
    persons: Option<u64>,
}

/// What is kept of a check.
pub(super) fn report(
    unit: &Unit,
    release: &Release,
    run: &Run,
    under: &[AgreementId],
    (checked, tables): (&Checked, &[Table]),
    facts: &Facts,
    earlier: &[(String, Difference)],
) -> Result<String, DeskError> {
    let tables: Vec<_> = tables
        .iter()
        .map(|table| {
            serde_json::json!({"table": table.name, "rows": table.rows, "columns": table.columns.len()})
        })
        .collect();
    let least = u64::from(checked.report().k_demanded);
    let flow: Vec<_> = facts
        .flow
        .iter()
        .zip(hidden::shown(&facts.flow, least))
        .map(|(step, persons)| Step { arm: step.arm.as_deref(), label: &step.label, persons })
        .collect();
    let rows = serde_json::json!({
        "read": facts.rows.read,
        "incomplete": facts.rows.incomplete,
    });
    let report = serde_json::json!({
        "code_version": VERSION,
        "run": run.id.to_string(),
        "checklist": items(unit, release, run, under, checked, facts, earlier)?,
        "earlier": earlier.iter().map(|(id, it)| serde_json::json!({"release": id, "difference": it})).collect::<Vec<_>>(),
        "disclosure": checked.report(),
        "flow": flow,
        "rows": rows,
        "tables": tables,
        "notes": facts.notes,
    });
    Ok(report.to_string())
}

fn items(
    unit: &Unit,
    release: &Release,
    run: &Run,
    under: &[AgreementId],
    checked: &Checked,
    facts: &Facts,
    earlier: &[(String, Difference)],
) -> Result<Vec<Item>, DeskError> {
    let disclosure = checked.report();
    let (named, trained) = recipients(unit, under)?;
    let kinds = kinds(unit, under)?;
    let item = |safe, item, is_met, evidence: String| Item { safe, item, is_met, evidence };
    let severe = disclosure
        .findings
        .iter()
        .filter(|finding| finding.severity == tallystick_disclosure::Severity::Severe)
        .count();
    Ok(vec![
        item(
            Safe::Projects,
            "agreements of every source, review and licence are in force",
            true,
            kinds,
        ),
        item(
            Safe::Projects,
            "the run is not out of date",
            run.outdated.is_none(),
            format!("{}, {} sources", run.id, run.sources.len()),
        ),
        item(Safe::People, "the licence names recipients", named > 0, format!("{named} accounts")),
        item(
            Safe::People,
            "every recipient is trained at this moment",
            named == trained,
            format!("{trained} of {named}"),
        ),
        item(
            Safe::Settings,
            "delivered by download under TLS, to named accounts with a second factor, each time logged",
            true,
            "service".to_owned(),
        ),
        item(
            Safe::Data,
            "de-identified by a named standard",
            disclosure.is_deidentified,
            disclosure.label.to_owned(),
        ),
        item(
            Safe::Data,
            "persons are alike in groups",
            disclosure.k_achieved >= u64::from(disclosure.k_demanded),
            format!("k = {}, demanded {}", disclosure.k_achieved, disclosure.k_demanded),
        ),
        item(
            Safe::Data,
            "records under 42 CFR Part 2 go with the notice on redisclosure",
            true,
            if facts.has_provider { "notice enclosed" } else { "no provider among the sources" }
                .to_owned(),
        ),
        item(
            Safe::Outputs,
            "no finding of the check is severe",
            severe == 0,
            format!("{severe} severe of {}", disclosure.findings.len()),
        ),
        item(
            Safe::Outputs,
            "beside releases that were taken back, which recipients may hold still, it shows no few persons alone",
            earlier.iter().all(|(_, difference)| difference.groups_small == 0),
            format!("{} earlier releases", earlier.len()),
        ),
        item(
            Safe::Outputs,
            "approved by somebody other than the preparer",
            true,
            format!("prepared by {}; the records refuse the same account", release.prepared.by),
        ),
    ])
}

/// Recipients of the licences, and how many of them are trained now.
fn recipients(unit: &Unit, under: &[AgreementId]) -> Result<(usize, usize), DeskError> {
    let today = unit.store.now().days();
    unit.store.read(|connection| {
        let sql = "SELECT DISTINCT account.id, trained_until FROM agreement_recipient \
                   JOIN account ON account.id = agreement_recipient.account \
                   WHERE agreement = ?1 AND disabled_at IS NULL";
        let mut statement = connection.prepare_cached(sql)?;
        let mut all = std::collections::BTreeMap::new();
        for agreement in under {
            let rows = statement.query_map([agreement], |row| Ok((row.get(0)?, row.get(1)?)))?;
            for row in rows {
                let (account, trained): (crate::ids::AccountId, Option<i64>) = row?;
                all.insert(account, trained.is_some_and(|until| today <= until));
            }
        }
        Ok((all.len(), all.values().filter(|trained| **trained).count()))
    })
}

/// Kinds of the agreements, with their numbers.
fn kinds(unit: &Unit, under: &[AgreementId]) -> Result<String, DeskError> {
    unit.store.read(|connection| {
        let mut words = Vec::new();
        for id in under {
            let sql = "SELECT kind FROM agreement WHERE id = ?1";
            let kind: String = connection
                .prepare_cached(sql)?
                .query_row([id], |row| row.get(0))
                .map_err(StoreError::from)?;
            let kind = agreements::Kind::parse(&kind).map_or("?", agreements::Kind::as_str);
            words.push(format!("{kind} {id}"));
        }
        Ok(words.join(", "))
    })
}
