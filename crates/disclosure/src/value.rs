//! Cells as categories, and the steps of hierarchies on them.
//!
//! Takes columns, gives dense codes in the order of values, so that nothing depends on the order of rows.

use tallystick_dataset::column::{INTEGER_MISSING, integer_missing, text_missing};
use tallystick_dataset::{Missing, Texts, Values};

use crate::policy::Level;

/// What merged categories are called.
pub(crate) const RARE: &str = "(rare)";

/// A category. No `Debug`: it is a value of the data.
#[derive(Clone, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Value {
    Number(i64),
    Text(String),
    Missing(Missing),
}

pub(crate) const SUPPRESSED: Value = Value::Missing(Missing::Suppressed);

impl Value {
    /// As it stands in CSV.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
            Self::Missing(kind) => kind.as_str().to_owned(),
        }
    }
}

/// A column as codes of its distinct values, which ascend.
pub(crate) struct Coded {
    pub(crate) codes: Vec<u32>,
    pub(crate) values: Vec<Value>,
}

/// Codes a column.
pub(crate) fn coded(values: &Values) -> Coded {
    match values {
        Values::Integer(cells) => numbers(values, cells),
        Values::Day(cells) => {
            let cells: Vec<i64> = cells.iter().map(|cell| i64::from(*cell)).collect();
            numbers(values, &cells)
        }
        Values::Flag(cells) => {
            let cells: Vec<i64> = cells.iter().map(|cell| i64::from(*cell)).collect();
            numbers(values, &cells)
        }
        Values::Permille(cells) => {
            let cells: Vec<i64> = cells.iter().map(|cell| i64::from(*cell)).collect();
            let mut coded = numbers(values, &cells);
            for value in &mut coded.values {
                if let Value::Number(number) = value {
                    *value = Value::Text(format!("{}.{:03}", *number / 1000, *number % 1000));
                }
            }
            coded
        }
        Values::Text(cells, texts) => texts_of(values, cells, texts),
    }
}

fn numbers(values: &Values, cells: &[i64]) -> Coded {
    let mut distinct: Vec<i64> = cells.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    // Missing cells are the largest numbers of each type, so that one row of each says what it is.
    let place = |cell: &i64| distinct.binary_search(cell).expect("it is one of them");
    let codes: Vec<u32> = cells.iter().map(|cell| code(place(cell))).collect();
    let mut names: Vec<Value> = distinct.iter().map(|number| Value::Number(*number)).collect();
    for (row, code) in codes.iter().enumerate() {
        if let Some(kind) = values.missing(row) {
            names[*code as usize] = Value::Missing(kind);
        }
    }
    in_order(codes, names)
}

fn texts_of(values: &Values, cells: &[u32], texts: &Texts) -> Coded {
    let kinds = Missing::ALL.len();
    let slot = |row: usize| match values.missing(row) {
        Some(kind) => kind as usize,
        None => kinds + cells[row] as usize,
    };
    let mut codes = vec![u32::MAX; kinds + texts.len()];
    let mut used = vec![false; codes.len()];
    (0..cells.len()).for_each(|row| used[slot(row)] = true);
    let mut names = Vec::new();
    for (slot, code_of) in codes.iter_mut().enumerate().filter(|(slot, _)| used[*slot]) {
        *code_of = code(names.len());
        names.push(match slot.checked_sub(kinds) {
            None => Value::Missing(Missing::ALL[slot]),
            Some(number) => Value::Text(texts.text(code(number)).to_owned()),
        });
    }
    in_order((0..cells.len()).map(|row| codes[slot(row)]).collect(), names)
}

/// Renumbers, so that values ascend and each stands once.
pub(crate) fn in_order(mut codes: Vec<u32>, names: Vec<Value>) -> Coded {
    let (map, values) = numbered(names);
    codes.iter_mut().for_each(|code| *code = map[*code as usize]);
    Coded { codes, values }
}

/// The distinct names in order, and the place of each given one among them.
pub(crate) fn numbered(names: Vec<Value>) -> (Vec<u32>, Vec<Value>) {
    let mut values = names.clone();
    values.sort_unstable();
    values.dedup();
    let place = |name: &Value| code(values.binary_search(name).expect("it is one of them"));
    (names.iter().map(place).collect(), values)
}

