//! The tree of a parsed text: what formula terms, conditions, hypotheses and own likelihoods have in common.
//!
//! Operators of one level stand in one [`Kind::Chain`] (`a + b - c` has one node with three operands), so a
//! formula of a thousand terms is as shallow as one of two. The parser bounds depth and number of nodes:
//! whoever walks a tree may recurse.

use crate::span::Span;

/// A node and where it was written. Two trees are equal when they say the same, wherever they stand.
#[derive(Debug, Clone)]
pub struct Tree {
    /// What it is.
    pub kind: Kind,
    /// Where it was typed, without enclosing parentheses; empty for nodes made by a derivative or rewrite.
    pub span: Span,
}

impl PartialEq for Tree {
    fn eq(&self, other: &Tree) -> bool {
        self.kind == other.kind
    }
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A number: `2`, `1e9`, `.5`.
    Number(f64),
    /// A text: `'north'`.
    Text(String),
    /// A column, parameter or constant, and in a formula the `.`
    Name(String),
    /// `-a`, `+a`, `not a`.
    Unary(Unary, Box<Tree>),
    /// `a ^ b` and comparisons: operators that do not chain.
    Binary(Binary, Box<Tree>, Box<Tree>),
    /// Operators of one level, applied from the left: `head (op operand)..`, at least one.
    Chain(Box<Tree>, Vec<(Link, Tree)>),
    /// `name(args..)`.
    Call(String, Vec<Arg>),
    /// `[a, b, ..]`.
    List(Vec<Tree>),
    /// `value in (a, b, ..)`, or `not in` when `negated`.
    Among {
        /// What is looked for.
        value: Box<Tree>,
        /// Where it is looked for, at least one.
        choices: Vec<Tree>,
        /// `not in`.
        negated: bool,
    },
    /// `value in [low, high]`: truncation in a response, `low <= value <= high` elsewhere; or `not in`.
    Within {
        /// What is compared.
        value: Box<Tree>,
        /// Lower and upper end, both included.
        bounds: Box<[Tree; 2]>,
        /// `not in`.
        negated: bool,
    },
}

/// One argument of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Arg {
    /// `df` of `df = 5`.
    pub name: Option<String>,
    /// Its value.
    pub value: Tree,
}

/// Operators before one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unary {
    /// `-`
    Minus,
    /// `+`
    Plus,
    /// `not`, `!`
    Not,
}

/// Operators between two operands that do not chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binary {
    /// `^`, `**`
    Power,
    /// `==`
    Equal,
    /// `!=`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
}

/// Operators that chain from the left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Times,
    /// `/`
    Over,
    /// `%`: the remainder with the sign of the divisor
    Modulo,
    /// `:` of a formula
    Interaction,
    /// `and`, `&&`
    And,
    /// `or`, `||`
    Or,
}

impl Tree {
    /// A node at a place.
    pub fn new(kind: Kind, span: Span) -> Tree {
        Tree { kind, span }
    }

    /// A number that nobody typed.
    pub fn number(value: f64) -> Tree {
        Tree::new(Kind::Number(value), Span::default())
    }

    /// A name that nobody typed.
    pub fn name(name: impl Into<String>) -> Tree {
        Tree::new(Kind::Name(name.into()), Span::default())
    }

    /// A call that nobody typed, its arguments by position.
    pub fn call(name: &str, values: Vec<Tree>) -> Tree {
        let args = values.into_iter().map(|value| Arg { name: None, value }).collect();
        Tree::new(Kind::Call(name.to_owned(), args), Span::default())
    }

    /// The text of this node as typed in `text`, the text it was parsed from.
    pub fn typed<'a>(&self, text: &'a str) -> &'a str {
        self.span.of(text)
    }

    /// The nodes directly below, from left to right.
    pub fn children(&self) -> Vec<&Tree> {
        match &self.kind {
            Kind::Number(_) | Kind::Text(_) | Kind::Name(_) => Vec::new(),
            Kind::Unary(_, a) => vec![a],
            Kind::Binary(_, a, b) => vec![a, b],
            Kind::Chain(head, tail) => std::iter::once(&**head).chain(tail.iter().map(|(_, t)| t)).collect(),
            Kind::Call(_, args) => args.iter().map(|a| &a.value).collect(),
            Kind::List(items) => items.iter().collect(),
            Kind::Among { value, choices, .. } => std::iter::once(&**value).chain(choices).collect(),
            Kind::Within { value, bounds, .. } => vec![value, &bounds[0], &bounds[1]],
        }
    }

    /// The nodes directly below, to be changed.
    pub(crate) fn children_mut(&mut self) -> Vec<&mut Tree> {
        match &mut self.kind {
            Kind::Number(_) | Kind::Text(_) | Kind::Name(_) => Vec::new(),
            Kind::Unary(_, a) => vec![a],
            Kind::Binary(_, a, b) => vec![a, b],
            Kind::Chain(head, tail) => {
                std::iter::once(&mut **head).chain(tail.iter_mut().map(|(_, t)| t)).collect()
            }
            Kind::Call(_, args) => args.iter_mut().map(|a| &mut a.value).collect(),
            Kind::List(items) => items.iter_mut().collect(),
            Kind::Among { value, choices, .. } => std::iter::once(&mut **value).chain(choices).collect(),
            Kind::Within { value, bounds, .. } => {
                let [low, high] = &mut **bounds;
                vec![value, low, high]
            }
        }
    }

    /// Calls `visit` on this node and on all below it, parents first, from left to right.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Tree)) {
        visit(self);
        for child in self.children() {
            child.walk(visit);
        }
    }

    /// The different names in the tree, in order of appearance.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        self.walk(&mut |tree| {
            if let Kind::Name(name) = &tree.kind
                && !names.contains(&name.as_str())
            {
                names.push(name);
            }
        });
        names
    }

    /// The number of levels.
    pub fn depth(&self) -> usize {
        1 + self.children().into_iter().map(Tree::depth).max().unwrap_or(0)
    }

    /// The number of nodes.
    pub fn size(&self) -> usize {
        let mut n = 0;
        self.walk(&mut |_| n += 1);
        n
    }
}
