//! First, last and middle names and suffixes, from a column each or from one column.

use super::counts::Outcome;
use super::record::{NAME_PARTS_MAX, Name, NormalisedRecord, Suffix};
use super::text::{Folded, Marks, fold};
use super::words;
use crate::mapping::NameFormat;

/// Most words of one name; the rest is left out.
const WORDS_MAX: usize = 16;
/// Least letters of a part of a compound name that stands for the person alone.
const PART_BYTES_MIN: usize = 3;

/// What became of the four parts of a name.
pub(super) struct NameOutcomes {
    pub(super) first: Outcome,
    pub(super) last: Outcome,
    pub(super) middle: Outcome,
    pub(super) suffix: Outcome,
}

/// Cells of a name that has a column for each part.
pub(super) struct NameCells<'a> {
    pub(super) first: Option<&'a str>,
    pub(super) last: Option<&'a str>,
    pub(super) middle: Option<&'a str>,
    pub(super) suffix: Option<&'a str>,
}

pub(super) fn from_parts(cells: &NameCells<'_>, out: &mut NormalisedRecord) -> NameOutcomes {
    let NormalisedRecord { first, last, middle, suffix, scratch, .. } = out;
    let suffix_outcome = cells.suffix.map_or(Outcome::Missing, |cell| {
        scratch.clear();
        fold(cell, Marks::None, scratch);
        *suffix = suffix_of_column(scratch.as_str());
        if suffix.is_some() { Outcome::Present } else { Outcome::Invalid }
    });
    let mut outcomes = NameOutcomes {
        first: Outcome::Missing,
        last: Outcome::Missing,
        middle: Outcome::Missing,
        suffix: suffix_outcome,
    };
    if let Some(cell) = cells.last {
        fold_name(cell, scratch);
        let mut words = Words::split(scratch.as_str());
        words.take_suffixes(suffix);
        words.drop_titles();
        outcomes.last = join(&words, last).or_unreadable(cell);
    }
    if let Some(cell) = cells.middle {
        fold_name(cell, scratch);
        let words = Words::split(scratch.as_str());
        outcomes.middle = set_middle(words, middle, suffix).or_unreadable(cell);
    }
    if let Some(cell) = cells.first {
        fold_name(cell, scratch);
        let words = Words::split(scratch.as_str());
        outcomes.first = set_first(words, first, middle, suffix).or_unreadable(cell);
        if !middle.is_empty() {
            outcomes.middle = Outcome::Present;
        }
    }
    if suffix.is_some() {
        outcomes.suffix = Outcome::Present;
    }
    drop_unnamed(out, &mut outcomes);
    outcomes
}

/// Takes a whole name apart.
///
/// A comma parts last from first name in either format, unless only suffixes follow it. Without
/// one, a surname is one word with the particles before it.
pub(super) fn from_whole(
    cell: Option<&str>,
    format: NameFormat,
    out: &mut NormalisedRecord,
) -> NameOutcomes {
    let mut outcomes = NameOutcomes {
        first: Outcome::Missing,
        last: Outcome::Missing,
        middle: Outcome::Missing,
        suffix: Outcome::Missing,
    };
    let Some(cell) = cell else {
        return outcomes;
    };
    let NormalisedRecord { first, last, middle, suffix, scratch, scratch_right, .. } = out;
    let (left, right) = cell.split_once(',').unwrap_or((cell, ""));
    fold_name(left, scratch);
    fold_name(right, scratch_right);
    let mut right = Words::split_at_spaces(scratch_right.as_str());
    let left = Words::split_at_spaces(scratch.as_str());
    if right.items().iter().all(|word| suffix_of_word(word).is_some()) {
        right.take_all_suffixes(suffix);
        let (last_words, first_word, middle_words) = in_order(left, format, suffix);
        outcomes.last = join(&last_words.at_hyphens(), last).or_unreadable(cell);
        outcomes.middle = set_middle(middle_words.at_hyphens(), middle, suffix);
        outcomes.first = set_first(first_word.at_hyphens(), first, middle, suffix);
    } else {
        let mut left = left.at_hyphens();
        left.take_suffixes(suffix);
        left.drop_titles();
        outcomes.last = join(&left, last).or_unreadable(cell);
        right.take_suffixes(suffix);
        right.drop_titles();
        let (first_word, middle_words) = right.split_off(1);
        outcomes.middle = set_middle(middle_words.at_hyphens(), middle, suffix);
        outcomes.first = set_first(first_word.at_hyphens(), first, middle, suffix);
    }
    if !middle.is_empty() {
        outcomes.middle = Outcome::Present;
    }
    if suffix.is_some() {
        outcomes.suffix = Outcome::Present;
    }
    drop_unnamed(out, &mut outcomes);
    outcomes
}

