//! All tables of the report.
//!
//! Takes an evaluation, gives its tables as text that passed the gate.

mod exact;
mod flow;
mod linkage;
mod outcomes;

use super::sheet::Sheet;
use crate::study::Evaluation;
use crate::study::process::Row;

pub(super) use flow::{Step, flow, steps};

/// All tables, those of the process last. Table `estimates` is for programs, and is not on the page.
#[must_use]
pub fn sheets(it: &Evaluation) -> Vec<Sheet> {
    let mut all = vec![
        flow(it),
        outcomes::balance(it),
        outcomes::outcomes(it),
        outcomes::ratios(it),
        outcomes::unadjusted(it),
    ];
    all.extend(outcomes::changes(it));
    all.extend(outcomes::first_arrest(it));
    all.extend(outcomes::spending(it));
    all.extend([linkage::linkages(it), outcomes::variants(it)]);
    all.extend([linkage::tipping(it), linkage::versions(it)]);
    all.push(exact::estimates(it));
    for (number, indicator) in it.told.iter().enumerate() {
        let id = indicator.id.to_lowercase();
        let cells = |row: &Row| {
            let cells = row.cells.iter().map(|cell| cell.text());
            std::iter::once(row.label.clone()).chain(cells).collect()
        };
        let name = format!("process_{:02}_{id}", number + 1);
        let title = format!("{}. {}", indicator.id, indicator.title);
        let rows: Vec<Vec<String>> = indicator.rows.iter().map(cells).collect();
        all.push(Sheet::new(&name, title, &indicator.columns).noted(indicator.note).filled(rows));
    }
    all.retain(|sheet| !sheet.rows.is_empty());
    all
}
