//! Own likelihoods as text: `param` lines with domains, assignments, predictors and one `loglik = ..`.
//!
//! ```text
//! param k > 0                     # a domain
//! param p in (0, 1), b = 2.5      # an interval; a start
//! eta ~ x + c(region)             # a linear predictor with coefficients of its own
//! mu = exp(eta)                   # a definition
//! loglik = gamma_lpdf(y, shape = k, mean = mu)
//! ```
//! Statements end with their line or with `;`, in any order; definitions cannot be circular.

use crate::error::{ParseError, Problem};
use crate::parse::{Mode, Parser};
use crate::span::{Span, escaped};
use crate::token::{Cut, TokenKind, fail};
use crate::tree::Tree;

/// A parsed own likelihood.
#[derive(Debug, Clone, PartialEq)]
pub struct Program {
    /// Parameters in order of declaration.
    pub params: Vec<Param>,
    /// Definitions, each one after those that it uses.
    pub definitions: Vec<Definition>,
    /// Linear predictors in order of the text.
    pub predictors: Vec<Predictor>,
    /// The log density of one row.
    pub loglik: Tree,
}

/// A free number of the model.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// Where it is declared.
    pub span: Span,
    /// Which values it may take.
    pub domain: Domain,
    /// The start that the text gives.
    pub start: Option<f64>,
}

/// An open set of numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Domain {
    /// All numbers.
    Real,
    /// Above the number.
    Above(f64),
    /// Below the number.
    Below(f64),
    /// Between two numbers.
    Between(f64, f64),
}

impl Domain {
    /// Whether the value lies inside.
    pub fn contains(self, value: f64) -> bool {
        match self {
            Domain::Real => value.is_finite(),
            Domain::Above(low) => value > low && value.is_finite(),
            Domain::Below(high) => value < high && value.is_finite(),
            Domain::Between(low, high) => value > low && value < high,
        }
    }
}

/// `name = value`.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub span: Span,
    /// What it stands for.
    pub value: Tree,
}

/// `name ~ terms`.
#[derive(Debug, Clone, PartialEq)]
pub struct Predictor {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub span: Span,
    /// The right side, in the grammar of formulas.
    pub terms: Tree,
}

/// Words that a program cannot define.
const RESERVED: &[&str] = &["pi", "inf", "missing", "row", "if", "param", "."];

/// Parses an own likelihood.
///
/// # Errors
/// Whatever is not in the grammar, with its place; a name defined twice or by itself; no `loglik`.
pub fn parse_program(text: &str) -> Result<Program, ParseError> {
    let mut reader = Reader {
        parser: Parser::new(text, Cut { lines: true, names: &[] })?,
        params: Vec::new(),
        definitions: Vec::new(),
        predictors: Vec::new(),
        loglik: None,
        taken: Vec::new(),
    };
    reader.statements()?;
    let at_end = Span::new(text.len(), text.len());
    let loglik = reader.loglik.ok_or_else(|| fail(at_end, Problem::NoLoglik))?;
    let definitions = in_order(reader.definitions)?;
    Ok(Program { params: reader.params, definitions, predictors: reader.predictors, loglik })
}

struct Reader<'a> {
    parser: Parser<'a>,
    params: Vec<Param>,
    definitions: Vec<Definition>,
    predictors: Vec<Predictor>,
    loglik: Option<Tree>,
    taken: Vec<String>,
}

