//! What one factor of a term is: a column or expression, a category with its coding, or a basis.
//!
//! `a:log(z)` has the two variables `a` and `log(z)`. A variable is read from its tree here, before any data are
//! seen; `state.rs` adds what the data decide (levels, knots, recurrences).

use std::sync::Arc;

use loglik_expr::{Arg, Kind, Span, Tree, Unary, nearest, parse_expression};

use crate::{Coding, DesignError, FormulaProblem};

/// A factor of a term.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// Its text as typed, blanks aside, without backquotes: how its coefficients are named.
    pub typed: String,
    /// What it is.
    pub kind: VariableKind,
    /// Its text in the canonical spelling, from which it can be read again.
    pub text: String,
    /// The text that its spans point into: the formula, or its own text after loading.
    pub source: Arc<str>,
}

/// What a variable is.
#[derive(Clone, Debug, PartialEq)]
pub enum VariableKind {
    /// A column or expression; a category if its values are.
    Expression(Tree),
    /// `c(x, base = .., coding = ..)`: a category whatever its values are.
    Category {
        /// What is taken apart into levels.
        value: Tree,
        /// The name by which its coefficients go.
        name: String,
        /// The base level asked for.
        base: Option<String>,
        /// How levels become columns.
        coding: Coding,
    },
    /// `poly(..)`, `bs(..)`, `ns(..)`: several columns of one number.
    Basis {
        /// The number.
        value: Tree,
        /// Its columns.
        basis: Basis,
    },
}

/// A set of columns made of one.
#[derive(Clone, Debug, PartialEq)]
pub enum Basis {
    /// Orthonormal polynomials of degree 1 to `degree`, or plain powers.
    Poly {
        /// The highest degree.
        degree: usize,
        /// Plain powers.
        raw: bool,
    },
    /// B-splines without the first one, as R's `splines::bs`.
    Bs(Knots, usize),
    /// Natural cubic splines, as R's `splines::ns`.
    Ns(Knots),
}

/// Where a spline's pieces meet.
#[derive(Clone, Debug, PartialEq)]
pub struct Knots {
    /// Number of columns; decides the number of knots, at quantiles, where `inner` is absent.
    pub df: Option<usize>,
    /// The inner knots.
    pub inner: Option<Vec<f64>>,
    /// The boundary knots; the range of the data where absent.
    pub boundary: Option<[f64; 2]>,
}

impl Variable {
    /// Reads a variable.
    ///
    /// * `tree` the factor of a term, part of `text`
    ///
    /// # Errors
    /// [`DesignError::Formula`] where a call's arguments make no sense.
    pub(crate) fn read(tree: &Tree, text: &Arc<str>) -> Result<Self, DesignError> {
        let (name, args) = match &tree.kind {
            Kind::Call(name, args) => (name.as_str(), args.as_slice()),
            Kind::Text(_) | Kind::List(_) => return Err(rejected(text, tree.span, FormulaProblem::Text)),
            _ => return Ok(Self::expression(tree, text)),
        };
        let call = Call { name, args, text, span: tree.span };
        let kind = match name {
            "I" => VariableKind::Expression(call.value(1)?.clone()),
            "c" | "C" | "factor" => call.category()?,
            "poly" | "bs" | "ns" => call.basis()?,
            "cbind" | "Surv" => {
                return Err(call.fail(FormulaProblem::ResponseOnly { function: name.to_owned() }));
            }
            _ => VariableKind::Expression(tree.clone()),
        };
        Ok(Self { kind, ..Self::expression(tree, text) })
    }

    /// A variable that is a plain column or expression.
    pub(crate) fn expression(tree: &Tree, text: &Arc<str>) -> Self {
        Self {
            typed: spelled(tree, text),
            kind: VariableKind::Expression(tree.clone()),
            text: tree.to_string(),
            source: Arc::clone(text),
        }
    }

    /// Reads a variable from its canonical text.
    ///
    /// # Errors
    /// [`DesignError::Stored`] where the text is not one.
    pub(crate) fn restore(text: &str) -> Result<Self, DesignError> {
        let damaged = |error: String| DesignError::Stored(error);
        let tree = parse_expression(text).map_err(|error| damaged(error.to_string()))?;
        Self::read(&tree, &text.into()).map_err(|error| damaged(error.to_string()))
    }

