//! Intervals and tests, by the words of the case's own names of tests.

use super::super::answer::Answer;
use super::super::case::Case;
use super::number;
use loglik::{Ci, FitSpec, Fitted, Hypotheses, Number, SeKind, TermTest, TestKind, fit};
use serde_json::{Value, json};

pub(super) fn get(answer: &mut Answer, case: &Case, quantity: &str, path: &[String]) -> Option<Value> {
    match quantity {
        "confint_wald" | "confint_t" => interval(&answer.fitted.as_ref().ok()?.first()?.result, case, path),
        "confint_profile" => interval(&answer.profiled(&[])?.result, case, path),
        "confint_profile_given_theta" => {
            let theta = answer.fitted.as_ref().ok()?.first()?.result.coefficients.iter();
            let theta = theta.filter(|c| c.parameter == "theta" && c.scale == "natural");
            let theta = theta.map(|c| c.estimate.0).next()?;
            interval(&answer.profiled(&[("theta", theta)])?.result, case, path)
        }
        "tests" => {
            let at: usize = path.first()?.parse().ok()?;
            let wanted = &case.json()["results"]["tests"][at];
            let name = wanted["name"].as_str()?;
            let found = answer.test(case, at, name)?;
            match path.get(1)?.as_str() {
                "name" => Some(json!(name)),
                "statistic" => Some(json!(found.statistic)),
                "pvalue" => Some(json!(found.p_value)),
                "df" if path.get(2).is_some_and(|which| which == "1") => number(found.df_residual?),
                "df" => number(found.df as f64),
                _ => None,
            }
        }
        "delta" => {
            let at: usize = path.first()?.parse().ok()?;
            let text = case.json()["results"]["delta"][at]["expression"].as_str()?;
            let r = &answer.fitted.as_ref().ok()?.first()?.result;
            let found = r.hypotheses(&in_machine_names(case, r, text), 0.95).ok()?.hypotheses.pop()?;
            match path.get(1)?.as_str() {
                "expression" => Some(json!(text)),
                "estimate" => Some(json!(found.estimate)),
                "se" => Some(json!(found.std_error)),
                _ => None,
            }
        }
        "dose" => dose(answer, case, path),
        _ => None,
    }
}

fn interval(r: &loglik::FitResult, case: &Case, path: &[String]) -> Option<Value> {
    let line = r.coefficient(case.machine_name(path.first()?))?;
    number(if path.last()? == "0" { line.conf_low.0 } else { line.conf_high.0 })
}

/// A text with the case's names of coefficients replaced by machine names, the longest first.
fn in_machine_names(case: &Case, r: &loglik::FitResult, text: &str) -> String {
    let mut names: Vec<(&String, &str)> = case.json()["names"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(own, machine)| Some((own, machine.as_str()?)))
        .collect();
    // A case without names has those of the source: variable and level in one word.
    let levels: Vec<(String, String)> = r
        .coefficients
        .iter()
        .filter_map(|c| Some((format!("{}{}", c.variable, c.level.as_ref()?), c.term.clone())))
        .chain([("(Intercept)".to_owned(), "(intercept)".to_owned())])
        .collect();
    if names.is_empty() {
        names = levels.iter().map(|(own, machine)| (own, machine.as_str())).collect();
    }
    names.sort_by_key(|(own, _)| std::cmp::Reverse(own.len()));
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    let (mut out, mut rest) = (String::new(), text);
    while !rest.is_empty() {
        let starts_word = !out.ends_with(is_word);
        let found = names.iter().find(|(own, _)| {
            let ends_word = rest[own.len().min(rest.len())..].chars().next().is_none_or(|c| !is_word(c));
            starts_word && rest.starts_with(own.as_str()) && (ends_word || !own.ends_with(is_word))
        });
        match found {
            Some((own, machine)) => {
                out.push_str(machine);
                rest = &rest[own.len()..];
            }
            None => {
                let next = rest.chars().next().map_or(1, char::len_utf8);
                out.push_str(&rest[..next]);
                rest = &rest[next..];
            }
        }
    }
    out
}

impl Answer {
    /// The fit with profile intervals, some parameters held.
    fn profiled(&mut self, held: &[(&str, f64)]) -> Option<&Fitted> {
        if self.profiled.is_none() {
            let fitted = self.fitted.as_ref().ok()?.first()?;
            let mut spec = FitSpec { ci: Ci::Profile, se: Some(SeKind::Observed), ..fitted.spec.clone() };
            spec.fixed.extend(held.iter().map(|(name, value)| ((*name).to_owned(), *value)));
            self.profiled = Some(fit(&spec, fitted.table()).ok()?);
        }
        self.profiled.as_ref()
    }

    /// One of the case's tests, each carried out once.
    fn test(&mut self, case: &Case, at: usize, name: &str) -> Option<TermTest> {
        if !self.tests.contains_key(&at) {
            let found = self.tested(case, name)?;
            self.tests.insert(at, found);
        }
        self.tests.get(&at).cloned()
    }

