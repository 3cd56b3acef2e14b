//! From a written name to a likelihood: the families, the wrappers and what they are made with.
//!
//! [`families::ALL`](crate::families::ALL) and [`WRAPPERS`] are the only lists; names, aliases, help texts and the
//! contract tests are read off them.

use crate::combine::WRAPPERS;
use crate::natural::{Natural, NaturalMap, NaturalPart};
use crate::{Density, Likelihood, Link, Name, NameError, Pointwise, families};
use loglik_expr::nearest;

/// What likelihoods are made with, beyond their name.
#[derive(Clone, Debug, PartialEq)]
pub struct Args {
    /// Quantile that `quantile` models, in (0, 1).
    pub tau: f64,
    /// Classes of a categorical or ordinal response, in order.
    pub classes: Vec<String>,
    /// Class that the others are compared with; the first where absent.
    pub reference: Option<String>,
    /// Whether a class response comes as counts, one column a class.
    pub counts: bool,
    /// Power of the Tweedie variance function, in (1, 2); a parameter where absent.
    pub power: Option<f64>,
    /// What an ordinal likelihood compares: `cumulative`, `adjacent`, `continuation`, `stopping`.
    pub structure: Option<String>,
    /// The link of the first parameter, for likelihoods in which it is part of the density (ordinal).
    pub link: Option<Link>,
    /// Whether the bounds of a truncated response are given; otherwise counts above 0 are what is seen.
    pub bounded: bool,
}

impl Default for Args {
    fn default() -> Self {
        Self {
            tau: 0.5,
            classes: Vec::new(),
            reference: None,
            counts: false,
            power: None,
            structure: None,
            link: None,
            bounded: false,
        }
    }
}

/// Why a likelihood cannot be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MakeError {
    /// The text is no name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// No family or wrapper has this name.
    #[error("`{name}` is not a likelihood{}; `loglik families` lists them", meant(.nearest.as_deref()))]
    Unknown {
        /// The word.
        name: String,
        /// The known word nearest to it.
        nearest: Option<String>,
    },
    /// A wrapper, or a family with brackets, holds something else than it takes.
    #[error("`{name}` takes {takes}")]
    Brackets {
        /// Its name.
        name: String,
        /// What it takes in brackets.
        takes: String,
    },
    /// A number is outside its range.
    #[error("{what} = {value}: must be {allowed}")]
    Range {
        /// The number's name.
        what: &'static str,
        /// Its value.
        value: f64,
        /// Where it must lie.
        allowed: &'static str,
    },
    /// A word is not one of those allowed.
    #[error("{what} `{value}`: must be one of {allowed}")]
    Choice {
        /// What is chosen.
        what: &'static str,
        /// The word.
        value: String,
        /// The words allowed.
        allowed: String,
    },
    /// A class response has too few classes.
    #[error("`{name}` needs at least {least} classes; the response has {classes}")]
    Classes {
        /// The likelihood.
        name: String,
        /// Classes it needs.
        least: usize,
        /// Classes there are.
        classes: usize,
    },
    /// A wrapper needs something that the likelihood inside lacks.
    #[error("`{wrapper}({inner})`: {inner} {lacks}")]
    Lacks {
        /// The wrapper.
        wrapper: &'static str,
        /// The likelihood inside.
        inner: String,
        /// What it lacks.
        lacks: &'static str,
    },
}

/// The end of a message: the word that may have been meant.
fn meant(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |word| format!(" (did you mean `{word}`?)"))
}

/// Another name of one parameter.
#[derive(Clone, Copy, Debug)]
pub struct ParamAlias {
    /// The other name: `sd`, `rate`, ..
    pub alias: &'static str,
    /// The parameter.
    pub param: &'static str,
    /// The parameter's natural value from the alias's.
    pub value: fn(f64) -> f64,
}

impl ParamAlias {
    /// A mere second name.
    #[must_use]
    pub const fn same(alias: &'static str, param: &'static str) -> Self {
        Self { alias, param, value: |x| x }
    }
}

