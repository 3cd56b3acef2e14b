//! The ROC curve: true against false positive rate over all cuts, its areas and its best point.
//!
//! Areas are of the polygon through all levels (tied scores make a sloping edge, so a tie counts one half), taken
//! while the levels go by; thinning the drawn curve changes none of them. Partial areas follow McClish (1989),
//! Medical Decision Making 9, 190-195, as do pROC's `partial.auc` and scikit-learn's `max_fpr`.

use crate::cut::{visit_corners, visit_cuts};
use crate::json_number;
use crate::thin::{Thinned, Thinner};
use crate::{DecideError, Levels};
use serde::Serialize;

/// A vertex of the curve: what any threshold down to the next vertex gives.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RocPoint {
    /// Middle of the interval of thresholds; infinite at the ends.
    #[serde(serialize_with = "json_number::one")]
    pub threshold: f64,
    /// Share of the controls that is flagged, 1 - specificity.
    pub fpr: f64,
    /// Share of the cases that is flagged, the sensitivity or recall.
    pub tpr: f64,
}

/// Every point of the curve, from none flagged to all: one more than there are distinct scores.
pub fn points(levels: &dyn Levels) -> Vec<RocPoint> {
    let totals = levels.totals();
    let mut all = Vec::new();
    visit_cuts(levels, |cut| {
        all.push(RocPoint {
            threshold: cut.threshold(),
            fpr: cut.fp / totals.controls,
            tpr: cut.tp / totals.cases,
        });
    });
    all
}

/// The curve at its corners, thinned to at most `limit` vertices by equal steps of `fpr + tpr`.
///
/// Between two kept vertices the curve is within `2 / (limit - 2)` of the drawn edge in `fpr + tpr`, plus one level.
pub fn curve(levels: &dyn Levels, limit: usize) -> Thinned<RocPoint> {
    let totals = levels.totals();
    let mut thinner = Thinner::new(limit, 2.0);
    visit_corners(levels, |cut| {
        let (fpr, tpr) = (cut.fp / totals.controls, cut.tp / totals.cases);
        thinner.push(fpr + tpr, RocPoint { threshold: cut.threshold(), fpr, tpr });
    });
    thinner.finish()
}

/// An area under a part of the curve, plain and brought to the scale of the AUC.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PartialArea {
    /// Area over the range.
    pub area: f64,
    /// `(1 + (area - chance) / (best - chance)) / 2`: 0.5 for chance, 1 for perfection.
    pub standardised: f64,
}

/// Which axis a partial area runs along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Along {
    /// Sensitivity over a range of the false positive rate, 1 - specificity.
    FalsePositiveRate,
    /// Specificity over a range of 1 - sensitivity.
    MissRate,
}

/// Area of the part of the curve where the error rate `along` lies in `[from, to]`.
///
/// `FalsePositiveRate` with `0, 0.1` is pROC's `partial.auc = c(1, 0.9)` and scikit-learn's `max_fpr = 0.1`;
/// `MissRate` with `0, 0.1` is pROC's focus on sensitivity between 1 and 0.9.
///
/// # Errors
/// `BadOption` unless `0 <= from < to <= 1`.
pub fn partial_auc(
    levels: &dyn Levels,
    along: Along,
    from: f64,
    to: f64,
) -> Result<PartialArea, DecideError> {
    if !(from >= 0.0 && from < to && to <= 1.0) {
        return Err(DecideError::BadOption {
            option: "partial AUC range",
            value: to,
            wanted: "a range within [0, 1]",
        });
    }
    let totals = levels.totals();
    let mut area = 0.0;
    let mut before: Option<(f64, f64)> = None;
    visit_cuts(levels, |cut| {
        let (fpr, tpr) = (cut.fp / totals.controls, cut.tp / totals.cases);
        let here = match along {
            Along::FalsePositiveRate => (fpr, tpr),
            // Mirrored, so that x runs to the left: the sign of the trapezoid is turned below.
            Along::MissRate => (1.0 - tpr, 1.0 - fpr),
        };
        if let Some(before) = before {
            area += match along {
                Along::FalsePositiveRate => trapezoid(before, here, from, to),
                Along::MissRate => trapezoid(here, before, from, to),
            };
        }
        before = Some(here);
    });
    let best = to - from;
    let chance = best * f64::midpoint(from, to);
    Ok(PartialArea { area, standardised: 0.5 * (1.0 + (area - chance) / (best - chance)) })
}

/// Area under the edge `a`-`b` (x rising) within `[from, to]`.
fn trapezoid(a: (f64, f64), b: (f64, f64), from: f64, to: f64) -> f64 {
    let (left, right) = (a.0.max(from), b.0.min(to));
    if right <= left {
        return 0.0;
    }
    let slope = (b.1 - a.1) / (b.0 - a.0);
    let at = |x: f64| if x == b.0 { b.1 } else { a.1 + slope * (x - a.0) };
    (right - left) * f64::midpoint(at(left), at(right))
}

/// The cuts of largest sensitivity + specificity (Youden 1950), several if they tie.
pub fn youden(levels: &dyn Levels) -> Vec<RocPoint> {
    let totals = levels.totals();
    let mut best = f64::NEG_INFINITY;
    let mut at = Vec::new();
    visit_cuts(levels, |cut| {
        let (sensitivity, specificity) =
            (cut.tp / totals.cases, (totals.controls - cut.fp) / totals.controls);
        let value = sensitivity + specificity;
        if value > best {
            best = value;
            at.clear();
        }
        if value == best {
            at.push(RocPoint { threshold: cut.threshold(), fpr: cut.fp / totals.controls, tpr: sensitivity });
        }
    });
    at
}
