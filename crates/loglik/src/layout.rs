//! Parameters to coefficients: which part of the formula each takes, where its coefficients lie, how they are called.

use crate::prepare::{NamedCoef, NamedTerm};
use loglik_design::{Coef, LinearMap, Plan, Standard};
use loglik_fit::{Model, Piece, Predictor};
use loglik_likelihood::{Likelihood, Link, Param, Spec};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where each parameter's coefficients lie in `beta`.
pub(crate) struct Layout {
    parts: Vec<Option<usize>>,
    predictors: Vec<Predictor>,
    p: usize,
    spec: Spec,
}

impl Layout {
    pub(crate) fn of(
        spec: &Spec,
        plan: &Plan,
        held: &BTreeMap<usize, f64>,
        links: &[Link],
        standard: &mut Standard,
    ) -> Self {
        let names: Vec<Option<String>> = plan.predictors.iter().map(|p| p.parameter.clone()).collect();
        let (mut parts, mut predictors, mut p) = (Vec::new(), Vec::new(), 0);
        for (k, param) in spec.params.iter().enumerate() {
            let part = part_of(param, k, spec.shared_predictor, &names).filter(|_| !held.contains_key(&k));
            parts.push(part);
            let Some(part) = part else {
                let u = held.get(&k).copied().or(param.held).unwrap_or(0.0);
                predictors.push(Predictor::fixed(u, Link::of_support(param.support)));
                continue;
            };
            let plan_part = &plan.predictors[part];
            let mut pieces = Vec::new();
            let mut intercept = None;
            for &block in &plan_part.blocks {
                let is_ones = matches!(plan.blocks[block], loglik_design::BlockPlan::Ones);
                if is_ones && param.no_intercept {
                    continue;
                }
                if param.no_intercept {
                    standard.uncentre(block);
                }
                let coefs = plan.blocks[block].spec().coefs();
                if is_ones {
                    intercept = Some(p);
                }
                pieces.push(Piece { block, first: p, coefs });
                p += coefs;
            }
            predictors.push(Predictor { pieces, offset: None, constant: 0.0, link: links[k], intercept });
        }
        Self { parts, predictors, p, spec: spec.clone() }
    }

    pub(crate) fn finish(
        mut self,
        likelihood: Arc<dyn Likelihood>,
        plan: &Plan,
        standard: &Standard,
        offsets: &[Option<usize>],
    ) -> (Model, LinearMap, Vec<NamedCoef>, Vec<NamedTerm>) {
        let mut map = LinearMap::identity(self.p);
        let (mut coefs, mut terms) = (Vec::new(), Vec::new());
        for (k, part) in self.parts.iter().enumerate() {
            let Some(part) = *part else { continue };
            let predictor = &mut self.predictors[k];
            predictor.offset = offsets.get(part).copied().flatten();
            for piece in &predictor.pieces {
                map.place(plan, standard, piece.block, piece.first, predictor.intercept);
            }
            let plan_part = &plan.predictors[part];
            let param = &self.spec.params[k];
            let place = |coef: &Coef| {
                let block = plan_part.blocks[coef.block];
                predictor.pieces.iter().find(|x| x.block == block).map(|x| x.first + coef.index)
            };
            let prefix = prefix(&self.spec, param, k);
            for coef in &plan_part.coefs {
                let Some(at) = place(coef) else { continue };
                let name = coefficient_name(&prefix, param, coef);
                let parameter = param.name.clone();
                coefs.push(NamedCoef { name, parameter, k, coef: coef.clone(), at });
            }
            for term in &plan_part.terms {
                let at = plan_part.coefs[term.coefs.clone()].iter().filter_map(place).collect();
                terms.push(NamedTerm { name: format!("{prefix}{}", term.name), k, at });
            }
        }
        (Model { likelihood, predictors: self.predictors, p: self.p }, map, coefs, terms)
    }
}

/// What stands before the names of a parameter's coefficients.
fn prefix(spec: &Spec, param: &Param, k: usize) -> String {
    match (&param.group, k == 0 && !spec.shared_predictor && !spec.own) {
        (_, true) => String::new(),
        (Some(group), _) => format!("{group}: {}: ", param.name),
        (None, _) => format!("{}: ", param.name),
    }
}

/// The machine name; the intercept of a grouped parameter is named by the parameter itself (`threshold: a|b`).
fn coefficient_name(prefix: &str, param: &Param, coef: &Coef) -> String {
    if param.group.is_some() && coef.term.is_none() {
        return prefix.trim_end_matches(": ").to_owned();
    }
    format!("{prefix}{}", coef.name)
}

/// Which part of the formula a parameter takes: the main one (0), or the part of its name.
fn part_of(param: &Param, k: usize, shared: bool, parts: &[Option<String>]) -> Option<usize> {
    let owner = param.group.as_deref().unwrap_or(&param.name);
    if k == 0 || (shared && param.group.is_none()) {
        return Some(0);
    }
    parts.iter().position(|p| p.as_deref() == Some(owner))
}
