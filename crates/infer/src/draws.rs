//! Responses drawn from a fitted model: coordinates of every row, and one draw at them.

use loglik_design::{Chunk, Frame};
use loglik_fit::{Executor, Gather, Model, Pass, Point, Precision, RunError, Sweep};
use loglik_likelihood::{Likelihood, Order, ResponseKind, RowDerivs, Tail};
use loglik_num::LANE;
use std::sync::Arc;

/// Trials of one row that are drawn one by one, at most.
const MOST_TRIALS: f64 = 4_096.0;

/// The first response column of one row, drawn at its coordinates; `None` where the likelihood draws none, or the row's
/// other columns depend on chance too.
///
/// * `trials`  of a response of trials
/// * `uniform` numbers in (0, 1)
pub fn draw_response(
    likelihood: &dyn Likelihood,
    trials: Option<f64>,
    u: &[f64],
    uniform: &mut dyn FnMut() -> f64,
) -> Option<f64> {
    match likelihood.spec().response {
        ResponseKind::Trials => {
            let trials = trials?;
            if trials.fract() != 0.0 || trials > MOST_TRIALS {
                return None;
            }
            match likelihood.spec().name.as_str() {
                "bernoulli" => (0..trials as usize).map(|_| likelihood.sample(u, uniform)).sum(),
                // Trials of one row have something in common: their sum is drawn, not they.
                _ => Some(successes(likelihood, trials as usize, u, uniform())),
            }
        }
        ResponseKind::Number | ResponseKind::Class => likelihood.sample(u, uniform),
        _ => None,
    }
}

/// The successes of a row of trials at which their distribution function passes a level in (0, 1).
fn successes(likelihood: &dyn Likelihood, trials: usize, u: &[f64], level: f64) -> f64 {
    let rows = (trials + 1).next_multiple_of(LANE);
    let counts: Vec<f64> = (0..rows).map(|y| y.min(trials) as f64).collect();
    let all = vec![trials as f64; rows];
    let us: Vec<Vec<f64>> = u.iter().map(|u| vec![*u; rows]).collect();
    let us: Vec<&[f64]> = us.iter().map(Vec::as_slice).collect();
    let mut derivs = RowDerivs::default();
    likelihood.eval(Tail::Pdf, &[&counts, &all], &us, Order::Value, &mut derivs);
    let mut below = 0.0;
    let passes = |l: &f64| {
        below += loglik_num::exp(*l);
        below >= level
    };
    derivs.l[..trials].iter().position(passes).unwrap_or(trials) as f64
}

/// Where responses of rows are drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct DrawnAt {
    /// DrawnAt of every row, row by row                                 `[n][k]`
    pub us: Vec<f64>,
    /// Of a response of trials                                              `[n]`
    pub trials: Option<Vec<f64>>,
}

/// DrawnAt and trials of every row.
#[derive(Debug)]
struct Rows(Point);

fn has_trials(model: &Model) -> bool {
    model.likelihood.spec().response == ResponseKind::Trials
}

impl Gather for Rows {
    fn zero(&self, _: &Model, _: &Frame) -> Vec<f64> {
        Vec::new()
    }

    fn add(&self, model: &Model, sweep: &mut Sweep, chunk: &Chunk, out: &mut Vec<f64>) {
        sweep.predict(model, &self.0, Precision::Plain, &[], chunk);
        sweep.coordinates(model, chunk);
        let trials = has_trials(model).then(|| &chunk.y[1]);
        for r in 0..chunk.rows {
            out.extend(sweep.us.iter().map(|column| column[r]));
            out.extend(trials.map(|trials| trials[r]));
        }
    }

    fn merge(&self, out: &mut Vec<f64>, later: &[f64]) {
        out.extend_from_slice(later);
    }
}

/// DrawnAt of every row at a point.
///
/// # Errors
/// When the data cannot be read again.
pub fn coordinates(model: &Model, at: &Point, run: &mut dyn Executor) -> Result<DrawnAt, RunError> {
    let found = run.run(model, &Pass::Gather(Arc::new(Rows(at.clone()))))?.into_gathered();
    if !has_trials(model) {
        return Ok(DrawnAt { us: found, trials: None });
    }
    let k = model.likelihood.spec().k();
    let (mut us, mut trials) = (Vec::with_capacity(found.len()), Vec::with_capacity(found.len() / (k + 1)));
    for row in found.chunks_exact(k + 1) {
        us.extend_from_slice(&row[..k]);
        trials.push(row[k]);
    }
    Ok(DrawnAt { us, trials: Some(trials) })
}
