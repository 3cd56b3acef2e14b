//! Tokens to trees: one precedence parser for expressions and formulas.
//!
//! From loose to tight: `or` · `and` · `not` · comparisons, `in` · `+ -` · `* / %` · unary `- +` ·
//! `:` (formula) · `^` (from the right). So `-x^2` is `-(x^2)` and `a*b:c` is `a*(b:c)`, as in R.
//! Depth, nodes and length are bounded: no text can exhaust the stack, the memory or the patience.

use crate::error::{ParseError, Problem};
use crate::span::Span;
use crate::token::{Cut, Token, TokenKind, cut, fail, shorten};
use crate::tree::{Arg, Binary, Kind, Link, Tree, Unary};

/// Longest text that is read, bytes.
pub const MAX_BYTES: usize = 64 * 1024;
/// Deepest nesting of a tree.
pub const MAX_DEPTH: usize = 200;
/// Most nodes of one text.
pub const MAX_NODES: usize = 10_000;

/// Parses one expression.
///
/// # Errors
/// Whatever is not in the grammar, with its place.
pub fn parse_expression(text: &str) -> Result<Tree, ParseError> {
    parse_expression_over(text, &[])
}

/// Parses one expression in which `names` are names although the grammar would not read them so: coefficients
/// (`region[south]`, `sigma: z`, `poly(x, 2)[1]`), blanks aside.
///
/// # Errors
/// As [`parse_expression`].
pub fn parse_expression_over(text: &str, names: &[String]) -> Result<Tree, ParseError> {
    let mut parser = Parser::new(text, Cut { lines: false, names })?;
    let tree = parser.expression(Mode::Expression)?;
    parser.end()?;
    Ok(tree)
}

/// What is parsed: `:` joins in a formula, `==` ends the side of an equation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Expression,
    Formula,
    Side,
}

pub(crate) struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    nesting: usize,
    nodes: usize,
}

/// A tree with its depth, so that the bound costs nothing to hold.
struct Deep {
    tree: Tree,
    depth: usize,
}

const UNARY: u8 = 13;

/// Left and right binding power of a sign between operands.
fn power(sign: &str, mode: Mode) -> Option<(u8, u8)> {
    Some(match sign {
        "or" => (1, 2),
        "and" => (3, 4),
        "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not" => (7, 8),
        "+" | "-" => (9, 10),
        "*" | "/" | "%" => (11, 12),
        ":" if mode == Mode::Formula => (15, 16),
        "^" => (19, 18),
        _ => return None,
    })
}

fn link(sign: &str) -> Option<Link> {
    Some(match sign {
        "+" => Link::Plus,
        "-" => Link::Minus,
        "*" => Link::Times,
        "/" => Link::Over,
        "%" => Link::Modulo,
        ":" => Link::Interaction,
        "and" => Link::And,
        "or" => Link::Or,
        _ => return None,
    })
}

fn binary(sign: &str) -> Option<Binary> {
    Some(match sign {
        "^" => Binary::Power,
        "==" => Binary::Equal,
        "!=" => Binary::Unequal,
        "<" => Binary::Less,
        "<=" => Binary::LessEqual,
        ">" => Binary::Greater,
        ">=" => Binary::GreaterEqual,
        _ => return None,
    })
}

