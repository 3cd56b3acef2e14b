//! What is asked of a prediction: quantities by their words, and the level, probabilities and times that they need.

use crate::Error;
use loglik_design::{FillOptions, Unseen};
use std::str::FromStr;

/// Something that a model says of a new row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Linear predictor of the main parameter (of every class for softmax), with its standard error.
    Link,
    /// Mean of the response, with standard error and interval.
    Response,
    /// Probability of each class with its standard error, and the class predicted.
    Class,
    /// Every parameter on its natural scale, with its standard error.
    Parameters,
    /// Variance of the response, dispersion included.
    Variance,
    /// Mean of the counts behind extra zeros or a hurdle, and the mean of the response as a multiple of it.
    Components,
    /// Probability of a zero count, with its standard error.
    ProbZero,
    /// Quantiles of the response, with their standard errors where it is continuous.
    Quantile,
    /// Probability of a response above each time, with its standard error.
    Survival,
    /// Interval of a new response of a Gaussian with identity link.
    Prediction,
}

impl Quantity {
    /// The words, in the order in which several of them are printed.
    pub const WORDS: [(&'static str, Self); 10] = [
        ("link", Self::Link),
        ("response", Self::Response),
        ("class", Self::Class),
        ("parameters", Self::Parameters),
        ("variance", Self::Variance),
        ("components", Self::Components),
        ("prob_zero", Self::ProbZero),
        ("quantile", Self::Quantile),
        ("survival", Self::Survival),
        ("prediction", Self::Prediction),
    ];

    /// Its word on every surface.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, quantity)| *quantity == self).map_or("", |(word, _)| word)
    }
}

impl FromStr for Quantity {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let found = Self::WORDS.iter().find(|(word, _)| *word == text).map(|(_, quantity)| *quantity);
        found
            .ok_or_else(|| Error::unknown_word("--quantity", text, Self::WORDS.iter().map(|(word, _)| *word)))
    }
}

/// What becomes of a row with a level, or a combination of levels, that no row of the fit had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnseenRows {
    /// An error that names it.
    #[default]
    Error,
    /// It is taken for the base level.
    Base,
    /// The row has no prediction.
    Missing,
}

impl UnseenRows {
    /// How chunks are filled whose rows without prediction are gone.
    pub(crate) fn fill(self) -> FillOptions {
        let unseen = if self == Self::Base { Unseen::Base } else { Unseen::Error };
        FillOptions { unseen, ..FillOptions::default() }
    }
}

impl FromStr for UnseenRows {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "error" => Ok(Self::Error),
            "base" => Ok(Self::Base),
            "na" => Ok(Self::Missing),
            other => Err(Error::unknown_word("--unseen", other, ["error", "base", "na"].into_iter())),
        }
    }
}

/// What is asked of a prediction.
#[derive(Clone, Debug, PartialEq)]
pub struct PredictSpec {
    /// Quantities; empty for those that the likelihood suggests: classes, or link and response.
    pub quantities: Vec<Quantity>,
    /// Level of intervals, in (0, 1).
    pub level: f64,
    /// Probabilities of the quantiles, in (0, 1).
    pub probabilities: Vec<f64>,
    /// Times of the survival probabilities, in the unit of the response.
    pub times: Vec<f64>,
    /// Levels that no row of the fit had.
    pub unseen: UnseenRows,
}

impl Default for PredictSpec {
    fn default() -> Self {
        Self {
            quantities: Vec::new(),
            level: 0.95,
            probabilities: vec![0.1, 0.5, 0.9],
            times: Vec::new(),
            unseen: UnseenRows::Error,
        }
    }
}

impl PredictSpec {
    /// Refuses numbers outside their range, and times that nobody gave.
    pub(super) fn check(&self) -> Result<(), Error> {
        let inside = |p: f64| p > 0.0 && p < 1.0;
        if !inside(self.level) {
            return Err(Error::request(format!("--level {}: a level lies between 0 and 1", self.level)));
        }
        if let Some(p) = self.probabilities.iter().find(|p| !inside(**p)) {
            return Err(Error::request(format!("--probabilities {p}: a probability lies between 0 and 1")));
        }
        if self.quantities.contains(&Quantity::Survival) && self.times.is_empty() {
            return Err(Error::request("--quantity survival needs times").remedy("give them: --times 30,90"));
        }
        Ok(())
    }
}
