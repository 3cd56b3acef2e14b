//! The functions of the language and what the operators mean, for any kind of number.
//!
//! Columns, compiled likelihoods and scalars all compute through [`combine`]; each brings its own
//! [`Arithmetic`]. The list is closed: no text can reach anything that is not named here.

use crate::eval_error::{EvalError, EvalProblem};
use crate::nearest::nearest;
use crate::op::Op;
use crate::span::{Span, escaped};
use crate::tree::{Binary, Kind, Link, Tree, Unary};

/// Something that numbers can be made of.
pub(crate) trait Arithmetic {
    /// One of them: a column, a node, a scalar.
    type Value: Clone;
    /// A constant.
    fn number(&mut self, value: f64) -> Self::Value;
    /// The value, where it is known to be constant.
    fn constant(&self, value: &Self::Value) -> Option<f64>;
    /// An operation on as many values as it has arguments.
    fn apply(&mut self, op: Op, args: &[Self::Value]) -> Self::Value;
    /// The same, not rewritten into another form.
    fn apply_as_it_is(&mut self, op: Op, args: &[Self::Value]) -> Self::Value {
        self.apply(op, args)
    }
}

/// What a function name stands for.
#[derive(Debug, Clone, Copy)]
enum Shape {
    /// One operation.
    One(Op),
    /// An operation of two arguments, from the left over as many as are given.
    Fold(Op),
    /// Several operations; the number of arguments.
    Made(Made, usize),
}

#[derive(Debug, Clone, Copy)]
enum Made {
    Same,
    Logit,
    Cloglog,
    LogSigmoid,
    LogFactorial,
    LogChoose,
}

const FUNCTIONS: &[(&str, Shape)] = &[
    ("I", Shape::Made(Made::Same, 1)),
    ("abs", Shape::One(Op::Abs)),
    ("atan", Shape::One(Op::Atan)),
    ("bessel_ratio", Shape::One(Op::BesselRatio)),
    ("ceil", Shape::One(Op::Ceil)),
    ("cloglog", Shape::Made(Made::Cloglog, 1)),
    ("cos", Shape::One(Op::Cos)),
    ("digamma", Shape::One(Op::Digamma)),
    ("digamma_rising", Shape::One(Op::DigammaRising)),
    ("erf", Shape::One(Op::Erf)),
    ("erfc", Shape::One(Op::Erfc)),
    ("exp", Shape::One(Op::Exp)),
    ("expm1", Shape::One(Op::Expm1)),
    ("exprel", Shape::One(Op::Exprel)),
    ("exprel1", Shape::One(Op::Exprel1)),
    ("exprel2", Shape::One(Op::Exprel2)),
    ("floor", Shape::One(Op::Floor)),
    ("if", Shape::One(Op::Select)),
    ("lbeta", Shape::One(Op::Lbeta)),
    ("lchoose", Shape::Made(Made::LogChoose, 2)),
    ("lfactorial", Shape::Made(Made::LogFactorial, 1)),
    ("lgamma", Shape::One(Op::Lgamma)),
    ("log", Shape::One(Op::Log)),
    ("log10", Shape::One(Op::Log10)),
    ("log1mexp", Shape::One(Op::Log1mexp)),
    ("log1p", Shape::One(Op::Log1p)),
    ("log1pexp", Shape::One(Op::Log1pexp)),
    ("log2", Shape::One(Op::Log2)),
    ("log_bessel_i0", Shape::One(Op::LogBesselI0)),
    ("log_beta_inc", Shape::One(Op::LogBetaInc)),
    ("log_beta_inc_upper", Shape::One(Op::LogBetaIncUpper)),
    ("log_gamma_p", Shape::One(Op::LogGammaP)),
    ("log_gamma_q", Shape::One(Op::LogGammaQ)),
    ("log_ndtr", Shape::One(Op::LogNdtr)),
    ("log_rising", Shape::One(Op::LogRising)),
    ("log_sigmoid", Shape::Made(Made::LogSigmoid, 1)),
    ("log_t_cdf", Shape::One(Op::LogTCdf)),
    ("log_tweedie_series", Shape::One(Op::LogTweedieSeries)),
    ("logaddexp", Shape::One(Op::Logaddexp)),
    ("logdiffexp", Shape::One(Op::Logdiffexp)),
    ("logit", Shape::Made(Made::Logit, 1)),
    ("logsumexp", Shape::Fold(Op::Logaddexp)),
    ("max", Shape::Fold(Op::Max)),
    ("min", Shape::Fold(Op::Min)),
    ("ndtr", Shape::One(Op::Ndtr)),
    ("ndtr_hazard", Shape::One(Op::NdtrHazard)),
    ("ndtr_hazard_slope", Shape::One(Op::NdtrHazardSlope)),
    ("norm_quantile", Shape::One(Op::NormQuantile)),
    ("round", Shape::One(Op::Round)),
    ("sigmoid", Shape::One(Op::Sigmoid)),
    ("sign", Shape::One(Op::Sign)),
    ("sin", Shape::One(Op::Sin)),
    ("sqrt", Shape::One(Op::Sqrt)),
    ("tan", Shape::One(Op::Tan)),
    ("tetragamma", Shape::One(Op::Tetragamma)),
    ("trigamma", Shape::One(Op::Trigamma)),
    ("trigamma_falling", Shape::One(Op::TrigammaFalling)),
];

