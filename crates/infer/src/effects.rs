//! Effects: weighted sums of what is predicted of rows, or of its slopes, and their derivatives in the coefficients.
//!
//! A row's prediction f(eta_1 .. eta_K) has first derivatives f_k and second f_kl in its linear predictors. Moved along
//! a column, at the speeds m_k = d eta_k / d column, its slope is sum f_k m_k, whose derivative in a coefficient of
//! predictor k is f_k dx/d column + (sum_l f_kl m_l) x. Sums are by group of rows.

use loglik_design::Chunk;
use loglik_fit::Model;
use loglik_likelihood::RowDerivs;
use loglik_num::{Kernel, LANE, Lane, Real, dispatch};

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
    dispatch(Exponentials(out));
}

struct Exponentials<'a>(&'a mut RowDerivs);

impl Kernel for Exponentials<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (n, k) = (self.0.rows(), self.0.params());
        let RowDerivs { l, g, h, .. } = self.0;
        for eight in l.chunks_exact_mut(LANE) {
            Lane::load(eight).exp().store(eight);
        }
        let p = &l[..n];
        for i in 0..k {
            for j in 0..=i {
                let at = RowDerivs::pair(i, j) * n;
                let rows = h[at..at + n].iter_mut().zip(&g[i * n..][..n]).zip(&g[j * n..][..n]).zip(p);
                rows.for_each(|(((curve, a), b), p)| *curve = p * (*curve + a * b));
            }
        }
        g.chunks_exact_mut(n).for_each(|slopes| slopes.iter_mut().zip(p).for_each(|(slope, p)| *slope *= p));
    }
}

/// Calls `each(coefficient, x)` for the entries of one row of one predictor.
fn each_entry(model: &Model, k: usize, chunk: &Chunk, r: usize, mut each: impl FnMut(usize, f64)) {
    for piece in &model.predictors[k].pieces {
        chunk.blocks[piece.block].each_entry(r, |j, x| each(piece.first + j, x));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loglik_num::log;

    #[test]
    fn probabilities_have_the_derivatives_of_an_exponential() {
        let mut out = RowDerivs::new(LANE, 2);
        out.l.fill(log(0.5));
        out.g_mut(0).fill(2.0);
        out.g_mut(1).fill(-3.0);
        out.h_mut(0, 0).fill(0.25);
        out.h_mut(1, 0).fill(1.0);
        out.h_mut(1, 1).fill(-9.0);
        exponentiate(&mut out);
        let near = |a: f64, b: f64| (a - b).abs() < 1e-15 * (1.0 + b.abs());
        assert!(near(out.l[3], 0.5) && near(out.g(0)[3], 1.0) && near(out.g(1)[3], -1.5));
        assert!(near(out.h(0, 0)[3], 0.5 * 4.25) && near(out.h(1, 0)[3], -2.5) && near(out.h(1, 1)[3], 0.0));
    }
}
