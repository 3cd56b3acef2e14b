//! The logarithm of Student's t distribution function, with derivatives in the point and in the degrees of freedom.
//!
//! Below zero it is half an incomplete beta function of x = df / (df + t^2), above zero one minus that. Slopes in `t`
//! come from the density, for those of the incomplete beta at x = 1 are infinite. Abramowitz & Stegun (1964) 26.7.1.

use core::f64::consts::{LN_2, PI};

use crate::dispatch::dispatch;
use crate::gamma::digamma_rising;
use crate::incomplete_beta::{Point, Slopes, Values};
use crate::incomplete_gamma::Tail;
use crate::jet::Jet;
use crate::lane::{LANE, Lane};
use crate::real::Real;
use crate::step::{Step, Taylor};

/// log P(T <= t) for Student's t with `df` degrees of freedom, arguments `(t, df)`.
///
/// Below zero it is log(I_x(df / 2, 1/2) / 2) with x = df / (df + t^2), above zero one minus that. Slopes in `t` come
/// from the density, for those of I at x = 1 are infinite.
#[derive(Copy, Clone)]
pub(crate) struct LogTCdf;

impl LogTCdf {
    /// x = df / (df + t^2) and its complement, by ratios.
    #[inline(always)]
    fn point(t: Lane, df: Lane) -> Point {
        let q = t * t / df;
        let x = Lane::ONE / (Lane::ONE + q);
        Point { x, y: q * x, a: df * Lane::splat(0.5), b: Lane::splat(0.5) }
    }

    /// From log of I to log of the cdf: half of it, or one minus its half where t is positive.
    #[inline(always)]
    fn of_both_tails<T: Real>(t: Lane, log_both: T) -> T {
        let half = log_both.add_lane(Lane::splat(-LN_2));
        T::select(t.gt(Lane::ZERO), half.log1mexp(), half)
    }
}

impl Step<2> for LogTCdf {
    #[inline(never)]
    fn value(self, [t, df]: [Lane; 2]) -> Lane {
        let parts = dispatch(Values(LogTCdf::point(t, df)));
        let mut both = t;
        for i in 0..LANE {
            both.0[i] = parts.log_probability(i, Tail::Lower);
        }
        LogTCdf::of_both_tails(t, both)
    }
    #[inline(never)]
    fn expand(self, [t, df]: [Lane; 2]) -> Taylor<2> {
        let point = LogTCdf::point(t, df);
        let both = dispatch(Slopes { point, tail: Tail::Lower });
        let v = self.value([t, df]);
        // In df with t fixed: x moves by x_df = x y / df, and a by one half.
        let over_df = Lane::ONE / df;
        let x_df = point.x * point.y * over_df;
        let x_df2 = -(x_df * over_df) * (point.x + point.x);
        let half = Lane::splat(0.5);
        let first = both.g[0].mul_add(x_df, both.g[1] * half);
        let bend = both.h[0][0].mul_add(x_df * x_df, both.h[1][0] * x_df);
        let second = bend + both.g[0].mul_add(x_df2, both.h[1][1] * half * half);
        let known = Jet::<1> { v: both.v, g: [first], h: [[second]] };
        // At t = 0 the value is one half whatever df is.
        let known = Jet::select(t.eq_lanes(Lane::ZERO), Jet::fixed(Lane::ZERO), known);
        let by_df = LogTCdf::of_both_tails(t, known);
        LogTCdf::with_density(t, df, v, by_df)
    }
}

impl LogTCdf {
    /// Adds the slopes in `t`: with r = density / cdf, they are r, r (log density)' - r^2, and so on.
    #[inline(always)]
    fn with_density(t: Lane, df: Lane, v: Lane, by_df: Jet<1>) -> Taylor<2> {
        let (half, one) = (Lane::splat(0.5), Lane::ONE);
        let (top, bottom) = ((df + one) * half, df * half);
        let log_rest = (t * t / df).log1p();
        let log_norm = bottom.log_rising(half) - half * (df * Lane::splat(PI)).log();
        let ratio = (log_norm - top * log_rest - v).exp();
        let spread = df + t * t;
        let slope = -(df + one) * t / spread;
        let psi = half * bottom.zip(half, digamma_rising);
        let by_df_density = psi - half / df - half * log_rest + top * t * t / (df * spread);
        let d_df = by_df.g[0];
        Taylor::two(
            v,
            [ratio, d_df],
            [ratio * (slope - ratio), ratio * (by_df_density - d_df), by_df.h[0][0]],
        )
    }
}
