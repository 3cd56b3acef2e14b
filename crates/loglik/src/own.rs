//! From a user's text to what a fit needs: its columns, its predictors as formulas, its likelihood.
//!
//! Parameters become intercepts and `eta ~ terms` becomes the predictor of a coordinate, so that the text goes through the
//! same preparation, passes and tables as any built-in likelihood.

use crate::{Error, Exit, FitSpec};
use loglik_design::{Formula, Table};
use loglik_expr::{
    EvalError, EvalProblem, Kind, MAX_BYTES, ParseError, Program, Tree, escaped, nearest, parse_program,
    spell_name,
};
use loglik_own::{Densities, Own};
use std::sync::Arc;

/// Parameters and predictors of a text, at most: every row has a second derivative for each pair.
const MOST_INPUTS: usize = 100;

/// What an own likelihood is called.
pub(crate) const OWN: &str = "own";

/// Names that stand for a value where no column has the name.
const CONSTANTS: [&str; 10] = ["pi", "inf", "Inf", "missing", "NA", "row", "true", "TRUE", "false", "FALSE"];

/// A user's text, read.
#[derive(Clone)]
pub(crate) struct OwnText {
    text: String,
    program: Program,
    pub(crate) formula: Formula,
}

/// A text that is an expression alone becomes the value of one row; `params` are declared in front of it.
///
/// * `params` declarations such as `mu` or `k > 0`
#[must_use]
pub fn own_text(text: &str, params: &[String]) -> String {
    let first = text.trim_start();
    let whole = text.contains("loglik") || first.starts_with("param ") || first.contains('~');
    let declared: String = params.iter().map(|param| format!("param {param}\n")).collect();
    if whole { format!("{declared}{text}") } else { format!("{declared}loglik = {text}") }
}

fn not_in_the_grammar(text: &str, error: &ParseError) -> Error {
    Error::new(error.id(), Exit::Request, error.pointed(text))
}

impl OwnText {
    /// The text of a spec, if it has one.
    ///
    /// # Errors
    /// A text that is not in the grammar; options that have no meaning beside a text.
    pub(crate) fn of(spec: &FitSpec) -> Result<Option<Self>, Error> {
        let idle = [
            ("a link", !spec.links.is_empty()),
            ("an offset", spec.offset.is_some() || spec.exposure.is_some()),
            ("an event", spec.event.is_some()),
            ("a reference class", spec.reference.is_some()),
            ("tau", spec.tau.is_some()),
            ("a structure", spec.structure.is_some()),
            ("a formula", !spec.formula.is_empty()),
        ];
        if let (Some(_), Some((what, _))) = (&spec.text, idle.iter().find(|(_, is)| *is)) {
            return Err(Error::request(format!("{what} has no meaning beside a likelihood of one's own"))
                .remedy("write it into the text: `eta ~ x + offset(z)`, `mu = exp(eta)`"));
        }
        spec.text.as_ref().map(|text| Self::read(text)).transpose()
    }

    fn read(text: &str) -> Result<Self, Error> {
        if text.len() > MAX_BYTES {
            let message = format!("the text has {} bytes; at most {MAX_BYTES} are read", text.len());
            return Err(Error::new("expression_too_large", Exit::Request, message));
        }
        let program = parse_program(text).map_err(|error| not_in_the_grammar(text, &error))?;
        let inputs = program.params.len() + program.predictors.len();
        if inputs == 0 {
            let error = Error::new("expression_rejected", Exit::Request, "the text has nothing to estimate");
            let mut read: Vec<&str> = program.loglik.names();
            read.extend(program.definitions.iter().flat_map(|d| d.value.names()));
            let read = read.join(", ");
            return Err(error.remedy(format!(
                "declare what is to be estimated of {read}: a line `param b` or `param k > 0`, or --param 'k > 0'"
            )));
        }
        if inputs > MOST_INPUTS {
            let message = format!("{inputs} parameters and predictors; at most {MOST_INPUTS} are taken");
            return Err(Error::new("expression_too_large", Exit::Request, message)
                .remedy("collect coefficients in a linear predictor: `eta ~ x + z`"));
        }
        let formula = Formula::parse(&formula_text(text, &program))?;
        Ok(Self { text: text.to_owned(), program, formula })
    }