/// Last, first and middle words of a name without a comma.
fn in_order<'a>(
    mut words: Words<'a>,
    format: NameFormat,
    suffix: &mut Option<Suffix>,
) -> (Words<'a>, Words<'a>, Words<'a>) {
    words.take_suffixes(suffix);
    words.drop_titles();
    let count = words.count;
    let particle = |word: &str| words::is_particle(word);
    match format {
        NameFormat::LastFirstMiddle => {
            let particles = words.items().iter().take_while(|word| particle(word)).count();
            let (last, rest) = words.split_off((particles + 1).min(count));
            let (first, middle) = rest.split_off(1);
            (last, first, middle)
        }
        NameFormat::FirstMiddleLast => {
            let mut start = count.saturating_sub(1);
            while start > 1 && particle(words.items()[start - 1]) {
                start -= 1;
            }
            let (given, last) = words.split_off(start);
            let (first, middle) = given.split_off(1);
            (last, first, middle)
        }
    }
}

/// Sets the first name. A last word of one letter is a middle initial.
fn set_first(
    mut words: Words<'_>,
    first: &mut Name,
    middle: &mut super::text::AsciiText<{ super::record::MIDDLE_BYTES_MAX }>,
    suffix: &mut Option<Suffix>,
) -> Outcome {
    words.take_suffixes(suffix);
    words.drop_titles();
    if let [head, .., initial] = words.items()
        && let [letter @ b'A'..=b'Z'] = initial.as_bytes()
        && head.len() > 1
    {
        if middle.is_empty() {
            middle.push(*letter);
            words.count -= 1;
        } else if middle.as_str().as_bytes().first() == Some(letter) {
            words.count -= 1;
        }
    }
    join(&words, first)
}

/// Sets the middle name, letters only. A suffix that stands there is taken for one.
fn set_middle(
    mut words: Words<'_>,
    middle: &mut super::text::AsciiText<{ super::record::MIDDLE_BYTES_MAX }>,
    suffix: &mut Option<Suffix>,
) -> Outcome {
    middle.clear();
    words.take_suffixes(suffix);
    if words.items().iter().all(|word| words::is_missing_name(word)) {
        return Outcome::Missing;
    }
    for word in words.items() {
        word.bytes().filter(u8::is_ascii_alphabetic).for_each(|letter| middle.push(letter));
    }
    if middle.is_empty() {
        return Outcome::Invalid;
    }
    if words::is_missing_name(middle.as_str()) {
        middle.clear();
        return Outcome::Missing;
    }
    if let Some(found) = suffix_of_word(middle.as_str()) {
        suffix.get_or_insert(found);
        middle.clear();
        return Outcome::Missing;
    }
    Outcome::Present
}

/// Joins the words of a first or last name and notes its parts.
fn join(words: &Words<'_>, name: &mut Name) -> Outcome {
    name.clear();
    if words.items().iter().all(|word| words::is_missing_name(word)) {
        return Outcome::Missing;
    }
    for word in words.items() {
        let start = name.joined.len();
        name.joined.push_str(word);
        let whole = name.joined.len() - start == word.len();
        let letters = word.bytes().filter(u8::is_ascii_alphabetic).count();
        if words.count > 1
            && whole
            && letters >= PART_BYTES_MIN
            && name.parts_count < NAME_PARTS_MAX
            && !words::is_particle(word)
        {
            let byte = |value| u8::try_from(value).expect("names are shorter than 256 bytes");
            name.parts[name.parts_count] = (byte(start), byte(word.len()));
            name.parts_count += 1;
        }
    }
    let outcome = if !name.joined.as_str().bytes().any(|byte| byte.is_ascii_alphabetic()) {
        Outcome::Invalid
    } else if words::is_missing_name(name.joined.as_str()) {
        Outcome::Missing
    } else {
        return Outcome::Present;
    };
    name.clear();
    outcome
}

/// John and Jane Doe have no name, whichever column is which.
fn drop_unnamed(out: &mut NormalisedRecord, outcomes: &mut NameOutcomes) {
    let unnamed = |first: &str, last: &str| last == "DOE" && matches!(first, "JOHN" | "JANE");
    if unnamed(out.first(), out.last()) || unnamed(out.last(), out.first()) {
        out.first.clear();
        out.last.clear();
        outcomes.first = Outcome::Missing;
        outcomes.last = Outcome::Missing;
    }
}

