//! What can be wrong with a text, where, and the mend.

use crate::span::{Span, pointed};
use crate::{MAX_BYTES, MAX_DEPTH, MAX_NODES};

/// A text that is not in the grammar: the place and the problem.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{problem}")]
pub struct ParseError {
    /// The part of the text that is meant.
    pub span: Span,
    /// What is wrong.
    pub problem: Problem,
}

impl ParseError {
    /// The error's id on every surface: `expression_too_large` or `expression_rejected`.
    pub fn id(&self) -> &'static str {
        match self.problem {
            Problem::TooLong { .. } | Problem::TooDeep | Problem::TooManyNodes => "expression_too_large",
            _ => "expression_rejected",
        }
    }

    /// The message, the line of `text` that is meant with a caret under the place, and the mend.
    pub fn pointed(&self, text: &str) -> String {
        let mut out = format!("{self}\n{}", pointed(text, self.span));
        if let Some(mend) = self.problem.mend() {
            out.push('\n');
            out.push_str(&mend);
        }
        out
    }
}

/// What is wrong with a text. Shown parts are escaped already.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[allow(missing_docs, reason = "the text of each variant says what it is, its fields what is shown in it")]
pub enum Problem {
    #[error("the text is empty where an expression was expected")]
    Empty,
    #[error("the text has {bytes} bytes; at most {MAX_BYTES} are read")]
    TooLong { bytes: usize },
    #[error("nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    #[error("more than {MAX_NODES} names, numbers and operators")]
    TooManyNodes,
    #[error("the invisible character {shown} is not allowed here")]
    HiddenCharacter { shown: String },
    #[error("the character {shown} has no meaning here")]
    StrangeCharacter { shown: String, mend: &'static str },
    #[error("{shown} is not a number that fits (about 1e-308 to 1e308)")]
    NumberOutOfRange { shown: String },
    #[error("{shown} is neither a number nor a name")]
    NumberSpelling { shown: String },
    #[error("the quote {quote} opened here is never closed")]
    UnclosedQuote { quote: char },
    #[error("a name between backquotes is empty")]
    EmptyName,
    #[error("expected {expected}, found {found}")]
    Unexpected { expected: &'static str, found: String },
    #[error("this `{open}` is never closed")]
    Unclosed { open: char },
    #[error("comparisons do not chain")]
    ComparisonChain,
    #[error("`{operator}` belongs to a formula, not to an expression")]
    FormulaOnly { operator: char },
    #[error("`=` names an argument, it does not compare")]
    SingleEqual,
    #[error("an interval has two ends, this one has {count}")]
    IntervalEnds { count: usize },
    #[error("`{name}` is given twice")]
    ArgumentTwice { name: String },
    #[error("an argument without name follows a named one")]
    PositionalAfterNamed,
    #[error("a parameter of the model is expected before `~`")]
    ParameterName,
    #[error("a domain is missing: only the last of these parameters has one")]
    DomainMissing,
    #[error("the domain holds no number: {low} is not below {high}")]
    DomainEmpty { low: f64, high: f64 },
    #[error("the start {value} lies outside of the domain")]
    StartOutside { value: f64 },
    #[error("`{name}` is defined twice")]
    DefinedTwice { name: String },
    #[error("`{name}` is a word of the language and cannot be defined")]
    Reserved { name: String },
    #[error("`{name}` is defined by itself")]
    Circular { name: String },
    #[error("no line `loglik = ..`")]
    NoLoglik,
}

impl Problem {
    /// How to mend it, where that can be said.
    pub fn mend(&self) -> Option<String> {
        Some(match self {
            Problem::StrangeCharacter { mend, .. } if !mend.is_empty() => (*mend).to_owned(),
            Problem::ComparisonChain => "Write `a < b and b < c`.".to_owned(),
            Problem::SingleEqual => "Compare with `==`.".to_owned(),
            Problem::FormulaOnly { operator: ':' } => "Write a product as `a * b`.".to_owned(),
            Problem::IntervalEnds { .. } => {
                "Write `y in [low, high]`; a list of values is `y in (a, b, c)`.".to_owned()
            }
            Problem::NumberSpelling { .. } => {
                "Put a name that starts with a digit between backquotes; numbers are decimal: 12, 0.5, 1e9."
                    .to_owned()
            }
            Problem::UnclosedQuote { .. } => {
                "A quote within a text is written with a backslash: 'it\\'s'.".to_owned()
            }
            Problem::HiddenCharacter { .. } => "Delete it, or type the text anew.".to_owned(),
            Problem::DomainMissing => "Give each its own: `param a > 0, b > 0`.".to_owned(),
            Problem::NoLoglik => {
                "One line says the log density of a row, such as `loglik = poisson_lpdf(y, mu = exp(eta))`."
                    .to_owned()
            }
            Problem::Reserved { .. } => "Choose another name.".to_owned(),
            _ => return None,
        })
    }
}
