//! Parameters that a fit has at the end of their range, in refits under a hypothesis: there they may lie inside again.
//!
//! A negative binomial whose counts vary no more than Poisson ones is fitted with theta at infinity. Without a term that
//! explains them they do, and the maximum has a finite theta. So a refit in the limit model is climbed on from, with those
//! parameters free and just inside their ranges; the higher end counts.

use crate::prepare::Prepared;
use crate::run::Found;
use loglik_fit::{Finding, Fit, Within};

/// The coordinate just inside the end of a range: within rounding of the limit, with slopes still above it.
pub(crate) const NEAR_END: f64 = 12.0;

/// A parameter at the end of its range.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AtEnd {
    /// Index of the likelihood's parameter.
    pub(crate) k: usize,
    /// Its intercept, a coefficient of the model that has it free.
    pub(crate) at: usize,
    pub(crate) upper: bool,
}

/// The parameters that a fit has at the end of their range, in the order found.
pub(crate) fn at_ends(prepared: &Prepared, fit: &Fit) -> Vec<AtEnd> {
    let end = |finding: &Finding| match finding {
        Finding::Boundary { param: k, upper } => {
            let at = prepared.model.predictors[*k].intercept?;
            Some(AtEnd { k: *k, at, upper: *upper })
        }
        _ => None,
    };
    fit.findings.iter().filter_map(end).collect()
}

impl Found<'_> {
    /// The parameters at the end of their range that a refit moves.
    pub(crate) fn at_ends(&self) -> Vec<AtEnd> {
        at_ends(self.prepared, self.fit).into_iter().filter(|end| self.moves(end.at)).collect()
    }

    /// Where a climb begins that has them free, from one that holds them; `None` where there is none.
    pub(crate) fn inside(&self, beta: &[f64]) -> Option<Vec<f64>> {
        let ends = self.at_ends();
        let mut start = beta.to_vec();
        for end in &ends {
            let (model, u) = (&self.prepared.model, if end.upper { NEAR_END } else { -NEAR_END });
            let predictor = &model.predictors[end.k];
            start[end.at] = predictor.link.from_u(model.support(end.k), u) - predictor.constant;
        }
        (!ends.is_empty()).then_some(start)
    }
}

/// Whether a climb with parameters free came to a maximum above that of the limit model.
pub(crate) fn is_inside(free: &Within, held: &Within) -> bool {
    let higher = free.derivs.loglik.hi > held.derivs.loglik.hi;
    free.stop.reason.is_success() && free.drift.is_empty() && higher
}
