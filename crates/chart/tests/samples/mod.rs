//! Invented numbers, one figure for each kind of chart.

use tallystick_chart::{
    Along, AtRisk, Balance, BalanceRow, Bin, Figure, Head, Histogram, IntervalRow, Intervals, Key,
    Line, LinePoint, Lines, Moment, PairedBars, PairedRow, Reference, Ruler, Scale, Shape,
    StackedBars, StackedRow, Stroke, Threshold, Tone, Waterfall, WaterfallStep, numbers,
};

/// Figures with their names.
pub(crate) fn all() -> Vec<(&'static str, Figure)> {
    vec![
        ("histogram_bits", histogram_bits()),
        ("histogram_numbers", histogram_numbers()),
        ("paired_bars", paired_bars()),
        ("waterfall", waterfall()),
        ("intervals_ratios", intervals_ratios()),
        ("intervals_percents", intervals_percents()),
        ("balance", balance()),
        ("survival", survival()),
        ("months", months()),
        ("stacked_shares", stacked(true)),
        ("stacked_counts", stacked(false)),
    ]
}

/// The same kinds with nothing in them, and with numbers that are none.
pub(crate) fn odd() -> Vec<(&'static str, Figure)> {
    let none = f64::NAN;
    let row =
        IntervalRow { value: none, low: none, high: none, ..interval("a_<b>&", 0.0, 0.0, 0.0) };
    vec![
        ("no bins", Histogram { bins: Vec::new(), ..bits_chart() }.figure(head("a"))),
        ("one bin", Histogram { bins: vec![bin(3, 0)], ..bits_chart() }.figure(head("b"))),
        ("no row", PairedBars { rows: Vec::new(), ..pairs() }.figure(head("c"))),
        ("no estimate", Intervals { rows: vec![row], ..ratios() }.figure(head("d"))),
        ("no line", Lines { lines: Vec::new(), ..by_month() }.figure(head("e"))),
        (
            "one point",
            Lines {
                lines: vec![Line {
                    name: "one".to_owned(),
                    is_stepped: false,
                    points: vec![point(0.0, none), point(0.0, 3.0)],
                }],
                ..by_month()
            }
            .figure(head("f")),
        ),
        (
            "nobody",
            StackedBars {
                rows: vec![StackedRow { name: "a".to_owned(), counts: vec![0, 0] }],
                ..parts()
            }
            .figure(head("g")),
        ),
        (
            "hostile",
            Balance {
                rows: vec![BalanceRow {
                    name: "\"><script>".to_owned(),
                    before: none,
                    after: f64::INFINITY,
                }],
                ..loves()
            }
            .figure(head("h")),
        ),
    ]
}

fn head(id: &'static str) -> Head {
    Head::new(id, format!("Figure {id}"), "Invented.")
}

fn bin(from: i32, count: u64) -> Bin {
    Bin { from: f64::from(from), to: f64::from(from + 1), count, part: Some(count as f64 / 3.0) }
}

fn bits_chart() -> Histogram {
    let count = |bits: i32| {
        let hill =
            |middle: i32, high: u64| high / (1 + u64::from((bits - middle).unsigned_abs().pow(3)));
        hill(-12, 90_000) + hill(17, 12_000) + 3
    };
    let bins: Vec<Bin> = (-20..30)
        .map(|bits| {
            let share = numbers::probability_of_bits(f64::from(bits));
            Bin { part: Some(count(bits) as f64 * share), ..bin(bits, count(bits)) }
        })
        .collect();
    let threshold = |name: &str, at: f64, stroke| Threshold {
        at,
        wide: format!("{name}: {} bits", numbers::bits(at)),
        narrow: name.to_owned(),
        stroke,
    };
    let key = |text: &'static str, tone| Key { shape: Shape::Bar, tone, text: text.into() };
    Histogram {
        scale: Scale::log_counts(bins.iter().map(|bin| bin.count)),
        bins,
        thresholds: vec![
            threshold("loose", 3.0, Stroke::Dotted),
            threshold("main", 6.5, Stroke::Solid),
            threshold("strict", 11.0, Stroke::Dashed),
        ],
        keys: vec![key("Pairs kept", Tone::Quiet), key("Expected matches", Tone::Second)],
        counted: "Pairs (logarithmic scale)".into(),
        ruler: Ruler::Bits,
    }
}

fn histogram_bits() -> Figure {
    bits_chart().figure(Head::new(
        "weights",
        "Pairs by match weight",
        "Two hills with a valley between them.",
    ))
}

