//! Takes strata and how many pairs are wanted, gives a sample that anybody can draw again, refuses one too small for its strata. Pure.
//!
//! Each pair has a number by a hash over the seed and its records; of each stratum those with the lowest are drawn. So a sample hangs on
//! seed and records alone, and every pair of a stratum is as likely as every other to be in it.

use sha2::{Digest as _, Sha256};
use tallystick_wire::{Handle, SourceLabel};

use super::pool::{Pair, Pool};

/// Pairs of a stratum at least, if it has them: with one nobody knows how the stratum varies.
const STRATUM_PAIRS_MIN: u64 = 2;
/// The share of one person is taken to be no nearer to 0 or 1 than this where pairs are allotted: the model may be wrong.
const SHARE_MARGIN: f64 = 0.05;

/// For what a pair's number is: what is kept, what is drawn of it, and in which order it is judged have nothing in common.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Lot {
    /// Which pairs a run keeps.
    Kept,
    /// Which are drawn.
    Drawn(u32),
    /// When a pair's turn is.
    Turn(u32),
}

/// The number of a pair.
pub(crate) fn number(lot: Lot, records: [(SourceLabel, Handle); 2]) -> u64 {
    let mut hasher = Sha256::new();
    hasher.update(b"tallystick pair v1\0");
    let (kind, seed) = match lot {
        Lot::Kept => (0u8, 0),
        Lot::Drawn(seed) => (1, seed),
        Lot::Turn(seed) => (2, seed),
    };
    hasher.update([kind]);
    hasher.update(seed.to_le_bytes());
    for (source, handle) in records {
        hasher.update(source.to_bytes());
        hasher.update(handle.0);
    }
    let hash: [u8; 32] = hasher.finalize().into();
    u64::from_be_bytes(hash[..8].try_into().expect("eight of 32 bytes"))
}

/// The wanted pairs are fewer than the strata need.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TooFew {
    /// Pairs that they need.
    pub needed: u64,
}

/// A stratum as far as pairs are allotted to it.
#[derive(Clone, Copy, Debug)]
struct Room {
    pairs: u64,
    /// How many of them can be drawn.
    kept: u64,
    /// The share of one person that the model expects.
    share: f64,
}

/// How many pairs of each stratum are drawn: the least of each, and the others where they tell most. Between what is best for the whole
/// and for each stratum this is the power allocation with one half (Bankier 1988, The American Statistician 42, 174-177), in whole pairs
/// by the priorities of Wright (2012, doi:10.1080/00031305.2012.733679).
fn allot(rooms: &[Room], wanted: u64) -> Result<Vec<u64>, TooFew> {
    let mut drawn: Vec<u64> = rooms.iter().map(|it| it.kept.min(STRATUM_PAIRS_MIN)).collect();
    let needed: u64 = drawn.iter().sum();
    if needed > wanted {
        return Err(TooFew { needed });
    }
    let priority = |room: &Room, drawn: u64| {
        let share = room.share.clamp(SHARE_MARGIN, 1.0 - SHARE_MARGIN);
        let drawn = drawn.max(1) as f64;
        (room.pairs as f64).sqrt() * (share * (1.0 - share)).sqrt() / (drawn * (drawn + 1.0)).sqrt()
    };
    for _ in needed..wanted {
        let open = rooms.iter().zip(&drawn).enumerate().filter(|(_, (room, n))| **n < room.kept);
        // Of equal strata the first.
        let best = open
            .map(|(at, (room, drawn))| (at, priority(room, *drawn)))
            .reduce(|best, next| if next.1 > best.1 { next } else { best });
        let Some((best, _)) = best else { break };
        drawn[best] += 1;
    }
    Ok(drawn)
}

