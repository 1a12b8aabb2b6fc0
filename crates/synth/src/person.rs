//! People as they are: households of one to six, with partners, twins and juniors.

use crate::config::Config;
use crate::date::{Day, month_days};
use crate::names::{GROUPS, Group, Names, Sex};
use crate::place::{Address, City};
use crate::programme::Arm;
use crate::random::{Purpose, Stream};

/// Persons made together; households do not cross blocks.
pub(crate) const BLOCK_PERSONS: u64 = 64;

/// Sizes of households, chance in permille for 1 to 6 members.
const HOUSEHOLD_SIZES: [u32; 6] = [430, 220, 150, 110, 60, 30];

/// Where a person lives.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Housing {
    /// At home.
    Housed,
    /// In a shelter, whose address is shared.
    Shelter,
    /// Without an address.
    Street,
}

/// One person, without any error.
#[derive(Clone, Debug)]
pub struct Person {
    /// Number of the person, from 0.
    pub id: u64,
    /// Number of the household: that of its first member.
    pub household: u64,
    /// Ethnic group.
    pub group: Group,
    /// Sex.
    pub sex: Sex,
    /// Given name.
    pub first: &'static str,
    /// Middle name; may be empty.
    pub middle: &'static str,
    /// Surname; of a double surname the first part.
    pub last: &'static str,
    /// Second part of a double surname.
    pub last_second: Option<&'static str>,
    /// The double surname is written with a hyphen.
    pub hyphen: bool,
    /// Surname before marriage or another change.
    pub last_former: Option<&'static str>,
    /// Name given to the police now and then.
    pub alias: (&'static str, &'static str),
    /// `JR`, `SR`, `II`, `III` or empty.
    pub suffix: &'static str,
    /// Day of birth.
    pub born: Day,
    /// Social security number, nine digits, in areas 850 to 899.
    pub ssn: u32,
    /// Telephone numbers, newest first, ten digits; exchanges 555 and 100 to 199, not those of
    /// subscribers.
    pub phones: [u64; 2],
    /// Addresses, newest first.
    pub addresses: [Address; 3],
    /// Housing.
    pub housing: Housing,
    /// Another person of whom this one is a twin.
    pub twin_of: Option<u64>,
    /// The state's file of this person is merged with that of the next person in number.
    pub cii_merged: bool,
    /// The social security number is that of the household's first member.
    pub ssn_shared: bool,
    /// Arm of the evaluation.
    pub arm: Arm,
}

impl Person {
    /// The full surname.
    pub fn surname(&self) -> String {
        match self.last_second {
            Some(second) if self.hyphen => format!("{}-{second}", self.last),
            Some(second) => format!("{} {second}", self.last),
            None => self.last.to_owned(),
        }
    }
}

/// What every person is drawn from.
#[derive(Debug)]
pub(crate) struct People {
    pub(crate) names: Names,
    pub(crate) city: City,
    seed: u64,
    persons: u64,
    arms_permille: [u32; 2],
}

impl People {
    pub(crate) fn new(config: &Config) -> Self {
        let Config { seed, persons, arms_permille, .. } = *config;
        Self { names: Names::load(), city: City::new(seed, persons), seed, persons, arms_permille }
    }

    /// Number of blocks.
    pub(crate) fn block_count(&self) -> u64 {
        self.persons.div_ceil(BLOCK_PERSONS)
    }

    /// The persons of one block, in order of their numbers.
    pub(crate) fn block(&self, block: u64) -> Vec<Person> {
        let mut stream = Stream::new(self.seed, Purpose::Block, block);
        let first = block * BLOCK_PERSONS;
        let count = usize::try_from(BLOCK_PERSONS.min(self.persons - first)).expect("at most 64");
        let mut persons: Vec<Person> = Vec::with_capacity(count);
        while persons.len() < count {
            let size = (stream.weighted(&HOUSEHOLD_SIZES) + 1).min(count - persons.len());
            let next = first + persons.len() as u64;
            persons.extend(self.household(next, size, &mut stream));
        }
        persons
    }

    fn household(&self, first: u64, size: usize, stream: &mut Stream) -> Vec<Person> {
        let shares: [u32; GROUPS.len()] = GROUPS.map(|(_, _, share)| share);
        let group = GROUPS[stream.weighted(&shares)].0;
        let home = self.city.address(stream);
        let landline = phone(stream);
        let mut members: Vec<Person> = Vec::with_capacity(size);
        for place in 0..size {
            let mut person = self.stranger(first + place as u64, group, stream);
            person.household = first;
            if let Some(head) = members.first() {
                person.addresses[0] = home;
                if stream.permille(400) {
                    person.phones[0] = landline;
                }
                person.ssn_shared = stream.permille(8);
                if person.ssn_shared {
                    person.ssn = head.ssn;
                }
                if place == 1 && stream.permille(600) {
                    self.marry(head, &mut person, stream);
                } else {
                    self.descend(&members, &mut person, stream);
                }
            } else {
                person.addresses[0] = home;
                if size > 1 && stream.permille(400) {
                    person.phones[0] = landline;
                }
            }
            members.push(person);
        }
        if members.iter().any(|person| person.suffix == "JR") && stream.permille(250) {
            members[0].suffix = "SR";
        }
        members
    }

