//! Takes an engine's results, compares some pairs again with the linkage's own comparison, refuses the results if any differs.
//!
//! Compared again are all pairs of some records, so that a pair which the engine lost is missed, and pairs that met a threshold
//! exactly. Besides, the blocks of every pass are counted again. Memory: the pairs that are compared, and their rows.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use tallystick_linkage::block::{AGAIN_MIN, CandidatePair, PassCounts, Sources, local_id_level};
use tallystick_linkage::compare::Comparator;
use tallystick_linkage::pattern::Pattern;
use tallystick_wire::{ContinuityToken, ReadAt, Rejection};

use crate::blocks::each_block;
use crate::collect::Collecting;
use crate::error::EngineError;
use crate::plan::{Plan, PlanJoin, PlanPass};
use crate::progress::{Done, Progress};
use crate::rows::{Filters, RowReader};
use crate::shown::{Records, Shown, counts, is_left_out};
use crate::table::read_table;
use crate::train::Sample;

/// Rows read at once where wanted ones lie near each other.
const NEAR_ROWS: u64 = 32;

/// What was compared again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Verified {
    /// Pairs.
    pub pairs: u64,
    /// Those of them that met a threshold exactly.
    pub boundary_pairs: u64,
}

/// What pairs that were compared again come to, by their records.
pub(crate) type Outcomes = HashMap<Pair, Outcome>;
/// Passes in which a pair meets, and its pattern if it is kept.
type Outcome = (u32, Option<Pattern>);
/// A pair of records, the lower first.
type Pair = (u32, u32);
/// A row of a source.
type Place = (usize, u64);

/// Says that a table has those of the pairs that were compared again which belong there, as they were found, and of sampled records
/// no others. `pairs` are ascending.
pub(crate) fn verify_pairs(
    pairs: &[CandidatePair],
    outcomes: &Outcomes,
    sample: &Sample,
    belongs: impl Fn(&CandidatePair) -> bool,
) -> Result<(), EngineError> {
    let expected = outcomes.iter().filter_map(|((a, b), (met, pattern))| {
        pattern.map(|pattern| CandidatePair::met_in(*a, *b, pattern, *met))
    });
    let missing = expected.filter(|pair| belongs(pair) && pairs.binary_search(pair).is_err());
    let foreign = pairs.iter().filter(|pair| {
        let (a, b) = pair.records();
        (sample.holds(a) || sample.holds(b)) && !outcomes.contains_key(&(a, b))
    });
    match (missing.count() + foreign.count()) as u64 {
        0 => Ok(()),
        differing => Err(EngineError::PairsDiffer { verified: outcomes.len() as u64, differing }),
    }
}

/// What comparing again came to.
pub(crate) struct Checked {
    pub(crate) verified: Verified,
    pub(crate) outcomes: Outcomes,
    /// Blocks of every pass as the local engine counts them, with records that are left out.
    pub(crate) counts: Vec<PassCounts>,
}

pub(crate) fn verify<R: ReadAt>(
    dir: &Path,
    collecting: &Collecting<'_, R>,
    (passes, sample): (&[PassCounts], &Sample),
    progress: Progress<'_>,
) -> Result<Checked, EngineError> {
    let Collecting { sources, plan, left_out, kernel, .. } = *collecting;
    let (stated, boundary) = read_checked(&dir.join("out/checked"), plan)?;
    let mut found: HashMap<Pair, BTreeMap<u8, Option<Pattern>>> = HashMap::new();
    let reader = RowReader::new(sources, kernel)?;
    let wanted =
        |pair: &Pair| sample.holds(pair.0) || sample.holds(pair.1) || boundary.contains(pair);
    let concerns = &concerned(&boundary, sample, sources.record_count());
    let mut done = Done::new(plan, progress);
    let mut all_counts = Vec::new();
    for (pass, counts) in plan.passes.iter().zip(passes) {
        let wanted = &wanted;
        let meetings = BTreeMap::new();
        let mut search = Search { pass, sources, left_out, concerns, wanted, meetings };
        let [all, shown] = search.blocks(&mut done)?;
        done.report()?;
        compare_counts(pass, counts, &shown)?;
        all_counts.push(all);
        let compared = Comparing::new(&reader, plan, pass, &search.meetings)?;
        for (pair, places) in &search.meetings {
            found.entry(*pair).or_default().insert(pass.number, compared.pattern(*pair, *places));
        }
    }
    let found = found.into_iter().map(|(pair, passes)| (pair, outcome(&passes)));
    let found: Outcomes = found.collect();
    let differing = found.iter().filter(|(pair, it)| stated.get(pair) != Some(it)).count()
        + stated.keys().filter(|pair| !found.contains_key(pair)).count();
    let verified = found.len() as u64;
    if differing > 0 {
        return Err(EngineError::PairsDiffer { verified, differing: differing as u64 });
    }
    let verified = Verified { pairs: verified, boundary_pairs: boundary.len() as u64 };
    Ok(Checked { verified, outcomes: found, counts: all_counts })
}

