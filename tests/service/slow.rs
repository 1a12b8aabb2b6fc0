//! Callers that send too slowly or too much are cut off; each test ends when the service hangs up.

use std::io::Read as _;

use tallystick::accounts::Role;

use crate::police::police_of;
use crate::unit::Service;

#[test]
fn who_never_ends_the_head_of_a_request_is_cut_off() {
    let service = Service::start_with(|config| config.service.request_head_seconds = 1);
    let mut connection = service.anonymous().connect();
    connection.send(b"GET /api/v1/health/live HTTP/1.1\r\nhost: ");
    let answer = connection.rest();
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
}

#[test]
fn who_connects_and_says_nothing_is_cut_off() {
    let service = Service::start();
    let mut silent = std::net::TcpStream::connect(service.address).unwrap();
    let mut bytes = Vec::new();
    let _ = silent.read_to_end(&mut bytes);
    assert!(bytes.is_empty());
}

#[test]
fn a_body_that_stops_coming_is_broken_off_and_what_came_is_kept() {
    let service = Service::start_with(|config| config.service.body_pause_seconds = 1);
    let police = police_of(service);
    let place = police.begin(1_000);
    let connection = police.caller.begin("PATCH", &place, &[0; 1_000], 0);
    assert!(connection.rest().starts_with("HTTP/1.1 204"), "nothing came, and nothing is wrong");
    assert_eq!(police.offset(&place), (200, "0".to_owned()));
}

#[test]
fn a_request_that_is_no_upload_has_its_time() {
    let service = Service::start_with(|config| config.service.answer_seconds = 1);
    let holder = service.enrol("keeper", &[Role::Administrator]);
    let caller = service.signed_in(&holder);
    let mut connection = caller.connect();
    let mut head = format!("POST /api/v1/agencies HTTP/1.1\r\nhost: {}\r\n", caller.host());
    for (name, value) in &caller.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("content-type: application/json\r\ncontent-length: 50\r\n\r\n{\"name\": ");
    connection.send(head.as_bytes());
    let answer = connection.rest();
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("request-too-slow"), "{answer}");
}

#[test]
fn what_is_longer_than_allowed_is_refused_before_it_comes() {
    let service = Service::start_with(|config| config.limits.submission_bytes_max = 2_000);
    let police = police_of(service);
    let answer = police.put(&[0; 2_001]);
    assert_eq!((answer.status, answer.code()), (413, "upload-length"));
    let place = police.begin(2_000);
    let answer = police.patch(&place, 0, &[0; 2_001], &[]);
    assert_eq!((answer.status, answer.code()), (413, "upload-overlong"));
}
