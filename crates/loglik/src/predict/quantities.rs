//! Each quantity of a chunk's rows: names of its columns, their values, their standard errors.

use super::ask::{PredictSpec, Quantity};
use crate::{Error, FitResult, ModelFile};
use loglik_fit::{Model, Sweep};
use loglik_infer::{PredictorErrors, Smooth};
use loglik_likelihood::{Likelihood, Order, ResponseKind, RowDerivs, Tail};
use loglik_num as num;

/// What one model can be asked.
pub(super) struct Quantities<'a> {
    /// The model with what was saved in it: threshold, costs, recalibration.
    pub(super) file: &'a ModelFile,
    pub(super) fit: &'a FitResult,
    pub(super) model: &'a Model,
    pub(super) spec: &'a PredictSpec,
    /// Classes of the response, the base first.
    pub(super) classes: &'a [String],
}

/// The rows of one chunk at the coefficients.
pub(super) struct Rows<'a> {
    pub(super) sweep: &'a Sweep,
    pub(super) errors: &'a PredictorErrors,
    /// Rows that are data.
    pub(super) rows: usize,
}

impl Quantities<'_> {
    fn likelihood(&self) -> &dyn Likelihood {
        self.model.likelihood.as_ref()
    }

    /// Whether the response is one of several classes.
    pub(super) fn has_classes(&self) -> bool {
        matches!(self.likelihood().spec().response, ResponseKind::Class | ResponseKind::ClassCounts)
    }

    /// Whether the response is one of two values.
    fn has_event(&self) -> bool {
        self.fit.response.event.is_some() && self.classes.len() == 2
    }

    /// What is predicted when nothing is asked for.
    pub(super) fn usual(&self) -> Vec<Quantity> {
        if self.has_classes() {
            return vec![Quantity::Class];
        }
        let wanted = [Quantity::Link, Quantity::Response, Quantity::Class];
        let known = |q: &Quantity| match q {
            Quantity::Response => self.mean(&self.probe()).is_some(),
            Quantity::Class => self.has_event(),
            _ => true,
        };
        wanted.into_iter().filter(known).collect()
    }

    /// Coordinates of a lane of rows, to see what the likelihood knows.
    fn probe(&self) -> Vec<Vec<f64>> {
        vec![vec![0.0; num::LANE]; self.model.predictors.len()]
    }

    /// Columns of a quantity.
    ///
    /// # Errors
    /// Where the likelihood does not have it.
    pub(super) fn names(&self, quantity: Quantity) -> Result<Vec<String>, Error> {
        let spec = self.likelihood().spec();
        let pair = |name: &str| vec![name.to_owned(), format!("{name}_se")];
        let all = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
        let probe = self.probe();
        let one: Vec<f64> = probe.iter().map(|u| u[0]).collect();
        let lacks = |what: &str| {
            let message = format!("--quantity {}: {} {what}", quantity.word(), self.fit.likelihood);
            Err(Error::request(message))
        };
        match quantity {
            Quantity::Link if spec.shared_predictor => Ok(spec
                .params
                .iter()
                .flat_map(|p| [format!("link[{}]", p.name), format!("link_se[{}]", p.name)])
                .collect()),
            Quantity::Link => Ok(pair("link")),
            Quantity::Response if self.mean(&probe).is_none() => lacks("has no mean that is known"),
            Quantity::Response => Ok(all(&["response", "response_se", "response_low", "response_high"])),
            Quantity::Class if self.has_classes() => {
                let p = self.classes.iter().map(|c| format!("p[{c}]"));
                let se = self.classes.iter().map(|c| format!("p_se[{c}]"));
                Ok(p.chain(se).chain(["label".to_owned()]).collect())
            }
            Quantity::Class if self.has_event() => Ok(all(&["label"])),
            Quantity::Class => lacks("has no classes"),
            Quantity::Parameters => Ok(spec.params.iter().flat_map(|p| pair(&p.name)).collect()),
            Quantity::Variance if self.likelihood().variance(&one).is_none() => {
                lacks("has no variance that is known")
            }
            Quantity::Variance => Ok(all(&["variance"])),
            Quantity::Components if self.likelihood().inner().is_none() => {
                lacks("has no part for zeros of its own")
            }
            Quantity::Components => Ok(["count", "ratio"].into_iter().flat_map(pair).collect()),
            Quantity::ProbZero if !self.counts_zeros() => lacks("is not for counts with zeros"),
            Quantity::ProbZero => Ok(pair("prob_zero")),
            Quantity::Quantile if self.likelihood().quantile(0.5, &one).is_none() => {
                lacks("has no quantiles that are known")
            }
            Quantity::Quantile if self.has_classes() => lacks("has classes: ask for --quantity class"),
            Quantity::Quantile => Ok(self
                .spec
                .probabilities
                .iter()
                .flat_map(|p| [format!("q[{p}]"), format!("q_se[{p}]")])
                .collect()),
            Quantity::Survival if !spec.tails => lacks("has no survival function"),
            Quantity::Survival => match self.spec.times.iter().find(|t| !self.admits(**t)) {
                Some(t) => lacks(&format!("has no response {t}")),
                None => Ok(self
                    .spec
                    .times
                    .iter()
                    .flat_map(|t| [format!("survival[{t}]"), format!("survival_se[{t}]")])
                    .collect()),
            },
            Quantity::Prediction if self.fit.sigma.is_none() => {
                lacks("is not a Gaussian with identity link and one sigma: ask for --quantity quantile")
            }
            Quantity::Prediction => Ok(all(&["prediction_low", "prediction_high"])),
        }
    }

    /// The columns of a quantity for the rows of one chunk                    `[columns][rows]`
    pub(super) fn columns(&self, quantity: Quantity, at: &Rows<'_>) -> Vec<Vec<f64>> {
        let pair = |quantity: Smooth| {
            let se = at.errors.of_smooth(&quantity);
            [quantity.value, se]
        };
        match quantity {
            Quantity::Link => {
                let k =
                    if self.likelihood().spec().shared_predictor { self.model.predictors.len() } else { 1 };
                (0..k).flat_map(|k| [at.sweep.etas[k].clone(), at.errors.of_link(k)]).collect()
            }
            Quantity::Response => self.response(at),
            Quantity::Class => self.class(at),
            Quantity::Parameters => {
                (0..self.model.predictors.len()).flat_map(|k| pair(self.parameter(k, at))).collect()
            }
            Quantity::Variance => {
                let variance = |r| self.likelihood().variance(&row(at, r)).unwrap_or(f64::NAN);
                vec![(0..at.rows).map(variance).collect()]
            }
            Quantity::Components => self.components(at).into_iter().flat_map(pair).collect(),
            Quantity::ProbZero => {
                pair(Smooth::exp(&self.eval(Tail::Pdf, &self.responses(&vec![0.0; n_of(at)]), at))).into()
            }
            Quantity::Quantile => {
                self.spec.probabilities.iter().flat_map(|p| pair(self.quantile(*p, at))).collect()
            }
            Quantity::Survival => {
                let survival =
                    |t: &f64| Smooth::exp(&self.eval(Tail::Sf, &self.responses(&vec![*t; n_of(at)]), at));
                self.spec.times.iter().flat_map(|t| pair(survival(t))).collect()
            }
            Quantity::Prediction => self.prediction(at),
        }
    }

    /// Response columns of exact values.
    fn responses(&self, y: &[f64]) -> Vec<Vec<f64>> {
        let filled = |v: f64| vec![v; y.len()];
        match self.likelihood().spec().response {
            ResponseKind::Number | ResponseKind::Class | ResponseKind::ClassCounts => vec![y.to_vec()],
            ResponseKind::Trials => vec![y.to_vec(), filled(1.0)],
            ResponseKind::Interval => vec![y.to_vec(), y.to_vec(), filled(f64::NEG_INFINITY)],
            ResponseKind::Truncated => vec![y.to_vec(), filled(1.0), filled(f64::INFINITY)],
        }
    }

    fn admits(&self, y: f64) -> bool {
        let columns = self.responses(&[y; num::LANE]);
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        self.likelihood().admits(&columns).is_ok()
    }

    fn counts_zeros(&self) -> bool {
        let spec = self.likelihood().spec();
        spec.discrete && spec.response == ResponseKind::Number && self.admits(0.0)
    }

    fn eval(&self, tail: Tail, y: &[Vec<f64>], at: &Rows<'_>) -> RowDerivs {
        let y: Vec<&[f64]> = y.iter().map(Vec::as_slice).collect();
        let mut out = RowDerivs::default();
        self.likelihood().eval(tail, &y, &columns(&at.sweep.us), Order::Hessian, &mut out);
        out
    }

    /// Mean at coordinates `[k][n]`; `None` where it is not known.
    fn mean(&self, us: &[Vec<f64>]) -> Option<Smooth> {
        mean_of(self.likelihood(), us)
    }

    /// Mean, standard error and interval.
    fn response(&self, at: &Rows<'_>) -> Vec<Vec<f64>> {
        let mean = self.mean(&at.sweep.us).expect("names() refused a likelihood without a mean");
        let se = at.errors.of_smooth(&mean);
        let alone = mean.slopes[1..].iter().flatten().all(|d| *d == 0.0);
        let (low, high) = if alone { self.interval_of_link(at) } else { self.interval_of_mean(&mean, &se) };
        if self.file.recalibration.is_none() {
            return vec![mean.value, se, low, high];
        }
        // The map was fitted apart from the model: its own error is not known, so no standard error is given.
        let mapped = |p: Vec<f64>| p.into_iter().map(|p| self.file.recalibrated(p)).collect::<Vec<f64>>();
        let se = vec![f64::NAN; se.len()];
        vec![mapped(mean.value), se, mapped(low), mapped(high)]
    }

    /// Where the mean depends on the main predictor alone: its values at the ends of that predictor's interval.
    fn interval_of_link(&self, at: &Rows<'_>) -> (Vec<f64>, Vec<f64>) {
        let (link, support) = (self.model.predictors[0].link, self.model.support(0));
        let se = at.errors.of_link(0);
        let wide = self.quantile_of_interval();
        let end = |sign: f64| {
            let mut us = at.sweep.us.clone();
            for (u, (eta, se)) in us[0].iter_mut().zip(at.sweep.etas[0].iter().zip(&se)) {
                *u = link.to_u(support, num::Lane::splat(eta + sign * wide * se)).0[0];
            }
            self.mean(&us).map_or_else(Vec::new, |mean| mean.value)
        };
        let (a, b) = (end(-1.0), end(1.0));
        let pick = |f: fn(f64, f64) -> f64| {
            // An end outside the domain of the link has no mean, and `min` would hide it.
            let ends =
                a.iter().zip(&b).map(|(a, b)| if a.is_nan() || b.is_nan() { f64::NAN } else { f(*a, *b) });
            ends.take(at.rows).collect()
        };
        (pick(f64::min), pick(f64::max))
    }

    /// Elsewhere: mean +- quantile x standard error, on the log scale where the response cannot be negative.
    fn interval_of_mean(&self, mean: &Smooth, se: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let wide = self.quantile_of_interval();
        let positive = !self.admits(-1.0) && !self.admits(-0.5);
        let end = |sign: f64| {
            let of = |(m, se): (&f64, &f64)| match positive {
                true => m * num::exp(sign * wide * se / m),
                false => m + sign * wide * se,
            };
            mean.value.iter().zip(se).map(of).collect()
        };
        (end(-1.0), end(1.0))
    }

    /// Quantile of t where the table has t, of the normal distribution elsewhere.
    fn quantile_of_interval(&self) -> f64 {
        let upper = 0.5 + 0.5 * self.spec.level;
        match self.fit.dispersion_kind.as_str() {
            "unbiased" | "pearson" | "deviance" => num::t_quantile(upper, self.fit.df_residual),
            _ => num::normal_quantile(upper),
        }
    }

    /// Probabilities, standard errors and the code of the class predicted, or that code alone for two values.
    fn class(&self, at: &Rows<'_>) -> Vec<Vec<f64>> {
        if !self.has_classes() {
            let p = self.mean(&at.sweep.us).expect("a two-valued response has a mean");
            // A tie goes to the other class.
            let threshold = self.file.threshold().unwrap_or(0.5);
            let is_event = |p: &f64| self.file.recalibrated(*p) > threshold;
            return vec![p.value.iter().map(|p| f64::from(u8::from(is_event(p)))).collect()];
        }
        let counts = self.likelihood().spec().response == ResponseKind::ClassCounts;
        let n = n_of(at);
        let of = |class: usize| {
            let y = match counts {
                true => (0..self.classes.len()).map(|c| vec![f64::from(u8::from(c == class)); n]).collect(),
                false => vec![vec![class as f64; n]],
            };
            Smooth::exp(&self.eval(Tail::Pdf, &y, at))
        };
        let mut p: Vec<Smooth> = (0..self.classes.len()).map(of).collect();
        let mut se: Vec<Vec<f64>> = p.iter().map(|p| at.errors.of_smooth(p)).collect();
        let mut label = Vec::with_capacity(at.rows);
        for r in 0..at.rows {
            let mut row: Vec<f64> = p.iter().map(|p| p.value[r]).collect();
            if self.file.recalibration.is_some() {
                self.file.recalibrate_classes(&mut row);
                p.iter_mut().zip(&row).for_each(|(p, v)| p.value[r] = *v);
                se.iter_mut().for_each(|se| se[r] = f64::NAN);
            }
            label.push(self.file.class_of(&row) as f64);
        }
        p.into_iter().map(|p| p.value).chain(se).chain([label]).collect()
    }

    /// A parameter on its natural scale.
    fn parameter(&self, k: usize, at: &Rows<'_>) -> Smooth {
        let support = self.model.support(k);
        let shown = |u: &f64| support.from_u(num::Jet::<1>::variable(num::Lane::splat(*u), 0));
        let shown: Vec<_> = at.sweep.us[k].iter().map(shown).collect();
        let mut slopes = vec![Vec::new(); self.model.predictors.len()];
        slopes[k] = shown.iter().map(|jet| jet.g[0].0[0]).collect();
        Smooth { value: shown.iter().map(|jet| jet.v.0[0]).collect(), slopes }
    }

    /// Mean m of the counts, and the mean of the response over it.
    fn components(&self, at: &Rows<'_>) -> [Smooth; 2] {
        let inner = self.likelihood().inner().expect("names() refused a likelihood without an inner one");
        let k = inner.spec().k();
        let whole = self.mean(&at.sweep.us).expect("a count has a mean");
        let mut count = mean_of(inner, &at.sweep.us[..k]).expect("a count has a mean");
        count.slopes.resize(self.model.predictors.len(), Vec::new());
        let value: Vec<f64> = whole.value.iter().zip(&count.value).map(|(a, b)| a / b).collect();
        // d(a / b) = (da - (a / b) db) / b
        let slope = |(k, da): (usize, &Vec<f64>)| {
            let of = |(r, da): (usize, &f64)| {
                let db = count.slopes[k].get(r).copied().unwrap_or(0.0);
                (da - value[r] * db) / count.value[r]
            };
            da.iter().enumerate().map(of).collect()
        };
        let slopes = whole.slopes.iter().enumerate().map(slope).collect();
        [count, Smooth { value, slopes }]
    }

    /// A quantile q; where the response is continuous, F(q; u) = p gives dq = -dF / f.
    fn quantile(&self, p: f64, at: &Rows<'_>) -> Smooth {
        let of = |r: usize| self.likelihood().quantile(p, &row(at, r)).unwrap_or(f64::NAN);
        let mut value: Vec<f64> = (0..at.rows).map(of).collect();
        let last = value.last().copied().unwrap_or(0.0);
        value.resize(n_of(at), last);
        let spec = self.likelihood().spec();
        if spec.discrete || !spec.tails {
            return Smooth { slopes: vec![vec![f64::NAN; value.len()]; self.model.predictors.len()], value };
        }
        let (tail, sign) = if p <= 0.5 { (Tail::Cdf, -1.0) } else { (Tail::Sf, 1.0) };
        let y = self.responses(&value);
        let (below, density) = (self.eval(tail, &y, at), self.eval(Tail::Pdf, &y, at));
        let by: Vec<f64> = below.l.iter().zip(&density.l).map(|(a, b)| sign * num::exp(a - b)).collect();
        let slope = |k: usize| below.g(k).iter().zip(&by).map(|(g, by)| g * by).collect();
        Smooth { slopes: (0..below.params()).map(slope).collect(), value }
    }

    /// Mean +- t sqrt(se^2 + sigma^2).
    fn prediction(&self, at: &Rows<'_>) -> Vec<Vec<f64>> {
        let wide = self.quantile_of_interval();
        let of = |sign: f64| {
            let end = |(eta, se): (&f64, f64)| eta + sign * wide * (se * se + self.fit.dispersion.0).sqrt();
            at.sweep.etas[0].iter().zip(at.errors.of_link(0)).map(end).collect()
        };
        vec![of(-1.0), of(1.0)]
    }
}

fn mean_of(likelihood: &dyn Likelihood, us: &[Vec<f64>]) -> Option<Smooth> {
    let mut out = RowDerivs::default();
    likelihood.mean(&columns(us), &mut out).then(|| Smooth::new(&out))
}

fn columns(us: &[Vec<f64>]) -> Vec<&[f64]> {
    us.iter().map(Vec::as_slice).collect()
}

/// Padded rows of a chunk.
fn n_of(at: &Rows<'_>) -> usize {
    at.sweep.us.first().map_or(0, Vec::len)
}

/// Coordinates of one row                                                    `[k]`
fn row(at: &Rows<'_>, r: usize) -> Vec<f64> {
    at.sweep.us.iter().map(|u| u[r]).collect()
}
