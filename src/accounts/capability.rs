//! Who asks, and what may be asked of the unit because of it.

use std::net::IpAddr;

use super::{AccountError, Role, Roles};
use crate::audit::Actor;
use crate::ids::{AccountId, AgencyId, ProjectId, SessionId, TokenId};

/// Who asks: an account, by a session or a token.
#[derive(Clone, Debug)]
pub struct Principal {
    pub(super) account: AccountId,
    pub(super) name: String,
    pub(super) roles: Roles,
    pub(super) agency: Option<AgencyId>,
    pub(super) projects: Vec<ProjectId>,
    pub(super) session: Option<SessionId>,
    pub(super) token: Option<TokenId>,
    pub(super) address: Option<IpAddr>,
}

impl Principal {
    /// Whose account.
    #[must_use]
    pub const fn account(&self) -> AccountId {
        self.account
    }

    /// Its log-in name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it may be, here and now.
    #[must_use]
    pub const fn roles(&self) -> Roles {
        self.roles
    }

    /// The agency of an uploader.
    #[must_use]
    pub const fn agency(&self) -> Option<AgencyId> {
        self.agency
    }

    /// The session, if a browser asks.
    #[must_use]
    pub const fn session(&self) -> Option<SessionId> {
        self.session
    }

    /// The token, if a program asks.
    #[must_use]
    pub const fn token(&self) -> Option<TokenId> {
        self.token
    }

    /// From which address.
    #[must_use]
    pub const fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// How the log names it. Outside of a capability the first of its roles stands.
    #[must_use]
    pub fn actor(&self) -> Actor {
        self.actor_as(self.roles.iter().next().map_or("", Role::as_str))
    }

    const fn actor_as(&self, role: &'static str) -> Actor {
        Actor::Account { account: self.account, role, agency: self.agency, session: self.session }
    }

    fn has(&self, role: Role) -> Result<Self, AccountError> {
        if self.roles.holds(role) { Ok(self.clone()) } else { Err(AccountError::NotAllowed) }
    }
}

macro_rules! capabilities {
    ($($(#[$doc:meta])* $name:ident of $role:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name(Principal);

        impl $name {
            /// The capability, if the role is held.
            ///
            /// # Errors
            /// [`AccountError::NotAllowed`].
            pub fn of(principal: &Principal) -> Result<Self, AccountError> {
                principal.has(Role::$role).map(Self)
            }

            /// Who holds it.
            #[must_use]
            pub const fn principal(&self) -> &Principal {
                &self.0
            }

            /// How the log names its holder.
            #[must_use]
            pub const fn actor(&self) -> Actor {
                self.0.actor_as(Role::$role.as_str())
            }
        }
    )*};
}

capabilities! {
    /// Runs the linkage; sees counts and quality, no content, no release.
    Operator of Operator;
    /// Prepares releases.
    Preparer of Preparer;
    /// Approves what another prepared.
    Approver of Approver;
    /// Reads the log, records agreements.
    Compliance of Compliance;
    /// Keeps accounts, agencies and projects.
    Administrator of Administrator;
}

/// Reads agreements: of compliance, which records them, and of operators, who work under them.
#[derive(Clone, Debug)]
pub struct AgreementReader(Principal, Role);

impl AgreementReader {
    /// The roles that have it.
    pub const ROLES: [Role; 2] = [Role::Compliance, Role::Operator];

    /// The capability, if one of the roles is held.
    ///
    /// # Errors
    /// [`AccountError::NotAllowed`].
    pub fn of(principal: &Principal) -> Result<Self, AccountError> {
        let held = Self::ROLES.into_iter().find(|role| principal.roles.holds(*role));
        let role = held.ok_or(AccountError::NotAllowed)?;
        Ok(Self(principal.has(role)?, role))
    }

    /// Who holds it.
    #[must_use]
    pub const fn principal(&self) -> &Principal {
        &self.0
    }

    /// How the log names its holder.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        self.0.actor_as(self.1.as_str())
    }
}

/// Uploads for one agency, and can name no other.
#[derive(Clone, Debug)]
pub struct Uploader(Principal, AgencyId);

impl Uploader {
    /// The capability, if the role is held.
    ///
    /// # Errors
    /// [`AccountError::NotAllowed`].
    pub fn of(principal: &Principal) -> Result<Self, AccountError> {
        let principal = principal.has(Role::Uploader)?;
        let agency = principal.agency.ok_or(AccountError::NotAllowed)?;
        Ok(Self(principal, agency))
    }

    /// Its agency.
    #[must_use]
    pub const fn agency(&self) -> AgencyId {
        self.1
    }

    /// Who holds it.
    #[must_use]
    pub const fn principal(&self) -> &Principal {
        &self.0
    }

    /// How the log names its holder.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        self.0.actor_as(Role::Uploader.as_str())
    }
}

/// Reads records of runs: whoever runs them, and whoever oversees.
#[derive(Clone, Debug)]
pub struct RunReader(Principal, Role);

impl RunReader {
    /// The capability, if one of the roles is held.
    ///
    /// # Errors
    /// [`AccountError::NotAllowed`].
    pub fn of(principal: &Principal) -> Result<Self, AccountError> {
        let with = |role| principal.has(role).map(|principal| Self(principal, role));
        with(Role::Operator).or_else(|_| with(Role::Compliance))
    }

    /// Who holds it.
    #[must_use]
    pub const fn principal(&self) -> &Principal {
        &self.0
    }

    /// How the log names its holder.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        self.0.actor_as(self.1.as_str())
    }
}

/// Reads releases: whoever makes, approves and oversees them, and evaluators those of their projects.
#[derive(Clone, Debug)]
pub struct ReleaseReader(Principal, Role);

impl ReleaseReader {
    /// The roles that have it.
    pub const ROLES: [Role; 4] =
        [Role::Preparer, Role::Approver, Role::Compliance, Role::Evaluator];

    /// The capability, if one of the roles is held.
    ///
    /// # Errors
    /// [`AccountError::NotAllowed`].
    pub fn of(principal: &Principal) -> Result<Self, AccountError> {
        let held = Self::ROLES.into_iter().find(|role| principal.roles.holds(*role));
        let role = held.ok_or(AccountError::NotAllowed)?;
        Ok(Self(principal.has(role)?, role))
    }

    /// The projects whose finished releases it can name; all of all projects if `None`.
    #[must_use]
    pub fn projects(&self) -> Option<&[ProjectId]> {
        (self.1 == Role::Evaluator).then_some(self.0.projects.as_slice())
    }

    /// Who holds it.
    #[must_use]
    pub const fn principal(&self) -> &Principal {
        &self.0
    }

    /// How the log names its holder.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        self.0.actor_as(self.1.as_str())
    }
}

/// Downloads releases of certain projects, and can name no other.
#[derive(Clone, Debug)]
pub struct Evaluator(Principal);

impl Evaluator {
    /// The capability, if the role is held.
    ///
    /// # Errors
    /// [`AccountError::NotAllowed`].
    pub fn of(principal: &Principal) -> Result<Self, AccountError> {
        principal.has(Role::Evaluator).map(Self)
    }

    /// Its projects.
    #[must_use]
    pub fn projects(&self) -> &[ProjectId] {
        &self.0.projects
    }

    /// Who holds it.
    #[must_use]
    pub const fn principal(&self) -> &Principal {
        &self.0
    }

    /// How the log names its holder.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        self.0.actor_as(Role::Evaluator.as_str())
    }
}
