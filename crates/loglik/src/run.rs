//! From a spec and a table to a fitted model: prepare, maximise, infer, write down.

use crate::covariance::{self, Covariance};
use crate::fit_plan::FitPlan;
use crate::intervals::{self, Intervals};
use crate::own_identified::Unidentified;
use crate::prepare::{Prepared, prepare};
use crate::result::OwnInfo;
use crate::rows::prepare_stream;
use crate::separation::{self, Separation};
use crate::statistics::{self, Deviances, Statistics};
use crate::watched::{PassSeen, Watched};
use crate::{
    Checkpoint, Ci, Error, Exit, FitResult, FitSpec, ModelFile, Number, OnSeparation, SeKind, Status,
    TermTest, TermTests, TestKind, bias, notes, own_check, own_identified, own_start, penalties, quantiles,
    tables, term_tests,
};
use loglik_data::Stream;
use loglik_design::{Source, Table};
use loglik_fit::{Executor, Finding, Fit, FitOptions, Local, maximise};
use loglik_own::Own;

/// A fitted model: the result that is printed, and what further questions need.
pub struct Fitted {
    /// What was asked.
    pub spec: FitSpec,
    /// What was found.
    pub result: FitResult,
    pub(crate) prepared: Prepared,
    pub(crate) fit: Fit,
    /// Coefficients of the user's columns, aliased ones 0                   `[p]`
    pub(crate) beta: Vec<f64>,
    /// Covariance of the user's coefficients, 0 for those not estimated; empty where there is none `[p, p]`
    pub(crate) vcov: Vec<f64>,
    pub(crate) statistics: Statistics,
    pub(crate) separation: Separation,
}

/// What was found, as further questions see it.
#[derive(Clone, Copy)]
pub(crate) struct Found<'a> {
    pub(crate) spec: &'a FitSpec,
    pub(crate) prepared: &'a Prepared,
    pub(crate) fit: &'a Fit,
    /// Coefficients of the user's columns, aliased ones 0                   `[p]`
    pub(crate) beta: &'a [f64],
    /// Their covariance, 0 for those not estimated; empty where there is none  `[p, p]`
    pub(crate) vcov: &'a [f64],
    pub(crate) statistics: &'a Statistics,
    pub(crate) separation: &'a Separation,
}

/// What one run came to, before it is written down.
pub(crate) struct Outcome<'a> {
    pub(crate) spec: &'a FitSpec,
    pub(crate) prepared: &'a Prepared,
    pub(crate) fit: &'a Fit,
    pub(crate) null: Option<&'a Fit>,
    pub(crate) beta: &'a [f64],
    pub(crate) vcov: &'a [f64],
    pub(crate) covariance: &'a Covariance,
    pub(crate) statistics: &'a Statistics,
    pub(crate) separation: &'a Separation,
    pub(crate) intervals: &'a Intervals,
    pub(crate) terms: Vec<TermTest>,
    pub(crate) unidentified: &'a Unidentified,
    /// What is said of an own likelihood alone.
    pub(crate) own: Option<OwnInfo>,
    pub(crate) passes: usize,
    /// The penalised log-likelihood of bias reduction, in the user's columns.
    pub(crate) penalised: Option<f64>,
}

/// Where the rows of a fit come from.
pub enum Data {
    /// All of them in memory.
    Table(Table),
    /// A stream, which is read again for every pass: the same bits, in little memory.
    Stream(Stream),
}

impl From<&Table> for Data {
    fn from(table: &Table) -> Self {
        Self::Table(table.clone())
    }
}

/// Fits a model to a table.
///
/// # Errors
/// A request that cannot be, or data that are refused. A fit without a finite maximum, or one that did not converge, is
/// `Ok`: its status and notes say so, unless the spec asks to refuse it.
pub fn fit(spec: &FitSpec, table: &Table) -> Result<Fitted, Error> {
    fit_as(spec, table, true)
}

