//! Watches content for identifiers: a column whose cells equal the row's own name, or look like a
//! social security number, a telephone number or an e-mail address, never leaves.

use tallystick_encoder::normalise::{NormalisedRecord, RawFields};
use tallystick_wire::Handle;
use tallystick_wire::content::{Cell, ContentSchema};
use tallystick_wire::leak::LeakGuard;

use super::EncodeError;

/// Rows whose cell equals the row's own name before a column is refused; below, it is chance.
const OWN_NAME_ROWS_MIN: u64 = 3;
/// Share of such rows among all, in percent, from which a column is refused.
const OWN_NAME_PERCENT_MIN: u64 = 1;

#[derive(Clone, Debug, Default)]
struct Suspicion {
    rows: u64,
    first_row: u64,
}

/// Watches the content columns of one export.
#[derive(Debug)]
pub(super) struct ContentGuard {
    names: Vec<String>,
    sources: Vec<usize>,
    own_name: Vec<Suspicion>,
    rows: u64,
    shapes: LeakGuard,
}

impl ContentGuard {
    pub(super) fn new(schema: &ContentSchema, sources: Vec<usize>) -> Self {
        let names = schema.columns.iter().map(|(label, _)| label.as_str().to_owned()).collect();
        let own_name = vec![Suspicion::default(); sources.len()];
        Self { names, sources, own_name, rows: 0, shapes: LeakGuard::new(schema) }
    }

    pub(super) fn row(
        &mut self,
        handle: Handle,
        row: &impl RawFields,
        record: &NormalisedRecord,
        cells: &[Option<Cell>],
    ) {
        self.rows += 1;
        self.shapes.feed_row(handle, cells);
        for ((column, suspicion), cell) in self.sources.iter().zip(&mut self.own_name).zip(cells) {
            let Some(Cell::Code(_)) = cell else { continue };
            if is_own_name(row.expose(*column), record) {
                if suspicion.rows == 0 {
                    suspicion.first_row = self.rows;
                }
                suspicion.rows += 1;
            }
        }
    }

    pub(super) fn finish(self) -> Result<(), EncodeError> {
        for (name, suspicion) in self.names.iter().zip(&self.own_name) {
            if suspicion.rows >= OWN_NAME_ROWS_MIN
                && suspicion.rows * 100 >= self.rows * OWN_NAME_PERCENT_MIN
            {
                return Err(EncodeError::ContentLooksLikeIdentifier {
                    column: name.clone(),
                    looks_like: "name, the row's own",
                    rows: suspicion.rows,
                    first_row: suspicion.first_row,
                });
            }
        }
        match self.shapes.finish().first() {
            None => Ok(()),
            Some(found) => Err(EncodeError::ContentLooksLikeIdentifier {
                column: found.column.as_str().to_owned(),
                looks_like: found.kind.as_str(),
                rows: found.rows,
                first_row: found.first_row + 1,
            }),
        }
    }
}

/// Whether the letters of a cell are those of the row's first or last name, or of both.
fn is_own_name(cell: &str, record: &NormalisedRecord) -> bool {
    let (first, last) = (record.first().as_bytes(), record.last().as_bytes());
    let letters =
        || cell.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_uppercase());
    let count = letters().count();
    let equals = |parts: [&[u8]; 2]| {
        count >= 3
            && count == parts[0].len() + parts[1].len()
            && letters().eq(parts[0].iter().chain(parts[1]).copied())
    };
    equals([first, &[]]) || equals([last, &[]]) || equals([last, first]) || equals([first, last])
}
