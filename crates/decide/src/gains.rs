//! Who is reached first: gains and lift for cases, and the Lorenz curve and Gini index for counts and amounts.
//!
//! Rows are taken from the largest score down; rows of one score come in as one, each part of them holding its
//! share of the cases, which is the mean over all orders of the tied rows.

use crate::cut::visit_cuts;
use crate::order::rising_rows;
use crate::thin::{Thinned, Thinner};
use crate::{DecideError, Levels};
use serde::Serialize;

/// After the share `depth` of all rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct GainPoint {
    /// Share of the weight taken.
    pub depth: f64,
    /// Share of all cases (or of the amount) among them.
    pub captured: f64,
    /// captured / depth
    pub lift: f64,
}

/// The gains curve.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gains {
    /// Exact area under the whole curve; 1/2 by chance.
    pub area: f64,
    /// At most the vertices asked for.
    pub curve: Thinned<GainPoint>,
}

/// Gains at every level, thinned to at most `limit` vertices by equal steps of depth.
pub fn gains(levels: &dyn Levels, limit: usize) -> Gains {
    let totals = levels.totals();
    let mut thinner = Thinner::new(limit, 1.0);
    let (mut area, mut before) = (0.0, (0.0, 0.0));
    visit_cuts(levels, |cut| {
        let (depth, captured) = (cut.flagged() / totals.total(), cut.tp / totals.cases);
        area += (depth - before.0) * f64::midpoint(captured, before.1);
        before = (depth, captured);
        if depth > 0.0 {
            thinner.push(depth, GainPoint { depth, captured, lift: captured / depth });
        }
    });
    Gains { area, curve: thinner.finish() }
}

/// Gains at equal steps of depth: 10 steps are the deciles.
pub fn gains_table(levels: &dyn Levels, steps: usize) -> Vec<GainPoint> {
    let totals = levels.totals();
    let mut table = Vec::with_capacity(steps);
    let mut before = (0.0, 0.0);
    visit_cuts(levels, |cut| {
        let here = (cut.flagged() / totals.total(), cut.tp / totals.cases);
        while table.len() < steps {
            let depth = (table.len() + 1) as f64 / steps as f64;
            if depth > here.0 {
                break;
            }
            let captured = before.1 + (here.1 - before.1) * ((depth - before.0) / (here.0 - before.0));
            table.push(GainPoint { depth, captured, lift: captured / depth });
        }
        before = here;
    });
    // The last step is all rows; a rounded sum of weights may have stopped just short of it.
    while table.len() < steps {
        table.push(GainPoint { depth: 1.0, captured: 1.0, lift: 1.0 });
    }
    table
}

/// How well a prediction orders counts or amounts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AmountGini {
    /// Twice the area between the gains curve by prediction and the diagonal.
    pub gini: f64,
    /// The same for the best order, by the amounts themselves (per unit of exposure).
    pub gini_best: f64,
    /// Their quotient; null if the amounts are all equal.
    pub gini_normalised: Option<f64>,
    /// Gains by prediction.
    pub curve: Thinned<GainPoint>,
}

/// Gini index of `amount` ordered by `predicted`.
///
/// * `amount`    claims, counts, money: >= 0, not all 0                       `[n]`
/// * `predicted` any score, larger first (per unit of exposure)               `[n]`
/// * `exposure`  weight of a row on the axis of depth, >= 0; 1 without one    `[n]`
///
/// # Errors
/// `Length`, `Empty`, `NotFinite`, `InvalidWeight`, `BadOption` for negative or vanishing amounts.
pub fn amount_gini(
    amount: &[f64],
    predicted: &[f64],
    exposure: Option<&[f64]>,
    limit: usize,
) -> Result<AmountGini, DecideError> {
    check_amounts(amount, predicted, exposure)?;
    let weight = |row: usize| exposure.map_or(1.0, |e| e[row]);
    let totals: (f64, f64) =
        (0..amount.len()).fold((0.0, 0.0), |(e, a), row| (e + weight(row), a + amount[row]));
    if totals.0 == 0.0 || totals.1 == 0.0 {
        return Err(DecideError::BadOption { option: "total amount", value: totals.1, wanted: "above 0" });
    }
    let mut thinner = Thinner::new(limit, 1.0);
    let gini = lorenz(amount, predicted, &weight, totals, |point| thinner.push(point.depth, point));
    let rate: Vec<f64> = (0..amount.len())
        .map(|row| if weight(row) > 0.0 { amount[row] / weight(row) } else { 0.0 })
        .collect();
    let gini_best = lorenz(amount, &rate, &weight, totals, |_| ());
    let gini_normalised = (gini_best > 0.0).then(|| gini / gini_best);
    Ok(AmountGini { gini, gini_best, gini_normalised, curve: thinner.finish() })
}

