//! Full-domain generalisation, then local suppression.
//!
//! Takes quasi-identifiers and what is demanded, gives a level of each and the persons to take out. Refuses
//! what no level makes good.
//!
//! Of the minimal combinations that keep within the limit of suppression, the one with the least non-uniform
//! entropy is taken; of equal ones the one with fewer persons taken out, then the finer first column.
//! A person who is taken out stays in the release with all other cells: dropping rows would bias every count.
//! Those taken out are a class of their own, which must hold what other classes hold. Where they would be too
//! few or too alike, further persons join them, in the order of their random ids.

use std::collections::HashMap;

use crate::axis::Axis;
use crate::classes::{Classes, Demand, Sensitive, Tuples};
use crate::lattice::{Node, search, size};
use crate::loss::{Costs, costs};
use crate::people::People;
use crate::policy::{LATTICE_NODES_MAX, Policy};
use crate::refusal::Reason;

/// What is to be done to the tables.
pub(crate) struct Plan {
    /// Level of each quasi-identifier.
    pub(crate) node: Node,
    /// By person: whether the quasi-identifiers are taken out.
    pub(crate) is_suppressed: Vec<bool>,
    /// Persons taken out, and those of them who only join.
    pub(crate) suppressed: u64,
    pub(crate) joined: u64,
    pub(crate) search: Searched,
    /// By quasi-identifier.
    pub(crate) costs: Vec<Costs>,
}

/// How the levels were found.
pub(crate) struct Searched {
    pub(crate) nodes: usize,
    pub(crate) tested: usize,
    pub(crate) minimal: Vec<Node>,
}

/// Finds the levels and the persons to take out.
pub(crate) fn plan(
    axes: &[Axis],
    sensitive: &[Sensitive],
    people: &People,
    policy: &Policy,
) -> Result<Plan, Reason> {
    let demand = Demand { k: policy.k.into(), l: if sensitive.is_empty() { 0 } else { policy.l } };
    let max = policy.suppressed_max(people.count as u64);
    let (low, high): (Node, Node) =
        axes.iter().map(|axis| (byte(axis.floor), byte(axis.top()))).unzip();
    let nodes = size(&low, &high);
    if nodes > LATTICE_NODES_MAX as u128 {
        return Err(Reason::LatticeTooLarge { nodes, max: LATTICE_NODES_MAX });
    }
    let tuples = Tuples::new(axes, sensitive, people.count)
        .ok_or(Reason::PolicyInvalid { what: "the quasi-identifiers have too many categories" })?;
    let costs: Vec<Costs> = axes.iter().map(costs).collect();
    let choice = Choice { tuples: &tuples, sensitive, people, demand, costs: &costs, max };
    // Those taken out must be k themselves, so that this test stays monotone.
    let least = |failing: u64| if failing == 0 { 0 } else { failing.max(demand.k) };
    let found = search(&low, &high, &mut |node| least(choice.classes(node).failing()) <= max);
    let mut taken = choice.best(&found.minimal);
    let mut tested = found.tested;
    if taken.is_none() && !found.minimal.is_empty() {
        // Nobody can be spared to join those taken out: then nobody is taken out.
        let whole = search(&low, &high, &mut |node| choice.classes(node).failing() == 0);
        taken = choice.best(&whole.minimal);
        tested += whole.tested;
    }
    let taken = taken.ok_or_else(|| {
        let suppressed = least(choice.classes(&high).failing()).max(max + 1);
        Reason::TooManySuppressed { suppressed, max }
    })?;
    let nodes = usize::try_from(nodes).expect("bounded above");
    let search = Searched { nodes, tested, minimal: found.minimal };
    let Taken { node, is_suppressed, suppressed, joined } = taken;
    Ok(Plan { node, is_suppressed, suppressed, joined, search, costs })
}

/// Among combinations that are enough.
struct Choice<'a> {
    tuples: &'a Tuples<'a>,
    sensitive: &'a [Sensitive],
    people: &'a People,
    demand: Demand,
    costs: &'a [Costs],
    max: u64,
}

/// A combination, and who is taken out at it.
struct Taken {
    node: Node,
    is_suppressed: Vec<bool>,
    suppressed: u64,
    joined: u64,
}

impl Choice<'_> {
    fn classes(&self, node: &[u8]) -> Classes {
        self.tuples.classes(node, self.demand)
    }

    /// The one that loses least, of those at which enough persons can be taken out.
    fn best(&self, nodes: &[Node]) -> Option<Taken> {
        let mut ranked: Vec<(u64, u64, &Node)> = Vec::new();
        for node in nodes {
            let classes = self.classes(node);
            let loss = entropy(self.costs, self.tuples, node, &classes);
            ranked.push((loss, classes.failing(), node));
        }
        ranked.sort_unstable();
        ranked.into_iter().find_map(|(_, failing, node)| {
            let classes = (&self.classes(node), self.demand);
            let (is_suppressed, suppressed) =
                taken_out(self.tuples, self.sensitive, self.people, classes, self.max)?;
            let joined = suppressed - failing;
            Some(Taken { node: node.clone(), is_suppressed, suppressed, joined })
        })
    }
}

