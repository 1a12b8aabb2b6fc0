//! Takes what the SQL selected, gives candidates as the local engine's own search would, refuses results that do not add up or that
//! the linkage's own comparison does not confirm.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use tallystick_kernels::Kernel;
use tallystick_linkage::block::{CandidatePair, Candidates, PassCounts, Sources};
use tallystick_linkage::link::{Fitted, Space, count, fit};
use tallystick_linkage::pattern::Pattern;
use tallystick_wire::ReadAt;

use crate::error::EngineError;
use crate::export::read_plan;
use crate::plan::Plan;
use crate::progress::Progress;
use crate::table::{Engine, engine_of};
use crate::train::{Rows, Sample, Totals, connects, group_of, read_pairs};
use crate::verify::{Verified, verify, verify_pairs};

/// What a result is checked against.
#[derive(Clone, Copy, Debug)]
pub struct Collecting<'a, R> {
    /// The submissions that were exported.
    pub sources: &'a Sources<'a, R>,
    /// Made anew from these and the settings at hand.
    pub plan: &'a Plan,
    /// The same, as the linkage takes it.
    pub space: &'a Space,
    /// Numbers of records that are compared with none, ascending.
    pub left_out: &'a [u32],
    /// Whether every kept pair is wanted, not only those that decide clusters.
    pub stores_all: bool,
    /// Counts bits.
    pub kernel: Kernel,
}

/// What the linkage goes on with.
#[derive(Debug)]
pub struct Collected {
    /// Pairs that connect, and those that speak against what others put together.
    pub candidates: Candidates,
    /// The model trained on all kept pairs.
    pub fitted: Fitted,
    /// What was compared again.
    pub verified: Verified,
    /// What wrote the tables, as their files say.
    pub engine: Engine,
}

/// Reads the results in the folder of an export; `progress` watches the verification.
///
/// # Errors
/// Another plan than the export's; tables that are incomplete; results that are not the linkage's own.
pub fn collect<R: ReadAt>(
    dir: &Path,
    collecting: &Collecting<'_, R>,
    progress: Progress<'_>,
) -> Result<Collected, EngineError> {
    let Collecting { plan, space, .. } = *collecting;
    if let Some(what) = read_plan(dir)?.difference(plan) {
        return Err(EngineError::PlanDiffers { path: dir.to_owned(), what });
    }
    let totals = Totals::read(dir, plan)?;
    let sample = Sample::new(plan, totals.pairs, totals.boundary_pairs);
    let mut candidates = totals.candidates;
    let checked = verify(dir, collecting, (&candidates.passes, &sample), progress)?;
    for (stated, counted) in candidates.passes.iter_mut().zip(checked.counts) {
        let PassCounts { pairs_compared, pairs_kept, .. } = *stated;
        *stated = PassCounts { pairs_compared, pairs_kept, ..counted };
    }
    let fitted = fit(space, &candidates);
    let connecting = fitted.connecting(plan.connect_mbit);
    for (group, patterns) in candidates.patterns.iter_mut().enumerate() {
        for count in patterns {
            count.stored = collecting.stores_all || connects(&connecting, group, count.pattern);
        }
    }
    let joins = |pair: &CandidatePair| connects(&connecting, group_of(space, pair), pair.pattern());
    let outcomes = &checked.outcomes;
    let path = dir.join("out/edges");
    candidates.pairs = read_pairs(&path, plan, space, &candidates.patterns, Rows::Kept)?;
    let wanted = |group: usize, pattern| connects(&connecting, group, pattern);
    check_complete(&path, space, &candidates, &candidates.pairs, &wanted)?;
    verify_pairs(&candidates.pairs, outcomes, &sample, joins)?;
    if collecting.stores_all {
        let path = dir.join("out/pairs");
        candidates.pairs = read_pairs(&path, plan, space, &candidates.patterns, Rows::All)?;
        check_complete(&path, space, &candidates, &candidates.pairs, &|_, _| true)?;
        verify_pairs(&candidates.pairs, outcomes, &sample, |_| true)?;
    } else if !plan.is_in_pairs() {
        let numbers = fitted.companies(space, &candidates, plan.connect_mbit);
        let pairs = against(dir, plan, space, (&candidates, &connecting), &numbers)?;
        let parts = |pair: &CandidatePair| {
            let (a, b) = pair.records();
            !joins(pair) && numbers[a as usize] == numbers[b as usize]
        };
        verify_pairs(&pairs, outcomes, &sample, parts)?;
        // The search within companies counts pairs that connect again; so does this.
        let connect = candidates.pairs.iter().filter(|pair| {
            let (a, b) = pair.records();
            numbers[a as usize] == numbers[b as usize]
        });
        let mut all: Vec<CandidatePair> = connect.chain(&pairs).copied().collect();
        all.sort_unstable();
        candidates.add_stored(Candidates { pairs, ..count(space, all) });
    }
    let engine = engine_of(&dir.join("out/histogram"))?;
    Ok(Collected { candidates, fitted, verified: checked.verified, engine })
}

/// Refuses pairs that are not all of the wanted patterns, as many as were counted of each.
fn check_complete(
    path: &Path,
    space: &Space,
    candidates: &Candidates,
    pairs: &[CandidatePair],
    is_wanted: &dyn Fn(usize, Pattern) -> bool,
) -> Result<(), EngineError> {
    let mut found: Vec<BTreeMap<Pattern, [u64; 3]>> =
        vec![BTreeMap::new(); candidates.patterns.len()];
    for pair in pairs {
        let met = found[group_of(space, pair)].entry(pair.pattern()).or_default();
        met[pair.passes().count_ones().clamp(1, 3) as usize - 1] += 1;
    }
    for (group, (counts, found)) in candidates.patterns.iter().zip(&found).enumerate() {
        let wanted = counts.iter().filter(|count| is_wanted(group, count.pattern));
        let wanted: BTreeMap<Pattern, [u64; 3]> =
            wanted.map(|count| (count.pattern, count.met)).collect();
        if wanted != *found {
            return Err(EngineError::table(path, "not the pairs that the histogram counts"));
        }
    }
    Ok(())
}

/// Pairs that do not connect, of records that others put together.
fn against(
    dir: &Path,
    plan: &Plan,
    space: &Space,
    (candidates, connecting): (&Candidates, &[HashSet<Pattern>]),
    companies: &[u32],
) -> Result<Vec<CandidatePair>, EngineError> {
    let path = dir.join("out/against");
    let pairs = read_pairs(&path, plan, space, &candidates.patterns, Rows::Kept)?;
    for pair in &pairs {
        let (a, b) = pair.records();
        if connects(connecting, group_of(space, pair), pair.pattern())
            || companies[a as usize] != companies[b as usize]
        {
            return Err(EngineError::table(&path, "a pair that does not belong there"));
        }
    }
    Ok(pairs)
}
