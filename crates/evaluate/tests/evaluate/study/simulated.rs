//! Studies of which the truth is known, many times over: is the main estimate right, and does its interval hold?
//!
//! Persons have a sex, an age band, a district and earlier arrests. Being referred depends on all of them, and so do arrests after;
//! some persons are arrested more than others for reasons that no record has. The programme multiplies arrests by a
//! known factor. Then the linkage loses some events and adds some of others, by arm.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use tallystick_evaluate::linkage::{LinkQuality, LogRatio, Rate, corrected_rate_ratio};
use tallystick_evaluate::regression::Estimate;
use tallystick_evaluate::study::estimates::estimates;
use tallystick_evaluate::study::matched::Matched;
use tallystick_evaluate::study::people::{Linkage, WindowCounts};
use tallystick_evaluate::study::{People, Plan};
use tallystick_evaluate::{Covariate, Values};

/// Clients of a study.
pub(crate) const CLIENTS: usize = 250;
/// Persons of the comparison.
pub(crate) const POOL: usize = 2_000;
/// Events whose links somebody looked at, in each arm, to estimate the rates of error.
const LOOKED_AT: u32 = 400;

/// What is true, and how well it is linked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Truth {
    pub(crate) ratio: f64,
    /// Share of events lost of the pool and of clients.
    pub(crate) missed: [f64; 2],
    /// Share of linked events that are of others.
    pub(crate) wrong: [f64; 2],
}

/// What many studies found.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Found {
    /// Mean of the logarithms of estimates less that of the truth, and its Monte-Carlo error.
    pub(crate) bias: f64,
    pub(crate) bias_error: f64,
    /// Share of intervals that hold the truth.
    pub(crate) coverage: f64,
    /// Share of intervals that do not hold 1.
    pub(crate) findings: f64,
}

struct Draw(ChaCha8Rng);

impl Draw {
    fn share(&mut self) -> f64 {
        f64::from(self.0.next_u32()) / 4_294_967_296.0
    }

    fn is(&mut self, chance: f64) -> bool {
        self.share() < chance
    }

    /// Waits between events of rate 1 that fit into `rate`.
    fn poisson(&mut self, rate: f64) -> u32 {
        let (mut sum, mut count) = (0.0, 0);
        loop {
            sum -= libm::log(1.0 - self.share());
            if sum > rate {
                return count;
            }
            count += 1;
        }
    }

    /// Of mean 1 and variance 1/2: the mean of two waits.
    fn heat(&mut self) -> f64 {
        -0.5 * (libm::log(1.0 - self.share()) + libm::log(1.0 - self.share()))
    }
}

/// Columns of a study.
#[derive(Default)]
struct Columns {
    programme: Vec<bool>,
    sex: Vec<Option<u32>>,
    age: Vec<Option<u32>>,
    district: Vec<Option<u32>>,
    prior: Vec<Option<f64>>,
    events: Vec<Option<f64>>,
}

fn study(truth: &Truth, draw: &mut Draw) -> People {
    let mut columns = Columns::default();
    let mut left = [POOL, CLIENTS];
    while left != [0, 0] {
        let sex = u32::from(draw.is(0.35));
        let age = u32::from(draw.is(0.75)) + u32::from(draw.is(0.3));
        let district = u32::from(draw.is(0.5));
        let heat = draw.heat();
        let prior = draw.poisson(0.9 * heat);
        let priors = f64::from(prior.min(6));
        let logit = -1.6 + 0.3 * f64::from(sex) + 0.3 * f64::from(district) + 0.25 * priors
            - 0.15 * f64::from(age);
        let arm = usize::from(draw.is(1.0 / (1.0 + libm::exp(-logit))));
        if left[arm] == 0 {
            continue;
        }
        left[arm] -= 1;
        let base = 0.45 + 0.22 * priors + 0.1 * f64::from(district) - 0.06 * f64::from(age);
        let ratio = if arm == 1 { truth.ratio } else { 1.0 };
        // What no record has moves arrests, and not referrals.
        let hidden = draw.heat();
        let true_events = draw.poisson(base * ratio * hidden);
        let kept = (0..true_events).filter(|_| !draw.is(truth.missed[arm])).count();
        let kept = f64::from(u32::try_from(kept).unwrap());
        let (missed, wrong) = (truth.missed[arm], truth.wrong[arm]);
        let of_others = draw.poisson(base * ratio * (1.0 - missed) * wrong / (1.0 - wrong));
        columns.programme.push(arm == 1);
        columns.sex.push(Some(sex));
        columns.age.push(Some(age));
        columns.district.push(Some(district));
        columns.prior.push(Some(f64::from(prior)));
        columns.events.push(Some(kept + f64::from(of_others)));
    }
    people(columns)
}

