//! What a browser does of itself: it keeps the cookie, says where a form comes from, and sends back what stands in it.

use tallystick::clock::Clock as _;

use crate::unit::{Answer, Caller, Holder, PASSWORD, Service, code};

/// A browser in front of the service.
#[derive(Clone)]
pub(crate) struct Browser {
    caller: Caller,
}

/// What is on the screen.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) answer: Answer,
}

impl Page {
    pub(crate) fn status(&self) -> u16 {
        self.answer.status
    }

    /// Where it leads, of a redirect.
    pub(crate) fn leads_to(&self) -> &str {
        assert_eq!(self.answer.status, 303, "{}", self.answer.text);
        self.answer.header("location")
    }

    pub(crate) fn says(&self, text: &str) -> bool {
        self.answer.text.contains(text)
    }

    /// The value of a hidden field.
    pub(crate) fn hidden(&self, name: &str) -> String {
        let mark = format!("name=\"{name}\" value=\"");
        let rest = self.answer.text.split(&mark).nth(1);
        let rest = rest.unwrap_or_else(|| panic!("no field {name}: {}", self.answer.text));
        rest.split('"').next().unwrap().to_owned()
    }
}

impl Browser {
    pub(crate) fn new(service: &Service) -> Self {
        Self { caller: service.anonymous() }
    }

    /// The browser of somebody who signed in by the page.
    pub(crate) fn of(service: &Service, holder: &Holder) -> Self {
        service.clock.advance_seconds(60);
        let mut browser = Self::new(service);
        let code = code(&holder.uri, service.clock.now());
        let fields = [("name", &holder.name[..]), ("password", PASSWORD), ("code", &code[..])];
        let page = browser.post("/sign-in", &fields);
        assert_eq!(page.leads_to(), "/");
        browser.keep_cookie(&page);
        browser
    }

    pub(crate) fn keep_cookie(&mut self, page: &Page) {
        let cookie = page.answer.header("set-cookie").split(';').next().unwrap();
        self.caller = self.caller.with("cookie", cookie);
    }

    /// This browser with a header more.
    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Self {
        self.caller = self.caller.with(name, value);
        self
    }

    /// Requests as this browser makes them.
    pub(crate) fn caller(&self) -> &Caller {
        &self.caller
    }

    pub(crate) fn get(&self, path: &str) -> Page {
        Page { answer: self.caller.get(path) }
    }

    /// Sends a form as it stands, from a page of the service.
    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let origin = format!("https://{}", self.caller.host());
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("origin", origin.as_str()),
            ("sec-fetch-site", "same-origin"),
        ];
        let body = encode(fields);
        Page { answer: self.caller.send_bytes("POST", path, &headers, body.as_bytes()) }
    }

    /// Opens a page and sends the form on it.
    pub(crate) fn submit(&self, page: &str, action: &str, fields: &[(&str, &str)]) -> Page {
        let csrf = self.get(page).hidden("csrf");
        self.post(action, &[&[("csrf", csrf.as_str())], fields].concat())
    }

    /// Follows a redirect.
    pub(crate) fn follow(&self, page: &Page) -> Page {
        self.get(page.leads_to())
    }
}

/// Fields as browsers encode them.
fn encode(fields: &[(&str, &str)]) -> String {
    let escape = |text: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"*-._".contains(&byte);
        let escaped = text.bytes().map(|byte| match byte {
            b' ' => "+".to_owned(),
            byte if plain(byte) => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        });
        escaped.collect::<String>()
    };
    let pairs = fields.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value)));
    pairs.collect::<Vec<_>>().join("&")
}
