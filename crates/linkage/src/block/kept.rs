//! Takes what a pass found, gives its bytes and takes them back, refuses bytes of any other form.
//!
//! ```text
//! version u32 | groups u32 | pairs u64 | pairs again u64
//! kept pairs by pass u64 each | compared pairs by pass u64 each
//! each pair, pairs first: key u64 | value u64
//! each group: patterns u32, each: pattern u64 | met u64 three times | stored u8
//! ```
//! All numbers are little-endian. The bytes follow the order in which threads came; what becomes of them does not.

use std::io::{self, Read, Write};

use super::PASS_BITS;
use super::pair::CandidatePair;
use super::stretch::Found;
use super::tally::{PatternCount, Tally};
use crate::pattern::{PATTERN_BITS, Pattern};

/// Raised with every change of the form.
const VERSION: u32 = 1;
/// Most pairs of sources; 64 sources have 2,080.
const GROUPS_MAX: u32 = 1 << 16;
/// Pairs for which memory is asked at once, whatever the head says.
const RESERVE_MAX: usize = 1 << 20;

impl Found {
    /// Writes all of it.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let groups = u32::try_from(self.tallies.len()).map_err(|_| invalid())?;
        out.write_all(&VERSION.to_le_bytes())?;
        out.write_all(&groups.to_le_bytes())?;
        let lengths = [self.pairs.len() as u64, self.again.len() as u64];
        for number in lengths.iter().chain(&self.kept).chain(&self.compared) {
            out.write_all(&number.to_le_bytes())?;
        }
        for pair in self.pairs.iter().chain(&self.again) {
            out.write_all(&pair.words().map(u64::to_le_bytes).concat())?;
        }
        for tally in &self.tallies {
            let patterns = tally.sorted();
            let count = u32::try_from(patterns.len()).map_err(|_| invalid())?;
            out.write_all(&count.to_le_bytes())?;
            for PatternCount { pattern, met: [once, twice, more], stored } in patterns {
                let words = [pattern.0, once, twice, more];
                out.write_all(&words.map(u64::to_le_bytes).concat())?;
                out.write_all(&[u8::from(stored)])?;
            }
        }
        Ok(())
    }

    /// Reads what [`Found::write`] wrote, to its last byte, for records below `record_count`.
    ///
    /// # Errors
    /// Those of `from`; [`io::ErrorKind::InvalidData`] for anything else than what was written.
    pub fn read(from: &mut dyn Read, record_count: u32) -> io::Result<Self> {
        if number::<4>(from)? != u64::from(VERSION) {
            return Err(invalid());
        }
        let groups = number::<4>(from)?;
        if groups > u64::from(GROUPS_MAX) {
            return Err(invalid());
        }
        let lengths = [number::<8>(from)?, number::<8>(from)?];
        let mut found = Self::default();
        for count in found.kept.iter_mut().chain(&mut found.compared) {
            *count = number::<8>(from)?;
        }
        for (pairs, length) in [&mut found.pairs, &mut found.again].into_iter().zip(lengths) {
            let length = usize::try_from(length).map_err(|_| invalid())?;
            pairs.reserve(length.min(RESERVE_MAX));
            for _ in 0..length {
                let words = [number::<8>(from)?, number::<8>(from)?];
                pairs.push(CandidatePair::of_words(words, record_count).ok_or_else(invalid)?);
            }
        }
        for _ in 0..groups {
            let count = number::<4>(from)?;
            let patterns =
                (0..count).map(|_| read_pattern(from)).collect::<io::Result<Vec<_>>>()?;
            if !patterns.is_sorted_by(|a, b| a.pattern < b.pattern) {
                return Err(invalid());
            }
            found.tallies.push(Tally::of(patterns));
        }
        if from.read(&mut [0])? != 0 {
            return Err(invalid());
        }
        Ok(found)
    }
}

fn read_pattern(from: &mut dyn Read) -> io::Result<PatternCount> {
    let pattern = number::<8>(from)?;
    let met = [number::<8>(from)?, number::<8>(from)?, number::<8>(from)?];
    let stored = number::<1>(from)?;
    if pattern >> PATTERN_BITS != 0 || stored > 1 {
        return Err(invalid());
    }
    Ok(PatternCount { pattern: Pattern(pattern), met, stored: stored == 1 })
}

fn number<const BYTES: usize>(from: &mut dyn Read) -> io::Result<u64> {
    let mut bytes = [0u8; 8];
    from.read_exact(&mut bytes[..BYTES])?;
    Ok(u64::from_le_bytes(bytes))
}

fn invalid() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

const _: () = assert!(PASS_BITS <= 27, "a pair has 27 bits for passes");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{EXACT, Levels, NAME_EXACT};

    fn found() -> Found {
        let levels = Levels { first: NAME_EXACT, zip: EXACT, ..Levels::default() };
        let pattern = Pattern::pack(&levels);
        let mut found = Found::of_groups(3);
        let stores = |_: usize, _: Pattern| true;
        found.keep(1, CandidatePair::new(3, 7, pattern, 2), &stores);
        found.keep(2, CandidatePair::met_in(1, 4, pattern, 0b1011), &stores);
        found.again.push(CandidatePair::met_in(0, 9, pattern, 0b111));
        found.compared[2] = 40;
        found
    }

    fn written(found: &Found) -> Vec<u8> {
        let mut bytes = Vec::new();
        found.write(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn what_was_written_is_read_to_the_last_byte() {
        let bytes = written(&found());
        let again = Found::read(&mut &bytes[..], 10).unwrap();
        assert_eq!(written(&again), bytes);
        assert_eq!((again.pairs, again.again), (found().pairs, found().again));
        for length in 0..bytes.len() {
            assert!(Found::read(&mut &bytes[..length], 10).is_err(), "{length} bytes");
        }
        let longer = [&bytes[..], &[0]].concat();
        assert!(Found::read(&mut &longer[..], 10).is_err());
        assert!(Found::read(&mut &bytes[..], 9).is_err(), "a record that there is not");
    }

    #[test]
    fn other_versions_and_long_lengths_are_refused() {
        let bytes = written(&found());
        for (place, value) in [(0, 2), (4, 255), (14, 255)] {
            let mut changed = bytes.clone();
            changed[place] = value;
            assert!(Found::read(&mut &changed[..], 10).is_err(), "byte {place}");
        }
    }
}
