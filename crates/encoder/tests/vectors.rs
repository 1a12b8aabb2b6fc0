//! The golden vectors of the encoding, made by a second implementation (`tests/vectors/encoding_v2.py`).

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};
use tallystick_encoder::blocking::{BlockingKeys, NameVariants};
use tallystick_encoder::digests::{Digests, TokenHasher};
use tallystick_encoder::encode::{SourceEncoder, SourceSchema};
use tallystick_encoder::filter_key::FilterKey;
use tallystick_encoder::filters::Filters;
use tallystick_encoder::keyed::KeyedHash;
use tallystick_encoder::keys::{AgencyKeys, EncodingKeys, SecretKey};
use tallystick_encoder::mapping::Mapping;
use tallystick_encoder::normalise::{NormalisedRecord, Normaliser, RawFields, Suffix};
use tallystick_encoder::tokens::{AttributeSchema, Attributes, TokenList};
use tallystick_wire::schema::{self, FIELDS, Field, FieldSet};
use tallystick_wire::{ConfigHash, Digest, PASSES, Profile, ProjectId, SourceLabel};

/// The one key in the vectors' list of keys that is no HMAC key.
const THROW_AWAY: &str = "throw-away";
/// Fewer cases than this mean that files were lost.
const CASES_MIN: usize = 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vectors {
    schema_version: u16,
    norm_version: u16,
    encoding_version: u16,
    config_hash: String,
    project: String,
    epoch: u32,
    encoding_key: String,
    local_key: String,
    mapping: String,
    attributes: Vec<Attribute>,
    key_check: String,
    keys: BTreeMap<String, String>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Attribute {
    name: String,
    qgrams: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    row: BTreeMap<String, String>,
    normalised: Map<String, Value>,
    expect: Expect,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Expect {
    presence: u32,
    handle: String,
    continuity: String,
    filters: BTreeMap<String, Vec<String>>,
    blocks: Vec<Block>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Block {
    pass: String,
    token: String,
    /// A block's key in the vectors, [`shown_filter_key`] of it in what is compared.
    key: String,
    filters: Option<BTreeMap<String, Vec<String>>>,
}

struct Row(Vec<String>);

impl RawFields for Row {
    fn expose(&self, column: usize) -> &str {
        &self.0[column]
    }
}

/// A key does not come out of its keyed state, so two are compared by what they make of a message.
fn shown(key: &KeyedHash) -> String {
    Digest(key.digest(b"vectors")).to_string()
}

/// The same of the key of a block's filters.
fn shown_filter_key(key: &FilterKey) -> String {
    key.apply_one(*b"sixteen of bytes").iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> [u8; 32] {
    Digest::from_hex(hex).unwrap().0
}

fn normalised(record: &NormalisedRecord) -> Map<String, Value> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let mut out = Map::new();
    for (key, value) in [
        ("first", record.first().to_owned()),
        ("last", record.last().to_owned()),
        ("middle", record.middle().to_owned()),
        ("suffix", record.suffix().map_or("", Suffix::as_str).to_owned()),
        ("dob", record.dob().map_or(String::new(), |dob| text(&dob.to_digits()))),
        ("sex", record.sex().as_str().to_owned()),
        ("ssn4", record.ssn4().map_or(String::new(), |digits| text(digits))),
        ("phone", record.phone().map_or(String::new(), |digits| text(digits))),
        ("address_number", record.address_number().to_owned()),
        ("address_street", record.address_street().to_owned()),
        ("city", record.city().to_owned()),
        ("zip", record.zip().to_owned()),
        ("local_id", record.local_id().to_owned()),
        ("attribute.0", record.attribute(0).to_owned()),
        ("attribute.1", record.attribute(1).to_owned()),
    ] {
        if !value.is_empty() {
            out.insert(key.into(), value.into());
        }
    }
    let lists: [(&str, Vec<&str>); 2] = [
        ("first_parts", record.first_parts().collect()),
        ("last_parts", record.last_parts().collect()),
    ];
    for (key, parts) in lists {
        if !parts.is_empty() {
            out.insert(key.into(), parts.into());
        }
    }
    out
}

/// The words of every field that is present and encoded; all others must be empty.
fn words(filters: &Filters) -> BTreeMap<String, Vec<String>> {
    FIELDS
        .iter()
        .map(|(field, _)| (field.as_str().to_owned(), filters.field(*field)))
        .filter(|(_, words)| words.iter().any(|word| *word != 0))
        .map(|(name, words)| (name, words.iter().map(|word| format!("{word:016x}")).collect()))
        .collect()
}

/// One source as its vectors describe it.
struct Source<'a> {
    vectors: &'a Vectors,
    label: SourceLabel,
    attributes: Attributes,
    fields: FieldSet,
}

impl<'a> Source<'a> {
    fn new(vectors: &'a Vectors, label: SourceLabel) -> Self {
        let mut attributes: Attributes = [None; 4];
        let mut fields = FieldSet(0x0FFF);
        for (index, attribute) in vectors.attributes.iter().enumerate() {
            let name = SourceLabel::parse(&attribute.name).unwrap();
            attributes[index] = Some(AttributeSchema { name, qgrams: attribute.qgrams });
            fields = fields.with(Field::attribute(index));
        }
        Self { vectors, label, attributes, fields }
    }

    fn agency_keys(&self) -> AgencyKeys {
        AgencyKeys {
            encoding_key: SecretKey::new(bytes(&self.vectors.encoding_key)),
            local_key: SecretKey::new(bytes(&self.vectors.local_key)),
            project: ProjectId::from_hex(&self.vectors.project).unwrap(),
            epoch: self.vectors.epoch,
        }
    }

    fn keys(&self) -> EncodingKeys {
        EncodingKeys::derive(&self.agency_keys(), self.label)
    }

    fn encoder(&self, profile: Profile) -> SourceEncoder {
        let schema = SourceSchema { fields: self.fields, attributes: self.attributes, profile };
        SourceEncoder::new(self.keys(), schema, true)
    }

    /// Everything that is made of one record, in the form of the vectors.
    fn encode(&self, record: &NormalisedRecord, filter_passes: &[&str]) -> Expect {
        let mut salted = self.encoder(Profile::Standard);
        let handle = salted.handle(record);
        let mut blocks = Vec::new();
        let (none, presence) = salted.encode(handle, record, |row| {
            let pass = PASSES[usize::from(row.pass)].name;
            let wanted = filter_passes.contains(&pass);
            let filters = wanted.then(|| words(row.filters.expect("filters are salted")));
            let (pass, token) = (pass.to_owned(), row.token.to_string());
            blocks.push(Block { pass, token, key: String::new(), filters });
        });
        assert!(none.is_none(), "profile standard has no unsalted filters");
        let (keys, names) = (self.keys(), NameVariants::of(record));
        let mut blocking = BlockingKeys::new(&keys, &self.attributes, true);
        let mut at = 0;
        for pass in salted.passes() {
            blocking.visit(pass, record, &names, |key| {
                assert_eq!(blocks[at].token, key.token.to_string());
                blocks[at].key = shown_filter_key(&key.filters.unwrap());
                at += 1;
            });
        }
        let mut trusted = self.encoder(Profile::Trusted);
        let mut tokens = Vec::new();
        let (filters, same) = trusted.encode(handle, record, |row| {
            assert!(row.filters.is_none(), "profile trusted has no salted filters");
            tokens.push(row.token.to_string());
        });
        assert_eq!(same, presence);
        assert!(tokens.iter().eq(blocks.iter().map(|block| &block.token)));
        Expect {
            presence,
            handle: handle.to_string(),
            continuity: salted.continuity(record).to_string(),
            filters: words(&filters.unwrap()),
            blocks,
        }
    }
}

fn check_keys(name: &str, source: &Source<'_>) {
    let vectors = source.vectors;
    assert_eq!(vectors.schema_version, schema::SCHEMA_VERSION, "{name}");
    assert_eq!(vectors.norm_version, schema::NORM_VERSION, "{name}");
    assert_eq!(vectors.encoding_version, schema::ENCODING_VERSION, "{name}");
    assert_eq!(ConfigHash::from_hex(&vectors.config_hash), Some(schema::config_hash()), "{name}");
    let check = tallystick_encoder::keys::key_check(&source.agency_keys());
    assert_eq!(check.to_string(), vectors.key_check, "{name}");
    let keys = source.keys();
    let mut made: BTreeMap<_, _> =
        keys.named().into_iter().map(|(name, key)| (name, shown(key))).collect();
    made.insert(THROW_AWAY.to_owned(), shown_filter_key(keys.throw_away()));
    let expected: BTreeMap<_, _> = vectors
        .keys
        .iter()
        .map(|(name, key)| {
            let shown = match name.as_str() {
                THROW_AWAY => shown_filter_key(&FilterKey::new(bytes(key))),
                _ => shown(&KeyedHash::new(&bytes(key))),
            };
            (name.clone(), shown)
        })
        .collect();
    assert_eq!(made, expected, "{name}");
    assert!(made.len() >= 2 * PASSES.len() + 4, "{name}");
}

fn check(path: &Path) -> usize {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let vectors: Vectors = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert!(!vectors.cases.is_empty(), "{name} has no cases");
    let mapping = Mapping::parse(&vectors.mapping).unwrap();
    let source = Source::new(&vectors, SourceLabel::parse(mapping.source()).unwrap());
    check_keys(&name, &source);
    let header = mapping.columns();
    let bound = mapping.bind(&header).unwrap();
    let mut normaliser = Normaliser::new(&bound, 2026);
    let mut record = NormalisedRecord::default();
    for (index, case) in vectors.cases.iter().enumerate() {
        let cells = header.iter().map(|key| case.row.get(*key).cloned().unwrap_or_default());
        normaliser.normalise(&Row(cells.collect()), &mut record).unwrap();
        assert_eq!(normalised(&record), case.normalised, "{name} case {index}");
        let with_filters = case.expect.blocks.iter().filter(|block| block.filters.is_some());
        let filter_passes: Vec<&str> = with_filters.map(|block| block.pass.as_str()).collect();
        let made = source.encode(&record, &filter_passes);
        let expected = Expect {
            blocks: case.expect.blocks.iter().map(with_shown_key).collect(),
            filters: case.expect.filters.clone(),
            handle: case.expect.handle.clone(),
            continuity: case.expect.continuity.clone(),
            ..case.expect
        };
        assert_eq!(made, expected, "{name} case {index}");
    }
    vectors.cases.len()
}

fn with_shown_key(block: &Block) -> Block {
    Block {
        pass: block.pass.clone(),
        token: block.token.clone(),
        key: shown_filter_key(&FilterKey::new(bytes(&block.key))),
        filters: block.filters.clone(),
    }
}

#[test]
fn encodings_agree_with_the_second_implementation() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/encoding_v2");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let cases: usize = paths.iter().map(|path| check(path)).sum();
    assert!(cases >= CASES_MIN, "only {cases} cases were found");
}

/// The linkage unit refuses a whole submission for one filter outside its band, so no value may
/// leave it, however long and whatever the block's key.
#[test]
fn the_fullest_filters_lie_in_the_band() {
    let text = "[fields]\nfirst = \"A\"\nlast = \"A\"\naddress = [\"N\", \"A\"]\ncity = \"A\"\n\
                \"attribute.place\" = { column = \"A\", compare = \"qgrams\" }\n";
    let mapping = Mapping::parse(&format!("source = \"s\"\ntype = \"other\"\n{text}")).unwrap();
    let bound = mapping.bind(&["A", "N"]).unwrap();
    let mut record = NormalisedRecord::default();
    let cells = ["abcdefghijklmnopqrstuvwxyz".repeat(3), "1234567890".to_owned()];
    Normaliser::new(&bound, 2026).normalise(&Row(cells.to_vec()), &mut record).unwrap();
    let mut attributes: Attributes = [None; 4];
    let name = SourceLabel::parse("place").unwrap();
    attributes[0] = Some(AttributeSchema { name, qgrams: true });
    let mut tokens = TokenList::default();
    tokens.fill(&record, &attributes);
    let mut digests = Digests::default();
    TokenHasher::new(KeyedHash::new(&[7; 32])).fill(&tokens, &mut digests);
    let mut highest = 0;
    for block in 0..20_000u32 {
        let mut key = [0; 32];
        key[..4].copy_from_slice(&block.to_le_bytes());
        let filters = Filters::salted(&digests, &FilterKey::new(key), FieldSet::default());
        for field in FieldSet(tokens.presence()).fields() {
            let words = filters.field(field);
            let count = words.iter().map(|word| word.count_ones()).sum();
            assert!(field.popcount_band().contains(&count), "{} has {count}", field.as_str());
            highest = highest.max(if field == Field::Attribute0 { count } else { 0 });
        }
    }
    assert!(highest > 80, "the longest attribute fills its filter well: {highest} of 128 bits");
}
