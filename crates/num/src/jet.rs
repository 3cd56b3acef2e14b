//! A value with its gradient and lower Hessian in `K` variables, eight rows at a time.
//!
//! Written once as a generic function of [`Real`](crate::Real), a density evaluated on jets yields its score and information by
//! the chain rule, without differences. Only `h[i][j]` with `j <= i` is ever computed or read; the rest stays
//! zero and is optimised away.

use core::ops::{Add, Div, Mul, Neg, Sub};

use crate::lane::{Lane, Mask};
use crate::real::Real;
use crate::step::Step;

/// Value, gradient and lower Hessian with respect to `K` variables.
#[derive(Copy, Clone, Debug)]
pub struct Jet<const K: usize> {
    /// Value.
    pub v: Lane,
    /// Gradient `[K]`
    pub g: [Lane; K],
    /// Hessian; entries `h[i][j]` with `j <= i` only `[K][K]`
    pub h: [[Lane; K]; K],
}

impl<const K: usize> Jet<K> {
    /// A number that depends on no variable.
    #[inline(always)]
    pub fn fixed(v: Lane) -> Jet<K> {
        Jet { v, g: [Lane::ZERO; K], h: [[Lane::ZERO; K]; K] }
    }

    /// The variable number `index` itself.
    #[inline(always)]
    pub fn variable(v: Lane, index: usize) -> Jet<K> {
        let mut out = Jet::fixed(v);
        out.g[index] = Lane::ONE;
        out
    }

    /// Applies a linear map of lanes to value, gradient and Hessian alike.
    #[inline(always)]
    fn each(self, f: impl Fn(Lane) -> Lane) -> Jet<K> {
        let mut out = Jet::fixed(f(self.v));
        for i in 0..K {
            out.g[i] = f(self.g[i]);
            for j in 0..=i {
                out.h[i][j] = f(self.h[i][j]);
            }
        }
        out
    }

    /// Applies a linear map of two jets entry by entry.
    #[inline(always)]
    fn each_pair(self, other: Jet<K>, f: impl Fn(Lane, Lane) -> Lane) -> Jet<K> {
        let mut out = Jet::fixed(f(self.v, other.v));
        for i in 0..K {
            out.g[i] = f(self.g[i], other.g[i]);
            for j in 0..=i {
                out.h[i][j] = f(self.h[i][j], other.h[i][j]);
            }
        }
        out
    }
}

impl<const K: usize> Real for Jet<K> {
    const HAS_DERIVATIVES: bool = true;

    #[inline(always)]
    fn lift(c: Lane) -> Self {
        Jet::fixed(c)
    }

    #[inline(always)]
    fn value(self) -> Lane {
        self.v
    }

    /// Chain rule: `g_i = sum_m f_m x_m,i` and `h_ij = sum_m f_m x_m,ij + sum_ml f_ml x_m,i x_l,j`.
    #[inline(always)]
    fn join<const N: usize, S: Step<N>>(step: S, args: [Self; N]) -> Self {
        let mut x = [Lane::ZERO; N];
        for m in 0..N {
            x[m] = args[m].v;
        }
        let f = step.expand(x);
        let mut out = Jet::fixed(f.v);
        for i in 0..K {
            out.g[i] = f.g[0] * args[0].g[i];
            for m in 1..N {
                out.g[i] = f.g[m].mul_add(args[m].g[i], out.g[i]);
            }
            // Row m holds sum_l f_ml x_l,i: the Hessian of f times the i-th derivative of its arguments.
            let mut curved = [Lane::ZERO; N];
            for m in 0..N {
                curved[m] = f.h[m][0] * args[0].g[i];
                for l in 1..N {
                    let f_ml = if l <= m { f.h[m][l] } else { f.h[l][m] };
                    curved[m] = f_ml.mul_add(args[l].g[i], curved[m]);
                }
            }
            for j in 0..=i {
                let mut h = f.g[0] * args[0].h[i][j];
                for m in 1..N {
                    h = f.g[m].mul_add(args[m].h[i][j], h);
                }
                for m in 0..N {
                    h = curved[m].mul_add(args[m].g[j], h);
                }
                out.h[i][j] = h;
            }
        }
        out
    }

    #[inline(always)]
    fn select(mask: Mask, a: Self, b: Self) -> Self {
        a.each_pair(b, |a, b| Lane::select(mask, a, b))
    }

    #[inline(always)]
    fn scale(self, c: Lane) -> Self {
        self.each(|x| x * c)
    }

    #[inline(always)]
    fn add_lane(mut self, c: Lane) -> Self {
        self.v = self.v + c;
        self
    }
}

impl<const K: usize> Add for Jet<K> {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.each_pair(other, |a, b| a + b)
    }
}

impl<const K: usize> Sub for Jet<K> {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.each_pair(other, |a, b| a - b)
    }
}

impl<const K: usize> Neg for Jet<K> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        self.each(|a| -a)
    }
}

impl<const K: usize> Mul for Jet<K> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        let (a, b) = (self, other);
        let mut out = Jet::fixed(a.v * b.v);
        for i in 0..K {
            out.g[i] = a.v.mul_add(b.g[i], a.g[i] * b.v);
            for j in 0..=i {
                let ends = a.v.mul_add(b.h[i][j], a.h[i][j] * b.v);
                out.h[i][j] = a.g[i].mul_add(b.g[j], a.g[j].mul_add(b.g[i], ends));
            }
        }
        out
    }
}

impl<const K: usize> Div for Jet<K> {
    type Output = Self;
    /// Quotient `q = a / b` by differentiating `a = q b`.
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        let (a, b) = (self, other);
        let mut q = Jet::fixed(a.v / b.v);
        for i in 0..K {
            q.g[i] = (a.g[i] - q.v * b.g[i]) / b.v;
        }
        for i in 0..K {
            for j in 0..=i {
                let inner = q.v.mul_add(b.h[i][j], q.g[i].mul_add(b.g[j], q.g[j] * b.g[i]));
                q.h[i][j] = (a.h[i][j] - inner) / b.v;
            }
        }
        q
    }
}
