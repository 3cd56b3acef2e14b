//! What a formula and a table can have wrong with each other: what, where, and the mend.
//!
//! Fields first, prose beside them: every surface shows the same error from the same fields. Rows count from 0
//! and are rows of the table; whoever knows the file turns them into rows and lines of it.

use loglik_expr::{EvalError, ParseError, Span, escaped, pointed};

/// What is wrong with a formula, its table, or both.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DesignError {
    /// The text is not in the grammar.
    #[error("{}", .error.pointed(.text))]
    Syntax {
        /// The formula.
        text: String,
        /// What is wrong and where.
        error: ParseError,
    },
    /// The text is in the grammar but says nothing that can be fitted.
    #[error("{problem}\n{}", indented(.text, *.span))]
    Formula {
        /// The formula.
        text: String,
        /// The part that is meant.
        span: Span,
        /// What is wrong with it.
        problem: FormulaProblem,
    },
    /// A name that is not a column.
    #[error("no column `{}`\n{}{}", escaped(.name), indented(.text, *.span), hint(.nearest.as_deref(), .columns))]
    UnknownColumn {
        /// The formula.
        text: String,
        /// Where the name stands.
        span: Span,
        /// The name.
        name: String,
        /// The nearest column.
        nearest: Option<String>,
        /// All columns, in the table's order.
        columns: Vec<String>,
    },
    /// An expression that a table of these types cannot be asked for.
    #[error("{}", .error.pointed(.text))]
    Evaluation {
        /// The formula, or the term where a plan was loaded.
        text: String,
        /// What is wrong with it.
        error: EvalError,
    },
    /// Numbers were expected.
    #[error("`{}` is text where numbers are needed. Use it as a category: `c({})`", escaped(.column), escaped(.column))]
    NotNumeric {
        /// The column or expression.
        column: String,
    },
    /// A block of sparse columns where one column is needed.
    #[error("`{}` is a block of sparse columns: it stands in a formula as a term of its own", escaped(.column))]
    SparseTerm {
        /// The block.
        column: String,
    },
    /// A block of sparse columns is wider than when the model was made.
    #[error("`{}` has {found} sparse columns, the model knows {expected}: it says nothing of the others", escaped(.column))]
    SparseWidth {
        /// The block.
        column: String,
        /// Columns when the model was made.
        expected: usize,
        /// Columns now.
        found: usize,
    },
    /// Nearly every row is a level of its own.
    #[error(
        "`{}` has {levels} levels in {rows} rows: nearly every row is a level of its own. Drop it from the \
         formula, or group its levels", escaped(.column)
    )]
    TooManyLevels {
        /// The column or interaction.
        column: String,
        /// Its levels.
        levels: usize,
        /// Rows of the table.
        rows: usize,
    },
    /// A level that the model has never seen.
    #[error(
        "column `{}`, row {}: the level \"{}\" is not in the model ({count} such row{}){}", escaped(.column), .row + 1, escaped(.level), plural(*.count), maybe(.nearest.as_deref())
    )]
    UnseenLevel {
        /// The column.
        column: String,
        /// The level.
        level: String,
        /// The first row that has it, from 0.
        row: usize,
        /// Rows that have a level of this column that the model has never seen.
        count: usize,
        /// The nearest level of the model.
        nearest: Option<String>,
    },
    /// A combination of levels without rows when the model was made: it has no coefficient.
    #[error("row {}: no row of the fit had the combination {}, so it has no coefficient", .row + 1, escaped(.cell))]
    UnseenCell {
        /// The combination, as a coefficient would be named.
        cell: String,
        /// The first row that has it, from 0.
        row: usize,
    },
    /// A number that no linear predictor can hold.
    #[error("column `{}`, row {}: {value} is not a finite number", escaped(.column), .row + 1)]
    NonFinite {
        /// The column or term.
        column: String,
        /// The first row, from 0.
        row: usize,
        /// The value.
        value: f64,
    },
    /// A stream could not be read again.
    #[error("the data cannot be read again: {0}")]
    Unreadable(String),
    /// A value is missing in a row that was to be used.
    #[error("column `{}`, row {}: the value is missing", escaped(.column), .row + 1)]
    Missing {
        /// The column or term.
        column: String,
        /// The first row, from 0.
        row: usize,
    },
    /// A column that the model needs is not in the table.
    #[error("the data have no column `{}`, which the model needs", escaped(.column))]
    MissingColumn {
        /// The column.
        column: String,
    },
    /// A stored plan does not hang together.
    #[error("the design stored in the model file is damaged: {0}")]
    Stored(String),
}

