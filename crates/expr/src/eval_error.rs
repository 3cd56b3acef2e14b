//! Why an expression has no value, where, and the mend.

use crate::span::{Span, pointed};

/// Most operations of one compiled expression, its derivatives included.
pub const MAX_STEPS: usize = 100_000;

/// An expression that cannot be evaluated or compiled: the place and the problem.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{problem}")]
pub struct EvalError {
    /// The part of the text that is meant.
    pub span: Span,
    /// What is wrong.
    pub problem: EvalProblem,
}

impl EvalError {
    /// An error at a place.
    pub fn new(span: Span, problem: EvalProblem) -> EvalError {
        EvalError { span, problem }
    }

    /// The error's id on every surface.
    pub fn id(&self) -> &'static str {
        match &self.problem {
            EvalProblem::UnknownColumn { .. } => "unknown_column",
            EvalProblem::UnknownLevel { .. } => "unseen_level",
            EvalProblem::TextForNumber { .. } | EvalProblem::SparseForNumber { .. } => "type_mismatch",
            EvalProblem::TooLarge => "expression_too_large",
            _ => "expression_rejected",
        }
    }

    /// The message, the line of `text` that is meant with a caret under the place, and the mend.
    pub fn pointed(&self, text: &str) -> String {
        let mut out = format!("{self}\n{}", pointed(text, self.span));
        if let Some(mend) = self.mend() {
            out.push('\n');
            out.push_str(&mend);
        }
        out
    }

    /// How to mend it, where that can be said.
    pub fn mend(&self) -> Option<String> {
        match &self.problem {
            EvalProblem::UnknownColumn { nearest: Some(near), .. }
            | EvalProblem::UnknownFunction { nearest: Some(near), .. } => {
                Some(format!("Did you mean `{near}`?"))
            }
            EvalProblem::UnknownLevel { nearest: Some(near), .. } => Some(format!("Did you mean '{near}'?")),
            EvalProblem::TextForNumber { .. } => Some(
                "Compare it with a text (`x == 'a'`), or take `code(x)`, its position among the levels."
                    .to_owned(),
            ),
            EvalProblem::Choice { argument, allowed, .. } => {
                Some(format!("A {argument} is one of {allowed}."))
            }
            EvalProblem::ArgumentName { takes: Some(takes), .. }
            | EvalProblem::ArgumentMissing { takes, .. } => {
                Some(format!("Its arguments, in order or by name: {takes}."))
            }
            EvalProblem::FormulaOperator => Some("Write a product as `a * b`.".to_owned()),
            _ => None,
        }
    }
}

/// What is wrong. Shown parts are escaped already.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[allow(missing_docs, reason = "the text of each variant says what it is, its fields what is shown in it")]
pub enum EvalProblem {
    #[error("there is no column `{name}`")]
    UnknownColumn { name: String, nearest: Option<String> },
    #[error("there is no function `{name}`")]
    UnknownFunction { name: String, nearest: Option<String> },
    #[error("`{column}` has no level '{level}'")]
    UnknownLevel { column: String, level: String, nearest: Option<String> },
    #[error("`{function}` takes {expected} arguments, not {given}")]
    ArgumentCount { function: String, expected: String, given: usize },
    #[error("`{function}` has no argument `{name}`")]
    ArgumentName { function: String, name: String, takes: Option<String> },
    #[error("`{function}` lacks its argument `{name}`")]
    ArgumentMissing { function: String, name: String, takes: String },
    #[error("there is no {argument} '{given}'")]
    Choice { argument: String, given: String, allowed: String },
    #[error("{shown} is text where a number is needed")]
    TextForNumber { shown: String },
    #[error("`{column}` is a block of sparse columns: it stands in a formula as a term of its own")]
    SparseForNumber { column: String },
    #[error("a list stands where a number is needed")]
    ListForNumber,
    #[error("a number and a text cannot both be the value of one `if`")]
    MixedBranches,
    #[error("`:` belongs to a formula")]
    FormulaOperator,
    #[error("`{function}` needs plain numbers or texts")]
    NotConstant { function: String },
    #[error("`{name}` is a parameter; comparisons with texts, levels and rows can only read columns")]
    ParameterInText { name: String },
    #[error("texts and categories without order are equal or not, never less or more")]
    NoOrder,
    #[error("the expression grows beyond {} steps when it is differentiated", MAX_STEPS)]
    TooLarge,
    #[error("`{function}` has no derivative here")]
    NotDifferentiable { function: String },
}
