//! A wrapper as an outer function of inner log densities, written once like a density; derivatives by the chain rule.
//!
//! With f of arguments x_a, each with derivatives in some of the K coordinates,
//! g_i = sum_a f_a x_a,i and h_ij = sum_a f_a x_a,ij + sum_ab f_ab x_a,i x_b,j. The outer function's own derivatives
//! come by jets in its N arguments, so no wrapper differentiates by hand.

use crate::{Order, RowDerivs};
use loglik_num::{Jet, Kernel, LANE, Lane, Real, dispatch};
use std::ops::Range;

/// A function of `N` quantities of a row.
pub(super) trait Outer<const N: usize>: Copy {
    /// Its value; `y` is the column of the response that decides between branches.
    fn at<T: Real>(&self, y: Lane, x: [T; N]) -> T;
}

/// An argument of an outer function.
#[derive(Clone, Copy)]
pub(super) enum Arg<'a> {
    /// What an inner likelihood gave, and the place of its first coordinate.
    Inner(&'a RowDerivs, usize),
    /// A coordinate itself, and its place.
    Coordinate(&'a [f64], usize),
}

impl Arg<'_> {
    /// Its values in eight rows.
    #[inline(always)]
    fn value(&self, at: usize) -> Lane {
        match self {
            Self::Inner(inner, _) => Lane::load(&inner.l[at..at + LANE]),
            Self::Coordinate(u, _) => Lane::load(&u[at..at + LANE]),
        }
    }

    /// The coordinates that it depends on.
    #[inline(always)]
    fn range(&self) -> Range<usize> {
        match self {
            Self::Inner(inner, first) => *first..first + inner.params(),
            Self::Coordinate(_, place) => *place..place + 1,
        }
    }

    /// First derivative in coordinate `i` of its range.
    #[inline(always)]
    fn g(&self, i: usize, at: usize) -> Lane {
        match self {
            Self::Inner(inner, first) => Lane::load(&inner.g(i - first)[at..at + LANE]),
            Self::Coordinate(..) => Lane::ONE,
        }
    }

    /// Second derivative in coordinates `i` and `j` of its range.
    #[inline(always)]
    fn h(&self, i: usize, j: usize, at: usize) -> Lane {
        match self {
            Self::Inner(inner, first) => Lane::load(&inner.h(i - first, j - first)[at..at + LANE]),
            Self::Coordinate(..) => Lane::ZERO,
        }
    }
}

/// Fills `out`, which has its rows and coordinates already, with the outer function of `args`.
///
/// * `y`    the response column that the function branches on                `[n]`
/// * `args` its arguments, n rows each                                       `[N]`
pub(super) fn chain<const N: usize, F: Outer<N>>(
    outer: F,
    y: &[f64],
    args: [Arg<'_>; N],
    order: Order,
    out: &mut RowDerivs,
) {
    dispatch(Chain { outer, y, args, order, out });
}

/// One sweep of [`chain`].
struct Chain<'a, F, const N: usize> {
    outer: F,
    y: &'a [f64],
    args: [Arg<'a>; N],
    order: Order,
    out: &'a mut RowDerivs,
}

/// a b, and 0 where a is: a branch that does not count may be infinite.
#[inline(always)]
pub(super) fn times(a: Lane, b: Lane) -> Lane {
    Lane::select(a.eq_lanes(Lane::ZERO), Lane::ZERO, a * b)
}

/// Adds to eight places of a column.
#[inline(always)]
pub(super) fn add(to: &mut [f64], what: Lane) {
    (Lane::load(to) + what).store(to);
}

impl<F: Outer<N>, const N: usize> Chain<'_, F, N> {
    #[inline(always)]
    fn derivatives(self, at: usize, f: &Jet<N>) {
        for (a, arg) in self.args.iter().enumerate() {
            for i in arg.range() {
                add(&mut self.out.g_mut(i)[at..at + LANE], times(f.g[a], arg.g(i, at)));
                for j in arg.range().start..=i {
                    let h = times(f.g[a], arg.h(i, j, at));
                    add(&mut self.out.h_mut(i, j)[at..at + LANE], h);
                }
            }
            for (b, other) in self.args.iter().enumerate() {
                let f_ab = if b <= a { f.h[a][b] } else { f.h[b][a] };
                for i in arg.range() {
                    for j in other.range().filter(|j| *j <= i) {
                        let h = times(f_ab, arg.g(i, at) * other.g(j, at));
                        add(&mut self.out.h_mut(i, j)[at..at + LANE], h);
                    }
                }
            }
        }
    }
}

impl<F: Outer<N>, const N: usize> Kernel for Chain<'_, F, N> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        if self.order == Order::Hessian {
            self.out.g.fill(0.0);
            self.out.h.fill(0.0);
        }
        let Self { outer, y, args, order, out } = self;
        for at in (0..out.rows()).step_by(LANE) {
            let branch = Lane::load(&y[at..at + LANE]);
            let x: [Lane; N] = std::array::from_fn(|a| args[a].value(at));
            match order {
                Order::Value => outer.at(branch, x).store(&mut out.l[at..at + LANE]),
                Order::Hessian => {
                    let jets: [Jet<N>; N] = std::array::from_fn(|a| Jet::variable(x[a], a));
                    let f = outer.at(branch, jets);
                    f.v.store(&mut out.l[at..at + LANE]);
                    Chain { outer, y, args, order, out: &mut *out }.derivatives(at, &f);
                }
            }
        }
    }
}
