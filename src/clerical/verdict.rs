//! What a person may say of a pair. No free text: it could hold a value.

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$one:meta])* $variant:ident = $text:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum $name {
            $($(#[$one])* $variant,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The stable name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The one with this name.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == text)
            }
        }
    )*};
}

words! {
    /// What a pair is.
    Verdict {
        /// Of one person.
        Same = "same",
        /// Of two persons.
        Different = "different",
        /// There is too little to tell.
        CannotTell = "cannot-tell",
    }

    /// Why, if a reviewer says so.
    Reason {
        /// The names speak for it.
        Names = "names",
        /// Date or year of birth does.
        Birth = "birth",
        /// A number does.
        Numbers = "numbers",
        /// Address, telephone or place does.
        Place = "place",
        /// They look like relatives, or like twins.
        Relatives = "relatives",
        /// They look like two people of one name.
        Namesakes = "namesakes",
        /// Too much is missing.
        TooLittle = "too-little",
    }

    /// What an agency found among its own records.
    Answer {
        /// They are of one person.
        Same = "same",
        /// They are of two persons.
        Different = "different",
        /// It cannot be told.
        CannotTell = "cannot-tell",
        /// A handle is not in its list.
        Unknown = "handle-unknown",
    }

    /// How a pair came to its verdict.
    Closed {
        /// Two reviewers said the same.
        Agreement = "agreement",
        /// They differed, and a third decided.
        Adjudication = "adjudication",
        /// The agency whose records they are looked.
        Agency = "agency",
    }
}

impl Answer {
    /// The verdict that takes the place of the reviewers', if it is one.
    #[must_use]
    pub const fn verdict(self) -> Option<Verdict> {
        match self {
            Self::Same => Some(Verdict::Same),
            Self::Different => Some(Verdict::Different),
            Self::CannotTell | Self::Unknown => None,
        }
    }
}