impl Reader<'_> {
    fn statements(&mut self) -> Result<(), ParseError> {
        loop {
            self.parser.take_semicolons();
            if matches!(self.parser.peek(), TokenKind::End) {
                return Ok(());
            }
            self.statement()?;
            if !matches!(self.parser.peek(), TokenKind::Semicolon | TokenKind::End) {
                return Err(match self.parser.peek() {
                    TokenKind::Sign(_) => self.parser.unexpected("the end"),
                    _ => self.parser.unexpected("an operator"),
                });
            }
        }
    }

    fn statement(&mut self) -> Result<(), ParseError> {
        let span = self.parser.span();
        let TokenKind::Name(name) = self.parser.peek().clone() else {
            return Err(self.parser.unexpected("`param ..`, `name = ..` or `name ~ ..`"));
        };
        self.parser.advance();
        if name == "param" && matches!(self.parser.peek(), TokenKind::Name(_)) {
            return self.params();
        }
        let defines = self.parser.is_sign("=");
        if !defines && !self.parser.is_sign("~") {
            return Err(self.parser.unexpected("`=` or `~` after the name"));
        }
        self.parser.advance();
        if defines && name == "loglik" {
            if self.loglik.is_some() {
                return Err(fail(span, Problem::DefinedTwice { name }));
            }
            self.loglik = Some(self.parser.expression(Mode::Expression)?);
            return Ok(());
        }
        self.take_name(&name, span)?;
        if defines {
            let value = self.parser.expression(Mode::Expression)?;
            self.definitions.push(Definition { name, span, value });
        } else {
            let terms = self.parser.expression(Mode::Formula)?;
            self.predictors.push(Predictor { name, span, terms });
        }
        Ok(())
    }

    fn take_name(&mut self, name: &str, span: Span) -> Result<(), ParseError> {
        if RESERVED.contains(&name) || name == "loglik" {
            return Err(fail(span, Problem::Reserved { name: escaped(name) }));
        }
        if self.taken.iter().any(|t| t == name) {
            return Err(fail(span, Problem::DefinedTwice { name: escaped(name) }));
        }
        self.taken.push(name.to_owned());
        Ok(())
    }

    /// `a, b` or `a > 0, b in (0, 1) = 0.5`: as many as are declared in one line.
    fn params(&mut self) -> Result<(), ParseError> {
        let first = self.params.len();
        loop {
            let span = self.parser.span();
            let TokenKind::Name(name) = self.parser.peek().clone() else {
                return Err(self.parser.unexpected("the name of a parameter"));
            };
            self.parser.advance();
            self.take_name(&name, span)?;
            let domain = self.domain()?;
            let start = if self.parser.take_sign("=") { Some(self.constant()?) } else { None };
            if let Some(value) = start
                && !domain.contains(value)
            {
                return Err(fail(span, Problem::StartOutside { value }));
            }
            self.params.push(Param { name, span, domain, start });
            if !self.parser.take_sign(",") {
                break;
            }
        }
        // `a, b > 0` may mean either: nobody should have to guess.
        let declared = &self.params[first..];
        if let [others @ .., last] = declared
            && !others.is_empty()
            && last.domain != Domain::Real
            && others.iter().all(|p| p.domain == Domain::Real && p.start.is_none())
        {
            return Err(fail(others[0].span.to(last.span), Problem::DomainMissing));
        }
        Ok(())
    }

    fn domain(&mut self) -> Result<Domain, ParseError> {
        let span = self.parser.span();
        if self.parser.take_sign(">") || self.parser.take_sign(">=") {
            return Ok(Domain::Above(self.constant()?));
        }
        if self.parser.take_sign("<") || self.parser.take_sign("<=") {
            return Ok(Domain::Below(self.constant()?));
        }
        if !self.parser.take_sign("in") {
            return Ok(Domain::Real);
        }
        if !self.parser.take_sign("(") && !self.parser.take_sign("[") {
            return Err(self.parser.unexpected("`(low, high)`"));
        }
        let low = self.constant()?;
        if !self.parser.take_sign(",") {
            return Err(self.parser.unexpected("`,`"));
        }
        let high = self.constant()?;
        if !self.parser.take_sign(")") && !self.parser.take_sign("]") {
            return Err(self.parser.unexpected("`)`"));
        }
        if low >= high {
            return Err(fail(span, Problem::DomainEmpty { low, high }));
        }
        Ok(match (low.is_finite(), high.is_finite()) {
            (true, true) => Domain::Between(low, high),
            (true, false) => Domain::Above(low),
            (false, true) => Domain::Below(high),
            (false, false) => Domain::Real,
        })
    }

    /// A number, `pi` or `inf`, with a sign.
    fn constant(&mut self) -> Result<f64, ParseError> {
        let sign = if self.parser.take_sign("-") { -1.0 } else { 1.0 };
        let value = match self.parser.peek() {
            TokenKind::Number(value) => *value,
            TokenKind::Name(name) if name == "pi" => std::f64::consts::PI,
            TokenKind::Name(name) if name == "inf" => f64::INFINITY,
            _ => return Err(self.parser.unexpected("a number")),
        };
        self.parser.advance();
        Ok(sign * value)
    }
}

/// Definitions so that each one stands after those that it uses.
fn in_order(definitions: Vec<Definition>) -> Result<Vec<Definition>, ParseError> {
    let used: Vec<Vec<usize>> = definitions
        .iter()
        .map(|d| {
            let names = d.value.names();
            (0..definitions.len()).filter(|j| names.contains(&definitions[*j].name.as_str())).collect()
        })
        .collect();
    let mut placed = vec![false; definitions.len()];
    let mut order = Vec::with_capacity(definitions.len());
    while order.len() < definitions.len() {
        let ready = (0..definitions.len()).find(|i| !placed[*i] && used[*i].iter().all(|j| placed[*j]));
        let Some(i) = ready else {
            let i = placed.iter().position(|p| !p).expect("fewer are placed than there are");
            let name = escaped(&definitions[i].name);
            return Err(fail(definitions[i].span, Problem::Circular { name }));
        };
        placed[i] = true;
        order.push(i);
    }
    let mut definitions: Vec<Option<Definition>> = definitions.into_iter().map(Some).collect();
    Ok(order.into_iter().filter_map(|i| definitions[i].take()).collect())
}
