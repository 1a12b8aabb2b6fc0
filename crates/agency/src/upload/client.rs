//! Takes requests, gives answers over TLS; refuses addresses without TLS and certificates that are not trusted.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use tallystick_program::{TrustError, trusted};
use ureq::http::{HeaderMap, HeaderValue, Request};
use ureq::tls::TlsConfig;

use super::receipt::is_id;
use super::{Service, UploadError};

/// Longest wait for a connection.
const CONNECT_SECONDS: u64 = 30;
/// Longest request with its answer: a piece takes that long at 60 kilobits a second.
const CALL_SECONDS: u64 = 600;
/// Most bytes of an answer that are read.
const ANSWER_BYTES_MAX: u64 = 1 << 16;

/// Speaks with one service.
pub(super) struct Client {
    agent: ureq::Agent,
    base: String,
    token: HeaderValue,
}

/// What came back.
pub(super) struct Answer {
    pub(super) status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// Why nothing came back.
pub(super) enum Silence {
    /// Trying again may help.
    Broken(String),
    /// It would not.
    Final(UploadError),
}

/// The part of a problem document that is used.
#[derive(Deserialize)]
struct Problem {
    code: String,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.header(name).and_then(|text| text.parse().ok())
    }

    pub(super) fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.body).ok()
    }

    pub(super) fn json<T: for<'a> Deserialize<'a>>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The code of the problem document, if the answer is one of a unit; else what its status says.
    pub(super) fn problem(&self) -> String {
        let problem = self.json::<Problem>().map(|problem| problem.code).filter(|code| is_id(code));
        problem.unwrap_or_else(|| "unknown".to_owned())
    }

    pub(super) fn error(&self) -> UploadError {
        let problem = self.problem();
        match self.status {
            401 => UploadError::TokenRefused { problem },
            status => UploadError::Problem { status, problem },
        }
    }
}

impl Client {
    pub(super) fn new(service: &Service) -> Result<Self, UploadError> {
        let base = base(&service.address)?;
        let roots = trusted(service.ca.as_deref()).map_err(|error| match error {
            TrustError::Io { path, source } => UploadError::Io { path, source },
            TrustError::NoCertificate { path } => UploadError::Ca { path },
        })?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = TlsConfig::builder()
            .root_certs(roots)
            .unversioned_rustls_crypto_provider(provider)
            .build();
        let agent = ureq::Agent::config_builder()
            .tls_config(tls)
            .https_only(true)
            .http_status_as_error(false)
            // The token goes to no other address.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("tallystick-agency/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(Duration::from_secs(CONNECT_SECONDS)))
            .timeout_per_call(Some(Duration::from_secs(CALL_SECONDS)))
            .build()
            .new_agent();
        Ok(Self { agent, base, token: service.token.header() })
    }

    pub(super) fn base(&self) -> &str {
        &self.base
    }

    /// Sends a request of the upload protocol.
    pub(super) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Result<Answer, Silence> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("authorization", self.token.clone())
            .header("tus-resumable", "1.0.0");
        let request =
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let malformed = |_| Silence::Final(UploadError::Address);
        let result = match body {
            Some(bytes) => self.agent.run(request.body(bytes).map_err(malformed)?),
            None => self.agent.run(request.body(()).map_err(malformed)?),
        };
        let mut response = result.map_err(|error| silence(&error))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec();
        let body = body.map_err(|error| silence(&error))?;
        Ok(Answer { status, headers, body })
    }
}

/// The address without a slash at its end; only scheme, host and port.
fn base(address: &str) -> Result<String, UploadError> {
    let base = address.strip_suffix('/').unwrap_or(address);
    let host = base.strip_prefix("https://").ok_or(UploadError::Address)?;
    let is_authority = !host.is_empty()
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte));
    if is_authority { Ok(base.to_owned()) } else { Err(UploadError::Address) }
}

fn silence(error: &ureq::Error) -> Silence {
    let is_certificate = |error: &rustls::Error| {
        matches!(
            error,
            rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented
        )
    };
    match error {
        ureq::Error::Rustls(error) if is_certificate(error) => {
            Silence::Final(UploadError::Certificate)
        }
        ureq::Error::Io(io) => {
            let inner = io.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
            match inner {
                Some(error) if is_certificate(error) => Silence::Final(UploadError::Certificate),
                _ => Silence::Broken(io.to_string()),
            }
        }
        ureq::Error::BadUri(_) | ureq::Error::Http(_) | ureq::Error::RequireHttpsOnly(_) => {
            Silence::Final(UploadError::Address)
        }
        ureq::Error::HostNotFound => Silence::Broken("there is no such host".to_owned()),
        ureq::Error::Timeout(_) => Silence::Broken("no answer in time".to_owned()),
        _ => Silence::Broken("the connection broke".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_over_tls() {
        assert_eq!(base("https://unit.example:8443/").unwrap(), "https://unit.example:8443");
        assert_eq!(base("https://[::1]:1").unwrap(), "https://[::1]:1");
        for bad in ["", "http://unit", "https://", "https://unit/api", "https://me:x@unit", "unit"]
        {
            assert!(base(bad).is_err(), "{bad}");
        }
    }
}
