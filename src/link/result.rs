//! Takes the persons of a run, gives their bytes and takes them back, refuses bytes of any other form.
//!
//! ```text
//! magic 8 | version u32 | sources u32 | persons u32 | imputed linkages u32
//! each source: name 16 | kind u32 | records u32
//!   handles 16 each | rows of the export u32 each | person, strict, loose u32 each, then the person in each imputed linkage, a
//!   column after the other
//! each person: lowest probability of a link in thousandths u16; then, a column, 1 if flagged for review u8
//! ```
//! All numbers are little-endian; a record that is in no table has 2^32 - 1 in its columns of persons. The same
//! persons are the same bytes, so their SHA-256 names them. Version 1 had no imputed linkages, and is read still.

use std::io::{self, Read, Write};

use sha2::{Digest as _, Sha256};
use tallystick_wire::{Digest, Handle, SourceLabel, SourceType};

use crate::release::contract::{LEFT_OUT, Linked, LinkedSource};
use crate::report::{self, model::LinkageReport};

const MAGIC: &[u8; 8] = b"tallyres";
/// Raised with every change of the form.
const VERSION: u32 = 2;
/// Without imputed linkages.
const VERSION_FIRST: u32 = 1;
/// Imputed linkages of a run at most; Rubin's rules gain nothing from more.
pub(crate) const IMPUTED_MAX: u32 = 100;
/// Highest number of thousandths.
const PERMILLE_MAX: u16 = 1_000;
/// Rows for which memory is asked at once, whatever the head says.
const RESERVE_MAX: usize = 1 << 16;

/// Writes the persons of a run.
pub(crate) fn encode(linked: &Linked, out: &mut dyn Write) -> io::Result<()> {
    let count = |length: usize| u32::try_from(length).map_err(|_| invalid());
    out.write_all(MAGIC)?;
    let imputed = linked.sources.first().map_or(0, |source| source.imputed.len());
    let head = [VERSION, count(linked.sources.len())?, linked.person_count, count(imputed)?];
    for number in head {
        out.write_all(&number.to_le_bytes())?;
    }
    for source in &linked.sources {
        out.write_all(&source.source.to_bytes())?;
        out.write_all(&u32::from(source.source_type as u8).to_le_bytes())?;
        out.write_all(&count(source.handles.len())?.to_le_bytes())?;
        source.handles.iter().try_for_each(|handle| out.write_all(&handle.0))?;
        let found = [&source.row_counts, &source.person, &source.strict, &source.loose];
        for column in found.into_iter().chain(&source.imputed) {
            column.iter().try_for_each(|number| out.write_all(&number.to_le_bytes()))?;
        }
    }
    linked
        .link_permille_min
        .iter()
        .try_for_each(|permille| out.write_all(&permille.to_le_bytes()))?;
    linked.flagged.iter().try_for_each(|flagged| out.write_all(&[u8::from(*flagged)]))
}

/// Reads what [`encode`] wrote, to its last byte.
///
/// # Errors
/// Those of `from`; [`io::ErrorKind::InvalidData`] for anything else than what was written.
pub(crate) fn decode(from: &mut dyn Read) -> io::Result<Linked> {
    if &bytes::<8>(from)? != MAGIC {
        return Err(invalid());
    }
    let most = match number(from)? {
        VERSION => IMPUTED_MAX,
        VERSION_FIRST => 0,
        _ => return Err(invalid()),
    };
    let (sources, person_count, imputed) = (number(from)?, number(from)?, number(from)?);
    if imputed > most || person_count == LEFT_OUT {
        return Err(invalid());
    }
    let read = |_| decode_source(from, imputed);
    let sources = (0..sources).map(read).collect::<io::Result<Vec<_>>>()?;
    let permille = column(person_count, || Ok(u16::from_le_bytes(bytes(from)?)))?;
    let flags = column(person_count, || Ok(bytes::<1>(from)?[0]))?;
    let linked = Linked {
        sources,
        person_count,
        flagged: flags.iter().map(|flag| *flag == 1).collect(),
        link_permille_min: permille,
    };
    let persons = linked.sources.iter().flat_map(|source| &source.person);
    let is_known = |person: &u32| *person < person_count || *person == LEFT_OUT;
    let fits = linked.sources.is_sorted_by(|a, b| a.source < b.source)
        && linked.link_permille_min.iter().all(|permille| *permille <= PERMILLE_MAX)
        && flags.iter().all(|flag| *flag <= 1)
        && persons.clone().all(is_known);
    if fits && from.read(&mut [0])? == 0 { Ok(linked) } else { Err(invalid()) }
}

