//! What stops a linkage run.

use std::path::{Path, PathBuf};

use tallystick_engine::EngineError;
use tallystick_linkage::cluster::ClusterError;
use tallystick_wire::content::ContentError;
use tallystick_wire::{Rejection, SourceLabel};

/// Why a run ended without a result. The output directory is left as it was.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// A submission is refused.
    #[error("{}: {rejection}", path.display())]
    Submission {
        /// The file.
        path: PathBuf,
        /// Why.
        rejection: Rejection,
    },
    /// The submissions do not go together.
    #[error(transparent)]
    Together(Rejection),
    /// A limit of the configuration is reached.
    #[error("{what}: {found} found, {limit} allowed by {name}")]
    Limit {
        /// What is limited.
        what: &'static str,
        /// How many there are.
        found: u64,
        /// How many are allowed.
        limit: u64,
        /// Name of the setting.
        name: &'static str,
    },
    /// A rule names a source that no submission has.
    #[error("a rule names a source that no submission has: {name}")]
    SourceUnknown {
        /// The name as given on the command line.
        name: String,
    },
    /// Rules for pairs of sources contradict each other.
    #[error("{what}")]
    Policy {
        /// How.
        what: &'static str,
    },
    /// What the run keeps of its passes cannot be written or read.
    #[error("what the run keeps of its passes cannot be written or read ({code})")]
    Kept {
        /// Stable code of the reason.
        code: &'static str,
    },
    /// The sources share no field or pass to link by.
    #[error("{first} and {second} share no blocking pass")]
    NothingShared {
        /// One source.
        first: SourceLabel,
        /// The other source.
        second: SourceLabel,
    },
    /// The output directory is not empty.
    #[error("{}: the directory is not empty", path.display())]
    OutputNotEmpty {
        /// The directory.
        path: PathBuf,
    },
    /// The clusters file would lie in the output directory.
    #[error("{}: lies in the output directory", path.display())]
    ClustersInOutput {
        /// The file.
        path: PathBuf,
    },
    /// Content cannot be opened with the release key.
    #[error("{source_label}: the content is not sealed to this release key, or is damaged")]
    ContentSealed {
        /// The source.
        source_label: SourceLabel,
    },
    /// A file of labels is wrong.
    #[error("{}, line {line}: {what}", path.display())]
    Labels {
        /// The file.
        path: PathBuf,
        /// Line from 1; 0 where unknown.
        line: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// A file of records to be left out is wrong.
    #[error("{}, line {line}: {what}", path.display())]
    LeftOut {
        /// The file.
        path: PathBuf,
        /// Line from 1; 0 where unknown.
        line: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// Opened content is not as it should be.
    #[error("{source_label}: {error}")]
    Content {
        /// The source.
        source_label: SourceLabel,
        /// What is wrong.
        error: ContentError,
    },
    /// The tables cannot be released.
    #[error(transparent)]
    Release(#[from] crate::release::ReleaseError),
    /// Clustering failed.
    #[error(transparent)]
    Cluster(ClusterError),
    /// The log of a service cannot be written to; nothing was exported.
    #[error(transparent)]
    Log(crate::store::StoreError),
    /// An export cannot be made, or an engine's result not be taken.
    #[error(transparent)]
    Engine(EngineError),
    /// The work was cancelled.
    #[error("cancelled; nothing was written")]
    Cancelled,
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

impl From<ClusterError> for LinkError {
    fn from(error: ClusterError) -> Self {
        match error {
            ClusterError::Cancelled => Self::Cancelled,
            error => Self::Cluster(error),
        }
    }
}

impl From<EngineError> for LinkError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Cancelled => Self::Cancelled,
            EngineError::Submission(rejection) => Self::Together(rejection),
            EngineError::Io { path, source } => Self::Io { path, source },
            error => Self::Engine(error),
        }
    }
}

impl LinkError {
    pub(super) fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }

    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Submission { rejection, .. } | Self::Together(rejection) => rejection.code(),
            Self::Limit { .. } => "limit-reached",
            Self::SourceUnknown { .. } => "source-unknown",
            Self::Policy { .. } => "policy-contradiction",
            Self::Kept { code } => code,
            Self::NothingShared { .. } => "submissions-nothing-shared",
            Self::OutputNotEmpty { .. } => "output-not-empty",
            Self::ClustersInOutput { .. } => "clusters-in-output",
            Self::ContentSealed { .. } => "content-sealed",
            Self::Labels { .. } => "labels-invalid",
            Self::LeftOut { .. } => "left-out-invalid",
            Self::Content { .. } => "content-invalid",
            Self::Release(error) => error.code(),
            Self::Cluster(_) => "clustering",
            Self::Log(error) => error.code(),
            Self::Engine(error) => error.code(),
            Self::Cancelled => "cancelled",
            Self::Io { .. } => "io",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Submission { rejection, .. } | Self::Together(rejection) => {
                rejection.help().to_owned()
            }
            Self::Limit { name, .. } => {
                format!("raise {name} in a file given with --config, if the machine allows it")
            }
            Self::SourceUnknown { .. } => {
                "give the source names of the mappings; on the command line SOURCE:SOURCE".into()
            }
            Self::Policy { .. } => "give each pair of sources one rule".into(),
            Self::Kept { .. } => "see to the disk of the data directory and ask again".into(),
            Self::NothingShared { .. } => {
                "both need names, and one of birth date, address, postal code, city, phone, SSN or \
                 a common attribute"
                    .into()
            }
            Self::OutputNotEmpty { .. } => "give a new directory; results are never mixed".into(),
            Self::ClustersInOutput { .. } => {
                "the clusters file is for the holders of handles only; put it elsewhere".into()
            }
            Self::ContentSealed { .. } => {
                "the agency seals content to the recipient in its key file; compare it with \
                 `tallystick keys check`"
                    .into()
            }
            Self::Labels { .. } => {
                "write source,handle,person with the handles of the agencies' handles files".into()
            }
            Self::LeftOut { .. } => {
                "write source,handle with the handles of the agencies' handles files; drop those of records that \
                 these submissions no longer have"
                    .into()
            }
            Self::Content { .. } => "ask the agency to encode its export again".into(),
            Self::Release(error) => error.help().to_string(),
            Self::Cluster(_) => "see [clustering] in config/default.toml".into(),
            Self::Log(error) => error.help().into(),
            Self::Engine(EngineError::Sealed) => {
                "give --unsealed if the place of the export is as guarded as the unit itself".into()
            }
            Self::Engine(error) => error.help().into(),
            Self::Cancelled => "run the same command again to start over".into(),
            Self::Io { .. } => "check the path, its rights and the space on the disk".into(),
        }
    }
}
