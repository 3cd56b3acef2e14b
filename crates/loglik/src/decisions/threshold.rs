//! Where to cut: the threshold of a policy, or Bayes' rule for several classes, on scores that need not flatter it.
//!
//! With a model and folds the scores are out of fold. A recalibration is fitted first, on the same rows, and the
//! threshold is one of recalibrated probabilities. What is found can be saved into the model file, where `predict`
//! uses it.

use super::binary::note;
use super::classes;
use super::decision::Decision;
use super::outcome::Labels;
use super::rows::{RowsSpec, RowsUsed, ScoredRows};
use super::{Binned, Direction, Folds, compare, threshold_stream};
use crate::run::Data;
use crate::{Error, ModelFile, Note, Number, ResponseInfo};
use loglik_decide::Ranked;
use loglik_decide::bayes_rule::CostMatrix;
use loglik_decide::calibration::{self, CalibrationLine};
use loglik_decide::recalibrate::{Method, Recalibration, prior_shift, recalibrate, temperature_of_classes};
use loglik_decide::resample::Bootstrap;
use loglik_decide::threshold::Policy;
use loglik_decide::threshold_report::{ThresholdReport, report};
use serde::Serialize;

/// What is asked of a threshold.
#[derive(Clone, Debug)]
pub struct ThresholdSpec {
    /// Which rows, scores and outcomes.
    pub rows: RowsSpec,
    /// What the threshold is to achieve; the plain rule of one half where absent.
    pub policy: Option<Policy>,
    /// Costs of classes, for more than two of them.
    pub costs: ClassCosts,
    /// How probabilities are recalibrated before.
    pub recalibrate: Option<Recalibrate>,
    /// Of intervals.
    pub level: f64,
    /// Bootstrap resamples.
    pub replicates: usize,
    /// Of folds and resamples.
    pub seed: u64,
    /// Threads; all of the machine's where absent.
    pub threads: Option<usize>,
    /// Bytes that the scores of a stream may take; 64 MB where absent.
    pub memory: Option<u64>,
    /// The command that led here.
    pub command: Option<String>,
}

/// How probabilities are recalibrated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Recalibrate {
    /// By a map fitted on the rows.
    Fitted(Method),
    /// To another base rate.
    Prior(f64),
}

/// Costs of predicting one class where another is true.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ClassCosts {
    /// 1 for every wrong class.
    #[default]
    Equal,
    /// The distance of the classes in their order.
    Linear,
    /// Its square.
    Quadratic,
    /// Truth, prediction, cost; `*` is any other class. Wrong classes that are not named cost 1; later ones win.
    Named(Vec<(String, String, f64)>),
}

/// `loglik.threshold/1`
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ThresholdResult {
    /// `loglik.threshold/1`
    pub format: &'static str,
    /// Of the program.
    pub version: &'static str,
    /// That led here.
    pub command: Option<String>,
    /// The outcome and how it was read.
    pub outcome: ResponseInfo,
    /// Names of the scores.
    pub scores: Vec<String>,
    /// Folds of the scores; null for scores as they are.
    pub folds: Option<Folds>,
    /// Rows used and dropped.
    #[serde(flatten)]
    pub used: RowsUsed,
    /// Share of the weight that is cases; null for several classes.
    pub base_rate: Option<f64>,
    /// The map that was fitted first.
    pub recalibration: Option<Recalibration>,
    /// Calibration line of the scores; null where there is none, and after a map that was fitted to the same rows.
    pub calibration: Option<CalibrationLine>,
    /// The threshold; null for several classes.
    #[serde(flatten)]
    pub report: Option<ThresholdReport>,
    /// Bayes' rule; null for two classes.
    pub classes: Option<classes::Decided>,
    /// How scores were rounded, where the rows came as a stream; null for rows in memory.
    pub binned: Option<Binned>,
    /// What is saved into a model file.
    pub decision: Decision,
    /// What a reader should know.
    pub notes: Vec<Note>,
}

