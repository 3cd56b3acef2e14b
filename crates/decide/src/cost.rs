//! What decisions cost: Bayes' threshold, cost curves, decision curves.
//!
//! Cost curves (Drummond & Holte 2006, Machine Learning 65, 95-130) are the lower envelope over all thresholds of
//! the expected cost, one vertex per edge of the convex hull of the ROC curve. Decision curves (Vickers & Elkin
//! 2006, Medical Decision Making 26, 565-574) show the net benefit tp/n - fp/n t/(1 - t) of flagging at p > t.

use crate::cut::visit_cuts;
use crate::thin::{Thinned, Thinner};
use crate::{DecideError, Levels};
use serde::{Deserialize, Serialize};

/// Cost of each of the four outcomes; gains are negative.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Costs {
    /// A case that is not flagged.
    pub miss: f64,
    /// A control that is flagged.
    pub alarm: f64,
    /// A case that is flagged.
    #[serde(default)]
    pub hit: f64,
    /// A control that is not flagged.
    #[serde(default)]
    pub pass: f64,
}

impl Costs {
    /// Right decisions are free.
    pub fn new(miss: f64, alarm: f64) -> Self {
        Self { miss, alarm, hit: 0.0, pass: 0.0 }
    }

    /// Extra cost of the wrong decision for a case, and for a control.
    ///
    /// # Errors
    /// `BadOption` unless all are finite, neither wrong decision is cheaper than the right one, and one is dearer.
    pub fn regrets(&self) -> Result<(f64, f64), DecideError> {
        let (case, control) = (self.miss - self.hit, self.alarm - self.pass);
        for (option, value) in [("cost of a miss", case), ("cost of an alarm", control)] {
            if !(value >= 0.0 && value.is_finite()) {
                return Err(DecideError::BadOption {
                    option,
                    value,
                    wanted: "finite and at least that of the right decision",
                });
            }
        }
        if case + control > 0.0 {
            Ok((case, control))
        } else {
            Err(DecideError::BadOption {
                option: "costs",
                value: 0.0,
                wanted: "above 0 for one kind of error",
            })
        }
    }

    /// The threshold that is best for calibrated probabilities: control / (control + case) regrets.
    ///
    /// `shift` = (base rate of the scores, base rate where decisions are made) moves it to the scale of the scores:
    /// its odds are multiplied by the odds of the first over those of the second.
    ///
    /// # Errors
    /// `BadOption` for costs or rates.
    pub fn threshold(&self, shift: Option<(f64, f64)>) -> Result<f64, DecideError> {
        let (case, control) = self.regrets()?;
        let ratio = match shift {
            None => 1.0,
            Some((of_scores, of_decisions)) => odds(of_scores)? / odds(of_decisions)?,
        };
        Ok(control * ratio / (control * ratio + case))
    }

    /// Mean cost a row, the shares of cases flagged, controls flagged and cases given.
    pub fn per_row(&self, tpr: f64, fpr: f64, prevalence: f64) -> f64 {
        prevalence * (self.miss + (self.hit - self.miss) * tpr)
            + (1.0 - prevalence) * (self.pass + (self.alarm - self.pass) * fpr)
    }
}

fn odds(rate: f64) -> Result<f64, DecideError> {
    if rate > 0.0 && rate < 1.0 {
        Ok(rate / (1.0 - rate))
    } else {
        Err(DecideError::BadOption { option: "prevalence", value: rate, wanted: "between 0 and 1" })
    }
}

/// Vertices (fpr, tpr) of the upper convex hull of the ROC curve, from (0, 0) to (1, 1).
pub fn hull(levels: &dyn Levels) -> Vec<(f64, f64)> {
    let totals = levels.totals();
    let mut hull: Vec<(f64, f64)> = Vec::new();
    visit_cuts(levels, |cut| {
        let c = (cut.fp, cut.tp);
        while let [.., a, b] = hull[..] {
            if (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0) < 0.0 {
                break;
            }
            hull.pop();
        }
        hull.push(c);
    });
    hull.into_iter().map(|(fp, tp)| (fp / totals.controls, tp / totals.cases)).collect()
}

/// A vertex of the cost curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CostPoint {
    /// Share of the possible cost that lies with cases: prevalence x miss over that plus (1 - prevalence) x alarm.
    pub probability_cost: f64,
    /// Least expected cost over all thresholds, 1 = everything wrong.
    pub cost: f64,
}

/// The least expected cost over the cost of classes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CostCurve {
    /// Exact area under the whole curve: mean cost where every cost of classes is as likely.
    pub area: f64,
    /// At most the vertices asked for.
    pub curve: Thinned<CostPoint>,
}

