//! Taking down a person's identifiers, with the errors of the profile.

use crate::date::{Day, month_days};
use crate::names::{Group, Sex};
use crate::number::Permutation;
use crate::person::{Housing, People, Person};
use crate::place::Address;
use crate::profile::Rates;
use crate::random::Stream;
use crate::snapshot::{ErrorKind, Errors, Snapshot};
use crate::typo::{misspell, wrong_digit};

/// What an agency takes down at all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Practice {
    /// Of the middle name only the first letter.
    pub(crate) initial_only: bool,
    pub(crate) suffix: bool,
    pub(crate) ssn: bool,
    pub(crate) phone: bool,
    pub(crate) address: bool,
    pub(crate) city: bool,
    pub(crate) race: bool,
    /// Names keep their marks (`JOSÉ`).
    pub(crate) marks: bool,
    /// Unidentified people are taken down (`DOE, JOHN`).
    pub(crate) unidentified: bool,
}

/// Makes snapshots of one person for one agency.
#[derive(Debug)]
pub(crate) struct Clerk<'a> {
    pub(crate) people: &'a People,
    pub(crate) person: &'a Person,
    pub(crate) rates: Rates,
    pub(crate) practice: Practice,
    pub(crate) local_numbers: &'a Permutation,
    pub(crate) cii_numbers: &'a Permutation,
    pub(crate) persons: u64,
}

/// The name while it is being taken down.
struct Name {
    first: String,
    middle: String,
    last: String,
    suffix: &'static str,
}

