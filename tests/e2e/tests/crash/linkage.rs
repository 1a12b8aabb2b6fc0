//! Runs that an operator asks for beside the uploads, so that kills fall into them as well. What was acknowledged goes on and ends,
//! and comes to the same as every other run over the same submissions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::Receiver;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::super::program::Caller;

/// Runs that wait or are worked on before another one is asked for.
const OPEN_MAX: usize = 2;
/// Runs that have ended and are looked at again after each start; all are at the end.
const ENDED_AGAIN: usize = 4;
/// What stopped a run whose submission was taken back.
const WITHDRAWN: &str = "submission-withdrawn";

/// What an operator was told of runs, over all lives of the service.
#[derive(Default)]
pub(super) struct Runs {
    project: String,
    /// Ids of runs that have not been seen to end.
    open: Vec<String>,
    /// Runs that have, as they were shown.
    ended: BTreeMap<String, Value>,
    /// Ids of those, in the order in which they were seen to end.
    order: Vec<String>,
    /// What linking some submissions came to, by their digests.
    results: BTreeMap<String, String>,
}

/// How the runs of all lives ended.
pub(super) struct Ends {
    pub(super) finished: usize,
    pub(super) failed: usize,
    /// Different lists of submissions, by digest.
    pub(super) results: usize,
}

/// Text of a field; empty where there is none.
fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or("")
}

/// A run without what becomes of it after it has ended.
fn lasting(run: &Value) -> Value {
    let mut run = run.clone();
    if let Some(fields) = run.as_object_mut() {
        fields.retain(|name, _| !name.starts_with("outdated_"));
    }
    run
}

fn submissions(run: &Value) -> BTreeSet<&str> {
    let sources = run["sources"].as_array().map_or(&[][..], Vec::as_slice);
    sources.iter().map(|source| text(source, "submission")).collect()
}

impl Runs {
    pub(super) fn of(project: &str) -> Self {
        Self { project: project.to_owned(), ..Self::default() }
    }

