//! What the tests of wrappers and of ordinal models share: likelihoods by name, rows, and derivatives by differences.

use loglik_likelihood::{Args, Likelihood, Order, RowDerivs, Tail, parse};

/// The likelihood of a name.
pub(crate) fn made(name: &str, args: &Args) -> Box<dyn Likelihood> {
    parse(name, args).unwrap_or_else(|error| panic!("{name}: {error}")).likelihood
}

/// Columns of equal rows' values, repeated to lanes.
pub(crate) fn columns(rows: &[&[f64]]) -> Vec<Vec<f64>> {
    let n = rows.len().next_multiple_of(8);
    (0..rows[0].len()).map(|c| (0..n).map(|r| rows[r.min(rows.len() - 1)][c]).collect()).collect()
}

/// Evaluates rows of `y` at rows of `u`.
pub(crate) fn eval(of: &dyn Likelihood, tail: Tail, y: &[&[f64]], u: &[&[f64]], order: Order) -> RowDerivs {
    let (y, u) = (columns(y), columns(u));
    let y: Vec<&[f64]> = y.iter().map(Vec::as_slice).collect();
    let u: Vec<&[f64]> = u.iter().map(Vec::as_slice).collect();
    let mut out = RowDerivs::default();
    of.eval(tail, &y, &u, order, &mut out);
    out
}

/// One row.
pub(crate) fn at(of: &dyn Likelihood, tail: Tail, y: &[f64], u: &[f64], order: Order) -> RowDerivs {
    eval(of, tail, &[y], &[u], order)
}

/// Greatest error of the gradient and Hessian of one row against differences of the value and of the gradient,
/// relative to the greatest term of each.
pub(crate) fn derivative_error(of: &dyn Likelihood, tail: Tail, y: &[f64], u: &[f64]) -> f64 {
    let exact = at(of, tail, y, u, Order::Hessian);
    let value = at(of, tail, y, u, Order::Value);
    assert_eq!(exact.l[0].to_bits(), value.l[0].to_bits(), "value with and without derivatives");
    let step = 1e-3;
    // Five-point differences: the error is about step^4 of the fifth derivative.
    let moved = |i: usize, by: f64| {
        let mut u = u.to_vec();
        u[i] += by * step;
        at(of, tail, y, &u, Order::Hessian)
    };
    let mut worst: f64 = 0.0;
    let scale = |x: f64| 1.0 + x.abs() + exact.l[0].abs();
    for i in 0..u.len() {
        let [a, b, c, d] = [-2.0, -1.0, 1.0, 2.0].map(|by| moved(i, by));
        let slope =
            |f: &dyn Fn(&RowDerivs) -> f64| (f(&a) - 8.0 * f(&b) + 8.0 * f(&c) - f(&d)) / (12.0 * step);
        let g = exact.g(i)[0];
        worst = worst.max((slope(&|x| x.l[0]) - g).abs() / scale(g));
        for j in 0..u.len() {
            let h = exact.h(i, j)[0];
            worst = worst.max((slope(&|x| x.g(j)[0]) - h).abs() / scale(h));
        }
    }
    worst
}
