//! New rows through a model file: linear predictor, mean or class probabilities, standard errors and intervals.

use crate::{Error, ModelFile, Status};
use loglik_design::{Chunk, FillOptions, RowColumns, Source, Standard, Table, UsedRows};
use loglik_fit::{Model, Point, Precision, Sweep, each_entry};
use loglik_likelihood::RowDerivs;
use loglik_num as num;

/// Predictions as text cells, one column a quantity; empty where an input is missing.
#[derive(Clone, Debug, Default)]
pub struct Predictions {
    /// Names of the columns.
    pub names: Vec<String>,
    /// Cells, row by row of the table                                        `[columns][rows]`
    pub columns: Vec<Vec<String>>,
}

/// Numbers of one row.
struct Scored {
    eta: f64,
    se: f64,
    mean: Option<f64>,
    low: f64,
    high: f64,
    probabilities: Vec<f64>,
}

impl ModelFile {
    /// Columns of a table with these names that prediction reads.
    ///
    /// # Errors
    /// `schema_mismatch` where one is missing.
    pub fn needed_columns(&self, names: &[String]) -> Result<Vec<String>, Error> {
        let mut needed: Vec<String> = self.prediction.plan.used_columns().to_vec();
        needed.extend(self.fit.offset.iter().chain(&self.fit.exposure).cloned());
        match needed.iter().find(|name| !names.contains(name)) {
            None => Ok(needed),
            Some(name) => {
                let error = Error::unknown_column("the model", name, names);
                Err(Error { id: "schema_mismatch".into(), exit: crate::Exit::Data, ..error })
            }
        }
    }

    /// Predicts every row of a table; `level` is that of the intervals.
    ///
    /// # Errors
    /// Columns or levels that the model does not know.
    pub fn predict(&self, table: &Table, level: f64) -> Result<Predictions, Error> {
        let needed = self.needed_columns(table.names())?;
        let used = UsedRows::of(table, &needed, None)?;
        let kept = table.filter(&used.keep);
        let spec = crate::FitSpec {
            offset: self.fit.offset.clone(),
            exposure: self.fit.exposure.clone(),
            ..crate::FitSpec::default()
        };
        let offset = crate::weights::offset(&spec, &kept)?;
        let plan = &self.prediction.plan;
        let rows = RowColumns { offsets: vec![offset.as_deref()], ..RowColumns::default() };
        let source = plan
            .chunks(&kept, &rows, &Standard::none(plan), &FillOptions::default())
            .map_err(|error| Error::design(&error, &kept))?;
        let model = self.model(&plan.offset_columns(&rows))?;
        let mut scored = Vec::with_capacity(kept.rows());
        let scorer = Scorer {
            file: self,
            model: &model,
            vcov: self.vcov(),
            quantile: num::normal_quantile(0.5 + 0.5 * level),
        };
        for part in 0..source.parts() {
            let read = source.read(part, &mut |chunk| {
                scorer.chunk(chunk, &mut scored);
                Ok(())
            });
            read.map_err(|halt| Error::from(loglik_fit::RunError::from(halt)))?;
        }
        Ok(self.columns(&used.keep, &scored))
    }

    fn columns(&self, keep: &[bool], scored: &[Scored]) -> Predictions {
        let classes = self.fit.response.levels.clone().unwrap_or_default();
        let many = scored.first().is_some_and(|s| !s.probabilities.is_empty());
        let mut out = Predictions::default();
        let mut add = |name: &str, value: &dyn Fn(&Scored) -> String| {
            let mut next = scored.iter();
            let cells = keep
                .iter()
                .map(|keep| if *keep { next.next().map(value).unwrap_or_default() } else { String::new() });
            out.names.push(name.to_owned());
            out.columns.push(cells.collect());
        };
        let shown = |v: f64| if v.is_nan() { String::new() } else { v.to_string() };
        if many {
            for (i, class) in classes.iter().enumerate() {
                add(&format!("p[{class}]"), &|s| shown(s.probabilities[i]));
            }
            add("label", &|s| classes[self.class_of(&s.probabilities)].clone());
            return out;
        }
        add("link", &|s| shown(s.eta));
        add("link_se", &|s| shown(s.se));
        add("response", &|s| s.mean.map_or_else(String::new, shown));
        add("response_low", &|s| shown(s.low));
        add("response_high", &|s| shown(s.high));
        if let (Some(event), [other, _]) = (&self.fit.response.event, classes.as_slice()) {
            // A tie goes to the other class.
            let threshold = self.threshold().unwrap_or(0.5);
            add("label", &|s| if s.mean.unwrap_or(0.0) > threshold { event.clone() } else { other.clone() });
        }
        out
    }
}

