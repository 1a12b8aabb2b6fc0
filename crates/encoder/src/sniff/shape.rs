//! Takes the cells of a column, gives counts of the shapes they have. Never keeps a cell.

use std::collections::BTreeSet;

use tallystick_wire::leak::{LeakKind, looks_like_identifier};

use crate::nicknames;

/// Words that mean "no value" in exports, beside those that every field knows already.
///
/// Only these are ever written into a mapping: they are ours, not the export's.
pub(super) const PLACEHOLDERS: [&str; 34] = [
    "-",
    "--",
    ".",
    "?",
    "000-00-0000",
    "000000000",
    "01/01/1900",
    "1/1/1900",
    "1900-01-01",
    "12/31/9999",
    "9/9/9999",
    "9999-12-31",
    "999-99-9999",
    "999999999",
    "CLIENT DOESN'T KNOW",
    "CLIENT PREFERS NOT TO ANSWER",
    "CLIENT REFUSED",
    "DATA NOT COLLECTED",
    "DECLINED",
    "FNU",
    "GENERAL DELIVERY",
    "HOMELESS",
    "LNU",
    "N/A",
    "NA",
    "NFA",
    "NO FIXED ADDRESS",
    "NO PERMANENT ADDRESS",
    "NOT AVAILABLE",
    "NOT PROVIDED",
    "REFUSED",
    "TRANSIENT",
    "UNK",
    "UNKNOWN",
];
/// Values that mean missing everywhere.
const MISSING: [&str; 8] = ["", "#N/A", "N/A", "NONE", "NULL", "UNK", "UNKNOWN", "NOT AVAILABLE"];

const SUFFIXES: [&str; 12] =
    ["JR", "SR", "II", "III", "IV", "V", "VI", "JR.", "SR.", "2ND", "3RD", "JNR"];
const FLAGS: [&str; 11] = ["Y", "N", "YES", "NO", "T", "F", "TRUE", "FALSE", "1", "0", "X"];
const SEXES: [&str; 14] = [
    "F",
    "FEMALE",
    "M",
    "MALE",
    "X",
    "U",
    "UNK",
    "UNKNOWN",
    "NONBINARY",
    "NON-BINARY",
    "NB",
    "WOMAN",
    "MAN",
    "TRANSGENDER",
];
const STREETS: [&str; 20] = [
    "ST", "STREET", "AVE", "AV", "AVENUE", "RD", "ROAD", "DR", "DRIVE", "LN", "LANE", "CT",
    "COURT", "BLVD", "PL", "PLACE", "WAY", "HWY", "CIR", "TER",
];

/// Share of cells, in permille, from which `NA` is no surname but means missing.
const NA_PERMILLE_MIN: u32 = 10;

/// Shapes that are counted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(usize)]
pub(super) enum Kind {
    SsnDashed,
    SsnMasked,
    Phone,
    Email,
    NineDigits,
    TenDigits,
    OneToFourDigits,
    Zip,
    Sex,
    CommaName,
    NameWords,
    OneWord,
    Letters,
    GivenFirst,
    GivenLast,
    GivenBehindComma,
    InitialMiddle,
    InitialLast,
    Initial,
    Suffix,
    Flag,
    Integer,
    Numbered,
    Street,
    HouseFirst,
    Text,
    Control,
    BirthYear,
    MonthNumber,
    DayNumber,
}

const KINDS: usize = Kind::DayNumber as usize + 1;

/// A column's cells by shape.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    /// Rows looked at.
    pub(super) rows: u32,
    /// Cells with a value.
    pub(super) cells: u32,
    pub(super) distinct: u32,
    pub(super) len_max: usize,
    /// Values by shape.
    counts: [u32; KINDS],
    /// Words of [`PLACEHOLDERS`] met.
    pub(super) placeholders: BTreeSet<&'static str>,
    /// Cells `NA`, which is a surname as well.
    na_cells: u32,
    /// Cells `X` and cells of other marks for unknown, for a column of sexes.
    pub(super) x_cells: u32,
    pub(super) unknown_cells: u32,
}

