//! Takes the names of all columns, gives the kind of agency that writes such an export.

use super::concept::Concept::{self, *};
use super::evidence::Evidence;
use crate::mapping::SourceType;

/// Words that speak for a kind of agency, with their weight.
const SIGNS: [(SourceType, &[(Concept, u32)]); 6] = {
    use SourceType::{
        Court as CourtType, Jail, Other as OtherType, Police, Prosecutor as Da, Provider,
    };
    [
        // First of equals wins: a provider's clients are protected most.
        (
            Provider,
            &[(Intake, 2), (Service, 3), (Referral, 2), (Consent, 3), (Household, 3), (Quality, 2)],
        ),
        (
            Police,
            &[(Incident, 2), (Arrest, 1), (Citation, 2), (District, 2), (Report, 1), (Geo, 1)],
        ),
        (Jail, &[(Booking, 2), (Facility, 2), (Custody, 2), (Release, 1), (Bond, 1), (Control, 1)]),
        (
            CourtType,
            &[
                (Court, 1),
                (Hearing, 2),
                (Plea, 2),
                (Disposition, 1),
                (Case, 1),
                (Filing, 1),
                (Caption, 2),
            ],
        ),
        (Da, &[(Prosecutor, 5)]),
        (OtherType, &[(Supervision, 3), (Score, 3)]),
    ]
};

/// The kind of agency, and why.
pub(super) fn guess_type(evidence: &[Evidence]) -> (SourceType, &'static str) {
    let score = |signs: &[(Concept, u32)]| -> u32 {
        let columns = evidence.iter().map(|column| &column.words);
        columns
            .map(|words| {
                signs
                    .iter()
                    .filter(|(sign, _)| words.has(*sign))
                    .map(|(_, weight)| weight)
                    .sum::<u32>()
            })
            .sum()
    };
    let mut best = (SourceType::Other, 0);
    for (kind, signs) in SIGNS {
        let points = score(signs);
        if points > best.1 {
            best = (kind, points);
        }
    }
    match best {
        (kind, 0) => (kind, "nothing in the header tells; name it by --type"),
        (kind, 1..=2) => (kind, "few words of the header tell; check it"),
        (kind, _) => (kind, "the words of the header"),
    }
}

/// A name for the source from the name of a file: 1 to 16 of a-z, 0-9 and hyphen.
#[must_use]
pub fn source_name(stem: &str) -> String {
    let mut name = String::new();
    for c in stem.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            name.push(c);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
        if name.len() == 16 {
            break;
        }
    }
    let name = name.trim_end_matches('-').to_owned();
    if name.is_empty() { "source".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_named_after_files() {
        assert_eq!(source_name("Police Arrests_2024 (final)"), "police-arrests-2");
        assert_eq!(source_name("jail"), "jail");
        assert_eq!(source_name("__"), "source");
    }
}
