//! What stands in a wrapper's brackets: made, checked, and described as the wrapped likelihood.

use crate::pointwise::response_columns;
use crate::{Args, Choice, Likelihood, MakeError, Name, ResponseKind, Spec, build};

/// The one likelihood in the brackets of `wrapper`.
///
/// # Errors
/// When there is another number of things in the brackets, or the likelihood cannot be made.
pub(super) fn inner(wrapper: &str, inside: &[Name], args: &Args) -> Result<Choice, MakeError> {
    match inside {
        [name @ Name::Word(..)] => build(name, args),
        _ => {
            let takes = format!("one likelihood: `{wrapper}(poisson)`");
            Err(MakeError::Brackets { name: wrapper.to_owned(), takes })
        }
    }
}

/// The same, where its response must be one number a row.
///
/// # Errors
/// As [`inner`], and when the response is of another kind.
pub(super) fn inner_number(wrapper: &'static str, inside: &[Name], args: &Args) -> Result<Choice, MakeError> {
    let choice = inner(wrapper, inside, args)?;
    match choice.likelihood.spec().response {
        ResponseKind::Number => Ok(choice),
        _ => Err(lacks(wrapper, &*choice.likelihood, "does not take one number a row")),
    }
}

/// The same, where it must be a count, alone or out of trials.
///
/// # Errors
/// As [`inner`], and when the response is no count.
pub(super) fn inner_count(wrapper: &'static str, inside: &[Name], args: &Args) -> Result<Choice, MakeError> {
    let choice = inner(wrapper, inside, args)?;
    let spec = choice.likelihood.spec();
    match spec.response {
        ResponseKind::Number | ResponseKind::Trials if spec.discrete => Ok(choice),
        _ => Err(lacks(wrapper, &*choice.likelihood, "does not take counts")),
    }
}

/// The error of a likelihood that a wrapper cannot be put around.
pub(super) fn lacks(wrapper: &'static str, inner: &dyn Likelihood, lacks: &'static str) -> MakeError {
    MakeError::Lacks { wrapper, inner: inner.spec().name.clone(), lacks }
}

/// The description of `wrapper(inner)` with the inner parameters; concave in nothing, as a wrapper seldom is.
pub(super) fn wrapped(wrapper: &str, inner: &Spec, response: ResponseKind) -> Spec {
    Spec {
        name: format!("{wrapper}({})", inner.name),
        response,
        columns: response_columns(response),
        concave: false,
        quadratic: false,
        by_difference: false,
        sufficient: None,
        ..inner.clone()
    }
}

impl Choice {
    /// The same names around another likelihood.
    #[must_use]
    pub(super) fn map(self, f: impl FnOnce(Box<dyn Likelihood>) -> Box<dyn Likelihood>) -> Self {
        Self { likelihood: f(self.likelihood), ..self }
    }
}
