//! Takes a proposal, gives the mapping as TOML, with confidence and reason of each column beside it.

use std::fmt::Write as _;

use super::role::{AddressPart, Content, NameOrder, Role};
use super::{AliasProposal, Column, FileFormat, FileKind, Proposal};
use crate::mapping::{FixedColumn, FixedLayout, HeaderRow, TextEncoding};

/// Letters of a line of the comments.
const LINE_CHARS_MAX: usize = 110;

pub(super) fn toml(proposal: &Proposal, file: &FileFormat) -> String {
    let mut text = String::new();
    head(&mut text, proposal);
    read(&mut text, proposal, file);
    fields(&mut text, &proposal.columns);
    aliases(&mut text, proposal);
    content(&mut text, proposal);
    groups(&mut text, proposal);
    left_out(&mut text, proposal);
    text
}

fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

/// A comment; words are not broken.
fn comment(text: &mut String, words: &str) {
    let mut row = String::from("#");
    for word in words.split(' ') {
        if row.chars().count() + word.chars().count() >= LINE_CHARS_MAX && row.len() > 1 {
            line(text, &row);
            row = String::from("#");
        }
        row.push(' ');
        row.push_str(word);
    }
    line(text, &row);
}

fn head(text: &mut String, proposal: &Proposal) {
    let (rows, seen) = proposal.rows;
    let from = match proposal.layout {
        Some(layout) => format!("The header is that of a known layout: {layout}."),
        None => {
            "Which column is what was found by their names and the shapes of their cells.".into()
        }
    };
    comment(
        text,
        &format!("Proposed by `tallystick-agency sniff`, from {seen} of {rows} rows. {from}"),
    );
    comment(
        text,
        "Each column has its confidence and the reason; no value of the export is in this file.",
    );
    line(text, &format!("source = {}", quoted(&proposal.source)));
    let kind = proposal.source_type.as_str();
    line(text, &format!("type = {} # {}", quoted(kind), proposal.source_type_reason));
    for column in proposal.columns.iter().filter(|column| column.role == Role::RowId) {
        why(text, column);
        line(text, &format!("row_id = {}", quoted(&column.name)));
    }
}

fn read(text: &mut String, proposal: &Proposal, file: &FileFormat) {
    line(text, "\n[read]");
    match &file.kind {
        FileKind::Text { delimiter, encoding } => {
            let delimiter = char::from(*delimiter).to_string();
            line(text, &format!("delimiter = {}", quoted(&delimiter)));
            line(text, &format!("encoding = \"{}\"", encoding_word(*encoding)));
        }
        FileKind::Fixed { encoding, layout } => {
            line(text, "format = \"fixed\"");
            line(text, &format!("encoding = \"{}\"", encoding_word(*encoding)));
            line(text, &fixed_layout(layout));
        }
        FileKind::Workbook { sheet } => {
            line(text, "format = \"workbook\"");
            if let Some(sheet) = sheet {
                line(text, &format!("sheet = {}", quoted(sheet)));
            }
        }
        FileKind::Parquet => line(text, "format = \"parquet\""),
    }
    if file.header != HeaderRow::Names {
        line(text, &format!("header = \"{}\"", file.header.as_str()));
    }
    if !proposal.missing.is_empty() {
        let words: Vec<String> = proposal.missing.iter().map(|word| quoted(word)).collect();
        line(text, &format!("missing = [{}]", words.join(", ")));
    }
}

fn encoding_word(encoding: TextEncoding) -> &'static str {
    match encoding {
        TextEncoding::Utf8 => "utf-8",
        TextEncoding::Utf16 => "utf-16",
        TextEncoding::Windows1252 => "windows-1252",
    }
}

fn fixed_layout(layout: &FixedLayout) -> String {
    let column = |column: &FixedColumn| {
        let FixedColumn { name, start, width } = column;
        format!("\n    {{ name = {}, start = {start}, width = {width} }},", quoted(name))
    };
    let columns: String = layout.columns.iter().map(column).collect();
    let mut text = format!("layout.columns = [{columns}\n]");
    if layout.skip_lines > 0 {
        let _ = write!(text, "\nlayout.skip_lines = {}", layout.skip_lines);
    }
    if layout.trimmed {
        text.push_str("\nlayout.trimmed = true");
    }
    text
}

