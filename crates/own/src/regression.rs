//! Nonlinear regression, `y = f(x, parameters) + error`, recognised in a text.
//!
//! A text whose log density is one Gaussian with a free `sigma` of its own is least squares: the expected information is
//! J'J / sigma^2 with J the slopes of f, and with sigma held the curvature J'J never bends the wrong way (Gauss-Newton),
//! so that a climb from far away is safe where the full Hessian is not (Bates & Watts, 1988, Nonlinear Regression, ch. 2).

use crate::density::argument_of;
use crate::units::{Unit, units};
use loglik_expr::{
    self as expr, Compiled, Domain, EvalError, Kind, Link, Output, Program, Scratch, Source, Tree, compile,
};
use loglik_likelihood::{Columns, Likelihood, Moments, Order, RowDerivs, Spec, Tail, Violation};
use loglik_num::exp;
use std::cell::RefCell;
use std::sync::Arc;

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// The residual of a text that is least squares, and which coordinate is the log of its scale.
#[derive(Clone)]
pub struct Regression {
    /// `y - f`, in the coordinates of the text.
    residual: Compiled,
    /// The coordinate of `sigma`.
    pub sigma: usize,
    /// Units of the coordinates, where the text tells them                 `[k]`
    pub units: Vec<Option<Unit>>,
}

impl Regression {
    /// Reads the regression off a program; `None` where it is something else.
    pub(crate) fn of(program: &Program, source: Source<'_>) -> Result<Option<Self>, EvalError> {
        let Kind::Call(name, args) = &program.loglik.kind else { return Ok(None) };
        let part = |param: &str| argument_of(name, args, "gaussian", param);
        let (Some(y), Some(mean), Some(scale)) = (part("y"), part("mu"), part("sigma")) else {
            return Ok(None);
        };
        let Kind::Name(scale) = &scale.kind else { return Ok(None) };
        let positive = |p: &expr::Param| p.name == *scale && p.domain == Domain::Above(0.0);
        let Some(sigma) = program.params.iter().position(positive) else { return Ok(None) };
        let others = |name: &str| {
            program.params.iter().any(|p| p.name == name) || program.predictors.iter().any(|p| p.name == name)
        };
        let (above, below) = (reached(program, y), reached(program, mean));
        if above.iter().any(|name| others(name)) || below.contains(scale) || !below.iter().any(|n| others(n))
        {
            return Ok(None);
        }
        let units = units(program, [y, mean], source.columns);
        let kind = Kind::Chain(Box::new(y.clone()), vec![(Link::Minus, mean.clone())]);
        let residual = Tree::new(kind, program.loglik.span);
        Ok(Some(Self { residual: compile(Source { loglik: &residual, ..source })?, sigma, units }))
    }

    pub(crate) fn prepare(&self, columns: &dyn expr::Columns) -> Result<Vec<Vec<f64>>, EvalError> {
        self.residual.prepare(columns)
    }

    /// sigma^2 at the coordinates of a row.
    pub(crate) fn variance(&self, u: &[f64]) -> f64 {
        exp(2.0 * u[self.sigma])
    }

    fn eval(&self, order: expr::Order, y: Columns<'_>, u: Columns<'_>, l: &mut [f64], g: &mut [f64]) {
        let out = Output { l, g, h: &mut [] };
        SCRATCH.with_borrow_mut(|scratch| self.residual.eval(order, y, u, scratch, out));
    }

    /// Residual and its slopes of one row, given in columns of eight equal rows.
    fn one(&self, y: Columns<'_>, u: &[f64]) -> (f64, Vec<f64>) {
        let columns: Vec<Vec<f64>> = u.iter().map(|v| vec![*v; 8]).collect();
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let (mut l, mut g) = ([0.0; 8], vec![0.0; 8 * u.len()]);
        self.eval(expr::Order::Gradient, y, &columns, &mut l, &mut g);
        (l[0], g.iter().step_by(8).copied().collect())
    }

