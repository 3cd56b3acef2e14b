//! Rechecks the certificate of a model file against data, without a refit, and says what no longer holds.
//!
//! The rows are prepared as for the fit, hashed, and summed once at the stored coefficients: log-likelihood, score and
//! information. Where the file says that no finite maximum exists, every row is asked again whether it allows the
//! stored directions. Data that decide other levels or knots are another model: the numbers are then left unchecked.

use crate::certificate::{Certificate, derivs};
use crate::model_file::invalid;
use crate::prepare::Prepared;
use crate::run::{Data, ready};
use crate::{Error, FitSpec, ModelFile, Number, Status};
use loglik_data::Fingerprint;
use loglik_design::Table;
use loglik_fit::{Derivs, Executor, Local, Model, Pass, Point, Recession, Tally};
use serde::Serialize;

/// Distance from the maximum, in standard errors, below which an estimate is at it: a millionth moves no printed digit.
const NEAR: f64 = 1e-6;

/// Relative agreement of log-likelihoods and eigenvalues: rounding of another order of sums is a thousandth of it.
const AGREEMENT: f64 = 1e-9;

/// One thing that the file says of the data, checked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Check {
    /// `data`, `design`, `loglik`, `score`, `decrement`, `spectrum`, `existence` or `status`.
    pub id: String,
    /// Whether it holds; null where it could not be checked.
    pub holds: Option<bool>,
    /// What the file says, where that is a number.
    pub claimed: Number,
    /// What the data say.
    pub found: Number,
    /// In words.
    pub message: String,
    /// Columns that are no longer the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
}

/// All that was checked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verification {
    /// `loglik.verify/1`.
    pub format: String,
    /// Whether everything was checked and holds.
    pub holds: bool,
    /// One entry a claim, in the order of checking.
    pub checks: Vec<Check>,
}

impl Check {
    fn new(id: &str, holds: Option<bool>, message: impl Into<String>) -> Self {
        let (claimed, found) = (Number(f64::NAN), Number(f64::NAN));
        Self { id: id.to_owned(), holds, claimed, found, message: message.into(), columns: Vec::new() }
    }

    fn numbers(mut self, claimed: f64, found: f64) -> Self {
        (self.claimed, self.found) = (Number(claimed), Number(found));
        self
    }
}

impl ModelFile {
    /// Columns of a table with these names that [`ModelFile::verify`] reads.
    ///
    /// # Errors
    /// A name that is no longer a column.
    pub fn verified_columns(&self, names: &[String]) -> Result<Vec<String>, Error> {
        crate::needed_columns(&self.request, names)
    }

    /// Rechecks the certificate against rows.
    ///
    /// # Errors
    /// Data that the likelihood or the formula refuses. What merely no longer holds is an entry of the answer.
    pub fn verify(&self, data: impl Into<Data>) -> Result<Verification, Error> {
        let spec = &self.request;
        let prepared = ready(spec, data.into())?;
        let mut checks = vec![self.status(), self.same_data(spec, &prepared)?];
        match self.differing_design(&prepared) {
            Some(check) => {
                checks.push(check);
                let left = ["loglik", "score", "decrement", "spectrum", "existence"];
                checks.extend(left.map(|id| Check::new(id, None, "not checked: the design is another")));
            }
            None => {
                checks.push(Check::new("design", Some(true), "the same levels, knots and columns"));
                checks.extend(self.numbers(spec, &prepared)?);
            }
        }
        let holds = checks.iter().all(|check| check.holds == Some(true));
        Ok(Verification { format: "loglik.verify/1".to_owned(), holds, checks })
    }

    /// Whether these are the rows of the fit, as far as its columns are among theirs.
    pub(crate) fn was_fitted_to(&self, rows: &Table) -> bool {
        if self.data.rows != rows.rows() as u64 {
            return false;
        }
        let names: Vec<String> = self.data.columns.keys().cloned().collect();
        let now = Fingerprint::of(rows, &names).columns;
        !now.is_empty() && now.iter().all(|(name, hash)| self.data.columns.get(name) == Some(hash))
    }

