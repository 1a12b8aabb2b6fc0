//! Takes pairs of a run by stratum, gives their bytes and takes them back, refuses bytes of any other form.
//!
//! ```text
//! magic 8 | version u32 | sources u32 | strata u32 | pairs u32
//! accepted, never compared, light pairs u64 | light matches, precision, completeness f64
//! each source: name 16 | kind u32
//! each stratum: among u32 | first, second source u16 | linked u32 | band u32 | pairs u64 | expected f64
//! each pair: stratum u32 | first source u32, handle 16 | second source u32, handle 16 | levels u64
//! ```
//! All numbers are little-endian. The same form holds what a run keeps for reviews and what was drawn of it, in the order in which it
//! is judged. It is sealed wherever it is written: which two handles were put together stands in no record of the unit.

use std::io::{self, Read, Write};

use tallystick_linkage::pattern::{PATTERN_BITS, Pattern};
use tallystick_wire::{Handle, SourceLabel, SourceType};

const MAGIC: &[u8; 8] = b"tallypai";
/// Raised with every change of the form.
const VERSION: u32 = 1;
/// Rows for which memory is asked at once, whatever the head says.
const RESERVE_MAX: usize = 1 << 12;

/// Upper ends of the bands of weight, in thousandths of a bit from the main threshold; the last has none.
const BAND_ENDS_MBIT: [i32; 5] = [-2_000, 0, 2_000, 6_000, 12_000];

/// Where a pair's weight lies about the main threshold: 0 is the lowest.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Band(u8);

impl Band {
    /// The band of a weight.
    #[must_use]
    pub fn of(weight_mbit: i32, main_stop_mbit: i32) -> Self {
        let distance = weight_mbit.saturating_sub(main_stop_mbit);
        let below = BAND_ENDS_MBIT.iter().filter(|end| **end <= distance).count();
        Self(u8::try_from(below).expect("there are six bands"))
    }

    /// Its ends in bits from the main threshold.
    #[must_use]
    pub fn bits(self) -> (Option<i32>, Option<i32>) {
        let at = usize::from(self.0);
        let bits = |mbit: &i32| mbit / 1_000;
        let from = at.checked_sub(1).and_then(|at| BAND_ENDS_MBIT.get(at));
        (from.map(bits), BAND_ENDS_MBIT.get(at).map(bits))
    }
}

/// Of which sources the pairs of a stratum are.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Among {
    /// Of these two, which may be one; by their number in the run.
    Sources(u16, u16),
    /// Of two different sources: where single ones would make too many strata.
    Across,
    /// Of one source.
    Within,
}

/// What a stratum's pairs have in common.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct StratumKey {
    /// Their sources.
    pub among: Among,
    /// Whether the linkage made them one person at the main threshold.
    pub is_linked: bool,
    /// Their weight.
    pub band: Band,
}

/// Pairs that are sampled together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stratum {
    /// What they have in common.
    pub key: StratumKey,
    /// All of them, kept or not.
    pub pairs: u64,
    /// How many of them the model expects to be of one person.
    pub expected: f64,
}

/// A pair.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Pair {
    /// Number of its stratum.
    pub stratum: u16,
    /// Numbers of the sources of its records.
    pub sources: [u16; 2],
    /// Its records.
    pub handles: [Handle; 2],
    /// How they agree.
    pub pattern: Pattern,
}

/// What a run knows besides, of pairs that cannot be drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Facts {
    /// Pairs of records of one person at the main threshold.
    pub accepted: u64,
    /// Of these: never compared; they are one person through others.
    pub never_compared: u64,
    /// Compared pairs that were only counted, because they are too unlike to connect two records.
    pub light: u64,
    /// How many of them the model expects to be of one person all the same.
    pub light_matches: f64,
    /// The model's expected precision of accepted pairs.
    pub expected_precision: f64,
    /// The share of true pairs that met in a block, by the model.
    pub blocking_completeness: f64,
}

/// Pairs, and the strata that they were sampled from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pool {
    /// Sources of the run, sorted by name.
    pub sources: Vec<(SourceLabel, SourceType)>,
    /// What else is known.
    pub facts: Facts,
    /// In the order of their keys.
    pub strata: Vec<Stratum>,
    /// The pairs.
    pub pairs: Vec<Pair>,
}