/// Draws about so many pairs, fewer if there are not so many, in the order in which they are judged.
pub(crate) fn draw(pool: &Pool, wanted: u64, seed: u32) -> Result<Pool, TooFew> {
    let mut of: Vec<Vec<&Pair>> = vec![Vec::new(); pool.strata.len()];
    pool.pairs.iter().for_each(|pair| of[usize::from(pair.stratum)].push(pair));
    let rooms: Vec<Room> = pool
        .strata
        .iter()
        .zip(&of)
        .map(|(stratum, pairs)| Room {
            pairs: stratum.pairs,
            kept: pairs.len() as u64,
            share: stratum.expected / (stratum.pairs as f64).max(1.0),
        })
        .collect();
    let records = |pair: &Pair| {
        [0, 1].map(|at| (pool.sources[usize::from(pair.sources[at])].0, pair.handles[at]))
    };
    let mut pairs: Vec<Pair> = Vec::new();
    for (mut of, drawn) in of.into_iter().zip(allot(&rooms, wanted)?) {
        of.sort_by_cached_key(|pair| (number(Lot::Drawn(seed), records(pair)), pair.handles));
        of.truncate(usize::try_from(drawn).unwrap_or(usize::MAX));
        pairs.extend(of);
    }
    pairs.sort_by_cached_key(|pair| (number(Lot::Turn(seed), records(pair)), pair.handles));
    Ok(Pool {
        pairs,
        ..Pool {
            sources: pool.sources.clone(),
            facts: pool.facts,
            strata: pool.strata.clone(),
            pairs: Vec::new(),
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::pool::tests::pool;
    use super::*;

    fn room(pairs: u64, kept: u64, share: f64) -> Room {
        Room { pairs, kept, share }
    }

    #[test]
    fn what_is_doubtful_is_drawn_most() {
        let rooms = [room(100_000, 500, 0.999), room(400, 400, 0.6), room(1, 1, 0.5)];
        let drawn = allot(&rooms, 200).unwrap();
        assert_eq!(drawn.iter().sum::<u64>(), 200);
        let share = |at: usize| drawn[at] as f64 / rooms[at].pairs as f64;
        assert!(share(1) > 20.0 * share(0), "{drawn:?}");
        assert_eq!(drawn[2], 1);
        assert_eq!(allot(&rooms, 4), Err(TooFew { needed: 5 }));
        assert_eq!(allot(&rooms, 10_000).unwrap(), [500, 400, 1]);
    }

    #[test]
    fn the_same_seed_draws_the_same_pairs_in_whatever_order_they_are_kept() {
        let first = draw(&pool(), 12, 7).unwrap();
        assert_eq!(first.pairs.len(), 12);
        let mut turned = pool();
        turned.pairs.reverse();
        assert_eq!(draw(&turned, 12, 7).unwrap(), first);
        assert_ne!(draw(&pool(), 12, 8).unwrap().pairs, first.pairs);
    }

    /// Over many seeds each pair of a stratum is drawn about as often as the others.
    #[test]
    fn every_pair_of_a_stratum_is_as_likely() {
        let mut times = [0u32; 20];
        for seed in 0..2_000 {
            for pair in draw(&pool(), 10, seed).unwrap().pairs {
                times[usize::from(pair.handles[0].0[0])] += 1;
            }
        }
        for stratum in [&times[..12], &times[12..]] {
            let mean = stratum.iter().sum::<u32>() / u32::try_from(stratum.len()).unwrap();
            assert!(stratum.iter().all(|it| it.abs_diff(mean) < 110), "{stratum:?}");
        }
    }

    proptest! {
        #[test]
        fn no_stratum_is_left_out_and_none_overdrawn(
            rooms in proptest::collection::vec((1u64..100_000, 1u64..600, 0.0f64..1.0), 1..12),
            wanted in 0u64..700,
        ) {
            let rooms: Vec<Room> =
                rooms.into_iter().map(|(pairs, kept, share)| room(pairs, kept.min(pairs), share)).collect();
            let kept: u64 = rooms.iter().map(|room| room.kept).sum();
            match allot(&rooms, wanted) {
                Ok(drawn) => {
                    prop_assert_eq!(drawn.iter().sum::<u64>(), wanted.min(kept));
                    for (room, drawn) in rooms.iter().zip(drawn) {
                        prop_assert!(drawn <= room.kept && drawn >= room.kept.min(STRATUM_PAIRS_MIN));
                    }
                }
                Err(few) => prop_assert!(few.needed > wanted),
            }
        }
    }
}
