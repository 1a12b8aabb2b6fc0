//! Takes pairs of identities of one person, gives how records of one person differ: joint templates
//! and rates by field.
//!
//! What is learned is the difference between two records, not the error of one, since both are
//! somebody's record of a person nobody sees. Stated priors count for [`PRIOR_PAIRS`] pairs.

use strsim::damerau_levenshtein;
use tallystick_encoder::nicknames;

use super::text::{
    ATTRIBUTE, CELLS, CITY, DOB, FIRST, HOUSE, LAST, MIDDLE, PHONE, Random, SEX, SSN, STREET,
    SUFFIX, Text, ZIP,
};

/// Pairs that the prior counts for, as in the training of the linkage.
pub(super) const PRIOR_PAIRS: f64 = 20.0;

/// What differs as one.
pub(super) const UNITS: [&str; 13] = [
    "first",
    "last",
    "dob",
    "ssn",
    "phone",
    "address",
    "middle",
    "suffix",
    "sex",
    "attribute 0",
    "attribute 1",
    "attribute 2",
    "attribute 3",
];

/// Prior shares of pairs that differ a little and wholly: the linkage's prior of m, its levels between
/// different and equal put together. Of telephones and addresses it has only the two together; a
/// telephone is taken to change as often as an address.
const PRIORS: [(f64, f64); UNITS.len()] = [
    (0.22, 0.08),
    (0.12, 0.08),
    (0.09, 0.06),
    (0.05, 0.05),
    (0.05, 0.25),
    (0.10, 0.25),
    (0.0, 0.05),
    (0.0, 0.10),
    (0.0, 0.03),
    (0.04, 0.08),
    (0.04, 0.08),
    (0.04, 0.08),
    (0.04, 0.08),
];

/// How two records differ in a unit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// Missing on a side.
    Unknown,
    Same,
    Little,
    Wholly,
    /// Dates: one of them is a 1 January. Names: first and last are exchanged.
    Special,
}

/// How a pair differs, and which cells the second record has.
#[derive(Clone, Debug)]
pub(super) struct Template {
    pub(super) kinds: [Kind; UNITS.len()],
    pub(super) present: [bool; CELLS],
}

impl Template {
    /// Leaves about half of the differences: those that are errors of one of the two records. Errors
    /// of both names are one event.
    pub(super) fn thin(&mut self, random: &mut Random) {
        let names = random.happens(0.5);
        for (unit, kind) in self.kinds.iter_mut().enumerate() {
            let goes = if unit < 2 { names } else { random.happens(0.5) };
            if goes {
                *kind = Kind::Same;
            }
        }
    }
}

/// Everything learned.
#[derive(Debug)]
pub(super) struct Differences {
    templates: Vec<Template>,
    /// By unit: pairs of each known kind.
    counts: [[u32; 4]; UNITS.len()],
    /// Which cells records have, for pairs that the prior makes.
    presences: Vec<[bool; CELLS]>,
}

impl Differences {
    /// Learns from pairs; `texts` are all identities.
    pub(super) fn learn<'a>(
        pairs: impl Iterator<Item = (&'a Text, &'a Text)>,
        texts: &[Text],
    ) -> Self {
        let mut counts = [[0; 4]; UNITS.len()];
        let mut templates = Vec::new();
        for (a, b) in pairs {
            let kinds = kinds(a, b);
            for (counts, kind) in counts.iter_mut().zip(kinds) {
                if kind != Kind::Unknown {
                    counts[kind as usize - 1] += 1;
                }
            }
            templates.extend([a, b].map(|text| Template { kinds, present: presence(text) }));
        }
        let presences = texts.iter().map(presence).collect();
        Self { templates, counts, presences }
    }

    /// Pairs learned from.
    pub(super) fn pairs(&self) -> usize {
        self.templates.len() / 2
    }

    /// Smoothed share of a little and of wholly different pairs in a unit, and pairs behind it.
    pub(super) fn rates(&self, unit: usize) -> (f64, f64, u32) {
        let counts = self.counts[unit];
        let pairs: u32 = counts.iter().sum();
        let total = f64::from(pairs) + PRIOR_PAIRS;
        let share = |count: u32, prior: f64| (f64::from(count) + PRIOR_PAIRS * prior) / total;
        let little = counts[1] + counts[3];
        (share(little, PRIORS[unit].0), share(counts[2], PRIORS[unit].1), pairs)
    }

    /// A template at random: of a pair seen, or of the prior. Units that the pair could not show are
    /// drawn by their rates.
    pub(super) fn draw(&self, random: &mut Random) -> Template {
        let pairs = self.pairs() as f64;
        let mut template = if random.happens(PRIOR_PAIRS / (pairs + PRIOR_PAIRS)) {
            let present = self.presences[random.below(self.presences.len())];
            Template { kinds: PRIORS.map(|prior| of_rates(prior, random)), present }
        } else {
            self.templates[random.below(self.templates.len())].clone()
        };
        for (unit, kind) in template.kinds.iter_mut().enumerate() {
            if *kind == Kind::Unknown {
                let (little, wholly, _) = self.rates(unit);
                *kind = of_rates((little, wholly), random);
            }
        }
        template
    }
}

