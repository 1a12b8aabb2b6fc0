//! A unit with a project and the police, for tests of uploads.

use tallystick::accounts::{self, NewAccount, Role, Roles};
use tallystick::config::Config;
use tallystick::ids::{AgencyId, AgreementId, ProjectId, hex};
use tallystick::intake;
use tallystick_wire::{ConfigHash, SourceLabel, SourceType, schema};

use crate::container::Draft;
use crate::unit::{Answer, Caller, Service};

/// A submission of the police, as this unit's own schema would encode it.
pub(crate) fn submission() -> Vec<u8> {
    made(|_| {})
}

pub(crate) fn made(change: impl FnOnce(&mut Draft)) -> Vec<u8> {
    let mut draft = Draft::standard();
    draft.header.config_hash = ConfigHash(schema::config_hash().0);
    draft.header.source = SourceLabel::parse("police").unwrap();
    draft.header.source_type = SourceType::Police;
    change(&mut draft);
    draft.write()
}

pub(crate) struct Police {
    pub(crate) service: Service,
    pub(crate) caller: Caller,
    pub(crate) agency: AgencyId,
    pub(crate) project: ProjectId,
    pub(crate) agreements: [AgreementId; 2],
}

/// A unit with a project and the police, who are signed in.
pub(crate) fn police() -> Police {
    police_of(Service::start())
}

pub(crate) fn police_with(set: impl FnOnce(&mut Config)) -> Police {
    police_of(Service::start_with(set))
}

pub(crate) fn police_of(service: Service) -> Police {
    let agency = service.agency("police");
    let number = hex(&Draft::standard().header.project.0);
    let project = accounts::record_project(&service.unit.store, None, "study", &number).unwrap();
    let agreements = service.agree(agency, project);
    let caller = uploader(&service, "the.police", agency);
    Police { service, caller, agency, project, agreements }
}

pub(crate) fn uploader(service: &Service, name: &str, agency: AgencyId) -> Caller {
    let holder = service.enrol_as(NewAccount {
        name: name.to_owned(),
        roles: Roles::new([Role::Uploader]).unwrap(),
        agency: Some(agency),
        projects: Vec::new(),
        trained_until: None,
    });
    service.signed_in(&holder)
}

impl Police {
    pub(crate) fn put(&self, bytes: &[u8]) -> Answer {
        self.caller.send_bytes("PUT", "/api/v1/submissions", &[], bytes)
    }

    pub(crate) fn begin(&self, length: usize) -> String {
        let length = length.to_string();
        let headers = [("tus-resumable", "1.0.0"), ("upload-length", length.as_str())];
        let answer = self.caller.send_bytes("POST", "/api/v1/uploads", &headers, &[]);
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.header("location").to_owned()
    }

    pub(crate) fn patch(
        &self,
        place: &str,
        offset: usize,
        bytes: &[u8],
        more: &[(&str, &str)],
    ) -> Answer {
        let offset = offset.to_string();
        let mut headers = vec![
            ("tus-resumable", "1.0.0"),
            ("upload-offset", offset.as_str()),
            ("content-type", "application/offset+octet-stream"),
        ];
        headers.extend_from_slice(more);
        self.caller.send_bytes("PATCH", place, &headers, bytes)
    }

    pub(crate) fn offset(&self, place: &str) -> (u16, String) {
        let answer = self.caller.with("tus-resumable", "1.0.0").send("HEAD", place, None);
        (answer.status, answer.header("upload-offset").to_owned())
    }

    /// Takes in whatever is complete, as the service does; a thread of it may be doing that already.
    pub(crate) fn settle(&self) {
        let is_settled = (0..1_000_000).any(|_| {
            let waiting = intake::waiting(&self.service.unit).unwrap();
            for id in &waiting {
                let _ = intake::take(&self.service.unit, *id);
            }
            std::thread::yield_now();
            // Whoever took it in lets it go a moment after it is entered.
            waiting.is_empty() && self.service.unit.receiving.is_idle()
        });
        assert!(is_settled, "what is complete is taken in");
    }

    pub(crate) fn segments(&self) -> usize {
        std::fs::read_dir(self.service.unit.store.segments()).unwrap().count()
    }
}
