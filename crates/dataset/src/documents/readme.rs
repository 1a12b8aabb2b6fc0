//! `README.txt`: what is in the bundle and how to begin.

use std::fmt::Write as _;

use super::{Described, one_line};
use crate::bundle::{CODEBOOK_CSV, CODEBOOK_HTML, DATAPACKAGE, DDI, MANIFEST, R, SIGNATURE, STATA};
use crate::missing::Missing;

const WIDTH: usize = 78;

/// The document.
pub(super) fn write(described: &Described<'_>) -> String {
    let facts = described.facts;
    let mut out = String::new();
    line(&mut out, &one_line(&facts.title));
    line(&mut out, &"=".repeat(one_line(&facts.title).chars().count().clamp(1, WIDTH)));
    line(&mut out, "");
    paragraph(&mut out, "", &facts.summary);
    line(&mut out, "");
    for (name, value) in [
        ("Release", &facts.release_id),
        ("Released on", &facts.released_on),
        ("Made by", &facts.producer),
        ("Project", &facts.project),
        ("Agreement", &facts.agreement),
        ("Profile", &facts.profile),
    ] {
        line(&mut out, &format!("{name:<13}{}", one_line(value)));
    }
    heading(&mut out, "What you may do");
    paragraph(&mut out, "", &facts.terms);
    if let Some(notice) = &facts.notice {
        paragraph(&mut out, "", &format!("Read {notice} before anything else; it is binding."));
    }
    heading(&mut out, "Begin here");
    for (name, words) in [
        (CODEBOOK_HTML, "every table and column, for reading; opens in any browser"),
        (R, "R: source(\"r/read.R\") reads and labels all tables"),
        (STATA, "Stata: do stata/read.do does the same and saves .dta files"),
        (DATAPACKAGE, "Python and others: types, labels and keys (Frictionless Data Package)"),
    ] {
        item(&mut out, name, words);
    }
    heading(&mut out, "Tables, in data/, each as CSV and as Parquet");
    for table in described.tables {
        let words =
            format!("{}; {} rows, {} columns", table.label, table.rows, table.columns.len());
        item(&mut out, &table.name, &words);
    }
    heading(&mut out, "Other files");
    item(&mut out, CODEBOOK_CSV, "the codebook as a table");
    item(&mut out, DDI, "the codebook as DDI-Codebook 2.5");
    for member in described.members {
        item(&mut out, &member.name, &member.description);
    }
    item(&mut out, MANIFEST, "what went in, what came out, with SHA-256 of every file");
    item(&mut out, SIGNATURE, "the linkage unit's signature over it (Ed25519)");
    heading(&mut out, "Missing values");
    paragraph(&mut out, "", "In CSV a missing cell is empty, or holds a code that says why:");
    for kind in Missing::ALL.into_iter().filter(|kind| *kind != Missing::Unspecified) {
        line(&mut out, &format!("  {:<13}{}", kind.as_str(), kind.label()));
    }
    paragraph(
        &mut out,
        "",
        "In Parquet it is null, and the code stands in the column <name>_missing where there is any. \
         Not observed is missing, never 0.",
    );
    if !facts.notes.is_empty() {
        heading(&mut out, "Good to know");
        for note in &facts.notes {
            paragraph(&mut out, "- ", note);
        }
    }
    heading(&mut out, "Is it genuine and whole?");
    paragraph(
        &mut out,
        "",
        "tallystick verify-bundle checks the packed bundle offline, with the public key that the \
         linkage unit gave you over another channel. Any changed byte is found. Once unpacked, compare \
         SHA-256 sums with manifest.json.",
    );
    out
}

fn heading(out: &mut String, words: &str) {
    line(out, "");
    line(out, words);
    line(out, &"-".repeat(words.chars().count()));
}

fn item(out: &mut String, name: &str, words: &str) {
    let name = format!("  {name:<21}");
    if name.chars().count() > 23 {
        line(out, name.trim_end());
        wrapped(out, &" ".repeat(23), &" ".repeat(23), words);
    } else {
        wrapped(out, &name, &" ".repeat(23), words);
    }
}

fn paragraph(out: &mut String, mark: &str, words: &str) {
    wrapped(out, mark, &" ".repeat(mark.len()), words);
}

fn wrapped(out: &mut String, first: &str, next: &str, words: &str) {
    let mut current = first.to_owned();
    let mut is_empty = true;
    for word in words.split_whitespace() {
        if !is_empty && current.chars().count() + 1 + word.chars().count() > WIDTH {
            line(out, &current);
            current = next.to_owned();
            is_empty = true;
        }
        if !is_empty {
            current.push(' ');
        }
        current.push_str(word);
        is_empty = false;
    }
    line(out, current.trim_end());
}

fn line(out: &mut String, line: &str) {
    writeln!(out, "{line}").expect("writing to memory does not fail");
}
