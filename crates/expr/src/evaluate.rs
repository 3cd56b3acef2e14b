//! An expression over columns: one column out.
//!
//! Numbers go through [`combine`]; here is what concerns texts and categories, and the names. A missing value
//! stays missing through every operation, except that `false and missing` is false and `true or missing` true.

use std::rc::Rc;
use std::sync::Arc;

use crate::column::{Column, MISSING};
use crate::columns::Columns;
use crate::compare::{self, Side};
use crate::eval_error::{EvalError, EvalProblem};
use crate::function::{Arithmetic, combine, link_op, named_constant};
use crate::levels::{category_of_numbers, sort_levels, translation};
use crate::nearest::nearest;
use crate::numbers::{Numbers, Rows};
use crate::span::escaped;
use crate::tree::{Arg, Binary, Kind, Link, Tree};

/// The value of an expression in every row of a table.
///
/// * `tree`    the expression, parsed
/// * `columns` what its names stand for
///
/// Returns numbers (NaN: missing) or a category \[n\].
///
/// # Errors
/// Unknown columns and functions with the nearest known name, wrong arguments, texts where numbers are needed.
pub fn evaluate(tree: &Tree, columns: &dyn Columns) -> Result<Column, EvalError> {
    let n = columns.rows();
    let value = Evaluator { columns, rows: Rows { n, columns: std::marker::PhantomData } }.value(tree)?;
    Ok(match value {
        Value::Numbers(numbers) => Column::Number(numbers.into_vec(n)),
        Value::Text(text) => Column::Category { codes: vec![0; n], levels: Arc::new([text]), ordered: false },
        Value::Category(category) => {
            Column::Category { codes: category.codes, levels: category.levels, ordered: category.ordered }
        }
    })
}

/// The rows where a condition is true: its value is 1.
///
/// # Errors
/// As [`evaluate`]; a condition that is text.
pub fn condition(tree: &Tree, columns: &dyn Columns) -> Result<Vec<bool>, EvalError> {
    match evaluate(tree, columns)? {
        Column::Number(values) => Ok(values.into_iter().map(|v| v == 1.0).collect()),
        Column::Category { .. } | Column::Sparse(_) => Err(text_for_number(tree)),
    }
}

/// Refuses a comparison of a column with a text that is none of its levels, `x == 'nroth'`: rarely meant.
///
/// # Errors
/// [`EvalProblem::UnknownLevel`] with the nearest level.
pub fn check_levels(tree: &Tree, columns: &dyn Columns) -> Result<(), EvalError> {
    let pairs: Vec<(&Tree, &Tree)> = match &tree.kind {
        Kind::Binary(Binary::Equal | Binary::Unequal, a, b) => vec![(a, b), (b, a)],
        Kind::Among { value, choices, .. } => choices.iter().map(|c| (&**value, c)).collect(),
        _ => Vec::new(),
    };
    for (column, text) in pairs {
        let (Kind::Name(name), Kind::Text(level)) = (&column.kind, &text.kind) else { continue };
        let Some(Column::Category { levels, .. }) = columns.column(name) else { continue };
        if !levels.contains(level) {
            let near = nearest(level, levels.iter().map(String::as_str)).map(escaped);
            let problem =
                EvalProblem::UnknownLevel { column: escaped(name), level: escaped(level), nearest: near };
            return Err(EvalError::new(text.span, problem));
        }
    }
    tree.children().into_iter().try_for_each(|child| check_levels(child, columns))
}

pub(crate) fn text_for_number(tree: &Tree) -> EvalError {
    let shown: String = tree.to_string().chars().take(40).collect();
    EvalError::new(tree.span, EvalProblem::TextForNumber { shown: escaped(&shown) })
}

/// A value on its way.
#[derive(Debug, Clone)]
pub(crate) enum Value<'a> {
    Numbers(Numbers<'a>),
    Text(String),
    Category(Category),
}

/// Codes and what they stand for.
#[derive(Debug, Clone)]
pub(crate) struct Category {
    pub(crate) codes: Vec<u32>,
    pub(crate) levels: Arc<[String]>,
    pub(crate) ordered: bool,
}

struct Evaluator<'a> {
    columns: &'a dyn Columns,
    rows: Rows<'a>,
}

