//! What the data say nothing of in an own likelihood: parameters that it does not use, and those that only occur together.
//!
//! The rows' scores span the directions along which the likelihood changes. Their Gram, summed in double-double, tells a
//! direction that no row's likelihood knows (a sum `a + b`, a product `a b`) from one that is only ill determined.
//! Rothenberg (1971), Identification in parametric models.

use crate::own_check::some_chunks;
use crate::prepare::Prepared;
use crate::{Error, Note};
use loglik_design::Source;
use loglik_expr::spell_number;
use loglik_fit::{Point, Precision, Sweep};
use loglik_likelihood::Order;
use loglik_num::{Dd, OrderedCholesky};
use std::ops::ControlFlow;

/// Rows that are looked at, about, scattered over all.
const ROWS: usize = 5_000;

/// Coefficients above which nothing is looked for.
const MOST_COEFS: usize = 200;

/// What other scores leave of one that they determine, as a share of its square; scores carry errors of 1e-15, whose
/// squares are 1e-30, and a design that a fit survives leaves 1e-20 and more.
const DEPENDENT: f64 = 1e-25;

/// Coefficients without an estimate of their own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unidentified {
    /// Coefficients that the text does not use.
    pub(crate) flat: Vec<usize>,
    /// Directions along which the likelihood does not change, in the user's columns   `[m][p]`
    pub(crate) directions: Vec<Vec<f64>>,
    /// Coefficients in one of the directions that are held, so that the others have values.
    pub(crate) held: Vec<usize>,
}

impl Unidentified {
    /// Whether coefficient `at` has no estimate of its own.
    pub(crate) fn contains(&self, at: usize) -> bool {
        self.flat.contains(&at) || self.directions.iter().any(|d| moves(d, at))
    }

    /// Whether every coefficient is identified.
    pub(crate) fn is_empty(&self) -> bool {
        self.flat.is_empty() && self.directions.is_empty()
    }

    /// What is said of them.
    pub(crate) fn notes(&self, prepared: &Prepared) -> Vec<Note> {
        let mut notes = Vec::new();
        let name = |at: usize| prepared.name_of(at).to_owned();
        if !self.flat.is_empty() {
            let terms: Vec<String> = self.flat.iter().map(|at| name(*at)).collect();
            notes.push(Note {
                id: "flat_likelihood".into(),
                message: format!("the likelihood does not depend on {}", terms.join(", ")),
                terms,
                remedy: Some("drop the declaration, or use the parameter in `loglik`".into()),
                ..Note::default()
            });
        }
        for direction in &self.directions {
            let inside: Vec<usize> = (0..direction.len()).filter(|at| moves(direction, *at)).collect();
            let largest = inside.iter().map(|at| direction[*at].abs()).fold(0.0, f64::max);
            let share = |at: &usize| {
                let value = spell_number((direction[*at] / largest * 1e6).round() / 1e6);
                format!("{} by {value}", name(*at))
            };
            let terms: Vec<String> = inside.iter().map(|at| name(*at)).collect();
            notes.push(Note {
                id: "flat_likelihood".into(),
                message: format!(
                    "{} only occur together: the likelihood stays the same when {} change together",
                    terms.join(", "),
                    inside.iter().map(share).collect::<Vec<_>>().join(", ")
                ),
                remedy: Some(format!("hold one of them: --fix '{}=VALUE'", terms.last().map_or("", |t| t))),
                terms,
                ..Note::default()
            });
        }
        notes
    }
}

/// Whether a direction moves coefficient `at`; entries below 1e-7 of the largest are rounding.
fn moves(direction: &[f64], at: usize) -> bool {
    let largest = direction.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    direction[at].abs() > 1e-7 * largest
}

/// Directions that no row's score knows, near every one of some points: on a plateau far from the data everything looks
/// flat, so one point at which all is known is enough.
///
/// * `points` in the fit's own columns, at least one                         `[..][p]`
/// * `flat`   coefficients that the text does not use
pub(crate) fn near(prepared: &Prepared, points: &[&[f64]], flat: Vec<usize>) -> Result<Unidentified, Error> {
    let mut out = Unidentified { flat, ..Unidentified::default() };
    for (at, point) in points.iter().enumerate() {
        let found = directions(prepared, point, &out.flat)?;
        if found.is_empty() {
            return Ok(Unidentified { flat: out.flat, ..Unidentified::default() });
        }
        if at == 0 {
            (out.held, out.directions) = found.into_iter().unzip();
        }
    }
    Ok(out)
}

