//! Covariance of the user's coefficients, of the kind that was asked, and what there is to doubt about it.
//!
//! Everything up to the last step is in the fit's own columns; the user's columns come in double-double, because a
//! covariance near zero is a small difference of large numbers.

use crate::prepare::Prepared;
use crate::result::SeInfo;
use crate::rows::Rows;
use crate::statistics::Statistics;
use crate::{
    BootstrapSpec, Error, FitSpec, HacKernel, Resampled, SeBread, SeFactor, SeForm, SeKind, WeightKind,
    bootstrap, quantiles, weights,
};
use loglik_fit::{Derivs, Executor, Fit};
use loglik_infer::{Ask, Bread, Correction, Form, LagKernel, Robust};
use loglik_num::Dd;
use std::collections::BTreeMap;

/// A variance below this share of the model's own is no estimate: the rows behind it have no residual left.
const NO_VARIANCE: f64 = 1e-12;

/// What there is to doubt about standard errors.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Doubt {
    /// So many clusters by this column.
    Clusters { column: String, groups: usize },
    /// A coefficient's variance rests on effectively so few rows or clusters.
    FewUnits { at: usize, effective: f64 },
    /// So many rows (these first) or clusters have a leverage of 1.
    LeverageOne { count: usize, rows: Vec<usize>, withheld: bool },
    /// So many refits of a bootstrap had no finite maximum.
    Replicates { failed: usize, all: usize, withheld: bool },
    /// Coefficients whose robust variance is not above zero: withheld.
    NoVariance(Vec<usize>),
    /// The information, or the products of scores, are singular: withheld.
    Singular,
}

/// Covariance of the user's coefficients.
#[derive(Clone, Debug, Default)]
pub(crate) struct Covariance {
    /// Zero for those not estimated, NaN for those withheld; empty where no covariance describes the estimate `[p, p]`
    pub(crate) vcov: Vec<f64>,
    /// The model's own variances beside those of a sandwich                     `[p]`
    pub(crate) model: Option<Vec<f64>>,
    /// How it was made.
    pub(crate) info: Option<SeInfo>,
    pub(crate) doubts: Vec<Doubt>,
}

/// The covariance of two coefficients; NaN where there is none.
pub(crate) fn between(vcov: &[f64], p: usize, i: usize, j: usize) -> f64 {
    vcov.get(i * p + j).copied().unwrap_or(f64::NAN)
}

/// Whether weights say how many rows a row stands for.
pub(crate) fn has_frequencies(spec: &FitSpec) -> bool {
    spec.weights.is_some() && spec.weight_kind == WeightKind::Frequency
}

/// Words that do not go together.
fn check(spec: &FitSpec) -> Result<(), Error> {
    let kind = spec.se();
    let hac = spec.hac_lag.is_some() || spec.hac_order.is_some() || spec.hac_kernel != HacKernel::default();
    let conflict = match kind {
        SeKind::Cluster if spec.cluster.is_empty() => {
            Some(("--se cluster needs --cluster COL", "name the column"))
        }
        SeKind::Hac if has_frequencies(spec) => Some((
            "--se hac has no meaning with frequency weights: rows that stand for several have no order among them",
            "repeat the rows",
        )),
        _ if kind != SeKind::Bootstrap && spec.bootstrap != BootstrapSpec::default() => {
            Some(("--bootstrap, --replicates and --refit belong to --se bootstrap", "add --se bootstrap"))
        }
        _ if kind != SeKind::Hac && hac => {
            Some(("--hac-lag, --hac-kernel and --hac-order belong to --se hac", "add --se hac"))
        }
        _ if kind != SeKind::Cluster && spec.se_form != SeForm::default() => {
            Some(("--se-form belongs to clustered standard errors", "add --cluster COL"))
        }
        _ if !kind.is_robust() && spec.se_factor.is_some() => {
            Some(("--se-factor belongs to sandwich standard errors", "add --se hc0, cluster or hac"))
        }
        _ if kind != SeKind::Cluster && spec.se_factor == Some(SeFactor::Groups) => {
            Some(("--se-factor G/(G-1) counts clusters", "add --cluster COL"))
        }
        _ => None,
    };
    conflict.map_or(Ok(()), |(what, mend)| Err(Error::request(what).remedy(mend)))
}

