//! The certificate of a maximum: what was true at the estimate, small enough to be written into the model file.
//!
//! At a maximum the score vanishes and the information is positive definite. How near the estimate is to that is told
//! without units: the largest score over the root of its information, and the Newton decrement `s' I^-1 s`, whose root
//! is the distance to the maximum in standard errors. The ends of the spectrum of the information, scaled to a unit
//! diagonal, say how well the data tell coefficients apart. Boyd & Vandenberghe (2004), Convex Optimization, 9.5.

use crate::prepare::Prepared;
use crate::{Error, Fitted, Number};
use loglik_fit::{
    Derivs, Executor, Local, Model, Pass, Point, Precision, Recession, Sums, Verdict, add_up_exactly,
    is_wide, square,
};
use loglik_num::{Cholesky, Eigen};
use serde::{Deserialize, Serialize};

/// Coefficients up to which eigenvalues are computed: they cost the cube of it.
const SPECTRUM_MOST: usize = 400;

/// What was true at the estimate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Certificate {
    /// Log-likelihood, nats; its supremum where there is no maximum.
    pub loglik: Number,
    /// Largest entry of the score over the root of the information's diagonal; null where the maximum is a vertex or
    /// the edge of a support, which have no vanishing slope, and where the coefficients are too many for a matrix of them.
    pub score: Number,
    /// Newton decrement `s' I^-1 s`; null as the score is.
    pub decrement: Number,
    /// Least and greatest eigenvalue of the information scaled to a unit diagonal; null above 400 coefficients.
    pub spectrum: [Number; 2],
    /// `finite`, `quasi` or `complete`.
    pub existence: String,
    /// Rows whose likelihood reaches its supremum only in the limit.
    pub rows_at_infinity: usize,
    /// Coefficients that the data determine, by place; absent where all are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) determined: Option<Vec<usize>>,
}

/// The word for a verdict.
pub(crate) fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Finite => "finite",
        Verdict::Quasi => "quasi",
        Verdict::Complete => "complete",
    }
}

/// Sums of derivatives of the likelihood at a point, in double-double where that is cheap.
pub(crate) fn derivs(
    prepared: &Prepared,
    model: &Model,
    point: Point,
    limits: &[Recession],
    threads: usize,
) -> Result<Derivs, Error> {
    let mut run = Local::new(&prepared.source, threads);
    let exact = add_up_exactly(run.frame().rows, model.p);
    let precision = if exact { Precision::Double } else { Precision::Plain };
    let sums = if is_wide(model.p) { Sums::Score } else { Sums::Info };
    let pass = Pass::Derivs { points: vec![point], sums, precision, limits: limits.to_vec() };
    Ok(run.run(model, &pass)?.into_derivs().remove(0))
}

impl Certificate {
    /// The certificate of a fit.
    ///
    /// An estimate that was moved off the maximum on purpose, by a penalty or bias reduction, has the likelihood's own
    /// slopes written down: they do not vanish.
    ///
    /// # Errors
    /// When the data cannot be read again.
    pub(crate) fn of(fitted: &Fitted) -> Result<Self, Error> {
        let fit = &fitted.fit;
        let all: Vec<usize> = (0..fit.model.p).collect();
        let determined = (fit.estimated != all).then(|| fit.estimated.clone());
        let smooth = fit.model.likelihood.check_loss().is_none();
        let at = |end: &Derivs| {
            Self::at(end, &fit.estimated, fit.model.p, smooth, verdict_name(fit.verdict), determined)
        };
        if !fitted.spec.is_adjusted() {
            return Ok(at(&fit.end));
        }
        let (point, threads) = (fit.point.clone(), fitted.spec.threads());
        Ok(at(&derivs(&fitted.prepared, &fit.model, point, &fit.limits, threads)?))
    }

    /// The certificate of sums of derivatives.
    ///
    /// * `estimated` the coefficients that the data determine
    /// * `smooth`    whether the score vanishes at a maximum
    pub(crate) fn at(
        end: &Derivs,
        estimated: &[usize],
        p: usize,
        smooth: bool,
        existence: &str,
        determined: Option<Vec<usize>>,
    ) -> Self {
        let smooth = smooth && !end.info.is_empty();
        let q = if smooth { estimated.len() } else { 0 };
        let estimated = &estimated[..q];
        let mut scaled = square(&end.info, estimated, p);
        let root: Vec<f64> = (0..q).map(|i| scaled[i * q + i].abs().sqrt()).collect();
        for i in 0..q {
            for j in 0..q {
                scaled[i * q + j] /= root[i] * root[j];
            }
        }
        let score: Vec<f64> = estimated.iter().zip(&root).map(|(j, root)| end.score[*j].hi / root).collect();
        let decrement = match Cholesky::new(&scaled, q) {
            Ok(factor) => {
                let mut half = score.clone();
                factor.solve_lower(&mut half);
                half.iter().map(|v| v * v).sum()
            }
            Err(_) => f64::INFINITY,
        };
        let largest = score.iter().fold(0.0_f64, |most, s| most.max(s.abs()));
        let known = |value: f64| Number(if smooth { value } else { f64::NAN });
        let spectrum = if q == 0 || q > SPECTRUM_MOST || !smooth {
            [f64::NAN; 2]
        } else {
            let values = Eigen::new(&scaled, q).values;
            values.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[a, b], v| [a.min(*v), b.max(*v)])
        };
        Self {
            loglik: Number(end.loglik.hi),
            score: known(largest),
            decrement: known(decrement),
            spectrum: spectrum.map(Number),
            existence: existence.to_owned(),
            rows_at_infinity: end.at_infinity,
            determined,
        }
    }
}
