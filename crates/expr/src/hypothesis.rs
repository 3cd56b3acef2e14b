//! Hypotheses about coefficients: `age = prior`, `race[2] / race[3] = 1`, several between commas.

use crate::error::ParseError;
use crate::parse::{Mode, Parser};
use crate::span::Span;
use crate::token::{Cut, TokenKind};
use crate::tree::{Kind, Link, Tree};

/// One equation, or one quantity without a right side.
#[derive(Debug, Clone, PartialEq)]
pub struct Hypothesis {
    /// The left side.
    pub lhs: Tree,
    /// The right side; `None` for a quantity to be estimated.
    pub rhs: Option<Tree>,
    /// All of it, as typed.
    pub span: Span,
}

impl Hypothesis {
    /// What is zero when the hypothesis holds: left side minus right side.
    pub fn difference(&self) -> Tree {
        match &self.rhs {
            None => self.lhs.clone(),
            Some(rhs) if rhs.kind == Kind::Number(0.0) => self.lhs.clone(),
            Some(rhs) => {
                let tail = vec![(Link::Minus, rhs.clone())];
                Tree::new(Kind::Chain(Box::new(self.lhs.clone()), tail), self.span)
            }
        }
    }
}

/// Parses hypotheses between commas or semicolons; `names` are the coefficients' machine names, read as
/// names although they hold brackets or colons. `a = b = c` makes two of them.
///
/// # Errors
/// Whatever is not in the grammar, with its place.
pub fn parse_hypotheses(text: &str, names: &[String]) -> Result<Vec<Hypothesis>, ParseError> {
    let mut parser = Parser::new(text, Cut { lines: false, names })?;
    let mut found = Vec::new();
    loop {
        let mut start = parser.span();
        let mut lhs = parser.expression(Mode::Side)?;
        let mut is_equation = false;
        while parser.take_sign("=") || parser.take_sign("==") {
            is_equation = true;
            let right_start = parser.span();
            let rhs = parser.expression(Mode::Side)?;
            found.push(Hypothesis { span: start.to(rhs.span), lhs, rhs: Some(rhs.clone()) });
            (lhs, start) = (rhs, right_start);
        }
        if !is_equation {
            found.push(Hypothesis { span: start.to(lhs.span), lhs, rhs: None });
        }
        let more = parser.take_sign(",") || matches!(parser.peek(), TokenKind::Semicolon);
        parser.take_semicolons();
        if !more || matches!(parser.peek(), TokenKind::End) {
            break;
        }
    }
    parser.end()?;
    Ok(found)
}
