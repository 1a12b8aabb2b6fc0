//! Identities in the order of their first rows, found by handle.

use hashbrown::HashTable;
use tallystick_wire::{ContinuityToken, Handle};

/// One identity, in the order of its first row.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) handle: Handle,
    pub(super) continuity: ContinuityToken,
    pub(super) rows: u32,
    pub(super) presence: u32,
}

/// All identities so far: 40 bytes each, and five to eleven for finding them, since a handle is kept once.
#[derive(Debug, Default)]
pub(super) struct Identities {
    all: Vec<Identity>,
    places: HashTable<u32>,
}

impl Identities {
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn find(&mut self, handle: Handle) -> Option<&mut Identity> {
        let all = &mut self.all;
        let place =
            self.places.find(hash(handle), |place| all[*place as usize].handle == handle)?;
        Some(&mut all[*place as usize])
    }

    /// Adds one that is not there yet; its place is its number.
    pub(super) fn push(&mut self, place: u32, identity: Identity) {
        debug_assert_eq!(self.all.len(), place as usize);
        let all = &self.all;
        let hash_at = |place: &u32| hash(all[*place as usize].handle);
        self.places.insert_unique(hash(identity.handle), place, hash_at);
        self.all.push(identity);
    }

    pub(super) fn into_vec(self) -> Vec<Identity> {
        self.all
    }
}

/// A handle is the output of a keyed hash: any part of it is one.
fn hash(handle: Handle) -> u64 {
    u64::from_le_bytes(*handle.0.first_chunk().expect("a handle has 16 bytes"))
}
