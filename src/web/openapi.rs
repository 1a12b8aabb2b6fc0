//! The description of the interface, from the handlers themselves.

use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::{
    accounts, agreements, answers, audit, backups, clerical, consents, decisions, destruction,
    extract, health, lookups, persons, places, release_bundle, releases, reviews, run_events, runs,
    sessions, signed_in, submissions, uploads,
};

/// OpenAPI 3.1 of the service.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "tallystick",
        description = "The linkage unit. Refusals are RFC 9457 problem documents with a stable code.",
        license(name = "MIT OR Apache-2.0")
    ),
    paths(
        health::live, health::ready, health::metrics,
        sessions::open, sessions::current, sessions::close, sessions::enrol, sessions::confirm,
        sessions::issue_token, sessions::revoke_token,
        signed_in::own, signed_in::close, signed_in::of_account, signed_in::end,
        accounts::list, accounts::create, accounts::link, accounts::disable,
        places::agencies, places::record_agency, places::projects, places::record_project,
        agreements::list, agreements::record, agreements::show, agreements::end,
        consents::replace,
        uploads::options, uploads::begin, uploads::offset, uploads::show, uploads::patch, uploads::end,
        submissions::put, submissions::list, submissions::receipt, submissions::withdraw,
        persons::changes, persons::retract,
        runs::queue, runs::estimate, runs::list, runs::show, runs::cancel, runs::report, run_events::watch,
        clerical::draw, clerical::list, clerical::show, clerical::end, clerical::next, clerical::pair, clerical::judge,
        clerical::ask, lookups::list, lookups::answer,
        releases::queue, releases::dry_run, releases::list, releases::show, decisions::decide, releases::revoke,
        destruction::destroy, release_bundle::download,
        audit::entries, audit::head, audit::export,
        backups::list, backups::begin,
        answers::answer, reviews::list, reviews::sign_off,
    ),
    security(("token" = []), ("session" = [])),
    modifiers(&Schemes)
)]
pub(crate) struct Description;

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        components
            .add_security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        components.add_security_scheme(
            "session",
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(extract::COOKIE))),
        );
    }
}
