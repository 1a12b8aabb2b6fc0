//! Street addresses: a house number and the words that tell one street from another.

use super::counts::Outcome;
use super::record::{NUMBER_BYTES_MAX, STREET_BYTES_MAX};
use super::text::AsciiText;
use super::words;

/// Takes a folded address apart into number and street.
///
/// Units go with their number, then types of street and directions, unless nothing else names the
/// street ("North Street" stays NORTH). The first number left is the house number; "5/22" is unit 5
/// of number 22, "22-24" is 2224. An address without a street, or one that says there is none, is
/// missing.
pub(super) fn split(
    folded: &str,
    number: &mut AsciiText<NUMBER_BYTES_MAX>,
    street: &mut AsciiText<STREET_BYTES_MAX>,
) -> Outcome {
    number.clear();
    street.clear();
    let mut splitter = Splitter { number, street, filler: "", after_unit: false };
    folded.split(' ').for_each(|token| splitter.token(token));
    let filler = splitter.filler;
    let nowhere = is_nowhere(street.as_str());
    if street.is_empty() && !filler.is_empty() {
        street.push_str(filler);
    }
    if !street.is_empty() && !nowhere {
        return Outcome::Present;
    }
    let outcome = if nowhere || number.is_empty() { Outcome::Missing } else { Outcome::Invalid };
    number.clear();
    street.clear();
    outcome
}

/// What exports write for people without an address.
fn is_nowhere(street: &str) -> bool {
    street.split(' ').any(|word| matches!(word, "HOMELESS" | "TRANSIENT"))
        || street.starts_with("GENERAL DELIVERY")
        || street.starts_with("NO FIXED")
        || matches!(street, "NFA" | "NO ADDRESS" | "NO PERMANENT ADDRESS")
        || words::is_missing_word(street)
}

struct Splitter<'a, 'b> {
    number: &'b mut AsciiText<NUMBER_BYTES_MAX>,
    street: &'b mut AsciiText<STREET_BYTES_MAX>,
    /// First type of street or direction dropped; a street must have some name.
    filler: &'a str,
    /// The word before begins a unit whose number is still to come.
    after_unit: bool,
}

impl<'a> Splitter<'a, '_> {
    fn token(&mut self, token: &'a str) {
        let Some((unit, number)) = token.rsplit_once('/') else {
            return self.dashed(token);
        };
        let digits = |part: &str| part.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
        if !(digits(unit) && is_number(number)) {
            token.split('/').for_each(|part| self.dashed(part));
        } else if self.after_unit {
            self.after_unit = false;
        } else if self.number.is_empty() {
            self.word(number);
        }
    }

    /// A token without slashes. Numbers lose their hyphens, words are parted at them.
    fn dashed(&mut self, token: &'a str) {
        if !token.contains('-') {
            return self.word(token);
        }
        if !token.as_bytes()[0].is_ascii_digit() {
            return token.split('-').for_each(|part| self.word(part));
        }
        if std::mem::take(&mut self.after_unit) {
            return;
        }
        let mut joined = AsciiText::<STREET_BYTES_MAX>::default();
        token.split('-').for_each(|part| joined.push_str(part));
        self.number_or_name(joined.as_str());
    }

    fn word(&mut self, word: &'a str) {
        if word.is_empty() {
            return;
        }
        if std::mem::take(&mut self.after_unit) {
            let is_unit_number = word.len() == 1 || word.bytes().any(|byte| byte.is_ascii_digit());
            if word == "#" {
                self.after_unit = true;
                return;
            }
            if is_unit_number {
                return;
            }
        }
        if words::is_unit(word) {
            self.after_unit = true;
        } else if words::is_unit_with_number(word) {
        } else if words::is_street_filler(word) {
            if self.filler.is_empty() {
                self.filler = word;
            }
        } else {
            self.number_or_name(word);
        }
    }

    fn number_or_name(&mut self, word: &str) {
        if self.number.is_empty() && is_number(word) {
            let significant = word.trim_start_matches('0');
            let is_bare = !significant.starts_with(|first: char| first.is_ascii_digit());
            self.number.push_str(if is_bare {
                &word[word.len() - significant.len() - 1..]
            } else {
                significant
            });
            return;
        }
        let space = usize::from(!self.street.is_empty());
        let fits = self.street.len() + space + word.len() <= STREET_BYTES_MAX;
        if fits && space == 1 {
            self.street.push(b' ');
        }
        if fits || space == 0 {
            self.street.push_str(word);
        }
    }
}

/// Digits, perhaps with one letter after them; ordinals such as 16TH are names of streets.
fn is_number(word: &str) -> bool {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    digits > 0
        && word.len() <= NUMBER_BYTES_MAX
        && (word.len() == digits
            || (word.len() == digits + 1 && word.as_bytes()[digits].is_ascii_alphabetic()))
}
