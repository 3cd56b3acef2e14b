//! Sums of effects and their gradients over a part of the rows.

use crate::effects::{Asked, Kind};
use crate::own::OWN;
use crate::quantity::Measured;
use crate::response_facts::Facts;
use crate::weights::number_column;
use crate::{Error, FitSpec, ModelFile, WeightKind, response};
use loglik_design::{Chunk, Formula, Numbers, Response, RowColumns, Standard, Table, Unseen};
use loglik_expr::Column;
use loglik_fit::{Model, Point, Precision, Sweep};
use loglik_infer::{Gradient, Grouping, add_predictions, add_slopes, exponentiate};
use loglik_likelihood::{Order, ResponseKind};
use std::borrow::Cow;
use std::sync::Arc;

/// What is predicted of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The main linear predictor.
    Link,
    /// The mean of the response.
    Mean,
    /// The probability of a class, by its place among the levels.
    Class(usize),
    /// An expression of the model, by its place among those asked for.
    Quantity(usize),
}

/// A response whose rows are groups: trials of a binomial, counts of classes.
pub(crate) struct Grouped {
    formula: Formula,
    kind: ResponseKind,
    /// Columns of the response.
    pub(crate) columns: Vec<String>,
}

impl Grouped {
    /// Of a model, where a table with these names has the response: rows to predict need not have one.
    pub(crate) fn of(file: &ModelFile, names: &[String]) -> Result<Option<Self>, Error> {
        if file.fit.likelihood == OWN {
            return Ok(None);
        }
        let kind = file.model()?.likelihood.spec().response;
        let formula = Formula::parse(&file.fit.formula)?;
        let response = formula.response();
        let grouped = matches!(response, Response::Cbind(_)) || response.ratio().is_some();
        if !grouped || !matches!(kind, ResponseKind::Trials | ResponseKind::ClassCounts) {
            return Ok(None);
        }
        let trees = response.trees();
        let columns: Vec<String> = trees.iter().flat_map(|t| t.names()).map(str::to_owned).collect();
        let there = columns.iter().all(|name| names.contains(name));
        Ok(there.then_some(Self { formula, kind, columns }))
    }

    /// The size of each row's group                                          `[n]`
    pub(crate) fn trials(&self, file: &ModelFile, table: &Table) -> Result<Vec<f64>, Error> {
        let spec = FitSpec { likelihood: file.fit.likelihood.clone(), ..FitSpec::default() };
        let facts = Facts::of(&spec, &self.formula, table, self.kind)?;
        let responses = response::read(&spec, &self.formula, table, self.kind, &facts)?;
        Ok(match self.kind {
            ResponseKind::Trials => responses.y.get(1).map(|trials| trials.to_vec()).unwrap_or_default(),
            _ => (0..table.rows()).map(|r| responses.y.iter().map(|c| c[r]).sum()).collect(),
        })
    }
}

/// A part of the rows, its groups and weights.
pub(crate) struct Rows<'a> {
    file: &'a ModelFile,
    table: &'a Table,
    groups: &'a [u32],
    n_groups: usize,
    weights: Vec<f64>,
    offset: Option<Vec<f64>>,
    point: Point,
    quantities: &'a [String],
}

impl<'a> Rows<'a> {
    pub(crate) fn new(
        file: &'a ModelFile,
        table: &'a Table,
        (groups, n_groups): (&'a [u32], usize),
        trials: Option<&[f64]>,
        quantities: &'a [String],
    ) -> Result<Self, Error> {
        let mut weights = match file.fit.weights.as_ref().filter(|w| w.kind != WeightKind::Precision) {
            Some(w) => number_column(table, "weights", &w.column)?.to_vec(),
            None => vec![1.0; table.rows()],
        };
        if let Some(trials) = trials {
            weights.iter_mut().zip(trials).for_each(|(w, n)| *w *= n);
        }
        let spec = FitSpec {
            offset: file.fit.offset.clone(),
            exposure: file.fit.exposure.clone(),
            ..FitSpec::default()
        };
        let offset = crate::weights::offset(&spec, table)?;
        let point = Point::new(file.prediction.beta.clone());
        Ok(Self { file, table, groups, n_groups, weights, offset, point, quantities })
    }

    /// Adds the rows of the part to the sums of one effect, group by group.
    pub(crate) fn add(&self, asked: &Asked, outcome: Outcome, sums: &mut [Gradient]) -> Result<(), Error> {
        debug_assert_eq!(sums.len(), self.n_groups);
        match &asked.kind {
            Kind::Slope => self.slopes(&asked.variable, outcome, sums),
            Kind::Prediction(value) => self.predictions(&asked.variable, value, outcome, 1.0, sums),
            Kind::Contrast(from, to) => {
                self.predictions(&asked.variable, to, outcome, 1.0, sums)?;
                self.predictions(&asked.variable, from, outcome, -1.0, sums)
            }
        }
    }

    /// The model, what its rows have beside the design, and whether the last coordinate is a column of the table.
    fn outcome(
        &self,
        outcome: Outcome,
        table: &Table,
        along: Option<&str>,
    ) -> Result<(Model, RowColumns<'_>, bool), Error> {
        let mut columns =
            RowColumns { offsets: vec![self.offset.as_deref().map(Cow::Borrowed)], ..RowColumns::default() };
        let Outcome::Quantity(at) = outcome else { return Ok((self.file.model()?, columns, false)) };
        let Measured { model, y, along } = self.file.measured(&self.quantities[at], table, along)?;
        columns.y = y.into_iter().map(Numbers::from).collect();
        Ok((model, columns, along))
    }

    fn slopes(&self, variable: &str, outcome: Outcome, sums: &mut [Gradient]) -> Result<(), Error> {
        let plan = &self.file.prediction.plan;
        let (model, columns, along) = self.outcome(outcome, self.table, Some(variable))?;
        let along = if along { Some(number_column(self.table, "effects", variable)?) } else { None };
        let chunks = plan
            .slope_chunks(self.table, &columns, variable)
            .map_err(|error| Error::design(&error, self.table))?;
        let mut sweep = Sweep::default();
        let mut moved = Vec::new();
        let mut from = 0;
        for (here, slope) in &chunks {
            self.evaluate(&model, outcome, here, along, &mut sweep)?;
            Sweep::direction(&model, &self.point.beta, slope, &mut moved);
            for (eta, predictor) in moved.iter_mut().zip(&model.predictors) {
                if let Some(o) = predictor.offset {
                    eta.iter_mut().zip(&slope.offsets[o]).for_each(|(e, d)| *e += d);
                }
            }
            if let (Some(_), Some(last)) = (along, moved.last_mut()) {
                last.fill(1.0);
            }
            let rows = self.grouping(from, here.rows);
            add_slopes(&model, &sweep.out, (here, slope), &moved, rows, sums);
            from += here.rows;
        }
        Ok(())
    }

    /// Predictions with a column set to a value, times `sign`; only positive ones count rows.
    fn predictions(
        &self,
        variable: &str,
        value: &str,
        outcome: Outcome,
        sign: f64,
        sums: &mut [Gradient],
    ) -> Result<(), Error> {
        let table = self.with_value(variable, value)?;
        let plan = &self.file.prediction.plan;
        let (model, columns, _) = self.outcome(outcome, &table, None)?;
        let chunks = plan
            .fill_part(&table, &columns, &Standard::none(plan), 0, Unseen::Error)
            .map_err(|error| Error::design(&error, &table))?;
        let mut sweep = Sweep::default();
        let mut from = 0;
        for here in &chunks {
            self.evaluate(&model, outcome, here, None, &mut sweep)?;
            add_predictions(&model, &sweep.out, here, sign, self.grouping(from, here.rows), sums);
            from += here.rows;
        }
        Ok(())
    }

    /// Weights and groups of `n` rows.
    fn grouping(&self, from: usize, n: usize) -> Grouping<'_> {
        Grouping { weights: &self.weights[from..from + n], groups: &self.groups[from..from + n] }
    }

