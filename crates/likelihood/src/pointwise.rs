//! From one row, written once, to a chunk with derivatives: every `Density` is a `Likelihood` by jets.
//!
//! Each order of derivatives is one kernel. Where the density asks for it, it is inlined at every CPU level by
//! `num::dispatch`, the choice made once a chunk; else it is compiled once, of [`Outlined`] operations.

use crate::invert;
use crate::likelihood::{CheckLoss, EdgeLimit, Likelihood, Order, Tail, UnitDeviance, Violation};
use crate::{Columns, Density, Moments, ResponseColumn, ResponseKind, RowDerivs, Spec};
use loglik_num::{Jet, Kernel, LANE, Lane, Outlined, Real, dispatch};

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
            quadratic: D::QUADRATIC,
            by_difference: D::BY_DIFFERENCE,
            sufficient: D::SUFFICIENT,
            link_inside: false,
            own: false,
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

/// Numbers that a sweep is written in, seeded with the coordinates of eight rows.
trait Swept<const K: usize>: Real {
    /// Coordinate number `index`.
    fn coordinate(value: Lane, index: usize) -> Self;
    /// Stores what is known of eight rows at row `at`.
    fn write(&self, at: usize, out: &mut RowDerivs);
}

impl<const K: usize> Swept<K> for Lane {
    #[inline(always)]
    fn coordinate(value: Lane, _: usize) -> Self {
        value
    }
    #[inline(always)]
    fn write(&self, at: usize, out: &mut RowDerivs) {
        self.store(&mut out.l[at..at + LANE]);
    }
}

impl<const K: usize> Swept<K> for Jet<K> {
    #[inline(always)]
    fn coordinate(value: Lane, index: usize) -> Self {
        Jet::variable(value, index)
    }
    #[inline(always)]
    fn write(&self, at: usize, out: &mut RowDerivs) {
        let n = out.rows();
        self.v.store(&mut out.l[at..at + LANE]);
        for i in 0..K {
            self.g[i].store(&mut out.g[i * n + at..i * n + at + LANE]);
            for j in 0..=i {
                let from = RowDerivs::pair(i, j) * n + at;
                self.h[i][j].store(&mut out.h[from..from + LANE]);
            }
        }
    }
}

impl<R: Swept<K>, const K: usize> Swept<K> for Outlined<R> {
    fn coordinate(value: Lane, index: usize) -> Self {
        Self(R::coordinate(value, index))
    }
    fn write(&self, at: usize, out: &mut RowDerivs) {
        self.0.write(at, out);
    }
}

/// The coordinates of the eight rows from `at` on.
#[inline(always)]
fn load<T: Swept<K>, const K: usize>(u: Columns<'_>, at: usize) -> [T; K] {
    std::array::from_fn(|i| T::coordinate(Lane::load(&u[i][at..at + LANE]), i))
}

impl<D: Density<K>, const K: usize> Sweep<'_, D, K> {
    /// Response columns of the eight rows from `at` on.
    #[inline(always)]
    fn response(&self, at: usize) -> [Lane; MOST_COLUMNS] {
        let mut y = [Lane::ZERO; MOST_COLUMNS];
        for (lane, column) in y.iter_mut().zip(self.y) {
            *lane = Lane::load(&column[at..at + LANE]);
        }
        y
    }

    /// Log densities, every operation inlined.
    #[inline(always)]
    fn inlined<T: Swept<K>>(self) {
        for at in (0..self.out.rows()).step_by(LANE) {
            let u: [T; K] = load(self.u, at);
            self.density.loglik(&self.response(at), &u).write(at, self.out);
        }
    }

    /// Log densities with derivatives.
    #[inline(always)]
    fn differentiated(self) {
        for at in (0..self.out.rows()).step_by(LANE) {
            let u: [Lane; K] = load(self.u, at);
            Swept::<K>::write(&self.density.derivatives(&self.response(at), &u), at, self.out);
        }
    }

    /// Any tail, every operation a call.
    fn outlined<T: Swept<K>>(self) {
        for at in (0..self.out.rows()).step_by(LANE) {
            let u: [Outlined<T>; K] = load(self.u, at);
            let y = self.response(at);
            let l = match self.tail {
                Tail::Pdf => self.density.loglik(&y, &u),
                Tail::Cdf if D::TAILS => self.density.log_cdf(&y, &u),
                Tail::Sf if D::TAILS => self.density.log_sf(&y, &u),
                Tail::Cdf | Tail::Sf => Outlined::constant(f64::NAN),
            };
            l.write(at, self.out);
        }
    }
}

