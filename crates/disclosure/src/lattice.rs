//! The search for the finest combinations of levels that are enough.
//!
//! Takes the number of levels of each quasi-identifier and a monotone test, gives the minimal combinations.
//!
//! Optimal Lattice Anonymization (El Emam and others 2009, doi:10.1197/jamia.M3144): binary search along every
//! way through the lattice by halving sublattices; what is known of a combination is known of all above it
//! (if it is enough) or below it (if it is not), so that most are never tested: "predictive tagging".

use std::collections::HashSet;

/// A combination: the level of each quasi-identifier.
pub(crate) type Node = Vec<u8>;

/// What the search found.
pub(crate) struct Search {
    /// Enough, and nothing finer is; in ascending order. Empty if not even the coarsest is enough.
    pub(crate) minimal: Vec<Node>,
    /// Combinations that were tested.
    pub(crate) tested: usize,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Tag {
    Unknown,
    Enough,
    NotEnough,
}

struct Lattice<'a> {
    /// All combinations, in the order of their numbers.
    nodes: Vec<Node>,
    tops: &'a [u8],
    tags: Vec<Tag>,
    tested: usize,
    test: &'a mut dyn FnMut(&[u8]) -> bool,
    searched: HashSet<(usize, usize)>,
}

/// Number of combinations between two.
pub(crate) fn size(bottom: &[u8], top: &[u8]) -> u128 {
    bottom.iter().zip(top).map(|(low, high)| u128::from(high - low) + 1).product()
}

/// Searches between two combinations; `test` says whether one is enough, and if so then also of all coarser.
pub(crate) fn search(bottom: &[u8], top: &[u8], test: &mut dyn FnMut(&[u8]) -> bool) -> Search {
    let tops: Vec<u8> = bottom.iter().zip(top).map(|(low, high)| high - low).collect();
    let raised =
        |node: &[u8]| -> Node { node.iter().zip(bottom).map(|(level, low)| level + low).collect() };
    let nodes = all(&tops);
    let tags = vec![Tag::Unknown; nodes.len()];
    let mut raised_test = |node: &[u8]| test(&raised(node));
    let mut lattice = Lattice {
        nodes,
        tops: &tops,
        tags,
        tested: 0,
        test: &mut raised_test,
        searched: HashSet::new(),
    };
    let last = lattice.nodes.len() - 1;
    if lattice.is_enough(last) && !lattice.is_enough(0) {
        lattice.halve(0, last);
    }
    let minimal = lattice.minimal().iter().map(|node| raised(node)).collect();
    Search { minimal, tested: lattice.tested }
}

/// All combinations below `tops`, the last quasi-identifier changing fastest.
fn all(tops: &[u8]) -> Vec<Node> {
    let mut nodes = vec![Vec::new()];
    for top in tops {
        nodes = nodes
            .into_iter()
            .flat_map(|node| (0..=*top).map(move |level| [node.as_slice(), &[level]].concat()))
            .collect();
    }
    nodes
}

fn height(node: &[u8]) -> u32 {
    node.iter().map(|level| u32::from(*level)).sum()
}

fn is_below(fine: &[u8], coarse: &[u8]) -> bool {
    fine.iter().zip(coarse).all(|(fine, coarse)| fine <= coarse)
}

