//! How much content a release takes.

use serde::{Deserialize, Serialize};

/// Limits of a release. A release beyond one is refused, never cut.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReleaseLimits {
    /// Content sections.
    pub tables_max: usize,
    /// Columns of one content table.
    pub columns_max: usize,
    /// Rows of all content tables together; at most 4,294,967,294 in one table.
    pub rows_max: u64,
    /// Distinct codes in one column.
    pub code_distinct_max: u32,
    /// Distinct values of a column `age_band`; with more, ages are not banded.
    pub age_bands_max: u32,
    /// Earliest date, in days since 1970-01-01.
    pub date_day_min: i32,
    /// Latest date, in days since 1970-01-01.
    pub date_day_max: i32,
    /// Rows of one Parquet row group; bounds the memory of writing.
    pub parquet_group_rows: usize,
}

impl Default for ReleaseLimits {
    /// Fifty million rows; dates from 1900 to 2199.
    fn default() -> Self {
        Self {
            tables_max: 256,
            columns_max: 512,
            rows_max: 50_000_000,
            code_distinct_max: 20_000_000,
            age_bands_max: 25,
            date_day_min: -25_567,
            date_day_max: 84_005,
            parquet_group_rows: 262_144,
        }
    }
}
