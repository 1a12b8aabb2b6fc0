//! The fixed-width header of a submission.

use crate::rejection::Rejection;
use crate::schema::{ATTRIBUTES_MAX, FIELDS, Field, FieldSet};
use crate::types::{ConfigHash, KeyCheck, Profile, ProjectId, SourceLabel, SourceType};

/// First bytes of every submission; the control characters catch transfers in text mode.
pub const MAGIC: [u8; 8] = *b"tally\r\n\x1a";
/// The newest version of the container. A submission has the oldest that can hold it: version 1
/// has no aliases, version 2 counts them.
pub const FORMAT_VERSION: u32 = 2;
/// Width of the encoded header in bytes.
pub const HEADER_BYTES: usize = 376;

/// What a submission says about itself. Counts are of the export's rows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Header {
    /// Hash over schema, normalisation and encoding parameters.
    pub config_hash: ConfigHash,
    /// Shows whether two agencies hold the same key.
    pub key_check: KeyCheck,
    /// The project.
    pub project: ProjectId,
    /// Key epoch within the project, from 0.
    pub epoch: u32,
    /// Trust profile.
    pub profile: Profile,
    /// Kind of agency.
    pub source_type: SourceType,
    /// Name of the source.
    pub source: SourceLabel,
    /// Fields that the mapping has.
    pub fields: FieldSet,
    /// Names of the attributes, empty where unused.
    pub attributes: [SourceLabel; ATTRIBUTES_MAX],
    /// Rows read.
    pub rows_read: u64,
    /// Rows that became an identity or joined one.
    pub rows_accepted: u64,
    /// Rows refused.
    pub rows_rejected: u64,
    /// Further names of accepted rows, each of them counted like a row.
    pub aliases: u64,
    /// Accepted rows and aliases that joined an identity that was there already.
    pub rows_collapsed: u64,
    /// Identities: accepted rows and aliases, minus collapsed.
    pub records: u64,
    /// Rows in the content section.
    pub content_rows: u64,
    /// Identities with each field present, in wire order of fields.
    pub present: [u64; FIELDS.len()],
}

impl Header {
    /// The version of the container that holds it.
    pub fn version(&self) -> u32 {
        if self.aliases == 0 { 1 } else { FORMAT_VERSION }
    }

    /// Encodes the header; [`HEADER_BYTES`] bytes, little-endian.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER_BYTES);
        out.extend_from_slice(&self.config_hash.0);
        out.extend_from_slice(&self.key_check.0);
        out.extend_from_slice(&self.project.0);
        out.extend_from_slice(&self.epoch.to_le_bytes());
        out.push(self.profile as u8);
        out.push(self.source_type as u8);
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(&self.source.to_bytes());
        out.extend_from_slice(&self.fields.0.to_le_bytes());
        out.extend_from_slice(&[0; 4]);
        for attribute in &self.attributes {
            out.extend_from_slice(&attribute.to_bytes());
        }
        for count in [
            self.rows_read,
            self.rows_accepted,
            self.rows_rejected,
            self.rows_collapsed,
            self.records,
            self.content_rows,
        ] {
            out.extend_from_slice(&count.to_le_bytes());
        }
        for count in &self.present {
            out.extend_from_slice(&count.to_le_bytes());
        }
        out.extend_from_slice(&self.aliases.to_le_bytes());
        out.resize(HEADER_BYTES, 0);
        out
    }

    /// Decodes a header and checks that its entries agree with each other.
    pub fn decode(bytes: &[u8; HEADER_BYTES]) -> Result<Self, Rejection> {
        let mut cursor = Cursor { bytes, at: 0 };
        let config_hash = ConfigHash(cursor.take());
        let key_check = KeyCheck(cursor.take());
        let project = ProjectId(cursor.take());
        let epoch = u32::from_le_bytes(cursor.take());
        let [profile, source_type, zero0, zero1] = cursor.take::<4>();
        let profile =
            Profile::from_u8(profile).ok_or(Rejection::HeaderUnknown { what: "profile" })?;
        let source_type = SourceType::from_u8(source_type)
            .ok_or(Rejection::HeaderUnknown { what: "source type" })?;
        let source = SourceLabel::from_bytes(cursor.take())
            .ok_or(Rejection::HeaderInvalid { what: "source name" })?;
        let fields = FieldSet(u32::from_le_bytes(cursor.take()));
        let zeros = cursor.take::<4>();
        let mut attributes = [SourceLabel::default(); ATTRIBUTES_MAX];
        for (index, attribute) in attributes.iter_mut().enumerate() {
            *attribute = attribute_label(cursor.take(), fields, index)?;
        }
        let [rows_read, rows_accepted, rows_rejected, rows_collapsed, records, content_rows] =
            core::array::from_fn(|_| u64::from_le_bytes(cursor.take()));
        let present = core::array::from_fn(|_| u64::from_le_bytes(cursor.take()));
        let aliases = u64::from_le_bytes(cursor.take());
        if zero0 != 0 || zero1 != 0 || zeros != [0; 4] || cursor.rest().iter().any(|b| *b != 0) {
            return Err(Rejection::HeaderInvalid { what: "reserved space" });
        }
        let header = Self {
            config_hash,
            key_check,
            project,
            epoch,
            profile,
            source_type,
            source,
            fields,
            attributes,
            rows_read,
            rows_accepted,
            rows_rejected,
            aliases,
            rows_collapsed,
            records,
            content_rows,
            present,
        };
        header.check()?;
        Ok(header)
    }

    /// What became an identity or joined one.
    pub(crate) fn rows_and_aliases(&self) -> Option<u64> {
        self.rows_accepted.checked_add(self.aliases)
    }

    /// Rows read are accepted or rejected; accepted ones and aliases are identities or collapsed.
    fn check(&self) -> Result<(), Rejection> {
        let invalid = |what| Err(Rejection::HeaderInvalid { what });
        if self.fields.0 >> FIELDS.len() != 0 {
            return invalid("field set");
        }
        if self.rows_accepted.checked_add(self.rows_rejected) != Some(self.rows_read)
            || self.rows_and_aliases().is_none()
            || self.records.checked_add(self.rows_collapsed) != self.rows_and_aliases()
            || self.records > u64::from(u32::MAX)
        {
            return invalid("row counts");
        }
        for (index, name) in self.attributes.iter().enumerate() {
            if *name != SourceLabel::default() && self.attributes[..index].contains(name) {
                return invalid("attribute name");
            }
        }
        for ((field, _), present) in FIELDS.iter().zip(&self.present) {
            if *present > self.records || (*present > 0 && !self.fields.contains(*field)) {
                return invalid("presence counts");
            }
        }
        Ok(())
    }
}