    /// Refuses rows that are not those of the fit.
    pub(crate) fn require_its_rows(&self, spec: &FitSpec, prepared: &Prepared) -> Result<(), Error> {
        let check = self.same_data(spec, prepared)?;
        if check.holds == Some(true) {
            return Ok(());
        }
        let message = format!("these are not the rows of the fit: {}", check.message);
        let mut error = Error::data("schema_mismatch", message)
            .remedy("give the data that the model was fitted to; loglik verify says what differs");
        error.column = check.columns.into_iter().next();
        Err(error)
    }

    fn status(&self) -> Check {
        let certified = !matches!(self.fit.status, Status::NotConverged | Status::Unbounded);
        let message = match self.fit.status {
            Status::NotConverged => "the file says itself that the fit did not converge",
            Status::Unbounded => "the file says itself that the likelihood has no bound",
            Status::Infinite => "no finite maximum: the limit model is checked",
            Status::NotIdentified => "not identified: the part that the data determine is checked",
            Status::Converged | Status::Boundary if self.request.is_adjusted() => {
                "the file certifies an estimate of a penalty or bias reduction"
            }
            Status::Converged | Status::Boundary => "the file certifies a maximum",
        };
        Check::new("status", Some(certified), message)
    }

    fn same_data(&self, spec: &FitSpec, prepared: &Prepared) -> Result<Check, Error> {
        let names = crate::needed_columns(spec, prepared.table.names())?;
        let now = prepared.fingerprint(&names)?;
        let columns = self.data.changed(&now);
        let (before, after) = (self.data.rows as f64, now.rows as f64);
        let message = if before != after {
            format!("{after} rows are used, the model was fitted to {before}")
        } else if columns.is_empty() {
            format!("the same {after} rows, in the same order")
        } else {
            format!("other values, or another order, in {}", columns.join(", "))
        };
        let holds = before == after && columns.is_empty();
        let columns = if before == after { columns } else { Vec::new() };
        Ok(Check { columns, ..Check::new("data", Some(holds), message).numbers(before, after) })
    }

    /// Where the data decide another design than the stored one, which terms.
    fn differing_design(&self, prepared: &Prepared) -> Option<Check> {
        let (stored, now) = (&self.prediction.plan, &prepared.plan);
        let same_layout = prepared.model.p == self.prediction.beta.len()
            && prepared.coefs.iter().map(|c| (&c.name, c.at)).eq(self
                .prediction
                .names
                .iter()
                .map(|(name, at)| (name, *at)));
        let text = |plan: &loglik_design::Plan| serde_json::to_string(plan).unwrap_or_default();
        if same_layout && text(stored) == text(now) {
            return None;
        }
        let before: Vec<(&str, &[String])> = stored.levels().collect();
        let changed: Vec<String> = now
            .levels()
            .filter(|(name, levels)| !before.iter().any(|(n, l)| n == name && l == levels))
            .map(|(name, _)| name.to_owned())
            .collect();
        let message = if changed.is_empty() {
            "the data decide other knots or polynomials than the model's".to_owned()
        } else {
            format!("the levels of {} are others than the model's", changed.join(", "))
        };
        Some(Check { columns: changed, ..Check::new("design", Some(false), message) })
    }

    /// The model that was fitted: what the fit held at a boundary is held.
    fn fitted_model(&self, prepared: &Prepared) -> Result<Model, Error> {
        let mut model = prepared.model.clone();
        if model.predictors.len() != self.prediction.predictors.len() {
            return Err(invalid("its predictors are not those of its likelihood"));
        }
        for (predictor, stored) in model.predictors.iter_mut().zip(&self.prediction.predictors) {
            if stored.is_held() {
                predictor.pieces.clear();
                (predictor.intercept, predictor.constant) = (None, stored.constant());
            }
        }
        Ok(model)
    }

