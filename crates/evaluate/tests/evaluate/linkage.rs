//! Corrections against a truth that is known: arms whose links differ, two hundred times over.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use tallystick_evaluate::linkage::{LinkQuality, LogRatio, Rate, corrected_rate_ratio};
use tallystick_evaluate::outcome::{CountModel, Sample};

/// Persons of an arm.
const PERSONS: usize = 250;
/// Studies.
const STUDIES: u64 = 200;
/// The true rate ratio.
const TRUTH: f64 = 0.7;

fn uniform(rng: &mut ChaCha8Rng) -> f64 {
    f64::from(rng.next_u32()) / f64::from(u32::MAX)
}

/// A Poisson number by Knuth's method; means here are small.
fn poisson(rng: &mut ChaCha8Rng, mean: f64) -> u32 {
    let (limit, mut product, mut count) = ((-mean).exp(), uniform(rng), 0);
    while product > limit {
        product *= uniform(rng);
        count += 1;
    }
    count
}

/// Events linked to a person: their own that are not missed, and some of others.
fn linked(rng: &mut ChaCha8Rng, mean: f64, missed: f64, wrong: f64) -> f64 {
    // A person's own level, so that counts vary more than Poisson's.
    let level = 0.4 + 1.2 * uniform(rng);
    let own = poisson(rng, mean * level);
    let kept = (0..own).filter(|_| uniform(rng) >= missed).count();
    // Of all linked a share `wrong` is somebody else's.
    let others = poisson(rng, mean * (1.0 - missed) * wrong / (1.0 - wrong));
    f64::from(u32::try_from(kept).unwrap() + others)
}

/// The quality as a sample of known links shows it: near the true one, by its standard error.
fn estimated(rng: &mut ChaCha8Rng, quality: LinkQuality) -> LinkQuality {
    let mut near = |rate: Rate| {
        let normal = (0..12).map(|_| uniform(rng)).sum::<f64>() - 6.0;
        Rate { value: (rate.value + rate.standard_error * normal).max(0.0), ..rate }
    };
    LinkQuality { missed: near(quality.missed), wrong: near(quality.wrong) }
}

/// The better linked programme looks as if it did little; the correction finds what it did.
#[test]
fn differential_quality_biases_and_the_correction_covers() {
    let quality = |missed: f64, wrong: f64| LinkQuality {
        missed: Rate { value: missed, standard_error: 0.02 },
        wrong: Rate { value: wrong, standard_error: 0.01 },
    };
    let (programme_quality, comparison_quality) = (quality(0.05, 0.04), quality(0.30, 0.02));
    let programme: Vec<bool> = (0..2 * PERSONS).map(|row| row < PERSONS).collect();
    let exposure = vec![1.0; 2 * PERSONS];
    let (mut naive_covers, mut covers, mut naive_sum, mut sum) = (0.0, 0.0, 0.0, 0.0);
    for study in 0..STUDIES {
        let mut rng = ChaCha8Rng::seed_from_u64(study);
        let outcome: Vec<f64> = programme
            .iter()
            .map(|is_programme| {
                let (mean, quality) = if *is_programme {
                    (1.5 * TRUTH, programme_quality)
                } else {
                    (1.5, comparison_quality)
                };
                linked(&mut rng, mean, quality.missed.value, quality.wrong.value)
            })
            .collect();
        let sample = Sample {
            programme: &programme,
            outcome: &outcome,
            covariates: &[],
            weights: None,
            clusters: None,
            confidence: 0.95,
        };
        let naive = sample.rate_ratio(&exposure, CountModel::Poisson).unwrap();
        let observed =
            LogRatio { log_ratio: naive.estimate.ln(), standard_error: naive.standard_error };
        let qualities =
            [programme_quality, comparison_quality].map(|quality| estimated(&mut rng, quality));
        let corrected =
            corrected_rate_ratio(&observed, &qualities[0], &qualities[1], 0.95).unwrap();
        let holds = |lower: f64, upper: f64| f64::from(u8::from(lower <= TRUTH && TRUTH <= upper));
        naive_covers += holds(naive.lower, naive.upper);
        covers += holds(corrected.lower, corrected.upper);
        naive_sum += naive.estimate.ln();
        sum += corrected.estimate.ln();
    }
    let studies = f64::from(u32::try_from(STUDIES).unwrap());
    let (naive_bias, bias) = (naive_sum / studies - TRUTH.ln(), sum / studies - TRUTH.ln());
    // log(0.95 / 0.96 * 0.98 / 0.70) = 0.326.
    assert!((naive_bias - 0.326).abs() < 0.03, "{naive_bias}");
    assert!(bias.abs() < 0.03, "{bias}");
    assert!(naive_covers / studies < 0.2, "{naive_covers}");
    assert!(covers / studies >= 0.9, "{covers}");
}
