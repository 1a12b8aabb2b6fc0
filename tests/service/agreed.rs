//! Agreements that permit what a test does, from now until the last day there is.

use std::collections::BTreeSet;

use tallystick::agreements::{
    self, Basis, Content, Day, Decision, Dsa, Interval, Irb, Mou, NewAgreement, Protocol, Purpose,
    Terms,
};
use tallystick::ids::{AgencyId, AgreementId, ProjectId};
use tallystick::store::Store;

fn record(store: &Store, terms: Terms) -> Result<AgreementId, agreements::AgreementError> {
    let interval = Interval::new(Day::of(store.now()), Day::LAST)?;
    agreements::record(store, None, &NewAgreement { document: [7; 32], interval, terms })
}

/// An agency may upload for a project: an MOU and a DSA, a provider's on this basis.
pub(crate) fn to_upload(
    store: &Store,
    agency: AgencyId,
    project: ProjectId,
    providers: Basis,
) -> [AgreementId; 2] {
    let mou = record(store, Terms::Mou(Mou { partners: [agency].into() })).unwrap();
    let dsa = |basis| {
        let terms = Dsa {
            agency,
            projects: [project].into(),
            purposes: [Purpose::Evaluation].into(),
            content: Content::All,
            basis,
            retention_until: Day::LAST,
        };
        record(store, Terms::Dsa(terms))
    };
    // A provider's names its basis, and no other does.
    [mou, dsa(None).or_else(|_| dsa(Some(providers))).unwrap()]
}

/// What agencies that may upload send may be linked: an MOU of all of them and a review board's decision.
pub(crate) fn to_link(
    store: &Store,
    agencies: impl IntoIterator<Item = AgencyId>,
    project: ProjectId,
) -> [AgreementId; 2] {
    let partners: BTreeSet<AgencyId> = agencies.into_iter().collect();
    let protocol = Protocol::new("TEST-1").unwrap();
    let irb = Irb { project, protocol, decision: Decision::Approved };
    let record = |terms| record(store, terms).unwrap();
    [record(Terms::Mou(Mou { partners })), record(Terms::Irb(irb))]
}
