//! Whose each record was last, over all runs of a project, in sealed files.
//!
//! ```text
//! magic 8 | version u32 | sources u32
//! each source: name 16 | entries u32, each: key 16 | id 16, keys ascending
//! ```
//! A key is a record's handle, or the continuity token of the agency's own number, where that is a person's: both are keyed
//! hashes of the agency that say nothing to others. A record whose identity was corrected has another handle and, with luck, the
//! same number.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write};

use tallystick_wire::{ContinuityToken, Handle, SourceLabel};

use crate::ids::PersonId;
use crate::release::contract::{LEFT_OUT, Linked, LinkedSource};

const MAGIC: &[u8; 8] = b"tallyper";
const IDS_MAGIC: &[u8; 8] = b"tallyids";
/// Raised with every change of a form.
const VERSION: u32 = 1;

pub(super) type Key = [u8; 16];

/// Whose each record was last.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Known(BTreeMap<SourceLabel, Vec<(Key, PersonId)>>);

/// The key of a token; `None` where it is no person's number.
pub(super) fn token_key(token: ContinuityToken) -> Option<Key> {
    (!token.is_of_row()).then_some(token.0)
}

impl Known {
    /// Whose the records of a source were, in their order: by handle, else by number.
    pub(super) fn earlier(
        &self,
        source: &LinkedSource,
        tokens: &[ContinuityToken],
    ) -> Vec<Option<PersonId>> {
        let entries = self.0.get(&source.source).map_or(&[][..], Vec::as_slice);
        let find = |key: Key| {
            let place = entries.binary_search_by_key(&key, |(key, _)| *key);
            place.ok().map(|place| entries[place].1)
        };
        let records = source.handles.iter().zip(tokens);
        let by_number = |token: &ContinuityToken| token_key(*token).and_then(find);
        records.map(|(handle, token)| find(handle.0).or_else(|| by_number(token))).collect()
    }

    /// Notes whose the records of a run are. Of several records with one number the first counts.
    pub(super) fn note(
        &mut self,
        linked: &Linked,
        tokens: &[Vec<ContinuityToken>],
        ids: &[PersonId],
    ) {
        for (source, tokens) in linked.sources.iter().zip(tokens) {
            let persons = source
                .person
                .iter()
                .map(|number| (*number != LEFT_OUT).then(|| ids[*number as usize]));
            let records = source.handles.iter().zip(tokens).zip(persons);
            let mut entries: Vec<(Key, PersonId)> = Vec::new();
            for ((handle, token), id) in records {
                let Some(id) = id else { continue };
                entries.push((handle.0, id));
                entries.extend(token_key(*token).map(|key| (key, id)));
            }
            // New before old, and first before later, of equal keys.
            let old = self.0.remove(&source.source).unwrap_or_default();
            let is_out = |record: usize| source.person[record] == LEFT_OUT;
            let of_left_out: BTreeSet<Key> = (0..tokens.len())
                .filter(|record| is_out(*record))
                .filter_map(|record| token_key(tokens[record]))
                .collect();
            let is_left_out = |(key, _): &(Key, PersonId)| {
                of_left_out.contains(key)
                    || source.handles.binary_search(&Handle(*key)).is_ok_and(is_out)
            };
            entries.extend(old.into_iter().filter(|entry| !is_left_out(entry)));
            entries.sort_by_key(|(key, _)| *key);
            entries.dedup_by_key(|(key, _)| *key);
            self.0.insert(source.source, entries);
        }
    }

    /// Forgets what of a source is not among these keys; gives the number of entries.
    pub(super) fn retain(&mut self, source: SourceLabel, keys: &BTreeSet<Key>) -> u64 {
        let Some(entries) = self.0.get_mut(&source) else { return 0 };
        let before = entries.len();
        entries.retain(|(key, _)| keys.contains(key));
        let forgotten = (before - entries.len()) as u64;
        if entries.is_empty() {
            self.0.remove(&source);
        }
        forgotten
    }

    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let count = |length: usize| u32::try_from(length).map_err(|_| invalid());
        out.write_all(MAGIC)?;
        out.write_all(&VERSION.to_le_bytes())?;
        out.write_all(&count(self.0.len())?.to_le_bytes())?;
        for (source, entries) in &self.0 {
            out.write_all(&source.to_bytes())?;
            out.write_all(&count(entries.len())?.to_le_bytes())?;
            for (key, id) in entries {
                out.write_all(key)?;
                out.write_all(&id.to_bytes())?;
            }
        }
        Ok(())
    }

    pub(super) fn read(from: &mut dyn Read) -> io::Result<Self> {
        let sources = head(from, MAGIC)?;
        let mut known = Self::default();
        for _ in 0..sources {
            let source = SourceLabel::from_bytes(bytes(from)?).ok_or_else(invalid)?;
            let count = u32::from_le_bytes(bytes(from)?);
            let mut entries = Vec::new();
            for _ in 0..count {
                entries.push((bytes(from)?, PersonId::from_bytes(bytes(from)?)));
            }
            let in_order = entries.is_sorted_by(|a, b| a.0 < b.0);
            if !in_order || known.0.insert(source, entries).is_some() {
                return Err(invalid());
            }
        }
        end(from)?;
        Ok(known)
    }
}

/// The ids of a run's persons, in their order.
pub(super) fn write_ids(ids: &[PersonId], out: &mut dyn Write) -> io::Result<()> {
    let count = u32::try_from(ids.len()).map_err(|_| invalid())?;
    out.write_all(IDS_MAGIC)?;
    out.write_all(&VERSION.to_le_bytes())?;
    out.write_all(&count.to_le_bytes())?;
    ids.iter().try_for_each(|id| out.write_all(&id.to_bytes()))
}