impl<D: Density<K>, const K: usize> Kernel for Sweep<'_, D, K> {
    type Output = ();

    /// Log densities only: the tails are always outlined.
    #[inline(always)]
    fn run(self) {
        match self.order {
            Order::Value => self.inlined::<Lane>(),
            Order::Hessian => self.differentiated(),
        }
    }

    fn run_baseline(self) {
        match self.order {
            Order::Value => self.outlined::<Lane>(),
            Order::Hessian if D::WRITTEN && self.tail == Tail::Pdf => self.differentiated(),
            Order::Hessian => self.outlined::<Jet<K>>(),
        }
    }
}

/// Unit deviances of a chunk.
struct Deviances<'a, D, const K: usize> {
    density: &'a D,
    y: Columns<'a>,
    u: Columns<'a>,
    out: &'a mut Vec<UnitDeviance<Lane>>,
}

impl<D: Density<K>, const K: usize> Kernel for Deviances<'_, D, K> {
    type Output = bool;

    #[inline(always)]
    fn run(self) -> bool {
        for r in (0..self.u[0].len()).step_by(LANE) {
            let mut y = [Lane::ZERO; MOST_COLUMNS];
            y.iter_mut().zip(self.y).for_each(|(y, column)| *y = Lane::load(&column[r..]));
            let u: [Lane; K] = std::array::from_fn(|i| Lane::load(&self.u[i][r..]));
            let Some(unit) = self.density.dispersion_model(&y, &u) else { return false };
            self.out.push(unit);
        }
        true
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
        if let [column] = y {
            // Blocks without a branch inside: a value that is refused is rare.
            const BLOCK: usize = 256;
            let admitted = |value: &f64| self.density.admits(std::slice::from_ref(value));
            for (block, values) in column.chunks(BLOCK).enumerate() {
                if !values.iter().fold(true, |all, value| all & admitted(value)) {
                    let at = values.iter().position(|value| !admitted(value)).unwrap_or(0);
                    return Err(self.density.violation(block * BLOCK + at, &values[at..=at]));
                }
            }
            return Ok(());
        }
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
        let sweep = Sweep { density: &self.density, tail, y, u, order, out };
        if D::INLINED && tail == Tail::Pdf { dispatch(sweep) } else { sweep.run_baseline() }
    }

    fn starts(&self, y: &Moments) -> Vec<Vec<f64>> {
        vec![self.density.start(y).to_vec()]
    }

    fn edge_maximum(&self, y: &Moments) -> Option<Vec<f64>> {
        self.density.edge_maximum(y).map(|u| u.to_vec())
    }

    fn edge_limit(&self, y: &Moments, k: usize, upper: bool) -> Option<EdgeLimit> {
        self.density.edge_limit(y, k, upper)
    }

    fn check_loss(&self) -> Option<CheckLoss> {
        self.density.check_loss()
    }

    fn mean(&self, u: Columns<'_>, out: &mut RowDerivs) -> bool {
        out.reset(u[0].len(), K);
        for at in (0..u[0].len()).step_by(LANE) {
            let u: [Outlined<Jet<K>>; K] = load(u, at);
            let Some(mean) = self.density.mean(&u) else { return false };
            mean.write(at, out);
        }
        true
    }

    fn variance(&self, u: &[f64]) -> Option<f64> {
        self.density.variance(&one(u))
    }

    fn dispersion_model(&self, y: &[f64], u: &[f64]) -> Option<UnitDeviance> {
        let y: Vec<Lane> = y.iter().map(|y| Lane::splat(*y)).collect();
        let u: [Lane; K] = std::array::from_fn(|i| Lane::splat(u[i]));
        Some(self.density.dispersion_model(&y, &u)?.row(0))
    }

    fn dispersion_models(&self, y: Columns<'_>, u: Columns<'_>, out: &mut Vec<UnitDeviance<Lane>>) -> bool {
        out.clear();
        dispatch(Deviances::<D, K> { density: &self.density, y, u, out })
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
