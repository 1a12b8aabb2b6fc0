//! Takes edges, gives connected components no larger than the limit, with their edges.

use std::cmp::Reverse;

use super::{ClusterCounts, Edge};

/// Not yet numbered.
const NONE: u32 = u32::MAX;

/// An edge between two members of one component, by their places in it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LocalEdge {
    pub(super) first: u32,
    pub(super) second: u32,
    pub(super) weight_mbit: i32,
}

/// Connected components, numbered by their least records.
#[derive(Debug)]
pub(super) struct Components {
    /// Record indices by component, ascending within each.
    pub(super) members: Vec<u32>,
    /// Component `c` has the members `member_bounds[c]..member_bounds[c + 1]`.
    member_bounds: Vec<usize>,
    /// Edges by component; edges between components are left out.
    edges: Vec<LocalEdge>,
    edge_bounds: Vec<usize>,
    /// Per record the number of its component.
    component_of: Vec<u32>,
    connect_mbit: i32,
    /// The part of the counts known here.
    pub(super) counts: ClusterCounts,
}

impl Components {
    /// Components of the edges at or above `connect_mbit`.
    ///
    /// One with more than `records_max` records is built again from its strongest edge down (of equal
    /// ones from the first), leaving out each edge that would make a part too large.
    pub(super) fn find(
        record_count: usize,
        edges: &[Edge],
        connect_mbit: i32,
        records_max: u32,
    ) -> Self {
        let mut forest = Forest::new(record_count);
        for edge in edges.iter().filter(|edge| edge.weight_mbit >= connect_mbit) {
            forest.join(edge.first, edge.second);
        }
        let mut counts = ClusterCounts::default();
        for record in 0..index(record_count) {
            if forest.find(record) == record {
                let size = forest.size[record as usize];
                counts.component_count += 1;
                counts.component_records_largest =
                    counts.component_records_largest.max(u64::from(size));
                counts.component_split_count += u64::from(size > records_max);
            }
        }
        if counts.component_split_count > 0 {
            forest = split(forest, edges, connect_mbit, records_max);
        }
        let mut components = Self::group(&mut forest, record_count, edges, connect_mbit);
        counts.edge_cut_count = edges.iter().filter(|edge| components.is_cut(edge)).count() as u64;
        components.counts = counts;
        components
    }

    /// Sorts records and edges by component, by counting.
    fn group(forest: &mut Forest, record_count: usize, edges: &[Edge], connect_mbit: i32) -> Self {
        let mut number_of_root = vec![NONE; record_count];
        let mut component_of = vec![NONE; record_count];
        let mut member_bounds = vec![0];
        for record in 0..index(record_count) {
            let number = &mut number_of_root[forest.find(record) as usize];
            if *number == NONE {
                *number = index(member_bounds.len() - 1);
                member_bounds.push(0);
            }
            component_of[record as usize] = *number;
            member_bounds[*number as usize + 1] += 1;
        }
        accumulate(&mut member_bounds);

        let mut next = member_bounds.clone();
        let mut members = vec![0; record_count];
        let mut place_of = vec![0; record_count];
        for record in 0..index(record_count) {
            let component = component_of[record as usize] as usize;
            members[next[component]] = record;
            place_of[record as usize] = index(next[component] - member_bounds[component]);
            next[component] += 1;
        }

        let inner =
            |edge: &&Edge| component_of[edge.first as usize] == component_of[edge.second as usize];
        let mut edge_bounds = vec![0; member_bounds.len()];
        for edge in edges.iter().filter(inner) {
            edge_bounds[component_of[edge.first as usize] as usize + 1] += 1;
        }
        accumulate(&mut edge_bounds);
        let mut next = edge_bounds.clone();
        let mut local = vec![LocalEdge::default(); edge_bounds.last().copied().unwrap_or(0)];
        for edge in edges.iter().filter(inner) {
            let slot = &mut next[component_of[edge.first as usize] as usize];
            local[*slot] = LocalEdge {
                first: place_of[edge.first as usize],
                second: place_of[edge.second as usize],
                weight_mbit: edge.weight_mbit,
            };
            *slot += 1;
        }
        Self {
            members,
            member_bounds,
            edges: local,
            edge_bounds,
            component_of,
            connect_mbit,
            counts: ClusterCounts::default(),
        }
    }

    pub(super) fn count(&self) -> usize {
        self.member_bounds.len() - 1
    }

