//! Roles, and which of them one account may hold.

use super::AccountError;

/// What an account is for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Role {
    /// Uploads for one agency.
    Uploader,
    /// Runs the linkage.
    Operator,
    /// Prepares releases.
    Preparer,
    /// Approves releases that another prepared.
    Approver,
    /// Downloads releases of certain projects.
    Evaluator,
    /// Records agreements, reads the log and approvals.
    Compliance,
    /// Makes and ends accounts, agencies, projects.
    Administrator,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 7] = [
        Self::Uploader,
        Self::Operator,
        Self::Preparer,
        Self::Approver,
        Self::Evaluator,
        Self::Compliance,
        Self::Administrator,
    ];

    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Uploader => "uploader",
            Self::Operator => "operator",
            Self::Preparer => "preparer",
            Self::Approver => "approver",
            Self::Evaluator => "evaluator",
            Self::Compliance => "compliance",
            Self::Administrator => "administrator",
        }
    }

    /// The role with this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// Roles of one account; never two that are kept apart.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Roles(u8);

impl Roles {
    /// These roles.
    ///
    /// # Errors
    /// [`AccountError::DutiesApart`] for two of uploader, operator, approver and evaluator, or for an uploader with
    /// any other role; [`AccountError::NoRole`] for none.
    pub fn new(roles: impl IntoIterator<Item = Role>) -> Result<Self, AccountError> {
        let held = Self(roles.into_iter().fold(0, |bits, role| bits | role.bit()));
        let apart = [Role::Uploader, Role::Operator, Role::Approver, Role::Evaluator];
        let several = apart.into_iter().filter(|role| held.holds(*role)).count() > 1;
        if several || (held.holds(Role::Uploader) && held.0 != Role::Uploader.bit()) {
            return Err(AccountError::DutiesApart);
        }
        if held.0 == 0 { Err(AccountError::NoRole) } else { Ok(held) }
    }

    /// Whether it is one of them.
    #[must_use]
    pub const fn holds(self, role: Role) -> bool {
        self.0 & role.bit() != 0
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |role| self.holds(*role))
    }

    /// Only this one of them; none if it is not held.
    #[must_use]
    pub const fn only(self, role: Role) -> Self {
        Self(self.0 & role.bit())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duties_are_kept_apart() {
        for first in Role::ALL {
            assert_eq!(Role::parse(first.as_str()), Some(first));
            for second in Role::ALL {
                let apart = first != second
                    && ([first, second].contains(&Role::Uploader)
                        || [first, second].iter().all(|role| {
                            matches!(role, Role::Operator | Role::Approver | Role::Evaluator)
                        }));
                assert_eq!(Roles::new([first, second]).is_err(), apart, "{first:?} {second:?}");
            }
        }
        assert!(Roles::new([]).is_err());
    }
}