fn histogram_numbers() -> Figure {
    let counts = [4, 11, 38, 92, 140, 121, 77, 31, 12, 5];
    let bins = (0..).zip(counts).map(|(index, count)| Bin {
        from: f64::from(index) / 10.0,
        to: f64::from(index + 1) / 10.0,
        count,
        part: None,
    });
    Histogram {
        bins: bins.collect(),
        thresholds: vec![Threshold {
            at: 0.85,
            wide: "trimmed above 0.85".to_owned(),
            narrow: "trimmed".to_owned(),
            stroke: Stroke::Dashed,
        }],
        keys: Vec::new(),
        counted: "Persons".into(),
        scale: Scale::counts(counts.into_iter()),
        ruler: Ruler::Numbers("Propensity score".into()),
    }
    .figure(Head::new(
        "scores",
        "Propensity scores",
        "Where both arms have persons, they can be compared.",
    ))
}

fn pairs() -> PairedBars {
    let row = |group: &str, name: &str, m: f64, u: f64| PairedRow {
        group: Some(group.to_owned()),
        name: name.to_owned(),
        shares: [m, u],
    };
    PairedBars {
        heads: ["Comparison".into(), "Level".into()],
        sides: ["m, among matches".into(), "u, among random pairs".into()],
        axis: "Share of pairs".into(),
        rows: vec![
            row("last", "equal", 0.91, 0.0012),
            row("last", "near", 0.06, 0.004),
            row("last", "different", 0.03, 0.9948),
            row("dob", "equal", 0.95, 0.000_04),
            row("dob", "one part differs", 0.04, 0.01),
            row("dob", "different", 0.01, 0.989_96),
        ],
    }
}

fn paired_bars() -> Figure {
    pairs().figure(Head::new(
        "levels",
        "m and u of each level",
        "The farther apart, the more a level says.",
    ))
}

fn waterfall() -> Figure {
    let step = |name: &str, level: &str, weight_bits: f64| WaterfallStep {
        name: name.to_owned(),
        level: level.to_owned(),
        weight_bits,
    };
    let threshold = |name: &str, at: f64, stroke| Reference { at, name: name.to_owned(), stroke };
    Waterfall {
        start: step("Before anything is compared", "", -17.2),
        steps: vec![
            step("last", "equal", 9.6),
            step("first", "near", 4.1),
            step("dob", "equal", 12.4),
            step("address", "different", -2.3),
            step("ssn4", "missing", 0.0),
        ],
        thresholds: vec![
            threshold("loose +3.0", 3.0, Stroke::Dotted),
            threshold("main +6.5", 6.5, Stroke::Solid),
            threshold("strict +11.0", 11.0, Stroke::Dashed),
        ],
    }
    .figure(Head::new(
        "waterfall",
        "How a pair\u{2019}s weight adds up",
        "Each bar begins where the one above ends.",
    ))
}

fn interval(name: &str, value: f64, low: f64, high: f64) -> IntervalRow {
    IntervalRow {
        group: None,
        name: name.to_owned(),
        value,
        low,
        high,
        shape: Shape::Dot,
        tone: Tone::First,
    }
}

fn ratios() -> Intervals {
    let rows = vec![
        interval("Main persons, adjusted", 0.81, 0.68, 0.97),
        interval("Strict persons", 0.84, 0.69, 1.02),
        interval("Loose persons", 0.79, 0.66, 0.94),
        IntervalRow {
            tone: Tone::Quiet,
            shape: Shape::Square,
            ..interval("Not adjusted", 0.62, 0.53, 0.72)
        },
        interval("Not estimable", f64::NAN, f64::NAN, f64::NAN),
    ];
    Intervals {
        heads: ["Group".into(), "Analysis".into()],
        axis: "Hazard ratio (logarithmic scale)".into(),
        scale: Scale::ratios(rows.iter().flat_map(|row| [row.low, row.high])),
        number: |value| numbers::decimals(value, 2),
        reference: Some(Reference {
            at: 1.0,
            name: "no difference".to_owned(),
            stroke: Stroke::Dashed,
        }),
        rows,
    }
}

fn intervals_ratios() -> Figure {
    ratios().figure(Head::new(
        "ratios",
        "Time to a new arrest",
        "Left of the line: later in the programme.",
    ))
}

fn intervals_percents() -> Figure {
    let row = |group: &str, name, value, low, high| IntervalRow {
        group: Some(group.to_owned()),
        ..interval(name, value, low, high)
    };
    let rows = vec![
        row("Within 6 months", "new arrest", -0.041, -0.078, -0.004),
        row("Within 6 months", "new conviction", -0.012, -0.036, 0.012),
        row("Within 12 months", "new arrest", -0.055, -0.101, -0.009),
        row("Within 12 months", "new conviction", -0.021, -0.052, 0.010),
    ];
    Intervals {
        heads: ["When".into(), "Outcome".into()],
        axis: "Difference of risks".into(),
        scale: Scale::percents(rows.iter().flat_map(|row| [row.low, row.high])),
        number: |value| format!("{} pp", numbers::decimals(value * 100.0, 1)),
        reference: Some(Reference {
            at: 0.0,
            name: "no difference".to_owned(),
            stroke: Stroke::Dashed,
        }),
        rows,
    }
    .figure(Head::new(
        "risks",
        "Difference of risks",
        "Percentage points, with 95% intervals.",
    ))
}

