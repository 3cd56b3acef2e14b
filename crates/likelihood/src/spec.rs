//! What a likelihood says of itself: its name, its parameters and what response it takes.
//!
//! From this come the names on the command line, the default links, the labels of reports and the rows of
//! the docs table; nothing of it is typed a second time.

use crate::{Link, Sufficient};

/// Where the natural value of a parameter may lie; it fixes the coordinate `u`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Support {
    /// Any number; `u` is the parameter itself.
    Real,
    /// Above 0; `u` is its log.
    Positive,
    /// Between 0 and 1; `u` is its logit.
    Unit,
    /// Above the number; `u` is the log of the distance.
    Above(f64),
    /// Below the number; `u` is the log of the distance.
    Below(f64),
    /// Between the two numbers; `u` is the logit of its place between them.
    Between(f64, f64),
}

/// One parameter of a density.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// Its name in formulas, flags and tables.
    pub name: String,
    /// Where its natural value may lie.
    pub support: Support,
    /// The link of its predictor when none is asked for.
    pub link: Link,
    /// The name under which several parameters stand in a formula: `threshold` for all cuts of an ordinal response.
    pub group: Option<String>,
    /// Whether its predictor has no intercept, because another parameter bears it (`mu` of an ordinal response).
    pub no_intercept: bool,
    /// The coordinate at which it is held unless a formula names it.
    pub held: Option<f64>,
    /// Whether a row's log density, the others held, is concave or rises all the way or falls all the way along its
    /// coordinate (a share of zeros), so that rows can be asked whether they let it run to an end of its range.
    pub one_way: bool,
}

impl Param {
    /// A parameter with the default link of its support (identity, log, logit).
    #[must_use]
    pub fn new(name: &str, support: Support) -> Self {
        Self {
            name: name.to_owned(),
            support,
            link: Link::of_support(support),
            group: None,
            no_intercept: false,
            held: None,
            one_way: false,
        }
    }
}

/// A column of the response that a density reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResponseColumn {
    /// What the column holds, for messages: `y`, `successes`, `trials`, `lower`, ..
    pub name: &'static str,
}

/// How the left side of a formula becomes the columns `y`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseKind {
    /// One number a row: `[y]`.
    Number,
    /// Successes and trials: `[successes, trials]`; a two-valued response has one trial a row.
    Trials,
    /// The code of a class, from 0: `[class]`.
    Class,
    /// Counts per class: one column a class.
    ClassCounts,
    /// Censored: `[lower, upper, entry]`; equal bounds are exact, an infinite bound is open,
    /// `entry = -inf` is no delayed entry.
    Interval,
    /// A number that is seen only between bounds: `[y, lower, upper]`.
    Truncated,
}

/// How a precision weight enters a density: `u[param] += power * log(weight)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Precision {
    /// Index of the parameter that the weight scales.
    pub param: usize,
    /// Its power, e.g. -1/2 for a Gaussian `sigma`.
    pub power: f64,
}

/// What a likelihood says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Spec {
    /// Name on every surface, wrappers included: `zero_inflated(poisson)`.
    pub name: String,
    /// Its parameters, in the order of `u`; the first is the location, the main formula's parameter.
    pub params: Vec<Param>,
    /// What it takes as response.
    pub response: ResponseKind,
    /// Names of the response columns.
    pub columns: Vec<ResponseColumn>,
    /// Where the formula is written.
    pub source: &'static str,
    /// Whether `Tail::Cdf` and `Tail::Sf` can be evaluated.
    pub tails: bool,
    /// Whether the response is a count or class, so that single values have probability.
    pub discrete: bool,
    /// How a precision weight enters; absent where it multiplies the row.
    pub precision: Option<Precision>,
    /// Whether every parameter shares the main formula (softmax).
    pub shared_predictor: bool,
    /// Whether the log density is concave in the coordinates of the location (the first parameter, or all that share
    /// its predictor), the others held: then a row that allows a direction far out allows it all the way.
    pub concave: bool,
    /// Whether it is `-u1 - ((y - u0) exp(-u1))^2 / 2` and a constant: least squares.
    pub quadratic: bool,
    /// Whether the log density depends on the response and `u[0]` by their difference alone.
    pub by_difference: bool,
    /// The two means of the response that say all of a model without covariates.
    pub sufficient: Option<Sufficient>,
    /// Whether the link of the first parameter is part of the density (ordinal), so that it comes by `Args`.
    pub link_inside: bool,
    /// Whether a user wrote it: nothing is known of its shape.
    pub own: bool,
}

impl Spec {
    /// Number of parameters K.
    #[must_use]
    pub fn k(&self) -> usize {
        self.params.len()
    }

    /// Whether parameter `k` is part of the location: the first, all that share its predictor, and a group (thresholds)
    /// that the location is measured against; in an own likelihood every one on the whole line.
    #[must_use]
    pub fn is_location(&self, k: usize) -> bool {
        if self.own {
            return self.params[k].support == Support::Real;
        }
        k == 0 || self.shared_predictor || self.params[k].group.is_some()
    }

    /// Index of the parameter called `name`.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<usize> {
        self.params.iter().position(|p| p.name == name)
    }
}