    /// With each turn of the police the open ones are looked at, and another one is asked for where few are open. Ends when there
    /// is no answer.
    ///
    /// # Errors
    /// An answer that must not be.
    pub(super) fn work(&mut self, operator: &Caller, turns: Receiver<()>) -> anyhow::Result<()> {
        for () in turns {
            if self.look(operator)?.is_none() || self.queue(operator)?.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// After a start: what was acknowledged is there, and the last ones that had ended are what they were.
    pub(super) fn again(&mut self, operator: &Caller) -> anyhow::Result<()> {
        let last = self.order.len().saturating_sub(ENDED_AGAIN);
        for id in self.order.split_off(last) {
            self.order.push(id.clone());
            let Some(answer) = operator.get(&format!("/api/v1/runs/{id}")) else { continue };
            ensure!(answer.status == 200, "a run is there: {}", answer.text);
            self.check(&answer.json())?;
        }
        self.look(operator).map(drop)
    }

    fn look(&mut self, operator: &Caller) -> anyhow::Result<Option<()>> {
        for id in self.open.clone() {
            let Some(answer) = operator.get(&format!("/api/v1/runs/{id}")) else { return Ok(None) };
            ensure!(answer.status == 200, "a run is there: {}", answer.text);
            self.check(&answer.json())?;
        }
        Ok(Some(()))
    }

    fn queue(&mut self, operator: &Caller) -> anyhow::Result<Option<()>> {
        if self.open.len() >= OPEN_MAX {
            return Ok(Some(()));
        }
        let body = json!({ "project": self.project }).to_string();
        let headers = [("content-type", "application/json")];
        let answer = operator.send("POST", "/api/v1/runs", &headers, body.as_bytes());
        let Some(answer) = answer else { return Ok(None) };
        // Nothing stands before the first upload, nor after a withdrawal of what stood.
        if answer.code() != "run-nothing" {
            ensure!(answer.status == 201, "a run is queued: {}", answer.text);
            self.open.push(text(&answer.json(), "run").to_owned());
        }
        Ok(Some(()))
    }

    /// A run is in a state in which it may be; one that has ended stays as it was.
    fn check(&mut self, run: &Value) -> anyhow::Result<()> {
        let id = text(run, "run").to_owned();
        if let Some(before) = self.ended.get(&id) {
            ensure!(lasting(before) == lasting(run), "a run is what it was: {before} {run}");
        }
        match text(run, "state") {
            "queued" | "running" => return Ok(()),
            "finished" => {
                let sources = run["sources"].as_array().context("a run has sources")?;
                let digests: Vec<&str> = sources.iter().map(|it| text(it, "digest")).collect();
                let result = text(run, "digest").to_owned();
                let known = self.results.entry(digests.join(" ")).or_insert_with(|| result.clone());
                ensure!(
                    *known == result && result.len() == 64,
                    "the same comes to the same: {run}"
                );
            }
            "failed" => {
                ensure!(text(run, "failure") == WITHDRAWN, "a run fails only so: {run}");
            }
            _ => anyhow::bail!("nobody ended it: {run}"),
        }
        self.open.retain(|open| *open != id);
        if self.ended.insert(id.clone(), run.clone()).is_none() {
            self.order.push(id);
        }
        Ok(())
    }

    /// In peace: all that is open ends, one more run over what stands comes to what it came to among kills, and all runs there are,
    /// also those of which nobody heard, are as they should be.
    pub(super) fn end(&mut self, operator: &Caller, police: &Caller) -> anyhow::Result<Ends> {
        self.look(operator)?.context("an answer")?;
        self.queue(operator)?.context("an answer")?;
        for id in self.open.clone() {
            // The stream ends with the run.
            operator.get(&format!("/api/v1/runs/{id}/events")).context("events")?;
        }
        self.look(operator)?.context("an answer")?;
        ensure!(self.open.is_empty(), "what is queued ends: {:?}", self.open);
        let told: BTreeSet<String> = self.ended.keys().cloned().collect();
        let runs = pages(operator, "runs", "below")?;
        let withdrawn = pages(police, "submissions", "before")?;
        let withdrawn = withdrawn.iter().filter(|it| text(it, "state") == "withdrawn");
        let withdrawn: BTreeSet<&str> = withdrawn.map(|it| text(it, "submission")).collect();
        for run in &runs {
            self.check(run)?;
            let is_withdrawn = !submissions(run).is_disjoint(&withdrawn);
            let is_known =
                [text(run, "failure"), text(run, "outdated_because")].contains(&WITHDRAWN);
            ensure!(is_withdrawn == is_known, "a run knows what was taken back: {run}");
            let id = text(run, "run");
            let report = operator.get(&format!("/api/v1/runs/{id}/report")).context("a report")?;
            let status = if text(run, "state") == "finished" { 200 } else { 404 };
            ensure!(report.status == status, "only what is finished has a report: {}", report.text);
        }
        let listed: BTreeSet<&str> = runs.iter().map(|run| text(run, "run")).collect();
        ensure!(told.iter().all(|id| listed.contains(id.as_str())), "a run is missing");
        let finished = self.ended.values().filter(|run| text(run, "state") == "finished").count();
        let failed = self.ended.len() - finished;
        Ok(Ends { finished, failed, results: self.results.len() })
    }
}

/// All pages of a list.
fn pages(caller: &Caller, name: &str, next: &str) -> anyhow::Result<Vec<Value>> {
    let mut found = Vec::new();
    let mut path = format!("/api/v1/{name}");
    loop {
        let mut answer = caller.get(&path).context("an answer")?.json();
        let Value::Array(items) = answer[name].take() else { anyhow::bail!("a list of {name}") };
        found.extend(items);
        path = match &answer[format!("next_{next}")] {
            Value::String(text) => format!("/api/v1/{name}?{next}={text}"),
            Value::Number(number) => format!("/api/v1/{name}?{next}={number}"),
            _ => return Ok(found),
        };
    }
}

/// Times that a run was gone on with after a kill, by the export of the log.
pub(super) fn resumed(export: &str) -> usize {
    let lines = export.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let entries = lines.filter(|line| text(line, "kind") == "run-started");
    entries.filter(|line| text(line, "reason") == "resumed").count()
}
