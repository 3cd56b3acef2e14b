//! The result as it is written down: coefficients, terms, tests, in the words of every surface.

use crate::certificate::verdict_name;
use crate::covariance;
use crate::intervals::Interval;
use crate::prepare::NamedCoef;
use crate::result::{
    Aliased, Coefficient, Existence, FitResult, ModelTest, Note, Passes, Sigma, Status, StopInfo,
    SumsOfSquares, Vcov, WeightsInfo,
};
use crate::run::Outcome;
use crate::statistics::Statistics;
use crate::{Ci, Number, WeightKind};
use crate::{class_differences, notes};
use loglik_fit::{Finding, Limit, Verdict};
use loglik_likelihood::{Link, Support};
use loglik_num as num;
use std::collections::BTreeMap;

/// Coefficients up to which the covariance is written down.
const VCOV_MOST: usize = 1_000;

/// Standard error, statistic, p-value and interval of one estimate.
pub(crate) struct Wald {
    pub(crate) std_error: f64,
    model: Option<f64>,
    pub(crate) statistic: f64,
    pub(crate) p_value: f64,
    pub(crate) conf_low: f64,
    pub(crate) conf_high: f64,
}

impl Wald {
    const NONE: Self = Self {
        std_error: f64::NAN,
        model: None,
        statistic: f64::NAN,
        p_value: f64::NAN,
        conf_low: f64::NAN,
        conf_high: f64::NAN,
    };

    /// The interval of an infinite estimate, where it was asked: no Wald figure belongs to it.
    fn one_sided(interval: Option<&Interval>) -> Self {
        interval.map_or(Self::NONE, |found| Self { conf_low: found.low, conf_high: found.high, ..Self::NONE })
    }

    /// The interval on another scale.
    fn shown(self, scale: impl Fn(f64) -> f64) -> Self {
        // A scale may turn the ends round: a parameter below a bound.
        let (a, b) = (scale(self.conf_low), scale(self.conf_high));
        Self { conf_low: if a > b { b } else { a }, conf_high: if a > b { a } else { b }, ..self }
    }

    /// * `df` residual degrees of freedom where the statistic is t
    pub(crate) fn of(estimate: f64, std_error: f64, df: Option<f64>, level: f64) -> Self {
        if std_error == 0.0 || !std_error.is_finite() {
            return Self { std_error, ..Self::NONE };
        }
        let statistic = estimate / std_error;
        let upper = 0.5 + 0.5 * level;
        let (p_value, quantile) = match df {
            Some(df) => (num::t_two_sided(statistic, df), num::t_quantile(upper, df)),
            None => (num::normal_two_sided(statistic), num::normal_quantile(upper)),
        };
        Self {
            std_error,
            model: None,
            statistic,
            p_value,
            conf_low: estimate - quantile * std_error,
            conf_high: estimate + quantile * std_error,
        }
    }
}

