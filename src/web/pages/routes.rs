//! Every address of a page and of a form, once: who may ask is said here for readers and for the test that asks as everybody.

use super::super::routes::{Access, Route, routes};
use super::compliance::{
    accounts as traces, decisions, entry, export, home as overview, log, questions, retention,
    reviews, verify,
};
use super::releases::{
    approve, changes, download, evaluate, list, papers, prepare, projects, show, take_back,
};
use super::{
    account, account_kept, accounts, administration, agency, agreements, assets, enrolment, help,
    home, lookups, operations, own, places, review, review_pair, runs, sign_in,
};
use crate::accounts::{ReleaseReader, Role};

routes! {
    /// All pages and forms.
    PAGES:
    GET "/" Access::Anyone => home::home;
    GET "/assets/{name:.*}" Access::Public => assets::asset;
    GET "/sign-in" Access::Public => sign_in::show;
    POST "/sign-in" Access::Public => sign_in::open;
    POST "/sign-out" Access::Anyone => sign_in::close;
    GET "/enrol" Access::Public => enrolment::show;
    POST "/enrol" Access::Public => enrolment::prepare;
    POST "/enrol/confirm" Access::Public => enrolment::confirm;
    GET "/help" Access::Public => help::start;
    GET "/help/data" Access::Public => help::data;
    GET "/help/roles" Access::Public => help::roles;
    GET "/help/privacy" Access::Public => help::privacy;
    GET "/help/upload" Access::Public => help::upload;
    GET "/help/review" Access::Public => help::review;
    GET "/help/glossary" Access::Public => help::glossary;
    GET "/account" Access::Anyone => account::show;
    POST "/account/sessions/{session}/close" Access::Anyone => account::close_session;
    GET "/runs" Access::Only(Role::Operator) => runs::list;
    POST "/runs" Access::Only(Role::Operator) => runs::queue;
    GET "/runs/new" Access::Only(Role::Operator) => runs::new;
    GET "/runs/compare" Access::Only(Role::Operator) => runs::compare;
    GET "/runs/{run}" Access::Only(Role::Operator) => runs::show;
    GET "/runs/{run}/cancel" Access::Only(Role::Operator) => runs::ask_cancel;
    POST "/runs/{run}/cancel" Access::Only(Role::Operator) => runs::cancel;
    GET "/runs/{run}/changes" Access::Only(Role::Operator) => runs::changes;
    GET "/operations" Access::Only(Role::Operator) => operations::show;
    POST "/operations/backup" Access::Only(Role::Operator) => operations::backup;
    POST "/account/tokens" Access::Anyone => account::issue_token;
    POST "/account/tokens/{token}/revoke" Access::Anyone => account::revoke_token;
    GET "/account/recovery-codes" Access::Anyone => own::ask_codes;
    POST "/account/recovery-codes" Access::Anyone => own::renew_codes;
    GET "/account/password" Access::Anyone => own::ask_password;
    POST "/account/password" Access::Anyone => own::renew_password;
    GET "/admin" Access::Only(Role::Administrator) => administration::show;
    GET "/admin/accounts" Access::Only(Role::Administrator) => accounts::list;
    POST "/admin/accounts" Access::Only(Role::Administrator) => accounts::create;
    GET "/admin/accounts/new" Access::Only(Role::Administrator) => accounts::ask_new;
    GET "/admin/accounts/{account}" Access::Only(Role::Administrator) => account_kept::show;
    POST "/admin/accounts/{account}" Access::Only(Role::Administrator) => account_kept::change;
    POST "/admin/accounts/{account}/link" Access::Only(Role::Administrator) => account_kept::link;
    POST "/admin/accounts/{account}/end-sign-ins" Access::Only(Role::Administrator) => account_kept::end_sign_ins;
    GET "/admin/accounts/{account}/close" Access::Only(Role::Administrator) => account_kept::ask_close;
    POST "/admin/accounts/{account}/close" Access::Only(Role::Administrator) => account_kept::close;
    GET "/agency" Access::Only(Role::Uploader) => agency::home;
    GET "/agency/upload" Access::Only(Role::Uploader) => agency::upload;
    GET "/agency/submissions" Access::Only(Role::Uploader) => agency::find;
    GET "/agency/submissions/{submission}" Access::Only(Role::Uploader) => agency::detail;
    GET "/agency/submissions/{submission}/receipt" Access::Only(Role::Uploader) => agency::receipt;
    GET "/agency/submissions/{submission}/withdraw" Access::Only(Role::Uploader) => agency::ask_withdraw;
    POST "/agency/submissions/{submission}/withdraw" Access::Only(Role::Uploader) => agency::withdraw;
    POST "/agency/uploads/{upload}/end" Access::Only(Role::Uploader) => agency::uploads_end;
    GET "/agency/retractions" Access::Only(Role::Uploader) => agency::retractions;
    POST "/agency/retractions/check" Access::Only(Role::Uploader) => agency::check_retraction;
    POST "/agency/retractions" Access::Only(Role::Uploader) => agency::make_retraction;
    GET "/agency/consents" Access::Only(Role::Uploader) => agency::consents;
    POST "/agency/consents" Access::Only(Role::Uploader) => agency::enter_consents;
    GET "/review" Access::Either(Role::Operator, Role::Compliance) => review::sets;
    POST "/review" Access::Only(Role::Operator) => review::draw;
    GET "/review/{set}" Access::Either(Role::Operator, Role::Compliance) => review::set;
    GET "/review/{set}/next" Access::Only(Role::Operator) => review_pair::next;
    GET "/review/{set}/pairs/{pair}" Access::Only(Role::Operator) => review_pair::pair;
    POST "/review/{set}/pairs/{pair}" Access::Only(Role::Operator) => review_pair::judge;
    POST "/review/{set}/pairs/{pair}/lookup" Access::Only(Role::Operator) => review_pair::ask;
    GET "/review/{set}/end" Access::Only(Role::Operator) => review::ask_end;
    POST "/review/{set}/end" Access::Only(Role::Operator) => review::end;
    GET "/agency/lookups" Access::Only(Role::Uploader) => lookups::lookups;
    POST "/agency/lookups/{lookup}" Access::Only(Role::Uploader) => lookups::answer;
    GET "/releases" Access::Among(&ReleaseReader::ROLES) => list::show;
    GET "/releases/new" Access::Only(Role::Preparer) => prepare::new;
    POST "/releases/new" Access::Only(Role::Preparer) => prepare::queue;
    POST "/releases/new/try" Access::Only(Role::Preparer) => prepare::attempt;
    GET "/approvals" Access::Only(Role::Approver) => approve::waiting;
    GET "/releases/{release}" Access::Among(&ReleaseReader::ROLES) => show::show;
    GET "/releases/{release}/report" Access::Among(&ReleaseReader::ROLES) => papers::report;
    GET "/releases/{release}/report.html" Access::Among(&ReleaseReader::ROLES) => papers::report_itself;
    GET "/releases/{release}/codebook" Access::Among(&ReleaseReader::ROLES) => papers::codebook;
    GET "/releases/{release}/evaluation" Access::Only(Role::Evaluator) => evaluate::ask;
    POST "/releases/{release}/evaluation" Access::Only(Role::Evaluator) => evaluate::show;
    POST "/releases/{release}/evaluation.html" Access::Only(Role::Evaluator) => evaluate::save;
    POST "/releases/{release}/download" Access::Only(Role::Evaluator) => download::download;
    GET "/releases/{release}/decide" Access::Only(Role::Approver) => approve::show;
    POST "/releases/{release}/decide" Access::Only(Role::Approver) => approve::decide;
    GET "/releases/{release}/withdraw" Access::Only(Role::Preparer) => prepare::before_withdraw;
    POST "/releases/{release}/withdraw" Access::Only(Role::Preparer) => prepare::withdraw;
    GET "/releases/{release}/take-back" Access::Only(Role::Compliance) => take_back::before;
    POST "/releases/{release}/take-back" Access::Only(Role::Compliance) => take_back::take_back;
    GET "/releases/{release}/request" Access::Only(Role::Evaluator) => changes::before_ask;
    POST "/releases/{release}/request" Access::Only(Role::Evaluator) => changes::ask;
    GET "/requests" Access::Among(&ReleaseReader::ROLES) => changes::list;
    GET "/requests/{request}" Access::Among(&ReleaseReader::ROLES) => changes::show;
    POST "/requests/{request}" Access::Among(&ReleaseReader::ROLES) => changes::answer;
    GET "/projects" Access::Only(Role::Evaluator) => projects::list;
    GET "/projects/{project}" Access::Only(Role::Evaluator) => projects::show;
    GET "/admin/agencies" Access::Only(Role::Administrator) => places::agencies;
    POST "/admin/agencies" Access::Only(Role::Administrator) => places::record_agency;
    GET "/admin/projects" Access::Only(Role::Administrator) => places::projects;
    POST "/admin/projects" Access::Only(Role::Administrator) => places::record_project;
    GET "/compliance" Access::Only(Role::Compliance) => overview::show;
    GET "/audit" Access::Only(Role::Compliance) => log::show;
    GET "/audit/export" Access::Only(Role::Compliance) => export::download;
    GET "/audit/verify" Access::Only(Role::Compliance) => verify::show;
    POST "/audit/verify" Access::Only(Role::Compliance) => verify::check;
    GET "/audit/questions" Access::Only(Role::Compliance) => questions::list;
    POST "/audit/questions" Access::Only(Role::Compliance) => questions::answer;
    GET "/audit/questions/{question}" Access::Only(Role::Compliance) => questions::show;
    GET "/audit/reviews" Access::Only(Role::Compliance) => reviews::list;
    GET "/audit/reviews/{week}" Access::Only(Role::Compliance) => reviews::show;
    POST "/audit/reviews/{week}" Access::Only(Role::Compliance) => reviews::sign_off;
    GET "/audit/accounts" Access::Only(Role::Compliance) => traces::list;
    GET "/audit/accounts/{account}" Access::Only(Role::Compliance) => traces::show;
    GET "/audit/{seq}" Access::Only(Role::Compliance) => entry::show;
    GET "/agreements" Access::Either(Role::Operator, Role::Compliance) => agreements::list::list;
    GET "/agreements/new" Access::Only(Role::Compliance) => agreements::new::form;
    POST "/agreements/new" Access::Only(Role::Compliance) => agreements::new::record;
    GET "/agreements/{agreement}" Access::Either(Role::Operator, Role::Compliance) => agreements::list::show;
    GET "/agreements/{agreement}/end" Access::Only(Role::Compliance) => agreements::end::confirm;
    POST "/agreements/{agreement}/end" Access::Only(Role::Compliance) => agreements::end::end;
    GET "/retention" Access::Only(Role::Compliance) => retention::list;
    GET "/retention/runs/{run}" Access::Only(Role::Compliance) => retention::confirm;
    POST "/retention/runs/{run}" Access::Only(Role::Compliance) => retention::destroy;
    GET "/retention/certificates/{destruction}" Access::Only(Role::Compliance) => retention::certificate;
    GET "/decisions" Access::Only(Role::Compliance) => decisions::show;
}