/// Other words for them.
const ALIASES: &[(&str, &str)] = &[
    ("ceiling", "ceil"),
    ("expit", "sigmoid"),
    ("inv_logit", "sigmoid"),
    ("ln", "log"),
    ("logistic", "sigmoid"),
    ("pmax", "max"),
    ("pmin", "min"),
];

/// Names of constants: a column of the same name wins.
pub(crate) fn named_constant(name: &str) -> Option<f64> {
    Some(match name {
        "pi" => core::f64::consts::PI,
        "inf" | "Inf" => f64::INFINITY,
        "missing" | "NA" => f64::NAN,
        "true" | "TRUE" => 1.0,
        "false" | "FALSE" => 0.0,
        _ => return None,
    })
}

/// Functions that need to know about columns, not only numbers.
pub(crate) const OF_COLUMNS: &[&str] = &["C", "c", "code", "factor", "missing", "repeat"];

/// The names of all functions of the language, sorted.
pub fn function_names() -> Vec<&'static str> {
    let mut names: Vec<&str> =
        FUNCTIONS.iter().map(|(name, _)| *name).chain(OF_COLUMNS.iter().copied()).collect();
    names.sort_unstable();
    names
}

/// Whether a name is a function of the language.
pub fn is_function(name: &str) -> bool {
    shape(name).is_some() || OF_COLUMNS.contains(&name)
}

/// The function that is this operation alone.
pub(crate) fn name_of(op: Op) -> Option<&'static str> {
    FUNCTIONS
        .iter()
        .find(|(_, shape)| matches!(shape, Shape::One(other) if *other == op))
        .map(|(name, _)| *name)
}

fn shape(name: &str) -> Option<Shape> {
    let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, name)| name);
    FUNCTIONS.iter().find(|(n, _)| *n == name).map(|(_, shape)| *shape)
}

/// What calls mean in a formula only: the design reads them before a value is asked for.
const OF_FORMULAS: [&str; 7] = ["Surv", "cbind", "factor", "offset", "poly", "bs", "ns"];

/// The error for a function nobody knows; `others` are names known besides.
pub(crate) fn unknown_function(name: &str, span: Span, others: &[String]) -> EvalError {
    let known = function_names().into_iter().chain(OF_FORMULAS).chain(others.iter().map(String::as_str));
    let near = nearest(name, known).map(str::to_owned);
    EvalError::new(span, EvalProblem::UnknownFunction { name: escaped(name), nearest: near })
}