/// The lower envelope, thinned by equal steps of the cost of classes to at most `limit` vertices.
pub fn cost_curve(levels: &dyn Levels, limit: usize) -> CostCurve {
    let points = envelope(levels);
    let area = points
        .windows(2)
        .map(|w| (w[1].probability_cost - w[0].probability_cost) * f64::midpoint(w[0].cost, w[1].cost))
        .sum();
    let mut thinner = Thinner::new(limit, 1.0);
    points.into_iter().for_each(|point| thinner.push(point.probability_cost, point));
    CostCurve { area, curve: thinner.finish() }
}

/// The lower envelope, concave and exact; 0 at both ends where all or none are flagged at no cost.
fn envelope(levels: &dyn Levels) -> Vec<CostPoint> {
    let hull = hull(levels);
    let mut points = vec![CostPoint { probability_cost: 0.0, cost: 0.0 }];
    for edge in hull.windows(2) {
        let ((f0, t0), (f1, t1)) = (edge[0], edge[1]);
        // Both ends cost the same where pc (t1 - t0) = (1 - pc) (f1 - f0).
        let pc = (f1 - f0) / ((f1 - f0) + (t1 - t0));
        points.push(CostPoint { probability_cost: pc, cost: pc * (1.0 - t0) + (1.0 - pc) * f0 });
    }
    points.push(CostPoint { probability_cost: 1.0, cost: 0.0 });
    points.dedup();
    points
}

/// Net benefit at one threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DecisionPoint {
    /// Flag when p > threshold.
    pub threshold: f64,
    /// Of the scores, in flagged cases a row.
    pub net_benefit: f64,
    /// Of flagging all; flagging none is 0.
    pub flag_all: f64,
}

/// Net benefit at `thresholds`, each in [0, 1), rising.
///
/// # Errors
/// `BadOption` for a threshold outside [0, 1) or out of order.
pub fn decision_curve(levels: &dyn Levels, thresholds: &[f64]) -> Result<Vec<DecisionPoint>, DecideError> {
    let rising = thresholds.windows(2).all(|w| w[0] <= w[1]);
    if let Some(&value) = thresholds.iter().find(|t| !(rising && (0.0..1.0).contains(*t))) {
        return Err(DecideError::BadOption {
            option: "threshold of a decision curve",
            value,
            wanted: "within [0, 1), in rising order",
        });
    }
    let totals = levels.totals();
    let n = totals.total();
    let benefit = |tp: f64, fp: f64, t: f64| tp / n - fp / n * (t / (1.0 - t));
    let mut points = Vec::with_capacity(thresholds.len());
    let mut left = thresholds;
    visit_cuts(levels, |cut| {
        while let [rest @ .., t] = left {
            if *t < cut.lower {
                break;
            }
            points.push(DecisionPoint {
                threshold: *t,
                net_benefit: benefit(cut.tp, cut.fp, *t),
                flag_all: benefit(totals.cases, totals.controls, *t),
            });
            left = rest;
        }
    });
    points.reverse();
    Ok(points)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Ranked, Scored};

    #[test]
    fn the_cost_curve_is_the_least_expected_cost_over_all_thresholds() {
        let y = [1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0];
        let s = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.1];
        let ranked = Ranked::new(&Scored::new(&y, &s).expect("legal"), 1).expect("two classes");
        let roc = crate::roc::points(&ranked);
        for point in cost_curve(&ranked, 400).curve.vertices {
            let pc = point.probability_cost;
            let least =
                roc.iter().map(|p| pc * (1.0 - p.tpr) + (1.0 - pc) * p.fpr).fold(f64::INFINITY, f64::min);
            // One rounding of each of four terms.
            assert!((point.cost - least).abs() < 1e-15);
        }
    }

    #[test]
    fn net_benefit_is_counted_by_hand_and_ties_are_not_flagged() {
        let data = Scored::new(&[1.0, 0.0, 1.0, 0.0], &[0.8, 0.5, 0.5, 0.2]).expect("legal");
        let ranked = Ranked::new(&data, 1).expect("two classes");
        let curve = decision_curve(&ranked, &[0.0, 0.2, 0.5, 0.9]).expect("legal");
        let benefits: Vec<f64> = curve.iter().map(|p| p.net_benefit).collect();
        assert_eq!(benefits, [0.5, 2.0 / 4.0 - 0.25 * (0.2 / 0.8), 0.25, 0.0]);
    }

    #[test]
    fn a_rarer_event_where_decisions_are_made_raises_the_threshold() {
        let costs = Costs::new(5.0, 1.0);
        assert_eq!(costs.threshold(None).expect("legal"), 1.0 / 6.0);
        let shifted = costs.threshold(Some((0.5, 0.1))).expect("legal");
        // odds 1/5 x (1 / (1/9)) = 9/5
        assert!((shifted - 9.0 / 14.0).abs() < 1e-15);
    }
}
