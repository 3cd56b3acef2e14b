//! Every likelihood with a truth to draw from.
//!
//! A quantile is a device from which nothing is drawn, and the end of a uniform's range has another theory: both are
//! left out, as are the wrappers that draw nothing (censored, truncated) and those whose maxima are several (mixture).

/// One likelihood and the truth: coefficients on the scale of their links, by machine name.
pub(super) struct Case {
    pub(super) likelihood: &'static str,
    pub(super) formula: &'static str,
    pub(super) truth: &'static [(&'static str, f64)],
    pub(super) fixed: &'static [(&'static str, f64)],
    /// Classes of the response; 0 for a number.
    pub(super) classes: usize,
    /// A number that may be a response.
    pub(super) admitted: f64,
}

const fn case(
    likelihood: &'static str,
    formula: &'static str,
    truth: &'static [(&'static str, f64)],
) -> Case {
    Case { likelihood, formula, truth, fixed: &[], classes: 0, admitted: 1.0 }
}

const SCALE: &str = "y ~ x; sigma ~ 1";
const TWO: &str = "y ~ x; sigma ~ x";

/// A location that moves with x and a scale of 1.
const LOCATION: &[(&str, f64)] = &[("(intercept)", 1.0), ("x", 0.5), ("sigma: (intercept)", 0.0)];
/// A logarithm of a time, and its scale.
const TIME: &[(&str, f64)] = &[("(intercept)", 0.5), ("x", 0.5), ("sigma: (intercept)", -0.4)];
/// A logarithm of a mean, alone.
const MEAN: &[(&str, f64)] = &[("(intercept)", 0.5), ("x", 0.5)];

pub(super) const CASES: &[Case] = &[
    case(
        "gaussian",
        TWO,
        &[("(intercept)", 1.0), ("x", 0.5), ("sigma: (intercept)", 0.0), ("sigma: x", 0.3)],
    ),
    case("laplace", SCALE, LOCATION),
    case(
        "student_t",
        "y ~ x; sigma ~ 1; nu ~ 1",
        &[("(intercept)", 1.0), ("x", 0.5), ("sigma: (intercept)", 0.0), ("nu: (intercept)", 1.4)],
    ),
    case("logistic_dist", SCALE, LOCATION),
    case("cauchy", SCALE, LOCATION),
    case("gumbel", SCALE, LOCATION),
    case("gumbel_min", SCALE, LOCATION),
    case("bernoulli", "y ~ x", &[("(intercept)", -0.5), ("x", 0.8)]),
    case(
        "beta_binomial",
        "cbind(y, others) ~ x; rho ~ 1",
        &[("(intercept)", -0.5), ("x", 0.8), ("rho: (intercept)", -1.4)],
    ),
    Case {
        classes: 3,
        ..case(
            "categorical",
            "y ~ x",
            &[("b: (intercept)", 0.2), ("b: x", 0.5), ("c: (intercept)", -0.3), ("c: x", -0.6)],
        )
    },
    Case {
        classes: 3,
        ..case("ordinal", "y ~ x", &[("x", 0.7), ("threshold: a|b", -0.5), ("threshold: b|c", 0.8)])
    },
    case("poisson", "y ~ x", MEAN),
    case(
        "negative_binomial",
        "y ~ x; theta ~ 1",
        &[("(intercept)", 0.5), ("x", 0.5), ("theta: (intercept)", 0.7)],
    ),
    case(
        "negative_binomial1",
        "y ~ x; phi ~ 1",
        &[("(intercept)", 0.5), ("x", 0.5), ("phi: (intercept)", 0.4)],
    ),
    case("geometric", "y ~ x", MEAN),
    case("log_series", "y ~ x", MEAN),
    case("gamma", "y ~ x; shape ~ 1", &[("(intercept)", 0.5), ("x", 0.5), ("shape: (intercept)", 0.7)]),
    case(
        "inverse_gaussian",
        "y ~ x; shape ~ 1",
        &[("(intercept)", 0.5), ("x", 0.5), ("shape: (intercept)", 0.7)],
    ),
    case(
        "tweedie",
        "y ~ x; phi ~ 1; power ~ 1",
        &[("(intercept)", 0.5), ("x", 0.5), ("phi: (intercept)", 0.0), ("power: (intercept)", 0.0)],
    ),
    Case {
        admitted: 0.5,
        ..case("beta", "y ~ x; phi ~ 1", &[("(intercept)", 0.5), ("x", 0.5), ("phi: (intercept)", 1.6)])
    },
    case("exponential", "y ~ x", MEAN),
    case("rayleigh", "y ~ x", MEAN),
    case("weibull", SCALE, TIME),
    case("lognormal", SCALE, TIME),
    case("loglogistic", SCALE, TIME),
    case("gompertz", "y ~ x; shape ~ 1", &[("(intercept)", -0.5), ("x", 0.5), ("shape: (intercept)", 0.4)]),
    case(
        "generalized_gamma",
        "y ~ x; sigma ~ 1; Q ~ 1",
        &[("(intercept)", 0.5), ("x", 0.5), ("sigma: (intercept)", -0.4), ("Q: (intercept)", 0.5)],
    ),
    case(
        "gev",
        "y ~ x; sigma ~ 1; xi ~ 1",
        &[("(intercept)", 1.0), ("x", 0.5), ("sigma: (intercept)", 0.0), ("xi: (intercept)", 0.1)],
    ),
    case("gpd", "y ~ x; xi ~ 1", &[("(intercept)", 0.5), ("x", 0.5), ("xi: (intercept)", 0.2)]),
    case("lomax", "y ~ x; shape ~ 1", &[("(intercept)", 0.5), ("x", 0.5), ("shape: (intercept)", 1.1)]),
    Case {
        fixed: &[("scale", 1.0)],
        ..case("pareto", "y ~ 1; shape ~ x", &[("shape: (intercept)", 0.5), ("shape: x", 0.5)])
    },
    case(
        "burr",
        "y ~ x; shape1 ~ 1; shape2 ~ 1",
        &[("(intercept)", 0.5), ("x", 0.5), ("shape1: (intercept)", 0.4), ("shape2: (intercept)", 0.7)],
    ),
    case("von_mises", "y ~ x; kappa ~ 1", &[("(intercept)", 0.3), ("x", 0.5), ("kappa: (intercept)", 0.7)]),
    case(
        "zero_inflated(poisson)",
        "y ~ x; pi ~ 1",
        &[("(intercept)", 0.8), ("x", 0.5), ("pi: (intercept)", -0.8)],
    ),
    case("hurdle(poisson)", "y ~ x; pi ~ 1", &[("(intercept)", 0.8), ("x", 0.5), ("pi: (intercept)", 0.4)]),
];
