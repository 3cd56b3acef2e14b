//! Is the theory of maximum likelihood seen to hold, for every likelihood that has one?
//!
//! Responses are drawn at known coefficients over one covariate, and fitted. At 10,000 rows the variance of the estimates
//! over the draws is that of the inverse information that the fits report; bias falls from 100 rows to 10,000.
//!
//! A variance over 2,000 draws has a standard error of 3 %, almost as wide as the range that is to be told apart. So an
//! estimate's error is split, e = A s + r, with s the score at the truth and A a fixed matrix, the mean inverse
//! information. Where rows are drawn from the likelihood that is fitted, E s = 0 and the variance of A s is A itself, by the
//! identities of Bartlett; only the rest, var(e) - var(A s) = mean(e^2 - (A s)^2), is left to the draws, and the bias is
//! the mean of r. (Control variates: Hammersley & Handscomb, 1964, Monte Carlo Methods, ch. 5.) The identity is asked
//! apart: the variance of A s over the draws against A.

mod cases;

use super::{Figure, Random, fitted, numbers, over};
use cases::{CASES, Case};
use loglik::expr::Column;
use loglik::{FitResult, FitSpec, Redrawn, Redraws, Table, TermTests, loglik_at};
use std::sync::Arc;

const FEW: usize = 100;
const MANY: usize = 10_000;

/// Successes and failures of a row of trials.
const TRIALS: f64 = 12.0;

/// Of so many draws one is fitted whole: a climb begun at the truth has to end where a fit ends.
const EVERY: usize = 50;

const SEED: u64 = 6;

/// Standard errors that the variance of A s may lie from A: about a hundred are asked.
const FARTHEST: f64 = 4.5;

/// What the page says of the figures.
pub(super) const TOLD: &str = " Responses are drawn at known coefficients. A variance counted from 2,000 draws alone \
    strays by 3 %: of 35 likelihoods four or more would leave 0.95 to 1.05 by chance. So the part of an error that is \
    linear in the score at the truth is taken at its variance by theory, the inverse information, and only the rest is \
    counted; that the linear part has this variance over the draws is asked in the last line, of all coefficients.";

/// Two figures of each likelihood and one of all, or of those alone that are named.
pub(super) fn all(draws: usize, alone: &[&str]) -> Vec<Figure> {
    let mut figures = Vec::new();
    let mut farthest = (0.0_f64, String::new());
    for case in CASES.iter().filter(|case| alone.is_empty() || alone.contains(&case.likelihood)) {
        let many = Drawn::of(case, MANY, draws, None);
        let few = Drawn::of(case, FEW, draws, Some(&many));
        let spread = many.spread();
        for figure in [spread.figure, fall(&few, &many)] {
            eprintln!("{figure}");
            figures.push(figure);
        }
        if spread.control.0.is_nan() || spread.control.0 > farthest.0 {
            farthest = spread.control;
        }
    }
    figures.push(Figure {
        study: "variance of the linear part from the inverse information, in its standard errors".to_owned(),
        what: format!("farthest of all, {}", farthest.1),
        draws,
        found: farthest.0,
        low: 0.0,
        high: FARTHEST,
        chance: 0.0,
    });
    figures
}

/// Likelihoods of the study by their names between commas.
pub(super) fn named(names: &str) -> Result<Vec<&str>, String> {
    let known = |name: &&str| CASES.iter().any(|case| case.likelihood == *name);
    let names: Vec<&str> = names.split(',').collect();
    match names.iter().find(|name| !known(name)) {
        None => Ok(names),
        Some(name) => Err(format!("--likelihood {name}: none of the study")),
    }
}

/// Whether a likelihood, or a wrapper around one, is among the cases.
#[cfg(test)]
pub(super) fn has(name: &str) -> bool {
    CASES.iter().any(|case| case.likelihood.split('(').next() == Some(name))
}

/// What one draw gave, by coefficient.
struct Draw {
    /// Estimates less the truth.
    error: Vec<f64>,
    /// Score at the truth.
    score: Vec<f64>,
    /// Inverse information `[p][p]`, where the maximum is finite.
    vcov: Option<Vec<Vec<f64>>>,
}

/// All draws of one likelihood at one number of rows.
struct Drawn {
    case: &'static Case,
    draws: Vec<Draw>,
    /// Mean inverse information                                              `[p][p]`
    inverse: Vec<Vec<f64>>,
    /// Linear part of the errors of each draw: `inverse` times its score        `[draws][p]`
    linear: Vec<Vec<f64>>,
}

/// The variance of the estimates, and that of the linear part in standard errors from what it is by theory.
struct Spread {
    figure: Figure,
    control: (f64, String),
}

