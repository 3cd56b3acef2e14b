//! Logistic maximum likelihood with one to three columns, for recalibration: Newton's method with halved steps.
//!
//! Rows come in tallied by distinct value: weight of the cases and of the controls. A fit that needs more
//! steps than a concave objective of this size can is at infinity and says so. (Recalibration lives below the engine
//! of the models, so it cannot call it; three columns need no more than this.)

use loglik_num::{Cholesky, log1pexp, sigmoid};

/// Rows of one value of the columns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell<const K: usize> {
    pub(crate) x: [f64; K],
    pub(crate) offset: f64,
    pub(crate) cases: f64,
    pub(crate) controls: f64,
    /// Sums of squared weights.
    pub(crate) cases_sq: f64,
    pub(crate) controls_sq: f64,
}

/// A finished fit.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LogisticFit<const K: usize> {
    pub(crate) beta: [f64; K],
    /// Inverse information [k][k].
    pub(crate) vcov: [[f64; K]; K],
    /// Sandwich with squared weights (HC0), for sampling weights [k][k].
    pub(crate) robust: [[f64; K]; K],
    pub(crate) loglik: f64,
}

struct Tally<const K: usize> {
    loglik: f64,
    size: f64,
    score: [f64; K],
    info: [[f64; K]; K],
    meat: [[f64; K]; K],
}

/// The fit started at `start`; none when the maximum is at infinity or the columns are dependent.
pub(crate) fn fit<const K: usize>(
    start: [f64; K],
    visit: impl Fn(&mut dyn FnMut(Cell<K>)),
) -> Option<LogisticFit<K>> {
    let mut beta = start;
    let mut here = tally(beta, &visit);
    // On data that overlap, Newton with halving needs about ten steps from any start; at infinity it never ends.
    for _ in 0..60 {
        let factor = Cholesky::above(here.info.as_flattened(), K, 1e-13).ok()?;
        let mut step = here.score;
        factor.solve(&mut step);
        let decrement: f64 = step.iter().zip(&here.score).map(|(s, g)| s * g).sum();
        // Rounding of the sum of logs: a rise that small cannot be seen, so the full step is taken.
        let visible = 64.0 * f64::EPSILON * here.size;
        let mut scale = 1.0;
        let next = loop {
            let mut next = beta;
            next.iter_mut().zip(&step).for_each(|(b, s)| *b += scale * s);
            let there = tally(next, &visit);
            if there.loglik >= here.loglik - visible {
                beta = next;
                break there;
            }
            scale *= 0.5;
            if scale < 1e-10 {
                return None;
            }
        };
        here = next;
        if decrement < 1e-22 * here.size.max(1.0) {
            return finish(beta, &here);
        }
    }
    None
}

fn tally<const K: usize>(beta: [f64; K], visit: &impl Fn(&mut dyn FnMut(Cell<K>))) -> Tally<K> {
    let mut sum = Tally { loglik: 0.0, size: 0.0, score: [0.0; K], info: [[0.0; K]; K], meat: [[0.0; K]; K] };
    visit(&mut |cell| {
        let eta = cell.offset + cell.x.iter().zip(&beta).map(|(x, b)| x * b).sum::<f64>();
        let (mu, rest) = (sigmoid(eta), sigmoid(-eta));
        let l = cell.cases * log1pexp(-eta) + cell.controls * log1pexp(eta);
        sum.loglik -= l;
        sum.size += l;
        let g = cell.cases * rest - cell.controls * mu;
        let h = (cell.cases + cell.controls) * mu * rest;
        let m = cell.cases_sq * rest * rest + cell.controls_sq * mu * mu;
        for i in 0..K {
            sum.score[i] += g * cell.x[i];
            for j in 0..=i {
                let xx = cell.x[i] * cell.x[j];
                sum.info[i][j] += h * xx;
                sum.meat[i][j] += m * xx;
            }
        }
    });
    sum
}

fn finish<const K: usize>(beta: [f64; K], at: &Tally<K>) -> Option<LogisticFit<K>> {
    let factor = Cholesky::above(at.info.as_flattened(), K, 1e-13).ok()?;
    let mut vcov = [[0.0; K]; K];
    for (i, column) in vcov.iter_mut().enumerate() {
        column[i] = 1.0;
        factor.solve(column);
    }
    let mut robust = [[0.0; K]; K];
    for i in 0..K {
        for j in 0..K {
            for a in 0..K {
                for b in 0..K {
                    robust[i][j] += vcov[i][a] * at.meat[a.max(b)][a.min(b)] * vcov[b][j];
                }
            }
        }
    }
    Some(LogisticFit { beta, vcov, robust, loglik: at.loglik })
}
