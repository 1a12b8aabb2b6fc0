//! `--serve`: a service is filled, everybody signs in by the page, and it ends on Ctrl-C without a trace.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use tallystick::accounts::{Role, SecondFactor};
use tallystick::clock::{Clock as _, SystemClock, Timestamp};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// Ends the program whatever happens.
struct Demo(Child);

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn agent(certificate: &PathBuf) -> ureq::Agent {
    let pem = std::fs::read(certificate).unwrap();
    let root = Certificate::from_pem(&pem).unwrap().to_owned();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::from([root]))
        .unversioned_rustls_crypto_provider(provider)
        .build();
    let agent = ureq::Agent::config_builder().tls_config(tls).http_status_as_error(false);
    agent.max_redirects(0).build().new_agent()
}

/// Lines until the table is whole.
fn said(demo: &mut Child) -> Vec<String> {
    let lines = BufReader::new(demo.stdout.take().unwrap()).lines();
    let mut said = Vec::new();
    for line in lines {
        let line = line.unwrap();
        let is_last = line.contains("each is good once");
        said.push(line);
        if is_last {
            return said;
        }
    }
    panic!("the demo ended: {said:#?}");
}

fn get(agent: &ureq::Agent, address: &str, cookie: &str) -> (u16, String, String) {
    let mut answer = agent.get(address).header("cookie", cookie).call().unwrap();
    let place = answer.headers().get("location").map(|it| it.to_str().unwrap().to_owned());
    let text = answer.body_mut().read_to_string().unwrap();
    (answer.status().as_u16(), place.unwrap_or_default(), text)
}

#[test]
fn everybody_of_the_demo_signs_in_and_sees_the_first_page() {
    let started = SystemClock.now();
    let mut demo = Command::new(env!("CARGO_BIN_EXE_tallystick-demo"));
    demo.args(["--serve", "--persons", "2000", "--port", "0"]).stdout(Stdio::piped());
    let mut demo = Demo(demo.spawn().unwrap());
    let said = said(&mut demo.0);
    let read = SystemClock.now();
    let url = said.iter().find(|line| line.starts_with("   https://")).unwrap().trim();
    let url = url.trim_end_matches('/');
    let certificate = said.iter().find(|line| line.ends_with("certificate.pem")).unwrap();
    let certificate = PathBuf::from(certificate.trim());
    let agent = agent(&certificate);
    let mut signed_in = 0;
    for row in said.iter().filter(|line| line.contains("synthetic people only")) {
        let words: Vec<&str> = row.split_whitespace().collect();
        let (role, name, printed) = (words[0], words[1], words[5]);
        assert!(Role::parse(role).is_some(), "{row}");
        let uri = said.iter().find(|line| line.contains(&format!("tallystick:{name}?"))).unwrap();
        let factor = SecondFactor::from_uri(uri).unwrap();
        let steps = started.0 / 30_000..=read.0 / 30_000;
        assert!(
            steps.map(|step| factor.code(Timestamp(step * 30_000))).any(|code| code == printed),
            "the code is that of the moment"
        );
        let code = factor.code(SystemClock.now());
        let body = format!("name={name}&password=synthetic+people+only&code={code}");
        let answer = agent
            .post(format!("{url}/sign-in"))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("origin", url)
            .send(&body)
            .unwrap();
        assert_eq!(answer.status().as_u16(), 303, "{name}");
        let cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap();
        let (status, place, _) = get(&agent, &format!("{url}/"), cookie);
        assert_eq!(status, 303, "{name}");
        let (status, _, page) = get(&agent, &format!("{url}{place}"), cookie);
        assert!(status == 200 && page.contains("<h1>") && page.contains(name), "{name} {place}");
        signed_in += 1;
    }
    assert_eq!(signed_in, 9, "{said:#?}");
    let place = certificate.ancestors().nth(4).unwrap().to_owned();
    assert!(place.exists() && place.file_name().unwrap().to_str().unwrap().contains("demo"));
    let stopped = Command::new("kill").args(["-INT", &demo.0.id().to_string()]).status().unwrap();
    assert!(stopped.success());
    assert!(demo.0.wait().unwrap().success());
    assert!(!place.exists(), "everything was removed");
}
