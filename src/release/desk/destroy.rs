//! Destruction of what a run linked, with a certificate (42 CFR 2.52: a repository destroys linked data after delivery).

use rusqlite::params;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::DeskError;
use super::prepare::finished_run;
use crate::accounts::Compliance;
use crate::audit::{Event, EventKind, Signed};
use crate::ids::{DestructionId, RunId, SegmentId, hex};
use crate::unit::Unit;

/// What was destroyed, and who says so.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Certificate {
    /// Id of the destruction.
    pub destruction: String,
    /// The project.
    pub project: String,
    /// The run whose persons were linked.
    pub run: String,
    /// SHA-256 that names its result.
    pub result: String,
    /// Ids of the sealed files whose keys were erased.
    pub files: Vec<String>,
    /// Who attests it.
    pub account: String,
    /// When.
    pub at: String,
    /// How.
    pub method: String,
}

/// Destroys the persons that a run linked: their file, pairs for review, the numbers of its persons, and the note of which record was last
/// whose in the project, so that persons of later runs have new numbers. The keys of the files are erased with the entry, the
/// files after it. Releases that were made stay; what agencies sent stays with its own agreements.
///
/// # Errors
/// [`DeskError`].
pub fn destroy(
    unit: &Unit,
    by: &Compliance,
    run: RunId,
) -> Result<(Certificate, [u8; 64]), DeskError> {
    let id = DestructionId::random()?;
    let (certificate, signature, files) = unit.store.act(|act| {
        let found = finished_run(act.sql(), run)?;
        // Whoever works on persons of the project would write down again what is destroyed here.
        let sql = "SELECT 1 FROM run WHERE project = ?1 AND state = 'running' \
                   UNION SELECT 1 FROM person_forgetting WHERE project = ?1";
        if act.sql().prepare_cached(sql)?.exists([found.project])? {
            return Err(DeskError::WrongState(
                "of a project whose persons are worked on at this moment",
            ));
        }
        let mut files: Vec<SegmentId> = {
            let sql = "SELECT result FROM run WHERE id = ?1 AND result IS NOT NULL \
                       UNION SELECT ids FROM run_persons WHERE run = ?1 \
                       UNION SELECT segment FROM known_persons WHERE project = ?2";
            let mut statement = act.sql().prepare_cached(sql)?;
            let ids = statement.query_map(params![run, found.project], |row| row.get(0))?;
            ids.collect::<Result<_, _>>()?
        };
        let pairs = crate::clerical::forget(act, run, "run-destroyed")?;
        act.sql().execute("DELETE FROM known_persons WHERE project = ?1", [found.project])?;
        for file in &files {
            unit.shred(act, *file)?;
        }
        files.extend(pairs);
        let certificate = Certificate {
            destruction: id.to_string(),
            project: found.project.to_string(),
            run: run.to_string(),
            result: found.digest.map(|digest| hex(&digest)).unwrap_or_default(),
            files: files.iter().map(ToString::to_string).collect(),
            account: by.principal().account().to_string(),
            at: act.now().to_string(),
            method: "erasure of the files' keys, then of the files".to_owned(),
        };
        let text = serde_json::to_string(&certificate).map_err(std::io::Error::from)?;
        let signature = unit.store.key().sign(Signed::Destruction, text.as_bytes());
        let sql = "INSERT INTO destruction (id, project, run, account, at, certificate, signature) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let account = by.principal().account();
        act.sql()
            .execute(sql, params![id, found.project, run, account, act.now(), text, signature])?;
        let event = Event::new(EventKind::DataDestroyed, by.actor())
            .object("run", run)
            .digest("certificate", Sha256::digest(text.as_bytes()).into())
            .project(found.project)
            .count("files", u64::try_from(files.len()).expect("addresses have at most 64 bits"))
            .digest_of_each("result", found.digest)
            .from_address(by.principal().address());
        act.record(&event)?;
        Ok::<_, DeskError>((certificate, signature, files))
    })?;
    crate::runs::remove_files(unit, &files);
    Ok((certificate, signature))
}