impl Outcome {
    /// A cell of which nothing was left holds no name: missing if it was mere punctuation,
    /// unreadable if letters of another script stood there.
    fn or_unreadable(self, cell: &str) -> Self {
        if self == Self::Missing && !cell.is_ascii() { Self::Invalid } else { self }
    }
}

/// Folds a name; what stands in brackets or double quotes (a nickname, an alias) is left out,
/// unless it is all there is.
fn fold_name(raw: &str, out: &mut Folded) {
    out.clear();
    let mut rest = raw;
    while let Some((before, after)) = around_aside(rest) {
        fold(before, Marks::Hyphen, out);
        rest = after;
    }
    fold(rest, Marks::Hyphen, out);
    if out.is_empty() && rest.len() != raw.len() {
        fold(raw, Marks::Hyphen, out);
    }
}

/// Text before and after the first `(...)` or `"..."`.
fn around_aside(text: &str) -> Option<(&str, &str)> {
    let open = text.find(['(', '"'])?;
    let close = if text[open..].starts_with('(') { ')' } else { '"' };
    let end = text[open + 1..].find(close)? + open + 1;
    Some((&text[..open], &text[end + 1..]))
}

/// Suffix that a word within a name stands for.
fn suffix_of_word(word: &str) -> Option<Suffix> {
    // Nearly every word is longer: do not compare those at all.
    if !matches!(word.len(), 2 | 3) {
        return None;
    }
    match word {
        "JR" | "JNR" => Some(Suffix::Junior),
        "SR" | "SNR" => Some(Suffix::Senior),
        "II" | "2ND" => Some(Suffix::Second),
        "III" | "3RD" => Some(Suffix::Third),
        "IV" | "4TH" => Some(Suffix::Fourth),
        _ => None,
    }
}

/// Suffix that a cell of the suffix column stands for; there single letters and words are safe.
fn suffix_of_column(text: &str) -> Option<Suffix> {
    match text {
        "J R" | "JUNIOR" => Some(Suffix::Junior),
        "S R" | "SENIOR" => Some(Suffix::Senior),
        "2" => Some(Suffix::Second),
        "3" => Some(Suffix::Third),
        "4" => Some(Suffix::Fourth),
        "V" | "5" | "5TH" => Some(Suffix::Fifth),
        _ => suffix_of_word(text),
    }
}

/// Words of a name.
#[derive(Clone, Copy)]
struct Words<'a> {
    words: [&'a str; WORDS_MAX],
    count: usize,
}

impl<'a> Words<'a> {
    fn collect(words: impl Iterator<Item = &'a str>) -> Self {
        let mut out = Self { words: [""; WORDS_MAX], count: 0 };
        for word in words.filter(|word| !word.is_empty()).take(WORDS_MAX) {
            out.words[out.count] = word;
            out.count += 1;
        }
        out
    }

    /// Splits at spaces and hyphens.
    fn split(folded: &'a str) -> Self {
        Self::collect(folded.split([' ', '-']))
    }

    /// Splits at spaces; hyphenated names stay together until [`Self::at_hyphens`].
    fn split_at_spaces(folded: &'a str) -> Self {
        Self::collect(folded.split(' '))
    }

    fn at_hyphens(&self) -> Self {
        Self::collect(self.items().iter().flat_map(|word| word.split('-')))
    }

    fn items(&self) -> &[&'a str] {
        &self.words[..self.count]
    }

    /// The first `count` words and the rest.
    fn split_off(self, count: usize) -> (Self, Self) {
        let count = count.min(self.count);
        let (head, tail) = self.items().split_at(count);
        (Self::collect(head.iter().copied()), Self::collect(tail.iter().copied()))
    }

    /// Takes suffixes out wherever they stand, the last one first, but never the only word left.
    fn take_suffixes(&mut self, suffix: &mut Option<Suffix>) {
        for index in (0..self.count).rev() {
            if self.count > 1 {
                self.take_suffix_at(index, suffix);
            }
        }
    }

    fn take_all_suffixes(&mut self, suffix: &mut Option<Suffix>) {
        for index in (0..self.count).rev() {
            self.take_suffix_at(index, suffix);
        }
    }

    fn take_suffix_at(&mut self, index: usize, suffix: &mut Option<Suffix>) {
        if let Some(found) = suffix_of_word(self.words[index]) {
            suffix.get_or_insert(found);
            self.words.copy_within(index + 1..self.count, index);
            self.count -= 1;
        }
    }

    /// Drops titles at the front, but never the only word left.
    fn drop_titles(&mut self) {
        while self.count > 1 && words::is_title(self.words[0]) {
            self.words.copy_within(1..self.count, 0);
            self.count -= 1;
        }
    }
}
