//! Rules about places, events and what evaluators need, after those about people.

use super::super::concept::Concept::*;
use super::super::role::{AddressPart, Content, Role};
use super::super::words::Words;
use super::{ADDRESSES, EVENTS, Guess, Open, PLACES, content, guess};

pub(super) fn places(words: &Words) -> Option<Guess> {
    let home = words.any(&[Home, Subject]);
    if (!words.any(&ADDRESSES) && !words.has(Country)) || words.any(&[Date, Time]) {
        return None;
    }
    let event = !home && (words.any(&EVENTS) || words.any(&PLACES));
    let coarse = words.any(&[City, Zip, County, State, Country])
        && !words.any(&[Address, Street, House, Unit, Line]);
    if words.any(&[Flag, Code, Count]) && !words.any(&[Address, Street, City, Zip]) {
        return content(Content::Code, 700, "about a place");
    }
    if event {
        return if coarse {
            content(Content::Code, 800, "place of the event, not of the person")
        } else {
            guess(Role::Ignore, 850, "exact place of the event")
        };
    }
    let address = |part| Role::Address(part);
    match () {
        () if words.has(Zip) => guess(Role::Zip, 950, "postal code"),
        () if words.has(Unit) => guess(Role::Ignore, 800, "part of a building"),
        () if words.has(Direction) => {
            guess(address(AddressPart::Direction), 800, "direction of the street")
        }
        () if words.has(StreetType) || (words.has(Street) && words.any(&[Suffix, Code])) => {
            guess(address(AddressPart::StreetType), 850, "kind of street")
        }
        () if words.has(House) => guess(address(AddressPart::House), 900, "house number"),
        () if words.has(Street) && words.has(Number) => {
            guess(address(AddressPart::House), 900, "house number")
        }
        () if words.has(Street) && !words.has(Address) => {
            guess(address(AddressPart::Street), 900, "street")
        }
        () if words.any(&[Address, Line]) && words.numbers.iter().any(|number| *number > 1) => {
            guess(Role::Withheld, 800, "second line of an address")
        }
        () if words.has(City) => guess(Role::City, 930, "city"),
        () if words.has(Country) || words.place(State) > words.place(Address) => {
            guess(Role::Ignore, 850, "state or country")
        }
        () if words.has(Address) || words.only(&[Street, Home]) => {
            let open = if home { Open::No } else { Open::HomeOrEvent };
            Some(Guess { role: address(AddressPart::Line), permille: 930, says: "address", open })
        }
        () if words.has(County) => content(Content::Code, 800, "county"),
        () if words.any(&[State, Country]) => guess(Role::Ignore, 850, "state or country"),
        () => None,
    }
}

pub(super) fn numbers_of_events(words: &Words) -> Option<Guess> {
    // "Number of Charges" counts; "Charge Number" numbers.
    if words.concepts.first() == Some(&Number) && words.concepts.get(1) == Some(&Of) {
        return content(Content::Integer, 900, "count");
    }
    if words.only(&[Case]) {
        return guess(Role::EventNumber, 700, "a case");
    }
    let numbers = words.any(&[Number, Row, Control, Sequence]);
    if !numbers || words.any(&[Flag, Count, Amount, Duration, Date, Time]) {
        return None;
    }
    if words.concepts.first() == Some(&Number) && words.concepts.len() > 1 && words.any(&EVENTS) {
        return content(Content::Integer, 750, "count");
    }
    if words.only(&[Sequence, Number, Row]) && words.has(Sequence) {
        return guess(Role::Ignore, 700, "number within a group of rows");
    }
    if words.has(Control) {
        let open = Open::NameOrNumber;
        let says = "control number of the person";
        return words.only(&[Control, Number]).then_some(Guess {
            role: Role::LocalId,
            permille: 650,
            says,
            open,
        });
    }
    let court = words.has(Court) && words.only(&[Court, Number]);
    if words.any(&[Code, Desc]) || words.any(&PLACES) || court {
        return if court {
            guess(Role::EventNumber, 850, "number of a case")
        } else {
            content(Content::Code, 800, "code")
        };
    }
    if words.any(&EVENTS) || words.has(Thing) {
        let role =
            if words.has(Sequence) { Role::Content(Content::Integer) } else { Role::EventNumber };
        return guess(role, 900, "number of an event");
    }
    if words.only(&[Number, Row]) {
        let permille = if words.has(Row) { 850 } else { 600 };
        return guess(Role::RowId, permille, "key of the row");
    }
    guess(Role::EventNumber, 500, "a number")
}

/// Everything else that evaluators may need.
pub(super) fn evaluators(words: &Words) -> Option<Guess> {
    if words.has(Date) && words.any(&[Year, Month, Day]) {
        return guess(Role::Ignore, 800, "part of a date");
    }
    if words.has(Date) {
        return content(Content::Date, 900, "date");
    }
    if words.asks || words.has(Flag) {
        return content(Content::Flag, 850, "yes or no");
    }
    if words.any(&[Time, Week]) || words.only(&[Year]) || words.only(&[Month]) {
        return guess(Role::Ignore, 850, "part of a date or time of day");
    }
    if words.any(&[Year, Month]) && words.any(&EVENTS) && !words.any(&[Sentence, Supervision]) {
        return guess(Role::Ignore, 800, "part of a date");
    }
    if words.any(&[Count, Amount, Duration, Score]) {
        return content(Content::Integer, 850, "count or amount");
    }
    if words.has(Geo) || words.only(&[Location]) {
        return guess(Role::Ignore, 900, "exact place");
    }
    if words.any(&[Code, Charge, Disposition, Plea, Court, District, Facility, Agency, Consent]) {
        return content(Content::Any, 880, "code");
    }
    if words.any(&EVENTS) || words.any(&[Thing, Desc, Location]) {
        return content(Content::Any, 800, "about the event");
    }
    if words.has(Home) {
        return content(Content::Any, 600, "about the person's home");
    }
    None
}
