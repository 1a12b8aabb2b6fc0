//! Kinds of segments, and the key of each single one.

use zeroize::Zeroizing;

use crate::ids::{NoRandomness, SegmentId, random_bytes};
use crate::seal::SealKey;

/// What a segment holds; each kind has a key of its own.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SegmentKind {
    /// All of a submission but its content.
    Encodings,
    /// The content of a submission, sealed to the release desk besides.
    Content,
    /// An upload that is not complete or not yet taken in.
    Upload,
    /// What a pass of a run found.
    Pass,
    /// The persons of a run.
    Result,
    /// The report of a run, for programs or for people.
    Report,
    /// Ids of persons.
    Persons,
    /// The bundle of a release.
    Release,
    /// What later releases are compared with.
    Sketch,
    /// Pairs of a run for clerical review.
    Pairs,
}

impl SegmentKind {
    const ALL: [Self; 10] = [
        Self::Encodings,
        Self::Content,
        Self::Upload,
        Self::Pass,
        Self::Result,
        Self::Report,
        Self::Persons,
        Self::Release,
        Self::Sketch,
        Self::Pairs,
    ];

    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Encodings => "encodings",
            Self::Content => "content",
            Self::Upload => "upload",
            Self::Pass => "pass",
            Self::Result => "result",
            Self::Report => "report",
            Self::Persons => "persons",
            Self::Release => "release",
            Self::Sketch => "sketch",
            Self::Pairs => "pairs",
        }
    }

    /// Whether its keys are wrapped by the key of content, which that of encodings does not open.
    #[must_use]
    pub const fn is_of_content(self) -> bool {
        matches!(self, Self::Content | Self::Release)
    }

    /// The kind with this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// The key of one segment.
pub struct DataKey {
    key: SealKey,
    id: SegmentId,
    kind: SegmentKind,
}

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DataKey").field("id", &self.id).finish_non_exhaustive()
    }
}

impl DataKey {
    /// A new key, and its form for the records, wrapped by `unit`.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn random(
        unit: &SealKey,
        id: SegmentId,
        kind: SegmentKind,
    ) -> Result<(Self, Vec<u8>), NoRandomness> {
        let bytes = Zeroizing::new(random_bytes::<32>()?);
        let wrapped = unit.seal(&wrap_place(id, kind), &bytes[..])?;
        Ok((Self::of(&bytes, id, kind), wrapped))
    }

    /// The key of its wrapped form; `None` if that was changed or is of another segment.
    #[must_use]
    pub fn unwrap(
        unit: &SealKey,
        id: SegmentId,
        kind: SegmentKind,
        wrapped: &[u8],
    ) -> Option<Self> {
        let bytes = unit.open(&wrap_place(id, kind), wrapped)?;
        let bytes = Zeroizing::new(<[u8; 32]>::try_from(bytes.as_slice()).ok()?);
        Some(Self::of(&bytes, id, kind))
    }

    fn of(bytes: &[u8; 32], id: SegmentId, kind: SegmentKind) -> Self {
        Self { key: SealKey::new(bytes), id, kind }
    }

    fn place(&self, chunk: u64, is_last: bool) -> Vec<u8> {
        let mut place = format!("{}/{}/", self.id, self.kind.as_str()).into_bytes();
        place.extend_from_slice(&chunk.to_le_bytes());
        place.push(u8::from(is_last));
        place
    }

    pub(super) fn seal(
        &self,
        chunk: u64,
        is_last: bool,
        text: &[u8],
    ) -> Result<Vec<u8>, NoRandomness> {
        self.key.seal(&self.place(chunk, is_last), text)
    }

    /// Opens a chunk; `None` if it was changed.
    pub(super) fn open(
        &self,
        chunk: u64,
        is_last: bool,
        sealed: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        self.key.open(&self.place(chunk, is_last), sealed)
    }
}

fn wrap_place(id: SegmentId, kind: SegmentKind) -> Vec<u8> {
    format!("segment.key/{id}/{}", kind.as_str()).into_bytes()
}
