//! Takes the words of a column name, gives the role they speak for, without looking at a cell.
//!
//! Rules go from the particular to the general, and the first that fits decides. Most exist to keep
//! two things apart that share a word: `First Name` and `Charge Name of First Charge`, `Offender Sex`
//! and `Sex Offender`, `Last Name` and `Last Update Date`.

mod things;

use super::concept::Concept::{self, *};
use super::role::{Content, NameOrder, Role};
use super::words::Words;

/// What a name speaks for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Guess {
    pub(super) role: Role,
    /// Certainty in permille.
    pub(super) permille: u16,
    /// What the name says, in words.
    pub(super) says: &'static str,
    /// The column may as well be its near relative; cells must decide.
    pub(super) open: Open,
}

/// What a name leaves open.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Open {
    /// Nothing.
    No,
    /// `DEFENDANT`: the name or the number of the person.
    NameOrNumber,
    /// `CELL`: a telephone or a place in a jail.
    PhoneOrPlace,
    /// `ADDRESS`: of the person, unless the export tells where events were.
    HomeOrEvent,
}

/// Words of events and what is done in them.
const EVENTS: [Concept; 23] = [
    Incident,
    Arrest,
    Booking,
    Case,
    Court,
    Charge,
    Citation,
    Warrant,
    Sentence,
    Disposition,
    Filing,
    Referral,
    Intake,
    Service,
    Hearing,
    Bond,
    Plea,
    Supervision,
    Release,
    Report,
    Event,
    Custody,
    Prosecutor,
];
/// Places and bodies, whose names are not people's.
const PLACES: [Concept; 5] = [District, Facility, Geo, Location, Agency];
const NAMES: [Concept; 6] = [Name, First, Middle, Last, Suffix, Initial];
/// What tells who somebody is, if it is said of a person.
const PERSONAL: [Concept; 12] =
    [Name, First, Last, Middle, Initial, Birth, Ssn, Phone, Email, Address, Licence, Number];
const ADDRESSES: [Concept; 11] =
    [Address, Line, Street, House, Unit, Direction, StreetType, City, State, County, Zip];

fn guess(role: Role, permille: u16, says: &'static str) -> Option<Guess> {
    Some(Guess { role, permille, says, open: Open::No })
}

fn content(kind: Content, permille: u16, says: &'static str) -> Option<Guess> {
    guess(Role::Content(kind), permille, says)
}

/// `county_id` beside `county_id_ori`: a number that an agency gave a person, and which agency.
pub(super) fn numbered_by_agency() -> Guess {
    let says = "number of the person, with its agency beside it";
    Guess { role: Role::LocalId, permille: 700, says, open: Open::No }
}

/// What the name speaks for; `None` if it says nothing we know.
pub(super) fn read(words: &Words) -> Option<Guess> {
    if words.concepts.is_empty() {
        return None;
    }
    let found = about_the_column(words)
        .or_else(|| other_people(words))
        .or_else(|| birth(words))
        .or_else(|| numbers_of_people(words))
        .or_else(|| facts(words))
        .or_else(|| names(words))
        .or_else(|| things::places(words))
        .or_else(|| people(words))
        .or_else(|| things::numbers_of_events(words))
        .or_else(|| things::evaluators(words));
    found.map(|mut found| {
        // A word not known may turn the sense of those that are.
        let doubt = 60 * u16::try_from(words.unknown.min(4)).unwrap_or(4);
        let certain = u32::from(found.permille) * u32::from(words.permille) / 1000;
        found.permille = u16::try_from(certain).unwrap_or(0).saturating_sub(doubt);
        found
    })
}

/// Columns about other columns, about the system, and free text.
fn about_the_column(words: &Words) -> Option<Guess> {
    if words.has(Quality) {
        return guess(Role::Ignore, 950, "quality of another column");
    }
    if words.has(Phonetic) {
        return guess(Role::Withheld, 950, "sound of a name");
    }
    if words.has(Alias) && !words.any(&[Flag, Count]) {
        return guess(Role::Withheld, 900, "another name of the person");
    }
    if words.has(Caption) || (words.has(Case) && words.any(&[Name, Title]) && !words.has(Code)) {
        return guess(Role::Withheld, 850, "title of a case, which names its parties");
    }
    if words.any(&[Staff, Updated]) && !words.any(&[Charge, Arrest, Incident, Birth]) {
        return guess(Role::Ignore, 900, "bookkeeping of the system");
    }
    if words.has(Free) && !words.any(&[Code, Flag, Count, Date]) {
        return guess(Role::Ignore, 900, "free text");
    }
    if words.has(Extract) && words.has(Date) || words.only(&[Extract]) {
        return content(Content::Date, 850, "date of the extract");
    }
    None
}

