//! One distribution at one point: log density and both log tails, on the field's parameters.

use crate::Error;
use loglik_likelihood::{Args, Order, ResponseKind, RowDerivs, Tail};
use loglik_num::LANE;

/// Logarithms, nats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogDensity {
    /// Of the density, or of the probability of a discrete value.
    pub density: f64,
    /// Of P(Y <= y); NaN where the likelihood does not state its tails.
    pub lower: f64,
    /// Of P(Y > y); NaN where the likelihood does not state its tails.
    pub upper: f64,
}

/// The field's parameters of a distribution, in their order: `shape`, `rate` of a gamma.
///
/// # Errors
/// An unknown likelihood, or one that needs classes.
pub fn usual_parameters(family: &str) -> Result<Vec<String>, Error> {
    Ok(loglik_likelihood::parse(family, &Args::default())?.natural.names())
}

/// A distribution at one value of the response, one number or successes of some trials.
///
/// * `values` the field's parameters, as [`usual_parameters`] orders them
/// * `y`      the response columns: `[y]`, or `[successes, trials]`
///
/// # Errors
/// Parameters outside their range, a response of another kind or outside the support.
pub fn log_density(family: &str, values: &[f64], y: &[f64]) -> Result<LogDensity, Error> {
    let choice = loglik_likelihood::parse(family, &Args::default())?;
    let (likelihood, spec) = (&choice.likelihood, choice.likelihood.spec());
    let wanted = match spec.response {
        ResponseKind::Trials => 2,
        ResponseKind::Number => 1,
        // A count above 0; without bounds of its own the first column is all that is read.
        ResponseKind::Truncated => 1,
        _ => return Err(Error::request(format!("{family} is no distribution of one number"))),
    };
    if values.len() != spec.k() || y.len() != wanted {
        let message = format!("{family} takes {} parameters and {wanted} response columns", spec.k());
        return Err(Error::request(message));
    }
    let u = choice.natural.to_u(values);
    if let Some(at) = u.iter().position(|u| u.is_nan()) {
        let name = &choice.natural.names()[at];
        return Err(Error::request(format!("{family}: {name} = {} is outside its range", values[at])));
    }
    let repeated = |row: &[f64]| row.iter().map(|v| vec![*v; LANE]).collect::<Vec<_>>();
    let (y, u) = (repeated(y), repeated(&u));
    let y: Vec<&[f64]> = y.iter().map(Vec::as_slice).collect();
    let u: Vec<&[f64]> = u.iter().map(Vec::as_slice).collect();
    likelihood.admits(&y).map_err(|found| {
        let message = format!("{} is outside the support of {family}: {}", found.value, found.allowed);
        Error::data("response_out_of_range", message)
    })?;
    let at = |tail: Tail| {
        if tail != Tail::Pdf && !spec.tails {
            return f64::NAN;
        }
        let mut out = RowDerivs::default();
        likelihood.eval(tail, &y, &u, Order::Value, &mut out);
        out.l[0]
    };
    Ok(LogDensity { density: at(Tail::Pdf), lower: at(Tail::Cdf), upper: at(Tail::Sf) })
}
