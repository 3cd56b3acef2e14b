//! Rows of one kind, gathered into padded columns, evaluated with one tail and added back where they came from.
//!
//! Every kind (exact, censored on a side, interval) is then one vectorised call of the inner likelihood, whatever the
//! order of the rows.

use super::spare::Spare;
use crate::{Columns, Likelihood, Order, RowDerivs, Tail};
use loglik_num::LANE;

/// Evaluates `inner` in some rows, in ascending order; row `rows[i]` stands at place `i` of `part`.
///
/// * `y`    response columns                                                 `[r][n]`
/// * `u`    coordinates                                                      `[k][n]`
/// * `rows` indices of rows; all of them are evaluated where they are
pub(super) fn eval_rows(
    inner: &dyn Likelihood,
    tail: Tail,
    (y, u): (Columns<'_>, Columns<'_>),
    rows: &[usize],
    order: Order,
    part: &mut RowDerivs,
) {
    if rows.len() == u[0].len() {
        inner.eval(tail, y, u, order, part);
        return;
    }
    let (columns, padded) = gather(y.iter().chain(u).copied(), rows);
    let columns: Vec<&[f64]> = columns.chunks_exact(padded).collect();
    let (y, u) = columns.split_at(y.len());
    inner.eval(tail, y, u, order, part);
}

/// Columns of the rows alone, one after the other, and their padded length; the last row is repeated.
fn gather<'a>(columns: impl Iterator<Item = &'a [f64]>, rows: &[usize]) -> (Spare<Vec<f64>>, usize) {
    let padded = rows.len().next_multiple_of(LANE);
    let mut out = Spare::filled(0.0, 0);
    for column in columns {
        out.extend(rows.iter().map(|row| column[*row]));
        let (last, missing) = (out[out.len() - 1], padded - rows.len());
        out.extend(std::iter::repeat_n(last, missing));
    }
    (out, padded)
}

/// Adds `sign` times what `part` holds at place `i` to row `rows[i]` of `out`.
pub(super) fn scatter(part: &RowDerivs, sign: f64, rows: &[usize], order: Order, out: &mut RowDerivs) {
    let put = |from: &[f64], to: &mut [f64]| {
        for (row, x) in rows.iter().zip(from) {
            to[*row] += sign * x;
        }
    };
    put(&part.l, &mut out.l);
    if order == Order::Hessian {
        let (n, m) = (out.rows(), part.rows());
        for (from, to) in part.g.chunks_exact(m).zip(out.g.chunks_exact_mut(n)) {
            put(from, to);
        }
        for (from, to) in part.h.chunks_exact(m).zip(out.h.chunks_exact_mut(n)) {
            put(from, to);
        }
    }
}

/// Sets everything that is asked for to zero.
pub(super) fn clear(out: &mut RowDerivs, order: Order) {
    out.l.fill(0.0);
    if order == Order::Hessian {
        out.g.fill(0.0);
        out.h.fill(0.0);
    }
}
