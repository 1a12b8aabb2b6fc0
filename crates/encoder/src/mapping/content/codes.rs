//! Lists of codes: what stands in an export, and what evaluators get for it.

use std::collections::BTreeMap;

/// Most entries of a list.
pub(super) const CODES_MAX: usize = 1_000;
/// Most bytes of what an entry gives; longer text is no code.
pub(super) const CODE_BYTES_MAX: usize = 200;

/// Sex: our code and what exports write for it.
const SEX: [(&str, &[&str]); 3] = [
    ("F", &["F", "FEMALE", "WOMAN", "2"]),
    ("M", &["M", "MALE", "MAN", "1"]),
    ("X", &["X", "NONBINARY", "NON-BINARY", "NON BINARY", "OTHER", "3"]),
];

/// Race and ethnicity in one column, after the letters of arrest records and their words. The
/// letters of single Asian origins become Asian; whoever wants them apart writes a list.
const RACE: [(&str, &[&str]); 7] = [
    (
        "american_indian",
        &["I", "AMERICAN INDIAN", "NATIVE AMERICAN", "AMERICAN INDIAN/ALASKAN NATIVE"],
    ),
    ("asian", &["A", "ASIAN", "C", "CHINESE", "J", "JAPANESE", "K", "KOREAN", "V", "VIETNAMESE"]),
    ("black", &["B", "BLACK", "AFRICAN AMERICAN", "BLACK OR AFRICAN AMERICAN"]),
    ("hispanic", &["H", "HISPANIC", "LATINO", "LATINA", "LATINX", "HISPANIC OR LATINO"]),
    ("other", &["O", "OTHER"]),
    ("pacific_islander", &["P", "PACIFIC ISLANDER", "NATIVE HAWAIIAN", "HAWAIIAN", "SAMOAN"]),
    ("white", &["W", "WHITE", "CAUCASIAN"]),
];

/// A list of codes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CodeList {
    /// By what stands in the export, trimmed and in upper case.
    codes: BTreeMap<String, String>,
    others: Others,
}

/// What becomes of text that a list does not have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Others {
    Keep,
    Missing,
    Refuse,
}

/// What a list makes of a text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Coded<'a> {
    /// This text is read on.
    Text(&'a str),
    /// The cell is missing.
    Missing,
    /// The cell cannot be read, which is counted.
    Unreadable,
}

impl CodeList {
    /// The list of this name that every mapping can use.
    pub(super) fn known(name: &str, others: Others) -> Option<Self> {
        let list: &[(&str, &[&str])] = match name {
            "sex" => &SEX,
            "race" => &RACE,
            _ => return None,
        };
        let codes = list
            .iter()
            .flat_map(|(code, texts)| texts.iter().map(|text| ((*text).to_owned(), (*code).into())))
            .collect();
        Some(Self { codes, others })
    }

    /// A list that stands in the mapping; `None` if two entries are the same but for case.
    pub(super) fn written(list: BTreeMap<String, String>, others: Others) -> Option<Self> {
        let count = list.len();
        let codes: BTreeMap<String, String> = list
            .into_iter()
            .map(|(text, code)| (text.trim().to_uppercase(), code.trim().to_owned()))
            .collect();
        (codes.len() == count).then_some(Self { codes, others })
    }

    /// What stands for a trimmed text; case does not matter.
    pub fn code<'a>(&'a self, text: &'a str) -> Coded<'a> {
        match (self.codes.get(&text.to_uppercase()), self.others) {
            (Some(code), _) if code.is_empty() => Coded::Missing,
            (Some(code), _) => Coded::Text(code),
            (None, Others::Keep) => Coded::Text(text),
            (None, Others::Missing) => Coded::Missing,
            (None, Others::Refuse) => Coded::Unreadable,
        }
    }
}
