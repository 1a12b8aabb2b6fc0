//! The first page: each account's own work.

use actix_web::HttpResponse;

use super::frame::home_of;
use super::see;
use super::visit::Visit;
use crate::accounts::Principal;

/// Sends everybody to where their work begins.
pub(super) async fn home(visit: Visit<Principal>) -> HttpResponse {
    see(home_of(&visit.reader))
}
