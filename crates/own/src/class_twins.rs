//! The twins of likelihoods over classes, of as many classes as a call has arguments for.
//!
//! `categorical_lpmf(code(y), 0, a, b)` takes a logit for each class. `ordinal_lpmf(code(y), mu, t1, t2)` takes the location
//! and the thresholds between the classes, and by name `sigma`, a `link` and a `structure` as the built-in one. A code that
//! is none of the classes has probability 0. The tails of a link are those of the distribution behind it.

use loglik_expr::{Arg, EvalError, EvalProblem, Kind};
use loglik_likelihood::families::{
    categorical, cauchy, gaussian, gumbel, gumbel_min, logistic_dist, ordinal,
};

/// What a call over classes stands for.
pub(crate) struct ClassTwin {
    /// Names of the arguments, in order.
    pub(crate) arguments: Vec<String>,
    /// Definitions and `loglik`.
    pub(crate) text: String,
    /// Values of arguments that need not be given.
    pub(crate) defaults: &'static [(&'static str, f64)],
    /// Arguments that are words.
    pub(crate) options: &'static [&'static str],
}

/// The families.
pub(crate) const NAMES: [&str; 2] = [categorical::FAMILY.name, ordinal::FAMILY.name];

/// Links of an ordinal likelihood and the distribution that each one is the quantile function of.
const LINKS: [(&str, &str); 5] = [
    ("logit", logistic_dist::FAMILY.name),
    ("probit", gaussian::FAMILY.name),
    ("cloglog", gumbel_min::FAMILY.name),
    ("loglog", gumbel::FAMILY.name),
    ("cauchit", cauchy::FAMILY.name),
];

/// What the thresholds of an ordinal likelihood compare.
const STRUCTURES: [&str; 4] = ["cumulative", "adjacent", "continuation", "stopping"];

/// The twin of `family` that is meant by a call with these arguments; `None` for other families.
///
/// # Errors
/// A word that is no link or structure.
pub(crate) fn class_twin(family: &str, args: &[Arg]) -> Result<Option<ClassTwin>, EvalError> {
    if family == categorical::FAMILY.name {
        return Ok(Some(of_logits(args.len().saturating_sub(1).max(2))));
    }
    if family != ordinal::FAMILY.name {
        return Ok(None);
    }
    let links = LINKS.map(|(link, _)| link);
    let link = choice(args, "link", &links)?;
    let structure = choice(args, "structure", &STRUCTURES)?;
    let named = ["link", "structure", "sigma"];
    let placed = args.iter().filter(|arg| !arg.name.as_ref().is_some_and(|n| named.contains(&n.as_str())));
    let cuts = placed.count().saturating_sub(2).max(1);
    Ok(Some(of_thresholds(cuts, LINKS[link].1, STRUCTURES[structure])))
}

/// The place of the word that is given for an argument among those that it may be; the first one where none is given.
fn choice(args: &[Arg], name: &str, allowed: &[&str]) -> Result<usize, EvalError> {
    let Some(arg) = args.iter().find(|arg| arg.name.as_deref() == Some(name)) else { return Ok(0) };
    let given = match &arg.value.kind {
        Kind::Text(word) | Kind::Name(word) => word.clone(),
        _ => arg.value.to_string(),
    };
    allowed.iter().position(|word| *word == given).ok_or_else(|| {
        let problem = EvalProblem::Choice {
            argument: name.to_owned(),
            given: loglik_expr::escaped(&given),
            allowed: allowed.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", "),
        };
        EvalError::new(arg.value.span, problem)
    })
}

/// `1, 2, .., n` through `each`, with `between` between them.
fn joined(n: usize, between: &str, each: impl Fn(usize) -> String) -> String {
    (1..=n).map(each).collect::<Vec<_>>().join(between)
}

/// 0 for the codes of n classes, -inf for others.
fn is_class(n: usize) -> String {
    format!("if(y in ({}), 0, -inf)", joined(n, ", ", |c| c.to_string()))
}

