//! Identities of an export in clear text, with the tokens of the blocks they are in.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use tallystick_agency::export::{Export, RawRow, ReadLimits, ReadSpec, RowOutcome};
use tallystick_agency::keys::KeyFile;
use tallystick_encoder::encode::{SourceEncoder, SourceSchema};
use tallystick_encoder::keys::EncodingKeys;
use tallystick_encoder::mapping::Mapping;
use tallystick_encoder::nicknames;
use tallystick_encoder::normalise::{NormalisedRecord, Normaliser, Suffix};
use tallystick_wire::{BlockToken, FieldSet, Handle, Profile, SourceLabel};

/// Births after this year are implausible, as in the encoding under test.
const YEAR_MAX: u16 = 2020;

/// The identifiers of one identity; empty where missing.
#[derive(Debug, Default)]
pub(super) struct Record {
    pub(super) first: String,
    pub(super) last: String,
    pub(super) roots: Vec<String>,
    pub(super) middle: String,
    pub(super) suffix: String,
    /// Year, month and day as eight digits.
    pub(super) dob: String,
    pub(super) dob_is_default: bool,
    pub(super) sex: String,
    pub(super) ssn4: String,
    pub(super) phone: String,
    pub(super) house: String,
    pub(super) street: String,
    pub(super) city: String,
    pub(super) zip: String,
    pub(super) local_id: String,
    /// Pass and token of each block.
    pub(super) blocks: Vec<(u8, BlockToken)>,
}

impl Record {
    fn of(record: &NormalisedRecord) -> Self {
        let digits = |digits: Option<&[u8]>| {
            digits.map_or_else(String::new, |digits| String::from_utf8_lossy(digits).into_owned())
        };
        Self {
            first: record.first().to_owned(),
            last: record.last().to_owned(),
            roots: nicknames::roots(record.first()).map(str::to_owned).collect(),
            middle: record.middle().get(..1).unwrap_or("").to_owned(),
            suffix: record.suffix().map_or("", Suffix::as_str).to_owned(),
            dob: digits(record.dob().map(|dob| dob.to_digits()).as_ref().map(|d| &d[..])),
            dob_is_default: record.dob_is_default(),
            sex: record.sex().as_str().to_owned(),
            ssn4: digits(record.ssn4().map(|digits| &digits[..])),
            phone: digits(record.phone().map(|digits| &digits[..])),
            house: record.address_number().to_owned(),
            street: record.address_street().to_owned(),
            city: record.city().to_owned(),
            zip: record.zip().to_owned(),
            local_id: record.local_id().to_owned(),
            blocks: Vec::new(),
        }
    }
}

/// The identities of an export by handle.
pub(super) fn read(
    export: &Path,
    mapping: &str,
    keys: &Path,
    fields: FieldSet,
) -> anyhow::Result<BTreeMap<Handle, Record>> {
    let mapping = Mapping::parse(mapping)?;
    let spec = ReadSpec::of(&mapping);
    let mut export = Export::open(export, &spec, &ReadLimits::default())?;
    let bound = mapping.bind(export.header())?;
    let source = SourceLabel::parse(mapping.source()).context("mappings are checked")?;
    let keys = EncodingKeys::derive(&KeyFile::read(keys)?.keys, source);
    let attributes = Default::default();
    // Filters do not matter here, so the profile that makes the fewest will do.
    let schema = SourceSchema { fields, attributes, profile: Profile::Trusted };
    let mut encoder = SourceEncoder::new(keys, schema, bound.fields().local_id.is_some());
    let mut normaliser = Normaliser::new(&bound, YEAR_MAX);
    let mut found = BTreeMap::new();
    let (mut row, mut normalised) = (RawRow::new(), NormalisedRecord::default());
    while let Some(outcome) = export.read_row(&mut row)? {
        let is_row = matches!(outcome, RowOutcome::Row);
        if !is_row || normaliser.normalise(&row, &mut normalised).is_err() {
            continue;
        }
        let handle = encoder.handle(&normalised);
        if found.contains_key(&handle) {
            continue;
        }
        let mut record = Record::of(&normalised);
        encoder.encode(handle, &normalised, |row| record.blocks.push((row.pass, row.token)));
        found.insert(handle, record);
    }
    Ok(found)
}
