//! Hypotheses and quantities of a fit by name: `age = prior`, `exp(age) - 1 = 0`, `-(intercept) / dose`.
//!
//! Names are those of the coefficient table, with the values that it shows: a parameter that is one number on its natural
//! scale goes by its own name, `theta = 1`. Derivatives are exact; standard errors follow
//! by the delta method and several equations are tested jointly (Wald; F where the table has t). A dose at which the
//! linear predictor has a value, ED50 and the like, is such a quantity. Tests that need the rows are in
//! `constrained_tests`.

use crate::{Coefficient, Error, Exit, FitResult, Note, Number, TestKind};
use loglik_expr::{Tree, parse_hypotheses, scalar};
use loglik_num as num;
use serde::{Deserialize, Serialize};

/// What is said of `name[level]` where no coefficient is called that: such a name is read only where it is known, and the
/// bracket at `at` is then out of place.
fn unknown_level(text: &str, at: usize, names: &[String]) -> Option<Error> {
    let rest = text.get(at..).filter(|rest| rest.starts_with('['))?;
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    let first = text[..at].trim_end_matches(is_part).len();
    let word = &text[first..at + rest.find(']')? + 1];
    Some(Error::unknown_word("coefficient", word, names.iter().map(String::as_str)))
}

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
    /// Of an equation alone: z or t; by likelihood ratio or score chi-square, or F where the table has t, absent beside more
    /// than 30 others.
    pub statistic: Number,
    /// Two-sided.
    pub p_value: Number,
    /// Interval by the delta method.
    pub conf_low: Number,
    /// Interval by the delta method.
    pub conf_high: Number,
}

/// A coefficient where the equations hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Constrained {
    /// Its machine name.
    pub term: String,
    /// Its estimate under the equations, on the scale of the coefficient table.
    pub estimate: Number,
}

/// All equations at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JointTest {
    /// `wald`, `lr` or `score`.
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
    /// The greatest log-likelihood where the equations hold, nats; absent from Wald's test, which makes no refit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loglik: Option<Number>,
    /// The estimates there, one for each coefficient of the table; none of Wald's test.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coefficients: Vec<Constrained>,
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
    /// What the reader should know of a refit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

/// A hypothesis as it was typed.
pub(crate) struct Typed {
    pub(crate) text: String,
    pub(crate) equation: bool,
    /// What is zero where it holds.
    pub(crate) tree: Tree,
}

/// The coefficients as the table shows them, those that have a standard error first.
struct Estimates<'a> {
    names: Vec<&'a str>,
    /// As the table has them.
    shown: Vec<&'a str>,
    values: Vec<f64>,
    /// Of the first `known`                                                 `[known, known]`
    vcov: Vec<f64>,
    known: usize,
}

/// Hypotheses at the estimates.
struct Lines {
    tested: Vec<Tested>,
    /// Their covariance; 0 where a hypothesis has none                       `[q, q]`
    vcov: Vec<f64>,
}

impl FitResult {
    /// Tests equations between coefficients, or estimates quantities made of them: several between commas. The tests are
    /// Wald's; [`ModelFile::test`](crate::ModelFile::test) refits for others.
    ///
    /// # Errors
    /// What is not in the grammar; names that are no coefficient, or one that is infinite; equations that repeat each
    /// other; a model without a covariance.
    pub fn hypotheses(&self, text: &str, level: f64) -> Result<Hypotheses, Error> {
        let typed = self.typed(text)?;
        let known = self.estimates()?;
        self.refuse_without_error(&typed, &known)?;
        let lines = self.lines(text, &typed, &known, level)?;
        let q = typed.len();
        let equations: Vec<usize> = (0..q).filter(|i| typed[*i].equation).collect();
        let differences: Vec<f64> = equations.iter().map(|i| lines.tested[*i].estimate.0).collect();
        let df = self.has_t().then_some(self.df_residual);
        let joint = joint(&differences, &loglik_fit::square(&lines.vcov, &equations, q), df)?;
        Ok(self.tested(lines.tested, joint, level))
    }

    /// Hypotheses as they were typed.
    pub(crate) fn typed(&self, text: &str) -> Result<Vec<Typed>, Error> {
        let shown = |c: &Coefficient| [c.term.clone(), c.shown_name().to_owned()];
        let mut all: Vec<String> = self.coefficients.iter().flat_map(shown).collect();
        all.dedup();
        let parsed = parse_hypotheses(text, &all).map_err(|error| {
            unknown_level(text, error.span.start, &all)
                .unwrap_or_else(|| Error::new(error.id(), Exit::Request, error.pointed(text)))
        })?;
        let typed = parsed.iter().map(|hypothesis| Typed {
            text: hypothesis.span.of(text).trim().to_owned(),
            equation: hypothesis.rhs.is_some(),
            tree: hypothesis.difference(),
        });
        Ok(typed.collect())
    }