impl Clerk<'_> {
    /// Takes down the person anew.
    pub(crate) fn snapshot(&self, stream: &mut Stream) -> Snapshot {
        let mut errors = Errors::default();
        let unidentified = self.practice.unidentified && stream.permille(self.rates.unidentified);
        let name = self.name(stream, &mut errors);
        let mut snapshot = Snapshot {
            first: name.first,
            middle: name.middle,
            last: name.last,
            suffix: name.suffix,
            dob: self.dob(stream, &mut errors),
            sex: self.sex(stream),
            race: self.race(stream),
            ssn: self.ssn(stream, &mut errors),
            phone: self.phone(stream, &mut errors),
            house: None,
            street: String::new(),
            unit: 0,
            city: "",
            zip: None,
            local: self.local(stream),
            cii: self.cii(stream, &mut errors),
            errors,
        };
        self.address(&mut snapshot, stream);
        if unidentified {
            snapshot.make_unknown();
        }
        snapshot
    }

    /// The same snapshot under the person's alias, as agencies keep it in a row of its own.
    pub(crate) fn alias(&self, snapshot: &Snapshot) -> Snapshot {
        let mut alias = snapshot.clone();
        let (first, last) = match self.person.last_former {
            Some(former) => (self.person.first, former),
            None => self.person.alias,
        };
        alias.first = first.to_owned();
        alias.last = last.to_owned();
        alias.middle.clear();
        alias.suffix = "";
        alias.errors.add(ErrorKind::OtherName);
        alias
    }

    fn name(&self, stream: &mut Stream, errors: &mut Errors) -> Name {
        let person = self.person;
        let rates = &self.rates;
        let mut first = person.first.to_owned();
        let mut last = self.surname(stream, errors);
        if stream.permille(rates.other_name) {
            errors.add(ErrorKind::OtherName);
            match person.last_former {
                Some(former) if stream.permille(700) => last = former.to_owned(),
                _ => (first, last) = (person.alias.0.to_owned(), person.alias.1.to_owned()),
            }
        }
        self.spell(&mut first, stream, errors);
        self.spell(&mut last, stream, errors);
        let short = self.people.names.short_forms(&first);
        if !short.is_empty() && stream.permille(rates.nickname) {
            errors.add(ErrorKind::Nickname);
            first = (*stream.pick(short)).to_owned();
        }
        if stream.permille(rates.first_typo) {
            errors.add(ErrorKind::FirstTypo);
            first = misspell(&first, stream);
        }
        if stream.permille(rates.last_typo) {
            errors.add(ErrorKind::LastTypo);
            last = misspell(&last, stream);
        }
        if self.practice.marks {
            first = self.people.names.with_marks(&first);
            last = self.people.names.with_marks(&last);
        }
        let placeholder = if person.group == Group::Arabic { 8 } else { 1 };
        if stream.permille(rates.placeholder * placeholder) {
            errors.add(ErrorKind::Placeholder);
            let word = if stream.permille(600) { (&mut first, "FNU") } else { (&mut last, "LNU") };
            *word.0 = word.1.to_owned();
        }
        let swap = if person.group == Group::Vietnamese { 4 } else { 1 };
        if stream.permille(rates.name_swap * swap) {
            errors.add(ErrorKind::NameSwap);
            std::mem::swap(&mut first, &mut last);
        }
        Name { first, middle: self.middle(stream), last, suffix: self.suffix(stream) }
    }

    fn middle(&self, stream: &mut Stream) -> String {
        let known = !stream.permille(self.rates.middle_missing);
        match (known, stream.permille(600) || self.practice.initial_only) {
            (false, _) => String::new(),
            (true, true) => self.person.middle.chars().take(1).collect(),
            (true, false) => self.person.middle.to_owned(),
        }
    }

    fn suffix(&self, stream: &mut Stream) -> &'static str {
        let missing = stream.permille(self.rates.suffix_missing);
        if missing || !self.practice.suffix { "" } else { self.person.suffix }
    }

    /// The surname, double ones in one of the ways they are taken down.
    fn surname(&self, stream: &mut Stream, errors: &mut Errors) -> String {
        let person = self.person;
        let mut last = person.surname();
        if let Some(second) = person.last_second {
            if stream.permille(self.rates.compound) {
                errors.add(ErrorKind::Compound);
                last = match stream.weighted(&[560, 80, 180, 120, 60]) {
                    0 => person.last.to_owned(),
                    1 => second.to_owned(),
                    2 if person.hyphen => format!("{} {second}", person.last),
                    2 => format!("{}-{second}", person.last),
                    3 => format!("{}{second}", person.last),
                    _ => format!("{second} {}", person.last),
                };
            }
        } else if last.contains(['\'', ' ', '-']) && stream.permille(self.rates.punctuation) {
            last = match stream.permille(700) {
                true => last.replace(['\'', ' ', '-'], ""),
                false => last.replace(['\'', '-'], " "),
            };
        }
        last
    }

    fn spell(&self, name: &mut String, stream: &mut Stream, errors: &mut Errors) {
        let spellings = self.people.names.spellings(name);
        if spellings.is_empty() {
            return;
        }
        let foreign = !matches!(self.person.group, Group::White | Group::Black | Group::Hispanic);
        if stream.permille(self.rates.spelling * if foreign { 5 } else { 1 }) {
            errors.add(ErrorKind::Spelling);
            *name = (*stream.pick(spellings)).to_owned();
        }
    }

    fn dob(&self, stream: &mut Stream, errors: &mut Errors) -> Option<Day> {
        let rates = &self.rates;
        let born = self.person.born;
        let (year, month, day) = born.civil();
        let missing = stream.permille(rates.dob_missing);
        let draw = stream.below(1000);
        if missing {
            errors.add(ErrorKind::DobMissing);
            return None;
        }
        if draw < rates.dob_january {
            errors.add(ErrorKind::DobJanuary);
            return Some(Day::new(year, 1, 1));
        }
        if draw < rates.dob_january + rates.dob_swap {
            if day > 12 || day == month {
                return Some(born);
            }
            errors.add(ErrorKind::DobSwap);
            return Some(Day::new(year, day, month));
        }
        if draw < rates.dob_january + rates.dob_swap + rates.dob_typo {
            errors.add(ErrorKind::DobTypo);
            return Some(wrong_day(born, stream));
        }
        Some(born)
    }

    fn sex(&self, stream: &mut Stream) -> Option<Sex> {
        let draw = stream.below(1000);
        let other = if self.person.sex == Sex::Male { Sex::Female } else { Sex::Male };
        match draw {
            draw if draw < self.rates.sex_missing => None,
            draw if draw < self.rates.sex_missing + self.rates.sex_wrong => Some(other),
            _ => Some(self.person.sex),
        }
    }

    fn race(&self, stream: &mut Stream) -> Option<Group> {
        let missing = stream.permille(self.rates.sex_missing * 2);
        (self.practice.race && !missing).then_some(self.person.group)
    }

    fn ssn(&self, stream: &mut Stream, errors: &mut Errors) -> Option<u32> {
        let missing = stream.permille(self.rates.ssn_missing);
        if missing || !self.practice.ssn {
            errors.add(ErrorKind::SsnMissing);
            return None;
        }
        let ssn = self.person.ssn;
        if !stream.permille(self.rates.ssn_typo) {
            return Some(ssn);
        }
        errors.add(ErrorKind::SsnTypo);
        let serial = wrong_digit(u64::from(ssn % 10_000), 4, stream);
        let serial = u32::try_from(serial).expect("four digits");
        Some(ssn / 10_000 * 10_000 + serial.max(1))
    }

    fn phone(&self, stream: &mut Stream, errors: &mut Errors) -> Option<u64> {
        let missing = stream.permille(self.rates.phone_missing);
        if missing || !self.practice.phone {
            errors.add(ErrorKind::PhoneMissing);
            return None;
        }
        Some(self.person.phones[usize::from(stream.permille(self.rates.phone_old))])
    }

    fn address(&self, snapshot: &mut Snapshot, stream: &mut Stream) {
        if !self.practice.address {
            return;
        }
        let person = self.person;
        let moved = stream.permille(self.rates.moved);
        let older = 1 + stream.index(person.addresses.len() - 1);
        let nothing = match person.housing {
            Housing::Housed => stream.permille(self.rates.address_missing),
            // A guest of a shelter names it more often than not.
            Housing::Shelter => stream.permille(250),
            Housing::Street => !stream.permille(150),
        };
        if nothing {
            snapshot.errors.add(ErrorKind::AddressMissing);
            if person.housing != Housing::Housed {
                snapshot.street = (*stream.pick(&["", "TRANSIENT", "HOMELESS", ""])).to_owned();
            }
            return;
        }
        let address = match person.housing {
            Housing::Shelter => self.people.city.shelter(stream),
            _ if moved => person.addresses[older],
            _ => person.addresses[0],
        };
        if moved && person.housing != Housing::Shelter {
            snapshot.errors.add(ErrorKind::Moved);
        }
        self.write_address(address, snapshot, stream);
    }

    fn write_address(&self, address: Address, snapshot: &mut Snapshot, stream: &mut Stream) {
        let city = &self.people.city;
        snapshot.house = Some(address.number);
        snapshot.unit = if stream.permille(250) { 0 } else { address.unit };
        snapshot.street = city.street_name(address.street);
        snapshot.city = city.town(address);
        let mut zip = city.zip(address);
        if stream.permille(self.rates.address_typo) {
            snapshot.errors.add(ErrorKind::AddressTypo);
            if stream.permille(700) {
                snapshot.street = misspell(&snapshot.street, stream);
            } else {
                let changed = wrong_digit(u64::from(address.number), 3, stream).max(1);
                snapshot.house = u32::try_from(changed).ok();
            }
        }
        if stream.permille(self.rates.zip_typo) {
            zip = u32::try_from(wrong_digit(u64::from(zip), 5, stream)).expect("five digits");
        }
        snapshot.zip = (!stream.permille(self.rates.address_missing)).then_some(zip);
        if stream.permille(self.rates.address_typo) && snapshot.city == "SAN FRANCISCO" {
            snapshot.city = *stream.pick(&["SF", "SAN FRAN", "S F"]);
        }
        if !self.practice.city {
            snapshot.city = "";
        }
    }

    fn local(&self, stream: &mut Stream) -> u64 {
        let second = u64::from(stream.permille(self.rates.local_second));
        self.local_numbers.map(self.person.id * 2 + second)
    }

    fn cii(&self, stream: &mut Stream, errors: &mut Errors) -> u64 {
        let wrong = stream.permille(self.rates.cii_wrong);
        let other = stream.bits() % self.persons;
        if wrong && other != self.person.id {
            errors.add(ErrorKind::CiiWrong);
            return self.cii_numbers.map(other);
        }
        let merged = self.person.cii_merged && self.person.id + 1 < self.persons;
        self.cii_numbers.map(self.person.id + u64::from(merged))
    }
}

/// A valid day that is not the true one: a part off by a typing error.
fn wrong_day(born: Day, stream: &mut Stream) -> Day {
    let (year, month, day) = born.civil();
    // A try gives an invalid or the same date less than half of the time; the last line is sure.
    for _ in 0..12 {
        let (mut y, mut m, mut d) = (year, month, day);
        match stream.weighted(&[300, 200, 220, 100, 100, 80]) {
            0 => d = digit_of(day, 2, stream),
            1 => m = digit_of(month, 2, stream),
            2 => y += *stream.pick(&[-1, 1]),
            3 => y += *stream.pick(&[-10, 10]),
            4 => d = day % 10 * 10 + day / 10,
            _ => y = year - year % 100 + year % 10 * 10 + year / 10 % 10,
        }
        let valid = (1..=12).contains(&m) && d >= 1 && (1920..=2005).contains(&y);
        if valid && d <= month_days(y, m) && (y, m, d) != (year, month, day) {
            return Day::new(y, m, d);
        }
    }
    born.plus(1)
}

fn digit_of(number: u32, width: u32, stream: &mut Stream) -> u32 {
    u32::try_from(wrong_digit(u64::from(number), width, stream)).expect("two digits")
}
