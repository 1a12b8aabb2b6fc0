//! Takes an earlier report of the same source and the present one, gives figures that moved, refuses
//! files that are no such report.

use std::io::Read as _;
use std::path::Path;

use super::CheckError;
use super::report::{ChangeReport, CheckReport, REPORT_VERSION, permille};

/// Most bytes of a report.
const REPORT_BYTES_MAX: u64 = 16 << 20;
/// Thousandths by which a share moves before somebody should ask why.
const SHARE_MOVES: u64 = 50;
/// Thousandths by which a number of rows moves before somebody should ask why.
const ROWS_MOVE: u64 = 250;

/// Reads an earlier report.
///
/// # Errors
/// [`CheckError::Earlier`]: not a report, of another version, or of another source.
pub fn read_earlier(path: &Path, source: &str) -> Result<CheckReport, CheckError> {
    let unusable = |what| CheckError::Earlier { path: path.to_owned(), what };
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(REPORT_BYTES_MAX).read_to_end(&mut bytes))
        .map_err(|_| unusable("the earlier report cannot be read"))?;
    // Serde's message may quote the file, which may be any; it is not shown.
    let report: CheckReport =
        serde_json::from_slice(&bytes).map_err(|_| unusable("not a report of check"))?;
    if report.version != REPORT_VERSION {
        return Err(unusable("a report of another version"));
    }
    if report.source != source {
        return Err(unusable("the report of another source"));
    }
    Ok(report)
}

/// Figures that moved, in the order of reports.
pub(super) fn changes(earlier: &CheckReport, now: &CheckReport) -> Vec<ChangeReport> {
    let rows = |figure: &str, before: u64, now: u64| {
        let moved = permille(before.abs_diff(now), before.max(1));
        change(figure, (before, now), "rows", moved >= ROWS_MOVE)
    };
    let share = |figure: String, before: u64, now: u64| {
        change(&figure, (before, now), "permille", before.abs_diff(now) >= SHARE_MOVES)
    };
    let mut out = vec![
        rows("rows", earlier.rows_read, now.rows_read),
        rows("identities", earlier.identities, now.identities),
        share(
            "rows that can never link".to_owned(),
            permille(earlier.rows_never(), earlier.rows_read),
            permille(now.rows_never(), now.rows_read),
        ),
    ];
    for field in &now.fields {
        let before = earlier.fields.iter().find(|other| other.field == field.field);
        let before = before.map_or(0, |before| before.cells.permille());
        out.push(share(format!("{} usable", field.field), before, field.cells.permille()));
    }
    for field in &earlier.fields {
        if !now.fields.iter().any(|other| other.field == field.field) {
            out.push(share(format!("{} usable", field.field), field.cells.permille(), 0));
        }
    }
    if let (Some(before), Some(now)) = (&earlier.forecast, &now.forecast) {
        out.push(share("expected recall".to_owned(), before.recall.into(), now.recall.into()));
    }
    out.retain(|change| change.before != change.now);
    out
}

fn change(figure: &str, (before, now): (u64, u64), unit: &str, notable: bool) -> ChangeReport {
    ChangeReport { figure: figure.to_owned(), before, now, unit: unit.to_owned(), notable }
}
