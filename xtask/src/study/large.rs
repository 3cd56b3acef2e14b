//! Is the theory seen to hold? The variance of estimates over draws against the inverse information, and their bias from 100
//! to 10,000 rows.
//!
//! The truth is the fit of a family to a fixed column; responses are drawn from that fit and fitted again.

use super::{Figure, Random, numbers, over};
use loglik::{FitSpec, fit};

/// Families, and the kind of column that each is fitted to.
const FAMILIES: [(&str, &str); 12] = [
    ("gaussian", "real"),
    ("laplace", "real"),
    ("logistic_dist", "real"),
    ("gumbel", "real"),
    ("bernoulli", "event"),
    ("poisson", "count"),
    ("negative_binomial", "count"),
    ("geometric", "count"),
    ("gamma", "positive"),
    ("inverse_gaussian", "positive"),
    ("weibull", "positive"),
    ("lognormal", "positive"),
];

const FEW: usize = 100;
const MANY: usize = 10_000;

pub(super) fn all(draws: usize) -> Vec<Figure> {
    FAMILIES.iter().flat_map(|(family, kind)| family_figures(family, kind, draws)).collect()
}

fn column(kind: &str, rows: usize) -> Vec<f64> {
    let mut random = Random::new(5, 0);
    let one = |_| match kind {
        "real" => 2.0 + random.normal(),
        "event" => f64::from(u8::from(random.uniform() < 0.3)),
        "count" => (-6.0 * random.uniform().ln()).floor().min(3.0 + 20.0 * random.uniform()),
        _ => (0.5 * random.normal()).exp(),
    };
    (0..rows).map(one).collect()
}

/// Mean and mean square of the distance of estimates from the truth, and the variance that the information gives.
struct Seen {
    bias: f64,
    variance: f64,
    stated: f64,
}

/// The first coefficient of refits to responses drawn from the fit to so many rows.
fn seen(family: &str, kind: &str, rows: usize, draws: usize) -> Seen {
    let spec = FitSpec { threads: Some(1), ..FitSpec::new("y ~ 1", family) };
    let truth = fit(&spec, &numbers(&[("y", column(kind, rows))])).expect("a fit of the kind");
    let of = |result: &loglik::FitResult| {
        let first = result.coefficient("(intercept)").expect("an intercept");
        (first.estimate.0, first.std_error.0)
    };
    let (center, _) = of(&truth.result);
    let all = over(draws, |draw| {
        let y = truth.simulate(6, draw as u64).expect("rows in memory").expect("a family that draws");
        of(&fit(&spec, &numbers(&[("y", y)])).expect("the same kind").result)
    });
    let n = all.len() as f64;
    let mean = all.iter().map(|(b, _)| b - center).sum::<f64>() / n;
    let squares = all.iter().map(|(b, _)| (b - center - mean) * (b - center - mean)).sum::<f64>();
    let stated = all.iter().map(|(_, se)| se * se).sum::<f64>() / n;
    Seen { bias: mean, variance: squares / (n - 1.0), stated }
}

fn family_figures(family: &str, kind: &str, draws: usize) -> Vec<Figure> {
    let (few, many) = (seen(family, kind, FEW, draws), seen(family, kind, MANY, draws));
    let figure = |what: &str, found: f64, range: (f64, f64), chance: f64| Figure {
        study: format!("{family}, location"),
        what: what.to_owned(),
        draws,
        found,
        low: range.0,
        high: range.1,
        chance,
    };
    let by_chance = |of: &Seen| (of.variance / draws as f64).sqrt();
    // Bias is of order 1 / n: what is left at 10,000 rows must be below what 100 rows have, or chance.
    let limit = few.bias.abs().max(3.0 * by_chance(&few));
    vec![
        figure(
            "variance over draws / inverse information, 10,000 rows",
            many.variance / many.stated,
            (0.95, 1.05),
            (2.0 / draws as f64).sqrt(),
        ),
        figure("bias, 100 rows", few.bias, (f64::NEG_INFINITY, f64::INFINITY), by_chance(&few)),
        figure("bias, 10,000 rows", many.bias, (-limit, limit), by_chance(&many)),
    ]
}
