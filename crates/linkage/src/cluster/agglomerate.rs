//! Takes one component, gives its clusters at the three stops.

use std::cmp::Ordering;
use std::collections::hash_map::Entry;
use std::collections::{BinaryHeap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

use super::components::{LocalEdge, find, index};
use super::{ClusterConfig, ClusterError, SoleMask, SoleSources};

/// How many candidates are looked at between two questions whether to go on.
const CANCEL_EVERY: u32 = 4_096;

/// A record's cluster at each stop, named by its least record.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Labels {
    pub(super) strict: u32,
    pub(super) main: u32,
    pub(super) loose: u32,
}

impl Labels {
    /// The labels of a record without edges.
    pub(super) fn alone(record: u32) -> Self {
        Self { strict: record, main: record, loose: record }
    }
}

/// Two clusters and how close they were when this was written down.
///
/// Their mean weight is `absent + excess / pair_count`, so the excess over "never compared" is all
/// that need be summed.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    excess_mbit: i64,
    pair_count: u64,
    /// Least places of the two clusters, the lower first.
    low: u32,
    high: u32,
}

impl Candidate {
    /// Whether the mean excess is at least `stop_excess_mbit`.
    fn reaches(&self, stop_excess_mbit: i64) -> bool {
        i128::from(self.excess_mbit) >= i128::from(stop_excess_mbit) * i128::from(self.pair_count)
    }
}

impl Ord for Candidate {
    /// By mean, then by the lower places: the greatest is the one to join.
    fn cmp(&self, other: &Self) -> Ordering {
        let this = i128::from(self.excess_mbit) * i128::from(other.pair_count);
        let that = i128::from(other.excess_mbit) * i128::from(self.pair_count);
        this.cmp(&that).then_with(|| (other.low, other.high).cmp(&(self.low, self.high)))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Candidate {}

/// The compared pairs between two clusters.
struct Between {
    /// Their summed excess.
    excess_mbit: i64,
    /// The number of all pairs between, when last put on the heap; 0 if never. Every join changes it,
    /// so if it is still right then the heap holds the pair of clusters as it stands.
    queued_pair_count: u64,
}

/// One component on its way from single records to clusters. Clusters go by the place of one member.
///
/// Invariant: for each pair of clusters that may be joined and reaches the loose stop, the heap holds
/// a candidate that leads to it and is not less than its present one. It holds after a join of X and Y
/// because the mean to a third cluster is then between the two old means, and equals the higher only if
/// both were equal, in which case the old candidate with the lower place is also the new one.
pub(super) struct Agglomeration<'a> {
    members: &'a [u32],
    config: &'a ClusterConfig,
    parent: Vec<u32>,
    size: Vec<u32>,
    /// Least place in the cluster.
    least: Vec<u32>,
    /// Clusters with a compared pair between; may name clusters that are gone.
    neighbours: Vec<Vec<u32>>,
    /// What lies between two clusters, for those with a compared pair between.
    between: HashMap<u64, Between, BuildHasherDefault<PairHasher>>,
    /// Duplicate-free sources present in a cluster; no entries if there are no such sources.
    sole: Vec<SoleMask>,
    heap: BinaryHeap<Candidate>,
}

impl<'a> Agglomeration<'a> {
    pub(super) fn new(
        members: &'a [u32],
        edges: &[LocalEdge],
        sole: &SoleSources<'_>,
        config: &'a ClusterConfig,
    ) -> Self {
        let member_count = members.len();
        let sole = if sole.is_empty() {
            Vec::new()
        } else {
            members.iter().map(|&record| sole.of(record)).collect()
        };
        let mut this = Self {
            members,
            config,
            parent: (0..index(member_count)).collect(),
            size: vec![1; member_count],
            least: (0..index(member_count)).collect(),
            neighbours: vec![Vec::new(); member_count],
            between: HashMap::with_capacity_and_hasher(edges.len(), BuildHasherDefault::default()),
            sole,
            heap: BinaryHeap::new(),
        };
        let mut candidates = Vec::with_capacity(edges.len());
        for edge in edges {
            let clipped = edge.weight_mbit.clamp(-config.clip_mbit, config.clip_mbit);
            let excess_mbit = i64::from(clipped) - i64::from(config.absent_mbit);
            let is_queued = clipped >= config.loose_stop_mbit;
            let between = Between { excess_mbit, queued_pair_count: u64::from(is_queued) };
            this.between.insert(pair_key(edge.first, edge.second), between);
            this.neighbours[edge.first as usize].push(edge.second);
            this.neighbours[edge.second as usize].push(edge.first);
            if is_queued {
                let (low, high) = (edge.first, edge.second);
                candidates.push(Candidate { excess_mbit, pair_count: 1, low, high });
            }
        }
        this.heap = BinaryHeap::from(candidates);
        this
    }

