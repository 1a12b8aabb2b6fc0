//! The normal, Student's t, chi-square and binomial distributions.
//!
//! Takes finite numbers, gives probabilities and quantiles to about 1e-12 relative where they are above 1e-300,
//! refuses nothing: every function is total over what its callers can give. Series and continued fractions are
//! those of the NIST Digital Library of Mathematical Functions (DLMF, <https://dlmf.nist.gov>); logarithms,
//! exponentials and the error function are `libm`'s, so that all platforms give the same bits.

use std::f64::consts::SQRT_2;

/// Steps of a series or continued fraction at most. They take about the square root of the parameters.
const STEPS_MAX: u32 = 20_000;
/// Degrees of freedom from which Student's t is the normal distribution to 8 digits.
const NORMAL_FROM_DF: f64 = 1e8;
/// What the continued fractions put where a zero would be divided by.
const TINY: f64 = 1e-300;

/// P(Z <= z).
pub(crate) fn normal_below(z: f64) -> f64 {
    0.5 * libm::erfc(-z / SQRT_2)
}

/// P(Z > z).
pub(crate) fn normal_above(z: f64) -> f64 {
    0.5 * libm::erfc(z / SQRT_2)
}

/// P(|Z| > |z|).
pub(crate) fn normal_two_sided(z: f64) -> f64 {
    libm::erfc(z.abs() / SQRT_2)
}

/// The z with P(Z <= z) = p, for 0 < p < 1: Acklam's rational approximation and one step of Halley's method.
pub(crate) fn normal_quantile(p: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const B: [f64; 6] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
        1.0,
    ];
    const C: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 5] = [
        7.784_695_709_041_462e-3,
        3.224_671_290_700_398e-1,
        2.445_134_137_142_996,
        3.754_408_661_907_416,
        1.0,
    ];
    // By symmetry only the lower half is computed: the upper one would lose digits.
    if p > 0.5 {
        return -normal_quantile(1.0 - p);
    }
    let polynomial = |terms: &[f64], x: f64| terms.iter().fold(0.0, |sum, term| sum * x + term);
    let z = if p < 0.024_25 {
        let tail = libm::sqrt(-2.0 * libm::log(p));
        polynomial(&C, tail) / polynomial(&D, tail)
    } else {
        let centre = p - 0.5;
        let square = centre * centre;
        polynomial(&A, square) * centre / polynomial(&B, square)
    };
    let error = normal_below(z) - p;
    let step = error * libm::sqrt(2.0 * std::f64::consts::PI) * libm::exp(z * z / 2.0);
    z - step / (1.0 + z * step / 2.0)
}

/// P(chi-square with `df` > x).
pub(crate) fn chi_square_above(x: f64, df: f64) -> f64 {
    if x <= 0.0 { 1.0 } else { gamma_above(df / 2.0, x / 2.0) }
}

/// P(|T| > |t|) of Student's t with `df`.
pub(crate) fn student_two_sided(t: f64, df: f64) -> f64 {
    if df >= NORMAL_FROM_DF {
        return normal_two_sided(t);
    }
    beta_below(df / (df + t * t), df / 2.0, 0.5)
}

