//! `r/read.R`: reads and labels every table, with nothing but R itself.

use std::fmt::Write as _;

use super::{Described, one_line};
use crate::bundle::csv_name;
use crate::describe::{ColumnDescribed, Kind, TableDescribed};

const FUNCTIONS: &str = include_str!("read.R");

/// The script.
pub(super) fn write(described: &Described<'_>) -> String {
    let facts = described.facts;
    let mut out = String::new();
    line(&mut out, &format!("# {}", one_line(&facts.title)));
    line(&mut out, &format!("# Release {}", one_line(&facts.release_id)));
    out.push_str(FUNCTIONS);
    line(&mut out, "");
    line(&mut out, "release <- list()");
    for table in described.tables {
        read_table(table, &mut out);
    }
    line(&mut out, "");
    line(&mut out, "invisible(list2env(release, envir = environment()))");
    line(&mut out, "rm(tally_folder, tally_column, tally_table, tally_kinds)");
    line(&mut out, "invisible(release)");
    out
}

fn read_table(table: &TableDescribed, out: &mut String) {
    let name = &table.name;
    line(out, "");
    line(out, &format!("# {}", one_line(&table.label)));
    line(
        out,
        &format!(
            "release[[{}]] <- tally_table({}, {}, key = {}, list(",
            quoted(name),
            quoted(&csv_name(name)),
            quoted(&table.label),
            vector(table.key.iter().map(String::as_str)),
        ),
    );
    for (place, column) in (1..).zip(&table.columns) {
        let comma = if place < table.columns.len() { "," } else { "" };
        line(out, &format!("  {}{comma}", read_column(column)));
    }
    line(out, "))");
}

fn read_column(column: &ColumnDescribed) -> String {
    let kind = match column.kind {
        Kind::Days => "days",
        Kind::Integer => "integer",
        Kind::Flag => "flag",
        Kind::Decimal => "decimal",
        Kind::Text => "text",
    };
    let mut out = format!(
        "{} = list(kind = \"{kind}\", label = {}",
        column.name,
        quoted(&one_line(&column.label))
    );
    if !column.codes.is_empty() {
        let codes = vector(column.codes.iter().map(|code| code.value.as_str()));
        let words: Vec<String> = column.codes.iter().map(|code| one_line(&code.label)).collect();
        let words = vector(words.iter().map(String::as_str));
        let name = if column.is_coded { "levels" } else { "codes" };
        let _ = write!(out, ", {name} = {codes}, words = {words}");
    }
    out.push(')');
    out
}

/// A vector of texts.
fn vector<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let texts: Vec<String> = texts.map(quoted).collect();
    if texts.is_empty() { "character()".to_owned() } else { format!("c({})", texts.join(", ")) }
}

/// A text in R: ASCII stays, all else is escaped, so that no locale changes it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            ' '..='~' => out.push(character),
            other => {
                let _ = write!(out, "\\U{{{:x}}}", u32::from(other));
            }
        }
    }
    out.push('"');
    out
}

fn line(out: &mut String, line: &str) {
    writeln!(out, "{line}").expect("writing to memory does not fail");
}
