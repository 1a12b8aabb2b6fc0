//! Takes normalised records, says which can never link, whatever the other source holds, and lists
//! their lines in a file that stays at the agency.

use std::collections::BTreeMap;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use tallystick_encoder::normalise::NormalisedRecord;
use tallystick_wire::PASSES;
use tallystick_wire::schema::{FieldSet, KeyPart};

use super::CheckError;
use super::place::Place;
use super::report::{Lines, NeverReport};
use crate::files::{Files, NewFile};

/// No pass of the catalogue has a key for the row.
const NO_BLOCK: &str = "never-no-block";
/// The row holds only one field that identifies, and pairs need two that agree.
const ONE_FIELD: &str = "never-one-field";

/// Why a row can never link; none if it can.
///
/// It is assumed that the other source has every field of this one. Passes within a source do not
/// count.
pub(super) fn reason(
    record: &NormalisedRecord,
    attributes: usize,
    mapped: FieldSet,
) -> Option<&'static str> {
    let has_place = record.phone().is_some()
        || !record.zip().is_empty()
        || !record.city().is_empty()
        || !record.address_street().is_empty();
    let identifying = [
        !record.first().is_empty(),
        !record.last().is_empty(),
        record.dob().is_some() && !record.dob_is_default(),
        record.ssn4().is_some(),
        has_place,
    ];
    let attributes = (0..attributes).filter(|index| !record.attribute(*index).is_empty()).count();
    if identifying.into_iter().filter(|has| *has).count() + attributes < 2 {
        return Some(ONE_FIELD);
    }
    let in_reach = PASSES.iter().filter(|pass| {
        let needed = pass.needed_fields();
        !pass.is_within_source() && needed.intersection(mapped) == needed
    });
    let blocks = in_reach.into_iter().any(|pass| pass.key.iter().all(|part| has(record, *part)));
    if blocks { None } else { Some(NO_BLOCK) }
}

/// Whether a record has this part of a blocking key.
fn has(record: &NormalisedRecord, part: KeyPart) -> bool {
    let (first, last) = (record.first(), record.last());
    match part {
        KeyPart::FirstInitial | KeyPart::FirstSoundex | KeyPart::FirstNysiis => !first.is_empty(),
        KeyPart::First3 => first.len() >= 3,
        KeyPart::Last3 => last.len() >= 3,
        KeyPart::LastSoundex | KeyPart::LastNysiis => !last.is_empty(),
        KeyPart::SoundexPair | KeyPart::NamePair => !first.is_empty() && !last.is_empty(),
        KeyPart::BirthYear => record.dob().is_some(),
        KeyPart::Dob | KeyPart::BirthMonth | KeyPart::MonthDay => {
            record.dob().is_some() && !record.dob_is_default()
        }
        KeyPart::Ssn4 => record.ssn4().is_some(),
        KeyPart::Phone => record.phone().is_some(),
        KeyPart::Address => {
            !record.address_street().is_empty() && !record.address_number().is_empty()
        }
        KeyPart::Zip => !record.zip().is_empty(),
        KeyPart::City => !record.city().is_empty(),
        KeyPart::LocalId => false,
        KeyPart::Attribute(index) => !record.attribute(usize::from(index)).is_empty(),
    }
}

/// The reason behind a code, in words.
fn in_words(code: &str) -> &'static str {
    match code {
        NO_BLOCK => {
            "too little to be compared with anybody: no pass of the catalogue has a key for it"
        }
        ONE_FIELD => "only one identifying field; a link needs two that agree",
        "row-no-identifier" => "no field that could identify anyone",
        _ => "the row cannot be read",
    }
}

/// The lines, while they are written.
struct Listing {
    writer: csv::Writer<BufWriter<Box<dyn NewFile>>>,
    path: PathBuf,
}

/// Counts rows that can never link, and writes their lines.
pub(super) struct NeverFile {
    counts: BTreeMap<&'static str, Lines>,
    file: Option<Listing>,
}

impl NeverFile {
    pub(super) fn create(files: &dyn Files, path: Option<&Path>) -> Result<Self, CheckError> {
        let file = match path {
            None => None,
            Some(path) => {
                let io = |source| CheckError::io(path, source);
                let file = files.create(path).map_err(io)?;
                let mut writer = csv::Writer::from_writer(BufWriter::new(file));
                writer.write_record(["line", "reason"]).map_err(|error| io(error.into()))?;
                Some(Listing { writer, path: path.to_owned() })
            }
        };
        Ok(Self { counts: BTreeMap::new(), file })
    }

    pub(super) fn add(&mut self, code: &'static str, line: Place) -> Result<(), CheckError> {
        self.counts.entry(code).or_default().add(line);
        match &mut self.file {
            None => Ok(()),
            Some(Listing { writer, path }) => writer
                .write_record([line.to_string().as_str(), code])
                .map_err(|error| CheckError::io(path, error.into())),
        }
    }

    pub(super) fn finish(self) -> Result<Vec<NeverReport>, CheckError> {
        if let Some(Listing { writer, path }) = self.file {
            let io = |source| CheckError::io(&path, source);
            let buffer = writer.into_inner().map_err(|error| io(error.into_error()))?;
            let file = buffer.into_inner().map_err(|error| io(error.into_error()))?;
            file.keep().map_err(io)?;
        }
        let report = |(code, rows): (&str, Lines)| NeverReport {
            code: code.to_owned(),
            reason: in_words(code).to_owned(),
            rows,
        };
        Ok(self.counts.into_iter().map(report).collect())
    }
}