/// The same; `goodness` says whether deviance and chi-square are wanted, which may take a read of their own.
pub(crate) fn fit_as(spec: &FitSpec, table: &Table, goodness: bool) -> Result<Fitted, Error> {
    fit_prepared(spec, ready(spec, table.into())?, goodness)
}

/// The same from rows that are ready for it.
pub(crate) fn fit_prepared(spec: &FitSpec, prepared: Prepared, goodness: bool) -> Result<Fitted, Error> {
    let spec = quantiles::with_errors(spec, &prepared);
    let made = made(&spec, &prepared, goodness, &mut |_| {}, None)?;
    Ok(made.fitted(spec, prepared))
}

/// Fits a model to a table or a stream, showing each pass over the rows to `watch` when it is done.
///
/// # Errors
/// As [`fit`].
pub fn fit_watched(spec: &FitSpec, data: Data, watch: &mut dyn FnMut(&PassSeen)) -> Result<Fitted, Error> {
    let prepared = ready(spec, data)?;
    let spec = quantiles::with_errors(spec, &prepared);
    let made = made(&spec, &prepared, true, watch, None)?;
    Ok(made.fitted(spec, prepared))
}

/// The same from what an earlier fit kept, or from [`Checkpoint::new`]: passes that `kept` has are not made again, the
/// others are added to it. The fit is that of [`fit_watched`] to the last bit.
///
/// # Errors
/// As [`fit_watched`]; a checkpoint of another request or of other rows; `interrupted`, once `spec.interrupt` is asked:
/// `kept` then has all passes that are done, and knows the rows that they are about.
pub fn fit_from(
    spec: &FitSpec,
    data: Data,
    kept: &mut Checkpoint,
    watch: &mut dyn FnMut(&PassSeen),
) -> Result<Fitted, Error> {
    kept.begin(spec)?;
    let prepared = ready(spec, data)?;
    kept.check_rows(spec, &prepared)?;
    let asked = quantiles::with_errors(spec, &prepared);
    match made(&asked, &prepared, true, watch, Some(kept)) {
        Ok(made) => Ok(made.fitted(asked, prepared)),
        Err(error) => {
            if error.exit == Exit::Interrupted {
                kept.sign(spec, &prepared)?;
            }
            Err(error)
        }
    }
}

/// The fit of a model file, made again from its rows for what needs them; of standard errors only those of the expected
/// information are asked for again, as tests use them.
pub(crate) fn again(model: &ModelFile, spec: FitSpec, data: Data) -> Result<Fitted, Error> {
    let prepared = ready(&spec, data)?;
    model.require_its_rows(&spec, &prepared)?;
    let se = if spec.se() == SeKind::Expected { SeKind::Expected } else { SeKind::Observed };
    let plain = FitSpec::default();
    let spec = FitSpec {
        se: Some(se),
        se_factor: None,
        se_form: plain.se_form,
        hac_lag: None,
        hac_kernel: plain.hac_kernel,
        hac_order: None,
        bootstrap: plain.bootstrap,
        ci: Ci::Wald,
        term_tests: TermTests::None,
        ..spec
    };
    let made = made(&spec, &prepared, true, &mut |_| {}, None)?;
    Ok(made.fitted(spec, prepared))
}

/// What a fit would do: everything that is decided before the first pass.
///
/// # Errors
/// As [`fit`].
pub fn plan_fit(spec: &FitSpec, data: Data) -> Result<FitPlan, Error> {
    Ok(FitPlan::of(spec, &ready(spec, data)?))
}

/// Prepares a fit.
pub(crate) fn ready(spec: &FitSpec, data: Data) -> Result<Prepared, Error> {
    check_adjusted(spec)?;
    match data {
        Data::Table(table) => prepare(spec, &table),
        Data::Stream(stream) => {
            let prepared = prepare_stream(spec, stream)?;
            quantiles::check_stream(spec, &prepared)?;
            Ok(prepared)
        }
    }
}

/// What a fit came to, beside what it was made of.
struct Made {
    result: FitResult,
    fit: Fit,
    beta: Vec<f64>,
    vcov: Vec<f64>,
    statistics: Statistics,
    separation: Separation,
}

