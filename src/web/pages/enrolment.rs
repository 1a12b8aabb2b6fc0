//! By a link's secret: a new password, then the second factor, then recovery codes. The secret stands behind `#` in the link,
//! so that no log and no proxy sees it; afterwards it is in a hidden field.

use actix_web::HttpResponse;
use actix_web::web::Data;
use askama::Template;
use zeroize::Zeroizing;

use super::super::extract::{Peer, block};
use super::super::gates::Gates;
use super::super::problem::Problem;
use super::super::sign_ins::SignIns;
use super::qr::{Picture, picture};
use super::refusal::Refusal;
use super::visit::Form;
use super::{page, page_again};
use crate::accounts::{self, Password};
use crate::unit::Unit;

#[derive(Default, Template)]
#[template(path = "enrol/password.html")]
pub(super) struct PasswordPage {
    /// The secret of the link, once it is known.
    link: String,
    /// Whether it is the account's holder who asked for the link, in an open session.
    is_own: bool,
    link_wrong: String,
    password_wrong: String,
    again_wrong: String,
    problem: Option<Problem>,
}

impl PasswordPage {
    /// For a holder who has just shown password and code.
    pub(super) fn of_own(link: &str) -> Self {
        Self { link: link.to_owned(), is_own: true, ..Self::default() }
    }
}

#[derive(Template)]
#[template(path = "enrol/factor.html")]
struct FactorPage {
    link: String,
    picture: Option<Picture>,
    uri: String,
    /// The secret in groups of four, for typing.
    groups: Vec<String>,
    code_wrong: String,
}

#[derive(Template)]
#[template(path = "enrol/done.html")]
struct DonePage {
    codes: Vec<String>,
}

#[derive(Template)]
#[template(path = "enrol/ended.html")]
struct EndedPage {
    problem: Problem,
}

/// The page of a link.
pub(super) async fn show() -> Result<HttpResponse, Refusal> {
    page(&PasswordPage::default())
}

/// Takes the password, shows the second factor.
pub(super) async fn prepare(
    unit: Data<Unit>,
    guards: (Data<SignIns>, Data<Gates>),
    peer: Peer,
    form: Form,
) -> Result<HttpResponse, Refusal> {
    let fields = form.0;
    let link = secret_of(fields.text("link"));
    let again = PasswordPage {
        link: link.clone().unwrap_or_default(),
        is_own: fields.text("own") == "yes",
        ..PasswordPage::default()
    };
    let Some(link) = link else {
        let problem = Problem::malformed("this is no link for an account");
        let wrong =
            "Paste the link as it was given to you: it ends in # and 64 letters and digits.";
        return page_again(&problem, &PasswordPage { link_wrong: wrong.to_owned(), ..again });
    };
    if fields.raw("password") != fields.raw("again") {
        let problem = Problem::malformed("the two passwords differ");
        let wrong = "This is not the same as the password above. Type both again.".to_owned();
        return page_again(&problem, &PasswordPage { again_wrong: wrong, ..again });
    }
    let password = Password::new(fields.raw("password").to_owned());
    match new_factor(unit, guards, peer, link.clone(), password).await {
        Ok(uri) => page(&FactorPage::new(link, &uri, "")),
        Err(problem) => refused(&problem, again),
    }
}

fn refused(problem: &Problem, again: PasswordPage) -> Result<HttpResponse, Refusal> {
    match problem.code() {
        "enrolment-ended" => page_again(problem, &EndedPage { problem: problem.clone() }),
        "password-weak" => {
            let wrong = "Too easy to guess. Take several words that do not belong together.";
            page_again(problem, &PasswordPage { password_wrong: wrong.to_owned(), ..again })
        }
        _ => page_again(problem, &PasswordPage { problem: Some(problem.clone()), ..again }),
    }
}

/// Keeps a new password by its link, and gives the second factor.
async fn new_factor(
    unit: Data<Unit>,
    (sign_ins, gates): (Data<SignIns>, Data<Gates>),
    peer: Peer,
    link: String,
    password: Password,
) -> Result<Zeroizing<String>, Problem> {
    sign_ins.check(peer.0)?;
    let turn = gates.password().await?;
    block(move || {
        let _turn = turn;
        accounts::prepare(&unit.store, &unit.accounts_key, &link, &password)
    })
    .await
}

/// Takes a code of the new second factor, shows the recovery codes.
pub(super) async fn confirm(
    unit: Data<Unit>,
    sign_ins: Data<SignIns>,
    peer: Peer,
    form: Form,
) -> Result<HttpResponse, Refusal> {
    sign_ins.check(peer.0)?;
    let fields = form.0;
    let link = secret_of(fields.text("link")).unwrap_or_default();
    let code = Zeroizing::new(fields.text("code").replace(' ', ""));
    let (worker, wanted) = (unit.clone(), link.clone());
    let confirmed =
        block(move || accounts::confirm(&worker.store, &worker.accounts_key, &wanted, &code));
    match confirmed.await {
        Ok(done) => page(&DonePage {
            codes: done.recovery_codes.iter().map(|code| code.to_string()).collect(),
        }),
        Err(problem) if problem.code() == "code-refused" => {
            // The page that was sent shows again what it showed; whoever has only the link is not told it.
            let uri = fields.raw("uri");
            if !uri.starts_with("otpauth://totp/") {
                return page_again(&problem.clone(), &EndedPage { problem });
            }
            let wrong = "This code does not fit. Wait for the next one, and see that the clock of the device is right.";
            page_again(&problem, &FactorPage::new(link, uri, wrong))
        }
        Err(problem) => page_again(&problem.clone(), &EndedPage { problem }),
    }
}

impl FactorPage {
    fn new(link: String, uri: &str, wrong: &str) -> Self {
        let secret = uri.split("secret=").nth(1).and_then(|rest| rest.split('&').next());
        let secret: Vec<char> = secret.unwrap_or_default().chars().collect();
        Self {
            link,
            picture: picture(uri),
            uri: uri.to_owned(),
            groups: secret.chunks(4).map(|group| group.iter().collect()).collect(),
            code_wrong: wrong.to_owned(),
        }
    }
}

/// The secret of a link, of which the whole or only the end was pasted.
fn secret_of(text: &str) -> Option<String> {
    let secret = text.rsplit('#').next().unwrap_or_default().trim().to_ascii_lowercase();
    let fits = secret.len() == 64 && secret.bytes().all(|byte| byte.is_ascii_hexdigit());
    fits.then_some(secret)
}

#[cfg(test)]
mod tests {
    use super::secret_of;

    #[test]
    fn a_link_is_known_by_its_end() {
        let secret = "0123456789abcdef".repeat(4);
        assert_eq!(secret_of(&format!("https://x.example/enrol#{secret}")), Some(secret.clone()));
        assert_eq!(secret_of(&format!(" {} ", secret.to_uppercase())), Some(secret.clone()));
        for wrong in ["", "#", &secret[1..], "https://x.example/enrol", &"g".repeat(64)] {
            assert_eq!(secret_of(wrong), None);
        }
    }
}
