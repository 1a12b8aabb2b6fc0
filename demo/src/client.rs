//! Speaks to the service as anybody would: JSON over HTTPS.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use serde_json::Value;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// Somebody who speaks to the service.
#[derive(Clone)]
pub(crate) struct Client {
    agent: ureq::Agent,
    url: String,
    /// What shows who asks, sent with each request.
    headers: Vec<(&'static str, String)>,
}

impl Client {
    /// Somebody who is not signed in, and trusts the service's certificate alone.
    pub(crate) fn new(url: &str, certificate: &Path) -> anyhow::Result<Self> {
        let root = Certificate::from_pem(&std::fs::read(certificate)?)?.to_owned();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::from([root]))
            .unversioned_rustls_crypto_provider(provider)
            .build();
        let agent = ureq::Agent::config_builder().tls_config(tls).http_status_as_error(false);
        let agent = agent.build().new_agent();
        Ok(Self { agent, url: url.to_owned(), headers: Vec::new() })
    }

    /// The holder of an account, by password and code.
    pub(crate) fn sign_in(&self, name: &str, password: &str, code: &str) -> anyhow::Result<Self> {
        let body = serde_json::json!({ "name": name, "password": password, "code": code });
        let (answer, cookie) = self.answer(self.request("POST", "/sessions"), Some(&body))?;
        let cookie = cookie.context("a session has a cookie")?;
        let headers = vec![("cookie", cookie), ("x-csrf-token", text(&answer, "csrf")?.to_owned())];
        Ok(Self { headers, ..self.clone() })
    }

    /// An answer that is no JSON.
    pub(crate) fn get_text(&self, path: &str, accept: &str) -> anyhow::Result<String> {
        let request = self.request("GET", path).header("accept", accept).body(())?;
        let mut answer = self.agent.run(request)?;
        let text = answer.body_mut().with_config().limit(u64::MAX).read_to_string()?;
        if !answer.status().is_success() {
            bail!("GET {path}: {}", answer.status());
        }
        Ok(text)
    }

    /// An answer of bytes.
    pub(crate) fn get_bytes(&self, path: &str) -> anyhow::Result<Vec<u8>> {
        let mut answer = self.agent.run(self.request("GET", path).body(())?)?;
        if !answer.status().is_success() {
            bail!("GET {path}: {}", answer.status());
        }
        Ok(answer.body_mut().with_config().limit(u64::MAX).read_to_vec()?)
    }

    /// An answer in JSON.
    pub(crate) fn get(&self, path: &str) -> anyhow::Result<Value> {
        Ok(self.answer(self.request("GET", path), None)?.0)
    }

    /// An answer that goes on.
    pub(crate) fn stream(&self, path: &str) -> anyhow::Result<impl BufRead + use<>> {
        let answer = self.agent.run(self.request("GET", path).body(())?)?;
        if !answer.status().is_success() {
            bail!("GET {path}: {}", answer.status());
        }
        Ok(BufReader::new(answer.into_body().into_reader()))
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        Ok(self.answer(self.request("POST", path), Some(body))?.0)
    }

    fn request(&self, method: &str, path: &str) -> ureq::http::request::Builder {
        let uri = format!("{}/api/v1{path}", self.url);
        let request = ureq::http::Request::builder().method(method).uri(uri);
        self.headers.iter().fold(request, |request, (name, value)| request.header(*name, value))
    }

    fn answer(
        &self,
        request: ureq::http::request::Builder,
        body: Option<&Value>,
    ) -> anyhow::Result<(Value, Option<String>)> {
        let mut answer = match body {
            None => self.agent.run(request.body(())?)?,
            Some(body) => {
                let request = request.header("content-type", "application/json");
                self.agent.run(request.body(body.to_string())?)?
            }
        };
        let cookie = answer.headers().get("set-cookie").and_then(|value| value.to_str().ok());
        let cookie = cookie.and_then(|value| value.split(';').next()).map(str::to_owned);
        let said = answer.body_mut().read_to_string()?;
        let value: Value = serde_json::from_str(&said).unwrap_or(Value::Null);
        if !answer.status().is_success() {
            bail!("the service refuses: {} {}", answer.status(), value["code"]);
        }
        Ok((value, cookie))
    }
}

/// A text of an answer.
pub(crate) fn text<'v>(answer: &'v Value, name: &str) -> anyhow::Result<&'v str> {
    answer[name].as_str().with_context(|| format!("the answer has no {name}"))
}