fn fields(text: &mut String, columns: &[Column]) {
    line(text, "\n[fields]");
    let with = |role: &Role| columns.iter().find(|column| column.role == *role);
    for order in [NameOrder::LastFirst, NameOrder::FirstLast] {
        if let Some(column) = with(&Role::Name(Some(order))) {
            let format = order_words(order);
            why(text, column);
            let name = quoted(&column.name);
            line(text, &format!("name = {{ column = {name}, format = \"{format}\" }}"));
        }
    }
    for role in [Role::Last, Role::First, Role::Middle, Role::Suffix] {
        single(text, with(&role), &role.to_string());
    }
    dob(text, columns);
    for role in [Role::Sex, Role::Ssn, Role::Phone] {
        single(text, with(&role), &role.to_string());
    }
    address(text, columns);
    for role in [Role::City, Role::Zip] {
        single(text, with(&role), &role.to_string());
    }
    single(text, with(&Role::LocalId), "local_id");
    for column in columns {
        if let Role::Attribute(name) = &column.role {
            why(text, column);
            let compare = if name == "birth_place" { ", compare = \"qgrams\"" } else { "" };
            let name = quoted(&format!("attribute.{name}"));
            line(text, &format!("{name} = {{ column = {}{compare} }}", quoted(&column.name)));
        }
    }
}

fn order_words(order: NameOrder) -> &'static str {
    match order {
        NameOrder::LastFirst => "LAST, FIRST MIDDLE",
        NameOrder::FirstLast => "FIRST MIDDLE LAST",
    }
}

fn single(text: &mut String, column: Option<&Column>, key: &str) {
    if let Some(column) = column {
        why(text, column);
        line(text, &format!("{key} = {}", quoted(&column.name)));
    }
}

fn dob(text: &mut String, columns: &[Column]) {
    if let Some(column) = columns.iter().find(|column| column.role == Role::Dob) {
        why(text, column);
        line(text, &format!("dob = {{ column = {}{} }}", quoted(&column.name), formats(column)));
        return;
    }
    let parts = [(Role::DobYear, "year"), (Role::DobMonth, "month"), (Role::DobDay, "day")];
    let found: Vec<(&Column, &str)> = parts
        .iter()
        .filter_map(|(role, key)| Some((columns.iter().find(|c| c.role == *role)?, *key)))
        .collect();
    if found.len() == parts.len() {
        found.iter().for_each(|(column, _)| why(text, column));
        let parts: Vec<String> =
            found.iter().map(|(column, key)| format!("{key} = {}", quoted(&column.name))).collect();
        line(text, &format!("dob = {{ {} }}", parts.join(", ")));
    }
}

fn address(text: &mut String, columns: &[Column]) {
    let mut parts: Vec<(AddressPart, &Column)> = columns
        .iter()
        .filter_map(|column| match column.role {
            Role::Address(part) => Some((part, column)),
            _ => None,
        })
        .collect();
    parts.sort_by_key(|(part, _)| *part);
    parts.iter().for_each(|(_, column)| why(text, column));
    match parts.as_slice() {
        [] => {}
        [(_, column)] => line(text, &format!("address = {}", quoted(&column.name))),
        several => {
            let names: Vec<String> = several.iter().map(|(_, c)| quoted(&c.name)).collect();
            line(text, &format!("address = [{}]", names.join(", ")));
        }
    }
}

fn aliases(text: &mut String, proposal: &Proposal) {
    for alias in &proposal.aliases {
        line(text, "\n[[alias]]");
        let column = |index: usize| &proposal.columns[index];
        for index in alias.columns() {
            let Column { name, percent, reason, .. } = column(index);
            comment(text, &format!("{}: alias, {percent} %: {reason}", quoted(name)));
        }
        match alias {
            AliasProposal::Whole { column: index, order, split } => {
                let name = quoted(&column(*index).name);
                let format = order_words(*order);
                line(text, &format!("name = {{ column = {name}, format = \"{format}\" }}"));
                if let Some(split) = split {
                    line(text, &format!("split = {}", quoted(split)));
                }
            }
            AliasProposal::Parts { last, first } => {
                for (key, index) in [("last", last), ("first", first)] {
                    if let Some(index) = index {
                        line(text, &format!("{key} = {}", quoted(&column(*index).name)));
                    }
                }
            }
        }
    }
}

