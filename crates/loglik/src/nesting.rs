//! Whether one model is another with parameters held: what a likelihood-ratio test may compare.
//!
//! The smaller model's coefficients are among the larger one's by name, or the larger likelihood becomes the smaller at
//! a value of one more parameter. Where that value is the end of the parameter's range the statistic is half of the time
//! 0: chi-bar-square. Self & Liang (1987), JASA 82, 605-610.

use crate::FitResult;

/// A likelihood that another one becomes at a value of a parameter.
struct Embedding {
    small: &'static str,
    large: &'static str,
    /// The parameter of the larger one.
    parameter: &'static str,
    /// Whether the value is an end of its range.
    boundary: bool,
}

const fn embedding(
    small: &'static str,
    large: &'static str,
    parameter: &'static str,
    boundary: bool,
) -> Embedding {
    Embedding { small, large, parameter, boundary }
}

/// The embeddings whose other parameters mean the same on both sides.
const EMBEDDINGS: [Embedding; 12] = [
    embedding("poisson", "negative_binomial", "theta", true),
    embedding("poisson", "negative_binomial1", "phi", true),
    embedding("geometric", "negative_binomial", "theta", false),
    embedding("bernoulli", "beta_binomial", "rho", true),
    embedding("gaussian", "student_t", "nu", true),
    embedding("cauchy", "student_t", "nu", false),
    embedding("exponential", "weibull", "sigma", false),
    embedding("rayleigh", "weibull", "sigma", false),
    embedding("weibull", "generalized_gamma", "Q", false),
    embedding("lognormal", "generalized_gamma", "Q", false),
    embedding("gumbel", "gev", "xi", false),
    embedding("exponential", "gamma", "shape", false),
];

/// How a smaller model lies in a larger one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Nested {
    /// Parameters more.
    pub(crate) df: usize,
    /// Whether one of them is held at an end of its range.
    pub(crate) boundary: bool,
}

/// The likelihood inside equal wrappers of both names.
fn unwrapped<'a>(a: &'a str, b: &'a str) -> (&'a str, &'a str) {
    for wrapper in ["censored(", "truncated(", "zero_inflated(", "hurdle("] {
        if let (Some(x), Some(y)) = (a.strip_prefix(wrapper), b.strip_prefix(wrapper)) {
            return unwrapped(x.trim_end_matches(')'), y.trim_end_matches(')'));
        }
    }
    (a, b)
}

/// How `small` lies in `large`; `None` where it does not, or not so that names can show it.
pub(crate) fn nested(small: &FitResult, large: &FitResult) -> Option<Nested> {
    let same_data = small.response == large.response
        && small.weights == large.weights
        && small.offset == large.offset
        && small.exposure == large.exposure;
    let names = |fit: &FitResult| fit.coefficients.iter().map(|c| c.term.clone()).collect::<Vec<_>>();
    let (few, many) = (names(small), names(large));
    // A parameter that the smaller model holds is free in the larger one, not held elsewhere.
    let held = large.fixed.iter().all(|(name, value)| small.fixed.get(name) == Some(value));
    let links =
        small.links.iter().all(|(name, link)| large.links.get(name).is_none_or(|other| other == link));
    // Shrunken or adjusted estimates are no maxima, and their log-likelihoods no ratio.
    let maxima = [small, large].iter().all(|fit| fit.penalty.is_none() && fit.bias_reduction.is_none());
    if !(maxima
        && same_data
        && held
        && links
        && few.iter().all(|name| many.contains(name))
        && large.df > small.df)
    {
        return None;
    }
    let df = large.df - small.df;
    if small.likelihood == large.likelihood {
        return Some(Nested { df, boundary: false });
    }
    let added =
        |parameter: &str| many.iter().filter(|name| name.starts_with(&format!("{parameter}: "))).count();
    if large.likelihood == format!("zero_inflated({})", small.likelihood) {
        // More than an intercept of `pi` vanishes with it: its slopes mean nothing there.
        return (added("pi") == 1).then_some(Nested { df, boundary: true });
    }
    let (a, b) = unwrapped(&small.likelihood, &large.likelihood);
    let found = EMBEDDINGS.iter().find(|e| e.small == a && e.large == b)?;
    (added(found.parameter) == 1).then_some(Nested { df, boundary: found.boundary })
}
