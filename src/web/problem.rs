//! Refusals as RFC 9457 problem documents, with the stable code of the error.

use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use tallystick_wire::Rejection;

use crate::accounts::AccountError;
use crate::agreements::AgreementError;
use crate::audit::review::ReviewError;
use crate::clerical::ClericalError;
use crate::intake::IntakeError;
use crate::release::desk::DeskError;
use crate::release::requests::ChangeError;
use crate::runs::RunError;
use crate::store::StoreError;

/// A problem document. `code` is stable; `title` and `help` are for people and may change.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Problem {
    /// `urn:tallystick:problem:` and the code.
    #[serde(rename = "type")]
    kind: String,
    /// What is wrong, in a sentence without any value of the request.
    title: String,
    /// The status of the response.
    status: u16,
    /// The stable code.
    code: &'static str,
    /// What to do about it.
    help: String,
    /// Code of the refusal of a submission.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl Problem {
    /// A problem with this code.
    pub(crate) fn new(
        status: StatusCode,
        code: &'static str,
        title: impl ToString,
        help: impl ToString,
    ) -> Self {
        Self {
            kind: format!("urn:tallystick:problem:{code}"),
            title: title.to_string(),
            status: status.as_u16(),
            code,
            help: help.to_string(),
            reason: None,
        }
    }

    /// Something broke here; what, only the service's own log says.
    pub(crate) fn internal(code: &'static str) -> Self {
        let help = "try again; the operator finds the reason by the request's id";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, code, "the service failed", help)
    }

    /// Nobody, or somebody else, is signed in.
    pub(crate) fn unauthenticated() -> Self {
        let help = "sign in, or send a token as Authorization: Bearer";
        Self::new(StatusCode::UNAUTHORIZED, "not-signed-in", "nobody is signed in", help)
    }

    /// A submission that was refused when it was complete.
    pub(crate) fn refused(code: &str) -> Self {
        let help = "the code is explained in docs/intake.md; nothing of the file was kept";
        let mut problem = Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "submission-refused",
            "the submission was refused",
            help,
        );
        problem.reason = Some(code.to_owned());
        problem
    }

    /// A request that is not of the form it should have.
    pub(crate) fn malformed(title: &'static str) -> Self {
        let help = "the form of every request stands in /api/v1/openapi.json";
        Self::new(StatusCode::BAD_REQUEST, "request-malformed", title, help)
    }

    /// A request that is no upload and longer than any other.
    pub(crate) fn too_large() -> Self {
        let help = "service.request_bytes_max is the limit";
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        Self::new(status, "request-too-large", "the request is too long", help)
    }

    /// A request of which the body did not come in time, or that takes too long.
    pub(crate) fn too_slow() -> Self {
        let help = "send the request again; service.answer_seconds is the limit";
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "request-too-slow",
            "the request took too long",
            help,
        )
    }

    /// Nothing is there, or nothing that this caller may know of.
    pub(crate) fn not_found() -> Self {
        let help = "look the address up in /api/v1/openapi.json";
        Self::new(StatusCode::NOT_FOUND, "not-found", "there is nothing at this address", help)
    }
}

impl Problem {
    /// The stable code.
    pub(super) const fn code(&self) -> &'static str {
        self.code
    }

    /// What is wrong.
    pub(super) fn title(&self) -> &str {
        &self.title
    }

    /// What to do about it.
    pub(super) fn help(&self) -> &str {
        &self.help
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "error[{}]: {}", self.code, self.title)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if self.status == StatusCode::UNAUTHORIZED.as_u16() {
            response.insert_header(("www-authenticate", "Bearer"));
        }
        response
            .insert_header(ContentType("application/problem+json".parse().expect("a media type")))
            .json(self)
    }
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        let status = match &error {
            AccountError::SignInRefused
            | AccountError::SessionEnded
            | AccountError::TokenEnded
            | AccountError::EnrolmentEnded
            | AccountError::CodeRefused => StatusCode::UNAUTHORIZED,
            AccountError::NotAllowed => StatusCode::FORBIDDEN,
            AccountError::Unknown { .. } => StatusCode::NOT_FOUND,
            AccountError::NameTaken | AccountError::LastAdministrator => StatusCode::CONFLICT,
            AccountError::PasswordWeak
            | AccountError::DutiesApart
            | AccountError::NoRole
            | AccountError::NameInvalid
            | AccountError::AgencyMisplaced
            | AccountError::TokenDays { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            AccountError::Store(_) => return Self::of_store(error.code(), &error),
        };
        Self::new(status, error.code(), &error, error.help())
    }
}

impl From<AgreementError> for Problem {
    fn from(error: AgreementError) -> Self {
        let status = match &error {
            AgreementError::Unknown { .. } => StatusCode::NOT_FOUND,
            AgreementError::Ended => StatusCode::CONFLICT,
            AgreementError::NotProvider | AgreementError::NotPermitted(_) => StatusCode::FORBIDDEN,
            AgreementError::Malformed { .. }
            | AgreementError::Interval
            | AgreementError::Retention
            | AgreementError::Basis
            | AgreementError::NotEvaluator
            | AgreementError::Snapshot(_) => StatusCode::UNPROCESSABLE_ENTITY,
            AgreementError::Store(_) => return Self::of_store(error.code(), &error),
        };
        Self::new(status, error.code(), &error, error.help())
    }
}

impl From<ReviewError> for Problem {
    fn from(error: ReviewError) -> Self {
        let status = match &error {
            ReviewError::Week => StatusCode::UNPROCESSABLE_ENTITY,
            ReviewError::Done | ReviewError::Head => StatusCode::CONFLICT,
            ReviewError::Store(_) => return Self::of_store(error.code(), &error),
        };
        Self::new(status, error.code(), &error, error.help())
    }
}