impl Lattice<'_> {
    /// The number of a combination.
    fn number(&self, node: &[u8]) -> usize {
        node.iter()
            .zip(self.tops)
            .fold(0, |number, (level, top)| number * (usize::from(*top) + 1) + usize::from(*level))
    }

    /// Whether a combination is enough: by its tag, or by the test, which tags all that follows from it.
    fn is_enough(&mut self, number: usize) -> bool {
        if self.tags[number] == Tag::Unknown {
            self.tested += 1;
            let node = self.nodes[number].clone();
            let is_enough = (self.test)(&node);
            for (other, tag) in self.nodes.iter().zip(&mut self.tags) {
                if is_enough && is_below(&node, other) {
                    *tag = Tag::Enough;
                } else if !is_enough && is_below(other, &node) {
                    *tag = Tag::NotEnough;
                }
            }
        }
        self.tags[number] == Tag::Enough
    }

    /// Searches between a combination that is not enough and one that is. Each pair is taken once, and
    /// a pair's height is half of that it came from, so the depth is the logarithm of the height.
    fn halve(&mut self, bottom: usize, top: usize) {
        let (low, high) = (self.nodes[bottom].clone(), self.nodes[top].clone());
        let steps = height(&high) - height(&low);
        if steps <= 1 || !self.searched.insert((bottom, top)) {
            return;
        }
        if !self.has_unknown(&low, &high) {
            return;
        }
        for node in between(&low, &high, steps / 2) {
            let number = self.number(&node);
            if self.is_enough(number) {
                self.halve(bottom, number);
            } else {
                self.halve(number, top);
            }
        }
    }

    fn has_unknown(&self, low: &[u8], high: &[u8]) -> bool {
        self.nodes
            .iter()
            .zip(&self.tags)
            .any(|(node, tag)| *tag == Tag::Unknown && is_below(low, node) && is_below(node, high))
    }

    /// Those that are enough while no finer neighbour is.
    fn minimal(&self) -> Vec<Node> {
        let is_minimal = |node: &Node| {
            (0..node.len()).filter(|place| node[*place] > 0).all(|place| {
                let mut finer = node.clone();
                finer[place] -= 1;
                self.tags[self.number(&finer)] == Tag::NotEnough
            })
        };
        let enough = self.nodes.iter().zip(&self.tags).filter(|(_, tag)| **tag == Tag::Enough);
        enough.map(|(node, _)| node).filter(|node| is_minimal(node)).cloned().collect()
    }
}

/// Combinations between two, so many steps above the lower, in ascending order.
fn between(low: &[u8], high: &[u8], steps: u32) -> Vec<Node> {
    let mut parts: Vec<(Node, u32)> = vec![(Vec::new(), steps)];
    for place in 0..low.len() {
        let rest: u32 =
            (place + 1..low.len()).map(|later| u32::from(high[later] - low[later])).sum();
        let mut next = Vec::new();
        for (part, left) in parts {
            for level in low[place]..=high[place] {
                let used = u32::from(level - low[place]);
                if used <= left && left - used <= rest {
                    next.push(([part.as_slice(), &[level]].concat(), left - used));
                }
            }
        }
        parts = next;
    }
    parts.into_iter().map(|(node, _)| node).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every combination tested, one after the other.
    fn slow(tops: &[u8], test: &dyn Fn(&[u8]) -> bool) -> Vec<Node> {
        let enough: Vec<Node> = all(tops).into_iter().filter(|node| test(node)).collect();
        let is_minimal =
            |node: &&Node| !enough.iter().any(|other| other != *node && is_below(other, node));
        enough.iter().filter(is_minimal).cloned().collect()
    }

    proptest! {
        #[test]
        fn the_search_finds_what_trying_all_finds(
            tops in prop::collection::vec(0_u8..4, 1..5),
            seeds in prop::collection::vec(prop::collection::vec(0_u8..4, 4), 0..5),
        ) {
            // Enough is what lies above one of some combinations: every monotone test is such.
            let test = |node: &[u8]| seeds.iter().any(|seed| is_below(&seed[..node.len()], node));
            let found = search(&vec![0; tops.len()], &tops, &mut |node| test(node));
            prop_assert_eq!(&found.minimal, &slow(&tops, &test));
            prop_assert!(found.tested as u128 <= size(&vec![0; tops.len()], &tops));
        }
    }

    #[test]
    fn the_largest_lattice_is_searched_with_few_tests() {
        let tops = [3_u8; 7];
        let found = search(&[0; 7], &tops, &mut |node| height(node) >= 9 && node[2] > 0);
        assert!(found.minimal.iter().all(|node| height(node) == 9 && node[2] > 0));
        assert!(found.tested < 5_000, "{} of {}", found.tested, size(&[0; 7], &tops));
    }
}