impl<'a> Parser<'a> {
    pub(crate) fn new(text: &'a str, how: Cut<'_>) -> Result<Parser<'a>, ParseError> {
        Ok(Parser { text, tokens: cut(text, how)?, at: 0, nesting: 0, nodes: 0 })
    }

    // ---- tokens

    pub(crate) fn peek(&self) -> &TokenKind {
        &self.tokens[self.at].kind
    }

    pub(crate) fn span(&self) -> Span {
        self.tokens[self.at].span
    }

    fn last_end(&self) -> usize {
        self.tokens[self.at.saturating_sub(1)].span.end
    }

    pub(crate) fn advance(&mut self) {
        // The last token is End and is never passed.
        self.at = (self.at + 1).min(self.tokens.len() - 1);
    }

    pub(crate) fn is_sign(&self, sign: &str) -> bool {
        matches!(self.peek(), TokenKind::Sign(s) if *s == sign)
    }

    pub(crate) fn take_sign(&mut self, sign: &str) -> bool {
        let is = self.is_sign(sign);
        if is {
            self.advance();
        }
        is
    }

    pub(crate) fn follows(&self, sign: &str) -> bool {
        matches!(self.tokens.get(self.at + 1).map(|t| &t.kind), Some(TokenKind::Sign(s)) if *s == sign)
    }

    pub(crate) fn take_semicolons(&mut self) {
        while matches!(self.peek(), TokenKind::Semicolon) {
            self.advance();
        }
    }

    pub(crate) fn unexpected(&self, expected: &'static str) -> ParseError {
        let span = self.span();
        if let (TokenKind::Sign(sign @ (":" | "~")), "an operator" | "the end") = (self.peek(), expected) {
            return fail(span, Problem::FormulaOnly { operator: if *sign == ":" { ':' } else { '~' } });
        }
        if self.is_sign("=") && expected != "`~`" {
            return fail(span, Problem::SingleEqual);
        }
        let found = match self.peek() {
            TokenKind::End => "the end".to_owned(),
            TokenKind::Semicolon if span.of(self.text) != ";" => "the end of the line".to_owned(),
            _ => shorten(span.of(self.text)),
        };
        fail(span, Problem::Unexpected { expected, found })
    }

    /// Nothing may follow.
    pub(crate) fn end(&self) -> Result<(), ParseError> {
        match self.peek() {
            TokenKind::End => Ok(()),
            TokenKind::Sign(_) => Err(self.unexpected("the end")),
            _ => Err(self.unexpected("an operator")),
        }
    }

    // ---- trees

    /// One whole expression, as far as it goes.
    pub(crate) fn expression(&mut self, mode: Mode) -> Result<Tree, ParseError> {
        if self.tokens.len() == 1 {
            return Err(fail(Span::new(0, self.text.len()), Problem::Empty));
        }
        // A comparison ends one side of an equation.
        let least = if mode == Mode::Side { 9 } else { 0 };
        Ok(self.above(least, mode)?.tree)
    }

    fn node(&mut self, kind: Kind, span: Span, depth: usize) -> Result<Deep, ParseError> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(fail(span, Problem::TooManyNodes));
        }
        if depth > MAX_DEPTH {
            return Err(fail(span, Problem::TooDeep));
        }
        Ok(Deep { tree: Tree::new(kind, span), depth })
    }

    /// An expression of operators that bind at least as tightly as `least`.
    fn above(&mut self, least: u8, mode: Mode) -> Result<Deep, ParseError> {
        self.nesting += 1;
        if self.nesting > MAX_DEPTH {
            return Err(fail(self.span(), Problem::TooDeep));
        }
        let start = self.span().start;
        let mut left = self.operand(least, mode)?;
        let mut compared = false;
        while let TokenKind::Sign(sign) = *self.peek() {
            let Some((binds, next)) = power(sign, mode) else { break };
            if binds < least || (sign == "not" && !self.follows("in")) {
                break;
            }
            if binds == 7 {
                if compared {
                    return Err(fail(self.span(), Problem::ComparisonChain));
                }
                compared = true;
            } else if binds < 7 {
                compared = false;
            }
            left = self.join(left, start, sign, next, mode)?;
        }
        self.nesting -= 1;
        Ok(left)
    }

    /// `left`, an operator and what stands right of it.
    fn join(
        &mut self,
        left: Deep,
        start: usize,
        sign: &'static str,
        next: u8,
        mode: Mode,
    ) -> Result<Deep, ParseError> {
        let is_negated = sign == "not";
        self.advance();
        if is_negated {
            self.advance();
        }
        if sign == "in" || is_negated {
            return self.membership(left, start, is_negated);
        }
        let right = self.above(next, mode)?;
        let depth = left.depth.max(right.depth + 1);
        let span = Span::new(start, self.last_end());
        let Some(link) = link(sign) else {
            let op = binary(sign).expect("every sign with a binding power is a link, a binary or `in`");
            let depth = left.depth.max(right.depth) + 1;
            return self.node(Kind::Binary(op, Box::new(left.tree), Box::new(right.tree)), span, depth);
        };
        match left.tree.kind {
            Kind::Chain(head, mut tail) if tail.iter().all(|(other, _)| same_level(*other, link)) => {
                tail.push((link, right.tree));
                self.node(Kind::Chain(head, tail), span, depth)
            }
            _ => self.node(
                Kind::Chain(Box::new(left.tree), vec![(link, right.tree)]),
                span,
                depth.max(left.depth + 1),
            ),
        }
    }

    /// `in (a, b)` or `in [low, high]`, after the `in`.
    fn membership(&mut self, left: Deep, start: usize, negated: bool) -> Result<Deep, ParseError> {
        let open = self.span();
        let is_interval = self.is_sign("[");
        if !is_interval && !self.is_sign("(") {
            return Err(self.unexpected("`(a, b, ..)` or `[low, high]` after `in`"));
        }
        self.advance();
        let (choices, below) = self.items(open, if is_interval { "]" } else { ")" })?;
        let depth = left.depth.max(below) + 1;
        let span = Span::new(start, self.last_end());
        let value = Box::new(left.tree);
        if !is_interval {
            return self.node(Kind::Among { value, choices, negated }, span, depth);
        }
        let count = choices.len();
        let bounds: [Tree; 2] =
            choices.try_into().map_err(|_| fail(open.to(span), Problem::IntervalEnds { count }))?;
        self.node(Kind::Within { value, bounds: Box::new(bounds), negated }, span, depth)
    }

    /// Expressions between commas up to `close`, and the depth of the deepest; at least one.
    fn items(&mut self, open: Span, close: &'static str) -> Result<(Vec<Tree>, usize), ParseError> {
        let (mut items, mut depth) = (Vec::new(), 0);
        loop {
            let item = self.above(0, Mode::Expression)?;
            depth = depth.max(item.depth);
            items.push(item.tree);
            if self.take_sign(",") {
                continue;
            }
            self.close(open, close)?;
            return Ok((items, depth));
        }
    }

    fn close(&mut self, open: Span, close: &'static str) -> Result<(), ParseError> {
        if self.take_sign(close) {
            return Ok(());
        }
        match self.peek() {
            TokenKind::End | TokenKind::Semicolon => {
                Err(fail(open, Problem::Unclosed { open: if close == ")" { '(' } else { '[' } }))
            }
            TokenKind::Sign(_) if close == ")" => Err(self.unexpected("`)`, `,` or an operator")),
            TokenKind::Sign(_) => Err(self.unexpected("`]`, `,` or an operator")),
            _ => Err(self.unexpected("an operator")),
        }
    }

    fn operand(&mut self, least: u8, mode: Mode) -> Result<Deep, ParseError> {
        let span = self.span();
        match self.peek().clone() {
            TokenKind::Number(value) => {
                self.advance();
                self.node(Kind::Number(value), span, 1)
            }
            TokenKind::Text(text) => {
                self.advance();
                self.node(Kind::Text(text), span, 1)
            }
            TokenKind::Name(name) => {
                self.advance();
                if self.is_sign("(") && !self.text[span.start..].starts_with('`') {
                    return self.call(name, span);
                }
                self.node(Kind::Name(name), span, 1)
            }
            TokenKind::Sign("(") => {
                self.advance();
                let inner = self.above(0, if mode == Mode::Formula { mode } else { Mode::Expression })?;
                self.close(span, ")")?;
                Ok(inner)
            }
            TokenKind::Sign("[") => {
                self.advance();
                let (items, depth) = self.items(span, "]")?;
                self.node(Kind::List(items), Span::new(span.start, self.last_end()), depth + 1)
            }
            TokenKind::Sign("-") => self.prefixed(Unary::Minus, UNARY.max(least), mode),
            TokenKind::Sign("+") => self.prefixed(Unary::Plus, UNARY.max(least), mode),
            TokenKind::Sign("not") => self.prefixed(Unary::Not, least.max(5), mode),
            _ => Err(self.unexpected("a number, a name or `(`")),
        }
    }

    fn prefixed(&mut self, op: Unary, least: u8, mode: Mode) -> Result<Deep, ParseError> {
        let start = self.span().start;
        self.advance();
        let operand = self.above(least, mode)?;
        let span = Span::new(start, self.last_end());
        self.node(Kind::Unary(op, Box::new(operand.tree)), span, operand.depth + 1)
    }

    fn call(&mut self, name: String, start: Span) -> Result<Deep, ParseError> {
        let open = self.span();
        self.advance();
        let (mut args, mut depth): (Vec<Arg>, usize) = (Vec::new(), 0);
        if !self.take_sign(")") {
            loop {
                let arg = self.argument(&args, &mut depth)?;
                args.push(arg);
                if !self.take_sign(",") {
                    break;
                }
            }
            self.close(open, ")")?;
        }
        self.node(Kind::Call(name, args), Span::new(start.start, self.last_end()), depth + 1)
    }

    fn argument(&mut self, before: &[Arg], depth: &mut usize) -> Result<Arg, ParseError> {
        let span = self.span();
        let name = match self.peek().clone() {
            TokenKind::Name(name) if self.follows("=") => Some(name),
            _ => None,
        };
        if let Some(name) = &name {
            if before.iter().any(|a| a.name.as_ref() == Some(name)) {
                return Err(fail(span, Problem::ArgumentTwice { name: crate::span::escaped(name) }));
            }
            self.advance();
            self.advance();
        } else if before.last().is_some_and(|a| a.name.is_some()) {
            return Err(fail(span, Problem::PositionalAfterNamed));
        }
        let value = self.above(0, Mode::Expression)?;
        *depth = (*depth).max(value.depth);
        Ok(Arg { name, value: value.tree })
    }
}

/// Whether two links stand in one chain.
fn same_level(a: Link, b: Link) -> bool {
    let level = |l: Link| match l {
        Link::Plus | Link::Minus => 0,
        Link::Times | Link::Over | Link::Modulo => 1,
        Link::Interaction => 2,
        Link::And => 3,
        Link::Or => 4,
    };
    level(a) == level(b)
}
