//! Effects: weighted sums of what is predicted of rows, or of its slopes, and their derivatives in the coefficients.
//!
//! A row's prediction f(eta_1 .. eta_K) has first derivatives f_k and second f_kl in its linear predictors. Moved along
//! a column, at the speeds m_k = d eta_k / d column, its slope is sum f_k m_k, whose derivative in a coefficient of
//! predictor k is f_k dx/d column + (sum_l f_kl m_l) x. Sums are by group of rows.

use loglik_design::Chunk;
use loglik_fit::Model;
use loglik_likelihood::RowDerivs;
use loglik_num::exp;

/// A weighted sum of values and of their derivatives in the coefficients.
#[derive(Clone, Debug)]
pub struct Gradient {
    /// Sum of the weights of the rows.
    pub weight: f64,
    /// Weighted sum of the values.
    pub value: f64,
    /// Of its derivatives                                                     `[p]`
    pub gradient: Vec<f64>,
}

impl Gradient {
    /// Over no rows.
    pub fn zero(p: usize) -> Self {
        Self { weight: 0.0, value: 0.0, gradient: vec![0.0; p] }
    }
}

/// Weights and groups of the rows of a chunk.
#[derive(Clone, Copy, Debug)]
pub struct Grouping<'a> {
    /// What each row counts                                                   `[n]`
    pub weights: &'a [f64],
    /// The sum that each row belongs to                                       `[n]`
    pub groups: &'a [u32],
}

/// Adds the slopes of a chunk's predictions along a column.
///
/// * `predicted` values and derivatives of the rows
/// * `here`      the rows
/// * `slope`     derivatives of their design in the column
/// * `moved`     derivatives of their linear predictors in the column         `[k][n]`
pub fn add_slopes(
    model: &Model,
    predicted: &RowDerivs,
    (here, slope): (&Chunk, &Chunk),
    moved: &[Vec<f64>],
    rows: Grouping<'_>,
    sums: &mut [Gradient],
) {
    let k = model.predictors.len();
    for r in 0..here.rows {
        let (w, sum) = (rows.weights[r], &mut sums[rows.groups[r] as usize]);
        sum.weight += w;
        for i in 0..k {
            let first = w * predicted.g(i)[r];
            sum.value += first * moved[i][r];
            each_entry(model, i, slope, r, |j, x| sum.gradient[j] += first * x);
            let curved: f64 = (0..k).map(|l| predicted.h(i, l)[r] * moved[l][r]).sum();
            each_entry(model, i, here, r, |j, x| sum.gradient[j] += w * curved * x);
        }
    }
}

/// Adds the predictions of a chunk, times `sign`; only positive ones count rows.
///
/// * `predicted` values and derivatives of the rows
pub fn add_predictions(
    model: &Model,
    predicted: &RowDerivs,
    here: &Chunk,
    sign: f64,
    rows: Grouping<'_>,
    sums: &mut [Gradient],
) {
    for r in 0..here.rows {
        let (w, sum) = (rows.weights[r], &mut sums[rows.groups[r] as usize]);
        sum.weight += if sign > 0.0 { w } else { 0.0 };
        sum.value += sign * w * predicted.l[r];
        for i in 0..model.predictors.len() {
            let first = sign * w * predicted.g(i)[r];
            each_entry(model, i, here, r, |j, x| sum.gradient[j] += first * x);
        }
    }
}

/// Log-probabilities and their derivatives made probabilities: p = exp l, p_k = p l_k, p_kl = p (l_k l_l + l_kl).
pub fn exponentiate(out: &mut RowDerivs) {
    let k = out.params();
    let mut slopes = vec![0.0; k];
    for r in 0..out.l.len() {
        let p = exp(out.l[r]);
        out.l[r] = p;
        slopes.iter_mut().enumerate().for_each(|(i, slope)| *slope = out.g(i)[r]);
        for i in 0..k {
            for j in 0..=i {
                let curve = &mut out.h_mut(i, j)[r];
                *curve = p * (*curve + slopes[i] * slopes[j]);
            }
            out.g_mut(i)[r] = p * slopes[i];
        }
    }
}

/// Calls `each(coefficient, x)` for the entries of one row of one predictor.
fn each_entry(model: &Model, k: usize, chunk: &Chunk, r: usize, mut each: impl FnMut(usize, f64)) {
    for piece in &model.predictors[k].pieces {
        chunk.blocks[piece.block].each_entry(r, |j, x| each(piece.first + j, x));
    }
}
