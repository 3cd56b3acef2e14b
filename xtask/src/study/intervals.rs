//! Do profile intervals, which are those of the likelihood-ratio test, cover the truth at 50 rows? And how many passes do
//! twenty of them take?

use super::{Figure, Random, fitted, numbers, over};
use loglik::{Ci, FitSpec, Table};

const ROWS: usize = 50;
const TRUTH: [f64; 2] = [0.3, 0.5];

pub(super) fn all(draws: usize) -> Vec<Figure> {
    let mut figures = Vec::new();
    for (likelihood, link) in [("bernoulli", "logit"), ("poisson", "log"), ("gamma", "log")] {
        let mut spec = FitSpec { ci: Ci::Profile, ..FitSpec::new("y ~ x", likelihood) };
        spec.links = vec![("mu".to_owned(), link.to_owned())];
        let covered = over(draws, |draw| {
            let result = fitted(&spec, &drawn(likelihood, draw));
            ["(intercept)", "x"]
                .iter()
                .zip(TRUTH)
                .map(|(name, truth)| {
                    let c = result.coefficient(name).expect("its line");
                    c.conf_low.0 <= truth && truth <= c.conf_high.0
                })
                .collect::<Vec<bool>>()
        });
        for (at, name) in ["intercept", "slope"].iter().enumerate() {
            let hits = covered.iter().filter(|c| c[at]).count();
            let study = "coverage of 95 % profile intervals, 50 rows";
            figures.push(Figure::share(study, &format!("{likelihood}, {name}"), hits, draws, (0.93, 0.97)));
        }
    }
    figures
}

fn drawn(likelihood: &str, draw: usize) -> Table {
    let mut random = Random::new(3, draw);
    let x: Vec<f64> = (0..ROWS).map(|_| random.normal()).collect();
    let y = x.iter().map(|x| {
        let eta = TRUTH[0] + TRUTH[1] * x;
        match likelihood {
            "bernoulli" => f64::from(u8::from(random.uniform() < 1.0 / (1.0 + (-eta).exp()))),
            "poisson" => {
                let (mean, u) = (eta.exp(), random.uniform());
                let (mut k, mut p) = (0.0, (-mean).exp());
                let mut below = p;
                while below < u {
                    k += 1.0;
                    p *= mean / k;
                    below += p;
                }
                k
            }
            // Shape 2: the sum of two exponentials.
            _ => -0.5 * eta.exp() * (random.uniform().ln() + random.uniform().ln()),
        }
    });
    let y: Vec<f64> = y.collect();
    numbers(&[("x", x), ("y", y)])
}

/// Twenty profile intervals of a logistic fit to 100,000 rows.
pub(super) fn passes() -> Figure {
    let (rows, columns) = (100_000, 19);
    let mut random = Random::new(4, 0);
    let x: Vec<Vec<f64>> = (0..columns).map(|_| (0..rows).map(|_| random.normal()).collect()).collect();
    let eta = |r: usize| -1.0 + x.iter().enumerate().map(|(j, c)| (j % 3) as f64 * 0.1 * c[r]).sum::<f64>();
    let y =
        (0..rows).map(|r| f64::from(u8::from(random.uniform() < 1.0 / (1.0 + (-eta(r)).exp())))).collect();
    let names: Vec<String> = (0..columns).map(|j| format!("x{j}")).collect();
    let mut table: Vec<(&str, Vec<f64>)> = names.iter().map(String::as_str).zip(x.iter().cloned()).collect();
    table.push(("y", y));
    let spec =
        FitSpec { ci: Ci::Profile, ..FitSpec::new(&format!("y ~ {}", names.join(" + ")), "bernoulli") };
    let result = fitted(&spec, &numbers(&table));
    let found = result.stop.passes.profile.unwrap_or(f64::NAN);
    Figure {
        study: "cost of 20 profile intervals, logistic, 100,000 rows".to_owned(),
        what: "passes with information, or their equivalent".to_owned(),
        draws: 1,
        found,
        low: 0.0,
        high: 60.0,
        chance: 0.0,
    }
}
