//! Quantities of a fitted model in new rows: any expression of its parameters, predictors, definitions and columns, with
//! standard errors by the delta method.
//!
//! The expression is compiled as if it were the log density of a text over the model's parameters, so that its slopes in
//! the coefficients are exact and come by the same passes. Oehlert (1992), A note on the delta method.

use super::delta::covariance_of;
use super::rows::{go_on, seen};
use super::{PredictSpec, UnseenRows};
use crate::own::OWN;
use crate::quantity::Measured;
use crate::{Error, Exit, ModelFile};
use loglik_design::{Numbers, RowColumns, Source, Standard, Table, UsedRows};
use loglik_expr::{
    Column, Definition, Domain, Kind, Param, Program, Span, Tree, parse_expression, parse_program,
};
use loglik_fit::{Point, Precision, Sweep};
use loglik_infer::{PredictorErrors, Smooth};
use loglik_likelihood::{Order, RowDerivs, Support, Tail};
use loglik_num as num;
use std::borrow::Cow;
use std::sync::Arc;

impl ModelFile {
    /// Names of the quantities that the text of an own likelihood defines from its parameters; empty for other models.
    ///
    /// # Errors
    /// `model_file_invalid` where the text cannot be read.
    pub fn named_quantities(&self) -> Result<Vec<String>, Error> {
        if self.fit.likelihood != OWN {
            return Ok(Vec::new());
        }
        let program = self.program()?;
        let inputs: Vec<&str> = program
            .params
            .iter()
            .map(|p| p.name.as_str())
            .chain(program.predictors.iter().map(|p| p.name.as_str()))
            .collect();
        let varies = |d: &&Definition| {
            let reached = reached(&program, &d.value);
            reached.iter().any(|name| inputs.contains(&name.as_str()))
        };
        let predictors = program.predictors.iter().map(|p| p.name.clone());
        Ok(predictors.chain(program.definitions.iter().filter(varies).map(|d| d.name.clone())).collect())
    }

    /// Columns of a table with these names that expressions read, those of the predictors among them.
    ///
    /// # Errors
    /// `schema_mismatch` where one of a predictor is missing; texts that are not in the grammar.
    pub fn expression_columns(&self, expressions: &[String], names: &[String]) -> Result<Vec<String>, Error> {
        let mut needed = self.needed_columns(names)?;
        if expressions.is_empty() {
            return Ok(needed);
        }
        let program = self.program()?;
        for expression in expressions {
            for name in reached(&program, &read(expression)?) {
                if names.contains(&name) && !needed.contains(&name) && !declares(&program, &name) {
                    needed.push(name);
                }
            }
        }
        Ok(needed)
    }

    /// Values of expressions of the model's parameters, predictors, definitions and columns in every row of a table, each
    /// with standard error (`_se`) and Wald interval (`_low`, `_high`); missing where an input is missing.
    ///
    /// * `expressions` `exp(eta)`, `mu / sigma`, the name of a definition
    /// * `spec`        level of the intervals, and what becomes of unseen levels
    ///
    /// # Errors
    /// Expressions that are not in the grammar, unknown names, columns or levels that the model does not know.
    pub fn predict_expressions(
        &self,
        table: &Table,
        expressions: &[String],
        spec: &PredictSpec,
    ) -> Result<Table, Error> {
        spec.check()?;
        let z = num::normal_quantile(0.5 + 0.5 * spec.level);
        let mut columns = Vec::new();
        for expression in expressions {
            let needed = self.expression_columns(std::slice::from_ref(expression), table.names())?;
            let used = UsedRows::of(table, &needed, None, loglik_design::threads(None))?;
            let (keep, kept) = seen(&self.prediction.plan, table, used.flags(), spec.unseen)?;
            let (values, errors) = self.expression(expression, &kept, spec.unseen).map_err(go_on)?;
            let mut add = |end: &str, of: &dyn Fn(usize) -> f64| {
                let mut next = 0..;
                let mut cell = |keep: &bool| if *keep { next.next().map_or(f64::NAN, of) } else { f64::NAN };
                let cells = keep.iter().map(&mut cell).collect();
                columns.push((format!("{expression}{end}"), Column::Number(cells)));
            };
            add("", &|r| values[r]);
            add("_se", &|r| errors[r]);
            add("_low", &|r| values[r] - z * errors[r]);
            add("_high", &|r| values[r] + z * errors[r]);
        }
        Ok(Table::from_columns(columns)?)
    }

