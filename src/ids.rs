//! Ids of what the unit keeps: 128 random bits each, with a prefix that says of what. Mixing two kinds does not compile.
//!
//! ```compile_fail
//! use tallystick::ids::{AccountId, AgencyId};
//! fn of(_: AccountId) {}
//! of(AgencyId::random().unwrap());
//! ```

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

/// The system gives no random numbers.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the system's random number generator does not answer")]
pub struct NoRandomness;

/// Random bytes from the system.
///
/// # Errors
/// [`NoRandomness`].
pub fn random_bytes<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0u8; N];
    getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}

/// Lower-case hex digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The bytes of exactly `2 * N` lower-case hex digits.
#[must_use]
pub fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N || digits.iter().any(u8::is_ascii_uppercase) {
        return None;
    }
    let mut bytes = [0u8; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |digit: u8| char::from(digit).to_digit(16);
        *byte = u8::try_from(digit(pair[0])? << 4 | digit(pair[1])?).ok()?;
    }
    Some(bytes)
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident, $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name([u8; 16]);

        impl $name {
            /// What its text begins with.
            pub const PREFIX: &str = $prefix;

            /// A new one.
            ///
            /// # Errors
            /// [`NoRandomness`].
            pub fn random() -> Result<Self, NoRandomness> {
                random_bytes().map(Self)
            }

            /// Its number.
            #[must_use]
            pub const fn to_bytes(self) -> [u8; 16] {
                self.0
            }

            /// The one with this number.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// Reads its text: the prefix and 32 lower-case hex digits.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                unhex(text.strip_prefix($prefix)?).map(Self)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!($prefix, "{}"), hex(&self.0))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }

        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(self.to_string().into())
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                Self::parse(value.as_str()?).ok_or(FromSqlError::InvalidType)
            }
        }
    )*};
}

ids! {
    /// A person's, or a program's, account.
    AccountId, "acc_";
    /// An agency that uploads.
    AgencyId, "agc_";
    /// A project: sources that are linked for a purpose.
    ProjectId, "prj_";
    /// An agreement.
    AgreementId, "agr_";
    /// A session of a browser.
    SessionId, "ses_";
    /// A token of a program.
    TokenId, "tok_";
    /// An upload that is on its way.
    UploadId, "upl_";
    /// A submission that an agency uploads.
    SubmissionId, "sub_";
    /// A sealed file of the store.
    SegmentId, "seg_";
    /// A linkage run.
    RunId, "run_";
    /// A backup.
    BackupId, "bak_";
    /// Rows that an agency took out.
    RetractionId, "ret_";
    /// A release of a run's result.
    ReleaseId, "rel_";
    /// A destruction of what was linked.
    DestructionId, "des_";
    /// Pairs that people judge.
    ReviewSetId, "rev_";
    /// A question to an agency about two of its records.
    LookupId, "lkp_";
    /// A person of a project, from run to run.
    PersonId, "per_";
    /// A wish of an evaluator that a release be changed.
    ChangeRequestId, "chg_";
    /// A request, for finding its lines in logs.
    RequestId, "req_";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        let id = RunId::random().unwrap();
        assert_eq!(RunId::parse(&id.to_string()), Some(id));
        assert_eq!(AccountId::parse(&id.to_string()), None);
        assert_eq!(RunId::parse(&id.to_string().to_uppercase()), None);
        assert_eq!(RunId::parse("run_00"), None);
    }

    #[test]
    fn hex_and_back() {
        assert_eq!(hex(&[0, 255, 16]), "00ff10");
        assert_eq!(unhex::<3>("00ff10"), Some([0, 255, 16]));
        assert_eq!(unhex::<3>("00fF10"), None);
        assert_eq!(unhex::<3>("00ff1"), None);
        assert_eq!(unhex::<1>("+1"), None);
    }
}
