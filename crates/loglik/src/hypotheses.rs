//! Hypotheses and quantities of a fit by name: `age = prior`, `exp(age) - 1 = 0`, `-(intercept) / dose`.
//!
//! Names are those of the coefficient table, with the values that it shows: a parameter that is one number on its natural
//! scale goes by its own name, `theta = 1`. Derivatives are exact; standard errors follow
//! by the delta method and several equations are tested jointly (Wald; F where the table has t). A dose at which the
//! linear predictor has a value, ED50 and the like, is such a quantity.

use crate::{Coefficient, Error, Exit, FitResult, Number};
use loglik_expr::{parse_hypotheses, scalar};
use loglik_num as num;
use serde::{Deserialize, Serialize};

/// One equation or quantity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tested {
    /// As typed.
    pub text: String,
    /// Whether it is an equation; its estimate is then left side minus right side.
    pub equation: bool,
    /// Its value at the estimates.
    pub estimate: Number,
    /// By the delta method.
    pub std_error: Number,
    /// z or t of an equation.
    pub statistic: Number,
    /// Two-sided.
    pub p_value: Number,
    /// Interval.
    pub conf_low: Number,
    /// Interval.
    pub conf_high: Number,
}

/// All equations at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JointTest {
    /// `wald`.
    pub test: String,
    /// Chi-square, or F where the table has t.
    pub statistic: Number,
    /// Equations.
    pub df: usize,
    /// Residual degrees of freedom of an F.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub df_residual: Option<f64>,
    /// p-value.
    pub p_value: Number,
}

/// What hypotheses came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hypotheses {
    /// `loglik.test/1`.
    pub format: String,
    /// The likelihood of the model.
    pub likelihood: String,
    /// Its formula.
    pub formula: String,
    /// Where standard errors come from.
    pub se_kind: String,
    /// Of intervals.
    pub level: f64,
    /// One for each equation or quantity, in their order.
    pub hypotheses: Vec<Tested>,
    /// Of all equations; absent where there is none.
    pub joint: Option<JointTest>,
}

/// The coefficients that have a standard error, as the table shows them.
struct Estimates<'a> {
    names: Vec<&'a str>,
    /// As the table has them.
    shown: Vec<&'a str>,
    values: Vec<f64>,
    /// Of `values`                                                          `[p, p]`
    vcov: Vec<f64>,
}

impl FitResult {
    /// Tests equations between coefficients, or estimates quantities made of them: several between commas.
    ///
    /// # Errors
    /// What is not in the grammar; names that are no coefficient, or one that is infinite; equations that repeat each
    /// other; a model without a covariance.
    pub fn hypotheses(&self, text: &str, level: f64) -> Result<Hypotheses, Error> {
        let shown = |c: &Coefficient| [c.term.clone(), c.shown_name().to_owned()];
        let all: Vec<String> = self.coefficients.iter().flat_map(shown).collect();
        let parsed = parse_hypotheses(text, &all)
            .map_err(|error| Error::new(error.id(), Exit::Request, error.pointed(text)))?;
        let known = self.estimates()?;
        let mut points: Vec<(&str, f64)> =
            known.names.iter().copied().zip(known.values.iter().copied()).collect();
        let p = points.len();
        // Places of those that go by two names.
        let twice: Vec<usize> = (0..p).filter(|i| known.shown[*i] != known.names[*i]).collect();
        points.extend(twice.iter().map(|i| (known.shown[*i], known.values[*i])));
        let mut slopes = Vec::new();
        let mut quantities = Vec::new();
        for hypothesis in &parsed {
            let tree = hypothesis.difference();
            self.refuse_without_error(&tree.names(), &known)?;
            let at = scalar::gradient(&tree, &points).map_err(|error| {
                let refused = Error::new(error.id(), Exit::Request, error.pointed(text));
                match refused.id.as_str() {
                    "unknown_column" => refused.remedy(format!("coefficients: {}", known.shown.join(", "))),
                    _ => refused,
                }
            })?;
            let (mut gradient, by_shown) = (at.gradient[..p].to_vec(), &at.gradient[p..]);
            twice.iter().zip(by_shown).for_each(|(i, slope)| gradient[*i] += slope);
            slopes.push(gradient);
            quantities.push((hypothesis.span.of(text).trim().to_owned(), hypothesis.rhs.is_some(), at.value));
        }
        let q = quantities.len();
        let vcov = loglik_infer::delta(&slopes, &known.vcov);
        let df = self.has_t().then_some(self.df_residual);
        let hypotheses = quantities
            .iter()
            .enumerate()
            .map(|(i, (text, equation, value))| {
                quantity(text, *equation, *value, vcov[i * q + i].sqrt(), df, level)
            })
            .collect();
        let equations: Vec<usize> = (0..q).filter(|i| quantities[*i].1).collect();
        let differences: Vec<f64> = equations.iter().map(|i| quantities[*i].2).collect();
        let joint = joint(&differences, &loglik_fit::square(&vcov, &equations, q), df)?;
        Ok(Hypotheses {
            format: "loglik.test/1".to_owned(),
            likelihood: self.likelihood.clone(),
            formula: self.formula.clone(),
            se_kind: self.se_kind.clone(),
            level,
            hypotheses,
            joint,
        })
    }

