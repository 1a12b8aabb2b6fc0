//! The people of the demo: an account for each role, enrolled over HTTPS as real ones are.

use anyhow::Context as _;
use serde_json::{Value, json};
use tallystick::accounts::SecondFactor;
use tallystick::clock::Clock;

use crate::client::{Client, text};

/// Password of every account of the demo. They are synthetic people.
pub(crate) const PASSWORD: &str = "synthetic people only";

/// Somebody with an account.
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) role: &'static str,
    /// For an authenticator.
    pub(crate) uri: String,
    /// Codes that are good once each; some are spent.
    pub(crate) recovery_codes: Vec<String>,
}

impl Person {
    /// Sets password and second factor by the link that was given.
    pub(crate) fn enrol(
        anybody: &Client,
        clock: &dyn Clock,
        name: &str,
        role: &'static str,
        link: &str,
    ) -> anyhow::Result<Self> {
        let wanted = json!({ "link": link, "password": PASSWORD });
        let uri = text(&anybody.post("/enrolment", &wanted)?, "uri")?.to_owned();
        let factor = SecondFactor::from_uri(&uri).context("the service gives a second factor")?;
        let code = factor.code(clock.now());
        let done = anybody.post("/enrolment/confirm", &json!({ "link": link, "code": code }))?;
        let codes = done["recovery_codes"].as_array().context("there are recovery codes")?;
        let codes = codes.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        Ok(Self { name: name.to_owned(), role, uri, recovery_codes: codes })
    }

    /// Signs in with a recovery code: the codes of the device are good once in half a minute.
    pub(crate) fn sign_in(&mut self, anybody: &Client) -> anyhow::Result<Client> {
        let code = self.recovery_codes.pop().context("a recovery code is left")?;
        anybody.sign_in(&self.name, PASSWORD, &code)
    }

    /// A program's token in the person's role.
    pub(crate) fn token(&mut self, anybody: &Client) -> anyhow::Result<String> {
        let wanted = json!({ "role": self.role, "days": 30 });
        let made = self.sign_in(anybody)?.post("/tokens", &wanted)?;
        Ok(text(&made, "secret")?.to_owned())
    }
}
