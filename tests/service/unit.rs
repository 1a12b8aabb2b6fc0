//! A service for a test, and callers of it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use serde_json::Value;
use tallystick::accounts::{self, NewAccount, Password, Role, Roles};
use tallystick::agreements::Basis;
use tallystick::clock::{Clock, SetClock, Timestamp};
use tallystick::config::Config;
use tallystick::ids::{AccountId, AgencyId, AgreementId, ProjectId};
use tallystick::keys::{self, ServiceKeys};
use tallystick::unit::Unit;
use tallystick::web;
use tallystick_keyfile::Passphrases;

/// A crate that has this module has that one at its root.
pub(crate) use crate::agreed;

pub(crate) const PASSWORD: &str = "marble orchard tin whistle";

/// A service that serves until it is dropped.
pub(crate) struct Service {
    pub(crate) unit: Arc<Unit>,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) address: SocketAddr,
    certificate: PathBuf,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
    directory: Arc<tempfile::TempDir>,
}

impl Service {
    pub(crate) fn start() -> Self {
        Self::start_with(|_| {})
    }

    pub(crate) fn start_with(set: impl FnOnce(&mut Config)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let key_file = directory.path().join("unit.keys");
        keys::make(&key_file, None).unwrap();
        let keys = ServiceKeys::open(&key_file, &Passphrases::Absent).unwrap();
        let mut config = Config::load(None).unwrap();
        config.service.listen = "127.0.0.1:0".parse().unwrap();
        config.service.certificate_self_signed = true;
        config.service.workers = 2;
        config.service.sign_ins_per_minute = 10_000.try_into().unwrap();
        set(&mut config);
        let clock = Arc::new(SetClock::new(Timestamp(1_530_707_400_000)));
        let data = directory.path().join("data");
        let unit = Arc::new(Unit::open(&data, keys, config, clock.clone()).unwrap());
        let (stop, stopped): (Sender<()>, Receiver<()>) = channel();
        let (started, address) = channel();
        let serving = Arc::clone(&unit);
        let thread = std::thread::spawn(move || {
            web::serve(serving, stopped, |address| started.send(address).unwrap()).unwrap();
        });
        Self {
            unit,
            clock,
            address: address.recv().expect("the service starts"),
            certificate: data.join("tls/certificate.pem"),
            stop: Some(stop),
            thread: Some(thread),
            directory: Arc::new(directory),
        }
    }

    /// Stops it; what it left.
    pub(crate) fn stop(self) -> Stopped {
        let (directory, unit) = (Arc::clone(&self.directory), Arc::clone(&self.unit));
        drop(self);
        // Threads of the server may end after it; the last one lets the directory go.
        let is_last = (0..u32::MAX).any(|_| {
            std::thread::yield_now();
            Arc::strong_count(&unit) == 1
        });
        assert!(is_last, "nobody has the unit any more");
        Stopped { directory }
    }

    /// An account that is enrolled; `agency` for uploaders.
    pub(crate) fn enrol(&self, name: &str, roles: &[Role]) -> Holder {
        let new = NewAccount {
            name: name.to_owned(),
            roles: Roles::new(roles.iter().copied()).unwrap(),
            agency: None,
            projects: Vec::new(),
            trained_until: None,
        };
        self.enrol_as(new)
    }

    pub(crate) fn agency(&self, name: &str) -> AgencyId {
        accounts::record_agency(&self.unit.store, None, name, name).unwrap()
    }

    /// Records that an agency may upload for a project.
    pub(crate) fn agree(&self, agency: AgencyId, project: ProjectId) -> [AgreementId; 2] {
        agreed::to_upload(&self.unit.store, agency, project, Basis::Consent)
    }

    pub(crate) fn enrol_as(&self, new: NewAccount) -> Holder {
        let Unit { store, config, accounts_key, .. } = &*self.unit;
        let name = new.name.clone();
        let account = accounts::create(store, None, &new).unwrap();
        let link = accounts::invite(store, None, &config.accounts, account).unwrap();
        let password = Password::new(PASSWORD.to_owned());
        let uri = accounts::prepare(store, accounts_key, &link, &password).unwrap().to_string();
        let code = code(&uri, self.clock.now());
        accounts::confirm(store, accounts_key, &link, &code).unwrap();
        Holder { account, name, uri }
    }

    /// Somebody who is not signed in.
    pub(crate) fn anonymous(&self) -> Caller {
        let pem = std::fs::read(&self.certificate).unwrap();
        Caller::new(&pem, &self.address.to_string())
    }

    /// The holder of an account, signed in.
    pub(crate) fn signed_in(&self, holder: &Holder) -> Caller {
        self.clock.advance_seconds(60);
        let code = code(&holder.uri, self.clock.now());
        let mut caller = self.anonymous();
        let answer = caller.send("POST", "/api/v1/sessions", Some(&holder.credentials(&code)));
        assert_eq!(answer.status, 201, "{:?}", answer.body);
        let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
        let csrf = answer.body["csrf"].as_str().unwrap().to_owned();
        caller.headers = vec![("cookie".to_owned(), cookie), ("x-csrf-token".to_owned(), csrf)];
        caller
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the service ends in order");
        }
    }
}

/// What a service that was stopped left behind.
pub(crate) struct Stopped {
    directory: Arc<tempfile::TempDir>,
}

impl Stopped {
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path("data")
    }

    pub(crate) fn keys(&self) -> ServiceKeys {
        ServiceKeys::open(&self.path("unit.keys"), &Passphrases::Absent).unwrap()
    }
}

