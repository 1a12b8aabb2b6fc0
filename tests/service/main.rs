//! The service as its callers see it: the real server on a free port of loopback, over TLS.

mod authorisation;
mod log_on;
mod unit;
