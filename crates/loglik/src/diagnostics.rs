//! Residuals, leverage and influence of every row, from a fit or from its model file and the rows.
//!
//! Leverage and distance are those of the expected information where the likelihood knows it (R's hat values of a
//! generalised linear model), else of the observed one. They are about the rows that were fitted: a model file takes
//! them from other rows only to refuse.

use crate::response;
use crate::response_facts::Facts;
use crate::statistics::{self, Deviances};
use crate::{Error, Exit, FitResult, FitSpec, Fitted, ModelFile, WeightKind, covariance, weights};
use loglik_design::{FillOptions, Formula, RowColumns, Standard, Table, UsedRows};
use loglik_fit::{Derivs, Executor, Local, Model, Pass, Point, Precision, Sums};
use loglik_infer::{Bread, PackedFigures, RowAsk, RowFigures};
use loglik_likelihood::ResponseKind;
use std::borrow::Cow;
use std::sync::Arc;

/// Residuals and influence of one row; NaN where the likelihood has none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RowDiagnostics {
    /// Row of the table, from 0.
    pub row: usize,
    /// Response less its fitted mean.
    pub response: f64,
    /// Signed root of the row's part of the deviance.
    pub deviance: f64,
    /// Response less mean over the root of the variance function, as R's `pearson`.
    pub pearson: f64,
    /// Response less mean on the scale of the linear predictor.
    pub working: f64,
    /// Deviance residual over the root of dispersion times (1 - leverage), as R's `rstandard`.
    pub standardized: f64,
    /// What the standardized residual is when the row itself is left out, as R's `rstudent`.
    pub studentized: f64,
    /// Normal quantile of the response's place in its distribution; randomised where single values have probability.
    pub quantile: f64,
    /// Leverage.
    pub leverage: f64,
    /// Cook's distance.
    pub cooks_distance: f64,
}

/// What turns figures of rows into diagnostics.
struct Scale {
    /// Dispersion of the standard errors.
    dispersion: f64,
    /// Dispersion by maximum likelihood.
    phi: f64,
    /// Whether the dispersion is estimated.
    free: bool,
    df_residual: f64,
}

impl Scale {
    fn cooks_distance(&self, figures: &RowFigures) -> f64 {
        figures.distance * self.phi / self.dispersion
    }
}

fn finish(figures: &PackedFigures, scale: &Scale) -> Vec<RowDiagnostics> {
    let deviance: f64 = figures.each().map(|f| f.deviance * f.deviance).sum();
    let one = |f: RowFigures| {
        let left = 1.0 - f.leverage;
        // R's rstudent: the deviance residual with the row's own share of Pearson's put back.
        let squared = f.deviance * f.deviance + f.leverage * f.pearson * f.pearson / left;
        let without = if scale.free {
            (deviance - f.deviance * f.deviance / left) / (scale.df_residual - 1.0)
        } else {
            1.0
        };
        RowDiagnostics {
            row: f.row,
            response: f.y - f.mean,
            deviance: f.deviance,
            pearson: f.pearson,
            working: f.working,
            standardized: f.deviance / (scale.dispersion * left).sqrt(),
            studentized: (squared / without).sqrt().copysign(f.deviance),
            quantile: f.quantile,
            leverage: f.leverage,
            cooks_distance: scale.cooks_distance(&f),
        }
    };
    figures.each().map(one).collect()
}

/// Information for leverage: expected where the likelihood knows it, else observed; and whether it is expected.
pub(crate) fn information(
    model: &Model,
    at: &Point,
    limits: &[loglik_fit::Recession],
    kept: &[usize],
    precision: Precision,
    run: &mut dyn Executor,
) -> Result<(Derivs, bool), Error> {
    let expected = loglik_infer::expected_info_at(model, at, limits, precision, run)?;
    if loglik_infer::is_known(&expected, kept, model.p) {
        return Ok((expected, true));
    }
    let (points, limits) = (vec![at.clone()], limits.to_vec());
    let pass = Pass::Derivs { points, sums: Sums::Info, precision, limits };
    Ok((run.run(model, &pass)?.into_derivs().remove(0), false))
}

/// Coefficients of the main predictor, ascending; all of a text, which has none.
fn main_coefficients(model: &Model) -> Vec<usize> {
    let all = model.likelihood.spec().shared_predictor || model.likelihood.spec().own;
    let pieces = model.predictors.iter().enumerate().filter(|(k, _)| *k == 0 || all);
    let mut all: Vec<usize> =
        pieces.flat_map(|(_, x)| &x.pieces).flat_map(|x| x.first..x.first + x.coefs).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// What the rows of a fit are asked, all of them or those of one part.
pub(crate) struct Asked<'a> {
    fitted: &'a Fitted,
    bread: Option<Bread>,
    expected: bool,
    main: Vec<usize>,
    scale: Scale,
}