/// A count of categories or rows as a code.
pub(crate) fn code(number: usize) -> u32 {
    u32::try_from(number).expect("tables have at most 2^32 rows")
}

/// The column of some categories, by row; whole numbers if all are and texts are not asked for.
pub(crate) fn to_values(codes: &[u32], values: &[Value], as_texts: bool) -> Values {
    if as_texts || values.iter().any(|value| matches!(value, Value::Text(_))) {
        let mut texts: Vec<String> = values
            .iter()
            .filter(|value| !matches!(value, Value::Missing(_)))
            .map(Value::text)
            .collect();
        texts.sort_unstable();
        texts.dedup();
        let cell = |value: &Value| match value {
            Value::Missing(kind) => text_missing(*kind),
            other => code(texts.binary_search(&other.text()).expect("it is one of them")),
        };
        let cells: Vec<u32> = values.iter().map(cell).collect();
        let cells = codes.iter().map(|code| cells[*code as usize]).collect();
        return Values::Text(cells, Texts::new(texts.iter()));
    }
    let cell = |value: &Value| match value {
        Value::Number(number) => *number,
        Value::Missing(kind) => integer_missing(*kind),
        Value::Text(_) => INTEGER_MISSING,
    };
    let cells: Vec<i64> = values.iter().map(cell).collect();
    Values::Integer(codes.iter().map(|code| cells[*code as usize]).collect())
}

/// Where the ends of a scale are put together.
#[derive(Clone, Copy, Default)]
pub(crate) struct Ends {
    /// This and less.
    pub(crate) bottom: Option<i64>,
    /// This and more.
    pub(crate) top: Option<i64>,
}

impl Ends {
    /// A value with the ends of its scale put together.
    pub(crate) fn clamp(self, value: &Value) -> Value {
        match value {
            Value::Number(number) => {
                let number = self.top.map_or(*number, |top| (*number).min(top));
                Value::Number(self.bottom.map_or(number, |bottom| number.max(bottom)))
            }
            other => other.clone(),
        }
    }

    /// In words, for codebooks.
    pub(crate) fn describe(self) -> String {
        let bottom = self.bottom.map(|bottom| format!("; {bottom} is {bottom} or less"));
        let top = self.top.map(|top| format!("; {top} is {top} or more"));
        bottom.unwrap_or_default() + &top.unwrap_or_default()
    }

    /// A band; open where it holds an end: `90+`.
    fn band(self, start: Option<i64>, end: Option<i64>) -> Value {
        let start = start.filter(|start| self.bottom.is_none_or(|bottom| *start > bottom));
        let end = end.filter(|end| self.top.is_none_or(|top| *end < top));
        Value::Text(match (start, end) {
            (Some(start), Some(end)) if start == end => start.to_string(),
            (Some(start), Some(end)) => format!("{start}-{end}"),
            (Some(start), None) => format!("{start}+"),
            (None, Some(end)) => format!("<={end}"),
            (None, None) => "all".to_owned(),
        })
    }
}

/// What a level makes of a value; `None` if it does not take it. Missing stays missing.
pub(crate) fn lift(level: &Level, value: &Value, ends: Ends) -> Option<Value> {
    match (level, value) {
        (Level::Suppressed, _) => Some(SUPPRESSED),
        (Level::AsIs, value) | (_, value @ Value::Missing(_)) => Some(value.clone()),
        (Level::Bands(width), Value::Number(number)) => {
            let start = number.div_euclid(i64::from(*width)) * i64::from(*width);
            let end = start + i64::from(*width) - 1;
            Some(ends.band(Some(start), Some(end)))
        }
        (Level::Cuts(cuts), Value::Number(number)) => {
            let above = cuts.partition_point(|cut| cut <= number);
            let start = above.checked_sub(1).map(|place| cuts[place]);
            Some(ends.band(start, cuts.get(above).map(|cut| cut - 1)))
        }
        (Level::Groups(groups), value) => {
            let text = value.text();
            let named = groups.iter().find(|(_, members)| members.contains(&text));
            let rest = || groups.iter().find(|(_, members)| members.iter().any(|m| m == "*"));
            named.or_else(rest).map(|(name, _)| Value::Text(name.clone()))
        }
        (Level::HalfYear, Value::Text(text)) => half_year(text),
        (Level::Year, Value::Text(text)) => year(text),
        (Level::Year, Value::Number(number)) if (1900..2100).contains(number) => {
            Some(Value::Number(*number))
        }
        _ => None,
    }
}