impl Drawn {
    /// * `beside` draws of more rows, whose inverse information scaled to these rows is taken: at few rows some draws
    ///   have next to none
    fn of(case: &'static Case, rows: usize, draws: usize, beside: Option<&Self>) -> Self {
        let mut random = Random::new(5, 0);
        let x: Vec<f64> = (0..rows).map(|_| 2.0 * random.uniform() - 1.0).collect();
        let spec = case.spec();
        // Of this response only trials and classes matter.
        let class = |r: usize| if case.classes == 0 { case.admitted } else { (r % case.classes) as f64 };
        let redraws = Redraws::at(&spec, &case.table(&x, (0..rows).map(class).collect()));
        let redraws = redraws.unwrap_or_else(|error| panic!("{}: {error}", case.likelihood));
        let places = places(case, &redraws.names());
        let draws = over(draws, |draw| {
            let (found, asked) = (redraws.maximum(SEED, draw as u64), rows == MANY && draw % EVERY == 0);
            let table = || {
                let y = redraws.response(SEED, draw as u64);
                case.table(&x, y.unwrap_or_else(|| panic!("{} draws no response", case.likelihood)))
            };
            let Some(found) = found else { return case.draw(&spec, &table()) };
            let found = Draw::of(case, &found, &places);
            if asked {
                case.confirm(&found, &fitted(&spec, &table()));
            }
            found
        });
        let p = case.truth.len();
        let told: Vec<&Vec<Vec<f64>>> = draws.iter().filter_map(|d| d.vcov.as_ref()).collect();
        let cell = |i: usize, j: usize| match beside {
            Some(many) => many.inverse[i][j] * MANY as f64 / rows as f64,
            None => mean(told.iter().map(|v| v[i][j])),
        };
        let inverse: Vec<Vec<f64>> = (0..p).map(|i| (0..p).map(|j| cell(i, j)).collect()).collect();
        let times =
            |s: &[f64]| inverse.iter().map(|row| row.iter().zip(s).map(|(a, s)| a * s).sum()).collect();
        let linear = draws.iter().map(|draw| times(&draw.score)).collect();
        Self { case, draws, inverse, linear }
    }

    /// Of the coefficient whose variance lies farthest from the inverse information.
    fn spread(&self) -> Spread {
        let mut worst = (1.0, 0.0, 0);
        let mut control = (0.0_f64, String::new());
        for (j, (name, _)) in self.case.truth.iter().enumerate() {
            let told = self.inverse[j][j];
            let (e, z) = (self.errors(j), self.linear.iter().map(|z| z[j]).collect::<Vec<f64>>());
            let (bias, shift) = (mean(e.iter().copied()), mean(z.iter().copied()));
            let rest = e.iter().zip(&z).map(|(e, z)| ((e - bias).powi(2) - (z - shift).powi(2)) / told);
            let rest = mean_and_error(rest);
            let found = 1.0 + rest.0;
            if j == 0 || found.is_nan() || (found - 1.0).abs() > f64::abs(worst.0 - 1.0) {
                worst = (found, rest.1, j);
            }
            // A sum over 10,000 rows is nearly normal, and so is known how far its variance strays.
            let seen = mean(z.iter().map(|z| (z - shift).powi(2) / told));
            let off = (seen - 1.0).abs() / (2.0 / z.len() as f64).sqrt();
            if off.is_nan() || off > control.0 {
                control = (off, format!("{}, {name}", self.case.likelihood));
            }
        }
        let figure = Figure {
            study: format!("variance of estimates over inverse information, {MANY} rows"),
            what: format!(
                "{}, {} (farthest of {})",
                self.case.likelihood,
                self.name(worst.2),
                self.inverse.len()
            ),
            draws: self.draws.len(),
            found: worst.0,
            low: 0.95,
            high: 1.05,
            chance: worst.1,
        };
        Spread { figure, control }
    }

    fn errors(&self, j: usize) -> Vec<f64> {
        self.draws.iter().map(|draw| draw.error[j]).collect()
    }

    fn name(&self, j: usize) -> &'static str {
        self.case.truth[j].0
    }

    /// Bias of a coefficient and its standard error: the mean of what its linear part leaves; the median of the errors
    /// where some draw has no finite maximum.
    fn bias(&self, j: usize, median: bool) -> (f64, f64) {
        let errors = self.errors(j);
        if !median {
            return mean_and_error(errors.iter().zip(&self.linear).map(|(e, z)| e - z[j]));
        }
        // Of a normal sample: sqrt(pi / 2) times that of its mean.
        let chance = (std::f64::consts::FRAC_PI_2 * self.inverse[j][j] / errors.len() as f64).sqrt();
        (middle(errors), chance)
    }

    fn is_finite(&self) -> bool {
        self.draws.iter().all(|draw| draw.error.iter().all(|e| e.is_finite()))
    }
}

