//! Settings of the linkage unit. `config/default.toml` is built in and is the default.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use tallystick_linkage::cluster::{ClusterConfig, ClusterError};

use crate::accounts::AccountLimits;
use crate::agreements::AgreementLimits;
use crate::clerical::ClericalLimits;
use crate::intake::{IntakeLimits, Retention};
use crate::link::IMPUTED_MAX;
use crate::release::desk::DeskLimits;
use crate::runs::RunLimits;

/// The shipped defaults.
pub const DEFAULT: &str = include_str!("../config/default.toml");

/// All settings.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Upper bounds.
    pub limits: Limits,
    /// The service.
    pub service: Service,
    /// Accounts, sessions and tokens.
    pub accounts: AccountLimits,
    /// The log.
    pub audit: Audit,
    /// Agreements.
    pub agreements: AgreementLimits,
    /// Uploads and submissions.
    pub intake: IntakeLimits,
    /// How long things are kept.
    pub retention: Retention,
    /// What the service keeps.
    pub store: StoreSettings,
    /// Runs.
    pub runs: RunLimits,
    /// Clerical review.
    pub clerical: ClericalLimits,
    /// Releases.
    pub release: DeskLimits,
    /// Blocking.
    pub blocking: Blocking,
    /// Clustering.
    pub clustering: Clustering,
}

/// Upper bounds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Submissions in one run.
    pub sources_max: usize,
    /// Bytes of one submission.
    pub submission_bytes_max: u64,
    /// Records of all submissions.
    pub records_max: u64,
    /// Content rows of all submissions.
    pub content_rows_max: u64,
}

/// What the service keeps; see `config/default.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreSettings {
    /// Directory for backups of the running service; empty if there is none.
    pub backup_directory: PathBuf,
}

/// The service; see `config/default.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// What links begin with; see [`Service::url`].
    pub public_url: String,
    /// Whom people ask about privacy; nobody is named if empty.
    pub privacy_contact: String,
    /// File with the certificate; empty if there is none.
    pub certificate: PathBuf,
    /// File with its private key.
    pub certificate_key: PathBuf,
    /// Make a certificate on first start.
    pub certificate_self_signed: bool,
    /// Believe `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// Bytes of a request that is no upload.
    pub request_bytes_max: usize,
    /// Seconds for the head of a request.
    pub request_head_seconds: u64,
    /// Seconds in which the next bytes of a body must come.
    pub body_pause_seconds: u64,
    /// Seconds for a request that is no upload.
    pub answer_seconds: u64,
    /// Connections of a worker.
    pub connections_max: usize,
    /// Threads that serve; 0 for one each core.
    pub workers: usize,
    /// Seconds for ending requests.
    pub shutdown_seconds: u64,
    /// Hours for which an answer to a request with a key is kept.
    pub repeat_hours: i64,
    /// Log-ons a minute from one address.
    pub sign_ins_per_minute: NonZeroU32,
}

impl Service {
    /// What links to the service begin with, without a slash at the end.
    #[must_use]
    pub fn url(&self, listening: SocketAddr) -> String {
        if self.public_url.is_empty() {
            format!("https://{listening}")
        } else {
            self.public_url.trim_end_matches('/').to_owned()
        }
    }
}

/// The log; see `config/default.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    /// Entries between two checkpoints.
    pub checkpoint_entries: u64,
    /// Entries of one answer.
    pub entries_max: u32,
    /// Check the whole log before the service starts.
    pub verify_at_start: bool,
}

/// Blocking.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blocking {
    /// Rows of one block over all sources.
    pub block_records_max: usize,
    /// Rows of one block of a wide pass over all sources.
    pub wide_block_records_max: usize,
}

/// Clustering; see [`ClusterConfig`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clustering {
    clip_mbit: i32,
    absent_mbit: i32,
    main_stop_mbit: i32,
    strict_stop_mbit: i32,
    loose_stop_mbit: i32,
    component_records_max: u32,
    review_cluster_records_min: u32,
    conflict_mbit: i32,
    /// Linkages drawn besides the one that is found.
    pub imputed_linkages: u32,
}

impl From<&Clustering> for ClusterConfig {
    fn from(config: &Clustering) -> Self {
        Self {
            clip_mbit: config.clip_mbit,
            absent_mbit: config.absent_mbit,
            main_stop_mbit: config.main_stop_mbit,
            strict_stop_mbit: config.strict_stop_mbit,
            loose_stop_mbit: config.loose_stop_mbit,
            component_records_max: config.component_records_max,
            review_cluster_records_min: config.review_cluster_records_min,
            conflict_mbit: config.conflict_mbit,
        }
    }
}

/// A configuration that is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Cannot be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Not TOML, an unknown key, or a value of the wrong kind.
    #[error("{}, line {line}: {message}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Line from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// Settings contradict each other.
    #[error(transparent)]
    Clustering(#[from] ClusterError),
}

impl ConfigError {
    /// Stable code for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "config-io",
            Self::Invalid { .. } => "config-invalid",
            Self::Clustering(_) => "config-contradiction",
        }
    }

    /// What to do about it.
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Io { .. } => "check the path given with --config",
            Self::Invalid { .. } | Self::Clustering(_) => {
                "config/default.toml shows every key with its unit and default"
            }
        }
    }
}

