//! What an agency took down about a person at some event, and which errors are in it.

use crate::date::Day;
use crate::names::{Group, Sex};

/// What struck a snapshot; a set of flags.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Errors(u32);

/// Kinds of errors, in the order of [`Errors::LABELS`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum ErrorKind {
    /// Error in the given name.
    FirstTypo,
    /// Error in the surname.
    LastTypo,
    /// Short form.
    Nickname,
    /// Other spelling or transliteration.
    Spelling,
    /// Given name and surname swapped.
    NameSwap,
    /// Former surname or alias.
    OtherName,
    /// Double surname not in full.
    Compound,
    /// FNU or LNU.
    Placeholder,
    /// DOE, JOHN.
    Unidentified,
    /// Wrong date of birth.
    DobTypo,
    /// Day and month swapped.
    DobSwap,
    /// First of January.
    DobJanuary,
    /// No date of birth.
    DobMissing,
    /// No social security number.
    SsnMissing,
    /// Wrong digit in it.
    SsnTypo,
    /// No telephone number.
    PhoneMissing,
    /// Address other than the newest.
    Moved,
    /// No address.
    AddressMissing,
    /// Error in the street.
    AddressTypo,
    /// Other person's CII.
    CiiWrong,
}

impl Errors {
    /// Names of the kinds, as in the truth file.
    pub const LABELS: [&str; 20] = [
        "first_typo",
        "last_typo",
        "nickname",
        "spelling",
        "name_swap",
        "other_name",
        "compound",
        "placeholder",
        "unidentified",
        "dob_typo",
        "dob_swap",
        "dob_january",
        "dob_missing",
        "ssn_missing",
        "ssn_typo",
        "phone_missing",
        "moved",
        "address_missing",
        "address_typo",
        "cii_wrong",
    ];

    /// Whether a kind of error is in the set.
    pub fn has(self, kind: ErrorKind) -> bool {
        self.0 >> kind as u8 & 1 == 1
    }

    /// Whether the kind at a place of [`Errors::LABELS`] is in the set.
    pub(crate) fn has_place(self, place: usize) -> bool {
        self.0 >> place & 1 == 1
    }

    /// Puts a kind of error into the set.
    pub(crate) fn add(&mut self, kind: ErrorKind) {
        self.0 |= 1 << kind as u8;
    }
}

/// Identifiers as one agency holds them; empty or `None` is missing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Snapshot {
    /// Given name.
    pub first: String,
    /// Middle name or initial.
    pub middle: String,
    /// Surname.
    pub last: String,
    /// Generation suffix.
    pub suffix: &'static str,
    /// Date of birth.
    pub dob: Option<Day>,
    /// Sex.
    pub sex: Option<Sex>,
    /// Ethnic group, as the agencies see it.
    pub race: Option<Group>,
    /// Social security number, nine digits.
    pub ssn: Option<u32>,
    /// Telephone number, ten digits.
    pub phone: Option<u64>,
    /// House number.
    pub house: Option<u32>,
    /// Street with direction and type, or what stands in its place (`TRANSIENT`).
    pub street: String,
    /// Flat, 0 if none.
    pub unit: u32,
    /// City.
    pub city: &'static str,
    /// Zip.
    pub zip: Option<u32>,
    /// Number of the person at this agency, from 0 to twice the persons less one.
    pub local: u64,
    /// Number of the person in the state's files.
    pub cii: u64,
    /// What is wrong.
    pub errors: Errors,
}

impl Snapshot {
    /// House number, street and flat in one field.
    pub fn address_line(&self) -> String {
        let mut line = match self.house {
            Some(house) => format!("{house} {}", self.street),
            None => self.street.clone(),
        };
        if self.unit > 0 {
            line.push_str(&format!(" APT {}", self.unit));
        }
        line
    }

    /// The last four digits of the social security number.
    pub fn ssn_last_four(&self) -> Option<u32> {
        self.ssn.map(|ssn| ssn % 10_000)
    }
}

impl Snapshot {
    /// Blanks what is not known of a person without papers who says nothing.
    pub(crate) fn make_unknown(&mut self) {
        self.errors = Errors::default();
        self.errors.add(ErrorKind::Unidentified);
        self.errors.add(ErrorKind::DobMissing);
        self.errors.add(ErrorKind::SsnMissing);
        self.errors.add(ErrorKind::PhoneMissing);
        self.errors.add(ErrorKind::AddressMissing);
        self.first = if self.sex == Some(Sex::Female) { "JANE" } else { "JOHN" }.to_owned();
        self.last = "DOE".to_owned();
        self.middle.clear();
        self.suffix = "";
        (self.dob, self.ssn, self.phone, self.house, self.zip) = (None, None, None, None, None);
        self.street.clear();
        self.unit = 0;
        self.city = "";
    }
}
