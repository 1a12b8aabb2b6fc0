//! Random-looking ids of persons.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tallystick_wire::{Handle, SourceLabel};

use super::ReleaseError;
use tallystick_dataset::dictionary::Texts;

/// What an id names; part of the keyed message, so ids of two kinds never meet.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub(super) enum IdKind {
    /// A person.
    Study = 1,
    /// A person of the strict linkage.
    Strict = 2,
    /// A group of persons that the loose linkage joins.
    Loose = 3,
}

/// Ids of all persons of one kind.
#[derive(Debug)]
pub(super) struct Ids {
    /// By person: place of the id in ascending order.
    pub(super) places: Vec<u32>,
    /// The ids, 16 hex digits each, ascending.
    pub(super) texts: Texts,
}

impl Ids {
    /// `HMAC-SHA-256[key](kind || source || handle)`, first 8 bytes, of each person's smallest
    /// (source, handle); `firsts` has these by person.
    ///
    /// Without the key an id says nothing of the record; it changes when that record changes
    /// persons.
    pub(super) fn new(
        kind: IdKind,
        key: &[u8; 32],
        firsts: &[(SourceLabel, Handle)],
    ) -> Result<Self, ReleaseError> {
        let keyed = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
        let id = |(source, handle): &(SourceLabel, Handle)| {
            let mut mac = keyed.clone();
            mac.update(&[kind as u8]);
            mac.update(&source.to_bytes());
            mac.update(&handle.0);
            let digest = mac.finalize().into_bytes();
            u64::from_be_bytes(std::array::from_fn(|place| digest[place]))
        };
        let mut order: Vec<(u64, u32)> = firsts.iter().map(id).zip(0..).collect();
        order.sort_unstable();
        if order.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return Err(ReleaseError::IdCollision);
        }
        let mut places = vec![0; order.len()];
        for (place, (_, person)) in (0..).zip(&order) {
            places[*person as usize] = place;
        }
        let texts = Texts::new(order.iter().map(|(id, _)| format!("{id:016x}")));
        Ok(Self { places, texts })
    }
}
