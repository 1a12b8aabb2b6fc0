//! The unit's real program as a process: made ready, started, asked, killed.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use anyhow::Context as _;
use serde_json::Value;
use tallystick::accounts::{self, Credentials, NewAccount, Password, Role, Roles, TokenScope};
use tallystick::agreements::Basis;
use tallystick::clock::{Clock as _, SetClock, SystemClock};
use tallystick::config::Config;
use tallystick::keys::{self, ServiceKeys};
use tallystick::operate::{Report, Verification, verify_store};
use tallystick::unit::Unit;
use tallystick_agency::keys::KeyFile;
use tallystick_e2e::{Program, Project, program};
use tallystick_keyfile::Passphrases;

use super::agreed;

const PASSWORD: &str = "marble orchard tin whistle";
/// Settings of every service here.
const SETTINGS: &str = "[service]\ncertificate_self_signed = true\nworkers = 2\nsign_ins_per_minute = 10000\n\
                        [intake]\nuploads_max = 10000\n";

/// Watches nothing.
pub(crate) struct Quiet;

impl tallystick::link::Observer for Quiet {
    fn stage(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
    fn is_cancelled(&self) -> bool {
        false
    }
}

/// A data directory with the police, a project to which they may upload and which may be linked, and tokens; no process has it.
pub(crate) struct Installed {
    dir: tempfile::TempDir,
    /// Id of the project.
    pub(crate) project: String,
    pub(crate) uploader: String,
    pub(crate) compliance: String,
    pub(crate) operator: String,
}

impl Installed {
    pub(crate) fn new(project: &Project) -> anyhow::Result<Self> {
        Self::ahead(project, 0)
    }

    /// One whose clock went ahead by so many seconds after the agreements were recorded and before accounts were made.
    pub(crate) fn ahead(project: &Project, seconds: i64) -> anyhow::Result<Self> {
        let dir = tempfile::tempdir()?;
        keys::make(&dir.path().join("unit.keys"), None)?;
        let settings =
            format!("{SETTINGS}[store]\nbackup_directory = {:?}\n", dir.path().join("backups"));
        fs::write(dir.path().join("settings.toml"), settings)?;
        let mut this = Self {
            dir,
            project: String::new(),
            uploader: String::new(),
            compliance: String::new(),
            operator: String::new(),
        };
        // In the past, so that the program's own clock is later than the log.
        let clock = Arc::new(SetClock::new(SystemClock.now().plus_seconds(-600)));
        let unit = Unit::open(&this.data(), this.keys()?, Config::load(None)?, clock.clone())?;
        let agency = KeyFile::read(&project.agency_keys("police")?)?;
        let number: String =
            agency.keys.project.0.iter().map(|byte| format!("{byte:02x}")).collect();
        let study = accounts::record_project(&unit.store, None, "study", &number)?;
        let police = accounts::record_agency(&unit.store, None, "police", "police")?;
        agreed::to_upload(&unit.store, police, study, Basis::Research);
        agreed::to_link(&unit.store, [police], study);
        this.project = study.to_string();
        clock.advance_seconds(seconds);
        let holder =
            |role: Role| token(&unit, &clock, role, (role == Role::Uploader).then_some(police));
        this.uploader = holder(Role::Uploader)?;
        this.compliance = holder(Role::Compliance)?;
        this.operator = holder(Role::Operator)?;
        Ok(this)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path("data")
    }

    pub(crate) fn keys(&self) -> anyhow::Result<ServiceKeys> {
        Ok(ServiceKeys::open(&self.path("unit.keys"), &Passphrases::Absent)?)
    }