/// The covariance that the spec asks for.
pub(crate) fn of(
    spec: &FitSpec,
    prepared: &Prepared,
    fit: &Fit,
    run: &mut dyn Executor,
    statistics: &Statistics,
) -> Result<Covariance, Error> {
    check(spec)?;
    let kind = spec.se();
    let p = fit.model.p;
    if kind == SeKind::Bootstrap {
        bootstrap::check(spec, prepared)?;
    }
    if spec.penalty.is_some() {
        return Ok(Covariance::default());
    }
    if kind.is_of_quantile() {
        return Ok(Covariance { vcov: quantiles::vcov(spec, prepared, fit, run)?, ..Covariance::default() });
    }
    let kept: Vec<usize> =
        fit.estimated.iter().copied().filter(|j| !statistics.scaled || prepared.in_main(*j)).collect();
    let expected = kind == SeKind::Expected || (kind.is_robust() && spec.se_bread == SeBread::Expected);
    if !expected && kind != SeKind::Bootstrap {
        refuse_kinks(fit, kind)?;
    }
    let end: Derivs = if expected { expected_info(fit, &kept, run)? } else { fit.end.clone() };
    let user = |inside: &[Dd]| to_user(prepared, &kept, p, inside);
    let bread = match kind {
        // Refits of straight lines need no curvature, and these have none.
        SeKind::Bootstrap if has_kinks(fit) => {
            let inverse = vec![Dd::from(f64::NAN); kept.len() * kept.len()];
            Some(Bread { kept: kept.clone(), inverse })
        }
        _ => Bread::new(&end, &kept, p),
    };
    let Some(bread) = bread else {
        let vcov = user(&vec![Dd::from(f64::NAN); kept.len() * kept.len()]);
        return Ok(Covariance { vcov, doubts: vec![Doubt::Singular], ..Covariance::default() });
    };
    let by = Dd::from(if statistics.scaled { statistics.dispersion / statistics.phi } else { 1.0 });
    let model: Vec<Dd> = bread.inverse.iter().map(|v| *v * by).collect();
    if kind == SeKind::Bootstrap {
        return bootstrapped(spec, prepared, fit, &bread, (&model, by.value()), &user);
    }
    if !kind.is_robust() && kind != SeKind::Opg {
        return Ok(Covariance { vcov: user(&model), ..Covariance::default() });
    }
    let ask = Ask { fit, bread: &bread, expected, frequency: has_frequencies(spec) };
    let mut found = Found { doubts: Vec::new(), info: info(spec, kind) };
    let inside = match kind {
        SeKind::Opg => match loglik_infer::opg(&ask, run)? {
            Some(vcov) => vcov,
            None => {
                found.doubts.push(Doubt::Singular);
                vec![f64::NAN; kept.len() * kept.len()]
            }
        },
        SeKind::Cluster => clustered(spec, prepared, run, &ask, statistics, &mut found)?,
        SeKind::Hac => autocorrelated(spec, prepared, run, &ask, statistics, &mut found)?,
        _ => by_row(spec, run, &ask, statistics, &mut found)?,
    };
    let inside: Vec<Dd> = inside.into_iter().map(Dd::from).collect();
    let mut out = Covariance { vcov: user(&inside), doubts: found.doubts, ..Covariance::default() };
    if kind.is_robust() {
        let model = user(&model);
        let model: Vec<f64> = (0..p).map(|j| model[j * p + j]).collect();
        out.withhold(&kept, &model, p);
        out.model = Some(model);
        out.info = Some(found.info);
    }
    Ok(out)
}

/// Refuses errors from the curvature of straight lines, which is none.
fn refuse_kinks(fit: &Fit, kind: SeKind) -> Result<(), Error> {
    if !has_kinks(fit) {
        return Ok(());
    }
    let mend = if is_quantile(fit) {
        "use --se nid, iid or ker, or --se bootstrap --refit, which takes --cluster too"
    } else {
        "use --se expected, --se-bread expected, or --se bootstrap --refit, which takes --cluster too"
    };
    let name = &fit.model.likelihood.spec().name;
    let what = format!("--se {}: a {name} likelihood has kinks in place of curvature", kind.name());
    Err(Error::request(what).remedy(mend))
}

/// Whether the log density is of straight lines, so that its second derivative says nothing.
pub(crate) fn has_kinks(fit: &Fit) -> bool {
    fit.model.likelihood.check_loss().is_some()
}

/// Whether the likelihood is a device whose maximum is a quantile.
pub(crate) fn is_quantile(fit: &Fit) -> bool {
    fit.model.likelihood.spec().name == "quantile"
}

