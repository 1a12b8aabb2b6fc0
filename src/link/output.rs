//! Writes what a run came to: all of it, or nothing.

use std::fs::{self, File};
use std::io::{BufWriter, Read, Write as _};
use std::path::{Path, PathBuf};

use tallystick_wire::{ReadAt, Submission};
use tempfile::TempDir;

use super::error::LinkError;
use super::outcome::{LinkSummary, linked};
use super::{LinkRequest, Observer, Run, Settings, labels, report, result};
use crate::config::Config;
use crate::keys::UnitKeys;
use crate::release::contract::Linked;
use crate::release::{self, ReleaseLimits, TableSummary};

/// The output directory is new or empty, and the clusters file does not lie in it.
pub(super) fn check_free(request: &LinkRequest<'_>) -> Result<(), LinkError> {
    let out = request.out;
    if let Some(clusters) = request.clusters {
        let inside = absolute(clusters).starts_with(absolute(out));
        if inside {
            return Err(LinkError::ClustersInOutput { path: clusters.to_owned() });
        }
    }
    check_empty(out)
}

/// The directory is not there, or empty.
pub(super) fn check_empty(out: &Path) -> Result<(), LinkError> {
    match fs::read_dir(out) {
        Ok(mut entries) => match entries.next() {
            Some(_) => Err(LinkError::OutputNotEmpty { path: out.to_owned() }),
            None => Ok(()),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(LinkError::io(out, source)),
    }
}

/// The path with its directories resolved as far as they exist, so that `..` and links do not hide
/// where it lies.
fn absolute(path: &Path) -> PathBuf {
    if let Ok(path) = path.canonicalize() {
        return path;
    }
    match path.file_name() {
        Some(name) => absolute(parent(path)).join(name),
        None => path.to_owned(),
    }
}

pub(super) fn parent(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

/// Writes tables, report and clusters; the output directory appears only when it is complete.
pub(super) fn write(
    request: &LinkRequest<'_>,
    settings: &Settings<'_>,
    (run, submissions): (&Run, &[Submission<File>]),
    observer: &dyn Observer,
) -> Result<LinkSummary, LinkError> {
    let out = request.out;
    let io = |source| LinkError::io(out, source);
    fs::create_dir_all(parent(out)).map_err(io)?;
    let all = linked(run, None);
    let planted = request.canaries.map(|path| labels::read(path, &all)).transpose()?;
    let without_planted = planted.as_ref().map(|planted| linked(run, Some(planted)));
    let released = without_planted.as_ref().unwrap_or(&all);
    let staging = TempDir::with_prefix_in(".tallystick-", parent(out)).map_err(io)?;
    let desk = Desk { keys: request.keys, config: request.config };
    let tables = desk.write_tables(submissions, released, staging.path(), observer)?;
    observer.stage("writing the report", 0);
    let mut report = report::build(settings, run, &all, without_planted.as_ref());
    let digest = result::digest(&all, &report).map_err(io)?;
    if let Some(path) = request.truth {
        report.quality.truth = Some(labels::truth(run, &labels::read(path, &all)?));
    }
    if let Some(planted) = &planted {
        report.quality.canaries = Some(labels::canaries(run, planted, tables.rows_left_out));
    }
    crate::report::write(&report, staging.path()).map_err(io)?;
    if observer.is_cancelled() {
        return Err(LinkError::Cancelled);
    }
    if let Some(path) = request.clusters {
        write_clusters(&all, path).map_err(|source| LinkError::io(path, source))?;
    }
    if out.exists() {
        fs::remove_dir(out).map_err(io)?;
    }
    fs::rename(staging.keep(), out).map_err(io)?;
    make_readable(out).map_err(io)?;
    Ok(report::summary(&report, released, digest))
}

/// A staging directory is for its owner alone; the result follows the user's own rules.
#[cfg(unix)]
fn make_readable(dir: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(dir, fs::Permissions::from_mode(0o750))
}

#[cfg(not(unix))]
fn make_readable(_: &Path) -> std::io::Result<()> {
    Ok(())
}

/// The release desk: who has the keys that open content.
#[derive(Debug)]
pub struct Desk<'a> {
    /// Its keys.
    pub keys: &'a UnitKeys,
    /// Settings.
    pub config: &'a Config,
}

impl Desk<'_> {
    /// Writes tables of what was linked, from the content of its submissions, sorted by source, into a directory that is
    /// there and empty.
    ///
    /// # Errors
    /// [`LinkError`].
    pub fn write_tables<R: ReadAt>(
        &self,
        submissions: &[Submission<R>],
        linked: &Linked,
        dir: &Path,
        observer: &dyn Observer,
    ) -> Result<TableSummary, LinkError> {
        let rows: u64 = submissions.iter().map(|submission| submission.header().content_rows).sum();
        observer.stage("writing tables", 2 * rows + u64::from(linked.person_count));
        let mut contents: Vec<(usize, Box<dyn Read + '_>)> = Vec::new();
        for (source, submission) in submissions.iter().enumerate() {
            if let Some(opened) = open_content(self.keys, submission)? {
                contents.push((source, opened));
            }
        }
        let limits = ReleaseLimits {
            rows_max: self.config.limits.content_rows_max,
            ..ReleaseLimits::default()
        };
        let written = release::write_tables(
            linked,
            contents,
            &self.keys.study_id_key,
            &limits,
            dir,
            &|done| observer.advance(done),
            &|| observer.is_cancelled(),
        )?;
        Ok(written)
    }
}

/// Opens the content of a submission, if it has any.
pub(crate) fn open_content<'a, R: ReadAt>(
    keys: &UnitKeys,
    submission: &'a Submission<R>,
) -> Result<Option<Box<dyn Read + 'a>>, LinkError> {
    let Some(sealed) = submission.content() else { return Ok(None) };
    let source_label = submission.header().source;
    let refused = |_| LinkError::ContentSealed { source_label };
    let decryptor =
        age::Decryptor::new_buffered(std::io::BufReader::new(sealed)).map_err(refused)?;
    let identity: &dyn age::Identity = &keys.release_key;
    let opened = decryptor.decrypt(std::iter::once(identity)).map_err(refused)?;
    Ok(Some(Box::new(std::io::BufReader::new(opened))))
}

/// `source,handle,person,strict,loose`, for the holders of handles only, planted records included.
/// Persons are numbered in
/// the order of their least (source, handle).
///
/// # Errors
/// That of the system.
pub fn write_clusters(linked: &Linked, path: &Path) -> std::io::Result<()> {
    let file = tempfile::NamedTempFile::new_in(parent(path))?;
    let mut out = BufWriter::new(file);
    out.write_all(b"source,handle,person,strict,loose\n")?;
    for source in &linked.sources {
        for (record, handle) in source.handles.iter().enumerate() {
            writeln!(
                out,
                "{},{handle},{},{},{}",
                source.source, source.person[record], source.strict[record], source.loose[record]
            )?;
        }
    }
    let file = out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}
