//! What the cells that are shown tell about those that are hidden.
//!
//! Takes a table as a network, gives the smallest and largest number that a hidden cell can have.
//!
//! Every cell, total or not, stands in one equation of its row and one of its column. With signs chosen well these
//! are the equations of a flow that goes in circles (Cox 1995), so that the exact bounds of a cell are maximum
//! flows. Bounds of intervals passed around (Fréchet) may be wider than the truth; they would be too kind to us.

/// More than any count.
const UNBOUNDED: u64 = u64::MAX / 4;
/// Zeros are never hidden, and everybody may know that.
const HIDDEN_MIN: u64 = 1;

/// A cell between the two equations it stands in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arc {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) count: u64,
    /// What it costs to hide it.
    pub(crate) cost: u64,
}

/// A table.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    pub(crate) nodes: usize,
    pub(crate) arcs: Vec<Arc>,
}

/// Cost of the cheapest way to a node, with its last cell and the node before; neither where the way begins.
type Reached = (u64, Option<(usize, usize)>);

/// One way over a hidden cell.
#[derive(Clone, Copy)]
struct Step {
    arc: usize,
    to: usize,
    is_up: bool,
}

/// A table with its hidden cells open to change.
pub(crate) struct Open<'a> {
    network: &'a Network,
    /// By node: the ways out of it.
    steps: Vec<Vec<Step>>,
}

impl Open<'_> {
    /// How much a hidden cell can be more, at most `enough`, and the table in which it is.
    pub(crate) fn more(&self, arc: usize, enough: u64) -> (u64, Vec<u64>) {
        let Arc { from, to, .. } = self.network.arcs[arc];
        let (amount, mut counts) = self.flow(arc, to, from, enough);
        counts[arc] += amount;
        (amount, counts)
    }

    /// How much a hidden cell can be less, at most `enough`, and the table in which it is.
    pub(crate) fn less(&self, arc: usize, enough: u64) -> (u64, Vec<u64>) {
        let Arc { from, to, count, .. } = self.network.arcs[arc];
        let enough = enough.min(count.saturating_sub(HIDDEN_MIN));
        let (amount, mut counts) = self.flow(arc, from, to, enough);
        counts[arc] -= amount;
        (amount, counts)
    }

    /// Width of what a hidden cell can be, at most `enough`.
    pub(crate) fn width(&self, arc: usize, enough: u64) -> u64 {
        let (more, _) = self.more(arc, enough);
        if more >= enough { more } else { more + self.less(arc, enough - more).0 }
    }

    /// Most that can be sent over hidden cells other than `without`, by shortest ways (Edmonds, Karp 1972).
    fn flow(&self, without: usize, source: usize, sink: usize, enough: u64) -> (u64, Vec<u64>) {
        let mut counts: Vec<u64> = self.network.arcs.iter().map(|arc| arc.count).collect();
        let mut sent = 0;
        while sent < enough {
            let Some(way) = self.shortest(&counts, without, source, sink) else { break };
            let least = way.iter().map(|step| room(step, &counts)).min().unwrap_or(UNBOUNDED);
            let amount = least.min(enough - sent);
            for step in way {
                if step.is_up {
                    counts[step.arc] += amount;
                } else {
                    counts[step.arc] -= amount;
                }
            }
            sent += amount;
        }
        (sent, counts)
    }

    fn shortest(
        &self,
        counts: &[u64],
        without: usize,
        source: usize,
        sink: usize,
    ) -> Option<Vec<Step>> {
        let mut came: Vec<Option<(usize, Step)>> = vec![None; self.steps.len()];
        let mut front = std::collections::VecDeque::from([source]);
        while let Some(node) = front.pop_front() {
            if node == sink {
                break;
            }
            let open = |step: &&Step| step.arc != without && room(step, counts) > 0;
            for step in self.steps[node].iter().filter(open) {
                if step.to != source && came[step.to].is_none() {
                    came[step.to] = Some((node, *step));
                    front.push_back(step.to);
                }
            }
        }
        let mut way = Vec::new();
        let mut node = sink;
        while node != source {
            let (before, step) = came[node]?;
            way.push(step);
            node = before;
        }
        Some(way)
    }
}

impl Network {
    /// With these cells hidden.
    pub(crate) fn open(&self, hidden: &[bool]) -> Open<'_> {
        Open { network: self, steps: self.steps(|arc| hidden[arc]) }
    }

    /// By node: the ways out of it.
    fn steps(&self, is_open: impl Fn(usize) -> bool) -> Vec<Vec<Step>> {
        let mut steps = vec![Vec::new(); self.nodes];
        for (arc, Arc { from, to, .. }) in
            self.arcs.iter().enumerate().filter(|(arc, _)| is_open(*arc))
        {
            steps[*from].push(Step { arc, to: *to, is_up: true });
            steps[*to].push(Step { arc, to: *from, is_up: false });
        }
        steps
    }

    /// The cheapest cells to hide so that a hidden one can be more by `width`: a circle through it, on which each
    /// step has so much room. Hidden cells cost nothing (Dijkstra 1959; ties go to the lower number).
    pub(crate) fn circle(&self, hidden: &[bool], arc: usize, width: u64) -> Option<Vec<usize>> {
        let Arc { from: goal, to: start, .. } = self.arcs[arc];
        let counts: Vec<u64> = self.arcs.iter().map(|arc| arc.count).collect();
        let steps = self.steps(|other| other != arc && self.arcs[other].count > 0);
        let mut best: Vec<Option<Reached>> = vec![None; self.nodes];
        let mut is_done = vec![false; self.nodes];
        best[start] = Some((0, None));
        // Each turn finishes a node.
        for _ in 0..self.nodes {
            let open = (0..self.nodes).filter(|node| !is_done[*node]);
            let near = open.filter_map(|node| best[node].map(|(cost, _)| (cost, node))).min();
            let Some((cost, node)) = near else { break };
            is_done[node] = true;
            for step in steps[node].iter().filter(|step| room(step, &counts) >= width) {
                let price = if hidden[step.arc] { 0 } else { self.arcs[step.arc].cost };
                let total = cost.saturating_add(price);
                if best[step.to].is_none_or(|(known, _)| total < known) {
                    best[step.to] = Some((total, Some((step.arc, node))));
                }
            }
        }
        let mut circle = Vec::new();
        let mut node = goal;
        while let (_, Some((arc, before))) = best[node]? {
            circle.push(arc);
            node = before;
        }
        Some(circle)
    }
}

/// How much a step can change its cell.
fn room(step: &Step, counts: &[u64]) -> u64 {
    if step.is_up { UNBOUNDED } else { counts[step.arc].saturating_sub(HIDDEN_MIN) }
}
