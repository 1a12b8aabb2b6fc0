//! Help, for everybody and without an account: what the service is, who sees what, what happens to data.

use actix_web::HttpResponse;
use actix_web::web::Data;
use askama::Template;

use super::page;
use super::refusal::Refusal;
use super::roles::{Reachable, RoleShown, reachable, shown};
use super::visit::Visit;
use crate::accounts::{Principal, Role};
use crate::unit::Unit;

/// Pages of help, in the order of their menu.
const PLACES: &[(&str, &str)] = &[
    ("/help", "Start here"),
    ("/help/data", "The data's way"),
    ("/help/roles", "Who sees what"),
    ("/help/privacy", "Privacy"),
    ("/help/upload", "How to upload"),
    ("/help/review", "How to review"),
    ("/help/glossary", "Glossary"),
];

/// What is around a page of help.
struct HelpFrame {
    places: Vec<(&'static str, &'static str, bool)>,
    is_signed_in: bool,
}

impl HelpFrame {
    fn new(path: &'static str, reader: Option<Visit<Principal>>) -> Self {
        let places = PLACES.iter().map(|(place, label)| (*place, *label, *place == path));
        Self { places: places.collect(), is_signed_in: reader.is_some() }
    }
}

macro_rules! plain_pages {
    ($($(#[$doc:meta])* $handler:ident $page:ident $template:literal $path:literal;)*) => {$(
        #[derive(Template)]
        #[template(path = $template)]
        struct $page {
            frame: HelpFrame,
        }

        $(#[$doc])*
        pub(super) async fn $handler(
            reader: Option<Visit<Principal>>,
        ) -> Result<HttpResponse, Refusal> {
            page(&$page { frame: HelpFrame::new($path, reader) })
        }
    )*};
}

plain_pages! {
    /// Where help begins.
    start StartPage "help/start.html" "/help";
    /// The way of the data, drawn and told.
    data DataPage "help/data.html" "/help/data";
    /// For uploaders.
    upload UploadPage "help/upload.html" "/help/upload";
    /// For approvers and compliance officers.
    review ReviewPage "help/review.html" "/help/review";
    /// What words mean.
    glossary GlossaryPage "help/glossary.html" "/help/glossary";
}

#[derive(Template)]
#[template(path = "help/roles.html")]
struct RolesPage {
    frame: HelpFrame,
    roles: Vec<RoleShown>,
    rows: Vec<Reachable>,
}

/// What each role can and cannot see, and the table that decides it.
pub(super) async fn roles(reader: Option<Visit<Principal>>) -> Result<HttpResponse, Refusal> {
    page(&RolesPage {
        frame: HelpFrame::new("/help/roles", reader),
        roles: Role::ALL.map(shown).into(),
        rows: reachable(),
    })
}

#[derive(Template)]
#[template(path = "help/privacy.html")]
struct PrivacyPage {
    frame: HelpFrame,
    /// Whom to ask; empty where nobody is named in the settings.
    contact: String,
    superseded_days: String,
    valid_days_max: String,
    session_minutes: i64,
}

/// What happens to people's data, in plain words, with the limits as they are set here.
pub(super) async fn privacy(
    unit: Data<Unit>,
    reader: Option<Visit<Principal>>,
) -> Result<HttpResponse, Refusal> {
    let config = &unit.config;
    page(&PrivacyPage {
        frame: HelpFrame::new("/help/privacy", reader),
        contact: config.service.privacy_contact.clone(),
        superseded_days: config.retention.superseded_days.to_string(),
        valid_days_max: config.release.valid_days_max.to_string(),
        session_minutes: config.accounts.session_idle_seconds / 60,
    })
}
