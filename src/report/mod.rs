//! Takes what a linkage run counted, gives `linkage_report.json` for programs and
//! `linkage_report.html` for people, refuses nothing: a run without pairs or persons has a report too.
//!
//! The page is one file that asks for nothing else, works without scripts, on paper and on
//! telephones, and shows the numbers of each figure as a table as well. The same report gives the
//! same bytes on every machine.

pub(crate) mod figures;
mod html;
pub mod model;
#[cfg(test)]
mod odd;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;
mod words;

use std::path::Path;
use std::{fs, io};

use model::LinkageReport;

/// Name of the file for programs.
pub const JSON_NAME: &str = "linkage_report.json";
/// Name of the file for people.
pub const HTML_NAME: &str = "linkage_report.html";

/// Writes both files into a directory that exists.
///
/// # Errors
///
/// What the file system says; a file may then be missing or incomplete.
pub fn write(report: &LinkageReport, dir: &Path) -> io::Result<()> {
    fs::write(dir.join(JSON_NAME), json(report)?)?;
    fs::write(dir.join(HTML_NAME), for_people(report))
}

/// The report for people, as one page.
pub(crate) fn for_people(report: &LinkageReport) -> String {
    html::page(report)
}

/// A report as it was written for programs.
pub(crate) fn read(json: &str) -> serde_json::Result<LinkageReport> {
    serde_json::from_str(json)
}

/// The report for programs: fields in the order of the model; what is not a number is `null`.
pub(crate) fn json(report: &LinkageReport) -> serde_json::Result<String> {
    let mut text = serde_json::to_string_pretty(report)?;
    text.push('\n');
    Ok(text)
}