    fn numbers(&self, spec: &FitSpec, prepared: &Prepared) -> Result<Vec<Check>, Error> {
        let model = self.fitted_model(prepared)?;
        let map = &prepared.map;
        let beta = map.to_internal(&self.prediction.beta);
        let limits: Vec<Recession> = self
            .limits()
            .into_iter()
            .map(|limit| Recession { direction: map.to_internal(&limit.direction), ..limit })
            .collect();
        let end = derivs(prepared, &model, Point::new(beta.clone()), &limits, spec.threads())?;
        let all: Vec<usize> = (0..model.p).collect();
        let determined = self.certificate.determined.clone();
        let estimated = determined.clone().unwrap_or(all);
        if estimated.iter().any(|j| *j >= model.p) {
            return Err(invalid("it determines coefficients that it does not have"));
        }
        let smooth = model.likelihood.check_loss().is_none();
        let claimed = &self.certificate;
        let found = Certificate::at(&end, &estimated, model.p, smooth, &claimed.existence, determined);
        let reach = NEAR + rounding(prepared, &end, &self.prediction.beta, &estimated);
        let mut checks = vec![loglik(claimed, &found, &end, reach)];
        checks.extend(if spec.is_adjusted() {
            moved(claimed, &found, reach)
        } else {
            stationary(claimed, &found, reach)
        });
        checks.push(spectrum(claimed, &found));
        let mut run = Local::new(&prepared.source, spec.threads());
        checks.push(existence(claimed, &found, &model, &mut run, &beta, &limits)?);
        Ok(checks)
    }
}

/// How far the rounding of stored coefficients alone takes an estimate from its maximum, in standard errors.
fn rounding(prepared: &Prepared, end: &Derivs, beta: &[f64], estimated: &[usize]) -> f64 {
    let p = beta.len();
    let mut total = 0.0;
    if end.info.is_empty() {
        return total;
    }
    for j in estimated {
        let mut unit = vec![0.0; p];
        unit[*j] = 1.0;
        let inside = prepared.map.to_internal(&unit);
        let touched: Vec<usize> = (0..p).filter(|i| inside[*i] != 0.0).collect();
        let curvature: f64 = touched
            .iter()
            .flat_map(|a| touched.iter().map(move |b| (*a, *b)))
            .map(|(a, b)| inside[a] * inside[b] * end.info[a.max(b) * p + a.min(b)])
            .sum();
        total += beta[*j].abs() * f64::EPSILON * curvature.abs().sqrt();
    }
    total
}

fn loglik(claimed: &Certificate, found: &Certificate, end: &Derivs, reach: f64) -> Check {
    let (a, b) = (claimed.loglik.0, found.loglik.0);
    // Near a maximum the log-likelihood falls by half the squared distance.
    let room = AGREEMENT * (1.0 + end.magnitude) + reach * reach;
    let holds = (a - b).abs() <= room;
    let message = if holds { "the same log-likelihood" } else { "another log-likelihood" };
    Check::new("loglik", Some(holds), message).numbers(a, b)
}

/// Score and decrement: how far the stored coefficients are from the maximum of these data.
fn stationary(claimed: &Certificate, found: &Certificate, reach: f64) -> [Check; 2] {
    if claimed.decrement.0.is_nan() {
        let message =
            "a vertex or an edge has no vanishing slope: proved when it was fitted, not checked by slopes";
        return ["score", "decrement"].map(|id| Check::new(id, Some(true), message));
    }
    let room = reach.max(2.0 * claimed.decrement.0.abs().sqrt());
    let distance = found.decrement.0.max(0.0).sqrt();
    let score = found.score.0 <= room.max(2.0 * claimed.score.0);
    let decrement = distance <= room;
    let shown = |holds: bool, what: &str| match holds {
        true => format!("{what} vanishes: the coefficients are the maximum"),
        false => {
            let far = if distance < 1e-3 { format!("{distance:.1e}") } else { format!("{distance:.3}") };
            format!("{what} does not vanish: the maximum of these data is {far} standard errors away")
        }
    };
    [
        Check::new("score", Some(score), shown(score, "the score")).numbers(claimed.score.0, found.score.0),
        Check::new("decrement", Some(decrement), shown(decrement, "the Newton decrement"))
            .numbers(claimed.decrement.0, found.decrement.0),
    ]
}

