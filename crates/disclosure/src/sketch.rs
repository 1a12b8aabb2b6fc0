//! What the desk keeps of a release, and how a later one differs from it.
//!
//! Takes finished releases of one project under one key, gives counts. Refuses bytes that are no sketch.
//!
//! Whoever holds two releases can join them by study id. A person is then known by the class in the earlier and
//! the class in the later one; who stands in one only is known by that. Each such group must have k persons, or
//! the later release tells more than either alone.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tallystick_dataset::Column;

use crate::people::People;
use crate::refusal::{Reason, Refusal};
use crate::report::{Finding, Severity};
use crate::value::code;
use crate::verify::Verified;

const MAGIC: &[u8; 8] = b"tsketch1";
const DIGEST_BYTES: usize = 16;
type Digest = [u8; DIGEST_BYTES];
const PERSON_BYTES: usize = DIGEST_BYTES + 4 + DIGEST_BYTES;

/// What the desk keeps of a release: keyed digests only. Without the key nobody is named, and no value.
#[derive(Clone, Eq, PartialEq)]
pub struct ReleaseSketch {
    /// Digest of the quasi-identifiers, and persons; ascending.
    classes: Vec<(Digest, u64)>,
    /// In the order of digests.
    persons: Vec<Kept>,
}

#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
struct Kept {
    person: Digest,
    class: u32,
    row: Digest,
}

impl std::fmt::Debug for ReleaseSketch {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (classes, persons) = (self.classes.len(), self.persons.len());
        write!(out, "ReleaseSketch {{ classes: {classes}, persons: {persons} }}")
    }
}

/// Bytes that are no sketch.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a sketch of a release, or a damaged one")]
pub struct SketchInvalid;

/// What became of an earlier release.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Standing {
    /// Evaluators hold it and may go on.
    Standing,
    /// Revoked or superseded by a retraction: evaluators were told to destroy it.
    Retracted,
}

/// How two releases differ.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Difference {
    /// Persons who are new.
    pub added: u64,
    /// Persons who are gone.
    pub removed: u64,
    /// Persons whose quasi-identifiers are others.
    pub moved: u64,
    /// Persons of the same class whose rows differ.
    pub changed: u64,
    /// Groups of (class before, class after) with fewer than k persons.
    pub groups_small: u64,
    /// Persons in them.
    pub persons_small: u64,
    /// Persons of the smallest group; 0 if both releases are empty.
    pub smallest: u64,
    /// What a group needs.
    pub k: u32,
}

impl Difference {
    /// What is to be said of it; nothing if every group is large enough.
    pub fn finding(&self, earlier: Standing) -> Option<Finding> {
        let severity = match earlier {
            Standing::Standing => Severity::Severe,
            Standing::Retracted => Severity::Warning,
        };
        let (count, of) = (self.persons_small, self.added + self.removed + self.moved);
        let place = String::new();
        (self.groups_small > 0).then_some(Finding {
            code: "differencing",
            severity,
            place,
            count,
            of,
        })
    }

    /// Whether the later release may leave beside the earlier one.
    ///
    /// # Errors
    /// Groups below k, while the earlier release stands.
    pub fn permit(&self, earlier: Standing) -> Result<(), Refusal> {
        if self.groups_small == 0 || earlier == Standing::Retracted {
            return Ok(());
        }
        let (persons, smallest) = (self.persons_small, self.smallest);
        Err(Refusal { reasons: vec![Reason::Differencing { persons, smallest }] })
    }
}

/// Compares two releases of one project.
pub fn compare(previous: &ReleaseSketch, next: &ReleaseSketch, k: u32) -> Difference {
    let mut groups: BTreeMap<(Option<Digest>, Option<Digest>), u64> = BTreeMap::new();
    let mut found = Difference {
        added: 0,
        removed: 0,
        moved: 0,
        changed: 0,
        groups_small: 0,
        persons_small: 0,
        smallest: 0,
        k,
    };
    let (mut before, mut after) =
        (previous.persons.iter().peekable(), next.persons.iter().peekable());
    loop {
        let (old, new) = match (before.peek(), after.peek()) {
            (None, None) => break,
            (Some(old), Some(new)) if old.person == new.person => (before.next(), after.next()),
            (Some(old), Some(new)) if new.person < old.person => (None, after.next()),
            (None, Some(_)) => (None, after.next()),
            (Some(_), _) => (before.next(), None),
        };
        let class_before = old.map(|kept| previous.classes[kept.class as usize].0);
        let class_after = new.map(|kept| next.classes[kept.class as usize].0);
        match (old, new) {
            (Some(_), None) => found.removed += 1,
            (None, Some(_)) => found.added += 1,
            _ if class_before != class_after => found.moved += 1,
            (Some(old), Some(new)) if old.row != new.row => found.changed += 1,
            _ => {}
        }
        *groups.entry((class_before, class_after)).or_default() += 1;
    }
    found.smallest = groups.values().min().copied().unwrap_or(0);
    for persons in groups.into_values().filter(|persons| *persons < u64::from(k)) {
        found.groups_small += 1;
        found.persons_small += persons;
    }
    found
}

