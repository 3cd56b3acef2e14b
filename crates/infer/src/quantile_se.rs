//! Standard errors of a quantile's coefficients: iid, nid (local sparsities) and kernel sandwich.
//!
//! The covariance of a quantile's coefficients is tau (1 - tau) J^-1 X'X J^-1 with J = X' diag(f) X and f each row's
//! density at its quantile. Where the rows are alike f is one number, the inverse of the slope of the residuals' quantiles near
//! 0 (iid); else it is 2h over the gap between the fits at tau + h and tau - h (nid; Hendricks & Koenker 1992, JASA 87,
//! 58-68) or a Gaussian kernel at the residual (Powell 1991). h by Hall & Sheather (1988), JRSS B 50, 381-391. Weights
//! multiply columns and response, as in R's quantreg, whose definitions of bandwidths and ranges these are. Gaps between
//! neighbouring quantiles are summed in passes; the others need all residuals side by side.

use crate::median_line::median_slope;
use loglik_design::{Chunk, Frame};
use loglik_fit::{
    Executor, Fit, Gather, Model, Pass, QuantileRows, RunError, Sweep, location_columns, quantile_at,
};
use loglik_num::{Cholesky, exp, normal_quantile, pow};
use std::sync::Arc;

/// Where the densities come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sparsity {
    /// One density for all rows.
    Iid,
    /// Gaps between neighbouring quantiles.
    Nid,
    /// A kernel at each residual.
    Kernel,
}

/// What keeps a gap between two quantiles off 0, in the response's unit; quantreg's, left out where gaps are not far above it.
const GAP: f64 = 1.490_116_119_384_765_6e-8;

/// Rows with weights multiplied in.
struct Weighted {
    p: usize,
    /// Columns by row                                                        `[n][p]`
    x: Vec<f64>,
    /// Residuals                                                             `[n]`
    residuals: Vec<f64>,
}

/// A covariance `[q, q]` and the coefficients that it belongs to `[q]`.
pub type QuantileVcov = (Vec<f64>, Vec<usize>);

/// Covariance of the location's coefficients and the coefficients that it belongs to; `None` where the likelihood has no
/// quantile, or a density that is needed cannot be had                        `[q, q]`, `[q]`
///
/// * `counts` whether weights count rows (the row so many times) instead of multiplying them
///
/// # Errors
/// When the data cannot be read again.
pub fn quantile_vcov(
    fit: &Fit,
    run: &mut dyn Executor,
    sparsity: Sparsity,
    counts: bool,
) -> Result<Option<QuantileVcov>, RunError> {
    let Some(loss) = fit.model.likelihood.check_loss() else { return Ok(None) };
    if sparsity == Sparsity::Nid {
        return by_neighbours(fit, run, loss.tau(), counts);
    }
    let Some((rows, columns)) = QuantileRows::of(fit, run)? else { return Ok(None) };
    let beta: Vec<f64> = columns.iter().map(|j| fit.point.beta[*j]).collect();
    let data = Weighted::new(&rows, &beta, counts);
    let vcov = match sparsity {
        Sparsity::Iid => data.iid(loss.tau()),
        _ => data.kernel(loss.tau()).and_then(|f| {
            let (bread, meat) = (data.gram(|r| f[r]), data.gram(|_| 1.0));
            sandwich(&bread, &meat, data.p, loss.tau())
        }),
    };
    Ok(vcov.map(|vcov| (vcov, columns)))
}

/// tau (1 - tau) J^-1 X'X J^-1                                              `[p, p]`
fn sandwich(j: &[f64], meat: &[f64], p: usize, tau: f64) -> Option<Vec<f64>> {
    let bread = Cholesky::new(j, p).ok()?.inverse();
    let product = |a: &[f64], b: &[f64]| -> Vec<f64> {
        (0..p * p).map(|at| (0..p).map(|k| a[at / p * p + k] * b[k * p + at % p]).sum()).collect()
    };
    let inside = product(&product(&bread, meat), &bread);
    Some(inside.into_iter().map(|v| tau * (1.0 - tau) * v).collect())
}

