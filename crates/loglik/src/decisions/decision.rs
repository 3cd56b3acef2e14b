//! What a model file keeps of a decision: a threshold or costs of classes, and a recalibration of probabilities.

use crate::{ModelFile, Number};
use loglik_decide::bayes_rule::CostMatrix;
use loglik_decide::recalibrate::Recalibration;
use loglik_decide::threshold::Policy;
use serde::{Deserialize, Serialize};

/// How predictions become classes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// The event is predicted above it; null where classes are decided by costs.
    pub threshold: Number,
    /// Bootstrap interval of the threshold.
    pub threshold_low: Number,
    /// Its upper end.
    pub threshold_high: Number,
    /// What it was chosen for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Policy>,
    /// Cost of predicting a class (column) where another is true (row), in the order of the levels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub costs: Option<CostMatrix>,
    /// Folds of the scores it was chosen on; null for scores of the model itself.
    pub folds: Option<usize>,
    /// Rows it was chosen on.
    pub n: usize,
    /// Of the draws.
    pub seed: u64,
}

impl ModelFile {
    /// With another decision.
    #[must_use]
    pub fn with_decision(mut self, decision: Option<Decision>) -> Self {
        self.decision = decision;
        self
    }

    /// With another recalibration of its probabilities.
    #[must_use]
    pub fn with_recalibration(mut self, recalibration: Option<Recalibration>) -> Self {
        self.recalibration = recalibration;
        self
    }

    /// The threshold that was saved.
    pub(crate) fn threshold(&self) -> Option<f64> {
        self.decision.as_ref().map(|d| d.threshold.0).filter(|t| !t.is_nan())
    }

    /// The costs of classes that were saved.
    pub(crate) fn costs(&self) -> Option<&CostMatrix> {
        self.decision.as_ref()?.costs.as_ref()
    }

    /// The probability of the event after recalibration.
    pub(crate) fn recalibrated(&self, p: f64) -> f64 {
        self.recalibration.as_ref().map_or(p, |map| map.apply(p))
    }

    /// Recalibrates the probabilities of one row's classes; of two, the later one is the event.
    pub(crate) fn recalibrate_classes(&self, p: &mut [f64]) {
        match (&self.recalibration, p) {
            (Some(map), [other, event]) => {
                *event = map.apply(*event);
                *other = 1.0 - *event;
            }
            (Some(map), p) => {
                map.apply_to_classes(p);
            }
            (None, _) => {}
        }
    }

    /// The class of these probabilities, by its place: by the threshold of two, by least expected cost, else the
    /// largest; the earlier at a tie.
    pub(crate) fn class_of(&self, p: &[f64]) -> usize {
        if let (Some(threshold), [_, event]) = (self.threshold(), p) {
            return usize::from(*event > threshold);
        }
        let by_cost = self.costs().and_then(|costs| costs.decide(p).ok());
        by_cost.unwrap_or_else(|| (1..p.len()).fold(0, |best, k| if p[k] > p[best] { k } else { best }))
    }

    /// Whether what was saved can be used with this model's classes.
    pub(crate) fn decides_soundly(&self) -> bool {
        let classes = self.fit.response.levels.as_ref().map_or(0, Vec::len);
        let fits = self.costs().is_none_or(|costs| costs.classes() == classes && costs.is_sound());
        fits && self.recalibration.as_ref().is_none_or(Recalibration::is_sound)
    }
}
