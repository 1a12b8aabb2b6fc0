//! Texts of a column, each held once.

use std::hash::Hasher;
use std::sync::Arc;

use parquet::data_type::ByteArray;

const FREE: u32 = u32::MAX;
const SLOTS_MIN: usize = 64;

/// Numbers texts in the order they come. About 20 bytes beside each text's own.
#[derive(Debug)]
pub struct Dictionary {
    bytes: Vec<u8>,
    ends: Vec<u32>,
    /// Open addressing with linear steps; at most two thirds full.
    slots: Vec<u32>,
}

impl Default for Dictionary {
    fn default() -> Self {
        Self::new()
    }
}

impl Dictionary {
    /// Without a text.
    pub fn new() -> Self {
        Self { bytes: Vec::new(), ends: Vec::new(), slots: vec![FREE; SLOTS_MIN] }
    }

    /// The number of the text; `None` if all texts together would pass 4 GiB.
    pub fn number(&mut self, text: &str) -> Option<u32> {
        let mut slot = self.slot_of(text.as_bytes());
        while self.slots[slot] != FREE {
            if span(&self.ends, self.slots[slot]).of(&self.bytes) == text.as_bytes() {
                return Some(self.slots[slot]);
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        let number = u32::try_from(self.ends.len()).ok().filter(|n| *n < FREE)?;
        let end = u32::try_from(self.bytes.len() + text.len()).ok()?;
        self.bytes.extend_from_slice(text.as_bytes());
        self.ends.push(end);
        self.slots[slot] = number;
        if self.ends.len() * 3 > self.slots.len() * 2 {
            self.grow();
        }
        Some(number)
    }

    /// The texts in ascending order, and for each number its place among them.
    pub fn into_sorted(self) -> (Texts, Vec<u32>) {
        let count = u32::try_from(self.ends.len()).expect("numbers are u32");
        let text = |number: u32| span(&self.ends, number).of(&self.bytes);
        let mut order: Vec<u32> = (0..count).collect();
        order.sort_unstable_by(|a, b| text(*a).cmp(text(*b)));
        let mut places = vec![0; order.len()];
        for (place, number) in (0..).zip(&order) {
            places[*number as usize] = place;
        }
        let texts = Texts::new(order.iter().map(|number| text(*number)));
        (texts, places)
    }

    fn slot_of(&self, text: &[u8]) -> usize {
        #[expect(clippy::cast_possible_truncation, reason = "any bits of the hash will do")]
        let hash = hash(text) as usize;
        hash & (self.slots.len() - 1)
    }

    fn grow(&mut self) {
        self.slots = vec![FREE; self.slots.len() * 2];
        for number in 0..u32::try_from(self.ends.len()).expect("numbers are u32") {
            let mut slot = self.slot_of(span(&self.ends, number).of(&self.bytes));
            while self.slots[slot] != FREE {
                slot = (slot + 1) & (self.slots.len() - 1);
            }
            self.slots[slot] = number;
        }
    }
}

fn hash(text: &[u8]) -> u64 {
    // Keys are fixed; nothing written depends on the hash.
    let mut hasher = std::hash::DefaultHasher::new();
    hasher.write(text);
    hasher.finish()
}

/// Texts by number, in ascending order. Clones share the bytes.
#[derive(Clone, Debug)]
pub struct Texts {
    bytes: ByteArray,
    ends: Arc<[u32]>,
}

impl Texts {
    /// The texts, which come in ascending order.
    ///
    /// # Panics
    /// If all texts together pass 4 GiB.
    pub fn new<T: AsRef<[u8]>>(texts: impl Iterator<Item = T>) -> Self {
        let (mut bytes, mut ends) = (Vec::new(), Vec::new());
        for text in texts {
            bytes.extend_from_slice(text.as_ref());
            ends.push(u32::try_from(bytes.len()).expect("a dictionary holds less than 4 GiB"));
        }
        Self { bytes: ByteArray::from(bytes), ends: ends.into() }
    }

    /// Number of texts.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The text of a number.
    pub fn text(&self, number: u32) -> &str {
        std::str::from_utf8(self.bytes(number)).expect("made of whole texts")
    }

    /// Its bytes.
    pub fn bytes(&self, number: u32) -> &[u8] {
        span(&self.ends, number).of(self.bytes.data())
    }

    /// The text as Parquet takes it, without a copy.
    pub fn value(&self, number: u32) -> ByteArray {
        let Span { start, end } = span(&self.ends, number);
        self.bytes.slice(start, end - start)
    }
}

struct Span {
    start: usize,
    end: usize,
}

impl Span {
    fn of(self, bytes: &[u8]) -> &[u8] {
        &bytes[self.start..self.end]
    }
}

fn span(ends: &[u32], number: u32) -> Span {
    let number = number as usize;
    let start = if number == 0 { 0 } else { ends[number - 1] as usize };
    Span { start, end: ends[number] as usize }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_held_once_and_sorted() {
        let mut dictionary = Dictionary::new();
        let numbers: Vec<u32> =
            (0..1_000).map(|n| dictionary.number(&format!("{}", (n * 7) % 500)).unwrap()).collect();
        let (texts, places) = dictionary.into_sorted();
        assert_eq!((texts.len(), numbers[3]), (500, numbers[503]));
        for (n, number) in numbers.iter().enumerate() {
            assert_eq!(texts.text(places[*number as usize]), format!("{}", (n * 7) % 500));
        }
        assert!((1..500).all(|n| texts.text(n - 1) < texts.text(n)));
        assert_eq!(texts.value(3).data(), texts.text(3).as_bytes());
    }
}
