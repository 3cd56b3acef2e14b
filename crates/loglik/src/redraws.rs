//! Maxima for responses that are drawn again and again from a model at known coefficients: what its theory is held against.
//!
//! Each maximum is begun at the truth and confirmed as any fit's is, without the last digits, tables and tests of a fit:
//! a draw costs a few passes over the rows.

use crate::at::point;
use crate::prepare::Prepared;
use crate::run::{Data, ready};
use crate::{Error, FitSpec, Simulator};
use loglik_design::{Change, Changed};
use loglik_fit::{Executor, Fit, FitOptions, Local, Pass, Point, Precision, Sums, Verdict, maximise};
use loglik_infer::{Bread, expected_info};

/// A model at known coefficients, over known rows.
pub struct Redraws {
    prepared: Prepared,
    simulator: Simulator,
    /// Coefficients of the columns inside                                    `[p]`
    truth: Vec<f64>,
}

/// What one draw gave, on the scale of the links, in the order of [`Redraws::names`].
#[derive(Clone, Debug, PartialEq)]
pub struct Redrawn {
    /// Coefficients at the maximum                                           `[p]`
    pub estimates: Vec<f64>,
    /// Their covariance, the inverse information there                       `[p, p]`
    pub vcov: Vec<f64>,
    /// Slopes of the log-likelihood at the truth                             `[p]`
    pub score: Vec<f64>,
}

impl Redraws {
    /// The model of a spec at `spec.at`, where every coefficient has a value, over the rows of a table; of its response
    /// only the trials and the classes matter.
    ///
    /// # Errors
    /// As [`crate::loglik_at`].
    pub fn at(spec: &FitSpec, data: impl Into<Data>) -> Result<Self, Error> {
        let prepared = ready(spec, data.into())?;
        let truth = prepared.map.to_internal(&point(spec, &prepared)?);
        let run = Local::new(&prepared.source, spec.threads());
        let simulator = Simulator::of(&prepared.model, &Point::new(truth.clone()), run)?;
        Ok(Self { prepared, simulator, truth })
    }

    /// Machine names of the coefficients                                     `[p]`
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        (0..self.truth.len()).map(|at| self.prepared.name_of(at)).collect()
    }

    /// The responses of a draw, as [`Simulator::draw`] has them.
    #[must_use]
    pub fn response(&self, seed: u64, draw: u64) -> Option<Vec<f64>> {
        self.simulator.draw(seed, draw)
    }

    /// The maximum for one draw; `None` where the likelihood draws nothing, or where this draw has no finite maximum in
    /// all coefficients.
    #[must_use]
    pub fn maximum(&self, seed: u64, draw: u64) -> Option<Redrawn> {
        let (model, p) = (&self.prepared.model, self.truth.len());
        let changed = Changed::new(&self.prepared.source, Change::Response(self.response(seed, draw)?));
        let mut run = Local::new(&changed, 1);
        let options = FitOptions { starts: vec![self.truth.clone()], plain: true, ..FitOptions::default() };
        let fit = maximise(model, &mut run, &options).ok().filter(is_finite)?;
        // Straight lines have no curvature of their own.
        let end = match model.likelihood.check_loss() {
            Some(_) => expected_info(&fit, &fit.estimated, &mut run).ok()??,
            None => fit.end.clone(),
        };
        let bread = Bread::new(&end, &fit.estimated, p).filter(|bread| bread.q() == p)?;
        let mut vcov = bread.inverse;
        self.prepared.map.vcov_to_user(&mut vcov);
        let pass = Pass::Derivs {
            points: vec![Point::new(self.truth.clone())],
            sums: Sums::Score,
            precision: Precision::Plain,
            limits: Vec::new(),
        };
        let score = run.run(model, &pass).ok()?.into_derivs().remove(0).score();
        Some(Redrawn {
            estimates: self.prepared.map.to_user(&fit.point.beta, &vec![0.0; p]),
            vcov: vcov.into_iter().map(|v| v.value()).collect(),
            score: self.prepared.map.score_to_user(&score),
        })
    }
}

/// Whether a fit ended at a finite maximum.
fn is_finite(fit: &Fit) -> bool {
    fit.verdict == Verdict::Finite && fit.stop.reason.is_success()
}