impl DesignError {
    /// The error's id on every surface.
    #[must_use]
    pub fn id(&self) -> &'static str {
        match self {
            Self::Syntax { error, .. } => error.id(),
            Self::Formula { problem: FormulaProblem::TooManyTerms { .. }, .. } => "expression_too_large",
            Self::Formula { .. } => "expression_rejected",
            Self::UnknownColumn { .. } => "unknown_column",
            Self::Evaluation { error, .. } => error.id(),
            Self::NotNumeric { .. } | Self::SparseTerm { .. } | Self::SparseWidth { .. } => "type_mismatch",
            Self::TooManyLevels { .. } => "too_many_levels",
            Self::UnseenLevel { .. } | Self::UnseenCell { .. } => "unseen_level",
            Self::NonFinite { .. } | Self::Missing { .. } => "non_finite_value",
            Self::MissingColumn { .. } => "missing_column",
            Self::Stored(_) => "model_file_invalid",
            Self::Unreadable(_) => "corrupt_file",
        }
    }

    /// The column that is meant, where there is one.
    #[must_use]
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::UnknownColumn { name: column, .. }
            | Self::NotNumeric { column }
            | Self::SparseTerm { column }
            | Self::SparseWidth { column, .. }
            | Self::TooManyLevels { column, .. }
            | Self::UnseenLevel { column, .. }
            | Self::NonFinite { column, .. }
            | Self::Missing { column, .. }
            | Self::MissingColumn { column } => Some(column),
            _ => None,
        }
    }

    /// The row of the table that is meant, from 0, where there is one.
    #[must_use]
    pub fn row(&self) -> Option<usize> {
        match self {
            Self::UnseenLevel { row, .. }
            | Self::UnseenCell { row, .. }
            | Self::NonFinite { row, .. }
            | Self::Missing { row, .. } => Some(*row),
            _ => None,
        }
    }

    /// The value that is meant, as text, where there is one.
    #[must_use]
    pub fn value(&self) -> Option<String> {
        match self {
            Self::UnseenLevel { level, .. } => Some(level.clone()),
            Self::UnseenCell { cell, .. } => Some(cell.clone()),
            Self::NonFinite { value, .. } => Some(value.to_string()),
            _ => None,
        }
    }

    /// The same error with its row counted from another table's row 0.
    #[must_use]
    pub fn offset_row(mut self, first: usize) -> Self {
        match &mut self {
            Self::UnseenLevel { row, .. }
            | Self::UnseenCell { row, .. }
            | Self::NonFinite { row, .. }
            | Self::Missing { row, .. } => *row += first,
            _ => {}
        }
        self
    }
}

/// What is wrong with a part of a formula. Shown parts are escaped already.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs, reason = "the text of each variant says what it is, its fields what is shown in it")]
pub enum FormulaProblem {
    #[error(
        "a number has no meaning here: only 0 and 1 stand for no intercept and the intercept. Write `I(..)` around arithmetic"
    )]
    Number,
    #[error("a text has no meaning as a term")]
    Text,
    #[error("a term is taken away only after a term: write `a - b`")]
    Minus,
    #[error("`^` takes sums of terms to a whole power, as in `(a + b)^2`. Write `I(..)` around arithmetic")]
    Power,
    #[error("an offset stands alone, as in `y ~ x + offset(log(e))`")]
    Offset,
    #[error("the formula has more than {limit} terms")]
    TooManyTerms { limit: usize },
    #[error("`{function}` needs {needs}")]
    Arguments { function: String, needs: &'static str },
    #[error("`{function}` has no argument `{argument}`{}", maybe(.nearest.as_deref()))]
    UnknownArgument { function: String, argument: String, nearest: Option<String> },
    #[error("unknown coding `{coding}`{}. There are: treatment, sum, helmert, poly, sas", maybe(.nearest.as_deref()))]
    UnknownCoding { coding: String, nearest: Option<String> },
    #[error("only treatment coding has a base level to choose")]
    BaseWithoutTreatment,
    #[error("`{base}` is not a level{}. There are: {levels}", maybe(.nearest.as_deref()))]
    UnknownBase { base: String, nearest: Option<String>, levels: String },
    #[error("{needs} different values are needed here, there are {found}")]
    TooFewValues { needs: usize, found: usize },
    #[error("the knot {knot} is not between {low} and {high}")]
    KnotOutside { knot: f64, low: f64, high: f64 },
    #[error("`Surv` takes (time, event), (entry, time, event) or (lower, upper, type = \"interval\")")]
    Surv,
    #[error("`{function}` is a response and stands before `~`")]
    ResponseOnly { function: String },
    #[error("`.` stands for all other columns and needs a table with columns")]
    EmptyDot,
}

fn indented(text: &str, span: Span) -> String {
    let lines: Vec<String> = pointed(text, span).lines().map(|line| format!("  {line}")).collect();
    lines.join("\n")
}

fn hint(nearest: Option<&str>, columns: &[String]) -> String {
    const SHOWN: usize = 12;
    let mend = nearest.map_or(String::new(), |word| format!(" did you mean `{}`?", escaped(word)));
    let shown: Vec<String> = columns.iter().take(SHOWN).map(|name| escaped(name)).collect();
    let more = if columns.len() > SHOWN { ", .." } else { "" };
    format!("{mend}   columns: {}{more}", shown.join(", "))
}

fn maybe(nearest: Option<&str>) -> String {
    nearest.map_or(String::new(), |word| format!(", did you mean `{}`?", escaped(word)))
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
