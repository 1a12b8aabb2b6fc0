//! Takes files one after the other, gives the table in the next, unpacks archives member by member on the way.

use std::collections::VecDeque;
use std::path::PathBuf;

use super::error::ExportError;
use super::table::Table;
use super::unpack::{Inside, Member, open_file, open_member};
use super::{FileRows, ReadLimits, ReadSpec};
use crate::files::Files;

/// A file still to be opened.
#[derive(Debug)]
pub(super) enum Place {
    File(PathBuf),
    Member(PathBuf, Member),
}

/// Opens the next file, and says in `files` that it is now being read; `None` if there is none.
pub(super) fn open_next(
    keeper: &dyn Files,
    queue: &mut VecDeque<Place>,
    several: &mut bool,
    files: &mut Vec<FileRows>,
    spec: &ReadSpec,
    limits: &ReadLimits,
) -> Result<Option<Table>, ExportError> {
    let Some((name, inside)) = open_place(keeper, queue, several, files.len(), limits)? else {
        return Ok(None);
    };
    let located = |error| if *several { ExportError::in_file(&name, error) } else { error };
    let table = Table::open(inside, spec, limits).map_err(located)?;
    files.push(FileRows { name, rows: 0 });
    Ok(Some(table))
}

/// What is in the next file, and its name. Archives are put into the queue member by member.
pub(super) fn open_place(
    keeper: &dyn Files,
    queue: &mut VecDeque<Place>,
    several: &mut bool,
    opened: usize,
    limits: &ReadLimits,
) -> Result<Option<(String, Inside)>, ExportError> {
    while let Some(place) = queue.pop_front() {
        if opened + 1 > usize::try_from(limits.files_max).unwrap_or(usize::MAX) {
            return Err(ExportError::TooLarge { limit: "files_max", max: limits.files_max.into() });
        }
        let (name, inside) = match &place {
            Place::File(path) => (path.display().to_string(), open_file(keeper, path, limits)),
            Place::Member(path, member) => {
                let name = format!("{}/{}", path.display(), member.name);
                (name, open_member(keeper, path, member, limits))
            }
        };
        let inside =
            inside.map_err(|e| if *several { ExportError::in_file(&name, e) } else { e })?;
        let (Inside::Archive(members), Place::File(path)) = (&inside, &place) else {
            return Ok(Some((name, inside)));
        };
        *several |= members.len() > 1;
        for member in members.iter().rev() {
            queue.push_front(Place::Member(path.clone(), member.clone()));
        }
    }
    Ok(None)
}