/// Score and decrement of the likelihood where a penalty or bias reduction moved the estimate off its maximum.
fn moved(claimed: &Certificate, found: &Certificate, reach: f64) -> [Check; 2] {
    if claimed.decrement.0.is_nan() {
        let message = "the file holds no slope of so many coefficients: its log-likelihood is compared";
        return ["score", "decrement"].map(|id| Check::new(id, Some(true), message));
    }
    let check = |id, claimed: f64, found: f64, room: f64| {
        let holds = (claimed - found).abs() <= room;
        let message = if holds {
            "the same slope of the likelihood: a penalty or bias reduction keeps it from vanishing"
        } else {
            "another slope of the likelihood"
        };
        Check::new(id, Some(holds), message).numbers(claimed, found)
    };
    // Two decrements differ by the distance between them times their sum.
    let roots = claimed.decrement.0.abs().sqrt() + found.decrement.0.abs().sqrt();
    [
        check("score", claimed.score.0, found.score.0, reach),
        check("decrement", claimed.decrement.0, found.decrement.0, reach * (1.0 + roots)),
    ]
}

fn spectrum(claimed: &Certificate, found: &Certificate) -> Check {
    let [least, greatest] = claimed.spectrum.map(|v| v.0);
    let [now, most] = found.spectrum.map(|v| v.0);
    if least.is_nan() {
        return Check::new("spectrum", Some(true), "the file holds no spectrum of the information");
    }
    // The least eigenvalue is only as exact as the greatest one's rounding.
    let near = |a: f64, b: f64| (a - b).abs() <= AGREEMENT * b.abs() + 1e-12 * greatest;
    let holds = near(now, least) && near(most, greatest);
    let message = match (holds, now > 0.0) {
        (true, _) => "the information has the same spectrum",
        (false, true) => "the information has another spectrum",
        (false, false) => "the information is no longer positive definite",
    };
    Check::new("spectrum", Some(holds), message).numbers(least, now)
}

/// Finite: the information is positive definite where the score vanishes. Infinite: all rows allow the directions.
fn existence(
    claimed: &Certificate,
    found: &Certificate,
    model: &Model,
    run: &mut dyn Executor,
    beta: &[f64],
    limits: &[Recession],
) -> Result<Check, Error> {
    let numbers = (claimed.rows_at_infinity as f64, found.rows_at_infinity as f64);
    let check =
        |holds, message: &str| Check::new("existence", Some(holds), message).numbers(numbers.0, numbers.1);
    if limits.is_empty() {
        let definite = found.decrement.0.is_finite() || claimed.decrement.0.is_nan();
        let message =
            if definite { "a finite maximum" } else { "no maximum here: the information is not definite" };
        return Ok(check(definite && claimed.existence == "finite", message));
    }
    for (i, limit) in limits.iter().enumerate() {
        let (at, direction) = (Point::new(beta.to_vec()), limit.direction.clone());
        let pass = Pass::Recession { at, direction, limits: limits[..i].to_vec() };
        let Tally::Recession(tally) = run.run(model, &pass)? else {
            unreachable!("recession was asked");
        };
        if tally.largest_objecting > limit.cut {
            let message = format!("{} rows object to a direction of recession", tally.objecting);
            return Ok(check(false, &message));
        }
    }
    let same = claimed.rows_at_infinity == found.rows_at_infinity;
    let message = if same { "the same rows are at infinity" } else { "other rows are at infinity" };
    Ok(check(same, message))
}
