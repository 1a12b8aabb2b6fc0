//! The certificate: given, or made for development.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::Service;

/// Why there is no certificate to serve with.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// None is configured.
    #[error("no certificate is configured")]
    Missing,
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Certificate and key are not PEM, or do not go together.
    #[error("{}: not a certificate and its private key", path.display())]
    Invalid {
        /// The certificate's file.
        path: PathBuf,
    },
}

impl TlsError {
    /// Stable code for machines.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing => "certificate-missing",
            Self::Io { .. } => "certificate-io",
            Self::Invalid { .. } => "certificate-invalid",
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Missing => {
                "set service.certificate and service.certificate_key, or use config/development.toml"
            }
            Self::Io { .. } => "check the paths in the settings, and who may read them",
            Self::Invalid { .. } => {
                "give the chain as PEM, own certificate first, and its key as PEM"
            }
        }
    }
}

/// TLS 1.2 and 1.3 by rustls with ring; the certificate as configured, or made in `directory`.
pub(crate) fn configure(service: &Service, directory: &Path) -> Result<ServerConfig, TlsError> {
    let given = (service.certificate.clone(), service.certificate_key.clone());
    let (certificate, key) = if !given.0.as_os_str().is_empty() {
        given
    } else if service.certificate_self_signed {
        self_signed(service, directory)?
    } else {
        return Err(TlsError::Missing);
    };
    let invalid = || TlsError::Invalid { path: certificate.clone() };
    let read = |path: &Path| {
        fs::read(path).map_err(|source| TlsError::Io { path: path.to_owned(), source })
    };
    let chain = CertificateDer::pem_slice_iter(&read(&certificate)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| invalid())?;
    let key = PrivateKeyDer::from_pem_slice(&read(&key)?).map_err(|_| invalid())?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| invalid())?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|_| invalid())
}

/// A certificate for this machine's own names, made once and kept.
fn self_signed(service: &Service, directory: &Path) -> Result<(PathBuf, PathBuf), TlsError> {
    let directory = directory.join("tls");
    let paths = (directory.join("certificate.pem"), directory.join("key.pem"));
    if paths.0.exists() && paths.1.exists() {
        return Ok(paths);
    }
    let io = |source| TlsError::Io { path: directory.clone(), source };
    fs::create_dir_all(&directory).map_err(io)?;
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    let listening: IpAddr = service.listen.ip();
    if !listening.is_unspecified() && !names.contains(&listening.to_string()) {
        names.push(listening.to_string());
    }
    let made = rcgen::generate_simple_self_signed(names)
        .map_err(|_| TlsError::Invalid { path: paths.0.clone() })?;
    write_private(&paths.1, made.signing_key.serialize_pem().as_bytes()).map_err(io)?;
    fs::write(&paths.0, made.cert.pem()).map_err(io)?;
    Ok(paths)
}

/// A file that only its owner may read.
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(bytes)
}
