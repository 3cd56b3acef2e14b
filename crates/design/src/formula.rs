//! A formula: `response ~ terms; parameter ~ terms; ..`, read before any data are seen.
//!
//! Which columns it names, and what `.` stands for, is answered by the names of a table alone; so a reader of files
//! asks here first and reads no other column.

use std::collections::BTreeSet;
use std::sync::Arc;

use loglik_expr::{Kind, Tree, nearest, parse_formula};

use crate::algebra::Terms;
use crate::{DesignError, Response};

/// Names that stand for a value where no column has the name.
const CONSTANTS: &[&str] = &["pi", "inf", "Inf", "missing", "NA", "row", "true", "TRUE", "false", "FALSE"];

/// A formula that is in the grammar.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    text: Arc<str>,
    response: Response,
    parts: Vec<(Option<String>, Tree)>,
}

/// The linear predictor of one parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct PredictorFormula {
    /// The parameter; `None` for the main one.
    pub parameter: Option<String>,
    /// Its terms.
    pub terms: Terms,
}

impl Formula {
    /// Reads a formula.
    ///
    /// # Errors
    /// [`DesignError::Syntax`], [`DesignError::Formula`]: the place and the mend.
    pub fn parse(text: &str) -> Result<Self, DesignError> {
        let parts =
            parse_formula(text).map_err(|error| DesignError::Syntax { text: text.to_owned(), error })?;
        let response = Response::read(parts[0].lhs.as_ref(), text)?;
        let parts = parts.into_iter().map(|part| (part.param, part.rhs)).collect();
        Ok(Self { text: text.into(), response, parts })
    }

    /// The formula as typed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What stands before `~`.
    #[must_use]
    pub fn response(&self) -> &Response {
        &self.response
    }

    /// The parameters that have a part of their own, in the order typed; the main one is not among them.
    pub fn parameters(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|(parameter, _)| parameter.as_deref())
    }

    /// The terms of each part.
    ///
    /// * `names`    columns of the table, in its order
    /// * `excluded` columns that `.` leaves out beside those of the response: weights, offset, exposure, cluster
    ///
    /// # Errors
    /// [`DesignError::Formula`], [`DesignError::UnknownColumn`].
    pub fn predictors(
        &self,
        names: &[String],
        excluded: &[String],
    ) -> Result<Vec<PredictorFormula>, DesignError> {
        let known: BTreeSet<&str> = names.iter().map(String::as_str).collect();
        let response: Vec<&str> = self.response.trees().iter().flat_map(|tree| tree.names()).collect();
        let is_other = |name: &&String| !excluded.contains(name) && !response.contains(&name.as_str());
        let dot: Vec<String> = names.iter().filter(is_other).cloned().collect();
        let mut predictors = Vec::new();
        for (parameter, tree) in &self.parts {
            let terms = Terms::read(tree, &self.text, &dot)?;
            for variable in terms.variables.iter().chain(&terms.offsets) {
                self.check(variable.value(), names, &known)?;
            }
            predictors.push(PredictorFormula { parameter: parameter.clone(), terms });
        }
        Ok(predictors)
    }

    /// The columns that the formula needs, in the order of the table.
    ///
    /// Arguments and errors as for [`Formula::predictors`].
    ///
    /// # Errors
    /// [`DesignError::Formula`], [`DesignError::UnknownColumn`].
    pub fn columns(&self, names: &[String], excluded: &[String]) -> Result<Vec<String>, DesignError> {
        let known: BTreeSet<&str> = names.iter().map(String::as_str).collect();
        let mut needed: BTreeSet<&str> = BTreeSet::new();
        for tree in self.response.trees() {
            self.check(tree, names, &known)?;
            needed.extend(tree.names());
        }
        let predictors = self.predictors(names, excluded)?;
        for predictor in &predictors {
            for variable in predictor.terms.variables.iter().chain(&predictor.terms.offsets) {
                needed.extend(variable.value().names());
            }
        }
        Ok(names.iter().filter(|name| needed.contains(name.as_str())).cloned().collect())
    }

    /// Columns whose missing values mean something: the open ends of `Surv(lower, upper, type = "interval")`.
    #[must_use]
    pub fn open_columns(&self) -> Vec<&str> {
        match &self.response {
            Response::Interval { lower, upper } => {
                let mut names = lower.names();
                names.extend(upper.names());
                names
            }
            _ => Vec::new(),
        }
    }

    /// Every name in `tree` is a column or a constant.
    fn check(&self, tree: &Tree, names: &[String], known: &BTreeSet<&str>) -> Result<(), DesignError> {
        let mut unknown = None;
        tree.walk(&mut |node| {
            if let Kind::Name(name) = &node.kind
                && unknown.is_none()
                && !known.contains(name.as_str())
                && !CONSTANTS.contains(&name.as_str())
            {
                unknown = Some((name.clone(), node.span));
            }
        });
        let Some((name, span)) = unknown else { return Ok(()) };
        Err(DesignError::UnknownColumn {
            text: self.text.to_string(),
            span,
            nearest: nearest(&name, names.iter().map(String::as_str)).map(str::to_owned),
            name,
            columns: names.to_vec(),
        })
    }
}
