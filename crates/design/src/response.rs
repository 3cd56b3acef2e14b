//! What stands before `~`: one column, counts, survival times, or a value within bounds.

use loglik_expr::{Arg, Kind, Link, Tree};

use crate::variable::rejected;
use crate::{DesignError, FormulaProblem};

/// The response of a formula, its expressions not yet evaluated.
#[derive(Clone, Debug, PartialEq)]
pub enum Response {
    /// `~ x`: none.
    Absent,
    /// `y`, `log(y)`, `y == 'yes'`, `successes / trials`.
    Expression(Tree),
    /// `cbind(a, b, ..)`: counts per class.
    Cbind(Vec<Tree>),
    /// `Surv(time)`, `Surv(time, event)`, `Surv(entry, time, event)`: right censored, perhaps with delayed entry.
    Surv {
        /// When a row comes under observation.
        entry: Option<Tree>,
        /// When it leaves.
        time: Tree,
        /// Whether it left by the event; always so where absent.
        event: Option<Tree>,
    },
    /// `Surv(lower, upper, type = "interval")`: the value lies between; a missing end is open.
    Interval {
        /// The lower end.
        lower: Tree,
        /// The upper end.
        upper: Tree,
    },
    /// `y in [low, high]`: a value that is seen only between the bounds.
    Truncated {
        /// The value.
        value: Tree,
        /// Lower and upper bound.
        bounds: Box<[Tree; 2]>,
    },
}

impl Response {
    /// Reads what stands before `~` in `text`.
    ///
    /// # Errors
    /// [`DesignError::Formula`] where the arguments of `cbind` or `Surv` make no sense.
    pub(crate) fn read(tree: Option<&Tree>, text: &str) -> Result<Self, DesignError> {
        let Some(tree) = tree else { return Ok(Self::Absent) };
        match &tree.kind {
            Kind::Call(name, args) if name == "cbind" => {
                if args.len() < 2 || args.iter().any(|arg| arg.name.is_some()) {
                    let needs = "two columns of counts or more";
                    let problem = FormulaProblem::Arguments { function: name.clone(), needs };
                    return Err(rejected(text, tree.span, problem));
                }
                Ok(Self::Cbind(args.iter().map(|arg| arg.value.clone()).collect()))
            }
            Kind::Call(name, args) if name == "Surv" => {
                survival(args).ok_or_else(|| rejected(text, tree.span, FormulaProblem::Surv))
            }
            Kind::Within { value, bounds, negated: false } => {
                Ok(Self::Truncated { value: (**value).clone(), bounds: bounds.clone() })
            }
            Kind::Call(name, args) if name == "I" && args.len() == 1 => {
                Ok(Self::Expression(args[0].value.clone()))
            }
            _ => Ok(Self::Expression(tree.clone())),
        }
    }

    /// Successes and trials, where the response is `successes / trials`.
    #[must_use]
    pub fn ratio(&self) -> Option<(&Tree, &Tree)> {
        let Self::Expression(Tree { kind: Kind::Chain(head, tail), .. }) = self else { return None };
        match tail.as_slice() {
            [(Link::Over, trials)] => Some((head, trials)),
            _ => None,
        }
    }

    /// The expressions of the response, from left to right.
    #[must_use]
    pub fn trees(&self) -> Vec<&Tree> {
        match self {
            Self::Absent => Vec::new(),
            Self::Expression(tree) => vec![tree],
            Self::Cbind(trees) => trees.iter().collect(),
            Self::Surv { entry, time, event } => {
                entry.iter().chain(std::iter::once(time)).chain(event).collect()
            }
            Self::Interval { lower, upper } => vec![lower, upper],
            Self::Truncated { value, bounds } => vec![value, &bounds[0], &bounds[1]],
        }
    }
}

fn survival(args: &[Arg]) -> Option<Response> {
    let (unnamed, named): (Vec<&Arg>, Vec<&Arg>) = args.iter().partition(|arg| arg.name.is_none());
    let kind = match named.as_slice() {
        [] => None,
        [Arg { name: Some(name), value: Tree { kind: Kind::Text(kind) | Kind::Name(kind), .. } }]
            if name == "type" =>
        {
            Some(kind.as_str())
        }
        _ => return None,
    };
    let tree = |i: usize| unnamed[i].value.clone();
    match (kind, unnamed.len()) {
        (Some("interval"), 2) => Some(Response::Interval { lower: tree(0), upper: tree(1) }),
        (None, 1) => Some(Response::Surv { entry: None, time: tree(0), event: None }),
        (None, 2) => Some(Response::Surv { entry: None, time: tree(0), event: Some(tree(1)) }),
        (None, 3) => Some(Response::Surv { entry: Some(tree(0)), time: tree(1), event: Some(tree(2)) }),
        _ => None,
    }
}
