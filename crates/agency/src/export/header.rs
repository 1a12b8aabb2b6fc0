//! Takes the first row of a file, gives the names of its columns, refuses names that stand twice or none.

use std::collections::BTreeSet;

use tallystick_encoder::mapping::HeaderRow;

use super::error::ExportError;
use super::row::RawRow;

/// Names of the columns, from the first row or by their place.
pub(super) fn header_of(first: &RawRow, rule: HeaderRow) -> Result<Vec<String>, ExportError> {
    let place = |column: usize| format!("column {}", column + 1);
    if rule == HeaderRow::None {
        return Ok((0..first.len()).map(place).collect());
    }
    let name = |column: usize| first.expose(column).trim().to_owned();
    let header: Vec<String> = (0..first.len()).map(name).collect();
    if header.iter().all(String::is_empty) {
        return Err(ExportError::EmptyHeader { line: first.line() });
    }
    let mut seen = BTreeSet::new();
    let mut names = Vec::with_capacity(header.len());
    for (column, name) in header.into_iter().enumerate() {
        let name =
            if rule == HeaderRow::Numbered && name.is_empty() { place(column) } else { name };
        if name.is_empty() || seen.insert(name.clone()) {
            names.push(name);
            continue;
        }
        if rule == HeaderRow::Names {
            return Err(ExportError::DuplicateColumn { line: first.line(), name });
        }
        let numbered = |number: usize| format!("{name} ({number})");
        let free = (2..).map(numbered).find(|name| !seen.contains(name));
        let free = free.expect("there are more numbers than columns");
        seen.insert(free.clone());
        names.push(free);
    }
    Ok(names)
}

/// The header's name nearest to `name`, if any is near: Jaro-Winkler of 0.8 without regard to case.
pub(super) fn most_similar<'a>(header: &'a [String], name: &str) -> Option<&'a str> {
    let wanted = name.trim().to_lowercase();
    let mut best = None;
    let mut best_similarity = 0.8;
    for column in header.iter().filter(|column| !column.is_empty()) {
        let similarity = strsim::jaro_winkler(&wanted, &column.to_lowercase());
        if similarity > best_similarity {
            best = Some(column.as_str());
            best_similarity = similarity;
        }
    }
    best
}
