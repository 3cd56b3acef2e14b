//! Deviance and Pearson's chi-square of exponential dispersion models, deviance of models for classes.
//!
//! D = sum of w d(y, mu), X2 = sum of w (y - mu)^2 / V(mu); w is the row's weight times what the row carries itself
//! (trials). For classes d is twice the log density that the row's own shares would have less the one it has.
//! McCullagh & Nelder (1989), sec. 2.3 and 5.2.

use loglik_design::{Chunk, Frame};
use loglik_fit::{Executor, Fit, Gather, Model, Pass, Point, Recession, RunError, Sweep};
use loglik_likelihood::{Order, ResponseKind, UnitDeviance};
use loglik_num::{Kernel, LANE, Lane, Real, dispatch};
use std::sync::Arc;

/// Sums over all rows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Deviance {
    /// Sum of weighted unit deviances.
    pub deviance: f64,
    /// Pearson's chi-square.
    pub pearson: f64,
    /// Dispersion of the fit: the variance of a row over its variance function.
    pub phi: f64,
}

/// The sums: deviance, chi-square, the dispersion of the first row, rows, rows for which it is known.
#[derive(Debug)]
struct UnitSums {
    at: Point,
    limits: Vec<Recession>,
}

impl Gather for UnitSums {
    fn zero(&self, _: &Model, _: &Frame) -> Vec<f64> {
        vec![0.0; 5]
    }

    fn add(&self, model: &Model, sweep: &mut Sweep, chunk: &Chunk, out: &mut Vec<f64>) {
        // Where it is not known for earlier rows no sum is: linear predictors in double-double are dear.
        if out[3] > out[4] {
            return;
        }
        sweep.predict(model, &self.at, self.at.precision(), &self.limits, chunk);
        sweep.coordinates(model, chunk);
        self.add_beside(model, sweep, chunk, out);
    }

    fn add_beside(&self, model: &Model, sweep: &mut Sweep, chunk: &Chunk, out: &mut Vec<f64>) {
        let likelihood = model.likelihood.as_ref();
        if matches!(likelihood.spec().response, ResponseKind::Class | ResponseKind::ClassCounts) {
            return add_classes(model, sweep, chunk, out);
        }
        let y = sweep.response(chunk);
        let u: Vec<&[f64]> = sweep.us.iter().map(Vec::as_slice).collect();
        let live = |r: &usize| chunk.weight[*r] != 0.0;
        out[3] += (0..chunk.rows).filter(live).count() as f64;
        let mut units = Vec::with_capacity(chunk.n);
        if !likelihood.dispersion_models(&y, &u, &mut units) {
            return;
        }
        out[4] += (0..chunk.rows).filter(live).count() as f64;
        let (deviance, pearson) = dispatch(Weighted { chunk, units: &units });
        out[0] += deviance;
        out[1] += pearson;
        if let Some(r) = (0..chunk.rows).find(live).filter(|_| out[2] == 0.0) {
            let u: Vec<f64> = sweep.us.iter().map(|column| column[r]).collect();
            let prior = chunk.log_precision.as_ref().map_or(1.0, |log| loglik_num::exp(log[r]));
            let unit = units[r / LANE].row(r % LANE);
            out[2] = likelihood.variance(&u).map_or(1.0, |v| v * prior / unit.variance);
        }
    }

    fn merge(&self, out: &mut Vec<f64>, later: &[f64]) {
        for i in [0, 1, 3, 4] {
            out[i] += later[i];
        }
        if out[2] == 0.0 {
            out[2] = later[2];
        }
    }
}

/// Sums of weighted deviances and of weighted squares over the variance, of one chunk.
struct Weighted<'a> {
    chunk: &'a Chunk,
    units: &'a [UnitDeviance<Lane>],
}

impl Kernel for Weighted<'_> {
    type Output = (f64, f64);

    #[inline(always)]
    fn run(self) -> (f64, f64) {
        let Weighted { chunk, units } = self;
        let (mut deviance, mut pearson) = (Lane::ZERO, Lane::ZERO);
        for (i, unit) in units.iter().enumerate() {
            let rows = i * LANE..;
            let mut w = Lane::load(&chunk.weight[rows.clone()]);
            // What stands on padding and in rows without weight may be anything.
            let none = w.eq_lanes(Lane::ZERO);
            if let Some(log) = &chunk.log_precision {
                w = w * Lane::load(&log[rows]).exp();
            }
            w = w * unit.weight;
            let d = unit.y - unit.mu;
            deviance = deviance + Lane::select(none, Lane::ZERO, w * unit.deviance);
            let exact = none | d.eq_lanes(Lane::ZERO);
            pearson = pearson + Lane::select(exact, Lane::ZERO, w * d * d / unit.variance);
        }
        (deviance.sum(), pearson.sum())
    }
}

/// Adds the rows of a model for classes, whose predictors are in `sweep`; a chi-square of classes is not kept.
fn add_classes(model: &Model, sweep: &mut Sweep, chunk: &Chunk, out: &mut [f64]) {
    sweep.rows(model, chunk, Order::Value);
    for r in (0..chunk.rows).filter(|r| chunk.weight[*r] != 0.0) {
        let y: Vec<f64> = chunk.y.iter().map(|column| column[r]).collect();
        let u: Vec<f64> = sweep.us.iter().map(|column| column[r]).collect();
        out[3] += 1.0;
        if let Some(saturated) = model.likelihood.saturated(&y, &u) {
            out[4] += 1.0;
            out[0] += 2.0 * chunk.weight[r] * (saturated - sweep.out.l[r]);
        }
    }
    (out[1], out[2]) = (f64::NAN, 1.0);
}

/// The sums of [`deviance`] at a point, for a fit to gather in the pass of its last information.
#[must_use]
pub fn deviance_sums(at: &Point, limits: &[Recession]) -> Arc<dyn Gather> {
    Arc::new(UnitSums { at: at.clone(), limits: limits.to_vec() })
}

fn of_sums(sums: &[f64]) -> Option<Deviance> {
    let known = sums[3] > 0.0 && sums[3] == sums[4];
    known.then(|| Deviance { deviance: sums[0], pearson: sums[1], phi: sums[2] })
}

/// Deviance and chi-square of a model at a point; `None` where the likelihood is no exponential dispersion model.
///
/// # Errors
/// When the data cannot be read again.
pub fn deviance_at(
    model: &Model,
    at: &Point,
    limits: &[Recession],
    run: &mut dyn Executor,
) -> Result<Option<Deviance>, RunError> {
    Ok(of_sums(&run.run(model, &Pass::Gather(deviance_sums(at, limits)))?.into_gathered()))
}

/// Deviance and chi-square at a fit.
///
/// # Errors
/// When the data cannot be read again.
pub fn deviance(fit: &Fit, run: &mut dyn Executor) -> Result<Option<Deviance>, RunError> {
    if !fit.end.beside.is_empty() {
        return Ok(of_sums(&fit.end.beside));
    }
    deviance_at(&fit.model, &fit.point, &fit.limits, run)
}
