//! Tests of the gate, on invented releases.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod by_hand;
mod gate;
mod later;
mod laws;
mod oracle;
mod release;
use tallystick_dataset::Table;

/// A table as CSV, as releases write it.
pub(crate) fn csv(table: &Table) -> Vec<u8> {
    let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    let mut out = names.join(",").into_bytes();
    for row in 0..table.rows {
        out.push(b'\n');
        for (place, column) in table.columns.iter().enumerate() {
            if place > 0 {
                out.push(b',');
            }
            column.values.write_cell(row, &mut out);
        }
    }
    out.push(b'\n');
    out
}