impl Made {
    fn fitted(self, spec: FitSpec, prepared: Prepared) -> Fitted {
        let Self { result, fit, beta, vcov, statistics, separation } = self;
        Fitted { spec, result, prepared, fit, beta, vcov, statistics, separation }
    }
}

/// Maximises, infers, and writes down.
fn made(
    spec: &FitSpec,
    prepared: &Prepared,
    goodness: bool,
    watch: &mut dyn FnMut(&PassSeen),
    kept: Option<&mut Checkpoint>,
) -> Result<Made, Error> {
    penalties::refuse_too_many(spec, prepared)?;
    let mut run = Watched::new(Local::new(&prepared.source, spec.threads()), &spec.interrupt, watch, kept);
    let null_model = prepared.null();
    let merged = match prepared.own {
        Some(_) => None,
        None => prepared.merged(null_model.as_ref().unwrap_or(&prepared.model), spec.threads())?,
    };
    let mut few = merged.as_ref().map(|merged| Local::new(&merged.rows, 1));
    let options = FitOptions {
        method: spec.method,
        iterations: spec.iterations,
        beside: goodness.then_some(loglik_infer::deviance_sums),
        ..FitOptions::default()
    };
    let mut penalised = None;
    let climbed = match (&prepared.own, &spec.penalty, spec.bias_reduction) {
        (Some(own), ..) => own_climb(spec, prepared, own, options, &mut run)?,
        (None, Some(penalty), _) => Climbed::of(penalties::fit(penalty, prepared, &mut run)?),
        (None, None, Some(kind)) => {
            let (fit, value) = bias::fit(kind, prepared, &mut run)?;
            penalised = value;
            Climbed::of(fit)
        }
        (None, None, None) => {
            let few = few.as_mut().filter(|_| null_model.is_none());
            Climbed::of(maximum(prepared, &mut run, few, &options)?)
        }
    };
    let Climbed { mut fit, unidentified, own } = climbed;
    fit.end.rows = prepared.source.frame().rows;
    let separation = separation::of(prepared, &fit)?;
    if separation.found() && spec.on_separation == OnSeparation::Refuse {
        return Err(refusal(prepared, &fit, &separation));
    }
    let null_model_is_absent = null_model.is_none();
    let mut rows: &mut dyn Executor = &mut run;
    if let Some(few) = &mut few {
        rows = few;
    }
    let null = match null_model {
        Some(model) => {
            let options = FitOptions {
                value_only: true,
                beside: Some(loglik_infer::deviance_sums),
                ..FitOptions::default()
            };
            Some(maximise(&model, rows, &options)?)
        }
        None => None,
    };
    let null_deviance = null.as_ref().map(|null| loglik_infer::deviance(null, rows)).transpose()?.flatten();
    let alone = few.as_mut().filter(|_| null_model_is_absent && merged.as_ref().is_some_and(|m| m.exact));
    let seen: &mut dyn Executor = match alone {
        Some(few) => few,
        None => &mut run,
    };
    let here = match goodness || prepared.model.likelihood.spec().quadratic {
        true => loglik_infer::deviance(&fit, seen)?,
        false => None,
    };
    let deviances = Deviances { here, null: null_deviance };
    let mut statistics = statistics::of(spec, prepared, &fit, deviances, &mut run)?;
    if spec.penalty.is_some() {
        statistics.withhold_scale();
    }
    let beta = prepared.map.to_user(&fit.point.beta, &statistics::low_parts(&fit));
    let covariance = covariance::of(spec, prepared, &fit, &mut run, &statistics)?;
    let found = Found {
        spec,
        prepared,
        fit: &fit,
        beta: &beta,
        vcov: &covariance.vcov,
        statistics: &statistics,
        separation: &separation,
    };
    let intervals = intervals::of(&found, &mut run)?;
    let terms = term_tests::of_table(&found, &mut run)?;
    let result = tables::result(&Outcome {
        spec,
        prepared,
        fit: &fit,
        null: null.as_ref(),
        beta: &beta,
        vcov: &covariance.vcov,
        covariance: &covariance,
        statistics: &statistics,
        separation: &separation,
        intervals: &intervals,
        terms,
        unidentified: &unidentified,
        own,
        passes: run.passes() + few.as_ref().map_or(0, Local::passes),
        penalised,
    });
    let vcov = covariance.vcov;
    Ok(Made { result, fit, beta, vcov, statistics, separation })
}

