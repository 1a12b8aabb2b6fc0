//! Takes values, gives places along an axis and its ticks, refuses nothing: values outside are
//! drawn at the end.

use crate::numbers;

/// How values become places from 0 to 1.
#[derive(Clone, Copy, Debug)]
pub enum Scale {
    /// Counts from zero.
    Counts {
        /// Largest count.
        max: f64,
    },
    /// Counts from zero, logarithmic in `count + 1` so that zero has a place.
    LogCounts {
        /// Largest count.
        max: f64,
    },
    /// Shares on a straight axis that ends at 1.
    Shares {
        /// Where the axis begins.
        min: f64,
    },
    /// Shares on a logarithmic axis that ends at 1; begins at a power of ten.
    LogShares {
        /// Exponent of ten at the beginning; negative.
        exponent: i32,
    },
    /// Weights in bits, with zero between the ends.
    Bits {
        /// Lowest weight.
        min: f64,
        /// Highest weight.
        max: f64,
    },
    /// Numbers, such as differences of means.
    Numbers {
        /// Where the axis begins.
        min: f64,
        /// Where it ends.
        max: f64,
    },
    /// Shares or differences of shares, in percent.
    Percents {
        /// Where the axis begins, as a share.
        min: f64,
        /// Where it ends, as a share.
        max: f64,
    },
    /// Ratios on a logarithmic axis, such as hazard ratios.
    Ratios {
        /// Where the axis begins; above 0.
        min: f64,
        /// Where it ends.
        max: f64,
    },
}

/// One mark on an axis.
#[derive(Clone, Debug)]
pub struct Tick {
    /// Its value.
    pub value: f64,
    /// Its label.
    pub label: String,
}

impl Scale {
    /// Counts from zero to the largest given.
    pub fn counts(values: impl Iterator<Item = u64>) -> Self {
        Self::Counts { max: largest(values) }
    }

    /// The same, logarithmic.
    pub fn log_counts(values: impl Iterator<Item = u64>) -> Self {
        Self::LogCounts { max: largest(values) }
    }

    /// Shares from a round number below the least given to 1.
    pub fn shares_from(values: impl Iterator<Item = f64>) -> Self {
        let least = values.filter(|value| value.is_finite()).fold(0.95, f64::min);
        let tenth = (least * 20.0 - 0.2).floor() / 20.0;
        Self::Shares { min: if tenth < 0.3 { 0.0 } else { tenth } }
    }

    /// Shares down to the even power of ten below the least given, at most six powers.
    pub fn log_shares(values: impl Iterator<Item = f64>) -> Self {
        let least = values.filter(|value| *value > 0.0).fold(0.1, f64::min);
        let mut exponent = -2;
        while exponent > -6 && libm::exp10(f64::from(exponent)) > least {
            exponent -= 2;
        }
        Self::LogShares { exponent }
    }

    /// Weights that hold zero and all given.
    pub fn bits(values: impl Iterator<Item = f64>) -> Self {
        let (min, max) = values
            .filter(|value| value.is_finite())
            .fold((-1.0_f64, 1.0_f64), |(min, max), v| (min.min(v), max.max(v)));
        Self::Bits { min, max }
    }

    /// Numbers that hold all given and zero.
    pub fn numbers(values: impl Iterator<Item = f64>) -> Self {
        let (min, max) = ends(values.chain([0.0])).unwrap_or((0.0, 1.0));
        Self::Numbers { min, max: if max > min { max } else { min + 1.0 } }
    }

    /// Shares, or differences of them, that hold all given and zero.
    pub fn percents(values: impl Iterator<Item = f64>) -> Self {
        let (min, max) = ends(values.chain([0.0])).unwrap_or((0.0, 1.0));
        Self::Percents { min, max: if max > min { max } else { min + 0.01 } }
    }

    /// Ratios that hold all given that are above zero, and 1.
    pub fn ratios(values: impl Iterator<Item = f64>) -> Self {
        let (min, max) =
            ends(values.filter(|value| *value > 0.0).chain([1.0])).unwrap_or((1.0, 1.0));
        Self::Ratios { min: min.min(0.9), max: max.max(1.1) }
    }

