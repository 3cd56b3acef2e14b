//! Ordinal: one of J ordered classes, or counts of each, by J - 1 thresholds on a latent scale.
//!
//! With z_j = (threshold_j - mu) / sigma, P(Y <= j) = F(z_j) (`cumulative`). The other structures take
//! z_j = (threshold_j + mu) / sigma: P(j + 1) / P(j) = F / (1 - F) (`adjacent`), P(Y > j | Y >= j) = F
//! (`continuation`), P(Y = j | Y >= j) = F (`stopping`). F is the inverse of mu's link, part of the density. Every
//! threshold is a parameter `a|b` of the group `threshold`, so terms that differ by threshold are ordinary ones;
//! `sigma` is 1 unless a formula names it. Where thresholds cross, the density is 0.
//!
//! u = [mu, threshold_1, .., threshold_(J-1), log sigma]; the rows themselves are in `ordinal_rows`.

use super::ordinal_rows::{Rows, Structure};
use crate::class_response;
use crate::pointwise::response_columns;
use crate::{
    Args, Columns, Family, Likelihood, Link, MakeError, Moments, Order, Param, ResponseColumn, ResponseKind, RowDerivs,
    Spec, Support, Tail, Violation,
};
use loglik_num::{LANE, dispatch, exp};

/// Its entry in the registry.
pub static FAMILY: Family = Family {
    name: "ordinal",
    aliases: &["cumulative", "polr", "clm", "ordered", "proportional_odds"],
    title: "ordered classes by thresholds: proportional odds and its relatives, --structure",
    params: &[],
    natural: None,
    make,
};

/// Ordered classes at most: the second derivatives of a row grow with their square.
const MOST: usize = 32;

/// The links whose inverse is a distribution function.
const LINKS: [Link; 5] = [Link::Logit, Link::Probit, Link::Cloglog, Link::Loglog, Link::Cauchit];

/// An ordinal likelihood.
pub struct Ordinal {
    spec: Spec,
    classes: usize,
    counts: bool,
    structure: Structure,
    link: Link,
}

fn make(args: &Args) -> Result<Box<dyn Likelihood>, MakeError> {
    let classes = args.classes.len();
    if classes < 2 {
        return Err(MakeError::Classes { name: FAMILY.name.to_owned(), least: 2, classes });
    }
    if classes > MOST {
        return Err(MakeError::Range { what: "ordered classes", value: classes as f64, allowed: "at most 32" });
    }
    let word = args.structure.as_deref().unwrap_or("cumulative");
    let structure = Structure::NAMED.iter().find(|(name, _)| *name == word).ok_or_else(|| MakeError::Choice {
        what: "structure",
        value: word.to_owned(),
        allowed: Structure::NAMED.map(|(name, _)| name).join(", "),
    })?;
    let link = args.link.unwrap_or(Link::Logit);
    if !LINKS.contains(&link) {
        return Err(MakeError::Choice {
            what: "link of an ordinal model",
            value: link.to_string(),
            allowed: LINKS.map(|link| link.to_string()).join(", "),
        });
    }
    Ok(Box::new(Ordinal::new(args, structure.1, link)))
}

impl Ordinal {
    fn new(args: &Args, structure: Structure, link: Link) -> Self {
        let classes = args.classes.len();
        let response = if args.counts { ResponseKind::ClassCounts } else { ResponseKind::Class };
        let mut params = vec![Param { no_intercept: true, ..Param::new("mu", Support::Real) }];
        params.extend(args.classes.windows(2).map(|pair| Param {
            group: Some("threshold".to_owned()),
            ..Param::new(&format!("{}|{}", pair[0], pair[1]), Support::Real)
        }));
        // The thresholds bear the scale too: sigma has terms, but no level of its own.
        params.push(Param {
            held: Some(0.0),
            no_intercept: true,
            ..Param::new("sigma", Support::Positive)
        });
        let spec = Spec {
            name: FAMILY.name.to_owned(),
            params,
            response,
            columns: match args.counts {
                true => vec![ResponseColumn { name: "counts" }; classes],
                false => response_columns(response),
            },
            source: "McCullagh (1980), JRSS B 42, 109-142; Agresti (2010), Analysis of Ordinal Categorical Data, ch. 3-5",
            tails: false,
            discrete: true,
            precision: None,
            shared_predictor: false,
            // log F, log (1 - F) and log (F - F) are concave for every F with a log-concave density.
            quadratic: false,
            by_difference: false,
            sufficient: None,
            concave: match structure {
                Structure::Adjacent => link == Link::Logit,
                _ => link != Link::Cauchit,
            },
            link_inside: true,
            own: false,
        };
        Self { spec, classes, counts: args.counts, structure, link }
    }

    /// Rows of one `u`, class after class, padded: their log probabilities and derivatives.
    fn every_class(&self, u: &[f64], order: Order) -> RowDerivs {
        let n = self.classes.next_multiple_of(LANE);
        let class: Vec<f64> = (0..n).map(|c| c.min(self.classes - 1) as f64).collect();
        let u: Vec<Vec<f64>> = u.iter().map(|u| vec![*u; n]).collect();
        let u: Vec<&[f64]> = u.iter().map(Vec::as_slice).collect();
        let mut out = RowDerivs::new(n, u.len());
        self.rows(&[&class], &u, false, order, &mut out);
        out
    }

