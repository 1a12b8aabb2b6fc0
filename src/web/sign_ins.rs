//! How often one address may try to sign in.

use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroU32;

use actix_web::http::StatusCode;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::problem::Problem;

/// Counts log-ons by address.
#[derive(Debug)]
pub(crate) struct SignIns(DefaultKeyedRateLimiter<IpAddr>);

impl SignIns {
    pub(crate) fn new(per_minute: NonZeroU32) -> Self {
        Self(RateLimiter::keyed(Quota::per_minute(per_minute)))
    }

    /// Refuses one too many, before anything is looked up.
    pub(crate) fn check(&self, address: Option<IpAddr>) -> Result<(), Problem> {
        self.0.retain_recent();
        let address = match address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)) {
            // A subscriber has a whole /64.
            IpAddr::V6(address) => IpAddr::V6((u128::from(address) >> 64 << 64).into()),
            address => address,
        };
        self.0.check_key(&address).map_err(|_| {
            Problem::new(
                StatusCode::TOO_MANY_REQUESTS,
                "sign-ins-too-many",
                "too many log-ons from this address",
                "wait a minute",
            )
        })
    }
}