impl<'a> Asked<'a> {
    pub(crate) fn of(fitted: &'a Fitted) -> Result<Self, Error> {
        let (fit, prepared) = (&fitted.fit, &fitted.prepared);
        let mut run = fitted.executor();
        let precision = if fit.end.info_low.is_empty() { Precision::Plain } else { Precision::Double };
        let (info, expected) =
            information(&fit.model, &fit.point, &fit.limits, &fit.estimated, precision, &mut run)?;
        let deviances = Deviances::of(fit, &mut run)?;
        let statistics = statistics::of(&fitted.spec, prepared, fit, deviances, &mut run)?;
        Ok(Self {
            fitted,
            bread: Bread::new(&info, &fit.estimated, fit.model.p),
            expected,
            main: main_coefficients(&fit.model),
            scale: Scale {
                dispersion: statistics.dispersion,
                phi: statistics.phi,
                free: fit.model.likelihood.spec().precision.is_some(),
                df_residual: statistics.df_residual,
            },
        })
    }

    /// Figures of every row with weight.
    pub(crate) fn figures(&self, run: &mut dyn Executor) -> Result<PackedFigures, Error> {
        let (fit, prepared) = (&self.fitted.fit, &self.fitted.prepared);
        let ask = RowAsk {
            model: &fit.model,
            at: &fit.point,
            limits: &fit.limits,
            bread: self.bread.as_ref(),
            expected: self.expected,
            frequency: covariance::has_frequencies(&self.fitted.spec),
            main: &self.main,
            classes: prepared.responses.info.levels.as_ref().map_or(0, Vec::len),
            seed: self.fitted.spec.seed.unwrap_or(0),
        };
        Ok(loglik_infer::row_figures(&ask, run)?)
    }

    /// Cook's distance of a row.
    pub(crate) fn cooks_distance(&self, figures: &RowFigures) -> f64 {
        self.scale.cooks_distance(figures)
    }
}

impl Fitted {
    /// Residuals, leverage and influence of every row with weight, in the order of [`Fitted::table`].
    ///
    /// # Errors
    /// When the data cannot be read again.
    pub fn diagnostics(&self) -> Result<Vec<RowDiagnostics>, Error> {
        let asked = Asked::of(self)?;
        Ok(finish(&asked.figures(&mut self.executor())?, &asked.scale))
    }
}

/// A model file's own rows, read again.
struct Again {
    model: Model,
    source: loglik_design::TableSource<'static>,
    frequency: bool,
    keep: Vec<bool>,
}

impl ModelFile {
    /// Columns of a table with these names that residuals read.
    ///
    /// # Errors
    /// `schema_mismatch` where one is missing.
    pub fn residual_columns(&self, names: &[String]) -> Result<Vec<String>, Error> {
        let mut needed = self.needed_columns(names)?;
        let formula = Formula::parse(&self.fit.formula)?;
        let response = formula.response().trees().into_iter().flat_map(|tree| tree.names());
        let response: Vec<String> = response.map(str::to_owned).collect();
        let weights = self.fit.weights.iter().map(|w| w.column.clone());
        for name in response.into_iter().chain(weights) {
            if !names.contains(&name) {
                let error = Error::unknown_column("residuals of the model", &name, names);
                return Err(Error { id: "schema_mismatch".into(), exit: Exit::Data, ..error });
            }
            if !needed.contains(&name) {
                needed.push(name);
            }
        }
        Ok(needed)
    }

    /// Residuals of rows, absent where an input is missing or the weight is 0; with `influence` also leverage and
    /// Cook's distance, which only the rows of the fit have. `seed` is that of quantile residuals.
    ///
    /// # Errors
    /// Columns, levels or values that the model does not know; with `influence`, rows that are not those of the fit.
    pub fn diagnostics(
        &self,
        table: &Table,
        influence: bool,
        seed: u64,
    ) -> Result<Vec<Option<RowDiagnostics>>, Error> {
        let Again { model, source, frequency, keep } = self.again(table)?;
        let point = Point::new(self.prediction.beta.clone());
        let limits = self.limits();
        let mut run = Local::new(&source, 1);
        let deviance = loglik_infer::deviance_at(&model, &point, &limits, &mut run)?;
        let mut expected = false;
        let bread = if influence {
            self.refuse_other_rows(&model, &point, &mut run)?;
            let kept = self.estimated()?;
            let derivs;
            (derivs, expected) = information(&model, &point, &limits, &kept, Precision::Double, &mut run)?;
            Bread::new(&derivs, &kept, model.p)
        } else {
            None
        };
        let ask = RowAsk {
            model: &model,
            at: &point,
            limits: &limits,
            bread: bread.as_ref(),
            expected,
            frequency,
            main: &main_coefficients(&model),
            classes: self.fit.response.levels.as_ref().map_or(0, Vec::len),
            seed,
        };
        let figures = loglik_infer::row_figures(&ask, &mut run)?;
        let scale = Scale {
            dispersion: self.fit.dispersion.0,
            phi: deviance.map_or(1.0, |d| d.phi),
            free: model.likelihood.spec().precision.is_some(),
            df_residual: self.fit.df_residual,
        };
        let mut out: Vec<Option<RowDiagnostics>> = vec![None; table.rows()];
        let places: Vec<usize> = (0..table.rows()).filter(|r| keep[*r]).collect();
        for found in finish(&figures, &scale) {
            let row = places[found.row];
            out[row] = Some(RowDiagnostics { row, ..found });
        }
        Ok(out)
    }