    /// Whether the table has t and F instead of z and chi-square.
    #[must_use]
    pub fn has_t(&self) -> bool {
        !matches!(self.dispersion_kind.as_str(), "ml" | "given")
    }

    /// Refuses names that are coefficients without a standard error: unknown ones are named when they are evaluated.
    fn refuse_without_error(&self, names: &[&str], known: &Estimates<'_>) -> Result<(), Error> {
        let is_line = |name: &str| self.coefficients.iter().any(|c| c.term == name || c.shown_name() == name);
        let lost =
            |name: &&&str| is_line(name) && !known.names.contains(*name) && !known.shown.contains(*name);
        match names.iter().find(lost) {
            None => Ok(()),
            Some(name) => Err(Error::request(format!(
                "`{name}` has no standard error (infinite, aliased or at a boundary): nothing about it has a Wald test"
            ))
            .remedy("test it by refitting: loglik compare, or --term-tests lr")),
        }
    }

    /// Estimates and their covariance on the scales that the table shows.
    fn estimates(&self) -> Result<Estimates<'_>, Error> {
        let vcov = self.vcov.as_ref().ok_or_else(|| {
            Error::request("the model has more than 1,000 coefficients: its covariance was not written down")
        })?;
        let q = vcov.names.len();
        let (mut values, mut scales) = (Vec::with_capacity(q), Vec::with_capacity(q));
        let mut shown = Vec::with_capacity(q);
        for (i, name) in vcov.names.iter().enumerate() {
            let line = self.coefficient(name).ok_or_else(|| {
                Error::new(
                    "model_file_invalid",
                    Exit::Data,
                    format!("`{name}` has a covariance but no estimate"),
                )
            })?;
            let link_se = vcov.lower[i * (i + 1) / 2 + i].0.sqrt();
            // d natural / d link is the ratio of the two standard errors, falling where the link falls.
            scales.push(match line.scale.as_str() {
                "natural" => self.direction(&line.parameter) * line.std_error.0 / link_se,
                _ => 1.0,
            });
            values.push(line.estimate.0);
            shown.push(line.shown_name());
        }
        let mut full = vec![0.0; q * q];
        for i in 0..q {
            for j in 0..=i {
                let v = vcov.lower[i * (i + 1) / 2 + j].0 * scales[i] * scales[j];
                (full[i * q + j], full[j * q + i]) = (v, v);
            }
        }
        Ok(Estimates { names: vcov.names.iter().map(String::as_str).collect(), shown, values, vcov: full })
    }

    /// 1 where a parameter rises with its linear predictor, else -1.
    fn direction(&self, parameter: &str) -> f64 {
        let link = self.links.get(parameter).and_then(|text| text.parse::<loglik_likelihood::Link>().ok());
        let falls = link.is_some_and(|link| link.natural(1.0) < link.natural(0.5));
        if falls { -1.0 } else { 1.0 }
    }
}

fn quantity(text: &str, equation: bool, value: f64, se: f64, df: Option<f64>, level: f64) -> Tested {
    let upper = 0.5 + 0.5 * level;
    let statistic = value / se;
    let (quantile, p_value) = match df {
        Some(df) => (num::t_quantile(upper, df), num::t_two_sided(statistic, df)),
        None => (num::normal_quantile(upper), num::normal_two_sided(statistic)),
    };
    let of_equation = |v: f64| Number(if equation { v } else { f64::NAN });
    Tested {
        text: text.to_owned(),
        equation,
        estimate: Number(value),
        std_error: Number(se),
        statistic: of_equation(statistic),
        p_value: of_equation(p_value),
        conf_low: Number(value - quantile * se),
        conf_high: Number(value + quantile * se),
    }
}

fn joint(differences: &[f64], vcov: &[f64], df_residual: Option<f64>) -> Result<Option<JointTest>, Error> {
    let df = differences.len();
    if df == 0 {
        return Ok(None);
    }
    let chisq = loglik_infer::wald(differences, vcov).ok_or_else(|| {
        Error::request("the equations repeat each other, or one holds whatever the coefficients are")
            .remedy("drop the one that follows from the others")
    })?;
    let q = df as f64;
    let (statistic, p_value) = match df_residual {
        Some(residual) => (chisq / q, num::f_sf(chisq / q, q, residual)),
        None => (chisq, num::chisq_sf(chisq, q)),
    };
    let (statistic, p_value) = (Number(statistic), Number(p_value));
    Ok(Some(JointTest { test: "wald".to_owned(), statistic, df, df_residual, p_value }))
}
