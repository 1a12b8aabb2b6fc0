//! The bundle of an approved release: its tables as they were checked, with everything that goes with them.

use std::io::{self, Read as _};

use sha2::{Digest as _, Sha256};
use tallystick_dataset::bundle::{
    self, Approval, AuditHead, BundleContent, BundleError, Input, Member, Relation, ReleaseFacts,
    Suppression,
};
use tallystick_dataset::{Table, Ticker};
use tallystick_disclosure::Checked;
use tallystick_program::VERSION;
use tallystick_wire::Digest;

use super::make::{Facts, Halting};
use super::{DeskError, Plan, Release, guild, linkage, methods};
use crate::audit::{self, EventKind, Signed};
use crate::ids::AgreementId;
use crate::runs::{NewFile, Run};
use crate::store::segment::SegmentKind;
use crate::store::{StoreError, make_private};
use crate::unit::Unit;

/// Directory of bundles that are being written, within the store's; what is left in it is removed at the next start.
pub(super) const SCRATCH: &str = "scratch";
/// Name of the notice in the bundle.
const NOTICE_NAME: &str = "NOTICE-42-CFR-Part-2.txt";
/// 42 CFR 2.32(a)(2).
const NOTICE: &str = "42 CFR part 2 prohibits unauthorized use or disclosure of these records.\n";
/// What recipients agree to.
#[must_use]
pub fn terms(least: u32) -> String {
    format!(
        "For the purposes of the data use licence only, by the persons it names. No attempt to find out who anybody is, no \
         joining with other data about persons, no handing on. Cells of fewer than {least} persons are not published. Destroyed \
         when the licence ends; told to the linkage unit at once if anybody becomes known."
    )
}
/// Bytes copied at once.
const COPY_BYTES: usize = 1 << 16;

/// What a bundle is of.
pub(super) struct Of<'a> {
    pub(super) unit: &'a Unit,
    pub(super) release: &'a Release,
    pub(super) run: &'a Run,
    pub(super) plan: &'a Plan,
    pub(super) agreements: &'a [AgreementId],
}

/// A bundle that was written.
pub(super) struct Written {
    pub(super) file: NewFile,
    pub(super) sha256: [u8; 32],
    pub(super) bytes: u64,
    pub(super) manifest_sha256: [u8; 32],
    pub(super) notice_sha256: Option<[u8; 32]>,
}

/// Writes the bundle. Takes tables only from the check.
pub(super) fn write(
    of: &Of<'_>,
    checked: Checked,
    facts: &Facts,
    halting: &Halting<'_>,
) -> Result<Written, DeskError> {
    let threshold = u64::from(checked.report().k_demanded);
    let (mut tables, report) = checked.into_parts();
    let person = tables.iter().find(|table| table.name == "person");
    let summary = person.map(|person| linkage::summary(person, facts, threshold));
    tables.extend(summary);
    let members = members(of, &tables, &report, facts);
    let content = BundleContent {
        facts: release_facts(of, &report, facts)?,
        relations: relations(&tables),
        tables: &tables,
        members,
    };
    let scratch = of.unit.store.directory().join(SCRATCH);
    make_private(&scratch)?;
    let directory = tempfile::TempDir::with_prefix_in("bundle-", &scratch)?;
    let path = directory.path().join("bundle.zip");
    let key = of.unit.store.key();
    let mut ticker = Ticker::new(&|_| {}, halting.0);
    let written = bundle::write(
        content,
        &path,
        // The bundle puts the same text before it.
        &|message| {
            let message = message.strip_prefix(Signed::Bundle.domain()).unwrap_or(message);
            key.sign(Signed::Bundle, message)
        },
        &mut ticker,
    );
    let written = written.map_err(|error| match error {
        BundleError::Cancelled => DeskError::Stopping,
        error => DeskError::Bundle(error),
    })?;
    let file = NewFile::write(of.unit, SegmentKind::Release, |out| copy(&path, out))?;
    Ok(Written {
        file,
        sha256: written.sha256.0,
        bytes: written.bytes,
        manifest_sha256: written.manifest_sha256.0,
        notice_sha256: facts.has_provider.then(|| Sha256::digest(NOTICE.as_bytes()).into()),
    })
}

fn copy(path: &std::path::Path, out: &mut dyn io::Write) -> io::Result<()> {
    let mut from = std::fs::File::open(path)?;
    let mut buffer = vec![0; COPY_BYTES];
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(()),
            count => out.write_all(&buffer[..count])?,
        }
    }
}

