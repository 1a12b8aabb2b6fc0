//! What happened to a person: arrests, what the prosecutor and the court made of them, custody.

use crate::config::Config;
use crate::date::Day;
use crate::offence::{Charge, Offences, charges};
use crate::person::Person;
use crate::programme::{
    Arm, EFFECT, INDEX_END, INDEX_START, Pathway, STUDY_END, STUDY_START, WINDOW_DAYS,
};
use crate::random::{Purpose, Stream};

/// Numbers an arrest can have within a person; bounds the events of one person.
pub(crate) const EVENTS_MAX: u64 = 64;

/// Arrests of one severity a person can have.
const PROCESS_EVENTS_MAX: usize = 26;
/// Warrant arrests a person can have; with two processes, the index and two joint arrests under 63.
const WARRANTS_MAX: usize = 6;

/// How an arrest came about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ArrestKind {
    /// Taken to jail.
    Booked,
    /// Cited and released; no fingerprints.
    Cited,
    /// Referred to the programme instead: an incident, not an arrest.
    Diverted,
    /// Arrested for an open warrant alone, no new offence.
    Warrant,
}

/// What the prosecutor did.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Action {
    /// New case.
    Filed,
    /// Let go.
    Discharged,
    /// Motion to revoke probation or parole: an action, not a new case.
    Mtr,
    /// Sent back to the police.
    FurtherInvestigation,
    /// Sent to another agency.
    Referred,
    /// Never came to the prosecutor.
    NotPresented,
}

/// A court case.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Case {
    /// Day of filing.
    pub filed: Day,
    /// Felony as filed.
    pub felony: bool,
    /// Disposition: day, code after CJARS, felony as convicted.
    pub disposed: Day,
    /// Code of the disposition, after CJARS: `GP`, `ND`, `DU`, ...
    pub disposition: &'static str,
    /// Convicted of a felony (`None`: not convicted). Wobblers end as misdemeanours.
    pub convicted_felony: Option<bool>,
    /// Days of jail.
    pub sentence_days: u32,
    /// Months of probation.
    pub probation_months: u32,
    /// Court department, which stands for the judge.
    pub department: u32,
    /// The record was sealed later.
    pub sealed: bool,
}

/// One arrest and what followed.
#[derive(Clone, Debug)]
pub struct Arrest {
    /// Number within the person, below 64.
    pub sequence: u64,
    /// Day of the arrest.
    pub day: Day,
    /// Kind.
    pub kind: ArrestKind,
    /// Made by the city's police; others are in no police export.
    pub local: bool,
    /// This is the index event of a comparison person or client, never an outcome.
    pub index: bool,
    /// Felony if the first charge is one.
    pub charges: Vec<Charge>,
    /// Person and sequence of the event whose incident number this arrest bears.
    pub incident: (u64, u64),
    /// A further incident cleared by this arrest.
    pub second_incident: bool,
    /// Police district, 1 to 10.
    pub district: u32,
    /// Number of the officer.
    pub officer: u32,
    /// Prosecutor's action.
    pub action: Action,
    /// Day of the action.
    pub action_day: Day,
    /// The case, if one was filed.
    pub case: Option<Case>,
    /// Days in jail after booking; `None` if not booked.
    pub custody_days: Option<i32>,
}

impl Arrest {
    /// Severity of the top charge.
    pub fn felony(&self) -> bool {
        self.charges.first().is_some_and(|charge| charge.felony)
    }

    /// An arrest for a new offence, which can be an outcome.
    pub fn new_offence(&self) -> bool {
        matches!(self.kind, ArrestKind::Booked | ArrestKind::Cited) && !self.index
    }
}

/// Index event of a client or comparison person.
#[derive(Clone, Copy, Debug)]
pub struct Index {
    /// Day of referral, or of the eligible arrest.
    pub day: Day,
    /// Pathway of a client.
    pub pathway: Option<Pathway>,
}

/// All justice events of a person.
#[derive(Clone, Debug)]
pub struct History {
    /// Index event; `None` for people of no arm.
    pub index: Option<Index>,
    /// Arrests in order of days.
    pub arrests: Vec<Arrest>,
}

/// Outcomes in one window: felony and misdemeanour arrests, then cases.
pub type Outcomes = [u32; 4];

