//! What is finite where no finite maximum exists: signs of infinite coefficients, rows at infinity.
//!
//! The limit model leaves a null space N. A coefficient that is zero on all of N is finite. The others are infinite with
//! a sign where the recession cone, the part of N that every row at infinity allows, fixes that sign; else nothing of
//! them is determined.

use crate::Error;
use crate::prepare::Prepared;
use loglik_design::{Chunk, Source};
use loglik_fit::{Fit, Limit, Sweep, Verdict, limits_of_coefficients};

/// Half-spaces looked at, at most: fewer of them make the cone larger, so a sign that they fix is fixed.
const HALF_SPACES: usize = 20_000;

/// A movement below this share of what the row's predictors move is rounding: the null space is known to 1e-11.
const STILL: f64 = 1e-7;

/// Rows named in a note, at most.
const ROWS: usize = 20;

/// What the data determine where the maximum is not finite.
#[derive(Clone, Debug, Default)]
pub(crate) struct Separation {
    /// For each coefficient of `beta`, in the user's columns                 `[p]`
    pub(crate) limits: Vec<Limit>,
    /// Basis of the null space, in the user's columns                        `[m][p]`
    pub(crate) null: Vec<Vec<f64>>,
    /// The first rows at infinity, as rows of the table.
    pub(crate) rows: Vec<usize>,
    /// Whether all rows are at infinity.
    pub(crate) complete: bool,
}

impl Separation {
    /// Whether the maximum is not finite.
    pub(crate) fn found(&self) -> bool {
        self.limits.iter().any(|l| *l != Limit::Finite)
    }
}

/// What a fit without a finite maximum determines.
pub(crate) fn of(prepared: &Prepared, fit: &Fit) -> Result<Separation, Error> {
    let p = fit.model.p;
    if fit.limits.is_empty() {
        return Ok(Separation { limits: vec![Limit::Finite; p], ..Separation::default() });
    }
    let user = |direction: &Vec<f64>| prepared.map.to_user(direction, &vec![0.0; p]);
    // Where the limit model has full rank the direction itself is what runs off.
    let inner: Vec<Vec<f64>> = if fit.null.is_empty() {
        fit.limits.iter().map(|l| l.direction.clone()).collect()
    } else {
        fit.null.clone()
    };
    let null: Vec<Vec<f64>> = inner.iter().map(user).collect();
    let mut collector = Collector { fit, null: &inner, cone: Vec::new(), rows: Vec::new() };
    for part in 0..prepared.source.parts() {
        let read = prepared.source.read(part, &mut |chunk| {
            collector.add(chunk);
            Ok(())
        });
        read.map_err(|halt| Error::from(loglik_fit::RunError::from(halt)))?;
    }
    let (cone, rows) = (collector.cone, collector.rows);
    let limits = limits_of_coefficients(&null, &cone, p);
    Ok(Separation { limits, null, rows, complete: fit.verdict == Verdict::Complete })
}

/// Gathers half-spaces of the recession cone, chunk by chunk.
struct Collector<'a> {
    fit: &'a Fit,
    null: &'a [Vec<f64>],
    cone: Vec<Vec<f64>>,
    rows: Vec<usize>,
}

impl Collector<'_> {
    fn add(&mut self, chunk: &Chunk) {
        let model = &self.fit.model;
        let along = |direction: &[f64]| {
            let mut etas = Vec::new();
            Sweep::direction(model, direction, chunk, &mut etas);
            etas
        };
        let limits: Vec<Vec<Vec<f64>>> = self.fit.limits.iter().map(|l| along(&l.direction)).collect();
        let null: Vec<Vec<Vec<f64>>> = self.null.iter().map(|d| along(d)).collect();
        for r in (0..chunk.rows).filter(|r| chunk.weight[*r] != 0.0) {
            let moved = self
                .fit
                .limits
                .iter()
                .zip(&limits)
                .find(|(limit, etas)| etas.iter().map(|e| e[r] * e[r]).sum::<f64>().sqrt() > limit.cut);
            let Some((_, step)) = moved else { continue };
            if self.rows.len() < ROWS {
                self.rows.push(chunk.first_row + r);
            }
            let y: Vec<f64> = chunk.y.iter().map(|c| c[r]).collect();
            let reach = null.iter().flatten().fold(0.0_f64, |m, eta| m.max(eta[r].abs()));
            for normal in self.normals(&y, step, r) {
                let along = |etas: &Vec<Vec<f64>>| normal.iter().zip(etas).map(|(a, e)| a * e[r]).sum();
                self.half_space(null.iter().map(along).collect(), reach);
            }
        }
    }

    /// Normals of the row's recession cone in its linear predictors: the likelihood's own, else the sign of the
    /// direction that was found.
    fn normals(&self, y: &[f64], step: &[Vec<f64>], r: usize) -> Vec<Vec<f64>> {
        let own = self.fit.model.likelihood.recession(y);
        if !own.is_empty() {
            return own;
        }
        vec![step.iter().map(|e| if e[r] == 0.0 { 0.0 } else { e[r].signum() }).collect()]
    }

    /// Keeps a half-space, unless the row's predictors, which move by up to `reach`, do not move along its normal.
    fn half_space(&mut self, values: Vec<f64>, reach: f64) {
        let largest = values.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        if largest <= STILL * reach || self.cone.len() >= HALF_SPACES {
            return;
        }
        let scaled: Vec<f64> = values.iter().map(|v| v / largest).collect();
        // Neighbouring rows often repeat; a full search would cost more than it saves.
        if self.cone.iter().rev().take(64).all(|other| *other != scaled) {
            self.cone.push(scaled);
        }
    }
}
