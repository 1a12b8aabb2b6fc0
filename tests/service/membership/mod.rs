//! Nobody of the police can learn who is a provider's client (42 CFR 2.52): whatever they ask, units that differ only in the
//! provider's people answer alike, and do the same work for it.
//!
//! What this shows: every address, with ids of the police, of the provider and of nobody, with bodies that are taken, while runs have
//! linked both and found other persons in each unit. Compared are status, headers, body, and the work in the records.
//!
//! Work is the number of instructions of SQLite's virtual machine, which grows with each row that a statement looks at, but for a few
//! that hang on the chance of ids ([`CHANCE`]). It depends on no clock, and shows on any machine a request whose work grows with the
//! provider's clients, their rows or their persons. What it does not show: work that hangs on a single row of the provider's; time
//! outside the records (sealed files, hashing, the network); waiting for another's transaction while a run or an upload is
//! worked on; caches of the system.

mod asking;
mod told;

use std::sync::atomic::Ordering;

use asking::{Asked, everything, plain};
use told::{Clients, provider_submission, told};

/// Instructions by which the work for one request differs between equal units, for the chance of their ids: a look-up takes one more
/// where what it finds is not the last of its index. Four at most were seen. Between the units five people differ, and to look at each of
/// them in a loop is three instructions at least.
const CHANCE: u64 = 8;

fn is_alike(work: u64, more: u64) -> bool {
    work.abs_diff(more) <= CHANCE
}

#[test]
fn the_police_see_the_same_whoever_the_providers_clients_are() {
    let told = [Clients::Nobody, Clients::SomeOfThem, Clients::AllOfThem].map(told);
    let [nobody, some, all] = [0, 1, 2].map(|unit: usize| told[unit].persons);
    assert!(nobody > some && some > all, "the persons of the runs differ: {nobody} {some} {all}");
    let seen = told.each_ref().map(everything);
    for other in &seen[1..] {
        assert_eq!(seen[0].len(), other.len());
        for ((name, first, work), (_, second, more)) in seen[0].iter().zip(other) {
            assert_eq!(first, second, "{name}");
            assert!(is_alike(*work, *more), "{name}: {work} and {more} instructions");
        }
    }
    let statuses = |whose: &str| -> Vec<u16> {
        let of = |(name, plain, _): &Asked| name.ends_with(whose).then_some(plain.0);
        seen[0].iter().filter_map(of).collect()
    };
    let own = statuses("(their own)");
    for wanted in [200, 201, 204, 403] {
        assert!(own.contains(&wanted), "{wanted} of {own:?}");
    }
    let malformed = [400, 405, 415, 500];
    assert!(!own.iter().any(|status| malformed.contains(status)), "bodies are taken: {own:?}");
}

#[test]
fn what_is_the_providers_is_to_the_police_as_what_is_nobodys() {
    let told = told(Clients::AllOfThem);
    let seen = everything(&told);
    let of = |whose: &str| -> Vec<Asked> {
        let name = |name: &str| name.strip_suffix(whose).map(str::to_owned);
        seen.iter()
            .filter_map(|(it, plain, work)| Some((name(it)?, plain.clone(), *work)))
            .collect()
    };
    let (theirs, nobodys) = (of("(the provider's)"), of("(nobody's)"));
    assert_eq!(theirs.len(), nobodys.len());
    for ((name, first, work), (_, second, more)) in theirs.iter().zip(&nobodys) {
        // The project is the same for both, and known to both.
        if name.contains('{') && !name.contains("{project}") {
            assert_eq!(first, second, "{name}");
            assert!(is_alike(*work, *more), "{name}: {work} and {more} instructions");
        }
    }
}

#[test]
fn the_comparison_would_show_a_difference() {
    let told = told(Clients::Nobody);
    let look = || {
        let before = told.steps.load(Ordering::Relaxed);
        let seen = plain(&told.provider.get("/api/v1/submissions"));
        (seen, told.steps.load(Ordering::Relaxed) - before)
    };
    look();
    let (before, work) = look();
    assert_eq!(look(), (before.clone(), work), "the same unit does the same work twice");
    let bytes = provider_submission(Clients::AllOfThem);
    assert_eq!(told.provider.send_bytes("PUT", "/api/v1/submissions", &[], &bytes).status, 201);
    let (after, more) = look();
    assert_ne!(after, before);
    assert!(!is_alike(work, more), "one row more: {more} after {work}");
}