impl History {
    /// Outcomes in the year before and the year after the index day, which itself is in neither.
    ///
    /// Cases count by the day of the arrest they arose from. Zero without an index day.
    pub fn outcomes(&self) -> [Outcomes; 2] {
        let mut windows = [[0; 4]; 2];
        let Some(index) = self.index else { return windows };
        for arrest in self.arrests.iter().filter(|arrest| arrest.new_offence()) {
            let distance = arrest.day.0 - index.day.0;
            if distance == 0 || distance.abs() > WINDOW_DAYS {
                continue;
            }
            let window = &mut windows[usize::from(distance > 0)];
            window[usize::from(!arrest.felony())] += 1;
            if let Some(case) = &arrest.case {
                window[2 + usize::from(!case.felony)] += 1;
            }
        }
        windows
    }
}

/// Draws the history of a person.
pub(crate) fn history(config: &Config, person: &Person) -> History {
    let seed = config.seed;
    let other_offences = match config.eligible_at_index_only {
        true => Offences::NoneEligible,
        false => Offences::Any,
    };
    let mut maker = Maker {
        person,
        other_offences,
        stream: Stream::new(seed, Purpose::History, person.id),
        arrests: Vec::new(),
        index: None,
    };
    maker.index();
    maker.process(true);
    maker.process(false);
    maker.first_arrest();
    maker.joint(seed);
    maker.arrests.sort_by_key(|arrest| (arrest.day, arrest.sequence));
    maker.warrants();
    History { index: maker.index, arrests: maker.arrests }
}

/// The day of an incident which this person and the next one of the household were arrested for.
///
/// Before any window around an index day, so that it is no outcome.
fn joint_incident(seed: u64, first: u64) -> Option<Day> {
    let mut stream = Stream::with_lane(seed, Purpose::History, 1, first);
    stream.permille(60).then(|| STUDY_START.plus(stream.between(0, 300)))
}

struct Maker<'a> {
    person: &'a Person,
    /// What arrests besides the index may be for.
    other_offences: Offences,
    stream: Stream,
    arrests: Vec<Arrest>,
    index: Option<Index>,
}