fn of_rates((little, wholly): (f64, f64), random: &mut Random) -> Kind {
    if random.happens(wholly) {
        Kind::Wholly
    } else if random.happens(little) {
        Kind::Little
    } else {
        Kind::Same
    }
}

fn presence(text: &Text) -> [bool; CELLS] {
    core::array::from_fn(|cell| text.has(cell))
}

fn kinds(a: &Text, b: &Text) -> [Kind; UNITS.len()] {
    let by = |cell: usize, edits: usize| of_cells(&a.0[cell], &b.0[cell], edits);
    let mut first = by(FIRST, 2);
    let mut last = by(LAST, 2);
    if first == Kind::Wholly && share_root(&a.0[FIRST], &b.0[FIRST]) {
        first = Kind::Little;
    }
    let crossed = |x: usize, y: usize| of_cells(&a.0[x], &b.0[y], 1);
    let exchanged = [crossed(FIRST, LAST), crossed(LAST, FIRST)]
        .iter()
        .all(|kind| matches!(kind, Kind::Same | Kind::Little));
    if first == Kind::Wholly && last == Kind::Wholly && exchanged {
        (first, last) = (Kind::Special, Kind::Special);
    }
    let is_default = |text: &Text| text.0[DOB].ends_with("0101");
    let dob = match by(DOB, 1) {
        kind @ (Kind::Little | Kind::Wholly) if is_default(a) != is_default(b) => {
            if a.0[DOB][..4] == b.0[DOB][..4] { Kind::Special } else { kind }
        }
        Kind::Wholly if near_dates(&a.0[DOB], &b.0[DOB]) => Kind::Little,
        kind => kind,
    };
    [
        first,
        last,
        dob,
        by(SSN, 1),
        by(PHONE, 2),
        place(a, b),
        of_cells(initial(a), initial(b), 0),
        by(SUFFIX, 0),
        by(SEX, 0),
        by(ATTRIBUTE, 1),
        by(ATTRIBUTE + 1, 1),
        by(ATTRIBUTE + 2, 1),
        by(ATTRIBUTE + 3, 1),
    ]
}

fn initial(text: &Text) -> &str {
    text.0[MIDDLE].get(..1).unwrap_or("")
}

/// Equal, within some edits or one contained in the other, or wholly different.
fn of_cells(a: &str, b: &str, edits: usize) -> Kind {
    let contains = |long: &str, short: &str| short.len() >= 3 && edits > 1 && long.contains(short);
    if a.is_empty() || b.is_empty() {
        Kind::Unknown
    } else if a == b {
        Kind::Same
    } else if damerau_levenshtein(a, b) <= edits || contains(a, b) || contains(b, a) {
        Kind::Little
    } else {
        Kind::Wholly
    }
}

fn share_root(a: &str, b: &str) -> bool {
    nicknames::roots(a).any(|root| nicknames::roots(b).any(|other| other == root))
}

/// Two of year, month and day agree, or month and day are exchanged.
fn near_dates(a: &str, b: &str) -> bool {
    let parts =
        |date: &str| -> [String; 3] { [&date[..4], &date[4..6], &date[6..]].map(String::from) };
    let ([y, m, d], [v, n, e]) = (parts(a), parts(b));
    usize::from(y == v) + usize::from(m == n) + usize::from(d == e) >= 2
        || (y == v && m == e && d == n)
}

/// The place as one: people move with house, street, city and code.
fn place(a: &Text, b: &Text) -> Kind {
    let street = of_cells(&a.0[STREET], &b.0[STREET], 2);
    match (street, a.0[HOUSE] == b.0[HOUSE]) {
        (Kind::Same, true) => Kind::Same,
        (Kind::Little, true) | (Kind::Same, false) => Kind::Little,
        (Kind::Unknown, _) => match of_cells(&a.0[ZIP], &b.0[ZIP], 1) {
            Kind::Unknown => of_cells(&a.0[CITY], &b.0[CITY], 2),
            kind => kind,
        },
        _ => Kind::Wholly,
    }
}