    /// Makes a person the partner of the household's head.
    fn marry(&self, head: &Person, person: &mut Person, stream: &mut Stream) {
        if stream.permille(930) && person.sex == head.sex {
            person.sex = if head.sex == Sex::Male { Sex::Female } else { Sex::Male };
            person.first = self.names.given(person.group, person.sex, stream);
            person.middle = self.middle(person.group, person.sex, stream);
        }
        let years = stream.between(-6, 6);
        person.born = birth_in_year((head.born.civil().0 + years).min(1997), stream);
        match stream.weighted(&[420, 90, 490]) {
            0 => {
                person.last_former = Some(person.last);
                person.last = head.last;
                person.last_second = None;
            }
            1 => {
                person.last_former = Some(person.last);
                person.last_second = Some(head.last);
                person.hyphen = true;
            }
            _ => {}
        }
    }

    /// Makes a person a child or sibling of those already there.
    fn descend(&self, members: &[Person], person: &mut Person, stream: &mut Stream) {
        let head = &members[0];
        let head_year = head.born.civil().0;
        let previous = members.last().expect("a household has its head first");
        person.last = head.last;
        person.last_second = head.last_second;
        person.hyphen = head.hyphen;
        if previous.household != previous.id && previous.last == head.last && stream.permille(110) {
            person.twin_of = Some(previous.id);
            person.born = previous.born;
            if stream.permille(600) && person.sex != previous.sex {
                person.sex = previous.sex;
                person.first = self.names.given(person.group, person.sex, stream);
            }
            // Twins are often given names with one initial.
            for _ in 0..4 {
                if person.first == previous.first
                    || (person.first[..1] != previous.first[..1] && stream.permille(400))
                {
                    person.first = self.names.given(person.group, person.sex, stream);
                }
            }
            return;
        }
        let child = head_year <= 1976;
        let years = if child { stream.between(18, 34) } else { stream.between(-9, 9) };
        person.born = birth_in_year((head_year + years).clamp(1935, 1997), stream);
        let junior = child && person.sex == Sex::Male && head.sex == Sex::Male;
        let taken = members.iter().any(|member| matches!(member.suffix, "JR" | "II" | "III"));
        if junior && !taken && stream.permille(220) {
            person.first = head.first;
            person.suffix = ["JR", "II", "III"][stream.weighted(&[800, 120, 80])];
        }
    }

    /// A person with no ties.
    fn stranger(&self, id: u64, group: Group, stream: &mut Stream) -> Person {
        let sex = if stream.permille(310) { Sex::Female } else { Sex::Male };
        let first = self.names.given(group, sex, stream);
        let last = self.names.surname(group, stream);
        let double = group == Group::Hispanic && stream.permille(450);
        let alias_sex = if stream.permille(990) { sex } else { Sex::Female };
        let alias_first =
            if stream.permille(500) { first } else { self.names.given(group, alias_sex, stream) };
        let [clients, comparison] = self.arms_permille;
        let arm = match stream.below(1000) {
            draw if draw < clients => Arm::Lead,
            draw if draw < clients + comparison => Arm::Comparison,
            _ => Arm::Other,
        };
        // The eligible are more often without a home, alike in both arms.
        let homeless = if arm == Arm::Other { 120 } else { 480 };
        let housing = match (stream.permille(homeless), stream.permille(450)) {
            (false, _) => Housing::Housed,
            (true, true) => Housing::Shelter,
            (true, false) => Housing::Street,
        };
        Person {
            id,
            household: id,
            group,
            sex,
            first,
            middle: self.middle(group, sex, stream),
            last,
            last_second: double.then(|| self.names.surname(group, stream)),
            hyphen: double && stream.permille(250),
            last_former: (stream.permille(60)).then(|| self.names.surname(group, stream)),
            alias: (alias_first, self.names.surname(group, stream)),
            suffix: "",
            born: birth_in_year(adult_birth_year(stream), stream),
            ssn: ssn(stream),
            phones: [phone(stream), phone(stream)],
            addresses: std::array::from_fn(|_| self.city.address(stream)),
            housing,
            twin_of: None,
            cii_merged: stream.permille(4),
            ssn_shared: false,
            arm,
        }
    }

    fn middle(&self, group: Group, sex: Sex, stream: &mut Stream) -> &'static str {
        match group {
            Group::Vietnamese if sex == Sex::Male && stream.permille(500) => "VAN",
            Group::Vietnamese if sex == Sex::Female && stream.permille(600) => "THI",
            _ if stream.permille(200) => "",
            _ => self.names.given(group, sex, stream),
        }
    }
}

/// Year of birth of an adult at the start of the records: most are between 20 and 50.
fn adult_birth_year(stream: &mut Stream) -> i32 {
    match stream.weighted(&[300, 300, 220, 140, 40]) {
        0 => stream.between(1987, 1997),
        1 => stream.between(1977, 1986),
        2 => stream.between(1967, 1976),
        3 => stream.between(1952, 1966),
        _ => stream.between(1935, 1951),
    }
}

fn birth_in_year(year: i32, stream: &mut Stream) -> Day {
    let month = 1 + stream.below(12);
    Day::new(year, month, 1 + stream.below(month_days(year, month)))
}

fn ssn(stream: &mut Stream) -> u32 {
    let area = 850 + stream.below(50);
    let group = 1 + stream.below(99);
    // 1234 and 9999 are written by people who do not know.
    let serial = loop {
        let serial = 1 + stream.below(9998);
        if serial != 1234 {
            break serial;
        }
    };
    (area * 100 + group) * 10_000 + serial
}

fn phone(stream: &mut Stream) -> u64 {
    const AREAS: [u32; 12] = [415, 415, 415, 415, 510, 510, 628, 650, 408, 707, 925, 916];
    let area = u64::from(*stream.pick(&AREAS));
    let exchange = if stream.permille(200) { 555 } else { 100 + stream.below(100) };
    (area * 1000 + u64::from(exchange)) * 10_000 + u64::from(stream.below(10_000))
}