impl Shape {
    pub(super) fn of<'a>(cells: impl Iterator<Item = &'a str>) -> Self {
        let mut shape = Self {
            rows: 0,
            cells: 0,
            distinct: 0,
            len_max: 0,
            counts: [0; KINDS],
            placeholders: BTreeSet::new(),
            na_cells: 0,
            x_cells: 0,
            unknown_cells: 0,
        };
        let mut seen = BTreeSet::new();
        for cell in cells {
            shape.rows += 1;
            if let Some(word) = PLACEHOLDERS.iter().find(|word| word.eq_ignore_ascii_case(cell)) {
                shape.placeholders.insert(word);
                shape.na_cells += u32::from(*word == "NA");
            }
            if is_missing(cell) {
                shape.unknown_cells += 1;
                continue;
            }
            if cell.eq_ignore_ascii_case("U") {
                shape.unknown_cells += 1;
            }
            shape.cells += 1;
            shape.len_max = shape.len_max.max(cell.len());
            seen.insert(hash(cell));
            shape.count(cell);
        }
        if shape.na_cells * 1000 < shape.rows * NA_PERMILLE_MIN {
            shape.placeholders.remove("NA");
        }
        shape.distinct = u32::try_from(seen.len()).unwrap_or(u32::MAX);
        shape
    }

    pub(super) fn counted(&self, kind: Kind) -> u32 {
        self.counts[kind as usize]
    }

    /// Share of the cells with any of these shapes, in permille; shapes must exclude each other.
    pub(super) fn permille(&self, kinds: &[Kind]) -> u32 {
        if self.cells == 0 {
            return 0;
        }
        let count: u32 = kinds.iter().map(|kind| self.counted(*kind)).sum();
        count.min(self.cells) * 1000 / self.cells
    }

    /// Every row has a value, and no two the same.
    pub(super) fn is_key(&self) -> bool {
        self.rows > 0 && self.cells == self.rows && self.distinct == self.rows
    }

    /// Values that hardly repeat.
    pub(super) fn is_mostly_distinct(&self) -> bool {
        self.distinct * 2 > self.cells
    }

    fn add(&mut self, kind: Kind, is: bool) {
        self.counts[kind as usize] += u32::from(is);
    }

    fn count(&mut self, cell: &str) {
        let upper = cell.to_ascii_uppercase();
        let is_one_of = |list: &[&str]| list.contains(&upper.as_str());
        match looks_like_identifier(cell) {
            Some(LeakKind::Ssn) => self.add(Kind::SsnDashed, true),
            Some(LeakKind::Phone) => self.add(Kind::Phone, true),
            Some(LeakKind::Email) => self.add(Kind::Email, true),
            Some(LeakKind::NameLike) => self.add(Kind::CommaName, true),
            _ => {}
        }
        self.add(Kind::Sex, is_one_of(&SEXES));
        if upper == "X" {
            self.x_cells += 1;
        }
        self.add(Kind::Suffix, is_one_of(&SUFFIXES));
        self.add(Kind::Flag, is_one_of(&FLAGS));
        self.add(Kind::Control, cell.contains(char::is_control));
        self.count_numbers(cell);
        self.count_words(&upper);
    }

    fn count_numbers(&mut self, cell: &str) {
        let whole = cell.strip_suffix(".0").unwrap_or(cell);
        let digits = whole.bytes().filter(u8::is_ascii_digit).count();
        let all = digits == whole.len() && digits > 0;
        let number: u32 = if all && digits <= 9 { whole.parse().unwrap_or(0) } else { 0 };
        self.add(Kind::NineDigits, all && digits == 9);
        self.add(Kind::TenDigits, all && digits == 10);
        self.add(Kind::OneToFourDigits, all && digits <= 4);
        let plus_four = whole.len() == 10 && whole.as_bytes()[5] == b'-' && digits == 9;
        self.add(Kind::Zip, (all && matches!(digits, 5 | 9)) || plus_four);
        let signed = whole.strip_prefix('-').unwrap_or(whole).replace(',', "");
        let integer = (1..=9).contains(&signed.len()) && signed.bytes().all(|b| b.is_ascii_digit());
        self.add(Kind::Integer, integer);
        let letters = cell.bytes().filter(u8::is_ascii_alphabetic).count();
        let spaced = cell.contains(char::is_whitespace);
        self.add(Kind::Numbered, !spaced && digits >= 3 && letters <= 5 && cell.len() >= 4);
        let masks = cell.bytes().filter(|byte| matches!(byte, b'X' | b'x' | b'*' | b'#')).count();
        self.add(Kind::SsnMasked, masks >= 3 && digits >= 4 && masks + digits <= 9);
        self.add(Kind::BirthYear, all && digits == 4 && (1900..=2100).contains(&number));
        self.add(Kind::MonthNumber, all && (1..=12).contains(&number));
        self.add(Kind::DayNumber, all && (1..=31).contains(&number));
    }

    fn count_words(&mut self, upper: &str) {
        let behind = upper.split_once(',').and_then(|(_, first)| first.split_whitespace().next());
        self.add(Kind::GivenBehindComma, behind.is_some_and(nicknames::is_given_name));
        let words: Vec<&str> = upper.split([' ', ',']).filter(|word| !word.is_empty()).collect();
        let is_word = |word: &&&str| {
            word.chars().all(|c| c.is_alphabetic() || "'’-.".contains(c))
                && word.chars().any(char::is_alphabetic)
        };
        let plain = !words.is_empty() && words.iter().all(|word| is_word(&word));
        let letters = plain && !upper.contains(',');
        self.add(Kind::Letters, letters && words.len() <= 4);
        self.add(Kind::OneWord, letters && words.len() == 1 && upper.chars().count() > 1);
        self.add(
            Kind::Initial,
            letters && words.len() == 1 && upper.trim_end_matches('.').len() == 1,
        );
        self.add(Kind::Text, upper.len() > 60 || words.len() >= 7);
        let street = words.iter().skip(1).any(|word| STREETS.contains(word));
        let numbered = words.first().is_some_and(|word| word.as_bytes()[0].is_ascii_digit());
        self.add(Kind::HouseFirst, words.len() >= 2 && numbered);
        self.add(
            Kind::Street,
            words.len() >= 2
                && (numbered || street)
                && upper.bytes().any(|b| b.is_ascii_alphabetic()),
        );
        if letters && (2..=5).contains(&words.len()) {
            let named: Vec<&str> =
                words.iter().copied().filter(|word| !SUFFIXES.contains(word)).collect();
            self.add(Kind::NameWords, named.len() >= 2);
            self.count_order(&named);
        } else if letters && words.len() == 1 {
            self.add(Kind::GivenFirst, nicknames::is_given_name(words[0]));
        }
    }

    /// What tells first names from last ones in `JOHN A SMITH` and `SMITH JOHN A`.
    fn count_order(&mut self, words: &[&str]) {
        let [first, second, ..] = words else { return };
        let (given_first, given_last) =
            (nicknames::is_given_name(first), nicknames::is_given_name(second));
        self.add(Kind::GivenFirst, given_first && !given_last);
        self.add(Kind::GivenLast, given_last && !given_first);
        if let [_, middle, last] = words {
            let initial = |word: &str| word.trim_end_matches('.').len() == 1;
            self.add(Kind::InitialMiddle, initial(middle) && !initial(last));
            self.add(Kind::InitialLast, initial(last) && !initial(middle));
        }
    }
}

