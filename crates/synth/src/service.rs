//! Contacts outside the justice chain: the provider's clients, and transit citations.

use crate::course::{Course, course};
use crate::date::Day;
use crate::history::{History, whole_days};
use crate::person::Person;
use crate::programme::{Arm, STUDY_END, STUDY_START};
use crate::random::{Purpose, Stream};

/// A client of the provider.
#[derive(Clone, Debug)]
pub struct Client {
    /// Day of the intake.
    pub intake: Day,
    /// Referral by the programme.
    pub lead: bool,
    /// Last day of the consent's term.
    pub consent_until: Day,
    /// Day on which consent was taken back.
    pub revoked: Option<Day>,
    /// Consent covers disclosure for evaluation.
    pub consent_research: bool,
    /// Encounters in order of days, with their kind.
    pub encounters: Vec<(Day, &'static str)>,
    /// Referral, screening and exit.
    pub course: Course,
}

/// Kinds of encounters.
const SERVICES: [&str; 7] =
    ["CASE_MGMT", "HOUSING", "SUD", "MH", "PRIMARY_CARE", "LEGAL", "ID_DOCS"];

/// The infractions of transit citations.
pub(crate) const INFRACTIONS: [&str; 5] =
    ["PC 640(C)(1)", "MTC 7.2.101", "PC 640(D)(3)", "MTC 7.2.103", "BP 25620(A)"];

/// What else happened to a person.
#[derive(Clone, Debug)]
pub struct Services {
    /// The provider's client, if the person is one.
    pub client: Option<Client>,
    /// Transit citations: day and number of the infraction.
    pub citations: Vec<(Day, usize)>,
}

/// Draws a person's services.
pub(crate) fn services(seed: u64, person: &Person, history: &History) -> Services {
    let mut stream = Stream::new(seed, Purpose::Service, person.id);
    let lead = person.arm == Arm::Lead;
    let chance = match (person.arm, history.arrests.is_empty()) {
        (Arm::Lead, _) => 1000,
        // People of no justice source are in the population because the provider knows them.
        (_, true) => 850,
        (_, false) => 510,
    };
    let client = stream.permille(chance).then(|| {
        let referral = history.index.filter(|_| lead).map(|index| index.day);
        let client = client(referral, &mut stream);
        let last = client.encounters.last().map_or(client.intake, |(day, _)| *day);
        Client { course: course(seed, person, history, (client.intake, last)), ..client }
    });
    let citations = if stream.permille(300) {
        let count = 1 + stream.weighted(&[600, 250, 100, 50]);
        let mut days: Vec<_> = (0..count)
            .map(|_| {
                let day = stream.between(STUDY_START.0, STUDY_END.0);
                (Day(day), stream.index(INFRACTIONS.len()))
            })
            .collect();
        days.sort_unstable();
        days
    } else {
        Vec::new()
    };
    Services { client, citations }
}

fn client(referral: Option<Day>, stream: &mut Stream) -> Client {
    let intake = match referral {
        Some(day) => day.plus(whole_days(stream.exponential().min(6.0) * 11.0)),
        None => Day(stream.between(STUDY_START.0, STUDY_END.0 - 60)),
    };
    let mean = if referral.is_some() { 4.0 } else { 0.9 };
    let extra = whole_days(stream.exponential().min(7.0) * mean);
    let mut encounters = vec![(intake, "INTAKE")];
    let mut day = intake;
    for _ in 0..extra {
        day = day.plus(1 + whole_days(stream.exponential().min(6.0) * 25.0));
        if day > STUDY_END {
            break;
        }
        encounters.push((day, *stream.pick(&SERVICES)));
    }
    let revoked = stream.permille(50).then(|| intake.plus(stream.between(5, 400)));
    Client {
        intake,
        lead: referral.is_some(),
        consent_until: intake.plus(if stream.permille(700) { 1095 } else { 365 }),
        revoked,
        consent_research: stream.permille(850),
        encounters,
        course: Course::default(),
    }
}
