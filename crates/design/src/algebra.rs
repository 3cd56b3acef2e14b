//! The algebra of terms: what `+ - : * / ^ ( ) . 0 1` mean in a formula, as R's `terms()` has it.
//!
//! A term is the set of its variables, the intercept the empty set. `a*b` is `a + b + a:b`, `a/b` is `a + a:b`,
//! `(..)^n` the products of up to n terms; `-` takes away what is equal. Terms come by their degree, within a
//! degree in order of appearance; variables within a term in order of appearance in the formula. Wilkinson and
//! Rogers (1973), Applied Statistics 22, 392-399; Chambers and Hastie (1992), Statistical Models in S, ch. 2.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use loglik_expr::{Kind, Link, Tree, Unary};

use crate::variable::{Variable, rejected};
use crate::{DesignError, FormulaProblem};

/// Most terms of one predictor.
const MAX_TERMS: usize = 10_000;

/// The terms of one linear predictor.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Terms {
    /// The variables, in order of appearance.
    pub variables: Vec<Variable>,
    /// For each term the variables in it, ascending.
    pub terms: Vec<Vec<usize>>,
    /// Whether there is an intercept.
    pub intercept: bool,
    /// Expressions added as they are.
    pub offsets: Vec<Variable>,
}

impl Terms {
    /// Reads the right side of a formula.
    ///
    /// * `tree` the right side, part of `text`
    /// * `dot`  the columns that `.` stands for
    ///
    /// # Errors
    /// [`DesignError::Formula`] where the text says nothing that can be fitted.
    pub(crate) fn read(tree: &Tree, text: &Arc<str>, dot: &[String]) -> Result<Self, DesignError> {
        let out = Self { intercept: true, ..Self::default() };
        let mut reader = Reader { text, dot, places: BTreeMap::new(), out };
        let mut terms = reader.sum(tree)?;
        terms.sort_by_key(Vec::len);
        Ok(Self { terms, ..reader.out })
    }
}

struct Reader<'a> {
    text: &'a Arc<str>,
    dot: &'a [String],
    /// Variables by what makes them the same.
    places: BTreeMap<String, usize>,
    out: Terms,
}

type Set = Vec<Vec<usize>>;

/// Terms that are added and taken away.
#[derive(Default)]
struct Sum {
    terms: Set,
    known: BTreeSet<Vec<usize>>,
}

