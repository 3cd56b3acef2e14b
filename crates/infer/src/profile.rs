//! Profile-likelihood intervals: where the log-likelihood, maximised over everything else, has fallen by half the cut.
//!
//! Each end is a root of r(c) = sqrt(2 (L - l_p(c))) - z, nearly linear in c. One evaluation at a point near the
//! constrained maximum gives profile value and slope to second order,
//!   l_p = l + s' I^-1 s / 2,   dl_p/dc = s_c - I_c' I^-1 s     (s, I: score and information of the other coefficients),
//! so a Newton step for c and one for the rest are taken together (Venzon & Moolgavkar 1988). Roots stay in a bracket, and a
//! point too far from the constrained maximum is first brought there by a climb. Ends at infinity are seen by the
//! profile's growth dying out above the cut. All ends are evaluated in one read of the data. Where an information matrix
//! is dear, ends begin with that of the fit and mend it by what the scores say (symmetric rank one).

use loglik_fit::{
    Derivs, Executor, Fit, Model, Pass, Point, Precision, Recession, RunError, Subspace, Sums,
    maximise_within,
};
use loglik_num::Cholesky;

/// Rows times squared coefficients above which an information matrix is dear.
const DEAR: usize = 4_000_000;

/// Entries of information matrices held at a time.
const HELD: usize = 1 << 25;

/// Rounds after which an end is given up.
const ROUNDS: usize = 120;

/// An end is found when the next step would move it less than this share of its distance.
const GOAL: f64 = 1e-9;

/// Twice a log-likelihood this far above the greatest belongs to another basin; where the profile has not fallen to the
/// cut on the way there, there is no end to report.
const HIGHER: f64 = 1e-4;

/// A decrement of the other coefficients up to which one evaluation tells the profile.
const NEAR: f64 = 0.5;

/// The combination of coefficients that is profiled, and where its search begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Profiled {
    /// Its factors                                                          `[p]`
    pub normal: Vec<f64>,
    /// Its standard error, or another length to begin with.
    pub scale: f64,
    /// Whether ends below and above are sought.
    pub sides: [bool; 2],
}

/// On what a profile stands.
pub struct Ground<'a> {
    /// The model.
    pub model: &'a Model,
    /// Where its log-likelihood is greatest, or a point on the way to its limit `[p]`
    pub beta: &'a [f64],
    /// The greatest log-likelihood, or its supremum.
    pub loglik: f64,
    /// The score there                                                      `[p]`
    pub score: Vec<f64>,
    /// The information there, lower triangle                                `[p, p]`
    pub info: &'a [f64],
    /// Coefficients that move                                                `[q]`
    pub active: &'a [usize],
    /// Rows at infinity, which stay there.
    pub limits: &'a [Recession],
}

/// Ends of one profile interval, as distances from where the search began.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ends {
    /// Below; infinite where the profile never falls so far, NaN where it was not sought or not found.
    pub below: f64,
    /// Above.
    pub above: f64,
}

/// What profiles cost: evaluations of one point over all rows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// With information.
    pub infos: usize,
    /// With scores alone.
    pub scores: usize,
}

impl Cost {
    /// Passes with information that would have cost the same: a score takes 4 p multiply-adds a row (predictor and
    /// score), an information p (p + 1) more.
    #[must_use]
    pub fn equivalent(&self, p: usize) -> f64 {
        self.infos as f64 + self.scores as f64 * 4.0 / (p as f64 + 5.0)
    }
}

impl<'a> Ground<'a> {
    /// A fit with everything that it estimates.
    #[must_use]
    pub fn of(fit: &'a Fit) -> Self {
        Self {
            model: &fit.model,
            beta: &fit.point.beta,
            loglik: fit.loglik(),
            score: fit.end.score(),
            info: &fit.end.info,
            active: &fit.estimated,
            limits: &fit.limits,
        }
    }
}

