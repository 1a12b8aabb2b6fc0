//! What a column is for, with the word by which a person names it.

use std::fmt;

use crate::mapping::NameFormat;

/// What a column is for.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Role {
    /// Whole name; the order of its parts is still to be found where it is `None`.
    Name(Option<NameOrder>),
    /// First name.
    First,
    /// Middle name or initial.
    Middle,
    /// Last name.
    Last,
    /// Jr, Sr and so on.
    Suffix,
    /// Date of birth.
    Dob,
    /// Year of birth, beside month and day.
    DobYear,
    /// Month of birth, beside year and day.
    DobMonth,
    /// Day of birth, beside year and month.
    DobDay,
    /// Sex.
    Sex,
    /// Social security number, or its last four digits.
    Ssn,
    /// Telephone number.
    Phone,
    /// Street address, or a part of it.
    Address(AddressPart),
    /// City of residence.
    City,
    /// Postal code of residence.
    Zip,
    /// The agency's own number of the person.
    LocalId,
    /// A further stable fact, by its name.
    Attribute(String),
    /// The agency's own key of the row.
    RowId,
    /// Names or numbers a person in a way that is not mapped; never content.
    Withheld,
    /// Number of an event, by which it can be looked up; never content but as a pseudonym.
    EventNumber,
    /// Needed by evaluators.
    Content(Content),
    /// Left out.
    Ignore,
}

/// Order of the parts of a whole name.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum NameOrder {
    /// `LAST, FIRST MIDDLE`.
    LastFirst,
    /// `FIRST MIDDLE LAST`.
    FirstLast,
}

impl From<NameOrder> for NameFormat {
    fn from(order: NameOrder) -> Self {
        match order {
            NameOrder::LastFirst => Self::LastFirstMiddle,
            NameOrder::FirstLast => Self::FirstMiddleLast,
        }
    }
}

/// Part of a street address, in the order in which they are joined.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum AddressPart {
    /// House number.
    House,
    /// North, southwest and so on.
    Direction,
    /// Name of the street.
    Street,
    /// Street, avenue and so on.
    StreetType,
    /// The whole line.
    Line,
}

/// What evaluators' cells are.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Content {
    /// To be found from the cells.
    Any,
    /// A date.
    Date,
    /// The date of the row's event.
    EventDate,
    /// A short code.
    Code,
    /// A whole number.
    Integer,
    /// Yes or no.
    Flag,
}

/// Roles that `--role` takes, with their words; `attribute.NAME` besides.
const WORDS: [(&str, Role); 31] = [
    ("name", Role::Name(None)),
    ("name-last-first", Role::Name(Some(NameOrder::LastFirst))),
    ("name-first-last", Role::Name(Some(NameOrder::FirstLast))),
    ("first", Role::First),
    ("middle", Role::Middle),
    ("last", Role::Last),
    ("suffix", Role::Suffix),
    ("dob", Role::Dob),
    ("dob-year", Role::DobYear),
    ("dob-month", Role::DobMonth),
    ("dob-day", Role::DobDay),
    ("sex", Role::Sex),
    ("ssn", Role::Ssn),
    ("phone", Role::Phone),
    ("address", Role::Address(AddressPart::Line)),
    ("address-house", Role::Address(AddressPart::House)),
    ("address-direction", Role::Address(AddressPart::Direction)),
    ("address-street", Role::Address(AddressPart::Street)),
    ("address-type", Role::Address(AddressPart::StreetType)),
    ("city", Role::City),
    ("zip", Role::Zip),
    ("local-id", Role::LocalId),
    ("row-id", Role::RowId),
    ("withheld", Role::Withheld),
    ("event-number", Role::EventNumber),
    ("content", Role::Content(Content::Any)),
    ("event-date", Role::Content(Content::EventDate)),
    ("date", Role::Content(Content::Date)),
    ("code", Role::Content(Content::Code)),
    ("integer", Role::Content(Content::Integer)),
    ("flag", Role::Content(Content::Flag)),
];
const IGNORE: &str = "ignore";
const ATTRIBUTE: &str = "attribute.";

impl Role {
    /// The role that a word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        if word == IGNORE {
            return Some(Self::Ignore);
        }
        if let Some(name) = word.strip_prefix(ATTRIBUTE) {
            let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
            let fits = (1..=16).contains(&name.len()) && name.bytes().all(plain);
            return fits.then(|| Self::Attribute(name.to_owned()));
        }
        WORDS.iter().find(|(known, _)| *known == word).map(|(_, role)| role.clone())
    }

    /// All words, for messages.
    #[must_use]
    pub fn words() -> String {
        let mut words: Vec<&str> = WORDS.iter().map(|(word, _)| *word).collect();
        words.extend(["attribute.NAME", IGNORE]);
        words.join(", ")
    }

    /// Whether cells of such a column tell who somebody is: mapped fields, and what is withheld.
    #[must_use]
    pub fn identifies(&self) -> bool {
        !matches!(self, Self::Content(_) | Self::Ignore | Self::RowId | Self::EventNumber)
    }

    /// Whether the column becomes a field of `[fields]`.
    #[must_use]
    pub fn is_field(&self) -> bool {
        self.identifies() && *self != Self::Withheld
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute(name) => write!(f, "{ATTRIBUTE}{name}"),
            Self::Ignore => f.write_str(IGNORE),
            _ => {
                let word = WORDS.iter().find(|(_, role)| role == self).map(|(word, _)| *word);
                f.write_str(word.expect("every other role has a word"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_names_the_role_that_it_shows() {
        for (word, role) in &WORDS {
            assert_eq!(Role::from_word(word).as_ref(), Some(role));
            assert_eq!(role.to_string(), *word);
        }
        for word in ["ignore", "attribute.birth_place"] {
            assert_eq!(Role::from_word(word).map(|role| role.to_string()).as_deref(), Some(word));
        }
        for word in
            ["", "Name", "attribute.", "attribute.Birth Place", "attribute.far_too_long_name"]
        {
            assert_eq!(Role::from_word(word), None, "{word}");
        }
    }
}