impl<'a> Evaluator<'a> {
    fn value(&mut self, tree: &Tree) -> Result<Value<'a>, EvalError> {
        match &tree.kind {
            Kind::Name(name) => return self.name(name, tree),
            Kind::Text(text) => return Ok(Value::Text(text.clone())),
            Kind::Chain(head, tail) => return self.chain(head, tail, tree),
            Kind::Call(name, args) => match name.as_str() {
                "c" | "C" | "factor" => return self.factor(tree, args),
                "code" => return self.code(tree, args),
                "missing" => return self.missing(tree, args),
                "repeat" => return self.repeat(tree, args),
                _ => {}
            },
            _ => {}
        }
        let values: Vec<Value<'a>> =
            tree.children().into_iter().map(|t| self.value(t)).collect::<Result<_, _>>()?;
        if values.iter().all(|v| matches!(v, Value::Numbers(_))) {
            let numbers =
                values.into_iter().filter_map(|v| if let Value::Numbers(x) = v { Some(x) } else { None });
            let numbers = numbers.collect();
            return Ok(Value::Numbers(combine(&mut self.rows, tree, numbers)?));
        }
        self.textual(tree, values)
    }

    fn name(&mut self, name: &str, tree: &Tree) -> Result<Value<'a>, EvalError> {
        match self.columns.column(name) {
            Some(Column::Number(values)) => return Ok(Value::Numbers(Numbers::Borrowed(values))),
            Some(Column::Category { codes, levels, ordered }) => {
                let (codes, levels) = (codes.clone(), Arc::clone(levels));
                return Ok(Value::Category(Category { codes, levels, ordered: *ordered }));
            }
            Some(Column::Sparse(_)) => {
                let problem = EvalProblem::SparseForNumber { column: escaped(name) };
                return Err(EvalError::new(tree.span, problem));
            }
            None => {}
        }
        if name == "row" {
            let count = |row| self.columns.file_row(row) as f64 + 1.0;
            return Ok(owned((0..self.rows.n).map(count).collect()));
        }
        if let Some(value) = named_constant(name) {
            return Ok(Value::Numbers(Numbers::Scalar(value)));
        }
        let near = nearest(name, self.columns.names().iter().map(String::as_str)).map(escaped);
        Err(EvalError::new(tree.span, EvalProblem::UnknownColumn { name: escaped(name), nearest: near }))
    }

    /// Operand by operand, so that a sum of a thousand terms holds two columns and not a thousand.
    fn chain(&mut self, head: &Tree, tail: &[(Link, Tree)], tree: &Tree) -> Result<Value<'a>, EvalError> {
        let mut so_far = self.numbers(head)?;
        for (link, operand) in tail {
            let operand = self.numbers(operand)?;
            so_far = self.rows.apply(link_op(*link, tree.span)?, &[so_far, operand]);
        }
        Ok(Value::Numbers(so_far))
    }

    fn numbers(&mut self, tree: &Tree) -> Result<Numbers<'a>, EvalError> {
        match self.value(tree)? {
            Value::Numbers(numbers) => Ok(numbers),
            _ => Err(text_for_number(tree)),
        }
    }

    /// Comparisons and `if` with a text in them; everything else needs numbers.
    fn textual(&mut self, tree: &Tree, values: Vec<Value<'a>>) -> Result<Value<'a>, EvalError> {
        let n = self.rows.n;
        let side = |i: usize, tree: &'_ Tree| Side { span: tree.span, value: values[i].clone() };
        let holds = match &tree.kind {
            Kind::Binary(op, a, b) if *op != Binary::Power => compare::pair(*op, &side(0, a), &side(1, b), n),
            Kind::Among { value, choices, negated } => {
                let sides: Vec<Side<'a>> = choices.iter().enumerate().map(|(i, c)| side(i + 1, c)).collect();
                compare::among(&side(0, value), &sides, *negated, n)
            }
            Kind::Call(name, args) if name == "if" && args.len() == 3 => {
                let Value::Numbers(test) = &values[0] else { return Err(text_for_number(&args[0].value)) };
                return choose(tree, test, &values[1], &values[2], n);
            }
            _ => {
                let at = values.iter().position(|v| !matches!(v, Value::Numbers(_))).unwrap_or(0);
                return Err(text_for_number(tree.children()[at]));
            }
        };
        Ok(owned(holds?))
    }

    /// The one argument by position of a function that takes one.
    fn single<'t>(&self, tree: &Tree, args: &'t [Arg]) -> Result<&'t Tree, EvalError> {
        let Kind::Call(name, _) = &tree.kind else { return Err(text_for_number(tree)) };
        let positional: Vec<&Tree> = args.iter().filter(|a| a.name.is_none()).map(|a| &a.value).collect();
        let problem = match positional[..] {
            [only] => return Ok(only),
            _ => EvalProblem::ArgumentCount {
                function: name.clone(),
                expected: "1".to_owned(),
                given: positional.len(),
            },
        };
        Err(EvalError::new(tree.span, problem))
    }

    /// Numbers or a category as a category. Named arguments (`base`, `coding`) concern the design alone.
    fn factor(&mut self, tree: &Tree, args: &[Arg]) -> Result<Value<'a>, EvalError> {
        let n = self.rows.n;
        match self.value(self.single(tree, args)?)? {
            Value::Numbers(numbers) => {
                let Column::Category { codes, levels, ordered } = category_of_numbers(&numbers.into_vec(n))
                else {
                    unreachable!("numbers as a category are a category")
                };
                Ok(Value::Category(Category { codes, levels, ordered }))
            }
            other => Ok(other),
        }
    }

    fn code(&mut self, tree: &Tree, args: &[Arg]) -> Result<Value<'a>, EvalError> {
        match self.factor(tree, args)? {
            Value::Category(category) => {
                let code = |c: &u32| if *c == MISSING { f64::NAN } else { f64::from(*c) + 1.0 };
                Ok(owned(category.codes.iter().map(code).collect()))
            }
            _ => Ok(Value::Numbers(Numbers::Scalar(1.0))),
        }
    }

    fn missing(&mut self, tree: &Tree, args: &[Arg]) -> Result<Value<'a>, EvalError> {
        let n = self.rows.n;
        let flag = |is: bool| if is { 1.0 } else { 0.0 };
        Ok(match self.value(self.single(tree, args)?)? {
            Value::Numbers(numbers) => owned((0..n).map(|row| flag(numbers.at(row).is_nan())).collect()),
            Value::Category(category) => owned(category.codes.iter().map(|c| flag(*c == MISSING)).collect()),
            Value::Text(_) => Value::Numbers(Numbers::Scalar(0.0)),
        })
    }

    /// Constants recycled along the rows of the file.
    fn repeat(&mut self, tree: &Tree, args: &[Arg]) -> Result<Value<'a>, EvalError> {
        let fail = |problem| Err(EvalError::new(tree.span, problem));
        if args.is_empty() {
            let (function, expected) = ("repeat".to_owned(), "at least 1".to_owned());
            return fail(EvalProblem::ArgumentCount { function, expected, given: 0 });
        }
        let (mut numbers, mut texts) = (Vec::new(), Vec::new());
        for arg in args {
            match self.value(&arg.value)? {
                Value::Numbers(Numbers::Scalar(value)) if arg.name.is_none() => numbers.push(value),
                Value::Text(text) if arg.name.is_none() => texts.push(text),
                _ => return fail(EvalProblem::NotConstant { function: "repeat".to_owned() }),
            }
        }
        let place = |row: usize| self.columns.file_row(row) % args.len();
        if texts.is_empty() {
            return Ok(owned((0..self.rows.n).map(|row| numbers[place(row)]).collect()));
        }
        if !numbers.is_empty() {
            return fail(EvalProblem::MixedBranches);
        }
        let mut levels = texts.clone();
        sort_levels(&mut levels);
        let codes = translation(&texts, &levels);
        let codes = (0..self.rows.n).map(|row| codes[place(row)]).collect();
        Ok(Value::Category(Category { codes, levels: levels.into(), ordered: false }))
    }
}

