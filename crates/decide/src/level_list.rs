//! Levels that are kept as a list: scores binned in a stream.

use crate::{Alike, DecideError, Level, Levels, Mark, Totals, WeightKind};

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
}

impl Levels for LevelList {
    fn each_block(&self, each: &mut dyn FnMut(&[Level])) {
        self.levels.split(|level| level.cases + level.controls == 0.0).for_each(each);
    }

    fn visit_alike(&self, from: Mark, most: usize, each: &mut dyn FnMut(Alike)) -> Mark {
        let (mut at, mut seen) = (from.levels(), 0);
        while seen < most && at < self.levels.len() {
            let Level { score, cases, controls, .. } = self.levels[at];
            for (case, count) in [(true, cases), (false, controls)] {
                if count > 0.0 {
                    seen += 1;
                    each(Alike { score, case, count, weight: 1.0 });
                }
            }
            at += 1;
        }
        Mark::behind(at)
    }

    fn totals(&self) -> Totals {
        self.totals
    }
}
