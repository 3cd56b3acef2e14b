//! A fit can be asked to stop: whoever holds the flag asks, the fit looks once a pass over the rows.

use loglik_fit::RunError;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A flag that asks what runs with it to stop; clones are the same flag. A signal handler may set it.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl From<Arc<AtomicBool>> for Interrupt {
    fn from(flag: Arc<AtomicBool>) -> Self {
        Self(flag)
    }
}

impl Interrupt {
    /// A flag that nobody has set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks to stop.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked.
    #[must_use]
    pub fn asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Stops what was asked to.
    pub(crate) fn check(&self) -> Result<(), RunError> {
        if self.asked() { Err(RunError::Interrupted) } else { Ok(()) }
    }
}
