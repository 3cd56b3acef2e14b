//! The answer to a pass: starts at zero, takes chunks, merges in part order.

use crate::pass::Pass;
use loglik_likelihood::{Link, Moments};
use loglik_num::{Dd, log};

/// Sums of derivatives at one point.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Derivs {
    /// Log-likelihood, nats; -inf where a row lies outside a link's domain.
    pub loglik: Dd,
    /// Sum of the sizes of the rows' terms: how far rounding reaches.
    pub magnitude: f64,
    /// First derivatives of the log-likelihood                             `[p]`
    pub score: Vec<Dd>,
    /// Minus the second derivatives, lower triangle by rows                 `[p, p]`
    pub info: Vec<f64>,
    /// What double precision lost of `info`; empty in plain precision       `[p, p]`
    pub info_low: Vec<f64>,
    /// Sum of row weights.
    pub weight: f64,
    /// Rows outside a link's domain.
    pub outside: usize,
    /// Rows taken to their limit.
    pub at_infinity: usize,
    /// Rows counted.
    pub rows: usize,
    /// Greatest log density of a row times the spacing of doubles at its response, for continuous responses: above
    /// about -2 a density is narrower than the response's own digits. -inf where no row is near.
    pub peak: f64,
    /// What was gathered beside them at the same point; empty where nothing was.
    pub beside: Vec<f64>,
}

impl Derivs {
    /// The score in double precision                                        `[p]`
    #[must_use]
    pub fn score(&self) -> Vec<f64> {
        self.score.iter().map(|s| s.hi).collect()
    }

    /// Sums of no rows and no coefficients.
    pub(crate) fn none() -> Self {
        Self { peak: f64::NEG_INFINITY, ..Self::default() }
    }

    /// Back to the sums of no rows, in the same memory.
    pub(crate) fn clear(&mut self) {
        self.score.fill(Dd::ZERO);
        self.info.fill(0.0);
        self.info_low.fill(0.0);
        let (score, info) = (std::mem::take(&mut self.score), std::mem::take(&mut self.info));
        let info_low = std::mem::take(&mut self.info_low);
        *self = Self { score, info, info_low, ..Self::none() };
    }

    fn merge(&mut self, later: &Self) {
        self.loglik += later.loglik;
        self.magnitude += later.magnitude;
        self.weight += later.weight;
        self.outside += later.outside;
        self.at_infinity += later.at_infinity;
        self.rows += later.rows;
        self.peak = self.peak.max(later.peak);
        for (a, b) in self.score.iter_mut().zip(&later.score) {
            *a += *b;
        }
        if self.info_low.is_empty() {
            let p = self.score.len().max(1);
            let rows = self.info.chunks_exact_mut(p).zip(later.info.chunks_exact(p)).enumerate();
            for (i, (row, other)) in rows {
                row[..=i].iter_mut().zip(other).for_each(|(a, b)| *a += b);
            }
        } else {
            for i in 0..self.info.len() {
                let sum = Dd::sum(self.info[i], self.info_low[i]) + Dd::sum(later.info[i], later.info_low[i]);
                (self.info[i], self.info_low[i]) = (sum.hi, sum.lo);
            }
        }
    }
}

/// Whether rows allow a direction.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecessionTally {
    /// Greatest change of any row's linear predictors along the direction.
    pub largest: f64,
    /// Greatest change among the rows that object.
    pub largest_objecting: f64,
    /// Rows that object.
    pub objecting: usize,
}

impl RecessionTally {
    fn merge(&mut self, later: &Self) {
        self.largest = self.largest.max(later.largest);
        self.largest_objecting = self.largest_objecting.max(later.largest_objecting);
        self.objecting += later.objecting;
    }
}

/// Sums for moments, before division.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MomentSums {
    /// Rows with weight.
    pub rows: usize,
    /// Weights, weighted values and squares about `centre`.
    pub weight: f64,
    /// A value near the mean (the first row's), about which squares are taken.
    pub centre: f64,
    /// Sum of w (y - centre).
    pub first: f64,
    /// Sum of w (y - centre)^2.
    pub second: f64,
    /// The same three for log y over rows with y > 0: weights, w log y, w (log y)^2.
    pub logs: [f64; 3],
    /// Least and greatest value.
    pub range: (f64, f64),
    /// Weight of zeros.
    pub zeros: f64,
    /// Sum of w times the second response column.
    pub second_column: f64,
    /// Weight by class.
    pub classes: Vec<f64>,
    /// Sum of w times each offset column.
    pub offsets: Vec<f64>,
    /// Sum of w times the exponential of each offset column.
    pub exposures: Vec<f64>,
    /// Values at a fixed stride, in row order.
    pub sample: Vec<f64>,
}

