//! How codes of offences are written: takes any of the usual spellings, gives one.

use std::fmt;

/// Longest code that is looked at, in bytes.
const CODE_BYTES_MAX: usize = 64;
/// Most subdivisions of a section.
const PARTS_MAX: usize = 6;

/// Longest subdivision in bytes; more is a word.
const PART_BYTES_MAX: usize = 2;

/// Californian codes: our letters, and how exports write them, without spaces and points. Longer
/// spellings stand before their beginnings.
const LAWS: [(&str, &[&str]); 6] = [
    ("BP", &["BUS&PROF", "B&P", "BPC", "BP"]),
    ("HS", &["HEALTH&SAFETY", "H&S", "HSC", "HS"]),
    ("PC", &["PENALCODE", "PENAL", "CPC", "PEN", "PC"]),
    ("VC", &["VEHICLECODE", "VEH", "CVC", "VC"]),
    ("WI", &["WELF&INST", "W&I", "WIC", "WI"]),
    ("FC", &["FISH&GAME", "F&G", "FG", "FC"]),
];

/// A section of a law with its subdivisions, such as `HS 11350(A)`.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Statute {
    law: &'static str,
    /// Digits, perhaps with a decimal part.
    section: String,
    parts: Vec<String>,
}

impl fmt::Display for Statute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.law, self.section)?;
        self.parts.iter().try_for_each(|part| write!(f, "({part})"))
    }
}

impl Statute {
    /// Reads `11377(a) HS`, `HS11377(A)`, `11377A HS/M`, `H&S 11377 (a)`, `PC 653.22` and the like.
    /// A level behind a stroke is not part of the code. A letter of the section itself (PC 273a)
    /// and a subdivision (273(a)) become the same: no section has both.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > CODE_BYTES_MAX {
            return None;
        }
        let upper = text.trim().to_ascii_uppercase();
        let bare = without_level(&upper);
        let (law, rest) = split_law(bare)?;
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let mut end = digits;
        if let Some(decimals) = rest[digits..].strip_prefix('.') {
            let count = decimals.find(|c: char| !c.is_ascii_digit()).unwrap_or(decimals.len());
            if count > 0 {
                end = digits + 1 + count;
            }
        }
        if digits == 0 {
            return None;
        }
        let section = rest[..digits].trim_start_matches('0');
        let section = format!("{section}{}", &rest[digits..end]);
        Some(Self { law, section, parts: subdivisions(&rest[end..])? })
    }

    /// The same without its last subdivision.
    pub(super) fn wider(mut self) -> Option<Self> {
        self.parts.pop().map(|_| self)
    }
}

/// The text without `/F`, `-M` and the like at its end.
fn without_level(text: &str) -> &str {
    let Some((rest, level)) = text.rsplit_once(['/', '-']) else { return text };
    if matches!(level.trim(), "F" | "M" | "I" | "W" | "FEL" | "MISD" | "INF") {
        rest.trim_end()
    } else {
        text
    }
}

/// Our letters of the law at the beginning or the end, and the rest without spaces.
fn split_law(text: &str) -> Option<(&'static str, String)> {
    let dense: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    // Points stand in sections (653.22) and in letters (P.C.); only the latter are dropped.
    let chars: Vec<char> = dense.chars().collect();
    let is_digit =
        |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(char::is_ascii_digit);
    let keeps =
        |at: usize| chars[at] != '.' || (is_digit(at.checked_sub(1)) && is_digit(Some(at + 1)));
    let plain: String = (0..chars.len()).filter(|at| keeps(*at)).map(|at| chars[at]).collect();
    for (law, spellings) in LAWS {
        for spelling in spellings {
            if let Some(rest) = plain.strip_prefix(spelling)
                && rest.starts_with(|c: char| c.is_ascii_digit())
            {
                return Some((law, rest.to_owned()));
            }
            if let Some(rest) = plain.strip_suffix(spelling)
                && plain.starts_with(|c: char| c.is_ascii_digit())
            {
                return Some((law, rest.to_owned()));
            }
        }
    }
    None
}

/// `(A)(1)`, `A1` and `(A)1` alike: each run of letters or digits is a subdivision.
fn subdivisions(text: &str) -> Option<Vec<String>> {
    let mut parts: Vec<String> = Vec::new();
    let mut last = None;
    for letter in text.chars() {
        let kind = match letter {
            'A'..='Z' => Some(true),
            '0'..='9' => Some(false),
            '(' | ')' => None,
            _ => return None,
        };
        if let Some(is_letter) = kind {
            if last == Some(is_letter) {
                parts.last_mut()?.push(letter);
            } else {
                parts.push(letter.to_string());
            }
        }
        last = kind;
    }
    let short = |part: &String| part.len() <= PART_BYTES_MAX;
    (parts.len() <= PARTS_MAX && parts.iter().all(short)).then_some(parts)
}
