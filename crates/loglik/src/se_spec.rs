//! Which standard errors are asked for: their kind, and the forms, factors and kernels of sandwiches.

use crate::Error;
use crate::spec::word;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// Which covariance the standard errors come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeKind {
    /// Inverse of the observed information.
    #[default]
    Observed,
    /// Inverse of the expected information.
    Expected,
    /// Outer product of scores.
    Opg,
    /// White's sandwich without factor.
    Hc0,
    /// Sandwich times n / (n - p).
    Hc1,
    /// Sandwich with scores over the root of 1 - leverage.
    Hc2,
    /// Sandwich with scores over 1 - leverage.
    Hc3,
    /// Sandwich with the leverage correction of Cribari-Neto.
    Hc4,
    /// Sandwich of scores summed by cluster.
    Cluster,
    /// Sandwich with autocovariances of scores.
    Hac,
    /// Covariance of the coefficients of resampled rows, clusters or responses.
    Bootstrap,
    /// Of a quantile: one density for all rows.
    Iid,
    /// Of a quantile: densities from neighbouring quantiles.
    Nid,
    /// Of a quantile: densities from a kernel at the residuals.
    Ker,
}

/// Which information stands at both ends of a sandwich.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeBread {
    /// The observed information.
    #[default]
    Observed,
    /// The expected information: R's `sandwich` of a generalised linear model.
    Expected,
}

/// Small-sample factor of a sandwich.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeFactor {
    /// 1.
    None,
    /// n / (n - 1): Stata's robust errors of maximum likelihood.
    Rows,
    /// n / (n - p).
    Residual,
    /// G / (G - 1): Stata's clustered errors of maximum likelihood.
    Groups,
}

/// Form of a clustered sandwich.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeForm {
    /// Sums of scores as they are.
    Cr0,
    /// CR0 times G / (G - 1) (n - 1) / (n - p).
    #[default]
    Cr1,
    /// Unbiased where the model holds (Bell & McCaffrey 2002).
    Cr2,
    /// The one-step jackknife over clusters.
    Cr3,
}

/// How a HAC sandwich weighs lags; the bandwidth is the lag plus one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HacKernel {
    /// Newey & West's.
    #[default]
    Bartlett,
    /// Andrews'.
    QuadraticSpectral,
}

impl FromStr for SeKind {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        word("standard error", text, &Self::WORDS)
    }
}

impl SeKind {
    const WORDS: [(&'static str, Self); 14] = [
        ("observed", Self::Observed),
        ("expected", Self::Expected),
        ("opg", Self::Opg),
        ("hc0", Self::Hc0),
        ("hc1", Self::Hc1),
        ("hc2", Self::Hc2),
        ("hc3", Self::Hc3),
        ("hc4", Self::Hc4),
        ("cluster", Self::Cluster),
        ("hac", Self::Hac),
        ("bootstrap", Self::Bootstrap),
        ("iid", Self::Iid),
        ("nid", Self::Nid),
        ("ker", Self::Ker),
    ];

    /// Its word on every surface.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::WORDS.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }
}

impl SeKind {
    /// Whether it is a sandwich of the information and products of scores, right under less than the whole model.
    #[must_use]
    pub fn is_robust(self) -> bool {
        !matches!(self, Self::Observed | Self::Expected | Self::Opg | Self::Bootstrap)
            && !self.is_of_quantile()
    }

    /// Whether it belongs to a quantile: from densities at the quantile instead of curvature.
    #[must_use]
    pub fn is_of_quantile(self) -> bool {
        matches!(self, Self::Iid | Self::Nid | Self::Ker)
    }
}

impl FromStr for SeBread {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        word("bread", text, &[("observed", Self::Observed), ("expected", Self::Expected)])
    }
}

impl FromStr for SeFactor {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let words = [
            ("none", Self::None),
            ("n/(n-1)", Self::Rows),
            ("n/(n-p)", Self::Residual),
            ("G/(G-1)", Self::Groups),
        ];
        word("factor", text, &words)
    }
}

impl SeForm {
    const WORDS: [(&'static str, Self); 4] =
        [("cr0", Self::Cr0), ("cr1", Self::Cr1), ("cr2", Self::Cr2), ("cr3", Self::Cr3)];

    /// Its word on every surface.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::WORDS.iter().find(|(_, form)| *form == self).map_or("", |(name, _)| name)
    }
}

impl FromStr for SeForm {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        word("clustered form", text, &Self::WORDS)
    }
}

impl HacKernel {
    const WORDS: [(&'static str, Self); 2] =
        [("bartlett", Self::Bartlett), ("quadratic-spectral", Self::QuadraticSpectral)];

    /// Its word on every surface.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::WORDS.iter().find(|(_, kernel)| *kernel == self).map_or("", |(name, _)| name)
    }
}

impl FromStr for HacKernel {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        word("kernel", text, &Self::WORDS)
    }
}
