//! Nearest-neighbour matching.
//!
//! Takes scores, who is in the programme and ids; gives for each person of the programme up to `ratio` persons of the
//! comparison pool whose scores are nearest, none further than the caliper. Refuses columns that do not fit together
//! and a matching that finds nobody.
//!
//! Greedy, in rounds: every person of the programme chooses once in a stated order, then all a second time. Of two
//! equally near the one with the lower score is taken, of equal scores the one whose id is next. These are the rules
//! of R's MatchIt 4.5 (`method = "nearest"`): Ho, Imai, King, Stuart (2011), doi:10.18637/jss.v042.i08. Scores are
//! sorted once and those taken are skipped, so that a pool of a million takes seconds.

use super::both_arms;
use crate::distribution::whole;
use crate::error::{Error, finite, same_length};

/// In which order persons of the programme choose.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Order {
    /// The highest score first: those hardest to match.
    Largest,
    /// The lowest score first.
    Smallest,
    /// By id.
    Data,
}

/// How to match.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MatchingSettings<'a> {
    /// Persons of the pool for each person of the programme, at least 1.
    pub ratio: u32,
    /// Largest distance, in standard deviations of the scores of all persons who are not discarded.
    pub caliper: Option<f64>,
    /// Whether a person of the pool can be chosen by several.
    pub replace: bool,
    /// Who chooses first. With replacement it makes no difference.
    pub order: Order,
    /// Persons match only within the same stratum: a number a row.
    pub strata: Option<&'a [u32]>,
    /// Persons outside of the common support, who neither choose nor are chosen.
    pub discarded: Option<&'a [bool]>,
}

impl Default for MatchingSettings<'_> {
    /// One neighbour each within 0.2 standard deviations of the logit, without replacement, the highest scores first.
    /// The caliper is Austin's (2011), doi:10.1002/pst.433.
    fn default() -> Self {
        Self {
            ratio: 1,
            caliper: Some(0.2),
            replace: false,
            order: Order::Largest,
            strata: None,
            discarded: None,
        }
    }
}

/// Matched sets.
#[derive(Clone, Debug, PartialEq)]
pub struct Matching {
    /// Rows of the programme in the order of ids, each with the rows it chose, in the order chosen. Those who found
    /// nobody are here with an empty list.
    pub sets: Vec<(usize, Vec<usize>)>,
    /// Weight of each row: 1 for matched persons of the programme; for the pool the sum of their shares in sets,
    /// scaled so that all weights of the pool add up to its matched persons. 0 for whom nobody chose.
    pub weights: Vec<f64>,
    /// The caliper as a distance.
    pub caliper: Option<f64>,
}

impl Matching {
    /// The number of each row's set, counted in the order of ids; `None` for unmatched rows. With replacement a
    /// person is in several sets, and there is no such number: then `None` as a whole.
    pub fn set_numbers(&self) -> Option<Vec<Option<u32>>> {
        let mut numbers = vec![None; self.weights.len()];
        for (number, (row, chosen)) in (0_u32..).zip(self.matched()) {
            numbers[*row] = Some(number);
            for other in chosen {
                if numbers[*other].replace(number).is_some() {
                    return None;
                }
            }
        }
        Some(numbers)
    }

    /// Sets of at least two persons.
    pub fn matched(&self) -> impl Iterator<Item = &(usize, Vec<usize>)> {
        self.sets.iter().filter(|(_, chosen)| !chosen.is_empty())
    }

    /// How many persons of the programme found nobody.
    pub fn unmatched(&self) -> usize {
        self.sets.len() - self.matched().count()
    }
}