    /// Values and delta-method errors of hypotheses, which need not have any; nothing is tested.
    pub(crate) fn quantities(&self, text: &str, typed: &[Typed], level: f64) -> Result<Vec<Tested>, Error> {
        let none = Estimates { names: vec![], shown: vec![], values: vec![], vcov: vec![], known: 0 };
        let mut all = if self.vcov.is_some() { self.estimates()? } else { none };
        for line in
            self.coefficients.iter().filter(|c| !all.names.contains(&c.term.as_str())).collect::<Vec<_>>()
        {
            all.names.push(&line.term);
            all.shown.push(line.shown_name());
            all.values.push(line.estimate.0);
        }
        let mut tested = self.lines(text, typed, &all, level)?.tested;
        for line in &mut tested {
            (line.statistic, line.p_value) = (Number(f64::NAN), Number(f64::NAN));
        }
        Ok(tested)
    }

    pub(crate) fn tested(&self, hypotheses: Vec<Tested>, joint: Option<JointTest>, level: f64) -> Hypotheses {
        Hypotheses {
            format: "loglik.test/1".to_owned(),
            likelihood: self.likelihood.clone(),
            formula: self.formula.clone(),
            se_kind: self.se_kind.clone(),
            level,
            hypotheses,
            joint,
            notes: Vec::new(),
        }
    }

    fn lines(&self, text: &str, typed: &[Typed], all: &Estimates<'_>, level: f64) -> Result<Lines, Error> {
        let mut points: Vec<(&str, f64)> =
            all.names.iter().copied().zip(all.values.iter().copied()).collect();
        let p = points.len();
        // Places of those that go by two names.
        let twice: Vec<usize> = (0..p).filter(|i| all.shown[*i] != all.names[*i]).collect();
        points.extend(twice.iter().map(|i| (all.shown[*i], all.values[*i])));
        let (mut values, mut slopes, mut without) = (Vec::new(), Vec::new(), Vec::new());
        for hypothesis in typed {
            let at = scalar::gradient(&hypothesis.tree, &points).map_err(|error| {
                self.unknown_name(Error::new(error.id(), Exit::Request, error.pointed(text)))
            })?;
            let (mut gradient, by_shown) = (at.gradient[..p].to_vec(), &at.gradient[p..]);
            twice.iter().zip(by_shown).for_each(|(i, slope)| gradient[*i] += slope);
            without.push(gradient[all.known..].iter().any(|slope| *slope != 0.0));
            gradient.truncate(all.known);
            slopes.push(gradient);
            values.push(at.value);
        }
        let q = typed.len();
        let vcov = loglik_infer::delta(&slopes, &all.vcov);
        let df = self.has_t().then_some(self.df_residual);
        let line = |(i, hypothesis): (usize, &Typed)| {
            let se = if without[i] || all.known == 0 { f64::NAN } else { vcov[i * q + i].sqrt() };
            quantity(&hypothesis.text, hypothesis.equation, values[i], se, df, level)
        };
        Ok(Lines { tested: typed.iter().enumerate().map(line).collect(), vcov })
    }

    /// With the names that there are, where the error is one of them.
    pub(crate) fn unknown_name(&self, error: Error) -> Error {
        match error.id.as_str() {
            "unknown_column" => {
                let names: Vec<&str> = self.coefficients.iter().map(Coefficient::shown_name).collect();
                error.remedy(format!("coefficients: {}", names.join(", ")))
            }
            _ => error,
        }
    }

    /// Whether the table has t and F instead of z and chi-square.
    #[must_use]
    pub fn has_t(&self) -> bool {
        !matches!(self.dispersion_kind.as_str(), "ml" | "given")
    }

    /// Refuses names that are coefficients without a standard error: unknown ones are named when they are evaluated.
    fn refuse_without_error(&self, typed: &[Typed], known: &Estimates<'_>) -> Result<(), Error> {
        let is_line = |name: &str| self.coefficients.iter().any(|c| c.term == name || c.shown_name() == name);
        let lost = |name: &&str| is_line(name) && !known.names.contains(name) && !known.shown.contains(name);
        match typed.iter().flat_map(|hypothesis| hypothesis.tree.names()).find(lost) {
            None => Ok(()),
            Some(name) => Err(Error::request(format!(
                "`{name}` has no standard error (infinite, aliased or at a boundary): nothing about it has a Wald test"
            ))
            .remedy("test it by a refit to the rows of the fit: loglik test MODEL HYPOTHESES DATA --test lr")),
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
        let names = vcov.names.iter().map(String::as_str).collect();
        Ok(Estimates { names, shown, values, vcov: full, known: q })
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
    let test = TestKind::Wald.name().to_owned();
    Ok(Some(JointTest { test, statistic, df, df_residual, p_value, loglik: None, coefficients: Vec::new() }))
}