/// Officers, victims, attorneys, relatives.
fn other_people(words: &Words) -> Option<Guess> {
    if !words.has(Other) || words.any(&[District, Facility]) {
        return None;
    }
    if words.asks || words.any(&[Flag, Count]) {
        return content(Content::Flag, 800, "yes or no");
    }
    if words.any(&[Code]) && !words.any(&[Name, First, Last]) {
        return content(Content::Code, 800, "kind of another person");
    }
    if words.any(&[Sex, Race, Age]) && !words.has(Subject) {
        return guess(Role::Ignore, 850, "a description of another person");
    }
    if words.has(Date) && !words.has(Birth) {
        return content(Content::Date, 800, "date");
    }
    let certain = if words.any(&PERSONAL) { 950 } else { 850 };
    guess(Role::Withheld, certain, "another person than that of the record")
}

fn birth(words: &Words) -> Option<Guess> {
    if !words.has(Birth) {
        return None;
    }
    let attribute = |name: &str| Role::Attribute(name.to_owned());
    match () {
        () if words.any(&[Flag, Code, Staff]) && !words.any(&[State, Country, County, City]) => {
            guess(Role::Ignore, 800, "about the date of birth")
        }
        () if words.has(Sex) => guess(Role::Sex, 950, "sex"),
        () if words.has(Country) => guess(attribute("birth_country"), 900, "country of birth"),
        () if words.has(State) => guess(attribute("birth_state"), 900, "state of birth"),
        () if words.has(County) => guess(attribute("birth_county"), 900, "county of birth"),
        () if words.any(&[City, Location, Facility]) => {
            guess(attribute("birth_place"), 900, "place of birth")
        }
        () if words.any(&NAMES) => guess(Role::Withheld, 900, "name at birth"),
        () if words.has(Year) => guess(Role::DobYear, 950, "year of birth"),
        () if words.has(Month) => guess(Role::DobMonth, 950, "month of birth"),
        () if words.has(Day) => guess(Role::DobDay, 950, "day of birth"),
        () if words.has(Date) => guess(Role::Dob, 980, "date of birth"),
        () => guess(Role::Dob, 880, "birth"),
    }
}

/// Numbers that are a person's, and ways to reach one.
fn numbers_of_people(words: &Words) -> Option<Guess> {
    let about = words.any(&[Flag, Count, Desc]) || (words.has(Code) && !words.has(Number));
    if words.has(Ssn) {
        let role = if about { Role::Ignore } else { Role::Ssn };
        return guess(role, 950, "social security number");
    }
    if words.any(&[Licence, Plate]) && !about && !words.only(&[Plate, Vehicle]) {
        if words.has(State) && !words.has(Number) {
            return guess(Role::Ignore, 800, "state of a licence");
        }
        let says = "licence or document number";
        return guess(Role::Withheld, 900, says);
    }
    if words.any(&[Plate, Vehicle]) {
        let named = words.has(Plate) || words.has(Number);
        let role = if named { Role::Withheld } else { Role::Ignore };
        return guess(role, 850, "vehicle");
    }
    if words.has(Email) && !about {
        return guess(Role::Withheld, 950, "e-mail address");
    }
    if words.has(Biometric) && !about && !words.asks {
        return guess(Role::Withheld, 900, "picture, print or mark of the body");
    }
    if words.any(&[StateNo, FbiNo]) || is_state_id(words) {
        return guess(Role::Withheld, 930, "state or federal number of the person");
    }
    let local = words.has(LocalNo) && (words.has(Number) || !words.any(&EVENTS));
    let named = words.only(&[Name, Number, Subject]) && words.has(Name) && words.has(Number);
    if local || named || (words.has(Master) && words.has(Number)) {
        return guess(Role::LocalId, 920, "agency's number of the person");
    }
    let family = words.only(&[Last, Number]) && words.has(Last) && words.has(Number);
    let household = words.has(Household) && (words.has(Number) || words.only(&[Household]));
    if household || family {
        return guess(Role::Withheld, 800, "number of a household");
    }
    if words.has(Phone) && !words.any(&PLACES) && !about {
        let fax = words.has(Fax);
        let role = if fax { Role::Withheld } else { Role::Phone };
        return guess(role, 950, "telephone number");
    }
    if words.has(Cell) && words.only(&[Cell, Number]) {
        let open = Open::PhoneOrPlace;
        let permille = if words.has(Number) { 800 } else { 700 };
        return Some(Guess { role: Role::Phone, permille, says: "cell", open });
    }
    None
}

/// `State ID`, but not `birth_state_id` nor `State`.
fn is_state_id(words: &Words) -> bool {
    words.only(&[State, Number, Subject]) && words.has(State) && words.has(Number)
}

