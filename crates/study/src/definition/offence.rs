//! Offence groups by statute and day.

use serde::Deserialize;

use super::Day;

/// What statutes are an offence group for some time.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Offence {
    /// Name of the group.
    pub group: String,
    /// Statutes, each with all that lies under it: `HS 11350` has `HS 11350(a)`, not `HS 11350.5`.
    pub statutes: Vec<String>,
    /// First day, if the law changed.
    #[serde(default)]
    pub from: Option<Day>,
    /// Last day.
    #[serde(default)]
    pub to: Option<Day>,
}

/// Offence groups; the first entry that holds is taken.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(transparent)]
pub struct OffenceTable(pub Vec<Offence>);

impl OffenceTable {
    /// The group of a statute on a day, as the number of the entry.
    pub fn group(&self, statute: &str, day: i32) -> Option<usize> {
        let wanted = spelled(statute);
        self.0.iter().position(|offence| {
            offence.from.is_none_or(|from| from.0 <= day)
                && offence.to.is_none_or(|to| day <= to.0)
                && offence.statutes.iter().any(|under| lies_under(&wanted, &spelled(under)))
        })
    }
}

/// A statute in one spelling: code, section, subdivisions; `11377(a) HS` and `HS11377(A)` alike.
fn spelled(statute: &str) -> Vec<String> {
    // `H&S` is `HS`; a severity behind a stroke is none of the statute.
    let statute = statute.replace('&', "").to_ascii_uppercase();
    let ends = ["/F", "/M", "/I"];
    let statute = ends.iter().find_map(|end| statute.strip_suffix(end)).unwrap_or(&statute);
    let mut parts: Vec<String> = Vec::new();
    let mut kind = ' ';
    for letter in statute.chars().map(|letter| letter.to_ascii_uppercase()) {
        let this = match letter {
            'A'..='Z' => 'a',
            '0'..='9' | '.' => '0',
            _ => ' ',
        };
        match (this == kind, parts.last_mut()) {
            (true, Some(part)) if this != ' ' => part.push(letter),
            _ if this != ' ' => parts.push(letter.to_string()),
            _ => {}
        }
        kind = this;
    }
    // The code may stand at the end.
    let begins_with_section =
        parts.first().is_some_and(|part| part.starts_with(|c: char| c.is_ascii_digit()));
    if begins_with_section && parts.last().is_some_and(|part| is_code(part)) {
        parts.rotate_right(1);
    }
    parts
}

fn is_code(part: &str) -> bool {
    part.len() >= 2 && part.chars().all(|letter| letter.is_ascii_uppercase())
}

fn lies_under(statute: &[String], under: &[String]) -> bool {
    !under.is_empty() && statute.starts_with(under)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> OffenceTable {
        let offence = |group: &str, statute: &str, from: Option<i32>, to: Option<i32>| Offence {
            group: group.to_owned(),
            statutes: vec![statute.to_owned()],
            from: from.map(Day),
            to: to.map(Day),
        };
        OffenceTable(vec![
            offence("before", "HS 11350", None, Some(99)),
            offence("after", "HS 11350", Some(100), None),
            offence("sale", "HS 11351.5", None, None),
        ])
    }

    #[test]
    fn spellings_of_a_statute_are_one() {
        for text in
            ["HS 11350(a)", "11350(A) HS", "hs11350a", "HS 11350", "11350A HS/M", "H&S 11350"]
        {
            assert_eq!(table().group(text, 200), Some(1), "{text}");
        }
    }

    #[test]
    fn a_section_is_not_under_one_whose_digits_it_begins_with() {
        assert_eq!(table().group("HS 113505", 200), None);
        assert_eq!(table().group("HS 11351", 200), None);
        assert_eq!(table().group("HS 11351.5", 200), Some(2));
    }

    #[test]
    fn the_day_decides_between_entries() {
        assert_eq!(table().group("HS 11350", 99), Some(0));
        assert_eq!(table().group("HS 11350", 100), Some(1));
    }
}
