//! Takes identities of one or two sources in clear text, gives the persons that the linkage finds: the
//! real encoder, passes, comparator, training and clustering, in memory, under a key that never leaves.

use tallystick_encoder::encode::{SourceEncoder, SourceSchema};
use tallystick_encoder::filters::Filters;
use tallystick_encoder::keys::{AgencyKeys, EncodingKeys, SecretKey};
use tallystick_encoder::mapping::{BoundMapping, Mapping};
use tallystick_encoder::normalise::{NormalisedRecord, Normaliser, RawFields as _};
use tallystick_linkage::block::CandidatePair;
use tallystick_linkage::cluster::ClusterConfig;
use tallystick_linkage::compare::{Comparator, DIFFERENT, MISSING, Row, SAME, Thresholds};
use tallystick_linkage::link::{Space, count, fit, resolve};
use tallystick_linkage::pattern::Pattern;
use tallystick_wire::schema::{FIELDS, Field, FieldSet};
use tallystick_wire::{BlockToken, LevelCounts, PASSES, Profile, ProjectId, SourceLabel};

use super::text::{CELLS, LOCAL, Text};
use crate::encode::{attributes, fields};

/// Limits of blocks as the linkage unit has them by default, in rows of all sources.
const BLOCK_RECORDS_MAX: f64 = 400.0;
const WIDE_BLOCK_RECORDS_MAX: f64 = 120.0;

/// Links samples that all have the fields of one mapping.
pub(super) struct Engine {
    bound: BoundMapping,
    year_max: u16,
    /// How many identities one of the sample stands for.
    scale: f64,
}

/// All sources, one after the other.
#[derive(Default)]
struct Encoded {
    offsets: Vec<u32>,
    filters: Vec<Filters>,
    presence: Vec<u32>,
    local: Vec<u64>,
    rows: Vec<(u8, BlockToken, u32)>,
    levels: Vec<LevelCounts>,
}

impl Engine {
    /// `mapping` names columns by their place in a [`Text`].
    pub(super) fn new(mapping: &str, year_max: u16, scale: f64) -> Option<Self> {
        let header: Vec<String> = (0..CELLS).map(|cell| cell.to_string()).collect();
        let bound = Mapping::parse(mapping).ok()?.bind(&header).ok()?;
        Some(Self { bound, year_max, scale })
    }

    /// The person of each identity, over all sources in the order given.
    pub(super) fn link(&self, sources: &[&[Text]]) -> Option<Vec<u32>> {
        let mut encoded = Encoded { offsets: vec![0], ..Encoded::default() };
        for (number, source) in sources.iter().enumerate() {
            self.encode(number, source, &mut encoded);
        }
        let shared = fields(self.bound.fields());
        let space = Space {
            offsets: encoded.offsets.clone(),
            levels: encoded.levels.clone(),
            shared: vec![vec![shared; sources.len()]; sources.len()],
            without_duplicates: vec![false; sources.len()],
            one_to_one: Vec::new(),
        };
        let pairs = encoded.compare(&space, self.met(&mut encoded.rows.clone(), &space), shared);
        let candidates = count(&space, pairs);
        let fitted = fit(&space, &candidates);
        let config = ClusterConfig::default();
        let resolution = resolve(&space, &candidates, fitted, &config, &|| false, &|_| {}).ok()?;
        Some(resolution.clusters.main)
    }

