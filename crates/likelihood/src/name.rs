//! The written name of a likelihood: a word, perhaps with likelihoods and numbers in brackets after it.
//!
//! `poisson`, `zero_inflated(poisson)`, `mixture(gaussian, 2)`, `censored(truncated(weibull))`. Letter case, and
//! `-` for `_`, are free.

use std::fmt;

/// Brackets in brackets at most.
const DEEPEST: usize = 8;

/// A likelihood as it is written.
#[derive(Clone, Debug, PartialEq)]
pub enum Name {
    /// A word, and what stands in brackets after it.
    Word(String, Vec<Name>),
    /// A number in brackets.
    Number(f64),
}

/// Text that is no name of a likelihood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Something else than the grammar allows.
    #[error(
        "`{text}`: a likelihood is a word such as `gamma`, or a wrapper such as `zero_inflated(poisson)`; trouble at `{at}`"
    )]
    Unexpected {
        /// The whole text.
        text: String,
        /// What stands where reading stopped.
        at: String,
    },
    /// Brackets in brackets in brackets ..
    #[error("a likelihood has at most {DEEPEST} brackets within each other")]
    TooDeep,
}

impl Name {
    /// Reads a name.
    ///
    /// # Errors
    /// [`NameError`] with the place where the text is no name.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let mut rest = text.trim();
        let name = Self::read(&mut rest, DEEPEST).and_then(|name| match rest.is_empty() {
            true => Ok(name),
            false => Err(None),
        });
        name.map_err(|error| {
            error.unwrap_or_else(|| NameError::Unexpected {
                text: shown(text),
                at: if rest.is_empty() { "the end".to_owned() } else { shown(rest) },
            })
        })
    }

    /// Reads one name off the front of `rest`; `Err(None)` is trouble at what is left.
    fn read(rest: &mut &str, deeper: usize) -> Result<Self, Option<NameError>> {
        let is_word = |c: char| c.is_ascii_alphanumeric() || "_-.+".contains(c);
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        if word.is_empty() {
            return Err(None);
        }
        if let Ok(number) = word.parse::<f64>()
            && !word.starts_with(|c: char| c.is_ascii_alphabetic())
        {
            *rest = after.trim_start();
            return Ok(Self::Number(number));
        }
        *rest = after.trim_start();
        let word = word.to_ascii_lowercase().replace('-', "_");
        let Some(inside) = rest.strip_prefix('(') else { return Ok(Self::Word(word, Vec::new())) };
        let deeper = deeper.checked_sub(1).ok_or(Some(NameError::TooDeep))?;
        *rest = inside.trim_start();
        let mut items = vec![Self::read(rest, deeper)?];
        while let Some(more) = rest.strip_prefix(',') {
            *rest = more.trim_start();
            items.push(Self::read(rest, deeper)?);
        }
        let after = rest.strip_prefix(')').ok_or(None)?;
        *rest = after.trim_start();
        Ok(Self::Word(word, items))
    }
}

/// At most 60 characters of a text that a stranger may have written.
fn shown(text: &str) -> String {
    text.chars().take(60).flat_map(char::escape_debug).collect()
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(x) => write!(f, "{x}"),
            Self::Word(word, items) if items.is_empty() => f.write_str(word),
            Self::Word(word, items) => {
                let inside: Vec<String> = items.iter().map(ToString::to_string).collect();
                write!(f, "{word}({})", inside.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrappers_nest_and_print_as_they_are_read() {
        for text in
            ["poisson", "zero_inflated(poisson)", "mixture(gaussian, 2)", "censored(truncated(weibull))"]
        {
            assert_eq!(Name::parse(text).map(|n| n.to_string()).as_deref(), Ok(text));
        }
        assert_eq!(
            Name::parse(" Zero-Inflated( NegBin )").map(|n| n.to_string()).as_deref(),
            Ok("zero_inflated(negbin)")
        );
    }

    #[test]
    fn what_is_no_name_is_refused_at_its_place() {
        for (text, place) in
            [("", "the end"), ("zero_inflated(poisson", "the end"), ("a b", "b"), ("a(,b)", ",b)")]
        {
            let Err(NameError::Unexpected { at, .. }) = Name::parse(text) else { panic!("{text} was read") };
            assert_eq!(at, place);
        }
        assert_eq!(Name::parse(&"a(".repeat(10_000)), Err(NameError::TooDeep));
    }
}
