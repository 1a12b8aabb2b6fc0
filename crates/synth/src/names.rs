//! Names: frequency tables by group and sex, short forms, spellings, marks.
//!
//! The tables are compiled in from `data/*.tsv`, whose heads say where they come from.

use std::collections::BTreeMap;

use crate::random::Stream;

/// Ethnic groups that share names; the letter is the one used in the tables.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Group {
    /// Non-Hispanic white.
    White,
    /// Non-Hispanic Black.
    Black,
    /// Hispanic.
    Hispanic,
    /// Chinese.
    Chinese,
    /// Vietnamese.
    Vietnamese,
    /// Filipino.
    Filipino,
    /// Russian and Ukrainian.
    Russian,
    /// Arabic and Muslim South Asian.
    Arabic,
    /// Indian.
    Indian,
    /// Korean.
    Korean,
}

/// All groups with their letter in the tables and their share of the population in permille.
pub(crate) const GROUPS: [(Group, char, u32); 10] = [
    (Group::White, 'A', 305),
    (Group::Black, 'B', 270),
    (Group::Hispanic, 'H', 235),
    (Group::Chinese, 'C', 60),
    (Group::Vietnamese, 'V', 35),
    (Group::Filipino, 'F', 35),
    (Group::Russian, 'R', 20),
    (Group::Arabic, 'M', 20),
    (Group::Indian, 'I', 10),
    (Group::Korean, 'K', 10),
];

/// Sex as registered at birth.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
}

/// Entries drawn with their weights.
#[derive(Debug, Default)]
struct Weighted {
    names: Vec<&'static str>,
    /// Running sums of the weights; the last is the total.
    sums: Vec<u32>,
}

impl Weighted {
    fn push(&mut self, name: &'static str, weight: u32) {
        self.sums.push(self.sums.last().copied().unwrap_or(0) + weight);
        self.names.push(name);
    }

    fn draw(&self, stream: &mut Stream) -> &'static str {
        let total = *self.sums.last().expect("every group has names (tested)");
        let ticket = stream.below(total);
        self.names[self.sums.partition_point(|sum| *sum <= ticket)]
    }
}

/// The compiled tables.
#[derive(Debug)]
pub(crate) struct Names {
    surnames: [Weighted; GROUPS.len()],
    given: [[Weighted; GROUPS.len()]; 2],
    short_forms: BTreeMap<&'static str, Vec<&'static str>>,
    spellings: BTreeMap<&'static str, Vec<&'static str>>,
    marks: BTreeMap<&'static str, &'static str>,
}

impl Names {
    /// Reads the compiled-in tables.
    pub(crate) fn load() -> Self {
        let mut surnames: [Weighted; GROUPS.len()] = Default::default();
        for (name, weight, groups) in rows(include_str!("../data/surnames.tsv")).map(three) {
            for group in groups.chars() {
                surnames[group_index(group)].push(name, weight);
            }
        }
        let mut given: [[Weighted; GROUPS.len()]; 2] = Default::default();
        for row in rows(include_str!("../data/given.tsv")) {
            let (sex, rest) = row.split_once('\t').expect("tables have tabs");
            let (name, weight, groups) = three(rest);
            for group in groups.chars() {
                given[usize::from(sex == "M")][group_index(group)].push(name, weight);
            }
        }
        let spread = |text: &'static str| {
            rows(text)
                .map(|row| row.split_once('\t').expect("tables have tabs"))
                .map(|(name, forms)| (name, forms.split_whitespace().collect()))
                .collect()
        };
        Self {
            surnames,
            given,
            short_forms: spread(include_str!("../data/nicknames.tsv")),
            spellings: spread(include_str!("../data/variants.tsv")),
            marks: rows(include_str!("../data/accents.tsv"))
                .map(|row| row.split_once('\t').expect("tables have tabs"))
                .collect(),
        }
    }

    /// A surname of a group.
    pub(crate) fn surname(&self, group: Group, stream: &mut Stream) -> &'static str {
        self.surnames[group as usize].draw(stream)
    }

    /// A given name of a group and sex.
    pub(crate) fn given(&self, group: Group, sex: Sex, stream: &mut Stream) -> &'static str {
        self.given[sex as usize][group as usize].draw(stream)
    }

    /// Short forms of a given name, if any are known.
    pub(crate) fn short_forms(&self, name: &str) -> &[&'static str] {
        self.short_forms.get(name).map_or(&[], Vec::as_slice)
    }

    /// Other spellings of a name, if any are known.
    pub(crate) fn spellings(&self, name: &str) -> &[&'static str] {
        self.spellings.get(name).map_or(&[], Vec::as_slice)
    }

    /// The name with its diacritical marks, word by word.
    pub(crate) fn with_marks(&self, name: &str) -> String {
        let words = name.split(' ').map(|word| {
            let parts = word.split('-').map(|part| self.marks.get(part).copied().unwrap_or(part));
            parts.collect::<Vec<_>>().join("-")
        });
        words.collect::<Vec<_>>().join(" ")
    }
}

fn rows(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.starts_with('#') && !line.is_empty())
}

fn three(row: &'static str) -> (&'static str, u32, &'static str) {
    let mut parts = row.split('\t');
    let mut next = || parts.next().expect("tables have three columns");
    (next(), next().parse().expect("weights are whole numbers"), next())
}

fn group_index(letter: char) -> usize {
    let found = GROUPS.iter().position(|(_, known, _)| *known == letter);
    found.expect("tables use known group letters")
}

/// Street names compiled in.
pub(crate) fn street_names() -> Vec<&'static str> {
    rows(include_str!("../data/streets.tsv")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Purpose;

    #[test]
    fn tables_are_large_and_every_group_has_names() {
        let names = Names::load();
        let distinct = |lists: &[Weighted]| {
            let mut all: Vec<_> = lists.iter().flat_map(|list| list.names.clone()).collect();
            all.sort_unstable();
            all.dedup();
            all.len()
        };
        assert!(distinct(&names.surnames) >= 1500);
        assert!(distinct(&names.given[0]) >= 600);
        assert!(distinct(&names.given[1]) >= 600);
        assert!(names.surnames.iter().all(|list| list.names.len() >= 30));
        assert!(GROUPS.iter().enumerate().all(|(index, (group, _, _))| *group as usize == index));
        assert_eq!(GROUPS.iter().map(|(_, _, share)| share).sum::<u32>(), 1000);
    }

    #[test]
    fn frequencies_are_skewed_as_in_the_census() {
        let names = Names::load();
        let mut stream = Stream::new(1, Purpose::Block, 0);
        let draws: Vec<_> = (0..20_000).map(|_| names.surname(Group::White, &mut stream)).collect();
        let share = |name| draws.iter().filter(|draw| **draw == name).count();
        // SMITH 1.006 % of all, about 1.9 % of the part of the list that is kept for this group.
        assert!((240..520).contains(&share("SMITH")), "{}", share("SMITH"));
        assert!(share("SMITH") > share("COBB") * 8);
    }

    #[test]
    fn marks_are_put_on_each_part() {
        let names = Names::load();
        assert_eq!(names.with_marks("GARCIA LOPEZ"), "GARCÍA LÓPEZ");
        assert_eq!(names.with_marks("MUNOZ-DIAZ"), "MUÑOZ-DÍAZ");
        assert_eq!(names.with_marks("SMITH"), "SMITH");
    }
}