/// What describes a person without naming one.
fn facts(words: &Words) -> Option<Guess> {
    if let Some(sex) = words.place(Sex) {
        // "Sex Offender", "Sex Crime": a kind of case.
        let crime =
            words.concepts.get(sex + 1).is_some_and(|next| matches!(next, Subject | Charge));
        if crime || words.any(&[Charge, Case]) {
            return content(Content::Code, 700, "kind of offence");
        }
        if words.has(Trait) {
            return guess(Role::Ignore, 850, "a sensitive fact");
        }
        return guess(Role::Sex, 960, "sex");
    }
    if words.has(Race) && !words.any(&NAMES) {
        return content(Content::Code, 930, "race or ethnicity");
    }
    if words.has(Age) {
        let kind = if words.has(Code) { Content::Code } else { Content::Integer };
        return content(kind, 930, "age");
    }
    if words.has(Body) {
        return guess(Role::Ignore, 900, "a feature of the body");
    }
    if words.has(Citizen) {
        return guess(Role::Ignore, 850, "nationality");
    }
    if words.has(Trait) {
        return content(Content::Code, 750, "fact about the person");
    }
    None
}

fn names(words: &Words) -> Option<Guess> {
    if words.has(Title) && words.has(Name) || words.only(&[Title]) {
        return guess(Role::Ignore, 800, "form of address");
    }
    if !words.any(&NAMES) {
        return None;
    }
    let elsewhere = words.any(&PLACES) || words.any(&ADDRESSES);
    let event = words.any(&EVENTS) || words.any(&[Thing, Date, Time, Extract]);
    if !words.has(Name) {
        return name_without_the_word(words, elsewhere || event);
    }
    if words.any(&[Code, Flag, Count, Desc]) {
        return content(Content::Code, 800, "kind of name");
    }
    if (words.has(Street) || words.any(&ADDRESSES)) && !words.any(&[First, Last, Middle]) {
        return None;
    }
    if (elsewhere || event) && !words.has(Subject) && !words.any(&[First, Middle, Last, Suffix]) {
        if words.only(&[Booking, Name]) || words.only(&[Arrest, Name]) {
            return guess(Role::Name(None), 750, "name on a booking or an arrest");
        }
        return content(Content::Code, 850, "name of a thing, not of a person");
    }
    if words.has(First) && event && !words.has(Subject) && !is_first_name(words) {
        return content(Content::Code, 800, "name of a thing, not of a person");
    }
    part_of_name(words)
}

/// `first` and `name` stand together.
fn is_first_name(words: &Words) -> bool {
    words.concepts.windows(2).any(|pair| pair == [First, Name] || pair == [Name, First])
}

fn part_of_name(words: &Words) -> Option<Guess> {
    if let (Some(first), Some(last)) = (words.place(First), words.place(Last)) {
        let order = if last < first { NameOrder::LastFirst } else { NameOrder::FirstLast };
        return guess(Role::Name(Some(order)), 930, "whole name");
    }
    match () {
        () if words.has(Suffix) => guess(Role::Suffix, 950, "suffix of the name"),
        () if words.has(First) => guess(Role::First, 970, "first name"),
        () if words.has(Middle) => guess(Role::Middle, 960, "middle name"),
        () if words.has(Last) => guess(Role::Last, 970, "last name"),
        () if words.has(Initial) => guess(Role::Middle, 750, "initial"),
        () => guess(Role::Name(None), 930, "name"),
    }
}

/// `Last`, `First`, `Middle`, `Sfx`, `Initial` alone, or with the person; elsewhere these are adjectives.
fn name_without_the_word(words: &Words, elsewhere: bool) -> Option<Guess> {
    let alone = words.only(&[First, Middle, Last, Suffix, Initial, Subject, Full]);
    if alone && !elsewhere && !words.only(&[Full]) {
        return part_of_name(words).map(|found| Guess { permille: found.permille - 40, ..found });
    }
    let mut rest = words.clone();
    for adjective in [First, Middle, Last, Suffix, Initial] {
        if !(adjective == Suffix && rest.has(Street)) {
            rest = rest.without(adjective);
        }
    }
    read(&rest).map(|found| Guess { permille: found.permille.saturating_sub(20), ..found })
}

/// The person of the record, by a noun: its number, its name, or something about it.
fn people(words: &Words) -> Option<Guess> {
    if !words.has(Subject) {
        return None;
    }
    if words.any(&[Code, Flag, Count, Desc, Amount]) || words.asks {
        return content(Content::Code, 800, "kind of person or of part in the case");
    }
    if words.any(&[Date, Time]) {
        return content(Content::Date, 750, "date");
    }
    if words.has(Number) {
        let permille = if words.any(&EVENTS) { 700 } else { 920 };
        return guess(Role::LocalId, permille, "number of the person");
    }
    if words.only(&[Subject, Full]) {
        let open = Open::NameOrNumber;
        return Some(Guess { role: Role::Name(None), permille: 800, says: "the person", open });
    }
    None
}