    /// The rows with one column set to a value.
    fn with_value(&self, variable: &str, value: &str) -> Result<Table, Error> {
        let n = self.table.rows();
        let column = match self.table.column(variable) {
            Some(Column::Category { levels, ordered, .. }) => {
                // A level that the rows lack may still be one of the fit's.
                let mut all = levels.to_vec();
                let code = all.iter().position(|l| l == value).unwrap_or_else(|| {
                    all.push(value.to_owned());
                    all.len() - 1
                });
                Column::Category { codes: vec![code as u32; n], levels: Arc::from(all), ordered: *ordered }
            }
            _ => Column::Number(vec![
                value.parse().map_err(|_| {
                    Error::request(format!("`{value}` is no number, and `{variable}` is numeric"))
                })?;
                n
            ]),
        };
        let columns =
            self.table.names().iter().zip(self.table.columns()).map(|(name, old)| {
                (name.clone(), if name == variable { column.clone() } else { old.clone() })
            });
        Ok(Table::from_columns(columns)?)
    }

    /// What is predicted of each row of a chunk and its derivatives in the linear predictors, into `sweep.out`.
    ///
    /// * `along` the last coordinate, where it is a column of the table
    fn evaluate(
        &self,
        model: &Model,
        outcome: Outcome,
        chunk: &Chunk,
        along: Option<&[f64]>,
        sweep: &mut Sweep,
    ) -> Result<(), Error> {
        sweep.predict(model, &self.point, Precision::Plain, &[], chunk);
        if let (Some(values), Some(last)) = (along, sweep.etas.last_mut()) {
            let values = &values[chunk.first_row..chunk.first_row + chunk.rows];
            last[..chunk.rows].copy_from_slice(values);
            last[chunk.rows..].fill(values.last().copied().unwrap_or_default());
        }
        match outcome {
            Outcome::Link => {
                sweep.out.reset(chunk.n, model.predictors.len());
                sweep.out.l.clone_from(&sweep.etas[0]);
                sweep.out.g.fill(0.0);
                sweep.out.g_mut(0).fill(1.0);
                sweep.out.h.fill(0.0);
            }
            Outcome::Mean => {
                if !sweep.means(model, chunk) {
                    let name = &model.likelihood.spec().name;
                    return Err(Error::request(format!("the mean of {name} is not known here"))
                        .remedy("--scale link gives effects on the linear predictor"));
                }
            }
            Outcome::Class(class) => self.probability(model, class, chunk, sweep),
            Outcome::Quantity(_) => sweep.rows(model, chunk, Order::Hessian),
        }
        Ok(())
    }

    /// The probability of a class.
    fn probability(&self, model: &Model, class: usize, chunk: &Chunk, sweep: &mut Sweep) {
        let classes = self.file.fit.response.levels.as_ref().map_or(0, Vec::len);
        let counts = model.likelihood.spec().response == loglik_likelihood::ResponseKind::ClassCounts;
        let y: Vec<Vec<f64>> = match counts {
            true => (0..classes).map(|c| vec![f64::from(u8::from(c == class)); chunk.n]).collect(),
            false => vec![vec![class as f64; chunk.n]],
        };
        let (weight, log_precision) = (chunk.weight.clone(), chunk.log_precision.clone());
        // The linear predictors are there: the design is not looked at again.
        let seen = Chunk { rows: chunk.rows, n: chunk.n, y, weight, log_precision, ..Chunk::default() };
        sweep.rows(model, &seen, Order::Hessian);
        exponentiate(&mut sweep.out);
    }
}
