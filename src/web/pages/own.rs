//! What holders renew themselves: recovery codes, and password with second factor. Both want password and code once more.

use actix_web::HttpResponse;
use actix_web::web::Data;
use askama::Template;
use zeroize::Zeroizing;

use super::super::extract::{Peer, block};
use super::super::gates::Gates;
use super::super::problem::Problem;
use super::super::sign_ins::SignIns;
use super::enrolment::PasswordPage;
use super::frame::Frame;
use super::refusal::Refusal;
use super::visit::{Posted, Reader, Visit};
use super::{page, page_again};
use crate::accounts::{self, AccountError, Password, Principal, Proof};
use crate::unit::Unit;

#[derive(Template)]
#[template(path = "account/proof.html")]
struct ProofPage {
    frame: Frame,
    /// Where the form goes.
    action: &'static str,
    heading: &'static str,
    lede: &'static str,
    button: &'static str,
    problem: Option<Problem>,
}

impl ProofPage {
    fn codes(reader: &Reader) -> Self {
        Self {
            frame: Frame::of(reader),
            action: "/account/recovery-codes",
            heading: "New recovery codes",
            lede: "You get ten new ones; all earlier ones, used or not, are good no more.",
            button: "Make new recovery codes",
            problem: None,
        }
    }

    fn password(reader: &Reader) -> Self {
        Self {
            frame: Frame::of(reader),
            action: "/account/password",
            heading: "New password and second factor",
            lede: "Both are set together. Until you have finished, the old ones stay good; then all your sessions and tokens end.",
            button: "Go on to the new password",
            problem: None,
        }
    }
}

/// Asks for the proof before new recovery codes.
pub(super) async fn ask_codes(visit: Visit<Principal>) -> Result<HttpResponse, Refusal> {
    page(&ProofPage::codes(&visit.reader))
}

/// Asks for the proof before a new password.
pub(super) async fn ask_password(visit: Visit<Principal>) -> Result<HttpResponse, Refusal> {
    page(&ProofPage::password(&visit.reader))
}

#[derive(Template)]
#[template(path = "account/codes.html")]
struct CodesPage {
    frame: Frame,
    codes: Vec<String>,
}

/// Makes new recovery codes, and shows them this once.
pub(super) async fn renew_codes(
    unit: Data<Unit>,
    guards: (Data<SignIns>, Data<Gates>),
    peer: Peer,
    posted: Posted<Principal>,
) -> Result<HttpResponse, Refusal> {
    let reader = posted.reader.clone();
    let made = proven(unit, guards, peer, posted, |unit, by, proof| {
        let Unit { store, accounts_key, config, .. } = unit;
        accounts::renew_recovery_codes(store, accounts_key, &config.accounts, by, proof)
    });
    match made.await {
        Ok(codes) => page(&CodesPage {
            frame: Frame::of(&reader),
            codes: codes.iter().map(|code| code.to_string()).collect(),
        }),
        Err(problem) => page_again(
            &problem.clone(),
            &ProofPage { problem: Some(problem), ..ProofPage::codes(&reader) },
        ),
    }
}

/// Goes on with the page of a link, as it was made for its holder just now.
pub(super) async fn renew_password(
    unit: Data<Unit>,
    guards: (Data<SignIns>, Data<Gates>),
    peer: Peer,
    posted: Posted<Principal>,
) -> Result<HttpResponse, Refusal> {
    let reader = posted.reader.clone();
    let made = proven(unit, guards, peer, posted, |unit, by, proof| {
        let Unit { store, accounts_key, config, .. } = unit;
        accounts::invite_oneself(store, accounts_key, &config.accounts, by, proof)
    });
    match made.await {
        Ok(link) => page(&PasswordPage::of_own(&link)),
        Err(problem) => page_again(
            &problem.clone(),
            &ProofPage { problem: Some(problem), ..ProofPage::password(&reader) },
        ),
    }
}

/// Does it with the proof of a form, in its turn: a password is hashed.
async fn proven<T: Send + 'static>(
    unit: Data<Unit>,
    (sign_ins, gates): (Data<SignIns>, Data<Gates>),
    peer: Peer,
    posted: Posted<Principal>,
    change: impl FnOnce(&Unit, &Principal, &Proof) -> Result<T, AccountError> + Send + 'static,
) -> Result<T, Problem> {
    let proof = Proof {
        password: Password::new(posted.fields.raw("password").to_owned()),
        code: Zeroizing::new(posted.fields.text("code").replace(' ', "")),
    };
    sign_ins.check(peer.0)?;
    let turn = gates.password().await?;
    block(move || {
        let _turn = turn;
        change(&unit, &posted.by, &proof)
    })
    .await
}
