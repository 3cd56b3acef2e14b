//! What agreement is: the figures of a case with the digits asked of each, as the reference's own script defines them.

use serde_json::{Map, Value};

/// Quantities that a program need not offer: the closed list of the reference.
const MAY_LEAVE_OUT: [&str; 25] = [
    "confint_profile_as_MASS_prints",
    "confint_profile_as_ordinal_prints",
    "glm_coef_at_stop",
    "glm_se_at_stop",
    "glm_deviance_at_stop",
    "glm_iterations",
    "theta_reached_by_MASS",
    "loglik_reached_by_MASS",
    "reached_by_optim",
    "lambda_on_MASS_grid",
    "truncreg",
    "max_gradient",
    "cond_H",
    "interpolated_rows",
    "rank_inversion_ci90",
    "dev_ratio",
    "nonzero",
    "second_parametrisation",
    "loglik_with_multinomial_coefficient",
    "dispersion_deviance",
    "gamma_shape",
    "sweighted2",
    "printed",
    "pseudo_r_squared",
    "start_sigma",
];

/// Quantities that exact arithmetic has refined.
const REFINED: [&str; 10] = [
    "coef",
    "se",
    "se_observed",
    "loglik",
    "penalised_loglik",
    "deviance",
    "pearson_chi2",
    "dispersion",
    "rss",
    "residual_sd",
];

/// Quantities whose error is judged against 1 where they are smaller.
const SUMS: [&str; 5] = ["loglik", "deviance", "loglik_null", "null_deviance", "penalised_loglik"];

/// One figure and how well it must be met.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    /// The quantity it belongs to.
    pub(crate) quantity: String,
    /// Names below the quantity.
    pub(crate) path: Vec<String>,
    /// Its value: a number, text, true, false or null.
    pub(crate) want: Value,
    /// Decimal digits asked.
    pub(crate) digits: f64,
    /// Least size against which the error is judged.
    pub(crate) scale: f64,
}

/// Whether a value agrees with a figure.
pub(crate) fn agree(got: &Value, figure: &Figure) -> bool {
    match (&figure.want, got) {
        (Value::Number(want), Value::Number(got)) => {
            let (want, got) = (want.as_f64().unwrap_or(f64::NAN), got.as_f64().unwrap_or(f64::NAN));
            (got - want).abs() <= 10_f64.powi(-figure.digits as i32) * want.abs().max(figure.scale)
        }
        (want, got) => want == got,
    }
}

/// Digits right: the log of the relative error, at most 15.
pub(crate) fn lre(got: f64, want: f64, scale: f64) -> f64 {
    if got == want {
        return 15.0;
    }
    let size = want.abs().max(scale);
    if size == 0.0 { 0.0 } else { (-((got - want).abs() / size).log10()).clamp(0.0, 15.0) }
}

/// All figures of a case.
pub(crate) fn expected(case: &Value) -> Vec<Figure> {
    let empty = Map::new();
    let refined = case["refined"].as_object().unwrap_or(&empty);
    let results = case["results"].as_object().unwrap_or(&empty);
    let tolerance = case["tolerance"].as_object().unwrap_or(&empty);
    let number = |v: &Value| v.as_f64();
    let condition = refined.get("condition_scaled").and_then(number).unwrap_or(1.0).max(1.0);
    let mut cap = (15.5 - condition.log10()).floor().clamp(0.0, 10.0);
    if let Some(kept) = refined.get("digits_kept_by_rounding_powers_to_double").and_then(number) {
        cap = cap.min(kept.floor());
    }
    let se = [refined.get("se"), refined.get("se_observed"), results.get("se")];
    let empty_se = Value::Object(Map::new());
    let se = se.into_iter().flatten().find(|v| !is_empty(v)).unwrap_or(&empty_se);
    let mut out = Collector { se: se.as_object(), figures: Vec::new() };
    let extra = REFINED.iter().filter(|q| refined.contains_key(**q) && !results.contains_key(**q));
    let names: Vec<&str> = results.keys().map(String::as_str).chain(extra.copied()).collect();
    for q in names {
        if MAY_LEAVE_OUT.contains(&q) {
            continue;
        }
        let digits = tolerance.get(q).or_else(|| tolerance.get("default")).and_then(number).unwrap_or(6.0);
        let peer = cap.min(digits);
        if let ("fits", Some(Value::Array(fits))) = (q, refined.get("fits")) {
            for (i, fit) in fits.iter().enumerate() {
                out.leaves(q, &fit["coef"], vec![i.to_string(), "coef".to_owned()], cap);
            }
            continue;
        }
        match (REFINED.contains(&q), refined.get(q), results.get(q)) {
            (true, Some(Value::Object(exact)), theirs) => {
                out.leaves(q, &Value::Object(exact.clone()), Vec::new(), cap);
                if let Some(Value::Object(theirs)) = theirs {
                    let rest = theirs.iter().filter(|(k, _)| !exact.contains_key(*k));
                    let rest = rest.map(|(k, v)| (k.clone(), v.clone())).collect();
                    out.leaves(q, &Value::Object(rest), Vec::new(), peer);
                }
            }
            (true, Some(exact), _) if !exact.is_null() => out.leaves(q, exact, Vec::new(), cap),
            (_, _, Some(theirs)) => out.leaves(q, theirs, Vec::new(), peer),
            _ => {}
        }
    }
    out.figures
}

fn is_empty(v: &Value) -> bool {
    match v {
        Value::Object(map) => map.is_empty(),
        Value::Null => true,
        _ => false,
    }
}

/// Walks a quantity down to its figures.
struct Collector<'a> {
    se: Option<&'a Map<String, Value>>,
    figures: Vec<Figure>,
}

impl Collector<'_> {
    fn leaves(&mut self, q: &str, v: &Value, path: Vec<String>, digits: f64) {
        let below = |key: String| {
            let mut path = path.clone();
            path.push(key);
            path
        };
        match v {
            Value::Object(map) => {
                for (k, x) in map.iter().filter(|(k, _)| !MAY_LEAVE_OUT.contains(&k.as_str())) {
                    self.leaves(q, x, below(k.clone()), digits);
                }
            }
            Value::Array(list) => {
                list.iter().enumerate().for_each(|(i, x)| self.leaves(q, x, below(i.to_string()), digits));
            }
            leaf => {
                let own = path.last().filter(|_| q == "coef").and_then(|name| self.se?.get(name)?.as_f64());
                let scale = if SUMS.contains(&q) { 1.0 } else { own.unwrap_or(0.0) };
                self.figures.push(Figure { quantity: q.to_owned(), path, want: leaf.clone(), digits, scale });
            }
        }
    }
}