/// Densities from the gap between the quantiles at tau + h and tau - h; 0 where they cross.
fn by_neighbours(
    fit: &Fit,
    run: &mut dyn Executor,
    tau: f64,
    counts: bool,
) -> Result<Option<QuantileVcov>, RunError> {
    let n = if counts { fit.end.weight } else { run.frame().rows as f64 };
    let h = inner_bandwidth(tau, n);
    let columns = location_columns(fit);
    let p = columns.len();
    let Some(above) = quantile_at(fit, tau + h, run)? else { return Ok(None) };
    let Some(below) = quantile_at(fit, tau - h, run)? else { return Ok(None) };
    let apart: Vec<f64> = above.iter().zip(&below).map(|(a, b)| a - b).collect();
    let mut sums = |density: Option<(f64, f64)>| {
        let pass = Gaps { columns: columns.clone(), apart: apart.clone(), counts, density };
        run.run(&fit.model, &Pass::Gather(Arc::new(pass))).map(loglik_fit::Tally::into_gathered)
    };
    let mean = sums(None)?[0] / n;
    let least = if GAP < 1e-6 * mean { GAP } else { 0.0 };
    let grams = sums(Some((h, least)))?;
    let vcov = sandwich(&grams[1..=p * p], &grams[1 + p * p..], p, tau);
    Ok(vcov.map(|vcov| (vcov, columns)))
}

/// The sum of the sizes of gaps between two quantiles; with `h` and the least gap in `density` also X' diag(f) X and X'X, f
/// each row's density                                                       `[1 + 2 p p]`
#[derive(Debug)]
struct Gaps {
    columns: Vec<usize>,
    /// Between the coefficients                                              `[p]`
    apart: Vec<f64>,
    counts: bool,
    density: Option<(f64, f64)>,
}

impl Gather for Gaps {
    fn zero(&self, _: &Model, _: &Frame) -> Vec<f64> {
        let p = self.columns.len();
        vec![0.0; 1 + 2 * p * p]
    }

    fn add(&self, model: &Model, _: &mut Sweep, chunk: &Chunk, out: &mut Vec<f64>) {
        let p = self.columns.len();
        for row in QuantileRows::of_chunk(model, &self.columns, chunk).each() {
            let (repeat, w) = if self.counts { (row[p + 1].round(), 1.0) } else { (1.0, row[p + 1]) };
            let x: Vec<f64> = row[..p].iter().map(|x| w * x).collect();
            let gap: f64 = x.iter().zip(&self.apart).map(|(x, d)| x * d).sum();
            out[0] += repeat * gap.abs();
            let Some((h, least)) = self.density else { continue };
            let f = if gap > least { 2.0 * h / (gap - least) } else { 0.0 };
            let (bread, meat) = out[1..].split_at_mut(p * p);
            for (sums, by) in [(bread, repeat * f), (meat, repeat)] {
                for (sums, a) in sums.chunks_exact_mut(p).zip(&x) {
                    sums.iter_mut().zip(&x).for_each(|(sum, b)| *sum += by * a * b);
                }
            }
        }
    }
}

/// Half the width of the range of shares, by Hall & Sheather.
fn bandwidth(tau: f64, n: f64) -> f64 {
    let x = normal_quantile(tau);
    let density = normal_density(x);
    let level = pow(normal_quantile(0.975), 2.0 / 3.0);
    pow(n, -1.0 / 3.0) * level * pow(1.5 * density * density / (2.0 * x * x + 1.0), 1.0 / 3.0)
}

/// The same, halved until both ends are shares.
fn inner_bandwidth(tau: f64, n: f64) -> f64 {
    let mut h = bandwidth(tau, n);
    while tau - h < 0.0 || tau + h > 1.0 {
        h /= 2.0;
    }
    h
}

