//! The columns of an exported pass, the same for every source.

use tallystick_linkage::block::COUNTED;
use tallystick_wire::{Field, FieldSet};

use crate::plan::PlanPass;

/// One column. Numbers of 32 bits are `INT`, of 64 bits `BIGINT`; none is ever missing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Column {
    /// Number of the block, in the order of tokens over all sources; 64 bits.
    Block,
    /// Position of the source.
    Source,
    /// Number of the record over all sources.
    Record,
    /// How many rows of the record come before this one in the pass.
    Place,
    /// Fields that the row has, one bit each, and row flags.
    Presence,
    /// A word of a field's filter; 64 bits.
    Word(Field, usize),
    /// Bits set in a field's filter.
    Popcount(Field),
    /// 0 without a local number, 1 with a person's, 2 with one that stands for a row.
    LocalKind,
    /// The local number as one among those of its source, in the order of tokens.
    LocalNumber,
}

impl Column {
    /// The columns of a pass.
    pub fn of(pass: &PlanPass) -> Vec<Self> {
        let mut columns =
            vec![Self::Block, Self::Source, Self::Record, Self::Place, Self::Presence];
        for field in pass.fields.fields() {
            columns.extend((0..field.words()).map(|word| Self::Word(field, word)));
            if COUNTED.contains(&field) {
                columns.push(Self::Popcount(field));
            }
        }
        if pass.is_within() {
            columns.extend([Self::LocalKind, Self::LocalNumber]);
        }
        columns
    }

    /// Its name in files and in SQL.
    pub fn name(self) -> String {
        match self {
            Self::Block => "block".into(),
            Self::Source => "source".into(),
            Self::Record => "record".into(),
            Self::Place => "place".into(),
            Self::Presence => "presence".into(),
            Self::Word(field, word) => format!("{}_w{word}", base(field)),
            Self::Popcount(field) => format!("{}_n", base(field)),
            Self::LocalKind => "local_kind".into(),
            Self::LocalNumber => "local_number".into(),
        }
    }

    /// Whether it has 64 bits.
    pub fn is_long(self) -> bool {
        matches!(self, Self::Block | Self::Word(..))
    }
}

/// A field's name as SQL takes it without quotes.
fn base(field: Field) -> String {
    field.as_str().replace('.', "_")
}

/// Whether the filters of a field stand in a pass.
pub(crate) fn carries(pass: &PlanPass, field: Field) -> bool {
    FieldSet(pass.fields.0).contains(field)
}