/// Scores chunks with one model.
struct Scorer<'a> {
    file: &'a ModelFile,
    model: &'a Model,
    vcov: Vec<f64>,
    quantile: f64,
}

impl Scorer<'_> {
    fn chunk(&self, chunk: &Chunk, out: &mut Vec<Scored>) {
        let point = Point::new(self.file.prediction.beta.clone());
        let mut sweep = Sweep::default();
        sweep.predict(self.model, &point, Precision::Plain, &self.file.limits(), chunk);
        sweep.coordinates(self.model, chunk);
        let means = mean_of(self.model, &sweep.us);
        let shared = self.model.likelihood.spec().shared_predictor;
        for r in 0..chunk.rows {
            let eta = sweep.etas[0][r];
            let se = self.standard_error(chunk, r);
            let end = |sign: f64| -> f64 {
                let mut us: Vec<Vec<f64>> = sweep.us.iter().map(|u| vec![u[r]; 8]).collect();
                let (link, support) = (self.model.predictors[0].link, self.model.support(0));
                us[0] = vec![link.to_u(support, num::Lane::splat(eta + sign * self.quantile * se)).0[0]; 8];
                mean_of(self.model, &us).map_or(f64::NAN, |m| self.file.recalibrated(m[0]))
            };
            let (a, b) = (end(-1.0), end(1.0));
            let mut probabilities = if shared { softmax(&sweep.us, r) } else { Vec::new() };
            self.file.recalibrate_classes(&mut probabilities);
            let mean = means.as_ref().map(|m| self.file.recalibrated(m[r]));
            let known = se > 0.0;
            let (low, high) = if known { (a.min(b), a.max(b)) } else { (f64::NAN, f64::NAN) };
            out.push(Scored { eta, se: if known { se } else { f64::NAN }, mean, low, high, probabilities });
        }
    }

    /// Standard error of the main linear predictor; 0 where it has none (a limit model's infinite direction).
    fn standard_error(&self, chunk: &Chunk, r: usize) -> f64 {
        if self.file.fit.status == Status::Infinite {
            return 0.0;
        }
        let p = self.model.p;
        let mut x: Vec<(usize, f64)> = Vec::new();
        for piece in &self.model.predictors[0].pieces {
            each_entry(&chunk.blocks[piece.block], r, |j, v| x.push((piece.first + j, v)));
        }
        let quadratic: f64 =
            x.iter().map(|(i, a)| a * x.iter().map(|(j, b)| self.vcov[i * p + j] * b).sum::<f64>()).sum();
        quadratic.max(0.0).sqrt()
    }
}

/// Means at coordinates `[k][n]`, where the likelihood knows them.
fn mean_of(model: &Model, us: &[Vec<f64>]) -> Option<Vec<f64>> {
    let columns: Vec<&[f64]> = us.iter().map(Vec::as_slice).collect();
    let mut out = RowDerivs::default();
    model.likelihood.mean(&columns, &mut out).then_some(out.l)
}

/// Class probabilities of one row, the base class first.
fn softmax(us: &[Vec<f64>], r: usize) -> Vec<f64> {
    let largest = us.iter().map(|u| u[r]).fold(0.0, f64::max);
    let mut weights: Vec<f64> =
        [0.0].into_iter().chain(us.iter().map(|u| u[r])).map(|u| num::exp(u - largest)).collect();
    let sum: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|w| *w /= sum);
    weights
}
