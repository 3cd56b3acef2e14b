//! Levels that are kept as a list: resampled scores, and scores binned in a stream.

use crate::{Level, Levels, Totals};

/// A list of levels, the largest score first; empty levels are passed over.
#[derive(Debug, Clone)]
pub struct LevelList {
    pub(crate) levels: Vec<Level>,
    pub(crate) totals: Totals,
}

impl Levels for LevelList {
    fn visit(&self, mut each: impl FnMut(Level)) {
        self.levels.iter().filter(|level| level.cases + level.controls > 0.0).for_each(|level| each(*level));
    }

    fn totals(&self) -> Totals {
        self.totals
    }
}
