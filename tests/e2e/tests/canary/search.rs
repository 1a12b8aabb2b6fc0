//! Searches bytes for texts in every form in which a program could let them out.

use std::collections::{BTreeMap, HashMap};

/// Shortest part of a text with letters that counts as found.
const LETTERS_MIN: usize = 5;
/// The same for a number: shorter runs of digits stand in handles and counts by chance.
const DIGITS_MIN: usize = 8;

/// Patterns to look for, with the canary and form each stands for.
pub(crate) struct Search {
    /// By length, so that a window is looked up once.
    patterns: BTreeMap<usize, HashMap<Vec<u8>, &'static str>>,
    /// Whether any pattern starts with these two bytes.
    starts: Vec<bool>,
}

impl Search {
    /// Every part of every canary in every form; parts of parts need not be looked for.
    pub(crate) fn new(canaries: &[String]) -> Self {
        let mut search = Self { patterns: BTreeMap::new(), starts: vec![false; 1 << 16] };
        for canary in canaries {
            for part in canary.as_bytes().windows(shortest(canary)) {
                for (form, pattern) in forms(part) {
                    search.add(pattern, form);
                }
            }
        }
        search
    }

    fn add(&mut self, pattern: Vec<u8>, form: &'static str) {
        self.starts[start(&pattern)] = true;
        self.patterns.entry(pattern.len()).or_default().insert(pattern, form);
    }

    /// The forms found in some bytes, each with where it stands first and as what.
    pub(crate) fn find(&self, bytes: &[u8]) -> Vec<(&'static str, usize, String)> {
        let mut found: Vec<(&str, usize, String)> = Vec::new();
        for at in 0..bytes.len().saturating_sub(1) {
            if !self.starts[start(&bytes[at..])] {
                continue;
            }
            for (length, patterns) in &self.patterns {
                let Some(window) = bytes.get(at..at + length) else { break };
                if let Some(form) = patterns.get(window)
                    && !found.iter().any(|(other, ..)| other == form)
                {
                    found.push((*form, at, String::from_utf8_lossy(window).into_owned()));
                }
            }
        }
        found
    }
}

/// Length of the shortest part of a canary that must be found.
pub(super) fn shortest(canary: &str) -> usize {
    let has_letters = canary.bytes().any(|byte| byte.is_ascii_alphabetic());
    canary.len().min(if has_letters { LETTERS_MIN } else { DIGITS_MIN })
}

fn start(bytes: &[u8]) -> usize {
    usize::from(bytes[0]) << 8 | usize::from(bytes[1])
}

/// A text in every form, with the form's name.
pub(super) fn forms(text: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let upper = text.to_ascii_uppercase();
    let lower = text.to_ascii_lowercase();
    let capital: Vec<u8> = upper[..1].iter().copied().chain(lower[1..].iter().copied()).collect();
    let mut out = Vec::new();
    for case in [&upper, &lower, &capital] {
        out.push(("raw", case.clone()));
        out.push(("hex", case.iter().flat_map(|b| format!("{b:02x}").into_bytes()).collect()));
        out.push(("HEX", case.iter().flat_map(|b| format!("{b:02X}").into_bytes()).collect()));
        out.push(("utf-16 le", case.iter().flat_map(|b| [*b, 0]).collect()));
        out.push(("utf-16 be", case.iter().flat_map(|b| [0, *b]).collect()));
        let names = ["base64 at 0", "base64 at 1", "base64 at 2"];
        out.extend(names.into_iter().enumerate().map(|(shift, name)| (name, base64(case, shift))));
    }
    out
}

/// The characters of a base64 text that depend on `text` alone where it stands `shift` bytes after
/// the start of a group of three.
pub(super) fn base64(text: &[u8], shift: usize) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut padded = vec![0u8; shift];
    padded.extend_from_slice(text);
    let first = (shift * 8).div_ceil(6);
    let last = padded.len() * 8 / 6;
    let bit = |at: usize| padded[at / 8] >> (7 - at % 8) & 1;
    (first..last)
        .map(|character| {
            let value = (0..6).fold(0, |value, at| value << 1 | bit(character * 6 + at));
            ALPHABET[usize::from(value)]
        })
        .collect()
}

#[test]
fn base64_agrees_with_known_texts() {
    // RFC 4648, section 10: BASE64("foobar") = "Zm9vYmFy".
    assert_eq!(base64(b"foobar", 0), b"Zm9vYmFy");
    assert_eq!(base64(b"oobar", 1), b"9vYmFy");
    assert_eq!(base64(b"obar", 2), b"vYmFy".get(..).unwrap_or_default());
}