/// Makes a likelihood.
pub type Make = fn(&Args) -> Result<Box<dyn Likelihood>, MakeError>;

/// A family as the registry knows it.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// Name on every surface.
    pub name: &'static str,
    /// Other names that are understood: of R, SciPy and common speech.
    pub aliases: &'static [&'static str],
    /// What it is, in one line.
    pub title: &'static str,
    /// Other names of its parameters.
    pub params: &'static [ParamAlias],
    /// Parameters that the field reports; absent where ours are those.
    pub natural: Option<&'static NaturalMap>,
    /// Makes it.
    pub make: Make,
}

impl Family {
    /// A family of a density without arguments.
    #[must_use]
    pub const fn of<D: Density<K> + Default, const K: usize>(title: &'static str) -> Self {
        Self {
            name: D::NAME,
            aliases: &[],
            title,
            params: &[],
            natural: None,
            make: |_| Ok(Box::new(Pointwise::new(D::default()))),
        }
    }
}

/// A wrapper as the registry knows it.
#[derive(Clone, Copy, Debug)]
pub struct Wrapper {
    /// Name on every surface.
    pub name: &'static str,
    /// Other names that are understood.
    pub aliases: &'static [&'static str],
    /// What it does, in one line.
    pub title: &'static str,
    /// Puts it around what stands in its brackets; [`build`] makes the likelihoods inside.
    pub make: fn(&[Name], &Args) -> Result<Choice, MakeError>,
}

/// A likelihood, with the names that belong to it.
pub struct Choice {
    /// The likelihood.
    pub likelihood: Box<dyn Likelihood>,
    /// Parameters that the field reports.
    pub natural: Natural,
    /// Other names of its parameters.
    pub aliases: Vec<ParamAlias>,
}

/// The family called `word`, by its name or another.
#[must_use]
pub fn find(word: &str) -> Option<&'static Family> {
    families::ALL.iter().copied().find(|family| family.name == word || family.aliases.contains(&word))
}

/// Makes the likelihood that a text names: `gamma`, `zero_inflated(poisson)`, `mixture(gaussian, 2)`.
///
/// # Errors
/// [`MakeError`]: not a name, unknown, or made with what it does not take.
pub fn parse(text: &str, args: &Args) -> Result<Choice, MakeError> {
    build(&Name::parse(text)?, args)
}

/// Makes the likelihood of a name that was read.
///
/// # Errors
/// As [`parse`].
pub fn build(name: &Name, args: &Args) -> Result<Choice, MakeError> {
    let Name::Word(word, inside) = name else {
        return Err(MakeError::Unknown { name: name.to_string(), nearest: None });
    };
    if let Some(wrapper) = WRAPPERS.iter().find(|w| w.name == word || w.aliases.contains(&word.as_str())) {
        return (wrapper.make)(inside, args);
    }
    let family = find(word).ok_or_else(|| unknown(word))?;
    if !inside.is_empty() {
        return Err(MakeError::Brackets {
            name: family.name.to_owned(),
            takes: "nothing in brackets".to_owned(),
        });
    }
    let likelihood = (family.make)(args)?;
    let natural = match family.natural {
        Some(map) => vec![NaturalPart::Family(map, String::new())],
        None => {
            let params = likelihood.spec().params.iter();
            params.map(|p| NaturalPart::Single(p.name.clone(), p.support)).collect()
        }
    };
    Ok(Choice { likelihood, natural: Natural(natural), aliases: family.params.to_vec() })
}

/// The error of an unknown word.
fn unknown(word: &str) -> MakeError {
    let wrappers = WRAPPERS.iter().flat_map(|w| w.aliases.iter().chain([&w.name]));
    let known = families::ALL.iter().flat_map(|f| f.aliases.iter().chain([&f.name])).chain(wrappers);
    let nearest = nearest(word, known.copied()).map(str::to_owned);
    MakeError::Unknown { name: word.to_owned(), nearest }
}