fn loves() -> Balance {
    let row = |name: &str, before, after| BalanceRow { name: name.to_owned(), before, after };
    Balance {
        head: "Covariate".into(),
        axis: "Standardised mean difference, without its sign".into(),
        sides: ["Before weighting".into(), "After weighting".into()],
        limit: Some(Reference { at: 0.1, name: "0.1".to_owned(), stroke: Stroke::Dashed }),
        rows: vec![
            row("Arrests in the year before", 0.42, 0.03),
            row("Age at the index incident", -0.31, -0.05),
            row("Days in custody before", 0.18, 0.11),
            row("Sex", 0.02, 0.01),
        ],
    }
}

fn balance() -> Figure {
    loves().figure(Head::new(
        "balance",
        "Balance of covariates",
        "Dots left of the line are balanced.",
    ))
}

fn point(at: f64, value: f64) -> LinePoint {
    LinePoint { at, value, low: f64::NAN, high: f64::NAN }
}

fn survival() -> Figure {
    let line = |name: &str, rate: f64| {
        let mut left = 1.0;
        let points = (0..=24_u32).map(|step| {
            let at = f64::from(step) * 15.0;
            let spread = 0.004 * f64::from(step);
            let value = left;
            left *= 1.0 - rate * (1.0 + f64::from(step % 3) / 3.0);
            LinePoint { at, value, low: value - spread, high: (value + spread).min(1.0) }
        });
        Line { name: name.to_owned(), is_stepped: true, points: points.collect() }
    };
    let numbers_left =
        |first: u32| (0..=4).map(|step| numbers::count(u64::from(first - step * 61))).collect();
    Lines {
        lines: vec![line("Programme", 0.012), line("Comparison", 0.021)],
        along: Along::Numbers("Days since the index incident".into()),
        scale: Scale::Shares { min: 0.0 },
        value: "Share without a new arrest".into(),
        number: numbers::percent,
        band: "95% interval".into(),
        moments: Vec::new(),
        at_risk: Some(AtRisk {
            at: vec![0.0, 90.0, 180.0, 270.0, 360.0],
            rows: vec![numbers_left(412), numbers_left(1_306)],
        }),
    }
    .figure(Head::new("survival", "Time to a new arrest", "Each step down is an arrest."))
}

fn by_month() -> Lines {
    let counts = [41, 44, 39, 47, 52, 50, 48, 45, 40, 38, 36, 33, 35, 31, 30, 28, 29, 27];
    let points = (0_u32..).zip(counts).map(|(month, count)| {
        let count = if month == 9 { f64::NAN } else { f64::from(count) };
        point(f64::from(month), count)
    });
    let others = (0_u32..18).map(|month| point(f64::from(month), 40.0 + f64::from(month * 7 % 9)));
    Lines {
        lines: vec![
            Line { name: "Programme".to_owned(), is_stepped: false, points: points.collect() },
            Line { name: "Comparison".to_owned(), is_stepped: false, points: others.collect() },
        ],
        along: Along::Months { year: 2023, month: 9 },
        scale: Scale::counts([52].into_iter()),
        value: "Incidents".into(),
        number: numbers::rounded,
        band: "".into(),
        moments: vec![Moment { at: 7.0, name: "The programme begins".to_owned() }],
        at_risk: None,
    }
}

fn months() -> Figure {
    by_month().figure(Head::new(
        "months",
        "Incidents by month",
        "A gap is a month with a small count, which is hidden.",
    ))
}

fn parts() -> StackedBars {
    let row = |name: &str, counts: [u64; 4]| StackedRow {
        name: name.to_owned(),
        counts: counts.to_vec(),
    };
    StackedBars {
        head: "Arm".into(),
        parts: ["Treatment", "Diversion", "Jail", "Other"].map(Into::into).to_vec(),
        axis: "Share of index incidents".into(),
        is_shares: true,
        rows: vec![
            row("Programme", [212, 118, 61, 21]),
            row("Comparison", [141, 203, 744, 218]),
            row("Excluded", [0, 3, 40, 12]),
        ],
    }
}

fn stacked(is_shares: bool) -> Figure {
    let (id, axis) = if is_shares {
        ("shares", "Share of index incidents")
    } else {
        ("counts", "Index incidents")
    };
    StackedBars { is_shares, axis: axis.into(), ..parts() }.figure(Head::new(
        id,
        axis,
        "How incidents ended, by arm.",
    ))
}
