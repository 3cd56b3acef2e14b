//! What to ask for in place of a fit that has something wrong: flags that replace those of the request, or a formula.

use crate::{Fitted, SeForm, SeKind};
use serde::Serialize;

/// Changes of a request. Every one of them can be asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Mend {
    /// The formula in place of the one that was fitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formula: Option<String>,
    /// Flags and their values, without the dashes, in place of what they were.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<(String, String)>,
}

impl Mend {
    /// One flag.
    pub(super) fn flag(name: &str, value: &str) -> Option<Self> {
        Some(Self { formula: None, flags: vec![(name.to_owned(), value.to_owned())] })
    }

    /// The main formula with something behind it: ` + I(x^2)`.
    pub(super) fn main(fitted: &Fitted, more: &str) -> Option<Self> {
        let asked = &fitted.spec.formula;
        if asked.is_empty() {
            return None;
        }
        let (main, rest) = asked.split_once(';').map_or((asked.as_str(), None), |(a, b)| (a, Some(b)));
        let rest = rest.map_or(String::new(), |rest| format!(";{rest}"));
        Some(Self { formula: Some(format!("{}{more}{rest}", main.trim_end())), flags: Vec::new() })
    }

    /// The fit without some terms of the main formula.
    pub(super) fn without(fitted: &Fitted, terms: &[String]) -> Option<Self> {
        let is_main = |name: &String| fitted.prepared.terms.iter().any(|t| t.k == 0 && t.name == *name);
        let gone: String = terms.iter().filter(|t| is_main(t)).map(|t| format!(" - {t}")).collect();
        if gone.is_empty() { None } else { Self::main(fitted, &gone) }
    }

    /// The fit with the interaction of the first two terms of the main formula.
    pub(super) fn interaction(fitted: &Fitted) -> Option<Self> {
        let mut main = fitted.prepared.terms.iter().filter(|t| t.k == 0).map(|t| t.name.as_str());
        let (first, second) = (main.next()?, main.next()?);
        Self::main(fitted, &format!(" + {first}:{second}"))
    }

    /// The fit without some rows of the file.
    pub(super) fn without_rows(fitted: &Fitted, rows: &[u64]) -> Option<Self> {
        if rows.is_empty() {
            return None;
        }
        let list: Vec<String> = rows.iter().map(u64::to_string).collect();
        let gone = format!("not (row in ({}))", list.join(", "));
        let filter =
            fitted.spec.filter.as_ref().map_or(gone.clone(), |filter| format!("({filter}) and {gone}"));
        Self::flag("where", &filter)
    }

    /// What makes estimates finite where they are not.
    pub(super) fn finite(fitted: &Fitted) -> Option<Self> {
        let reduced = ["bernoulli", "poisson", "categorical"].contains(&fitted.result.likelihood.as_str());
        match (fitted.spec.formula.is_empty(), reduced) {
            (true, _) => None,
            (false, true) => Self::flag("bias-reduction", "firth"),
            (false, false) => Self::flag("penalty", "ridge:0.01"),
        }
    }

    /// What mends what a note of a fit says.
    pub(super) fn of_note(fitted: &Fitted, id: &str) -> Option<Self> {
        match id {
            "few_clusters" if fitted.spec.se() == SeKind::Cluster => {
                (fitted.spec.se_form != SeForm::Cr3).then(|| Self::flag("se-form", "cr3"))?
            }
            "few_clusters" if !fitted.spec.cluster.is_empty() => None,
            "leverage_one" | "few_clusters" => Self::flag("se", "observed"),
            // Errors that are robust already stay.
            "misspecified" if fitted.spec.se().is_robust() => None,
            "misspecified" => Self::flag("se", "hc3"),
            "response_constant" | "flat_likelihood" | "perfect_fit" | "unbounded_likelihood" => None,
            "parameter_at_infinity" | "rows_at_infinity" => Self::finite(fitted),
            "too_few_rows" => Self::flag("penalty", "ridge:0.01"),
            _ => None,
        }
    }
}