/// Somebody with an account.
pub(crate) struct Holder {
    pub(crate) account: AccountId,
    pub(crate) name: String,
    pub(crate) uri: String,
}

impl Holder {
    pub(crate) fn credentials(&self, code: &str) -> Value {
        serde_json::json!({ "name": self.name, "password": PASSWORD, "code": code })
    }
}

/// Somebody who sends requests.
#[derive(Clone)]
pub(crate) struct Caller {
    agent: ureq::Agent,
    certificate: rustls::pki_types::CertificateDer<'static>,
    base: String,
    pub(crate) headers: Vec<(String, String)>,
}

/// A connection on which anything can be sent.
pub(crate) struct Connection(rustls::StreamOwned<rustls::ClientConnection, std::net::TcpStream>);

impl Connection {
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        use std::io::Write as _;
        self.0.write_all(bytes).unwrap();
        self.0.flush().unwrap();
    }

    /// What comes until the service hangs up.
    pub(crate) fn rest(mut self) -> String {
        use std::io::Read as _;
        let mut text = Vec::new();
        // A connection that is cut without a last word of TLS is over all the same.
        let _ = self.0.read_to_end(&mut text);
        String::from_utf8(text).unwrap()
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: ureq::http::HeaderMap,
    pub(crate) text: String,
    /// Null where the body is no JSON.
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn headers(&self) -> Vec<(String, String)> {
        let text = |value: &ureq::http::HeaderValue| value.to_str().unwrap().to_owned();
        self.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
    }

    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or("")
    }
}

impl Caller {
    /// Somebody who trusts this certificate and is not signed in.
    pub(crate) fn new(pem: &[u8], address: &str) -> Self {
        let root = ureq::tls::Certificate::from_pem(pem).unwrap().to_owned();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ureq::tls::TlsConfig::builder()
            .root_certs(ureq::tls::RootCerts::from([root]))
            .unversioned_rustls_crypto_provider(provider)
            .build();
        let agent = ureq::Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            .build()
            .new_agent();
        let certificate = rustls::pki_types::pem::PemObject::from_pem_slice(pem).unwrap();
        let base = format!("https://{address}");
        Self { agent, certificate, base, headers: Vec::new() }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None)
    }

    /// What comes of an answer that goes on, line by line.
    pub(crate) fn stream(&self, path: &str) -> impl std::io::BufRead + use<> {
        let request = self.request("GET", path).body(()).unwrap();
        let response = self.agent.run(request).expect("the service answers");
        assert_eq!(response.status().as_u16(), 200);
        std::io::BufReader::new(response.into_body().into_reader())
    }

    pub(crate) fn with(&self, name: &str, value: &str) -> Self {
        let mut caller = self.clone();
        caller.headers.retain(|(known, _)| known != name);
        caller.headers.push((name.to_owned(), value.to_owned()));
        caller
    }

    pub(crate) fn without(&self, name: &str) -> Self {
        let mut caller = self.clone();
        caller.headers.retain(|(known, _)| known != name);
        caller
    }

    pub(crate) fn send_bytes(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        bytes: &[u8],
    ) -> Answer {
        let mut request = self.request(method, path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.answer(request.body(bytes.to_vec()).unwrap())
    }

    /// Sends the head of a request and the first bytes of its body, and hangs up.
    pub(crate) fn break_off(&self, method: &str, path: &str, body: &[u8], sent: usize) {
        self.begin(method, path, body, sent);
    }

    /// Sends the head of a request and the first bytes of its body.
    pub(crate) fn begin(&self, method: &str, path: &str, body: &[u8], sent: usize) -> Connection {
        let mut connection = self.connect();
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\ntus-resumable: 1.0.0\r\n\
             upload-offset: 0\r\ncontent-type: application/offset+octet-stream\r\n",
            self.host(),
            body.len()
        );
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        connection.send(head.as_bytes());
        connection.send(&body[..sent]);
        connection
    }

    pub(crate) fn host(&self) -> &str {
        self.base.trim_start_matches("https://")
    }

    /// A connection to the service, over TLS.
    pub(crate) fn connect(&self) -> Connection {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = "127.0.0.1".try_into().unwrap();
        let session = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
        let stream = std::net::TcpStream::connect(self.host()).unwrap();
        Connection(rustls::StreamOwned::new(session, stream))
    }

    fn request(&self, method: &str, path: &str) -> ureq::http::request::Builder {
        let request =
            ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.base));
        self.headers.iter().fold(request, |request, (name, value)| request.header(name, value))
    }

    fn answer(&self, request: ureq::http::Request<impl ureq::AsSendBody>) -> Answer {
        let mut response = self.agent.run(request).expect("the service answers");
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.body_mut().read_to_string().unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { status, headers, text, body }
    }

    pub(crate) fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        match body {
            None => self.answer(self.request(method, path).body(()).unwrap()),
            Some(body) => {
                let request = self.request(method, path).header("content-type", "application/json");
                self.answer(request.body(body.to_string()).unwrap())
            }
        }
    }
}

/// What an authenticator shows for the address it was given.
pub(crate) fn code(uri: &str, now: Timestamp) -> String {
    let secret = uri.split("secret=").nth(1).unwrap().split('&').next().unwrap();
    let totp = totp_rs::Builder::new()
        .with_algorithm(totp_rs::Algorithm::SHA1)
        .with_secret(totp_rs::Secret::try_from_base32(secret).unwrap())
        .build()
        .unwrap();
    totp.generate(u64::try_from(now.0 / 1_000).unwrap()).to_string()
}