    fn rows(&self, y: Columns<'_>, u: Columns<'_>, counts: bool, order: Order, out: &mut RowDerivs) {
        let (structure, link) = (self.structure, self.link);
        dispatch(Rows { structure, link, counts, y, u, order, out });
    }
}

impl Likelihood for Ordinal {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn admits(&self, y: Columns<'_>) -> Result<(), Violation> {
        class_response::admits(y, self.classes, self.counts)
    }

    fn eval(&self, tail: Tail, y: Columns<'_>, u: Columns<'_>, order: Order, out: &mut RowDerivs) {
        debug_assert_eq!(tail, Tail::Pdf, "an ordinal likelihood states no tails");
        out.reset(u[0].len(), u.len());
        self.rows(y, u, self.counts, order, out);
        if self.counts {
            class_response::add_coefficients(y, &mut out.l);
        }
    }

    /// Thresholds that give the shares of the classes, half a row added to each.
    fn starts(&self, y: &Moments) -> Vec<Vec<f64>> {
        let total: f64 = y.classes.iter().sum();
        let half = 0.5 / (y.weight + 1.0);
        let share = |class: usize| match y.classes.get(class) {
            Some(share) if total > 0.0 => share / total + half,
            _ => half,
        };
        let shares: Vec<f64> = (0..self.classes).map(share).collect();
        let mut u = vec![0.0];
        u.extend((0..self.classes - 1).map(|j| {
            let (below, above): (f64, f64) = (shares[..j].iter().sum(), shares[j + 1..].iter().sum());
            self.link.link(match self.structure {
                Structure::Cumulative => (below + shares[j]) / (below + shares[j] + above),
                Structure::Adjacent => shares[j + 1] / (shares[j] + shares[j + 1]),
                Structure::Continuation => above / (shares[j] + above),
                Structure::Stopping => shares[j] / (shares[j] + above),
            })
        }));
        u.push(0.0);
        vec![u]
    }

    fn saturated(&self, y: &[f64], _: &[f64]) -> Option<f64> {
        Some(if self.counts { class_response::saturated(y) } else { 0.0 })
    }

    /// Which z may not fall, or rise, for a class that was seen: d z_j = d threshold_j -+ d mu at a fixed sigma.
    fn recession(&self, y: &[f64]) -> Vec<Vec<f64>> {
        let m = self.classes - 1;
        let side = if self.structure == Structure::Cumulative { -1.0 } else { 1.0 };
        let normal = |first: usize, last: usize, sign: f64| {
            let mut normal = vec![0.0; m + 2];
            for j in first..last {
                normal[j + 1] = sign;
                normal[0] += side * sign;
            }
            normal
        };
        let mut normals = Vec::new();
        for seen in class_response::seen(y, self.counts) {
            let steps: Vec<(usize, usize, f64)> = match self.structure {
                // F(z_c) - F(z_(c-1))
                Structure::Cumulative => {
                    let above = (seen < m).then_some((seen, seen + 1, 1.0));
                    above.into_iter().chain((seen > 0).then(|| (seen - 1, seen, -1.0))).collect()
                }
                // log P(c) - log P(k) is the sum of the z between them.
                Structure::Adjacent => {
                    let below = (0..seen).map(|k| (k, seen, 1.0));
                    below.chain((seen + 1..=m).map(|k| (seen, k, -1.0))).collect()
                }
                Structure::Continuation | Structure::Stopping => {
                    let pass = if self.structure == Structure::Continuation { 1.0 } else { -1.0 };
                    let passed = (0..seen).map(|j| (j, j + 1, pass));
                    passed.chain((seen < m).then_some((seen, seen + 1, -pass))).collect()
                }
            };
            normals.extend(steps.into_iter().map(|(first, last, sign)| normal(first, last, sign)));
        }
        normals
    }

    /// - sum_c P(c) h_c for each item of the row.
    fn expected_info(&self, y: &[f64], u: &[f64], out: &mut [f64]) -> bool {
        let items: f64 = if self.counts { y.iter().sum() } else { 1.0 };
        let every = self.every_class(u, Order::Hessian);
        for (pair, info) in out.iter_mut().enumerate() {
            let h = &every.h[pair * every.rows()..];
            *info = -items * (0..self.classes).map(|c| exp(every.l[c]) * h[c]).sum::<f64>();
        }
        true
    }

    /// A class, by its code.
    fn quantile(&self, p: f64, u: &[f64]) -> Option<f64> {
        let every = self.every_class(u, Order::Value);
        let mut below = 0.0;
        let reached = (0..self.classes).position(|c| {
            below += exp(every.l[c]);
            below >= p
        });
        Some(reached.unwrap_or(self.classes - 1) as f64)
    }

    /// A class, by its code.
    fn sample(&self, u: &[f64], uniform: &mut dyn FnMut() -> f64) -> Option<f64> {
        self.quantile(uniform(), u)
    }
}