/// The t with P(|T| > t) = `outside`, for 0 < outside < 1. Halves an interval until it is as short as numbers get.
pub(crate) fn student_two_sided_quantile(outside: f64, df: f64) -> f64 {
    let normal = normal_quantile(1.0 - outside / 2.0);
    if df >= NORMAL_FROM_DF {
        return normal;
    }
    let (mut low, mut high) = (0.0, normal.max(1.0));
    while student_two_sided(high, df) > outside && high < 1e150 {
        high *= 2.0;
    }
    // An interval of numbers is halved at most as often as a number has bits.
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if student_two_sided(middle, df) > outside { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// P(B > k) of `n` trials with chance `p`, for 0 < p < 1.
pub(crate) fn binomial_above(k: u64, n: u64, p: f64) -> f64 {
    if k >= n { 0.0 } else { beta_below(p, whole(k) + 1.0, whole(n - k)) }
}

/// A count as a number; counts of persons are far below 2^53.
#[expect(clippy::cast_precision_loss, reason = "counts here are far below 2^53")]
pub(crate) const fn whole(count: u64) -> f64 {
    count as f64
}

/// Natural logarithm of x!.
pub(crate) fn log_factorial(x: f64) -> f64 {
    libm::lgamma(x + 1.0)
}

/// Regularised upper incomplete gamma function Q(a, x), x > 0: DLMF 8.7.1 and 8.9.2.
fn gamma_above(a: f64, x: f64) -> f64 {
    let front = libm::exp(a * libm::log(x) - x - libm::lgamma(a));
    if x < a + 1.0 {
        let (mut term, mut sum, mut step) = (1.0 / a, 1.0 / a, a);
        for _ in 0..STEPS_MAX {
            step += 1.0;
            term *= x / step;
            sum += term;
            if term < sum * 1e-17 {
                break;
            }
        }
        (1.0 - front * sum).clamp(0.0, 1.0)
    } else {
        // Lentz's method, modified: Thompson, Barnett (1986), doi:10.1016/0021-9991(86)90046-X.
        let mut b = x + 1.0 - a;
        let (mut c, mut d) = (1.0 / TINY, 1.0 / b);
        let mut fraction = d;
        for step in 1..STEPS_MAX {
            let i = f64::from(step);
            let numerator = -i * (i - a);
            b += 2.0;
            d = 1.0 / guarded(numerator * d + b);
            c = guarded(b + numerator / c);
            fraction *= d * c;
            if (d * c - 1.0).abs() < 1e-16 {
                break;
            }
        }
        (front * fraction).clamp(0.0, 1.0)
    }
}

/// Regularised incomplete beta function I_x(a, b): DLMF 8.17.22.
fn beta_below(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let log_beta = libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
    let front = libm::exp(a * libm::log(x) + b * libm::log1p(-x) - log_beta);
    let value = if x < (a + 1.0) / (a + b + 2.0) {
        front * beta_fraction(x, a, b) / a
    } else {
        1.0 - front * beta_fraction(1.0 - x, b, a) / b
    };
    value.clamp(0.0, 1.0)
}

fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    let mut c = 1.0;
    let mut d = 1.0 / guarded(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for step in 1..STEPS_MAX {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for numerator in [even, odd] {
            d = 1.0 / guarded(1.0 + numerator * d);
            c = guarded(1.0 + numerator / c);
            change = d * c;
            fraction *= change;
        }
        if (change - 1.0).abs() < 1e-16 {
            break;
        }
    }
    fraction
}

const fn guarded(value: f64) -> f64 {
    if value.abs() < TINY { TINY } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of R 4.2.2: `pnorm`, `qnorm`, `pchisq`, `pt`, `qt`, `pbinom`.
    #[test]
    fn probabilities_are_those_of_r() {
        let close = |ours: f64, theirs: f64| {
            assert!((ours / theirs - 1.0).abs() < 1e-11, "{ours:e} and {theirs:e}");
        };
        close(normal_above(1.959_963_984_540_054), 0.025);
        close(normal_above(10.0), 7.619_853_024_160_526e-24);
        close(normal_quantile(0.975), 1.959_963_984_540_054);
        close(normal_quantile(1e-9), -5.997_807_015_007_686);
        close(normal_quantile(0.3), -0.524_400_512_708_040_7);
        close(chi_square_above(3.841_458_820_694_124, 1.0), 0.05);
        close(chi_square_above(60.0, 3.0), 5.878_230_727_906_913e-13);
        close(chi_square_above(0.5, 10.0), 0.999_993_388_289_439);
        close(student_two_sided(2.5, 7.0), 0.040_992_218_585_752_87);
        close(student_two_sided_quantile(0.05, 3.0), 3.182_446_305_284_263);
        close(student_two_sided_quantile(0.05, 607.0), 1.963_879_846_302_061);
        close(binomial_above(12, 20, 0.5), 0.131_587_982_177_734_4);
    }
}
