//! The city: streets, zips and addresses, scaled so that density stays that of a city.

use crate::names::street_names;
use crate::random::{Purpose, Stream};

/// Street types; the first is by far the commonest.
const TYPES: [&str; 10] = ["ST", "AVE", "BLVD", "DR", "CT", "WAY", "LN", "PL", "TER", "RD"];
/// Directions set before a name once the plain ones are used up.
const DIRECTIONS: [&str; 5] = ["", "N ", "S ", "E ", "W "];
/// Households on one street, about.
const STREET_HOUSEHOLDS: u64 = 120;
/// Houses stand on a street in so many tens: five for one home, four with five, one with twenty.
///
/// So neighbours share an address line where the flat is left out, and now and then a home
/// has had two households. About a third of the homes are taken: nobody in the others is on record.
const TENS: u32 = 7;
/// Homes in ten houses.
const HOMES_OF_TEN: u32 = 5 + 4 * 5 + 20;
/// Parts of a street that may have zips of their own: numbers under 400, under 800, the rest.
const STREET_PARTS: u32 = 3;
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
    streets: u32,
    /// Zip number of each part of each street, an index into the list of zips.
    zip_of_part: Vec<u32>,
}

/// Shelters' addresses, shared by their guests: house number and street.
const SHELTERS: [(u32, u32); 5] = [(525, 12), (1001, 37), (39, 24), (260, 3), (150, 33)];

impl City {
    /// A city for so many persons. Zips differ in size about as 1 to 12.
    pub(crate) fn new(seed: u64, persons: u64) -> Self {
        let names = street_names();
        let limit = names.len() as u64 * (TYPES.len() * DIRECTIONS.len()) as u64;
        let streets = (persons / 2 / STREET_HOUSEHOLDS).clamp(40, limit);
        let streets = u32::try_from(streets).expect("names, types and directions bound it");
        let millions = u32::try_from(persons.div_ceil(1_000_000)).unwrap_or(u32::MAX);
        let zips = CITY_ZIPS.saturating_mul(millions.max(1)).min(600);
        let weights: Vec<u32> = (0..zips).map(|zip| 12_000 / (1 + zip % CITY_ZIPS / 5)).collect();
        let mut stream = Stream::new(seed, Purpose::Place, 0);
        let zips = (0..streets * STREET_PARTS).map(|_| stream.weighted_number(&weights));
        Self { zip_of_part: zips.collect(), names, streets }
    }

    /// An address drawn evenly over the homes of the streets.
    pub(crate) fn address(&self, stream: &mut Stream) -> Address {
        let street = stream.below(self.streets);
        let home = stream.below(HOMES_OF_TEN);
        let (house, unit) = match home {
            0..5 => (home, 0),
            5..25 => (5 + (home - 5) / 5, 1 + (home - 5) % 5),
            _ => (9, 1 + home - 25),
        };
        let place = stream.below(TENS) * 10 + house;
        Address { number: 100 + 14 * place, street, unit }
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

    /// Five-digit zip of an address.
    pub(crate) fn zip(&self, address: Address) -> u32 {
        let (town, place) = town_of(self.zip_number(address));
        TOWNS[town].1 + place
    }

    /// The town an address lies in.
    pub(crate) fn town(&self, address: Address) -> &'static str {
        TOWNS[town_of(self.zip_number(address)).0].0
    }

    fn zip_number(&self, address: Address) -> u32 {
        let part = (address.number / 400).min(STREET_PARTS - 1);
        self.zip_of_part[(address.street * STREET_PARTS + part) as usize]
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
        let names: BTreeSet<_> = (0..city.streets).map(|street| city.street_name(street)).collect();
        assert_eq!(names.len(), city.streets as usize);
        assert!(city.streets > 20_000);
        let zips = |city: &City| {
            let mut stream = Stream::new(1, Purpose::Block, 0);
            let zips = (0..50_000).map(|_| city.zip(city.address(&mut stream)));
            zips.collect::<BTreeSet<_>>().len()
        };
        assert!(zips(&city) > 500, "{}", zips(&city));
        let small = City::new(1, 1000);
        assert!((30..=60).contains(&zips(&small)), "{}", zips(&small));
        assert!(SHELTERS.iter().all(|(_, street)| *street < small.streets));
    }

    #[test]
    fn houses_are_shared_as_in_a_city_whatever_its_size() {
        for persons in [60_000, 600_000] {
            let city = City::new(1, persons);
            let mut stream = Stream::new(1, Purpose::Block, 0);
            let households = persons / 2;
            let mut houses = BTreeSet::new();
            let mut homes = BTreeSet::new();
            for _ in 0..households {
                let home = city.address(&mut stream);
                houses.insert((home.street, home.number));
                homes.insert((home.street, home.number, home.unit));
            }
            let share = |count: usize| count as f64 / households as f64;
            assert!((0.2..0.5).contains(&share(houses.len())), "{}", share(houses.len()));
            assert!((0.75..0.95).contains(&share(homes.len())), "{}", share(homes.len()));
        }
    }
}