    /// The name by which coefficients of the variable go.
    #[must_use]
    pub fn name(&self) -> &str {
        match &self.kind {
            VariableKind::Category { name, .. } => name,
            _ => &self.typed,
        }
    }

    /// Gives its coefficients the name that was typed.
    pub(crate) fn rename(&mut self, typed: String) {
        match &mut self.kind {
            VariableKind::Category { name, .. } => *name = typed,
            _ => self.typed = typed,
        }
    }

    /// The expression over columns that it is made of.
    #[must_use]
    pub fn value(&self) -> &Tree {
        match &self.kind {
            VariableKind::Expression(value)
            | VariableKind::Category { value, .. }
            | VariableKind::Basis { value, .. } => value,
        }
    }

    /// What is equal for variables that are the same however they were typed.
    pub(crate) fn key(&self) -> String {
        match &self.kind {
            VariableKind::Expression(value) => value.to_string(),
            VariableKind::Category { value, base, coding, .. } => format!("{coding:?} {base:?} {value}"),
            VariableKind::Basis { value, basis } => format!("{basis:?} {value}"),
        }
    }
}

/// A part of a formula as typed, blanks aside, without backquotes.
pub(crate) fn spelled(tree: &Tree, text: &str) -> String {
    if let Kind::Name(name) = &tree.kind {
        return name.clone();
    }
    let words: Vec<&str> = tree.typed(text).split_whitespace().collect();
    words.join(" ").replace('`', "")
}

pub(crate) fn rejected(text: &str, span: Span, problem: FormulaProblem) -> DesignError {
    DesignError::Formula { text: text.to_owned(), span, problem }
}

/// A call of the formula language that is about to be read.
struct Call<'a> {
    name: &'a str,
    args: &'a [Arg],
    text: &'a str,
    span: Span,
}

impl<'a> Call<'a> {
    fn fail(&self, problem: FormulaProblem) -> DesignError {
        rejected(self.text, self.span, problem)
    }

    fn needs(&self, needs: &'static str) -> DesignError {
        self.fail(FormulaProblem::Arguments { function: self.name.to_owned(), needs })
    }