fn year(text: &str) -> Option<Value> {
    crate::profile::granularity(text)?;
    let year = text.get(..4).filter(|year| year.bytes().all(|byte| byte.is_ascii_digit()))?;
    Some(Value::Text(year.to_owned()))
}

fn half_year(text: &str) -> Option<Value> {
    use crate::profile::Granularity as G;
    let year = text.get(..4).filter(|year| year.bytes().all(|byte| byte.is_ascii_digit()))?;
    let last: u32 = text.rsplit(|c: char| !c.is_ascii_digit()).next()?.parse().ok()?;
    let half = match crate::profile::granularity(text)? {
        G::Month if (1..=12).contains(&last) => last.div_ceil(6),
        G::Quarter if (1..=4).contains(&last) => last.div_ceil(2),
        G::HalfYear => last,
        _ => return None,
    };
    Some(Value::Text(format!("{year}H{half}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lifted(level: &Level, value: &Value, top: Option<i64>) -> Option<String> {
        lift(level, value, Ends { bottom: Some(-100), top }).map(|value| value.text())
    }

    #[test]
    fn levels_put_values_together_as_their_names_say() {
        let number = Value::Number;
        let text = |text: &str| Value::Text(text.to_owned());
        let bands = Level::Bands(5);
        assert_eq!(lifted(&bands, &number(24), None).as_deref(), Some("20-24"));
        assert_eq!(lifted(&bands, &number(-1), None).as_deref(), Some("-5--1"));
        assert_eq!(lifted(&bands, &number(90), Some(90)).as_deref(), Some("90+"));
        assert_eq!(lifted(&bands, &number(-100), None).as_deref(), Some("<=-96"));
        assert_eq!(lifted(&bands, &text("24"), None), None);
        let cuts = Level::Cuts(vec![18, 40]);
        assert_eq!(lifted(&cuts, &number(17), None).as_deref(), Some("<=17"));
        assert_eq!(lifted(&cuts, &number(18), None).as_deref(), Some("18-39"));
        assert_eq!(lifted(&cuts, &number(40), None).as_deref(), Some("40+"));
        assert_eq!(lifted(&Level::HalfYear, &text("2018Q2"), None).as_deref(), Some("2018H1"));
        assert_eq!(lifted(&Level::HalfYear, &text("2018-07"), None).as_deref(), Some("2018H2"));
        assert_eq!(lifted(&Level::Year, &text("2018Q2"), None).as_deref(), Some("2018"));
        assert_eq!(lifted(&Level::Year, &text("TENDERLOIN"), None), None);
        let missing = Value::Missing(Missing::NotLinked);
        assert_eq!(lifted(&bands, &missing, None).as_deref(), Some(".d"));
        assert_eq!(lifted(&Level::Suppressed, &missing, None).as_deref(), Some(".c"));
    }

    #[test]
    fn a_column_comes_back_from_its_codes() {
        let texts = Texts::new(["a", "b", "unused"].iter());
        let cells = vec![1, 0, text_missing(Missing::NotLinked), 1];
        for values in [
            Values::Text(cells, texts),
            Values::Integer(vec![7, -2, integer_missing(Missing::NotLinked), 7]),
        ] {
            let coded = coded(&values);
            assert_eq!(coded.codes, [1, 0, 2, 1]);
            let back = to_values(&coded.codes, &coded.values, false);
            let cell = |values: &Values, row: usize| {
                let mut out = Vec::new();
                values.write_cell(row, &mut out);
                out
            };
            (0..4).for_each(|row| assert_eq!(cell(&values, row), cell(&back, row)));
        }
    }
}
