//! Opens submissions and checks that they go together.

use std::fs::File;
use std::path::{Path, PathBuf};

use tallystick_wire::{Header, Rejection, Submission, schema};

use super::Observer;
use super::error::LinkError;
use crate::config::{Config, Limits};

/// Opens, checks and sorts the submissions by source name.
pub(super) fn open(
    submissions: &[PathBuf],
    config: &Config,
    observer: &dyn Observer,
) -> Result<Vec<Submission<File>>, LinkError> {
    let limits = &config.limits;
    let found = submissions.len();
    limit("submissions", found as u64, limits.sources_max as u64, "limits.sources_max")?;
    let mut opened = Vec::new();
    for path in submissions {
        let submission = open_one(path, limits.submission_bytes_max)?;
        opened.push((path.clone(), submission));
    }
    opened.sort_by_key(|(_, submission)| submission.header().source);
    let headers: Vec<&Header> = opened.iter().map(|(_, submission)| submission.header()).collect();
    check_together(&headers)?;
    check_limits(limits, &headers)?;
    verify(&opened, observer)?;
    Ok(opened.into_iter().map(|(_, submission)| submission).collect())
}

/// Sources, records and content rows are not more than this unit takes.
pub(crate) fn check_limits(limits: &Limits, headers: &[&Header]) -> Result<(), LinkError> {
    let found = headers.len() as u64;
    limit("submissions", found, limits.sources_max as u64, "limits.sources_max")?;
    let records = headers.iter().map(|header| header.records).sum();
    limit("records", records, limits.records_max, "limits.records_max")?;
    let rows = headers.iter().map(|header| header.content_rows).sum();
    limit("content rows", rows, limits.content_rows_max, "limits.content_rows_max")
}

fn open_one(path: &Path, bytes_max: u64) -> Result<Submission<File>, LinkError> {
    let file = File::open(path).map_err(|source| LinkError::io(path, source))?;
    let bytes = file.metadata().map_err(|source| LinkError::io(path, source))?.len();
    limit("bytes of a submission", bytes, bytes_max, "limits.submission_bytes_max")?;
    Submission::open(file)
        .map_err(|rejection| LinkError::Submission { path: path.to_owned(), rejection })
}

fn limit(what: &'static str, found: u64, limit: u64, name: &'static str) -> Result<(), LinkError> {
    if found > limit {
        return Err(LinkError::Limit { what, found, limit, name });
    }
    Ok(())
}

/// One project, key, profile and schema; every source once. Sorted by name on entry.
pub(crate) fn check_together(all: &[&Header]) -> Result<(), LinkError> {
    let mut headers = all.iter();
    let Some(first) = headers.next() else { return Ok(()) };
    if first.config_hash != schema::config_hash() && headers.clone().next().is_none() {
        return Err(LinkError::Together(Rejection::SchemaUnknown { source_label: first.source }));
    }
    for second in headers {
        let (a, b) = (first.source, second.source);
        if first.config_hash != second.config_hash {
            return Err(LinkError::Together(Rejection::SchemaDiffers { first: a, second: b }));
        }
        if (first.project, first.epoch) != (second.project, second.epoch) {
            return Err(LinkError::Together(Rejection::ProjectDiffers { first: a, second: b }));
        }
        if first.key_check != second.key_check {
            return Err(LinkError::Together(Rejection::KeyDiffers { first: a, second: b }));
        }
        if first.profile != second.profile {
            return Err(LinkError::Together(Rejection::ProfileDiffers {
                first: a,
                second: b,
                first_profile: first.profile,
                second_profile: second.profile,
            }));
        }
    }
    if first.config_hash != schema::config_hash() {
        return Err(LinkError::Together(Rejection::SchemaUnknown { source_label: first.source }));
    }
    match all.windows(2).find(|pair| pair[0].source == pair[1].source) {
        Some(pair) => {
            let source_label = pair[0].source;
            Err(LinkError::Together(Rejection::SourceRepeated { source_label }))
        }
        None => Ok(()),
    }
}

fn verify(
    opened: &[(PathBuf, Submission<File>)],
    observer: &dyn Observer,
) -> Result<(), LinkError> {
    use rayon::prelude::*;
    let bytes: u64 = opened.iter().map(|(_, submission)| submission.layout().file_bytes()).sum();
    observer.stage("checking submissions", bytes);
    opened.par_iter().try_for_each(|(path, submission)| {
        submission
            .verify(&|bytes| observer.advance(bytes))
            .map_err(|rejection| LinkError::Submission { path: path.clone(), rejection })
    })?;
    if observer.is_cancelled() { Err(LinkError::Cancelled) } else { Ok(()) }
}
