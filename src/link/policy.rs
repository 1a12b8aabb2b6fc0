//! Takes rules for pairs of sources, gives what the linkage is told of them, refuses rules that contradict each other.

use std::collections::{BTreeMap, BTreeSet};

use tallystick_wire::SourceLabel;

use super::LinkError;

/// How two sources, or the rows of one, are linked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Rule {
    /// Two sources; a person may have several records in each. The default.
    Link,
    /// Two sources; everybody has at most one record in each, and one record matches at most one.
    OneToOne,
    /// One source; a person may have several records in it, which are found. The default.
    Dedupe,
    /// One source; everybody has at most one record in it.
    Unique,
}

impl Rule {
    /// All rules.
    pub const ALL: [Self; 4] = [Self::Link, Self::OneToOne, Self::Dedupe, Self::Unique];

    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::OneToOne => "one-to-one",
            Self::Dedupe => "dedupe",
            Self::Unique => "unique",
        }
    }

    /// The rule with this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.as_str() == text)
    }

    const fn is_within(self) -> bool {
        matches!(self, Self::Dedupe | Self::Unique)
    }
}

/// Rules for pairs of sources; a pair without one has the default.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Policy(BTreeMap<(SourceLabel, SourceLabel), Rule>);

impl Policy {
    /// These rules, the sources of each in any order.
    ///
    /// # Errors
    /// [`LinkError::Policy`].
    pub fn new(
        rules: impl IntoIterator<Item = (SourceLabel, SourceLabel, Rule)>,
    ) -> Result<Self, LinkError> {
        let mut policy = Self::default();
        for (a, b, rule) in rules {
            if (a == b) != rule.is_within() {
                let what = "link and one-to-one are for two sources, dedupe and unique for one";
                return Err(LinkError::Policy { what });
            }
            let known = policy.0.insert((a.min(b), a.max(b)), rule);
            if known.is_some_and(|known| known != rule) {
                return Err(LinkError::Policy { what: "a pair of sources has two rules" });
            }
        }
        let sole = policy.sole();
        if policy.0.iter().any(|((a, _), rule)| *rule == Rule::Dedupe && sole.contains(a)) {
            let what = "a source cannot be one-to-one with another and have duplicates";
            return Err(LinkError::Policy { what });
        }
        Ok(policy)
    }

    /// One-to-one rules as the command line gives them.
    pub(super) fn one_to_one(pairs: &[(String, String)]) -> Result<Self, LinkError> {
        let label = |name: &String| {
            SourceLabel::parse(name).ok_or_else(|| LinkError::SourceUnknown { name: name.clone() })
        };
        let rules = pairs.iter().map(|(a, b)| Ok((label(a)?, label(b)?, Rule::OneToOne)));
        Self::new(rules.collect::<Result<Vec<_>, LinkError>>()?)
    }

    /// All rules, by source.
    pub fn rules(&self) -> impl Iterator<Item = (SourceLabel, SourceLabel, Rule)> {
        self.0.iter().map(|((a, b), rule)| (*a, *b, *rule))
    }

    /// Sources of one-to-one rules.
    fn sole(&self) -> BTreeSet<SourceLabel> {
        let pairs = self.0.iter().filter(|(_, rule)| **rule == Rule::OneToOne);
        pairs.flat_map(|((a, b), _)| [*a, *b]).collect()
    }

    /// One-to-one pairs by number of the source, ascending.
    pub(crate) fn pairs(&self, sources: &[SourceLabel]) -> Result<Vec<(u16, u16)>, LinkError> {
        let number = |label: SourceLabel| {
            let found = (0u16..).zip(sources).find(|(_, source)| **source == label);
            let unknown = || LinkError::SourceUnknown { name: label.to_string() };
            found.map(|(number, _)| number).ok_or_else(unknown)
        };
        let mut pairs = Vec::new();
        for ((a, b), rule) in &self.0 {
            let (a, b) = (number(*a)?, number(*b)?);
            if *rule == Rule::OneToOne {
                pairs.push((a.min(b), a.max(b)));
            }
        }
        pairs.sort_unstable();
        Ok(pairs)
    }

    /// For each source whether pairs within it are left out.
    pub(crate) fn without_duplicates(&self, sources: &[SourceLabel]) -> Vec<bool> {
        let sole = self.sole();
        let is_unique = |source| self.0.get(&(source, source)) == Some(&Rule::Unique);
        sources.iter().map(|source| sole.contains(source) || is_unique(*source)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(name: &str) -> SourceLabel {
        SourceLabel::parse(name).unwrap()
    }

    #[test]
    fn rules_are_told_by_number_and_contradictions_are_refused() {
        let (court, jail, police) = (label("court"), label("jail"), label("police"));
        let sources = [court, jail, police];
        let rules = [(police, court, Rule::OneToOne), (jail, jail, Rule::Unique)];
        let policy = Policy::new(rules).unwrap();
        assert_eq!(policy.pairs(&sources).unwrap(), [(0, 2)]);
        assert_eq!(policy.without_duplicates(&sources), [true, true, true]);
        assert_eq!(Policy::default().without_duplicates(&sources), [false; 3]);
        assert_eq!(policy.pairs(&sources[..2]).unwrap_err().code(), "source-unknown");
        for wrong in [
            vec![(court, court, Rule::Link)],
            vec![(court, jail, Rule::Dedupe)],
            vec![(court, jail, Rule::Link), (jail, court, Rule::OneToOne)],
            vec![(court, jail, Rule::OneToOne), (jail, jail, Rule::Dedupe)],
        ] {
            assert_eq!(Policy::new(wrong).unwrap_err().code(), "policy-contradiction");
        }
        for rule in Rule::ALL {
            assert_eq!(Rule::parse(rule.as_str()), Some(rule));
        }
    }
}
