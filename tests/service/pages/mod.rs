//! Pages over HTTP, as a browser without scripts asks for them.

mod account;
mod admin;
mod agency;
mod browser;
mod compliance;
mod compliance_papers;
mod enrolment;
mod everybody;
mod help;
mod releases;
mod review;
mod runs;
mod signing_in;

pub(crate) use browser::{Browser, Page};