fn groups(text: &mut String, proposal: &Proposal) {
    for group in &proposal.groups {
        line(text, "\n[[content.group]]");
        line(text, &format!("table = {}", quoted(&group.table)));
        line(text, &format!("to = {}", group.to));
        line(text, "[content.group.columns]");
        for (name, pattern, members) in &group.columns {
            let first = &proposal.columns[members[0]];
            why(text, first);
            let (kind, formats) = (kind_word(&first.role), formats(first));
            let column = quoted(pattern);
            line(text, &format!("{name} = {{ column = {column}, type = \"{kind}\"{formats} }}"));
        }
    }
}

fn content(text: &mut String, proposal: &Proposal) {
    let repeats = |index: &usize| proposal.groups.iter().any(|g| g.members().any(|m| m == *index));
    let columns: Vec<(&Column, &str)> = proposal
        .columns
        .iter()
        .enumerate()
        .filter(|(index, _)| !repeats(index))
        .filter_map(|(_, column)| Some((column, column.release_name.as_deref()?)))
        .collect();
    if columns.is_empty() {
        return;
    }
    line(text, "\n[content]");
    line(text, &format!("table = {}", quoted(&proposal.table)));
    let event = Role::Content(Content::EventDate);
    if let Some((_, name)) = columns.iter().find(|(column, _)| column.role == event) {
        line(text, &format!("event_date = {}", quoted(name)));
    }
    line(text, "\n[content.columns]");
    for (column, name) in columns {
        let kind = if column.numbering.is_some() { "number" } else { kind_word(&column.role) };
        why(text, column);
        let formats = formats(column) + &numbering(column);
        let column = quoted(&column.name);
        line(text, &format!("{name} = {{ column = {column}, type = \"{kind}\"{formats} }}"));
    }
}

fn kind_word(role: &Role) -> &'static str {
    match role {
        Role::Content(Content::Date | Content::EventDate) => "date",
        Role::Content(Content::Integer) => "integer",
        Role::Content(Content::Flag) => "flag",
        _ => "code",
    }
}

fn numbering(column: &Column) -> String {
    let Some(numbering) = &column.numbering else { return String::new() };
    let mut text = format!(", of = {}", quoted(&numbering.of));
    if !numbering.prefixes.is_empty() {
        let prefixes: Vec<String> =
            numbering.prefixes.iter().map(|prefix| quoted(prefix)).collect();
        let _ = write!(text, ", prefixes = [{}]", prefixes.join(", "));
    }
    text
}

fn left_out(text: &mut String, proposal: &Proposal) {
    let aliases: Vec<usize> = proposal.aliases.iter().flat_map(AliasProposal::columns).collect();
    let out = |(index, column): &(usize, &Column)| {
        matches!(column.role, Role::Withheld | Role::EventNumber | Role::Ignore)
            && column.numbering.is_none()
            && !aliases.contains(index)
    };
    let columns = || proposal.columns.iter().enumerate().filter(out);
    if columns().next().is_some() {
        line(text, "\n# Left out:");
    }
    columns().for_each(|(_, column)| why(text, column));
}

/// `# NAME: role, 97 %: reason`.
fn why(text: &mut String, column: &Column) {
    let Column { name, role, percent, reason, .. } = column;
    comment(text, &format!("{}: {role}, {percent} %: {reason}", quoted(name)));
}

fn formats(column: &Column) -> String {
    if column.formats.is_empty() {
        return String::new();
    }
    let formats: Vec<String> = column.formats.iter().map(|format| quoted(format)).collect();
    let mut text = format!(", formats = [{}]", formats.join(", "));
    if let Some(year) = column.pivot_year {
        let _ = write!(text, ", pivot_year = {year}");
    }
    text
}

/// A TOML basic string. Names of columns may hold anything.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