    /// Where the axis begins; zero where it lies between the ends.
    pub fn origin(self) -> f64 {
        match self {
            Self::Numbers { min, max } | Self::Percents { min, max } => 0.0_f64.clamp(min, max),
            Self::Ratios { min, .. } => min,
            Self::Counts { .. } | Self::LogCounts { .. } | Self::Bits { .. } => 0.0,
            Self::Shares { min } => min,
            Self::LogShares { exponent } => libm::exp10(f64::from(exponent)),
        }
    }

    /// Place from 0 to 1.
    pub fn place(self, value: f64) -> f64 {
        let place = match self {
            Self::Counts { max } => value / max,
            Self::LogCounts { max } => libm::log10(value + 1.0) / libm::log10(max + 1.0),
            Self::Shares { min } => (value - min) / (1.0 - min),
            Self::LogShares { exponent } => 1.0 - libm::log10(value) / f64::from(exponent),
            Self::Bits { min, max } | Self::Numbers { min, max } | Self::Percents { min, max } => {
                (value - min) / (max - min)
            }
            Self::Ratios { min, max } => libm::log(value / min) / libm::log(max / min),
        };
        if place.is_nan() { 0.0 } else { place.clamp(0.0, 1.0) }
    }

    /// Ticks at round values, about `wanted` of them.
    pub fn ticks(self, wanted: u32) -> Vec<Tick> {
        match self {
            Self::Counts { max } => {
                let step = round_step(max, wanted).max(1.0);
                steps(0.0, max, step).map(|v| tick(v, numbers::short_count(v))).collect()
            }
            Self::LogCounts { max } => log_ticks(max, wanted),
            Self::Shares { min } => {
                let step = round_step(1.0 - min, wanted).max(0.01);
                let first = (min / step - 1e-6).ceil() * step;
                steps(first, 1.0, step).map(|v| tick(v, format!("{:.0}%", v * 100.0))).collect()
            }
            Self::LogShares { exponent } => (exponent..=0)
                .filter(|power| wanted >= 6 || power % 2 == 0)
                .map(|power| {
                    let digits = usize::try_from(-power - 2).unwrap_or(0);
                    let value = libm::exp10(f64::from(power));
                    tick(value, format!("{:.digits$}%", value * 100.0))
                })
                .collect(),
            Self::Bits { min, max } => {
                let step = round_step(max - min, wanted).max(1.0);
                let first = (min / step).ceil() * step;
                steps(first, max, step).map(|v| tick(v, whole_bits(v))).collect()
            }
            Self::Numbers { min, max } => {
                let step = round_step(max - min, wanted);
                let first = (min / step - 1e-6).ceil() * step;
                steps(first, max, step).map(|v| tick(v, numbers::stepped(v, step))).collect()
            }
            Self::Percents { min, max } => {
                let step = round_step(max - min, wanted);
                let first = (min / step - 1e-6).ceil() * step;
                let label = |v: f64| format!("{}%", numbers::stepped(v * 100.0, step * 100.0));
                steps(first, max, step).map(|v| tick(v, label(v))).collect()
            }
            Self::Ratios { min, max } => ratio_ticks(min, max, wanted),
        }
    }
}

/// Whole bits with a sign.
pub(crate) fn whole_bits(value: f64) -> String {
    let size = format!("{:.0}", value.abs());
    match (size.as_str(), value < 0.0) {
        ("0", _) => size,
        (_, true) => format!("\u{2212}{size}"),
        (_, false) => format!("+{size}"),
    }
}

fn tick(value: f64, label: String) -> Tick {
    Tick { value, label }
}

fn largest(values: impl Iterator<Item = u64>) -> f64 {
    values.max().unwrap_or(0).max(1) as f64
}

/// Zero and powers of ten; each power, or each second or third, so that labels stay apart.
fn log_ticks(max: f64, wanted: u32) -> Vec<Tick> {
    let powers = libm::log10(max).floor();
    let stride = (powers / f64::from(wanted)).ceil().max(1.0);
    let mut ticks = vec![tick(0.0, "0".to_owned())];
    ticks.extend(steps(0.0, powers, stride).map(|power| {
        let value = libm::exp10(power);
        tick(value, numbers::short_count(value))
    }));
    ticks
}

