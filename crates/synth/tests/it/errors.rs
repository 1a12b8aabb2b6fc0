//! Error rates, measured against the true person and not against the generator's own flags.

use tallystick_synth::{Arm, Biography, Config, Day, Population, Profile, Rates, Snapshot, Source};

/// Share of the snapshots of a source for which the question is answered with yes.
struct Measured(Vec<(Biography, Snapshot)>);

impl Measured {
    fn new(config: Config) -> Self {
        let config = Config { sources: vec![Source::Police], seed: 21, ..config };
        let population = Population::new(&config).unwrap();
        let mut all = Vec::new();
        for chunk in (0..population.chunk_count()).map(|number| population.chunk(number)) {
            for (place, snapshot) in &chunk.sheets[0].snapshots {
                all.push((chunk.people[*place].clone(), Snapshot::clone(snapshot)));
            }
        }
        Self(all)
    }

    fn permille(&self, question: impl Fn(&Biography, &Snapshot) -> bool) -> f64 {
        self.permille_of(|_| true, question)
    }

    fn permille_of(
        &self,
        whom: impl Fn(&Biography) -> bool,
        question: impl Fn(&Biography, &Snapshot) -> bool,
    ) -> f64 {
        let of: Vec<_> = self.0.iter().filter(|(person, _)| whom(person)).collect();
        assert!(of.len() > 1000, "too few for a rate");
        let yes = of.iter().filter(|(person, snapshot)| question(person, snapshot)).count();
        1000.0 * yes as f64 / of.len() as f64
    }
}

fn profile(profile: Profile) -> Config {
    Config { persons: 16_000, profile, ..Config::default() }
}

fn near(measured: f64, rate: u32) {
    let rate = f64::from(rate);
    // Five standard errors of a share of about 25,000 snapshots, of which some depend on each other.
    let tolerance = 5.0 * (rate.max(5.0) * 1000.0 / 25_000.0).sqrt() * 1.3;
    assert!((measured - rate).abs() < tolerance, "measured {measured}, wanted {rate}");
}

fn wrong_date(person: &Biography, snapshot: &Snapshot) -> Option<(Day, Day)> {
    let taken = snapshot.dob.filter(|dob| *dob != person.person.born)?;
    Some((person.person.born, taken))
}

fn swapped(person: &Biography, snapshot: &Snapshot) -> bool {
    wrong_date(person, snapshot).is_some_and(|(born, taken)| {
        let ((y, m, d), (year, month, day)) = (born.civil(), taken.civil());
        (y, m, d) == (year, day, month)
    })
}

#[test]
fn clean_identifiers_are_right_where_they_are_there() {
    let all = Measured::new(profile(Profile::Clean));
    for (biography, snapshot) in &all.0 {
        let person = &biography.person;
        assert_eq!(snapshot.first, person.first);
        assert_eq!(snapshot.last, person.surname());
        assert_eq!(snapshot.dob, Some(person.born));
        assert_eq!(snapshot.suffix, person.suffix);
        assert!(snapshot.ssn.is_none_or(|ssn| ssn == person.ssn));
        assert!(person.middle.starts_with(&snapshot.middle));
    }
    near(all.permille(|_, snapshot| snapshot.ssn.is_none()), 300);
}

#[test]
fn dirty_and_very_dirty_have_their_rates() {
    for kind in [Profile::Dirty, Profile::VeryDirty] {
        let (all, rates) = (Measured::new(profile(kind)), Rates::of(kind));
        near(all.permille(|_, s| s.ssn.is_none()), rates.ssn_missing);
        near(all.permille(|_, s| s.phone.is_none()), rates.phone_missing);
        near(all.permille(|_, s| s.dob.is_none()), rates.dob_missing + rates.unidentified);
        let january = |person: &Biography, s: &Snapshot| {
            wrong_date(person, s)
                .is_some_and(|(born, taken)| taken == Day::new(born.civil().0, 1, 1))
        };
        near(all.permille(january), rates.dob_january);
        let swappable = |biography: &Biography| {
            let (_, month, day) = biography.person.born.civil();
            day <= 12 && day != month
        };
        near(all.permille_of(swappable, swapped), rates.dob_swap);
        let typo = |p: &Biography, s: &Snapshot| {
            wrong_date(p, s).is_some() && !january(p, s) && !swapped(p, s)
        };
        near(all.permille(typo), rates.dob_typo);
        let plain = |person: &Biography| {
            person.person.last_second.is_none() && person.person.last_former.is_none()
        };
        let both_wrong = |p: &Biography, s: &Snapshot| {
            s.first != p.person.first && s.last == p.person.first && s.first == p.person.last
        };
        let share = all.permille_of(plain, both_wrong);
        // Swapped whole; some of the swapped have a further error, Vietnamese are swapped more often.
        let wanted = f64::from(rates.name_swap);
        assert!((0.6 * wanted..1.4 * wanted).contains(&share), "{share} of {wanted}");
        let first_wrong = all.permille(|p, s| s.first != p.person.first);
        let sum = f64::from(rates.first_typo + rates.name_swap + rates.nickname / 2);
        assert!((0.8 * sum..1.9 * sum).contains(&first_wrong), "{first_wrong} of about {sum}");
    }
}

#[test]
fn very_dirty_is_about_twice_as_dirty() {
    let wrong = |all: &Measured| all.permille(|p, s| s.last != p.person.surname());
    let dirty = wrong(&Measured::new(profile(Profile::Dirty)));
    let very = wrong(&Measured::new(profile(Profile::VeryDirty)));
    assert!((1.4..2.6).contains(&(very / dirty)), "{dirty} {very}");
}

#[test]
fn differential_quality_favours_clients_and_only_when_asked_for() {
    for (differential, low, high) in [(false, 0.88, 1.14), (true, 1.9, 3.4)] {
        let all = Measured::new(Config { differential, ..profile(Profile::Dirty) });
        let wrong = |arm: Arm| {
            all.permille_of(
                |person| person.person.arm == arm,
                |p, s| s.last != p.person.surname() || s.dob != Some(p.person.born),
            )
        };
        let ratio = wrong(Arm::Comparison) / wrong(Arm::Lead);
        assert!((low..high).contains(&ratio), "differential {differential}: {ratio}");
    }
}

#[test]
fn missing_dates_of_birth_can_be_set() {
    let config = Config { dob_missing_permille: Some(200), ..profile(Profile::Dirty) };
    near(Measured::new(config).permille(|_, s| s.dob.is_none()), 201);
    let config = Config { dob_missing_permille: Some(1000), ..profile(Profile::Clean) };
    near(Measured::new(config).permille(|_, s| s.dob.is_some()), 0);
}