impl Pool {
    /// Writes it.
    pub(crate) fn encode(&self, out: &mut dyn Write) -> io::Result<()> {
        let count = |length: usize| u32::try_from(length).map_err(|_| invalid());
        out.write_all(MAGIC)?;
        let counts = [self.sources.len(), self.strata.len(), self.pairs.len()];
        out.write_all(&VERSION.to_le_bytes())?;
        counts.into_iter().try_for_each(|it| out.write_all(&count(it)?.to_le_bytes()))?;
        let it = &self.facts;
        for number in [it.accepted, it.never_compared, it.light] {
            out.write_all(&number.to_le_bytes())?;
        }
        for number in [it.light_matches, it.expected_precision, it.blocking_completeness] {
            out.write_all(&number.to_le_bytes())?;
        }
        for (label, kind) in &self.sources {
            out.write_all(&label.to_bytes())?;
            out.write_all(&u32::from(*kind as u8).to_le_bytes())?;
        }
        for Stratum { key, pairs, expected } in &self.strata {
            let (among, first, second) = match key.among {
                Among::Sources(first, second) => (0u32, first, second),
                Among::Across => (1, 0, 0),
                Among::Within => (2, 0, 0),
            };
            out.write_all(&among.to_le_bytes())?;
            out.write_all(&first.to_le_bytes())?;
            out.write_all(&second.to_le_bytes())?;
            out.write_all(&u32::from(key.is_linked).to_le_bytes())?;
            out.write_all(&u32::from(key.band.0).to_le_bytes())?;
            out.write_all(&pairs.to_le_bytes())?;
            out.write_all(&expected.to_le_bytes())?;
        }
        for pair in &self.pairs {
            out.write_all(&u32::from(pair.stratum).to_le_bytes())?;
            for (source, handle) in pair.sources.iter().zip(&pair.handles) {
                out.write_all(&u32::from(*source).to_le_bytes())?;
                out.write_all(&handle.0)?;
            }
            out.write_all(&pair.pattern.0.to_le_bytes())?;
        }
        Ok(())
    }

    /// Reads what [`Self::encode`] wrote, to its last byte.
    ///
    /// # Errors
    /// Those of `from`; [`io::ErrorKind::InvalidData`] for anything else than what was written.
    pub(crate) fn decode(from: &mut dyn Read) -> io::Result<Self> {
        if &bytes::<8>(from)? != MAGIC || number(from)? != VERSION {
            return Err(invalid());
        }
        let [sources, strata, pairs] = [number(from)?, number(from)?, number(from)?];
        let facts = Facts {
            accepted: long(from)?,
            never_compared: long(from)?,
            light: long(from)?,
            light_matches: real(from)?,
            expected_precision: real(from)?,
            blocking_completeness: real(from)?,
        };
        let mut pool = Self { facts, ..Self::default() };
        for _ in 0..sources {
            let label = SourceLabel::from_bytes(bytes(from)?).ok_or_else(invalid)?;
            let kind = u8::try_from(number(from)?).ok().and_then(SourceType::from_u8);
            pool.sources.push((label, kind.ok_or_else(invalid)?));
        }
        for _ in 0..strata {
            pool.strata.push(stratum(from)?);
        }
        pool.pairs.reserve((pairs as usize).min(RESERVE_MAX));
        for _ in 0..pairs {
            pool.pairs.push(pair(from)?);
        }
        if pool.fits() && from.read(&mut [0])? == 0 { Ok(pool) } else { Err(invalid()) }
    }

    /// Whether everything that it names is in it.
    fn fits(&self) -> bool {
        let has = |source: u16| usize::from(source) < self.sources.len();
        let key = |stratum: &Stratum| match stratum.key.among {
            Among::Sources(first, second) => first <= second && has(second),
            Among::Across | Among::Within => true,
        };
        self.sources.is_sorted_by(|a, b| a.0 < b.0)
            && self.strata.is_sorted_by(|a, b| a.key < b.key)
            && self.strata.iter().all(key)
            && self.pairs.iter().all(|pair| {
                usize::from(pair.stratum) < self.strata.len()
                    && pair.sources.iter().all(|source| has(*source))
                    && pair.pattern.0 >> PATTERN_BITS == 0
            })
    }
}

fn stratum(from: &mut dyn Read) -> io::Result<Stratum> {
    let among = number(from)?;
    let [first, second] = [u16::from_le_bytes(bytes(from)?), u16::from_le_bytes(bytes(from)?)];
    let among = match (among, first, second) {
        (0, first, second) => Among::Sources(first, second),
        (1, 0, 0) => Among::Across,
        (2, 0, 0) => Among::Within,
        _ => return Err(invalid()),
    };
    let is_linked = match number(from)? {
        0 => false,
        1 => true,
        _ => return Err(invalid()),
    };
    let band = u8::try_from(number(from)?).map_err(|_| invalid())?;
    if usize::from(band) > BAND_ENDS_MBIT.len() {
        return Err(invalid());
    }
    let key = StratumKey { among, is_linked, band: Band(band) };
    Ok(Stratum { key, pairs: long(from)?, expected: real(from)? })
}