/// Ends of the profile intervals of some combinations.
///
/// * `cut` by how much twice the log-likelihood falls to the ends, e.g. the chi-square quantile
///
/// # Errors
/// When a pass cannot be carried out.
pub fn profile(
    ground: &Ground<'_>,
    run: &mut dyn Executor,
    profiled: &[Profiled],
    cut: f64,
) -> Result<(Vec<Ends>, Cost), RunError> {
    let p = ground.model.p;
    let dear = run.frame().rows.saturating_mul(p * p) > DEAR;
    let mut ends = vec![Ends { below: f64::NAN, above: f64::NAN }; profiled.len()];
    let mut cost = Cost::default();
    let mut searches = Vec::new();
    for (i, wanted) in profiled.iter().enumerate() {
        for (side, sign) in [(0, -1.0), (1, 1.0)] {
            if wanted.sides[side] {
                searches.extend(Search::new(ground, wanted, i, sign, cut.sqrt()));
            }
        }
    }
    for group in searches.chunks_mut((HELD / (p * p).max(1)).clamp(1, 256)) {
        search(ground, run, group, dear, &mut cost)?;
        for found in group {
            let end = if found.sign < 0.0 { &mut ends[found.of].below } else { &mut ends[found.of].above };
            *end = found.end();
        }
    }
    Ok((ends, cost))
}

/// Runs a group of searches to their ends, all that go on in one read.
fn search(
    ground: &Ground<'_>,
    run: &mut dyn Executor,
    group: &mut [Search],
    dear: bool,
    cost: &mut Cost,
) -> Result<(), RunError> {
    for _ in 0..ROUNDS {
        for infos in [false, true] {
            let wants = |s: &Search| s.next == Next::Evaluate && (!dear || s.renew) == infos;
            let points: Vec<Point> =
                group.iter().filter(|s| wants(s)).map(|s| Point::new(s.beta.clone())).collect();
            if points.is_empty() {
                continue;
            }
            *(if infos { &mut cost.infos } else { &mut cost.scores }) += points.len();
            let sums = if infos { Sums::Info } else { Sums::Score };
            let (precision, limits) = (Precision::Plain, ground.limits.to_vec());
            let pass = Pass::Derivs { points, sums, precision, limits };
            let mut derivs = run.run(ground.model, &pass)?.into_derivs().into_iter();
            for search in group.iter_mut().filter(|s| wants(s)) {
                // As many answers as points were asked.
                if let Some(derivs) = derivs.next() {
                    search.tell(&derivs, ground.loglik);
                }
            }
        }
        for search in group.iter_mut().filter(|s| s.next == Next::Climb) {
            let end = maximise_within(ground.model, run, &search.space, &search.beta, ground.limits)?;
            cost.infos += end.infos;
            search.beta = end.beta;
            search.climbed = true;
            search.tell(&end.derivs, ground.loglik);
        }
        if group.iter().all(|s| s.next == Next::Done) {
            break;
        }
    }
    Ok(())
}

/// What a search needs next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Evaluate,
    /// A climb to the constrained maximum.
    Climb,
    Done,
}

/// The search for one end.
struct Search {
    of: usize,
    sign: f64,
    z: f64,
    space: Subspace,
    /// Where the next evaluation is                                          `[p]`
    beta: Vec<f64>,
    /// The held combination there, as a distance from the start.
    distance: f64,
    /// The information in use, lower triangle                                `[p, p]`
    info: Vec<f64>,
    /// Whether the information is to be summed anew.
    renew: bool,
    climbed: bool,
    /// The point and score before, for the rank-one mend.
    before: Option<(Vec<f64>, Vec<f64>)>,
    /// Farthest point known to lie inside, with its root and coefficients.
    inside: (f64, f64, Vec<f64>),
    /// Nearest point known to lie outside.
    outside: Option<f64>,
    /// Whether that point is above the maximum: it lies in another basin, beyond the end if there is one.
    risen: bool,
    /// Distances and roots seen going outward, newest last.
    growth: Vec<(f64, f64)>,
    last_move: f64,
    next: Next,
    infinite: bool,
}

