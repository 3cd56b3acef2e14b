//! The parts of a likelihood that are about texts and levels: they are read from the table, never differentiated.

use crate::column::Column;
use crate::columns::Columns;
use crate::eval_error::{EvalError, EvalProblem};
use crate::function::OF_COLUMNS;
use crate::parse::MAX_DEPTH;
use crate::span::Span;
use crate::tree::{Binary, Kind, Tree};

/// Whether a column holds levels.
pub(crate) fn is_category(columns: &dyn Columns, name: &str) -> bool {
    matches!(columns.column(name), Some(Column::Category { .. }))
}

/// Whether the value of a tree is a text or a level.
pub(crate) fn is_textual(tree: &Tree, is_text: &dyn Fn(&str) -> bool) -> bool {
    match &tree.kind {
        Kind::Text(_) => true,
        Kind::Name(name) => is_text(name),
        Kind::Call(name, args) => match name.as_str() {
            "c" | "C" | "factor" => true,
            "if" => args.iter().skip(1).any(|a| is_textual(&a.value, is_text)),
            "repeat" => args.iter().any(|a| is_textual(&a.value, is_text)),
            _ => false,
        },
        _ => false,
    }
}

/// Whether the tree itself, not a part of it, can only be read over a table.
pub(crate) fn needs_table(tree: &Tree, is_text: &dyn Fn(&str) -> bool) -> bool {
    match &tree.kind {
        Kind::Name(name) => name == "row",
        Kind::Call(name, _) => OF_COLUMNS.contains(&name.as_str()),
        Kind::Binary(op, a, b) => *op != Binary::Power && (is_textual(a, is_text) || is_textual(b, is_text)),
        Kind::Among { value, choices, .. } => {
            is_textual(value, is_text) || choices.iter().any(|c| is_textual(c, is_text))
        }
        _ => false,
    }
}

/// A copy of the tree in which `replace` has its say about every name; no deeper than a text may be.
pub(crate) fn substituted(tree: &Tree, replace: &mut Replace<'_>) -> Result<Tree, EvalError> {
    let mut copy = tree.clone();
    substitute(&mut copy, replace, 1)?;
    Ok(copy)
}

/// What stands for a name, if not the name itself.
type Replace<'r> = dyn FnMut(&str, Span) -> Result<Option<Tree>, EvalError> + 'r;

fn substitute(tree: &mut Tree, replace: &mut Replace<'_>, depth: usize) -> Result<(), EvalError> {
    if let Kind::Name(name) = &tree.kind {
        if let Some(found) = replace(name, tree.span)? {
            if depth + found.depth() > MAX_DEPTH {
                return Err(EvalError::new(tree.span, EvalProblem::TooLarge));
            }
            tree.kind = found.kind;
        }
        return Ok(());
    }
    tree.children_mut().into_iter().try_for_each(|child| substitute(child, replace, depth + 1))
}
