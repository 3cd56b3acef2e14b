//! Levels that are kept as a list: resampled scores, and scores binned in a stream.
//!
//! `BinTally` counts cases and controls in equal bins of [0, 1]: parts of the data are tallied anywhere and merged,
//! in memory that does not grow with the rows. Pairs inside one bin count as ties, so an area from it lies within
//! `auc_error` of the exact one, half the share of pairs that share a bin; nothing else about it is approximate.

use crate::{DecideError, Level, Levels, Scored, Totals, WeightKind};
use serde::{Deserialize, Serialize};

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

/// Counts by bin of [0, 1], mergeable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BinTally {
    kind: WeightKind,
    unit: bool,
    rows: [usize; 2],
    /// [bin][control, case]: weight, squared weight.
    bins: Vec<[(f64, f64); 2]>,
    /// [bin] weighted sum of the scores.
    sums: Vec<f64>,
}

impl BinTally {
    /// `bins` equal bins (65,536 hold a typical AUC error near 1e-5 of smooth scores).
    pub fn new(bins: usize, kind: WeightKind) -> Self {
        let bins = bins.max(1);
        Self { kind, unit: true, rows: [0; 2], bins: vec![[(0.0, 0.0); 2]; bins], sums: vec![0.0; bins] }
    }

    /// Counts a part of the data.
    ///
    /// # Errors
    /// `NotProbability`.
    pub fn add(&mut self, data: &Scored<'_>) -> Result<(), DecideError> {
        data.need_probabilities()?;
        let count = self.bins.len();
        for (_, case, score, w) in data.rows() {
            let bin = ((score * count as f64) as usize).min(count - 1);
            let class = usize::from(case);
            let cell = &mut self.bins[bin][class];
            *cell = (cell.0 + w, cell.1 + w * w);
            self.sums[bin] += w * score;
            self.rows[class] += 1;
            self.unit &= w == 1.0;
        }
        Ok(())
    }

    /// Adds the tally of other rows; merge in the order of the parts for the same bits.
    ///
    /// # Errors
    /// `Length` if the other has another number of bins.
    pub fn merge(&mut self, other: &Self) -> Result<(), DecideError> {
        if other.bins.len() != self.bins.len() {
            return Err(DecideError::Length { what: "bins", got: other.bins.len(), want: self.bins.len() });
        }
        for (mine, theirs) in self.bins.iter_mut().zip(&other.bins) {
            for class in 0..2 {
                mine[class].0 += theirs[class].0;
                mine[class].1 += theirs[class].1;
            }
        }
        self.sums.iter_mut().zip(&other.sums).for_each(|(mine, theirs)| *mine += theirs);
        self.rows = [self.rows[0] + other.rows[0], self.rows[1] + other.rows[1]];
        self.unit &= other.unit;
        Ok(())
    }

    /// Levels for the curves, each bin at the mean of its scores.
    ///
    /// # Errors
    /// `OneClass`.
    pub fn levels(&self) -> Result<LevelList, DecideError> {
        if self.rows[0] == 0 || self.rows[1] == 0 {
            return Err(DecideError::OneClass { only: if self.rows[0] == 0 { "case" } else { "control" } });
        }
        let mut totals = Totals {
            cases: 0.0,
            controls: 0.0,
            n_cases: self.rows[1],
            n_controls: self.rows[0],
            unit: self.unit,
            kind: self.kind,
        };
        let mut levels = Vec::new();
        for (&[control, case], &sum) in self.bins.iter().zip(&self.sums).rev() {
            totals.cases += case.0;
            totals.controls += control.0;
            if case.0 + control.0 > 0.0 {
                levels.push(Level {
                    score: sum / (case.0 + control.0),
                    cases: case.0,
                    controls: control.0,
                    cases_sq: case.1,
                    controls_sq: control.1,
                });
            }
        }
        Ok(LevelList { levels, totals })
    }

    /// Bound on |AUC from the bins - exact AUC|: half the share of case-control pairs that share a bin.
    pub fn auc_error(&self) -> f64 {
        let total = |class: usize| self.bins.iter().map(|bin| bin[class].0).sum::<f64>();
        let shared: f64 = self.bins.iter().map(|bin| bin[0].0 * bin[1].0).sum();
        0.5 * shared / (total(0) * total(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Ranked;
    use crate::delong::auc;
    use crate::draw::Draws;

    #[test]
    fn bins_of_parts_merged_are_within_the_stated_error_of_the_exact_area() {
        let mut draws = Draws::new(3, 0);
        let score: Vec<f64> = (0..3000).map(|_| draws.uniform()).collect();
        let y: Vec<f64> = score.iter().map(|s| f64::from(draws.uniform() < *s)).collect();
        let exact = Ranked::new(&Scored::new(&y, &score).expect("legal"), 1).expect("two classes");
        for bins in [10, 1000] {
            let mut whole = BinTally::new(bins, WeightKind::Frequency);
            for part in 0..3 {
                let rows = part * 1000..(part + 1) * 1000;
                let mut tally = BinTally::new(bins, WeightKind::Frequency);
                tally
                    .add(&Scored::new(&y[rows.clone()], &score[rows]).expect("legal"))
                    .expect("probabilities");
                whole.merge(&tally).expect("as many bins");
            }
            let gap = auc(&whole.levels().expect("both"), 0.95).expect("legal").auc
                - auc(&exact, 0.95).expect("legal").auc;
            assert!(gap.abs() <= whole.auc_error() && gap != 0.0, "{gap} {}", whole.auc_error());
        }
    }
}