impl Search {
    fn new(ground: &Ground<'_>, wanted: &Profiled, of: usize, sign: f64, z: f64) -> Option<Self> {
        let p = ground.model.p;
        let variance: Vec<f64> =
            (0..p).map(|j| 1.0 / ground.info[j * p + j].abs().max(f64::MIN_POSITIVE)).collect();
        let space = Subspace::level(ground.active, &wanted.normal, &variance)?;
        let mut search = Self {
            of,
            sign,
            z,
            space,
            beta: ground.beta.to_vec(),
            distance: 0.0,
            info: ground.info.to_vec(),
            renew: false,
            climbed: false,
            before: Some((ground.beta.to_vec(), ground.score.clone())),
            inside: (0.0, 0.0, ground.beta.to_vec()),
            outside: None,
            risen: false,
            growth: Vec::new(),
            last_move: f64::INFINITY,
            next: Next::Evaluate,
            infinite: false,
        };
        search.go(z * wanted.scale, None);
        Some(search)
    }

    fn end(&self) -> f64 {
        match (self.infinite, self.next) {
            (true, _) => self.sign * f64::INFINITY,
            (false, Next::Done) => self.sign * self.distance,
            (false, _) => f64::NAN,
        }
    }

    /// Moves to a distance, the other coefficients along the tangent of the profile and by `step`.
    fn go(&mut self, distance: f64, step: Option<&[f64]>) {
        let by = self.sign * (distance - self.distance);
        let zero = vec![0.0; self.beta.len()];
        let mut free = step.map_or_else(|| vec![0.0; self.space.q()], <[f64]>::to_vec);
        if let (Some((_, _, across)), Some(factor)) = (self.space.held(&zero, &self.info), self.factor()) {
            let mut tangent = across;
            factor.solve(&mut tangent);
            free.iter_mut().zip(&tangent).for_each(|(f, t)| *f -= by * t);
        }
        self.space.advance(&mut self.beta, &free, by);
        self.distance = distance;
        self.next = Next::Evaluate;
    }

    fn factor(&self) -> Option<Cholesky> {
        Cholesky::new(&self.space.info(&self.info), self.space.q()).ok()
    }

    /// Back to a distance between what is known inside and outside.
    fn retreat(&mut self, risen: bool) {
        (self.outside, self.risen) = (Some(self.distance), risen);
        self.beta.clone_from(&self.inside.2);
        self.distance = self.inside.0;
        self.before = None;
        self.last_move = f64::INFINITY;
        let middle = 0.5 * (self.inside.0 + self.outside.unwrap_or(self.inside.0));
        if middle - self.inside.0 <= GOAL * middle {
            self.next = Next::Done;
            if risen {
                self.distance = f64::NAN;
            }
        } else {
            self.go(middle, None);
        }
    }

    /// Takes an evaluation at the point in place and decides what is next.
    fn tell(&mut self, derivs: &Derivs, top: f64) {
        let climbed = std::mem::take(&mut self.climbed);
        if !derivs.loglik.hi.is_finite() {
            return self.retreat(false);
        }
        let score = derivs.score();
        if derivs.info.is_empty() {
            self.mend(&score);
        } else {
            self.info.clone_from(&derivs.info);
        }
        let own = self.space.score(&score);
        let mut step = own.clone();
        let factor = self.factor();
        if let Some(factor) = &factor {
            factor.solve(&mut step);
        }
        let decrement: f64 = step.iter().zip(&own).map(|(s, g)| s * g).sum();
        // After a climb the point is as near to the constrained maximum as it can come.
        let near = factor.is_some() && decrement <= NEAR;
        if !near && !climbed {
            self.before = None;
            (self.next, self.renew) =
                if derivs.info.is_empty() { (Next::Evaluate, true) } else { (Next::Climb, false) };
            return;
        }
        self.renew = false;
        self.before = Some((self.beta.clone(), score.clone()));
        let (value, slope) = if near {
            let Some((slope, _, across)) = self.space.held(&score, &self.info) else { return };
            let moved: f64 = across.iter().zip(&step).map(|(a, s)| a * s).sum();
            (derivs.loglik.hi + 0.5 * decrement, slope - moved)
        } else {
            step.fill(0.0);
            let slope = self.space.held(&score, &self.info).map_or(f64::NAN, |held| held.0);
            (derivs.loglik.hi, slope)
        };
        self.advance(2.0 * (top - value), self.sign * slope, &step, decrement);
    }

