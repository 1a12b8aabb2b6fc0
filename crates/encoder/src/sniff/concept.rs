//! Takes a word of a column name, gives the concepts it stands for, from `data/header_words_v1.txt`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

const TABLE: &str = include_str!("../../data/header_words_v1.txt");

/// Least letters of a word that may be taken for a misspelt one.
const FUZZY_LETTERS_MIN: usize = 5;
/// Least similarity (Jaro-Winkler) of a misspelt word to the one meant.
const FUZZY_SIMILARITY_MIN: f64 = 0.93;
/// Least letters of a word inside a longer one that is written without a break.
const GLUED_LETTERS_MIN: usize = 3;
/// Shorter words that stand at the end of such a one: `dispdt`, `caseno`.
const GLUED_SHORT: [&str; 8] = ["cd", "dt", "id", "nm", "no", "st", "yn", "yr"];
/// Most letters of a word that is taken apart; longer ones are text.
const GLUED_LETTERS_MAX: usize = 40;

macro_rules! concepts {
    ($($variant:ident = $word:literal,)*) => {
        /// What a word of a column name is about.
        #[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
        pub(super) enum Concept { $(
            #[doc = $word]
            $variant,
        )* }

        impl Concept {
            fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

concepts! {
    Address = "address",
    Age = "age",
    Agency = "agency",
    Alias = "alias",
    Amount = "amount",
    Arrest = "arrest",
    Biometric = "biometric",
    Birth = "birth",
    Body = "body",
    Bond = "bond",
    Booking = "booking",
    Caption = "caption",
    Case = "case",
    Cell = "cell",
    Charge = "charge",
    Citation = "citation",
    Citizen = "citizen",
    City = "city",
    Code = "code",
    Consent = "consent",
    Control = "control",
    Count = "count",
    Country = "country",
    County = "county",
    Court = "court",
    Custody = "custody",
    Date = "date",
    Day = "day",
    Desc = "desc",
    Direction = "direction",
    Disposition = "disposition",
    District = "district",
    Duration = "duration",
    Email = "email",
    Event = "event",
    Extract = "extract",
    Facility = "facility",
    Fax = "fax",
    FbiNo = "fbino",
    Filing = "filing",
    Filler = "filler",
    First = "first",
    Flag = "flag",
    Free = "free",
    Full = "full",
    Geo = "geo",
    Hearing = "hearing",
    Home = "home",
    House = "house",
    Household = "household",
    Incident = "incident",
    Initial = "initial",
    Intake = "intake",
    Last = "last",
    Licence = "licence",
    Line = "line",
    LocalNo = "localno",
    Location = "location",
    Master = "master",
    Middle = "middle",
    Month = "month",
    Name = "name",
    Number = "number",
    Of = "of",
    Other = "other",
    Phone = "phone",
    Phonetic = "phonetic",
    Plate = "plate",
    Plea = "plea",
    Prosecutor = "prosecutor",
    Quality = "quality",
    Race = "race",
    Referral = "referral",
    Release = "release",
    Report = "report",
    Row = "row",
    Score = "score",
    Security = "security",
    Sentence = "sentence",
    Sequence = "sequence",
    Service = "service",
    Sex = "sex",
    Ssn = "ssn",
    Staff = "staff",
    State = "state",
    StateNo = "stateno",
    Street = "street",
    StreetType = "streettype",
    Subject = "subject",
    Suffix = "suffix",
    Supervision = "supervision",
    Thing = "thing",
    Time = "time",
    Title = "title",
    Trait = "trait",
    Unit = "unit",
    Updated = "updated",
    Vehicle = "vehicle",
    Warrant = "warrant",
    Week = "week",
    Year = "year",
    Zip = "zip",
}

/// What a word was understood as.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Meaning {
    pub(super) concepts: Vec<Concept>,
    /// Certainty in permille: 1000 for a word of the table, its similarity for a misspelt one.
    pub(super) permille: u16,
}

static WORDS: LazyLock<BTreeMap<&'static str, Vec<Concept>>> = LazyLock::new(|| {
    let mut words = BTreeMap::new();
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        let Some((list, meaning)) = line.split_once(" = ") else { continue };
        let concepts: Vec<Concept> =
            meaning.split_whitespace().filter_map(Concept::from_word).collect();
        for word in list.split_whitespace() {
            words.insert(word, concepts.clone());
        }
    }
    words
});