/// The maximum; of rows that repeat each other from the distinct ones, where they are given and it is finite.
fn maximum(
    prepared: &Prepared,
    run: &mut dyn Executor,
    few: Option<&mut Local<'_>>,
    options: &FitOptions,
) -> Result<Fit, Error> {
    if let Some(few) = few {
        let fit = maximise(&prepared.model, few, options)?;
        // Which rows are at infinity is said of rows as they are.
        if fit.limits.is_empty() {
            return Ok(fit);
        }
    }
    Ok(maximise(&prepared.model, run, options)?)
}

/// Refuses what has no meaning where the estimates are not those of the maximum.
fn check_adjusted(spec: &FitSpec) -> Result<(), Error> {
    if spec.text.is_some() && spec.is_adjusted() {
        return Err(Error::request("--penalty and --bias-reduction are not built yet for an own likelihood")
            .remedy("write the penalty into the text, as a prior of its parameters"));
    }
    if spec.penalty.is_some() && spec.bias_reduction.is_some() {
        return Err(Error::request("--penalty and --bias-reduction exclude each other"));
    }
    if spec.penalty.is_some() && spec.se.is_some() {
        let message = "--se: a penalised estimate is biased on purpose, and no standard error describes it";
        return Err(Error::request(message).remedy("leave out --se, or --penalty"));
    }
    if spec.penalty.is_some() && spec.ci == Ci::Profile {
        let message =
            "--ci profile: a penalised estimate is biased on purpose, and no interval belongs to it";
        return Err(Error::request(message).remedy("leave out --ci, or --penalty"));
    }
    if spec.is_adjusted() && spec.term_tests == TermTests::Lr {
        let message = "--term-tests lr: likelihood ratios compare maxima, and this fit is none";
        return Err(Error::request(message).remedy("use --term-tests wald"));
    }
    Ok(())
}

/// A fit, and what is known of an own likelihood besides.
struct Climbed {
    fit: Fit,
    unidentified: Unidentified,
    own: Option<OwnInfo>,
}

impl Climbed {
    /// A fit of a likelihood of the house.
    fn of(fit: Fit) -> Self {
        Self { fit, unidentified: Unidentified::default(), own: None }
    }
}

/// The fit of an own likelihood: starts, checks, and the climb, with those parameters held that the data say nothing of.
fn own_climb(
    spec: &FitSpec,
    prepared: &Prepared,
    own: &Own,
    mut options: FitOptions,
    run: &mut dyn Executor,
) -> Result<Climbed, Error> {
    let begin = own_start::begin(spec, prepared, own, run)?;
    if !begin.is_inside {
        own_check::starts_inside(spec, prepared, &begin.starts[0], run)?;
    }
    let starts = begin.starts.len();
    let unidentified = own_identified::near(prepared, &[&begin.starts[0], &begin.first], begin.flat)?;
    options.held = unidentified.flat.iter().chain(&unidentified.held).copied().collect();
    options.starts = begin.starts;
    let fit = maximise(&prepared.model, run, &options)?;
    let derivatives = own_check::derivative_error(prepared, &[&options.starts[0], &fit.point.beta])?;
    let several = fit.findings.iter().find_map(|f| match f {
        Finding::SeveralMaxima(maxima) => Some(maxima.iter().map(|l| Number(*l)).collect()),
        _ => None,
    });
    let maxima = several.unwrap_or_else(|| vec![Number(fit.loglik())]);
    let own = OwnInfo { derivatives: Number(derivatives), starts, maxima };
    Ok(Climbed { fit, unidentified, own: Some(own) })
}

