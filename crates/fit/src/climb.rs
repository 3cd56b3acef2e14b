//! One climb: the optimiser asks its way up from a start, directions of recession and parameters that run off are watched
//! for on the way.
//!
//! Where a direction of recession is found the climb goes on with the limit model, its rows at infinity moved there.

use crate::boundary;
use crate::executor::{Executor, RunError};
use crate::existence;
use crate::maximise::{FitOptions, Method};
use crate::model::Model;
use crate::objective::minimised;
use crate::pass::{Pass, Point, Precision, Recession, Sums};
use crate::plan;
use crate::quadratic::Gram;
use crate::rank::{self, Rank};
use crate::starts;
use crate::tally::Derivs;
use loglik_design::Frame;
use loglik_optim::{Ask, Descent, Lbfgs, Need, Newton, Optimizer, Reason, Stop};

/// The decrement, as a share of the rows, after which one more Newton step ends the climb where passes are dear: the step
/// is 1e-11 of what the rows' curvature changes over, so the information before it is that after it to eleven digits.
const LAST_STEP: f64 = 1e-22;

/// The same where a pass takes so long that standard errors to eight digits are enough.
const LAST_OF_HUGE: f64 = 1e-16;

/// The same where only the log-likelihood is wanted, of which it is the relative error.
const LAST_OF_VALUE: f64 = 1e-13;

/// The decrement for each coefficient at which a sample's own error is larger than what is left of its climb: at its
/// maximum a sample of a twelfth is 12 for each coefficient away from that of all rows.
const SAMPLE_ERROR: f64 = 0.1;

/// The decrement of a sample of `q` coefficients at which its start is as near the maximum of all rows as its own is: there
/// it is chi-square with `q` degrees of freedom, rarely more than three of its standard deviations above its mean.
fn as_near(q: f64) -> f64 {
    q + 3.0 * (2.0 * q).sqrt()
}

/// A log-likelihood that falls by more than this share on the way to a limit has none there.
const FALLEN: f64 = 1e-9;

/// A density so high that its width is below a few of the response's own units in the last place.
pub(crate) const UNBOUNDED: f64 = -2.0;

/// How one climb ended.
pub(crate) struct Climb {
    pub(crate) beta: Vec<f64>,
    pub(crate) stop: Stop,
    pub(crate) limits: Vec<Recession>,
    pub(crate) null: Vec<Vec<f64>>,
    pub(crate) estimated: Vec<usize>,
    pub(crate) loglik: f64,
    /// Parameters that were seen running off, with their direction.
    pub(crate) runaways: Vec<(usize, bool)>,
    /// Sums with information at the last point that had them, where no later step changed more than rounding does.
    pub(crate) end: Option<Derivs>,
    /// Whether the design proved to be deficient though its rank was taken for full.
    pub(crate) deficient: bool,
    /// Whether a direction that all rows allowed proved to lead down: rows are not asked again.
    refuted: bool,
}

/// Everything a climb needs that does not change while it climbs.
pub(crate) struct Setting<'a> {
    pub(crate) model: &'a Model,
    pub(crate) rank: &'a Rank,
    pub(crate) options: &'a FitOptions,
    pub(crate) weight: f64,
    pub(crate) rows: usize,
    /// Whether the rank is only taken for full, to be checked by the first information.
    pub(crate) assumed: bool,
    /// Information of a sample of the rows, scaled to all of them              `[p, p]`
    pub(crate) matrix: Option<&'a [f64]>,
    /// Whether a sample is climbed on, which need not be done to the end.
    pub(crate) sample: bool,
    /// What a pass with information costs, in passes without.
    pub(crate) dearness: f64,
    /// Sums with information at the start, where they are known.
    pub(crate) first: Option<&'a Derivs>,
    /// The Gram from which information at any point follows, where the density is quadratic.
    pub(crate) gram: Option<&'a Gram>,
}