/// The concepts of a word of the table.
pub(super) fn exact(word: &str) -> Option<&'static [Concept]> {
    WORDS.get(word).map(Vec::as_slice)
}

/// What a word in small letters means: itself, several words in one, or nearly a word of the table.
pub(super) fn meaning(word: &str) -> Option<Meaning> {
    if let Some(concepts) = exact(word) {
        return Some(Meaning { concepts: concepts.to_vec(), permille: 1000 });
    }
    if let Some(parts) = take_apart(word) {
        let concepts = parts.into_iter().filter_map(exact).flatten().copied().collect();
        return Some(Meaning { concepts, permille: 950 });
    }
    misspelt(word)
}

/// The fewest words of the table that a longer word is made of; of equals the one whose first parts
/// are longest.
fn take_apart(word: &str) -> Option<Vec<&str>> {
    if !word.is_ascii() || word.len() > GLUED_LETTERS_MAX {
        return None;
    }
    // Best way to write what begins at each place, from the end.
    let mut best: Vec<Option<Vec<&str>>> = vec![None; word.len() + 1];
    best[word.len()] = Some(Vec::new());
    for start in (0..word.len()).rev() {
        for end in (start + 1..=word.len()).rev() {
            let part = &word[start..end];
            let short = end == word.len() && start > 0 && GLUED_SHORT.contains(&part);
            if (part.len() < GLUED_LETTERS_MIN && !short) || exact(part).is_none() {
                continue;
            }
            let Some(rest) = best[end].clone() else { continue };
            if best[start].as_ref().is_none_or(|found| found.len() > rest.len() + 1) {
                let mut parts = vec![part];
                parts.extend(rest);
                best[start] = Some(parts);
            }
        }
    }
    best.swap_remove(0)
}

fn misspelt(word: &str) -> Option<Meaning> {
    if word.len() < FUZZY_LETTERS_MIN || !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    let mut best: Option<(f64, &'static [Concept])> = None;
    for (known, concepts) in WORDS.iter() {
        if known.len() < FUZZY_LETTERS_MIN || known.as_bytes()[0] != word.as_bytes()[0] {
            continue;
        }
        let similarity = strsim::jaro_winkler(word, known);
        if similarity >= FUZZY_SIMILARITY_MIN && best.is_none_or(|(most, _)| similarity > most) {
            best = Some((similarity, concepts));
        }
    }
    best.map(|(similarity, concepts)| {
        // Between 0.93 and 1, so the product is a small positive number.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "930 to 1000")]
        let permille = (similarity * 900.0) as u16;
        Meaning { concepts: concepts.to_vec(), permille }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_table_stands_once_and_has_known_concepts() {
        let mut words = 0;
        for line in TABLE.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let (list, meaning) = line.split_once(" = ").expect("a line has words and concepts");
            for concept in meaning.split_whitespace() {
                assert!(Concept::from_word(concept).is_some(), "{concept}");
            }
            for word in list.split_whitespace() {
                assert_eq!(word, word.to_lowercase());
                words += 1;
            }
        }
        assert_eq!(words, WORDS.len());
    }

    #[test]
    fn words_are_taken_apart_and_misspellings_forgiven() {
        let concepts = |word: &str| meaning(word).map(|found| found.concepts);
        assert_eq!(concepts("dispdt"), Some(vec![Concept::Disposition, Concept::Date]));
        assert_eq!(concepts("arresteename"), Some(vec![Concept::Subject, Concept::Name]));
        assert_eq!(concepts("incidntnum"), Some(vec![Concept::Incident, Concept::Number]));
        assert_eq!(concepts("adress"), Some(vec![Concept::Address]));
        assert_eq!(concepts("surnmae"), Some(vec![Concept::Last]));
        assert_eq!(concepts("zzyzx"), None);
        assert_eq!(concepts("tags"), None);
    }
}
