//! The city: streets, zips and addresses, scaled so that density stays that of a city.

use crate::names::street_names;
use crate::random::{Purpose, Stream};

/// Street types; the first is by far the commonest.
const TYPES: [&str; 10] = ["ST", "AVE", "BLVD", "DR", "CT", "WAY", "LN", "PL", "TER", "RD"];
/// Directions set before a name once the plain ones are used up.
const DIRECTIONS: [&str; 5] = ["", "N ", "S ", "E ", "W "];
/// Households on one street, about.
const STREET_HOUSEHOLDS: u64 = 120;
/// Zips of a city of up to a million persons.
const CITY_ZIPS: u32 = 60;
/// Towns by hundreds of zips: the city itself, then its neighbours as the region grows.
const TOWNS: [(&str, u32, u32); 8] = [
    ("SAN FRANCISCO", 94_101, 70),
    ("OAKLAND", 94_601, 60),
    ("SAN JOSE", 95_110, 80),
    ("FREMONT", 94_536, 60),
    ("SACRAMENTO", 95_811, 90),
    ("STOCKTON", 95_201, 90),
    ("FRESNO", 93_701, 90),
    ("LOS ANGELES", 90_001, 90),
];

/// An address as it truly is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Address {
    /// House number.
    pub number: u32,
    /// Number of the street in the city's list.
    pub street: u32,
    /// Flat, 0 if none.
    pub unit: u32,
}

/// The city's streets with their zips.
#[derive(Debug)]
pub(crate) struct City {
    names: Vec<&'static str>,
    /// Zip number of each street, an index into the list of zips.
    zip_of_street: Vec<u32>,
}

/// Shelters' addresses, shared by their guests: house number and street.
const SHELTERS: [(u32, u32); 5] = [(525, 12), (1001, 77), (39, 140), (260, 201), (150, 33)];

impl City {
    /// A city for so many persons. Zips differ in size about as 1 to 12.
    pub(crate) fn new(seed: u64, persons: u64) -> Self {
        let names = street_names();
        let limit = names.len() as u64 * (TYPES.len() * DIRECTIONS.len()) as u64;
        let streets = (persons / 2 / STREET_HOUSEHOLDS).clamp(250, limit);
        let millions = u32::try_from(persons.div_ceil(1_000_000)).unwrap_or(u32::MAX);
        let zips = CITY_ZIPS.saturating_mul(millions.max(1)).min(600);
        let weights: Vec<u32> = (0..zips).map(|zip| 12_000 / (1 + zip % CITY_ZIPS / 5)).collect();
        let mut stream = Stream::new(seed, Purpose::Place, 0);
        let zip_of_street = (0..streets).map(|_| stream.weighted_number(&weights)).collect();
        Self { names, zip_of_street }
    }

    fn street_count(&self) -> u32 {
        u32::try_from(self.zip_of_street.len()).expect("names, types and directions bound it")
    }

    /// An address drawn evenly over the streets.
    pub(crate) fn address(&self, stream: &mut Stream) -> Address {
        let street = stream.below(self.street_count());
        let number = 1 + stream.below(1600);
        let unit = if stream.permille(420) { 1 + stream.below(48) } else { 0 };
        Address { number, street, unit }
    }

    /// The address of one of the shelters.
    pub(crate) fn shelter(&self, stream: &mut Stream) -> Address {
        let (number, street) = *stream.pick(&SHELTERS);
        Address { number, street, unit: 0 }
    }

    /// The street's name with direction and type, for instance `N ALDER AVE`.
    pub(crate) fn street_name(&self, street: u32) -> String {
        let street = street as usize;
        let round = street / self.names.len();
        let place = street % self.names.len();
        let name = self.names[place];
        // In the first round the type follows from the name's place, later ones run through all.
        let kind = (place % 7 / 3 + round) % TYPES.len();
        let direction = DIRECTIONS[round / TYPES.len() % DIRECTIONS.len()];
        format!("{direction}{name} {}", TYPES[kind])
    }

    /// Five-digit zip of a street.
    pub(crate) fn zip(&self, street: u32) -> u32 {
        let zip = self.zip_of_street[street as usize];
        let (town, place) = town_of(zip);
        TOWNS[town].1 + place
    }

    /// The town a street lies in.
    pub(crate) fn town(&self, street: u32) -> &'static str {
        TOWNS[town_of(self.zip_of_street[street as usize]).0].0
    }
}

/// Town and place within it of a zip number.
fn town_of(zip: u32) -> (usize, u32) {
    let mut rest = zip;
    for (town, (_, _, size)) in TOWNS.iter().enumerate() {
        if rest < *size {
            return (town, rest);
        }
        rest -= size;
    }
    unreachable!("a city has at most 600 zips and the towns hold 630")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn streets_have_different_names_and_grow_with_the_city() {
        let city = City::new(1, 10_000_000);
        let streets = city.street_count();
        let names: BTreeSet<_> = (0..streets).map(|s| city.street_name(s)).collect();
        assert_eq!(names.len(), streets as usize);
        assert!(streets > 20_000);
        let zips: BTreeSet<_> = (0..streets).map(|s| city.zip(s)).collect();
        assert!(zips.len() > 500, "{}", zips.len());
        let small = City::new(1, 1000);
        let zips: BTreeSet<_> = (0..small.street_count()).map(|s| small.zip(s)).collect();
        assert!((40..=60).contains(&zips.len()), "{}", zips.len());
    }
}
