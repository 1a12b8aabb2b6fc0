//! Takes content columns, gives those that repeat under a number: `charge_1_statute` to
//! `charge_4_class` are four rows of a table of charges.

use std::collections::BTreeMap;

use super::Column;
use super::role::{Content, Role};
use crate::mapping::{GROUP_NUMBER, GROUP_REPEATS_MAX, GROUPS_MAX};

/// A table whose rows stand in numbered columns.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GroupProposal {
    /// Name of the table.
    pub table: String,
    /// Repetitions, from 1.
    pub to: u16,
    /// Names in the table, with the column's name as a pattern and the columns in order.
    pub columns: Vec<(String, String, Vec<usize>)>,
}

impl GroupProposal {
    /// All its columns.
    pub fn members(&self) -> impl Iterator<Item = usize> + '_ {
        self.columns.iter().flat_map(|(_, _, members)| members.iter().copied())
    }
}

/// Columns of one pattern, by their number.
type Numbered = BTreeMap<u16, usize>;

pub(super) fn propose(columns: &[Column], main_table: &str) -> Vec<GroupProposal> {
    let mut patterns: BTreeMap<String, Numbered> = BTreeMap::new();
    for (index, column) in columns.iter().enumerate() {
        let is_event = column.role == Role::Content(Content::EventDate);
        let is_content = matches!(column.role, Role::Content(_)) && column.release_name.is_some();
        if let (true, false, Some((pattern, number))) =
            (is_content, is_event, pattern(&column.name))
        {
            patterns.entry(pattern).or_default().insert(number, index);
        }
    }
    let mut groups: Vec<GroupProposal> = Vec::new();
    for (pattern, numbered) in patterns {
        let Some(to) = repeats(columns, &numbered) else { continue };
        let (before, after) = pattern.split_once(GROUP_NUMBER).unwrap_or((&pattern, ""));
        let (table, rest) = (plain(before), plain(after));
        let name = if rest.is_empty() { table.clone() } else { rest };
        if table.is_empty() || name.is_empty() || table == main_table || table == "column" {
            continue;
        }
        let members: Vec<usize> = numbered.into_values().collect();
        let entry = (name, pattern.clone(), members);
        match groups.iter_mut().find(|group| group.table == table) {
            Some(group) if group.to == to && group.columns.iter().all(|(n, ..)| *n != entry.0) => {
                group.columns.push(entry);
            }
            // Another count or the same name: these columns stay as they are.
            Some(_) => {}
            None => groups.push(GroupProposal { table, to, columns: vec![entry] }),
        }
    }
    groups.truncate(GROUPS_MAX);
    let grouped: usize = groups.iter().map(|group| group.members().count()).sum();
    let content = columns.iter().filter(|column| column.release_name.is_some()).count();
    // The main table needs a column of its own.
    if grouped < content { groups } else { Vec::new() }
}

/// The name with `{n}` for its only number, and the number.
fn pattern(name: &str) -> Option<(String, u16)> {
    let is_digit = |c: char| c.is_ascii_digit();
    let start = name.find(is_digit)?;
    let end = name[start..].find(|c| !is_digit(c)).map_or(name.len(), |length| start + length);
    let digits = &name[start..end];
    let is_only = !name[end..].contains(is_digit) && !digits.starts_with('0');
    let number = digits.parse().ok().filter(|number| *number <= GROUP_REPEATS_MAX)?;
    let braces = name.contains(['{', '}']);
    (is_only && !braces)
        .then(|| (format!("{}{GROUP_NUMBER}{}", &name[..start], &name[end..]), number))
}

/// How often columns repeat that are numbered from 1 without a gap and are of one kind.
fn repeats(columns: &[Column], numbered: &Numbered) -> Option<u16> {
    let to = u16::try_from(numbered.len()).ok().filter(|count| *count >= 2)?;
    let first = &columns[*numbered.get(&1)?];
    let is_alike = |index: &usize| {
        let column = &columns[*index];
        column.role == first.role
            && column.formats == first.formats
            && column.pivot_year == first.pivot_year
    };
    (numbered.keys().copied().eq(1..=to) && numbered.values().all(is_alike)).then_some(to)
}

/// A name as tables and their columns have it.
fn plain(text: &str) -> String {
    let mut name = String::new();
    for letter in text.chars() {
        if letter.is_ascii_alphanumeric() {
            name.push(letter.to_ascii_lowercase());
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
    }
    name.trim_matches('_').chars().take(32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, role: Content) -> Column {
        Column {
            name: name.to_owned(),
            role: Role::Content(role),
            percent: 90,
            reason: String::new(),
            formats: Vec::new(),
            pivot_year: None,
            release_name: Some(plain(name)),
            numbering: None,
        }
    }

    #[test]
    fn numbered_columns_are_rows_of_a_table() {
        let code = |name| column(name, Content::Code);
        let columns = [
            code("charge_1_statute"),
            code("charge_1_class"),
            code("charge_2_statute"),
            code("charge_2_class"),
            code("District 1"),
            code("Flag1"),
            code("Flag3"),
            code("OFFENSE1"),
            code("OFFENSE2"),
            code("OFFENSE3"),
            code("column 1"),
            code("column 2"),
            code("mix1"),
            column("mix2", Content::Integer),
            code("A1B2"),
            code("Year2018"),
            code("N01"),
            code("N02"),
        ];
        let groups = propose(&columns, "arrest");
        let tables: Vec<(&str, u16)> = groups.iter().map(|g| (g.table.as_str(), g.to)).collect();
        assert_eq!(tables, [("offense", 3), ("charge", 2)]);
        let names: Vec<&str> = groups[1].columns.iter().map(|(name, ..)| name.as_str()).collect();
        assert_eq!(names, ["class", "statute"]);
        assert_eq!(groups[1].members().collect::<Vec<_>>(), [1, 3, 0, 2]);
        assert!(propose(&columns, "charge").iter().all(|group| group.table != "charge"));
    }
}