fn of_logits(classes: usize) -> ClassTwin {
    let own = joined(classes, " + ", |c| format!("if(y == {c}, logit{c}, 0)"));
    let all = joined(classes, ", ", |c| format!("logit{c}"));
    let arguments = (1..=classes).map(|c| format!("logit{c}"));
    ClassTwin {
        arguments: std::iter::once("y".to_owned()).chain(arguments).collect(),
        text: format!("loglik = {own} - logsumexp({all}) + {}", is_class(classes)),
        defaults: &[],
        options: &[],
    }
}

fn of_thresholds(cuts: usize, of_link: &str, structure: &str) -> ClassTwin {
    // F at a threshold and its complement; mu raises the class, or the chance to pass the threshold.
    let location = if structure == "cumulative" { "mu" } else { "-mu" };
    let tail = |tail: &str, at: &str| format!("{of_link}_{tail}({at}, mu = {location}, sigma = sigma)");
    let text = match structure {
        "cumulative" => cumulative(cuts, &tail),
        "adjacent" => adjacent(cuts, &tail),
        _ => sequential(cuts, &tail, structure == "continuation"),
    };
    let arguments =
        ["y".to_owned(), "mu".to_owned()].into_iter().chain((1..=cuts).map(|j| format!("cut{j}")));
    ClassTwin {
        arguments: arguments.chain(["sigma".to_owned()]).collect(),
        text,
        defaults: &[("sigma", 1.0)],
        options: &["link", "structure"],
    }
}

/// A tail of the latent distribution at a place, as text.
type TailOf<'a> = dyn Fn(&str, &str) -> String + 'a;

/// log(F(b) - F(a)) in logits: log F(b) + log(1 - F(a)) + log(1 - e^(logit F(a) - logit F(b))).
fn cumulative(cuts: usize, tail: &TailOf<'_>) -> String {
    let classes = cuts + 1;
    format!(
        "low = {low}
        high = {high}
        log_p = {log_p}
        log_q = {log_q}
        gap = {log_a} - log_q - log_p + {log_b}
        between = if(gap < 0, log1mexp(if(gap < 0, gap, -1)), -inf)
        loglik = if(y < {classes}, log_p, 0) + if(y > 1, log_q, 0) + if(y > 1 and y < {classes}, between, 0) + {known}",
        low = joined(cuts, " + ", |j| format!("if(y == {}, cut{j}, 0)", j + 1)),
        high = joined(cuts, " + ", |j| format!("if(y == {j}, cut{j}, 0)")),
        log_p = tail("lcdf", "high"),
        log_q = tail("lccdf", "low"),
        log_a = tail("lcdf", "low"),
        log_b = tail("lccdf", "high"),
        known = is_class(classes),
    )
}

/// A softmax whose logits add up the logits of the thresholds passed.
fn adjacent(cuts: usize, tail: &TailOf<'_>) -> String {
    let steps = joined(cuts, "\n", |j| {
        let so_far = if j == 1 { String::new() } else { format!("score{j} + ") };
        let at = format!("cut{j}");
        format!("score{} = {so_far}{} - {}", j + 1, tail("lcdf", &at), tail("lccdf", &at))
    });
    let scores = joined(cuts, ", ", |j| format!("score{}", j + 1));
    format!("{steps}\nloglik = {}_lpmf(y, 0, {scores})", categorical::FAMILY.name)
}

/// One threshold after the other: F is the chance to pass it, or to stay.
fn sequential(cuts: usize, tail: &TailOf<'_>, passes: bool) -> String {
    let (pass, stay) = if passes { ("lcdf", "lccdf") } else { ("lccdf", "lcdf") };
    let terms = joined(cuts, " + ", |j| {
        let at = format!("cut{j}");
        format!("if(y > {j}, {}, 0) + if(y == {j}, {}, 0)", tail(pass, &at), tail(stay, &at))
    });
    format!("loglik = {terms} + {}", is_class(cuts + 1))
}
