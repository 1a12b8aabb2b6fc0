//! Takes what the plan's SQL counted, gives what the next scripts select by: patterns that connect two records, a sample to verify,
//! and records that others put together.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use sha2::{Digest as _, Sha256};
use tallystick_linkage::block::{CandidatePair, Candidates, PassCounts, PatternCount};
use tallystick_linkage::link::{Fitted, Space, fit};
use tallystick_linkage::pattern::{PATTERN_BITS, Pattern};
use tallystick_wire::PASSES;

use crate::error::EngineError;
use crate::plan::Plan;
use crate::table::{Table, make_folder, read_table, write_table};

/// Pairs of sampled records that are compared again, about.
const SAMPLE_PAIRS: u64 = 50_000;
/// Pairs at a threshold that are compared again, at most about: all, where they are no more.
const BOUNDARY_PAIRS_MAX: u64 = 250_000;
/// A prime: numbers of records times another, by its remainder, are in another order. Their products stay below 2^63.
pub(crate) const MODULUS_PRIME: u64 = 0x7FFF_FFFF;

/// What the plan's SQL counted.
pub(crate) struct Totals {
    /// Patterns and passes; no pair is stored.
    pub(crate) candidates: Candidates,
    /// Pairs that were compared.
    pub(crate) pairs: u64,
    /// Those that met a threshold exactly.
    pub(crate) boundary_pairs: u64,
}

impl Totals {
    pub(crate) fn read(dir: &Path, plan: &Plan) -> Result<Self, EngineError> {
        let patterns = read_histogram(&dir.join("out/histogram"), plan)?;
        let mut passes = read_passes(&dir.join("out/passes"), plan)?;
        let path = dir.join("out/meetings");
        let ([mut pairs, mut boundary_pairs], mut kept_by_passes) = ([0_u64; 2], [0_u64; 3]);
        read_table(&path, ["met", "kept", "boundary", "pairs"], &mut |row| {
            let [met, kept, boundary, count] = numbers(&path, row)?;
            // Sums of what an engine wrote: no more pairs than two records of so many can make.
            let most = plan.record_count().pow(2);
            if kept > 1 || boundary > 1 || count > most || met == 0 || met >> PASSES.len() != 0 {
                return Err(EngineError::table(&path, "a count of pairs"));
            }
            pairs = pairs.saturating_add(count);
            boundary_pairs = boundary_pairs.saturating_add(boundary * count);
            let by_passes = &mut kept_by_passes[met.count_ones().clamp(1, 3) as usize - 1];
            *by_passes = by_passes.saturating_add(kept * count);
            for (pass, counts) in plan.passes.iter().zip(&mut passes) {
                if met >> pass.number & 1 != 0 {
                    let is_first = met.trailing_zeros() == u32::from(pass.number);
                    counts.pairs_kept = counts.pairs_kept.saturating_add(kept * count);
                    let compared = u64::from(is_first) * count;
                    counts.pairs_compared = counts.pairs_compared.saturating_add(compared);
                }
            }
            Ok(())
        })?;
        let counted = patterns.iter().flatten().fold([0; 3], |sum: [u64; 3], count| {
            core::array::from_fn(|class| sum[class] + count.met[class])
        });
        if counted != kept_by_passes {
            return Err(EngineError::table(&path, "not the pairs that the histogram counts"));
        }
        let candidates = Candidates { pairs: Vec::new(), patterns, passes };
        Ok(Self { candidates, pairs, boundary_pairs })
    }
}

/// No number that SQL writes is below zero but the pattern of a pair that is not kept.
fn numbers<const N: usize>(path: &Path, row: [i64; N]) -> Result<[u64; N], EngineError> {
    if row.iter().any(|cell| *cell < 0) {
        return Err(EngineError::table(path, "a number below zero"));
    }
    Ok(row.map(i64::cast_unsigned))
}

fn read_histogram(path: &Path, plan: &Plan) -> Result<Vec<Vec<PatternCount>>, EngineError> {
    let mut patterns = vec![Vec::new(); plan.group_count()];
    read_table(path, ["grp", "pattern", "once", "twice", "more"], &mut |row| {
        let [group, pattern, met @ ..] = numbers(path, row)?;
        let group = usize::try_from(group).ok().and_then(|group| patterns.get_mut(group));
        let group = group.ok_or_else(|| EngineError::table(path, "a group of sources"))?;
        if pattern >> PATTERN_BITS != 0 {
            return Err(EngineError::table(path, "a pattern"));
        }
        group.push(PatternCount { pattern: Pattern(pattern), met, stored: false });
        Ok(())
    })?;
    for group in &mut patterns {
        group.sort_unstable_by_key(|count| count.pattern);
        if group.windows(2).any(|pair| pair[0].pattern == pair[1].pattern) {
            return Err(EngineError::table(path, "a pattern stands twice"));
        }
    }
    Ok(patterns)
}