fn normal_density(x: f64) -> f64 {
    exp(-0.5 * x * x) / (2.0 * std::f64::consts::PI).sqrt()
}

impl Weighted {
    fn new(rows: &QuantileRows, beta: &[f64], counts: bool) -> Self {
        let p = rows.p();
        let (mut x, mut residuals) = (Vec::new(), Vec::new());
        for row in rows.each() {
            let (repeat, w) = if counts { (row[p + 1].round() as usize, 1.0) } else { (1, row[p + 1]) };
            let eta: f64 = row[..p].iter().zip(beta).map(|(x, b)| x * b).sum();
            let size = row[p].abs().max(row[..p].iter().zip(beta).map(|(x, b)| (x * b).abs()).sum());
            let residual = row[p] - eta;
            // Rows on the quantile are met to rounding, not to the last bit.
            let residual = if residual.abs() <= 1e-12 * size { 0.0 } else { residual };
            for _ in 0..repeat {
                x.extend(row[..p].iter().map(|x| w * x));
                residuals.push(w * residual);
            }
        }
        Self { p, x, residuals }
    }

    fn n(&self) -> usize {
        self.residuals.len()
    }

    /// X' diag(q) X                                                         `[p, p]`
    fn gram(&self, q: impl Fn(usize) -> f64) -> Vec<f64> {
        let p = self.p;
        let mut out = vec![0.0; p * p];
        for (r, x) in self.x.chunks_exact(p).enumerate() {
            let w = q(r);
            for (i, a) in x.iter().enumerate() {
                out[i * p..(i + 1) * p].iter_mut().zip(x).for_each(|(sum, b)| *sum += w * a * b);
            }
        }
        out
    }

    /// s^2 tau (1 - tau) (X'X)^-1, s the slope of a median line through the residuals nearest 0 against their rank.
    fn iid(&self, tau: f64) -> Option<Vec<f64>> {
        let (n, p) = (self.n(), self.p);
        let mut nearest: Vec<f64> = self.residuals.clone();
        nearest.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
        let met = nearest.iter().filter(|r| **r == 0.0).count();
        let wide = (n as f64 * bandwidth(tau, n as f64)).ceil() as usize;
        let range = met..(met + 1 + wide.max(p + 1)).min(n);
        let mut taken: Vec<f64> = nearest.get(range.clone())?.to_vec();
        taken.sort_by(f64::total_cmp);
        let ranks: Vec<f64> = range.map(|rank| (rank + 1) as f64 / (n.saturating_sub(p)) as f64).collect();
        let sparsity = median_slope(&ranks, &taken)?;
        let by = sparsity * sparsity * tau * (1.0 - tau);
        let inverse = Cholesky::new(&self.gram(|_| 1.0), p).ok()?.inverse();
        Some(inverse.into_iter().map(|v| by * v).collect())
    }

    /// Densities from a Gaussian kernel, its width by the spread of the residuals `[n]`
    fn kernel(&self, tau: f64) -> Option<Vec<f64>> {
        let n = self.n() as f64;
        let h = inner_bandwidth(tau, n);
        let mean = self.residuals.iter().sum::<f64>() / n;
        let sd = (self.residuals.iter().map(|r| (r - mean) * (r - mean)).sum::<f64>() / (n - 1.0)).sqrt();
        let mut sorted = self.residuals.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let place = share * (n - 1.0);
            let (low, high) = (place.floor() as usize, place.ceil() as usize);
            sorted[low] + (place - place.floor()) * (sorted[high] - sorted[low])
        };
        let spread = sd.min((at(0.75) - at(0.25)) / 1.34);
        let width = (normal_quantile(tau + h) - normal_quantile(tau - h)) * spread;
        let density = |r: &f64| normal_density(r / width) / width;
        (width > 0.0).then(|| self.residuals.iter().map(density).collect())
    }
}
