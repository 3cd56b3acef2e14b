//! A quantity of a model, an expression of its parameters, predictors, definitions and columns, as something that rows have.
//!
//! It is compiled as if it were the log density of a text over the model's parameters, so that its value and its first and
//! second derivatives in the linear predictors come by the same passes. A column that it reads can be one coordinate more,
//! so that derivatives in the column come with them.

use crate::own::OWN;
use crate::predict::{declares, reached, read};
use crate::{EffectSpec, Error, Exit, ModelFile};
use loglik_design::{Numbers, RowColumns, Table};
use loglik_expr::{EvalError, Kind, Predictor as Named, Program, Span, Tree};
use loglik_fit::{Model, Predictor};
use loglik_likelihood::Link;
use loglik_own::{Densities, Own};
use std::sync::Arc;

/// A quantity over some rows.
pub(crate) struct Measured {
    /// Its "log density" is the quantity.
    pub(crate) model: Model,
    /// What it reads of the rows                                              `[columns][n]`
    pub(crate) y: Vec<Vec<f64>>,
    /// Whether the last predictor is to be the column that was named.
    pub(crate) along: bool,
}

/// What a text calls its mean.
const MEANS: [&str; 2] = ["mu", "mean"];

impl ModelFile {
    /// An expression, compiled over the columns of a table.
    ///
    /// * `along` a numeric column that is to be a coordinate, if the expression reads it itself
    ///
    /// # Errors
    /// Expressions that are not in the grammar, unknown names.
    pub(crate) fn measured(&self, text: &str, table: &Table, along: Option<&str>) -> Result<Measured, Error> {
        let refused = |error: &EvalError| Error::new(error.id(), Exit::Request, error.pointed(text));
        let mut program = self.program()?;
        let loglik = read(text)?;
        let names = reached(&program, &loglik);
        program.definitions.retain(|d| names.contains(&d.name));
        program.loglik = loglik;
        let along = along.filter(|name| names.iter().any(|n| n == name) && !declares(&program, name));
        let mut predictors = self.predictors()?;
        if let Some(name) = along {
            let (name, span, terms) = (name.to_owned(), Span::default(), Tree::number(1.0));
            program.predictors.push(Named { name, span, terms });
            predictors.push(Predictor::fixed(0.0, Link::Identity));
        }
        let own = Own::new(&program, table, &Densities).map_err(|error| refused(&error))?;
        let y = own.responses(table).map_err(|error| refused(&error))?;
        let model = Model { likelihood: Arc::new(own), predictors, p: self.prediction.beta.len() };
        let rows = RowColumns { y: y.iter().cloned().map(Numbers::from).collect(), ..RowColumns::default() };
        if along.is_none() && !model.fits(&self.prediction.plan.frame(&rows, table.rows())) {
            return Err(crate::model_file::invalid("its predictors do not fit its columns"));
        }
        Ok(Measured { model, y, along: along.is_some() })
    }

    /// The quantities that effects are of; none where they are of the response's mean or classes, or of its linear
    /// predictor.
    ///
    /// # Errors
    /// A text in which nothing is called a mean and nothing depends on predictors.
    pub(crate) fn quantities(&self, spec: &EffectSpec) -> Result<Vec<String>, Error> {
        if !spec.quantities.is_empty() || self.fit.likelihood != OWN {
            return Ok(spec.quantities.clone());
        }
        let program = self.program()?;
        if !spec.link
            && let Some(mean) = mean(&program)
        {
            return Ok(vec![mean]);
        }
        if program.predictors.is_empty() {
            return Err(Error::request("nothing in the text is called `mu` or `mean`")
                .remedy("say of what the effects are to be: --of 'exp(eta)'"));
        }
        Ok(program.predictors.into_iter().map(|p| p.name).collect())
    }

    /// Columns of a table that the quantities read themselves.
    ///
    /// # Errors
    /// As [`ModelFile::quantities`].
    pub(crate) fn quantity_columns(&self, spec: &EffectSpec, names: &[String]) -> Result<Vec<String>, Error> {
        let quantities = self.quantities(spec)?;
        let mut found: Vec<String> = Vec::new();
        if quantities.is_empty() {
            return Ok(found);
        }
        let program = self.program()?;
        for quantity in &quantities {
            for name in reached(&program, &read(quantity)?) {
                if names.contains(&name) && !found.contains(&name) && !declares(&program, &name) {
                    found.push(name);
                }
            }
        }
        Ok(found)
    }

    /// Whether a column enters a quantity, by itself or through a predictor of the text. Predictors of other models are not
    /// told apart.
    ///
    /// # Errors
    /// Expressions that are not in the grammar.
    pub(crate) fn enters(&self, quantity: &str, column: &str) -> Result<bool, Error> {
        if self.fit.likelihood != OWN {
            return Ok(true);
        }
        let program = self.program()?;
        let names = reached(&program, &read(quantity)?);
        let has = |name: &str| names.iter().any(|n| n == name);
        let through = |p: &Named| has(&p.name) && p.terms.names().contains(&column);
        Ok((has(column) && !declares(&program, column)) || program.predictors.iter().any(through))
    }
}

/// What a text calls its mean: a name of its own, or the argument of the one density that has one.
fn mean(program: &Program) -> Option<String> {
    if let Some(name) = MEANS.iter().find(|name| declares(program, name)) {
        return Some((*name).to_owned());
    }
    let mut found = Vec::new();
    program.loglik.walk(&mut |node| {
        if let Kind::Call(_, args) = &node.kind {
            let named =
                args.iter().filter(|arg| arg.name.as_ref().is_some_and(|n| MEANS.contains(&n.as_str())));
            found.extend(named.map(|arg| arg.value.to_string()));
        }
    });
    found.dedup();
    if found.len() == 1 { found.pop() } else { None }
}
