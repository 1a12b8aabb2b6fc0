//! Why an upload did not end with a receipt. No text of the service is shown but its codes.

use std::path::{Path, PathBuf};

use tallystick_wire::Rejection;

/// A failure of an upload.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The file is no submission.
    #[error("{}: {source}", path.display())]
    Submission {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Rejection,
    },
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Others may read the token.
    #[error("{}: others may read the token", path.display())]
    TokenMode {
        /// The file.
        path: PathBuf,
    },
    /// The file holds no token.
    #[error("{}: not a token", path.display())]
    TokenForm {
        /// The file.
        path: PathBuf,
    },
    /// The address is not one of a service.
    #[error("the address of the service is not of the form https://host:port")]
    Address,
    /// The file of trusted certificates holds none.
    #[error("{}: no certificate in PEM form", path.display())]
    Ca {
        /// The file.
        path: PathBuf,
    },
    /// The service's certificate is not trusted.
    #[error("the certificate of the service is not trusted")]
    Certificate,
    /// The connection broke again and again.
    #[error("the service could not be reached {attempts} times: {what}")]
    Unreachable {
        /// How often it was tried.
        attempts: u32,
        /// What was in the way.
        what: String,
    },
    /// The token is not, or no longer, good.
    #[error("the service does not know the token (problem {problem})")]
    TokenRefused {
        /// The service's code.
        problem: String,
    },
    /// The service refuses or fails.
    #[error("the service answered with problem {problem} (status {status})")]
    Problem {
        /// Status of the answer.
        status: u16,
        /// The service's code.
        problem: String,
    },
    /// The submission was refused and erased.
    #[error("the linkage unit refused the submission (reason {reason})")]
    Refused {
        /// The service's code.
        reason: String,
    },
    /// The unit has all of it and has not said yet what it thinks of it.
    #[error("the linkage unit has not taken the submission in yet")]
    Pending,
    /// The answer is not of the protocol.
    #[error("the answer of the service is not of the protocol: {what}")]
    Answer {
        /// What is missing or wrong.
        what: &'static str,
    },
    /// The receipt cannot be read.
    #[error("the receipt is not of its form")]
    ReceiptForm,
    /// The receipt is not signed by the key in it.
    #[error("the signature of the receipt is wrong")]
    ReceiptSignature,
    /// The receipt is signed by another key than the unit's.
    #[error("the receipt is signed by another key than --unit-key")]
    ReceiptKey,
    /// The receipt is of another file.
    #[error("the receipt is not of this file: {what} differs")]
    ReceiptDiffers {
        /// What.
        what: &'static str,
    },
    /// It was stopped.
    #[error("stopped")]
    Cancelled,
}

impl UploadError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        |source| Self::Io { path: path.to_owned(), source }
    }

    /// Whether the submission itself is at fault, so that sending it again would not help.
    #[must_use]
    pub fn is_of_submission(&self) -> bool {
        matches!(self, Self::Submission { .. } | Self::Refused { .. })
    }

    /// Stable code for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Submission { source, .. } => source.code(),
            Self::Io { .. } => "upload-io",
            Self::TokenMode { .. } => "token-mode",
            Self::TokenForm { .. } => "token-form",
            Self::Address => "service-address",
            Self::Ca { .. } => "service-ca",
            Self::Certificate => "service-certificate",
            Self::Unreachable { .. } => "service-unreachable",
            Self::TokenRefused { .. } => "token-refused",
            Self::Problem { .. } => "service-problem",
            Self::Refused { .. } => "submission-refused",
            Self::Pending => "outcome-pending",
            Self::Answer { .. } => "service-answer",
            Self::ReceiptForm => "receipt-form",
            Self::ReceiptSignature => "receipt-signature",
            Self::ReceiptKey => "receipt-key",
            Self::ReceiptDiffers { .. } => "receipt-differs",
            Self::Cancelled => "cancelled",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Submission { source, .. } => source.help(),
            Self::Io { .. } => "check the path, its rights and the space on the disk",
            Self::TokenMode { .. } => {
                "chmod 600 the file; if others have read it, revoke the token"
            }
            Self::TokenForm { .. } => {
                "the file holds one line that starts with tallystick_, as it was shown once"
            }
            Self::Address => "give it as https://host or https://host:port, without a path",
            Self::Ca { .. } => "ask the linkage unit for its certificate.pem",
            Self::Certificate => {
                "give the linkage unit's certificate with --ca, after comparing its fingerprint by telephone"
            }
            Self::Unreachable { .. } => "run the same command again: it goes on where it was",
            Self::TokenRefused { .. } => {
                "it may have ended or been revoked: make another, of role uploader"
            }
            Self::Problem { .. } => {
                "look the code up in docs/upload.md; the same command goes on where it was"
            }
            Self::Refused { .. } => {
                "look the reason up in docs/upload.md; nothing of the file was kept there"
            }
            Self::Pending => "run the same command later: it asks again and sends nothing twice",
            Self::Answer { .. } => {
                "check that the address is the linkage unit's, and that its version goes with this one"
            }
            Self::ReceiptForm | Self::ReceiptSignature | Self::ReceiptDiffers { .. } => {
                "tell the linkage unit; the submission does not count as delivered"
            }
            Self::ReceiptKey => {
                "compare the key with the linkage unit by telephone before anything else is sent"
            }
            Self::Cancelled => "run the same command again: it goes on where it was",
        }
    }
}