    fn encode(&self, number: usize, texts: &[Text], out: &mut Encoded) {
        let label = if number == 0 { "own" } else { "other" };
        let label = SourceLabel::parse(label).expect("a short word is a label");
        // Nothing encoded here leaves the program, so that the key need not be secret; a fixed one
        // makes the forecast the same in every run.
        let keys = AgencyKeys {
            encoding_key: SecretKey::new([1; 32]),
            local_key: SecretKey::new([2; 32]),
            project: ProjectId::default(),
            epoch: 0,
        };
        let mapped = self.bound.fields();
        let schema = SourceSchema {
            fields: fields(mapped),
            attributes: attributes(mapped),
            profile: Profile::Trusted,
        };
        let keys = EncodingKeys::derive(&keys, label);
        let mut encoder = SourceEncoder::new(keys, schema, mapped.local_id.is_some());
        let mut normaliser = Normaliser::new(&self.bound, self.year_max);
        let mut record = NormalisedRecord::default();
        for text in texts {
            let index = u32::try_from(out.filters.len()).expect("a sample is small");
            // A row without identifiers stays in the sample and meets nobody.
            let _ = normaliser.normalise(text, &mut record);
            let handle = encoder.handle(&record);
            let (filters, presence) = encoder.encode(handle, &record, |row| {
                out.rows.push((row.pass, row.token, index));
            });
            out.filters.extend(filters);
            out.presence.push(presence);
            let local = if mapped.local_id.is_some() { text.expose(LOCAL) } else { "" };
            out.local.push(if local.is_empty() { 0 } else { super::text::hash_one(local) });
        }
        out.offsets.push(u32::try_from(out.filters.len()).expect("a sample is small"));
        out.levels.push(encoder.level_counts());
    }

    /// Pairs that share a block, ascending, with the passes in which they do.
    ///
    /// A block of the sample stands for a larger one of the export: the pair itself is in both, all
    /// other rows count for as many as the sample stands for.
    fn met(&self, rows: &mut [(u8, BlockToken, u32)], space: &Space) -> Vec<(u32, u32, u32)> {
        rows.sort_unstable();
        let mut met = Vec::new();
        for block in rows.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let pass = &PASSES[usize::from(block[0].0)];
            let limit = if pass.is_wide() { WIDE_BLOCK_RECORDS_MAX } else { BLOCK_RECORDS_MAX };
            let stands_for = 2.0 + (block.len() as f64 - 2.0).max(0.0) * self.scale;
            if stands_for > limit {
                continue;
            }
            for (at, (_, _, first)) in block.iter().enumerate() {
                for (_, _, second) in &block[at + 1..] {
                    let within = space.source_of(*first) == space.source_of(*second);
                    if first != second && (within || !pass.is_within_source()) {
                        met.push((*first, *second, 1 << pass.number));
                    }
                }
            }
        }
        met.sort_unstable();
        met.dedup_by(|later, kept| {
            let same = (later.0, later.1) == (kept.0, kept.1);
            if same {
                kept.2 |= later.2;
            }
            same
        });
        met
    }
}

impl Encoded {
    /// Pairs that agree on two fields or more, with their levels.
    fn compare(
        &self,
        space: &Space,
        met: Vec<(u32, u32, u32)>,
        shared: FieldSet,
    ) -> Vec<CandidatePair> {
        let comparator = Comparator::new(Thresholds::default(), shared, FieldSet::default());
        let mut pairs = Vec::new();
        for (first, second, passes) in met {
            let (a, b) = (self.row(first), self.row(second));
            let mut levels = comparator.compare(&a, &b, comparator.count_names(&a, &b));
            if space.source_of(first) == space.source_of(second) {
                let local = [first, second].map(|record| self.local[record as usize]);
                levels.local_id = match local {
                    [0, _] | [_, 0] => MISSING,
                    [x, y] if x == y => SAME,
                    _ => DIFFERENT,
                };
            }
            if levels.agreements() >= 2 {
                pairs.push(CandidatePair::met_in(first, second, Pattern::pack(&levels), passes));
            }
        }
        pairs
    }

    fn row(&self, record: u32) -> Row<'_> {
        let filters = &self.filters[record as usize];
        let words = FIELDS.map(|(field, _): (Field, usize)| filters.field(field));
        let popcounts = words.map(|words| words.iter().map(|word| word.count_ones()).sum());
        Row { words, popcounts, presence: self.presence[record as usize] }
    }
}