/// What a pair comes to over its passes, as [`tallystick_linkage::block`] decides it.
fn outcome(passes: &BTreeMap<u8, Option<Pattern>>) -> Outcome {
    let met = passes.keys().fold(0, |bits, pass| bits | 1 << pass);
    let pattern = if passes.len() >= AGAIN_MIN as usize {
        passes.values().flatten().copied().reduce(Pattern::merge)
    } else {
        passes.values().next().copied().flatten()
    };
    (met, pattern)
}

/// By record, one bit each: whether any of its pairs is wanted.
fn concerned(boundary: &HashSet<Pair>, sample: &Sample, record_count: u32) -> Vec<u64> {
    let mut bits = vec![0u64; (record_count as usize).div_ceil(64)];
    let mut set = |record: u32| bits[record as usize / 64] |= 1 << (record % 64);
    (0..record_count).filter(|record| sample.holds(*record)).for_each(&mut set);
    boundary.iter().flat_map(|(a, b)| [*a, *b]).for_each(&mut set);
    bits
}

/// Pairs as the engine found them, and those of them at a threshold.
type Stated = (HashMap<Pair, Outcome>, HashSet<Pair>);

fn read_checked(path: &Path, plan: &Plan) -> Result<Stated, EngineError> {
    let (mut stated, mut boundary) = (HashMap::new(), HashSet::new());
    read_table(path, ["a", "b", "met", "pattern", "boundary"], &mut |[a, b, met, pattern, at]| {
        let small = [a, b, met].map(|it| u32::try_from(it).ok());
        let ([Some(a), Some(b), Some(met)], true) = (small, a < b) else {
            return Err(EngineError::table(path, "a pair of records"));
        };
        if u64::from(b) >= plan.record_count() {
            return Err(EngineError::table(path, "a pair of records"));
        }
        let pattern = u64::try_from(pattern).ok().map(Pattern);
        if stated.insert((a, b), (met, pattern)).is_some() {
            return Err(EngineError::table(path, "a pair stands twice"));
        }
        if at != 0 {
            boundary.insert((a, b));
        }
        Ok(())
    })?;
    Ok((stated, boundary))
}

fn compare_counts(
    pass: &PlanPass,
    stated: &PassCounts,
    found: &PassCounts,
) -> Result<(), EngineError> {
    let parts = [
        ("blocks", stated.blocks == found.blocks),
        ("pairs of rows", stated.pairs_met == found.pairs_met),
        ("blocks over the limit", stated.blocks_over_limit == found.blocks_over_limit),
        ("rows over the limit", stated.rows_over_limit == found.rows_over_limit),
        ("rows in the largest block", stated.largest_block == found.largest_block),
    ];
    match parts.into_iter().find(|(_, same)| !same) {
        Some((what, _)) => Err(EngineError::PassDiffers { pass: pass.number, what }),
        None => Ok(()),
    }
}

/// Looks for wanted pairs in the blocks of a pass.
struct Search<'a, R> {
    pass: &'a PlanPass,
    sources: &'a Sources<'a, R>,
    left_out: &'a [u32],
    concerns: &'a [u64],
    wanted: &'a dyn Fn(&Pair) -> bool,
    /// The rows of each wanted pair in the lowest block that it shares.
    meetings: BTreeMap<Pair, (Place, Place)>,
}