fn owned<'a>(values: Vec<f64>) -> Value<'a> {
    Value::Numbers(Numbers::Owned(Rc::new(values)))
}

/// `if(test, a, b)` of texts and categories; a missing number is a missing category.
fn choose<'a>(
    tree: &Tree,
    test: &Numbers<'_>,
    a: &Value<'_>,
    b: &Value<'_>,
    n: usize,
) -> Result<Value<'a>, EvalError> {
    let branch = |value: &Value<'_>| match value {
        Value::Text(text) => {
            Ok(Category { codes: vec![0; n], levels: Arc::new([text.clone()]), ordered: false })
        }
        Value::Category(category) => Ok(category.clone()),
        Value::Numbers(Numbers::Scalar(value)) if value.is_nan() => {
            Ok(Category { codes: vec![MISSING; n], levels: Arc::new([]), ordered: false })
        }
        Value::Numbers(_) => Err(EvalError::new(tree.span, EvalProblem::MixedBranches)),
    };
    let (a, b) = (branch(a)?, branch(b)?);
    // A branch that has all levels of the other keeps its order.
    let covers =
        |x: &Category, y: &Category| y.levels.iter().all(|l| x.levels.contains(l)) && x.levels.len() > 1;
    let (levels, ordered) = if covers(&a, &b) {
        (Arc::clone(&a.levels), a.ordered)
    } else if covers(&b, &a) {
        (Arc::clone(&b.levels), b.ordered)
    } else {
        let mut levels: Vec<String> = a.levels.iter().chain(b.levels.iter()).cloned().collect();
        sort_levels(&mut levels);
        (levels.into(), false)
    };
    let (from_a, from_b) = (translation(&a.levels, &levels), translation(&b.levels, &levels));
    let code = |row: usize| {
        let test = test.at(row);
        if test.is_nan() {
            return MISSING;
        }
        let (codes, to) = if test == 0.0 { (&b.codes, &from_b) } else { (&a.codes, &from_a) };
        to.get(codes[row] as usize).copied().unwrap_or(MISSING)
    };
    Ok(Value::Category(Category { codes: (0..n).map(code).collect(), levels, ordered }))
}