    pub(super) fn members_of(&self, component: usize) -> &[u32] {
        &self.members[self.member_bounds[component]..self.member_bounds[component + 1]]
    }

    pub(super) fn edges_of(&self, component: usize) -> &[LocalEdge] {
        &self.edges[self.edge_bounds[component]..self.edge_bounds[component + 1]]
    }

    /// Whether the edge would connect its records, had their component not been split.
    pub(super) fn is_cut(&self, edge: &Edge) -> bool {
        edge.weight_mbit >= self.connect_mbit
            && self.component_of[edge.first as usize] != self.component_of[edge.second as usize]
    }
}

/// Joins from the strongest edge down (Kruskal 1956), and skips what would exceed the limit.
///
/// Raising the threshold until the component falls apart would be the plainer rule, but it also cuts
/// off all that hangs by weaker edges on the parts already full.
fn split(mut whole: Forest, edges: &[Edge], connect_mbit: i32, records_max: u32) -> Forest {
    let mut parts = Forest::new(whole.parent.len());
    let mut strongest = Vec::new();
    for edge in edges.iter().filter(|edge| edge.weight_mbit >= connect_mbit) {
        let root = whole.find(edge.first);
        if whole.size[root as usize] <= records_max {
            parts.join(edge.first, edge.second);
        } else {
            strongest.push(*edge);
        }
    }
    strongest.sort_unstable_by_key(|edge| (Reverse(edge.weight_mbit), edge.first, edge.second));
    for edge in strongest {
        let (a, b) = (parts.find(edge.first), parts.find(edge.second));
        let joined = u64::from(parts.size[a as usize]) + u64::from(parts.size[b as usize]);
        if joined <= u64::from(records_max) {
            parts.join(a, b);
        }
    }
    parts
}

/// Disjoint sets, joined by size, with path halving (Tarjan and van Leeuwen 1984).
#[derive(Debug)]
struct Forest {
    parent: Vec<u32>,
    /// Right for roots only.
    size: Vec<u32>,
}

impl Forest {
    fn new(record_count: usize) -> Self {
        Self { parent: (0..index(record_count)).collect(), size: vec![1; record_count] }
    }

    fn find(&mut self, record: u32) -> u32 {
        find(&mut self.parent, record)
    }

    fn join(&mut self, first: u32, second: u32) {
        let (a, b) = (self.find(first), self.find(second));
        if a == b {
            return;
        }
        let (kept, gone) =
            if self.size[a as usize] >= self.size[b as usize] { (a, b) } else { (b, a) };
        self.parent[gone as usize] = kept;
        self.size[kept as usize] += self.size[gone as usize];
    }
}

/// For each record the root of its component of edges at or above `connect_mbit`.
pub(super) fn sets(record_count: usize, edges: &[Edge], connect_mbit: i32) -> Vec<u32> {
    let mut forest = Forest::new(record_count);
    for edge in edges.iter().filter(|edge| edge.weight_mbit >= connect_mbit) {
        forest.join(edge.first, edge.second);
    }
    (0..index(record_count)).map(|record| forest.find(record)).collect()
}

/// For each record a number that it shares with the records it could be one person with: those of its component of edges at or
/// above `connect_mbit`, where that has three records or more. What is between two such sets, or beside two records that are alone
/// with each other, says nothing of any cluster.
pub(crate) fn companies(record_count: u32, edges: &[Edge], connect_mbit: i32) -> Vec<u32> {
    let mut forest = Forest::new(record_count as usize);
    for edge in edges.iter().filter(|edge| edge.weight_mbit >= connect_mbit) {
        forest.join(edge.first, edge.second);
    }
    (0..record_count)
        .map(|record| {
            let root = forest.find(record);
            if forest.size[root as usize] > 2 { root } else { record }
        })
        .collect()
}

/// The root of `node`; halves the path on its way.
pub(super) fn find(parent: &mut [u32], mut node: u32) -> u32 {
    while parent[node as usize] != node {
        let above = parent[node as usize];
        parent[node as usize] = parent[above as usize];
        node = parent[node as usize];
    }
    node
}

/// Turns counts, shifted by one place, into bounds.
fn accumulate(bounds: &mut [usize]) {
    let mut sum = 0;
    for bound in bounds {
        sum += *bound;
        *bound = sum;
    }
}

pub(super) fn index(place: usize) -> u32 {
    u32::try_from(place).expect("`cluster` refuses more records than a u32 can number")
}