/// Chooses a threshold, or the rule for several classes.
///
/// # Errors
/// A request that cannot be, rows that are refused, a policy that no threshold fulfils.
pub fn threshold(
    spec: &ThresholdSpec,
    model: Option<&ModelFile>,
    data: impl Into<Data>,
) -> Result<ThresholdResult, Error> {
    // The map that a model carries is replaced, not stacked upon.
    let plain = model.map(|m| m.clone().with_recalibration(None).with_decision(None));
    let table = &match data.into() {
        Data::Table(table) => table,
        Data::Stream(stream) => return threshold_stream::of_stream(spec, plain.as_ref(), &stream),
    };
    let mut rows = match &plain {
        Some(model) => spec.rows.read_with(model, table)?,
        None => spec.rows.read(table)?,
    };
    let recalibration = recalibrated(spec, &mut rows)?;
    if let Some(Recalibrate::Prior(to)) = spec.recalibrate {
        // Where the probabilities are brought to, the rows are judged too.
        rows = rows.at_prevalence(Some(to))?;
    }
    let mut out = undecided(spec, &mut rows, plain.is_some());
    out.recalibration = recalibration;
    match &rows.labels {
        Labels::Two(_) => two(spec, &rows, &mut out)?,
        Labels::Classes(codes) if rows.scores.len() > 1 => several(spec, &rows, codes, &mut out)?,
        _ => {
            return Err(Error::request(
                "a threshold needs an outcome of classes, and a score for each of them",
            )
            .remedy("name the event of an outcome with one score: --event LEVEL"));
        }
    }
    Ok(out)
}

/// What is known before anything is decided.
pub(super) fn undecided(spec: &ThresholdSpec, rows: &mut ScoredRows, by_model: bool) -> ThresholdResult {
    let mut notes: Vec<Note> = rows.used.note().into_iter().chain(std::mem::take(&mut rows.notes)).collect();
    if by_model && spec.rows.folds.is_none() {
        notes.push(note(
            "in_sample_scores",
            "scores are of the model itself: on the rows of its fit they flatter; --cv 10 scores out of fold",
        ));
    }
    ThresholdResult {
        format: "loglik.threshold/1",
        version: env!("CARGO_PKG_VERSION"),
        command: spec.command.clone(),
        outcome: rows.outcome.clone(),
        scores: rows.names.clone(),
        folds: spec.rows.folds,
        used: rows.used.clone(),
        base_rate: None,
        recalibration: None,
        calibration: None,
        report: None,
        classes: None,
        binned: None,
        decision: Decision {
            threshold: Number(f64::NAN),
            threshold_low: Number(f64::NAN),
            threshold_high: Number(f64::NAN),
            policy: None,
            costs: None,
            folds: spec.rows.folds.map(|f| f.count),
            n: rows.used.n,
            seed: spec.seed,
        },
        notes,
    }
}

fn two(spec: &ThresholdSpec, rows: &ScoredRows, out: &mut ThresholdResult) -> Result<(), Error> {
    spec.two_classes()?;
    let y = compare::two(rows)?;
    let data = rows.scored(y, 0)?;
    let name = &rows.names[0];
    let plan = spec.resamples();
    let threads = plan.threads;
    let known = |error| rows.refused(error, name);
    data.need_both_classes().map_err(known)?;
    out.base_rate = Some(data.base_rate());
    let ranked = Ranked::new(&data, threads).map_err(known)?;
    if !matches!(spec.recalibrate, Some(Recalibrate::Fitted(_))) {
        // A map that was fitted to these rows has a line of 0 and 1 by construction.
        out.calibration = calibration::line(&ranked).ok();
    }
    let (low, high) = data.range();
    out.notes.extend(all_equal(low, high));
    let Some(policy) = spec.policy else {
        data.need_probabilities().map_err(known)?;
        out.decision.threshold = Number(0.5);
        return Ok(());
    };
    out.decide(policy, report(&ranked, policy, spec.level, plan).map_err(known)?, rows.direction);
    Ok(())
}

/// What is to be said where all scores are equal.
pub(super) fn all_equal(low: f64, high: f64) -> Option<Note> {
    let message = format!("all scores are equal ({low}): a threshold flags all rows or none");
    (low == high).then(|| note("flat_likelihood", message))
}

impl ThresholdResult {
    /// Takes the threshold that was found, on the scale of the scores that came in.
    pub(super) fn decide(&mut self, policy: Policy, mut found: ThresholdReport, direction: Direction) {
        if direction == Direction::Lower {
            found.turn();
        }
        self.decision.threshold = Number(found.best.threshold);
        self.decision.threshold_low = found.threshold_low.into();
        self.decision.threshold_high = found.threshold_high.into();
        self.decision.policy = Some(policy);
        self.report = Some(found);
    }
}

impl ThresholdSpec {
    /// Refuses costs of classes where there are two.
    pub(super) fn two_classes(&self) -> Result<(), Error> {
        if self.costs == ClassCosts::Equal {
            return Ok(());
        }
        Err(Error::request("costs of classes are for more than two of them: --cost miss=5,alarm=1"))
    }