impl<'a> Setting<'a> {
    /// A climb over all rows, without a sample or a Gram to begin with, whose rank is known.
    pub(crate) fn new(
        model: &'a Model,
        rank: &'a Rank,
        options: &'a FitOptions,
        weight: f64,
        frame: &Frame,
    ) -> Self {
        let (rows, dearness) = (frame.rows, plan::dearness(model, frame));
        let (assumed, matrix, sample, first, gram) = (false, None, false, None, None);
        Self { model, rank, options, weight, rows, assumed, matrix, sample, dearness, first, gram }
    }
}

/// Derivatives at one point.
pub(crate) fn derivs_at(
    model: &Model,
    run: &mut dyn Executor,
    point: Point,
    sums: Sums,
    precision: Precision,
    limits: &[Recession],
) -> Result<Derivs, RunError> {
    let pass = Pass::Derivs { points: vec![point], sums, precision, limits: limits.to_vec() };
    Ok(run.run(model, &pass)?.into_derivs().remove(0))
}

fn optimizer(setting: &Setting<'_>, start: Vec<f64>, active: &[usize]) -> Optimizer {
    let weight = setting.weight;
    let limit = |default| setting.options.iterations.unwrap_or(default);
    match setting.options.method {
        Method::Newton => {
            let newton = Newton::new(start, weight, limit(200));
            let matrix = setting.matrix.filter(|_| active.len() == setting.model.p).map(<[f64]>::to_vec);
            Optimizer::Newton(if setting.sample {
                let q = active.len() as f64;
                newton.chord(SAMPLE_ERROR * q, setting.dearness, None).content(as_near(q))
            } else if is_dear(setting) || matrix.is_some() {
                let last = match setting.options.value_only {
                    true => LAST_OF_VALUE,
                    false if plan::is_huge(setting.rows, setting.model.p) => LAST_OF_HUGE,
                    false => LAST_STEP,
                };
                newton.chord(last * setting.weight, setting.dearness, matrix)
            } else {
                newton
            })
        }
        Method::Lbfgs => Optimizer::Lbfgs(Lbfgs::new(start, weight, limit(10_000))),
        Method::Gradient(rate) => Optimizer::Gradient(Descent::new(start, weight, rate, limit(100_000))),
    }
}

/// Climbs from `beta` to a maximum or to the limit.
pub(crate) fn climb(
    setting: &Setting<'_>,
    run: &mut dyn Executor,
    beta: Vec<f64>,
) -> Result<Climb, RunError> {
    climb_on(setting, run, beta, Vec::new())
}

/// The same, for parameters that were seen running off before and are not to end the climb again.
pub(crate) fn climb_on(
    setting: &Setting<'_>,
    run: &mut dyn Executor,
    beta: Vec<f64>,
    runaways: Vec<(usize, bool)>,
) -> Result<Climb, RunError> {
    let p = setting.model.p;
    let mut state = Climb {
        beta,
        stop: Stop { reason: Reason::Converged, iterations: 0, decrement: 0.0 },
        limits: Vec::new(),
        null: Vec::new(),
        estimated: setting.rank.active.clone(),
        loglik: f64::NEG_INFINITY,
        runaways,
        end: None,
        deficient: false,
        refuted: false,
    };
    let mut scale: Vec<f64> = Vec::new();
    loop {
        let Some(found) = ascend(setting, run, &mut state, &mut scale)? else { return Ok(state) };
        let mut limits = state.limits.clone();
        existence::push(&mut limits, found);
        let point = Point::new(state.beta.clone());
        let derivs = derivs_at(setting.model, run, point, Sums::Info, Precision::Plain, &limits)?;
        // Where the density is not concave rows may allow a way that leads down further out.
        let least = state.loglik - FALLEN * (1.0 + state.loglik.abs());
        if derivs.loglik.hi.is_nan() || derivs.loglik.hi < least {
            state.refuted = true;
            continue;
        }
        state.limits = limits;
        state.null = existence::null_space(&derivs.info, &setting.rank.active, &scale, p);
        let free = |j: &usize| !state.null.iter().any(|d| d[*j] == 1.0 && is_last(d, *j));
        state.estimated = setting.rank.active.iter().copied().filter(free).collect();
    }
}