/// The same near one point, moved a little in every coefficient, as everything may be 0 or equal at a start; each with the
/// last coefficient in it.
fn directions(prepared: &Prepared, beta: &[f64], flat: &[usize]) -> Result<Vec<(usize, Vec<f64>)>, Error> {
    let active: Vec<usize> = prepared.coefs.iter().map(|c| c.at).filter(|at| !flat.contains(at)).collect();
    let q = active.len();
    let mut found = None;
    for size in [0.1, 1e-3] {
        if q > MOST_COEFS || found.is_some() {
            break;
        }
        let by = |(j, b): (usize, &f64)| b + size * irregular(j) * if *b == 0.0 { 1.0 } else { *b };
        let moved: Vec<f64> = beta.iter().enumerate().map(by).collect();
        found = gram(prepared, &moved, &active)?;
    }
    let Some(gram) = found else { return Ok(Vec::new()) };
    let scale: Vec<f64> = (0..q).map(|i| gram[i * q + i].value()).collect();
    let factor = OrderedCholesky::new(&gram, q, &scale, DEPENDENT);
    let p = beta.len();
    let direction = |j: usize| {
        let mut inner = vec![0.0; p];
        inner[active[j]] = 1.0;
        factor.combination(j).into_iter().for_each(|(i, c)| inner[active[i]] = -c);
        prepared.map.to_user(&inner, &vec![0.0; p])
    };
    // Columns of one predictor that equal each other are the design's business.
    let crosses = |direction: &[f64]| {
        let mut owners = prepared.coefs.iter().filter(|c| moves(direction, c.at)).map(|c| c.k);
        let first = owners.next();
        owners.any(|k| Some(k) != first) || first.is_some_and(|k| !prepared.named.contains(&k))
    };
    let found = factor.dependent().iter().map(|j| (active[*j], direction(*j)));
    Ok(found.filter(|(_, direction)| crosses(direction)).collect())
}

/// A number between a half and one with a sign, different for each coefficient.
fn irregular(j: usize) -> f64 {
    let share = ((j + 1) as f64 * 0.618_033_988_749_895).fract();
    (0.5 + 0.5 * share) * if j.is_multiple_of(2) { 1.0 } else { -1.0 }
}

/// Products of the rows' scores; `None` where there are fewer rows than coefficients, or a score is no number `[q, q]`
fn gram(prepared: &Prepared, beta: &[f64], active: &[usize]) -> Result<Option<Vec<Dd>>, Error> {
    let (model, q) = (&prepared.model, active.len());
    let mut gram = vec![Dd::ZERO; q * q];
    let (mut rows, mut finite) = (0, true);
    let mut sweep = Sweep::default();
    let point = Point::new(beta.to_vec());
    let every = prepared.source.frame().rows / ROWS;
    some_chunks(prepared, every, &mut |chunk| {
        sweep.eval(model, &point, Precision::Plain, &[], chunk, Order::Hessian);
        finite &= sweep.outside == 0;
        for r in (0..chunk.rows).filter(|r| chunk.weight[*r] != 0.0) {
            let mut score = vec![0.0; model.p];
            for (k, predictor) in model.predictors.iter().enumerate() {
                let g = sweep.out.g(k)[r];
                for piece in &predictor.pieces {
                    chunk.blocks[piece.block].each_entry(r, |j, x| score[piece.first + j] += g * x);
                }
            }
            finite &= score.iter().all(|s| s.is_finite());
            rows += 1;
            for (i, a) in active.iter().enumerate() {
                for (j, b) in active.iter().enumerate().take(i + 1) {
                    gram[i * q + j] += Dd::product(score[*a], score[*b]);
                }
            }
        }
        ControlFlow::Continue(())
    })?;
    Ok((finite && rows > q).then_some(gram))
}
