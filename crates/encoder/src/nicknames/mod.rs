//! Takes a normalised first name, gives the names it may be short for, refuses nothing.
//!
//! The table, `data/nicknames_v1.csv`, was written for this project: English and Spanish short forms
//! in common use. A line is a short form and one to four names; lines are sorted, so that the text
//! itself is searched and nothing is built at start. Agencies must share the table, hence its version.

use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Version of the table; part of what agencies agree on.
pub const NICKNAMES_VERSION: u16 = 1;
/// Most names that a short form stands for.
pub const CANONICAL_NAMES_MAX: usize = 4;

const TABLE: &str = include_str!("../../data/nicknames_v1.csv");

/// The name itself, then the names it may be short for, at most [`CANONICAL_NAMES_MAX`].
///
/// `first` is as [`crate::normalise`] gives it; an empty name has no roots.
pub fn roots(first: &str) -> impl Iterator<Item = &str> {
    let itself = (!first.is_empty()).then_some(first);
    itself.into_iter().chain(canonical_names(first).split(',').filter(|name| !name.is_empty()))
}

/// The names after the short form on its line; empty when the table has no such line.
fn canonical_names(first: &str) -> &'static str {
    // Every line ends in a newline (a test holds it to that), so there is always a line to split off.
    let mut rest = TABLE;
    while !rest.is_empty() {
        let middle = rest.as_bytes()[..rest.len() / 2].iter().rposition(|byte| *byte == b'\n');
        let start = middle.map_or(0, |newline| newline + 1);
        let (line, after) = rest[start..].split_once('\n').unwrap_or_default();
        let (short, names) = line.split_once(',').unwrap_or((line, ""));
        match first.cmp(short) {
            std::cmp::Ordering::Equal => return names,
            std::cmp::Ordering::Less => rest = &rest[..start],
            std::cmp::Ordering::Greater => rest = after,
        }
    }
    ""
}

/// Whether the table knows the word, in capitals, as a first name or as a short form of one.
pub fn is_given_name(word: &str) -> bool {
    static NAMES: LazyLock<BTreeSet<&str>> =
        LazyLock::new(|| TABLE.split([',', '\n']).filter(|name| !name.is_empty()).collect());
    NAMES.contains(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(first: &str) -> Vec<&str> {
        roots(first).collect()
    }

    #[test]
    fn short_forms_lead_to_their_names() {
        assert_eq!(list("BILL"), ["BILL", "WILLIAM"]);
        assert_eq!(list("PEPE"), ["PEPE", "JOSE"]);
        assert_eq!(list("CHUY"), ["CHUY", "JESUS"]);
        assert_eq!(list("ALEX"), ["ALEX", "ALEJANDRA", "ALEJANDRO", "ALEXANDER", "ALEXANDRA"]);
        assert_eq!(list("WILLIAM"), ["WILLIAM"]);
        assert_eq!(list("0"), ["0"]);
        assert_eq!(list("ZZZZ"), ["ZZZZ"]);
        assert!(list("").is_empty());
    }

    #[test]
    fn every_line_is_found_sorted_and_well_formed() {
        let shorts: Vec<&str> = TABLE.lines().map(|line| line.split_once(',').unwrap().0).collect();
        assert!(shorts.is_sorted_by(|a, b| a < b));
        assert!(shorts.len() >= 250 && TABLE.ends_with('\n'));
        for line in TABLE.lines() {
            let (short, names) = line.split_once(',').unwrap();
            assert_eq!(canonical_names(short), names);
            let names: Vec<&str> = names.split(',').collect();
            assert!((1..=CANONICAL_NAMES_MAX).contains(&names.len()), "{short}");
            for name in names.iter().chain([&short]) {
                assert!(!name.is_empty() && name.bytes().all(|byte| byte.is_ascii_uppercase()));
            }
            assert!(!names.contains(&short));
        }
    }
}
