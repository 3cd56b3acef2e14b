//! The densities that a text may call, by name: `gamma_lpdf(y, shape = k, mean = mu)`.
//!
//! `NAME_lpdf` (or `_lpmf`) is the log density of a registered likelihood, `NAME_lcdf` the log of P(Y <= y) and
//! `NAME_lccdf` the log of P(Y > y). Names and parameters are those of the registry, aliases understood; the formulas are
//! the text twins.

use crate::class_twins::{self, ClassTwin, class_twin};
use crate::twins::{TWINS, Twin};
use loglik_expr::{Arg, Argument, Definition, EvalError, Library, Template, Tree, parse_program};
use loglik_likelihood::{Args, Family, ParamAlias, find};

/// The registered likelihoods as densities of the language.
#[derive(Clone, Copy, Debug, Default)]
pub struct Densities;

/// Endings of density names and the definition of a twin that each one means.
const ENDINGS: [(&str, &str); 5] =
    [("_lpdf", "loglik"), ("_lpmf", "loglik"), ("_lcdf", "lcdf"), ("_lccdf", "lccdf"), ("_lsf", "lccdf")];

/// The family that a name means, and the definition in its twin.
fn meant(name: &str) -> Option<(&'static Family, &'static str)> {
    let (word, what) = ENDINGS.iter().find_map(|(end, what)| Some((name.strip_suffix(end)?, *what)))?;
    Some((find(word)?, what))
}

/// The twin of a family without classes.
fn twin_of(family: &Family) -> Option<&'static Twin> {
    TWINS.iter().find(|twin| twin.name == family.name)
}

/// Names of the arguments: the response, then parameters, then further response columns (trials).
fn arguments(family: &Family) -> Vec<String> {
    let Ok(likelihood) = (family.make)(&Args::default()) else { return Vec::new() };
    let spec = likelihood.spec();
    let mut columns = spec.columns.iter().map(|c| c.name.to_owned());
    let response = columns.next();
    response.into_iter().chain(spec.params.iter().map(|p| p.name.clone())).chain(columns).collect()
}

/// What a given name stands for: the parameter that it replaces and that parameter's value in terms of it.
fn replacement(twin: &Twin, family: &Family, given: &str) -> Option<(String, String)> {
    if let Some((name, param, value)) = twin.given.iter().find(|(name, ..)| *name == given) {
        return Some(((*param).to_owned(), (*value).to_owned())).filter(|_| !name.is_empty());
    }
    let same =
        |alias: &&ParamAlias| alias.alias == given && (alias.value)(0.375).to_bits() == 0.375_f64.to_bits();
    family.params.iter().find(same).map(|alias| (alias.param.to_owned(), alias.alias.to_owned()))
}

/// A twin's text as definitions and its value called `what`.
fn read(text: &str, what: &str) -> Option<(Vec<Definition>, Tree)> {
    let program = parse_program(text).expect("the twins are in the grammar: a test reads them all");
    if what == "loglik" {
        return Some((program.definitions, program.loglik));
    }
    let body = program.definitions.iter().find(|d| d.name == what)?.value.clone();
    Some((program.definitions, body))
}

/// The definitions that a tree reaches, in their order.
fn needed(definitions: Vec<Definition>, body: &Tree) -> Vec<Definition> {
    let mut names: Vec<String> = body.names().into_iter().map(str::to_owned).collect();
    let mut kept: Vec<Definition> = Vec::new();
    for definition in definitions.into_iter().rev() {
        if names.contains(&definition.name) {
            names.extend(definition.value.names().into_iter().map(str::to_owned));
            kept.push(definition);
        }
    }
    kept.reverse();
    kept
}

/// A call of the density of classes as a template.
fn of_classes(class: &ClassTwin, what: &str) -> Option<Template> {
    let (definitions, body) = read(&class.text, what)?;
    let default = |name: &str| class.defaults.iter().find(|(n, _)| *n == name).map(|(_, value)| *value);
    let arguments = class.arguments.iter();
    Some(Template {
        arguments: arguments.map(|name| Argument { default: default(name), name: name.clone() }).collect(),
        definitions,
        body,
        options: class.options.iter().map(|name| (*name).to_owned()).collect(),
    })
}

/// A call of the density of a family, its parameters given under these names.
fn of_numbers(twin: &Twin, family: &Family, what: &str, given: &[&str]) -> Option<Template> {
    let (mut definitions, body) = read(twin.text, what)?;
    let mut arguments = arguments(family);
    for given in given {
        if arguments.iter().any(|a| a == given) {
            continue;
        }
        let Some((param, value)) = replacement(twin, family, given) else { continue };
        let Some(at) = arguments.iter().position(|a| *a == param) else { continue };
        let text = format!("{param} = {value}\nloglik = {param}");
        let program = parse_program(&text).expect("the twins are in the grammar: a test reads them all");
        definitions.splice(0..0, program.definitions);
        arguments[at] = (*given).to_owned();
    }
    let default = |name: &str| twin.defaults.iter().find(|(n, _)| *n == name).map(|(_, value)| *value);
    let extra = twin.defaults.iter().map(|(name, _)| (*name).to_owned());
    let extra: Vec<String> = extra.filter(|name| !arguments.contains(name)).collect();
    let arguments =
        arguments.into_iter().chain(extra).map(|name| Argument { default: default(&name), name }).collect();
    Some(Template { arguments, definitions: needed(definitions, &body), body, options: Vec::new() })
}

impl Library for Densities {
    fn density(&self, name: &str, args: &[Arg]) -> Result<Option<Template>, EvalError> {
        let Some((family, what)) = meant(name) else { return Ok(None) };
        if let Some(class) = class_twin(family.name, args)? {
            return Ok(of_classes(&class, what));
        }
        let given: Vec<&str> = args.iter().filter_map(|a| a.name.as_deref()).collect();
        Ok(twin_of(family).and_then(|twin| of_numbers(twin, family, what, &given)))
    }

    fn names(&self) -> Vec<String> {
        let endings = |twin: &Twin| {
            let tails = twin.text.contains("lcdf =");
            let discrete = twin.text.contains("lgamma(y + 1)");
            let density = if discrete { "_lpmf" } else { "_lpdf" };
            let more: &[&str] = if tails { &["_lcdf", "_lccdf"] } else { &[] };
            std::iter::once(density)
                .chain(more.iter().copied())
                .map(|end| format!("{}{end}", twin.name))
                .collect()
        };
        let classes = class_twins::NAMES.iter().map(|name| format!("{name}_lpmf"));
        TWINS.iter().flat_map(|twin| -> Vec<String> { endings(twin) }).chain(classes).collect()
    }
}

/// The tree given for argument `param` in a call of the density of `family`; `None` where the call is of another one or
/// gives it under a name that is not a plain alias.
pub(crate) fn argument_of<'a>(call: &str, args: &'a [Arg], family: &str, param: &str) -> Option<&'a Tree> {
    let (known, what) = meant(call)?;
    let twin = twin_of(known)?;
    if known.name != family || what != "loglik" {
        return None;
    }
    let order = arguments(known);
    let target = |at: usize, arg: &Arg| match &arg.name {
        None => order.get(at).cloned(),
        Some(name) if order.contains(name) => Some(name.clone()),
        Some(name) => {
            replacement(twin, known, name).filter(|(_, value)| value == name).map(|(param, _)| param)
        }
    };
    args.iter()
        .enumerate()
        .find(|(at, arg)| target(*at, arg).as_deref() == Some(param))
        .map(|(_, arg)| &arg.value)
}
