//! Takes a directory, gives the files in it that may be exports, with what shows that one changes.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use super::{WatchError, WatchRequest};

/// A file at one look. In order of time.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Seen {
    modified: SystemTime,
    bytes: u64,
}

/// Plain files by name. Names that begin with a dot, names that are not Unicode and the program's own files are no exports.
pub(super) fn look(request: &WatchRequest<'_>) -> Result<BTreeMap<String, Seen>, WatchError> {
    let io = || WatchError::io(request.directory);
    let own: Vec<PathBuf> = request
        .not_exports
        .iter()
        .map(PathBuf::as_path)
        .chain([request.mapping_file])
        .filter_map(|path| fs::canonicalize(path).ok())
        .collect();
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(request.directory).map_err(io())? {
        let entry = entry.map_err(io())?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        // Gone again since, or not to be read.
        let Ok(metadata) = entry.metadata() else { continue };
        let is_own = fs::canonicalize(entry.path()).is_ok_and(|path| own.contains(&path));
        if name.starts_with('.') || !metadata.is_file() || metadata.len() == 0 || is_own {
            continue;
        }
        let modified = metadata.modified().map_err(io())?;
        found.insert(name, Seen { modified, bytes: metadata.len() });
    }
    Ok(found)
}
