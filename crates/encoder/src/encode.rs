//! Takes normalised records of one source, gives everything about them that may leave the agency.

use tallystick_wire::schema::FieldSet;
use tallystick_wire::{BlockToken, ContinuityToken, Handle, KeyCheck, PASSES, PassSpec, Profile};
use zeroize::Zeroizing;

use crate::blocking::{BlockingKeys, NameVariants};
use crate::digests::{Digests, TokenHasher};
use crate::filters::Filters;
use crate::keys::EncodingKeys;
use crate::level_sample::LevelSample;
use crate::normalise::NormalisedRecord;
use crate::tokens::{Attributes, TokenList};

/// What of a source is encoded, and how.
#[derive(Clone, Copy, Debug)]
pub struct SourceSchema {
    /// Fields that the mapping has.
    pub fields: FieldSet,
    /// Its attributes.
    pub attributes: Attributes,
    /// Trust profile.
    pub profile: Profile,
}

impl SourceSchema {
    /// The passes that the source's fields allow, ascending. The pass over the local person number
    /// is made where the mapping has one.
    pub fn passes(&self, has_local_id: bool) -> Vec<&'static PassSpec> {
        PASSES
            .iter()
            .filter(|pass| {
                let needed = pass.needed_fields();
                needed.intersection(self.fields) == needed
                    && (!pass.is_within_source() || has_local_id)
            })
            .collect()
    }
}

/// One row of a pass.
#[derive(Debug)]
pub struct PassRow<'a> {
    /// Number of the pass.
    pub pass: u8,
    /// Token of its block.
    pub token: BlockToken,
    /// Fields and flags of the record.
    pub presence: u32,
    /// Filters under the block's key; `None` in profile `trusted`.
    pub filters: Option<&'a Filters>,
}

/// Encodes the records of one source.
#[derive(Debug)]
pub struct SourceEncoder {
    keys: EncodingKeys,
    schema: SourceSchema,
    passes: Vec<&'static PassSpec>,
    hasher: TokenHasher,
    sample: LevelSample,
    tokens: TokenList,
    digests: Digests,
}

impl SourceEncoder {
    /// An encoder for one source; `has_local_id` tells whether the mapping has a person number.
    pub fn new(keys: EncodingKeys, schema: SourceSchema, has_local_id: bool) -> Self {
        Self {
            hasher: TokenHasher::new(keys.gram.clone()),
            sample: LevelSample::new(schema.fields),
            passes: schema.passes(has_local_id),
            tokens: TokenList::default(),
            digests: Digests::default(),
            keys,
            schema,
        }
    }

    /// The key-check value.
    pub fn key_check(&self) -> KeyCheck {
        self.keys.check
    }

    /// The passes that this source takes part in, ascending.
    pub fn passes(&self) -> &[&'static PassSpec] {
        &self.passes
    }

    /// The handle of a record's identity: equal for byte-equal identifiers and person numbers.
    ///
    /// The first 16 bytes of `HMAC-SHA-256[handles key](identity || person number)`, where the
    /// identity is as [`NormalisedRecord::feed_identity`] gives it.
    ///
    /// A keyed hash rather than a random number, so that the same export gives the same handles
    /// whatever the order of its rows; under the agency's own key it is as opaque.
    pub fn handle(&self, record: &NormalisedRecord) -> Handle {
        let mut identity = Zeroizing::new(Vec::with_capacity(256));
        record.feed_identity(|bytes| identity.extend_from_slice(bytes));
        identity.extend_from_slice(record.local_id().as_bytes());
        let digest = self.keys.handles.digest(&identity);
        Handle(digest[..Handle::BYTES].try_into().expect("a digest is longer"))
    }

    /// The token of the agency's own person number: the first 16 bytes of
    /// `HMAC-SHA-256[continuity key](person number)`; zero where there is none. Of a number that
    /// stands for a row ([`NormalisedRecord::number_by_row`]) the first six bytes are zero: equal
    /// tokens are one person still, unequal ones say nothing.
    pub fn continuity(&self, record: &NormalisedRecord) -> ContinuityToken {
        if record.local_id().is_empty() {
            return ContinuityToken::default();
        }
        let digest = self.keys.continuity.digest(record.local_id().as_bytes());
        let mut token: [u8; ContinuityToken::BYTES] =
            digest[..ContinuityToken::BYTES].try_into().expect("a digest is longer");
        if record.is_numbered_by_row() {
            token[..ContinuityToken::ROW_ZEROS].fill(0);
        }
        ContinuityToken(token)
    }

    /// Numbers a record without a person number by its identity, where its row has aliases: they
    /// are then one person's, and rows with the same identifiers are too.
    pub fn number_by_row(&self, record: &mut NormalisedRecord) {
        let Handle(identity) = self.handle(record);
        record.number_by_row(&identity);
    }

    /// Encodes one identity: calls `visit` for each of its rows in each pass, then gives its
    /// unsalted filters (profile `trusted` only) and its presence word.
    pub fn encode(
        &mut self,
        handle: Handle,
        record: &NormalisedRecord,
        mut visit: impl FnMut(PassRow<'_>),
    ) -> (Option<Filters>, u32) {
        self.tokens.fill(record, &self.schema.attributes);
        self.hasher.fill(&self.tokens, &mut self.digests);
        let salted = self.schema.profile.is_salted();
        let presence = self.tokens.presence();
        self.sample.offer(handle, (&self.digests, presence), &self.keys.throw_away);
        let names = NameVariants::of(record);
        let mut blocking = BlockingKeys::new(&self.keys, &self.schema.attributes, salted);
        for pass in &self.passes {
            blocking.visit(pass, record, &names, |key| {
                let fixed = pass.fixed_fields();
                let filters = key.filters.map(|key| Filters::salted(&self.digests, &key, fixed));
                let (token, filters) = (key.token, filters.as_ref());
                visit(PassRow { pass: pass.number, token, presence, filters });
            });
        }
        let unsalted = (!salted).then(|| Filters::unsalted(&self.digests));
        (unsalted, presence)
    }

    /// Level counts over random pairs of the records seen.
    pub fn level_counts(&self) -> tallystick_wire::LevelCounts {
        self.sample.counts()
    }
}
