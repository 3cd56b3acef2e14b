//! Bias reduction in the words of a request, and the fit at the root of the adjusted score.

use crate::own_check::each_chunk;
use crate::prepare::Prepared;
use crate::{Error, Fitted};
use loglik_fit::{Executor, Fit, FitOptions, maximise};
use loglik_infer::{Coordinates, Reducer, Reduction};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// Which adjusted score the estimates solve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BiasReduction {
    /// Firth's: the bias of the mean.
    Firth,
    /// The bias of the median.
    Median,
    /// Jeffreys' prior as a penalty; Firth's where the link is canonical.
    Jeffreys,
}

impl FromStr for BiasReduction {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "firth" => Ok(Self::Firth),
            "median" => Ok(Self::Median),
            "jeffreys" => Ok(Self::Jeffreys),
            other => {
                Err(Error::unknown_word("bias reduction", other, ["firth", "median", "jeffreys"].into_iter()))
            }
        }
    }
}

impl BiasReduction {
    /// Its word on every surface.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Firth => "firth",
            Self::Median => "median",
            Self::Jeffreys => "jeffreys",
        }
    }

    fn reduction(self) -> Reduction {
        match self {
            Self::Firth => Reduction::Mean,
            Self::Median => Reduction::Median,
            Self::Jeffreys => Reduction::Jeffreys,
        }
    }
}

/// The equations of a prepared model, with the rank of a fit.
pub(crate) fn reducer(kind: BiasReduction, prepared: &Prepared, fit: &Fit) -> Result<Reducer, Error> {
    Reducer::new(&prepared.model, kind.reduction(), &fit.rank, coordinates(prepared)).ok_or_else(|| {
        let name = &prepared.model.likelihood.spec().name;
        Error::request(format!("--bias-reduction {} of {name} is not built", kind.name()))
            .remedy("bernoulli, poisson and softmax have it")
    })
}

/// The map between the user's coefficients and those inside.
fn coordinates(prepared: &Prepared) -> Coordinates {
    let p = prepared.model.p;
    let mut map = Coordinates { reported: vec![0.0; p * p], inside: vec![0.0; p * p] };
    for j in 0..p {
        let mut unit = vec![0.0; p];
        unit[j] = 1.0;
        for (i, v) in prepared.map.to_user(&unit, &vec![0.0; p]).into_iter().enumerate() {
            map.reported[i * p + j] = v;
        }
        for (i, v) in prepared.map.to_internal(&unit).into_iter().enumerate() {
            map.inside[i * p + j] = v;
        }
    }
    map
}

/// Penalised-likelihood intervals of the reported coefficients, by their place, for a fit that `fit` returned.
///
/// # Errors
/// Where the root of the adjusted score maximises nothing.
pub(crate) fn intervals(
    kind: BiasReduction,
    prepared: &Prepared,
    fit: &Fit,
    level: f64,
    run: &mut dyn Executor,
) -> Result<Vec<(usize, f64, f64)>, Error> {
    let reducer = reducer(kind, prepared, fit)?;
    if !reducer.is_penalised() {
        let message = format!("--ci profile: --bias-reduction {} maximises no likelihood here", kind.name());
        return Err(Error::request(message).remedy("use --ci wald, or --bias-reduction jeffreys"));
    }
    let top = reducer.penalised(run, fit)?;
    let z = loglik_num::normal_quantile(0.5 + 0.5 * level);
    let mut out = Vec::new();
    for coef in prepared.coefs.iter().filter(|c| fit.estimates(c.at)) {
        let (low, high) = reducer.interval(run, fit, top, coef.at, z)?;
        out.push((coef.at, low, high));
    }
    Ok(out)
}

/// The fit, and the penalised log-likelihood in the user's columns where the root maximises it.
pub(crate) fn fit(
    kind: BiasReduction,
    prepared: &Prepared,
    run: &mut dyn Executor,
) -> Result<(Fit, Option<f64>), Error> {
    // The start alone is taken: what the maximum is, or whether there is one, plays no part.
    let options = FitOptions { iterations: Some(0), ..FitOptions::default() };
    let start = maximise(&prepared.model, run, &options)?;
    let reducer = reducer(kind, prepared, &start)?;
    let (fit, penalised) = reducer.fit(&start, run)?;
    let (p, map) = (fit.model.p, coordinates(prepared));
    let scale = |j: &usize| map.reported[j * p + j].abs();
    // Half the log determinant in the user's columns: the map between the two is triangular.
    let moved: f64 = fit.rank.active.iter().map(|j| loglik_num::log(scale(j))).sum();
    let value = reducer.is_penalised().then_some(penalised - moved);
    Ok((fit, value))
}

impl Fitted {
    /// Sum of the logs of the binomial coefficients in the log-likelihood: 0 where every row is one trial, or for another
    /// likelihood.
    ///
    /// # Errors
    /// When the data cannot be read again.
    pub fn log_binomial_coefficients(&self) -> Result<f64, Error> {
        let mut sum = 0.0;
        if self.result.likelihood != "bernoulli" {
            return Ok(sum);
        }
        let choose = |n: f64, k: f64| {
            loglik_num::lgamma(n + 1.0) - loglik_num::lgamma(k + 1.0) - loglik_num::lgamma(n - k + 1.0)
        };
        each_chunk(&self.prepared, &mut |chunk| {
            let [successes, trials] = chunk.y.as_slice() else { return };
            let rows = successes.iter().zip(trials).zip(&chunk.weight).take(chunk.rows);
            sum += rows.map(|((k, n), weight)| weight * choose(*n, *k)).sum::<f64>();
        })?;
        Ok(sum)
    }
}