/// Whether `j` is the last coefficient of a null direction: the one that earlier ones express.
fn is_last(direction: &[f64], j: usize) -> bool {
    direction[j + 1..].iter().all(|v| *v == 0.0)
}

/// Runs the optimiser until it stops or a direction of recession is found.
fn ascend(
    setting: &Setting<'_>,
    run: &mut dyn Executor,
    state: &mut Climb,
    scale: &mut Vec<f64>,
) -> Result<Option<Recession>, RunError> {
    let (model, p) = (setting.model, setting.model.p);
    let active = state.estimated.clone();
    let start: Vec<f64> = active.iter().map(|j| state.beta[*j]).collect();
    let mut machine = optimizer(setting, start, &active);
    let expand = |from: &[f64], base: &[f64]| {
        let mut beta = base.to_vec();
        active.iter().zip(from).for_each(|(j, v)| beta[*j] = *v);
        beta
    };
    let mut ask = machine.start();
    let (mut tested, mut infos) = (0, 0);
    let mut last: Option<(Point, Derivs)> = None;
    loop {
        let (points, need) = match ask {
            Ask::Stop(stop) => {
                state.stop = stop;
                let at = expand(machine.point(), &state.beta);
                state.end = last.filter(|(point, _)| point.beta == at).map(|(_, derivs)| derivs);
                state.beta = at;
                // The step behind a decrement this small is taken unseen: it leaves an error of its square.
                if stop.reason == Reason::Converged {
                    active.iter().zip(machine.step()).for_each(|(j, s)| state.beta[*j] += s);
                }
                return Ok(None);
            }
            Ask::Evaluate { points, need } => (points, need),
        };
        let sums = match need {
            Need::Value => Sums::Value,
            Need::Gradient => Sums::Score,
            Need::Hessian => Sums::Info,
        };
        let points: Vec<Point> = points.iter().map(|x| Point::new(expand(x, &state.beta))).collect();
        let derivs = match setting.first.filter(|_| last.is_none() && sums == Sums::Info) {
            Some(known) => vec![known.clone()],
            None => evaluate(setting, run, &points, sums, &state.limits, machine.expects_end())?,
        };
        if scale.is_empty() && sums == Sums::Info {
            *scale = starts::diagonal(&derivs[0].info, p).iter().map(|d| d.abs()).collect();
        }
        if derivs[0].peak > UNBOUNDED && sums == Sums::Info {
            let (iterations, decrement) = machine.progress();
            state.stop = Stop { reason: Reason::Unbounded, iterations, decrement };
            state.beta.clone_from(&points[0].beta);
            return Ok(None);
        }
        if setting.assumed
            && !setting.sample
            && last.is_none()
            && sums == Sums::Info
            && !rank::is_clearly_full(&derivs[0].info, p)
        {
            state.deficient = true;
            return Ok(None);
        }
        let evals: Vec<_> = derivs.iter().map(|d| minimised(d, &active, p)).collect();
        ask = machine.tell(&evals);
        if sums == Sums::Info {
            infos += 1;
            last = points.into_iter().zip(derivs).next();
        }
        state.loglik = evals.iter().map(|e| -e.value).fold(f64::NEG_INFINITY, f64::max);
        let (iterations, _) = machine.progress();
        // Where passes are dear, steps with an old matrix and the last step are not looked at: both are short.
        let long = sums == Sums::Info && matches!(ask, Ask::Evaluate { .. });
        if iterations > tested && is_due(setting, iterations, infos) && (long || !is_dear(setting)) {
            tested = iterations;
            let at = expand(machine.point(), &state.beta);
            let direction = expand(machine.step(), &vec![0.0; p]);
            if let Some(runaway) = boundary::runaway(model, &at, &direction)
                && !state.runaways.contains(&runaway)
            {
                state.runaways.push(runaway);
                state.beta = at;
                state.stop = Stop { reason: Reason::IterationLimit, iterations, decrement: f64::NAN };
                return Ok(None);
            }
            let ripe = existence::is_ripe(model, iterations, machine.progress().1, setting.weight);
            if ripe && !state.refuted {
                for part in asked(model, &direction) {
                    if let Some(found) = existence::recession(model, run, &at, &part, &state.limits)? {
                        state.beta = at;
                        return Ok(Some(found));
                    }
                }
            }
        }
    }
}