/// The value of a node from those of its children, in their order.
///
/// # Errors
/// What is not a number: text, lists, formula operators, functions that nobody knows, wrong counts of arguments.
pub(crate) fn combine<A: Arithmetic>(
    a: &mut A,
    tree: &Tree,
    x: Vec<A::Value>,
) -> Result<A::Value, EvalError> {
    let fail = |problem| Err(EvalError::new(tree.span, problem));
    match &tree.kind {
        Kind::Number(value) => Ok(a.number(*value)),
        Kind::Name(_) | Kind::Text(_) => {
            fail(EvalProblem::TextForNumber { shown: escaped(&tree.to_string()) })
        }
        Kind::List(_) => fail(EvalProblem::ListForNumber),
        Kind::Unary(Unary::Plus, _) => Ok(x[0].clone()),
        Kind::Unary(Unary::Minus, _) => Ok(a.apply(Op::Neg, &x)),
        Kind::Unary(Unary::Not, _) => Ok(a.apply(Op::Not, &x)),
        Kind::Binary(op, ..) => Ok(binary(a, *op, &x)),
        Kind::Chain(_, tail) => {
            let mut value = x[0].clone();
            for ((link, _), operand) in tail.iter().zip(&x[1..]) {
                value = a.apply(link_op(*link, tree.span)?, &[value, operand.clone()]);
            }
            Ok(value)
        }
        Kind::Among { negated, .. } => {
            let mut found = a.apply(Op::Equal, &[x[0].clone(), x[1].clone()]);
            for choice in &x[2..] {
                let this = a.apply(Op::Equal, &[x[0].clone(), choice.clone()]);
                found = a.apply(Op::Or, &[found, this]);
            }
            Ok(if *negated { a.apply(Op::Not, &[found]) } else { found })
        }
        Kind::Within { negated, .. } => {
            let above = a.apply(Op::LessEqual, &[x[1].clone(), x[0].clone()]);
            let below = a.apply(Op::LessEqual, &[x[0].clone(), x[2].clone()]);
            let within = a.apply(Op::And, &[above, below]);
            Ok(if *negated { a.apply(Op::Not, &[within]) } else { within })
        }
        Kind::Call(name, args) => {
            if let Some(named) = args.iter().find_map(|arg| arg.name.as_deref()) {
                return fail(EvalProblem::ArgumentName {
                    function: escaped(name),
                    name: escaped(named),
                    takes: None,
                });
            }
            call(a, name, &x, tree.span)
        }
    }
}

fn call<A: Arithmetic>(a: &mut A, name: &str, x: &[A::Value], span: Span) -> Result<A::Value, EvalError> {
    let Some(shape) = shape(name) else { return Err(unknown_function(name, span, &[])) };
    let (least, most) = match shape {
        Shape::One(op) => (op.arity(), op.arity()),
        Shape::Fold(_) => (1, usize::MAX),
        Shape::Made(_, n) => (n, n),
    };
    if x.len() < least || x.len() > most {
        let expected = if most == usize::MAX { "at least 1".to_owned() } else { least.to_string() };
        let problem = EvalProblem::ArgumentCount { function: name.to_owned(), expected, given: x.len() };
        return Err(EvalError::new(span, problem));
    }
    Ok(match shape {
        Shape::One(op) => a.apply(op, x),
        Shape::Fold(Op::Logaddexp) if x.len() > 2 => log_sum_exp(a, x),
        Shape::Fold(op) => {
            x[1..].iter().fold(x[0].clone(), |so_far, next| a.apply(op, &[so_far, next.clone()]))
        }
        Shape::Made(made, _) => made.build(a, x),
    })
}

