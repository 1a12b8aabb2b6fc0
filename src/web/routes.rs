//! Every address of the service, once: who may ask is said here for readers and for the test that asks as everybody.

use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig};

use super::{accounts, audit, backups, health, places, sessions, submissions, uploads};
use crate::accounts::Role;

/// Who may ask.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Access {
    /// Anybody.
    Public,
    /// Anybody who is signed in.
    Anyone,
    /// Holders of this role.
    Only(Role),
}

/// An address and a method.
#[derive(Clone, Debug)]
pub struct Route {
    /// `GET`, `POST`, ...
    pub method: &'static str,
    /// With `{name}` for what varies.
    pub path: &'static str,
    /// Who may ask.
    pub access: Access,
}

macro_rules! routes {
    ($($method:ident $path:literal $access:expr => $handler:path;)*) => {
        /// All of them.
        pub const ROUTES: &[Route] = &[
            $(Route { method: stringify!($method), path: $path, access: $access },)*
        ];

        /// Gives each its handler.
        pub(super) fn configure(service: &mut ServiceConfig) {
            $(service.route($path, web::method(Method::$method).to($handler));)*
        }
    };
}

routes! {
    GET "/api/v1/health/live" Access::Public => health::live;
    GET "/api/v1/health/ready" Access::Public => health::ready;
    GET "/api/v1/metrics" Access::Only(Role::Operator) => health::metrics;
    POST "/api/v1/sessions" Access::Public => sessions::open;
    GET "/api/v1/sessions/current" Access::Anyone => sessions::current;
    DELETE "/api/v1/sessions/current" Access::Anyone => sessions::close;
    POST "/api/v1/enrolment" Access::Public => sessions::enrol;
    POST "/api/v1/enrolment/confirm" Access::Public => sessions::confirm;
    POST "/api/v1/tokens" Access::Anyone => sessions::issue_token;
    DELETE "/api/v1/tokens/{token}" Access::Anyone => sessions::revoke_token;
    GET "/api/v1/accounts" Access::Only(Role::Administrator) => accounts::list;
    POST "/api/v1/accounts" Access::Only(Role::Administrator) => accounts::create;
    POST "/api/v1/accounts/{account}/link" Access::Only(Role::Administrator) => accounts::link;
    DELETE "/api/v1/accounts/{account}" Access::Only(Role::Administrator) => accounts::disable;
    GET "/api/v1/agencies" Access::Only(Role::Administrator) => places::agencies;
    POST "/api/v1/agencies" Access::Only(Role::Administrator) => places::record_agency;
    GET "/api/v1/projects" Access::Only(Role::Administrator) => places::projects;
    POST "/api/v1/projects" Access::Only(Role::Administrator) => places::record_project;
    OPTIONS "/api/v1/uploads" Access::Public => uploads::options;
    POST "/api/v1/uploads" Access::Only(Role::Uploader) => uploads::begin;
    HEAD "/api/v1/uploads/{upload}" Access::Only(Role::Uploader) => uploads::offset;
    GET "/api/v1/uploads/{upload}" Access::Only(Role::Uploader) => uploads::show;
    PATCH "/api/v1/uploads/{upload}" Access::Only(Role::Uploader) => uploads::patch;
    DELETE "/api/v1/uploads/{upload}" Access::Only(Role::Uploader) => uploads::end;
    PUT "/api/v1/submissions" Access::Only(Role::Uploader) => submissions::put;
    GET "/api/v1/submissions" Access::Only(Role::Uploader) => submissions::list;
    GET "/api/v1/submissions/{submission}/receipt" Access::Only(Role::Uploader) => submissions::receipt;
    DELETE "/api/v1/submissions/{submission}" Access::Only(Role::Uploader) => submissions::withdraw;
    GET "/api/v1/audit/entries" Access::Only(Role::Compliance) => audit::entries;
    GET "/api/v1/audit/head" Access::Only(Role::Compliance) => audit::head;
    GET "/api/v1/audit/export" Access::Only(Role::Compliance) => audit::export;
    GET "/api/v1/backups" Access::Only(Role::Operator) => backups::list;
    POST "/api/v1/backups" Access::Only(Role::Operator) => backups::begin;
}