    /// Places of the coefficients that have a covariance, ascending.
    fn estimated(&self) -> Result<Vec<usize>, Error> {
        let names = self.fit.vcov.as_ref().map(|vcov| &vcov.names).ok_or_else(|| {
            Error::request("the model file holds no covariance: it has more than 1,000 coefficients")
        })?;
        let place = |name: &String| self.prediction.names.iter().find(|(n, _)| n == name).map(|(_, at)| *at);
        let mut places: Vec<usize> = names.iter().filter_map(place).collect();
        places.sort_unstable();
        Ok(places)
    }

    /// Influence is about the rows that were fitted: their log-likelihood is that of the fit.
    fn refuse_other_rows(&self, model: &Model, at: &Point, run: &mut Local<'_>) -> Result<(), Error> {
        let pass = Pass::Derivs {
            points: vec![at.clone()],
            sums: Sums::Value,
            precision: Precision::Double,
            limits: self.limits(),
        };
        let there = run.run(model, &pass)?.into_derivs().remove(0);
        let gap = (there.loglik.hi - self.fit.loglik.0).abs();
        // Coefficients of the user's columns are rounded, which a fit at its maximum hardly feels.
        if gap <= 1e-7 * there.magnitude.max(1.0) {
            return Ok(());
        }
        Err(Error::new(
            "schema_mismatch",
            Exit::Data,
            format!(
                "these are not the rows of the fit ({} rows, log-likelihood {}; the fit has {} and {})",
                there.rows, there.loglik.hi, self.fit.n, self.fit.loglik.0
            ),
        )
        .remedy("give --influence the data that were fitted; --residuals takes any rows"))
    }

    /// Rows that have all inputs, as chunks of the model.
    fn again(&self, table: &Table) -> Result<Again, Error> {
        let fit: &FitResult = &self.fit;
        let formula = Formula::parse(&fit.formula)?;
        let open = formula.open_columns();
        let needed = self.residual_columns(table.names())?;
        let needed: Vec<String> = needed.into_iter().filter(|n| !open.contains(&n.as_str())).collect();
        let weight_column = fit.weights.as_ref().map(|w| w.column.clone());
        let used = UsedRows::of(table, &needed, weight_column.as_deref(), loglik_design::threads(None))?;
        let kept = used.of_table(table);
        let spec = FitSpec {
            likelihood: fit.likelihood.clone(),
            event: fit.response.event.clone().filter(|event| event != "1"),
            weights: weight_column,
            weight_kind: fit.weights.as_ref().map_or(WeightKind::default(), |w| w.kind),
            offset: fit.offset.clone(),
            exposure: fit.exposure.clone(),
            ..FitSpec::default()
        };
        weights::check_weights(&spec, &kept)?;
        let plan = Arc::new(self.prediction.plan.clone());
        let offset = weights::offset(&spec, &kept)?;
        let model = self.model()?;
        let what = model.likelihood.spec().clone();
        let facts = Facts::of(&spec, &formula, &kept, what.response)?;
        let mut responses = response::read(&spec, &formula, &kept, what.response, &facts)?;
        if what.response == ResponseKind::Class {
            response::recode(&mut responses, fit.response.levels.as_deref().unwrap_or_default())?;
        }
        response::check(model.likelihood.as_ref(), &formula, &kept, &responses, spec.threads())?;
        let column = |name: &String| weights::number_column(&kept, "weights", name);
        let values = spec.weights.as_ref().map(column).transpose()?;
        let precision = spec.weight_kind == WeightKind::Precision && what.precision.is_some();
        let logs: Option<Vec<f64>> =
            values.filter(|_| precision).map(|w| w.iter().map(|w| loglik_num::log(*w)).collect());
        let columns = RowColumns {
            y: responses.y,
            weight: values.filter(|_| !precision).map(|w| Cow::Owned(w.to_vec())),
            log_precision: logs.map(Cow::Owned),
            offsets: vec![offset.map(Cow::Owned)],
            ..RowColumns::default()
        };
        let source = plan
            .chunks(&kept, columns, &Standard::none(&plan), &FillOptions::default())
            .map_err(|error| Error::design(&error, &kept))?;
        Ok(Again { model, source, frequency: covariance::has_frequencies(&spec), keep: used.flags() })
    }
}
