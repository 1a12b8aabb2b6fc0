//! Sends a request over TLS, gives the answer.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tallystick_program::{TrustError, trusted};
use ureq::http::HeaderValue;
use ureq::tls::TlsConfig;
use zeroize::Zeroizing;

use super::{AdminError, Request, Secret};

/// Longest wait for a connection.
const CONNECT_SECONDS: u64 = 30;
/// Longest request with its answer: an export of the log is the longest.
const CALL_SECONDS: u64 = 3_600;
/// Most bytes of an answer that is read as JSON.
const JSON_BYTES_MAX: u64 = 64 << 20;
/// Most characters of the service's words that are shown.
const WORDS_MAX: usize = 400;

/// Where the service is.
#[derive(Clone, Copy, Debug)]
pub struct Connection<'a> {
    /// `https://HOST:PORT`.
    pub url: &'a str,
    /// Certificates to trust; those of this machine if none.
    pub ca: Option<&'a Path>,
}

/// Speaks with one service.
#[derive(Debug)]
pub struct Client {
    agent: ureq::Agent,
    base: String,
}

/// A good answer.
#[derive(Debug)]
pub struct Answer {
    /// Cookie that was set, `name=value`.
    pub cookie: Option<Zeroizing<String>>,
    body: ureq::Body,
}

impl Answer {
    /// As JSON; null if there is no body.
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn json(mut self) -> Result<Value, AdminError> {
        let text = self.body.with_config().limit(JSON_BYTES_MAX).read_to_vec();
        let text = text.map_err(|error| silence(&error))?;
        if text.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&text).map_err(|_| AdminError::Answer)
    }

    /// As it comes.
    pub fn reader(self) -> impl Read {
        self.body.into_reader()
    }
}

impl Client {
    /// A client of the service at an address.
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn new(connection: Connection<'_>) -> Result<Self, AdminError> {
        let base = base(connection.url)?;
        let roots = trusted(connection.ca).map_err(|error| match error {
            TrustError::Io { path, source } => AdminError::Io { path, source },
            TrustError::NoCertificate { path } => AdminError::Ca { path },
        })?;
        let tls = TlsConfig::builder()
            .root_certs(roots)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let agent = ureq::Agent::config_builder()
            .tls_config(tls)
            .https_only(true)
            .http_status_as_error(false)
            // The secret goes to no other address.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("tallystick-admin/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(Duration::from_secs(CONNECT_SECONDS)))
            .timeout_per_call(Some(Duration::from_secs(CALL_SECONDS)))
            .build()
            .new_agent();
        Ok(Self { agent, base })
    }

    /// Sends a request; a refusal is an error.
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn send(&self, asked: &Request, secret: Option<&Secret>) -> Result<Answer, AdminError> {
        let mut request = ureq::http::Request::builder()
            .method(asked.method.as_str())
            .uri(format!("{}{}", self.base, asked.path));
        let header = |text: &str| {
            let mut value = HeaderValue::from_str(text).map_err(|_| AdminError::NoSecret)?;
            value.set_sensitive(true);
            Ok::<_, AdminError>(value)
        };
        match secret {
            None => {}
            Some(Secret::Token(token)) => {
                let text = Zeroizing::new(format!("Bearer {}", **token));
                request = request.header("authorization", header(&text)?);
            }
            Some(Secret::Session { cookie, csrf }) => {
                request = request.header("cookie", header(cookie)?);
                request = request.header("x-csrf-token", header(csrf)?);
            }
        }
        let malformed = |_| AdminError::Address;
        let result = match &asked.body {
            Some(body) => {
                let text = Zeroizing::new(body.to_string());
                request = request.header("content-type", "application/json");
                self.agent.run(request.body(text.as_bytes()).map_err(malformed)?)
            }
            None => self.agent.run(request.body(()).map_err(malformed)?),
        };
        let (parts, body) = result.map_err(|error| silence(&error))?.into_parts();
        let cookie = parts.headers.get("set-cookie").and_then(|value| value.to_str().ok());
        let cookie = cookie.and_then(|text| text.split(';').next());
        let cookie = cookie.map(|text| Zeroizing::new(text.to_owned()));
        let answer = Answer { cookie, body };
        let status = parts.status.as_u16();
        if (200..300).contains(&status) { Ok(answer) } else { Err(problem(status, answer)) }
    }
}

fn problem(status: u16, answer: Answer) -> AdminError {
    let Ok(document) = answer.json() else { return AdminError::Answer };
    let text = |name: &str| document[name].as_str().unwrap_or("");
    let code = text("code");
    let is_code = (1..=64).contains(&code.len())
        && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    if !is_code {
        return AdminError::Answer;
    }
    let (code, title, help) = (code.to_owned(), shown(text("title")), shown(text("help")));
    AdminError::Problem { status, code, title, help }
}

/// Words of the other side, without what a terminal would obey.
fn shown(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(WORDS_MAX).collect()
}

/// The address without a slash at its end; only scheme, host and port.
fn base(url: &str) -> Result<String, AdminError> {
    let base = url.strip_suffix('/').unwrap_or(url);
    let host = base.strip_prefix("https://").ok_or(AdminError::Address)?;
    let is_authority = !host.is_empty()
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte));
    if is_authority { Ok(base.to_owned()) } else { Err(AdminError::Address) }
}

fn silence(error: &ureq::Error) -> AdminError {
    let is_certificate = |error: &rustls::Error| {
        matches!(
            error,
            rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented
        )
    };
    match error {
        ureq::Error::Rustls(error) if is_certificate(error) => AdminError::Certificate,
        ureq::Error::Io(io) => {
            let inner = io.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
            match inner {
                Some(error) if is_certificate(error) => AdminError::Certificate,
                _ => AdminError::Unreachable(io.to_string()),
            }
        }
        ureq::Error::BadUri(_) | ureq::Error::Http(_) | ureq::Error::RequireHttpsOnly(_) => {
            AdminError::Address
        }
        ureq::Error::HostNotFound => AdminError::Unreachable("there is no such host".to_owned()),
        ureq::Error::Timeout(_) => AdminError::Unreachable("no answer in time".to_owned()),
        _ => AdminError::Unreachable("the connection broke".to_owned()),
    }
}
