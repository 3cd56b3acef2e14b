//! Links: from a linear predictor `eta` to the unconstrained coordinate `u` of a parameter.
//!
//! A density takes `u` (`log mu`, `logit p`), so the default link of a support is the identity map and every
//! other link is a change of coordinate `u = h(eta)`. The pairs that statistics uses have their own stable form
//! (probit takes two log tails, cloglog never subtracts from 1); the rest goes through the natural value.
//! Outside a link's domain `h` is NaN: such a row has log-likelihood -inf.
//!
//! McCullagh & Nelder (1989), Generalized Linear Models, ch. 2 and 4.

use std::fmt;
use std::str::FromStr;

use crate::Support;
use loglik_num::{Lane, Real};

/// A link function g: `eta = g(theta)` of the natural value `theta` of a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Link {
    /// theta
    Identity,
    /// log(theta)
    Log,
    /// log(theta / (1 - theta))
    Logit,
    /// Standard normal quantile.
    Probit,
    /// log(-log(1 - theta))
    Cloglog,
    /// -log(-log(theta))
    Loglog,
    /// tan(pi (theta - 1/2))
    Cauchit,
    /// 1 / theta
    Inverse,
    /// 1 / theta^2
    InverseSquare,
    /// sqrt(theta)
    Sqrt,
    /// theta^a
    Power(f64),
}

/// A word that is no link.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a link; links are identity, log, logit, probit, cloglog, loglog, cauchit, inverse, inverse_square, sqrt, power(a)"
)]
pub struct UnknownLink(pub String);

impl Link {
    /// The links without an argument, by name.
    pub const NAMED: [(&'static str, Self); 10] = [
        ("identity", Self::Identity),
        ("log", Self::Log),
        ("logit", Self::Logit),
        ("probit", Self::Probit),
        ("cloglog", Self::Cloglog),
        ("loglog", Self::Loglog),
        ("cauchit", Self::Cauchit),
        ("inverse", Self::Inverse),
        ("inverse_square", Self::InverseSquare),
        ("sqrt", Self::Sqrt),
    ];

    /// The link under which `u` is the linear predictor itself.
    #[must_use]
    pub fn of_support(support: Support) -> Self {
        match support {
            Support::Real => Self::Identity,
            Support::Positive | Support::Above(_) | Support::Below(_) => Self::Log,
            Support::Unit | Support::Between(..) => Self::Logit,
        }
    }

    /// Whether `u` is the linear predictor itself.
    #[must_use]
    pub fn is_direct(self, support: Support) -> bool {
        self == Self::of_support(support) && !matches!(support, Support::Between(..))
    }

    /// The coordinate `u` of a parameter whose linear predictor is `eta`; NaN outside the domain.
    #[inline(always)]
    pub fn to_u<T: Real>(self, support: Support, eta: T) -> T {
        match (self, support) {
            (Self::Logit, Support::Between(..)) => eta,
            (link, _) if link.is_direct(support) => eta,
            (Self::Inverse, Support::Positive) => -eta.log(),
            (Self::InverseSquare, Support::Positive) => eta.log().scale(Lane::splat(-0.5)),
            (Self::Sqrt, Support::Positive) => eta.log().scale(Lane::splat(2.0)),
            (Self::Power(a), Support::Positive) => eta.log().scale(Lane::splat(1.0 / a)),
            (Self::Probit, Support::Unit) => eta.log_ndtr() - (-eta).log_ndtr(),
            // p = 1 - exp(-e^eta): log p - log(1 - p), where log(1 - p) = -e^eta.
            (Self::Cloglog, Support::Unit) => {
                let rate = eta.exp();
                (-rate).log1mexp() + rate
            }
            (Self::Loglog, Support::Unit) => {
                let rate = (-eta).exp();
                -rate - (-rate).log1mexp()
            }
            // Both tails of a Cauchy as atan(1 / |eta|) / pi keep their digits.
            (Self::Cauchit, Support::Unit) => {
                let positive = eta.value().gt(Lane::splat(0.0));
                let size = T::select(positive, eta, -eta);
                let near = size.value().lt(Lane::splat(1.0));
                let safe = T::select(near, T::constant(1.0), size);
                let quarter = std::f64::consts::FRAC_PI_2;
                let small = T::select(near, T::constant(quarter) - size.atan(), safe.recip().atan());
                let log_small = small.scale(Lane::splat(std::f64::consts::FRAC_1_PI)).log();
                let logit = log_small.log1mexp() - log_small;
                T::select(positive, logit, -logit)
            }
            (Self::Log, Support::Unit) => eta - eta.log1mexp(),
            (link, support) => support.to_u(link.inverse(eta)),
        }
    }

    /// The natural value whose link is `eta`.
    #[inline(always)]
    pub fn inverse<T: Real>(self, eta: T) -> T {
        match self {
            Self::Identity => eta,
            Self::Log => eta.exp(),
            Self::Logit => eta.sigmoid(),
            Self::Probit => eta.ndtr(),
            Self::Cloglog => -(-eta.exp()).expm1(),
            Self::Loglog => (-(-eta).exp()).exp(),
            Self::Cauchit => eta.atan().scale(Lane::splat(std::f64::consts::FRAC_1_PI)) + T::constant(0.5),
            Self::Inverse => eta.recip(),
            Self::InverseSquare => eta.sqrt().recip(),
            Self::Sqrt => eta.square(),
            Self::Power(a) => eta.log().scale(Lane::splat(1.0 / a)).exp(),
        }
    }

    /// The linear predictor of the natural value `theta`.
    #[must_use]
    pub fn link(self, theta: f64) -> f64 {
        use loglik_num as num;
        match self {
            Self::Identity => theta,
            Self::Log => num::log(theta),
            Self::Logit => num::log(theta) - num::log1p(-theta),
            Self::Probit => num::norm_quantile(theta),
            Self::Cloglog => num::log(-num::log1p(-theta)),
            Self::Loglog => -num::log(-num::log(theta)),
            Self::Cauchit => num::tan(std::f64::consts::PI * (theta - 0.5)),
            Self::Inverse => 1.0 / theta,
            Self::InverseSquare => 1.0 / (theta * theta),
            Self::Sqrt => theta.sqrt(),
            Self::Power(a) => num::pow(theta, a),
        }
    }

    /// The natural value whose linear predictor is `eta`.
    #[must_use]
    pub fn natural(self, eta: f64) -> f64 {
        self.inverse(Lane::splat(eta)).0[0]
    }

    /// The linear predictor whose coordinate is `u`, by the natural value.
    #[must_use]
    pub fn from_u(self, support: Support, u: f64) -> f64 {
        if self.is_direct(support) || (self == Self::Logit && matches!(support, Support::Between(..))) {
            return u;
        }
        self.link(support.natural(u))
    }
}

impl Support {
    /// The coordinate of the natural value `theta`; NaN outside the support.
    #[inline(always)]
    pub fn to_u<T: Real>(self, theta: T) -> T {
        match self {
            Self::Real => theta,
            Self::Positive => theta.log(),
            Self::Unit => theta.log() - (-theta).log1p(),
            Self::Above(a) => (theta - T::constant(a)).log(),
            Self::Below(b) => (T::constant(b) - theta).log(),
            Self::Between(a, b) => (theta - T::constant(a)).log() - (T::constant(b) - theta).log(),
        }
    }