    /// Joins down to each stop in turn and writes each member's labels.
    pub(super) fn run(
        mut self,
        cancel: &(dyn Fn() -> bool + Sync),
        labels: &mut [Labels],
    ) -> Result<(), ClusterError> {
        self.join_down_to(self.config.strict_stop_mbit, cancel)?;
        for (place, label) in labels.iter_mut().enumerate() {
            label.strict = self.label(place);
        }
        self.join_down_to(self.config.main_stop_mbit, cancel)?;
        for (place, label) in labels.iter_mut().enumerate() {
            label.main = self.label(place);
        }
        self.join_down_to(self.config.loose_stop_mbit, cancel)?;
        for (place, label) in labels.iter_mut().enumerate() {
            label.loose = self.label(place);
        }
        Ok(())
    }

    fn label(&mut self, place: usize) -> u32 {
        let root = find(&mut self.parent, index(place));
        self.members[self.least[root as usize] as usize]
    }

    /// Joins the closest clusters while their mean is at least `stop_mbit`.
    ///
    /// Ends: every turn removes a candidate, and puts one back only if its clusters have grown since.
    fn join_down_to(
        &mut self,
        stop_mbit: i32,
        cancel: &(dyn Fn() -> bool + Sync),
    ) -> Result<(), ClusterError> {
        let absent_mbit = i64::from(self.config.absent_mbit);
        let stop_excess = i64::from(stop_mbit) - absent_mbit;
        let loose_excess = i64::from(self.config.loose_stop_mbit) - absent_mbit;
        let mut turns: u32 = 0;
        while let Some(&best) = self.heap.peek() {
            if !best.reaches(stop_excess) {
                return Ok(());
            }
            turns += 1;
            if turns == CANCEL_EVERY {
                turns = 0;
                if cancel() {
                    return Err(ClusterError::Cancelled);
                }
            }
            self.heap.pop();
            let x = find(&mut self.parent, best.low);
            let y = find(&mut self.parent, best.high);
            if x == y || self.is_forbidden(x, y) {
                continue;
            }
            let now = self.candidate(x, y);
            if now == best {
                self.join(x, y);
            } else if now.reaches(loose_excess) {
                self.queue(x, y, now);
            }
        }
        Ok(())
    }

    /// The pair of clusters as it stands.
    fn candidate(&self, x: u32, y: u32) -> Candidate {
        let (a, b) = (self.least[x as usize], self.least[y as usize]);
        Candidate {
            excess_mbit: self
                .between
                .get(&pair_key(x, y))
                .expect("sums move with their clusters, and both clusters stand")
                .excess_mbit,
            pair_count: u64::from(self.size[x as usize]) * u64::from(self.size[y as usize]),
            low: a.min(b),
            high: a.max(b),
        }
    }

    /// Puts a pair of clusters back on the heap unless it is there already as it stands.
    fn queue(&mut self, x: u32, y: u32, now: Candidate) {
        let between = self
            .between
            .get_mut(&pair_key(x, y))
            .expect("sums move with their clusters, and both clusters stand");
        if between.queued_pair_count != now.pair_count {
            between.queued_pair_count = now.pair_count;
            self.heap.push(now);
        }
    }

    fn is_forbidden(&self, x: u32, y: u32) -> bool {
        !self.sole.is_empty() && self.sole[x as usize] & self.sole[y as usize] != 0
    }

    /// Joins two clusters; the sums of the one with fewer neighbours move.
    fn join(&mut self, x: u32, y: u32) {
        let (kept, gone) = if self.neighbours[x as usize].len() >= self.neighbours[y as usize].len()
        {
            (x, y)
        } else {
            (y, x)
        };
        self.between.remove(&pair_key(kept, gone));
        for third in std::mem::take(&mut self.neighbours[gone as usize]) {
            let Some(more) = self.between.remove(&pair_key(gone, third)) else {
                continue;
            };
            match self.between.entry(pair_key(kept, third)) {
                Entry::Occupied(mut between) => between.get_mut().excess_mbit += more.excess_mbit,
                Entry::Vacant(place) => {
                    place.insert(more);
                    self.neighbours[kept as usize].push(third);
                    self.neighbours[third as usize].push(kept);
                }
            }
        }
        let (kept, gone) = (kept as usize, gone as usize);
        self.parent[gone] = index(kept);
        self.size[kept] += self.size[gone];
        self.least[kept] = self.least[kept].min(self.least[gone]);
        if !self.sole.is_empty() {
            self.sole[kept] |= self.sole[gone];
        }
    }
}

/// One number for an unordered pair.
fn pair_key(x: u32, y: u32) -> u64 {
    u64::from(x.min(y)) << 32 | u64::from(x.max(y))
}

/// Mixes a pair key by one multiplication (Fibonacci hashing; Knuth, TAOCP 3, 6.4).
///
/// Keys are small places that nobody outside chooses, so no defence against flooding is needed; the
/// order of the map is never looked at.
#[derive(Default)]
struct PairHasher(u64);

impl Hasher for PairHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(self.0 << 8 | u64::from(byte));
        }
    }

    fn write_u64(&mut self, key: u64) {
        let mixed = key.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = mixed ^ mixed >> 32;
    }
}