impl Config {
    /// The shipped defaults, overlaid with the values of a file, if one is given.
    pub fn load(path: Option<&Path>) -> Result<Self, ConfigError> {
        let mut merged: toml::Table = DEFAULT.parse().expect("the shipped defaults are TOML");
        let mut text = String::new();
        if let Some(path) = path {
            let io = |source| ConfigError::Io { path: path.to_owned(), source };
            text = std::fs::read_to_string(path).map_err(io)?;
            let overlay: toml::Table =
                text.parse().map_err(|error| invalid(path, &text, &error))?;
            check_keys(&merged, path, &text)?;
            overlay_table(&mut merged, overlay);
        }
        let path = path.unwrap_or_else(|| Path::new("config/default.toml"));
        let config: Self = merged.try_into().map_err(|error| invalid(path, &text, &error))?;
        ClusterConfig::from(&config.clustering).check()?;
        if config.clustering.imputed_linkages > IMPUTED_MAX {
            return Err(ClusterError::Setting { name: "imputed_linkages" }.into());
        }
        Ok(config)
    }

    /// SHA-256 over all settings that decide the result.
    pub fn settings_hash(&self) -> tallystick_wire::Digest {
        let text = format!("{:?}{:?}", self.blocking, self.clustering);
        tallystick_wire::Digest(Sha256::digest(text).into())
    }
}

/// Refuses the first entry of a file that the defaults do not have or have of another kind. Done
/// here, because an error of the merged table no longer knows the line.
fn check_keys(defaults: &toml::Table, path: &Path, text: &str) -> Result<(), ConfigError> {
    let file = toml::de::DeTable::parse(text).map_err(|error| invalid(path, text, &error))?;
    let refuse = |span: Range<usize>, message: String| {
        Err(ConfigError::Invalid {
            path: path.to_owned(),
            line: line_of(text, span.start),
            message,
        })
    };
    for (section, entries) in file.get_ref() {
        let Some(toml::Value::Table(known)) = defaults.get(section.get_ref().as_ref()) else {
            let names: Vec<&str> = defaults.keys().map(String::as_str).collect();
            return refuse(section.span(), unknown("section", section.get_ref(), &names));
        };
        let Some(entries_table) = entries.get_ref().as_table() else {
            return refuse(entries.span(), format!("[{}] is a section", section.get_ref()));
        };
        for (key, value) in entries_table {
            let Some(default) = known.get(key.get_ref().as_ref()) else {
                let names: Vec<&str> = known.keys().map(String::as_str).collect();
                return refuse(key.span(), unknown("key", key.get_ref(), &names));
            };
            let is_same = match default {
                toml::Value::Integer(_) => value.get_ref().is_integer(),
                toml::Value::Boolean(_) => value.get_ref().as_bool().is_some(),
                _ => value.get_ref().is_str(),
            };
            if !is_same {
                let kind = match default {
                    toml::Value::Integer(_) => "a whole number",
                    toml::Value::Boolean(_) => "true or false",
                    _ => "a text",
                };
                return refuse(value.span(), format!("{} is {kind}", key.get_ref()));
            }
        }
    }
    Ok(())
}

fn unknown(what: &str, name: &str, known: &[&str]) -> String {
    format!("unknown {what} {name}, expected one of {}", known.join(", "))
}

fn overlay_table(base: &mut toml::Table, overlay: toml::Table) {
    for (key, value) in overlay {
        match (base.get_mut(&key), value) {
            (Some(toml::Value::Table(base)), toml::Value::Table(value)) => {
                overlay_table(base, value);
            }
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

fn invalid(path: &Path, text: &str, error: &toml::de::Error) -> ConfigError {
    let start = error.span().map_or(0, |span| span.start.min(text.len()));
    let line = line_of(text, start);
    ConfigError::Invalid { path: path.to_owned(), line, message: error.message().to_owned() }
}

/// Line from 1 of a byte offset.
fn line_of(text: &str, offset: usize) -> usize {
    1 + text.as_bytes()[..offset].iter().filter(|byte| **byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_defaults_are_the_librarys() {
        let config = Config::load(None).unwrap();
        assert_eq!(ClusterConfig::from(&config.clustering), ClusterConfig::default());
    }

    #[test]
    fn errors_name_the_line() {
        for (text, line, message) in [
            ("# a\n[blocking]\n\nblock_record_max = 3\n", 4, "unknown key block_record_max"),
            ("[limits]\nsources_max = 3\n[bloking]\n", 3, "unknown section bloking"),
            ("[blocking]\nblock_records_max = \"3\"\n", 2, "block_records_max is a whole number"),
            ("\nblocking = 3\n", 2, "[blocking] is a section"),
            ("[blocking\n", 1, ""),
        ] {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), text).unwrap();
            let ConfigError::Invalid { line: found, message: said, .. } =
                Config::load(Some(file.path())).unwrap_err()
            else {
                panic!("{text:?} is invalid");
            };
            assert_eq!(found, line, "{text:?}");
            assert!(said.starts_with(message), "{text:?}: {said}");
        }
    }

    #[test]
    fn unknown_keys_and_contradictions_are_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "[blocking]\nblock_record_max = 3\n").unwrap();
        assert_eq!(Config::load(Some(file.path())).unwrap_err().code(), "config-invalid");
        std::fs::write(file.path(), "[clustering]\nstrict_stop_mbit = -5\n").unwrap();
        assert_eq!(Config::load(Some(file.path())).unwrap_err().code(), "config-contradiction");
        std::fs::write(file.path(), "[clustering]\nimputed_linkages = 101\n").unwrap();
        assert_eq!(Config::load(Some(file.path())).unwrap_err().code(), "config-contradiction");
        std::fs::write(file.path(), "[blocking]\nblock_records_max = 3\n").unwrap();
        let config = Config::load(Some(file.path())).unwrap();
        assert_eq!(config.blocking.block_records_max, 3);
    }
}