    fn trees(&self) -> impl Iterator<Item = &Tree> {
        std::iter::once(&self.program.loglik).chain(self.program.definitions.iter().map(|d| &d.value))
    }

    fn declares(&self, name: &str) -> bool {
        let program = &self.program;
        program.params.iter().any(|p| p.name == name)
            || program.definitions.iter().any(|d| d.name == name)
            || program.predictors.iter().any(|p| p.name == name)
    }

    /// Columns of a table with these names that the text itself reads, those of its predictors not among them.
    pub(crate) fn columns(&self, names: &[String]) -> Result<Vec<String>, Error> {
        let mut used: Vec<String> = Vec::new();
        let mut unknown = None;
        for tree in self.trees() {
            tree.walk(&mut |node| {
                let Kind::Name(name) = &node.kind else { return };
                if self.declares(name) || used.contains(name) {
                    return;
                }
                if names.contains(name) {
                    used.push(name.clone());
                } else if !CONSTANTS.contains(&name.as_str()) && unknown.is_none() {
                    unknown = Some((name.clone(), node.span));
                }
            });
        }
        let Some((name, span)) = unknown else { return Ok(used) };
        let known =
            names.iter().map(String::as_str).chain(self.program.params.iter().map(|p| p.name.as_str()));
        let nearest = nearest(&name, known).map(str::to_owned);
        let problem = EvalProblem::UnknownColumn { name: escaped(&name), nearest };
        let mut error = self.refused(&EvalError::new(span, problem)).column(name);
        // It may as well be a parameter that was not declared.
        error.id = "expression_rejected".to_owned();
        let shown: Vec<&str> = names.iter().take(40).map(String::as_str).collect();
        Err(error.remedy(format!("declare it with `param`, or use a column: {}", shown.join(", "))))
    }

    /// Columns whose missing values the text asks about: `missing(x)`.
    pub(crate) fn open_columns(&self) -> Vec<String> {
        let mut open: Vec<String> = Vec::new();
        for tree in self.trees() {
            tree.walk(&mut |node| {
                if let Kind::Call(name, args) = &node.kind
                    && name == "missing"
                {
                    open.extend(args.iter().flat_map(|a| a.value.names()).map(str::to_owned));
                }
            });
        }
        open
    }

    /// An error at a place of the text.
    pub(crate) fn refused(&self, error: &EvalError) -> Error {
        Error::new(error.id(), Exit::Request, error.pointed(&self.text))
    }

    /// The compiled likelihood.
    pub(crate) fn compile(&self, table: &Table) -> Result<Arc<Own>, Error> {
        let own = Own::new(&self.program, table, &Densities).map_err(|error| self.refused(&error))?;
        Ok(Arc::new(own))
    }

    /// Parameters of the text, in the order of the coordinates; the predictors come after them.
    pub(crate) fn params(&self) -> usize {
        self.program.params.len()
    }
}

/// The predictors of all coordinates as one formula without response: intercepts for parameters, terms for predictors.
fn formula_text(text: &str, program: &Program) -> String {
    let params = program.params.iter().map(|p| (p.name.as_str(), "1"));
    let predictors = program.predictors.iter().map(|p| (p.name.as_str(), p.terms.typed(text)));
    let part = |(at, (name, terms)): (usize, (&str, &str))| {
        // A line each: an error shows the line that it is in.
        if at == 0 { format!("~ {terms}") } else { format!(";\n{} ~ {terms}", spell_name(name)) }
    };
    params.chain(predictors).enumerate().map(part).collect()
}
