//! The best rising map from score to probability (pool adjacent violators), and what it says of a forecast.
//!
//! Against the isotonic recalibration a mean score splits into miscalibration - discrimination + uncertainty:
//! score(p) - score(isotonic), score(base rate) - score(isotonic), score(base rate), the first two never negative.
//! Source: Dimitriadis, Gneiting & Jordan (2021), PNAS 118, e2016191118 (CORP).

use crate::Levels;
use crate::calibration::{entropy, scores, times};
use crate::json_number;
use loglik_num::{log, log1p};
use serde::{Deserialize, Serialize};

/// Scores in `[low, high]` share one recalibrated probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Smallest score pooled.
    pub low: f64,
    /// Largest.
    pub high: f64,
    /// Weight of the cases over that of the rows.
    pub probability: f64,
    /// Weight of the rows.
    pub n: f64,
}

/// Steps by rising score; probabilities rise strictly from step to step.
pub fn isotonic(levels: &dyn Levels) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    levels.visit(|level| {
        let n = level.cases + level.controls;
        let mut new = Step { low: level.score, high: level.score, probability: level.cases / n, n };
        while let Some(above) = steps.pop_if(|above| above.probability <= new.probability) {
            let n = new.n + above.n;
            let cases = new.probability * new.n + above.probability * above.n;
            new = Step { low: new.low, high: above.high, probability: cases / n, n };
        }
        steps.push(new);
    });
    steps.reverse();
    steps
}

/// A mean score in three parts: mean = miscalibration - discrimination + uncertainty.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Decomposition {
    /// The mean score.
    #[serde(serialize_with = "json_number::one")]
    pub mean: f64,
    /// What isotonic recalibration would gain.
    #[serde(serialize_with = "json_number::one")]
    pub miscalibration: f64,
    /// What the recalibrated scores gain over the base rate.
    pub discrimination: f64,
    /// Score of the base rate.
    pub uncertainty: f64,
}

/// Brier score and log loss decomposed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Decompositions {
    /// Of the squared error.
    pub brier: Decomposition,
    /// Of the log loss, nats.
    pub log_loss: Decomposition,
}

/// Decompositions of levels whose scores are probabilities.
pub fn decompose(levels: &dyn Levels) -> Decompositions {
    let totals = levels.totals();
    let given = scores(levels);
    let (mut brier, mut loss) = (0.0, 0.0);
    for step in isotonic(levels) {
        let q = step.probability;
        brier += step.n * q * (1.0 - q);
        loss += step.n * (times(q, || -log(q)) + times(1.0 - q, || -log1p(-q)));
    }
    let part = |mean: f64, best: f64, uncertainty: f64| Decomposition {
        mean,
        miscalibration: mean - best,
        discrimination: uncertainty - best,
        uncertainty,
    };
    Decompositions {
        brier: part(given.brier, brier / totals.total(), given.brier_of_base_rate),
        log_loss: part(given.log_loss, loss / totals.total(), entropy(totals)),
    }
}