impl<R: ReadAt> Search<'_, R> {
    /// Goes through all blocks, and counts them on the way: all, and what an engine sees of them.
    fn blocks(&mut self, done: &mut Done<'_>) -> Result<[PassCounts; 2], EngineError> {
        let Self { pass, sources, left_out, .. } = *self;
        let (mut all, mut seen) = (PassCounts::default(), PassCounts::default());
        let (joins, limit) = (pass.joins_by_source(), pass.block_rows_max);
        let mut shown = Shown::new(sources, pass, left_out);
        let mut records: Vec<Records> = pass.rows.iter().map(|_| Records::default()).collect();
        let mut block: Vec<(u32, Place)> = Vec::new();
        each_block(sources, pass, &mut |_, held| {
            let rows: Vec<(usize, u64)> = counts(held).collect();
            done.add(rows.iter().map(|(_, count)| count).sum())?;
            all.count_block(&rows, &joins, limit);
            if !seen.count_block(shown.of(held)?, &joins, limit) {
                return Ok(());
            }
            block.clear();
            let mut concerned = false;
            for (source, rows) in held {
                for row in rows.clone() {
                    let record = records[*source].get(sources, pass, *source, row)?;
                    if !is_left_out(left_out, record) {
                        concerned |= self.concerns[record as usize / 64] >> (record % 64) & 1 != 0;
                        block.push((record, (*source, row)));
                    }
                }
            }
            if concerned {
                self.meet(&block);
            }
            Ok(())
        })?;
        Ok([all, seen])
    }

    fn meet(&mut self, block: &[(u32, Place)]) {
        let concerns = |record: u32| self.concerns[record as usize / 64] >> (record % 64) & 1 != 0;
        for (position, (a, here)) in block.iter().enumerate() {
            for (b, there) in &block[position + 1..] {
                if a == b || !(concerns(*a) || concerns(*b)) {
                    continue;
                }
                let ((a, here), (b, there)) =
                    if a < b { ((*a, *here), (*b, *there)) } else { ((*b, *there), (*a, *here)) };
                if join(self.pass, here.0, there.0).is_some() && (self.wanted)(&(a, b)) {
                    self.meetings.entry((a, b)).or_insert((here, there));
                }
            }
        }
    }
}

fn join(pass: &PlanPass, first: usize, second: usize) -> Option<&PlanJoin> {
    pass.joins.iter().find(|join| (join.first, join.second) == (first, second))
}

/// Rows of wanted pairs, with their filters.
struct Comparing<'a> {
    plan: &'a Plan,
    pass: &'a PlanPass,
    /// By source: first rows of stretches with their filters, ascending.
    stretches: Vec<Vec<(u64, Filters)>>,
    /// By source, where rows of one source are compared.
    locals: Vec<Vec<ContinuityToken>>,
    shared: Vec<Vec<tallystick_wire::FieldSet>>,
}

impl<'a> Comparing<'a> {
    fn new<R: ReadAt>(
        reader: &RowReader<'_, R>,
        plan: &'a Plan,
        pass: &'a PlanPass,
        meetings: &BTreeMap<Pair, (Place, Place)>,
    ) -> Result<Self, Rejection> {
        let sources = reader.sources;
        let count = plan.sources.len();
        let mut rows: Vec<Vec<u64>> = vec![Vec::new(); count];
        for (source, row) in meetings.values().flat_map(|(here, there)| [here, there]) {
            rows[*source].push(*row);
        }
        let mut stretches = Vec::new();
        for (source, mut rows) in rows.into_iter().enumerate() {
            rows.sort_unstable();
            rows.dedup();
            let near = rows.chunk_by(|row, next| next - row <= NEAR_ROWS);
            let read = near.map(|rows| {
                let (start, end) = (rows[0], rows[rows.len() - 1] + 1);
                reader.read(pass, source, start..end).map(|(_, filters)| (start, filters))
            });
            stretches.push(read.collect::<Result<Vec<_>, Rejection>>()?);
        }
        let locals = (0..count).map(|source| match pass.joins_within(source) {
            true => sources.submissions[source].continuity_tokens(),
            false => Ok(Vec::new()),
        });
        let shared = (0..count)
            .map(|first| (0..count).map(|second| sources.shared_fields(first, second)).collect());
        Ok(Self {
            plan,
            pass,
            stretches,
            locals: locals.collect::<Result<_, _>>()?,
            shared: shared.collect(),
        })
    }

    /// The pattern of a pair in this pass, if the pass keeps it.
    fn pattern(&self, (a, b): Pair, (here, there): (Place, Place)) -> Option<Pattern> {
        let ((first, row), (second, other)) = (here, there);
        let join = join(self.pass, first, second)?;
        let shared = self.shared[first][second];
        let comparator = Comparator::new(self.plan.thresholds_permille, shared, join.fixed);
        let at = |source: usize, row: u64| {
            let stretches = &self.stretches[source];
            let (start, filters) = &stretches[stretches.partition_point(|it| it.0 <= row) - 1];
            filters.row(usize::try_from(row - start).expect("rows in memory"))
        };
        let (x, y) = (at(first, row), at(second, other));
        let names = comparator.count_names(&x, &y);
        let mut levels = comparator.identify(&x, &y, names);
        if first == second {
            let source = &self.plan.sources[first];
            let local = |record: u32| self.locals[first][(record - source.first_record) as usize];
            levels.local_id = local_id_level(local(a), local(b));
        }
        (levels.agreements() >= 2).then(|| {
            comparator.describe(&x, &y, &mut levels);
            Pattern::pack(&levels)
        })
    }
}