fn read_passes(path: &Path, plan: &Plan) -> Result<Vec<PassCounts>, EngineError> {
    let mut passes = vec![None; plan.passes.len()];
    let names =
        ["pass", "blocks", "pairs_twice", "blocks_over_limit", "rows_over_limit", "largest_block"];
    read_table(path, names, &mut |row| {
        let [pass, blocks, pairs_twice, blocks_over_limit, rows_over_limit, largest_block] =
            numbers(path, row)?;
        let known = plan.passes.iter().position(|it| u64::from(it.number) == pass);
        let known = known.filter(|known| passes[*known].is_none());
        let known = known.ok_or_else(|| EngineError::table(path, "a pass"))?;
        passes[known] = Some(PassCounts {
            blocks,
            pairs_met: pairs_twice / 2,
            blocks_over_limit,
            rows_over_limit,
            largest_block,
            ..PassCounts::default()
        });
        Ok(())
    })?;
    let passes = passes.into_iter().collect::<Option<Vec<_>>>();
    passes.ok_or_else(|| EngineError::table(path, "a pass is missing"))
}

/// Writes which patterns connect two records, and which records are to be verified, for the second script.
///
/// # Errors
/// Tables that the plan's SQL did not write, or not to the end; a disk that fails.
pub fn write_connecting(dir: &Path, plan: &Plan) -> Result<(), EngineError> {
    let totals = Totals::read(dir, plan)?;
    let fitted = fit(&plan.space(), &totals.candidates);
    let mut rows = Vec::new();
    for (group, patterns) in (0..).zip(&fitted.connecting(plan.connect_mbit)) {
        rows.extend(patterns.iter().map(|pattern| (group, pattern.0.cast_signed())));
    }
    rows.sort_unstable();
    let (groups, patterns) = rows.into_iter().unzip();
    write_input(
        dir,
        "connecting",
        &["edges", "against"],
        vec![("grp", groups), ("pattern", patterns)],
    )?;
    let sample = Sample::new(plan, totals.pairs, totals.boundary_pairs);
    write_input(dir, "sample", &["checked"], sample.table())
}

/// Which records, and pairs at a threshold, are verified.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Sample {
    factor: u64,
    addend: u64,
    modulus: u64,
    boundary_modulus: u64,
}

impl Sample {
    /// Records whose numbers, times one number and plus another, are multiples of a third. The first two come from the digests
    /// of the submissions.
    pub(crate) fn new(plan: &Plan, pairs: u64, boundary_pairs: u64) -> Self {
        let mut hasher = Sha256::new();
        for source in &plan.sources {
            hasher.update(&source.digest);
        }
        let seed = hasher.finalize();
        let word = |at: usize| u64::from_le_bytes(seed[at..at + 8].try_into().expect("8 bytes"));
        // Of a record's pairs each is met from two sides.
        Self {
            factor: word(0) % (MODULUS_PRIME - 1) + 1,
            addend: word(8) % MODULUS_PRIME,
            modulus: pairs.saturating_mul(2).div_ceil(SAMPLE_PAIRS).clamp(1, MODULUS_PRIME),
            boundary_modulus: boundary_pairs.div_ceil(BOUNDARY_PAIRS_MAX).clamp(1, MODULUS_PRIME),
        }
    }

    pub(crate) fn holds(&self, record: u32) -> bool {
        let number = (u64::from(record) * self.factor + self.addend) % MODULUS_PRIME;
        number.is_multiple_of(self.modulus)
    }

    fn table(&self) -> Table {
        let cell = |value: u64| vec![value.cast_signed()];
        vec![
            ("factor", cell(self.factor)),
            ("addend", cell(self.addend)),
            ("modulus", cell(self.modulus)),
            ("boundary_modulus", cell(self.boundary_modulus)),
        ]
    }
}