/// One pass of a climb: what else is wanted at the maximum comes with the information that is expected to be the last;
/// information may follow from the score.
fn evaluate(
    setting: &Setting<'_>,
    run: &mut dyn Executor,
    points: &[Point],
    sums: Sums,
    limits: &[Recession],
    last: bool,
) -> Result<Vec<Derivs>, RunError> {
    let follows = setting.gram.filter(|_| sums == Sums::Info);
    let read = if follows.is_some() { Sums::Score } else { sums };
    let precision = Precision::Plain;
    let mut pass = Pass::Derivs { points: points.to_vec(), sums: read, precision, limits: limits.to_vec() };
    let due = last && sums == Sums::Info && !setting.sample && is_dear(setting);
    let wanted = setting.options.beside.filter(|_| due || (follows.is_some() && sums == Sums::Info));
    if let Some(beside) = wanted {
        pass = Pass::Beside(Box::new(pass), beside(&points[0], limits));
    }
    let mut derivs = run.run(setting.model, &pass)?.into_derivs();
    if let Some(gram) = follows {
        derivs.iter_mut().zip(points).for_each(|(d, point)| d.info = gram.info(setting.model, point, d));
    }
    Ok(derivs)
}

/// Whether a pass with information costs enough for passes to be saved.
fn is_dear(setting: &Setting<'_>) -> bool {
    plan::is_dear(setting.rows, setting.model.p)
}

/// Whether the existence test is due: from the second step on where a pass is cheap, from the sixth information where it
/// is dear (overlapping data are done by then), and ever more rarely once it was asked in vain: whoever objects now will
/// soon again.
fn is_due(setting: &Setting<'_>, iterations: usize, infos: usize) -> bool {
    let overlapping = is_dear(setting) && infos <= 5;
    let turn = iterations < 8 || iterations.is_multiple_of((iterations / 4).next_power_of_two());
    !setting.sample && iterations >= 2 && !overlapping && turn
}

/// Whether coefficient `j` belongs to a location predictor.
pub(crate) fn is_location(model: &Model, j: usize) -> bool {
    let spec = model.likelihood.spec();
    let is_main = |k: usize| if spec.own { spec.is_location(k) } else { k == 0 || spec.shared_predictor };
    let mut predictors = model.predictors.iter().enumerate();
    predictors.any(|(k, predictor)| {
        is_main(k) && predictor.pieces.iter().any(|x| (x.first..x.first + x.coefs).contains(&j))
    })
}

/// The parts of a direction that rows are asked about: what moves the location predictors, along which alone the log
/// density is concave, and what moves each further predictor along which it goes one way.
fn asked(model: &Model, direction: &[f64]) -> Vec<Vec<f64>> {
    let spec = model.likelihood.spec();
    let part = |moves: &dyn Fn(usize) -> bool| {
        let mut out = vec![0.0; direction.len()];
        for (_, predictor) in model.predictors.iter().enumerate().filter(|(k, _)| moves(*k)) {
            for piece in &predictor.pieces {
                let range = piece.first..piece.first + piece.coefs;
                out[range.clone()].copy_from_slice(&direction[range]);
            }
        }
        out
    };
    // A number that runs off by itself is compared with its limit instead.
    let one_way = |k: &usize| {
        let predictor = &model.predictors[*k];
        spec.params[*k].one_way && !predictor.is_fixed() && !predictor.is_constant()
    };
    let mut out = vec![part(&|k| spec.is_location(k))];
    out.extend((0..spec.k()).filter(one_way).map(|k| part(&|other| other == k)));
    out
}