    /// Values and standard errors                                            `[n]`, `[n]`
    fn expression(
        &self,
        text: &str,
        table: &Table,
        unseen: UnseenRows,
    ) -> Result<(Vec<f64>, Vec<f64>), Error> {
        let Measured { model, y, .. } = self.measured(text, table, None)?;
        let plan = Arc::new(self.prediction.plan.clone());
        let offset = self.offset(table)?;
        let rows = RowColumns {
            y: y.into_iter().map(Numbers::from).collect(),
            offsets: vec![offset.map(Cow::Owned)],
            ..RowColumns::default()
        };
        let source = plan
            .chunks(table, rows, &Standard::none(&plan), &unseen.fill())
            .map_err(|error| Error::design(&error, table))?;
        let (covariance, limits) = (covariance_of(self), self.limits());
        let point = Point::new(self.prediction.beta.clone());
        let mut sweep = Sweep::default();
        let (mut values, mut errors) = (Vec::new(), Vec::new());
        for part in 0..source.parts() {
            let read = source.read(part, &mut |chunk| {
                sweep.predict(&model, &point, Precision::Plain, &limits, chunk);
                sweep.coordinates(&model, chunk);
                let at = PredictorErrors::new(&covariance, &model, &sweep, chunk);
                let y: Vec<&[f64]> = chunk.y.iter().map(Vec::as_slice).collect();
                let u: Vec<&[f64]> = sweep.us.iter().map(Vec::as_slice).collect();
                let mut out = RowDerivs::default();
                model.likelihood.eval(Tail::Pdf, &y, &u, Order::Hessian, &mut out);
                errors.extend(at.of_smooth(&Smooth::new(&out)));
                values.extend(&out.l[..chunk.rows]);
                Ok(())
            });
            read.map_err(|halt| Error::from(loglik_fit::RunError::from(halt)))?;
        }
        Ok((values, errors))
    }

    /// The names of the model as a text: an own likelihood's, or parameters with their domains.
    pub(crate) fn program(&self) -> Result<Program, Error> {
        if self.fit.likelihood == OWN {
            return parse_program(&self.fit.formula).map_err(|error| {
                Error::new("model_file_invalid", Exit::Data, error.pointed(&self.fit.formula))
            });
        }
        let likelihood = self.likelihood()?;
        let param = |p: &loglik_likelihood::Param| Param {
            name: p.name.clone(),
            span: Span::default(),
            domain: match p.support {
                Support::Real => Domain::Real,
                Support::Positive => Domain::Above(0.0),
                Support::Unit => Domain::Between(0.0, 1.0),
                Support::Above(low) => Domain::Above(low),
                Support::Below(high) => Domain::Below(high),
                Support::Between(low, high) => Domain::Between(low, high),
            },
            start: None,
        };
        Ok(Program {
            params: likelihood.spec().params.iter().map(param).collect(),
            definitions: Vec::new(),
            predictors: Vec::new(),
            loglik: Tree::number(0.0),
        })
    }
}

pub(crate) fn read(text: &str) -> Result<Tree, Error> {
    parse_expression(text).map_err(|error| Error::new(error.id(), Exit::Request, error.pointed(text)))
}

pub(crate) fn declares(program: &Program, name: &str) -> bool {
    program.params.iter().any(|p| p.name == name)
        || program.definitions.iter().any(|d| d.name == name)
        || program.predictors.iter().any(|p| p.name == name)
}

/// Names that a tree reaches, through definitions.
pub(crate) fn reached(program: &Program, tree: &Tree) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut open = vec![tree];
    while let Some(tree) = open.pop() {
        tree.walk(&mut |node| {
            let Kind::Name(name) = &node.kind else { return };
            if names.contains(name) {
                return;
            }
            names.push(name.clone());
            open.extend(program.definitions.iter().find(|d| d.name == *name).map(|d| &d.value));
        });
    }
    names
}