fn decode_source(from: &mut dyn Read, imputed: u32) -> io::Result<LinkedSource> {
    let source = SourceLabel::from_bytes(bytes(from)?).ok_or_else(invalid)?;
    let kind = u8::try_from(number(from)?).ok().and_then(SourceType::from_u8);
    let records = number(from)?;
    let handles = column(records, || Ok(Handle(bytes(from)?)))?;
    if !handles.is_sorted_by(|a, b| a < b) {
        return Err(invalid());
    }
    Ok(LinkedSource {
        source,
        source_type: kind.ok_or_else(invalid)?,
        handles,
        row_counts: column(records, || number(from))?,
        person: column(records, || number(from))?,
        strict: column(records, || number(from))?,
        loose: column(records, || number(from))?,
        imputed: (0..imputed)
            .map(|_| column(records, || number(from)))
            .collect::<io::Result<_>>()?,
    })
}

/// Names a result: SHA-256 over the persons as [`encode`] writes them, and the report for programs as
/// it would be without the names of kernel and engine, which come to the same whichever they are.
pub(crate) fn digest(linked: &Linked, report: &LinkageReport) -> io::Result<Digest> {
    let mut hasher = Hasher(Sha256::new());
    encode(linked, &mut io::BufWriter::new(&mut hasher))?;
    let mut report = report.clone();
    report.run.kernel.clear();
    report.run.engine = None;
    hasher.0.update(report::json(&report)?);
    Ok(Digest(hasher.0.finalize().into()))
}

struct Hasher(Sha256);

impl Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn column<T>(rows: u32, mut read: impl FnMut() -> io::Result<T>) -> io::Result<Vec<T>> {
    let rows = rows as usize;
    let mut column = Vec::with_capacity(rows.min(RESERVE_MAX));
    for _ in 0..rows {
        column.push(read()?);
    }
    Ok(column)
}

fn bytes<const N: usize>(from: &mut dyn Read) -> io::Result<[u8; N]> {
    let mut bytes = [0u8; N];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn number(from: &mut dyn Read) -> io::Result<u32> {
    bytes(from).map(u32::from_le_bytes)
}

fn invalid() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linked() -> Linked {
        let source = |name: &str, source_type, person: [u32; 3]| LinkedSource {
            source: SourceLabel::parse(name).unwrap(),
            source_type,
            handles: (1..4).map(|byte| Handle([byte; 16])).collect(),
            row_counts: vec![1, 4, 1],
            person: person.to_vec(),
            strict: vec![0, 3, LEFT_OUT],
            loose: vec![0, 1, LEFT_OUT],
            imputed: vec![vec![0, 2, LEFT_OUT], vec![0, 0, LEFT_OUT]],
        };
        Linked {
            sources: vec![
                source("court", SourceType::Court, [0, 1, LEFT_OUT]),
                source("police", SourceType::Police, [0, 1, 1]),
            ],
            person_count: 2,
            link_permille_min: vec![1_000, 731],
            flagged: vec![false, true],
        }
    }

    fn written(linked: &Linked) -> Vec<u8> {
        let mut bytes = Vec::new();
        encode(linked, &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn what_was_written_is_read_to_the_last_byte() {
        let bytes = written(&linked());
        let again = decode(&mut &bytes[..]).unwrap();
        assert_eq!(format!("{again:?}"), format!("{:?}", linked()));
        for length in 0..bytes.len() {
            assert!(decode(&mut &bytes[..length]).is_err(), "{length} bytes");
        }
        assert!(decode(&mut &[&bytes[..], &[0]].concat()[..]).is_err());
    }

    #[test]
    fn what_the_first_version_wrote_is_read() {
        let mut plain = linked();
        plain.sources.iter_mut().for_each(|source| source.imputed.clear());
        let mut bytes = written(&plain);
        bytes[8] = 1;
        assert_eq!(written(&decode(&mut &bytes[..]).unwrap()), written(&plain));
        let mut bytes = written(&linked());
        bytes[8] = 1;
        assert!(decode(&mut &bytes[..]).is_err(), "it had no imputed linkages");
    }

    #[test]
    fn what_no_run_writes_is_refused() {
        let wrong: [fn(&mut Linked); 5] = [
            |linked| linked.sources.reverse(),
            |linked| linked.sources[0].person[1] = 2,
            |linked| linked.sources[1].handles.swap(0, 1),
            |linked| linked.link_permille_min[0] = 1_001,
            |linked| linked.person_count = 3,
        ];
        for (number, change) in wrong.into_iter().enumerate() {
            let mut linked = linked();
            change(&mut linked);
            assert!(decode(&mut &written(&linked)[..]).is_err(), "change {number}");
        }
        let mut flag = written(&linked());
        *flag.last_mut().unwrap() = 2;
        assert!(decode(&mut &flag[..]).is_err());
    }
}
