//! Levels that are kept as a list: resampled scores, and scores binned in a stream.

use crate::{DecideError, Level, Levels, Totals, WeightKind};

/// A list of levels, the largest score first; empty levels are passed over.
#[derive(Debug, Clone)]
pub struct LevelList {
    pub(crate) levels: Vec<Level>,
    pub(crate) totals: Totals,
}

impl LevelList {
    /// The levels with every case and every control weighed by a factor; the weights are those of sampling.
    #[must_use]
    pub fn weighed(mut self, case: f64, control: f64) -> Self {
        for level in &mut self.levels {
            level.cases *= case;
            level.controls *= control;
            level.cases_sq *= case * case;
            level.controls_sq *= control * control;
        }
        let totals = &mut self.totals;
        totals.cases *= case;
        totals.controls *= control;
        (totals.unit, totals.kind) = (false, WeightKind::Sampling);
        self
    }

    /// Refuses rows of one class only.
    ///
    /// # Errors
    /// `OneClass`.
    pub fn need_both_classes(&self) -> Result<(), DecideError> {
        match (self.totals.n_cases, self.totals.n_controls) {
            (0, _) => Err(DecideError::OneClass { only: "control" }),
            (_, 0) => Err(DecideError::OneClass { only: "case" }),
            _ => Ok(()),
        }
    }

    /// Whether every score lies in 0 to 1.
    pub(crate) fn are_probabilities(&self) -> bool {
        self.levels.iter().all(|level| (0.0..=1.0).contains(&level.score))
    }
}

impl Levels for LevelList {
    fn visit(&self, mut each: impl FnMut(Level)) {
        self.levels.iter().filter(|level| level.cases + level.controls > 0.0).for_each(|level| each(*level));
    }

    fn totals(&self) -> Totals {
        self.totals
    }
}