    /// How rows are drawn again.
    pub(super) fn resamples(&self) -> Bootstrap {
        let threads = loglik_design::threads(self.threads);
        Bootstrap { replicates: self.replicates, seed: self.seed, threads }
    }
}

fn several(
    spec: &ThresholdSpec,
    rows: &ScoredRows,
    codes: &[u32],
    out: &mut ThresholdResult,
) -> Result<(), Error> {
    if spec.policy.is_some() {
        return Err(Error::request("miss and alarm are costs of two classes").remedy(
            "name classes: --cost 'TRUTH>PREDICTION=9', --cost linear, or one of them: --event LEVEL",
        ));
    }
    let levels = rows.outcome.levels.clone().unwrap_or_default();
    let costs = spec.costs.matrix(&levels)?;
    out.classes = Some(classes::decided(rows, codes, &costs, spec.level)?);
    out.decision.costs = Some(costs);
    Ok(())
}

impl ClassCosts {
    fn matrix(&self, levels: &[String]) -> Result<CostMatrix, Error> {
        let k = levels.len();
        let of = |i: usize, j: usize| {
            let apart = i.abs_diff(j) as f64;
            match self {
                Self::Linear => apart,
                Self::Quadratic => apart * apart,
                Self::Equal | Self::Named(_) => f64::from(u8::from(i != j)),
            }
        };
        let mut cost: Vec<Vec<f64>> = (0..k).map(|i| (0..k).map(|j| of(i, j)).collect()).collect();
        let places = |word: &str| -> Result<Vec<usize>, Error> {
            match levels.iter().position(|l| l == word) {
                Some(at) => Ok(vec![at]),
                None if word == "*" => Ok((0..k).collect()),
                None => Err(Error::unknown_word("class", word, levels.iter().map(String::as_str))),
            }
        };
        if let Self::Named(named) = self {
            for (truth, prediction, value) in named {
                let any = truth == "*" || prediction == "*";
                for &i in &places(truth)? {
                    for &j in places(prediction)?.iter().filter(|j| !any || **j != i) {
                        cost[i][j] = *value;
                    }
                }
            }
        }
        Ok(CostMatrix::new(cost)?)
    }
}

/// Fits the map and applies it to the scores.
fn recalibrated(spec: &ThresholdSpec, rows: &mut ScoredRows) -> Result<Option<Recalibration>, Error> {
    let Some(how) = spec.recalibrate else { return Ok(None) };
    refuse_turned(rows)?;
    let map = match (&rows.labels, how) {
        (Labels::Two(y), Recalibrate::Fitted(method)) => {
            let data = rows.scored(y, 0)?;
            recalibrate(&data, method, 1).map_err(|error| rows.refused(error, &rows.names[0]))?
        }
        (Labels::Two(y), Recalibrate::Prior(to)) => {
            let data = rows.scored(y, 0)?;
            data.need_probabilities()
                .and_then(|()| data.need_both_classes())
                .map_err(|error| rows.refused(error, &rows.names[0]))?;
            prior_shift(data.base_rate(), to)?
        }
        (Labels::Classes(codes), Recalibrate::Fitted(Method::Temperature)) if rows.scores.len() > 1 => {
            let p: Vec<&[f64]> = rows.scores.iter().map(Vec::as_slice).collect();
            let weight = |row: usize| rows.weight.as_ref().map_or(1.0, |w| w[row]);
            temperature_of_classes(&p, codes, weight).map_err(|error| rows.refused(error, &rows.names[0]))?
        }
        _ => {
            return Err(Error::request("several classes are recalibrated by a temperature")
                .remedy("write --recalibrate temperature"));
        }
    };
    if rows.scores.len() > 1 && matches!(rows.labels, Labels::Classes(_)) {
        for row in 0..rows.scores[0].len() {
            let mut p: Vec<f64> = rows.scores.iter().map(|column| column[row]).collect();
            map.apply_to_classes(&mut p);
            rows.scores.iter_mut().zip(p).for_each(|(column, p)| column[row] = p);
        }
    } else {
        rows.scores[0].iter_mut().for_each(|p| *p = map.apply(*p));
    }
    Ok(Some(map))
}

/// Refuses scores of which smaller ones are more like a case.
pub(super) fn refuse_turned(rows: &ScoredRows) -> Result<(), Error> {
    match rows.direction {
        Direction::Lower => {
            Err(Error::request("only probabilities of the event can be recalibrated: drop --direction lower"))
        }
        Direction::Higher => Ok(()),
    }
}