impl Fitted {
    pub(crate) fn found(&self) -> Found<'_> {
        Found {
            spec: &self.spec,
            prepared: &self.prepared,
            fit: &self.fit,
            beta: &self.beta,
            vcov: &self.vcov,
            statistics: &self.statistics,
            separation: &self.separation,
        }
    }

    /// Tests that a term's coefficients are all 0; `None` where that has no such test (Wald of an infinite one).
    ///
    /// # Errors
    /// A term that the model does not have; data that cannot be read again.
    pub fn test_term(&self, term: &str, kind: TestKind) -> Result<Option<TermTest>, Error> {
        let names = self.prepared.terms.iter().map(|t| t.name.as_str());
        let named = self.prepared.terms.iter().filter(|t| t.name == term);
        // The classes of a softmax share a term.
        let at: Vec<usize> = named.flat_map(|t| t.at.iter().copied()).collect();
        if at.is_empty() {
            return Err(Error::unknown_word("term", term, names));
        }
        self.found().test(term, &at, kind, &mut self.executor())
    }

    /// Tests the model against the one with intercepts alone.
    ///
    /// # Errors
    /// When the data cannot be read again.
    pub fn test_model(&self, kind: TestKind) -> Result<Option<TermTest>, Error> {
        let terms = self.prepared.terms.iter().filter(|t| !self.prepared.keeps_terms(t.k));
        let at: Vec<usize> = terms.flat_map(|t| t.at.iter().copied()).collect();
        self.found().test("model", &at, kind, &mut self.executor())
    }

    /// Tests of each term of the main formula given those before it: F of sums of squares for least squares, else
    /// likelihood ratios.
    ///
    /// # Errors
    /// When the data cannot be read again.
    pub fn test_in_sequence(&self) -> Result<Vec<TermTest>, Error> {
        self.found().in_sequence(&mut self.executor())
    }

    pub(crate) fn executor(&self) -> Local<'_> {
        Local::new(&self.prepared.source, self.spec.threads())
    }

    /// The rows that were used, with the columns that the model reads.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.prepared.table
    }

    /// Standard errors of another kind, by machine name, on the link scale; `change` says which.
    ///
    /// # Errors
    /// When the kind is not known for this likelihood, or needs columns that the fit did not read.
    pub fn standard_errors(&self, change: impl FnOnce(&mut FitSpec)) -> Result<Vec<(String, f64)>, Error> {
        let mut spec = self.spec.clone();
        change(&mut spec);
        let mut run = Local::new(&self.prepared.source, spec.threads());
        let deviances = Deviances::of(&self.fit, &mut run)?;
        let statistics = statistics::of(&spec, &self.prepared, &self.fit, deviances, &mut run)?;
        let vcov = covariance::of(&spec, &self.prepared, &self.fit, &mut run, &statistics)?.vcov;
        let p = self.fit.model.p;
        let se = |at: usize| covariance::between(&vcov, p, at, at).sqrt();
        Ok(self.prepared.coefs.iter().map(|c| (c.name.clone(), se(c.at))).collect())
    }
}

/// The error in place of a limit model.
fn refusal(prepared: &Prepared, fit: &Fit, separation: &Separation) -> Error {
    let note = notes::separation(prepared, fit, separation);
    let mut error = Error::new(&note.id, Exit::Infinite, note.message);
    error.column = note.columns.first().cloned();
    error.row = note.rows.first().copied();
    error.line = note.lines.first().copied();
    error.remedy = note.remedy;
    error
}

impl Status {
    /// How the process ends with this status.
    #[must_use]
    pub fn exit(self) -> Exit {
        match self {
            Self::Converged | Self::Boundary => Exit::Ok,
            Self::Infinite | Self::NotIdentified | Self::Unbounded => Exit::Infinite,
            Self::NotConverged => Exit::NotConverged,
        }
    }
}
