//! What callers do until there is no answer any more, and what they were told. What they were told must hold for ever.

use std::sync::mpsc::{Receiver, Sender};

use anyhow::ensure;
use serde_json::Value;

use super::super::program::{Answer, Caller};

/// Bytes of a piece of an upload.
const PIECE_BYTES: usize = 50_000;
/// Times that the log is read for each step of the police.
const READS: usize = 4;
/// Submissions that stand beside the last one before the oldest is withdrawn.
const KEPT: usize = 2;

/// What the service acknowledged, over all its lives.
#[derive(Default)]
pub(super) struct Told {
    /// Receipts, with the file that each is for.
    pub(super) receipts: Vec<(String, usize)>,
    /// Ids of submissions that were taken back.
    pub(super) withdrawn: Vec<String>,
    /// Heads of the log.
    pub(super) heads: Vec<String>,
    /// An upload on its way: place, file, bytes that are durable.
    pub(super) upload: Option<(String, usize, usize)>,
    /// An upload that is complete and has no outcome yet.
    pub(super) waiting: Option<(String, usize)>,
}

pub(super) fn id_of(receipt: &str) -> String {
    let value: Value = serde_json::from_str(receipt).unwrap_or(Value::Null);
    value["receipt"].as_str().unwrap_or("").to_owned()
}

/// The police: go on with what was on its way, then send one file after the other by either way, and withdraw old ones.
pub(super) struct Police<'a> {
    pub(super) caller: Caller,
    pub(super) files: &'a [Vec<u8>],
    pub(super) next: usize,
}

impl Police<'_> {
    /// Ends when there is no answer.
    ///
    /// # Errors
    /// An answer that must not be.
    pub(super) fn work(
        &mut self,
        told: &mut Told,
        answered: [Sender<()>; 2],
    ) -> anyhow::Result<()> {
        loop {
            for other in &answered {
                // It may have ended before.
                let _ = other.send(());
            }
            let went_on = if told.waiting.is_some() {
                self.outcome(told)?
            } else if told.upload.is_some() || self.next.is_multiple_of(2) {
                self.pieces(told)?
            } else {
                self.whole(told)?
            };
            if went_on.is_none() || self.withdraw(told)?.is_none() {
                return Ok(());
            }
        }
    }

    fn whole(&mut self, told: &mut Told) -> anyhow::Result<Option<()>> {
        let file = self.next % self.files.len();
        let answer = self.caller.send("PUT", "/api/v1/submissions", &[], &self.files[file]);
        self.next += 1;
        let Some(answer) = answer else { return Ok(None) };
        ensure!(answer.status == 201, "a submission is taken: {}", answer.text);
        told.receipts.push((answer.text, file));
        Ok(Some(()))
    }

    fn pieces(&mut self, told: &mut Told) -> anyhow::Result<Option<()>> {
        let (place, file, mut offset) = match told.upload.take() {
            Some((place, file, acknowledged)) => {
                told.upload = Some((place.clone(), file, acknowledged));
                let headers = [("tus-resumable", "1.0.0")];
                let Some(answer) = self.caller.send("HEAD", &place, &headers, &[]) else {
                    return Ok(None);
                };
                let offset: usize = answer.header("upload-offset").parse()?;
                ensure!(
                    offset >= acknowledged,
                    "{acknowledged} bytes were acknowledged, {offset} are there"
                );
                (place, file, offset)
            }
            None => {
                let file = self.next % self.files.len();
                self.next += 1;
                let Some(answer) = self.caller.begin(self.files[file].len()) else {
                    return Ok(None);
                };
                ensure!(answer.status == 201, "an upload is begun: {}", answer.text);
                (answer.header("location").to_owned(), file, 0)
            }
        };
        told.upload = Some((place.clone(), file, offset));
        let bytes = &self.files[file];
        while offset < bytes.len() {
            let end = bytes.len().min(offset + PIECE_BYTES);
            let Some(answer) = self.caller.patch(&place, offset, &bytes[offset..end]) else {
                return Ok(None);
            };
            ensure!(answer.status == 204, "a piece is taken: {} {}", answer.status, answer.text);
            offset = end;
            told.upload = Some((place.clone(), file, offset));
        }
        told.upload = None;
        told.waiting = Some((place, file));
        Ok(Some(()))
    }

    fn outcome(&self, told: &mut Told) -> anyhow::Result<Option<()>> {
        let Some((place, file)) = told.waiting.clone() else { return Ok(Some(())) };
        let shown = loop {
            let Some(answer) = self.caller.get(&place) else { return Ok(None) };
            let shown = answer.json();
            if shown["state"] != "complete" {
                break shown;
            }
        };
        ensure!(shown["state"] == "accepted", "a whole upload is accepted: {shown}");
        let id = shown["submission"].as_str().unwrap_or("").to_owned();
        let Some(receipt) = self.receipt(&id) else { return Ok(None) };
        ensure!(receipt.status == 200, "it has a receipt: {}", receipt.text);
        told.receipts.push((receipt.text, file));
        told.waiting = None;
        Ok(Some(()))
    }

    pub(super) fn receipt(&self, id: &str) -> Option<Answer> {
        self.caller.get(&format!("/api/v1/submissions/{id}/receipt"))
    }

    /// Takes back what is not among the last.
    fn withdraw(&self, told: &mut Told) -> anyhow::Result<Option<()>> {
        let ids: Vec<String> = told.receipts.iter().map(|(text, _)| id_of(text)).collect();
        let last = ids.len().saturating_sub(KEPT);
        let old =
            ids[..last].iter().find(|id| !told.withdrawn.contains(id) && !ids[last..].contains(id));
        let Some(id) = old else { return Ok(Some(())) };
        let path = format!("/api/v1/submissions/{id}");
        let Some(answer) = self.caller.send("DELETE", &path, &[], &[]) else { return Ok(None) };
        // 404: it was withdrawn in another life, and the answer did not come.
        ensure!([204, 404].contains(&answer.status), "it is withdrawn: {}", answer.text);
        told.withdrawn.push(id.clone());
        Ok(Some(()))
    }
}

/// The compliance officer reads the log, which writes into it, in turns with the police.
pub(super) fn audit(caller: &Caller, turns: Receiver<()>) -> anyhow::Result<Vec<String>> {
    let mut heads = Vec::new();
    for () in turns {
        for _ in 0..READS {
            let Some(answer) = caller.get("/api/v1/audit/entries?limit=5") else {
                return Ok(heads);
            };
            ensure!(answer.status == 200, "the log is read: {}", answer.text);
            let Some(answer) = caller.get("/api/v1/audit/head") else { return Ok(heads) };
            ensure!(answer.status == 200, "the log has a head: {}", answer.text);
            heads.push(answer.json()["anchor"].as_str().unwrap_or("").to_owned());
        }
    }
    Ok(heads)
}
