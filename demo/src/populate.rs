//! What a service has beside its first release when it has been at work for some weeks: releases in other states, things that
//! were refused, a week of the log that was signed off.

use anyhow::{Context as _, ensure};
use serde_json::json;

use crate::client::text;
use crate::release::{STUDY, until};
use crate::unit::UnitAtWork;

/// What lies there to look at.
pub(crate) struct Scenery {
    pub(crate) weeks_signed_off: usize,
    pub(crate) refusals: usize,
}

impl UnitAtWork<'_> {
    /// Fills the service further: a release that its approver refuses, one that the check refuses, one that waits.
    pub(crate) fn populate(&mut self, run: &str) -> anyhow::Result<Scenery> {
        let refusals = self.be_refused()?;
        self.prepare_and_leave(run)?;
        let weeks_signed_off = self.sign_weeks_off()?;
        Ok(Scenery { weeks_signed_off, refusals })
    }

    fn prepare_and_leave(&mut self, run: &str) -> anyhow::Result<()> {
        let preparer = self.signed_in("the.preparer")?;
        let approver = self.signed_in("the.approver")?;
        let prepare = |study: &str| {
            let made = preparer.post("/releases", &json!({ "run": run, "study": study }))?;
            let address = format!("/releases/{}", text(&made, "release")?);
            let state = until(&preparer, &address, "queued")?["state"].clone();
            anyhow::Ok((address, state))
        };
        let (rejected, state) = prepare(STUDY)?;
        ensure!(state == "checked", "the check refuses the second release");
        approver.post(&format!("{rejected}/decision"), &json!({ "decision": "reject" }))?;
        // Far more people than there are would have to look alike.
        let (_, state) = prepare(&STUDY.replace("\nk = 11\n", "\nk = 1000\n"))?;
        ensure!(state == "refused", "the check lets pass what it should not: {state}");
        let (_, state) = prepare(STUDY)?;
        ensure!(state == "checked", "the check refuses the release that waits");
        Ok(())
    }

    /// Asks for what is not allowed, as happens in every service; gives how many refusals stand in the log.
    fn be_refused(&mut self) -> anyhow::Result<usize> {
        let mut refused = 0;
        for (name, path) in [
            ("the.operator", "/releases"),
            ("the.police", "/runs"),
            ("the.evaluator", "/audit/entries"),
            ("the.court", "/accounts"),
        ] {
            let answer = self.signed_in(name)?.get(path);
            ensure!(answer.is_err(), "{name} may ask for {path}");
            refused += 1;
        }
        ensure!(self.try_password("the.operator").is_err(), "a wrong password opens a session");
        Ok(refused + 1)
    }

    fn sign_weeks_off(&mut self) -> anyhow::Result<usize> {
        let officer = self.signed_in("the.officer")?;
        let open = officer.get("/audit/reviews")?;
        let open = open["open"].as_array().context("there is a list of weeks")?.clone();
        let mut weeks: Vec<&str> = open.iter().filter_map(serde_json::Value::as_str).collect();
        weeks.sort_unstable();
        // The last one is left to whoever clicks.
        weeks.pop();
        for week in &weeks {
            let head = officer.get("/audit/head")?;
            let head = text(&head, "anchor")?;
            let wanted = json!({ "week": week, "head": head, "finding": "nothing-found" });
            officer.post("/audit/reviews", &wanted)?;
        }
        Ok(weeks.len())
    }
}
