//! What a reader of a fit should know: odd but legal things, found while fitting.

/// A finding of the fit, in terms of coefficients; the facade turns it into words with names.
#[derive(Clone, Debug, PartialEq)]
pub enum Finding {
    /// These coefficients are linear combinations of earlier ones (pairs of coefficient and factor).
    Aliased {
        /// The coefficient that was dropped.
        coef: usize,
        /// What it equals, in the fit's own columns.
        equals: Vec<(usize, f64)>,
    },
    /// The scaled information is nearly singular.
    IllConditioned(f64),
    /// A density has grown past what the response's digits can show: the likelihood has no bound.
    Unbounded,
    /// A parameter lies at the end of its range.
    Boundary {
        /// Index of the parameter.
        param: usize,
        /// Whether the end is the upper one.
        upper: bool,
    },
    /// Parameters at their ends make another family of the likelihood.
    Limit {
        /// Its name.
        family: &'static str,
        /// Its parameters, as the field names them.
        natural: Vec<(&'static str, f64)>,
    },
    /// Several maxima were found, with their log-likelihoods from best to worst.
    SeveralMaxima(Vec<f64>),
    /// The maximum is a set, not a point.
    NonUnique,
}
