//! Do tests hold their level where data are scarce, and has an infinite coefficient ever a finite p-value?

use super::{Figure, Random, fitted, numbers, over};
use loglik::{BootstrapSpec, FitResult, FitSpec, SeKind, Table};

const ROWS: usize = 200;
const LEVEL: f64 = 0.05;

pub(super) fn all(draws: usize) -> Vec<Figure> {
    let mut figures = Vec::new();
    for (ones, range) in [(2, (0.0, 0.07)), (40, (0.03, 0.07))] {
        let study = format!("size, {ones} ones in {ROWS} rows, no effect, nominal 5 %");
        for binary in [false, true] {
            let what = if binary { "half of the rows marked" } else { "a normal covariate" };
            let hits =
                over(draws, |draw| rejects(&scarce(ones, binary, draw), None)).into_iter().filter(|r| *r);
            figures.push(Figure::share(
                &study,
                &format!("reported default test, {what}"),
                hits.count(),
                draws,
                range,
            ));
        }
    }
    let robust =
        over(draws, |draw| rejects(&scarce(2, false, draw), Some(SeKind::Hc0))).into_iter().filter(|r| *r);
    figures.push(Figure::share(
        "size, 2 ones in 200 rows, no effect, nominal 5 %",
        "HC0 as asked for, noted as resting on few rows (for comparison)",
        robust.count(),
        draws,
        (0.0, 1.0),
    ));
    figures.push(separated(draws));
    figures
}

/// Rows with so many ones among them, wherever.
fn scarce(ones: usize, binary: bool, draw: usize) -> Table {
    let mut random = Random::new(1, draw);
    let x =
        (0..ROWS).map(|_| if binary { f64::from(u8::from(random.uniform() < 0.5)) } else { random.normal() });
    let x: Vec<f64> = x.collect();
    let mut y = vec![0.0; ROWS];
    let mut left = ones;
    while left > 0 {
        let at = random.below(ROWS);
        if y[at] == 0.0 {
            (y[at], left) = (1.0, left - 1);
        }
    }
    numbers(&[("x", x), ("y", y)])
}

/// Whether the p-value that the table shows of the slope lies below the level.
fn rejects(table: &Table, se: Option<SeKind>) -> bool {
    let result = fitted(&FitSpec { se, ..FitSpec::new("y ~ x", "bernoulli") }, table);
    let slope = result.coefficient("x").expect("a slope");
    slope.lr_p_value.unwrap_or(slope.p_value).0 < LEVEL
}

/// Infinite coefficients with a finite standard error or Wald p-value, under every covariance: none.
fn separated(draws: usize) -> Figure {
    let kinds =
        ["observed", "expected", "opg", "hc0", "hc1", "hc2", "hc3", "hc4", "cluster", "hac", "bootstrap"];
    let found = over(draws, |draw| {
        let mut random = Random::new(2, draw);
        let rows = 40;
        let x: Vec<f64> = (0..rows).map(|_| f64::from(u8::from(random.uniform() < 0.4))).collect();
        let z: Vec<f64> = (0..rows).map(|_| random.normal()).collect();
        let y = x.iter().map(|x| if *x == 1.0 || random.uniform() < 0.5 { 1.0 } else { 0.0 }).collect();
        let g = (0..rows).map(|r| (r / 4) as f64).collect();
        let table = numbers(&[("x", x), ("z", z), ("y", y), ("g", g)]);
        kinds
            .iter()
            .map(|kind| {
                let mut spec = FitSpec { se: kind.parse().ok(), ..FitSpec::new("y ~ x + z", "bernoulli") };
                if *kind == "bootstrap" {
                    spec.bootstrap = BootstrapSpec { replicates: 9, ..BootstrapSpec::default() };
                }
                if *kind == "cluster" {
                    spec.cluster = vec!["g".to_owned()];
                }
                finite_figures(&fitted(&spec, &table))
            })
            .sum::<usize>()
    });
    let wrong = found.into_iter().sum::<usize>();
    let study = format!("quasi-separated, {} covariances", kinds.len());
    Figure {
        chance: 0.0,
        ..Figure::share(&study, "finite p-values of infinite coefficients", wrong, draws, (0.0, 0.0))
    }
}

/// Infinite estimates with a finite standard error or p-value.
fn finite_figures(result: &FitResult) -> usize {
    let infinite = result.coefficients.iter().filter(|c| c.estimate.0.is_infinite());
    infinite.filter(|c| c.std_error.0.is_finite() || c.p_value.0.is_finite()).count()
}