/// The covariance over bootstrap replicates; `model` that of the model and its units of the dispersion.
fn bootstrapped(
    spec: &FitSpec,
    prepared: &Prepared,
    fit: &Fit,
    bread: &Bread,
    model: (&[Dd], f64),
    user: &dyn Fn(&[Dd]) -> Vec<f64>,
) -> Result<Covariance, Error> {
    let p = fit.model.p;
    let mut out = Covariance::default();
    let inside = bootstrap::vcov(spec, prepared, fit, bread, model.1, &mut out)?;
    out.vcov = user(&inside.into_iter().map(Dd::from).collect::<Vec<_>>());
    // The scale of a quantile's likelihood is part of the device.
    let device = |j: usize| is_quantile(fit) && !prepared.in_main(j);
    for at in (0..p * p).filter(|at| device(at / p) || device(at % p)) {
        out.vcov[at] = f64::NAN;
    }
    if spec.bootstrap.of == Resampled::Pairs {
        let model = user(model.0);
        let model: Vec<f64> = (0..p).map(|j| model[j * p + j]).collect();
        out.withhold(&bread.kept, &model, p);
        out.model = Some(model);
    }
    Ok(out)
}

impl Covariance {
    /// Withholds variances that are not above zero.
    fn withhold(&mut self, kept: &[usize], model: &[f64], p: usize) {
        let none: Vec<usize> =
            kept.iter().copied().filter(|j| self.vcov[j * p + j] <= NO_VARIANCE * model[*j]).collect();
        for at in 0..p * p {
            if none.contains(&(at / p)) || none.contains(&(at % p)) {
                self.vcov[at] = f64::NAN;
            }
        }
        if !none.is_empty() {
            self.doubts.push(Doubt::NoVariance(none));
        }
    }
}

/// What is written down on the way.
struct Found {
    doubts: Vec<Doubt>,
    info: SeInfo,
}

fn info(spec: &FitSpec, kind: SeKind) -> SeInfo {
    let bread = if spec.se_bread == SeBread::Expected { "expected" } else { "observed" };
    SeInfo {
        bread: bread.to_owned(),
        form: (kind == SeKind::Cluster).then(|| spec.se_form.name().to_owned()),
        order: spec.hac_order.clone(),
        ..SeInfo::default()
    }
}

/// The expected information at the fit.
fn expected_info(fit: &Fit, kept: &[usize], run: &mut dyn Executor) -> Result<Derivs, Error> {
    loglik_infer::expected_info(fit, kept, run)?.ok_or_else(|| {
        let name = &fit.model.likelihood.spec().name;
        Error::request(format!("the expected information of {name} is not known here"))
            .remedy("use --se observed, or --se-bread observed")
    })
}

fn to_user(prepared: &Prepared, kept: &[usize], p: usize, inside: &[Dd]) -> Vec<f64> {
    let q = kept.len();
    let mut wide = vec![Dd::ZERO; p * p];
    for (i, a) in kept.iter().enumerate() {
        for (j, b) in kept.iter().enumerate() {
            wide[a * p + b] = inside[i * q + j];
        }
    }
    prepared.map.vcov_to_user(&mut wide);
    wide.into_iter().map(Dd::value).collect()
}

/// The small-sample factor; `own` is that of the kind.
fn factor(spec: &FitSpec, statistics: &Statistics, groups: usize, own: f64) -> f64 {
    let (n, g, rank) = (statistics.n, groups as f64, statistics.rank as f64);
    match spec.se_factor {
        None => own,
        Some(SeFactor::None) => 1.0,
        Some(SeFactor::Rows) => n / (n - 1.0),
        Some(SeFactor::Residual) => n / (n - rank),
        Some(SeFactor::Groups) => g / (g - 1.0),
    }
}

/// HC0 to HC4.
fn by_row(
    spec: &FitSpec,
    run: &mut dyn Executor,
    ask: &Ask<'_>,
    statistics: &Statistics,
    found: &mut Found,
) -> Result<Vec<f64>, Error> {
    let (n, rank) = (statistics.n, statistics.rank as f64);
    let (correction, own) = match spec.se() {
        SeKind::Hc1 => (Correction::None, n / (n - rank)),
        SeKind::Hc2 => (Correction::Power(0.5), 1.0),
        SeKind::Hc3 => (Correction::Power(1.0), 1.0),
        SeKind::Hc4 => (Correction::Share, 1.0),
        _ => (Correction::None, 1.0),
    };
    let robust = loglik_infer::by_row(ask, run, correction)?;
    let by = factor(spec, statistics, 0, own);
    found.doubt(ask, &robust, correction != Correction::None);
    found.info.factor = by;
    Ok(robust.vcov.iter().map(|v| by * v).collect())
}

