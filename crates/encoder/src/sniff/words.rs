//! Takes a column name, gives its words as concepts, in order.

use super::concept::{Concept, exact, meaning};

/// Most words of a name that are looked at; more make a sentence, not a name.
const WORDS_MAX: usize = 12;

/// The words of one column name.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Words {
    /// Concepts in order; fillers are left out.
    pub(super) concepts: Vec<Concept>,
    /// Words that mean nothing to us, numbers left out.
    pub(super) unknown: usize,
    /// Numbers within the name, as of `Charge 2` or `SSN4`.
    pub(super) numbers: Vec<u16>,
    /// The name is a question: `Sealed?`.
    pub(super) asks: bool,
    /// Certainty of the least certain word, in permille.
    pub(super) permille: u16,
}

impl Words {
    /// Splits a name at punctuation, at digits, and where small letters turn into capitals.
    pub(super) fn of(name: &str) -> Self {
        let mut words =
            Self { asks: name.trim_end().ends_with('?'), permille: 1000, ..Self::default() };
        let pieces = join_letters(pieces(name));
        // A name may be one known word in spite of its capitals or digits: `DoB`, `SSN4`.
        let plain: String =
            name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        let known = pieces.iter().all(|piece| exact(piece).is_some() || piece == "#");
        if !known && pieces.len() > 1 && exact(&plain).is_some() {
            words.take(&plain);
            return words;
        }
        for piece in pieces.iter().take(WORDS_MAX) {
            words.take(piece);
        }
        words
    }

    fn take(&mut self, piece: &str) {
        if piece == "#" {
            self.concepts.push(Concept::Number);
        } else if piece.bytes().all(|byte| byte.is_ascii_digit()) {
            self.numbers.push(piece.parse().unwrap_or(u16::MAX));
        } else if let Some(found) = meaning(piece) {
            self.permille = self.permille.min(found.permille);
            self.concepts.extend(found.concepts.iter().filter(|c| **c != Concept::Filler));
        } else {
            self.unknown += 1;
        }
    }

    pub(super) fn has(&self, concept: Concept) -> bool {
        self.concepts.contains(&concept)
    }

    pub(super) fn any(&self, concepts: &[Concept]) -> bool {
        concepts.iter().any(|concept| self.has(*concept))
    }

    /// Whether there is nothing but these concepts, and no unknown word.
    pub(super) fn only(&self, concepts: &[Concept]) -> bool {
        self.unknown == 0
            && !self.concepts.is_empty()
            && self.concepts.iter().all(|concept| concepts.contains(concept))
    }

    /// Where the concept stands first.
    pub(super) fn place(&self, concept: Concept) -> Option<usize> {
        self.concepts.iter().position(|found| *found == concept)
    }

    pub(super) fn without(&self, concept: Concept) -> Self {
        let mut words = self.clone();
        words.concepts.retain(|found| *found != concept);
        words
    }
}

/// Pieces in small letters. A run of capitals before a capitalised word is a piece: `DOBDataQuality`.
fn pieces(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut pieces: Vec<String> = Vec::new();
    let mut piece = String::new();
    for (index, c) in chars.iter().enumerate() {
        let before = index.checked_sub(1).map(|at| chars[at]);
        let after = chars.get(index + 1);
        let breaks = before.is_some_and(|before| {
            (before.is_lowercase() && c.is_uppercase())
                || (before.is_uppercase()
                    && c.is_uppercase()
                    && after.is_some_and(|after| after.is_lowercase()))
                || (before.is_numeric() != c.is_numeric())
        });
        if breaks || !c.is_alphanumeric() {
            push(&mut pieces, &mut piece);
        }
        if c.is_alphanumeric() {
            piece.extend(c.to_lowercase());
        } else if *c == '#' {
            pieces.push("#".to_owned());
        }
    }
    push(&mut pieces, &mut piece);
    pieces
}

fn push(pieces: &mut Vec<String>, piece: &mut String) {
    if !piece.is_empty() {
        pieces.push(std::mem::take(piece));
    }
}

/// `D_O_B`, `ST_NO` and `as of` are one word, if we know it. An s left over by a plural or a genitive is none.
fn join_letters(pieces: Vec<String>) -> Vec<String> {
    let mut joined: Vec<String> = Vec::new();
    let mut at = 0;
    while at < pieces.len() {
        let pair = pieces.get(at + 1).map(|next| format!("{}{next}", pieces[at]));
        if let Some(pair) = pair.filter(|pair| pieces[at].len() <= 3 && exact(pair).is_some()) {
            joined.push(pair);
            at += 2;
            continue;
        }
        let run = pieces[at..].iter().take_while(|p| p.len() == 1 && p.as_str() != "#").count();
        let word = pieces[at..at + run].concat();
        if run > 1 && exact(&word).is_some() {
            joined.push(word);
            at += run;
        } else {
            if pieces[at] != "s" {
                joined.push(pieces[at].clone());
            }
            at += 1;
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::Concept::{Birth, Date, Name, Number, Quality, Race, Ssn};
    use super::*;

    #[test]
    fn names_are_split_into_words() {
        let concepts = |name: &str| Words::of(name).concepts;
        for name in
            ["DOB", "D_O_B", "D.O.B.", "Birth Date", "BIRTHDT", "birthDate", "Date of Birth"]
        {
            let mut found = concepts(name);
            found.retain(|concept| *concept != Concept::Of);
            found.sort_unstable();
            assert_eq!(found, [Birth, Date], "{name}");
        }
        assert_eq!(concepts("DOBDataQuality"), [Birth, Date, Quality]);
        assert_eq!(concepts("SSN4"), [Ssn]);
        assert_eq!(concepts("AmIndAKNative"), [Race, Race]);
        assert_eq!(concepts("IDOC #"), [Concept::LocalNo, Number]);
        assert_eq!(concepts("data_as_of"), [Concept::Extract]);
        assert_eq!(concepts("Plea(s)"), [Concept::Plea]);
        assert_eq!(concepts("name_type_id"), [Name, Concept::Code, Number]);
        assert!(Words::of("Sealed?").asks);
    }
}