    /// `tallystick serve`, on a free port.
    pub(crate) fn command(&self, data: &Path) -> anyhow::Result<Command> {
        let mut command = Command::new(program(Program::Unit)?);
        command.arg("serve").arg("--data").arg(data);
        command.arg("--keys").arg(self.path("unit.keys"));
        command.arg("--config").arg(self.path("settings.toml"));
        command.args(["--listen", "127.0.0.1:0"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        Ok(command)
    }

    /// Starts it and waits until it serves.
    pub(crate) fn start(&self) -> anyhow::Result<Running> {
        let log = fs::OpenOptions::new().create(true).append(true).open(self.path("stderr"))?;
        let started = Running::of(self.command(&self.data())?.stderr(log));
        started.with_context(|| fs::read_to_string(self.path("stderr")).unwrap_or_default())
    }

    pub(crate) fn verified(&self) -> anyhow::Result<Report> {
        let keys = self.keys()?;
        let data = self.data();
        Ok(verify_store(
            &Verification { directory: &data, keys: Some(&keys), anchors: &[] },
            &Quiet,
        )?)
    }

    /// A program of the unit with arguments; its code and what it printed.
    pub(crate) fn run(&self, arguments: &[&str]) -> anyhow::Result<(bool, String)> {
        let output = Command::new(program(Program::Unit)?)
            .current_dir(self.dir.path())
            .args(arguments)
            .output()?;
        let text = [output.stdout, output.stderr].concat();
        Ok((output.status.success(), String::from_utf8(text)?))
    }

    /// A caller with one of its tokens, at an address.
    pub(crate) fn caller(&self, address: SocketAddr, token: &str) -> anyhow::Result<Caller> {
        let pem = fs::read(self.data().join("tls/certificate.pem"))?;
        let root = ureq::tls::Certificate::from_pem(&pem)?.to_owned();
        let tls = ureq::tls::TlsConfig::builder()
            .root_certs(ureq::tls::RootCerts::from([root]))
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let config = ureq::Agent::config_builder().tls_config(tls).http_status_as_error(false);
        let agent = config.build().new_agent();
        Ok(Caller { agent, base: format!("https://{address}"), token: token.to_owned() })
    }
}

fn token(
    unit: &Unit,
    clock: &SetClock,
    role: Role,
    agency: Option<tallystick::ids::AgencyId>,
) -> anyhow::Result<String> {
    let Unit { store, config, accounts_key, .. } = unit;
    let name = format!("the.{}", role.as_str());
    let roles = Roles::new([role])?;
    let new =
        NewAccount { name: name.clone(), roles, agency, projects: Vec::new(), trained_until: None };
    let account = accounts::create(store, None, &new)?;
    let link = accounts::invite(store, None, &config.accounts, account)?;
    let password = || Password::new(PASSWORD.to_owned());
    let uri = accounts::prepare(store, accounts_key, &link, &password())?;
    accounts::confirm(store, accounts_key, &link, &code(&uri, clock)?)?;
    clock.advance_seconds(60);
    let credentials = Credentials { name, password: password(), code: code(&uri, clock)?.into() };
    let opened = accounts::sign_in(store, accounts_key, &config.accounts, &credentials, None)?;
    let csrf = Some(opened.csrf.as_str());
    let principal = accounts::of_session(store, &config.accounts, &opened.secret, csrf, None)?;
    let scope = TokenScope { role, days: 30 };
    Ok(accounts::issue(store, &config.accounts, &principal, scope)?.secret.to_string())
}

/// What an authenticator shows for the address it was given.
fn code(uri: &str, clock: &SetClock) -> anyhow::Result<String> {
    let secret = uri.split("secret=").nth(1).and_then(|rest| rest.split('&').next());
    let secret = totp_rs::Secret::try_from_base32(secret.context("an address has a secret")?);
    let totp = totp_rs::Builder::new()
        .with_algorithm(totp_rs::Algorithm::SHA1)
        .with_secret(secret.map_err(|_| anyhow::anyhow!("a secret is base32"))?)
        .build()
        .map_err(|_| anyhow::anyhow!("a secret is long enough"))?;
    Ok(totp.generate(u64::try_from(clock.now().0 / 1_000)?).to_string())
}

/// The program at work. Dropped, it is killed.
pub(crate) struct Running {
    child: Option<Child>,
    pub(crate) address: SocketAddr,
    /// The public key of the log, hex.
    pub(crate) log_key: String,
    /// All that it said when it began to serve.
    pub(crate) said: String,
}

impl Running {
    pub(crate) fn of(command: &mut Command) -> anyhow::Result<Self> {
        let mut child = command.spawn()?;
        let mut said = String::new();
        let mut lines = BufReader::new(child.stdout.take().context("it has an output")?);
        let mut value = |label: &str| -> anyhow::Result<String> {
            loop {
                let mut line = String::new();
                anyhow::ensure!(lines.read_line(&mut line)? > 0, "the service did not start");
                said.push_str(&line);
                if let Some(rest) = line.strip_prefix(label) {
                    return Ok(rest.trim().to_owned());
                }
            }
        };
        let started = value("serving").and_then(|url| Ok((url, value("log key")?)));
        let (url, log_key) = match started {
            Ok(started) => started,
            Err(error) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(error);
            }
        };
        let address = url.trim_start_matches("https://").parse()?;
        Ok(Self { child: Some(child), address, log_key, said })
    }

    /// Its number among the processes.
    pub(crate) fn id(&self) -> u32 {
        self.child.as_ref().map_or(0, Child::id)
    }

    /// The process, for somebody else to end.
    pub(crate) fn take(mut self) -> anyhow::Result<Child> {
        self.child.take().context("it is taken once")
    }

    /// Asks it to end, as systemd does, and waits until it has.
    pub(crate) fn stop(self) -> anyhow::Result<bool> {
        // Of the shell itself: not every machine has the program.
        Command::new("sh").args(["-c", "kill -TERM \"$0\""]).arg(self.id().to_string()).status()?;
        Ok(self.take()?.wait()?.success())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Somebody with a token. No answer is no error of the test: the service may have been killed.
#[derive(Clone)]
pub(crate) struct Caller {
    agent: ureq::Agent,
    base: String,
    token: String,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: ureq::http::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or("").to_owned()
    }

    /// All of it, as it came, for a search.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        format!("{:?}\n{}", self.headers, self.text).into_bytes()
    }
}

impl Caller {
    pub(crate) fn get(&self, path: &str) -> Option<Answer> {
        self.send("GET", path, &[], &[])
    }

    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Option<Answer> {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("authorization", format!("Bearer {}", self.token));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = if method == "GET" || method == "HEAD" {
            self.agent.run(request.body(()).ok()?)
        } else {
            self.agent.run(request.body(body).ok()?)
        };
        let mut response = response.ok()?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.body_mut().with_config().limit(1 << 30).read_to_string().ok()?;
        Some(Answer { status, headers, text })
    }

    /// Begins an upload; its place.
    pub(crate) fn begin(&self, length: usize) -> Option<Answer> {
        let length = length.to_string();
        let headers = [("tus-resumable", "1.0.0"), ("upload-length", length.as_str())];
        self.send("POST", "/api/v1/uploads", &headers, &[])
    }

    /// Sends a piece of one.
    pub(crate) fn patch(&self, place: &str, offset: usize, bytes: &[u8]) -> Option<Answer> {
        let offset = offset.to_string();
        let headers = [
            ("tus-resumable", "1.0.0"),
            ("upload-offset", offset.as_str()),
            ("content-type", "application/offset+octet-stream"),
        ];
        self.send("PATCH", place, &headers, bytes)
    }
}
