//! Offences and the charges made of them.

use crate::random::Stream;

/// Offences: statute and what the police call it.
const FELONIES: [(&str, &str); 8] = [
    ("HS 11351", "POSSESS NARC CONTROLLED SUB FOR SALE"),
    ("HS 11352(A)", "TRANSPORT/SELL NARC CONTROLLED SUB"),
    ("HS 11378", "POSSESS CONTROLLED SUB FOR SALE"),
    ("PC 459", "BURGLARY, 2ND DEGREE"),
    ("PC 487(A)", "GRAND THEFT"),
    ("PC 211", "ROBBERY"),
    ("PC 245(A)(1)", "ASSAULT W/ DEADLY WEAPON, NOT F/ARM"),
    ("VC 10851(A)", "TAKE VEH W/O OWNER'S CONSENT"),
];
/// Misdemeanours.
const MISDEMEANOURS: [(&str, &str); 10] = [
    ("HS 11350(A)", "POSSESS NARC CONTROLLED SUB"),
    ("HS 11364(A)", "POSSESS DRUG PARAPHERNALIA"),
    ("HS 11377(A)", "POSSESS CONTROLLED SUB"),
    ("HS 11550(A)", "UNDER INFLUENCE CONTROLLED SUB"),
    ("PC 647(B)", "PROSTITUTION"),
    ("PC 647(F)", "DRUNK IN PUBLIC"),
    ("PC 602(M)", "TRESPASS, OCCUPY PROPERTY"),
    ("PC 484(A)", "PETTY THEFT"),
    ("PC 148(A)(1)", "RESIST/OBSTRUCT \"PEACE\" OFFICER"),
    ("PC 242", "BATTERY"),
];
/// The part of each list that the programme takes.
const ELIGIBLE_FELONIES: usize = 3;
const ELIGIBLE_MISDEMEANOURS: usize = 5;

/// A charge as booked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Charge {
    /// Felony or misdemeanour.
    pub felony: bool,
    /// Position in the list of felonies or misdemeanours.
    offence: usize,
    /// Number of counts.
    pub counts: u32,
}

impl Charge {
    /// Statute, for instance `HS 11350(A)`.
    pub fn statute(&self) -> &'static str {
        self.entry().0
    }

    /// The police's words for it.
    pub fn description(&self) -> &'static str {
        self.entry().1
    }

    /// `F` or `M`.
    pub fn severity(&self) -> &'static str {
        if self.felony { "F" } else { "M" }
    }

    fn entry(&self) -> (&'static str, &'static str) {
        if self.felony { FELONIES[self.offence] } else { MISDEMEANOURS[self.offence] }
    }
}

/// Which offences an arrest may be for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Offences {
    /// Any.
    Any,
    /// The first charge is one that the programme takes.
    FirstEligible,
    /// No charge is one that the programme takes.
    NoneEligible,
}

/// Charges of one arrest; the first decides its severity.
pub(crate) fn charges(felony: bool, offences: Offences, stream: &mut Stream) -> Vec<Charge> {
    let count = 1 + stream.weighted(&[620, 270, 110]);
    let mut charges = Vec::with_capacity(count);
    for place in 0..count {
        let felony = felony && (place == 0 || stream.permille(250));
        let (eligible, all) = match felony {
            true => (ELIGIBLE_FELONIES, FELONIES.len()),
            false => (ELIGIBLE_MISDEMEANOURS, MISDEMEANOURS.len()),
        };
        let (first, end) = match offences {
            Offences::FirstEligible if place == 0 => (0, eligible),
            Offences::NoneEligible => (eligible, all),
            Offences::Any | Offences::FirstEligible => (0, all),
        };
        let counts = 1 + stream.weighted_number(&[900, 80, 20]);
        charges.push(Charge { felony, offence: first + stream.index(end - first), counts });
    }
    charges
}