fn people(columns: Columns) -> People {
    let rows = columns.programme.len();
    let category = |name: &str, codes, levels| Covariate {
        name: name.to_owned(),
        values: Values::Category { codes, levels },
    };
    let prior = Values::Number(columns.prior);
    People {
        rows: (0..rows).collect(),
        programme: columns.programme,
        covariates: vec![
            category("sex", columns.sex, 2),
            category("age", columns.age, 3),
            category("district", columns.district, 2),
            Covariate { name: "prior".to_owned(), values: prior },
        ],
        levels: vec![Vec::new(); 4],
        strata: vec![0; rows],
        windows: vec![WindowCounts {
            name: "POST365".to_owned(),
            counts: vec![columns.events],
            days_at_risk: None,
        }],
    }
}

fn plan() -> Plan {
    let text = "programme = \"A\"\ncomparison = \"B\"\n[score]\ncategories = [\"sex\", \"age\", \"district\"]\nnumbers = [\"prior\"]\n\
                [outcomes]\nwindows = [\"POST365\"]\ncounts = [\"n\"]\nmain = \"n\"\n";
    Plan::parse(text).unwrap()
}

/// A rate as somebody estimates it who looked at some events.
fn looked_at(rate: f64, draw: &mut Draw) -> Rate {
    let found = (0..LOOKED_AT).filter(|_| draw.is(rate)).count();
    let value = f64::from(u32::try_from(found).unwrap()) / f64::from(LOOKED_AT);
    Rate { value, standard_error: (value * (1.0 - value) / f64::from(LOOKED_AT)).sqrt() }
}

fn corrected(found: &Estimate, truth: &Truth, draw: &mut Draw) -> Estimate {
    let log =
        LogRatio { log_ratio: libm::log(found.estimate), standard_error: found.standard_error };
    let mut quality = |arm: usize| LinkQuality {
        missed: looked_at(truth.missed[arm], draw),
        wrong: looked_at(truth.wrong[arm], draw),
    };
    let (programme, comparison) = (quality(1), quality(0));
    corrected_rate_ratio(&log, &programme, &comparison, 0.95).unwrap()
}

/// So many studies: as estimated, and corrected for the linkage.
pub(crate) fn simulate(truth: &Truth, studies: u32, seed: u64) -> [Found; 2] {
    let plan = plan();
    let mut all: [Vec<Estimate>; 2] = [Vec::new(), Vec::new()];
    for number in 0..studies {
        let mut draw = Draw(ChaCha8Rng::seed_from_u64(seed + u64::from(number)));
        let people = study(truth, &mut draw);
        let matched = Matched::make(&plan, &people).unwrap();
        let found = estimates(&plan, &people, Some(&matched), Linkage::Main);
        let ratio = found[0].rate_ratio.clone().unwrap();
        all[0].push(ratio);
        all[1].push(corrected(&ratio, truth, &mut draw));
    }
    all.map(|all| summed(&all, truth.ratio))
}

fn summed(all: &[Estimate], truth: f64) -> Found {
    let count = f64::from(u32::try_from(all.len()).unwrap());
    let logs: Vec<f64> = all.iter().map(|it| libm::log(it.estimate / truth)).collect();
    let bias = logs.iter().sum::<f64>() / count;
    let spread = logs.iter().map(|log| (log - bias) * (log - bias)).sum::<f64>() / (count - 1.0);
    let share = |fits: &dyn Fn(&Estimate) -> bool| {
        f64::from(u32::try_from(all.iter().filter(|it| fits(it)).count()).unwrap()) / count
    };
    Found {
        bias,
        bias_error: (spread / count).sqrt(),
        coverage: share(&|it| it.lower <= truth && truth <= it.upper),
        findings: share(&|it| it.lower > 1.0 || it.upper < 1.0),
    }
}