impl ReleaseSketch {
    pub(crate) fn new(
        key: &[u8; 32],
        people: &People,
        verified: &Verified,
        columns: &[&Column],
    ) -> Self {
        let keyed = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
        let mut numbered: Vec<(Digest, u64, usize)> = Vec::new();
        for (number, class) in verified.classes.iter().enumerate() {
            let labels = class.labels.iter().map(String::as_bytes);
            numbered.push((digest(&keyed, b"class", labels), class.persons, number));
        }
        numbered.sort_unstable();
        let mut place_of = vec![0; numbered.len()];
        for (place, (_, _, number)) in numbered.iter().enumerate() {
            place_of[*number] = code(place);
        }
        let mut cells = vec![Vec::new(); columns.len()];
        let mut persons: Vec<Kept> = Vec::with_capacity(people.count);
        for person in 0..people.count {
            for (column, cell) in columns.iter().zip(&mut cells) {
                cell.clear();
                column.values.write_cell(person, cell);
            }
            persons.push(Kept {
                person: digest(&keyed, b"person", [people.id(person)].into_iter()),
                class: place_of[verified.of_person[person] as usize],
                row: digest(&keyed, b"row", cells.iter().map(Vec::as_slice)),
            });
        }
        persons.sort_unstable();
        let classes = numbered.into_iter().map(|(digest, persons, _)| (digest, persons)).collect();
        Self { classes, persons }
    }

    /// Persons.
    pub const fn persons(&self) -> usize {
        self.persons.len()
    }

    /// Classes.
    pub const fn classes(&self) -> usize {
        self.classes.len()
    }

    /// As bytes: magic 8, classes u32, persons u32; a class is digest 16, persons u64; a person is digest 16,
    /// class u32, digest of the row 16. Numbers are little-endian.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&code(self.classes.len()).to_le_bytes());
        bytes.extend_from_slice(&code(self.persons.len()).to_le_bytes());
        for (digest, persons) in &self.classes {
            bytes.extend_from_slice(digest);
            bytes.extend_from_slice(&persons.to_le_bytes());
        }
        for kept in &self.persons {
            bytes.extend_from_slice(&kept.person);
            bytes.extend_from_slice(&kept.class.to_le_bytes());
            bytes.extend_from_slice(&kept.row);
        }
        bytes
    }

    /// From bytes, all of them; what does not go together is refused.
    ///
    /// # Errors
    /// Bytes that [`Self::to_bytes`] does not write.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SketchInvalid> {
        let (magic, rest) = bytes.split_first_chunk::<8>().ok_or(SketchInvalid)?;
        let (classes, rest) = rest.split_first_chunk::<4>().ok_or(SketchInvalid)?;
        let (persons, rest) = rest.split_first_chunk::<4>().ok_or(SketchInvalid)?;
        let classes = u32::from_le_bytes(*classes) as usize;
        let persons = u32::from_le_bytes(*persons) as usize;
        let class_bytes = DIGEST_BYTES + 8;
        let expected = classes as u64 * class_bytes as u64 + persons as u64 * PERSON_BYTES as u64;
        if magic != MAGIC || rest.len() as u64 != expected {
            return Err(SketchInvalid);
        }
        let (class_part, person_part) = rest.split_at(classes * class_bytes);
        let class = |part: &[u8]| {
            let (digest, persons) = part.split_first_chunk().expect("of this length");
            (*digest, u64::from_le_bytes(persons.try_into().expect("of this length")))
        };
        let person = |part: &[u8]| {
            let (person, rest) = part.split_first_chunk().expect("of this length");
            let (class, row) = rest.split_first_chunk().expect("of this length");
            let row = row.try_into().expect("of this length");
            Kept { person: *person, class: u32::from_le_bytes(*class), row }
        };
        let sketch = Self {
            classes: class_part.chunks_exact(class_bytes).map(class).collect(),
            persons: person_part.chunks_exact(PERSON_BYTES).map(person).collect(),
        };
        if sketch.is_whole() { Ok(sketch) } else { Err(SketchInvalid) }
    }

    /// Whether digests ascend and counts are those of the persons.
    fn is_whole(&self) -> bool {
        let mut counts = vec![0; self.classes.len()];
        for kept in &self.persons {
            match counts.get_mut(kept.class as usize) {
                Some(count) => *count += 1,
                None => return false,
            }
        }
        self.classes.windows(2).all(|pair| pair[0].0 < pair[1].0)
            && self.persons.windows(2).all(|pair| pair[0].person < pair[1].person)
            && self.classes.iter().zip(counts).all(|((_, persons), count)| *persons == count)
    }
}

/// `HMAC-SHA-256[key](what, then each part behind its length)`, first 16 bytes.
fn digest<'a>(keyed: &Hmac<Sha256>, what: &[u8], parts: impl Iterator<Item = &'a [u8]>) -> Digest {
    let mut mac = keyed.clone();
    mac.update(b"tallystick disclosure ");
    mac.update(what);
    for part in parts {
        mac.update(&(part.len() as u64).to_le_bytes());
        mac.update(part);
    }
    let full = mac.finalize().into_bytes();
    std::array::from_fn(|place| full[place])
}
