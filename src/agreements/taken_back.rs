//! Takes a provider's consents of before and of now, gives how many clients were taken out by whoever sent them.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::AgreementError;
use super::consents::{Consent, Snapshot};
use super::terms::{Basis, Day};
use crate::ids::{AgencyId, ProjectId};
use crate::store::StoreError;

impl Snapshot {
    /// Clients that earlier runs may have linked and that this snapshot takes out: revoked, over sooner than was said, or, where
    /// `only_named` are linked, no longer named while their consent held. A consent that ended on the day that it had named is
    /// not taken back: what was linked until then was linked rightly.
    #[must_use]
    pub fn takes_back(&self, earlier: &Self, only_named: bool, today: Day) -> u64 {
        let all: BTreeMap<_, _> = earlier.0.iter().chain(&self.0).map(|(it, _)| (it, ())).collect();
        let is_out = |handle: &[u8; 16]| {
            is_taken_back(earlier.0.get(handle), self.0.get(handle), only_named, today)
        };
        all.into_keys().filter(|handle| is_out(handle)).count() as u64
    }
}

/// The snapshot that stands.
pub(super) fn stored(
    connection: &Connection,
    project: ProjectId,
    agency: AgencyId,
) -> Result<Snapshot, AgreementError> {
    let corrupt = |column| StoreError::Corrupt { table: "consent", column };
    let sql = "SELECT handle, basis, valid_until, is_revoked FROM consent WHERE project = ?1 AND agency = ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![project, agency])?;
    let mut snapshot = Snapshot::default();
    while let Some(row) = rows.next()? {
        let basis: String = row.get(1)?;
        let until: Option<i64> = row.get(2)?;
        let until = until.map(|days| Day::of_days(days).ok_or_else(|| corrupt("valid_until")));
        let consent = Consent {
            basis: Basis::parse(&basis).ok_or_else(|| corrupt("basis"))?,
            valid_until: until.transpose()?,
            is_revoked: row.get(3)?,
        };
        snapshot.0.insert(row.get(0)?, consent);
    }
    Ok(snapshot)
}

fn is_taken_back(
    then: Option<&Consent>,
    now: Option<&Consent>,
    only_named: bool,
    today: Day,
) -> bool {
    let last = |it: &Consent| it.valid_until.map_or(i64::MAX, Day::days);
    if !then.map_or(!only_named, |then| !then.is_revoked) {
        return false;
    }
    match (then, now) {
        (_, Some(now)) if now.is_revoked => true,
        (_, Some(now)) if now.holds(today) => false,
        (then, Some(now)) => then.is_none_or(|then| last(now) < last(then)),
        (Some(then), None) => only_named && then.holds(today),
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HANDLE: &str = "000102030405060708090a0b0c0d0e0f";

    fn one(until: &str, revoked: bool) -> Snapshot {
        let mut snapshot = Snapshot::default();
        let until = Some(until).filter(|until| !until.is_empty());
        snapshot.put(1, HANDLE, "consent", until, revoked).unwrap();
        snapshot
    }

    #[test]
    fn who_is_taken_out_by_hand_is_told_from_who_is_out_by_the_calendar() {
        let none = Snapshot::default;
        let today = Day::parse("2019-01-01").unwrap();
        // Before, now, and whether it is taken back where only the named are linked, and where all others are.
        let cases = [
            (one("", false), one("", true), true, true),
            (one("", false), one("", false), false, false),
            (one("", false), none(), true, false),
            (none(), one("", true), false, true),
            (none(), one("", false), false, false),
            (one("", true), none(), false, false),
            (one("", true), one("", true), false, false),
            (one("2019-01-01", false), none(), true, false),
            (one("2018-12-31", false), none(), false, false),
            (one("2018-12-31", false), one("2018-12-31", false), false, false),
            (one("2018-12-31", false), one("2018-12-31", true), true, true),
            (one("2019-12-31", false), one("2018-12-31", false), true, true),
            (one("2019-12-31", false), one("2019-01-01", false), false, false),
            (none(), one("2018-12-31", false), false, true),
        ];
        for (number, (before, now, only_named, all_but)) in (1..).zip(cases) {
            let found = [true, false].map(|only| now.takes_back(&before, only, today) == 1);
            assert_eq!(found, [only_named, all_but], "case {number}");
        }
    }
}