/// log of a sum of exponentials, the greatest taken out in front of the logarithm: one exponential for each, and its
/// derivatives are the shares.
fn log_sum_exp<A: Arithmetic>(a: &mut A, x: &[A::Value]) -> A::Value {
    let top =
        x[1..].iter().fold(x[0].clone(), |so_far, next| a.apply_as_it_is(Op::Max, &[so_far, next.clone()]));
    let top = a.apply_as_it_is(Op::Held, &[top]);
    let mut sum: Option<A::Value> = None;
    for x in x {
        let gap = a.apply_as_it_is(Op::Gap, &[x.clone(), top.clone()]);
        let share = a.apply_as_it_is(Op::Exp, &[gap]);
        sum = Some(match sum {
            None => share,
            Some(so_far) => a.apply_as_it_is(Op::Add, &[so_far, share]),
        });
    }
    let log = a.apply_as_it_is(Op::Log, &[sum.expect("a sum has terms")]);
    a.apply_as_it_is(Op::Add, &[top, log])
}

impl Made {
    fn build<A: Arithmetic>(self, a: &mut A, x: &[A::Value]) -> A::Value {
        let one = a.number(1.0);
        match self {
            Made::Same => x[0].clone(),
            Made::Logit | Made::Cloglog => {
                let minus = a.apply(Op::Neg, &x[..1]);
                let log_rest = a.apply(Op::Log1p, &[minus]);
                if matches!(self, Made::Logit) {
                    let log_p = a.apply(Op::Log, &x[..1]);
                    return a.apply(Op::Sub, &[log_p, log_rest]);
                }
                let hazard = a.apply(Op::Neg, &[log_rest]);
                a.apply(Op::Log, &[hazard])
            }
            Made::LogSigmoid => {
                let minus = a.apply(Op::Neg, &x[..1]);
                let positive = a.apply(Op::Log1pexp, &[minus]);
                a.apply(Op::Neg, &[positive])
            }
            Made::LogFactorial => {
                let next = a.apply(Op::Add, &[x[0].clone(), one]);
                a.apply(Op::Lgamma, &[next])
            }
            Made::LogChoose => {
                // C(n, k) = 1 / ((n + 1) B(n - k + 1, k + 1)): no difference of large log factorials.
                let total = a.apply(Op::Add, &[x[0].clone(), one.clone()]);
                let chosen = a.apply(Op::Add, &[x[1].clone(), one]);
                let others = a.apply(Op::Sub, &[total.clone(), x[1].clone()]);
                let log_total = a.apply(Op::Log, &[total]);
                let log_beta = a.apply(Op::Lbeta, &[others, chosen]);
                let sum = a.apply(Op::Add, &[log_total, log_beta]);
                a.apply(Op::Neg, &[sum])
            }
        }
    }
}

/// What an operator of a chain does.
pub(crate) fn link_op(link: Link, span: Span) -> Result<Op, EvalError> {
    Ok(match link {
        Link::Plus => Op::Add,
        Link::Minus => Op::Sub,
        Link::Times => Op::Mul,
        Link::Over => Op::Div,
        Link::Modulo => Op::Modulo,
        Link::And => Op::And,
        Link::Or => Op::Or,
        Link::Interaction => return Err(EvalError::new(span, EvalProblem::FormulaOperator)),
    })
}

fn binary<A: Arithmetic>(a: &mut A, op: Binary, x: &[A::Value]) -> A::Value {
    let turned = [x[1].clone(), x[0].clone()];
    match op {
        Binary::Equal => a.apply(Op::Equal, x),
        Binary::Unequal => a.apply(Op::Unequal, x),
        Binary::Less => a.apply(Op::Less, x),
        Binary::LessEqual => a.apply(Op::LessEqual, x),
        Binary::Greater => a.apply(Op::Less, &turned),
        Binary::GreaterEqual => a.apply(Op::LessEqual, &turned),
        // The powers that have an operation of their own, rounded once.
        Binary::Power => match a.constant(&x[1]) {
            Some(1.0) => x[0].clone(),
            Some(2.0) => a.apply(Op::Square, &x[..1]),
            Some(0.5) => a.apply(Op::Sqrt, &x[..1]),
            Some(-1.0) => a.apply(Op::Recip, &x[..1]),
            _ => a.apply(Op::Pow, x),
        },
    }
}
