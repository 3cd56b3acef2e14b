//! Numbers that a density may be written in: plain lanes, or jets that carry derivatives.
//!
//! A formula over `T: Real` is evaluated on [`Lane`] where only values are asked, and on [`Jet`](crate::Jet) where
//! score and information are. Special functions enter whole, as [`Step`]s with their own derivatives, so the author
//! of a density never differentiates and never loses digits by it.

use core::ops::{Add, Div, Mul, Neg, Sub};

use crate::incomplete_beta::{LogBetaInc, LogBetaIncUpper};
use crate::incomplete_gamma::{LogGammaP, LogGammaQ};
use crate::lane::{Lane, Mask};
use crate::step::Step;
use crate::steps;
use crate::t_cdf::LogTCdf;

/// A number, eight rows at a time, perhaps with derivatives.
pub trait Real:
    Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + Send
    + Sync
    + 'static
{
    /// Whether derivatives are carried.
    const HAS_DERIVATIVES: bool;

    /// A number that depends on no variable.
    fn lift(c: Lane) -> Self;
    /// The value alone.
    fn value(self) -> Lane;
    /// A step of `N` arguments; plain lanes ask it for its value only.
    fn join<const N: usize, S: Step<N>>(step: S, args: [Self; N]) -> Self;
    /// `a` where the mask holds, `b` elsewhere. Both arms are computed, so both must be safe.
    fn select(mask: Mask, a: Self, b: Self) -> Self;
    /// The product with numbers that depend on no variable.
    fn scale(self, c: Lane) -> Self;
    /// The sum with numbers that depend on no variable.
    fn add_lane(self, c: Lane) -> Self;

    /// log of numbers that depend on no variable.
    #[inline(always)]
    fn log_fixed(c: Lane) -> Lane {
        steps::Log.value([c])
    }
    /// One number for all rows.
    #[inline(always)]
    fn constant(c: f64) -> Self {
        Self::lift(Lane::splat(c))
    }
    /// Any step of one argument.
    #[inline(always)]
    fn apply<S: Step<1>>(self, step: S) -> Self {
        Self::join(step, [self])
    }
    /// 1 / x.
    #[inline(always)]
    fn recip(self) -> Self {
        self.apply(steps::Recip)
    }
    /// x^2.
    #[inline(always)]
    fn square(self) -> Self {
        self.apply(steps::Square)
    }
    /// x^n for a whole number n.
    #[inline(always)]
    fn powi(self, n: i32) -> Self {
        self.apply(steps::Powi(n))
    }
    /// Square root.
    #[inline(always)]
    fn sqrt(self) -> Self {
        self.apply(steps::Sqrt)
    }
    /// e^x.
    #[inline(always)]
    fn exp(self) -> Self {
        self.apply(steps::Exp)
    }
    /// log x.
    #[inline(always)]
    fn log(self) -> Self {
        self.apply(steps::Log)
    }
    /// log(1 + x).
    #[inline(always)]
    fn log1p(self) -> Self {
        self.apply(steps::Log1p)
    }
    /// e^x - 1.
    #[inline(always)]
    fn expm1(self) -> Self {
        self.apply(steps::Expm1)
    }
    /// log(1 + e^x).
    #[inline(always)]
    fn log1pexp(self) -> Self {
        self.apply(steps::Log1pexp)
    }
    /// log(1 - e^x), x < 0.
    #[inline(always)]
    fn log1mexp(self) -> Self {
        self.apply(steps::Log1mexp)
    }
    /// log(e^a + e^b).
    #[inline(always)]
    fn logaddexp(self, other: Self) -> Self {
        Self::join(steps::Logaddexp, [self, other])
    }
    /// log(e^a - e^b), a > b.
    #[inline(always)]
    fn logdiffexp(self, other: Self) -> Self {
        Self::join(steps::Logdiffexp, [self, other])
    }
    /// 1 / (1 + e^-x).
    #[inline(always)]
    fn sigmoid(self) -> Self {
        self.apply(steps::Sigmoid)
    }
    /// x^y, x > 0.
    #[inline(always)]
    fn pow(self, other: Self) -> Self {
        Self::join(steps::Pow, [self, other])
    }
    /// Sine, radians.
    #[inline(always)]
    fn sin(self) -> Self {
        self.apply(steps::Sin)
    }
    /// Cosine, radians.
    #[inline(always)]
    fn cos(self) -> Self {
        self.apply(steps::Cos)
    }
    /// Tangent, radians.
    #[inline(always)]
    fn tan(self) -> Self {
        self.apply(steps::Tan)
    }
    /// Arc tangent, radians.
    #[inline(always)]
    fn atan(self) -> Self {
        self.apply(steps::Atan)
    }
    /// Error function.
    #[inline(always)]
    fn erf(self) -> Self {
        self.apply(steps::Erf)
    }
    /// log Gamma(x).
    #[inline(always)]
    fn lgamma(self) -> Self {
        self.apply(steps::Lgamma)
    }
    /// psi(x), the slope of log Gamma.
    #[inline(always)]
    fn digamma(self) -> Self {
        self.apply(steps::Digamma)
    }
    /// log Gamma(x + y) - log Gamma(x) for `y >= 0`, relatively exact for large x.
    #[inline(always)]
    fn log_rising(self, y: Lane) -> Self {
        self.apply(steps::LogRising(y))
    }
    /// log B(a, b).
    #[inline(always)]
    fn lbeta(self, other: Self) -> Self {
        Self::join(steps::Lbeta, [self, other])
    }
    /// Phi(x), the standard normal distribution function.
    #[inline(always)]
    fn ndtr(self) -> Self {
        self.apply(steps::Ndtr)
    }
    /// log Phi(x).
    #[inline(always)]
    fn log_ndtr(self) -> Self {
        self.apply(steps::LogNdtr)
    }
    /// x with Phi(x) = p.
    #[inline(always)]
    fn norm_quantile(self) -> Self {
        self.apply(steps::NormQuantile)
    }
    /// log P(a, x) of the regularised incomplete gamma function, `self` the shape `a`.
    #[inline(always)]
    fn log_gamma_p(self, x: Self) -> Self {
        Self::join(LogGammaP, [self, x])
    }
    /// log Q(a, x) = log(1 - P(a, x)), `self` the shape `a`.
    #[inline(always)]
    fn log_gamma_q(self, x: Self) -> Self {
        Self::join(LogGammaQ, [self, x])
    }
    /// log I_x(a, b) of the regularised incomplete beta function, `self` the point `x`.
    #[inline(always)]
    fn log_beta_inc(self, a: Self, b: Self) -> Self {
        Self::join(LogBetaInc, [self, a, b])
    }
    /// log(1 - I_x(a, b)), `self` the point `x`.
    #[inline(always)]
    fn log_beta_inc_upper(self, a: Self, b: Self) -> Self {
        Self::join(LogBetaIncUpper, [self, a, b])
    }
    /// log P(T <= t) of Student's t, `self` the point `t`.
    #[inline(always)]
    fn log_t_cdf(self, df: Self) -> Self {
        Self::join(LogTCdf, [self, df])
    }
    /// log I0(x).
    #[inline(always)]
    fn log_bessel_i0(self) -> Self {
        self.apply(steps::LogBesselI0)
    }
}

impl Real for Lane {
    const HAS_DERIVATIVES: bool = false;

    #[inline(always)]
    fn lift(c: Lane) -> Self {
        c
    }
    #[inline(always)]
    fn value(self) -> Lane {
        self
    }
    #[inline(always)]
    fn join<const N: usize, S: Step<N>>(step: S, args: [Self; N]) -> Self {
        step.value(args)
    }
    #[inline(always)]
    fn select(mask: Mask, a: Self, b: Self) -> Self {
        Lane::select(mask, a, b)
    }
    #[inline(always)]
    fn scale(self, c: Lane) -> Self {
        self * c
    }
    #[inline(always)]
    fn add_lane(self, c: Lane) -> Self {
        self + c
    }
}
