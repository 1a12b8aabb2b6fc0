//! Every address of the service, once: who may ask is said here for readers and for the test that asks as everybody.

use super::{
    accounts, agreements, answers, audit, backups, clerical, consents, decisions, destruction,
    health, lookups, persons, places, release_bundle, releases, reviews, run_events, runs,
    sessions, signed_in, submissions, uploads,
};
use crate::accounts::{ReleaseReader, Role};
use crate::audit::answers::Reach;

/// Who may ask.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Access {
    /// Anybody.
    Public,
    /// Anybody who is signed in.
    Anyone,
    /// Holders of this role.
    Only(Role),
    /// Holders of either role.
    Either(Role, Role),
    /// Holders of any of these roles.
    Among(&'static [Role]),
}

impl Access {
    /// Whether holders of a role may ask.
    #[must_use]
    pub fn is_of(self, role: Role) -> bool {
        match self {
            Self::Public | Self::Anyone => true,
            Self::Only(only) => only == role,
            Self::Either(one, other) => one == role || other == role,
            Self::Among(roles) => roles.contains(&role),
        }
    }
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
    ($(#[$doc:meta])* $table:ident: $($method:ident $path:literal $access:expr => $handler:path;)*) => {
        $(#[$doc])*
        pub const $table: &[Route] = &[
            $(Route { method: stringify!($method), path: $path, access: $access },)*
        ];

        /// Gives each its handler.
        pub(in crate::web) fn configure(service: &mut actix_web::web::ServiceConfig) {
            $(service.route(
                $path,
                actix_web::web::method(actix_web::http::Method::$method).to($handler),
            );)*
        }
    };
}
pub(in crate::web) use routes;

routes! {
    /// All addresses for programs; pages have their own table.
    ROUTES:
    GET "/api/v1/health/live" Access::Public => health::live;
    GET "/api/v1/health/ready" Access::Public => health::ready;
    GET "/api/v1/metrics" Access::Only(Role::Operator) => health::metrics;
    POST "/api/v1/sessions" Access::Public => sessions::open;
    GET "/api/v1/sessions" Access::Anyone => signed_in::own;
    GET "/api/v1/sessions/current" Access::Anyone => sessions::current;
    DELETE "/api/v1/sessions/current" Access::Anyone => sessions::close;
    DELETE "/api/v1/sessions/{session}" Access::Anyone => signed_in::close;
    POST "/api/v1/enrolment" Access::Public => sessions::enrol;
    POST "/api/v1/enrolment/confirm" Access::Public => sessions::confirm;
    POST "/api/v1/tokens" Access::Anyone => sessions::issue_token;
    DELETE "/api/v1/tokens/{token}" Access::Anyone => sessions::revoke_token;
    GET "/api/v1/accounts" Access::Only(Role::Administrator) => accounts::list;
    POST "/api/v1/accounts" Access::Only(Role::Administrator) => accounts::create;
    POST "/api/v1/accounts/{account}/link" Access::Only(Role::Administrator) => accounts::link;
    DELETE "/api/v1/accounts/{account}" Access::Only(Role::Administrator) => accounts::disable;
    GET "/api/v1/accounts/{account}/sign-ins" Access::Only(Role::Administrator) => signed_in::of_account;
    DELETE "/api/v1/accounts/{account}/sign-ins" Access::Only(Role::Administrator) => signed_in::end;
    GET "/api/v1/agencies" Access::Only(Role::Administrator) => places::agencies;
    POST "/api/v1/agencies" Access::Only(Role::Administrator) => places::record_agency;
    GET "/api/v1/projects" Access::Only(Role::Administrator) => places::projects;
    POST "/api/v1/projects" Access::Only(Role::Administrator) => places::record_project;
    GET "/api/v1/agreements" Access::Either(Role::Compliance, Role::Operator) => agreements::list;
    POST "/api/v1/agreements" Access::Only(Role::Compliance) => agreements::record;
    GET "/api/v1/agreements/{agreement}" Access::Either(Role::Compliance, Role::Operator) => agreements::show;
    DELETE "/api/v1/agreements/{agreement}" Access::Only(Role::Compliance) => agreements::end;
    PUT "/api/v1/projects/{project}/consents" Access::Only(Role::Uploader) => consents::replace;
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
    GET "/api/v1/projects/{project}/persons/changes" Access::Only(Role::Operator) => persons::changes;
    POST "/api/v1/projects/{project}/retractions" Access::Only(Role::Uploader) => persons::retract;
    POST "/api/v1/runs" Access::Only(Role::Operator) => runs::queue;
    POST "/api/v1/runs/estimate" Access::Only(Role::Operator) => runs::estimate;
    GET "/api/v1/runs" Access::Either(Role::Operator, Role::Compliance) => runs::list;
    GET "/api/v1/runs/{run}" Access::Either(Role::Operator, Role::Compliance) => runs::show;
    DELETE "/api/v1/runs/{run}" Access::Only(Role::Operator) => runs::cancel;
    GET "/api/v1/runs/{run}/report" Access::Only(Role::Operator) => runs::report;
    GET "/api/v1/runs/{run}/events" Access::Only(Role::Operator) => run_events::watch;
    POST "/api/v1/review-sets" Access::Only(Role::Operator) => clerical::draw;
    GET "/api/v1/review-sets" Access::Either(Role::Operator, Role::Compliance) => clerical::list;
    GET "/api/v1/review-sets/{set}" Access::Either(Role::Operator, Role::Compliance) => clerical::show;
    POST "/api/v1/review-sets/{set}/end" Access::Only(Role::Operator) => clerical::end;
    GET "/api/v1/review-sets/{set}/next" Access::Only(Role::Operator) => clerical::next;
    GET "/api/v1/review-sets/{set}/pairs/{pair}" Access::Only(Role::Operator) => clerical::pair;
    PUT "/api/v1/review-sets/{set}/pairs/{pair}/judgement" Access::Only(Role::Operator) => clerical::judge;
    POST "/api/v1/review-sets/{set}/pairs/{pair}/lookup" Access::Only(Role::Operator) => clerical::ask;
    GET "/api/v1/lookups" Access::Only(Role::Uploader) => lookups::list;
    PUT "/api/v1/lookups/{lookup}/answer" Access::Only(Role::Uploader) => lookups::answer;
    POST "/api/v1/releases" Access::Only(Role::Preparer) => releases::queue;
    POST "/api/v1/releases/dry-run" Access::Only(Role::Preparer) => releases::dry_run;
    GET "/api/v1/releases" Access::Among(&ReleaseReader::ROLES) => releases::list;
    GET "/api/v1/releases/{release}" Access::Among(&ReleaseReader::ROLES) => releases::show;
    POST "/api/v1/releases/{release}/decision" Access::Only(Role::Approver) => decisions::decide;
    GET "/api/v1/releases/{release}/bundle" Access::Only(Role::Evaluator) => release_bundle::download;
    DELETE "/api/v1/releases/{release}" Access::Only(Role::Compliance) => releases::revoke;
    POST "/api/v1/runs/{run}/destruction" Access::Only(Role::Compliance) => destruction::destroy;
    GET "/api/v1/audit/entries" Access::Only(Role::Compliance) => audit::entries;
    GET "/api/v1/audit/head" Access::Only(Role::Compliance) => audit::head;
    GET "/api/v1/audit/export" Access::Only(Role::Compliance) => audit::export;
    GET "/api/v1/backups" Access::Only(Role::Operator) => backups::list;
    POST "/api/v1/backups" Access::Only(Role::Operator) => backups::begin;
    GET "/api/v1/audit/answers/{question}" Access::Only(Role::Compliance) => answers::answer;
    GET "/api/v1/audit/reviews" Access::Only(Role::Compliance) => reviews::list;
    POST "/api/v1/audit/reviews" Access::Only(Role::Compliance) => reviews::sign_off;
}

/// Who may ask what, for the access matrix of the log's answers.
#[must_use]
pub fn reach() -> Vec<Reach> {
    let roles = |access: Access| Role::ALL.into_iter().filter(|role| access.is_of(*role)).collect();
    ROUTES
        .iter()
        .chain(super::PAGES)
        .map(|route| Reach { method: route.method, path: route.path, roles: roles(route.access) })
        .collect()
}
