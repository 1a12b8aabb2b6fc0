//! The bootstrap.
//!
//! Takes clusters, a seed and a statistic of weights, gives its standard error and percentile interval over samples
//! of whole clusters. Refuses statistics that do not exist in too many of them.
//!
//! Efron (1979), doi:10.1214/aos/1176344552; of matched sets drawn as a whole: Austin, Small (2014),
//! doi:10.1002/sim.6276. Not for matching with replacement, for which it does not hold: Abadie, Imbens (2008),
//! doi:10.3982/ECTA6474. Every replicate has a stream of random numbers of its own, so that results depend on
//! the seed alone.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::distribution::whole;
use crate::error::{Error, number};

/// Replicates at most.
const REPLICATES_MAX: u32 = 100_000;
/// Share of replicates, one in so many, that may have no statistic.
const MISSING_ONE_IN: usize = 20;

/// How to draw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BootstrapSettings {
    /// How many samples, 200 to 100,000; 2,000 for percentile intervals.
    pub replicates: u32,
    /// The seed.
    pub seed: u64,
    /// How sure the interval is, such as 0.95.
    pub confidence: f64,
}

/// What the samples say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BootstrapInterval {
    /// Standard deviation over samples.
    pub standard_error: f64,
    /// Lower percentile.
    pub lower: f64,
    /// Upper percentile.
    pub upper: f64,
    /// Samples that had a statistic.
    pub replicates: u32,
}

/// Draws whole clusters with replacement. `statistic` takes how often each row was drawn, to be multiplied into its
/// weights, and gives `None` where it does not exist.
pub fn bootstrap(
    clusters: &[u32],
    settings: &BootstrapSettings,
    statistic: impl Fn(&[f64]) -> Option<f64>,
) -> Result<BootstrapInterval, Error> {
    if !(200..=REPLICATES_MAX).contains(&settings.replicates) {
        return Err(Error::Setting { name: "replicates" });
    }
    if !(settings.confidence > 0.0 && settings.confidence < 1.0) {
        return Err(Error::Setting { name: "confidence" });
    }
    let mut names = clusters.to_vec();
    names.sort_unstable();
    names.dedup();
    let count = u32::try_from(names.len()).unwrap_or(u32::MAX);
    if count < 2 {
        return Err(Error::TooFew { what: "clusters", needed: 2, found: names.len() });
    }
    let places: Vec<usize> =
        clusters.iter().map(|name| names.partition_point(|other| other < name)).collect();
    let mut found = Vec::new();
    for replicate in 0..settings.replicates {
        let mut rng = stream(settings.seed, replicate);
        let mut times = vec![0.0; names.len()];
        for _ in 0..count {
            // Multiply and shift: a bias below 2^-32.
            let drawn = (u64::from(rng.next_u32()) * u64::from(count)) >> 32;
            times[usize::try_from(drawn).expect("the product's upper half is below the count")] +=
                1.0;
        }
        let drawn: Vec<f64> = places.iter().map(|place| times[*place]).collect();
        found.extend(statistic(&drawn).filter(|value| value.is_finite()));
    }
    let missing = settings.replicates as usize - found.len();
    if missing * MISSING_ONE_IN > settings.replicates as usize {
        let needed = settings.replicates as usize;
        return Err(Error::TooFew { what: "samples with an estimate", needed, found: found.len() });
    }
    found.sort_by(f64::total_cmp);
    let outside = (1.0 - settings.confidence) / 2.0;
    let length = whole(found.len() as u64);
    let mean = found.iter().sum::<f64>() / length;
    let squares: f64 = found.iter().map(|value| (value - mean) * (value - mean)).sum();
    Ok(BootstrapInterval {
        standard_error: number("the spread of samples", (squares / (length - 1.0)).sqrt())?,
        lower: quantile(&found, outside),
        upper: quantile(&found, 1.0 - outside),
        replicates: u32::try_from(found.len()).unwrap_or(settings.replicates),
    })
}

fn stream(seed: u64, replicate: u32) -> ChaCha8Rng {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..12].copy_from_slice(&replicate.to_le_bytes());
    bytes[16..].copy_from_slice(b"evaluate/boot/v1");
    ChaCha8Rng::from_seed(bytes)
}

/// The quantile of sorted values, between neighbours: type 7 of Hyndman, Fan (1996), doi:10.2307/2684934.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the place is at least 0 and below the count"
)]
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (whole(sorted.len() as u64) - 1.0);
    let below = place as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (place - place.floor()) * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_of_a_mean_is_found() {
        let values: Vec<f64> = (0..100_u32).map(|row| f64::from(row % 10)).collect();
        let clusters: Vec<u32> = (0..100).collect();
        let mean = |times: &[f64]| {
            let total: f64 = times.iter().sum();
            Some(times.iter().zip(&values).map(|(w, y)| w * y).sum::<f64>() / total)
        };
        let settings = BootstrapSettings { replicates: 2000, seed: 7, confidence: 0.95 };
        let found = bootstrap(&clusters, &settings, mean).unwrap();
        // Standard deviation 2.87 over the root of 100.
        assert!((found.standard_error - 0.287).abs() < 0.02);
        assert!((found.lower - 3.94).abs() < 0.1 && (found.upper - 5.06).abs() < 0.1);
        assert_eq!(bootstrap(&clusters, &settings, mean).unwrap(), found);
        assert!(bootstrap(&clusters, &settings, |_| None).is_err());
    }
}