    /// The next distance from the profile's fall (twice the log-likelihood) and slope outward at the one in place.
    fn advance(&mut self, fall: f64, slope: f64, step: &[f64], decrement: f64) {
        let here = self.distance;
        if fall < -HIGHER {
            return self.retreat(true);
        }
        // What is left below 0 is rounding of two sums over the rows.
        let root = fall.max(0.0).sqrt();
        if root < self.z {
            if here >= self.inside.0 {
                self.inside = (here, root, self.beta.clone());
            }
            if self.outside.is_none() {
                self.growth.push((here, root));
                if self.dies_out() {
                    (self.next, self.infinite) = (Next::Done, true);
                    return;
                }
            }
        } else if self.outside.is_none_or(|far| here < far) {
            (self.outside, self.risen) = (Some(here), false);
        }
        // d root / d distance = -slope / root.
        let newton = here - (self.z - root) * root / slope;
        let next = self.bounded(newton, here);
        let moved = (next - here).abs() / next.max(f64::MIN_POSITIVE);
        let moved = moved.max(decrement.max(0.0).sqrt() / self.z);
        let rate = if self.last_move.is_finite() { (moved / self.last_move).min(1.0) } else { 1.0 };
        self.last_move = moved;
        let narrow = self.outside.is_some_and(|far| far - self.inside.0 <= GOAL * far);
        self.go(next, Some(step));
        if moved * rate < GOAL || narrow {
            self.next = Next::Done;
            if narrow && self.risen {
                self.distance = f64::NAN;
            }
        }
    }

    /// A distance kept in the bracket; beyond three times the farthest point nothing is believed.
    fn bounded(&self, wanted: f64, here: f64) -> f64 {
        let (low, far) = (self.inside.0, self.outside);
        let high = far.unwrap_or(3.0 * here);
        if wanted > low && wanted < high {
            return wanted;
        }
        match far {
            // The last Newton steps may fall on an end of the bracket.
            Some(far)
                if wanted.is_finite() && (wanted - low).abs().min((wanted - far).abs()) <= 1e-6 * far =>
            {
                wanted
            }
            Some(far) => 0.5 * (low + far),
            None => high,
        }
    }

    /// Whether the root will never reach the cut: while the distance doubles or more its steps shrink at least by half,
    /// and what is left of them as a geometric series stays well below.
    fn dies_out(&self) -> bool {
        let [.., a, b, c] = self.growth.as_slice() else { return false };
        let doubled = b.0 >= 2.0 * a.0 && c.0 >= 2.0 * b.0;
        let (before, now) = (b.1 - a.1, c.1 - b.1);
        let rate = now / before;
        doubled && rate < 0.5 && (now <= 0.0 || c.1 + 2.0 * now * rate / (1.0 - rate) < self.z)
    }

    /// Symmetric rank-one mend of the information by the change of the score since the last point. Nocedal & Wright
    /// (2006), sec. 6.2.
    fn mend(&mut self, score: &[f64]) {
        let Some((beta, old)) = &self.before else { return };
        let p = beta.len();
        let d: Vec<f64> = self.beta.iter().zip(beta).map(|(now, then)| now - then).collect();
        let entry = |i: usize, j: usize| self.info[if i >= j { i * p + j } else { j * p + i }];
        let miss: Vec<f64> =
            (0..p).map(|i| old[i] - score[i] - (0..p).map(|j| entry(i, j) * d[j]).sum::<f64>()).collect();
        let along: f64 = miss.iter().zip(&d).map(|(m, d)| m * d).sum();
        let size = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
        if along.abs() <= 1e-8 * size(&miss) * size(&d) || along == 0.0 {
            return;
        }
        for i in 0..p {
            for j in 0..=i {
                self.info[i * p + j] += miss[i] * miss[j] / along;
            }
        }
    }
}