/// Writes which records others put together, for the third script.
///
/// # Errors
/// Tables that the SQL did not write, or not to the end; a disk that fails.
pub fn write_companies(dir: &Path, plan: &Plan) -> Result<(), EngineError> {
    let (totals, space) = (Totals::read(dir, plan)?, plan.space());
    let mut candidates = totals.candidates;
    let fitted = fit(&space, &candidates);
    let edges = dir.join("out/edges");
    candidates.pairs = read_pairs(&edges, plan, &space, &candidates.patterns, Rows::Kept)?;
    let companies = companies(&space, &fitted, &candidates, plan.connect_mbit);
    let (records, companies) = companies
        .into_iter()
        .map(|(record, company)| (i64::from(record), i64::from(company)))
        .unzip();
    write_input(dir, "companies", &["against"], vec![("record", records), ("company", companies)])
}

/// Records that stand with others, with what they share.
fn companies(
    space: &Space,
    fitted: &Fitted,
    candidates: &Candidates,
    connect_mbit: i32,
) -> Vec<(u32, u32)> {
    let numbers = fitted.companies(space, candidates, connect_mbit);
    let mut shared = vec![false; numbers.len()];
    for (record, company) in (0u32..).zip(&numbers) {
        shared[*company as usize] |= record != *company;
    }
    let all = (0u32..).zip(numbers);
    all.filter(|(_, company)| shared[*company as usize]).collect()
}

/// A table for SQL to read, in place of one that a former step left. What was made of that goes with it.
fn write_input(
    dir: &Path,
    name: &str,
    made_of_it: &[&str],
    table: Table,
) -> Result<(), EngineError> {
    let folder = dir.join(name);
    for stale in made_of_it.iter().map(|it| dir.join("out").join(it)).chain([folder.clone()]) {
        if stale.exists() {
            fs::remove_dir_all(&stale).map_err(|source| EngineError::io(&stale, source))?;
        }
    }
    make_folder(&folder)?;
    write_table(&folder.join(format!("{name}.parquet")), table)
}

/// What rows a table of pairs has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Rows {
    /// Pairs that are kept.
    Kept,
    /// All pairs that met.
    All,
}

/// Kept pairs of a table, ascending; each of a pattern that the histogram has.
pub(crate) fn read_pairs(
    path: &Path,
    plan: &Plan,
    space: &Space,
    histogram: &[Vec<PatternCount>],
    rows: Rows,
) -> Result<Vec<CandidatePair>, EngineError> {
    let is_counted = |pair: &CandidatePair| {
        let pattern = pair.pattern();
        let patterns = &histogram[group_of(space, pair)];
        patterns.binary_search_by_key(&pattern, |count| count.pattern).is_ok()
    };
    let mut pairs = Vec::new();
    read_table(path, ["a", "b", "met", "pattern"], &mut |row| {
        if rows == Rows::All && row[3] < 0 {
            return Ok(());
        }
        let [a, b, met, pattern] = numbers(path, row)?;
        let is_pair = a < b && b < plan.record_count();
        let small = [a, b, met].map(|it| u32::try_from(it).ok());
        let ([Some(a), Some(b), Some(met)], true) = (small, is_pair) else {
            return Err(EngineError::table(path, "a pair of records"));
        };
        if met >> PASSES.len() != 0 || pattern >> PATTERN_BITS != 0 {
            return Err(EngineError::table(path, "a pattern"));
        }
        let pair = CandidatePair::met_in(a, b, Pattern(pattern), met);
        if !is_counted(&pair) {
            return Err(EngineError::table(path, "a pattern that the histogram does not count"));
        }
        pairs.push(pair);
        Ok(())
    })?;
    pairs.sort_unstable();
    if pairs.windows(2).any(|two| two[0].records() == two[1].records()) {
        return Err(EngineError::table(path, "a pair stands twice"));
    }
    Ok(pairs)
}

/// Position of a pair's sources among the groups.
pub(crate) fn group_of(space: &Space, pair: &CandidatePair) -> usize {
    let (a, b) = pair.records();
    let [first, second] = [a, b].map(|record| space.source_of(record));
    tallystick_linkage::block::group(space.source_count(), first, second)
}

/// Patterns that connect, by group.
pub(crate) fn connects(connecting: &[HashSet<Pattern>], group: usize, pattern: Pattern) -> bool {
    connecting.get(group).is_some_and(|patterns| patterns.contains(&pattern))
}
