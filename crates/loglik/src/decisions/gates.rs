//! Gates of a pipeline: conditions on the figures of an evaluation, in the language of `--where`.
//!
//! A condition describes failure: `auc < 0.8`. A figure that could not be had decides nothing, and a gate that cannot
//! be decided counts as failed: a pipeline must not pass because a number is missing.

use super::Figure;
use crate::{Error, Exit};
use loglik_design::Table;
use loglik_expr::{Binary, Column, Kind, Link, Tree, Unary, evaluate, nearest, parse_expression};
use serde::Serialize;

/// One condition and what it came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gate {
    /// As typed.
    pub condition: String,
    /// Whether the process fails by it.
    pub failed: bool,
    /// Why, where a figure is missing.
    pub undecided: Option<String>,
}

/// Judges every condition.
///
/// # Errors
/// A condition that is not in the grammar, or a name that is no figure.
pub(crate) fn judge(conditions: &[String], figures: &[Figure]) -> Result<Vec<Gate>, Error> {
    conditions.iter().map(|text| one(text, figures)).collect()
}

fn one(text: &str, figures: &[Figure]) -> Result<Gate, Error> {
    let request = |id: &str, message: String| Error::new(id, Exit::Request, message);
    let tree =
        parse_expression(text).map_err(|e| request(e.id(), format!("--fail-if {}", e.pointed(text))))?;
    let mut columns = Vec::new();
    let mut missing = Vec::new();
    for name in tree.names() {
        let Some(value) = value_of(name, figures) else {
            let known: Vec<&str> = figures.iter().map(|f| f.name).collect();
            let mut error = request(
                "bad_request",
                format!("--fail-if: no figure `{name}`; there are {}", known.join(", ")),
            );
            error.remedy = nearest(name, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            return Err(error);
        };
        if value.is_nan() {
            missing.push(name.to_owned());
        }
        columns.push((name.to_owned(), Column::Number(vec![value])));
    }
    let table = Table::from_columns(columns)?.with_rows(1);
    let found =
        evaluate(&tree, &table).map_err(|e| request(e.id(), format!("--fail-if {}", e.pointed(text))))?;
    let values = match found {
        Column::Number(values) if is_condition(&tree) => values,
        _ => {
            let message = format!("--fail-if `{text}` is no condition: write `auc < 0.8`");
            return Err(request("expression_rejected", message));
        }
    };
    let undecided = (!missing.is_empty()).then(|| format!("{} could not be had", missing.join(", ")));
    Ok(Gate { condition: text.to_owned(), failed: undecided.is_some() || values[0] != 0.0, undecided })
}

/// Whether a tree is true or false, and not a number.
fn is_condition(tree: &Tree) -> bool {
    match &tree.kind {
        Kind::Unary(op, a) => *op == Unary::Not && is_condition(a),
        Kind::Binary(op, ..) => *op != Binary::Power,
        Kind::Chain(head, rest) => {
            let logical =
                |(link, part): &(Link, Tree)| matches!(link, Link::And | Link::Or) && is_condition(part);
            is_condition(head) && rest.iter().all(logical)
        }
        Kind::Among { .. } | Kind::Within { .. } => true,
        Kind::Call(name, args) => match (name.as_str(), args.as_slice()) {
            ("missing", _) => true,
            ("if", [_, yes, no]) => is_condition(&yes.value) && is_condition(&no.value),
            _ => false,
        },
        Kind::Number(_) | Kind::Text(_) | Kind::Name(_) | Kind::List(_) => false,
    }
}

/// The figure of a name, or an end of its interval: `auc_low`, `auc_high`.
fn value_of(name: &str, figures: &[Figure]) -> Option<f64> {
    let of = |name: &str| figures.iter().find(|f| f.name == name);
    if let Some(figure) = of(name) {
        return Some(figure.value.0);
    }
    let low = name.strip_suffix("_low").and_then(of).map(|f| f.conf_low.0);
    low.or_else(|| name.strip_suffix("_high").and_then(of).map(|f| f.conf_high.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_fails_by_its_condition_by_an_end_of_an_interval_and_by_a_missing_figure() {
        let figures = [
            Figure::within("auc", "AUC", 0.75, Some((0.7, 0.8))),
            Figure::plain("brier", "Brier score", f64::NAN),
        ];
        let failed = |text: &str| one(text, &figures).expect("legal").failed;
        assert!(failed("auc < 0.8") && !failed("auc < 0.75") && failed("auc_low < 0.72 or auc > 1"));
        assert!(failed("brier > 0.2") && failed("brier <= 0.2"));
        let unknown = one("acu < 0.8", &figures).expect_err("no such figure");
        assert_eq!(unknown.remedy.as_deref(), Some("did you mean `auc`?"));
        for text in ["auc <", "auc", "auc - 0.8", "-(auc > 0.7)"] {
            assert_eq!(one(text, &figures).expect_err("not a condition").exit, Exit::Request, "{text}");
        }
        assert!(failed("not (auc > 0.8 and auc < 2)") && failed("auc in [0.5, 0.9]"));
    }
}