impl Reader<'_> {
    fn fail<T>(&self, tree: &Tree, problem: FormulaProblem) -> Result<T, DesignError> {
        Err(rejected(self.text, tree.span, problem))
    }

    /// Terms joined by `+` and `-`; here 0, 1 and offsets have a meaning.
    fn sum(&mut self, tree: &Tree) -> Result<Set, DesignError> {
        let mut sum = Sum::default();
        match &tree.kind {
            Kind::Chain(head, tail) if matches!(tail.first(), Some((Link::Plus | Link::Minus, _))) => {
                self.add(&mut sum, head, true)?;
                for (link, operand) in tail {
                    if *link == Link::Plus {
                        self.add(&mut sum, operand, false)?;
                    } else {
                        self.remove(&mut sum, operand)?;
                    }
                }
            }
            _ => self.add(&mut sum, tree, true)?,
        }
        Ok(sum.terms)
    }

    fn add(&mut self, sum: &mut Sum, tree: &Tree, is_first: bool) -> Result<(), DesignError> {
        match &tree.kind {
            Kind::Number(0.0) => self.out.intercept = false,
            Kind::Unary(Unary::Minus, inner) if is_first => self.remove(sum, inner)?,
            Kind::Unary(Unary::Plus, inner) => self.add(sum, inner, false)?,
            Kind::Call(name, args) if name == "offset" => {
                let [arg] = args.as_slice() else { return self.fail(tree, FormulaProblem::Offset) };
                self.out.offsets.push(Variable::expression(&arg.value, self.text));
            }
            _ => {
                let terms = self.terms(tree)?;
                for term in terms {
                    if term.is_empty() {
                        self.out.intercept = true;
                    } else if sum.known.insert(term.clone()) {
                        sum.terms.push(term);
                    }
                }
                self.bounded(tree, sum.terms.len())?;
            }
        }
        Ok(())
    }

    fn remove(&mut self, sum: &mut Sum, tree: &Tree) -> Result<(), DesignError> {
        match &tree.kind {
            Kind::Number(0.0) => self.out.intercept = true,
            Kind::Number(1.0) => self.out.intercept = false,
            _ => {
                let gone = self.terms(tree)?;
                sum.terms.retain(|term| !gone.contains(term));
                sum.known = sum.terms.iter().cloned().collect();
            }
        }
        Ok(())
    }

    fn bounded(&self, tree: &Tree, terms: usize) -> Result<(), DesignError> {
        if terms > MAX_TERMS {
            return self.fail(tree, FormulaProblem::TooManyTerms { limit: MAX_TERMS });
        }
        Ok(())
    }

    fn terms(&mut self, tree: &Tree) -> Result<Set, DesignError> {
        match &tree.kind {
            Kind::Number(1.0) => Ok(vec![Vec::new()]),
            Kind::Number(_) => self.fail(tree, FormulaProblem::Number),
            Kind::Name(name) if name == "." => self.dot(tree),
            Kind::Call(name, _) if name == "offset" => self.fail(tree, FormulaProblem::Offset),
            Kind::Unary(Unary::Plus, inner) => self.terms(inner),
            Kind::Unary(Unary::Minus, _) => self.fail(tree, FormulaProblem::Minus),
            Kind::Chain(_, tail) if matches!(tail.first(), Some((Link::Plus | Link::Minus, _))) => {
                self.sum(tree)
            }
            Kind::Chain(head, tail) if tail.iter().all(|(link, _)| is_product(*link)) => {
                let mut left = self.terms(head)?;
                for (link, operand) in tail {
                    let right = self.terms(operand)?;
                    left = joined(left, *link, &right);
                    self.bounded(tree, left.len())?;
                }
                Ok(left)
            }
            Kind::Binary(loglik_expr::Binary::Power, base, power) => self.power(tree, base, power),
            _ => {
                let variable = Variable::read(tree, self.text)?;
                Ok(vec![vec![self.position(variable)]])
            }
        }
    }

    fn dot(&mut self, tree: &Tree) -> Result<Set, DesignError> {
        if self.dot.is_empty() {
            return self.fail(tree, FormulaProblem::EmptyDot);
        }
        let column =
            |name: &String| Variable::expression(&Tree::new(Kind::Name(name.clone()), tree.span), self.text);
        let columns: Vec<Variable> = self.dot.iter().map(column).collect();
        Ok(columns.into_iter().map(|variable| vec![self.position(variable)]).collect())
    }

    fn power(&mut self, tree: &Tree, base: &Tree, power: &Tree) -> Result<Set, DesignError> {
        let set = self.terms(base)?;
        let is_sum = matches!(base.kind, Kind::Chain(..) | Kind::Name(_)) && set.len() > 1;
        let degree = match power.kind {
            Kind::Number(number) if is_sum && number >= 1.0 && number.fract() == 0.0 => number,
            _ => return self.fail(tree, FormulaProblem::Power),
        };
        let mut out = set.clone();
        // Beyond as many factors as there are variables nothing is added.
        let rounds = degree.min(self.out.variables.len() as f64) as usize;
        for _ in 1..rounds {
            out = products(&out, &set);
            self.bounded(tree, out.len())?;
        }
        Ok(out)
    }

    fn position(&mut self, variable: Variable) -> usize {
        let next = self.out.variables.len();
        let place = *self.places.entry(variable.key()).or_insert(next);
        if place == next {
            self.out.variables.push(variable);
        }
        place
    }
}

fn is_product(link: Link) -> bool {
    matches!(link, Link::Times | Link::Over | Link::Interaction)
}

fn joined(left: Set, link: Link, right: &Set) -> Set {
    let mut out = match link {
        Link::Interaction => return products(&left, right),
        Link::Over => {
            let all = left.iter().flatten().copied().collect::<BTreeSet<usize>>().into_iter().collect();
            let nested = products(&vec![all], right);
            return unique(left.into_iter().chain(nested));
        }
        _ => left.clone(),
    };
    out.extend(right.iter().cloned());
    out.extend(products(&left, right));
    unique(out)
}

fn products(left: &Set, right: &Set) -> Set {
    unique(left.iter().flat_map(|a| {
        right
            .iter()
            .map(move |b| a.iter().chain(b).copied().collect::<BTreeSet<usize>>().into_iter().collect())
    }))
}

fn unique(terms: impl IntoIterator<Item = Vec<usize>>) -> Set {
    let mut known = BTreeSet::new();
    terms.into_iter().filter(|term| known.insert(term.clone())).collect()
}