fn check_amounts(amount: &[f64], predicted: &[f64], exposure: Option<&[f64]>) -> Result<(), DecideError> {
    let n = amount.len();
    if n == 0 {
        return Err(DecideError::Empty { why: "no rows" });
    }
    for (what, got) in [("predicted", predicted.len()), ("exposure", exposure.map_or(n, <[f64]>::len))] {
        if got != n {
            return Err(DecideError::Length { what, got, want: n });
        }
    }
    for row in 0..n {
        for (what, value) in [("amount", amount[row]), ("predicted", predicted[row])] {
            if !value.is_finite() {
                return Err(DecideError::NotFinite { what, row, value });
            }
        }
        if amount[row] < 0.0 {
            return Err(DecideError::BadOption {
                option: "amount",
                value: amount[row],
                wanted: "at least 0",
            });
        }
        if let Some(value) = exposure.map(|e| e[row]).filter(|e| !(e.is_finite() && *e >= 0.0)) {
            return Err(DecideError::InvalidWeight { row, value, wanted: "a finite exposure >= 0" });
        }
    }
    Ok(())
}

/// Twice the area between the gains curve and the diagonal; hands over the vertices.
fn lorenz(
    amount: &[f64],
    by: &[f64],
    weight: &impl Fn(usize) -> f64,
    (exposure_total, amount_total): (f64, f64),
    mut vertex: impl FnMut(GainPoint),
) -> f64 {
    let order = rising_rows(by);
    let (mut depth, mut captured, mut area) = (0.0, 0.0, 0.0);
    let mut sums = (0.0, 0.0);
    for tied in order.chunk_by(|&a, &b| by[a as usize] == by[b as usize]).rev() {
        for &row in tied {
            sums.0 += weight(row as usize);
            sums.1 += amount[row as usize];
        }
        let here = (sums.0 / exposure_total, sums.1 / amount_total);
        area += (here.0 - depth) * f64::midpoint(captured, here.1);
        (depth, captured) = here;
        if depth > 0.0 {
            vertex(GainPoint { depth, captured, lift: captured / depth });
        }
    }
    2.0 * area - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delong::auc;
    use crate::{Ranked, Scored};

    #[test]
    fn for_zero_one_amounts_the_gini_is_that_of_the_roc_curve_after_normalising() {
        let y = [1.0, 0.0, 1.0, 0.0, 0.0, 1.0];
        let s = [0.9, 0.8, 0.8, 0.3, 0.2, 0.1];
        let ranked = Ranked::new(&Scored::new(&y, &s).expect("legal"), 1).expect("two classes");
        let gini = amount_gini(&y, &s, None, 400).expect("legal").gini_normalised.expect("amounts differ");
        // Identity: gains Gini / (1 - base rate) = 2 AUC - 1.
        assert!((gini - auc(&ranked, 0.95).expect("legal").gini).abs() < 1e-15);
    }

    #[test]
    fn tied_rows_share_their_cases_evenly_over_the_depth() {
        let data = Scored::new(&[1.0, 0.0, 1.0, 0.0], &[0.5; 4]).expect("legal");
        let table = gains_table(&Ranked::new(&data, 1).expect("two classes"), 4);
        assert!(table.iter().all(|point| point.lift == 1.0) && table.len() == 4);
    }
}