fn pair(from: &mut dyn Read) -> io::Result<Pair> {
    let small = |number: u32| u16::try_from(number).map_err(|_| invalid());
    let stratum = small(number(from)?)?;
    let (first, first_handle) = (small(number(from)?)?, Handle(bytes(from)?));
    let (second, second_handle) = (small(number(from)?)?, Handle(bytes(from)?));
    Ok(Pair {
        stratum,
        sources: [first, second],
        handles: [first_handle, second_handle],
        pattern: Pattern(long(from)?),
    })
}

fn bytes<const N: usize>(from: &mut dyn Read) -> io::Result<[u8; N]> {
    let mut bytes = [0u8; N];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn number(from: &mut dyn Read) -> io::Result<u32> {
    bytes(from).map(u32::from_le_bytes)
}

fn long(from: &mut dyn Read) -> io::Result<u64> {
    bytes(from).map(u64::from_le_bytes)
}

fn real(from: &mut dyn Read) -> io::Result<f64> {
    let number = f64::from_le_bytes(bytes(from)?);
    if number.is_finite() && number >= 0.0 { Ok(number) } else { Err(invalid()) }
}

fn invalid() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Two strata of a court and the police; pairs of the first come first.
    pub(in crate::clerical) fn pool() -> Pool {
        let key =
            |among, is_linked, weight| StratumKey { among, is_linked, band: Band::of(weight, 0) };
        let pair = |stratum, byte: u8| Pair {
            stratum,
            sources: [0, u16::from(stratum == 0)],
            handles: [Handle([byte; 16]), Handle([byte + 100; 16])],
            pattern: Pattern(0b10_0100),
        };
        Pool {
            sources: vec![
                (SourceLabel::parse("court").unwrap(), SourceType::Court),
                (SourceLabel::parse("police").unwrap(), SourceType::Police),
            ],
            facts: Facts { accepted: 30, light: 7, expected_precision: 0.5, ..Facts::default() },
            strata: vec![
                Stratum { key: key(Among::Sources(0, 1), true, 7_000), pairs: 30, expected: 29.0 },
                Stratum { key: key(Among::Within, false, -700), pairs: 10, expected: 3.0 },
            ],
            pairs: (0..20).map(|byte| pair(u16::from(byte >= 12), byte)).collect(),
        }
    }

    fn written(pool: &Pool) -> Vec<u8> {
        let mut bytes = Vec::new();
        pool.encode(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn what_was_written_is_read_to_the_last_byte() {
        let bytes = written(&pool());
        assert_eq!(Pool::decode(&mut &bytes[..]).unwrap(), pool());
        for length in 0..bytes.len() {
            assert!(Pool::decode(&mut &bytes[..length]).is_err(), "{length} bytes");
        }
        assert!(Pool::decode(&mut &[&bytes[..], &[0]].concat()[..]).is_err());
    }

    #[test]
    fn what_no_run_writes_is_refused() {
        let wrong: [fn(&mut Pool); 6] = [
            |pool| pool.sources.reverse(),
            |pool| pool.strata.reverse(),
            |pool| pool.strata[0].expected = f64::NAN,
            |pool| pool.strata[0].key.among = Among::Sources(0, 2),
            |pool| pool.pairs[0].stratum = 2,
            |pool| pool.pairs[0].pattern.0 = 1 << PATTERN_BITS,
        ];
        for (number, change) in wrong.into_iter().enumerate() {
            let mut pool = pool();
            change(&mut pool);
            assert!(Pool::decode(&mut &written(&pool)[..]).is_err(), "change {number}");
        }
    }

    #[test]
    fn bands_lie_about_the_threshold() {
        let bits = |weight| Band::of(weight, 500).bits();
        assert_eq!(bits(-1_501), (None, Some(-2)));
        assert_eq!(bits(499), (Some(-2), Some(0)));
        assert_eq!(bits(500), (Some(0), Some(2)));
        assert_eq!(bits(i32::MAX), (Some(12), None));
        assert_eq!(bits(i32::MIN), (None, Some(-2)));
    }
}