pub(super) fn is_placeholder(cell: &str) -> bool {
    PLACEHOLDERS.iter().any(|word| word.eq_ignore_ascii_case(cell))
}

pub(super) fn is_missing(cell: &str) -> bool {
    cell.is_empty() || MISSING.iter().any(|word| word.eq_ignore_ascii_case(cell))
}

/// FNV-1a of the cell in upper case: tells equal cells without keeping them.
pub(super) fn hash(cell: &str) -> u64 {
    cell.bytes().fold(0xcbf2_9ce4_8422_2325, |state, byte| {
        (state ^ u64::from(byte.to_ascii_uppercase())).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permille(cells: &[&str], kind: Kind) -> u32 {
        Shape::of(cells.iter().copied()).permille(&[kind])
    }

    #[test]
    fn shapes_are_told_apart() {
        assert_eq!(permille(&["861-12-3456", "861-12-3457"], Kind::SsnDashed), 1000);
        assert_eq!(permille(&["XXX-XX-3456", "***-**-3456"], Kind::SsnMasked), 1000);
        assert_eq!(permille(&["(415) 555-0101", "415-555-0101"], Kind::Phone), 1000);
        assert_eq!(permille(&["DOE, JANE Q", "O'NEIL-RUIZ, ANA"], Kind::CommaName), 1000);
        assert_eq!(permille(&["DOE JANE", "ANA MARIA RUIZ JR"], Kind::NameWords), 1000);
        assert_eq!(permille(&["12 MAIN ST", "5 OAK AVE APT 3"], Kind::Street), 1000);
        assert_eq!(permille(&["94103", "94103-1234"], Kind::Zip), 1000);
        assert_eq!(permille(&["A01234567", "0456965", "DA000000001"], Kind::Numbered), 1000);
        assert_eq!(permille(&["PC 459", "HS 11350(A)"], Kind::Numbered), 0);
        assert_eq!(permille(&["", "UNKNOWN", "5"], Kind::Integer), 1000);
    }

    #[test]
    fn order_of_names_shows() {
        let shape = Shape::of(["WILLIAM A STONE", "JOSE B FRENCH"].into_iter());
        assert_eq!((shape.counted(Kind::GivenFirst), shape.counted(Kind::InitialMiddle)), (2, 2));
        let shape = Shape::of(["STONE WILLIAM A", "FRENCH JOSE"].into_iter());
        assert_eq!((shape.counted(Kind::GivenLast), shape.counted(Kind::InitialLast)), (2, 1));
    }

    #[test]
    fn only_words_of_ours_are_kept() {
        let shape = Shape::of(["homeless", "CANARY"].into_iter());
        assert_eq!(shape.placeholders.iter().copied().collect::<Vec<_>>(), ["HOMELESS"]);
        assert!(!format!("{shape:?}").contains("CANARY"));
    }
}
