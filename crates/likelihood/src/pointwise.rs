//! From one row, written once, to a chunk with derivatives: every `Density` is a `Likelihood` by jets.
//!
//! Each order of derivatives is one kernel, compiled for every CPU level by `num::dispatch`; the choice is made
//! once a chunk.

use crate::invert;
use crate::likelihood::{CheckLoss, Likelihood, Order, Tail, UnitDeviance, Violation};
use crate::{Columns, Density, Moments, ResponseColumn, ResponseKind, RowDerivs, Spec};
use loglik_num::{Jet, Kernel, LANE, Lane, Real, dispatch};

/// At most this many response columns are read by a density.
const MOST_COLUMNS: usize = 3;

/// A `Density` as the engine sees it.
pub struct Pointwise<D, const K: usize> {
    density: D,
    spec: Spec,
}

impl<D: Density<K>, const K: usize> Pointwise<D, K> {
    /// Wraps a density; its `Spec` is read off its constants.
    pub fn new(density: D) -> Self {
        let spec = Spec {
            name: D::NAME.to_owned(),
            params: density.params().to_vec(),
            response: D::RESPONSE,
            columns: response_columns(D::RESPONSE),
            source: D::SOURCE,
            tails: D::TAILS,
            discrete: D::DISCRETE,
            precision: D::PRECISION,
            shared_predictor: false,
            concave: D::CONCAVE,
            link_inside: false,
        };
        Self { density, spec }
    }
}

/// Names of the columns of a response kind.
pub(crate) fn response_columns(kind: ResponseKind) -> Vec<ResponseColumn> {
    let names: &[&'static str] = match kind {
        ResponseKind::Number => &["y"],
        ResponseKind::Trials => &["successes", "trials"],
        ResponseKind::Class => &["class"],
        ResponseKind::ClassCounts => &["counts"],
        ResponseKind::Interval => &["lower", "upper", "entry"],
        ResponseKind::Truncated => &["y", "lower", "upper"],
    };
    names.iter().map(|name| ResponseColumn { name }).collect()
}

/// One sweep over a chunk: which tail, of which density, with or without derivatives.
struct Sweep<'a, D, const K: usize> {
    density: &'a D,
    tail: Tail,
    y: Columns<'a>,
    u: Columns<'a>,
    order: Order,
    out: &'a mut RowDerivs,
}

#[inline(always)]
fn row<D: Density<K>, T: Real, const K: usize>(density: &D, tail: Tail, y: &[Lane], u: &[T; K]) -> T {
    match tail {
        Tail::Pdf => density.loglik(y, u),
        Tail::Cdf if D::TAILS => density.log_cdf(y, u),
        Tail::Sf if D::TAILS => density.log_sf(y, u),
        Tail::Cdf | Tail::Sf => T::constant(f64::NAN),
    }
}

impl<D: Density<K>, const K: usize> Sweep<'_, D, K> {
    #[inline(always)]
    fn values(self) {
        let n = self.out.rows();
        let mut y = [Lane::splat(0.0); MOST_COLUMNS];
        for at in (0..n).step_by(LANE) {
            for (lane, column) in y.iter_mut().zip(self.y) {
                *lane = Lane::load(&column[at..at + LANE]);
            }
            let u: [Lane; K] = std::array::from_fn(|i| Lane::load(&self.u[i][at..at + LANE]));
            let l = row(self.density, self.tail, &y, &u);
            l.store(&mut self.out.l[at..at + LANE]);
        }
    }

    #[inline(always)]
    fn derivatives(self) {
        let n = self.out.rows();
        let mut y = [Lane::splat(0.0); MOST_COLUMNS];
        for at in (0..n).step_by(LANE) {
            for (lane, column) in y.iter_mut().zip(self.y) {
                *lane = Lane::load(&column[at..at + LANE]);
            }
            let u: [Jet<K>; K] =
                std::array::from_fn(|i| Jet::variable(Lane::load(&self.u[i][at..at + LANE]), i));
            let l = row(self.density, self.tail, &y, &u);
            write_jet(&l, at, self.out);
        }
    }
}

/// Stores a jet of eight rows at row `at`.
#[inline(always)]
fn write_jet<const K: usize>(l: &Jet<K>, at: usize, out: &mut RowDerivs) {
    let n = out.rows();
    l.v.store(&mut out.l[at..at + LANE]);
    for i in 0..K {
        l.g[i].store(&mut out.g[i * n + at..i * n + at + LANE]);
        for j in 0..=i {
            let from = RowDerivs::pair(i, j) * n + at;
            l.h[i][j].store(&mut out.h[from..from + LANE]);
        }
    }
}

impl<D: Density<K>, const K: usize> Kernel for Sweep<'_, D, K> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        match self.order {
            Order::Value => self.values(),
            Order::Hessian => self.derivatives(),
        }
    }
}

/// `u` of one row as an array.
fn one<const K: usize>(u: &[f64]) -> [f64; K] {
    std::array::from_fn(|i| u[i])
}

impl<D: Density<K>, const K: usize> Likelihood for Pointwise<D, K> {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn admits(&self, y: Columns<'_>) -> Result<(), Violation> {
        let mut values = vec![0.0; y.len()];
        for row in 0..y[0].len() {
            for (value, column) in values.iter_mut().zip(y) {
                *value = column[row];
            }
            if !self.density.admits(&values) {
                return Err(self.density.violation(row, &values));
            }
        }
        Ok(())
    }

    fn eval(&self, tail: Tail, y: Columns<'_>, u: Columns<'_>, order: Order, out: &mut RowDerivs) {
        out.reset(u[0].len(), K);
        dispatch(Sweep { density: &self.density, tail, y, u, order, out });
    }

    fn starts(&self, y: &Moments) -> Vec<Vec<f64>> {
        vec![self.density.start(y).to_vec()]
    }

    fn edge_maximum(&self, y: &Moments) -> Option<Vec<f64>> {
        self.density.edge_maximum(y).map(|u| u.to_vec())
    }

    fn check_loss(&self) -> Option<CheckLoss> {
        self.density.check_loss()
    }

    fn mean(&self, u: Columns<'_>, out: &mut RowDerivs) -> bool {
        out.reset(u[0].len(), K);
        for at in (0..u[0].len()).step_by(LANE) {
            let u: [Jet<K>; K] = std::array::from_fn(|i| Jet::variable(Lane::load(&u[i][at..at + LANE]), i));
            let Some(mean) = self.density.mean(&u) else { return false };
            write_jet(&mean, at, out);
        }
        true
    }

    fn variance(&self, u: &[f64]) -> Option<f64> {
        self.density.variance(&one(u))
    }

    fn dispersion_model(&self, y: &[f64], u: &[f64]) -> Option<UnitDeviance> {
        self.density.dispersion_model(y, &one(u))
    }

    fn saturated(&self, y: &[f64], u: &[f64]) -> Option<f64> {
        self.density.saturated(y, &one(u))
    }

    fn expected_info(&self, y: &[f64], u: &[f64], out: &mut [f64]) -> bool {
        self.density.expected_info(y, &one(u), out)
    }

    fn quantile(&self, p: f64, u: &[f64]) -> Option<f64> {
        let u = one(u);
        self.density.quantile(p, &u).or_else(|| invert::quantile(&self.density, p, &u))
    }

    fn sample(&self, u: &[f64], uniform: &mut dyn FnMut() -> f64) -> Option<f64> {
        self.density.sample(&one(u), uniform).or_else(|| self.quantile(uniform(), u))
    }
}
