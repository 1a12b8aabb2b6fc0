//! A client's course: referral to the programme, screening and exit.
//!
//! Drawn from a lane of its own, so that clients, encounters and all identifiers are those of
//! populations made before there were courses.

use crate::date::Day;
use crate::history::{ArrestKind, History, officer, whole_days};
use crate::person::Person;
use crate::programme::{Arm, Pathway, STUDY_END};
use crate::random::{Purpose, Stream};

/// Lane of the streams of [`Purpose::Service`]; 0 draws the client.
const LANE: u8 = 1;
/// Longest time from screening to intake in days.
const SCREENED_BEFORE_MAX: i32 = 14;
/// Why clients leave, as the provider writes it, with weights.
const EXITS: [(&str, u32); 4] =
    [("COMPLETED", 420), ("WITHDREW", 180), ("LOST_CONTACT", 310), ("MOVED", 90)];

/// A client's course.
#[derive(Clone, Debug, Default)]
pub struct Course {
    /// Referral to the programme, if the client is of the programme.
    pub referral: Option<Referral>,
    /// Day of the screening, where it was written down.
    pub screening: Option<Day>,
    /// Day and reason of the exit; `None` for clients who were active when the records end.
    pub exit: Option<(Day, &'static str)>,
}

/// How a client was referred to the programme.
#[derive(Clone, Copy, Debug)]
pub struct Referral {
    /// Day of the referral, which is the client's index day.
    pub day: Day,
    /// How the client came to the programme.
    pub pathway: Pathway,
    /// Place of the diverted arrest among the person's arrests; prebooking only.
    pub arrest: Option<usize>,
    /// Number of the officer who referred; of a diverted arrest, its officer.
    pub officer: u32,
    /// Hours until the provider met the client, where they were written down; never past the intake.
    pub handoff_hours: Option<i32>,
}

/// Draws the course of a client with an intake and a last encounter.
pub(crate) fn course(
    seed: u64,
    person: &Person,
    history: &History,
    (intake, last): (Day, Day),
) -> Course {
    let mut stream = Stream::with_lane(seed, Purpose::Service, LANE, person.id);
    let referral = referral(person, history, intake, &mut stream);
    let earliest =
        referral.map_or_else(|| intake.plus(-SCREENED_BEFORE_MAX), |referral| referral.day);
    let before = stream.between(0, SCREENED_BEFORE_MAX).min(intake.0 - earliest.0);
    let screening = stream.permille(960).then(|| intake.plus(-before));
    let is_active = stream.permille(300);
    let exit = last.plus(7 + whole_days(stream.exponential().min(6.0) * 60.0));
    let (reason, _) = EXITS[stream.weighted(&EXITS.map(|(_, weight)| weight))];
    let exit = (!is_active && exit <= STUDY_END).then_some((exit, reason));
    Course { referral, screening, exit }
}

fn referral(
    person: &Person,
    history: &History,
    intake: Day,
    stream: &mut Stream,
) -> Option<Referral> {
    let drawn = officer(stream);
    let (soon, late) = (stream.exponential().min(6.0) * 4.0, stream.exponential().min(6.0) * 30.0);
    let is_known = stream.permille(850);
    let index = history.index.filter(|_| person.arm == Arm::Lead)?;
    let pathway = index.pathway?;
    let is_diverted = |kind| kind == ArrestKind::Diverted;
    let arrest = history.arrests.iter().position(|arrest| is_diverted(arrest.kind));
    let hours = whole_days(if pathway == Pathway::Prebook { soon } else { late });
    let hours = hours.min(24 * (intake.0 - index.day.0) + 12);
    Some(Referral {
        day: index.day,
        pathway,
        arrest,
        officer: arrest.map_or(drawn, |arrest| history.arrests[arrest].officer),
        handoff_hours: is_known.then_some(hours),
    })
}
