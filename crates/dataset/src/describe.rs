//! What documents say of a table, once its cells are gone.
//!
//! Takes a table, gives names, labels and counts. Counts from 1 to 10 are never shown, and none that
//! would let such a one be worked out.

use crate::column::{Column, DisclosureClass, Table, ValueLabel, Values, row_count};
use crate::missing::Missing;

/// Columns with more distinct values are not listed.
pub const VALUES_MAX: usize = 50;
/// Smaller counts are not shown (CMS cell size policy: no cell from 1 to 10).
pub const COUNT_MIN: u64 = 11;

/// What is said of a table.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TableDescribed {
    /// Name.
    pub name: String,
    /// In a few words.
    pub label: String,
    /// Columns that together name a row.
    pub key: Vec<String>,
    /// Rows.
    pub rows: u64,
    /// Columns.
    pub columns: Vec<ColumnDescribed>,
}

/// What is said of a column.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ColumnDescribed {
    /// Name.
    pub name: String,
    /// What its cells are.
    pub kind: Kind,
    /// In a few words.
    pub label: String,
    /// How it was made.
    pub derivation: String,
    /// Where it comes from.
    pub source: String,
    /// What it could tell.
    pub class: DisclosureClass,
    /// Values with words of their own.
    pub codes: Vec<ValueLabel>,
    /// Whether every cell that is not missing has such words.
    pub is_coded: bool,
    /// Share of rows that are missing, in thousandths rounded half up, if it can be shown.
    pub missing_share: String,
    /// The kinds of missing that occur, with their counts.
    pub missing: Vec<(Missing, Shown)>,
    /// Values with their counts, if they are few: of codes, texts and flags.
    pub values: Option<Vec<(String, Shown)>>,
}

/// What the cells of a column are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// Days, whole.
    Days,
    /// Whole numbers.
    Integer,
    /// 0 or 1.
    Flag,
    /// Numbers with three decimals.
    Decimal,
    /// Texts.
    Text,
}

impl Kind {
    /// Of these cells.
    pub const fn of(values: &Values) -> Self {
        match values {
            Values::Day(_) => Self::Days,
            Values::Integer(_) => Self::Integer,
            Values::Flag(_) => Self::Flag,
            Values::Permille(_) => Self::Decimal,
            Values::Text(..) => Self::Text,
        }
    }

    /// As codebooks write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Days => "days",
            Self::Integer => "integer",
            Self::Flag => "flag",
            Self::Decimal => "decimal",
            Self::Text => "text",
        }
    }

    /// The kind that codebooks write so.
    pub fn parse(text: &str) -> Option<Self> {
        let all = [Self::Days, Self::Integer, Self::Flag, Self::Decimal, Self::Text];
        all.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Describes a table before it is dropped.
pub fn describe(table: &Table) -> TableDescribed {
    TableDescribed {
        name: table.name.clone(),
        label: table.label.clone(),
        key: table.key.clone(),
        rows: row_count(table.rows),
        columns: table.columns.iter().map(describe_column).collect(),
    }
}

fn describe_column(column: &Column) -> ColumnDescribed {
    let counted = count(&column.values, &column.codes);
    let missing = missing_counts(&column.values);
    let listed = counted.values.filter(|_| column.class != DisclosureClass::Identifier);
    let mut cells: Vec<u64> = listed.iter().flatten().map(|(_, count)| *count).collect();
    cells.extend(missing.iter().map(|(_, count)| *count));
    let mut shown = suppress(&cells).into_iter();
    let with_counts = |listed: Vec<(String, u64)>| {
        listed.into_iter().map(|(value, _)| value).zip(shown.by_ref()).collect()
    };
    let values: Option<Vec<(String, Shown)>> = listed.map(with_counts);
    let missing: Vec<(Missing, Shown)> = missing.iter().map(|(kind, _)| *kind).zip(shown).collect();
    ColumnDescribed {
        name: column.name.clone(),
        kind: Kind::of(&column.values),
        label: column.label.clone(),
        derivation: column.derivation.clone(),
        source: column.source.clone(),
        class: column.class,
        codes: column.codes.clone(),
        is_coded: counted.is_coded,
        missing_share: missing_share(&missing, row_count(column.values.len())),
        missing,
        values,
    }
}

/// The kinds that occur, in their order.
fn missing_counts(values: &Values) -> Vec<(Missing, u64)> {
    let mut counts = [0; Missing::ALL.len()];
    for kind in (0..values.len()).filter_map(|row| values.missing(row)) {
        counts[kind as usize] += 1;
    }
    Missing::ALL.into_iter().zip(counts).filter(|(_, count)| *count > 0).collect()
}

/// A share can be shown where every count is.
fn missing_share(missing: &[(Missing, Shown)], rows: u64) -> String {
    let mut sum = 0;
    for (_, shown) in missing {
        match shown {
            Shown::Count(count) => sum += count,
            hidden => return hidden.text(),
        }
    }
    share(sum, rows)
}

struct Counted {
    is_coded: bool,
    values: Option<Vec<(String, u64)>>,
}

/// Counts values where they are few, and sees whether all have words.
fn count(values: &Values, codes: &[ValueLabel]) -> Counted {
    let is_code = |value: &str| codes.iter().any(|code| code.value == value);
    match values {
        Values::Text(cells, texts) => {
            let mut counts = vec![0; texts.len()];
            for cell in cells {
                if let Some(count) = counts.get_mut(*cell as usize) {
                    *count += 1;
                }
            }
            let used = (0..).zip(counts).filter(|(_, count)| *count > 0);
            let used: Vec<(&str, u64)> = used.map(|(n, count)| (texts.text(n), count)).collect();
            let is_coded = !codes.is_empty() && used.iter().all(|(value, _)| is_code(value));
            let is_listed = texts.len() <= VALUES_MAX;
            let values = used.into_iter().map(|(value, count)| (value.to_owned(), count));
            Counted { is_coded, values: is_listed.then(|| values.collect()) }
        }
        Values::Flag(cells) => {
            let count = |flag: u8| row_count(cells.iter().filter(|cell| **cell == flag).count());
            let counts = vec![("0".to_owned(), count(0)), ("1".to_owned(), count(1))];
            Counted { is_coded: is_code("0") && is_code("1"), values: Some(counts) }
        }
        Values::Integer(cells) => count_codes(values, cells, codes),
        Values::Day(_) | Values::Permille(_) => Counted { is_coded: false, values: None },
    }
}

/// Counts whole numbers that are codes.
fn count_codes(values: &Values, cells: &[i64], codes: &[ValueLabel]) -> Counted {
    let none = Counted { is_coded: false, values: None };
    let numbers: Option<Vec<i64>> = codes.iter().map(|code| code.value.parse().ok()).collect();
    let Some(numbers) = numbers.filter(|numbers| !numbers.is_empty()) else { return none };
    let mut counts = vec![0; numbers.len()];
    for row in (0..cells.len()).filter(|row| !values.is_missing(*row)) {
        match numbers.iter().position(|number| *number == cells[row]) {
            Some(place) => counts[place] += 1,
            None => return none,
        }
    }
    let is_listed = codes.len() <= VALUES_MAX;
    let listed = codes.iter().map(|code| code.value.clone()).zip(counts);
    Counted { is_coded: true, values: is_listed.then(|| listed.collect()) }
}

/// What is shown of a count.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Shown {
    /// It.
    Count(u64),
    /// That it is small.
    Small,
    /// Nothing, so that another cannot be worked out.
    Suppressed,
}

