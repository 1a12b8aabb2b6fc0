//! The demo's clock: the system's, set back while a service is filled, so that weeks lie behind it when it is clicked through.

use std::sync::atomic::{AtomicI64, Ordering};

use tallystick::clock::{Clock, SystemClock, Timestamp};

/// The system's clock, some time behind.
#[derive(Debug, Default)]
pub(crate) struct DemoClock {
    behind_seconds: AtomicI64,
}

impl DemoClock {
    /// How many days it is behind from now on; never more than before, because time does not go back.
    pub(crate) fn set_behind(&self, days: i64) {
        self.behind_seconds.store(days * 86_400, Ordering::Relaxed);
    }
}

impl Clock for DemoClock {
    fn now(&self) -> Timestamp {
        SystemClock.now().plus_seconds(-self.behind_seconds.load(Ordering::Relaxed))
    }
}
