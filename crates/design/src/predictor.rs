//! One predictor of a plan: the facts that are stored, and the coefficients and blocks that follow from them.

use serde::{Deserialize, Serialize};

use crate::layout::{BlockPlan, Coef, TermLayout, TermPlan};
use crate::margin::all_levels;
use crate::state::{FixedVariable, Shape, State};
use crate::{DesignError, cells};

/// One predictor of a plan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PredictorPlan {
    /// The parameter; `None` for the main one.
    pub parameter: Option<String>,
    /// Coefficients in the order of the formula.
    pub coefs: Vec<Coef>,
    /// Terms in the order of the formula, without the intercept.
    pub terms: Vec<TermPlan>,
    /// Its blocks, by position among the plan's.
    pub blocks: Vec<usize>,
    /// The coefficient that is the intercept.
    pub intercept: Option<usize>,
    /// Names of coefficients that are left out because no row has their combination of levels.
    pub empty_cells: Vec<String>,
    /// Variables added as they are.
    pub(crate) offsets: Vec<usize>,
}

/// What is not derived about a predictor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PredictorFacts {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) parameter: Option<String>,
    pub(crate) intercept: bool,
    pub(crate) terms: Vec<TermFacts>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) offsets: Vec<usize>,
}

/// What is not derived about a term.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct TermFacts {
    pub(crate) variables: Vec<usize>,
    /// The cells that rows have, where not all do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) seen: Option<Vec<u64>>,
}

impl PredictorPlan {
    /// The machine name of a coefficient: the parameter as prefix when it is not the main one.
    #[must_use]
    pub fn machine_name(&self, coef: &Coef) -> String {
        match &self.parameter {
            Some(parameter) => format!("{parameter}: {}", coef.name),
            None => coef.name.clone(),
        }
    }

    /// For each coefficient its place when the predictor's blocks lie one after another.
    #[must_use]
    pub fn positions(&self, blocks: &[BlockPlan]) -> Vec<usize> {
        let mut before = vec![0];
        for block in &self.blocks {
            before.push(before[before.len() - 1] + blocks[*block].spec().coefs());
        }
        self.coefs.iter().map(|coef| before[coef.block] + coef.index).collect()
    }
}

/// How the terms of a predictor lie.
///
/// # Errors
/// [`DesignError::Stored`] where the facts do not hang together.
pub(crate) fn layouts<'a>(
    facts: &PredictorFacts,
    variables: &'a [FixedVariable],
) -> Result<Vec<TermLayout<'a>>, DesignError> {
    let of_terms: Vec<Vec<usize>> = facts.terms.iter().map(|term| term.variables.clone()).collect();
    let damaged = |what: &str| Err(DesignError::Stored(what.to_owned()));
    if of_terms.iter().chain([&facts.offsets]).flatten().any(|v| *v >= variables.len()) {
        return damaged("a term has a variable that is not there");
    }
    if facts.offsets.iter().any(|v| variables[*v].state != State::Number) {
        return damaged("an offset is not a number");
    }
    let is_category: Vec<bool> = variables.iter().map(FixedVariable::is_category).collect();
    let all = all_levels(&of_terms, facts.intercept, &is_category);
    let mut layouts = Vec::with_capacity(of_terms.len());
    for (term, all) in facts.terms.iter().zip(all) {
        let is_sparse = |v: &&usize| matches!(variables[**v].shape(), Shape::Sparse(_));
        if let Some(v) = term.variables.iter().find(is_sparse)
            && term.variables.len() > 1
        {
            return Err(DesignError::SparseTerm { column: variables[*v].name.clone() });
        }
        let factors = term.variables.iter().copied().zip(all).collect();
        let layout = TermLayout { variables, factors, seen: term.seen.clone() };
        let combinations = cells::combinations(variables, &layout.indicators()).unwrap_or(u64::MAX);
        let fits = match &term.seen {
            Some(seen) => {
                seen.is_sorted_by(|a, b| a < b) && seen.last().is_none_or(|cell| *cell < combinations)
            }
            None => u32::try_from(combinations).is_ok(),
        };
        if !fits {
            return damaged("the cells of a term are not those of its levels");
        }
        layouts.push(layout);
    }
    Ok(layouts)
}