    /// The first argument; at most `most` come without a name.
    fn value(&self, most: usize) -> Result<&'a Tree, DesignError> {
        let unnamed = self.args.iter().filter(|arg| arg.name.is_none()).count();
        match self.args.first() {
            Some(Arg { name: None, value }) if unnamed <= most => Ok(value),
            _ if most == 1 => Err(self.needs("one expression, then arguments with names")),
            _ => Err(self.needs("an expression, its size, then arguments with names")),
        }
    }

    fn named(&self, known: &[&str]) -> Result<Vec<(&'a str, &'a Tree)>, DesignError> {
        let mut named = Vec::new();
        for arg in self.args {
            let Some(name) = arg.name.as_deref() else { continue };
            if !known.contains(&name) {
                return Err(self.fail(FormulaProblem::UnknownArgument {
                    function: self.name.to_owned(),
                    argument: loglik_expr::escaped(name),
                    nearest: nearest(name, known.iter().copied()).map(str::to_owned),
                }));
            }
            named.push((name, &arg.value));
        }
        Ok(named)
    }

    fn category(&self) -> Result<VariableKind, DesignError> {
        let value = self.value(1)?;
        let (mut base, mut coding) = (None, Coding::Treatment);
        for (name, tree) in self.named(&["base", "coding"])? {
            let word = match &tree.kind {
                Kind::Name(word) | Kind::Text(word) => word.clone(),
                Kind::Number(number) => loglik_expr::spell_number(*number),
                _ => tree.typed(self.text).to_owned(),
            };
            if name == "base" {
                base = Some(word);
            } else {
                coding = Coding::from_word(&word).ok_or_else(|| {
                    let nearest = nearest(&word, Coding::WORDS.iter().map(|(word, _)| *word));
                    let coding = loglik_expr::escaped(&word);
                    let problem =
                        FormulaProblem::UnknownCoding { coding, nearest: nearest.map(str::to_owned) };
                    rejected(self.text, tree.span, problem)
                })?;
            }
        }
        if base.is_some() && coding != Coding::Treatment {
            return Err(self.fail(FormulaProblem::BaseWithoutTreatment));
        }
        Ok(VariableKind::Category { value: value.clone(), name: spelled(value, self.text), base, coding })
    }

    fn basis(&self) -> Result<VariableKind, DesignError> {
        let value = self.value(2)?.clone();
        let size = self.args.get(1).filter(|arg| arg.name.is_none()).map(|arg| &arg.value);
        let basis = match self.name {
            "poly" => self.poly(size)?,
            "bs" => {
                let degree = self.argument(&["df", "knots", "degree", "boundary"], "degree")?;
                let degree = degree.map_or(Ok(3), |tree| self.whole(tree, 1))?;
                Basis::Bs(self.knots(size, degree)?, degree)
            }
            _ => {
                self.named(&["df", "knots", "boundary"])?;
                Basis::Ns(self.knots(size, 1)?)
            }
        };
        Ok(VariableKind::Basis { value, basis })
    }

    fn poly(&self, size: Option<&Tree>) -> Result<Basis, DesignError> {
        let known = ["degree", "raw"];
        let degree = size.or(self.argument(&known, "degree")?);
        let degree = degree.map_or(Ok(1), |tree| self.whole(tree, 1))?;
        let raw = match self.argument(&known, "raw")?.map(|tree| &tree.kind) {
            None => false,
            Some(Kind::Number(number)) if *number == 0.0 || *number == 1.0 => *number == 1.0,
            Some(Kind::Name(word)) if matches!(word.as_str(), "TRUE" | "true" | "T") => true,
            Some(Kind::Name(word)) if matches!(word.as_str(), "FALSE" | "false" | "F") => false,
            Some(_) => return Err(self.needs("`raw = 0` or `raw = 1`")),
        };
        Ok(Basis::Poly { degree, raw })
    }

    /// * `least` columns there are without any inner knot
    fn knots(&self, size: Option<&Tree>, least: usize) -> Result<Knots, DesignError> {
        let known = ["df", "knots", "degree", "boundary"];
        let df = size.or(self.argument(&known, "df")?).map(|tree| self.whole(tree, least)).transpose()?;
        let inner = self.argument(&known, "knots")?.map(|tree| self.numbers(tree)).transpose()?;
        if df.is_some() && inner.is_some() {
            return Err(self.needs("`df` or `knots`, not both"));
        }
        let boundary = self.argument(&known, "boundary")?.map(|tree| self.numbers(tree)).transpose()?;
        let boundary = match boundary.as_deref() {
            None => None,
            Some(&[low, high]) if low < high => Some([low, high]),
            Some(_) => return Err(self.needs("two ascending numbers as `boundary = [low, high]`")),
        };
        Ok(Knots { df, inner, boundary })
    }

    fn argument(&self, known: &[&str], name: &str) -> Result<Option<&'a Tree>, DesignError> {
        Ok(self.named(known)?.into_iter().find(|(other, _)| *other == name).map(|(_, tree)| tree))
    }

    fn whole(&self, tree: &Tree, least: usize) -> Result<usize, DesignError> {
        const MOST: f64 = 1000.0;
        match tree.kind {
            Kind::Number(number) if number.fract() == 0.0 && number >= least as f64 && number <= MOST => {
                Ok(number as usize)
            }
            _ if least > 1 => Err(self.needs("a whole number of columns, not below the degree")),
            _ => Err(self.needs("a whole number from 1 to 1000")),
        }
    }

    fn numbers(&self, tree: &Tree) -> Result<Vec<f64>, DesignError> {
        let items = match &tree.kind {
            Kind::List(items) => items.as_slice(),
            _ => std::slice::from_ref(tree),
        };
        let mut numbers = items
            .iter()
            .map(|item| constant(item).ok_or_else(|| self.needs("numbers, as in `knots = [1, 2]`")))
            .collect::<Result<Vec<f64>, _>>()?;
        numbers.sort_by(f64::total_cmp);
        Ok(numbers)
    }
}

/// The value of a number with or without a sign.
pub(crate) fn constant(tree: &Tree) -> Option<f64> {
    match &tree.kind {
        Kind::Number(number) => Some(*number),
        Kind::Unary(Unary::Minus, inner) => constant(inner).map(|number| -number),
        Kind::Unary(Unary::Plus, inner) => constant(inner),
        _ => None,
    }
}
