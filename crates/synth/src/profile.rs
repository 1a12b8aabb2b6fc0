//! How often which error strikes one identifier snapshot.

/// Quality of the identifiers.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Profile {
    /// No errors; still households, twins, juniors, moves, missing values.
    Clean,
    /// Errors about as in administrative data.
    #[default]
    Dirty,
    /// Two to two and a half times as many.
    VeryDirty,
}

impl Profile {
    /// As written on the command line and in the truth file.
    pub fn label(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Dirty => "dirty",
            Self::VeryDirty => "very-dirty",
        }
    }
}

/// Chances in permille, per identifier snapshot unless the line says otherwise.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rates {
    /// Typing, scanning or hearing error in the given name.
    pub first_typo: u32,
    /// The same in the surname.
    pub last_typo: u32,
    /// Short form instead of the given name (if the name has one).
    pub nickname: u32,
    /// Other spelling of a name which has one (five times this for transliterated names).
    pub spelling: u32,
    /// Given name and surname swapped (four times this for Vietnamese names).
    pub name_swap: u32,
    /// Former surname or alias.
    pub other_name: u32,
    /// Double surname not written in full (if the person has one).
    pub compound: u32,
    /// Apostrophe, space or hyphen lost (if the name has one).
    pub punctuation: u32,
    /// Generation suffix left out (if the person has one).
    pub suffix_missing: u32,
    /// Middle name left out.
    pub middle_missing: u32,
    /// FNU or LNU in place of a name.
    pub placeholder: u32,
    /// DOE, JOHN with next to nothing else (justice sources only).
    pub unidentified: u32,
    /// Wrong digit, neighbour month, decade or transposition in the date of birth.
    pub dob_typo: u32,
    /// Day and month swapped (if that is a date and another one).
    pub dob_swap: u32,
    /// First of January of the right year.
    pub dob_january: u32,
    /// No date of birth.
    pub dob_missing: u32,
    /// No social security number.
    pub ssn_missing: u32,
    /// One digit of the social security number wrong.
    pub ssn_typo: u32,
    /// No telephone number.
    pub phone_missing: u32,
    /// An earlier telephone number.
    pub phone_old: u32,
    /// An earlier or later address.
    pub moved: u32,
    /// No address at all (housed people).
    pub address_missing: u32,
    /// Typing error in the street.
    pub address_typo: u32,
    /// Wrong digit in the zip.
    pub zip_typo: u32,
    /// Other sex.
    pub sex_wrong: u32,
    /// No sex.
    pub sex_missing: u32,
    /// Another person's CII number.
    pub cii_wrong: u32,
    /// A second local person number of the same person.
    pub local_second: u32,
}

/// Nothing wrong with what is written; some values are not known.
const CLEAN: Rates = Rates {
    first_typo: 0,
    last_typo: 0,
    nickname: 0,
    spelling: 0,
    name_swap: 0,
    other_name: 0,
    compound: 0,
    punctuation: 0,
    suffix_missing: 0,
    middle_missing: 200,
    placeholder: 0,
    unidentified: 0,
    dob_typo: 0,
    dob_swap: 0,
    dob_january: 0,
    dob_missing: 0,
    ssn_missing: 300,
    ssn_typo: 0,
    phone_missing: 300,
    phone_old: 100,
    moved: 150,
    address_missing: 30,
    address_typo: 0,
    zip_typo: 0,
    sex_wrong: 0,
    sex_missing: 0,
    cii_wrong: 0,
    local_second: 0,
};

const DIRTY: Rates = Rates {
    first_typo: 45,
    last_typo: 50,
    nickname: 80,
    spelling: 30,
    name_swap: 15,
    other_name: 50,
    compound: 550,
    punctuation: 400,
    suffix_missing: 400,
    middle_missing: 400,
    placeholder: 4,
    unidentified: 2,
    dob_typo: 30,
    dob_swap: 20,
    dob_january: 20,
    dob_missing: 15,
    ssn_missing: 500,
    ssn_typo: 15,
    phone_missing: 500,
    phone_old: 200,
    moved: 300,
    address_missing: 60,
    address_typo: 50,
    zip_typo: 15,
    sex_wrong: 5,
    sex_missing: 10,
    cii_wrong: 5,
    local_second: 40,
};

const VERY_DIRTY: Rates = Rates {
    first_typo: 105,
    last_typo: 115,
    nickname: 160,
    spelling: 70,
    name_swap: 35,
    other_name: 110,
    compound: 650,
    punctuation: 550,
    suffix_missing: 600,
    middle_missing: 550,
    placeholder: 10,
    unidentified: 5,
    dob_typo: 70,
    dob_swap: 45,
    dob_january: 45,
    dob_missing: 35,
    ssn_missing: 750,
    ssn_typo: 35,
    phone_missing: 650,
    phone_old: 350,
    moved: 500,
    address_missing: 120,
    address_typo: 110,
    zip_typo: 35,
    sex_wrong: 12,
    sex_missing: 25,
    cii_wrong: 12,
    local_second: 90,
};

impl Rates {
    /// The rates of a profile, the same for everybody.
    pub fn of(profile: Profile) -> Self {
        match profile {
            Profile::Clean => CLEAN,
            Profile::Dirty => DIRTY,
            Profile::VeryDirty => VERY_DIRTY,
        }
    }

    /// All rates times `permille / 1000`, at most 950 each.
    ///
    /// Moves are facts about people, not about record keeping, and stay as they are.
    pub fn scaled(self, permille: u32) -> Self {
        let scale = |rate: u32| (rate * permille / 1000).min(950);
        Self {
            first_typo: scale(self.first_typo),
            last_typo: scale(self.last_typo),
            nickname: scale(self.nickname),
            spelling: scale(self.spelling),
            name_swap: scale(self.name_swap),
            other_name: scale(self.other_name),
            compound: scale(self.compound),
            punctuation: scale(self.punctuation),
            suffix_missing: scale(self.suffix_missing),
            middle_missing: scale(self.middle_missing),
            placeholder: scale(self.placeholder),
            unidentified: scale(self.unidentified),
            dob_typo: scale(self.dob_typo),
            dob_swap: scale(self.dob_swap),
            dob_january: scale(self.dob_january),
            dob_missing: scale(self.dob_missing),
            ssn_missing: scale(self.ssn_missing),
            ssn_typo: scale(self.ssn_typo),
            phone_missing: scale(self.phone_missing),
            phone_old: scale(self.phone_old),
            moved: self.moved,
            address_missing: scale(self.address_missing),
            address_typo: scale(self.address_typo),
            zip_typo: scale(self.zip_typo),
            sex_wrong: scale(self.sex_wrong),
            sex_missing: scale(self.sex_missing),
            cii_wrong: scale(self.cii_wrong),
            local_second: scale(self.local_second),
        }
    }
}