impl MomentSums {
    fn merge(&mut self, later: &Self) {
        if later.rows == 0 {
            return;
        }
        if self.rows == 0 {
            *self = later.clone();
            return;
        }
        // Sums about one's own centre are moved to the first part's.
        let d = later.centre - self.centre;
        self.first += later.first + later.weight * d;
        self.second += later.second + 2.0 * d * later.first + later.weight * d * d;
        self.rows += later.rows;
        self.weight += later.weight;
        self.logs.iter_mut().zip(&later.logs).for_each(|(a, b)| *a += b);
        self.range = (self.range.0.min(later.range.0), self.range.1.max(later.range.1));
        self.zeros += later.zeros;
        self.second_column += later.second_column;
        if self.classes.len() < later.classes.len() {
            self.classes.resize(later.classes.len(), 0.0);
        }
        self.classes.iter_mut().zip(&later.classes).for_each(|(a, b)| *a += b);
        self.offsets.iter_mut().zip(&later.offsets).for_each(|(a, b)| *a += b);
        self.exposures.iter_mut().zip(&later.exposures).for_each(|(a, b)| *a += b);
        self.sample.extend_from_slice(&later.sample);
    }

    /// The moments that starts look at, and the means of each offset column.
    #[must_use]
    pub fn finish(mut self) -> (Moments, Vec<OffsetMeans>) {
        let w = self.weight;
        let shift = self.first / w;
        let mean_log = self.logs[1] / self.logs[0];
        self.sample.sort_by(f64::total_cmp);
        let moments = Moments {
            n: self.rows,
            weight: w,
            mean: self.centre + shift,
            variance: (self.second / w - shift * shift).max(0.0),
            mean_log,
            variance_log: (self.logs[2] / self.logs[0] - mean_log * mean_log).max(0.0),
            min: self.range.0,
            max: self.range.1,
            zeros: self.zeros / w,
            mean_second: self.second_column / w,
            classes: self.classes.iter().map(|c| c / w).collect(),
            sample: self.sample,
        };
        let means = |(o, e): (&f64, &f64)| OffsetMeans { plain: o / w, log_of_exp: log(e / w) };
        (moments, self.offsets.iter().zip(&self.exposures).map(means).collect())
    }
}

/// Means of an offset column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OffsetMeans {
    /// Its mean.
    pub plain: f64,
    /// The log of the mean of its exponential.
    pub log_of_exp: f64,
}

impl OffsetMeans {
    /// The constant that an offset is on average to a predictor with this link: of a log link, whose mean of all rows is
    /// its exponential times the mean of the offset's.
    pub(crate) fn through(&self, link: &Link) -> f64 {
        let is_log = matches!(link, Link::Log) && self.log_of_exp.is_finite();
        if is_log { self.log_of_exp } else { self.plain }
    }
}

/// The answer to a [`Pass`].
#[derive(Clone, Debug, PartialEq)]
pub enum Tally {
    /// To `Pass::Derivs`, one a point.
    Derivs(Vec<Derivs>),
    /// To `Pass::Recession`.
    Recession(RecessionTally),
    /// To `Pass::Moments`.
    Moments(MomentSums),
    /// To `Pass::Gather`.
    Gathered(Vec<f64>),
    /// To `Pass::Beside`.
    Beside(Box<Tally>, Vec<f64>),
}

impl Tally {
    /// Adds the tally of a later part; `pass` is what both answer.
    ///
    /// # Panics
    /// When the two answer different passes, which only a bug of ours can bring about.
    pub fn merge(&mut self, later: &Self, pass: &Pass) {
        match (self, later) {
            (Self::Derivs(a), Self::Derivs(b)) => a.iter_mut().zip(b).for_each(|(a, b)| a.merge(b)),
            (Self::Recession(a), Self::Recession(b)) => a.merge(b),
            (Self::Moments(a), Self::Moments(b)) => a.merge(b),
            (Self::Gathered(a), Self::Gathered(b)) => {
                let Pass::Gather(gather) = pass else { unreachable!("a gathered sum answers a gather") };
                gather.merge(a, b);
            }
            (Self::Beside(a, sum), Self::Beside(b, later)) => {
                let Pass::Beside(inner, gather) = pass else { unreachable!("it answers such a pass") };
                a.merge(b, inner);
                gather.merge(sum, later);
            }
            _ => unreachable!("parts of one pass give one kind of tally"),
        }
    }

    /// The sums of derivatives, one a point.
    ///
    /// # Panics
    /// When the pass was another, which only a bug of ours can bring about.
    #[must_use]
    pub fn into_derivs(self) -> Vec<Derivs> {
        match self {
            Self::Derivs(derivs) => derivs,
            Self::Beside(tally, sum) => {
                let mut derivs = tally.into_derivs();
                derivs[0].beside = sum;
                derivs
            }
            _ => unreachable!("derivatives were asked"),
        }
    }

    /// The gathered sum.
    ///
    /// # Panics
    /// When the pass was another, which only a bug of ours can bring about.
    #[must_use]
    pub fn into_gathered(self) -> Vec<f64> {
        match self {
            Self::Gathered(sum) => sum,
            _ => unreachable!("a gathered sum was asked"),
        }
    }
}