impl Shown {
    /// In words.
    pub fn text(self) -> String {
        match self {
            Self::Count(count) => count.to_string(),
            Self::Small => format!("<{COUNT_MIN}"),
            Self::Suppressed => "suppressed".to_owned(),
        }
    }
}

/// Hides counts from 1 to 10. Where one of them would follow from the total, the smallest other counts
/// are hidden too, one after the other, until each may have more than one value.
pub fn suppress(counts: &[u64]) -> Vec<Shown> {
    let is_small = |count: u64| count > 0 && count < COUNT_MIN;
    let mut shown: Vec<Shown> = counts
        .iter()
        .map(|count| if is_small(*count) { Shown::Small } else { Shown::Count(*count) })
        .collect();
    let mut others: Vec<(u64, usize)> = (0..)
        .zip(counts)
        .filter(|(_, count)| **count >= COUNT_MIN)
        .map(|(place, count)| (*count, place))
        .collect();
    others.sort_unstable();
    let mut others = others.into_iter().peekable();
    while follows(counts, &shown, others.peek().map(|(count, _)| *count)) {
        let Some((_, place)) = others.next() else { break };
        shown[place] = Shown::Suppressed;
    }
    shown
}

/// Whether the sum of what is hidden leaves a small count only one value. What is suppressed is known to
/// lie between [`COUNT_MIN`] and the next count.
fn follows(counts: &[u64], shown: &[Shown], next: Option<u64>) -> bool {
    let hidden = || counts.iter().zip(shown).filter(|(_, s)| !matches!(s, Shown::Count(_)));
    let sum: u64 = hidden().map(|(count, _)| *count).sum();
    let small = row_count(hidden().filter(|(_, s)| **s == Shown::Small).count());
    let suppressed = row_count(hidden().count()) - small;
    if small == 0 {
        return false;
    }
    let others_min = (small - 1) + suppressed * COUNT_MIN;
    let suppressed_max = suppressed.saturating_mul(next.unwrap_or(sum));
    let others_max = ((small - 1) * (COUNT_MIN - 1)).saturating_add(suppressed_max);
    let at_most = (sum - others_min).min(COUNT_MIN - 1);
    let at_least = sum.saturating_sub(others_max).max(1);
    at_most == at_least
}

/// Rounded half up to thousandths; `0.000` of no rows.
fn share(part: u64, whole: u64) -> String {
    let permille = (part * 2_000 + whole).checked_div(whole * 2).unwrap_or(0);
    format!("{}.{:03}", permille / 1000, permille % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_counts_are_hidden_and_cannot_be_worked_out() {
        use Shown::{Count, Small, Suppressed};
        assert_eq!(suppress(&[5, 40, 12, 0]), [Small, Count(40), Suppressed, Count(0)]);
        assert_eq!(suppress(&[5, 40, 3]), [Small, Count(40), Small]);
        assert_eq!(suppress(&[11, 0]), [Count(11), Count(0)]);
        assert_eq!(suppress(&[10]), [Small]);
        // Two that sum up to 2 or 20 are known, as is one beside the smallest that is not small.
        assert_eq!(suppress(&[1, 40, 1]), [Small, Suppressed, Small]);
        assert_eq!(suppress(&[10, 40, 10, 50]), [Small, Suppressed, Small, Count(50)]);
        assert_eq!(suppress(&[1, 11, 90]), [Small, Suppressed, Suppressed]);
    }

    #[test]
    fn shares_are_rounded_by_integers() {
        assert_eq!([share(1, 3), share(2, 3), share(0, 0)], ["0.333", "0.667", "0.000"]);
    }
}