/// Every table with a column `study_id` refers to the person table.
fn relations(tables: &[Table]) -> Vec<Relation> {
    let of_persons =
        tables.iter().filter(|table| table.name != "person" && table.column("study_id").is_some());
    of_persons.map(|table| Relation::on("study_id", &table.name, "person")).collect()
}

fn members(
    of: &Of<'_>,
    tables: &[Table],
    report: &tallystick_disclosure::Report,
    facts: &Facts,
) -> Vec<Member> {
    let member = |name: &str, media_type: &str, description: &str, bytes: Vec<u8>| Member {
        name: name.to_owned(),
        media_type: media_type.to_owned(),
        description: description.to_owned(),
        bytes,
    };
    let paper = guild::Paper { of, tables, report, facts };
    let mut members = vec![
        member(
            "linkage_report.html",
            "text/html",
            "linkage report after GUILD and RECORD, with flow and error estimates",
            guild::page(&paper).into_bytes(),
        ),
        member(
            "methods.txt",
            "text/plain",
            "text for the methods section of a paper",
            methods::text(&paper).into_bytes(),
        ),
        member(
            "study.toml",
            "application/toml",
            "definition of the study and disclosure policy",
            of.release.study.clone().into_bytes(),
        ),
    ];
    if facts.has_provider {
        members.push(member(
            NOTICE_NAME,
            "text/plain",
            "notice on redisclosure, 42 CFR 2.32; it goes wherever the data go",
            NOTICE.as_bytes().to_vec(),
        ));
    }
    members
}

fn release_facts(
    of: &Of<'_>,
    report: &tallystick_disclosure::Report,
    facts: &Facts,
) -> Result<ReleaseFacts, DeskError> {
    let release = of.release;
    let decided = release.decided.ok_or(DeskError::WrongState("not approved"))?;
    // The entry of the approval, so that a bundle made again is the same.
    let head = of.unit.store.read(|connection| {
        let id = release.id.to_string();
        Ok::<_, StoreError>(audit::last_about(connection, EventKind::ReleaseApproved, &id)?)
    })?;
    let approval = |by: crate::ids::AccountId, decision: &str, at: crate::clock::Timestamp| {
        Approval { actor: by.to_string(), decision: decision.to_owned(), at: at.to_string() }
    };
    let cells = report.columns.iter().filter(|column| column.cells_suppressed > 0);
    let cells = cells.map(|column| Suppression {
        what: format!("cells of {}.{}", column.table, column.column),
        count: column.cells_suppressed,
    });
    Ok(ReleaseFacts {
        release_id: release.id.to_string(),
        title: of.plan.study.title.clone(),
        summary: format!(
            "Linked, {} records of {} for the study {}.",
            if report.is_deidentified { "de-identified" } else { "pseudonymised" },
            facts.sources.join(", "),
            of.plan.study.name
        ),
        project: release.project.to_string(),
        agreement: of.agreements.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
        profile: release.profile.clone(),
        producer: "tallystick linkage unit".to_owned(),
        released_on: decided.at.to_string().chars().take(10).collect(),
        terms: terms(report.k_demanded),
        notes: facts.notes.clone(),
        inputs: inputs(of)?,
        config_hash: Digest(release.study_hash),
        code_version: VERSION.to_owned(),
        seed: None,
        k_demanded: Some(u64::from(report.k_demanded)),
        k_achieved: Some(report.k_achieved),
        suppressed: cells.collect(),
        notice: facts.has_provider.then(|| NOTICE_NAME.to_owned()),
        approvals: vec![
            approval(release.prepared.by, "prepared", release.prepared.at),
            approval(decided.by, "approved", decided.at),
        ],
        audit_head: head.map(|(entry, hash)| AuditHead { entry, sha256: Digest(hash) }),
    })
}

/// The files that were linked.
fn inputs(of: &Of<'_>) -> Result<Vec<Input>, DeskError> {
    let mut inputs = Vec::new();
    for source in &of.run.sources {
        let (sha256, rows) = of.unit.store.read(|connection| {
            let sql = "SELECT sha256, rows_accepted FROM submission WHERE id = ?1";
            let mut statement = connection.prepare_cached(sql)?;
            let values: ([u8; 32], u64) =
                statement.query_row([source.submission], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok::<_, StoreError>(values)
        })?;
        inputs.push(Input {
            source: source.source.to_string(),
            sha256: Digest(sha256),
            rows,
            snapshot_on: None,
        });
    }
    Ok(inputs)
}
