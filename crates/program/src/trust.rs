//! Takes the path of a file of certificates, or none, gives whom a client over TLS trusts; refuses a file without a certificate.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use ureq::tls::{Certificate, PemItem, RootCerts};

/// Most bytes of a file of certificates.
const CA_BYTES_MAX: u64 = 1 << 20;

/// Why nobody is trusted.
#[derive(Debug)]
pub enum TrustError {
    /// The file cannot be read.
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It holds no certificate, or something that is none.
    NoCertificate {
        /// Which.
        path: PathBuf,
    },
}

/// The certificates of a file, PEM; without one, those that this machine trusts: nobody where it has no such list.
///
/// # Errors
/// [`TrustError`].
pub fn trusted(file: Option<&Path>) -> Result<RootCerts, TrustError> {
    match file {
        Some(path) => certificates(path),
        None => Ok(machine()),
    }
}

fn certificates(path: &Path) -> Result<RootCerts, TrustError> {
    let mut pem = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(CA_BYTES_MAX).read_to_end(&mut pem))
        .map_err(|source| TrustError::Io { path: path.to_owned(), source })?;
    let none = || TrustError::NoCertificate { path: path.to_owned() };
    let mut found = Vec::new();
    for item in ureq::tls::parse_pem(&pem) {
        if let PemItem::Certificate(certificate) = item.map_err(|_| none())? {
            found.push(certificate);
        }
    }
    if found.is_empty() { Err(none()) } else { Ok(RootCerts::from(found)) }
}

fn machine() -> RootCerts {
    let found = rustls_native_certs::load_native_certs().certs;
    RootCerts::from(found.iter().map(|it| Certificate::from_der(it).to_owned()).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_certificate_is_refused_and_no_byte_of_it_is_shown() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ca.pem");
        assert!(matches!(trusted(Some(&path)), Err(TrustError::Io { .. })));
        for text in ["", "CANARYBIRD", "-----BEGIN CERTIFICATE-----\nCANARYBIRD\n"] {
            std::fs::write(&path, text).unwrap();
            let refused = trusted(Some(&path)).err().unwrap();
            assert!(matches!(refused, TrustError::NoCertificate { .. }), "{text}");
            assert!(!format!("{refused:?}").contains("CANARY"));
        }
        assert!(trusted(None).is_ok());
    }
}