pub(super) fn read_ids(from: &mut dyn Read) -> io::Result<Vec<PersonId>> {
    let count = head(from, IDS_MAGIC)?;
    let mut ids = Vec::new();
    for _ in 0..count {
        ids.push(PersonId::from_bytes(bytes(from)?));
    }
    end(from)?;
    Ok(ids)
}

fn head(from: &mut dyn Read, magic: &[u8; 8]) -> io::Result<u32> {
    if &bytes::<8>(from)? != magic || u32::from_le_bytes(bytes(from)?) != VERSION {
        return Err(invalid());
    }
    Ok(u32::from_le_bytes(bytes(from)?))
}

fn end(from: &mut dyn Read) -> io::Result<()> {
    if from.read(&mut [0])? == 0 { Ok(()) } else { Err(invalid()) }
}

fn bytes<const N: usize>(from: &mut dyn Read) -> io::Result<[u8; N]> {
    let mut bytes = [0u8; N];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn invalid() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

#[cfg(test)]
mod tests {
    use tallystick_wire::SourceType;

    use super::*;

    fn source(handles: &[u8], person: &[u32]) -> Linked {
        let source = LinkedSource {
            source: SourceLabel::parse("police").unwrap(),
            source_type: SourceType::Police,
            handles: handles.iter().map(|byte| Handle([*byte; 16])).collect(),
            row_counts: vec![1; handles.len()],
            person: person.to_vec(),
            strict: person.to_vec(),
            loose: person.to_vec(),
            imputed: Vec::new(),
        };
        Linked {
            sources: vec![source],
            person_count: 2,
            link_permille_min: vec![],
            flagged: vec![],
        }
    }

    #[test]
    fn a_record_is_known_by_handle_and_by_number() {
        let ids = [PersonId::from_bytes([8; 16]), PersonId::from_bytes([9; 16])];
        let (none, number) = (ContinuityToken::default(), ContinuityToken([77; 16]));
        let mut known = Known::default();
        known.note(&source(&[1, 2], &[0, 1]), &[vec![none, number]], &ids);
        let later = source(&[1, 3, 4], &[0, 1, LEFT_OUT]);
        let found = known.earlier(&later.sources[0], &[none, number, none]);
        assert_eq!(found, [Some(ids[0]), Some(ids[1]), None]);
        known.note(&later, &[vec![none, none, none]], &[ids[1], ids[0]]);
        let found = known.earlier(&source(&[1, 2, 3, 4], &[0; 4]).sources[0], &[none; 4]);
        assert_eq!(found, [Some(ids[1]), Some(ids[1]), Some(ids[0]), None], "the last counts");
    }

    #[test]
    fn left_out_records_are_known_neither_by_handle_nor_by_number() {
        let ids = [PersonId::from_bytes([8; 16]), PersonId::from_bytes([9; 16])];
        let (none, number) = (ContinuityToken::default(), ContinuityToken([77; 16]));
        let shared = ContinuityToken([78; 16]);
        let tokens = [vec![shared, number, shared]];
        let mut known = Known::default();
        known.note(&source(&[1, 2, 3], &[0, 1, 0]), &tokens, &ids);
        // The second is taken out, and the third; the first has the number of the third.
        known.note(&source(&[1, 2, 3], &[0, LEFT_OUT, LEFT_OUT]), &tokens, &ids);
        let later = source(&[1, 2, 3, 4, 5], &[0; 5]);
        let found = known.earlier(&later.sources[0], &[none, none, none, number, shared]);
        assert_eq!(found, [Some(ids[0]), None, None, None, Some(ids[0])]);
    }

    #[test]
    fn what_is_not_kept_is_forgotten_of_its_source_alone() {
        let ids = [PersonId::from_bytes([8; 16]), PersonId::from_bytes([9; 16])];
        let (none, number) = (ContinuityToken::default(), ContinuityToken([77; 16]));
        let mut known = Known::default();
        known.note(&source(&[1, 2], &[0, 1]), &[vec![none, number]], &ids);
        let police = SourceLabel::parse("police").unwrap();
        assert_eq!(known.retain(SourceLabel::parse("court").unwrap(), &BTreeSet::new()), 0);
        assert_eq!(known.retain(police, &[[1; 16], [2; 16], [77; 16]].into()), 0);
        assert_eq!(known.retain(police, &[[1; 16]].into()), 2, "handle and number");
        let later = source(&[1, 2, 3], &[0; 3]);
        let found = known.earlier(&later.sources[0], &[none, none, number]);
        assert_eq!(found, [Some(ids[0]), None, None]);
        assert_eq!(known.retain(police, &BTreeSet::new()), 1);
        assert_eq!(known, Known::default());
    }

    #[test]
    fn what_was_written_is_read_to_the_last_byte() {
        let ids = [PersonId::from_bytes([8; 16]), PersonId::from_bytes([9; 16])];
        let mut known = Known::default();
        known.note(&source(&[1, 2], &[0, 1]), &[vec![ContinuityToken::default(); 2]], &ids);
        let (mut bytes, mut id_bytes) = (Vec::new(), Vec::new());
        known.write(&mut bytes).unwrap();
        write_ids(&ids, &mut id_bytes).unwrap();
        assert_eq!(Known::read(&mut &bytes[..]).unwrap(), known);
        assert_eq!(read_ids(&mut &id_bytes[..]).unwrap(), ids);
        for length in 0..bytes.len() {
            assert!(Known::read(&mut &bytes[..length]).is_err(), "{length} bytes");
        }
        for length in 0..id_bytes.len() {
            assert!(read_ids(&mut &id_bytes[..length]).is_err(), "{length} bytes");
        }
        assert!(Known::read(&mut &[&bytes[..], &[0]].concat()[..]).is_err());
    }
}