    /// The natural value of the coordinate `u`.
    #[inline(always)]
    pub fn from_u<T: Real>(self, u: T) -> T {
        match self {
            Self::Real => u,
            Self::Positive => u.exp(),
            Self::Unit => u.sigmoid(),
            Self::Above(a) => u.exp() + T::constant(a),
            Self::Below(b) => T::constant(b) - u.exp(),
            Self::Between(a, b) => u.sigmoid().scale(Lane::splat(b - a)) + T::constant(a),
        }
    }

    /// The natural value of one coordinate.
    #[must_use]
    pub fn natural(self, u: f64) -> f64 {
        self.from_u(Lane::splat(u)).0[0]
    }

    /// The coordinate of one natural value; NaN outside the support.
    #[must_use]
    pub fn coordinate(self, theta: f64) -> f64 {
        self.to_u(Lane::splat(theta)).0[0]
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Power(a) = self {
            return write!(f, "power({a})");
        }
        let name = Self::NAMED.iter().find(|(_, link)| link == self).map_or("", |(name, _)| name);
        f.write_str(name)
    }
}

impl FromStr for Link {
    type Err = UnknownLink;

    fn from_str(text: &str) -> Result<Self, UnknownLink> {
        let unknown = || UnknownLink(text.to_owned());
        if let Some((_, link)) = Self::NAMED.iter().find(|(name, _)| *name == text) {
            return Ok(*link);
        }
        let inside = text.strip_prefix("power(").and_then(|t| t.strip_suffix(')')).ok_or_else(unknown)?;
        let (top, bottom) = inside.split_once('/').unwrap_or((inside, "1"));
        let number = |t: &str| t.trim().parse::<f64>().map_err(|_| unknown());
        let a = number(top)? / number(bottom)?;
        if a.is_finite() && a != 0.0 { Ok(Self::Power(a)) } else { Err(unknown()) }
    }
}
