//! Precision against recall, with areas that join the points as the counts do.
//!
//! Between two levels the flagged cases and controls grow in proportion, so precision moves on a curve, not on a
//! chord: tp / (tp + fp0 + h (tp - tp0)) with h = dfp / dtp (Davis & Goadrich 2006, ICML; the integral in closed
//! form as in Keilwagen, Grosse & Grau 2014, PLoS ONE 9, e92209). Average precision (the step sum) and the
//! trapezoid over-join are kept beside it because other programs print them. The base rate is what chance reaches.

use crate::Levels;
use crate::cut::{Cut, visit_cuts};
use crate::json_number;
use crate::thin::{Thinned, Thinner};
use loglik_num::log1p;
use serde::Serialize;

/// A vertex: what any threshold down to the next vertex gives.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PrPoint {
    /// Middle of the interval of thresholds.
    #[serde(serialize_with = "json_number::one")]
    pub threshold: f64,
    /// Share of the cases that is flagged.
    pub recall: f64,
    /// Share of the flagged that is a case.
    pub precision: f64,
}

/// Areas and the drawn curve.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PrecisionRecall {
    /// Area with the right interpolation.
    pub area: f64,
    /// Sum of precision times the gain of recall: scikit-learn's `average_precision_score`.
    pub average_precision: f64,
    /// Area by straight lines from (0, 1): flatters, for comparison only.
    pub trapezoid: f64,
    /// Precision of flagging at random.
    pub base_rate: f64,
    /// Distinct scores, the points of the exact curve.
    pub points: usize,
    /// At most the vertices asked for.
    pub curve: Thinned<PrPoint>,
}

/// All of it in one walk; `limit` bounds the drawn vertices.
pub fn precision_recall(levels: &dyn Levels, limit: usize) -> PrecisionRecall {
    let totals = levels.totals();
    let mut sums = [0.0; 3];
    let mut points = 0;
    let mut before = Cut { lower: 0.0, upper: 0.0, tp: 0.0, fp: 0.0 };
    let mut precision_before = 1.0;
    // Recall and depth both move the eye: the first few rows span most precisions at almost no recall.
    let mut thinner = Thinner::new(limit, 2.0);
    let (a_case, a_row) = (1.0 / totals.cases, 1.0 / totals.total());
    visit_cuts(levels, |cut| {
        let flagged = cut.flagged();
        if flagged == 0.0 {
            return;
        }
        points += 1;
        let gain = cut.tp - before.tp;
        let precision = cut.tp / flagged;
        if gain > 0.0 {
            sums[0] += between(before, cut);
            sums[1] += gain * precision;
            sums[2] += gain * f64::midpoint(precision, precision_before);
        }
        thinner.push(cut.tp * a_case + (flagged * a_row).sqrt(), cut);
        before = cut;
        precision_before = precision;
    });
    let [area, average_precision, trapezoid] = sums.map(|sum| sum / totals.cases);
    let point = |cut: Cut| PrPoint {
        threshold: cut.threshold(),
        recall: cut.tp / totals.cases,
        precision: cut.tp / cut.flagged(),
    };
    let base_rate = totals.cases / totals.total();
    let curve = thinner.finish().map(point);
    PrecisionRecall { area, average_precision, trapezoid, base_rate, points, curve }
}

/// Integral of precision over tp from cut `a` to cut `b`: with r = 1 + h and c = tp0 + fp0 it is
/// d / r - (fp0 - h tp0) / r^2 log(1 + r d / c), d = tp1 - tp0. Untied rows have h = 0, and no division by r.
#[inline(always)]
fn between(a: Cut, b: Cut) -> f64 {
    let d = b.tp - a.tp;
    if a.fp == b.fp {
        return if a.fp == 0.0 { d } else { d - a.fp * log1p_of_few(d / a.flagged()) };
    }
    let h = (b.fp - a.fp) / d;
    let r = 1.0 + h;
    let straight = d / r;
    let offset = a.fp - h * a.tp;
    if offset == 0.0 { straight } else { straight - offset / (r * r) * log1p(r * d / a.flagged()) }
}

/// log(1 + x), x >= 0: where few rows of very many are added, five terms of the series are exact to x^5 / 6 < 2^-53, and
/// cheaper by far (bench `decisions`).
#[inline(always)]
fn log1p_of_few(x: f64) -> f64 {
    if x < 5e-4 { x * (1.0 - x * (0.5 - x * (1.0 / 3.0 - x * (0.25 - x * 0.2)))) } else { log1p(x) }
}
