//! Invented studies: persons, windows, arrests and the programme's records, from a seed.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use tallystick_dataset::{Column, Dictionary, DisclosureClass, Missing, Table, Values};

/// What a study is like.
#[derive(Clone, Debug)]
pub(super) struct Invented {
    pub(super) seed: u64,
    pub(super) clients: usize,
    pub(super) pool: usize,
    /// Felony arrests of a person of the pool in the window after.
    pub(super) rate: f64,
    /// Of these, what a person had in the window before.
    pub(super) before: f64,
    /// What the programme multiplies them by.
    pub(super) effect: f64,
    /// Added to the clients' earlier arrests.
    pub(super) shift: i64,
    /// Whether all live in one district.
    pub(super) one_district: bool,
    /// Days that are followed after the index day.
    pub(super) follow_up: i64,
    /// Share of clients referred by social contact.
    pub(super) social: f64,
    /// Imputed linkages.
    pub(super) imputed: u32,
    /// Whether a jail sends its stays, so that there are days in custody and days at risk.
    pub(super) jail: bool,
    /// One of so many persons has no outcomes after the index day; nobody if 0.
    pub(super) unseen: usize,
}

impl Default for Invented {
    fn default() -> Self {
        Self {
            seed: 1,
            clients: 200,
            pool: 800,
            rate: 0.6,
            before: 1.0,
            effect: 0.6,
            shift: 0,
            one_district: false,
            follow_up: 700,
            social: 0.3,
            imputed: 0,
            jail: false,
            unseen: 0,
        }
    }
}

pub(super) fn texts(name: &str, cells: &[String]) -> Column {
    let mut dictionary = Dictionary::new();
    let numbers: Vec<u32> = cells.iter().map(|cell| dictionary.number(cell).unwrap()).collect();
    let (texts, places) = dictionary.into_sorted();
    let numbers = numbers.iter().map(|number| places[*number as usize]).collect();
    Column::new(name, Values::Text(numbers, texts), "", "", DisclosureClass::Other)
}

pub(super) fn integers(name: &str, cells: &[Option<i64>]) -> Column {
    let values = cells.iter().map(|cell| cell.unwrap_or(0)).collect();
    let mut column = Column::new(name, Values::Integer(values), "", "", DisclosureClass::Other);
    for (row, cell) in cells.iter().enumerate() {
        if cell.is_none() {
            column.values.set_missing(row, Missing::NotInCoverage);
        }
    }
    column
}

pub(super) fn flags(name: &str, cells: &[u8]) -> Column {
    Column::new(name, Values::Flag(cells.to_vec()), "", "", DisclosureClass::Other)
}

pub(super) fn table(name: &str, columns: Vec<Column>) -> Table {
    let rows = columns[0].values.len();
    Table { name: name.to_owned(), label: name.to_owned(), key: Vec::new(), rows, columns }
}

/// A person as drawn.
#[derive(Clone, Debug)]
struct Person {
    is_client: bool,
    sex: &'static str,
    district: &'static str,
    quarter: &'static str,
    prior: i64,
    felony: [i64; 2],
    misdemeanour: [i64; 2],
    first: Option<i64>,
    is_social: bool,
    intake: i64,
}

struct Draw(ChaCha8Rng);

impl Draw {
    /// From 0 to below 1.
    fn share(&mut self) -> f64 {
        f64::from(self.0.next_u32()) / 4_294_967_296.0
    }

    /// Knuth's: the product of shares falls below e^-rate.
    fn poisson(&mut self, rate: f64) -> i64 {
        let limit = libm::exp(-rate);
        let (mut product, mut count) = (self.share(), 0);
        while product > limit {
            product *= self.share();
            count += 1;
        }
        count
    }

    fn day(&mut self, days: u32) -> i64 {
        1 + i64::from(self.0.next_u32() % days)
    }
}