fn byte(level: usize) -> u8 {
    u8::try_from(level).expect("a policy has at most LEVELS_MAX levels")
}

/// Non-uniform entropy of a combination, with what fails suppressed.
fn entropy(costs: &[Costs], tuples: &Tuples<'_>, node: &[u8], classes: &Classes) -> u64 {
    let mut sum = 0;
    for ((categories, costs), level) in tuples.categories.iter().zip(costs).zip(node) {
        let kept = &costs.levels[usize::from(*level)];
        for (tuple, category) in categories.iter().enumerate() {
            let holds = classes.holds[classes.of_tuple[tuple] as usize];
            let by_category = if holds { kept } else { &costs.suppressed };
            sum += tuples.persons[tuple] * by_category[*category as usize];
        }
    }
    sum
}

/// Who is taken out, while it is worked out.
struct Suppression<'a> {
    sensitive: &'a [Sensitive],
    demand: Demand,
    /// By person.
    class: Vec<u32>,
    is_out: Vec<bool>,
    /// Persons taken out.
    out: u64,
    /// By class: persons left.
    sizes: Vec<u64>,
    /// By sensitive column: persons of each value among those taken out.
    values_out: Vec<Vec<u64>>,
    /// By sensitive column: persons of each class and value that are left. Never walked through, only asked.
    values_in: Vec<HashMap<(u32, u32), u64>>,
}

/// Persons of classes that fail, and those who join them; `None` if these would be more than `max`, or if
/// nobody can be spared.
fn taken_out(
    tuples: &Tuples<'_>,
    sensitive: &[Sensitive],
    people: &People,
    (classes, demand): (&Classes, Demand),
    max: u64,
) -> Option<(Vec<bool>, u64)> {
    let class: Vec<u32> =
        tuples.of_person.iter().map(|tuple| classes.of_tuple[*tuple as usize]).collect();
    let is_out: Vec<bool> = class.iter().map(|class| !classes.holds[*class as usize]).collect();
    let out = classes.failing();
    if out == 0 {
        return Some((is_out, 0));
    }
    let mut taken = Suppression {
        sensitive,
        demand,
        class,
        is_out,
        out,
        sizes: classes.persons.clone(),
        values_out: sensitive.iter().map(|s| vec![0; s.counts.len()]).collect(),
        values_in: vec![HashMap::new(); sensitive.len()],
    };
    taken.count();
    // First those who bring a value that is lacking, then anybody.
    for person in people.by_id.iter().map(|person| *person as usize) {
        if taken.brings(person) && taken.may_leave(person) {
            taken.take(person);
        }
    }
    for person in people.by_id.iter().map(|person| *person as usize) {
        if taken.out < demand.k && taken.may_leave(person) {
            taken.take(person);
        }
    }
    let holds = taken.out >= demand.k && (0..sensitive.len()).all(|place| !taken.lacks(place));
    (holds && taken.out <= max).then_some((taken.is_out, taken.out))
}

impl Suppression<'_> {
    /// Counts the sensitive values of both sides.
    fn count(&mut self) {
        for (place, sensitive) in self.sensitive.iter().enumerate() {
            for ((value, class), is_out) in
                sensitive.codes.iter().zip(&self.class).zip(&self.is_out)
            {
                if *is_out {
                    self.values_out[place][*value as usize] += 1;
                } else {
                    *self.values_in[place].entry((*class, *value)).or_default() += 1;
                }
            }
        }
    }

    /// Whether those taken out have too few values of a sensitive column.
    fn lacks(&self, place: usize) -> bool {
        let counted = self.values_out[place].iter().zip(&self.sensitive[place].counts);
        counted.filter(|(persons, counts)| **persons > 0 && **counts).count()
            < self.demand.l as usize
    }

    /// Whether a person has a value that those taken out lack.
    fn brings(&self, person: usize) -> bool {
        self.sensitive.iter().enumerate().any(|(place, sensitive)| {
            let value = sensitive.codes[person] as usize;
            sensitive.counts[value] && self.values_out[place][value] == 0 && self.lacks(place)
        })
    }

    /// Whether the class of a person holds without that person.
    fn may_leave(&self, person: usize) -> bool {
        let class = self.class[person];
        let is_spared = |(sensitive, values): (&Sensitive, &HashMap<(u32, u32), u64>)| {
            let value = sensitive.codes[person];
            !sensitive.counts[value as usize] || values.get(&(class, value)).is_some_and(|n| *n > 1)
        };
        !self.is_out[person]
            && self.sizes[class as usize] > self.demand.k
            && self.sensitive.iter().zip(&self.values_in).all(is_spared)
    }

    fn take(&mut self, person: usize) {
        let class = self.class[person];
        self.is_out[person] = true;
        self.out += 1;
        self.sizes[class as usize] -= 1;
        for (place, sensitive) in self.sensitive.iter().enumerate() {
            let value = sensitive.codes[person];
            self.values_out[place][value as usize] += 1;
            *self.values_in[place].entry((class, value)).or_default() -= 1;
        }
    }
}