/// Writes down what one run came to.
pub(crate) fn result(outcome: &Outcome<'_>) -> FitResult {
    let Outcome { spec, prepared, fit, statistics, .. } = outcome;
    let sampling = spec.weights.is_some() && spec.weight_kind == WeightKind::Sampling;
    let status = status(outcome);
    // A likelihood without bound: what the climb reached on the way says nothing.
    let loglik = if status == Status::Unbounded { f64::INFINITY } else { fit.loglik() };
    // A lasso spends no parameter on what it leaves at 0.
    let df = if spec.penalty.is_some() { fit.estimated.len() } else { fit.df() };
    let k = df as f64;
    let n = statistics.n;
    let criterion = |value: f64| if sampling || spec.penalty.is_some() { f64::NAN } else { value };
    let notes = notes::all(outcome);
    let weights = spec.weights.as_ref();
    FitResult {
        format: "loglik.fit/1".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: spec.command.clone(),
        likelihood: prepared.model.likelihood.spec().name.clone(),
        links: links(outcome),
        fixed: prepared.fixed.clone(),
        penalty: spec.penalty.clone(),
        bias_reduction: spec.bias_reduction,
        formula: spec.text.as_ref().unwrap_or(&spec.formula).clone(),
        seed: spec.seed,
        response: prepared.responses.info.clone(),
        weights: weights.map(|column| WeightsInfo { column: column.clone(), kind: spec.weight_kind }),
        offset: spec.offset.clone(),
        exposure: spec.exposure.clone(),
        cluster: spec.cluster.clone(),
        n,
        n_dropped: prepared.rows.dropped,
        dropped: prepared.rows.by_column.clone(),
        weight_sum: prepared.rows.units,
        status,
        stop: stop(outcome),
        existence: existence(outcome),
        rank: statistics.rank,
        condition: Number(fit.condition),
        aliased: aliased(outcome),
        loglik: Number(loglik),
        penalised_loglik: outcome.penalised.map(Number),
        deviance: at_limit(outcome, statistics.deviance),
        loglik_null: match (outcome.null, &prepared.own) {
            (Some(null), _) => Number(null.loglik()),
            (None, None) => Number(loglik),
            // A text says nothing of what a model without predictors would be.
            (None, Some(_)) => Number(f64::NAN),
        },
        null_deviance: at_limit(
            outcome,
            statistics.null_deviance.or(if outcome.null.is_none() { statistics.deviance } else { None }),
        ),
        df,
        df_residual: statistics.df_residual,
        aic: Number(criterion(-2.0 * loglik + 2.0 * k)),
        aicc: Number(criterion(-2.0 * loglik + 2.0 * k + 2.0 * k * (k + 1.0) / (n - k - 1.0))),
        bic: Number(criterion(-2.0 * loglik + k * num::log(n))),
        dispersion: Number(statistics.dispersion),
        dispersion_kind: statistics.dispersion_kind.to_owned(),
        pearson_chi2: statistics.pearson_chi2.into(),
        sigma: statistics.sigma.map(|(ml, unbiased)| Sigma { ml: Number(ml), unbiased: Number(unbiased) }),
        sums_of_squares: sums_of_squares(statistics),
        r_squared: statistics.squares.map(|squares| Number(squares.r_squared())),
        adj_r_squared: statistics.squares.map(|squares| Number(squares.adjusted())),
        pseudo_r_squared: pseudo_r_squared(outcome),
        se_kind: if spec.penalty.is_some() { "none" } else { spec.se().name() }.to_owned(),
        se: outcome.covariance.info.clone(),
        level: spec.level(),
        ci: if spec.ci == Ci::Profile { "profile" } else { "wald" }.to_owned(),
        coefficients: coefficients(outcome),
        terms: outcome.terms.clone(),
        tests: model_tests(outcome, sampling),
        vcov: vcov(outcome),
        own: outcome.own.clone(),
        notes,
    }
}

/// A deviance; 0 where every row is at its limit, as the shift of 50 leaves each row e^-50 of what it has there.
fn at_limit(outcome: &Outcome<'_>, deviance: Option<f64>) -> Number {
    let complete = outcome.fit.verdict == Verdict::Complete;
    deviance.map(|d| if complete && d < 1e-18 * outcome.statistics.n { 0.0 } else { d }).into()
}

/// The link of classes, where the likelihood has them: that of their probabilities, a part of the density.
fn link_of_classes(outcome: &Outcome<'_>) -> Option<Link> {
    let spec = outcome.prepared.model.likelihood.spec();
    let of_classes = spec.shared_predictor || spec.link_inside;
    of_classes.then(|| outcome.prepared.args.link.unwrap_or(Link::Logit))
}

/// The link of each parameter. Classes have one for all: that of their probabilities, which is part of the density, as
/// cuts and log odds are coordinates already.
fn links(outcome: &Outcome<'_>) -> BTreeMap<String, String> {
    let model = &outcome.prepared.model;
    let of_classes = link_of_classes(outcome);
    let params = model.likelihood.spec().params.iter().zip(&model.predictors);
    let own = params.filter(|(param, _)| of_classes.is_none() || param.support != Support::Real);
    let main = of_classes.map(|link| ("mu".to_owned(), link.to_string()));
    own.map(|(param, predictor)| (param.name.clone(), predictor.link.to_string())).chain(main).collect()
}

/// How the fit ended; the gravest finding decides.
pub(crate) fn status(outcome: &Outcome<'_>) -> Status {
    let has = |what: fn(&Finding) -> bool| outcome.fit.findings.iter().any(what);
    if has(|f| matches!(f, Finding::Unbounded)) {
        Status::Unbounded
    } else if !outcome.unidentified.is_empty() {
        Status::NotIdentified
    } else if outcome.separation.found() || outcome.fit.verdict != Verdict::Finite {
        Status::Infinite
    } else if !outcome.fit.stop.reason.is_success() && outcome.fit.model.p > 0 {
        Status::NotConverged
    } else if has(|f| matches!(f, Finding::Boundary { .. })) {
        Status::Boundary
    } else {
        Status::Converged
    }
}