/// Bias at many rows over that at few, of the coefficient with the most in its standard errors at few.
fn fall(few: &Drawn, many: &Drawn) -> Figure {
    let median = !few.is_finite();
    let size = |j: &usize| (few.bias(*j, median).0.powi(2) / few.inverse[*j][*j]).sqrt();
    let j = (0..few.inverse.len()).max_by(|a, b| size(a).total_cmp(&size(b))).unwrap_or(0);
    let (at_few, at_many) = (few.bias(j, median), many.bias(j, median));
    Figure {
        study: format!("bias at {MANY} rows over bias at {FEW}"),
        what: format!("{}, {}{}", few.case.likelihood, few.name(j), if median { ", median" } else { "" }),
        draws: few.draws.len(),
        found: (at_many.0 / at_few.0).abs(),
        low: 0.0,
        high: 1.0,
        chance: at_many.1 / at_few.0.abs(),
    }
}

impl Case {
    fn spec(&self) -> FitSpec {
        let named =
            |list: &[(&str, f64)]| list.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
        FitSpec {
            at: named(self.truth),
            fixed: named(self.fixed),
            term_tests: TermTests::None,
            threads: Some(1),
            ..FitSpec::new(self.formula, self.likelihood)
        }
    }

    /// A draw whose maximum is not finite in all coefficients.
    fn draw(&self, spec: &FitSpec, table: &Table) -> Draw {
        let result = fitted(spec, table);
        let at = loglik_at(spec, table).expect("a truth that can be");
        let score = self.truth.iter().map(|(name, _)| at.score.get(*name).map_or(f64::NAN, |s| s.0));
        let estimates = self.by_name(&result, |c| c.estimate.0);
        let error = estimates.iter().zip(self.truth).map(|(found, (_, truth))| found - truth).collect();
        Draw { error, score: score.collect(), vcov: None }
    }

    /// A whole fit has to have the same maximum.
    fn confirm(&self, draw: &Draw, whole: &FitResult) {
        let (estimates, vcov) = (self.by_name(whole, |c| c.estimate.0), draw.vcov.as_ref());
        for (j, (found, (name, truth))) in estimates.iter().zip(self.truth).enumerate() {
            let off = (found - truth - draw.error[j]).abs();
            let se = vcov.map_or(f64::NAN, |v| v[j][j].sqrt());
            assert!(off < 1e-4 * se, "{}: two maxima of {name}, {off} apart", self.likelihood);
        }
    }

    fn by_name(&self, result: &FitResult, value: impl Fn(&loglik::Coefficient) -> f64) -> Vec<f64> {
        assert_eq!(self.truth.len(), result.coefficients.len(), "{}", self.likelihood);
        let line = |name: &str| result.coefficient(name).unwrap_or_else(|| panic!("no line `{name}`"));
        self.truth.iter().map(|(name, _)| value(line(name))).collect()
    }

    fn table(&self, x: &[f64], y: Vec<f64>) -> Table {
        let others = y.iter().map(|y| TRIALS - y).collect();
        if self.classes == 0 {
            return numbers(&[("x", x.to_vec()), ("y", y), ("others", others)]);
        }
        let levels: Arc<[String]> = ["a", "b", "c"].map(str::to_owned).into();
        let codes = y.iter().map(|y| *y as u32).collect();
        let y = Column::Category { codes, levels, ordered: true };
        Table::from_columns(vec![("x".to_owned(), Column::Number(x.to_vec())), ("y".to_owned(), y)])
            .expect("columns of one length")
    }
}

impl Draw {
    fn of(case: &Case, found: &Redrawn, places: &[usize]) -> Self {
        let p = places.len();
        let at = |values: &[f64]| places.iter().map(|j| values[*j]).collect::<Vec<f64>>();
        let error = at(&found.estimates).iter().zip(case.truth).map(|(b, (_, truth))| b - truth).collect();
        let row = |i: &usize| places.iter().map(|j| found.vcov[i * p + j]).collect();
        Self { error, score: at(&found.score), vcov: Some(places.iter().map(row).collect()) }
    }
}

/// Where the coefficients of the truth are among others.
fn places(case: &Case, names: &[&str]) -> Vec<usize> {
    assert_eq!(case.truth.len(), names.len(), "{}: {names:?}", case.likelihood);
    let place =
        |(name, _): &(&str, f64)| names.iter().position(|n| n == name).expect("a coefficient by name");
    case.truth.iter().map(place).collect()
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), v| (sum + v, count + 1.0));
    sum / count
}

/// Mean of a sample and its standard error.
fn mean_and_error(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let values: Vec<f64> = values.collect();
    let (n, centre) = (values.len() as f64, mean(values.iter().copied()));
    let spread = values.iter().map(|v| (v - centre).powi(2)).sum::<f64>() / (n - 1.0);
    (centre, (spread / n).sqrt())
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