impl Maker<'_> {
    fn index(&mut self) {
        let day = self.stream.between(INDEX_START.0, INDEX_END.0);
        let pathway = if self.stream.permille(750) { Pathway::Prebook } else { Pathway::Social };
        let felony = self.stream.permille(350);
        match self.person.arm {
            Arm::Other => {}
            Arm::Comparison => {
                self.index = Some(Index { day: Day(day), pathway: None });
                self.arrest(Day(day), felony, true, None);
            }
            Arm::Lead => {
                self.index = Some(Index { day: Day(day), pathway: Some(pathway) });
                if pathway == Pathway::Prebook {
                    self.arrest(Day(day), felony, true, Some(ArrestKind::Diverted));
                }
            }
        }
    }

    /// Arrests of one severity as a Poisson process; the programme keeps its share of later ones.
    fn process(&mut self, felony: bool) {
        let per_year = match (self.person.arm, felony) {
            (Arm::Other, true) => 0.09,
            (Arm::Other, false) => 0.15,
            (_, true) => 0.36,
            (_, false) => 0.54,
        };
        let rate = per_year * self.stream.exponential().min(4.0) / 365.25;
        let mut elapsed = 0.0;
        let span = f64::from(STUDY_END.0 - STUDY_START.0);
        // At most 10.8 are expected; the bound is met less than once in 10^7 persons.
        for _ in 0..PROCESS_EVENTS_MAX {
            elapsed += self.stream.exponential() / rate;
            if elapsed > span {
                return;
            }
            let day = STUDY_START.plus(whole_days(elapsed));
            if !self.treated(day) || self.stream.permille(EFFECT.kept(felony)) {
                self.arrest(day, felony, false, None);
            }
        }
    }

    /// Most people are known to the police from at least one arrest, early in the records.
    fn first_arrest(&mut self) {
        let known = self.stream.permille(600);
        let day = STUDY_START.plus(self.stream.between(0, 300));
        let felony = self.stream.permille(300);
        if self.arrests.is_empty() && known {
            self.arrest(day, felony, false, None);
        }
    }

    /// Arrests together with the person before or after in the household.
    fn joint(&mut self, seed: u64) {
        let id = self.person.id;
        let before = (id > self.person.household).then(|| joint_incident(seed, id - 1)).flatten();
        let after = joint_incident(seed, id).filter(|_| self.stream.permille(500));
        for (first, day) in [(id.wrapping_sub(1), before), (id, after)] {
            let Some(day) = day else { continue };
            self.arrest(day, true, false, Some(ArrestKind::Booked));
            let last = self.arrests.last_mut().expect("an arrest was just added");
            last.incident = (first, EVENTS_MAX - 1);
            last.local = true;
        }
    }

    /// Failure to appear: an arrest for the warrant alone. Not affected by the programme.
    fn warrants(&mut self) {
        let mut due: Vec<(Day, bool)> = Vec::new();
        for arrest in &self.arrests {
            let Some(case) = &arrest.case else { continue };
            if self.stream.permille(170) {
                due.push((case.filed.plus(self.stream.between(30, 300)), case.felony));
            }
        }
        for (day, felony) in due.into_iter().filter(|(day, _)| *day <= STUDY_END).take(WARRANTS_MAX)
        {
            self.arrest(day, felony, false, Some(ArrestKind::Warrant));
        }
        self.arrests.sort_by_key(|arrest| (arrest.day, arrest.sequence));
    }

    fn treated(&self, day: Day) -> bool {
        self.person.arm == Arm::Lead && self.index.is_some_and(|index| day > index.day)
    }

    fn arrest(&mut self, day: Day, felony: bool, index: bool, kind: Option<ArrestKind>) {
        let sequence = self.arrests.len() as u64;
        debug_assert!(sequence < EVENTS_MAX - 1, "two bounded processes and their warrants");
        let drawn = if self.stream.permille(if felony { 920 } else { 450 }) {
            ArrestKind::Booked
        } else {
            ArrestKind::Cited
        };
        let kind = kind.unwrap_or(drawn);
        let offences = if index { Offences::FirstEligible } else { self.other_offences };
        let charges = charges(felony, offences, &mut self.stream);
        let action = self.action(kind, felony, self.treated(day));
        let lag = if kind == ArrestKind::Cited { (15, 40) } else { (1, 6) };
        let action_day = day.plus(self.stream.between(lag.0, lag.1));
        let case = (action == Action::Filed).then(|| self.case(action_day, felony));
        let custody = self.custody(felony);
        let booked = matches!(kind, ArrestKind::Booked | ArrestKind::Warrant);
        self.arrests.push(Arrest {
            sequence,
            day,
            kind,
            local: index || self.stream.permille(950),
            index,
            charges,
            incident: (self.person.id, sequence),
            second_incident: self.stream.permille(60),
            district: 1 + self.stream.weighted_number(&[9, 14, 5, 24, 4, 5, 4, 28, 4, 3]),
            officer: officer(&mut self.stream),
            action,
            action_day,
            case,
            custody_days: booked.then_some(custody),
        });
    }

    fn action(&mut self, kind: ArrestKind, felony: bool, treated: bool) -> Action {
        let draw = self.stream.below(1000);
        let other = match self.stream.weighted(&[90, 330, 40, 40, if felony { 0 } else { 120 }]) {
            0 => Action::Mtr,
            1 => Action::Discharged,
            2 => Action::FurtherInvestigation,
            3 => Action::Referred,
            _ => Action::NotPresented,
        };
        match kind {
            ArrestKind::Diverted | ArrestKind::Warrant => Action::NotPresented,
            _ if draw < EFFECT.filing(felony, treated) => Action::Filed,
            _ => other,
        }
    }

    fn case(&mut self, filed: Day, felony: bool) -> Case {
        let stream = &mut self.stream;
        let lag = 7 + whole_days(stream.exponential().min(8.0) * 110.0);
        const CODES: [&str; 8] = ["GP", "GC", "GJ", "NA", "ND", "NM", "DU", "PT"];
        let code = stream.weighted(&[520, 15, 25, 15, 260, 10, 110, 45]);
        let guilty = code < 3;
        let reduced = stream.permille(300);
        let term = stream.below(if felony { 300 } else { 60 });
        let probation = if stream.permille(600) { if felony { 36 } else { 12 } } else { 0 };
        Case {
            filed,
            felony,
            disposed: filed.plus(lag),
            disposition: CODES[code],
            convicted_felony: guilty.then_some(felony && !reduced),
            sentence_days: if guilty { term } else { 0 },
            probation_months: if guilty { probation } else { 0 },
            department: 9 + stream.below(22),
            sealed: stream.permille(20),
        }
    }

    fn custody(&mut self, felony: bool) -> i32 {
        let mean = if felony { 9.0 } else { 2.0 };
        whole_days(self.stream.exponential().min(20.0) * mean)
    }
}

/// Number of an officer; low numbers make more arrests.
pub(crate) fn officer(stream: &mut Stream) -> u32 {
    1000 + stream.below(400).min(stream.below(400))
}

/// Whole days of a span that is not negative and fits.
pub(crate) fn whole_days(days: f64) -> i32 {
    debug_assert!((0.0..1e6).contains(&days), "spans here are within the study");
    #[expect(clippy::cast_possible_truncation, reason = "cutting the fraction is the purpose")]
    let whole = days as i32;
    whole
}
