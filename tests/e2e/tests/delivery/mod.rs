//! An agency delivers to a unit's real service: by `upload`, and by `watch` that is stopped anywhere.

mod proxy;
mod refused;
#[path = "../../../service/unit.rs"]
#[expect(
    clippy::unwrap_used,
    dead_code,
    reason = "a test fails by panicking; not all of it is used here"
)]
mod unit;
mod upload;
mod watch;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;
use tallystick::accounts::{self, NewAccount, Role, Roles};
use tallystick::intake;
use tallystick::unit::Unit;
use tallystick_agency::keys::KeyFile;
use tallystick_agency::upload::{Attendant, Point, Service as Target, Token};
use tallystick_agency::watch::{Told, Watcher};
use tallystick_e2e::{Project, Synthetic, rewrite_rows};
use tallystick_synth::{Config, Source};
use tallystick_wire::Profile;

use unit::{Caller, Service};

/// A unit with the project and the police, and what the police have on their machine.
struct Police {
    service: Service,
    caller: Caller,
    project: Project,
    synthetic: Synthetic,
    mapping: String,
}

impl Police {
    fn new() -> anyhow::Result<Self> {
        let service = Service::start();
        let config = Config { persons: 120, sources: vec![Source::Police], ..Config::default() };
        let (synthetic, project) = (Synthetic::new(&config)?, Project::new()?);
        let keys = KeyFile::read(&project.agency_keys("police")?)?;
        let number: String = keys.keys.project.0.iter().map(|byte| format!("{byte:02x}")).collect();
        let study = accounts::record_project(&service.unit.store, None, "study", &number)?;
        let agency = service.agency("police");
        service.agree(agency, study);
        let holder = service.enrol_as(NewAccount {
            name: "the.police".to_owned(),
            roles: Roles::new([Role::Uploader])?,
            agency: Some(agency),
            projects: Vec::new(),
            trained_until: None,
        });
        let caller = service.signed_in(&holder);
        let mapping = synthetic.mapping(Source::Police)?;
        Ok(Self { service, caller, project, synthetic, mapping })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.project.dir().join(name)
    }

    /// The police's export without its last rows.
    fn export(&self, to: &Path, without: usize) -> anyhow::Result<()> {
        rewrite_rows(&self.synthetic.export(Source::Police), to, b',', |_, rows| {
            rows.truncate(rows.len() - without);
        })
    }

    fn submission(&self, without: usize) -> anyhow::Result<PathBuf> {
        let export = self.path("export.csv");
        self.export(&export, without)?;
        let run = format!("without{without}");
        Ok(self.project.encode(&export, &self.mapping, Profile::Standard, &run)?.submission)
    }

    fn token(&self) -> anyhow::Result<Token> {
        let body = serde_json::json!({ "role": "uploader", "days": 1 });
        let made = self.caller.send("POST", "/api/v1/tokens", Some(&body)).body;
        self.token_of(made["secret"].as_str().context("a token is made")?)
    }

    fn token_of(&self, secret: &str) -> anyhow::Result<Token> {
        let path = self.path("token");
        let _ = fs::remove_file(&path);
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        std::io::Write::write_all(&mut options.open(&path)?, secret.as_bytes())?;
        Ok(Token::read(&path)?)
    }

    fn target(&self, address: std::net::SocketAddr) -> anyhow::Result<Target> {
        Ok(Target {
            address: format!("https://{address}"),
            token: self.token()?,
            ca: Some(self.service.unit.store.directory().join("tls/certificate.pem")),
            unit_key: None,
        })
    }

    /// States of all submissions of the police, sorted.
    fn states(&self) -> Vec<String> {
        let listed = self.caller.get("/api/v1/submissions").body;
        let listed = listed["submissions"].as_array().cloned().unwrap_or_default();
        let state = |submission: &Value| submission["state"].as_str().unwrap_or("").to_owned();
        let mut states: Vec<String> = listed.iter().map(state).collect();
        states.sort_unstable();
        states
    }

    fn attendant(&self) -> Patient {
        Patient::new(Arc::clone(&self.service.unit))
    }
}

/// Looks for what is complete, until nothing is.
const TRIES_MAX: usize = 1_000_000;

/// Waits for nothing: where the program would wait, the unit does what it has to do.
struct Patient {
    unit: Arc<Unit>,
    /// Points after which it ends everything.
    points_left: Option<usize>,
    reached: Vec<Point>,
    told: Vec<Told>,
    pauses: Vec<Duration>,
}

impl Patient {
    fn new(unit: Arc<Unit>) -> Self {
        Self { unit, points_left: None, reached: Vec::new(), told: Vec::new(), pauses: Vec::new() }
    }
}

impl Attendant for Patient {
    fn advance(&mut self, _: u64, _: u64) {}

    fn cancel(&self) -> Arc<AtomicBool> {
        Arc::new(AtomicBool::new(false))
    }

    fn pause(&mut self, pause: Duration) {
        self.pauses.push(pause);
        // A thread of the service may be taking it in already: then until that is done, however slow the machine is.
        for _ in 0..TRIES_MAX {
            let waiting = intake::waiting(&self.unit).expect("the records can be read");
            if waiting.is_empty() {
                break;
            }
            for id in waiting {
                let _ = intake::take(&self.unit, id);
            }
        }
    }

    fn goes_on(&mut self, point: Point) -> bool {
        self.reached.push(point);
        match &mut self.points_left {
            None => true,
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
        }
    }
}

impl Watcher for Patient {
    fn tell(&mut self, told: &Told) {
        self.told.push(told.clone());
    }
}