    /// Coordinates in which the residual of every row is linear together, found by second derivatives that are 0 at points
    /// of all sizes: a bell far from its column is flat in everything. `y` are columns of some rows.
    fn linear(&self, y: Columns<'_>, k: usize) -> Vec<usize> {
        let n = y.first().map_or(8, |column| column.len());
        let mut bends = vec![false; k * (k + 1) / 2];
        for point in [0.37, -0.61, 11.0, -47.0, 530.0, 9.1e3, 1.3e5] {
            let columns: Vec<Vec<f64>> =
                (0..k).map(|i| vec![point * (1.0 + 0.3 * (i as f64 + point)); n]).collect();
            let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
            let (mut l, mut g, mut h) = (vec![0.0; n], vec![0.0; n * k], vec![0.0; n * bends.len()]);
            let out = Output { l: &mut l, g: &mut g, h: &mut h };
            SCRATCH.with_borrow_mut(|s| self.residual.eval(expr::Order::Hessian, y, &columns, s, out));
            for (bends, plane) in bends.iter_mut().zip(h.chunks_exact(n)) {
                *bends |= plane.iter().any(|v| *v != 0.0);
            }
        }
        let mut found: Vec<usize> = Vec::new();
        for i in (0..k).filter(|i| *i != self.sigma) {
            if found.iter().chain([&i]).all(|j| !bends[RowDerivs::pair(i, *j)]) {
                found.push(i);
            }
        }
        found
    }

    pub(crate) fn residual(&self, y: Columns<'_>, u: &[f64]) -> f64 {
        self.one(y, u).0
    }

    /// J'J / sigma^2 of a row, and 2 for the log of sigma                             packed `[k (k + 1) / 2]`
    pub(crate) fn expected_info(&self, y: Columns<'_>, u: &[f64], out: &mut [f64]) {
        let slopes = self.one(y, u).1;
        let variance = self.variance(u);
        for i in 0..u.len() {
            for j in 0..=i {
                out[RowDerivs::pair(i, j)] = slopes[i] * slopes[j] / variance;
            }
        }
        out[RowDerivs::pair(self.sigma, self.sigma)] = 2.0;
    }
}

/// Names that a tree reaches, through definitions.
fn reached(program: &Program, tree: &Tree) -> Vec<String> {
    let mut names: Vec<String> = tree.names().into_iter().map(str::to_owned).collect();
    let mut next = 0;
    while let Some(name) = names.get(next).cloned() {
        next += 1;
        let Some(definition) = program.definitions.iter().find(|d| d.name == name) else { continue };
        for name in definition.value.names() {
            if !names.iter().any(|n| n == name) {
                names.push(name.to_owned());
            }
        }
    }
    names
}

/// Half the sum of squares as a likelihood: `l = -(y - f)^2 / 2`, with J'J for its curvature.
pub struct LeastSquares {
    regression: Regression,
    first: usize,
    spec: Spec,
}

impl LeastSquares {
    /// The least squares of an own likelihood; it reads the same response columns.
    #[must_use]
    pub fn of(own: &crate::Own) -> Option<Arc<dyn Likelihood>> {
        let regression = own.regression()?.clone();
        Some(Arc::new(Self { regression, first: own.response_names().len(), spec: own.spec().clone() }))
    }
}

/// Coordinates in which the residuals of an own likelihood are linear together; `y` are its response columns at some rows,
/// a multiple of eight.
#[must_use]
pub fn linear_coordinates(own: &crate::Own, y: Columns<'_>) -> Vec<usize> {
    let first = own.response_names().len();
    own.regression().map_or_else(Vec::new, |r| r.linear(&y[first..], own.spec().k()))
}

impl Likelihood for LeastSquares {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn admits(&self, _: Columns<'_>) -> Result<(), Violation> {
        Ok(())
    }

    fn eval(&self, _: Tail, y: Columns<'_>, u: Columns<'_>, order: Order, out: &mut RowDerivs) {
        let n = u[0].len();
        out.reset(n, u.len());
        let order = if order == Order::Value { expr::Order::Value } else { expr::Order::Gradient };
        self.regression.eval(order, &y[self.first..], u, &mut out.l, &mut out.g);
        if order == expr::Order::Gradient {
            for i in 0..u.len() {
                for j in 0..=i {
                    let (a, b) = (&out.g[i * n..(i + 1) * n], &out.g[j * n..(j + 1) * n]);
                    let at = RowDerivs::pair(i, j) * n;
                    for (h, (a, b)) in out.h[at..at + n].iter_mut().zip(a.iter().zip(b)) {
                        *h = -a * b;
                    }
                }
            }
            for i in 0..u.len() {
                let (g, l) = (&mut out.g[i * n..(i + 1) * n], &out.l);
                g.iter_mut().zip(l).for_each(|(g, r)| *g *= -r);
            }
        }
        out.l.iter_mut().for_each(|r| *r = -0.5 * *r * *r);
    }

    fn starts(&self, _: &Moments) -> Vec<Vec<f64>> {
        Vec::new()
    }
}