/// An attribute's name stands exactly where its field is used.
fn attribute_label(
    bytes: [u8; 16],
    fields: FieldSet,
    index: usize,
) -> Result<SourceLabel, Rejection> {
    let used = fields.contains(Field::attribute(index));
    if !used && bytes == [0; 16] {
        return Ok(SourceLabel::default());
    }
    SourceLabel::from_bytes(bytes)
        .filter(|_| used)
        .ok_or(Rejection::HeaderInvalid { what: "attribute name" })
}

struct Cursor<'a> {
    bytes: &'a [u8; HEADER_BYTES],
    at: usize,
}

impl Cursor<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let out = self.bytes[self.at..self.at + N].try_into().expect("the slice has N bytes");
        self.at += N;
        out
    }

    fn rest(&self) -> &[u8] {
        &self.bytes[self.at..]
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn sample() -> Header {
        Header {
            config_hash: ConfigHash([1; 32]),
            key_check: KeyCheck([2; 8]),
            project: ProjectId([3; 16]),
            epoch: 7,
            profile: Profile::Standard,
            source_type: SourceType::Court,
            source: SourceLabel::parse("court").unwrap(),
            fields: FieldSet::default()
                .with(Field::First)
                .with(Field::Last)
                .with(Field::Attribute0),
            attributes: [
                SourceLabel::parse("county").unwrap(),
                SourceLabel::default(),
                SourceLabel::default(),
                SourceLabel::default(),
            ],
            rows_read: 10,
            rows_accepted: 8,
            rows_rejected: 2,
            aliases: 0,
            rows_collapsed: 3,
            records: 5,
            content_rows: 8,
            present: core::array::from_fn(|field| if field < 2 { 5 } else { 0 }),
        }
    }

    #[test]
    fn header_round_trips() {
        let bytes: [u8; HEADER_BYTES] = sample().encode().try_into().unwrap();
        assert_eq!(Header::decode(&bytes).unwrap(), sample());
    }

    #[test]
    fn counts_that_lose_a_row_are_refused() {
        let mut header = sample();
        header.rows_rejected = 1;
        let bytes: [u8; HEADER_BYTES] = header.encode().try_into().unwrap();
        assert_eq!(Header::decode(&bytes).unwrap_err().code(), "submission-header-invalid");
    }

    #[test]
    fn aliases_count_as_rows_and_need_version_2() {
        let mut header = sample();
        assert_eq!(header.version(), 1);
        (header.aliases, header.rows_collapsed) = (4, 7);
        let bytes: [u8; HEADER_BYTES] = header.encode().try_into().unwrap();
        assert_eq!(Header::decode(&bytes).unwrap(), header);
        assert_eq!(header.version(), 2);
        for (aliases, collapsed) in [(4, 3), (u64::MAX, 2), (3, 7)] {
            (header.aliases, header.rows_collapsed) = (aliases, collapsed);
            let bytes: [u8; HEADER_BYTES] = header.encode().try_into().unwrap();
            assert_eq!(Header::decode(&bytes).unwrap_err().code(), "submission-header-invalid");
        }
    }

    #[test]
    fn reserved_space_must_be_zero() {
        let mut bytes: [u8; HEADER_BYTES] = sample().encode().try_into().unwrap();
        bytes[HEADER_BYTES - 1] = 1;
        assert_eq!(Header::decode(&bytes).unwrap_err().code(), "submission-header-invalid");
    }
}