impl From<IntakeError> for Problem {
    fn from(error: IntakeError) -> Self {
        let status = match &error {
            IntakeError::Io(_)
            | IntakeError::Store(_)
            | IntakeError::Rejected(Rejection::Io(_)) => {
                return Self::of_store(error.code(), &error);
            }
            IntakeError::Unknown => StatusCode::NOT_FOUND,
            IntakeError::NotPermitted { .. } => StatusCode::FORBIDDEN,
            IntakeError::Length { .. } | IntakeError::Overlong => StatusCode::PAYLOAD_TOO_LARGE,
            IntakeError::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            IntakeError::Offset { .. } | IntakeError::Closed => StatusCode::CONFLICT,
            IntakeError::Busy => StatusCode::LOCKED,
            IntakeError::Broken => StatusCode::BAD_REQUEST,
            // The upload protocol's own status.
            IntakeError::Checksum => StatusCode::from_u16(460).expect("a status of three digits"),
            IntakeError::Rejected(_)
            | IntakeError::ForeignSource
            | IntakeError::ProjectUnknown
            | IntakeError::KeyDiffers
            | IntakeError::SchemaUnknown
            | IntakeError::TooManyRecords => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self::new(status, error.code(), &error, error.help())
    }
}

impl From<RunError> for Problem {
    fn from(error: RunError) -> Self {
        let status = match error {
            RunError::Store(error) => return error.into(),
            RunError::Intake(error) => return error.into(),
            RunError::Io(_) | RunError::Panicked => {
                return Self::of_store(error.code(), &error);
            }
            RunError::Unknown => StatusCode::NOT_FOUND,
            RunError::NotPermitted(_) => StatusCode::FORBIDDEN,
            RunError::QueueFull { .. } => StatusCode::TOO_MANY_REQUESTS,
            RunError::Ended => StatusCode::CONFLICT,
            RunError::Nothing | RunError::EstimateTooLarge { .. } | RunError::Link(_) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
        };
        Self::new(status, error.code(), &error, error.help())
    }
}

impl From<ClericalError> for Problem {
    fn from(error: ClericalError) -> Self {
        let status = match error {
            ClericalError::Store(error) => return error.into(),
            ClericalError::Run(error) => return error.into(),
            ClericalError::Unknown => StatusCode::NOT_FOUND,
            ClericalError::NotPermitted(_) | ClericalError::LookupProvider => StatusCode::FORBIDDEN,
            ClericalError::SetsOpen { .. } => StatusCode::TOO_MANY_REQUESTS,
            ClericalError::SetClosed
            | ClericalError::PairClosed
            | ClericalError::Unjudged
            | ClericalError::LookupAsked
            | ClericalError::LookupAnswered => StatusCode::CONFLICT,
            ClericalError::RunUnfit(_)
            | ClericalError::TooFew { .. }
            | ClericalError::TooMany { .. }
            | ClericalError::LookupAcross => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self::new(status, error.code(), &error, error.help())
    }
}

impl From<DeskError> for Problem {
    fn from(error: DeskError) -> Self {
        let status = match error {
            DeskError::Store(error) => return error.into(),
            DeskError::Run(error) => return error.into(),
            DeskError::Panicked
            | DeskError::Bundle(_)
            | DeskError::Changed
            | DeskError::Stopping => {
                return Self::of_store(error.code(), &error);
            }
            DeskError::Unknown => StatusCode::NOT_FOUND,
            DeskError::NotPermitted(_) | DeskError::OwnRelease | DeskError::NotRecipient => {
                StatusCode::FORBIDDEN
            }
            DeskError::QueueFull { .. } => StatusCode::TOO_MANY_REQUESTS,
            DeskError::WrongState(_) => StatusCode::CONFLICT,
            DeskError::Superseded | DeskError::Expired => StatusCode::GONE,
            DeskError::TermsNotAccepted => StatusCode::BAD_REQUEST,
            DeskError::RunUnfit(_)
            | DeskError::Study(_)
            | DeskError::Policy(_)
            | DeskError::Refused(_)
            | DeskError::CohortSmall { .. }
            | DeskError::Differencing { .. }
            | DeskError::ValidDays { .. }
            | DeskError::Content(_)
            | DeskError::Opening(_) => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self::new(status, error.code(), &error, error.help())
    }
}

impl From<ChangeError> for Problem {
    fn from(error: ChangeError) -> Self {
        let status = match error {
            ChangeError::Store(error) => return error.into(),
            ChangeError::Desk(error) => return error.into(),
            ChangeError::Unknown => StatusCode::NOT_FOUND,
            ChangeError::TooMany => StatusCode::TOO_MANY_REQUESTS,
            ChangeError::Closed(_) => StatusCode::CONFLICT,
            ChangeError::Kind | ChangeError::Text => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self::new(status, error.code(), &error, error.help())
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::of_store(error.code(), &error)
    }
}

impl Problem {
    /// The client learns the code, the log of the service the reason.
    pub(super) fn of_store(code: &'static str, error: &dyn std::fmt::Display) -> Self {
        tracing::error!(code, reason = %error, "the records failed");
        if code == "store-full" {
            let help = "try again later; the operator must make room";
            return Self::new(
                StatusCode::INSUFFICIENT_STORAGE,
                code,
                "there is no room left",
                help,
            );
        }
        Self::internal(code)
    }
}