impl Invented {
    fn people(&self) -> Vec<Person> {
        let mut draw = Draw(ChaCha8Rng::seed_from_u64(self.seed));
        let person = |place: usize| {
            let is_client = place < self.clients;
            let prior = draw.poisson(0.7) + if is_client { self.shift } else { 0 };
            let heat = 0.5 + 0.5 * f64::from(u8::try_from(prior.min(4)).unwrap());
            let rate = self.rate * heat * if is_client { self.effect } else { 1.0 };
            let felony = [draw.poisson(self.rate * heat * self.before), draw.poisson(rate)];
            let misdemeanour = [draw.poisson(0.8), draw.poisson(0.7)];
            let any = felony[1] + misdemeanour[1] > 0;
            let day = draw.day(365);
            Person {
                is_client,
                sex: if draw.share() < 0.4 { "F" } else { "M" },
                district: if self.one_district || draw.share() < 0.5 { "NORTH" } else { "SOUTH" },
                quarter: if draw.share() < 0.5 { "2018Q1" } else { "2018Q2" },
                prior,
                felony,
                misdemeanour,
                first: any.then_some(day),
                is_social: draw.share() < self.social,
                intake: draw.day(40),
            }
        };
        // Ids are in another order than the arms.
        let mut people: Vec<Person> = (0..self.clients + self.pool).map(person).collect();
        let mut order = Draw(ChaCha8Rng::seed_from_u64(self.seed + 1));
        people.sort_by_cached_key(|_| order.0.next_u64());
        people
    }

    /// All tables of the release.
    pub(super) fn tables(&self) -> Vec<Table> {
        let people = self.people();
        let mut tables = vec![
            self.person(&people),
            self.windows("person_window", &people, Moved::Nothing),
            self.windows("person_window_strict", &people, Moved::Lost),
            self.windows("person_window_loose", &people, Moved::Added),
            arrests(&people),
            summary(),
        ];
        tables.extend(programme(&people));
        for number in 1..=self.imputed {
            let name = format!("person_window_imputed_{number}");
            tables.push(self.windows(&name, &people, Moved::Imputed(number)));
        }
        tables
    }

    fn person(&self, people: &[Person]) -> Table {
        let text = |of: &dyn Fn(&Person) -> &'static str| {
            people.iter().map(|person| of(person).to_owned()).collect::<Vec<String>>()
        };
        let follow_up = vec![Some(self.follow_up); people.len()];
        table(
            "person",
            vec![
                texts("study_id", &ids(people)),
                texts("arm", &text(&|it| if it.is_client { "CLIENTS" } else { "POOL" })),
                texts("pathway", &text(&|it| if it.is_social { "SOCIAL" } else { "PREBOOK" })),
                texts("sex", &text(&|it| it.sex)),
                texts("index_district", &text(&|it| it.district)),
                texts("index_quarter", &text(&|it| it.quarter)),
                integers(
                    "prior_fel_arr_365",
                    &people.iter().map(|it| Some(it.prior)).collect::<Vec<_>>(),
                ),
                flags(
                    "elig_strike",
                    &people.iter().map(|it| u8::from(it.prior > 3)).collect::<Vec<_>>(),
                ),
                integers("followup_days_police", &follow_up),
            ],
        )
    }

    /// Windows before and after.
    fn windows(&self, name: &str, people: &[Person], moved: Moved) -> Table {
        let twice = |of: &dyn Fn(&Person, usize, usize) -> Option<i64>| {
            let people = people.iter().enumerate();
            people.flat_map(|(place, it)| [of(it, 0, place), of(it, 1, place)]).collect::<Vec<_>>()
        };
        let seen = |window: usize, place: usize| {
            let is_unseen = self.unseen > 0 && place.is_multiple_of(self.unseen);
            window == 0 || (self.follow_up >= 365 && !is_unseen)
        };
        let felony = |it: &Person, window: usize, place: usize| {
            seen(window, place).then(|| moved.count(it.felony[window], place))
        };
        let misdemeanour = |it: &Person, window: usize, place: usize| {
            seen(window, place).then(|| it.misdemeanour[window])
        };
        let custody = |it: &Person, window: usize, place: usize| {
            seen(window, place).then(|| days_in_custody(it, window, place))
        };
        let at_risk = |it: &Person, window: usize, place: usize| {
            custody(it, window, place).filter(|_| self.jail).map(|days| 365 - days)
        };
        let ids: Vec<String> = ids(people).into_iter().flat_map(|id| [id.clone(), id]).collect();
        let names: Vec<String> =
            people.iter().flat_map(|_| ["PRE365", "POST365"].map(ToOwned::to_owned)).collect();
        let mut columns = vec![
            texts("study_id", &ids),
            texts("window", &names),
            integers("n_fel_arr", &twice(&felony)),
            integers("n_misd_arr", &twice(&misdemeanour)),
            integers("days_at_risk", &twice(&at_risk)),
        ];
        columns.extend(self.jail.then(|| integers("jail_days", &twice(&custody))));
        table(name, columns)
    }
}