/// Matches by nearest scores; take logits. Ids are unique, in any order; rows may stand in any order too: the sets
/// depend on ids alone.
pub fn match_nearest(
    ids: &[u64],
    programme: &[bool],
    scores: &[f64],
    settings: &MatchingSettings<'_>,
) -> Result<Matching, Error> {
    let rows = programme.len();
    both_arms(programme, None)?;
    same_length("ids", rows, ids.len())?;
    same_length("scores", rows, scores.len())?;
    finite("scores", scores)?;
    let strata = settings.strata.map_or_else(|| vec![0; rows], <[u32]>::to_vec);
    same_length("strata", rows, strata.len())?;
    let discarded = settings.discarded.map_or_else(|| vec![false; rows], <[bool]>::to_vec);
    same_length("discarded", rows, discarded.len())?;
    if settings.ratio == 0 {
        return Err(Error::Setting { name: "ratio" });
    }
    let by_id = ranks(ids)?;
    let caliper = distance_max(&by_id, scores, &discarded, settings.caliper)?;
    let mut order: Vec<usize> = by_id.clone();
    order.sort_by(|a, b| strata[*a].cmp(&strata[*b]).then(scores[*a].total_cmp(&scores[*b])));
    let mut chosen = vec![Vec::new(); rows];
    for stratum in order.chunk_by(|a, b| strata[*a] == strata[*b]) {
        let pool = Pool::new(stratum, programme, scores, &discarded, caliper);
        pool.choose(settings, ids, &mut chosen);
    }
    let persons = by_id.into_iter().filter(|row| programme[*row]);
    let sets: Vec<_> = persons.map(|row| (row, std::mem::take(&mut chosen[row]))).collect();
    let weights = set_weights(sets.iter(), rows)?;
    Ok(Matching { sets, weights, caliper })
}

/// Rows by their ids.
fn ranks(ids: &[u64]) -> Result<Vec<usize>, Error> {
    let mut order: Vec<usize> = (0..ids.len()).collect();
    order.sort_by_key(|row| ids[*row]);
    match order.windows(2).find(|pair| ids[pair[0]] == ids[pair[1]]) {
        Some(pair) => Err(Error::OutOfRange { what: "ids", row: pair[1] }),
        None => Ok(order),
    }
}

/// The caliper as a distance; sums run by id, so that the order of rows changes no bit.
fn distance_max(
    by_id: &[usize],
    scores: &[f64],
    discarded: &[bool],
    caliper: Option<f64>,
) -> Result<Option<f64>, Error> {
    let Some(caliper) = caliper else { return Ok(None) };
    if !(caliper > 0.0 && caliper.is_finite()) {
        return Err(Error::Setting { name: "caliper" });
    }
    let kept: Vec<f64> =
        by_id.iter().filter(|row| !discarded[**row]).map(|row| scores[*row]).collect();
    if kept.len() < 2 {
        return Err(Error::TooFew {
            what: "persons in common support",
            needed: 2,
            found: kept.len(),
        });
    }
    let count = whole(kept.len() as u64);
    let mean = kept.iter().sum::<f64>() / count;
    let squares: f64 = kept.iter().map(|score| (score - mean) * (score - mean)).sum();
    Ok(Some(caliper * (squares / (count - 1.0)).sqrt()))
}

/// One stratum's persons by score, then id, with who can still be chosen.
struct Pool<'a> {
    persons: &'a [usize],
    programme: &'a [bool],
    scores: &'a [f64],
    discarded: &'a [bool],
    caliper: Option<f64>,
    /// Place of the next person at or after each place who can be chosen; one past the end is nobody. A place of
    /// somebody taken points onwards, and what was passed is made to point at what was found.
    after: Vec<usize>,
    /// The same downwards, by place + 1; 0 is nobody.
    before: Vec<usize>,
}

impl<'a> Pool<'a> {
    fn new(
        persons: &'a [usize],
        programme: &'a [bool],
        scores: &'a [f64],
        discarded: &'a [bool],
        caliper: Option<f64>,
    ) -> Self {
        let count = persons.len();
        let mut pool = Self {
            persons,
            programme,
            scores,
            discarded,
            caliper,
            after: (0..=count).collect(),
            before: (0..=count).collect(),
        };
        for (place, row) in persons.iter().enumerate() {
            if programme[*row] || discarded[*row] {
                pool.take(place);
            }
        }
        pool
    }