    fn tested(&self, case: &Case, name: &str) -> Option<TermTest> {
        if let Some(which) = name.strip_prefix("Vuong") {
            let [a, b] = self.fitted.as_ref().ok()?.as_slice() else { return None };
            let found = a.vuong(b).ok()?;
            let (statistic, p_value) = match which {
                "" => (found.statistic, found.p_value),
                ", AIC-corrected" => (found.aic_corrected, found.aic_p_value),
                ", BIC-corrected" => (found.bic_corrected, found.bic_p_value),
                _ => return None,
            };
            return Some(written(statistic, 1, p_value));
        }
        let fitted = self.fitted.as_ref().ok()?.first()?;
        let term = |prefix: &str| name.strip_prefix(prefix).map(|term| machine_term(term.trim()));
        if let Some(what) = name.strip_suffix(" against intercept only") {
            return match what {
                "LRT" => Some(model_lr(fitted)),
                "score" => fitted.test_model(TestKind::Score).ok()?,
                "Wald" => fitted.test_model(TestKind::Wald).ok()?,
                _ => None,
            };
        }
        if name == "LRT of the saturated model" {
            let test = fitted.result.tests.get("saturated_lr")?;
            return Some(written(test.statistic, test.df, test.p_value));
        }
        if let Some(term) = term("sequential F,") {
            return fitted.test_in_sequence().ok()?.into_iter().find(|t| t.term == term);
        }
        for (prefix, kind) in
            [("drop ", TestKind::Lr), ("Rao score, drop ", TestKind::Score), ("Wald, ", TestKind::Wald)]
        {
            if let Some(term) = term(prefix) {
                return fitted.test_term(&term, kind).ok()?;
            }
        }
        let (text, robust) = match name.split_once(" with ") {
            Some((text, covariance)) => (text, Some(covariance.split(' ').next()?.to_lowercase())),
            None => (name, None),
        };
        let text = in_machine_names(case, &fitted.result, text);
        let hypotheses: Hypotheses = match robust {
            None => fitted.result.hypotheses(&text, 0.95).ok()?,
            Some(kind) => {
                let spec = FitSpec { se: Some(kind.parse::<SeKind>().ok()?), ..fitted.spec.clone() };
                fit(&spec, fitted.table()).ok()?.result.hypotheses(&text, 0.95).ok()?
            }
        };
        let joint = hypotheses.joint?;
        Some(written(joint.statistic, joint.df, joint.p_value))
    }
}

/// `factor(x)` goes by `x`.
fn machine_term(term: &str) -> String {
    let parts = term.split(':').map(|part| {
        let inner = part.strip_prefix("factor(").and_then(|rest| rest.strip_suffix(')'));
        inner.unwrap_or(part)
    });
    parts.collect::<Vec<_>>().join(":")
}

/// The likelihood-ratio test against intercepts alone; a model that is that already differs by nothing.
fn model_lr(fitted: &Fitted) -> TermTest {
    match fitted.result.tests.get("model_lr") {
        Some(test) => written(test.statistic, test.df, test.p_value),
        None => written(Number(0.0), 0, Number(1.0)),
    }
}

fn written(statistic: Number, df: usize, p_value: Number) -> TermTest {
    TermTest { term: String::new(), test: String::new(), statistic, df, df_residual: None, p_value }
}

/// Doses at which a share responds, from the model that the case names: first coefficient and slope of its last one.
fn dose(answer: &mut Answer, case: &Case, path: &[String]) -> Option<Value> {
    let wanted = &case.json()["results"]["dose"];
    if path.first()? == "of" {
        return Some(wanted["of"].clone());
    }
    let at: usize = path.get(1)?.parse().ok()?;
    let p = wanted["p"][at].as_f64()?;
    if path.first()? == "p" {
        return Some(json!(p));
    }
    let fitted = answer.fitted.as_ref().ok()?.first()?;
    let side = wanted["of"].as_str()?.split("model ").nth(1)?.split(',').next()?;
    let response = fitted.result.formula.split('~').next()?;
    let spec = FitSpec { formula: format!("{response} ~ {side}"), ..fitted.spec.clone() };
    let fitted = fit(&spec, fitted.table()).ok()?;
    let link: loglik::Link = fitted.result.links.get("mu")?.parse().ok()?;
    let terms: Vec<&str> = fitted.result.coefficients.iter().map(|c| c.term.as_str()).collect();
    let text = format!("({} - {}) / {}", link.link(p), terms.first()?, terms.last()?);
    let found = fitted.result.hypotheses(&text, 0.95).ok()?.hypotheses.pop()?;
    match path.first()?.as_str() {
        "ldose" => Some(json!(found.estimate)),
        "se" => Some(json!(found.std_error)),
        _ => None,
    }
}
