//! Why there is no answer, or what the service refused.

use std::borrow::Cow;
use std::path::PathBuf;

/// What stopped a command.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// A file cannot be used.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Others may read a file with a secret.
    #[error("{}: others may read it", path.display())]
    SecretMode {
        /// Which.
        path: PathBuf,
    },
    /// A file has no token or session.
    #[error("{}: neither a token nor a session", path.display())]
    SecretForm {
        /// Which.
        path: PathBuf,
    },
    /// Neither token nor session was given.
    #[error("nobody says who asks")]
    NoSecret,
    /// The address is none of a service.
    #[error("the address is not https://HOST or https://HOST:PORT")]
    Address,
    /// A file has no certificate.
    #[error("{}: no certificate", path.display())]
    Ca {
        /// Which.
        path: PathBuf,
    },
    /// The service shows a certificate that is not trusted.
    #[error("the service's certificate is not trusted")]
    Certificate,
    /// Nothing came back.
    #[error("the service does not answer: {0}")]
    Unreachable(String),
    /// A value is not of its form.
    #[error("{what}: {expected}")]
    Value {
        /// Name of the option.
        what: &'static str,
        /// Its form.
        expected: &'static str,
    },
    /// What came back is not of the form it should have.
    #[error("the answer is none of this service's")]
    Answer,
    /// The service refuses.
    #[error("{title} (HTTP status {status})")]
    Problem {
        /// Status of the answer.
        status: u16,
        /// Stable code.
        code: String,
        /// For people.
        title: String,
        /// For people.
        help: String,
    },
}

impl AdminError {
    /// Stable code for machines; that of the service, if the service refused.
    #[must_use]
    pub fn code(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Io { .. } => "admin-io",
            Self::SecretMode { .. } => "token-mode",
            Self::SecretForm { .. } => "token-form",
            Self::NoSecret => "token-missing",
            Self::Address => "service-address",
            Self::Ca { .. } => "service-ca",
            Self::Certificate => "service-certificate",
            Self::Unreachable(_) => "service-unreachable",
            Self::Value { .. } => "admin-value",
            Self::Answer => "service-answer",
            Self::Problem { code, .. } => return Cow::Owned(code.clone()),
        })
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Io { .. } => "check the path",
            Self::SecretMode { .. } => {
                "chmod 600; if others may have read it, end the token and make another"
            }
            Self::SecretForm { .. } => {
                "a token file has the token that was shown once; sign-in writes a session file"
            }
            Self::NoSecret => "give --token-file or --session-file, or set TALLYSTICK_TOKEN",
            Self::Address => "write it as the service prints it when it starts",
            Self::Ca { .. } => "give the certificate, or that of who signed it, as PEM",
            Self::Certificate => "give --ca FILE if the service's certificate is one of your own",
            Self::Unreachable(_) => "check address and network; is the service running?",
            Self::Value { .. } => "see --help of the command",
            Self::Answer => "is this the address of a tallystick service?",
            Self::Problem { help, .. } => return Cow::Owned(help.clone()),
        })
    }
}