/// Clusters by one column or several: Cameron, Gelbach & Miller (2011), J. Business & Economic Statistics 29, 238-249.
fn clustered(
    spec: &FitSpec,
    prepared: &Prepared,
    run: &mut dyn Executor,
    ask: &Ask<'_>,
    statistics: &Statistics,
    found: &mut Found,
) -> Result<Vec<f64>, Error> {
    let sets = prepared.clusters.subsets(&spec.cluster)?;
    let form = match spec.se_form {
        SeForm::Cr0 | SeForm::Cr1 => Form::Plain,
        SeForm::Cr2 => Form::Root,
        SeForm::Cr3 => Form::Jackknife,
    };
    let keys: Vec<usize> = sets.iter().map(|set| set.key).collect();
    let parts = loglik_infer::by_cluster(ask, run, &keys, form)?;
    let (n, rank) = (statistics.n, statistics.rank as f64);
    let mut sum = vec![0.0; ask.bread.q() * ask.bread.q()];
    for (set, part) in sets.iter().zip(&parts) {
        let name = set.columns.join(" x ");
        let g = part.groups as f64;
        if part.groups < 2 {
            let what = format!("all rows are in one cluster of `{name}`: nothing can be said of its errors");
            return Err(Error::request(what).remedy("cluster by another column, or use --se hc3"));
        }
        let own = if spec.se_form == SeForm::Cr1 { g / (g - 1.0) * (n - 1.0) / (n - rank) } else { 1.0 };
        let by = factor(spec, statistics, part.groups, own);
        let sign = if set.columns.len() % 2 == 1 { 1.0 } else { -1.0 };
        sum.iter_mut().zip(&part.vcov).for_each(|(s, v)| *s += sign * by * v);
        found.info.clusters.get_or_insert_with(BTreeMap::new).insert(name, part.groups);
        if set.columns.len() == 1 {
            found.info.factor = by;
            found.doubt(ask, part, form != Form::Plain);
            let (column, groups) = (set.columns[0].clone(), part.groups);
            found.doubts.push(Doubt::Clusters { column, groups });
        }
    }
    Ok(sum)
}

/// Rows in time.
fn autocorrelated(
    spec: &FitSpec,
    prepared: &Prepared,
    run: &mut dyn Executor,
    ask: &Ask<'_>,
    statistics: &Statistics,
    found: &mut Found,
) -> Result<Vec<f64>, Error> {
    let time = match (&spec.hac_order, &prepared.source) {
        (None, _) => None,
        (Some(name), Rows::Memory(_)) => Some(weights::time(&prepared.table, name)?),
        (Some(name), Rows::Stream(rows)) => {
            rows.check_in_time(name)?;
            None
        }
    };
    let kernel = match spec.hac_kernel {
        HacKernel::Bartlett => LagKernel::Bartlett,
        HacKernel::QuadraticSpectral => LagKernel::QuadraticSpectral,
    };
    let lag = spec.hac_lag.unwrap_or_else(|| usual_lag(statistics.n));
    let robust = loglik_infer::hac(ask, run, time.as_deref(), kernel, lag)?;
    let by = factor(spec, statistics, 0, 1.0);
    found.info.factor = by;
    (found.info.lag, found.info.kernel) = (Some(lag), Some(spec.hac_kernel.name().to_owned()));
    Ok(robust.vcov.iter().map(|v| by * v).collect())
}

/// The lag that is taken where none is given: 4 (n / 100)^(2/9), Newey & West (1994).
fn usual_lag(n: f64) -> usize {
    (4.0 * loglik_num::pow(n / 100.0, 2.0 / 9.0)).floor() as usize
}

impl Found {
    fn doubt(&mut self, ask: &Ask<'_>, robust: &Robust, corrected: bool) {
        if robust.at_one > 0 {
            let rows = robust.rows_at_one.clone();
            self.doubts.push(Doubt::LeverageOne { count: robust.at_one, rows, withheld: corrected });
        }
        let units = ask.bread.kept.iter().zip(&robust.effective);
        self.doubts.extend(units.map(|(at, effective)| Doubt::FewUnits { at: *at, effective: *effective }));
    }
}
