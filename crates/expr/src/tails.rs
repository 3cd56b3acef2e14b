//! Logs of distribution functions without a formula of fixed length, with all derivatives: incomplete gamma and beta
//! functions and Student's t, as `num` has them.
//!
//! Each function gives its value, its slopes, and the lower triangle of its curvatures by rows, in one computation.

use loglik_num::{Jet, Lane, Real};

/// Value, slopes and curvatures of a function of two arguments.
type OfTwo = [Lane; 6];

/// Value, slopes and curvatures of a function of three arguments.
type OfThree = [Lane; 10];

/// log P(a, x) of the incomplete gamma function.
#[inline(never)]
pub(crate) fn gamma_p(a: Lane, x: Lane) -> OfTwo {
    of_two(a, x, Real::log_gamma_p)
}

/// log Q(a, x) = log(1 - P(a, x)).
#[inline(never)]
pub(crate) fn gamma_q(a: Lane, x: Lane) -> OfTwo {
    of_two(a, x, Real::log_gamma_q)
}

/// log P(T <= t) of Student's t with `nu` degrees of freedom.
#[inline(never)]
pub(crate) fn t_cdf(t: Lane, nu: Lane) -> OfTwo {
    of_two(t, nu, Real::log_t_cdf)
}

/// log I_x(a, b) of the incomplete beta function.
#[inline(never)]
pub(crate) fn beta_inc(x: Lane, a: Lane, b: Lane) -> OfThree {
    of_three([x, a, b], Real::log_beta_inc)
}

/// log(1 - I_x(a, b)).
#[inline(never)]
pub(crate) fn beta_inc_upper(x: Lane, a: Lane, b: Lane) -> OfThree {
    of_three([x, a, b], Real::log_beta_inc_upper)
}

fn of_two(a: Lane, b: Lane, f: fn(Jet<2>, Jet<2>) -> Jet<2>) -> OfTwo {
    let j = f(Jet::variable(a, 0), Jet::variable(b, 1));
    [j.v, j.g[0], j.g[1], j.h[0][0], j.h[1][0], j.h[1][1]]
}

fn of_three([x, a, b]: [Lane; 3], f: fn(Jet<3>, Jet<3>, Jet<3>) -> Jet<3>) -> OfThree {
    let j = f(Jet::variable(x, 0), Jet::variable(a, 1), Jet::variable(b, 2));
    let h = &j.h;
    [j.v, j.g[0], j.g[1], j.g[2], h[0][0], h[1][0], h[1][1], h[2][0], h[2][1], h[2][2]]
}