/// What another linkage makes of a person's events.
#[derive(Clone, Copy)]
enum Moved {
    Nothing,
    /// One event of every third person is not linked.
    Lost,
    /// Every fifth person has one of somebody else.
    Added,
    /// One event more of some persons.
    Imputed(u32),
}

impl Moved {
    fn count(self, count: i64, place: usize) -> i64 {
        match self {
            Self::Lost if place.is_multiple_of(3) => (count - 1).max(0),
            Self::Added if place.is_multiple_of(5) => count + 1,
            Self::Imputed(number) if (place + number as usize).is_multiple_of(50) => count + 1,
            _ => count,
        }
    }
}

/// Every second person up to 180 days, of clients after the index day half as many.
fn days_in_custody(person: &Person, window: usize, place: usize) -> i64 {
    let days = if place.is_multiple_of(2) { place as i64 * 37 % 181 } else { 0 };
    if person.is_client && window == 1 { days / 2 } else { days }
}

fn ids(people: &[Person]) -> Vec<String> {
    (0..people.len()).map(|place| format!("{place:08}")).collect()
}

/// The first arrest of whoever had one.
fn arrests(people: &[Person]) -> Table {
    let ids = ids(people);
    let had = || people.iter().enumerate().filter(|(_, it)| it.first.is_some());
    let rows = had().count();
    table(
        "arrest",
        vec![
            texts("study_id", &had().map(|(place, _)| ids[place].clone()).collect::<Vec<_>>()),
            integers("rel_day", &had().map(|(_, it)| it.first).collect::<Vec<_>>()),
            flags("outcome", &vec![1; rows]),
            flags("index_event", &vec![0; rows]),
            integers(
                "officer_pid",
                &had().map(|(place, _)| Some(place as i64 % 20)).collect::<Vec<_>>(),
            ),
        ],
    )
}

fn summary() -> Table {
    let share = |name: &str, cells: [u16; 2]| {
        Column::new(name, Values::Permille(cells.to_vec()), "", "", DisclosureClass::Other)
    };
    let text = |cells: [&str; 2]| cells.map(ToOwned::to_owned).to_vec();
    table(
        "linkage_summary",
        vec![
            texts("group_by", &text(["arm", "arm"])),
            texts("group_value", &text(["CLIENTS", "POOL"])),
            share("missed_link", [50, 100]),
            share("missed_link_low", [40, 90]),
            share("missed_link_high", [60, 110]),
            share("false_link", [10, 10]),
            share("false_link_low", [5, 5]),
            share("false_link_high", [15, 15]),
        ],
    )
}

/// Referrals and intakes of clients.
fn programme(people: &[Person]) -> Vec<Table> {
    let all = ids(people);
    let clients = || people.iter().enumerate().filter(|(_, it)| it.is_client);
    let ids: Vec<String> = clients().map(|(place, _)| all[place].clone()).collect();
    let rows = ids.len();
    if rows == 0 {
        return Vec::new();
    }
    let pathway = clients().map(|(_, it)| if it.is_social { "SOCIAL" } else { "PREBOOK" });
    let intake: Vec<Option<i64>> = clients().map(|(_, it)| Some(it.intake)).collect();
    let within: Vec<u8> = clients().map(|(_, it)| u8::from(it.intake <= 30)).collect();
    vec![
        table(
            "referral",
            vec![
                texts("study_id", &ids),
                integers("rel_day", &vec![Some(0); rows]),
                texts("pathway", &pathway.map(ToOwned::to_owned).collect::<Vec<_>>()),
                integers(
                    "officer_pid",
                    &(0..rows as i64).map(|row| Some(row % 30)).collect::<Vec<_>>(),
                ),
                integers(
                    "handoff_rel_hr",
                    &(0..rows as i64).map(|row| Some(row % 40)).collect::<Vec<_>>(),
                ),
            ],
        ),
        table(
            "intake",
            vec![
                texts("study_id", &ids),
                integers("rel_day", &vec![Some(0); rows]),
                integers("screening_rel_day", &vec![Some(1); rows]),
                integers("intake_rel_day", &intake),
                flags("within_30d", &within),
            ],
        ),
    ]
}
