//! Formulas: `response ~ terms; parameter ~ terms; ..`
//!
//! Only the text is taken apart here; what `+`, `:`, `*`, `/`, `^`, `.`, `-1` and the calls mean is the design's.

use crate::error::{ParseError, Problem};
use crate::parse::{Mode, Parser};
use crate::span::Span;
use crate::token::{Cut, TokenKind, fail};
use crate::tree::{Kind, Tree};

/// One part of a formula, between semicolons.
#[derive(Debug, Clone, PartialEq)]
pub struct FormulaPart {
    /// The parameter before `~`; `None` in the first part, which is about the location.
    pub param: Option<String>,
    /// What stands before `~` in the first part; `None` in the others and in a one-sided formula.
    pub lhs: Option<Tree>,
    /// What stands after `~`.
    pub rhs: Tree,
    /// All of the part.
    pub span: Span,
}

/// Parses a formula: one part at least, the first one's left side is the response.
///
/// # Errors
/// Whatever is not in the grammar, with its place; a parameter with two parts.
pub fn parse_formula(text: &str) -> Result<Vec<FormulaPart>, ParseError> {
    let mut parser = Parser::new(text, Cut::default())?;
    let mut parts: Vec<FormulaPart> = Vec::new();
    loop {
        let part = formula_part(&mut parser, parts.is_empty())?;
        if let Some(name) = &part.param
            && parts.iter().any(|p| p.param.as_ref() == Some(name))
        {
            return Err(fail(part.span, Problem::DefinedTwice { name: crate::span::escaped(name) }));
        }
        parts.push(part);
        if !matches!(parser.peek(), TokenKind::Semicolon) {
            break;
        }
        parser.take_semicolons();
        if matches!(parser.peek(), TokenKind::End) {
            break;
        }
    }
    parser.end()?;
    Ok(parts)
}

fn formula_part(parser: &mut Parser<'_>, is_first: bool) -> Result<FormulaPart, ParseError> {
    let start = parser.span();
    let lhs = if parser.is_sign("~") { None } else { Some(parser.expression(Mode::Expression)?) };
    if !parser.take_sign("~") {
        return Err(parser.unexpected("`~`"));
    }
    let rhs = parser.expression(Mode::Formula)?;
    let span = start.to(rhs.span);
    if is_first {
        return Ok(FormulaPart { param: None, lhs, rhs, span });
    }
    match lhs.map(|tree| tree.kind) {
        Some(Kind::Name(name)) => Ok(FormulaPart { param: Some(name), lhs: None, rhs, span }),
        _ => Err(fail(start, Problem::ParameterName)),
    }
}