    fn take(&mut self, place: usize) {
        self.after[place] = place + 1;
        self.before[place + 1] = place;
    }

    /// Lets everybody choose, in rounds.
    fn choose(mut self, settings: &MatchingSettings<'_>, ids: &[u64], chosen: &mut [Vec<usize>]) {
        let mut places: Vec<usize> = (0..self.persons.len())
            .filter(|place| {
                let row = self.persons[*place];
                self.programme[row] && !self.discarded[row]
            })
            .collect();
        let score = |place: &usize| self.scores[self.persons[*place]];
        let id = |place: &usize| ids[self.persons[*place]];
        match settings.order {
            Order::Largest => {
                places.sort_by(|a, b| score(b).total_cmp(&score(a)).then_with(|| id(a).cmp(&id(b))))
            }
            // As they stand.
            Order::Smallest => {}
            Order::Data => places.sort_by_key(id),
        }
        for _ in 0..settings.ratio {
            for place in &places {
                let row = self.persons[*place];
                let Some(found) = self.nearest(*place, &chosen[row]) else { continue };
                chosen[row].push(self.persons[found]);
                if !settings.replace {
                    self.take(found);
                }
            }
        }
    }

    /// The nearest person to a place who can be chosen and was not already.
    fn nearest(&mut self, place: usize, already: &[usize]) -> Option<usize> {
        let score = self.scores[self.persons[place]];
        let distance = |pool: &Self, at: usize| (pool.scores[pool.persons[at]] - score).abs();
        let mut right = find(&mut self.after, place);
        while right < self.persons.len() && already.contains(&self.persons[right]) {
            right = find(&mut self.after, right + 1);
        }
        let mut left = find(&mut self.before, place + 1);
        while left > 0 && already.contains(&self.persons[left - 1]) {
            left = find(&mut self.before, left - 1);
        }
        let within = |at: &usize| self.caliper.is_none_or(|most| distance(self, *at) <= most);
        let right = Some(right).filter(|at| *at < self.persons.len()).filter(within);
        let left = left.checked_sub(1).filter(within);
        match (left, right) {
            (Some(left), Some(right)) if distance(self, right) < distance(self, left) => {
                Some(right)
            }
            (Some(left), _) => Some(left),
            (None, right) => right,
        }
    }
}

/// Follows a chain to its end, and makes all that was passed point there: Tarjan, van Leeuwen (1984).
fn find(chain: &mut [usize], from: usize) -> usize {
    let mut end = from;
    while chain[end] != end {
        end = chain[end];
    }
    let mut at = from;
    while chain[at] != end {
        at = std::mem::replace(&mut chain[at], end);
    }
    end
}

/// Weights of so many rows by these sets, as [`Matching::weights`] has them.
pub(crate) fn set_weights<'a>(
    sets: impl Iterator<Item = &'a (usize, Vec<usize>)>,
    rows: usize,
) -> Result<Vec<f64>, Error> {
    let mut pool: Vec<usize> = Vec::new();
    let mut weights = vec![0.0; rows];
    let (mut share_sum, mut is_some) = (0.0, false);
    for (row, chosen) in sets.filter(|(_, chosen)| !chosen.is_empty()) {
        pool.extend(chosen);
        weights[*row] = 1.0;
        is_some = true;
        let share = 1.0 / whole(chosen.len() as u64);
        chosen.iter().for_each(|other| weights[*other] += share);
        share_sum += 1.0;
    }
    if !is_some {
        return Err(Error::NoMatches);
    }
    pool.sort_unstable();
    pool.dedup();
    let factor = whole(pool.len() as u64) / share_sum;
    pool.into_iter().for_each(|row| weights[row] *= factor);
    Ok(weights)
}