fn stop(outcome: &Outcome<'_>) -> StopInfo {
    let fit = outcome.fit;
    let p = fit.model.p;
    let scaled =
        |j: &usize| fit.end.score[*j].hi.abs() / fit.end.info[j * p + j].abs().sqrt().max(f64::MIN_POSITIVE);
    // So many coefficients have no matrix: the decrement tells how near the maximum is.
    let score = match fit.end.info.is_empty() && p > 0 {
        true => f64::NAN,
        false => fit.estimated.iter().map(scaled).fold(0.0, f64::max),
    };
    let reason = format!("{:?}", fit.stop.reason);
    StopInfo {
        reason: snake(&reason),
        iterations: fit.stop.iterations,
        decrement: Number(fit.stop.decrement),
        score: Number(score),
        passes: Passes {
            fit: fit.passes,
            inference: outcome.passes - fit.passes,
            profile: Some(outcome.intervals.passes).filter(|passes| *passes > 0.0),
        },
    }
}

/// `RoundingFloor` as `rounding_floor`.
fn snake(word: &str) -> String {
    let mut out = String::new();
    for (i, c) in word.chars().enumerate() {
        if c.is_uppercase() && i > 0 {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

fn existence(outcome: &Outcome<'_>) -> Existence {
    let verdict = verdict_name(outcome.fit.verdict);
    let direction = |d: &Vec<f64>| {
        let largest = d.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        let named = outcome.prepared.coefs.iter().filter(|c| d[c.at].abs() > 1e-7 * largest);
        named.map(|c| (c.name.clone(), Number(d[c.at] / largest))).collect()
    };
    Existence {
        verdict: verdict.to_owned(),
        directions: outcome.separation.null.iter().map(direction).collect(),
        rows_at_infinity: outcome.fit.end.at_infinity,
    }
}

fn aliased(outcome: &Outcome<'_>) -> Vec<Aliased> {
    let prepared = outcome.prepared;
    let terms = outcome.fit.rank.aliased.iter().map(|(at, equals)| Aliased {
        term: prepared.name_of(*at).to_owned(),
        equals: notes::combination(prepared, *at, equals),
    });
    let empty = prepared.plan.predictors.iter().flat_map(|p| &p.empty_cells);
    let cells = empty
        .map(|name| Aliased { term: name.clone(), equals: "0 (no row has this combination)".to_owned() });
    terms.chain(cells).collect()
}

/// Whether a coefficient is shown as the natural value of its parameter: the formula does not name the parameter.
fn is_natural(outcome: &Outcome<'_>, coef: &NamedCoef) -> bool {
    !outcome.prepared.named.contains(&coef.k)
}

fn coefficients(outcome: &Outcome<'_>) -> Vec<Coefficient> {
    let statistics = outcome.statistics;
    let shown = |coef: &&NamedCoef| !statistics.scaled || outcome.prepared.in_main(coef.at);
    let rows = outcome.prepared.coefs.iter().filter(shown).map(|coef| coefficient(outcome, coef));
    rows.chain(class_differences::of(outcome)).collect()
}

fn coefficient(outcome: &Outcome<'_>, coef: &NamedCoef) -> Coefficient {
    let fit = outcome.fit;
    let at = coef.at;
    let natural = is_natural(outcome, coef);
    let boundary = fit.findings.iter().find_map(|f| match f {
        Finding::Boundary { param, upper } if *param == coef.k => Some(*upper),
        _ => None,
    });
    let support = fit.model.likelihood.spec().params[coef.k].support;
    let (estimate, wald) = if outcome.unidentified.contains(at) {
        (f64::NAN, Wald::NONE)
    } else if let Some(upper) = boundary {
        let end = if upper { f64::INFINITY } else { f64::NEG_INFINITY };
        let shown = |eta: f64| if natural { natural_value(outcome, coef, support, eta) } else { eta };
        (shown(end), Wald::one_sided(outcome.intervals.of.get(&at)).shown(shown))
    } else {
        match outcome.separation.limits[at] {
            Limit::Plus => (f64::INFINITY, Wald::one_sided(outcome.intervals.of.get(&at))),
            Limit::Minus => (f64::NEG_INFINITY, Wald::one_sided(outcome.intervals.of.get(&at))),
            Limit::Undetermined => (f64::NAN, Wald::NONE),
            Limit::Finite if fit.rank.has(at) => finite(outcome, coef, natural, support),
            Limit::Finite => (f64::NAN, Wald::NONE),
        }
    };
    Coefficient {
        parameter: coef.parameter.clone(),
        term: coef.name.clone(),
        variable: coef.coef.variable.clone(),
        level: coef.coef.level.clone(),
        scale: if natural { "natural" } else { "link" }.to_owned(),
        estimate: Number(estimate),
        std_error: Number(wald.std_error),
        std_error_model: wald.model.map(Number),
        statistic: Number(wald.statistic),
        p_value: Number(wald.p_value),
        conf_low: Number(wald.conf_low),
        conf_high: Number(wald.conf_high),
        lr_p_value: outcome
            .intervals
            .of
            .get(&at)
            .map(|found| Number(found.p_value))
            .filter(|p| !p.0.is_nan()),
        ratio: is_log_scale(outcome, coef).then(|| Number(num::exp(estimate))),
    }
}

/// Whether the exponential of a coefficient means something by itself: a log or logit link of the main parameter.
fn is_log_scale(outcome: &Outcome<'_>, coef: &NamedCoef) -> bool {
    let link = link_of_classes(outcome).unwrap_or(outcome.fit.model.predictors[coef.k].link);
    outcome.prepared.in_main(coef.at) && matches!(link, Link::Log | Link::Logit)
}

/// The natural value at the end of a coordinate.
fn natural_end(support: Support, upper: bool) -> f64 {
    match (support, upper) {
        (Support::Unit, true) => 1.0,
        (Support::Between(_, b), true) => b,
        (Support::Between(a, _) | Support::Above(a), false) => a,
        (Support::Below(_), true) => f64::NEG_INFINITY,
        (Support::Below(b), false) => b,
        (_, true) => f64::INFINITY,
        (Support::Real, false) => f64::NEG_INFINITY,
        (_, false) => 0.0,
    }
}

/// The natural value of a parameter at a linear predictor, also at its ends.
fn natural_value(outcome: &Outcome<'_>, coef: &NamedCoef, support: Support, eta: f64) -> f64 {
    if eta.is_infinite() {
        return natural_end(support, eta > 0.0);
    }
    let link = outcome.fit.model.predictors[coef.k].link;
    support.natural(link.to_u(support, num::Lane::splat(eta)).0[0])
}

fn finite(outcome: &Outcome<'_>, coef: &NamedCoef, natural: bool, support: Support) -> (f64, Wald) {
    let p = outcome.fit.model.p;
    let variance = covariance::between(outcome.vcov, p, coef.at, coef.at);
    let estimate = outcome.beta[coef.at];
    let (df, level) = (outcome.statistics.t.then_some(outcome.statistics.df_residual), outcome.spec.level());
    let mut wald = Wald::of(estimate, variance.sqrt(), df, level);
    if let (Ci::Profile, Some(found)) = (outcome.spec.ci, outcome.intervals.of.get(&coef.at)) {
        (wald.conf_low, wald.conf_high) = (found.low, found.high);
    }
    wald.model = outcome.covariance.model.as_ref().map(|model| model[coef.at].sqrt());
    if !natural || support == Support::Real {
        return (estimate, wald);
    }
    // A natural value has its standard error by the delta method and its interval from the link scale.
    let link = outcome.fit.model.predictors[coef.k].link;
    let eta: num::Jet<1> = num::Jet::variable(num::Lane::splat(estimate), 0);
    let value = support.from_u(link.to_u(support, eta));
    let slope = value.g[0].0[0].abs();
    let (std_error, model) = (slope * wald.std_error, wald.model.map(|se| slope * se));
    let wald = wald.shown(|eta| natural_value(outcome, coef, support, eta));
    (value.v.0[0], Wald { std_error, model, statistic: f64::NAN, p_value: f64::NAN, ..wald })
}

fn model_tests(outcome: &Outcome<'_>, sampling: bool) -> BTreeMap<String, ModelTest> {
    let mut tests = BTreeMap::new();
    if let (Some(null), false) = (outcome.null, sampling || outcome.spec.is_adjusted()) {
        let df = outcome.fit.df().saturating_sub(null.df());
        let statistic = 2.0 * (outcome.fit.loglik() - null.loglik());
        if df > 0 && status(outcome) != Status::Unbounded {
            let p_value = Number(num::chisq_sf(statistic, df as f64));
            let statistic = Number(statistic);
            tests.insert("model_lr".to_owned(), ModelTest { statistic, df, df_residual: None, p_value });
            tests.extend(model_f(outcome.statistics, df).map(|test| ("model_f".to_owned(), test)));
        }
    }
    if let Some(df) = saturated_df(outcome) {
        let statistic = outcome.statistics.deviance.unwrap_or(f64::NAN);
        let p_value = Number(num::chisq_sf(statistic, df as f64));
        tests.insert(
            "saturated_lr".to_owned(),
            ModelTest { statistic: Number(statistic), df, df_residual: None, p_value },
        );
    }
    tests
}

/// Degrees of freedom of the deviance as a test against the saturated model: where it has one, for counts and grouped
/// trials whose dispersion is 1.
fn saturated_df(outcome: &Outcome<'_>) -> Option<usize> {
    use loglik_likelihood::ResponseKind;
    let spec = outcome.prepared.model.likelihood.spec();
    let grouped = match spec.response {
        ResponseKind::Trials => outcome.prepared.responses.grouped(),
        _ => spec.name == "poisson",
    };
    let plain = spec.k() == 1 && !outcome.statistics.scaled && outcome.spec.weights.is_none();
    let df = outcome.statistics.df_residual;
    (grouped && plain && outcome.statistics.deviance.is_some() && df > 0.0).then_some(df as usize)
}

/// F of the deviance that the model explains over the dispersion, where the table has t.
fn model_f(statistics: &Statistics, df: usize) -> Option<ModelTest> {
    let explained = statistics.null_deviance? - statistics.deviance?;
    let f = explained / df as f64 / statistics.dispersion;
    statistics.t.then(|| ModelTest {
        statistic: Number(f),
        df,
        df_residual: Some(statistics.df_residual),
        p_value: Number(num::f_sf(f, df as f64, statistics.df_residual)),
    })
}

fn sums_of_squares(statistics: &Statistics) -> Option<SumsOfSquares> {
    statistics.squares.map(|squares| SumsOfSquares {
        model: Number(squares.model),
        residual: Number(squares.residual),
        df: squares.df,
        df_residual: squares.df_residual,
        f: Number(squares.f()),
    })
}

fn pseudo_r_squared(outcome: &Outcome<'_>) -> Option<Number> {
    let null = outcome.null?.loglik();
    let spec = outcome.fit.model.likelihood.spec();
    spec.discrete.then(|| Number(1.0 - outcome.fit.loglik() / null))
}

fn vcov(outcome: &Outcome<'_>) -> Option<Vcov> {
    let p = outcome.fit.model.p;
    let shown: Vec<&NamedCoef> = outcome.prepared.coefs.iter().filter(|c| finite_at(outcome, c.at)).collect();
    if shown.len() > VCOV_MOST || outcome.vcov.is_empty() {
        return None;
    }
    let names = shown.iter().map(|c| c.name.clone()).collect();
    let mut lower = Vec::with_capacity(shown.len() * (shown.len() + 1) / 2);
    for (i, a) in shown.iter().enumerate() {
        lower.extend(shown[..=i].iter().map(|b| Number(outcome.vcov[a.at * p + b.at])));
    }
    Some(Vcov { names, lower })
}

/// Whether a coefficient has a finite estimate with a standard error.
fn finite_at(outcome: &Outcome<'_>, at: usize) -> bool {
    if outcome.unidentified.contains(at) {
        return false;
    }
    let scaled_away = outcome.statistics.scaled && !outcome.prepared.in_main(at);
    outcome.fit.estimates(at) && outcome.separation.limits[at] == Limit::Finite && !scaled_away
}

impl Coefficient {
    /// What a table calls it: its parameter where it is one number on its natural scale, else its machine name.
    #[must_use]
    pub fn shown_name(&self) -> &str {
        let alone = self.term.strip_suffix(": (intercept)") == Some(&self.parameter);
        if alone && self.scale == "natural" { &self.parameter } else { &self.term }
    }
}

impl FitResult {
    /// The line of the coefficient with this machine name.
    #[must_use]
    pub fn coefficient(&self, term: &str) -> Option<&Coefficient> {
        self.coefficients.iter().find(|c| c.term == term)
    }

    /// Whether a note of this id is there.
    #[must_use]
    pub fn has_note(&self, id: &str) -> bool {
        self.notes.iter().any(|n: &Note| n.id == id)
    }
}