/// Round ratios: steps where the axis is short, else powers of two, or of ten where it is long.
fn ratio_ticks(min: f64, max: f64, wanted: u32) -> Vec<Tick> {
    let span = max / min;
    if span < 4.0 {
        let step = round_step(max - min, wanted);
        let first = (min / step - 1e-6).ceil() * step;
        return steps(first, max, step).map(|v| tick(v, numbers::stepped(v, step))).collect();
    }
    let base = if span < 200.0 { 2.0 } else { 10.0 };
    let power = |value: f64| libm::log(value) / libm::log(base);
    let (first, last) = ((power(min) - 1e-6).ceil(), (power(max) + 1e-6).floor());
    let powers = steps(first, last, 1.0).map(|power| libm::pow(base, power));
    powers.map(|v| tick(v, numbers::plain(v))).collect()
}

/// Least and largest of the numbers among values.
fn ends(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.filter(|value| value.is_finite()).fold(None, |ends, value| {
        let (min, max) = ends.unwrap_or((value, value));
        Some((min.min(value), max.max(value)))
    })
}

/// First, first + step, ... up to last.
pub(crate) fn steps(first: f64, last: f64, step: f64) -> impl Iterator<Item = f64> {
    (0..200_u32)
        .map(move |index| first + step * f64::from(index))
        .take_while(move |value| *value <= last + step * 1e-6)
}

/// 1, 2 or 5 times a power of ten, so that a span holds about so many steps.
pub(crate) fn round_step(span: f64, wanted: u32) -> f64 {
    let rough = span / f64::from(wanted.max(1));
    let power = libm::exp10(libm::log10(rough).floor());
    let factor = rough / power;
    power
        * if factor > 5.0 {
            10.0
        } else if factor > 2.0 {
            5.0
        } else if factor > 1.0 {
            2.0
        } else {
            1.0
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(scale: Scale, wanted: u32) -> Vec<String> {
        scale.ticks(wanted).into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(labels(Scale::Counts { max: 48_000.0 }, 5), ["0", "10k", "20k", "30k", "40k"]);
        assert_eq!(labels(Scale::Counts { max: 1.0 }, 5), ["0", "1"]);
        assert_eq!(labels(Scale::LogCounts { max: 1_234.0 }, 6), ["0", "1", "10", "100", "1,000"]);
        assert_eq!(
            labels(Scale::Bits { min: -7.0, max: 12.0 }, 5),
            ["\u{2212}5", "0", "+5", "+10"]
        );
        assert_eq!(labels(Scale::Shares { min: 0.85 }, 4), ["85%", "90%", "95%", "100%"]);
        assert_eq!(
            labels(Scale::Percents { min: -0.05, max: 0.08 }, 4),
            ["\u{2212}5%", "0%", "5%"]
        );
        assert_eq!(labels(Scale::Ratios { min: 0.4, max: 5.0 }, 6), ["0.5", "1", "2", "4"]);
        assert_eq!(
            labels(Scale::Ratios { min: 0.8, max: 1.2 }, 4),
            ["0.8", "0.9", "1.0", "1.1", "1.2"]
        );
        assert_eq!(labels(Scale::Numbers { min: 0.0, max: 0.42 }, 4), ["0.0", "0.2", "0.4"]);
        assert_eq!(labels(Scale::LogShares { exponent: -3 }, 6), ["0.1%", "1%", "10%", "100%"]);
    }

    #[test]
    fn places_stay_on_the_axis() {
        for scale in [
            Scale::counts([].into_iter()),
            Scale::log_counts([0].into_iter()),
            Scale::shares_from([f64::NAN].into_iter()),
            Scale::log_shares([0.0].into_iter()),
            Scale::bits([f64::NEG_INFINITY].into_iter()),
            Scale::numbers([f64::NAN].into_iter()),
            Scale::percents([f64::INFINITY].into_iter()),
            Scale::ratios([0.0, -1.0].into_iter()),
        ] {
            for value in [f64::NAN, f64::NEG_INFINITY, -1.0, 0.0, 0.5, 1e30, f64::INFINITY] {
                assert!((0.0..=1.0).contains(&scale.place(value)), "{scale:?} {value}");
            }
        }
    }
}
