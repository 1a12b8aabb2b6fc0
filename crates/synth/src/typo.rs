//! Errors of typing, hearing and scanning in a word of capital letters.

use crate::random::Stream;

/// Letters next to each other on a keyboard.
const NEIGHBOURS: [&str; 26] = [
    "QSZW", "VNGH", "XVDF", "SFEXC", "WRSD", "DGRVC", "FHTBV", "GJYNB", "UOKJ", "HKUNM", "JLIM",
    "KO", "NK", "BMHJ", "IPLK", "OL", "WA", "ETDF", "ADWXZ", "RYFG", "YIHJ", "CBFG", "QESA",
    "ZCSD", "TUGH", "XAS",
];

/// What sounds alike, either way.
const SOUNDS: [(&str, &str); 18] = [
    ("PH", "F"),
    ("CK", "K"),
    ("IE", "EI"),
    ("EY", "Y"),
    ("KN", "N"),
    ("SCH", "SH"),
    ("TH", "T"),
    ("QU", "KW"),
    ("X", "KS"),
    ("LL", "L"),
    ("NN", "N"),
    ("TT", "T"),
    ("SS", "S"),
    ("RR", "R"),
    ("C", "K"),
    ("Z", "S"),
    ("Y", "I"),
    ("V", "B"),
];

/// What looks alike to a scanner, either way.
const SHAPES: [(&str, &str); 9] = [
    ("RN", "M"),
    ("CL", "D"),
    ("VV", "W"),
    ("I", "L"),
    ("O", "Q"),
    ("U", "V"),
    ("B", "R"),
    ("E", "F"),
    ("G", "C"),
];

/// The word with one error; never the word itself. Words under two letters come back unchanged.
pub(crate) fn misspell(word: &str, stream: &mut Stream) -> String {
    debug_assert!(word.is_ascii(), "marks are put on after errors");
    if word.len() < 2 {
        return word.to_owned();
    }
    // Each try changes nearly always something; after eight a doubled letter surely does.
    for _ in 0..8 {
        let changed = match stream.weighted(&[300, 150, 130, 140, 160, 120]) {
            0 => neighbour(word, stream),
            1 => dropped(word, stream),
            2 => doubled(word, stream),
            3 => transposed(word, stream),
            4 => replaced(word, &SOUNDS, stream),
            _ => replaced(word, &SHAPES, stream),
        };
        if changed != word {
            return changed;
        }
    }
    doubled(word, stream)
}

/// The number with one digit of its `width` decimal digits changed.
pub(crate) fn wrong_digit(number: u64, width: u32, stream: &mut Stream) -> u64 {
    let unit = 10u64.pow(stream.below(width));
    let digit = number / unit % 10;
    let other = (digit + 1 + u64::from(stream.below(9))) % 10;
    number - digit * unit + other * unit
}

/// First letters are mistaken less often than others.
fn place(word: &str, stream: &mut Stream) -> usize {
    match stream.index(word.len()) {
        0 => stream.index(word.len()),
        place => place,
    }
}

fn neighbour(word: &str, stream: &mut Stream) -> String {
    let at = place(word, stream);
    let letter = word.as_bytes()[at];
    if !letter.is_ascii_uppercase() {
        return word.to_owned();
    }
    let other = *stream.pick(NEIGHBOURS[usize::from(letter - b'A')].as_bytes());
    format!("{}{}{}", &word[..at], char::from(other), &word[at + 1..])
}

fn dropped(word: &str, stream: &mut Stream) -> String {
    let at = place(word, stream);
    format!("{}{}", &word[..at], &word[at + 1..])
}

fn doubled(word: &str, stream: &mut Stream) -> String {
    let at = place(word, stream);
    format!("{}{}", &word[..=at], &word[at..])
}

fn transposed(word: &str, stream: &mut Stream) -> String {
    let at = stream.index(word.len() - 1);
    format!("{}{}{}{}", &word[..at], &word[at + 1..at + 2], &word[at..=at], &word[at + 2..])
}

fn replaced(word: &str, pairs: &[(&str, &str)], stream: &mut Stream) -> String {
    let start = stream.index(pairs.len());
    for offset in 0..pairs.len() {
        let (left, right) = pairs[(start + offset) % pairs.len()];
        let (from, to) = if stream.permille(500) { (left, right) } else { (right, left) };
        if let Some(at) = word.find(from) {
            return format!("{}{to}{}", &word[..at], &word[at + from.len()..]);
        }
    }
    word.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Purpose;

    #[test]
    fn every_error_changes_the_word_and_only_a_little() {
        let mut stream = Stream::new(3, Purpose::Snapshot, 0);
        for word in ["AL", "SMITH", "DE LA CRUZ", "O'BRIEN", "GARCIA-LOPEZ", "AA"] {
            for _ in 0..500 {
                let changed = misspell(word, &mut stream);
                assert_ne!(changed, word);
                assert!(changed.len().abs_diff(word.len()) <= 2, "{word} {changed}");
            }
        }
        assert_eq!(misspell("X", &mut stream), "X");
    }

    #[test]
    fn one_digit_is_changed() {
        let mut stream = Stream::new(3, Purpose::Snapshot, 0);
        for _ in 0..500 {
            let changed = format!("{:05}", wrong_digit(94_103, 5, &mut stream));
            let differing = changed.bytes().zip("94103".bytes()).filter(|(a, b)| a != b).count();
            assert_eq!(differing, 1);
        }
    }
}
